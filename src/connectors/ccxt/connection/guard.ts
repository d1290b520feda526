/** Puts this package's limiter, answer check and deadline into a ccxt exchange. */
import { ConnectorError, type Runtime } from '../../../core/index.ts';
import { faultOfAnswer } from './answers.ts';
import type { CcxtExchange } from './exchange.ts';
import type { RateLimiter } from './limiter.ts';

/** What ccxt lets a subclass override, as far as it is used here. */
interface Overridable {
  enableRateLimit: boolean;
  throttle: (cost?: number) => Promise<void>;
  fetch: (url: string, method?: string, headers?: unknown, body?: unknown) => Promise<unknown>;
  handleErrors: (
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: Record<string, unknown>,
    body: string,
    parsed: unknown,
    ...rest: unknown[]
  ) => unknown;
  timeout: number;
}

/**
 * Guards an exchange.
 *
 * ccxt's own limiter is per instance and cannot be told to stop, its deadline ends with the headers, so that a body that
 * never comes hangs for ever, and it takes a web page for an empty answer.
 */
export function guardExchange(
  exchange: CcxtExchange,
  runtime: Runtime,
  limiter: RateLimiter,
  secrets: readonly string[],
): void {
  const open = exchange as unknown as Overridable;
  open.enableRateLimit = true;
  open.throttle = (cost) => limiter.acquire(cost);

  const handleErrors = open.handleErrors.bind(exchange);
  open.handleErrors = (status, reason, url, method, headers, body, parsed, ...rest) => {
    const origin = { exchange: exchange.id, action: 'answer', secrets };
    const fault = faultOfAnswer({ status, method, url, headers, body, parsed }, origin, runtime.now());
    if (fault !== undefined) throw fault;
    return handleErrors(status, reason, url, method, headers, body, parsed, ...rest);
  };

  const fetch = open.fetch.bind(exchange);
  open.fetch = (url, method = 'GET', headers, body) => {
    const deadline = open.timeout + 1_000;
    return new Promise((resolve, reject) => {
      const timer = runtime.after(deadline, () => {
        reject(
          new ConnectorError(`${exchange.id} did not finish its answer within ${deadline} ms`, {
            code: method === 'GET' ? 'timeout' : 'outcome-unknown',
            retryable: method === 'GET',
          }),
        );
      });
      fetch(url, method, headers, body)
        .then(resolve, reject)
        .finally(() => {
          timer.cancel();
        });
    });
  };
}
