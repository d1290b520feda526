/** Analyzers of closed trades, which read them in columns: an object and a notification for each trade would cost more than the trade. */
import type { Trade, TradeBook, TradeOutcomes } from '../../broker/index.ts';
import { Analyzer } from '../analyzer.ts';

/** Reads the closed trades of its strategy when its result is asked for, and before the strategy forgets them. */
export abstract class TradeReader<R> extends Analyzer<R> {
  #book: TradeBook | undefined;
  #taken = 0;
  #opened = 0;

  /** How many trades have opened so far. */
  protected get opened(): number {
    return this.#book?.count ?? this.#opened;
  }

  /**
   * Reads trades from this book from now on, instead of being notified of each. False where a subclass has a `notifyTrade` of its own,
   * which may leave trades out.
   *
   * @internal
   */
  readFrom(book: TradeBook): boolean {
    if (this.notifyTrade !== TradeReader.prototype.notifyTrade) return false;
    this.#book = book;
    book.readers.push(this);
    return true;
  }

  override notifyTrade(trade: Trade): void {
    if (trade.status === 'open') {
      this.#opened++;
      return;
    }
    const { pnl, pnlNet, bars, isLong } = trade;
    this.take({
      pnl: Float64Array.of(pnl),
      pnlNet: Float64Array.of(pnlNet),
      bars: Float64Array.of(bars),
      isLong: Uint8Array.of(isLong ? 1 : 0),
    });
  }

  /**
   * Takes the trades that have closed since it was last called.
   *
   * @internal
   */
  catchUp(): void {
    const book = this.#book;
    if (book === undefined || book.closedCount === this.#taken) return;
    this.take(book.outcomesFrom(this.#taken));
    this.#taken = book.closedCount;
  }

  /**
   * Adds closed trades, in the order they closed.
   *
   * @internal
   */
  protected abstract take(trades: TradeOutcomes): void;
}
