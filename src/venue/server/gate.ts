/** Who may use the local exchange: programs of this machine, not web pages, with requests of a bounded size. */
import type { IncomingMessage } from 'node:http';

/** The longest body of a request, in bytes. Binance's own requests are a few hundred. */
export const longestBody = 1024 * 1024;

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request is refused, or undefined.
 *
 * A page in a browser reaches 127.0.0.1 as well: by a name that resolves to it (then `Host` is that name), or directly
 * (then `Origin` is the page's). Neither may place orders or switch faults on.
 */
export function refusedReason({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !loopback.test(host)) {
    return `the local exchange answers only requests to localhost; Host was '${printable(host)}'`;
  }
  if (origin !== undefined && !loopback.test(origin.replace(/^https?:\/\//i, ''))) {
    return `the local exchange answers no web page of another origin; Origin was '${printable(origin)}'`;
  }
  return undefined;
}

/** The body as text; undefined when it is longer than allowed. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (request.method === 'GET') return '';
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return undefined;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > longestBody) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function printable(text = ''): string {
  return text.slice(0, 100).replace(/[^ -~]/g, '?');
}
