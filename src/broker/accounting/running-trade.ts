/** A trade that is still open, as it changes. */
import { timelineOf, type Data } from '../../lines/index.ts';
import { fillField } from './fill-blotter.ts';
import { isRounding } from './position.ts';
import type { CommissionScheme } from './commission.ts';
import { noHistory, type TradeExit, type TradeFacts } from './trade.ts';

/** The part of a fill that closes, or the part that opens: the field of its size. */
export type FillPart = typeof fillField.closed | typeof fillField.opened;

/**
 * Where in a bar a fill was: at its open, or somewhere inside it. In a session, where the bar that has closed last is the present one: between that bar and
 * the next one, or inside the next one.
 */
export type FillPlace = 'open' | 'inside' | 'between' | 'insideNext';

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
  exit: TradeExit | undefined;
  best = 0;
  worst = 0;
  unseen = -1;
  exitPrice = NaN;
  tag: string | undefined;
  exitTag: string | undefined;
  /** The last bar whose highs and lows are in `best` and `worst`. */
  private seen = -1;
  /** The bar of a fill inside it, whose close counts unless a further fill comes before it; -1 for none. */
  private closing = -1;
  private scheme: CommissionScheme | undefined;
  /** Units that its fills have closed so far. */
  private exitUnits = 0;
  /** Value bought and sold so far, in the settle currency. */
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
    this.exit = this.tag = this.exitTag = undefined;
    this.best = this.worst = 0;
    this.seen = this.unseen = this.closing = -1;
    this.exitPrice = NaN;
    this.exitUnits = 0;
  }

  get isClosed(): boolean {
    return this.status === 'closed';
  }

  /**
   * Applies a part of a fill; returns true when that opened the trade.
   *
   * @param values - The block of the blotter that holds the fill, which begins at `at`: numbers handed to a call would be boxed.
   */
  update(values: Float64Array, at: number, part: FillPart, scheme: CommissionScheme, place: FillPlace): boolean {
    const size = values[at + part]!;
    const price = values[at + fillField.price]!;
    const before = this.size;
    const { index: bar, ticks, open } = timelineOf(this.data);
    this.scheme = scheme;
    const isLive = place === 'between' || place === 'insideNext';
    if (this.closing >= 0) {
      this.showClose(isLive ? bar : bar - 1);
      this.closing = -1;
    }
    // Whatever was held before a bar saw its open before anything inside it.
    if (place === 'inside' && before !== 0 && this.openIndex < bar && this.seen < bar && ticks === undefined) {
      this.show(open.values[bar - open.base]!);
    }
    const isClosing = before !== 0 && isRounding(before + size, before);
    if (isClosing && before === this.peakSize && this.exitUnits === 0 && !isLive && ticks === undefined) {
      // Held in one size and closed by one fill between closed bars: its excursions can be read off them later.
      this.unseen = this.seen + 1;
    } else if (before !== 0) {
      this.scan(isLive ? bar : bar - 1);
      this.show(price);
    }
    const after = before + size;
    this.size = isClosing ? 0 : after;
    if (before === 0) {
      this.openIndex = bar;
      this.openTime = this.data.closeTime;
      this.isLong = this.size > 0;
    }
    if (Math.abs(this.size) > Math.abs(before)) {
      this.price =
        scheme.isInverse && before !== 0
          ? (this.size * this.price * price) / (before * price + size * this.price)
          : (before * this.price + size * price) / this.size;
      if (Math.abs(this.size) > Math.abs(this.peakSize)) this.peakSize = this.size;
    } else {
      this.pnl += scheme.pnl(-size, this.price, price);
      const units = Math.abs(size);
      if (this.exitUnits === 0) this.exitPrice = price;
      else {
        const [closed, paid] = [this.exitUnits, this.exitPrice];
        const sum = closed + units;
        this.exitPrice = scheme.isInverse
          ? sum / (closed / paid + units / price)
          : (closed * paid + units * price) / sum;
      }
      this.exitUnits += units;
    }
    this.commission += commissionOf(values, at, part);
    this.turnover += scheme.notional(size, price);
    this.value = scheme.value(this.size, this.price);
    if (before !== 0 && this.size === 0) {
      this.status = 'closed';
      if (Math.abs(this.pnl - this.commission) <= this.tolerance * this.turnover) this.pnl = this.commission;
    }
    // By Backtrader's rules a fill at the open may come after one inside the same bar.
    const whole = place === 'open' ? bar - 1 : place === 'insideNext' ? bar + 1 : bar;
    this.seen = Math.max(this.seen, whole);
    const present = isLive ? bar + 1 : bar;
    if (this.seen === present && this.size !== 0) this.closing = present;
    return before === 0;
  }

  /** Takes the highs and lows of the bars up to the present one into its excursions. */
  reach(): void {
    if (this.size === 0) return;
    const { index } = timelineOf(this.data);
    this.showClose(index);
    this.scan(index);
  }

  /** Takes the close of the bar of the latest fill into its excursions, once that bar is among those up to `last`. */
  private showClose(last: number): void {
    if (this.closing < 0 || this.closing > last) return;
    const { close } = timelineOf(this.data);
    this.show(close.values[this.closing - close.base]!);
    this.closing = -1;
  }

  /** Takes the bars after the last one seen, up to `last`, into its excursions. */
  private scan(last: number): void {
    const { high, low } = timelineOf(this.data);
    let top = -Infinity;
    let bottom = Infinity;
    for (let bar = Math.max(this.seen + 1, high.base); bar <= last; bar++) {
      const above = high.values[bar - high.base]!;
      const below = low.values[bar - low.base]!;
      if (above > top) top = above;
      if (below < bottom) bottom = below;
    }
    if (last > this.seen) this.seen = last;
    if (top === -Infinity) return;
    this.show(top);
    this.show(bottom);
  }

  /** Takes one price that it was open at into its excursions. */
  private show(price: number): void {
    const profit = this.pnl + this.scheme!.pnl(this.size, this.price, price);
    if (profit > this.best) this.best = profit;
    if (profit < this.worst) this.worst = profit;
  }

  /** Appends its current state to its history. */
  note(orderRef: number, values: Float64Array, at: number, part: FillPart): void {
    const { status, size, price, value, pnl } = this;
    const bars = timelineOf(this.data).index - this.openIndex;
    const pnlNet = pnl - this.commission;
    const [fillSize, fillPrice] = [values[at + part]!, values[at + fillField.price]!];
    const fill = { orderRef, fillSize, fillPrice, fillCommission: commissionOf(values, at, part) };
    this.history = [
      ...this.history,
      { time: this.data.closeTime, bars, status, size, price, value, pnl, pnlNet, ...fill },
    ];
  }
}

/** The commission of one part of a fill. */
function commissionOf(values: Float64Array, at: number, part: FillPart): number {
  const closing = values[at + fillField.closedCommission]!;
  return part === fillField.closed ? closing : values[at + fillField.commission]! - closing;
}
