/** Events as JSON lines over TCP, a Unix socket or UDP. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';

import { ConnectorError } from '../../core/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';

/** The target of a stream socket. */
export type SocketTarget = { readonly host: string; readonly port: number } | { readonly path: string };

const lineOf = ({ key, json }: KeyedEvent): string => `{"key":${JSON.stringify(key)},${json.slice(1)}\n`;

/** Sends lines over a connection, which is reopened after it broke. A line counts as written once the system has taken it. */
export class StreamSocketWriter implements BatchWriter {
  readonly name: string;
  readonly #target: SocketTarget;
  #socket: Socket | undefined;

  constructor(target: SocketTarget) {
    this.#target = target;
    this.name = 'path' in target ? `unix:${target.path}` : `tcp://${target.host}:${target.port}`;
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    const socket = this.#socket ?? (await this.#open());
    const text = batch.map(lineOf).join('');
    await new Promise<void>((resolve, reject) => {
      const failed = (): void => {
        reject(new ConnectorError(`the connection to ${this.name} broke`));
      };
      socket.once('close', failed);
      socket.write(text, (error) => {
        socket.off('close', failed);
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#target);
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        // Data from the other side are ignored, but must be read to notice the end of the connection.
        socket.resume();
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          if (this.#socket === socket) this.#socket = undefined;
        });
        this.#socket = socket;
        resolve(socket);
      });
    });
  }

  close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => socket.end(() => { resolve(); })); // prettier-ignore
  }
}

/** The longest datagram; longer events are refused. */
const longestDatagram = 65_507;

/** Sends each event as one datagram: whether it arrived is unknown. */
export class UdpWriter implements BatchWriter {
  readonly name: string;
  readonly #host: string;
  readonly #port: number;
  readonly #socket: DatagramSocket;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.name = `udp://${host}:${port}`;
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('error', () => undefined);
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    for (const one of batch) {
      const bytes = Buffer.from(lineOf(one));
      if (bytes.length > longestDatagram) continue;
      await new Promise<void>((resolve, reject) => {
        this.#socket.send(bytes, this.#port, this.#host, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
    }
  }

  close(): void {
    this.#socket.close();
  }
}
