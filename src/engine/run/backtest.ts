/** One backtest: what a Cerebro planned is loaded, run and concluded. */
import { RunRecord, RunStatistics } from '../../analyzers/index.ts';
import { BacktestBroker, DividedBroker, type BrokerOptions, type EngineBroker } from '../../broker/index.ts';
import { checkMethods, ConfigError, systemRuntime } from '../../core/index.ts';
import { BookDataFeed, StreamingFeed, type LoadContext } from '../../feeds/index.ts';
import type { ComputedLines } from '../../lines/index.ts';
import { EquityKeeper, HeldEquity } from '../result/equity.ts';
import { Loader } from '../datas/loader.ts';
import { feedOfPlan } from '../plan/data-plan.ts';
import { cashSharesOf } from '../plan/cash-shares.ts';
import { brokerPart, type RunOptions, type RunPlan } from '../plan/plan.ts';
import { shiftedPlan } from '../plan/shifted-plan.ts';
import type { RunResult } from '../result/result.ts';
import { leaderOf } from '../step/single-loop.ts';
import { StepLoop } from '../step/step-loop.ts';
import type { StrategyAccount } from '../step/strategy-account.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';
import type { Timers } from '../strategy/timers.ts';
import { ThinEquity } from '../result/thinned-equity.ts';
import type { RunWatch } from '../plan/run-watch.ts';
import { keepOptions, Pieces, runInPieces, type KeepOptions } from './bounded-memory.ts';
import { accountsOf, conclude, factsOf, makeRuns, makeTimers } from './assembly.ts';

/** Loads every data of a plan, runs its strategies over them, and gives the result. */
export async function runBacktest(plan: RunPlan, options: RunOptions): Promise<RunResult> {
  if (plan.datas.some((data) => feedOfPlan(data) instanceof BookDataFeed)) {
    // A backtest over bars does not pay for what ticks need.
    const { runTicks } = await import('./ticks.ts');
    return runTicks(plan, options);
  }
  if (options.ticks !== undefined) {
    throw new ConfigError('ticks is for datas with recorded books: add a BookDataFeed', {
      context: { field: 'ticks' },
    });
  }
  if (options.watch?.shiftMs !== undefined) plan = shiftedPlan(plan, options.watch.shiftMs);
  const loader = new Loader(plan.datas);
  const keep = keepOptions(options);
  const lend = (name: string): LoadContext => lendTo(name, plan, options);
  if (keep !== undefined && options.watch !== undefined)
    throw new ConfigError('watch and keepBars cannot both be given');
  const watch = withRecordings(loader, options.watch);
  if (keep === undefined) {
    await loader.load(lend, watch);
    return await runLoaded(plan, loader, watch);
  }
  const pieces = new Pieces(loader, lend);
  try {
    await pieces.begin();
    return await runLoaded(plan, loader, watch, { keep, pieces });
  } finally {
    await pieces.close();
  }
}

/** Runs a plan over what is loaded, in a bounded run over the first pieces and those after them. */
async function runLoaded(
  plan: RunPlan,
  loader: Loader,
  watch: RunWatch | undefined,
  bounded?: Bounded,
): Promise<RunResult> {
  const started = startRun(plan, loader, { watch, bounded });
  if (bounded === undefined) playAll(started, loader, watch);
  else {
    const { runs, loop, broker, statistics } = started;
    await runInPieces({ loader, runs, loop, broker, statistics, keep: bounded.keep }, bounded.pieces);
  }
  return endRun(plan, loader, started);
}

/** Runs a plan over all its bars at once: the sweep's way, in which nothing waits. */
export function runWhole(plan: RunPlan, loader: Loader, computed: ComputedLines): RunResult {
  const started = startRun(plan, loader, { computed });
  playAll(started, loader, undefined);
  return endRun(plan, loader, started);
}

/** Starts a plan as `runWhole` does, computes what its indicators share with other runs, and makes no step. */
export function prepareWhole(plan: RunPlan, loader: Loader, computed: ComputedLines): void {
  const { runs, record } = startRun(plan, loader, { computed });
  prepareIndicators(runs);
  record.release();
}

interface Bounded {
  readonly keep: KeepOptions;
  readonly pieces: Pieces;
}

/** A run that has been put together and is about to make its first step. */
interface StartedRun {
  readonly broker: EngineBroker;
  readonly record: RunRecord;
  readonly held: HeldEquity | undefined;
  readonly equity: EquityKeeper;
  readonly statistics: RunStatistics;
  readonly accounts: readonly StrategyAccount[];
  readonly timers: Timers;
  readonly runs: readonly StrategyRun[];
  readonly loop: StepLoop;
}

function startRun(
  plan: RunPlan,
  loader: Loader,
  {
    watch,
    bounded,
    computed,
  }: {
    readonly watch?: RunWatch | undefined;
    readonly bounded?: Bounded | undefined;
    readonly computed?: ComputedLines;
  },
): StartedRun {
  const { timelines, replays } = loader;
  watch?.loaded?.(timelines);
  const broker = brokerOf(plan);
  broker.open(timelines, plan.schemes, plan.instruments);
  const record = new RunRecord(broker.fundMode);
  const leader = watch === undefined ? leaderOf(timelines, replays) : undefined;
  // Where the equity curve holds all they need, the standard statistics are computed when they are read.
  const held =
    bounded === undefined && leader !== undefined && broker.quiet?.isPossible === true && !broker.fundMode
      ? new HeldEquity(leader, broker.startCash, broker.accountResult === undefined)
      : undefined;
  const equity = held ?? (bounded === undefined ? new EquityKeeper() : new ThinEquity());
  const accounts = accountsOf(plan, timelines, broker, () =>
    bounded === undefined ? new EquityKeeper() : new ThinEquity(),
  );
  const statistics = new RunStatistics();
  const timers = makeTimers(plan);
  const runs = makeRuns(plan, timelines, broker, timers, { computed });
  const loop = new StepLoop(timelines, broker, runs, record, {
    cheatOnOpen: plan.options.cheatOnOpen ?? false,
    equity,
    statistics: held === undefined ? statistics : undefined,
    accounts,
    replays,
    timers,
    watch,
    closesAtEnd: plan.options.closeAtEnd ?? false,
    isFastPathAllowed: watch === undefined,
    isStrict: plan.options.strict ?? false,
  });
  const facts = factsOf(plan, timelines, broker, record);
  statistics.attach(facts);
  statistics.start();
  loop.callEach((run) => {
    run.start(accounts[runs.indexOf(run)]?.facts ?? facts);
  });
  return { broker, record, held, equity, statistics, accounts, timers, runs, loop };
}

function playAll({ runs, equity, accounts, loop }: StartedRun, loader: Loader, watch: RunWatch | undefined): void {
  if (watch === undefined) prepareIndicators(runs);
  else if (watch.isStepwise !== true) for (const run of runs) run.graph.advance();
  const room = Math.max(...loader.timelines.map((one) => (one.ticks ?? one).loaded));
  for (const curve of [equity, ...accounts.map((account) => account.equity)]) curve.reserve(room);
  loop.runLoaded(loader.isOver());
}

function prepareIndicators(runs: readonly StrategyRun[]): void {
  for (const run of runs) run.graph.prepare(run.heldIndicators());
}

function endRun(
  plan: RunPlan,
  loader: Loader,
  { broker, record, held, equity, statistics, accounts, timers, runs, loop }: StartedRun,
): RunResult {
  const { timelines } = loader;
  if (plan.options.closeAtEnd === true && loader.isOver().every(Boolean)) loop.closeAll();
  loop.callEach((run) => {
    run.call('stop');
  });
  loop.flush();
  for (const run of runs) for (const { analyzer } of run.analyzers) analyzer.stop();
  const steps = record.length;
  for (const { record: written } of [{ record }, ...accounts]) written.release();
  return conclude(timelines, broker, runs, {
    mode: 'backtest',
    steps,
    equity,
    statistics,
    accounts,
    ...(held && {
      observeLate: () => {
        held.showTo(statistics, record);
      },
    }),
    warnings: [...timers.warnings(), ...loader.warnings(), ...runs.flatMap(silentHooks)],
    reports: loader.reports(),
  });
}

/** The broker that `setBroker` makes; undefined without it. */
function ownBroker({ makeBroker }: RunPlan, options: BrokerOptions): EngineBroker | undefined {
  if (makeBroker === undefined) return undefined;
  const made = makeBroker(options);
  checkMethods('what the maker of setBroker returns', made, ['open', 'step', 'submit', 'mark'], 'a broker');
  return made;
}

/** The broker of a backtest: the one that was set, or the usual one, divided where each strategy has a part of the account. */
function brokerOf(plan: RunPlan): EngineBroker {
  const options = brokerPart(plan.options);
  const shares = cashSharesOf(plan, 'backtest');
  if (shares === undefined) return ownBroker(plan, options) ?? new BacktestBroker(options);
  const { cash = 10_000, fundStart } = options;
  return new DividedBroker(
    (books) =>
      shares.map((share, k) => ({
        name: plan.strategies[k]!.name,
        broker: new BacktestBroker({ ...options, cash: cash * share }, books),
      })),
    cash,
    fundStart,
  );
}

/** Shows the recorded markets of a run as far as each step has come, before it is made. */
function withRecordings(loader: Loader, watch: RunWatch | undefined): RunWatch | undefined {
  const recorded = loader.sources.flatMap(({ feed }) =>
    feed instanceof StreamingFeed && feed.reader !== undefined ? [feed] : [],
  );
  if (recorded.length === 0) return watch;
  return {
    ...watch,
    moving: (clock) => {
      for (const feed of recorded) feed.showUntil(clock - (watch?.shiftMs ?? 0));
      watch?.moving?.(clock);
    },
  };
}

/** The hooks of a strategy that a backtest over bars never calls. */
function silentHooks({ name, hearsTrades, hearsBooks }: StrategyRun): string[] {
  const hooks = [...(hearsTrades ? ['nextTrade'] : []), ...(hearsBooks ? ['nextBook'] : [])];
  return hooks.map(
    (hook) =>
      `${hook}() of ${name} was never called: a backtest over bars has no ticks; use a BookDataFeed, or mode 'recording'`,
  );
}

/** What a feed is lent while it loads. */
function lendTo(name: string, plan: RunPlan, options: RunOptions): LoadContext {
  return {
    runtime: plan.options.runtime ?? systemRuntime,
    ...(options.signal && { signal: options.signal }),
    onProgress: (progress) => options.onLoad?.(name, progress),
  };
}
