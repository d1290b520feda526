/** Events to every WebSocket client that connects: one JSON text each. */
import type { WebSocketServer } from 'ws';

import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';

/** The most bytes that wait for a client before it is disconnected as too slow. */
const mostWaiting = 16 * 1024 * 1024;

/** Serves clients. One that reads too slowly is disconnected; a client may name symbols and types it wants: `?symbol=BTC/USDT&type=trade`. */
export class WebSocketWriter implements BatchWriter {
  readonly name: string;
  readonly #server: WebSocketServer;
  /** Clients that were too slow. */
  slow = 0;

  private constructor(name: string, server: WebSocketServer) {
    this.name = name;
    this.#server = server;
  }

  static async open(host: string, port: number): Promise<WebSocketWriter> {
    const { WebSocketServer: Server } = await import('ws');
    const server = new Server({ host, port, perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    const writer = new WebSocketWriter(`ws://${host}:${bound}`, server);
    server.on('connection', (socket, request) => {
      const { searchParams } = new URL(request.url ?? '/', 'ws://host');
      writer.#wanted.set(socket, { symbols: searchParams.getAll('symbol'), types: searchParams.getAll('type') });
      socket.on('error', () => undefined);
    });
    return writer;
  }

  readonly #wanted = new WeakMap<object, { readonly symbols: readonly string[]; readonly types: readonly string[] }>();

  write(batch: readonly KeyedEvent[]): Promise<void> {
    for (const client of this.#server.clients) {
      if (client.readyState !== client.OPEN) continue;
      if (client.bufferedAmount > mostWaiting) {
        this.slow++;
        client.terminate();
        continue;
      }
      const { symbols = [], types = [] } = this.#wanted.get(client) ?? {};
      for (const { key, event, json } of batch) {
        if (types.length > 0 && !types.includes(event.type)) continue;
        if (symbols.length > 0 && !('symbol' in event && symbols.includes(event.symbol))) continue;
        client.send(`{"key":${JSON.stringify(key)},${json.slice(1)}`);
      }
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => { resolve(); }); // prettier-ignore
      for (const client of this.#server.clients) client.terminate();
    });
  }
}
