/** The one way into a live session: a bounded queue that says what it had to drop. */
import type { StreamEvent } from '../core/index.ts';
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

/**
 * First in, first out. When it is full, an event of which only the latest counts takes the place of the one before it; another event
 * is dropped and a gap is told in its place, so that its bar is fetched; answers, bars and clock are always taken.
 */
export class LiveQueue {
  readonly #limit: number;
  #items: (LiveInput | undefined)[] = [];
  #head = 0;
  #count = 0;
  #most = 0;
  #replaced = 0;
  #dropped = 0;
  /** Where the latest of each kind waits, while the queue is full. */
  readonly #latest = new Map<string, number>();
  /** Items taken out before the present array began. */
  #base = 0;
  /** Streams whose latest item is a gap. */
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
    if (input.kind === 'clock' && this.#replaceClock(input)) return;
    if (input.kind === 'event' && (this.#count >= this.#limit || this.#gaps.size > 0)) {
      const kept = this.#pressed(input);
      if (kept === undefined) return;
      input = kept;
    }
    if (input.kind === 'event' && latestOnly.has(input.event.type)) {
      this.#latest.set(keyOf(input.feed, input.event), this.#base + this.#items.length);
    }
    this.#items.push(input);
    if (++this.#count > this.#most) this.#most = this.#count;
  }

  shift(): LiveInput | undefined {
    while (this.#head < this.#items.length) {
      const input = this.#items[this.#head]!;
      this.#items[this.#head++] = undefined;
      if (this.#head >= 1024) this.#trim();
      // An empty place is where a later event took over.
      if ((input as LiveInput | undefined) === undefined) continue;
      this.#count--;
      if (this.#count === 0) this.#gaps.clear();
      return input;
    }
    return undefined;
  }

  /** What becomes of an event in a full queue; undefined when nothing is added. */
  #pressed(input: LiveInput & { kind: 'event' }): LiveInput | undefined {
    const { event, feed } = input;
    if (event.type === 'status' || event.type === 'gap' || !('symbol' in event)) return input;
    const key = keyOf(feed, event);
    if (latestOnly.has(event.type)) {
      const at = this.#latest.get(key);
      if (at !== undefined && at >= this.#base + this.#head && this.#items[at - this.#base] !== undefined) {
        this.#items[at - this.#base] = undefined;
        this.#count--;
        this.#replaced++;
        return input;
      }
      if (this.#count < this.#limit) return input;
      this.#replaced++;
      return undefined;
    }
    if (this.#count < this.#limit) {
      this.#gaps.delete(key);
      return input;
    }
    this.#dropped++;
    if (this.#gaps.has(key)) return undefined;
    this.#gaps.add(key);
    const channel = event.type as 'trade';
    const { exchange, symbol, receiveTime } = event;
    const reason = `the session's queue was full at ${this.#limit}`;
    const gap = {
      type: 'gap',
      exchange,
      symbol,
      channel,
      from: undefined,
      to: undefined,
      reason,
      time: receiveTime,
    } as const;
    return { kind: 'event', feed, event: gap };
  }

  /** A clock that nobody has read yet is set on. */
  #replaceClock(input: LiveInput): boolean {
    const last = this.#items.length - 1;
    if (last < this.#head || this.#items[last]?.kind !== 'clock') return false;
    this.#items[last] = input;
    return true;
  }

  #trim(): void {
    this.#base += this.#head;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

function keyOf(feed: number, event: StreamEvent): string {
  return `${feed} ${event.type} ${'symbol' in event ? event.symbol : ''}`;
}
