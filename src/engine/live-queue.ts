/** The one way into a live session: a bounded queue that says what it had to drop. */
import type { Channel, StreamEvent } from '../core/index.ts';
import type { LiveInput } from './live-input.ts';

/** What the queue went through. */
export interface QueueCounts {
  readonly limit: number;
  /** The most that ever waited. */
  readonly most: number;
  /** Quotes, books and statistics that a newer one made needless. */
  readonly replaced: number;
  /** Trades and other events that did not fit; a gap was told in their place. */
  readonly dropped: number;
}

/** Events of which only the latest counts. */
const latestOnly: ReadonlySet<StreamEvent['type']> = new Set([
  'quote',
  'book',
  'ticker24h',
  'funding',
  'openInterest',
  'index',
]);

/** An input that waits, and those beside it. */
interface Waiting {
  input: LiveInput;
  before: Waiting | undefined;
  after: Waiting | undefined;
}

/**
 * First in, first out. When it is full, an event of which only the latest counts makes the one before it go; another event is dropped
 * and a gap is told in its place, so that its bar is fetched. Answers, bars, clock and the states of streams are always taken: what
 * waits is no more than the limit, these, and one event of each stream.
 */
export class LiveQueue {
  readonly #limit: number;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #count = 0;
  #most = 0;
  #replaced = 0;
  #dropped = 0;
  /** Where the latest event of each stream waits of which only the latest counts: kept from when the queue is full until it is empty. */
  #latest: Map<string, Waiting> | undefined;
  /** Streams whose latest word is a gap. */
  readonly #gaps = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get counts(): QueueCounts {
    return { limit: this.#limit, most: this.#most, replaced: this.#replaced, dropped: this.#dropped };
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  push(input: LiveInput): void {
    const last = this.#last;
    if (input.kind === 'clock' && last?.input.kind === 'clock') {
      // Nobody has read it yet.
      last.input = input;
      return;
    }
    if (input.kind !== 'event') this.#append(input);
    else if (this.#count >= this.#limit) this.#press(input.feed, input.event);
    else {
      if (this.#gaps.size > 0) this.#gaps.delete(keyOf(input.feed, input.event));
      this.#append(input);
    }
  }

  shift(): LiveInput | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#remove(first);
    const { input } = first;
    if (this.#count === 0) {
      this.#latest = undefined;
      this.#gaps.clear();
    } else if (this.#latest !== undefined && isLatestOnly(input)) {
      const key = keyOf(input.feed, input.event);
      if (this.#latest.get(key) === first) this.#latest.delete(key);
    }
    return input;
  }

  /** Takes an event into a full queue, as far as it is taken. */
  #press(feed: number, event: StreamEvent): void {
    if (event.type === 'status' || event.type === 'gap' || !('symbol' in event)) {
      this.#append({ kind: 'event', feed, event });
      return;
    }
    const key = keyOf(feed, event);
    if (latestOnly.has(event.type)) {
      this.#latest ??= this.#findLatest();
      const older = this.#latest.get(key);
      if (older !== undefined) {
        this.#remove(older);
        this.#replaced++;
      }
      this.#append({ kind: 'event', feed, event });
      return;
    }
    this.#dropped++;
    if (this.#gaps.has(key)) return;
    this.#gaps.add(key);
    const { exchange, symbol, receiveTime: time } = event;
    const channel = event.type as Channel;
    const reason = `the session's queue was full at ${this.#limit}`;
    const gap = { type: 'gap', exchange, symbol, channel, from: undefined, to: undefined, reason, time } as const;
    this.#append({ kind: 'event', feed, event: gap });
  }

  #append(input: LiveInput): void {
    const waiting: Waiting = { input, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    if (this.#latest !== undefined && isLatestOnly(input)) this.#latest.set(keyOf(input.feed, input.event), waiting);
    if (++this.#count > this.#most) this.#most = this.#count;
  }

  #remove({ before, after }: Waiting): void {
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    this.#count--;
  }

  #findLatest(): Map<string, Waiting> {
    const found = new Map<string, Waiting>();
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.after) {
      const { input } = waiting;
      if (isLatestOnly(input)) found.set(keyOf(input.feed, input.event), waiting);
    }
    return found;
  }
}

function isLatestOnly(input: LiveInput): input is LiveInput & { kind: 'event' } {
  return input.kind === 'event' && latestOnly.has(input.event.type);
}

function keyOf(feed: number, event: StreamEvent): string {
  return `${feed} ${event.type} ${'symbol' in event ? event.symbol : ''}`;
}
