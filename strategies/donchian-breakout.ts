/** Following breakouts of a price channel. */
import { highest, lowest, Strategy } from 'nextbar';

/**
 * Buys when the close exceeds the highest high of the `entry` bars before it, and closes when it falls below the lowest
 * low of the `exit` bars before it; with `short` it does the reverse in falling markets too.
 *
 * Makes sense where a few long moves make the year: most breakouts fail, and the rare ones that do not must pay for
 * them. It does not in quiet ranges, nor where the commission is a large part of a usual move.
 */
export class DonchianBreakout extends Strategy<typeof DonchianBreakout.params> {
  /** `entry` and `exit` in bars. */
  static readonly params = { entry: 55, exit: 20, short: false };

  // Shifted by one bar: a close cannot exceed a channel that already holds it.
  readonly entryHigh = highest(this.data.high, this.params.entry).shift(1);
  readonly entryLow = lowest(this.data.low, this.params.entry).shift(1);
  readonly exitHigh = highest(this.data.high, this.params.exit).shift(1);
  readonly exitLow = lowest(this.data.low, this.params.exit).shift(1);

  override next(): void {
    const close = this.data.close.now;
    const { size } = this.position;
    if ((size > 0 && close < this.exitLow.now) || (size < 0 && close > this.exitHigh.now)) this.close();
    else if (size === 0 && close > this.entryHigh.now) this.buy();
    else if (size === 0 && this.params.short && close < this.entryLow.now) this.sell();
  }
}
