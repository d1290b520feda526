/** Control frames of clients of market streams: they subscribe, leave, and ask what they have. */
import type { ServedSocket } from '../../../core/index.ts';
import { mostStreams, type PublicStreams } from './public-streams.ts';
import { objectOf } from './request.ts';

/** The frame that answers a control frame. */
export function answerControl(streams: PublicStreams, socket: ServedSocket, text: string): string {
  const request = objectOf(text);
  if (request === undefined) {
    return JSON.stringify({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } });
  }
  const id = request['id'] ?? null;
  const outcome = controlled(streams, socket, request);
  return JSON.stringify('error' in outcome ? { error: outcome.error, id } : { result: outcome.result, id });
}

function controlled(
  streams: PublicStreams,
  socket: ServedSocket,
  { method, params, id }: Readonly<Record<string, unknown>>,
): { readonly result: unknown } | { readonly error: { readonly code: number; readonly msg: string } } {
  const refused = (code: number, msg: string): { error: { code: number; msg: string } } => ({ error: { code, msg } });
  if (!isRequestId(id)) {
    return refused(2, 'Invalid request: request ID must be an unsigned integer');
  }
  const given: readonly unknown[] = Array.isArray(params) ? (params as unknown[]) : [];
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      if (given.length === 0 || given.some((name) => typeof name !== 'string')) {
        return refused(2, 'Invalid request: params must be a list of stream names');
      }
      const names = given as readonly string[];
      const unknown = names.find((name) => !streams.isStream(name));
      if (unknown !== undefined) return refused(2, `Invalid request: unknown stream \`${unknown.slice(0, 60)}\``);
      if (method === 'UNSUBSCRIBE') for (const stream of names) streams.unsubscribe(socket, stream);
      else {
        const all = new Set([...streams.streamsOf(socket), ...names]);
        if (all.size > mostStreams)
          return refused(2, `Invalid request: a connection may have ${mostStreams} streams at most`);
        for (const stream of names) streams.subscribe(socket, stream);
      }
      return { result: null };
    }
    case 'LIST_SUBSCRIPTIONS':
      return { result: streams.streamsOf(socket) };
    case 'SET_PROPERTY':
      if (given[0] !== 'combined') return refused(0, 'Unknown property');
      if (typeof given[1] !== 'boolean') return refused(1, 'Invalid value type: expected Boolean');
      streams.setCombined(socket, given[1]);
      return { result: null };
    case 'GET_PROPERTY':
      if (given[0] !== 'combined') return refused(0, 'Unknown property');
      return { result: streams.isCombined(socket) };
    default: {
      const known = '`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`';
      return refused(
        2,
        `Invalid request: unknown variant \`${String(method).slice(0, 60)}\`, expected one of ${known}`,
      );
    }
  }
}

/** Requests are numbered by whole numbers or short texts. */
function isRequestId(id: unknown): boolean {
  if (id === undefined || id === null) return true;
  return typeof id === 'string' ? /^[\w-]{1,36}$/.test(id) : Number.isInteger(id) && (id as number) >= 0;
}
