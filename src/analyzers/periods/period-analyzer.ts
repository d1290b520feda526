/** The base of analyzers that read a run by calendar periods. */
import type { Timeframe } from '../../core/index.ts';
import { Analyzer } from '../analyzer.ts';
import { finite } from '../risk/moments.ts';
import { checkOptions, type Compat } from '../options.ts';
import { barPeriod, frameOf, isDaily, leastYearlyMs, stampsOf } from './period.ts';
import { PeriodValues, type StepValues } from './period-values.ts';

/** Options of every analyzer that works by calendar periods. */
export interface PeriodOptions {
  /** Length of a period, such as `1h`, `1d`, `1w`, `1M`, `1y`, or `all` for the whole run as one. Default: stated by each analyzer. */
  readonly timeframe?: string;
  /** `backtrader` follows Backtrader's definition where it differs from the standard one. Default: the standard one. */
  readonly compat?: Compat;
}

/** One calendar period and its return. */
export interface PeriodReturn {
  /** Start of the period, milliseconds UTC; for the whole run, the stamp of its first step. */
  readonly time: number;
  /** As a fraction; undefined where the value before was not above 0. */
  readonly return: number | undefined;
}

/** The default period: that of the first data's bars, the same but at least a day, or a fixed one. */
export type DefaultPeriod = 'bar' | 'dayOrBar' | '1M' | '1y';

/** Gathers the run's performance by periods for its subclasses. */
export abstract class PeriodAnalyzer<R> extends Analyzer<R> {
  /** @internal */
  protected readonly compat: Compat | undefined;
  private readonly wanted: string | undefined;
  private readonly usual: DefaultPeriod;
  /** Open of the first step's bar, and close of the latest step, milliseconds UTC. */
  protected began = NaN;
  /** @internal */
  protected ended = NaN;
  private found: { readonly frame: Timeframe | undefined; readonly values: PeriodValues } | undefined;

  constructor(cls: string, options: PeriodOptions, known: readonly string[], usual: DefaultPeriod) {
    super();
    checkOptions(cls, options, ['timeframe', 'compat', ...known]);
    if (options.timeframe !== undefined) frameOf(options.timeframe);
    this.wanted = options.timeframe;
    this.compat = options.compat;
    this.usual = usual;
  }

  /** Length of a period; undefined when the run is one period. */
  get frame(): Timeframe | undefined {
    return this.found?.frame;
  }

  override start(): void {
    const bar = this.run.datas[0]!.timeframe;
    const usual = {
      bar: barPeriod(bar, this.compat),
      dayOrBar: isDaily(bar) ? bar.name : '1d',
      '1M': '1M',
      '1y': '1y',
    }[this.usual];
    const frame = frameOf(this.wanted ?? usual);
    this.found = { frame, values: new PeriodValues(frame, this.compat) };
  }

  override observe(from: number, to: number): void {
    const { record } = this.run;
    this.noteSpan(from, to);
    const stamps = this.stamps();
    const isOrdered = record.isOpenedOrdered || stamps === record.time;
    this.periods.observe(stamps, this.source(from, to), from, to, isOrdered);
  }

  /** Extends the time that the run has covered by the steps `from <= step < to`. */
  protected noteSpan(from: number, to: number): void {
    const { record } = this.run;
    if (this.began !== this.began) this.began = record.opened.at(from);
    this.ended = record.closeAt(to - 1);
  }

  /** Whether the run is long enough for yearly figures: 30 days. Backtrader has no such limit. */
  protected get hasYearlyFigures(): boolean {
    return this.compat !== undefined || this.ended - this.began >= leastYearlyMs;
  }

  /**
   * The moments that put steps into periods.
   *
   * @internal
   */
  protected stamps(): StepValues {
    return stampsOf(this.run, this.compat);
  }

  /** @internal */
  protected get periods(): PeriodValues {
    if (this.found === undefined) throw new TypeError(`${this.constructor.name} has not been started`);
    return this.found.values;
  }

  /**
   * The values by step; the run's performance unless a subclass reads something else.
   *
   * @internal
   */
  protected source(_from: number, _to: number): StepValues {
    return this.run.record.performance;
  }

  /** The value before the first period. */
  protected reference(): number {
    return this.run.startValue;
  }

  /** The returns of all periods that have one. */
  protected returns(): Float64Array {
    const returns = this.periods.returns(this.reference());
    let count = 0;
    for (let k = 0; k < returns.length; k++) if (Number.isFinite(returns[k])) returns[count++] = returns[k]!;
    return returns.subarray(0, count);
  }

  /** The returns by period. */
  protected rows(): PeriodReturn[] {
    const returns = this.periods.returns(this.reference());
    return Array.from(returns, (value, k) => ({ time: this.periods.start.values[k]!, return: finite(value) }));
  }
}
