/** Events over ZeroMQ: published by topic, or pushed to one of several workers. */
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';
import { peer } from './peers.ts';

/** `publish` sends to all present subscribers and keeps nothing for others; `push` waits for a worker and distributes in turn. */
export type ZeromqPattern = 'publish' | 'push';

interface Sender {
  bind(address: string): Promise<void>;
  send(parts: readonly string[]): Promise<void>;
  close(): void;
}

/** Sends two parts: the topic `exchange.symbol.type`, and the event as JSON with its key. */
export class ZeromqWriter implements BatchWriter {
  readonly name: string;
  readonly #socket: Sender;

  private constructor(name: string, socket: Sender) {
    this.name = name;
    this.#socket = socket;
  }

  static async open(address: string, pattern: ZeromqPattern): Promise<ZeromqWriter> {
    const { Publisher, Push } = await peer('zeromq', () => import('zeromq'));
    const socket = (pattern === 'push' ? new Push() : new Publisher()) as unknown as Sender;
    await socket.bind(address);
    return new ZeromqWriter(`zeromq ${pattern} ${address}`, socket);
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    for (const { key, event, json } of batch) {
      const symbol = 'symbol' in event ? event.symbol : '';
      await this.#socket.send([
        `${event.exchange}.${symbol}.${event.type}`,
        `{"key":${JSON.stringify(key)},${json.slice(1)}`,
      ]);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
