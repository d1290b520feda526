/** Buying at the lower Bollinger band. */
import { bollinger, Strategy } from 'nextbar';

/**
 * Buys when the close falls below the lower band, and closes when it is back at the middle one or `stop` below the price
 * at which it was bought.
 *
 * Makes sense in ranges, where a close two deviations from the mean is more often an overshoot than news. It does not in
 * trends: there the price walks along the band, and each step down is one more losing purchase.
 */
export class BollingerReversion extends Strategy<typeof BollingerReversion.params> {
  /** `period` in bars, `deviations` in standard deviations, `stop` as a fraction of the entry price. */
  static readonly params = { period: 20, deviations: 2, stop: 0.04 };

  readonly bands = bollinger(this.data.close, this.params.period, this.params.deviations);

  override next(): void {
    const close = this.data.close.now;
    if (this.position.size === 0) {
      if (close < this.bands.bottom.now) this.buy();
    } else if (close >= this.bands.mid.now || close < this.position.price * (1 - this.params.stop)) {
      this.close();
    }
  }
}
