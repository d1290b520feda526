/** The consumers of one feed: its callbacks, its sinks, and the recorder. */
import {
  ConnectorError, messageOf, type Channel, type MarketEvent, type ProtocolError, type RefusalReason, type Runtime, type StreamEvent, type StreamState, type Timer,
} from '../../core/index.ts'; // prettier-ignore
import type { Book } from '../decoding/book.ts';
import { BookView } from '../decoding/book-view.ts';
import { L3View, type L3Book } from '../decoding/l3/l3-book.ts';
import type { FeedSink, WireKind } from '../decoding/feed-sink.ts';
import type { Subscription } from '../decoding/protocol.ts';
import type { Recorder } from '../recordings/recorder.ts';
import type { FeedCallbacks, SubscriptionOptions } from './feed-options.ts';
import { SinkQueue } from './sink-queue.ts';

/** Receives the errors of a feed. */
export type ErrorCallback = (error: ConnectorError | ProtocolError, frame?: string) => void;

/** What the consumers of a feed are connected to. */
export interface FeedOutputOptions<N> {
  readonly exchange: string;
  readonly runtime: Runtime;
  readonly consumers: Pick<SubscriptionOptions<N>, 'callbacks' | 'sinks' | 'queueLimit'>;
  readonly recorder: Recorder | undefined;
  /** What is recorded: the raw traffic (`wire`, default), or the events, where another library opens the sockets. */
  readonly records?: 'wire' | 'events';
  readonly onError: ErrorCallback;
}

type AnyCallback<N> = ((event: MarketEvent<N>) => void) | undefined;

/** Passes everything that a feed's sockets receive to its consumers. A consumer that throws is reported and disturbs nothing else. */
export class FeedOutput<N> implements FeedSink<N> {
  callbackErrors = 0;
  /** Losses that were reported. */
  gaps = 0;
  /** Refused events by channel and reason, such as `trade price`. */
  readonly refusals: Record<string, number> = {};
  readonly #exchange: string;
  readonly #runtime: Runtime;
  readonly #callbacks: FeedCallbacks<N>;
  readonly #queues: SinkQueue<N>[];
  readonly #recorder: Recorder | undefined;
  readonly #eventRecorder: Recorder | undefined;
  readonly #onError: ErrorCallback;
  readonly #states = new Map<string, StreamState>();

  constructor({ exchange, runtime, consumers, recorder, records, onError }: FeedOutputOptions<N>) {
    const { callbacks = {}, sinks = [], queueLimit = 10_000 } = consumers;
    this.#exchange = exchange;
    this.#runtime = runtime;
    this.#callbacks = callbacks;
    this.#recorder = records === 'events' ? undefined : recorder;
    this.#eventRecorder = records === 'events' ? recorder : undefined;
    this.#onError = onError;
    this.#queues = sinks.map((sink) => new SinkQueue<N>(sink, queueLimit, this));
  }

  /** The state of a subscription. */
  state(channel: Channel, symbol: string): StreamState {
    return this.#states.get(`${channel} ${symbol}`) ?? 'connecting';
  }

  /** Events that slow sinks have lost. */
  get dropped(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.counts.dropped, 0);
  }

  /** Events that wait for slow sinks. */
  get waiting(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.waiting, 0);
  }

  event(event: MarketEvent<N>, book: Book | undefined, orders?: L3Book): void {
    this.#record(event);
    try {
      if (event.type === 'book') this.#callbacks.book?.(event, new BookView(book!));
      else if (event.type === 'l3') this.#callbacks.l3?.(event, new L3View(orders!));
      else (this.#callbacks[event.type] as AnyCallback<N>)?.(event);
    } catch (cause) {
      this.threw(`the ${event.type} callback`, cause);
    }
    if (this.#queues.length > 0) this.#queue(event);
  }

  status({ channel, symbol }: Subscription, state: StreamState, reason: string): void {
    this.#states.set(`${channel} ${symbol}`, state);
    const time = this.#runtime.now();
    const status = { type: 'status', exchange: this.#exchange, symbol, channel, state, reason, time } as const;
    this.#record(status);
    try {
      this.#callbacks.status?.(status);
    } catch (cause) {
      this.threw('the status callback', cause);
    }
    this.#queue(status);
  }

  gap(channel: Channel, symbol: string, from: string | undefined, to: string | undefined, reason: string): void {
    const time = this.#runtime.now();
    this.gaps++;
    const gap = { type: 'gap', exchange: this.#exchange, symbol, channel, from, to, reason, time } as const;
    this.#record(gap);
    try {
      this.#callbacks.gap?.(gap);
    } catch (cause) {
      this.threw('the gap callback', cause);
    }
    this.#queue(gap);
  }

  refused(channel: Channel, symbol: string, reason: RefusalReason, detail: string): void {
    const name = `${channel} ${reason}`;
    this.refusals[name] = (this.refusals[name] ?? 0) + 1;
    const time = this.#runtime.now();
    const refusal = { type: 'refused', exchange: this.#exchange, symbol, channel, reason, detail, time } as const;
    this.#record(refusal);
    try {
      this.#callbacks.refused?.(refusal);
    } catch (cause) {
      this.threw('the refused callback', cause);
    }
    this.#queue(refusal);
  }

  error(error: ConnectorError | ProtocolError, frame?: string): void {
    this.#onError(error, frame);
  }

  wire(connection: string, kind: WireKind, data: string | Uint8Array, url: string): void {
    this.#recorder?.wire(this.#runtime.now(), connection, kind, data, url);
  }

  #record(event: StreamEvent<N>): void {
    const conn = `${this.#exchange}.ccxt`;
    this.#eventRecorder?.line(this.#runtime.now(), { dir: 'event', conn, data: JSON.stringify(event) });
  }

  /** Reports what a consumer threw. */
  threw(consumer: string, cause: unknown): void {
    this.callbackErrors++;
    const reason = messageOf(cause);
    const message = `${consumer} of ${this.#exchange} threw: ${reason}`;
    this.error(new ConnectorError(message, { code: 'callback', cause }));
  }

  /** Reports that a sink lost events because its queue was full. */
  overflowed(dropped: number): void {
    const message = `a sink of ${this.#exchange} is too slow: ${dropped} events dropped so far`;
    this.error(new ConnectorError(message, { code: 'sink-slow' }));
  }

  /** Flushes and closes the sinks; what is not written by the deadline counts as dropped. */
  async close(deadlineMs: number): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = this.#runtime.after(deadlineMs, () => {
        resolve('late');
      });
    });
    const flushed = Promise.all(this.#queues.map((queue) => this.#close(queue)));
    const ended = await Promise.race([flushed, late]);
    timer?.cancel();
    if (ended !== 'late') return;
    const waiting = this.#queues.reduce((sum, queue) => sum + queue.waiting, 0);
    for (const queue of this.#queues) queue.counts.dropped += queue.waiting;
    const message = `${waiting} events of ${this.#exchange} were not written within ${deadlineMs} ms of stopping`;
    this.error(new ConnectorError(message, { code: 'sink-slow' }));
  }

  async #close(queue: SinkQueue<N>): Promise<void> {
    try {
      await queue.close();
    } catch (cause) {
      this.threw('closing a sink', cause);
    }
  }

  #queue(event: StreamEvent<N>): void {
    for (const queue of this.#queues) queue.push(event);
  }
}
