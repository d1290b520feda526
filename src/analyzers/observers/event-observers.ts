/** Observers of events: closed trades, and buys and sells. */
import { ConfigError } from '../../core/index.ts';
import type { Order, Trade } from '../../broker/index.ts';
import { timelineOf, type Column } from '../../lines/index.ts';
import { dataOf } from '../returns/data-closes.ts';
import { checkFlag, type Compat } from '../options.ts';
import { Observer } from './observer.ts';

/** Options of TradesObserver. */
export interface TradesObserverOptions {
  /** Whether profits are after commission. Default true. */
  readonly net?: boolean;
  /** The data whose trades count, by name or number from 0. Default: all datas; with `compat` the first. */
  readonly data?: string | number;
  /** `backtrader`: the last of several trades that close in one step. Default: their sum. */
  readonly compat?: Compat;
}

/** Profits of trades in the steps in which they closed: those not below 0, and losses. NaN where none closed. */
export class TradesObserver extends Observer<'profit' | 'loss'> {
  private readonly options: TradesObserverOptions;
  private waiting: { readonly step: number; readonly pnl: number }[] = [];

  constructor(options: TradesObserverOptions = {}) {
    super('TradesObserver', options, ['net', 'data', 'compat'], ['profit', 'loss']);
    checkFlag('net', options.net);
    this.options = options;
  }

  override start(): void {
    if (this.options.data !== undefined) dataOf(this.run, this.options.data);
  }

  override notifyTrade(trade: Trade): void {
    if (trade.status !== 'closed') return;
    const { net = true, compat, data = compat === undefined ? undefined : 0 } = this.options;
    if (data !== undefined && timelineOf(dataOf(this.run, data)) !== timelineOf(trade.data)) return;
    const { record } = this.run;
    this.waiting.push({ step: record.length + record.pending, pnl: net ? trade.pnlNet : trade.pnl });
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'profit' | 'loss', Column>>): void {
    clear(lines.profit, from, to);
    clear(lines.loss, from, to);
    for (const { step, pnl } of this.waiting) {
      if (step >= to) continue;
      const line = pnl >= 0 ? lines.profit : lines.loss;
      const before = line.at(step);
      line.set(step, this.options.compat === undefined && before === before ? before + pnl : pnl);
    }
    this.waiting = this.waiting.filter(({ step }) => step >= to);
  }
}

/** Options of BuySellObserver. */
export interface BuySellObserverOptions {
  /** The data, by name or number from 0. Default: the first. */
  readonly data?: string | number;
  /**
   * Shows a mark beside the bar instead of the price: this fraction below the low of a buy, above the high of a sell. Default: the mark
   * stands at the price.
   */
  readonly distance?: number;
  /** `backtrader`: averages over notifications, so that an order's average price counts again with each. Default: each fill counts once. */
  readonly compat?: Compat;
}

interface Execution {
  readonly step: number;
  readonly isBuy: boolean;
  readonly weight: number;
  readonly price: number;
  readonly mark: number;
}

/** Average prices, by size, at which a data was bought and sold in each step. NaN where it was not. */
export class BuySellObserver extends Observer<'buy' | 'sell'> {
  private readonly options: BuySellObserverOptions;
  private waiting: Execution[] = [];

  constructor(options: BuySellObserverOptions = {}) {
    super('BuySellObserver', options, ['data', 'distance', 'compat'], ['buy', 'sell']);
    const { distance } = options;
    if (distance !== undefined && !(distance >= 0 && distance < 1)) {
      throw new ConfigError(`distance must be a fraction from 0 to below 1, was ${String(distance)}`);
    }
    this.options = options;
  }

  override start(): void {
    dataOf(this.run, this.options.data ?? 0);
  }

  override notifyOrder(order: Order): void {
    const { data, distance, compat } = this.options;
    if (timelineOf(order.data) !== timelineOf(dataOf(this.run, data ?? 0))) return;
    const { lastFill } = order;
    if (lastFill === undefined) return;
    if (compat === undefined && order.status !== 'partial' && order.status !== 'completed') return;
    const { record } = this.run;
    const { isBuy } = order;
    let mark = NaN;
    if (distance !== undefined)
      mark = isBuy ? order.data.low.now * (1 - distance) : order.data.high.now * (1 + distance);
    const step = record.length + record.pending;
    const own = compat === undefined;
    const price = own ? lastFill.price : order.averagePrice;
    this.waiting.push({ step, isBuy, weight: own ? Math.abs(lastFill.size) : 1, price, mark });
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'buy' | 'sell', Column>>): void {
    clear(lines.buy, from, to);
    clear(lines.sell, from, to);
    const sums = new Map<string, { paid: number; weight: number }>();
    for (const { step, isBuy, weight, price, mark } of this.waiting) {
      if (step >= to) continue;
      const key = `${step} ${isBuy}`;
      const sum = sums.get(key) ?? { paid: 0, weight: 0 };
      sum.paid += price * weight;
      sum.weight += weight;
      sums.set(key, sum);
      (isBuy ? lines.buy : lines.sell).set(step, mark === mark ? mark : sum.paid / sum.weight);
    }
    this.waiting = this.waiting.filter(({ step }) => step >= to);
  }
}

function clear(line: Column, from: number, to: number): void {
  line.values.fill(NaN, from - line.base, to - line.base);
}
