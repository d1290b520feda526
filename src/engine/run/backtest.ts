/** One backtest: what a Cerebro planned is loaded, run and concluded. */
import { RunRecord, RunStatistics, type RunStats } from '../../analyzers/index.ts';
import { BackBroker, OrderEntry, TradeBook, type OrderTaker } from '../../broker/index.ts';
import { ConfigError, systemRuntime } from '../../core/index.ts';
import { StreamingFeed, type LoadContext } from '../../feeds/index.ts';
import { Data, Graph, type Timeline } from '../../lines/index.ts';
import { EquityKeeper, HeldEquity } from '../result/equity.ts';
import { showAgain } from '../result/deferred-stats.ts';
import type { RunMode } from '../live/options.ts';
import type { SessionSummary } from '../live/view.ts';
import { leaderOf } from '../step/followers.ts';
import { Loader } from '../datas/loader.ts';
import { brokerPart, type RunOptions, type RunPlan } from '../plan/plan.ts';
import { StrategyResult, statsOf, type DataResult, type RunResult } from '../result/result.ts';
import { StepLoop } from '../step/step-loop.ts';
import { StrategyRun, type NamedAnalyzer, type RunHearing } from '../strategy/strategy-run.ts';
import { ThinEquity } from '../result/thinned-equity.ts';
import type { RunWatch } from '../plan/run-watch.ts';
import { keepOptions, Pieces, runInPieces, type KeepOptions } from './bounded-memory.ts';
import { DayTimer, Timers } from '../strategy/timers.ts';

/** Loads every data of a plan, runs its strategies over them, and gives the result. */
export async function runBacktest(plan: RunPlan, options: RunOptions): Promise<RunResult> {
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
  bounded?: { readonly keep: KeepOptions; readonly pieces: Pieces },
): Promise<RunResult> {
  const { timelines, replays } = loader;
  watch?.loaded?.(timelines);
  const broker = new BackBroker(brokerPart(plan.options));
  broker.open(timelines, plan.schemes);
  const record = new RunRecord(broker.fundMode);
  const leader = watch === undefined ? leaderOf(timelines, replays) : undefined;
  // Where the equity curve tells all they need, the standard statistics wait until they are asked for.
  const held =
    bounded === undefined && leader !== undefined && broker.isPlain && !broker.fundMode
      ? new HeldEquity(leader, broker.startCash)
      : undefined;
  const equity = held ?? (bounded === undefined ? new EquityKeeper() : new ThinEquity());
  const statistics = new RunStatistics();
  const timers = new Timers();
  for (const { options: when, callback } of plan.timers) timers.add(new DayTimer(when, undefined, callback));
  const runs = makeRuns(plan, timelines, broker, timers);
  const loop = new StepLoop(timelines, broker, runs, record, {
    cheatOnOpen: plan.options.cheatOnOpen ?? false,
    equity,
    statistics: held === undefined ? statistics : undefined,
    replays,
    timers,
    watch,
  });
  const observer = new Graph();
  const facts = {
    datas: timelines.map((timeline) => new Data(timeline, observer)),
    broker,
    record,
    startCash: broker.startCash,
    startValue: broker.fundMode ? broker.fundValue : broker.startCash,
    periodBy: plan.options.periodBy ?? 'open',
  };
  statistics.attach(facts);
  statistics.start();
  loop.tell((run) => {
    run.start(facts);
  });
  if (bounded === undefined) {
    if (watch === undefined) for (const run of runs) run.graph.prepare(run.heldIndicators());
    else if (watch.isStepwise !== true) for (const run of runs) run.graph.advance();
    equity.reserve(Math.max(...timelines.map((one) => (one.ticks ?? one).loaded)));
    loop.advance(loader.isOver());
  } else await runInPieces({ loader, runs, loop, broker, statistics, keep: bounded.keep }, bounded.pieces);
  loop.tell((run) => {
    run.strategy.stop();
  });
  loop.flush();
  for (const run of runs) for (const { analyzer } of run.analyzers) analyzer.stop();
  const steps = record.length;
  const late = (): void => {
    if (held !== undefined && leader !== undefined) showAgain(held, leader, record, statistics);
  };
  return conclude(timelines, broker, runs, {
    mode: 'backtest',
    steps,
    equity,
    statistics,
    late,
    warnings: timers.warnings(),
  });
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
      for (const feed of recorded) feed.showUntil(clock);
      watch?.moving?.(clock);
    },
  };
}

/** What a feed is lent while it loads. */
function lendTo(name: string, plan: RunPlan, options: RunOptions): LoadContext {
  return {
    runtime: plan.options.runtime ?? systemRuntime,
    ...(options.signal && { signal: options.signal }),
    onProgress: (progress) => options.onLoad?.(name, progress),
  };
}

/** Makes every strategy of a plan with all that belongs to it; `taker` takes its orders in the broker's place. */
export function makeRuns(
  plan: RunPlan,
  timelines: readonly Timeline[],
  broker: BackBroker,
  timers: Timers,
  { taker = broker, hearing }: { readonly taker?: OrderTaker; readonly hearing?: RunHearing } = {},
): StrategyRun[] {
  const counter = { last: 0 };
  return plan.strategies.map((planned, owner) => {
    const graph = new Graph();
    const datas = timelines.map((timeline) => new Data(timeline, graph));
    const trades = new TradeBook(plan.options.tradeHistory ?? false);
    const sizer = plan.sizers.get(owner) ?? plan.defaultSizer;
    const entry = new OrderEntry(owner, taker, datas, sizer, counter, trades);
    const analyzers: NamedAnalyzer[] = plan.analyzers.map((one) => ({
      name: one.name,
      analyzer: one.make(),
    }));
    const strategy = planned.make({
      datas,
      broker,
      entry,
      addTimer: (options, callback) => timers.add(new DayTimer(options, owner, callback)),
    });
    const quickNotify = plan.options.quickNotify ?? false;
    return new StrategyRun(strategy, planned.name, {
      graph,
      datas,
      entry,
      trades,
      broker,
      analyzers,
      quickNotify,
      hearing,
    });
  });
}

/** What a run leaves beside its broker and strategies. */
export interface RunRemains {
  readonly mode: RunMode;
  readonly session?: SessionSummary;
  readonly steps: number;
  readonly equity: EquityKeeper;
  readonly statistics: RunStatistics;
  /** Shows the statistics what they have not seen, before they are first read. */
  readonly late: () => void;
  readonly warnings: readonly string[];
}

/** The result of a run. */
export function conclude(
  timelines: readonly Timeline[],
  broker: BackBroker,
  runs: readonly StrategyRun[],
  { mode, session, steps, equity, statistics, late, warnings }: RunRemains,
): RunResult {
  let stats: RunStats | undefined;
  const strategies = runs.map((run) => new StrategyResult(run));
  const datas = timelines.map(dataResult);
  return {
    mode,
    ...(session && { session }),
    settings: {
      rules: broker.rules.name,
      cash: broker.startCash,
      commission: broker.costs,
      slippage: broker.slippage.summary,
      intrabar: broker.intrabar,
      sizer: runs[0]!.entry.sizer.summary,
    },
    datas,
    strategies,
    steps,
    start: Math.min(...datas.map(({ start }) => start)),
    end: Math.max(...datas.map(({ end }) => end)),
    startValue: broker.startCash,
    finalCash: broker.cash,
    finalValue: broker.value,
    equity,
    get stats() {
      if (stats === undefined) {
        late();
        stats = statsOf(statistics, broker.blotter, strategies);
      }
      return stats;
    },
    ambiguity: broker.ambiguity,
    warnings: [...strategies.flatMap((result, k) => warningsOf(result, runs[k]!)), ...warnings],
  };
}

function dataResult(timeline: Timeline): DataResult {
  const { name, symbol, timeframe } = timeline.info;
  const bars = timeline.index + 1;
  return {
    name,
    symbol,
    timeframe: timeframe.name,
    bars,
    start: timeline.start,
    end: timeline.closeAt(timeline.index),
  };
}

function warningsOf(result: StrategyResult, run: StrategyRun): string[] {
  if (result.hasRun) return [];
  const short = run.needs.filter(({ timeline, bars }) => timeline.index + 1 < bars);
  return short.map(
    ({ timeline, bars }) =>
      `next() of ${result.name} was never called: its indicators need ${bars} bars of '${timeline.info.name}', ` +
      `which has ${timeline.index + 1}`,
  );
}
