/** Mounts a streaming face on the local exchange's server: real sockets and requests over loopback. */
import { WebSocketServer } from 'ws';

import type { HttpResponse, Service } from '../../core/index.ts';
import type { Face } from '../face.ts';

/**
 * A face for VenueServer out of a streaming service. It answers the HTTP paths that begin with one of `paths`, and takes sockets over on
 * paths that begin with one of `sockets`. Mount it before faces that serve the same paths from other data.
 */
export function streamFace(
  name: string,
  service: Service,
  options: { readonly sockets: readonly string[]; readonly paths: readonly string[] },
): Face {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  return {
    name,
    answer: ({ method, path, query, body }) => {
      if (!options.paths.some((prefix) => path.startsWith(prefix))) return undefined;
      const url = `http://local${path}?${query.toString()}`;
      return new Promise((resolve) => {
        service.request(
          { method: method === 'POST' ? 'POST' : 'GET', url, body },
          ({ status, headers, text }: HttpResponse) => {
            resolve({ status, headers: { 'content-type': 'application/json', ...headers }, body: text });
          },
        );
      });
    },
    upgrade: (request, socket, head) => {
      const url = `ws://local${request.url ?? '/'}`;
      if (!options.sockets.some((prefix) => (request.url ?? '/').startsWith(prefix))) return false;
      server.handleUpgrade(request, socket, head, (client) => {
        const handler = service.accept(url, {
          send: (frame) => {
            client.send(frame);
          },
          close: () => {
            client.terminate();
          },
        });
        if (handler === undefined) {
          client.terminate();
          return;
        }
        client.on('message', (data: Buffer) => {
          handler.frame(data.toString('utf8'));
        });
        client.on('close', () => {
          handler.closed();
        });
      });
      return true;
    },
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
