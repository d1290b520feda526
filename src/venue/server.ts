/** The local exchange's server: loopback HTTP with faces mounted on it, and faults in between. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { SessionError, systemRuntime, messageOf, type Runtime } from '../core/index.ts';
import type { Face, VenueAnswer, VenueRequest } from './face.ts';
import { Faults, isAnswerFault, isPageFault, type Fault, type FaultOptions } from './faults.ts';
import { alterAnswer, brokenAnswer } from './spoil.ts';

export interface VenueServerOptions {
  readonly faces?: readonly Face[];
  readonly faults?: FaultOptions;
  readonly runtime?: Runtime;
  /** The venue's time stands still here, milliseconds UTC: runs against it repeat exactly. Default: the clock runs. */
  readonly now?: number;
}

/** One request as it was served. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

/** How many served requests are remembered. */
const remembered = 10_000;

/**
 * Speaks as the exchanges mounted on it do. Listens on 127.0.0.1 alone.
 *
 * `GET /nextbar/requests` lists what was served, `PUT /nextbar/faults` takes FaultOptions, so that a bot under test in
 * another process can be struck too.
 */
export class VenueServer {
  /** The last requests served, oldest first. */
  readonly served: ServedRequest[] = [];
  /** How many requests were served since the start. */
  requests = 0;
  faults: Faults;
  readonly #faces: Face[];
  readonly #runtime: Runtime;
  readonly #fixedNow: number | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  constructor(options: VenueServerOptions = {}) {
    this.#faces = [...(options.faces ?? [])];
    this.#runtime = options.runtime ?? systemRuntime;
    this.#fixedNow = options.now;
    this.faults = new Faults(options.faults);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (response.headersSent) {
          response.destroy();
          return;
        }
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ code: -1000, msg: messageOf(error) }));
      });
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (!this.#faces.some((face) => face.upgrade?.(request, socket, head) === true)) socket.destroy();
    });
  }

  /** Adds a face; earlier ones are asked first. */
  mount(face: Face): this {
    this.#faces.push(face);
    return this;
  }

  /** The venue's time. */
  now(): number {
    return (this.#fixedNow ?? this.#runtime.now()) + this.faults.clockSkewMs;
  }

  /** Starts listening on loopback; port 0 takes a free one. Gives the address, such as `http://127.0.0.1:8787`. */
  listen(port = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'it is in use' : error.message;
        reject(new SessionError(`the local exchange cannot listen on port ${port}: ${why}`, { cause: error }));
      });
      this.#server.listen(port, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  /** Stops listening and drops every connection. */
  close(): Promise<void> {
    for (const face of this.#faces) face.close?.();
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://venue');
    const asked: VenueRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      search: url.search,
      headers: request.headers,
      body: await readBody(request),
      now: this.now(),
    };
    if (asked.path.startsWith('/nextbar/')) {
      send(response, this.#control(asked) ?? (await this.#faceControl(asked)));
      return;
    }
    const fault = this.faults.next(asked.path, asked.method);
    const isAnswered = fault === undefined || isPageFault(fault.kind);
    const status = isAnswered ? await this.#answer(asked, fault, response) : 0;
    if (!isAnswered) {
      if (isAnswerFault(fault.kind)) for (const face of this.#faces) if (await face.answer?.(asked)) break;
      brokenAnswer(fault, response);
    }
    this.#note({ method: asked.method, path: asked.path, query: url.search, status });
  }

  async #answer(asked: VenueRequest, fault: Fault | undefined, response: ServerResponse): Promise<number> {
    for (const face of this.#faces) {
      const answer = await face.answer?.(asked);
      if (answer === undefined) continue;
      send(response, fault === undefined ? answer : alterAnswer(fault, answer, await this.#again(face, asked)));
      return answer.status ?? 200;
    }
    send(response, { status: 404, body: { code: -1000, msg: `no face of this exchange has ${asked.path}` } });
    return 404;
  }

  /** The same request without its `since`: what an exchange that ignores it would answer. */
  #again(face: Face, asked: VenueRequest): VenueAnswer | undefined | Promise<VenueAnswer | undefined> {
    const query = new URLSearchParams(asked.query);
    for (const name of ['startTime', 'endTime', 'since']) query.delete(name);
    return face.answer?.({ ...asked, query });
  }

  /** What a face lets itself be told. */
  async #faceControl(asked: VenueRequest): Promise<VenueAnswer> {
    for (const face of this.#faces) {
      const answer = await face.answer?.(asked);
      if (answer !== undefined) return answer;
    }
    return { status: 404, body: { error: `no control ${asked.method} ${asked.path}` } };
  }

  #control(asked: VenueRequest): VenueAnswer | undefined {
    if (asked.path === '/nextbar/requests') return { body: { requests: this.requests, served: this.served } };
    if (asked.path !== '/nextbar/faults') return undefined;
    if (asked.method !== 'PUT') return { body: Object.fromEntries(this.faults.struck) };
    try {
      this.faults = new Faults(JSON.parse(asked.body) as FaultOptions);
      return { body: { ok: true } };
    } catch (error) {
      return { status: 400, body: { error: (error as Error).message } };
    }
  }

  #note(served: ServedRequest): void {
    this.requests += 1;
    this.served.push(served);
    if (this.served.length > remembered) this.served.splice(0, remembered / 2);
  }
}

function send(response: ServerResponse, answer: VenueAnswer): void {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return '';
  let body = '';
  request.setEncoding('utf8');
  for await (const piece of request) body += piece as string;
  return body;
}
