/** Buying weakness by the relative strength index. */
import { rsi, sma, Strategy } from 'nextbar';

/**
 * Buys when the RSI falls below `oversold` while the close is above its long average, and closes when the RSI has come
 * back above `exit`, or after `maxBars` bars.
 *
 * Makes sense where dips in a rising market are bought back within days. It does not where falls feed on themselves, as
 * in liquidation cascades: there it buys early, and the time limit is its only way out.
 */
export class RsiMeanReversion extends Strategy<typeof RsiMeanReversion.params> {
  /** `period`, `trend` and `maxBars` in bars; `oversold` and `exit` from 0 to 100. */
  static readonly params = { period: 14, oversold: 30, exit: 55, trend: 200, maxBars: 48 };

  readonly strength = rsi(this.data.close, this.params.period);
  readonly trend = sma(this.data.close, this.params.trend);
  private entryBar = 0;

  override next(): void {
    const { oversold, exit, maxBars } = this.params;
    if (this.position.size === 0) {
      if (this.strength.now < oversold && this.data.close.now > this.trend.now && this.buy() !== undefined) {
        this.entryBar = this.data.length;
      }
    } else if (this.strength.now > exit || this.data.length - this.entryBar >= maxBars) {
      this.close();
    }
  }
}
