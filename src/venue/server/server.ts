/** The local exchange's server: loopback HTTP with the APIs of exchanges mounted on it, and faults in between. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { checkNames, messageOf, SessionError, systemRuntime, type Runtime } from '../../core/index.ts';
import { alteredRows, brokenAnswer, withoutSince } from '../faults/answers.ts';
import { isAnswerFault, isPageFault } from '../faults/kinds.ts';
import { Faults, type Fault, type FaultOptions } from '../faults/request-faults.ts';
import type { VenueAnswer, VenueApi, VenueRequest } from './api.ts';
import { longestBody, readBody, refusedReason } from './gate.ts';

/** How the server is set up. */
export interface VenueServerOptions {
  /** The first one that knows a path answers it. Default: none. */
  readonly apis?: readonly VenueApi[];
  /** Faults of its answers. Default: none. */
  readonly faults?: FaultOptions;
  /** The exchange's clock. Default: the computer's. */
  readonly runtime?: Runtime;
}

/** One request as it was served. */
export interface ServedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query as text. */
  readonly query: string;
  /** 0 when the client received no complete answer. */
  readonly status: number;
}

/** How many served requests are remembered. */
const remembered = 10_000;

/**
 * Serves the APIs mounted on it, on 127.0.0.1 only.
 *
 * `GET /nextbar/requests` lists what was served; `PUT /nextbar/faults` takes FaultOptions, so that a test can strike a bot
 * in another process.
 */
export class VenueServer {
  /** The last requests served, oldest first. */
  readonly served: ServedRequest[] = [];
  /** How many requests were served since the start. */
  requests = 0;
  /** What goes wrong, and when. */
  faults: Faults;
  readonly #apis: VenueApi[];
  readonly #runtime: Runtime;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  constructor(options: VenueServerOptions = {}) {
    checkNames('option of VenueServer', options, ['apis', 'faults', 'runtime']);
    this.#apis = [...(options.apis ?? [])];
    this.#runtime = options.runtime ?? systemRuntime;
    this.faults = new Faults(options.faults);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (response.headersSent) {
          response.destroy();
          return;
        }
        const msg = messageOf(error);
        send(response, { status: 500, body: { code: -1000, msg } });
      });
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (refusedReason(request) !== undefined) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      } else if (!this.#apis.some((api) => api.upgrade?.(request, socket, head) === true)) socket.destroy();
    });
  }

  /** Adds an API; earlier ones are asked first. */
  mount(api: VenueApi): this {
    this.#apis.push(api);
    return this;
  }

  /** The exchange's time, milliseconds UTC. */
  now(): number {
    return this.#runtime.now() + this.faults.clockSkewMs;
  }

  /** Listens on loopback; port 0 takes a free one. Returns the address, such as `http://127.0.0.1:8787`. */
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
    for (const api of this.#apis) api.close?.();
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reason = refusedReason(request);
    if (reason !== undefined) {
      response.setHeader('connection', 'close');
      send(response, { status: 403, body: { code: -1000, msg: reason } });
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      send(response, { status: 413, body: { code: -1000, msg: `the body is longer than ${longestBody} bytes` } });
      return;
    }
    const asked = requestOf(request, body, this.now());
    if (asked.path.startsWith('/nextbar/')) {
      send(response, this.#control(asked) ?? (await this.#answer(asked)) ?? noControl(asked));
      return;
    }
    const fault = this.faults.next(asked.path, asked.method);
    const status = fault === undefined ? await this.#plain(asked, response) : await this.#strike(fault, asked, response);
    this.#note({ method: asked.method, path: asked.path, query: asked.search, status });
  } // prettier-ignore

  async #plain(asked: VenueRequest, response: ServerResponse): Promise<number> {
    const answer = (await this.#answer(asked)) ?? {
      status: 404,
      body: { code: -1000, msg: `the local exchange has no path ${asked.path}` },
    };
    send(response, answer);
    return answer.status ?? 200;
  }

  /** The status as the client receives it, 0 when no complete answer arrives. */
  async #strike(fault: Fault, asked: VenueRequest, response: ServerResponse): Promise<number> {
    if (isPageFault(fault.kind)) {
      const isUnbounded = fault.kind === 'ignore-since';
      const answer = await this.#answer(isUnbounded ? unbounded(asked) : asked);
      if (answer === undefined) return this.#plain(asked, response);
      const text = textOf(answer);
      send(response, { ...answer, body: isUnbounded ? text : alteredRows(fault, text) });
      return answer.status ?? 200;
    }
    if (isAnswerFault(fault.kind)) {
      const answer = await this.#answer(asked);
      if (fault.kind === 'late-answer' && answer !== undefined) {
        await this.#runtime.sleep(2_000 + this.#runtime.random() * 28_000);
        if (!response.destroyed) send(response, answer);
        return 0;
      }
    }
    const broken = brokenAnswer(fault);
    if (broken !== undefined) send(response, { ...broken, body: broken.text });
    else if (fault.kind === 'reset') response.socket?.resetAndDestroy();
    else if (fault.kind === 'hang-in-body') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('[[');
    }
    return 0;
  }

  /** What the first API that knows the path answers. */
  async #answer(asked: VenueRequest): Promise<VenueAnswer | undefined> {
    for (const api of this.#apis) {
      const answer = await api.answer?.(asked);
      if (answer !== undefined) return answer;
    }
    return undefined;
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

function requestOf(request: IncomingMessage, body: string, now: number): VenueRequest {
  const { pathname, searchParams, search } = new URL(request.url ?? '/', 'http://venue');
  const method = request.method ?? 'GET';
  return { method, path: pathname, query: searchParams, search, headers: request.headers, body, now };
}

/** The same request without the range it asks for: what an exchange that ignores the range would answer. */
function unbounded(asked: VenueRequest): VenueRequest {
  const search = withoutSince(asked.search);
  return { ...asked, search, query: new URLSearchParams(search) };
}

function noControl({ method, path }: VenueRequest): VenueAnswer {
  return { status: 404, body: { error: `no control ${method} ${path}` } };
}

function textOf({ body }: VenueAnswer): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function send(response: ServerResponse, answer: VenueAnswer): void {
  if (answer.status === 0) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(textOf(answer));
}
