/** The floor of an exchange for tests of matching: bars by hand, orders by name, and what each bar tells of them. */
import { BacktestBroker } from '../../../src/broker/backtest-broker.ts';
import type { BrokerOptions } from '../../../src/broker/broker.ts';
import { linkTo, Order } from '../../../src/broker/orders/order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { applyNotice, type WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import {
  barsFromRows,
  isAlive,
  timeframe,
  type Instrument,
  type OrderType,
  type Side,
} from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

export const hour = 3_600_000;

/** Open, high, low, close and volume, 1000 by default; then the hour at which it opens, by default that after the one before. */
export type Row = readonly [open: number, high: number, low: number, close: number, volume?: number, at?: number];

/** Bars of one data: of an hour, unless it says otherwise. */
export interface Given {
  readonly rows: readonly Row[];
  readonly timeframe?: '1h' | '15m' | '30m';
  readonly symbol?: string;
  readonly instrument?: Instrument;
}

/** What an order is related to, beside its own fields. */
export interface Related {
  readonly parent?: string;
  readonly oco?: string;
  readonly data?: number;
  readonly with?: Partial<WorkingOrder>;
  /** Its flags: time in force, post-only and quote units. */
  readonly flags?: Parameters<WorkingOrder['flag']>;
}

/** A bar that reaches no order of a test: it stays at 100. */
export const calm: Row = [100, 100, 100, 100];

/** A broker over bars. */
export class Floor {
  readonly broker: BacktestBroker;
  readonly timelines: readonly Timeline[];
  readonly #datas: readonly Data[];
  readonly #rows: OrderRows;
  readonly #names = new Map<WorkingOrder, string>();
  readonly #named = new Map<string, WorkingOrder>();
  #refs = 0;
  #clock = -Infinity;

  constructor(given: readonly Row[] | readonly Given[], options: BrokerOptions = {}) {
    const lines = (Array.isArray(given[0]) ? [{ rows: given }] : given) as readonly Given[];
    this.timelines = lines.map(({ rows, timeframe: frame = '1h', symbol = 'A/USDT', instrument }, id) => {
      const made = timeframe(frame);
      const timeline = new Timeline(id, { name: `d${id}`, symbol, timeframe: made, ...(instrument && { instrument }) });
      let next = 0;
      const bars = rows.map(([open, high, low, close, volume = 1000, at]) => {
        const time = at === undefined ? next : at * hour;
        next = time + made.ms!;
        return { time, open, high, low, close, volume };
      });
      timeline.append(barsFromRows(bars));
      return timeline;
    });
    this.#datas = this.timelines.map((timeline) => new Data(timeline, new Graph()));
    this.#rows = new OrderRows([...this.#datas]);
    this.broker = new BacktestBroker({ cash: 1_000_000, account: 'margin', ...options });
    this.broker.open(this.timelines, new Map());
    this.bar();
  }

  /** Moves on until the first data has a new bar, and returns what is told of the orders, in order. */
  bar(): string {
    const told: string[] = [];
    do told.push(...this.#step());
    while (!this.timelines[0]!.isNew);
    return told.join('; ');
  }

  /** As `bar`, for several. */
  bars(count: number): string[] {
    return Array.from({ length: count }, () => this.bar());
  }

  #step(): string[] {
    const { timelines, broker } = this;
    const nexts = timelines.map((one) => (one.index + 1 < one.loaded ? one.closeAt(one.index + 1) : Infinity));
    this.#clock = Math.min(...nexts);
    if (this.#clock === Infinity) throw new Error('there are no more bars');
    for (const [id, timeline] of timelines.entries()) {
      timeline.isNew = nexts[id] === this.#clock;
      if (timeline.isNew) timeline.index++;
    }
    broker.step();
    const told: string[] = [];
    for (let k = 0; k < broker.notices.count; k++) {
      const notice = broker.notices.items[k]!;
      const name = this.#names.get(notice.working)!;
      applyNotice(notice, broker.blotter);
      const { status, row, working } = notice;
      if (row >= 0) {
        const { size, price } = working.order.lastFill!;
        told.push(`${name} ${+size.toPrecision(12)} @ ${+price.toPrecision(12)}${isAlive(status) ? ' partial' : ''}`);
      } else if (!isAlive(status)) told.push(`${name} ${status}`);
    }
    broker.notices.clear();
    return told;
  }

  /** Places an order such as `a: sell 2 stopLimit 95 96`, which the next bar may execute. */
  place(text: string, { parent, oco, data = 0, with: change, flags }: Related = {}): WorkingOrder {
    const [name = '', side, size, type = 'market', price, limitPrice = price] = text.split(/:? /);
    const timeline = this.timelines[data]!;
    const close = timeline.index < 0 ? NaN : timeline.close.at(timeline.index);
    const ref = ++this.#refs;
    const at = price === undefined ? close : Number(price);
    const limit = limitPrice === undefined ? close : Number(limitPrice);
    this.#rows.add(ref, this.#datas[data]!, side as Side, type as OrderType, 0, Number(size), at, limit, close);
    const order = new Order(this.#rows);
    const working = this.broker.makeWorking(order, 0, data, this.broker.schemeOf(data), timeline.moves + 1);
    if (this.timelines.length > 1) working.createdClock = this.#clock;
    Object.assign(working, change);
    if (flags !== undefined) working.flag(...flags);
    if (parent !== undefined) working.parent = this.order(parent);
    if (oco !== undefined) {
      const leader = this.order(oco);
      leader.group ??= { members: [leader], isDone: false };
      leader.group.members.push(working);
      working.group = leader.group;
    }
    linkTo(order, working);
    this.#names.set(working, name);
    this.#named.set(name, working);
    this.broker.submit(working, true);
    return working;
  }

  /** The order by which a venue ends a position, told under a name. */
  forced(name: string, data: number, size: number): WorkingOrder {
    const timeline = this.timelines[data]!;
    const close = timeline.close.at(timeline.index);
    this.#rows.add(++this.#refs, this.#datas[data]!, size > 0 ? 'buy' : 'sell', 'market', 0, Math.abs(size), close, close, close); // prettier-ignore
    const order = new Order(this.#rows);
    const working = this.broker.makeWorking(order, 0, data, this.broker.schemeOf(data), timeline.moves);
    working.status = 'accepted';
    linkTo(order, working);
    this.#names.set(working, name);
    this.#named.set(name, working);
    return working;
  }

  order(name: string): WorkingOrder {
    return this.#named.get(name)!;
  }

  /** What is held of a data. */
  held(data = 0): number {
    return this.broker.positionOf(data).size;
  }
}

/** A stop that trails by an amount. */
export function trailing(amount: number, more: Partial<WorkingOrder> = {}): { readonly with: Partial<WorkingOrder> } {
  return { with: { trail: { amount, percent: 0 }, ...more } };
}
