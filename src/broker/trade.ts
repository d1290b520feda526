/** Trades: a position from flat to flat, with what it earned and cost. */
import type { Data } from '../lines/index.ts';
import type { Fill } from './blotter.ts';
import { NumberRows } from './number-rows.ts';
import type { Order } from './order.ts';
import { isDust } from './position.ts';
import type { CommissionScheme } from './scheme.ts';

/** One change of a trade, as it stood after it. */
export interface TradeUpdate {
  /** The data's clock, milliseconds UTC. */
  readonly time: number;
  /** Bars of its data since it opened. */
  readonly bars: number;
  readonly status: 'open' | 'closed';
  readonly size: number;
  readonly price: number;
  readonly value: number;
  readonly pnl: number;
  readonly pnlNet: number;
  /** The fill that changed it: its order, signed size, price and commission. */
  readonly orderRef: number;
  readonly fillSize: number;
  readonly fillPrice: number;
  readonly fillCommission: number;
}

/** A trade as it stood when it opened or closed; never changes. */
export class Trade {
  readonly #block: Float64Array;
  readonly #at: number;
  readonly data: Data;
  /** Every change so far, in a run with `tradeHistory`; else empty. */
  readonly history: readonly TradeUpdate[];

  constructor(trade: RunningTrade, rows: NumberRows) {
    const row = rows.add();
    const values = rows.block(row);
    const at = rows.at(row);
    this.#block = values;
    this.#at = at;
    this.data = trade.data;
    this.history = trade.history;
    values[at] = trade.ref;
    values[at + 1] = trade.tradeId;
    values[at + 2] = trade.isLong ? 1 : 0;
    values[at + 3] = trade.size;
    values[at + 4] = trade.peakSize;
    values[at + 5] = trade.price;
    values[at + 6] = trade.value;
    values[at + 7] = trade.commission;
    values[at + 8] = trade.pnl;
    values[at + 9] = trade.openIndex;
    values[at + 10] = trade.data.timeline.index;
    values[at + 11] = trade.openTime;
    values[at + 12] = trade.data.closeTime;
  }

  /** Number of the trade within its strategy, from 1. */
  get ref(): number {
    return this.#read(0);
  }

  get tradeId(): number {
    return this.#read(1);
  }

  get status(): 'open' | 'closed' {
    return this.#read(3) === 0 ? 'closed' : 'open';
  }

  get isLong(): boolean {
    return this.#read(2) === 1;
  }

  /** Signed size; 0 once closed. */
  get size(): number {
    return this.#read(3);
  }

  /** The largest size it had, signed. */
  get peakSize(): number {
    return this.#read(4);
  }

  /** Average entry price. */
  get price(): number {
    return this.#read(5);
  }

  /** What the position is worth at its entry price. */
  get value(): number {
    return this.#read(6);
  }

  get commission(): number {
    return this.#read(7);
  }

  /** Profit before commission. */
  get pnl(): number {
    return this.#read(8);
  }

  /** Profit after commission. */
  get pnlNet(): number {
    return this.#read(8) - this.#read(7);
  }

  /** Number of the data's bar in which it opened, from 0. */
  get openIndex(): number {
    return this.#read(9);
  }

  /** Number of the data's bar in which it closed; undefined while open. */
  get closeIndex(): number | undefined {
    return this.status === 'closed' ? this.#read(10) : undefined;
  }

  /** Bars of its data from open to close, or until now. */
  get bars(): number {
    return this.#read(10) - this.#read(9);
  }

  /** The data's clock when it opened: close of the bar that filled it, milliseconds UTC. */
  get openTime(): number {
    return this.#read(11);
  }

  get closeTime(): number | undefined {
    return this.status === 'closed' ? this.#read(12) : undefined;
  }

  /** The trade as plain data. */
  toJSON(): Record<string, unknown> {
    const { ref, tradeId, status, isLong, size, peakSize, price, value, commission, pnl, pnlNet } = this;
    const { openIndex, closeIndex, bars, openTime, closeTime, history } = this;
    const money = { ref, data: this.data.name, tradeId, status, isLong, size, peakSize, price, value, commission };
    return { ...money, pnl, pnlNet, openIndex, closeIndex, bars, openTime, closeTime, history };
  }

  #read(field: number): number {
    return this.#block[this.#at + field]!;
  }
}

/** The trades of one strategy, built from its fills. */
export class TradeBook {
  /** Closed trades in the order they closed. */
  readonly closed: Trade[] = [];
  /** How many closed trades were forgotten, in a run of bounded memory. */
  dropped = 0;
  private readonly running = new Map<Data, Map<number, RunningTrade>>();
  private readonly keepsHistory: boolean;
  private readonly rows = new NumberRows(13);
  private count = 0;

  constructor(keepsHistory = false) {
    this.keepsHistory = keepsHistory;
  }

  /** Takes a fill in and adds the trades that closed or opened by it to `changed`, the closed one first. */
  apply(order: Order, fill: Fill, scheme: CommissionScheme, changed: { push(trade: Trade): void }): void {
    let trade = this.current(order);
    let opened = false;
    if (fill.closed !== 0) {
      opened = trade.update(fill.closed, fill.price, fill.closedCommission, scheme);
      if (this.keepsHistory) trade.note(order.ref, fill.closed, fill.price, fill.closedCommission);
      if (trade.isClosed) this.close(trade, changed);
    }
    if (fill.opened !== 0) {
      if (trade.isClosed) trade = this.start(order);
      const commission = fill.commission - fill.closedCommission;
      if (trade.update(fill.opened, fill.price, commission, scheme)) opened = true;
      if (this.keepsHistory) trade.note(order.ref, fill.opened, fill.price, commission);
      if (trade.isClosed) this.close(trade, changed);
    }
    if (opened && !trade.isClosed) changed.push(new Trade(trade, this.rows));
  }

  /** Forgets closed trades but for the latest `keep`, each shown to `last` before it goes. */
  forget(keep: number, last: (trade: Trade) => void): void {
    const over = this.closed.length - keep;
    if (over <= keep) return;
    for (const trade of this.closed.splice(0, over)) last(trade);
    this.dropped += over;
  }

  /** Trades that are open now. */
  open(): Trade[] {
    const found: Trade[] = [];
    for (const byId of this.running.values()) {
      for (const trade of byId.values()) if (trade.size !== 0) found.push(new Trade(trade, this.rows));
    }
    return found;
  }

  private close(trade: RunningTrade, changed: { push(trade: Trade): void }): void {
    const closed = new Trade(trade, this.rows);
    this.closed.push(closed);
    changed.push(closed);
  }

  private current(order: Order): RunningTrade {
    const found = this.running.get(order.data)?.get(order.tradeId);
    return found === undefined || found.isClosed ? this.start(order) : found;
  }

  private start(order: Order): RunningTrade {
    let byId = this.running.get(order.data);
    if (byId === undefined) this.running.set(order.data, (byId = new Map<number, RunningTrade>()));
    let trade = byId.get(order.tradeId);
    if (trade === undefined) byId.set(order.tradeId, (trade = new RunningTrade(order.data, order.tradeId)));
    trade.begin(++this.count);
    return trade;
  }
}

const noHistory: readonly TradeUpdate[] = [];

/** A trade that is going on. */
class RunningTrade {
  ref = 0;
  readonly data: Data;
  readonly tradeId: number;
  status: 'open' | 'closed' = 'open';
  isLong = false;
  size = 0;
  peakSize = 0;
  price = 0;
  value = 0;
  commission = 0;
  pnl = 0;
  openIndex = -1;
  openTime = NaN;
  history = noHistory;

  constructor(data: Data, tradeId: number) {
    this.data = data;
    this.tradeId = tradeId;
  }

  /** Becomes a new trade, before its first fill. */
  begin(ref: number): void {
    this.ref = ref;
    this.status = 'open';
    this.isLong = false;
    this.size = this.peakSize = this.price = this.value = this.commission = this.pnl = 0;
    this.openIndex = -1;
    this.openTime = NaN;
    this.history = noHistory;
  }

  get isClosed(): boolean {
    return this.status === 'closed';
  }

  /** Takes a signed size in; true when that opened the trade. */
  update(size: number, price: number, commission: number, scheme: CommissionScheme): boolean {
    const before = this.size;
    const after = before + size;
    this.size = before !== 0 && isDust(after, before) ? 0 : after;
    const { index } = this.data.timeline;
    if (before === 0) {
      this.openIndex = index;
      this.openTime = this.data.closeTime;
      this.isLong = this.size > 0;
    }
    if (Math.abs(this.size) > Math.abs(before)) {
      this.price = (before * this.price + size * price) / this.size;
      if (Math.abs(this.size) > Math.abs(this.peakSize)) this.peakSize = this.size;
    } else {
      this.pnl += scheme.pnl(-size, this.price, price);
    }
    this.commission += commission;
    this.value = scheme.value(this.size, this.price);
    if (before !== 0 && this.size === 0) {
      this.status = 'closed';
    }
    return before === 0;
  }

  /** Adds its present state to its history. */
  note(orderRef: number, fillSize: number, fillPrice: number, fillCommission: number): void {
    const { status, size, price, value, pnl } = this;
    const bars = this.data.timeline.index - this.openIndex;
    const pnlNet = pnl - this.commission;
    const fill = { orderRef, fillSize, fillPrice, fillCommission };
    this.history = [
      ...this.history,
      { time: this.data.closeTime, bars, status, size, price, value, pnl, pnlNet, ...fill },
    ];
  }
}
