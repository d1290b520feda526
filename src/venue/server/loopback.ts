/** Serves a Service over loopback: real sockets and requests instead of simulated ones. */
import { createRequire } from 'node:module';

import type { WebSocket, WebSocketServer } from 'ws';

import {
  messageOf,
  systemRuntime,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type Service,
} from '../../core/index.ts';
import type { VenueApi } from './api.ts';

/** ws is loaded with the first socket, not with the package. */
const load = createRequire(import.meta.url);

/** The longest frame that a client may send, in bytes. */
const longestFrame = 1024 * 1024;
/** Bytes that may wait for a client that does not read; beyond that it is cut off. */
const mostWaiting = 64 * 1024 * 1024;

/** Where a service is found on the server, and how it treats sockets. */
export interface ServicePaths {
  /** Sockets are taken over on paths that begin with one of these; `/` is that path alone. */
  readonly sockets: readonly string[];
  /** Requests are answered on paths that begin with one of these. */
  readonly paths: readonly string[];
  /** Sends a ping frame this often, in milliseconds. Default: never. */
  readonly pingMs?: number;
  /** Hangs up on a client that has answered no ping for this long. Default 60 seconds. */
  readonly pongWithinMs?: number;
  /** The clock of pings: connections live in real time, however fast the exchange's own clock runs. Default: the computer's. */
  readonly runtime?: Runtime;
}

/** An API for VenueServer out of a service. Mount it before APIs that serve the same paths from other data. */
export function serviceApi(name: string, service: Service, options: ServicePaths): VenueApi {
  let server: WebSocketServer | undefined;
  const sockets = (): WebSocketServer => {
    if (server === undefined) {
      const ws = load('ws') as { WebSocketServer: typeof WebSocketServer };
      server = new ws.WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: longestFrame });
    }
    return server;
  };
  return {
    name,
    answer: ({ method, path, search, body, headers }) => {
      if (!options.paths.some((prefix) => path.startsWith(prefix))) return undefined;
      const request: HttpRequest = {
        method: method as HttpRequest['method'],
        url: `http://local${path}${search}`,
        body,
        headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)])),
      };
      return new Promise((resolve) => {
        service.request(request, ({ status, headers, text }: HttpResponse) => {
          resolve({ status, headers: { 'content-type': 'application/json', ...headers }, body: text });
        });
      });
    },
    upgrade: (request, socket, head) => {
      const path = request.url ?? '/';
      if (!options.sockets.some((prefix) => (prefix === '/' ? /^\/(?:\?|$)/.test(path) : path.startsWith(prefix))))
        return false;
      sockets().handleUpgrade(request, socket, head, (client) => {
        serve(client, `ws://local${path}`, service);
        if (options.pingMs !== undefined) keepAlive(client, options.pingMs, options);
      });
      return true;
    },
    close: () => {
      for (const client of server?.clients ?? []) client.terminate();
      server?.close();
    },
  };
}

function serve(client: WebSocket, url: string, service: Service): void {
  const handler = service.accept(url, {
    send: (frame) => {
      client.send(frame);
      if (client.bufferedAmount > mostWaiting) client.terminate();
    },
    close: () => {
      client.terminate();
    },
  });
  if (handler === undefined) {
    client.terminate();
    return;
  }
  // A malformed frame closes the socket; without a listener it would end the process.
  client.on('error', () => {
    client.terminate();
  });
  client.on('message', (data: Buffer) => {
    try {
      handler.frame(data.toString('utf8'));
    } catch (error) {
      // The client learns of the failure, as from a request that is answered with 500, and the exchange continues.
      client.close(1011, messageOf(error).slice(0, 40));
    }
  });
  client.on('close', () => {
    handler.closed();
  });
}

/** Pings a client, and hangs up when its pongs stop. */
function keepAlive(client: WebSocket, pingMs: number, { pongWithinMs = 60_000, runtime = systemRuntime }: ServicePaths): void {
  let answered = runtime.elapsed();
  client.on('pong', () => {
    answered = runtime.elapsed();
  });
  const timer = runtime.every(pingMs, () => {
    if (runtime.elapsed() - answered > pongWithinMs) client.terminate();
    else client.ping(String(Math.floor(runtime.now())));
  });
  client.on('close', () => {
    timer.cancel();
  });
} // prettier-ignore
