/** The engine's step: cursors move to the next close, the broker matches, strategies are told and called, the step is recorded. */
import { blockSteps, type RunRecord, type RunStatistics } from '../analyzers/index.ts';
import type { BackBroker } from '../broker/index.ts';
import { StrategyError, TradingError, formatTime } from '../core/index.ts';
import type { Timeline } from '../lines/index.ts';
import type { Replay } from '../feeds/index.ts';
import type { DayTimer, TimerBook, Timers } from './timers.ts';
import { Merge } from './stream-merge.ts';
import type { EquityKeeper } from './equity.ts';
import type { RunWatch } from './stream-watch.ts';
import type { StrategyRun } from './strategy-run.ts';

/** What the loop is told of a run. */
export interface LoopOptions {
  readonly cheatOnOpen: boolean;
  /** Takes each block of steps for the equity curve. */
  readonly equity: EquityKeeper;
  /** Reads each block of steps for the run's statistics. */
  readonly statistics: RunStatistics | undefined;
  /** What moves the datas that are replayed, by data. */
  readonly replays?: readonly (Replay | undefined)[];
  readonly timers?: Timers;
  readonly watch?: RunWatch | undefined;
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
  /** The run's only data, when there is one. */
  private readonly only: Timeline | undefined;
  private readonly merge: Merge;
  private readonly timers: Timers | undefined;
  private readonly replays: readonly (Replay | undefined)[];
  /** Whether there are bars that grow, with indicators to be computed each step. */
  private readonly hasGrowing: boolean;
  private readonly nextCell = new Float64Array([NaN]);

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
    this.timers = options.timers;
    this.replays = options.replays ?? [];
    this.only =
      timelines.length === 1 && this.replays[0] === undefined && options.watch === undefined ? timelines[0] : undefined;
    this.merge = new Merge(timelines, this.replays, this.clockCell);
    this.hasGrowing = this.replays.some((replay) => replay !== undefined);
    this.hearsSteps = runs.some((run) => run.hearsSteps);
  }

  /**
   * Runs steps as long as every data whose source is not over has a further bar.
   *
   * @param isOver - By data: whether no more bars will be loaded.
   */
  advance(isOver: readonly boolean[]): void {
    try {
      if (this.only !== undefined) this.advanceOne(this.only);
      else this.advanceMany(isOver);
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.speaker = undefined;
    }
  }

  /** The engine's clock: close of the present step's bars, milliseconds UTC; NaN before the first. */
  get clock(): number {
    return this.only === undefined ? this.clockCell[0]! : this.only.closeAt(this.only.index);
  }

  /** Shows the analyzers what they have not seen yet. */
  flush(): void {
    if (this.record.pending === 0) return;
    this.record.settle(this.only);
    this.options.equity.take(this.record);
    this.options.statistics?.observe(this.record.time.base, this.record.length);
    for (const run of this.runs) run.observeBlock(this.record.length);
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
    const isAlone = this.runs.length === 1 && !this.hearsSteps && this.record.fundValue === undefined;
    if (isAlone && !cheatOnOpen && this.broker.isPlain) {
      this.advanceAlone(timeline, last, this.runs[0]!);
    }
    while (timeline.index < last) {
      if (cheatOnOpen) this.tellOpen([timeline], timeline.closeAt(timeline.index + 1));
      timeline.index++;
      this.step();
    }
  }

  /**
   * The same steps for the most common run: one data, one strategy, nothing that looks at single steps. Between fills cash and
   * size stay as they are, so that the broker is asked only when it has work, and the steps between are recorded together; the
   * first timer ends it.
   */
  private advanceAlone(timeline: Timeline, last: number, run: StrategyRun): void {
    const { broker, timers } = this;
    const { desk } = broker;
    this.speaker = run;
    broker.isMarkedLate = true;
    while (timeline.index < last && timers?.plain.isEmpty !== false && timers?.cheat.isEmpty !== false) {
      if (timeline.index + 1 - this.record.length - this.record.pending === blockSteps) this.noteUpTo(timeline);
      if (desk.isBusy || desk.notices.count > 0 || broker.hasIncoming) {
        this.noteUpTo(timeline);
        timeline.index++;
        broker.step();
        if (desk.notices.count > 0) this.distribute();
      } else timeline.index++;
      run.step();
    }
    this.noteUpTo(timeline);
    broker.isMarkedLate = false;
    broker.mark();
  }

  /** Records the steps up to the present one, in which neither cash nor position changed. */
  private noteUpTo(timeline: Timeline): void {
    const { record, broker } = this;
    const { close } = timeline;
    const size = broker.positionOf(timeline.id).size;
    const { cash } = broker;
    for (let step = record.length + record.pending; step <= timeline.index; step++) {
      const at = record.pending++;
      const worth = size === 0 ? 0 : size * close.values[step - close.base]!;
      record.cash.values[at] = cash;
      record.value.values[at] = cash + worth;
      record.gross.values[at] = Math.abs(worth);
      if (record.pending === blockSteps) this.flush();
    }
  }

  private advanceMany(isOver: readonly boolean[]): void {
    const { merge, nextCell } = this;
    const { watch } = this.options;
    merge.refresh(isOver);
    while (merge.peek(nextCell)) {
      if (this.options.cheatOnOpen) {
        const opening = merge.opening(nextCell);
        watch?.opens?.(opening);
        this.tellOpen(opening, nextCell[0]!);
      }
      watch?.moving?.(nextCell[0]!);
      merge.move(nextCell);
      if (watch?.isStepwise === true) for (const run of this.runs) run.graph.reveal();
      if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
      this.step();
      watch?.stepped?.(this.clock, this.runs);
    }
  }

  private tellOpen(moving: readonly Timeline[], clock: number): void {
    for (const timeline of moving) timeline.openingPrice = timeline.open.at(timeline.index + 1);
    if (this.timers?.cheat.isEmpty === false) {
      for (const run of this.runs) run.entry.isAtOpen = true;
      this.ring(this.timers.cheat, clock);
      for (const run of this.runs) run.entry.isAtOpen = false;
    }
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
    const { broker, runs, timers } = this;
    if (timers?.cheat.isEmpty === false && !this.options.cheatOnOpen) this.ring(timers.cheat, this.clock);
    broker.step();
    if (broker.desk.notices.count > 0) this.distribute();
    if (timers?.plain.isEmpty === false) this.ring(timers.plain, this.clock);
    for (let k = 0; k < runs.length; k++) {
      const run = runs[k]!;
      this.speaker = run;
      run.step();
    }
    this.note();
  }

  private ring(book: TimerBook, clock: number): void {
    book.check(clock, (timer, when) => {
      if (timer.owner !== undefined) this.notifyTimer(this.runs[timer.owner]!, timer, when);
      else if (timer.callback !== undefined) timer.callback(timer, when);
      else for (const run of this.runs) this.notifyTimer(run, timer, when);
    });
  }

  private notifyTimer(run: StrategyRun, timer: DayTimer, when: number): void {
    this.speaker = run;
    if (timer.callback === undefined) run.strategy.notifyTimer(timer, when);
    else timer.callback(timer, when);
  }

  /** Puts what the broker said to each order's strategy. */
  private distribute(): void {
    const { notices } = this.broker.desk;
    for (let k = 0; k < notices.count; k++) {
      const notice = notices.items[k]!;
      this.runs[notice.working.owner]!.notices.push(notice);
    }
    notices.clear();
  }

  /** Records the step. Written out in place: numbers passed through calls would be boxed, once per bar. */
  private note(): void {
    const { record, broker, only } = this;
    const { pending } = record;
    record.cash.values[pending] = broker.cash;
    record.value.values[pending] = broker.value;
    record.gross.values[pending] = broker.grossValue;
    record.pending = pending + 1;
    if (only === undefined) {
      const timeline = this.leader();
      record.time.values[pending] = this.clockCell[0]!;
      record.opened.values[pending] = timeline.time.values[timeline.index - timeline.time.base]!;
    }
    if (record.fundValue !== undefined) record.fundValue.values[pending] = broker.fundValue;
    if (this.hearsSteps) this.showStep();
    else if (record.pending === blockSteps) this.flush();
  }

  private showStep(): void {
    const step = this.record.length;
    this.record.settle(this.only);
    this.options.equity.take(this.record);
    this.options.statistics?.observe(this.record.time.base, this.record.length);
    for (const run of this.runs) {
      run.observeStep(step);
      run.observeBlock(this.record.length);
    }
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
