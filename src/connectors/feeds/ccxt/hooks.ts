/** Functions of the user's own on the way to and from an exchange through ccxt: for venues whose answers need a correction. */
import type { TradeTick } from '../../../core/index.ts';
import type { CcxtExchange, CcxtMarket, CcxtTrade } from '../../ccxt/index.ts';

/** A request that ccxt is about to send. */
export interface CcxtRequest {
  /** The whole address. */
  readonly url: string;
  /** The HTTP method. */
  readonly method: string;
  /** The body; undefined when there is none. */
  readonly body?: string | undefined;
  /** Headers of the request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An answer before ccxt reads it. */
export interface CcxtAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The address of the request. */
  readonly url: string;
  /** The answer as text. */
  readonly text: string;
}

/** Corrections for one exchange. Each may be left out; one that returns undefined leaves things as they are, or drops a trade. */
export interface CcxtHooks {
  /** Changes a request before it is sent, for example by a header that a venue began to require. */
  readonly request?: (request: CcxtRequest) => CcxtRequest | undefined;
  /** Sees every answer, errors too, before ccxt reads it. */
  readonly answer?: (answer: CcxtAnswer) => void;
  /** Another unified name of a market; undefined keeps ccxt's. */
  readonly symbol?: (market: CcxtMarket) => string | undefined;
  /** Changes a trade, or drops it by returning undefined. `row` is ccxt's. */
  readonly trade?: (trade: TradeTick, row: CcxtTrade | undefined) => TradeTick | undefined;
}

/** The parts of ccxt that every request and answer passes. */
interface Signing {
  sign(...values: unknown[]): CcxtRequest;
  handleErrors(
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: unknown,
    body: string,
    ...rest: unknown[]
  ): unknown;
}

/** Puts the hooks of requests and answers into an exchange that no one else uses. */
export function hookInto(exchange: CcxtExchange, hooks: CcxtHooks): void {
  const own = exchange as unknown as Signing;
  const { request, answer } = hooks;
  if (request !== undefined) {
    const sign = own.sign.bind(own);
    own.sign = (...values) => {
      const signed = sign(...values);
      return request(signed) ?? signed;
    };
  }
  if (answer !== undefined) {
    const handle = own.handleErrors.bind(own);
    own.handleErrors = (status, reason, url, method, headers, body, ...rest) => {
      answer({ status, url, text: typeof body === 'string' ? body : '' });
      return handle(status, reason, url, method, headers, body, ...rest);
    };
  }
}
