/** The errors a user can meet, sorted by what to do about them. */

/** Facts beside the message: names and numbers, never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | undefined>>;

/** What an error carries besides its sentence. */
export interface TradingErrorOptions {
  /** A stable word for programs, such as `unknown-option`. Default: the word of its class, such as `config`. */
  readonly code?: string;
  /** Figures and names of the case, for programs. Default: none. */
  readonly context?: ErrorContext;
  /** The error behind it. Default: none. */
  readonly cause?: unknown;
}

/** What every error of this package is: one sentence, a code for programs, and the facts. */
export class TradingError extends Error {
  /** What went wrong, in one short word for programs, such as `unknown-name`; docs/errors.md lists them. */
  readonly code: string;
  /** Figures and names of the case, for programs. Secrets never enter it. */
  readonly context: ErrorContext;

  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code ?? 'trading-error';
    this.context = options.context ?? {};
  }
}

/** Fix your code or your options: a name, a type or a value that cannot be right. */
export class ConfigError extends TradingError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'config', ...options });
  }
}

/** Look at the data: the message names the source, and the row or time where it went wrong. */
export class DataError extends TradingError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'data', ...options });
  }
}

/** A nonsensical order. A refusal by the market is not an error but an order status with a reason. */
export class OrderError extends TradingError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'order', ...options });
  }
}

/** A strategy's own code threw. `cause` is what it threw; the context names strategy, symbol and bar time. */
export class StrategyError extends TradingError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'strategy', ...options });
  }
}

/** A run or live session could not start, continue or be resumed. */
export class SessionError extends TradingError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'session', ...options });
  }
}

/** An exchange or the way to it failed. `retryable` says whether the same request may be sent again. */
export class ConnectorError extends TradingError {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(
    message: string,
    options: TradingErrorOptions & {
      /** Whether the same request may succeed later. Default false. */
      readonly retryable?: boolean;
    } = {},
  ) {
    super(message, { code: 'connector', ...options });
    this.retryable = options.retryable ?? false;
  }
}

/** The exchange asks for fewer requests. `retryAfterMs` is how long it asked to wait, if it said so. */
export class RateLimitError extends ConnectorError {
  /** How long the exchange asks to wait, in milliseconds; undefined when it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: TradingErrorOptions & {
      /** How long the exchange asks to wait, in milliseconds. Default: unknown. */
      readonly retryAfterMs?: number;
    } = {},
  ) {
    super(message, { code: 'rate-limit', ...options, retryable: true });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The exchange does not serve this region (HTTP 451 and similar answers). Trying again does not help. */
export class RegionBlockedError extends ConnectorError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'region-blocked', ...options, retryable: false });
  }
}

/** The key, its signature or its permissions were refused. */
export class AuthError extends ConnectorError {
  constructor(message: string, options: TradingErrorOptions = {}) {
    super(message, { code: 'auth', ...options, retryable: false });
  }
}

/** The exchange answered something its protocol does not allow. */
export class ProtocolError extends ConnectorError {
  constructor(
    message: string,
    options: TradingErrorOptions & {
      /** Whether the same request may succeed later. Default false. */
      readonly retryable?: boolean;
    } = {},
  ) {
    super(message, { code: 'protocol', ...options });
  }
}

/** Causes behind causes that a message names: more would be a circle. */
const mostCauses = 4;

/**
 * What an error says, whatever was thrown: its message, or the thrown value as text. Errors of other packages often leave the reason to
 * their cause (`fetch failed`), or have no message at all where several addresses of a host refused: what is behind them is named then.
 * User and password of an address that is quoted are left out.
 */
export function messageOf(error: unknown): string {
  return messageWithin(error, mostCauses).replace(/\/\/[^\s/@]+@/g, '//***@');
}

function messageWithin(error: unknown, causes: number): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message === '' ? partsOf(error, causes) : error.message;
  // This package's own errors have their causes in their sentences.
  if (error instanceof TradingError || causes === 0 || !(error.cause instanceof Error)) return said;
  const cause = messageWithin(error.cause, causes - 1);
  if (said === 'fetch failed') return cause;
  return said.includes(cause) ? said : `${said}: ${cause}`;
}

/** What stands for a message that is empty: those of the attempts that failed together, else the code or the kind of error. */
function partsOf(error: Error, causes: number): string {
  const { code, name } = error as Error & { readonly code?: unknown };
  if (!(error instanceof AggregateError) || error.errors.length === 0 || causes === 0)
    return typeof code === 'string' ? code : name;
  return [...new Set(error.errors.map((one: unknown) => messageWithin(one, causes - 1)))].join(', ');
}
