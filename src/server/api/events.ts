/** Live events over a WebSocket: changes of sessions' states, and the events in them. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

import type { Runtime, Timer } from '../../core/index.ts';
import type { Identity, Refusal } from '../security/tokens.ts';
import { readSessions } from '../live/index.ts';
import { sessionOf } from './control.ts';
import { bearerOf, checkHost, checkOrigin } from './gate/gates.ts';
import { Refused } from './gate/refusal.ts';

/** The subprotocol of the socket. A browser, which cannot set headers, sends its token beside it as `token.TOKEN`. */
export const socketProtocol = 'nextbar.v1';

const [readMs, checkMs, mostClients, mostBuffered] = [500, 5_000, 100, 1_048_576];
/** Codes with which a socket is closed. */
const [refused, tooMany, tooSlow, goingAway] = [4401, 1013, 4408, 1001];

/** What the sockets need. */
export interface EventParts {
  readonly sessions: string;
  readonly runtime: Runtime;
  /** Whether a proxy names the client's address in `X-Forwarded-For`. */
  readonly isBehindProxy: boolean;
  /** Whether a token is still valid. */
  readonly verify: (token: string) => Promise<Identity | Refusal>;
  /** The holder of a token, if it may read runs; refusals are counted and logged as for every request. @throws {Refused} */
  readonly admit: (token: string | undefined, address: string) => Promise<Identity>;
}

interface Client {
  readonly socket: WebSocket;
  readonly token: string;
  isAlive: boolean;
}

/** The sockets of one server. The folder of sessions is read only while a client listens. */
export class Events {
  readonly #parts: EventParts;
  readonly #clients = new Set<Client>();
  readonly #states = new Map<string, string>();
  readonly #seen = new Map<string, number>();
  #timers: Timer[] = [];

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  /** How many clients listen. */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * Accepts sockets of a server at `/v1/events`. Other paths, and pages of other sites, are refused before they open.
   *
   * @returns A function that stops accepting.
   */
  async listen(
    server: Pick<Server, 'on' | 'off'>,
    hosts: { readonly allowedHosts?: readonly string[] },
  ): Promise<() => void> {
    const { WebSocketServer } = await import('ws');
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: 1_024,
      handleProtocols: (offered) => (offered.has(socketProtocol) ? socketProtocol : false),
    });
    const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
      const status = refusalOf(request, hosts);
      if (status === undefined) {
        sockets.handleUpgrade(request, stream, head, (socket) => {
          this.#accept(socket, request, this.#addressOf(request));
        });
        return;
      }
      stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    server.on('upgrade', upgrade);
    return () => {
      server.off('upgrade', upgrade);
      sockets.close();
    };
  }

  /** Accepts an opened socket, and closes it unless its token may read runs. */
  #accept(socket: WebSocket, { headers }: IncomingMessage, address: string): void {
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    const token = bearerOf(headers.authorization) ?? offered.find((one) => one.startsWith('token.'))?.slice(6);
    socket.on('error', () => {
      socket.terminate();
    });
    void this.#admit(socket, token, address);
  }

  #addressOf({ headers, socket }: IncomingMessage): string {
    const [first = ''] = this.#parts.isBehindProxy ? String(headers['x-forwarded-for'] ?? '').split(',') : [];
    return first.trim() === '' ? (socket.remoteAddress ?? 'unknown') : first.trim();
  }

  /** Closes every socket. */
  close(): void {
    for (const { socket } of this.#clients) socket.close(goingAway, 'the server stops');
    this.#clients.clear();
    this.#rest();
  }

  async #admit(socket: WebSocket, given: string | undefined, address: string): Promise<void> {
    try {
      await this.#parts.admit(given, address);
    } catch (error) {
      const isFlood = error instanceof Refused && error.status === 429;
      if (isFlood) socket.close(tooMany, 'too many refused tokens from this address: wait a minute');
      else socket.close(refused, 'a token with the scope read:runs is needed');
      return;
    }
    const token = given!;
    if (this.#clients.size >= mostClients) {
      socket.close(tooMany, 'too many clients');
      return;
    }
    const client: Client = { socket, token, isAlive: true };
    socket.on('pong', () => (client.isAlive = true));
    socket.on('close', () => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#rest();
    });
    this.#clients.add(client);
    if (this.#timers.length === 0) this.#begin();
    const now = this.#parts.runtime.now();
    const sessions = readSessions(this.#parts.sessions).map((record) => sessionOf(record, now));
    this.#send(client, { type: 'sessions', sessions });
  }

  async #mayRead(token: string): Promise<boolean> {
    const identity = await this.#parts.verify(token).catch(() => 'unknown' as const);
    return typeof identity !== 'string' && identity.scopes.has('read:runs');
  }

  #begin(): void {
    const { runtime } = this.#parts;
    this.#read(false);
    this.#timers = [
      runtime.every(readMs, () => {
        this.#read(true);
      }),
      runtime.every(checkMs, () => {
        for (const client of this.#clients) void this.#check(client);
      }),
    ];
  }

  #rest(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#states.clear();
    this.#seen.clear();
  }

  /** Closes the socket of a token that was revoked or has expired, and of a client that no longer answers. */
  async #check(client: Client): Promise<void> {
    const { socket } = client;
    if (!client.isAlive) socket.terminate();
    else if (!(await this.#mayRead(client.token))) socket.close(refused, 'the token is no longer valid');
    else {
      client.isAlive = false;
      socket.ping();
    }
  }

  #read(isTold: boolean): void {
    const now = this.#parts.runtime.now();
    for (const record of readSessions(this.#parts.sessions)) {
      const session = sessionOf(record, now);
      const { updated: _, ...lasting } = session;
      const text = JSON.stringify(lasting);
      const seen = this.#seen.get(record.name) ?? (isTold ? 0 : Infinity);
      const fresh = record.events.filter(({ seq }) => seq > seen);
      this.#seen.set(record.name, record.events.at(-1)?.seq ?? 0);
      if (isTold) for (const event of fresh) this.#broadcast({ type: 'event', session: record.name, ...event });
      if (this.#states.get(record.name) === text) continue;
      this.#states.set(record.name, text);
      if (isTold) this.#broadcast({ type: 'session', session });
    }
  }

  #broadcast(message: object): void {
    const text = JSON.stringify(message);
    for (const client of this.#clients) this.#send(client, text);
  }

  #send({ socket }: Client, message: object | string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > mostBuffered) socket.close(tooSlow, 'the client reads too slowly');
    else socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
}

/** The status with which a socket is refused; undefined for one that may open. */
function refusalOf(
  { url = '', headers }: IncomingMessage,
  hosts: { readonly allowedHosts?: readonly string[] },
): number | undefined {
  try {
    checkHost(headers.host, hosts);
    checkOrigin(headers.origin, headers.host);
  } catch (error) {
    return error instanceof Refused ? error.status : 400;
  }
  return url.split('?')[0] === '/v1/events' ? undefined : 404;
}
