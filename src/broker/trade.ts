/** Trades: a position from flat to flat, with what it earned and cost. */
import type { Data } from '../lines/index.ts';
import type { Fill } from './blotter.ts';
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
export interface Trade {
  /** Number of the trade within its strategy, from 1. */
  readonly ref: number;
  readonly data: Data;
  readonly tradeId: number;
  readonly status: 'open' | 'closed';
  readonly isLong: boolean;
  /** Signed size; 0 once closed. */
  readonly size: number;
  /** The largest size it had, signed. */
  readonly peakSize: number;
  /** Average entry price. */
  readonly price: number;
  /** What the position is worth at its entry price. */
  readonly value: number;
  readonly commission: number;
  /** Profit before commission. */
  readonly pnl: number;
  /** Profit after commission. */
  readonly pnlNet: number;
  /** Number of the data's bar in which it opened, from 0. */
  readonly openIndex: number;
  /** Number of the data's bar in which it closed; undefined while open. */
  readonly closeIndex: number | undefined;
  /** Bars of its data from open to close, or until now. */
  readonly bars: number;
  /** The data's clock when it opened: close of the bar that filled it, milliseconds UTC. */
  readonly openTime: number;
  readonly closeTime: number | undefined;
  /** Every change so far, in a run with `tradeHistory`; else empty. */
  readonly history: readonly TradeUpdate[];
}

/** The trades of one strategy, built from its fills. */
export class TradeBook {
  /** Closed trades in the order they closed. */
  readonly closed: Trade[] = [];
  /** How many closed trades were forgotten, in a run of bounded memory. */
  dropped = 0;
  private readonly running = new Map<Data, Map<number, RunningTrade>>();
  private readonly keepsHistory: boolean;
  private count = 0;

  constructor(keepsHistory = false) {
    this.keepsHistory = keepsHistory;
  }

  /** Takes a fill in and adds the trades that closed or opened by it to `changed`, the closed one first. */
  apply(order: Order, fill: Fill, scheme: CommissionScheme, changed: Trade[]): void {
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
    if (opened && !trade.isClosed) changed.push(trade.snapshot());
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
      for (const trade of byId.values()) if (trade.size !== 0) found.push(trade.snapshot());
    }
    return found;
  }

  private close(trade: RunningTrade, changed: Trade[]): void {
    this.closed.push(trade);
    changed.push(trade);
  }

  private current(order: Order): RunningTrade {
    const found = this.running.get(order.data)?.get(order.tradeId);
    return found === undefined || found.isClosed ? this.start(order) : found;
  }

  private start(order: Order): RunningTrade {
    let byId = this.running.get(order.data);
    if (byId === undefined) this.running.set(order.data, (byId = new Map<number, RunningTrade>()));
    const trade = new RunningTrade(++this.count, order.data, order.tradeId);
    byId.set(order.tradeId, trade);
    return trade;
  }
}

const noHistory: readonly TradeUpdate[] = [];

/** A trade that is going on; once closed it changes no more and is its own last state. */
class RunningTrade implements Trade {
  readonly ref: number;
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
  pnlNet = 0;
  openIndex = -1;
  closeIndex: number | undefined;
  bars = 0;
  openTime = NaN;
  closeTime: number | undefined;
  history = noHistory;

  constructor(ref: number, data: Data, tradeId: number) {
    this.ref = ref;
    this.data = data;
    this.tradeId = tradeId;
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
    this.pnlNet = this.pnl - this.commission;
    this.value = scheme.value(this.size, this.price);
    this.bars = index - this.openIndex;
    if (before !== 0 && this.size === 0) {
      this.status = 'closed';
      this.closeIndex = index;
      this.closeTime = this.data.closeTime;
    }
    return before === 0;
  }

  /** Adds its present state to its history. */
  note(orderRef: number, fillSize: number, fillPrice: number, fillCommission: number): void {
    const { bars, status, size, price, value, pnl, pnlNet } = this;
    const fill = { orderRef, fillSize, fillPrice, fillCommission };
    this.history = [
      ...this.history,
      { time: this.data.closeTime, bars, status, size, price, value, pnl, pnlNet, ...fill },
    ];
  }

  /** Itself as it stands now. */
  snapshot(): Trade {
    const twin = new RunningTrade(this.ref, this.data, this.tradeId);
    twin.status = this.status;
    twin.isLong = this.isLong;
    twin.size = this.size;
    twin.peakSize = this.peakSize;
    twin.price = this.price;
    twin.value = this.value;
    twin.commission = this.commission;
    twin.pnl = this.pnl;
    twin.pnlNet = this.pnlNet;
    twin.openIndex = this.openIndex;
    twin.closeIndex = this.closeIndex;
    twin.bars = this.data.timeline.index - this.openIndex;
    twin.openTime = this.openTime;
    twin.closeTime = this.closeTime;
    twin.history = this.history;
    return twin;
  }
}
