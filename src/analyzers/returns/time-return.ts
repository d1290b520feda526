/** Returns by calendar period, of the portfolio or of a data. */
import { ConfigError } from '../../core/index.ts';
import { DataCloses, dataOf } from './data-closes.ts';
import { checkFlag } from '../options.ts';
import { PeriodAnalyzer, type PeriodOptions, type PeriodReturn } from '../periods/period-analyzer.ts';
import type { StepValues } from '../periods/period-values.ts';

/** Options of TimeReturn. The period is that of the first data's bars unless given. */
export interface TimeReturnOptions extends PeriodOptions {
  /** A data, by name or number from 0, whose closes are read instead of the portfolio: a benchmark. Default: none, the portfolio is read. */
  readonly data?: string | number;
  /** Whether a data's first return counts from the open of its first bar; false counts from that bar's close. Default true. */
  readonly firstOpen?: boolean;
}

/** The return of each calendar period; every period with a step has a row. */
export class TimeReturn extends PeriodAnalyzer<readonly PeriodReturn[]> {
  private readonly options: TimeReturnOptions;
  private closes: DataCloses | undefined;

  constructor(options: TimeReturnOptions = {}) {
    super('TimeReturn', options, ['data', 'firstOpen'], 'bar');
    checkFlag('firstOpen', options.firstOpen);
    if (options.data === undefined && options.firstOpen !== undefined) {
      throw new ConfigError('firstOpen applies to a data only: give data too, or leave firstOpen out');
    }
    this.options = options;
  }

  /** @internal */
  override start(): void {
    super.start();
    const { data } = this.options;
    this.closes = data === undefined ? undefined : new DataCloses(dataOf(this.run, data));
  }

  override result(): readonly PeriodReturn[] {
    if (this.closes === undefined) return this.rows();
    const { start, last } = this.periods;
    const rows: PeriodReturn[] = [];
    let before = this.reference();
    for (let k = 0; k < this.periods.length; k++) {
      const value = last.values[k]!;
      if (value !== value) continue;
      rows.push({ time: start.values[k]!, return: before > 0 ? value / before - 1 : undefined });
      before = value;
    }
    return rows;
  }

  /** @internal */
  protected override source(from: number, to: number): StepValues {
    if (this.closes === undefined) return super.source(from, to);
    this.closes.read(this.run.record.time, from, to);
    return this.closes.block;
  }

  protected override reference(): number {
    if (this.closes === undefined) return super.reference();
    return (this.options.firstOpen ?? true) ? this.closes.firstOpen : this.closes.firstClose;
  }
}
