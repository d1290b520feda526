/** Gross leverage: the value of positions per unit of the portfolio's value. */
import { timelineOf, Column } from '../../lines/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions, type Compat } from '../options.ts';
import { held, push } from './positions-value.ts';

/** Options of GrossLeverage. */
export interface GrossLeverageOptions {
  /**
   * `backtrader`: the value that is not cash, which a short makes negative; one row for each bar of the first data. Default: the sum of all
   * positions' absolute values, one row per step.
   */
  readonly compat?: Compat;
}

/** Leverage by step, in columns of one length. */
export interface GrossLeverageResult {
  /** Open of the step's bar, milliseconds UTC. */
  readonly opened: Float64Array;
  /** Close of the step, milliseconds UTC. */
  readonly time: Float64Array;
  /** 0 without a position, 1 fully invested, above 1 with leverage; NaN where the value was not above 0. */
  readonly leverage: Float64Array;
}

/** The absolute value of all positions, as a fraction of the portfolio's value, after each step. A margined position counts with the margin that it binds. */
export class GrossLeverage extends Analyzer<GrossLeverageResult> {
  private readonly compat: Compat | undefined;
  private readonly opened = new Column();
  private readonly time = new Column();
  private readonly leverage = new Column();
  private bars = 0;

  constructor(options: GrossLeverageOptions = {}) {
    super();
    checkOptions('GrossLeverage', options, ['compat']);
    this.compat = options.compat;
  }

  override observe(from: number, to: number): void {
    const { record } = this.run;
    for (let step = from; step < to; step++) {
      if (this.compat === undefined) {
        const value = record.value.at(step);
        this.add(record.opened.at(step), record.time.at(step), value > 0 ? record.gross.at(step) / value : NaN);
      } else {
        this.addByBar(step);
      }
    }
  }

  override result(): GrossLeverageResult {
    return { opened: held(this.opened), time: held(this.time), leverage: held(this.leverage) };
  }

  private add(opened: number, time: number, leverage: number): void {
    push(this.opened, opened);
    push(this.time, time);
    push(this.leverage, leverage);
  }

  /** A step in which the first data has no new bar replaces the row of its latest one. */
  private addByBar(step: number): void {
    const { record, datas } = this.run;
    const timeline = timelineOf(datas[0]!);
    const time = record.time.at(step);
    let { bars } = this;
    while (bars <= timeline.index && timeline.closeAt(bars) <= time) bars++;
    if (bars === 0) return;
    const value = record.performance.at(step);
    const leverage = (value - record.cash.at(step)) / value;
    if (bars === this.bars) this.leverage.set(this.leverage.length - 1, leverage);
    else this.add(timeline.time.at(bars - 1), timeline.closeAt(bars - 1), leverage);
    this.bars = bars;
  }
}
