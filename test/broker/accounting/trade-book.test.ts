/** The trades of a strategy, fill by fill, against tables by hand. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type RulesName, type Trade } from 'nextbar';

import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { ContractScheme } from '../../../src/broker/accounting/ledger/contract-scheme.ts';
import { Blotter } from '../../../src/broker/accounting/fill-blotter.ts';
import type { FillRule } from '../../../src/broker/accounting/fill-reason.ts';
import { TradeBook } from '../../../src/broker/accounting/trade-book.ts';
import { Order } from '../../../src/broker/orders/order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { barsFromRows, timeframe, type OrderType } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const hour = 3_600_000;

/** Open, high, low and close of the bars, by number. */
const bars = [
  [100, 103, 98, 101],
  [101, 106, 99, 104],
  [104, 111, 102, 105],
  [105, 109, 94, 97],
  [97, 99, 90, 95],
] as const;

/** What an order and its fill say beside size and price. */
interface Said {
  readonly data?: number;
  readonly id?: number;
  readonly type?: OrderType;
  readonly rule?: FillRule;
  readonly tag?: string;
  readonly commission?: number;
  readonly scheme?: CommissionScheme;
  /** The part that closed the position, and its commission. Default: nothing. */
  readonly closed?: number;
  readonly closedCommission?: number;
  /** Whether somebody listens to trades. Default: yes. */
  readonly isTold?: boolean;
}

/** A trade book of two datas, and the blotter that it reads. */
class Book {
  readonly timelines = ['a', 'b'].map((name, id) => {
    const timeline = new Timeline(id, { name, symbol: `${name}/USDT`, timeframe: timeframe('1h') });
    timeline.append(barsFromRows(bars.map(([open, high, low, close], i) => ({ time: i * hour, open, high, low, close, volume: 1 })))); // prettier-ignore
    timeline.index = 0;
    return timeline;
  });
  readonly datas = this.timelines.map((timeline) => new Data(timeline, new Graph()));
  readonly trades: TradeBook;
  readonly #blotter = new Blotter();
  readonly #rows = new OrderRows(this.datas);
  #refs = 0;

  constructor(...given: ConstructorParameters<typeof TradeBook>) {
    this.trades = new TradeBook(...given);
  }

  /** Moves both datas to a bar. */
  at(bar: number): this {
    for (const timeline of this.timelines) timeline.index = bar;
    return this;
  }

  /** Applies a fill and returns what the strategy hears of its trades. */
  fill(size: number, price: number, said: Said = {}): Trade[] {
    const { data = 0, id = 0, type = 'market', rule = 'open', tag, commission = 0, closed = 0, isTold = true } = said;
    const ref = ++this.#refs;
    const { closedCommission = 0, scheme = new CommissionScheme() } = said;
    this.#rows.add(ref, this.datas[data]!, size > 0 ? 'buy' : 'sell', type, id, Math.abs(size), price, price, price);
    if (tag !== undefined) this.#rows.tags.set(ref, tag);
    const facts = { time: 0, pnl: 0, positionSize: NaN, positionPrice: NaN, value: 0, traded: 0, level: NaN, reached: NaN }; // prettier-ignore
    const row = this.#blotter.add({ ...facts, size, price, closed, opened: size - closed, commission, closedCommission, rule }, -1); // prettier-ignore
    const changed: Trade[] = [];
    this.trades.apply(new Order(this.#rows), this.#blotter, row, scheme, isTold ? changed : undefined);
    return changed;
  }
}

/** A trade in one line: number, data and id, what is held at which price, and what it earned. */
function short({ ref, data, tradeId, status, size, price, pnl, commission }: Trade): string {
  return `${ref} ${data.name}${tradeId} ${status} ${size} @ ${price}: ${pnl} - ${commission}`;
}

describe('trades of one data', () => {
  it('are told of when they open and when they close, not in between', () => {
    const book = new Book();
    expect(book.fill(2, 100, { commission: 1 }).map(short)).toEqual(['1 a0 open 2 @ 100: 0 - 1']);
    expect(book.fill(2, 110, { commission: 1 })).toEqual([]);
    expect(book.fill(-1, 120, { closed: -1, commission: 0.5, closedCommission: 0.5 })).toEqual([]);
    expect(book.trades.open().map(short)).toEqual(['1 a0 open 3 @ 105: 15 - 2.5']);
    expect(book.fill(-3, 100, { closed: -3, commission: 3, closedCommission: 3 }).map(short)).toEqual([
      '1 a0 closed 0 @ 105: 0 - 5.5',
    ]);
    expect(book.trades.open()).toEqual([]);
    expect(book.trades.openOf(book.datas[0]!)).toBeUndefined();
    expect(book.trades.closed.map(short)).toEqual(['1 a0 closed 0 @ 105: 0 - 5.5']);
    expect(book.trades.count).toBe(1);
  });

  it('are the same where nobody is told of them, and then keep no row of their opening', () => {
    const told = new Book();
    const untold = new Book();
    const fills = [[2, 100, 0], [-2, 104, -2], [-3, 104, 0], [5, 99, 3], [-2, 98, -2], [1, 97, 0]] as const; // prettier-ignore
    for (const [size, price, closed] of fills) {
      const said = { closed, commission: 1, closedCommission: closed / size };
      told.fill(size, price, said);
      expect(untold.fill(size, price, { ...said, isTold: false })).toEqual([]);
    }
    expect(untold.trades.closed.map(short)).toEqual(told.trades.closed.map(short));
    expect(untold.trades.closed.map(short)).toEqual([
      '1 a0 closed 0 @ 100: 8 - 2',
      '2 a0 closed 0 @ 104: 15 - 1.6',
      '3 a0 closed 0 @ 99: -2 - 1.4',
    ]);
    const { closed } = untold.trades;
    const figures = new Float64Array(3);
    expect(untold.trades.kept).toBe(3);
    for (const [k, { pnlNet, openTime, closeTime }] of closed.entries()) {
      untold.trades.readClosed(k, figures);
      expect([...figures]).toEqual([pnlNet, openTime, closeTime]);
    }
    const rows = ({ trades }: Book) => (trades as unknown as { rows: { count: number } }).rows.count;
    expect([rows(told), rows(untold)]).toEqual([7, 3]);
    expect(untold.trades.open().map(short)).toEqual(told.trades.open().map(short));
  });

  it('end and begin with a fill that turns the position, each with its part of the commission', () => {
    const book = new Book();
    book.fill(2, 100, { tag: 'in' });
    const changed = book
      .at(1)
      .fill(-5, 104, { closed: -2, commission: 10, closedCommission: 4, type: 'stop', tag: 'turn' });
    expect(changed.map(short)).toEqual(['1 a0 closed 0 @ 100: 8 - 4', '2 a0 open -3 @ 104: 0 - 6']);
    expect(changed.map(({ tag, exitTag, exit, isLong }) => [tag, exitTag, exit, isLong])).toEqual([
      ['in', 'turn', 'stop', true],
      ['turn', undefined, undefined, false],
    ]);
    expect(changed.map(({ exitPrice }) => exitPrice)).toEqual([104, undefined]);
    expect(changed[1]).toMatchObject({ openIndex: 1, openTime: 2 * hour, history: [] });
    expect(book.trades.closed).toHaveLength(1);
    expect(book.fill(3, 100, { closed: 3 }).map(short)).toEqual(['2 a0 closed 0 @ 104: 12 - 6']);
    expect(book.trades.closed.map(({ ref }) => ref)).toEqual([1, 2]);
  });

  it('carry the tag of the order that opened them, whatever came between', () => {
    const book = new Book();
    book.fill(1, 100, { tag: 'in' });
    book.fill(1, 100, { tag: 'more' });
    book.fill(-1, 100, { closed: -1, tag: 'less' });
    expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ tag: 'in', exitTag: undefined });
    expect(book.fill(-1, 100, { closed: -1, type: 'limit' })).toMatchObject([{ tag: 'in', exitTag: undefined, exit: 'target' }]); // prettier-ignore
  });

  it('have a history where it is asked for, and none otherwise', () => {
    const turned = (keepsHistory: boolean) => {
      const book = new Book(keepsHistory);
      book.fill(2, 100);
      book.at(2).fill(-3, 110, { closed: -2, commission: 3, closedCommission: 2 });
      return [...book.trades.closed, ...book.trades.open()].map(({ history }) => history);
    };
    expect(turned(false)).toEqual([[], []]);
    expect(turned(true)).toMatchObject([
      [
        { orderRef: 1, fillSize: 2, fillPrice: 100, size: 2, pnl: 0, time: hour },
        { orderRef: 2, fillSize: -2, fillPrice: 110, size: 0, pnl: 20, pnlNet: 18, fillCommission: 2, time: 3 * hour, bars: 2 }, // prettier-ignore
      ],
      [{ orderRef: 2, fillSize: -1, fillPrice: 110, size: -1, pnl: 0, pnlNet: -1, fillCommission: 1, bars: 0 }],
    ]);
  });

  it('are even up to the rounding that the rules allow', () => {
    const profit = (tolerance?: number): number => {
      const book = new Book(false, tolerance);
      book.fill(1, 100);
      return book.fill(-1, 100.001, { closed: -1 })[0]!.pnl;
    };
    expect(profit(1e-5)).toBe(0);
    expect(profit()).toBeCloseTo(0.001, 10);
  });

  it('have a memo while they are open, and none once they have closed', () => {
    const book = new Book();
    const [opened] = book.fill(1, 100);
    opened!.memo['rungs'] = 3;
    expect(book.trades.openOf(book.datas[0]!)!.memo).toEqual({ rungs: 3 });
    book.fill(-1, 100, { closed: -1 });
    expect(opened!.memo).toEqual({});
  });
});

describe('trades of several datas and ids', () => {
  it('are kept apart, and found by data and id', () => {
    const book = new Book();
    const [a, b] = book.datas;
    expect(book.trades.openOf(a!)).toBeUndefined();
    book.fill(1, 100);
    book.fill(2, 101, { data: 1 });
    book.fill(3, 102, { id: 7 });
    book.fill(1, 103);
    expect(book.trades.open().map(short)).toEqual(['1 a0 open 2 @ 101.5: 0 - 0', '3 a7 open 3 @ 102: 0 - 0', '2 b0 open 2 @ 101: 0 - 0']); // prettier-ignore
    expect(short(book.trades.openOf(a!, 7)!)).toBe('3 a7 open 3 @ 102: 0 - 0');
    expect(short(book.trades.openOf(a!)!)).toBe('1 a0 open 2 @ 101.5: 0 - 0');
    expect(short(book.trades.openOf(b!)!)).toBe('2 b0 open 2 @ 101: 0 - 0');
    expect(book.trades.openOf(b!, 7)).toBeUndefined();
    expect(book.fill(-2, 101, { data: 1, closed: -2 }).map(short)).toEqual(['2 b0 closed 0 @ 101: 0 - 0']);
    expect(book.fill(-3, 103, { id: 7, closed: -3 }).map(short)).toEqual(['3 a7 closed 0 @ 102: 3 - 0']);
    expect(book.fill(4, 100, { data: 1 }).map(short)).toEqual(['4 b0 open 4 @ 100: 0 - 0']);
    expect(book.trades.open().map(({ ref }) => ref)).toEqual([1, 4]);
    expect(book.trades.closed.map(({ ref }) => ref)).toEqual([2, 3]);
  });

  it('hold together the sum of their units, at the mean of their prices', () => {
    const book = new Book();
    expect(book.trades.heldOf(book.datas[0]!)).toEqual({ size: 0, price: 0 });
    book.fill(1, 100);
    book.fill(3, 120, { id: 1 });
    book.fill(9, 500, { data: 1 });
    expect(book.trades.heldOf(book.datas[0]!)).toEqual({ size: 4, price: 115 });
    book.fill(-1, 100, { closed: -1 });
    expect(book.trades.heldOf(book.datas[0]!)).toEqual({ size: 3, price: 120 });
    book.fill(-3, 130, { id: 2 });
    expect(book.trades.heldOf(book.datas[0]!)).toEqual({ size: 0, price: 0 });
    const inverse = new Book();
    inverse.fill(100, 50, { scheme: new ContractScheme(1, true, 0, 1) });
    inverse.fill(100, 100, { id: 1, scheme: new ContractScheme(1, true, 0, 1) });
    // 2 and 1 of the coin for 200 of the quote.
    expect(inverse.trades.heldOf(inverse.datas[0]!).price).toBeCloseTo(200 / 3, 10);
  });

  it('close by what they hold themselves, whatever the others hold', () => {
    const book = new Book();
    book.fill(2, 100);
    // The position falls to 1; this trade is short by 1.
    expect(book.fill(-1, 100, { id: 1, closed: -1, commission: 1, closedCommission: 1 }).map(short)).toEqual([
      '2 a1 open -1 @ 100: 0 - 1',
    ]);
    // The position rises from 1 to 4, all of it opened; the trade turns from -1 to 2.
    expect(book.fill(3, 110, { id: 1, commission: 6 }).map(short)).toEqual([
      '2 a1 closed 0 @ 100: -10 - 3',
      '3 a1 open 2 @ 110: 0 - 4',
    ]);
    // The position turns from 4 to -1; the trade ends.
    expect(book.fill(-5, 120, { id: 1, closed: -4, commission: 5, closedCommission: 4 }).map(short)).toEqual([
      '3 a1 closed 0 @ 110: 20 - 6',
      '4 a1 open -3 @ 120: 0 - 3',
    ]);
    expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ size: 2, price: 100 });
  });

  it('close in one with a fill that both closed and opened of the position, told once', () => {
    const book = new Book(true);
    book.fill(3, 100, { id: 1 });
    const [closed, ...more] = book.fill(-3, 110, { id: 1, closed: -1, commission: 3, closedCommission: 1 });
    expect([short(closed!), more]).toEqual(['1 a1 closed 0 @ 100: 30 - 3', []]);
    expect(closed!.history).toMatchObject([{ fillSize: 3 }, { fillSize: -3, fillPrice: 110, fillCommission: 3 }]);
    const [opened] = book.fill(-3, 110, { id: 2, closed: -1, commission: 3, closedCommission: 1 });
    expect(short(opened!)).toBe('2 a2 open -3 @ 110: 0 - 3');
  });

  it('take the position for theirs where the two differ by rounding alone', () => {
    const book = new Book();
    book.fill(0.1, 100);
    book.fill(0.2, 100);
    // A ledger of decimals holds 0.3, and closes that.
    const [closed, opened] = book.fill(-0.5, 100, { closed: -0.3, commission: 5, closedCommission: 3.25 });
    expect(closed).toMatchObject({ size: 0, commission: 3.25 });
    expect(opened).toMatchObject({ size: -0.2, commission: 1.75 });
  });

  it('close and open as the position does by Backtrader’s rules', () => {
    const book = new Book(false, 0, true);
    book.fill(2, 100);
    expect(book.fill(-1, 100, { id: 1, closed: -1 }).map(short)).toEqual(['2 a1 open -1 @ 100: 0 - 0']);
    expect(book.fill(3, 110, { id: 1 })).toEqual([]);
    expect(short(book.trades.openOf(book.datas[0]!, 1)!)).toBe('2 a1 open 2 @ 115: 0 - 0');
    // Whatever a fill closes and opens of the position opens this trade; it is told once the whole fill is in it.
    expect(book.fill(-5, 120, { id: 2, closed: -4 }).map(short)).toEqual(['3 a2 open -5 @ 120: 0 - 0']);
    expect(book.trades.count).toBe(3);
  });
});

describe('a run with two trade ids', () => {
  const prices = [100, 100, 100, 110, 110, 120, 120];
  const acts: Readonly<Record<number, readonly [size: number, tradeId: number]>> = {
    1: [2, 0],
    2: [-1, 1],
    4: [3, 1],
    6: [-2, 1],
  };

  it.each<[RulesName, string[]]>([
    ['exchange', ['2 a1 closed 0 @ 100: -10 - 0', '3 a1 closed 0 @ 110: 20 - 0']],
    ['backtrader', ['2 a1 closed 0 @ 115: 10 - 0']],
  ])('counts them by the rules of %s', async (rules, wanted) => {
    class Acting extends Strategy {
      override next(): void {
        const [size, tradeId] = acts[this.data.length] ?? [0];
        if (size > 0) this.buy({ size, tradeId });
        else if (size < 0) this.sell({ size: -size, tradeId });
      }
    }
    const rows = prices.map((price, i) => ({ time: i * hour, open: price, high: price, low: price, close: price, volume: 1e6 })); // prettier-ignore
    const cerebro = new Cerebro({ rules }).addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars: rows }));
    const [one] = (await cerebro.addStrategy(Acting).run()).strategies;
    expect(one!.trades.map(short)).toEqual(wanted);
    expect(one!.openTrades.map(short)).toEqual(['1 a0 open 2 @ 100: 0 - 0']);
    const { bars: held, closeIndex, closeTime, exit, exitTag } = one!.openTrades[0]!;
    expect([held, closeIndex, closeTime, exit, exitTag]).toEqual([5, undefined, undefined, undefined, undefined]);
  });
});

describe('where a fill was in its bar', () => {
  /** Best and worst of one unit bought in the second bar at its close of 104, after two more bars. */
  const excursions = (rule: FillRule, type: OrderType = 'limit'): readonly number[] => {
    const book = new Book();
    book.at(1).fill(1, 104, { rule, type });
    const { best, worst } = book.at(3).trades.openOf(book.datas[0]!)!;
    return [best, worst];
  };

  it.each(['open', 'limitAtOpen', 'stopAtOpen'] as const)('all of the bar follows what was filled by %s', (rule) => {
    // High 111, low 94; the second bar's low of 99 is not less.
    expect(excursions(rule)).toEqual([7, -10]);
    const book = new Book();
    book.at(1).fill(1, 104, { rule });
    expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ best: 2, worst: -5 });
  });

  it.each([
    'limitReached',
    'stopReached',
    'stopThenLimit',
    'sessionClose',
    'creationClose',
    'liquidation',
    'delivery',
  ] as const)('only the close of the bar follows what was filled by %s', (rule) => {
    const book = new Book();
    book.at(1).fill(1, 103, { rule });
    expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ best: 1, worst: 0 });
    expect(book.at(2).trades.openOf(book.datas[0]!)).toMatchObject({ best: 8, worst: -1 });
  });

  it.each([
    ['touch', 'limit'],
    ['limitAtTouch', 'limit'],
    ['nextTrade', 'limit'],
    ['book', 'limit'],
    ['reported', 'market'],
  ] as const)('all of the next bar follows what was filled by %s in a session, as a %s order', (rule, type) => {
    const book = new Book();
    book.at(1).fill(1, 103, { rule, type });
    expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ best: 0, worst: 0 });
    expect(book.at(2).trades.openOf(book.datas[0]!)).toMatchObject({ best: 8, worst: -1 });
  });

  it.each([
    ['traded', 'market'],
    ['stopTraded', 'market'],
    ['queued', 'market'],
    ['reported', 'limit'],
    ['reported', 'stop'],
  ] as const)(
    'only the close of the next bar follows what was filled by %s in a session, as a %s order',
    (rule, type) => {
      const book = new Book();
      book.at(1).fill(1, 103, { rule, type });
      expect(book.trades.openOf(book.datas[0]!)).toMatchObject({ best: 0, worst: 0 });
      expect(book.at(2).trades.openOf(book.datas[0]!)).toMatchObject({ best: 2, worst: 0 });
      expect(book.at(3).trades.openOf(book.datas[0]!)).toMatchObject({ best: 6, worst: -9 });
    },
  );
});

describe('what a long run forgets', () => {
  /** Five trades of one bar each, every one of a profit that is its number. */
  function five(keepsHistory = false): Book {
    const book = new Book(keepsHistory);
    for (let k = 1; k <= 5; k++) {
      book.fill(1, 100, { tag: `in ${k}` });
      book.fill(-1, 100 + k, { closed: -1, tag: `out ${k}` });
      // Four are not more than twice two.
      if (k === 4) book.trades.forget(2, () => expect.unreachable());
    }
    return book;
  }

  it('is the oldest trades, once more than twice as many as are kept have closed', () => {
    const book = five();
    const dropped: string[] = [];
    const last = ({ pnl, tag }: Trade): void => void dropped.push(`${pnl} ${tag!}`);
    book.trades.forget(3, last);
    expect(book.trades.closed).toHaveLength(5);
    expect([dropped, book.trades.dropped]).toEqual([[], 0]);
    book.trades.forget(2, last);
    expect(dropped).toEqual(['1 in 1', '2 in 2', '3 in 3']);
    expect(book.trades.dropped).toBe(3);
    expect(book.trades.closed.map(({ ref, pnl, tag, exitTag }) => [ref, pnl, tag, exitTag])).toEqual([
      [4, 4, 'in 4', 'out 4'],
      [5, 5, 'in 5', 'out 5'],
    ]);
    expect(book.trades.count).toBe(5);
    book.fill(1, 100);
    expect(book.fill(-1, 106, { closed: -1 })[0]!.ref).toBe(6);
    book.trades.reach();
    expect(book.trades.closed.map(({ pnl, best }) => [pnl, best])).toEqual([
      [4, 4],
      [5, 5],
      [6, 6],
    ]);
  });

  it('is what was read of an open trade, and each id of a closed one', () => {
    const book = five();
    const { rows } = book.trades as unknown as {
      readonly rows: { readonly count: number; readonly running: unknown[] };
    };
    book.fill(1, 100, { tag: 'held', id: 7 });
    const before = rows.count;
    const seen = Array.from({ length: 1_000 }, () => book.trades.openOf(book.datas[0]!, 7)!);
    expect(rows.count).toBe(before);
    book.fill(1, 110, { id: 7 });
    book.fill(-2, 106, { closed: -2, id: 7, tag: 'out' });
    expect(new Set(seen.map(({ size, price, tag, exitTag, status }) => [size, price, tag, exitTag, status].join()))).toEqual(new Set(['1,100,held,,open'])); // prettier-ignore
    for (let id = 8; id < 100; id++) {
      book.fill(1, 100, { id });
      book.fill(-1, 101, { closed: -1, id });
    }
    book.fill(1, 100, { id: 100 });
    book.trades.forget(2, () => undefined);
    // The id 0 and the trade that is open.
    expect(rows.running).toHaveLength(2);
    expect(book.fill(-1, 103, { closed: -1, id: 100 })[0]).toMatchObject({ tradeId: 100, pnl: 3, status: 'closed' });
    expect(book.fill(1, 100, { id: 7 })[0]).toMatchObject({ tradeId: 7, size: 1, status: 'open' });
  });

  it('are tags and histories of trades no longer kept, of when they opened too', () => {
    const book = five(true);
    const [opened] = book.fill(1, 100, { tag: 'held' });
    const shown = book.trades.openOf(book.datas[0]!)!;
    expect(shown.history).toHaveLength(1);
    book.fill(-1, 100, { closed: -1 });
    for (let k = 0; k < 5; k++) {
      book.fill(1, 100);
      book.fill(-1, 100, { closed: -1 });
    }
    expect([opened!.tag, shown.tag]).toEqual(['held', 'held']);
    book.trades.forget(2, () => undefined);
    expect([opened!.tag, shown.tag]).toEqual([undefined, undefined]);
    expect(book.trades.closed.map(({ ref, history }) => [ref, history.length])).toEqual([
      [10, 2],
      [11, 2],
    ]);
  });

  it('is not how far trades went, once they have been reached', () => {
    const book = new Book();
    const go = (from: number): void => {
      book.at(from).fill(1, 100);
      book.at(from + 1).fill(-1, 100, { closed: -1 });
    };
    go(0);
    go(1);
    go(2);
    book.trades.reach();
    book.trades.forget(1, () => undefined);
    book.at(3).fill(1, 100);
    book.at(4).fill(-1, 100, { closed: -1 });
    book.fill(1, 97, { id: 1 });
    book.trades.reach();
    for (const timeline of book.timelines) timeline.trim(4);
    // Bar 2 between 102 and 111, and bar 3 between 94 and 109.
    expect(book.trades.closed.map(({ best, worst }) => [best, worst])).toEqual([
      [11, 0],
      [9, -6],
    ]);
    expect(book.trades.openOf(book.datas[0]!, 1)).toMatchObject({ best: 2, worst: -7 });
  });
});
