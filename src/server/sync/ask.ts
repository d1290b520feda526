/** Requests to an exchange's public API: repeated where that helps, with errors in this package's terms. */
import {
  Backoff,
  ConnectorError,
  ProtocolError,
  RateLimitError,
  RegionBlockedError,
  type HttpResponse,
  type Network,
  type Runtime,
} from '../../core/index.ts';
import type { Ask } from './venue.ts';

/** Attempts of one request, and the first and longest wait between them, in milliseconds. */
const [attempts, firstWaitMs, longestWaitMs] = [4, 500, 30_000];

/** Where requests go and how. */
export interface AskParts {
  readonly exchange: string;
  /** The server, without a slash at its end. */
  readonly url: string;
  readonly network: Network;
  readonly runtime: Runtime;
}

/** Makes the function through which an adapter sends requests to its exchange. */
export function askOf({ exchange, url, network, runtime }: AskParts): Ask {
  return async (path, body) => {
    const backoff = new Backoff(runtime, firstWaitMs, longestWaitMs);
    for (let attempt = 1; ; attempt++) {
      const response = await new Promise<HttpResponse>((resolve) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const request = { method: text === undefined ? 'GET' : 'POST', url: `${url}${path}` } as const;
        network.request({ ...request, ...(text !== undefined && { body: text }) }, resolve);
      });
      const failure = failureOf(exchange, path, response);
      if (failure === undefined) return parsed(exchange, path, response.text);
      if (!failure.retryable || attempt === attempts) throw failure;
      const asked = failure instanceof RateLimitError ? failure.retryAfterMs : undefined;
      await runtime.sleep(asked === undefined ? backoff.next() : Math.min(asked, longestWaitMs));
    }
  };
}

function failureOf(
  exchange: string,
  path: string,
  { status, text, headers }: HttpResponse,
): ConnectorError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const answered = status === 0 ? 'did not answer' : `answered ${status}`;
  const message = `${exchange} ${answered} when asked for ${path}: ${text.slice(0, 120)}`;
  const context = { exchange, status };
  if (status === 451) return new RegionBlockedError(message, { context });
  if (status === 429 || status === 418) {
    const seconds = Number(headers['retry-after']);
    return new RateLimitError(message, { context, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) });
  }
  return new ConnectorError(message, { retryable: status === 0 || status >= 500, context });
}

function parsed(exchange: string, path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const start = text.slice(0, 60).replace(/\s+/g, ' ');
    throw new ProtocolError(`${exchange} did not answer with JSON when asked for ${path}: ${start}`, {
      context: { exchange },
    });
  }
}
