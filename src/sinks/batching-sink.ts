/** A sink that writes in batches behind a bounded queue: with a stated policy when it is full, retries, and counters. */
import {
  checkNames, ConfigError, ConnectorError, messageOf, systemRuntime, unknownName, type EventSink, type Runtime, type StreamEvent, type Timer,
} from '../core/index.ts'; // prettier-ignore
import { keyed, type KeyedEvent } from './key.ts';

/** Writes batches somewhere. A rejected batch is written again, so the writer must recognise repeated events by their keys. */
export interface BatchWriter {
  /** Where it writes, for messages, without secrets. */
  readonly name: string;
  /** Resolves when every event of the batch would survive a crash of this process. */
  write(batch: readonly KeyedEvent[]): Promise<void>;
  /** Closes files and connections; called once, after the last batch. */
  close?(): Promise<void> | void;
}

/**
 * What happens to an event when the queue is full: `block` makes the feed's own queue wait, `dropOldest` drops the oldest event, and
 * `conflate` replaces waiting events of a state (best prices, statistics, marks) by newer ones and merges changes of a book, then drops the
 * oldest.
 */
export type QueuePolicy = 'block' | 'dropOldest' | 'conflate';

/** Every policy, for checking an option. */
export const queuePolicies = ['block', 'dropOldest', 'conflate'] as const satisfies readonly QueuePolicy[];

/** Options of batches, waits and retries of a sink. */
export interface BatchOptions {
  /** The most events of one batch. Default 500. */
  readonly batchSize?: number;
  /** Longest time that an event waits for its batch to fill, in milliseconds. Default 250. */
  readonly flushMs?: number;
  /** The most events that wait. Default 50,000. */
  readonly queueLimit?: number;
  /** What happens when the queue is full. Default `block`. */
  readonly policy?: QueuePolicy;
  /** Attempts to write a batch before its events count as failed. Default: unlimited. */
  readonly attempts?: number;
  /** The first wait after a failure, in milliseconds; it doubles up to 30 seconds. Default 200. */
  readonly retryMs?: number;
  /** Called when a batch could not be written; it is tried again. Default: nothing is called. */
  readonly onError?: (error: ConnectorError) => void;
  /** Clock and timers. Default: the system's. */
  readonly runtime?: Runtime;
}

const optionNames = [
  'batchSize',
  'flushMs',
  'queueLimit',
  'policy',
  'attempts',
  'retryMs',
  'onError',
  'runtime',
] as const;
const longestRetryMs = 30_000;

/** What a sink has counted. */
export interface SinkCounters {
  /** Events written, each once. */
  readonly written: number;
  /** Events dropped because the queue was full. */
  readonly dropped: number;
  /** Events that a newer one of the same kind replaced while they waited. */
  readonly conflated: number;
  /** Events given up after the last attempt. */
  readonly failed: number;
  /** Batches that were written again. */
  readonly retries: number;
  /** Batches written. */
  readonly batches: number;
  /** Events waiting to be written. */
  readonly queued: number;
}

/** How long closing waits for the writer, in milliseconds. */
const closeMs = 10_000;

/** Checks the options of a sink. @throws {ConfigError} If one is unknown or cannot be right. */
export function checkBatch(name: string, options: BatchOptions): void {
  checkNames(`option of the sink ${name}`, options, optionNames);
  for (const field of ['batchSize', 'flushMs', 'queueLimit', 'attempts', 'retryMs'] as const) {
    const value = options[field];
    if (value !== undefined && !(typeof value === 'number' && value >= 1))
      throw new ConfigError(`${field} of a sink must be a number of at least 1, was ${shown(value)}`, { context: { field } }); // prettier-ignore
    const isWhole = field !== 'flushMs' && field !== 'retryMs' && value !== Infinity;
    if (isWhole && value !== undefined && !Number.isInteger(value))
      throw new ConfigError(`${field} of a sink must be a whole number, was ${value}`, { context: { field } });
  }
  const { policy = 'block' } = options;
  if (!queuePolicies.includes(policy)) throw unknownName('policy of a sink', policy, queuePolicies);
}

/** A sink over a writer of batches. */
export class BatchingSink implements EventSink {
  readonly #writer: BatchWriter;
  readonly #size: number;
  readonly #flushMs: number;
  readonly #limit: number;
  readonly #policy: QueuePolicy;
  readonly #attempts: number;
  readonly #retryMs: number;
  readonly #onError: (error: ConnectorError) => void;
  readonly #runtime: Runtime;
  /** Waiting events, from `#head` on. They are keyed when they are written, so that dropped ones cost little. */
  #queue: StreamEvent[] = [];
  #head = 0;
  /** Events taken since the queue was last conflated. */
  #taken = 0;
  #waiting: (() => void)[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  /** Events of the batch that is being written. */
  #inFlight = 0;
  /** Waiting events were counted as failed: later answers of the writer are ignored. */
  #isAbandoned = false;
  #counts = { written: 0, dropped: 0, conflated: 0, failed: 0, retries: 0, batches: 0 };

  /** @throws {ConfigError} If an option is wrong. */
  constructor(writer: BatchWriter, options: BatchOptions = {}) {
    checkBatch(writer.name, options);
    const { policy = 'block' } = options;
    this.#writer = writer;
    this.#size = options.batchSize ?? 500;
    this.#flushMs = options.flushMs ?? 250;
    this.#limit = Math.max(options.queueLimit ?? 50_000, this.#size);
    this.#policy = policy;
    this.#attempts = options.attempts ?? Infinity;
    this.#retryMs = options.retryMs ?? 200;
    this.#onError = options.onError ?? (() => undefined);
    this.#runtime = options.runtime ?? systemRuntime;
  }

  /** Where it writes. */
  get name(): string {
    return this.#writer.name;
  }

  /** What it has done so far. */
  get counters(): SinkCounters {
    return { ...this.#counts, queued: this.#length };
  }

  write(event: StreamEvent): void | Promise<void> {
    this.#queue.push(event);
    this.#taken++;
    if (this.#length > this.#limit && this.#policy !== 'block') this.#makeRoom();
    if (this.#length >= this.#size) this.#drain();
    else this.#timer ??= this.#runtime.after(this.#flushMs, () => { this.#drain(); }); // prettier-ignore
    if (this.#policy !== 'block' || this.#length < this.#limit) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get #length(): number {
    return this.#queue.length - this.#head;
  }

  /** Conflates once a quarter of the queue is new, so that a full queue costs little per event; otherwise drops the oldest. */
  #makeRoom(): void {
    if (this.#policy === 'conflate' && this.#taken >= Math.max(1, Math.floor(this.#limit / 4))) this.#conflate();
    const over = this.#length - this.#limit;
    if (over <= 0) return;
    this.#head += over;
    this.#counts.dropped += over;
    if (this.#head >= this.#limit) this.#trim();
  }

  /** Forgets what is before the head. */
  #trim(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Writes all waiting events. Resolves when they are written or given up. */
  async flush(): Promise<void> {
    while (this.#length > 0 || this.#writing !== undefined) {
      this.#drain();
      await this.#writing;
    }
  }

  /** Flushes, then closes the writer. Events that a hanging or unreachable target has not taken within 10 seconds count as failed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    if (!(await this.#isInTime(this.flush()))) this.#giveUp(`not written within ${closeMs / 1_000} s of closing`);
    await this.#isInTime(Promise.resolve(this.#writer.close?.()));
  }

  /** Whether work ended before the deadline of closing. */
  async #isInTime(work: Promise<unknown>): Promise<boolean> {
    let timer: Timer | undefined;
    const late = new Promise<false>((resolve) => {
      timer = this.#runtime.after(closeMs, () => { resolve(false); }); // prettier-ignore
    });
    const done = await Promise.race([work.then(() => true as const), late]);
    timer?.cancel();
    return done;
  }

  /** Counts everything that waits as failed. */
  #giveUp(reason: string): void {
    const lost = this.#length + this.#inFlight;
    this.#counts.failed += lost;
    this.#inFlight = 0;
    this.#isAbandoned = true;
    this.#queue = [];
    this.#head = 0;
    if (lost > 0) this.#report(`${lost} events could not be written to ${this.#writer.name}: ${reason}`);
  }

  #report(message: string, cause?: unknown): void {
    this.#onError(new ConnectorError(message, { code: 'sink', cause }));
  }

  #drain(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#length > 0) this.#drain();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#length > 0) {
      const batch = this.#queue.slice(this.#head, this.#head + this.#size).map(keyed);
      this.#head += batch.length;
      if (this.#head >= this.#size * 4 || this.#head === this.#queue.length) this.#trim();
      this.#inFlight = batch.length;
      await this.#writeBatch(batch);
      this.#inFlight = 0;
      if (this.#length >= this.#limit) continue;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
  }

  /**
   * Writes a batch, with retries, so that a target that was down for an hour gets it afterwards. While closing, there are only a few
   * attempts.
   */
  async #writeBatch(batch: readonly KeyedEvent[]): Promise<void> {
    let wait = this.#retryMs;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#writer.write(batch);
        if (this.#isAbandoned) return;
        this.#counts.written += batch.length;
        this.#counts.batches++;
        return;
      } catch (cause) {
        if (this.#isAbandoned) return;
        const isLast = attempt >= (this.#isClosing ? Math.min(this.#attempts, 5) : this.#attempts);
        const lost = `${batch.length} events could not be written to ${this.#writer.name}`;
        this.#report(`${lost}${isLast ? '' : ', trying again'}: ${messageOf(cause)}`, cause);
        if (isLast) {
          this.#counts.failed += batch.length;
          this.#inFlight = 0;
          // While closing, events behind a batch that was given up would fail too.
          if (this.#isClosing && this.#length > 0) this.#giveUp(messageOf(cause));
          return;
        }
        this.#counts.retries++;
        await this.#pause(wait);
        wait = Math.min(wait * 2, longestRetryMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#runtime.after(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Keeps the newest waiting event of each state, and for each book one change equivalent to all. Trades are never conflated. */
  #conflate(): void {
    this.#trim();
    this.#taken = 0;
    const kept: StreamEvent[] = [];
    const places = new Map<string, number>();
    for (const event of this.#queue) {
      const isState = ['quote', 'ticker24h', 'mark', 'index', 'funding', 'openInterest', 'book', 'l3'].includes(
        event.type,
      );
      if (!isState || !('symbol' in event)) {
        kept.push(event);
        continue;
      }
      const name = `${event.type} ${event.exchange} ${event.symbol}`;
      const place = places.get(name);
      if (place === undefined) {
        places.set(name, kept.push(event) - 1);
        continue;
      }
      this.#counts.conflated++;
      const before = kept[place]!;
      kept[place] = isChange(event) && isBook(before) ? merged(before, event) : event;
    }
    this.#queue = kept;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

type BookEvent = Extract<StreamEvent, { type: 'book' | 'l3' }>;

function isBook(event: StreamEvent): event is BookEvent {
  return event.type === 'book' || event.type === 'l3';
}

function isChange(event: StreamEvent): event is BookEvent {
  return isBook(event) && event.kind === 'delta';
}

/** Two changes of a book as one: for each price or order, the newer size counts. */
function merged(before: BookEvent, after: BookEvent): BookEvent {
  const side = (name: 'bids' | 'asks'): unknown[] => {
    const rows = new Map<unknown, readonly unknown[]>();
    for (const row of [...before[name], ...after[name]]) {
      // A changed order goes behind those that rest, a level stays where it is.
      if (after.type === 'l3') rows.delete(row[0]);
      rows.set(row[0], row);
    }
    const kept = [...rows.values()];
    return before.kind === 'snapshot' ? kept.filter((row) => row.at(-1) !== 0) : kept;
  };
  return { ...after, kind: before.kind, bids: side('bids'), asks: side('asks') } as BookEvent;
}
