/** Errors of HTTP requests to a venue. */
import { ConnectorError, RateLimitError, type HttpResponse } from '../../core/index.ts';
import { regionBlocked } from '../region-block.ts';

/** The error for a failed HTTP request. `what` completes "when asked for ...". */
export function requestError(exchange: string, what: string, { status, text }: HttpResponse): ConnectorError {
  const answered = status === 0 ? 'did not answer' : `answered ${status}`;
  const message = `${exchange} ${answered} when asked for ${what}${text === '' ? '' : `: ${text.slice(0, 120)}`}`;
  const context = { exchange, status };
  if (status === 407) {
    return new ConnectorError(
      `the proxy of ${exchange} refused its user or password (407) when asked for ${what}: check its address under proxies${text === '' ? '' : ` (${text.slice(0, 120)})`}`,
      { code: 'proxy', context },
    );
  }
  if (status === 451) return regionBlocked(exchange);
  return status === 429 || status === 418
    ? new RateLimitError(message, { context })
    : new ConnectorError(message, { retryable: true, context });
}
