/** Observers of returns: of the running period, of a benchmark, and logarithmic. */
import type { Timeframe } from '../../core/index.ts';
import type { Column } from '../../lines/index.ts';
import { DataCloses, dataOf } from '../returns/data-closes.ts';
import { checkWhole, type Compat } from '../options.ts';
import type { PeriodOptions } from '../periods/period-analyzer.ts';
import { barPeriod, frameOf, periodAt, stampsOf } from '../periods/period.ts';
import type { StepValues } from '../periods/period-values.ts';
import { Observer } from './observer.ts';

/** Returns of the running period, step by step. */
class RunningReturn {
  private readonly frame: Timeframe | undefined;
  private readonly compat: Compat | undefined;
  private end = -Infinity;
  private last = NaN;
  /** Values before the running period, the latest last. */
  private readonly before: number[] = [];
  private readonly window: number;

  constructor(frame: Timeframe | undefined, compat: Compat | undefined, window = 1) {
    this.frame = frame;
    this.compat = compat;
    this.window = window;
  }

  /** Value now over that at the end of the period `window` periods before; `reference` comes before the first period. */
  growth(stamp: number, value: number, reference: number): number {
    if (value !== value) return NaN;
    if (stamp >= this.end) {
      this.end = periodAt(this.frame, stamp, this.compat).end;
      this.before.push(this.last === this.last ? this.last : reference);
      if (this.before.length > this.window) this.before.shift();
    }
    this.last = value;
    return this.before.length < this.window ? NaN : value / this.before[0]!;
  }
}

abstract class PeriodObserver<L extends string> extends Observer<L> {
  /** @internal */
  protected readonly compat: Compat | undefined;
  private readonly wanted: string | undefined;

  constructor(cls: string, options: PeriodOptions, known: readonly string[], lines: readonly L[]) {
    super(cls, options, ['timeframe', 'compat', ...known], lines);
    if (options.timeframe !== undefined) frameOf(options.timeframe);
    this.compat = options.compat;
    this.wanted = options.timeframe;
  }

  /** @internal */
  protected running(window = 1): RunningReturn {
    return new RunningReturn(
      frameOf(this.wanted ?? barPeriod(this.run.datas[0]!.timeframe, this.compat)),
      this.compat,
      window,
    );
  }

  /** @internal */
  protected stamps(): StepValues {
    return stampsOf(this.run, this.compat);
  }
}

/** Return of the calendar period so far, after each step, as a fraction. The period is that of the first data's bars unless given. */
export class TimeReturnObserver extends PeriodObserver<'return'> {
  private current: RunningReturn | undefined;

  constructor(options: PeriodOptions = {}) {
    super('TimeReturnObserver', options, [], ['return']);
  }

  override start(): void {
    this.current = this.running();
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'return', Column>>): void {
    const { record, startValue } = this.run;
    const stamps = this.stamps();
    for (let step = from; step < to; step++) {
      const growth = this.current!.growth(stamps.values[step - stamps.base]!, record.performance.at(step), startValue);
      lines.return.set(step, growth - 1);
    }
  }
}

/** Options of BenchmarkObserver. */
export interface BenchmarkOptions extends PeriodOptions {
  /** The data to compare with, by name or number from 0. Default: the first. */
  readonly data?: string | number;
}

/** Return of the calendar period so far, and that of a data beside it, counted from its first close. Fractions. */
export class BenchmarkObserver extends PeriodObserver<'return' | 'benchmark'> {
  private readonly wantedData: string | number;
  private parts:
    { readonly own: RunningReturn; readonly other: RunningReturn; readonly closes: DataCloses } | undefined;

  constructor(options: BenchmarkOptions = {}) {
    super('BenchmarkObserver', options, ['data'], ['return', 'benchmark']);
    this.wantedData = options.data ?? 0;
  }

  override start(): void {
    const closes = new DataCloses(dataOf(this.run, this.wantedData));
    this.parts = { own: this.running(), other: this.running(), closes };
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'return' | 'benchmark', Column>>): void {
    const { own, other, closes } = this.parts!;
    const { record, startValue } = this.run;
    const stamps = this.stamps();
    closes.read(record.time, from, to);
    for (let step = from; step < to; step++) {
      const stamp = stamps.values[step - stamps.base]!;
      lines.return.set(step, own.growth(stamp, record.performance.at(step), startValue) - 1);
      lines.benchmark.set(step, other.growth(stamp, closes.block.values[step - from]!, closes.firstClose) - 1);
    }
  }
}

/** Options of LogReturnsObserver. */
export interface LogReturnsObserverOptions extends PeriodOptions {
  /** The data, by name or number from 0. Default: the first. */
  readonly data?: string | number;
  /** Number of periods of a return. Default 1. */
  readonly window?: number;
}

/** Logarithmic return of a data's closes over `window` calendar periods up to each step, from its first open on. */
export class LogReturnsObserver extends PeriodObserver<'logReturn'> {
  private readonly options: LogReturnsObserverOptions;
  private parts: { readonly growing: RunningReturn; readonly closes: DataCloses } | undefined;

  constructor(options: LogReturnsObserverOptions = {}) {
    super('LogReturnsObserver', options, ['data', 'window'], ['logReturn']);
    checkWhole('window', options.window, 1);
    this.options = options;
  }

  override start(): void {
    const closes = new DataCloses(dataOf(this.run, this.options.data ?? 0));
    this.parts = { growing: this.running(this.options.window ?? 1), closes };
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<'logReturn', Column>>): void {
    const { growing, closes } = this.parts!;
    const stamps = this.stamps();
    closes.read(this.run.record.time, from, to);
    for (let step = from; step < to; step++) {
      const stamp = stamps.values[step - stamps.base]!;
      const growth = growing.growth(stamp, closes.block.values[step - from]!, closes.firstOpen);
      lines.logReturn.set(step, Math.log(growth));
    }
  }
}
