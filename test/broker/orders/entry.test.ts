/** Order entry: what a strategy asks for becomes an order at the broker, or is refused in words that it can act on. */
import { describe, expect, it } from 'vitest';
import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { Blotter, type FillFacts } from '../../../src/broker/accounting/fill-blotter.ts';
import type { CashShortage } from '../../../src/broker/accounting/cash-rule.ts';
import { Position } from '../../../src/broker/accounting/position.ts';
import { TradeBook } from '../../../src/broker/accounting/trade-book.ts';
import { OrderEntry, refusedSize, type OrderTaker } from '../../../src/broker/orders/entry.ts';
import type { OrderOptions } from '../../../src/broker/orders/options.ts';
import { linkTo, type Order } from '../../../src/broker/orders/order.ts';
import { linkFill, noteEnd, refuseBy, showStatus } from '../../../src/broker/orders/order-state.ts';
import { workingOf, WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { backtraderRules, exchangeRules } from '../../../src/broker/rules/rules.ts';
import type { Sizer, SizingRequest } from '../../../src/broker/sizing/sizers.ts';
import { OrderError, timeframe, type OrderStatus, type Refusal } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const hour = 3_600_000;

/** A data of five hours from a Monday, of which two are seen; it closes at 100 and then at 104, or stays at 100. */
function dataOf(id: number, name: string, seen = 2, moves = true): Data {
  const timeline = new Timeline(id, { name, symbol: `${name}/USDT`, timeframe: timeframe('1h') });
  for (let k = 0; k < 5; k++)
    timeline.push({ time: k * hour, open: 100, high: moves ? 106 : 100, low: moves ? 99 : 100, close: moves ? 100 + 4 * k : 100, volume: 1 }); // prettier-ignore
  timeline.index = seen - 1;
  return new Data(timeline, new Graph());
}

/** A broker that takes down what it is asked. */
class Taker implements OrderTaker {
  readonly cash = 1_000;
  readonly value = 1_500;
  latencyBars = 0;
  cheatOnClose = false;
  rules = exchangeRules;
  whenCashShort: CashShortage | undefined = undefined;
  readonly positions = [new Position(), new Position(), new Position()];
  readonly scheme = new CommissionScheme();
  readonly asked: unknown[] = [];
  schemeOf(): CommissionScheme {
    return this.scheme;
  }
  positionOf(dataId: number): Position {
    return this.positions[dataId]!;
  }
  poolOf(dataId: number): number {
    return dataId;
  }
  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.asked.push(['submit', working.order.ref, isTransmitted]);
    this.show(working, 'accepted');
  }
  cancel(working: WorkingOrder, reason?: string): boolean {
    this.asked.push(['cancel', working.order.ref, reason]);
    this.end(working);
    return true;
  }
  amend(working: WorkingOrder, change: object): boolean {
    this.asked.push(['amend', working.order.ref, change]);
    return true;
  }
  executeNow(working: WorkingOrder, price: number): void {
    this.asked.push(['execute', working.order.ref, working.sign * working.remaining, price]);
  }
  refuse(working: WorkingOrder, refusal: Refusal): void {
    this.asked.push(['refuse', working.order.ref, refusal]);
    this.end(working, 'rejected');
  }
  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    return new WorkingOrder(order, owner, dataId, scheme, firstIndex);
  }
  /** Ends an order, and lets its strategy know. */
  end(working: WorkingOrder, status: OrderStatus = 'canceled'): void {
    this.show(working, status);
    noteEnd(working.order);
    linkTo(working.order, undefined);
  }
  private show(working: WorkingOrder, status: OrderStatus): void {
    working.status = status;
    showStatus(working.order, status, undefined);
  }
}

/** A sizer that answers what it is told to, and shows what it was asked. */
class Answer implements Sizer {
  readonly summary = 'as told';
  answer: number | Error = 3;
  seen: Record<string, unknown> = {};
  size({ data, side, price, stopPrice, cash, value, position, dataCount }: SizingRequest): number {
    this.seen = { data: data.name, side, price, stopPrice, cash, value, held: position.size, dataCount };
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

/** A strategy's entry with datas A, B and C; of B and C so many bars are seen. */
function desk(...seen: readonly number[]) {
  const broker = new Taker();
  const sizer = new Answer();
  const datas = [2, seen[0] ?? 2, seen[1] ?? 2].map((bars, id) => dataOf(id, 'ABC'[id]!, bars));
  const counter = { last: 10 };
  const entry = new OrderEntry(4, broker, datas, sizer, counter, new TradeBook());
  const hold = (units: number, id = 0): void => {
    broker.positions[id]!.update(units, 100);
  };
  const workingFor = (options?: OrderOptions, aim?: 'target' | 'close'): WorkingOrder =>
    workingOf(entry.place('buy', options, undefined, aim)!)!;
  return { broker, sizer, datas, counter, entry, hold, workingFor };
}

const shown = ({ ref, data, side, type, size, price, limitPrice }: Order): unknown[] => [ref, data.name, side, type, size, price, limitPrice]; // prettier-ignore

describe('an order', () => {
  it('is of the first data, at the market, at the latest close, and handed to the broker', () => {
    const { entry, broker, counter } = desk();
    const order = entry.place('buy', { size: 2 })!;
    expect([shown(order), order.createdClose, order.createdTime]).toEqual([[11, 'A', 'buy', 'market', 2, 104, 104], 104, 2 * hour]); // prettier-ignore
    expect([broker.asked, counter.last, entry.orders]).toEqual([[['submit', 11, true]], 11, [order]]);
    expect(workingOf(order)).toMatchObject({ owner: 4, dataId: 0, firstIndex: 2, validUntil: Infinity, isAim: false });
    entry.place('sell', { size: 1, transmit: false });
    expect(broker.asked[1]).toEqual(['submit', 12, false]);
  });

  it('is of the data that it names', () => {
    const { entry, datas } = desk();
    const names = [{ data: 'B' }, { data: datas[2]! }, {}].map((one) => entry.place('buy', { ...one, size: 1 })!.data.name); // prettier-ignore
    expect(names).toEqual(['B', 'C', 'A']);
    expect(() => entry.place('buy', { data: 'D' })).toThrow("unknown data 'D'");
    expect(() => entry.place('buy', { data: dataOf(0, 'X') })).toThrow("data 'X' is not part of this run");
    expect(entry.orders).toHaveLength(3);
  });

  it('has its prices: the limit of a type without a price is where it starts', () => {
    const { entry } = desk();
    const prices = (options: OrderOptions): unknown[] => shown(entry.place('buy', { size: 1, ...options })!).slice(5);
    expect(prices({ type: 'limit', price: 98 })).toEqual([98, 98]);
    expect(prices({ type: 'stopLimit', price: 110, limitPrice: 111 })).toEqual([110, 111]);
    expect(prices({ type: 'stopTrailLimit', limitPrice: 112, trailAmount: 3 })).toEqual([115, 115]);
  });

  it('on a data without a bar is an error, but at an open', () => {
    const { entry } = desk(2, 0);
    const placed = () => entry.place('buy', { data: 'C', size: 1 });
    expect(placed).toThrow("data 'C' has no bar yet, so no order can be placed on it");
    expect(placed).toThrow(expect.objectContaining({ context: { data: 'C' } }));
    entry.isAtOpen = true;
    expect(() => entry.place('buy', { data: 'C', size: 1 })).not.toThrow('no bar yet');
  });

  it('keeps its tag, its trade and how it ends a trade; a timer or the end says that where the order does not', () => {
    const { entry } = desk();
    const order = entry.place('buy', { size: 1, tag: 'dip', tradeId: 6 })!;
    expect([order.tag, order.tradeId]).toEqual(['dip', 6]);
    entry.cause = 'time';
    const [timed, named] = [entry.place('sell', { size: 1 })!, entry.place('sell', { size: 1, exit: 'target' })!];
    const exits = (entry as unknown as { rows: { exits: Map<number, string> } }).rows.exits;
    expect([order, timed, named].map(({ ref }) => exits.get(ref))).toEqual([undefined, 'time', 'target']);
  });

  it('works for as long as it says; one at the market is not asked', () => {
    const { workingFor } = desk();
    const limit = { type: 'limit', price: 98, size: 1 } as const;
    expect(workingFor({ ...limit, valid: { afterMs: hour } }).validUntil).toBe(3 * hour);
    expect(workingFor({ ...limit, valid: 'day' })).toMatchObject({ validUntil: 24 * hour, sessionEnd: 24 * hour });
    expect(workingFor(limit)).toMatchObject({ validUntil: Infinity, sessionEnd: Infinity });
    expect(workingFor({ size: 1, valid: { afterMs: hour } }).validUntil).toBe(Infinity);
    expect(workingFor({ size: 1, type: 'close' })).toMatchObject({ validUntil: Infinity, sessionEnd: 24 * hour });
  });

  it('waits for the bars of latency, and at an open for the bar after where it does not cheat', () => {
    const { entry, broker, workingFor } = desk();
    broker.latencyBars = 3;
    expect(workingFor({ size: 1 })).toMatchObject({ firstIndex: 5, isForThisOpen: false });
    broker.latencyBars = 0;
    entry.isAtOpen = true;
    expect(workingFor({ size: 1 })).toMatchObject({ firstIndex: 2, isForThisOpen: true });
    expect(workingFor({ size: 1, cheatOnOpen: false })).toMatchObject({ firstIndex: 3, isForThisOpen: false });
    expect(workingFor({ size: 1, type: 'limit', price: 98, cheatOnOpen: false }).firstIndex).toBe(2);
  });

  it('at the market is filled at the close it is made at where the broker cheats, unless it says no', () => {
    const { broker, workingFor } = desk();
    expect(workingFor({ size: 1 }).isAtCreationClose).toBe(false);
    broker.cheatOnClose = true;
    expect(workingFor({ size: 1 }).isAtCreationClose).toBe(true);
    expect(workingFor({ size: 1, cheatOnClose: false }).isAtCreationClose).toBe(false);
    expect(workingFor({ size: 1, type: 'limit', price: 98 }).isAtCreationClose).toBe(false);
  });

  it('knows the latest close of all datas of the run', () => {
    expect(desk().workingFor({ size: 1 }).createdClock).toBe(2 * hour);
    expect(desk(1, 4).workingFor({ size: 1, data: 'B' }).createdClock).toBe(4 * hour);
    expect(desk(4, 1).workingFor({ size: 1, data: 'C' }).createdClock).toBe(4 * hour);
  });

  it('may be cut to the cash where the option or the broker says so', () => {
    const { broker, workingFor } = desk();
    expect([workingFor({ size: 1 }).isCuttable, workingFor({}).isCuttable]).toEqual([false, true]);
    expect(workingFor({ size: 1, whenCashShort: 'cut' }).isCuttable).toBe(true);
    broker.whenCashShort = 'cut';
    expect(workingFor({ size: 1 }).isCuttable).toBe(true);
    expect(workingFor({ size: 1, whenCashShort: 'refuse' }).isCuttable).toBe(false);
  });

  it('of a target may be cut to the cash, as that of a sizer, and one of a size that was asked for may not', () => {
    const { entry } = desk();
    expect(workingOf(entry.place('buy', {}, 5, 'target')!)!.isCuttable).toBe(true);
    expect(workingOf(entry.place('buy', {}, 5)!)!.isCuttable).toBe(false);
  });

  it('with an option that is unknown, or that makes no sense, is an error', () => {
    const { entry, hold, broker } = desk();
    hold(2);
    const wrong = { sise: 1 } as OrderOptions;
    for (const placed of [() => entry.place('buy', wrong), () => entry.close(wrong)]) expect(placed).toThrow("'sise'");
    expect(() => entry.placeNamed('buy', { size: 1 }, undefined, undefined, true)).not.toThrow();
    for (const size of [-1, NaN]) expect(() => entry.place('buy', { size })).toThrow('size must be');
    expect(() => entry.placeNamed('buy', { size: -1 })).toThrow('size must be');
    expect(broker.asked).toHaveLength(1);
  });

  it('only reduces where it says so, or closes', () => {
    const { broker, workingFor, entry, hold } = desk();
    hold(2);
    expect(workingFor({ size: 1, reduceOnly: true }).reducesOnly).toBe(true);
    expect(workingFor({ size: 1 }).reducesOnly).toBe(false);
    expect(workingOf(entry.close(undefined)!)).toMatchObject({ reducesOnly: true, isAim: true, sign: -1 });
    broker.rules = backtraderRules;
    expect(workingOf(entry.close(undefined)!)!.reducesOnly).toBe(false);
  });

  it('takes its flags, which Backtrader has not', () => {
    const { broker, workingFor } = desk();
    expect(workingFor({ type: 'limit', price: 98, size: 1, timeInForce: 'fok' })).toMatchObject({ timeInForce: 'fok', postOnly: undefined, quoteSize: NaN }); // prettier-ignore
    expect(workingFor({ type: 'limit', price: 98, size: 1, postOnly: 'reprice' }).postOnly).toBe('reprice');
    expect(workingFor({ quoteSize: 208 })).toMatchObject({ quoteSize: 208, remaining: 2 });
    broker.rules = backtraderRules;
    expect(() => workingFor({ size: 1, timeInForce: 'ioc' })).toThrow("need rules: 'exchange', the rules were 'backtrader'"); // prettier-ignore
  });
});

describe('a trailing stop', () => {
  it('starts at its distance from the close, from its price, or from its activation', () => {
    const { workingFor, entry } = desk();
    const trail = { type: 'stopTrail', size: 1 } as const;
    expect(workingFor({ ...trail, trailAmount: 3 })).toMatchObject({ price: 107, isActivated: true, startsAtEntry: false }); // prettier-ignore
    expect(workingFor({ ...trail, trailPercent: 0.5 }).price).toBe(156);
    expect(workingOf(entry.place('sell', { ...trail, trailAmount: 3 })!)!.price).toBe(101);
    expect(workingFor({ ...trail, trailAmount: 3, price: 120 }).price).toBe(123);
    expect(workingFor({ ...trail, trailAmount: 3, activationPrice: 90 })).toMatchObject({ price: 93, activation: 90, isActivated: false }); // prettier-ignore
    // The true ranges of both bars are 7.
    expect(workingFor({ ...trail, trailAtr: 2, trailPeriod: 1 }).price).toBe(118);
    expect(workingFor({ ...trail, trailAmount: 3 }).trail).toEqual({ amount: 3, percent: 0 });
  });

  it('by the true range of bars that did not move is an error', () => {
    const { broker, counter } = desk();
    const entry = new OrderEntry(4, broker, [dataOf(0, 'A', 2, false)], new Answer(), counter, new TradeBook());
    const placed = () => entry.place('sell', { type: 'stopTrail', size: 1, trailAtr: 2, trailPeriod: 1 });
    expect(placed).toThrow("trailAtr needs bars that moved: the average true range of 'A' is 0");
    expect([entry.orders, broker.asked]).toEqual([[], []]);
  });

  it('keeps its limit at its distance', () => {
    const { workingFor } = desk();
    const stop = { type: 'stopTrailLimit', size: 1, trailAmount: 3 } as const;
    expect(workingFor({ ...stop, price: 104, limitPrice: 105 })).toMatchObject({ price: 107, limitPrice: 108, limitOffset: -1 }); // prettier-ignore
  });

  it('of an entry begins at the fill of that, unless it has a price or an activation, or Backtrader decides', () => {
    const { entry, broker } = desk();
    const parent = entry.place('buy', { size: 1, type: 'limit', price: 98 })!;
    const begins = (more: object): boolean => {
      const options = { type: 'stopTrail', size: 1, trailAmount: 3, parent, ...more } as const;
      return workingOf(entry.place('sell', options)!)!.startsAtEntry;
    };
    expect([begins({}), begins({ price: 100 }), begins({ activationPrice: 101 })]).toEqual([true, false, false]);
    expect(begins({ parent: undefined })).toBe(false);
    broker.rules = backtraderRules;
    expect(begins({})).toBe(false);
  });
});

describe('a size', () => {
  it('is asked of the sizer where there is none, with what it may know', () => {
    const { entry, sizer, hold } = desk();
    hold(2);
    expect(entry.place('sell', { type: 'limit', price: 110, stopPrice: 112 })!.size).toBe(3);
    expect(sizer.seen).toEqual({ data: 'A', side: 'sell', price: 110, stopPrice: 112, cash: 1_000, value: 1_500, held: 2, dataCount: 3 }); // prettier-ignore
    sizer.answer = -7;
    expect(entry.place('buy', undefined)!.size).toBe(7);
    expect(sizer.seen).toMatchObject({ price: 104, stopPrice: NaN });
    sizer.seen = {};
    expect([entry.place('buy', { size: 2 })!.size, entry.place('buy', {}, 5)!.size, sizer.seen]).toEqual([2, 5, {}]);
  });

  it('of nothing is no order, and counted', () => {
    const { entry, sizer, broker } = desk();
    sizer.answer = 0;
    expect([entry.place('buy', {}), entry.emptySizes, entry.orders, broker.asked]).toEqual([undefined, 1, [], []]);
  });

  it('that is no number is an error of the sizer', () => {
    const { entry, sizer } = desk();
    sizer.answer = NaN;
    expect(() => entry.place('buy', {})).toThrow("the sizer (as told) answered NaN for 'A'");
  });

  it('that the sizer refuses refuses one order; another error ends the run', () => {
    const { entry, sizer, broker } = desk();
    sizer.answer = new OrderError('too near', { code: refusedSize });
    const order = entry.place('buy', {})!;
    expect(broker.asked).toEqual([['refuse', 11, { rule: 'sizer', reason: 'too near' }]]);
    expect([order.size, entry.refused, entry.emptySizes]).toEqual([0, [order], 0]);
    expect([entry.place('buy', { size: 1 })!.status, entry.refused.length]).toEqual(['accepted', 1]);
    expect(desk().entry.refused).toEqual([]);
    for (const error of [new OrderError('other'), new Error('broken')]) {
      sizer.answer = error;
      expect(() => entry.place('buy', {})).toThrow(error.message);
    }
  });

  it('in quote units below a lot is refused', () => {
    const { entry, broker } = desk();
    entry.place('buy', { quoteSize: 1e-7 });
    expect(broker.asked).toEqual([['refuse', 11, expect.objectContaining({ rule: 'lot' })]]);
  });

  it('or a price that makes no sense is refused', () => {
    const { entry, broker } = desk();
    entry.place('buy', { size: 1, type: 'limit', price: -1 });
    entry.place('buy', { size: 1, type: 'limit', price: 98 });
    entry.placeNamed('buy', { size: 1 }, undefined, undefined, true, { rule: 'bracket', reason: 'upside down' });
    entry.place('buy', { size: 1e308, type: 'limit', price: 1e308 });
    const rules = broker.asked.map((one) => (one as [string, number, { rule?: string }])[2].rule);
    expect(rules).toEqual(['price', undefined, 'bracket', 'value']);
  });
});

describe('closing', () => {
  const units = (entry: OrderEntry, options?: OrderOptions): number | undefined => {
    const order = entry.close(options);
    return order && (order.isBuy ? 1 : -1) * order.size;
  };

  it('is of what is held, or of a part of it', () => {
    const { entry, hold } = desk();
    expect(entry.close(undefined)).toBeUndefined();
    hold(5);
    hold(-2, 1);
    expect(units(entry, { data: 'B' })).toBe(2);
    expect(units(entry, { size: 2 })).toBe(-2);
    expect(units(entry)).toBe(-3);
    expect(units(entry)).toBeUndefined();
  });

  it('counts what rests to close already, and entries do not', () => {
    const { entry, hold } = desk();
    hold(5);
    entry.place('buy', { size: 4, type: 'limit', price: 98 });
    entry.place('sell', { size: 1, type: 'stop', price: 98 });
    expect(units(entry, { size: 2, type: 'limit', price: 110 })).toBe(-2);
    expect(units(entry, { size: 9 })).toBe(-3);
    expect(units(entry, { size: 9 })).toBeUndefined();
  });

  it('counts a short in the same way, and leaves no rounding', () => {
    const { entry, hold } = desk();
    hold(-0.3);
    entry.place('buy', { size: 0.1 });
    entry.place('buy', { size: 0.2 });
    expect([0.3 - (0.1 + 0.2) === 0, units(entry)]).toEqual([false, undefined]);
  });

  it('keeps the options of one that asks for more than is held', () => {
    const { entry, hold } = desk();
    hold(5, 1);
    const order = entry.close({ data: 'B', size: 9, type: 'limit', price: 110, tag: 'out' })!;
    expect([shown(order), order.tag]).toEqual([[11, 'B', 'sell', 'limit', 5, 110, 110], 'out']);
  });

  it('is of nothing where open orders close more than is held', () => {
    const { entry, hold, broker } = desk();
    hold(5);
    entry.place('sell', { size: 7 });
    expect([units(entry), broker.asked.length]).toEqual([undefined, 1]);
  });

  it("is of all that is held each time under Backtrader's rules", () => {
    const { entry, hold, broker } = desk();
    broker.rules = backtraderRules;
    hold(5);
    expect([units(entry), units(entry), units(entry, { size: 9 })]).toEqual([-5, -5, -9]);
  });

  it('every position, but those that are closed already, and every position at the latest closes', () => {
    const { entry, hold, broker } = desk();
    hold(2, 1);
    hold(4, 2);
    entry.closePositions('risk', new Set([broker.positionOf(2)]));
    expect(entry.orders.map((order) => [...shown(order).slice(1, 5), order.tag])).toEqual([['B', 'sell', 'market', 2, 'risk']]); // prettier-ignore
    hold(-7, 2);
    entry.place('buy', { size: 1, type: 'limit', price: 90 });
    entry.ended.add(entry.dataOf('C'));
    broker.asked.length = 0;
    entry.closeAll('the run ends');
    expect(broker.asked).toEqual([
      ['cancel', 11, 'the run ends'],
      ['cancel', 12, 'the run ends'],
      ['submit', 13, true],
      ['execute', 13, -2, 104],
      ['submit', 14, true],
      ['execute', 14, 3, 104],
    ]);
    expect(entry.orders.slice(-2).map((order) => shown(order).slice(1, 5))).toEqual([['B', 'sell', 'market', 2], ['C', 'buy', 'market', 3]]); // prettier-ignore
    expect([entry.cause, entry.emptySizes]).toEqual([undefined, 0]);
    expect(entry.orders.slice(-2).map(({ ref }) => (entry as unknown as { rows: { exits: Map<number, string> } }).rows.exits.get(ref))).toEqual(['end', 'end']); // prettier-ignore
  });

  it('at the end of a run executes nothing that is refused, nor where the exchange executes', () => {
    const { entry, hold, broker } = desk();
    hold(1e308);
    entry.closeAll('the run ends');
    expect(broker.asked).toEqual([['refuse', 11, expect.objectContaining({ rule: 'value' })]]);
    broker.positions[0]!.update(-1e308, 100);
    hold(2, 1);
    Object.assign(broker, { executeNow: undefined });
    entry.closeAll('the session ends');
    expect(broker.asked.slice(1)).toEqual([['submit', 12, true]]);
  });

  it('and anything else on a data that has ended is refused', () => {
    const { entry, broker } = desk();
    entry.ended.add(entry.dataOf('B'));
    entry.place('buy', { size: 1, data: 'B' });
    entry.place('buy', { size: 1, data: 'A' });
    expect(broker.asked).toEqual([['refuse', 11, { rule: 'ended', reason: "'B' has ended" }], ['submit', 12, true]]); // prettier-ignore
  });
});

describe('what a sizer expects', () => {
  it('is what is held and free, with what the open orders will do', () => {
    const { entry, hold, datas } = desk();
    expect([entry.expectedCash(), entry.expectedPosition(datas[0]!, 'buy', 104).size]).toEqual([1_000, 0]);
    entry.place('buy', { size: 2 });
    entry.place('buy', { size: 1, type: 'limit', price: 90 });
    expect([entry.expectedCash(), entry.value]).toEqual([702, 1_500]);
    expect(entry.expectedPosition(datas[0]!, 'buy', 104)).toMatchObject({ size: 3, price: 104 });
    expect(entry.expectedPosition(datas[0]!, 'sell', 104).size).toBe(2);
    hold(5);
    expect(entry.expectedPosition(datas[0]!, 'buy', 104)).toMatchObject({ size: 8, price: 100 });
    expect(entry.expectedPosition(datas[1]!, 'buy', 104).size).toBe(0);
  });

  it("is what is there under Backtrader's rules", () => {
    const { entry, broker, datas } = desk();
    broker.rules = backtraderRules;
    entry.place('buy', { size: 2 });
    expect([entry.expectedCash(), entry.expectedPosition(datas[0]!, 'buy', 104).size]).toEqual([1_000, 0]);
  });
});

describe('an order that was placed', () => {
  it('is canceled and amended by its own strategy alone, while it is open', () => {
    const { entry, broker, counter, datas } = desk();
    const order = entry.place('buy', { size: 1, type: 'limit', price: 98 })!;
    const other = new OrderEntry(5, broker, datas, new Answer(), counter, new TradeBook());
    for (const act of [() => other.cancel(order), () => other.amend(order, { price: 97 })])
      expect(act).toThrow('order 11 was not made by this strategy');
    expect(entry.amend(order, { price: 97 })).toBe(true);
    expect(entry.amend(order, { valid: 'day' })).toBe(true);
    expect(broker.asked.slice(1)).toEqual([
      ['amend', 11, expect.objectContaining({ price: 97 })],
      ['amend', 11, expect.objectContaining({ validUntil: 24 * hour })],
    ]);
    expect([entry.cancel(order, 'why'), broker.asked.at(-1)]).toEqual([true, ['cancel', 11, 'why']]);
    expect([entry.cancel(order), entry.amend(order, { price: 96 })]).toEqual([false, false]);
  });

  it('is canceled with the others of its data, or with all', () => {
    const { entry, broker } = desk();
    for (const data of ['A', 'B', 'A']) entry.place('buy', { size: 1, type: 'limit', price: 98, data });
    broker.asked.length = 0;
    entry.cancelAll(entry.dataOf('A'), 'x');
    expect(broker.asked).toEqual([['cancel', 11, 'x'], ['cancel', 13, 'x']]); // prettier-ignore
    entry.cancelAll(undefined, 'y');
    expect(broker.asked.at(-1)).toEqual(['cancel', 12, 'y']);
  });

  it('is the leader of a group, or the parent of others, also when it has ended', () => {
    const { entry, broker, workingFor } = desk();
    const limit = { size: 1, type: 'limit', price: 98 } as const;
    const first = entry.place('buy', limit)!;
    const second = workingFor({ ...limit, oco: first });
    const third = workingFor({ ...limit, oco: second.order });
    expect(second.group).toMatchObject({ isDone: false, members: [workingOf(first), second, third] });
    const child = workingOf(entry.place('sell', { size: 1, type: 'stop', price: 90, parent: first })!)!;
    expect(child.parent).toBe(workingOf(first));
    const over = entry.place('buy', limit)!;
    broker.end(workingOf(over)!, 'expired');
    const late = workingFor({ ...limit, oco: over, parent: over });
    expect(late.group!.isDone).toBe(true);
    expect(late.parent).toMatchObject({ status: 'expired', remaining: 1, order: over, owner: 4 });
    expect(late.group!.members[0]).toBe(late.parent);
  });

  it('of another strategy is neither', () => {
    const { entry, broker, counter, datas } = desk();
    const order = entry.place('buy', { size: 1 })!;
    const other = new OrderEntry(5, broker, datas, new Answer(), counter, new TradeBook());
    expect(() => other.place('buy', { size: 1, oco: order })).toThrow('oco: order 11 was not made by this strategy');
    expect(() => other.place('buy', { size: 1, parent: order })).toThrow('parent: order 11 was not');
  });

  it('is forgotten once it is over and there are many, but for the latest', () => {
    const { entry, broker } = desk();
    const orders = Array.from({ length: 7 }, (_, k) => entry.place('buy', { size: 1, type: 'limit', price: 90, tag: `${k}` })!); // prettier-ignore
    for (const [k, order] of orders.entries()) if (k !== 1) broker.end(workingOf(order)!);
    expect([entry.forget(4), entry.orders.length, entry.dropped]).toEqual([false, 7, 0]);
    expect([entry.forget(3), entry.dropped]).toEqual([true, 3]);
    expect(entry.orders.map(({ tag }) => tag)).toEqual(['1', '4', '5', '6']);
    expect(orders[0]!.tag).toBeUndefined();
  });
});

it('says where its first fill is, which orders the account refused, and what trades are closed', () => {
  const { entry, broker } = desk();
  expect([entry.firstRow, entry.closedTrades]).toEqual([Infinity, []]);
  const [first, second] = [entry.place('buy', { size: 1 })!, entry.place('buy', { size: 1 })!];
  const blotter = new Blotter();
  const facts = { time: 50, size: 1, price: 98, closed: 0, opened: 1, commission: 0, pnl: 0, positionSize: 1, positionPrice: 98, value: 98, traded: 98, closedCommission: 0, rule: 'limitReached', level: 98, reached: 98 } as FillFacts; // prettier-ignore
  blotter.add(facts, -1);
  for (const order of [second, first]) linkFill(order, blotter, blotter.add(facts, -1));
  expect(entry.firstRow).toBe(1);
  refuseBy(second, 'cash');
  broker.end(workingOf(second)!, 'margin');
  expect(entry.refused).toEqual([second]);
});

describe('an order that a venue makes', () => {
  it('is accepted at once, at the latest close, and says why', () => {
    const { entry, datas, broker } = desk();
    const [sold, bought] = [-2, 3].map((size) => entry.force(datas[1]!, size, 'liquidation', 'the margin is gone'));
    expect([sold!, bought!].map(({ order }) => shown(order))).toEqual([[11, 'B', 'sell', 'market', 2, 104, 104], [12, 'B', 'buy', 'market', 3, 104, 104]]); // prettier-ignore
    expect(sold).toMatchObject({ status: 'accepted', owner: 4, dataId: 1, firstIndex: 1 });
    expect([sold!.order.reason, workingOf(sold!.order), entry.orders.length, broker.asked]).toEqual(['the margin is gone', sold, 2, []]); // prettier-ignore
  });
});

describe('rules of risk', () => {
  it('are asked of each order, whether it is an exit and what it stands beside, but not of the end of a run', () => {
    const { entry, hold, broker, sizer } = desk();
    const asked: unknown[] = [];
    const answers: Refusal[] = [];
    entry.risk = {
      refusalOf(data: Data, side: string, size: number, price: number, isExit: boolean, rivals: readonly unknown[]) {
        asked.push([data.name, side, size, price, isExit, rivals.length]);
        return answers[0];
      },
    } as unknown as NonNullable<OrderEntry['risk']>;
    hold(2);
    const parent = entry.place('buy', { size: 2, type: 'limit', price: 98 })!;
    entry.place('sell', { size: 2, type: 'stop', price: 90, parent, oco: parent });
    entry.place('sell', { size: 3, type: 'stop', price: 90, parent });
    entry.place('buy', { size: 2, type: 'limit', price: 97, parent });
    entry.place('sell', { size: 1, type: 'limit', price: 120, data: 'B', parent });
    entry.place('sell', { size: 1, reduceOnly: true });
    entry.close(undefined);
    expect(asked).toEqual([
      ['A', 'buy', 2, 98, false, 0],
      ['A', 'sell', 2, 90, true, 1],
      ['A', 'sell', 3, 90, false, 0],
      ['A', 'buy', 2, 97, false, 0],
      ['B', 'sell', 1, 120, false, 0],
      ['A', 'sell', 1, 104, true, 0],
      ['A', 'sell', 1, 104, true, 0],
    ]);
    answers.push({ rule: 'maxOrders', reason: 'enough' });
    expect(entry.place('buy', { size: 1 })!.status).toBe('rejected');
    expect(broker.asked.at(-1)).toEqual(['refuse', 18, answers[0]]);
    asked.length = 0;
    entry.place('buy', { size: 1, type: 'limit', price: -1 });
    expect([asked, (broker.asked.at(-1) as unknown[])[2]]).toEqual([[], expect.objectContaining({ rule: 'price' })]);
    sizer.answer = 0;
    answers.length = 0;
    expect([entry.place('buy', {}), entry.emptySizes, asked]).toEqual([undefined, 1, []]);
    entry.closeAll('over');
    expect(asked).toEqual([]);
  });
});
