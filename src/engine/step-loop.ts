/** The engine's step: cursors move to the next close, the broker matches, strategies are told and called, the step is recorded. */
import type { RunRecord } from '../analyzers/index.ts';
import type { BackBroker } from '../broker/index.ts';
import { StrategyError, TradingError, formatTime } from '../core/index.ts';
import type { Timeline } from '../lines/index.ts';
import type { StrategyRun } from './strategy-run.ts';

/** What the loop is told of a run. */
export interface LoopOptions {
  readonly cheatOnOpen: boolean;
}

/** Drives strategies over timelines, step by step; the same in every mode. */
export class StepLoop {
  /** The engine's clock, in an array because a number in a field would be boxed each step. */
  private readonly clockCell = new Float64Array([NaN]);
  private readonly timelines: readonly Timeline[];
  private readonly broker: BackBroker;
  private readonly runs: readonly StrategyRun[];
  private readonly record: RunRecord;
  private readonly options: LoopOptions;
  private speaker: StrategyRun | undefined;
  private readonly hearsSteps: boolean;

  constructor(
    timelines: readonly Timeline[],
    broker: BackBroker,
    runs: readonly StrategyRun[],
    record: RunRecord,
    options: LoopOptions,
  ) {
    this.timelines = timelines;
    this.broker = broker;
    this.runs = runs;
    this.record = record;
    this.options = options;
    this.hearsSteps = runs.some((run) => run.hearsSteps);
  }

  /**
   * Runs steps as long as every data whose source is not over has a further bar.
   *
   * @param isOver - By data: whether no more bars will be loaded.
   */
  advance(isOver: readonly boolean[]): void {
    try {
      if (this.timelines.length === 1) this.advanceOne(this.timelines[0]!);
      else while (this.moveMany(isOver)) this.step();
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.speaker = undefined;
    }
  }

  /** The engine's clock: close of the present step's bars, milliseconds UTC; NaN before the first. */
  get clock(): number {
    return this.clockCell[0]!;
  }

  /** Shows the analyzers what they have not seen yet. */
  flush(): void {
    const step = this.record.length;
    this.record.settle();
    for (const run of this.runs) {
      if (run.hearsSteps) for (let k = step; k < this.record.length; k++) run.observeStep(k);
      run.observeBlock(this.record.length);
    }
  }

  /** Calls a hook of every strategy, with errors explained. */
  tell(hook: (run: StrategyRun) => void): void {
    try {
      for (const run of this.runs) hook((this.speaker = run));
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.speaker = undefined;
    }
  }

  private advanceOne(timeline: Timeline): void {
    const last = timeline.loaded - 1;
    const { cheatOnOpen } = this.options;
    timeline.isNew = true;
    while (timeline.index < last) {
      if (cheatOnOpen) this.tellOpen([timeline]);
      timeline.index++;
      this.clockCell[0] = timeline.closeAt(timeline.index);
      this.step();
    }
  }

  /** Moves every data whose next bar closes first; false when a bar is missing to know which. */
  private moveMany(isOver: readonly boolean[]): boolean {
    const { timelines } = this;
    let next = Infinity;
    for (let k = 0; k < timelines.length; k++) {
      const timeline = timelines[k]!;
      const index = timeline.index + 1;
      if (index < timeline.loaded) {
        const close = timeline.closeAt(index);
        if (close < next) next = close;
      } else if (isOver[k] !== true) return false;
    }
    if (next === Infinity) return false;
    if (this.options.cheatOnOpen) this.tellOpen(timelines.filter((one) => one.closeAt(one.index + 1) <= next));
    for (let k = 0; k < timelines.length; k++) {
      const timeline = timelines[k]!;
      const index = timeline.index + 1;
      timeline.isNew = index < timeline.loaded && timeline.closeAt(index) <= next;
      if (timeline.isNew) timeline.index = index;
    }
    this.clockCell[0] = next;
    return true;
  }

  private tellOpen(moving: readonly Timeline[]): void {
    for (const timeline of moving) timeline.openingPrice = timeline.open.at(timeline.index + 1);
    for (const run of this.runs) {
      if (!run.isWarm) continue;
      this.speaker = run;
      run.entry.isAtOpen = true;
      run.strategy.nextOpen();
      run.entry.isAtOpen = false;
    }
    for (const timeline of moving) timeline.openingPrice = NaN;
  }

  private step(): void {
    const { broker, runs } = this;
    broker.step();
    if (broker.desk.notices.length > 0) this.distribute();
    for (let k = 0; k < runs.length; k++) {
      const run = runs[k]!;
      this.speaker = run;
      run.step();
    }
    this.note();
  }

  /** Puts what the broker said to each order's strategy. */
  private distribute(): void {
    const { notices } = this.broker.desk;
    for (const notice of notices) this.runs[notice.working.owner]!.notices.push(notice);
    notices.length = 0;
  }

  /** Records the step. Written out in place: numbers passed through calls would be boxed, once per bar. */
  private note(): void {
    const { record, broker } = this;
    const { block, filled } = record;
    const timeline = this.leader();
    block[filled] = this.clockCell[0]!;
    block[filled + 1] = timeline.time.values[timeline.index - timeline.time.base]!;
    block[filled + 2] = broker.cash;
    block[filled + 3] = broker.value;
    block[filled + 4] = broker.grossValue;
    block[filled + 5] = broker.fundValue;
    record.filled = filled + 6;
    if (filled + 6 === block.length) this.flush();
    else if (this.hearsSteps) this.showStep();
  }

  private showStep(): void {
    const step = this.record.length;
    this.record.settle();
    for (const run of this.runs) run.observeStep(step);
  }

  /** The data that gives a step its opening time: the first, or the first that moved. */
  private leader(): Timeline {
    for (let k = 0; k < this.timelines.length; k++) if (this.timelines[k]!.isNew) return this.timelines[k]!;
    return this.timelines[0]!;
  }

  /** A strategy's own error, with where and when it happened; ours are passed on. */
  private explain(error: unknown): unknown {
    const run = this.speaker;
    if (run === undefined || error instanceof StrategyError) return error;
    const data = run.datas[0];
    const time = data?.time ?? NaN;
    const when = Number.isFinite(time)
      ? `at the bar of ${formatTime(time)} (${data?.symbol ?? ''})`
      : 'before the first bar';
    const cause = error instanceof Error ? error.message : String(error);
    return new StrategyError(`${run.name} threw ${when}: ${cause}`, {
      cause: error,
      code: error instanceof TradingError ? error.code : 'strategy',
      context: { strategy: run.name, symbol: data?.symbol, time: Number.isFinite(time) ? time : undefined },
    });
  }
}
