/** Observers of drawdown: its depth and its length. */
import type { Column } from '../../lines/index.ts';
import type { Compat } from '../options.ts';
import { Observer } from './observer.ts';

/** Options of the drawdown observers. */
export interface DrawDownObserverOptions {
  /** `backtrader`: the first peak is the value after the first step. Default: the start value of the run. */
  readonly compat?: Compat;
}

abstract class PeakObserver<L extends string> extends Observer<L> {
  private readonly compat: Compat | undefined;
  private peak = -Infinity;

  constructor(cls: string, options: DrawDownObserverOptions, lines: readonly L[]) {
    super(cls, options, ['compat'], lines);
    this.compat = options.compat;
  }

  override start(): void {
    if (this.compat === undefined) this.peak = this.run.startValue;
  }

  protected override fill(from: number, to: number, lines: Readonly<Record<L, Column>>): void {
    const { performance } = this.run.record;
    for (let step = from; step < to; step++) {
      const value = performance.at(step);
      if (value >= this.peak) this.peak = value;
      this.put(step, value < this.peak && this.peak > 0 ? (this.peak - value) / this.peak : 0, lines);
    }
  }

  /** @internal */
  protected abstract put(step: number, depth: number, lines: Readonly<Record<L, Column>>): void;
}

/** Drawdown after each step, and the deepest so far; fractions of the peak. */
export class DrawDownObserver extends PeakObserver<'depth' | 'maxDepth'> {
  private deepest = 0;

  constructor(options: DrawDownObserverOptions = {}) {
    super('DrawDownObserver', options, ['depth', 'maxDepth']);
  }

  /** @internal */
  protected override put(step: number, depth: number, lines: Readonly<Record<'depth' | 'maxDepth', Column>>): void {
    if (depth > this.deepest) this.deepest = depth;
    lines.depth.set(step, depth);
    lines.maxDepth.set(step, this.deepest);
  }
}

/** Steps since the peak, and the most so far. */
export class DrawDownLengthObserver extends PeakObserver<'length' | 'maxLength'> {
  private length = 0;
  private longest = 0;

  constructor(options: DrawDownObserverOptions = {}) {
    super('DrawDownLengthObserver', options, ['length', 'maxLength']);
  }

  /** @internal */
  protected override put(step: number, depth: number, lines: Readonly<Record<'length' | 'maxLength', Column>>): void {
    this.length = depth > 0 ? this.length + 1 : 0;
    if (this.length > this.longest) this.longest = this.length;
    lines.length.set(step, this.length);
    lines.maxLength.set(step, this.longest);
  }
}
