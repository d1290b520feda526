/** When a book begins, goes on and starts over, with books that only count what they are told. */
import { describe, expect, it } from 'vitest';
import { BookKeeper, type KeptBook } from '../../../src/connectors/decoding/book-keeper.ts';
import type { BookMessageHead, BookPoint, BookRules } from '../../../src/connectors/decoding/protocol.ts';

interface Message extends BookMessageHead {
  /** Whether the book is crossed after it. */
  readonly crosses?: boolean;
}

class Counted implements KeptBook {
  sequence: number | undefined;
  time: number | undefined;
  version = 0;
  crossed = false;
  readonly best = [12, 11] as const;
  readonly symbol: string;
  constructor(symbol: string) {
    this.symbol = symbol;
  }
  clear(): void {
    this.crossed = false;
    this.sequence = undefined;
  }
}

class Keeper extends BookKeeper<Message, Counted> {
  readonly said: string[] = [];
  protected create(symbol: string): Counted {
    return new Counted(symbol);
  }
  protected load(book: Counted, { crosses = false }: Message): void {
    book.crossed = crosses;
  }
  protected apply(book: Counted, { crosses = false }: Message): void {
    book.crossed = crosses;
  }
  protected emit(book: Counted, message: Message, kind: 'snapshot' | 'delta'): void {
    this.said.push(`${book.symbol} ${kind} ${message.sequence!}`);
  }
  /** What it has said since it was asked last. */
  heard(): string[] {
    return this.said.splice(0);
  }
}

/** A message numbered `n` follows `n - 1`; one numbered lower is old. */
const link = (last: BookPoint, { sequence = 0 }: Message) =>
  sequence <= last.sequence! ? 'skip' : sequence === last.sequence! + 1 ? 'apply' : 'gap';

function made(source: BookRules['source'], more: Partial<BookRules<Message, Counted>> = {}, limit?: number): Keeper {
  const keeper: Keeper = new Keeper({ source, link, ...more }, {
    needBook: (symbol, reason) => keeper.said.push(`${symbol}? ${reason}`),
    bookLive: (symbol) => keeper.said.push(`${symbol}!`),
  }, limit); // prettier-ignore
  return keeper;
}

const message = (kind: Message['kind'], sequence: number, more: Partial<Message> = {}): Message => ({ kind, symbol: 'A', time: 50 + sequence, receiveTime: 1, sequence, ...more }); // prettier-ignore
const delta = (sequence: number, more?: Partial<Message>) => message('delta', sequence, more);
const whole = (sequence: number, more?: Partial<Message>) => message('snapshot', sequence, more);

describe('a book', () => {
  it('is live from its whole one on, which is said once', () => {
    const keeper = made('stream');
    expect([keeper.book('A'), [...keeper.books()]]).toEqual([undefined, []]);
    keeper.take(whole(5));
    keeper.take(delta(6));
    const book = keeper.book('A')!;
    expect([book.sequence, book.time, book.version]).toEqual([6, 56, 2]);
    for (const symbol of ['A', 'B']) keeper.want(symbol);
    expect([...keeper.books()]).toEqual([book]);
    // A whole one that comes later counts, also with a lower number.
    keeper.take(whole(3));
    keeper.take(whole(9));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5', 'A delta 6', 'B? first', 'A snapshot 3', 'A snapshot 9']);
    expect(keeper.counts).toMatchObject({ snapshots: 3, applied: 1, skipped: 0, gaps: 0 });
    expect([...keeper.books()]).toHaveLength(1);
  });

  it('knows whether a change is the first behind the whole one', () => {
    const seen: boolean[] = [];
    const keeper = made('stream', { link: (last) => (seen.push(last.fromSnapshot), 'apply') });
    for (const one of [whole(5), delta(6), delta(7), whole(8), delta(9)]) keeper.take(one);
    expect(seen.splice(0)).toEqual([true, false, true]);
    // Changes that waited are held to the whole one before it is taken.
    const waits = made('request', { link: (last) => (seen.push(last.fromSnapshot), 'apply') });
    for (const one of [delta(6), whole(5)]) waits.take(one);
    expect(seen).toEqual([true, true, true]);
  });

  it('takes what waited from where the whole one ends, and asks for a newer one where that ends too soon', () => {
    const keeper = made('request');
    for (const sequence of [3, 4, 9, 10]) keeper.take(delta(sequence));
    keeper.take(whole(5));
    expect(keeper.heard()).toEqual(['A? first', 'A? old snapshot']);
    keeper.take(whole(8));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 8', 'A delta 9', 'A delta 10']);
    expect(keeper.counts).toMatchObject({ skipped: 2, snapshots: 1, applied: 2 });
  });

  it('lets so many changes wait, and begins anew with the next', () => {
    const keeper = made('request', {}, 3);
    for (const sequence of [1, 2, 3]) keeper.take(delta(sequence));
    expect([keeper.heard(), keeper.counts.overflowed]).toEqual([['A? first'], 0]);
    for (const sequence of [4, 5]) keeper.take(delta(sequence));
    expect([keeper.heard(), keeper.counts.overflowed]).toEqual([['A? first'], 4]);
    keeper.take(whole(4));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 4', 'A delta 5']);
    expect(keeper.counts.skipped).toBe(0);
  });

  it('is asked for again with the next change where the answer did not come', () => {
    const keeper = made('request');
    for (const sequence of [1, 2]) keeper.take(delta(sequence));
    keeper.missed('A');
    keeper.take(delta(3));
    expect(keeper.heard()).toEqual(['A? first', 'A? first']);
  });

  it('says which change came at a gap, by the first of its numbers', () => {
    const keeper = made('stream');
    for (const more of [{ first: 6, previous: 5 }, { previous: 5 }, {}]) for (const one of [whole(1), delta(7, more)]) keeper.take(one); // prettier-ignore
    expect(keeper.heard().filter((one) => one.includes('gap'))).toEqual(['A? gap: after 1 came 6', 'A? gap: after 1 came 5', 'A? gap: after 1 came 7']); // prettier-ignore
  });

  it('starts over at a gap, and asks', () => {
    const keeper = made('stream');
    for (const one of [whole(5), delta(7), delta(8)]) keeper.take(one);
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5', 'A? gap: after 5 came 7']);
    expect([keeper.book('A'), keeper.counts]).toMatchObject([undefined, { gaps: 1, skipped: 2 }]);
    keeper.take(whole(9));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 9']);
  });

  it('passes over older changes, but a hundred of them in a row say that its own number is wrong', () => {
    const keeper = made('request');
    keeper.take(whole(500));
    for (let k = 1; k <= 99; k++) keeper.take(delta(k));
    keeper.take(delta(501));
    for (let k = 1; k <= 99; k++) keeper.take(delta(k));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 500', 'A delta 501']);
    keeper.take(delta(100));
    expect(keeper.heard()).toEqual(['A? 100 messages in a row were older than the book']);
    expect(keeper.counts.skipped).toBe(199);
    // The hundredth waits for the whole book already.
    keeper.take(delta(101));
    keeper.take(whole(99));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 99', 'A delta 100', 'A delta 101']);
  });

  it('of whole books alone passes over older ones in the same way, and begins with the hundredth', () => {
    const keeper = made('full');
    for (const sequence of [499, 500]) keeper.take(whole(sequence));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 499', 'A snapshot 500']);
    for (let k = 1; k <= 99; k++) keeper.take(whole(k));
    expect(keeper.heard()).toEqual([]);
    keeper.take(whole(100));
    expect(keeper.heard()).toEqual(['A? 100 messages in a row were older than the book', 'A!', 'A snapshot 100']);
    keeper.reset();
    keeper.take(whole(7));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 7']);
  });
});

describe('a message that was refused', () => {
  it('voids a book that is live', () => {
    const keeper = made('stream');
    keeper.take(whole(5));
    keeper.spoil('A', 'unreadable');
    expect([keeper.heard(), keeper.book('A')]).toEqual([['A!', 'A snapshot 5', 'A? unreadable'], undefined]);
  });

  it('makes the answer that is on its way too old', () => {
    const keeper = made('request');
    for (const sequence of [3, 4]) keeper.take(delta(sequence));
    keeper.spoil('A', 'unreadable');
    keeper.take(whole(9));
    expect(keeper.heard()).toEqual(['A? first', 'A? first']);
    keeper.take(whole(10));
    expect([keeper.heard(), keeper.counts.skipped]).toEqual([['A!', 'A snapshot 10'], 0]);
  });

  it('is forgotten where the answer did not come, and where nothing was asked yet', () => {
    const keeper = made('request');
    keeper.want('A');
    keeper.spoil('A', 'unreadable');
    keeper.missed('A');
    keeper.spoil('B', 'unreadable');
    keeper.missed('C');
    expect(keeper.heard()).toEqual(['A? first']);
    for (const symbol of ['A', 'B']) keeper.take(whole(5, { symbol }));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5', 'B!', 'B snapshot 5']);
  });

  it('asks for a book that the stream should have begun with, once', () => {
    const keeper = made('stream');
    keeper.spoil('A', 'unreadable');
    keeper.spoil('A', 'unreadable');
    expect(keeper.heard()).toEqual(['A? first']);
    keeper.take(whole(5));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5']);
  });
});

describe('all books', () => {
  it('are void when the socket closes, with what waits, and nothing is asked for', () => {
    const keeper = made('request');
    keeper.take(whole(5));
    keeper.take(delta(3, { symbol: 'B' }));
    keeper.spoil('B', 'unreadable');
    keeper.take(delta(9, { symbol: 'B' }));
    keeper.heard();
    keeper.reset();
    expect([keeper.heard(), [...keeper.books()], keeper.book('A')]).toEqual([[], [], undefined]);
    keeper.take(whole(7, { symbol: 'B' }));
    keeper.take(delta(6));
    expect(keeper.heard()).toEqual(['B!', 'B snapshot 7', 'A? first']);
  });

  it('start over on demand, those that are live', () => {
    const keeper = made('request');
    keeper.take(whole(5));
    keeper.want('B');
    keeper.heard();
    keeper.restart('the clock was set');
    expect(keeper.heard()).toEqual(['A? the clock was set']);
  });

  it('are there until they are removed', () => {
    const keeper = made('stream');
    keeper.take(whole(5));
    const book = keeper.book('A')!;
    keeper.remove('A');
    keeper.remove('B');
    expect([keeper.book('A'), book.sequence]).toEqual([undefined, undefined]);
  });
});

describe('what is wrong with a book', () => {
  it('shows in its checksum, where the exchange sends one and the protocol knows it', () => {
    const keeper = made('stream', { checksum: ({ sequence }) => sequence! * 10 });
    keeper.take(whole(5, { checksum: 50 }));
    keeper.take(delta(6));
    keeper.take(delta(7, { checksum: 71 }));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5', 'A delta 6', "A? checksum: the venue's is 71, the book's is 70"]); // prettier-ignore
    keeper.take(whole(8, { checksum: 81 }));
    expect([keeper.heard(), keeper.book('A')]).toEqual([["A? checksum: the venue's is 81, the book's is 80"], undefined]); // prettier-ignore
    expect(keeper.counts).toMatchObject({ checksums: 3, checksumFailures: 2, snapshots: 1, applied: 1 });
    const unknown = made('stream');
    unknown.take(whole(5, { checksum: 1 }));
    expect(unknown.heard()).toEqual(['A!', 'A snapshot 5']);
  });

  it('shows where a change crosses it, unless the exchange lets it be crossed for a moment', () => {
    const keeper = made('stream');
    keeper.take(whole(5, { crosses: true }));
    keeper.take(delta(6, { crosses: true }));
    expect(keeper.heard()).toEqual(['A!', 'A snapshot 5', 'A? crossed: bid 12, ask 11']);
    expect([keeper.counts.crossed, keeper.counts.applied]).toEqual([2, 0]);
    const lax = made('stream', { mayCross: true });
    for (const one of [whole(5), delta(6, { crosses: true })]) lax.take(one);
    expect(lax.heard()).toEqual(['A!', 'A snapshot 5', 'A delta 6']);
  });
});
