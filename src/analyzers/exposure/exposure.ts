/** Exposure: how long, and with how much of its value, the portfolio was in the market. */
import { Analyzer } from '../analyzer.ts';
import { ratio } from '../risk/moments.ts';
import { checkOptions } from '../options.ts';

/** Shares of the run's time. */
export interface ExposureResult {
  /** Share of the time with a position, from 0 to 1; undefined without a step. */
  readonly timeInMarket: number | undefined;
  /** Time-weighted mean of the absolute value of all positions, divided by the value of the portfolio: 1 is fully invested all the time. */
  readonly averageGross: number | undefined;
  /** The highest of these after a step. */
  readonly maxGross: number | undefined;
}

/**
 * Time-weighted exposure. Each step counts for the time since the previous one, with its final positions; the first counts for its own bar.
 * A margined position counts with the margin that it binds.
 */
export class Exposure extends Analyzer<ExposureResult> {
  private lastTime = NaN;
  private whole = 0;
  private held = 0;
  private gross = 0;
  private most = 0;

  constructor(options: object = {}) {
    super();
    checkOptions('Exposure', options, []);
  }

  override observe(from: number, to: number): void {
    if (from >= to) return;
    const { record } = this.run;
    const { base } = record.gross;
    const stakes = record.gross.values;
    const values = record.value.values;
    const start = this.lastTime === this.lastTime ? this.lastTime : record.opened.at(from);
    const { evenMs } = record;
    const isEven = evenMs === evenMs;
    // The closes of even bars need not be written down to be subtracted again.
    const times = isEven ? stakes : record.time.values;
    let before = start;
    let { held, gross, most } = this;
    for (let at = from - base; at < to - base; at++) {
      let span = evenMs;
      if (!isEven) {
        const time = times[at]!;
        span = time - before;
        before = time;
      }
      const stake = stakes[at]!;
      if (stake === 0) continue;
      held += span;
      const value = values[at]!;
      if (!(value > 0)) continue;
      const share = stake / value;
      gross += span * share;
      if (share > most) most = share;
    }
    this.lastTime = record.closeAt(to - 1);
    this.whole += this.lastTime - start;
    this.held = held;
    this.gross = gross;
    this.most = most;
  }

  override result(): ExposureResult {
    return {
      timeInMarket: ratio(this.held, this.whole),
      averageGross: ratio(this.gross, this.whole),
      maxGross: this.whole > 0 ? this.most : undefined,
    };
  }
}
