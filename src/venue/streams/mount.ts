/** Mounts a streaming face on the local exchange's server: real sockets and requests over loopback. */
import { createRequire } from 'node:module';

import type { WebSocketServer } from 'ws';

import { messageOf, type HttpRequest, type HttpResponse, type Service } from '../../core/index.ts';
import type { Face } from '../face.ts';

/** ws is loaded when the first socket comes, not with the package. */
const load = createRequire(import.meta.url);

/** The longest frame that a client may send, in bytes. */
const longestRequest = 1024 * 1024;
/** Bytes that may wait for a client that does not read; then it is cut off. */
const mostWaiting = 64 * 1024 * 1024;

/**
 * A face for VenueServer out of a streaming service. It answers the HTTP paths that begin with one of `paths`, and takes sockets over on
 * paths that begin with one of `sockets`. Mount it before faces that serve the same paths from other data.
 */
export function streamFace(
  name: string,
  service: Service,
  options: { readonly sockets: readonly string[]; readonly paths: readonly string[] },
): Face {
  let server: WebSocketServer | undefined;
  const sockets = (): WebSocketServer => {
    if (server === undefined) {
      const ws = load('ws') as { WebSocketServer: typeof WebSocketServer };
      server = new ws.WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: longestRequest });
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
      const url = `ws://local${request.url ?? '/'}`;
      if (!options.sockets.some((prefix) => (request.url ?? '/').startsWith(prefix))) return false;
      sockets().handleUpgrade(request, socket, head, (client) => {
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
        // What is no frame at all closes the socket; without a listener it would end the process.
        client.on('error', () => {
          client.terminate();
        });
        client.on('message', (data: Buffer) => {
          try {
            handler.frame(data.toString('utf8'));
          } catch (error) {
            // As a request that fails here is answered with 500: the client is told, and the exchange goes on.
            client.close(1011, messageOf(error).slice(0, 40));
          }
        });
        client.on('close', () => {
          handler.closed();
        });
      });
      return true;
    },
    close: () => {
      for (const client of server?.clients ?? []) client.terminate();
      server?.close();
    },
  };
}
