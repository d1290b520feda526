/** The engine's step: cursors move to the next close, the broker matches, strategies are told and called, the step is recorded. */
import { blockSteps, type RunRecord, type RunStatistics } from '../../analyzers/index.ts';
import type { BackBroker } from '../../broker/index.ts';
import { rollBars, type Timeline } from '../../lines/index.ts';
import type { Replay } from '../../feeds/index.ts';
import type { DayTimer, TimerBook, Timers } from '../strategy/timers.ts';
import { distribute } from './distribute.ts';
import { Merge } from './merge.ts';
import { HeldEquity, type EquityKeeper } from '../result/equity.ts';
import { leaderOf } from './followers.ts';
import { LoneLoop } from './single-loop.ts';
import type { RunWatch } from '../plan/run-watch.ts';
import { failureOf } from '../strategy/strategy-failure.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

const noTimers = { count: 0 };

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
  /** The data whose every bar is a step, where there is one: its bars tell the times of the steps. */
  private leader: Timeline | undefined;
  private readonly merge: Merge;
  private readonly timers: Timers | undefined;
  private readonly replays: readonly (Replay | undefined)[];
  /** Whether there are bars that grow, with indicators to be computed each step. */
  private readonly hasGrowing: boolean;
  private readonly nextCell = new Float64Array([NaN]);
  /** The equity curve where it is kept as cash and size. */
  private readonly held: HeldEquity | undefined;
  /** Whether anybody reads the steps one by one. */
  private readonly isRecorded: boolean;

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
    this.leader = options.watch === undefined ? leaderOf(timelines, this.replays) : undefined;
    this.merge = new Merge(timelines, this.replays, this.clockCell);
    this.hasGrowing = this.replays.some((replay) => replay !== undefined);
    this.hearsSteps = runs.some((run) => run.hearsSteps);
    broker.desk.notices.isTerse = !runs.some((run) => run.hearsOrders);
    this.held = options.equity instanceof HeldEquity ? options.equity : undefined;
    this.isRecorded =
      this.held === undefined || options.statistics !== undefined || runs.some(({ analyzers }) => analyzers.length > 0);
  }

  /**
   * Runs steps as long as every data whose source is not over has a further bar.
   *
   * @param isOver - By data: whether no more bars will be loaded.
   */
  advance(isOver: readonly boolean[]): void {
    try {
      const { loneLeader } = this;
      if (loneLeader !== undefined) this.advanceAlone(loneLeader, this.runs[0]!);
      this.advanceMany(isOver);
    } catch (error) {
      throw failureOf(this.speaker, error);
    } finally {
      this.speaker = undefined;
    }
  }

  /** Looks at the bars that have come since, for runs whose bars come one by one. */
  refresh(isOver: readonly boolean[]): void {
    this.merge.refresh(isOver);
  }

  /** Runs the next step, if every data is known up to it. */
  advanceOnce(): boolean {
    try {
      if (!this.merge.peek(this.nextCell)) return false;
      this.merge.move(this.nextCell);
      if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
      this.step();
      return true;
    } catch (error) {
      throw failureOf(this.speaker, error);
    } finally {
      this.speaker = undefined;
    }
  }

  /** Moves the cursors over what is known without making steps of it: history before a live run. */
  warm(isOver: readonly boolean[]): void {
    this.merge.refresh(isOver);
    while (this.merge.peek(this.nextCell)) {
      this.merge.move(this.nextCell);
      if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
      this.leader = undefined;
    }
    this.broker.mark();
  }

  /** Tells strategies at once what the broker has said since the last step. */
  hear(): void {
    if (this.broker.desk.notices.count > 0) distribute(this.broker.desk.notices, this.runs);
    this.tell((run) => {
      run.hear();
    });
  }

  /** The engine's clock: close of the present step's bars, milliseconds UTC; NaN before the first. */
  get clock(): number {
    return this.clockCell[0]!;
  }

  /** Shows the analyzers what they have not seen yet. */
  flush(): void {
    if (this.record.pending === 0) return;
    this.settle();
    for (const run of this.runs) run.observeBlock(this.record.length);
  }

  /** Calls a hook of every strategy, with errors explained. */
  tell(hook: (run: StrategyRun) => void): void {
    try {
      for (const run of this.runs) hook((this.speaker = run));
    } catch (error) {
      throw failureOf(this.speaker, error);
    } finally {
      this.speaker = undefined;
    }
  }

  /** The data whose bars are the steps, where one strategy runs, on spot, and nobody looks at single steps. */
  get loneLeader(): Timeline | undefined {
    const isAlone = this.runs.length === 1 && this.record.fundValue === undefined && this.broker.isPlain;
    return isAlone && !this.hearsSteps && !this.options.cheatOnOpen ? this.leader : undefined;
  }

  private advanceAlone(leader: Timeline, run: StrategyRun): void {
    this.speaker = run;
    const { isRecorded, held, broker, record, timers = noTimers } = this;
    const lone = new LoneLoop({
      leader,
      timelines: this.timelines,
      broker,
      record,
      run,
      timers,
      held,
      isRecorded,
      flush: () => {
        this.flush();
      },
    });
    const isWhole = lone.advance();
    if (leader.index >= 0) this.clockCell[0] = leader.closeAt(leader.index);
    if (!isWhole) this.note();
  }

  private advanceMany(isOver: readonly boolean[]): void {
    const { merge, nextCell } = this;
    const { watch } = this.options;
    merge.refresh(isOver);
    let ready = 0;
    while (merge.peek(nextCell)) {
      if (ready-- === 0) {
        // No data moves by more than a bar a step.
        ready = rollBars - 1;
        for (const run of this.runs) run.graph.roll(rollBars);
      }
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
    if (broker.desk.notices.count > 0) distribute(broker.desk.notices, runs);
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

  /** Records the step. Written out in place: numbers passed through calls would be boxed, once per bar. */
  private note(): void {
    const { record, broker, leader, held } = this;
    const { pending } = record;
    record.cash.values[pending] = broker.cash;
    record.value.values[pending] = broker.value;
    record.gross.values[pending] = broker.grossValue;
    record.pending = pending + 1;
    if (leader === undefined) {
      const timeline = this.firstMoved();
      record.time.values[pending] = this.clockCell[0]!;
      record.opened.values[pending] = timeline.time.values[timeline.index - timeline.time.base]!;
    }
    if (record.fundValue !== undefined) record.fundValue.values[pending] = broker.fundValue;
    if (leader !== undefined && held !== undefined) {
      const step = record.length + pending;
      if (broker.holdsOnly(leader.id)) held.hold(step, broker.cash, broker.positionOf(leader.id).size);
      else held.release(step);
    }
    if (this.hearsSteps) this.showStep();
    else if (record.pending === blockSteps) this.flush();
  }

  /** Makes the pending steps a block, and shows it to the curve and the run's statistics. */
  private settle(): void {
    this.record.settle(this.leader);
    this.options.equity.take(this.record);
    this.options.statistics?.observe(this.record.value.base, this.record.length);
  }

  private showStep(): void {
    const step = this.record.length;
    this.settle();
    for (const run of this.runs) {
      run.observeStep(step);
      run.observeBlock(this.record.length);
    }
  }

  /** The data that gives a step its opening time: the first, or the first that moved. */
  private firstMoved(): Timeline {
    for (let k = 0; k < this.timelines.length; k++) if (this.timelines[k]!.isNew) return this.timelines[k]!;
    return this.timelines[0]!;
  }
}
