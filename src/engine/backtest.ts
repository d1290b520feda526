/** One backtest: what a Cerebro planned is loaded, run and concluded. */
import { RunRecord, RunStatistics, type RunStats } from '../analyzers/index.ts';
import { BackBroker, OrderEntry, TradeBook } from '../broker/index.ts';
import { ConfigError, systemRuntime } from '../core/index.ts';
import type { LoadContext } from '../feeds/index.ts';
import { Data, Graph, type Timeline } from '../lines/index.ts';
import { EquityKeeper } from './equity.ts';
import { showAgain } from './late-stats.ts';
import { Loader } from './loader.ts';
import { brokerPart, type RunOptions, type RunPlan } from './plan.ts';
import { StrategyResult, statsOf, type DataResult, type RunResult } from './result.ts';
import { StepLoop } from './step-loop.ts';
import { StrategyRun, type NamedAnalyzer } from './strategy-run.ts';
import { ThinEquity } from './stream-equity.ts';
import { keepOptions, runInPieces } from './stream.ts';
import { DayTimer, Timers } from './timers.ts';

/** Loads every data of a plan, runs its strategies over them, and gives the result. */
export async function runBacktest(plan: RunPlan, options: RunOptions): Promise<RunResult> {
  const loader = new Loader(plan.datas);
  const { timelines, replays } = loader;
  const keep = keepOptions(options);
  const lend = (name: string): LoadContext => lendTo(name, plan, options);
  const { watch } = options;
  if (keep !== undefined && watch !== undefined) throw new ConfigError('watch and keepBars cannot both be given');
  if (keep === undefined) await loader.load(lend, watch);
  watch?.loaded?.(timelines);
  const broker = new BackBroker(brokerPart(plan.options));
  broker.open(timelines, plan.schemes);
  const record = new RunRecord(broker.fundMode);
  const only = timelines.length === 1 && replays[0] === undefined ? timelines[0] : undefined;
  const equity = keep === undefined ? new EquityKeeper(only) : new ThinEquity();
  // Where the equity curve tells all they need, the standard statistics wait until they are asked for.
  const isLate = keep === undefined && only !== undefined && broker.isPlain && !broker.fundMode;
  const statistics = new RunStatistics();
  const timers = new Timers();
  for (const { options: when, callback } of plan.timers) timers.add(new DayTimer(when, undefined, callback));
  const runs = makeRuns(plan, timelines, broker, timers);
  const loop = new StepLoop(timelines, broker, runs, record, {
    cheatOnOpen: plan.options.cheatOnOpen ?? false,
    equity,
    statistics: isLate ? undefined : statistics,
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
  if (keep === undefined) {
    if (watch?.isStepwise !== true) for (const run of runs) run.graph.advance();
    equity.reserve(Math.max(...timelines.map((one) => (one.ticks ?? one).loaded)));
    loop.advance(loader.isOver());
  } else await runInPieces({ loader, runs, loop, broker, statistics, keep }, lend);
  loop.tell((run) => {
    run.strategy.stop();
  });
  loop.flush();
  for (const run of runs) for (const { analyzer } of run.analyzers) analyzer.stop();
  const steps = record.length;
  const late = (): void => {
    if (isLate) showAgain(equity, only, record, statistics);
  };
  return conclude(timelines, broker, runs, { steps, equity, statistics, late, warnings: timers.warnings() });
}

/** What a feed is lent while it loads. */
function lendTo(name: string, plan: RunPlan, options: RunOptions): LoadContext {
  return {
    runtime: plan.options.runtime ?? systemRuntime,
    ...(options.signal && { signal: options.signal }),
    onProgress: (progress) => options.onLoad?.(name, progress),
  };
}

function makeRuns(plan: RunPlan, timelines: readonly Timeline[], broker: BackBroker, timers: Timers): StrategyRun[] {
  const counter = { last: 0 };
  return plan.strategies.map((planned, owner) => {
    const graph = new Graph();
    const datas = timelines.map((timeline) => new Data(timeline, graph));
    const trades = new TradeBook(plan.options.tradeHistory ?? false);
    const sizer = plan.sizers.get(owner) ?? plan.defaultSizer;
    const entry = new OrderEntry(owner, broker, datas, sizer, counter, trades);
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
    return new StrategyRun(strategy, planned.name, { graph, datas, entry, trades, broker, analyzers, quickNotify });
  });
}

/** What a run leaves beside its broker and strategies. */
interface RunRemains {
  readonly steps: number;
  readonly equity: EquityKeeper;
  readonly statistics: RunStatistics;
  /** Shows the statistics what they have not seen, before they are first read. */
  readonly late: () => void;
  readonly warnings: readonly string[];
}

function conclude(
  timelines: readonly Timeline[],
  broker: BackBroker,
  runs: readonly StrategyRun[],
  { steps, equity, statistics, late, warnings }: RunRemains,
): RunResult {
  let stats: RunStats | undefined;
  const strategies = runs.map((run) => new StrategyResult(run));
  const datas = timelines.map(dataResult);
  return {
    mode: 'backtest',
    settings: {
      cash: broker.startCash,
      commission: broker.schemeOf(0).summary,
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
