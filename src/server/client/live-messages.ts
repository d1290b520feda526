/** Live events of the platform over a WebSocket, as an iterator. */
import { AuthError, ConnectorError, messageOf, ProtocolError } from '../../core/index.ts';
import { messageShape } from '../api/shapes/sessions.ts';
import type { LiveMessage } from './questions.ts';

/** The most messages that wait for a reader; a slower reader gets an error. */
const mostWaiting = 10_000;
/** The server's code for a token that is refused. */
const refusedCode = 4401;

/** Messages until the connection ends, which throws, or the reader leaves. */
export async function* liveMessages(url: string, token: string): AsyncGenerator<LiveMessage, void, undefined> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`${url}/v1/events`, { headers: { authorization: `Bearer ${token}` } });
  const waiting: LiveMessage[] = [];
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const fail = (error: Error): void => {
    failure ??= error;
    wake();
  };
  socket.on('message', (data: Buffer) => {
    try {
      waiting.push(messageShape.parse(JSON.parse(data.toString())));
    } catch (cause) {
      fail(new ProtocolError('the platform sent an event in another shape than this client knows', { cause }));
    }
    if (waiting.length > mostWaiting)
      fail(new ConnectorError(`more than ${mostWaiting} events waited to be read`, { code: 'too-slow', retryable: true })); // prettier-ignore
    wake();
  });
  socket.on('error', (cause) => {
    fail(new ConnectorError(`the live events of ${url} cannot be read: ${messageOf(cause)}`, { retryable: true, cause })); // prettier-ignore
  });
  socket.on('close', (code, reason) => {
    const text = `the live events ended: ${reason.toString() || code}`;
    fail(code === refusedCode ? new AuthError(text) : new ConnectorError(text, { code: 'closed', retryable: true }));
  });
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    socket.close();
  }
}
