/** Following the order flow: who is crossing the spread, and which side of the book is the heavier. */
import { Strategy } from 'nextbar';

/** Prints looked at: as many as a feed keeps, unless it is told to keep more. */
const mostTrades = 1_000;

/**
 * Buys when both the latest trades and the book lean to the buyers, and closes when the trades lean to the sellers by `exit`, or after
 * `maxBars` bars.
 *
 * The pressure is what buyers took less what sellers took, over all that was traded in the last `windowMs`, at most the latest thousand
 * prints; the imbalance is the size bid less the size offered, over both, in the best `depth` levels. Both go from -1 to 1.
 *
 * Needs a live stream or a recording of one, with trades and book: `new StreamingFeed({ ... }).subscribeBook()`. Over bars alone it
 * does nothing. Makes sense on bars of seconds, where the spread and the fee are small beside a move; they are paid on every trade.
 */
export class OrderFlow extends Strategy<typeof OrderFlow.params> {
  /** `windowMs` in milliseconds, `depth` in levels, `maxBars` in bars; the others from 0 to 1. */
  static readonly params = { windowMs: 30_000, depth: 5, pressure: 0.3, imbalance: 0.2, exit: 0.3, maxBars: 12 };

  private entryBar = 0;

  override next(): void {
    const { pressure: enough, imbalance: heavy, exit, maxBars } = this.params;
    if (this.position.size > 0) {
      // Where the flow cannot be seen, the time limit is the only way out.
      if (this.pressure() < -exit || this.data.length - this.entryBar >= maxBars) this.close();
    } else if (this.pressure() > enough && this.imbalance() > heavy && this.buy() !== undefined) {
      this.entryBar = this.data.length;
    }
  }

  /** Buying pressure of the last `windowMs`; NaN where nothing was traded, or nothing is known of it. */
  pressure(): number {
    const { stream } = this.data;
    if (stream?.state !== 'live') return NaN;
    let [bought, sold] = [0, 0];
    const trades = stream.recentTrades(mostTrades);
    const newest = trades.at(-1);
    if (newest === undefined) return NaN;
    const from = (newest.time ?? newest.receiveTime) - this.params.windowMs;
    for (let i = trades.length - 1; i >= 0; i--) {
      const { time, receiveTime, side, size } = trades[i]!;
      if ((time ?? receiveTime) <= from) break;
      if (side === 'buy') bought += size;
      else sold += size;
    }
    return (bought - sold) / (bought + sold);
  }

  /** Which side of the book is the heavier; NaN where a side is empty, or there is no whole book. */
  imbalance(): number {
    const book = this.data.stream?.book();
    if (book === undefined || book.bids.length === 0 || book.asks.length === 0) return NaN;
    let [bids, asks] = [0, 0];
    for (const [, size] of book.bids.slice(0, this.params.depth)) bids += size;
    for (const [, size] of book.asks.slice(0, this.params.depth)) asks += size;
    return (bids - asks) / (bids + asks);
  }
}
