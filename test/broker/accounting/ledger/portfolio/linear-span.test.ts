/** Quiet spans of one linear contract by hand: their numbers, and the last bar before one that pays, delivers or liquidates. */
import { describe, expect, it } from 'vitest';

import { floats } from '../../../../../src/broker/accounting/ledger/arithmetic.ts';
import { Leg, type MarginMode } from '../../../../../src/broker/accounting/ledger/leg.ts';
import { Dues, Quick, type Held } from '../../../../../src/broker/accounting/ledger/portfolio/held.ts';
import { LinearSpan } from '../../../../../src/broker/accounting/ledger/portfolio/linear-span.ts';
import { Terms } from '../../../../../src/broker/accounting/ledger/terms.ts';
import { Position } from '../../../../../src/broker/accounting/position.ts';
import { spanField } from '../../../../../src/broker/quiet-span.ts';
import { barsFromRows, timeframe } from '../../../../../src/core/index.ts';
import { Timeline } from '../../../../../src/lines/index.ts';
import { hour } from './run.ts';

interface Given {
  /** Open, high, low and close of single bars; the others stay at 100. */
  readonly bars?: Readonly<Record<number, readonly [number, number, number, number]>>;
  readonly count?: number;
  readonly frame?: '1h' | '1s';
  readonly units?: number;
  readonly liquidation?: number;
  readonly funding?: readonly number[];
  readonly due?: number;
  readonly expiry?: number;
  readonly margin?: MarginMode;
}

/** A position in a contract over bars of an hour, the first of which is now. */
function spanOf({ bars = {}, count = 2_000, frame = '1h', units = 0, liquidation = NaN, funding = [], due = 0, expiry, margin = 'cross' }: Given) {
  const timeline = new Timeline(0, { name: 'a', symbol: 'BTC/USDT:USDT', timeframe: timeframe(frame) });
  timeline.append(
    barsFromRows(
      Array.from({ length: count }, (_, k) => {
        const [open, high, low, close] = bars[k] ?? [100, 100, 100, 100];
        return { time: k * timeframe(frame).ms!, open, high, low, close, volume: 1 };
      }),
    ),
  );
  timeline.index = 0;
  const terms = new Terms(floats, { symbol: 'BTC/USDT:USDT', type: 'swap', base: 'BTC', quote: 'USDT', ...(expiry !== undefined && { expiry }) });
  const leg = new Leg(floats, terms, margin, 10, new Position());
  const quick = Object.assign(new Quick(false, false), { units, entry: 90, liquidation, margin: 25, gear: 0.1 });
  const dues = Object.assign(new Dues<number>(funding.map((time) => ({ time, rate: 0.0001 }))), { next: due });
  const held = { timeline, leg, quick, dues } as unknown as Held<number>;
  return { span: new LinearSpan(held), timeline, leg, held };
} // prettier-ignore

const numbers = ({ span }: ReturnType<typeof spanOf>): Record<string, number> => {
  const into = new Float64Array(5);
  span.describe(1_000, 7, into);
  return Object.fromEntries(Object.entries(spanField).map(([name, at]) => [name, into[at]!]));
};

describe('the numbers of a span', () => {
  it.each<[string, Given, Record<string, number>]>([
    ['nothing', {}, { base: 1_007, size: 0, entry: 0, cash: 1_000, gear: 0 }],
    ['nothing, isolated', { margin: 'isolated' }, { base: 1_007, size: 0, entry: 0, cash: 1_000, gear: 0 }],
    ['a cross position', { units: 5 }, { base: 1_007, size: 5, entry: 90, cash: 1_000, gear: 0.1 }],
    ['an isolated one', { units: -5, margin: 'isolated' }, { base: 1_007, size: -5, entry: 90, cash: 975, gear: 0 }],
  ])('of %s', (_name, given, wanted) => {
    expect(numbers(spanOf(given))).toEqual(wanted);
  });

  it('hold the close of the present bar, or of one before it, as the mark', () => {
    const { span, timeline, leg } = spanOf({ bars: { 0: [1, 1, 1, 1], 1: [2, 2, 2, 2], 2: [3, 3, 3, 3] } });
    span.readMark(1);
    expect(leg.mark).toBeNaN();
    timeline.index = 2;
    span.readMark(0);
    expect(leg.mark).toBe(3);
    span.readMark(2);
    expect(leg.mark).toBe(1);
    timeline.trim(1);
    span.readMark(1);
    expect(leg.mark).toBe(2);
  });
});

describe('a span ends', () => {
  it('with what is asked for where nothing is held', () => {
    expect(spanOf({ funding: [5 * hour], liquidation: 50 }).span.quietUntil(1, 1_500)).toBe(1_500);
  });

  it('after 32 bars of a position, or with what is asked for', () => {
    const { span } = spanOf({ units: 1 });
    expect([span.quietUntil(1, 1_500), span.quietUntil(1, 20), span.quietUntil(5, 36), span.quietUntil(5, 37)]).toEqual([32, 20, 36, 36]); // prettier-ignore
    const carried = spanOf({ units: 1, liquidation: 50 });
    expect([carried.span.quietUntil(1, 1_500), carried.span.quietUntil(1, 20)]).toEqual([32, 20]);
  });

  it.each<[string, number, number, readonly [number, number, number, number], number]>([
    ['a long at the low', 1, 80, [100, 100, 80, 90], 6],
    ['a long above the low', 1, 80, [100, 100, 80.01, 90], 32],
    ['a long whose price lies a rounding below the low', 1, 80, [100, 100, 80 * (1 + 5e-10), 90], 6],
    ['a long at an open that lies outside of its bar', 1, 80, [79, 100, 90, 95], 6],
    ['a long beyond the high', 1, 80, [100, 300, 90, 95], 32],
    ['a short at the high', -1, 120, [100, 120, 100, 110], 6],
    ['a short below the high', -1, 120, [100, 119.99, 100, 110], 32],
    ['a short whose price lies a rounding above the high', -1, 120, [100, 120 / (1 + 5e-10), 100, 110], 6],
    ['a short at an open that lies outside of its bar', -1, 120, [121, 110, 90, 95], 6],
    ['a short beyond the low', -1, 120, [100, 110, 1, 95], 32],
  ])('before a bar that liquidates %s', (_name, units, liquidation, bar, last) => {
    const { span } = spanOf({ units, liquidation, bars: { 7: bar } });
    expect([span.quietUntil(1, 1_500), span.quietUntil(1, 7)]).toEqual([last, Math.min(last, 7)]);
    // A bar of the span that does so itself leaves none.
    expect(span.quietUntil(7, 1_500)).toBe(last === 32 ? 38 : 6);
    expect(span.quietUntil(8, 1_500)).toBe(39);
  });

  it('where bars before it have been given up too', () => {
    const { span, timeline } = spanOf({ units: 1, liquidation: 80, bars: { 17: [100, 100, 80, 90] } });
    timeline.index = 12;
    timeline.trim(10);
    expect(span.quietUntil(13, 1_500)).toBe(16);
    const opens = spanOf({ units: 1, liquidation: 80, bars: { 17: [79, 100, 90, 95] } });
    opens.timeline.index = 12;
    opens.timeline.trim(10);
    expect(opens.span.quietUntil(13, 1_500)).toBe(16);
  });

  it('before the bar in which funding is due, wherever in it', () => {
    const until = (time: number): number => spanOf({ units: 1, funding: [time] }).span.quietUntil(1, 30);
    // Bar 10 opens at its hour; a stamp a second late still belongs to the bar that opens then.
    expect([until(10 * hour), until(10 * hour + 1_000), until(10 * hour + 1_001), until(10.5 * hour), until(11 * hour - 1), until(11 * hour)]).toEqual([9, 9, 9, 9, 9, 10]); // prettier-ignore
    expect([until(hour), until(2 * hour)]).toEqual([0, 1]);
  });

  it('before the bar of a second in which funding is due, stamped late by as much', () => {
    const until = (time: number): number => spanOf({ units: 1, funding: [time], frame: '1s' }).span.quietUntil(1, 30);
    // Bar 10 opens at ten seconds.
    expect([until(10_000), until(10_500), until(11_000), until(11_001)]).toEqual([8, 9, 9, 10]);
    const { span, timeline } = spanOf({ units: 1, funding: [11_000], frame: '1s' });
    timeline.index = 5;
    timeline.trim(4);
    expect(span.quietUntil(6, 30)).toBe(9);
  });

  it('before the next payment, not those before it', () => {
    const { span, timeline, held } = spanOf({ units: 1, funding: [hour, 4 * hour, 20 * hour], due: 1 });
    expect(span.quietUntil(1, 30)).toBe(3);
    // The bar found stays the next until it has come.
    timeline.index = 3;
    held.dues.next = 1;
    expect(span.quietUntil(4, 30)).toBe(3);
    timeline.index = 4;
    held.dues.next = 2;
    expect(span.quietUntil(5, 30)).toBe(19);
    timeline.index = 20;
    held.dues.next = 3;
    expect(span.quietUntil(21, 30)).toBe(30);
  });

  it('before the bar that closes at or after the expiry', () => {
    const until = (expiry: number): number => spanOf({ units: 1, expiry }).span.quietUntil(1, 30);
    expect([until(10 * hour), until(10 * hour + 1), until(10.5 * hour), until(3_000 * hour)]).toEqual([8, 9, 9, 30]);
  });

  it.each([1, 5, 63, 64, 65, 66, 67, 129, 130, 131, 500, 1_023, 1_998, 1_999])(
    'before bar %d, however far it is',
    (bar) => {
      const { span } = spanOf({ units: 1, funding: [bar * hour] });
      expect(span.quietUntil(Math.max(1, bar - 5), 1_999)).toBe(bar - 1);
    },
  );

  it('with the last of the bars where the payment comes after them', () => {
    expect(spanOf({ units: 1, funding: [2_000 * hour], count: 2_000 }).span.quietUntil(1_990, 1_999)).toBe(1_999);
  });
});
