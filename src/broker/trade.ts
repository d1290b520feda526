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
    if (fill.closed !== 0) {
      trade.update(fill.closed, fill.price, fill.closedCommission, scheme);
      if (this.keepsHistory) trade.note(order.ref, fill.closed, fill.price, fill.closedCommission);
      if (trade.isClosed) this.close(trade, changed);
    }
    if (fill.opened !== 0) {
      if (trade.isClosed) trade = this.start(order);
      const wasFlat = trade.size === 0;
      const commission = fill.commission - fill.closedCommission;
      trade.update(fill.opened, fill.price, commission, scheme);
      if (this.keepsHistory) trade.note(order.ref, fill.opened, fill.price, commission);
      if (trade.isClosed) this.close(trade, changed);
      else if (wasFlat) changed.push(trade.snapshot());
    } else if (trade.justOpened && !trade.isClosed) changed.push(trade.snapshot());
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
    const snapshot = trade.snapshot();
    this.closed.push(snapshot);
    changed.push(snapshot);
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

const noHistory: TradeUpdate[] = [];

class RunningTrade {
  readonly ref: number;
  readonly data: Data;
  readonly tradeId: number;
  size = 0;
  justOpened = false;
  isClosed = false;
  private isLong = false;
  private peakSize = 0;
  private price = 0;
  private value = 0;
  private commission = 0;
  private pnl = 0;
  private openIndex = -1;
  private openTime = NaN;
  private history: TradeUpdate[] = noHistory;

  constructor(ref: number, data: Data, tradeId: number) {
    this.ref = ref;
    this.data = data;
    this.tradeId = tradeId;
  }

  update(size: number, price: number, commission: number, scheme: CommissionScheme): void {
    const before = this.size;
    const after = before + size;
    this.size = before !== 0 && isDust(after, before) ? 0 : after;
    this.justOpened = before === 0;
    if (this.justOpened) {
      this.openIndex = this.data.length - 1;
      this.openTime = this.data.closeTime;
      this.isLong = this.size > 0;
    }
    this.isClosed = before !== 0 && this.size === 0;
    if (Math.abs(this.size) > Math.abs(before)) {
      this.price = (before * this.price + size * price) / this.size;
      if (Math.abs(this.size) > Math.abs(this.peakSize)) this.peakSize = this.size;
    } else {
      this.pnl += scheme.pnl(-size, this.price, price);
    }
    this.commission += commission;
    this.value = scheme.value(this.size, this.price);
  }

  note(orderRef: number, fillSize: number, fillPrice: number, fillCommission: number): void {
    const { size, price, value, pnl } = this;
    const update: TradeUpdate = {
      time: this.data.closeTime,
      bars: this.data.length - 1 - this.openIndex,
      status: this.isClosed ? 'closed' : 'open',
      size,
      price,
      value,
      pnl,
      pnlNet: pnl - this.commission,
      orderRef,
      fillSize,
      fillPrice,
      fillCommission,
    };
    this.history = [...this.history, update];
  }

  snapshot(): Trade {
    return {
      ref: this.ref,
      data: this.data,
      tradeId: this.tradeId,
      status: this.isClosed ? 'closed' : 'open',
      isLong: this.isLong,
      size: this.size,
      peakSize: this.peakSize,
      price: this.price,
      value: this.value,
      commission: this.commission,
      pnl: this.pnl,
      pnlNet: this.pnl - this.commission,
      openIndex: this.openIndex,
      closeIndex: this.isClosed ? this.data.length - 1 : undefined,
      bars: this.data.length - 1 - this.openIndex,
      openTime: this.openTime,
      closeTime: this.isClosed ? this.data.closeTime : undefined,
      history: this.history,
    };
  }
}
