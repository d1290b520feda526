/** Real sockets and requests. The one place where a venue is reached. */
import type { Agent } from 'node:http';
import { createRequire } from 'node:module';

import type { WebSocket } from 'ws';

import {
  messageOf,
  type HttpRequest,
  type HttpResponse,
  type Network,
  type Socket,
  type SocketEvents,
  type SocketRefusal,
} from '../../core/index.ts';

/** Whole books of large markets come in one frame of several megabytes. */
const largestFrame = 64 * 1024 * 1024;
const handshakeMs = 15_000;
const requestMs = 15_000;

let library: typeof WebSocket | undefined;

/** The sockets' library, loaded by the first connection: a program that opens none starts without it. */
function webSocket(): typeof WebSocket {
  library ??= (createRequire(import.meta.url)('ws') as { readonly WebSocket: typeof WebSocket }).WebSocket;
  return library;
}

/** Opens a socket, through an agent's tunnel where one is given. */
export function connectThrough(agent: Agent | undefined, url: string, events: SocketEvents): Socket {
  const sockets = webSocket();
  const socket = new sockets(url, {
    maxPayload: largestFrame,
    handshakeTimeout: handshakeMs,
    perMessageDeflate: false,
    ...(agent !== undefined && { agent }),
  });
  let reason = 'closed';
  let closed = false;
  let refusal: SocketRefusal | undefined;
  socket.on('open', () => {
    if (!closed) events.opened();
  });
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (!closed) events.frame(binary ? data : data.toString('utf8'));
  });
  socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
    const seconds = Number(headers['retry-after']);
    refusal = { status: statusCode, retryAfterMs: seconds > 0 ? seconds * 1_000 : undefined };
    reason = `the server answered HTTP ${statusCode} in place of a WebSocket`;
    socket.terminate();
  });
  socket.on('error', (error) => {
    if (refusal === undefined) reason = messageOf(error);
  });
  socket.on('close', (code) => {
    if (closed) return;
    closed = true;
    events.closed(reason === 'closed' ? `closed with code ${code}` : reason, refusal);
  });
  return {
    send: (text) => {
      if (socket.readyState === sockets.OPEN) socket.send(text);
    },
    close: () => {
      if (closed) return;
      closed = true;
      // A venue that does not answer the closing handshake must not hold the process.
      if (socket.readyState === sockets.OPEN) socket.close();
      socket.terminate();
    },
  };
}

function request(wanted: HttpRequest, done: (response: HttpResponse) => void): void {
  void answerTo(wanted).then(done);
}

/** Never rejects: a failure before, during or after the headers is an answer of status 0 that says why. */
async function answerTo(wanted: HttpRequest): Promise<HttpResponse> {
  try {
    const response = await fetch(wanted.url, {
      method: wanted.method,
      headers: { ...(wanted.body !== undefined && { 'content-type': 'application/json' }), ...wanted.headers },
      ...(wanted.body !== undefined && { body: wanted.body }),
      signal: AbortSignal.timeout(requestMs),
    });
    const text = await response.text();
    return { status: response.status, text, headers: Object.fromEntries(response.headers) };
  } catch (cause) {
    return { status: 0, text: messageOf(cause), headers: {} };
  }
}

/** The system's network. */
export const systemNetwork: Network = {
  connect: (url, events) => connectThrough(undefined, url, events),
  request,
};
