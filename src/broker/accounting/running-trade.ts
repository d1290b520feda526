/** A trade that is still open, as it changes. */
import { timelineOf, type Data } from '../../lines/index.ts';
import { isRounding } from './position.ts';
import type { CommissionScheme } from './commission.ts';
import { noHistory, type TradeFacts } from './trade.ts';

/** An open trade. Used again for the next trade of its data once it has closed. */
export class RunningTrade implements TradeFacts {
  ref = 0;
  readonly data: Data;
  /** Number of the data among those traded. */
  readonly dataIndex: number;
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
  /** Quote units bought and sold so far. */
  private turnover = 0;
  private readonly tolerance: number;

  /** @param tolerance - The fraction of the turnover up to which a profit or loss is rounding. */
  constructor(data: Data, dataIndex: number, tradeId: number, tolerance: number) {
    this.tolerance = tolerance;
    this.data = data;
    this.dataIndex = dataIndex;
    this.tradeId = tradeId;
  }

  /** Resets it to a new trade without fills. */
  begin(ref: number): void {
    this.ref = ref;
    this.status = 'open';
    this.isLong = false;
    this.size = this.peakSize = this.price = this.value = this.commission = this.pnl = this.turnover = 0;
    this.openIndex = -1;
    this.openTime = NaN;
    this.history = noHistory;
  }

  get isClosed(): boolean {
    return this.status === 'closed';
  }

  /** Applies a signed size; returns true when that opened the trade. */
  update(size: number, price: number, commission: number, scheme: CommissionScheme): boolean {
    const before = this.size;
    const after = before + size;
    this.size = before !== 0 && isRounding(after, before) ? 0 : after;
    const { index } = timelineOf(this.data);
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
    this.turnover += Math.abs(size * price) * scheme.multiplier;
    this.value = scheme.value(this.size, this.price);
    if (before !== 0 && this.size === 0) {
      this.status = 'closed';
      if (Math.abs(this.pnl - this.commission) <= this.tolerance * this.turnover) this.pnl = this.commission;
    }
    return before === 0;
  }

  /** Appends its current state to its history. */
  note(orderRef: number, fillSize: number, fillPrice: number, fillCommission: number): void {
    const { status, size, price, value, pnl } = this;
    const bars = timelineOf(this.data).index - this.openIndex;
    const pnlNet = pnl - this.commission;
    const fill = { orderRef, fillSize, fillPrice, fillCommission };
    this.history = [
      ...this.history,
      { time: this.data.closeTime, bars, status, size, price, value, pnl, pnlNet, ...fill },
    ];
  }
}
