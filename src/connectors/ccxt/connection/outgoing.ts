/**
 * The gate for every request and every socket message that leaves a ccxt exchange.
 *
 * It checks the finished request, with its final address and headers, because the effects of options, environment, files and changes to the
 * exchange object all show there. What is signed, carries a key or addresses orders or an account may go to a test network only. Public
 * data may go anywhere. A store that is armed for real orders may reach the exchange's own hosts with the armed key, but nothing there that
 * moves money off the account.
 */
import { ConfigError } from '../../../core/index.ts';
import type { TestHost } from './test-network.ts';

/** A request as it would go out. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** A text, or another form whose text can be read. */
  readonly body: unknown;
  /** The section of the venue's API that ccxt signed it for, such as `public`; undefined for a request that did not come from there. */
  readonly section?: string | undefined;
}

/** Names of headers that identify an account. */
const keyHeader = /auth|key|sign|secret|passphrase|token|cookie|session/i;
/** Names of parameters, in an address or a body, that identify an account. */
const keyField =
  /^(?:api[-_]?key|access[-_]?key(?:[-_]?id)?|signature|sign|sig|hmac|passphrase|password|secret|listen[-_]?key|access[-_]?token|private[-_]?key)$/i;
/** Segments of a path that address orders or an account. */
const accountStep =
  /^(?:private|(?:(?:place|create|add|new|cancel|amend|edit|modify|replace|close|batch|open|all|algo|plan|tpsl|stop|trigger)[-_]?)*orders?(?:[-_]?(?:list|oco|test|cancel|create|place))?|withdraw\w*|transfer\w*|listen[-_]?key|user[-_]?data[-_]?stream\w*|positions?|accounts?|balances?|wallets?|my[-_]?trades|executions|leverage)$/i;
/** Words of a socket message that identify an account or address its orders. */
const accountAct =
  /^(?:log[-_]?[io]n|auth\w*|session\.logon|.*\border[._-]?(?:create|place|cancel|amend|edit|modify|replace|batch|list|test)\b.*|(?:private[/._-]|batch[-_]?)?(?:create|place|cancel|amend|edit|modify|replace|add|buy|sell)[-_.]?(?:all|batch)?[-_.]?(?:orders?)?|orders?\.\w+|private[/.]\w+.*)$/i;

/** Segments of a path, and kinds of action in a body, that move money off an account or make keys: never sent, armed or not. */
const moneyStep =
  /withdraw|transfer|payout|invoice|gift|award|bank|^(?:p2p|c2c|otc)\b|send[-_]?(?:asset|money)|usd[-_]?send|spot[-_]?send|sub[-_]?(?:account|user|member)|(?:create|modify|freeze|add)[-_]?(?:sub|demo)|api[-_]?key|(?:create|update|delete|modify)[-_]?(?:sub[-_]?)?api|api[-_]?(?:create|update|delete|modify)|approve[-_]?(?:agent|builder)/i;

/** Whether a request moves money off an account, or makes keys that could. */
export function movesMoney({ url, body }: Pick<Outgoing, 'url' | 'body'>): boolean {
  if (!URL.canParse(url)) return true;
  const text = textOf(body);
  if (text === undefined) return true;
  const acts = valuesOf(text, /^(?:type|action|method|op|e|event|request|cmd|command)$/i);
  return [...new URL(url).pathname.split('/'), ...acts].some((step) => moneyStep.test(step));
}

/** Why a request would act on an account; undefined for public data. */
export function accountUse(request: Outgoing, secrets: readonly string[]): string | undefined {
  const { method, url, headers, body, section } = request;
  const text = textOf(body);
  if (text === undefined) return 'has a body that cannot be checked';
  if (carries([url, text, ...Object.values(headers).map(String)], secrets)) return 'carries a key';
  if (Object.keys(headers).some((name) => keyHeader.test(name))) return 'is signed';
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined) return 'has no address that can be checked';
  if (address.username !== '' || address.password !== '') return 'carries a key';
  if ([...address.searchParams.keys(), ...fieldsOf(text)].some((name) => keyField.test(name))) return 'is signed';
  if (section !== undefined && /private/i.test(section)) return 'goes to a private endpoint';
  if (section !== undefined && /public/i.test(section)) return undefined;
  if (!/^(?:GET|HEAD)$/i.test(method) && !isPublicCall(address, text)) return 'may place an order';
  const steps = address.pathname.split(/[/.]/);
  return steps.some((step) => accountStep.test(step)) ? 'goes to an order or account endpoint' : undefined;
}

/** What a body says; undefined for one that can be read only once, such as a stream. */
function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (body === undefined || body === null) return '';
  if (body instanceof URLSearchParams) return body.toString();
  if (body instanceof ArrayBuffer) return Buffer.from(body).toString();
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const isPlain = Array.isArray(body) || Object.getPrototypeOf(body) === Object.prototype;
  return isPlain ? JSON.stringify(body) : undefined;
}

/** Headers as names and values, in whichever of the forms of `fetch` they were given. */
export function headersOf(given: unknown): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (given instanceof Headers || Array.isArray(given) || given instanceof Map)
    return Object.fromEntries(given as Iterable<[string, unknown]>);
  return { ...(given as Readonly<Record<string, unknown>>) };
}

/** Hyperliquid's market data, which is asked for by POST. */
function isPublicCall({ pathname }: URL, text: string): boolean {
  return pathname === '/info' && !text.includes('"user"');
}

/** Why a socket, or a message on it, would act on an account; undefined for public data. */
export function accountUseOfSocket(url: string, message: unknown, secrets: readonly string[]): string | undefined {
  const text =
    message === undefined || message === null ? '' : typeof message === 'string' ? message : JSON.stringify(message);
  if (carries([url, text], secrets)) return 'carries a key';
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined) return 'has no address that can be checked';
  if ([...address.searchParams.keys()].some((name) => keyField.test(name)) || address.searchParams.has('token'))
    return 'is signed';
  const steps = address.pathname.split('/');
  // A key to an account's own stream is a segment of the path.
  if (steps.some((step) => /^[A-Za-z0-9_-]{40,}$/.test(step))) return 'carries a key';
  if (/^(?:private|auth|user|users)$/i.test(steps.at(-1) ?? '') || /\b(?:private|auth)\b/i.test(address.hostname)) {
    return "goes to an account's stream";
  }
  if (fieldsOf(text).some((name) => keyField.test(name))) return 'is signed';
  const acts = valuesOf(text, /^(?:op|method|event|action|type|cmd|command|request|channel|reqid|e)$/i);
  return acts.some((act) => accountAct.test(act)) ? 'acts on an account' : undefined;
}

function carries(texts: readonly string[], secrets: readonly string[]): boolean {
  const forms = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return texts.some((text) => forms.some((form) => text.includes(form)));
}

/** Names of the fields of a body: JSON at any depth, or a form. */
function fieldsOf(text: string): string[] {
  return text.startsWith('{') || text.startsWith('[')
    ? [...text.matchAll(/"([^"\\]{1,60})"\s*:/g)].map((match) => match[1]!)
    : text.split('&').map((part) => part.split('=')[0]!);
}

/** Values, by name of their field, of JSON at any depth. */
function valuesOf(text: string, name: RegExp): string[] {
  return [...text.matchAll(/"([^"\\]{1,60})"\s*:\s*"([^"\\]{1,80})"/g)].flatMap(([, field, value]) =>
    name.test(field!) ? [value!] : [],
  );
}

/** The account of a store that is armed for real orders. */
export interface ArmedAccount {
  /** The account that was armed. */
  readonly account: string;
  /** The account of the key that is in force now; undefined without a key. */
  readonly inForce: () => string | undefined;
}

/** Lets through what may leave, and refuses the rest before a socket opens. */
export class OutgoingGate {
  readonly #exchange: string;
  readonly #hosts: readonly TestHost[];
  readonly #secrets: () => readonly string[];
  readonly #armed: ArmedAccount | undefined;

  /**
   * @param hosts - Where requests about the account may go.
   * @param secrets - The keys that are in force at the moment of a request.
   * @param armed - For a store that is armed for real orders, whose `hosts` are the exchange's own.
   */
  constructor(exchange: string, hosts: readonly TestHost[], secrets: () => readonly string[], armed?: ArmedAccount) {
    this.#exchange = exchange;
    this.#hosts = hosts;
    this.#secrets = secrets;
    this.#armed = armed;
  }

  /** @throws {ConfigError} `real-money`, if the request acts on an account and does not go to a test network, or is not what was armed. */
  request(request: Outgoing): void {
    const use = accountUse(request, this.#secrets());
    if (use === undefined) return;
    const what = `${request.method} ${shown(request.url)}`;
    if (!this.#isTest(request.url, request.headers)) throw this.#refusal(what, use);
    this.#checkArmed(what, request);
  }

  /** The same for a socket, and for a message that is sent on it. */
  socket(url: string, message?: unknown): void {
    const use = accountUseOfSocket(url, message, this.#secrets());
    if (use === undefined) return;
    const what = `a socket to ${shown(url)}`;
    if (!this.#isTest(url, {})) throw this.#refusal(what, use);
    this.#checkArmed(what, { url, body: message });
  }

  /** One key was armed, and for orders only. */
  #checkArmed(what: string, request: Pick<Outgoing, 'url' | 'body'>): void {
    if (this.#armed === undefined) return;
    const { account, inForce } = this.#armed;
    const why = movesMoney(request)
      ? 'would move money off the account or make a key, which is never sent'
      : inForce() === account
        ? undefined
        : 'carries another key than the one that was armed';
    if (why === undefined) return;
    throw new ConfigError(`${this.#exchange}: ${what} ${why}`, {
      code: 'real-money',
      context: { exchange: this.#exchange, field: 'arming' },
    });
  }

  #isTest(url: string, headers: Readonly<Record<string, unknown>>): boolean {
    if (!URL.canParse(url)) return false;
    const { host, pathname } = new URL(url);
    return this.#hosts.some((one) => {
      if (one.host !== host) return false;
      if (one.path !== undefined && !pathname.startsWith(one.path)) return false;
      if (one.header === undefined) return true;
      const [name, value] = one.header;
      const sent = Object.entries(headers).filter(([given]) => given.toLowerCase() === name);
      return sent.length > 0 && sent.every(([, given]) => String(given) === value);
    });
  }

  #refusal(what: string, use: string): ConfigError {
    return new ConfigError(
      `${this.#exchange}: ${what} ${use} and does not go to a test network, and real orders are not armed: ` +
        'set sandbox: true, or use paper mode',
      { code: 'real-money', context: { exchange: this.#exchange, field: 'sandbox' } },
    );
  }
}

/** An address without its query: keys stand there. */
function shown(url: string): string {
  if (!URL.canParse(url)) return 'an invalid address';
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/[A-Za-z0-9_-]{40,}/g, '***');
  return `${protocol}//${host}${path}`;
}
