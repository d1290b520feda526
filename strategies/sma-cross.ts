/** A crossing of two moving averages. */
import { crossover, sma, Strategy } from 'nextbar';

/**
 * Buys when the fast average crosses above the slow one, and closes on the way back.
 *
 * Makes sense where trends last several times the slow period: it gives up the first and the last part of each move for
 * being in the middle. In a market that goes sideways every crossing is a small loss plus two commissions.
 */
export class SmaCross extends Strategy<typeof SmaCross.params> {
  /** Periods in bars. */
  static readonly params = { fast: 10, slow: 30 };

  readonly fast = sma(this.data.close, this.params.fast);
  readonly slow = sma(this.data.close, this.params.slow);
  readonly cross = crossover(this.fast, this.slow);

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}
