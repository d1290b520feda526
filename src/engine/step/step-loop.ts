/** The engine's step: the cursors move to the next close, the broker matches, strategies are notified and called, the step is recorded. */
import { blockSteps, type RunRecord, type RunStatistics } from '../../analyzers/index.ts';
import { StrictCheck, type EngineBroker, type QuietSpan, type RiskDesk } from '../../broker/index.ts';
import { rollBars, type Timeline } from '../../lines/index.ts';
import type { Replay } from '../../feeds/index.ts';
import type { DayTimer, TimerBook, Timers } from '../strategy/timers.ts';
import { Merge } from './merge.ts';
import { HeldEquity, type EquityKeeper } from '../result/equity.ts';
import { SingleLoop, leaderOf } from './single-loop.ts';
import type { StrategyAccount } from './strategy-account.ts';
import type { RunWatch } from '../plan/run-watch.ts';
import { failureOf } from '../strategy/strategy-failure.ts';
import { distribute, type StrategyRun } from '../strategy/strategy-run.ts';

const noTimers = { count: 0 };

/** The parts of a run that not every run has. */
export interface LoopOptions {
  readonly cheatOnOpen: boolean;
  /** Receives each block of steps. */
  readonly equity: EquityKeeper;
  /** Observes each block of steps; undefined where the equity curve shows it the steps later. */
  readonly statistics: RunStatistics | undefined;
  /** By strategy: its own account, recorded beside the whole; empty where the strategies share one. */
  readonly accounts?: readonly StrategyAccount[];
  /** By data: what moves a data whose bars grow. */
  readonly replays?: readonly (Replay | undefined)[];
  readonly timers?: Timers;
  readonly watch?: RunWatch | undefined;
  /** Whether what is open is closed within the last step. */
  readonly closesAtEnd?: boolean;
  /** Whether the steps are the bars of a leading data, so that the quick loop may run them. */
  readonly isFastPathAllowed: boolean;
  /** Whether every step is checked. */
  readonly isStrict?: boolean;
  /** Whether the account may hold something before the first step. */
  readonly isAsFound?: boolean;
}

/** Drives strategies over timelines, step by step; the same in every mode. */
export class StepLoop {
  /** The engine's clock, in an array because a number in a field would be boxed each step. */
  private readonly clockCell = new Float64Array([NaN]);
  private readonly timelines: readonly Timeline[];
  private readonly broker: EngineBroker;
  private readonly runs: readonly StrategyRun[];
  private readonly record: RunRecord;
  private readonly options: LoopOptions;
  /** The strategy whose hook is running, for errors. */
  private active: StrategyRun | undefined;
  private readonly hearsSteps: boolean;
  private isLast = false;
  private readonly hasSeveral: boolean;
  /** The data whose every bar is a step, where there is one; the steps' times are read from its bars. */
  private leader: Timeline | undefined;
  private readonly merge: Merge;
  private readonly timers: Timers | undefined;
  /** Watches the value from step to step, where the run has rules of risk. */
  private readonly risk: RiskDesk | undefined;
  private readonly replays: readonly (Replay | undefined)[];
  /** Whether some data has growing bars, whose indicators are computed in every step. */
  private readonly hasGrowing: boolean;
  private readonly nextCell = new Float64Array([NaN]);
  /** The equity curve where it is kept as changes of cash and size. */
  private readonly held: HeldEquity | undefined;
  /** Whether the equity curve, statistics or an analyzer reads the recorded steps. */
  private readonly isRecorded: boolean;
  private readonly accounts: readonly StrategyAccount[];
  /** What checks every step; one for each part of a divided account, none in a run that is not strict. */
  private readonly checks: readonly StrictCheck[];

  constructor(
    timelines: readonly Timeline[],
    broker: EngineBroker,
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
    this.accounts = options.accounts ?? [];
    this.risk = runs[0]?.entry.risk;
    this.replays = options.replays ?? [];
    this.leader = options.isFastPathAllowed ? leaderOf(timelines, this.replays) : undefined;
    this.merge = new Merge(timelines, this.replays, this.clockCell);
    this.hasGrowing = this.replays.some((replay) => replay !== undefined);
    this.hasSeveral = timelines.length > 1;
    this.hearsSteps = runs.some((run) => run.hearsSteps);
    const { isStrict = false, isAsFound = false } = options;
    this.checks = isStrict ? (broker.parts ?? [broker]).map((one) => new StrictCheck(one, timelines, isAsFound)) : [];
    broker.notices.isTerse = !isStrict && !runs.some((run) => run.hearsOrders);
    this.held = options.equity instanceof HeldEquity ? options.equity : undefined;
    this.isRecorded =
      this.held === undefined || options.statistics !== undefined || runs.some(({ analyzers }) => analyzers.length > 0);
  }

  /**
   * Backtest: runs every step that the loaded bars allow. A step is known once every data that may still get bars has its next one.
   *
   * @param isOver - By data: whether no more bars will be loaded.
   */
  runLoaded(isOver: readonly boolean[]): void {
    this.guard(() => {
      const leader = this.quickLeader;
      const { quiet } = this.broker;
      if (leader !== undefined && quiet !== undefined) this.runQuickly(leader, quiet, this.runs[0]!);
      this.runGenerally(isOver);
    });
  }

  /** Session: runs the next step; false when it is not known yet. Call `refresh` after new bars. */
  runNext(): boolean {
    try {
      if (!this.moveNext()) return false;
      this.step();
      return true;
    } catch (error) {
      throw failureOf(this.active, error);
    } finally {
      this.active = undefined;
    }
  }

  /** Session: moves the cursors over loaded history without running a step. */
  skipLoaded(): void {
    this.merge.refresh();
    while (this.moveNext()) this.leader = undefined;
    this.broker.mark();
  }

  /** Session: finds the next step among the bars that have arrived. */
  refresh(): void {
    this.merge.refresh();
  }

  /** Closes every position at the latest closes, and corrects the step recorded last. */
  closeAll(): void {
    const { broker, record, leader, held } = this;
    this.closeOut();
    if (leader !== undefined && held !== undefined && broker.quiet !== undefined) {
      broker.quiet.refresh(leader.id);
      held.hold(leader.index, broker.quiet.values);
    }
    const last = record.pending - 1;
    if (last < 0) return;
    record.workOut();
    write(record, last, broker);
    for (const account of this.accounts) write(account.record, last, account.broker);
  }

  private closeOut(): void {
    for (const run of this.runs) run.entry.closeAll('the run ended');
    this.deliverNotices();
  }

  /** Delivers what happened to orders since the last step. */
  deliverNotices(): void {
    this.distribute();
    this.callEach((run) => {
      run.deliverNotices();
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

  /** Calls a hook of every strategy; what it throws becomes a StrategyError. */
  callEach(hook: (run: StrategyRun) => void): void {
    this.guard(() => {
      for (const run of this.runs) hook((this.active = run));
    });
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw failureOf(this.active, error);
    } finally {
      this.active = undefined;
    }
  }

  /** Moves the datas to the next step without running it; false when it is not known yet. */
  private moveNext(): boolean {
    if (!this.merge.peek(this.nextCell)) return false;
    this.merge.move(this.nextCell);
    if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
    return true;
  }

  /** The data whose bars are the steps, if the quick loop can run them: one strategy, an account that allows quiet spans, and no analyzer of single steps. */
  private get quickLeader(): Timeline | undefined {
    const isAlone = this.runs.length === 1 && this.record.fundValue === undefined;
    return isAlone &&
      this.broker.quiet?.isPossible === true &&
      !this.hearsSteps &&
      this.risk === undefined &&
      this.checks.length === 0 &&
      !this.options.cheatOnOpen
      ? this.leader
      : undefined;
  }

  private runQuickly(leader: Timeline, quiet: QuietSpan, run: StrategyRun): void {
    this.active = run;
    const { isRecorded, held, broker, record, timers = noTimers } = this;
    const single = new SingleLoop({
      leader,
      timelines: this.timelines,
      broker,
      quiet,
      record,
      run,
      timers,
      held,
      isRecorded,
      flush: () => {
        this.flush();
      },
    });
    const isWhole = single.advance();
    if (leader.index >= 0) this.clockCell[0] = leader.closeAt(leader.index);
    if (!isWhole) this.note();
  }

  private runGenerally(isOver: readonly boolean[]): void {
    const { merge, nextCell } = this;
    const { watch } = this.options;
    const closesWithin = this.options.closesAtEnd === true && this.hearsSteps;
    merge.refresh(isOver);
    let ready = 0;
    let isHistory = watch?.from !== undefined;
    while (merge.peek(nextCell)) {
      if (ready-- === 0) {
        // No data moves by more than a bar a step.
        ready = rollBars - 1;
        for (const run of this.runs) run.graph.roll(rollBars);
      }
      if (this.options.cheatOnOpen) {
        const opening = merge.opening(nextCell);
        watch?.opens?.(opening);
        this.callNextOpen(opening, nextCell[0]!);
      }
      watch?.moving?.(nextCell[0]!);
      if (isHistory && nextCell[0]! < watch!.from!) {
        merge.move(nextCell);
        if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
        continue;
      }
      if (isHistory) {
        isHistory = false;
        this.broker.mark();
      }
      merge.move(nextCell);
      if (watch?.isStepwise === true) for (const run of this.runs) run.graph.reveal();
      if (this.hasGrowing) for (const run of this.runs) run.graph.follow();
      if (this.hasSeveral && !merge.haveAllMoved) this.endDatas(isOver);
      // Whoever is shown each step sees the last one once, with what closing did to it.
      this.isLast = closesWithin && isOver.every(Boolean) && !merge.peek(nextCell);
      this.step();
      watch?.stepped?.(this.clock, this.runs);
    }
  }

  private callNextOpen(moving: readonly Timeline[], clock: number): void {
    for (const timeline of moving) timeline.openingPrice = timeline.open.at(timeline.index + 1);
    if (this.timers?.cheat.isEmpty === false) {
      for (const run of this.runs) run.entry.isAtOpen = true;
      this.fireTimers(this.timers.cheat, clock);
      for (const run of this.runs) run.entry.isAtOpen = false;
    }
    for (const run of this.runs) {
      if (!run.isWarm) continue;
      this.active = run;
      run.entry.isAtOpen = true;
      run.call('nextOpen');
      run.entry.isAtOpen = false;
    }
    for (const timeline of moving) timeline.openingPrice = NaN;
  }

  private step(): void {
    const { broker, runs, timers } = this;
    if (timers?.cheat.isEmpty === false && !this.options.cheatOnOpen) this.fireTimers(timers.cheat, this.clock);
    broker.step();
    if (this.risk !== undefined) this.risk.observe(this.clock, broker.value);
    this.distribute();
    if (this.checks.length > 0) this.checkAll();
    if (timers?.plain.isEmpty === false) this.fireTimers(timers.plain, this.clock);
    for (let k = 0; k < runs.length; k++) {
      const run = runs[k]!;
      this.active = run;
      run.step();
    }
    if (this.isLast) this.closeOut();
    this.note();
  }

  /** Passes what happened to orders on to their strategies. */
  private distribute(): void {
    const { broker, runs, checks } = this;
    const { notices } = broker;
    if (notices.count === 0) return;
    if (checks.length > 0) {
      this.active = undefined;
      for (let k = 0; k < notices.count; k++) {
        const notice = notices.items[k]!;
        (checks[notice.working.owner] ?? checks[0]!).hear(notice);
      }
    }
    distribute(notices, runs);
  }

  private checkAll(): void {
    this.active = undefined;
    for (const one of this.checks) one.check(this.clock);
  }

  /** Cancels the orders on datas that have no further bar while others go on. */
  private endDatas(isOver: readonly boolean[]): void {
    const { timelines, runs } = this;
    for (let k = 0; k < timelines.length; k++) {
      const timeline = timelines[k]!;
      if (timeline.isNew) continue;
      const { index, loaded } = timeline.ticks ?? timeline;
      if (index + 1 < loaded || isOver[k] !== true || timeline.follows !== undefined || index < 0) continue;
      for (const run of runs) {
        const data = run.datas[k]!;
        if (!this.broker.rules.endsOrdersWithData || run.entry.ended.has(data)) continue;
        run.entry.ended.add(data);
        run.entry.cancelAll(data, `'${data.name}' has ended`);
      }
    }
  }

  private fireTimers(book: TimerBook, clock: number): void {
    book.check(clock, (timer, when) => {
      if (timer.owner !== undefined) this.notifyTimer(this.runs[timer.owner]!, timer, when);
      else if (timer.callback !== undefined) {
        if (!this.runs.every((run) => run.isAsleep)) timer.callback(timer, when);
      } else for (const run of this.runs) this.notifyTimer(run, timer, when);
    });
  }

  private notifyTimer(run: StrategyRun, timer: DayTimer, when: number): void {
    if (run.isAsleep) return;
    this.active = run;
    const { callback } = timer as { readonly callback: ((timer: DayTimer, when: number) => unknown) | undefined };
    run.entry.cause = 'time';
    run.sync('notifyTimer', callback === undefined ? run.hooks.notifyTimer(timer, when) : callback(timer, when));
    run.entry.cause = undefined;
  }

  /** Records the step. */
  private note(): void {
    const { record, broker, leader, held, accounts } = this;
    // A full block is shown when the next step comes: the end of a run corrects the last step.
    if (record.pending === blockSteps) this.flush();
    const { pending } = record;
    this.noteIn(record, broker);
    for (let k = 0; k < accounts.length; k++) this.noteIn(accounts[k]!.record, accounts[k]!.broker);
    if (leader !== undefined && held !== undefined) {
      const step = record.length + pending;
      if (broker.quiet !== undefined && broker.holdsOnly(leader.id)) {
        broker.quiet.refresh(leader.id);
        held.hold(step, broker.quiet.values);
      } else held.release(step);
    }
    if (this.hearsSteps) this.showStep();
  }

  private noteIn(record: RunRecord, broker: EngineBroker): void {
    const { pending } = record;
    write(record, pending, broker);
    record.pending = pending + 1;
    if (this.leader !== undefined) return;
    record.time.values[pending] = this.clockCell[0]!;
    this.firstMoved().writeOpen(record.opened.values, pending);
  }

  /** Makes the pending steps a block, and shows it to the curve and the run's statistics. */
  private settle(): void {
    this.record.settle(this.leader);
    this.options.equity.take(this.record);
    for (const { record, equity } of this.accounts) {
      record.settle(this.leader);
      equity.take(record);
    }
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

/** Writes the account's figures into one row of a record. */
function write(record: RunRecord, row: number, broker: EngineBroker): void {
  record.cash.values[row] = broker.cash;
  record.value.values[row] = broker.value;
  record.gross.values[row] = broker.grossValue;
  if (record.fundValue !== undefined) record.fundValue.values[row] = broker.fundValue;
}
