/** The one way into a live session: a bounded queue that says what it had to drop. */
import { channels, type MarketEvent, type StreamEvent } from '../../core/index.ts';
import type { QueueCounts } from '../result/session-summary.ts';
import type { LiveInput } from './input.ts';

/** Events where only the latest counts. */
const latestOnly: ReadonlySet<StreamEvent['type']> = new Set([
  'quote',
  'book',
  'ticker24h',
  'funding',
  'openInterest',
  'index',
  'mark',
]);

type Told = LiveInput & { readonly kind: 'event' };
type Clock = LiveInput & { readonly kind: 'clock' };

/** An input that waits, and those beside it. */
interface Waiting {
  input: LiveInput;
  before: Waiting | undefined;
  after: Waiting | undefined;
}

/**
 * First in, first out. When it is full, an input where only the latest counts replaces the one before it; another event is dropped
 * and a gap is reported in its place, so that its bar is fetched. Answers, bars and the states of streams are always taken: what waits is
 * no more than the limit, these, and one of each stream.
 */
export class LiveQueue {
  readonly #limit: number;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #count = 0;
  #most = 0;
  #replaced = 0;
  #dropped = 0;
  /** The place of the latest input of each kind where only the latest counts; kept from when the queue is full until it is empty. */
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

  /** Counts an input that went past an empty queue, as it may when nothing else is being consumed. */
  pass(): void {
    if (this.#most === 0) this.#most = 1;
  }

  push(input: LiveInput): void {
    const last = this.#last;
    // A clock that has not been read yet is replaced.
    if (input.kind === 'clock' && last?.input.kind === 'clock') last.input = input;
    else if (this.#count < this.#limit) {
      if (input.kind === 'event' && this.#gaps.size > 0) this.#gaps.delete(keyOf(input));
      this.#append(input);
    } else if (input.kind === 'clock' || input.kind === 'event') this.#press(input);
    else this.#append(input);
  }

  shift(): LiveInput | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#remove(first);
    const { input } = first;
    if (this.#count === 0) {
      this.#latest = undefined;
      if (this.#gaps.size > 0) this.#gaps.clear();
    } else if (this.#latest !== undefined && isLatestOnly(input)) {
      const key = keyOf(input);
      if (this.#latest.get(key) === first) this.#latest.delete(key);
    }
    return input;
  }

  /** Takes into a full queue what may be left out of it. */
  #press(input: Told | Clock): void {
    if (isLatestOnly(input)) this.#replace(input);
    else if (input.kind === 'event' && isMarket(input.event)) this.#drop(input, input.event);
    else this.#append(input);
  }

  #replace(input: Told | Clock): void {
    this.#latest ??= this.#findLatest();
    const older = this.#latest.get(keyOf(input));
    if (older !== undefined) {
      this.#remove(older);
      if (input.kind === 'event') this.#replaced++;
    }
    this.#append(input);
  }

  #drop(input: Told, event: MarketEvent): void {
    this.#dropped++;
    const key = keyOf(input);
    if (this.#gaps.has(key)) return;
    this.#gaps.add(key);
    const { exchange, symbol, type: channel, receiveTime: time } = event;
    const reason = `the session's queue was full at ${this.#limit}`;
    const gap = { type: 'gap', exchange, symbol, channel, from: undefined, to: undefined, reason, time } as const;
    this.#append({ kind: 'event', feed: input.feed, event: gap });
  }

  #append(input: LiveInput): void {
    const waiting: Waiting = { input, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    if (this.#latest !== undefined && isLatestOnly(input)) this.#latest.set(keyOf(input), waiting);
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
      if (isLatestOnly(input)) found.set(keyOf(input), waiting);
    }
    return found;
  }
}

function isLatestOnly(input: LiveInput): boolean {
  return input.kind === 'clock' || (input.kind === 'event' && latestOnly.has(input.event.type));
}

function isMarket(event: StreamEvent): event is MarketEvent {
  return (channels as readonly string[]).includes(event.type);
}

function keyOf(input: LiveInput): string {
  if (input.kind !== 'event') return input.kind;
  const { feed, event } = input;
  return `${feed} ${event.type} ${'symbol' in event ? event.symbol : ''}`;
}
