/** The control socket of a session: one JSON request a line from other processes of the same user, one JSON answer a line. */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

import { SessionError, messageOf, makeFolders } from '../../core/index.ts';
import type { SessionControl, SessionView, StrategyView } from '../../engine/index.ts';
import { plainValue } from '../output/result-json.ts';

/** The commands of a running session. */
export const controlNames = ['status', 'stop', 'flatten', 'pause', 'resume', 'approve', 'decline'] as const;
export type ControlName = (typeof controlNames)[number];

/** A request. */
export interface ControlRequest {
  readonly command: ControlName;
  /** Who asks, or why; shown in messages and in the reasons of refused orders. */
  readonly reason?: string;
  /** For `approve` and `decline`: the number of the order. Default: all orders that wait. */
  readonly ref?: number;
}

/** The longest request, in characters; a longer one closes the connection. */
const longestRequest = 4_096;
/** How long an answer may take. */
const answerMs = 5_000;

/** Answers requests for one session. */
export class ControlSocket {
  readonly #server: Server;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /**
   * Opens the socket. The folder and the socket belong to the user alone (modes 0700 and 0600): whoever cannot read the session's files
   * cannot command it.
   */
  static async open(path: string, control: () => SessionControl | undefined): Promise<ControlSocket> {
    makeFolders(dirname(path), 0o700);
    chmodSync(dirname(path), 0o700);
    // The caller holds the session's lock, so a socket that exists was left by a killed process.
    rmSync(path, { force: true });
    const server = createServer();
    const opened = new ControlSocket(server, path);
    server.on('connection', (socket) => {
      opened.#serve(socket, control);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    server.unref();
    return opened;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    rmSync(this.#path, { force: true });
  }

  #serve(socket: Socket, control: () => SessionControl | undefined): void {
    this.#sockets.add(socket);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (piece: string) => {
      text += piece;
      if (text.length > longestRequest) socket.destroy();
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        socket.write(`${JSON.stringify(answer(line, control()), plainValue)}\n`);
      }
    });
  }
}

function answer(line: string, control: SessionControl | undefined): object {
  try {
    const { command, reason = 'asked for by the operator', ref } = JSON.parse(line) as ControlRequest;
    if (!controlNames.includes(command)) {
      return { error: `command must be one of ${controlNames.join(', ')}, was '${command}'` };
    }
    if (control === undefined) return { error: 'the session is still starting' };
    if (ref !== undefined && !Number.isInteger(ref))
      return { error: `ref must be the number of an order, was ${String(ref)}` };
    if (command === 'approve' || command === 'decline') control[command](reason, ref);
    else if (command !== 'status') control[command](reason);
    return { view: statusOf(control.view) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** A view as plain data. */
function statusOf(view: SessionView): object {
  const { orders, waiting } = view;
  const plain = (list: typeof orders): object[] => list.map((order) => order.toJSON());
  const strategies = view.strategies.map(({ orders: own, latestOrders, ...strategy }) => {
    return { ...strategy, orders: plain(own), latestOrders: plain(latestOrders) };
  });
  return { ...view, strategies, orders: plain(orders), ...(waiting && { waiting: plain(waiting) }) };
}

/** A view that came over the socket. */
export type RemoteView = Omit<SessionView, 'orders' | 'waiting' | 'strategies'> & {
  readonly strategies: readonly RemoteStrategy[];
  readonly orders: readonly RemoteOrder[];
  readonly waiting?: readonly RemoteOrder[];
};

/** A strategy that came over the socket. */
export type RemoteStrategy = Omit<StrategyView, 'orders' | 'latestOrders'> & {
  readonly orders: readonly RemoteOrder[];
  readonly latestOrders: readonly RemoteOrder[];
};

/** An order that came over the socket. */
export interface RemoteOrder {
  readonly ref: number;
  readonly side: string;
  readonly type: string;
  readonly size: number;
  readonly price: number;
  readonly status: string;
  readonly data: string;
  readonly filled: number;
}

/** Asks a running session. @throws {SessionError} If it does not answer, or answers with an error. */
export async function askSession(path: string, request: ControlRequest): Promise<RemoteView> {
  const line = await new Promise<string>((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(answerMs, () => {
      socket.destroy(new Error(`it did not answer within ${answerMs / 1000} s`));
    });
    socket.on('error', reject);
    socket.on('data', (piece: string) => {
      text += piece;
      if (!text.includes('\n')) return;
      socket.end();
      resolve(text.slice(0, text.indexOf('\n')));
    });
    socket.on('close', () => {
      reject(new Error('it closed the connection'));
    });
    socket.write(`${JSON.stringify(request)}\n`);
  }).catch((cause: unknown) => {
    throw new SessionError(`the session cannot be reached: ${messageOf(cause)}`, { code: 'unreachable', cause });
  });
  const { error, view } = JSON.parse(line) as { readonly error?: string; readonly view?: RemoteView };
  if (error !== undefined || view === undefined) throw new SessionError(error ?? 'the answer was empty', { code: 'unreachable' }); // prettier-ignore
  return view;
}
