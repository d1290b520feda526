/** Sends an answer with ETag and ranges: only if it changed, or only a part of its bytes. */
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { BarAnswer } from './bar-answers.ts';

/** Sends the whole, a part (206), or that nothing changed (304). */
export function sendRange(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { body, type, etag, next, derivedFrom, bars }: BarAnswer,
): FastifyReply {
  reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('accept-ranges', 'bytes')
    .header('x-nextbar-bars', bars);
  reply.header('x-nextbar-derived', derivedFrom === undefined ? 'false' : `from ${derivedFrom}`);
  if (next !== undefined) reply.header('x-nextbar-next', next);
  if (matches(headers['if-none-match'], etag)) return reply.code(304).send();
  reply.header('content-type', type);
  const range =
    headers['if-range'] === undefined || headers['if-range'] === etag ? rangeOf(headers.range, body.length) : undefined;
  if (range === undefined) return reply.send(body);
  if (range === 'outside')
    return reply.code(416).header('content-range', `bytes */${body.length}`).send(Buffer.alloc(0));
  return reply
    .code(206)
    .header('content-range', `bytes ${range.from}-${range.to}/${body.length}`)
    .send(body.subarray(range.from, range.to + 1));
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

/** One range of bytes. Several ranges, and invalid ones, are answered with the whole, as the protocol allows. */
function rangeOf(
  header: string | undefined,
  length: number,
): { readonly from: number; readonly to: number } | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (from >= length || (first === '' && Number(last) === 0)) return 'outside';
  return from > to ? undefined : { from, to };
}
