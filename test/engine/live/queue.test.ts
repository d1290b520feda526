/** The queue of a live session: what it keeps in order, what it replaces, and what it says of what did not fit. */
import { describe, expect, it } from 'vitest';

import type { StreamEvent } from '../../../src/core/index.ts';
import type { LiveInput } from '../../../src/engine/live/input.ts';
import { LiveQueue } from '../../../src/engine/live/queue.ts';

const stamp = (symbol: string, time: number) => ({ exchange: 'tape', symbol, time, receiveTime: time + 1 }) as const;

function event(feed: number, given: StreamEvent): LiveInput {
  return { kind: 'event', feed, event: given };
}

function trade(time: number, feed = 0, symbol = 'BTC/USDT'): LiveInput {
  const facts = { id: String(time), side: 'buy', price: 100, size: 1, backfill: false } as const;
  return event(feed, { type: 'trade', ...stamp(symbol, time), ...facts });
}

function quote(time: number, feed = 0): LiveInput {
  const sizes = { bidSize: 1, askSize: 1, sequence: undefined };
  return event(feed, { type: 'quote', ...stamp('BTC/USDT', time), bid: time, ask: time, ...sizes });
}

function status(time: number): LiveInput {
  const facts = { exchange: 'tape', symbol: 'BTC/USDT', channel: 'trade', state: 'live', reason: 'data' } as const;
  return event(0, { type: 'status', ...facts, time });
}

const clock = (now: number): LiveInput => ({ kind: 'clock', now });

/** A queue with as many trades as it has room for, at 0, 1, 2 ... */
function full(limit: number): LiveQueue {
  const queue = new LiveQueue(limit);
  for (let time = 0; time < limit; time++) queue.push(trade(time));
  return queue;
}

/** What comes out, each in a word. */
function taken(queue: LiveQueue): string[] {
  const words: string[] = [];
  for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
    if (input.kind === 'clock') words.push(`clock ${input.now}`);
    else if (input.kind !== 'event') words.push(input.kind);
    else if (input.event.type === 'gap') words.push(`gap ${input.feed} ${input.event.symbol} ${input.event.channel}`);
    else words.push(`${input.event.type} ${input.event.time}`);
  }
  return words;
}

describe('the queue', () => {
  it('gives everything in order while there is room, quotes too', () => {
    const queue = new LiveQueue(16);
    for (const input of [quote(1), trade(2), clock(3), quote(4), status(5), trade(6)]) queue.push(input);
    expect(taken(queue)).toEqual(['quote 1', 'trade 2', 'clock 3', 'quote 4', 'status 5', 'trade 6']);
    expect(queue.counts).toEqual({ limit: 16, most: 6, replaced: 0, dropped: 0 });
    expect([queue.isEmpty, queue.shift()]).toEqual([true, undefined]);
  });

  it('counts what went past it as one that waited, and not more than that', () => {
    const queue = new LiveQueue(16);
    queue.pass();
    expect(queue.counts.most).toBe(1);
    for (const input of [trade(1), trade(2)]) queue.push(input);
    queue.pass();
    expect(queue.counts.most).toBe(2);
  });

  it('sets a clock on that nobody has read, and no other', () => {
    const queue = new LiveQueue(16);
    for (const input of [clock(1), clock(2), trade(3), clock(4), clock(5)]) queue.push(input);
    expect(taken(queue)).toEqual(['clock 2', 'trade 3', 'clock 5']);
  });

  it('drops trades that do not fit, counts them, and tells one gap for each stream in their place', () => {
    const queue = full(16);
    for (let time = 16; time < 30; time++) queue.push(trade(time));
    queue.push(trade(30, 1));
    queue.push(trade(31, 0, 'ETH/USDT'));
    queue.push(trade(32));
    expect(queue.counts).toMatchObject({ dropped: 17, replaced: 0 });
    expect(taken(queue).slice(15)).toEqual([
      'trade 15',
      'gap 0 BTC/USDT trade',
      'gap 1 BTC/USDT trade',
      'gap 0 ETH/USDT trade',
    ]);
  });

  it('tells another gap when trades were taken again in between', () => {
    const queue = full(16);
    queue.push(trade(16));
    queue.shift();
    queue.push(trade(17));
    queue.shift();
    queue.push(trade(18));
    queue.push(trade(19));
    queue.push(trade(20));
    expect(taken(queue).slice(14)).toEqual(['gap 0 BTC/USDT trade', 'trade 18', 'gap 0 BTC/USDT trade']);
    expect(queue.counts.dropped).toBe(4);
    for (let time = 0; time < 17; time++) queue.push(trade(time));
    expect(taken(queue).at(-1)).toBe('gap 0 BTC/USDT trade');
  });

  it('lets a newer quote take the place of one that waits, feed by feed, and always has the latest', () => {
    const queue = new LiveQueue(16);
    for (const input of [quote(0), quote(1), quote(2, 1)]) queue.push(input);
    for (let time = 3; time < 16; time++) queue.push(trade(time));
    for (const input of [quote(16), quote(17), status(18), quote(19, 1), quote(20)]) queue.push(input);
    expect(queue.counts).toMatchObject({ replaced: 4, dropped: 0 });
    const words = taken(queue);
    expect(words.filter((word) => word.startsWith('quote'))).toEqual(['quote 0', 'quote 19', 'quote 20']);
    expect(words.indexOf('status 18')).toBe(words.length - 3);

    const trades = full(16);
    trades.push(quote(16));
    trades.push(quote(17));
    expect(taken(trades).at(-1)).toBe('quote 17');
    expect(trades.counts).toMatchObject({ replaced: 1, most: 17 });
  });

  it('replaces nothing that is out already', () => {
    const queue = new LiveQueue(16);
    queue.push(quote(0));
    for (let time = 1; time < 16; time++) queue.push(trade(time));
    queue.push(quote(16));
    expect(queue.counts.replaced).toBe(1);
    for (let time = 1; time < 16; time++) queue.shift();
    expect(queue.shift()).toEqual(quote(16));
    for (let time = 17; time < 33; time++) queue.push(trade(time));
    queue.push(quote(33));
    expect(queue.counts.replaced).toBe(1);
    expect(taken(queue).at(-1)).toBe('quote 33');
  });

  it('takes answers, bars, clock, states and the end, however full it is', () => {
    const queue = full(16);
    queue.push(trade(16));
    const always: LiveInput[] = [
      { kind: 'bars', feed: 0, start: 0, end: 1, rows: [] },
      { kind: 'failed', feed: 0, reason: 'away' },
      { kind: 'broker', input: { kind: 'openOrders', orders: [] } },
      clock(17),
      status(18),
      { kind: 'stop', reason: 'told to' },
    ];
    for (const input of always) queue.push(input);
    expect(taken(queue).slice(17)).toEqual(['bars', 'failed', 'broker', 'clock 17', 'status 18', 'stop']);
    expect(queue.counts).toMatchObject({ dropped: 1, most: 23 });
  });

  it('holds no more than its limit through a flood that nobody takes in, and the latest of each stream at its end', () => {
    const queue = full(16);
    for (let time = 16; time < 50_000; time++) {
      queue.push(quote(time));
      queue.push(quote(time, 1));
      queue.push(clock(time));
      queue.push(trade(time));
    }
    expect(queue.counts).toEqual({ limit: 16, most: 20, replaced: 2 * (50_000 - 17), dropped: 50_000 - 16 });
    expect(taken(queue).slice(16)).toEqual(['gap 0 BTC/USDT trade', 'quote 49999', 'quote 49999', 'clock 49999']);
  });

  it('keeps the order of what it takes over thousands of items, however it is emptied between', () => {
    const queue = new LiveQueue(100);
    const seen: number[] = [];
    let pushed = 0;
    for (let round = 0; round < 2_000; round++) {
      // Between empty and full, at a pace that is never the same twice in a row.
      for (let k = (round * 7) % 23; k > 0; k--) queue.push(k % 3 === 0 ? quote(pushed++) : trade(pushed++));
      for (let k = (round * 11) % 25; k > 0; k--) {
        const input = queue.shift();
        if (input?.kind === 'event' && input.event.type !== 'gap') seen.push(input.event.time!);
      }
    }
    expect(pushed).toBeGreaterThan(20_000);
    const { replaced, dropped, most } = queue.counts;
    const left = taken(queue).filter((word) => !word.startsWith('gap')).length;
    expect(seen.length + left).toBe(pushed - replaced - dropped);
    expect(seen.every((time, k) => k === 0 || time > seen[k - 1]!)).toBe(true);
    expect(most).toBeLessThanOrEqual(102);
  });
});
