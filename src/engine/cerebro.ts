/** Cerebro: datas, strategies, analyzers and a broker, put together and run. */
import { type Analyzer, type AnalyzerClass, RunRecord, RunStatistics } from '../analyzers/index.ts';
import {
  BackBroker,
  OrderEntry,
  TradeBook,
  brokerOptionNames,
  checkBrokerOptions,
  investFraction,
  type BrokerOptions,
  type CommissionOptions,
  type Sizer,
} from '../broker/index.ts';
import { ConfigError, checkNames, systemRuntime, type Runtime } from '../core/index.ts';
import type { DataFeed, LoadContext, LoadProgress } from '../feeds/index.ts';
import { Data, Graph, type Timeline } from '../lines/index.ts';
import { planMade, resampleDataOptionNames, type DataPlan, type ResampleDataOptions } from './loader-plan.ts';
import { Loader } from './loader.ts';
import { EquityKeeper } from './equity.ts';
import { mergeParams } from './params.ts';
import { StrategyResult, statsOf, type DataResult, type RunResult } from './result.ts';
import {
  SignalStrategy,
  type PlannedSignal,
  type SignalKind,
  type SignalMaker,
  type SignalParams,
} from './signal-strategy.ts';
import { StepLoop } from './step-loop.ts';
import { StrategyRun, type NamedAnalyzer } from './strategy-run.ts';
import type { Strategy, StrategyClass, StrategyContext } from './strategy.ts';
import { keepOptions, runInPieces } from './stream.ts';
import { ThinEquity } from './stream-equity.ts';
import type { RunWatch } from './stream-watch.ts';
import { TimerSchedule, type TimerOptions } from './timer-schedule.ts';
import { DayTimer, Timers, type TimerCallback } from './timers.ts';

/** Options of a run: the broker's, and the engine's own. */
export interface CerebroOptions extends BrokerOptions {
  /** Whether `nextOpen` is called at each bar's open, with market orders filled at it. Default false. */
  readonly cheatOnOpen?: boolean;
  /** Whether a trade notification follows its order's at once, not after all order notifications. Default false. */
  readonly quickNotify?: boolean;
  /** Whether trades keep every change they went through. Default false. */
  readonly tradeHistory?: boolean;
  /** Whether statistics put a step into the calendar period of its bar's open (the default) or close. */
  readonly periodBy?: 'open' | 'close';
  /** Where time and chance come from. Default: the machine's. */
  readonly runtime?: Runtime;
}

/** How a single run goes. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /**
   * Runs in bounded memory: bars are read in pieces and forgotten when they are older than so many, and than what the indicators need.
   * Orders, fills, trades and statistics are the same as in a run at once; the equity curve is thinned.
   */
  readonly keepBars?: number;
  /** In bounded memory: how many of the latest orders and closed trades stay in the result. Default 10,000. */
  readonly keepOrders?: number;
  /** Watches the run from outside, for audits; not together with `keepBars`. */
  readonly watch?: RunWatch;
  /** Called while datas load. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
}

const optionNames = [...brokerOptionNames, 'cheatOnOpen', 'quickNotify', 'tradeHistory', 'periodBy', 'runtime'];
const runOptionNames = ['signal', 'onLoad', 'keepBars', 'keepOrders', 'watch'];

interface PlannedStrategy {
  readonly name: string;
  readonly make: (parts: Omit<StrategyContext<object>, 'params'>) => Strategy;
}

/** The engine. Add datas and strategies, then `run()`. */
export class Cerebro {
  private readonly options: CerebroOptions;
  private readonly datas: DataPlan[] = [];
  private readonly strategies: PlannedStrategy[] = [];
  private readonly analyzers: { readonly name: string; readonly make: () => Analyzer }[] = [];
  private readonly timers: { readonly options: TimerOptions; readonly callback: TimerCallback | undefined }[] = [];
  private readonly sizers = new Map<number, Sizer>();
  private readonly schemes = new Map<string, CommissionOptions>();
  private readonly signals: PlannedSignal[] = [];
  private signalParams: SignalParams = SignalStrategy.params;
  private defaultSizer: Sizer = investFraction();

  constructor(options: CerebroOptions = {}) {
    checkNames('option of Cerebro', options, optionNames);
    checkBrokerOptions(brokerPart(options));
    const periodBy: string = options.periodBy ?? 'open';
    if (periodBy !== 'open' && periodBy !== 'close') {
      throw new ConfigError(`periodBy must be 'open' or 'close', was '${periodBy}'`);
    }
    this.options = options;
  }

  /** Adds a data; strategies see datas in the order added. `name` overrides the feed's own. */
  addData(feed: DataFeed, name = feed.name): this {
    return this.plan({ name, frame: feed.timeframe, source: feed, made: undefined });
  }

  /**
   * Adds a data of longer bars, made of a feed's or of a data's added before, such as `resampleData('btc', '4h')`. A longer bar
   * is visible from its close, and the last one only if it is complete. Where the source is in the run too, the longer bars make no
   * steps of their own.
   *
   * @param options - `name` (default: the source's with the timeframe, `btc 4h`), `offset`, `session`.
   * @throws {ConfigError} If the timeframe is not made of whole bars of the source.
   */
  resampleData(source: DataFeed | string, to: string, options: ResampleDataOptions = {}): this {
    checkNames('option of resampleData', options, resampleDataOptionNames);
    return this.plan(planMade('resample', source, to, options, this.datas));
  }

  /**
   * Adds a data of longer bars that grow before the strategy's eyes, shorter bar by shorter bar. `data.length` grows when a new bar
   * begins, `data.partial` says whether the present one is still growing, and orders are matched against the shorter bars.
   *
   * @param options - As of `resampleData`.
   */
  replayData(source: DataFeed | string, to: string, options: ResampleDataOptions = {}): this {
    checkNames('option of replayData', options, resampleDataOptionNames);
    return this.plan(planMade('replay', source, to, options, this.datas));
  }

  /** Adds a timer that calls `callback`, or `notifyTimer` of every strategy; as a strategy's own `addTimer` else. */
  addTimer(options: TimerOptions, callback?: TimerCallback): this {
    new TimerSchedule(options);
    this.timers.push({ options, callback });
    return this;
  }

  private plan(data: DataPlan): this {
    const { name } = data;
    if (this.datas.some((other) => other.name === name)) {
      throw new ConfigError(`a data named '${name}' was added before: give one of them another name`);
    }
    this.datas.push(data);
    return this;
  }

  /**
   * Adds a strategy class with parameters other than its defaults. Several strategies share the broker and its cash.
   *
   * @throws {ConfigError} If a parameter is not one of the class's, or has the wrong type.
   */
  addStrategy<P extends object>(cls: StrategyClass<P>, params: Partial<P> = {}): this {
    const merged = mergeParams(cls, params);
    this.strategies.push({ name: cls.name, make: (parts) => new cls({ ...parts, params: merged }) });
    return this;
  }

  /**
   * Adds a signal: a line made from the data whose sign says when to be long, short or out. All signals together make one
   * SignalStrategy, set up by `setSignals`.
   */
  addSignal(kind: SignalKind, make: SignalMaker): this {
    this.signals.push({ kind, make });
    return this;
  }

  /** Sets whether signals add to a position, and whether they may send an order while one is working. Default: neither. */
  setSignals(params: Partial<SignalParams>): this {
    this.signalParams = mergeParams(SignalStrategy, params);
    return this;
  }

  /** Sets how orders without a size are sized, for all strategies or for the one added as number `strategy`, from 0. */
  addSizer(sizer: Sizer, strategy?: number): this {
    if (strategy === undefined) this.defaultSizer = sizer;
    else this.sizers.set(strategy, sizer);
    return this;
  }

  /** Adds an analyzer to every strategy, under the class's name or another. */
  addAnalyzer<O extends object, R>(cls: AnalyzerClass<O, R>, options?: O, name = cls.name): this {
    if (this.analyzers.some((other) => other.name === name)) {
      throw new ConfigError(`an analyzer named '${name}' was added before: give this one another name`);
    }
    this.analyzers.push({ name, make: () => new cls(options) });
    return this;
  }

  /** Sets another commission scheme for one data. */
  setCommission(data: string, commission: CommissionOptions): this {
    this.schemes.set(data, commission);
    return this;
  }

  /** Loads every data, runs the strategies over them, and gives the result. A Cerebro can be run again. */
  async run(options: RunOptions = {}): Promise<RunResult> {
    checkNames('option of run', options, runOptionNames);
    if (this.datas.length === 0) throw new ConfigError('no data: call addData(feed) before run()');
    if (this.strategies.length === 0 && this.signals.length === 0)
      throw new ConfigError('no strategy: call addStrategy(TheClass) before run()');
    for (const name of this.schemes.keys()) {
      if (!this.datas.some((one) => one.name === name))
        throw new ConfigError(`setCommission: no data is named '${name}'`);
    }
    const loader = new Loader(this.datas);
    const { timelines, replays } = loader;
    const keep = keepOptions(options);
    const lend = (name: string): LoadContext => this.lend(name, options);
    const { watch } = options;
    if (keep !== undefined && watch !== undefined) throw new ConfigError('watch and keepBars cannot both be given');
    if (keep === undefined) await loader.load(lend, watch);
    watch?.loaded?.(timelines);
    const broker = new BackBroker(brokerPart(this.options));
    broker.open(timelines, this.schemes);
    const record = new RunRecord(broker.fundMode);
    const equity = keep === undefined ? new EquityKeeper() : new ThinEquity();
    const statistics = new RunStatistics();
    const timers = new Timers();
    for (const { options: when, callback } of this.timers) timers.add(new DayTimer(when, undefined, callback));
    const runs = this.makeRuns(timelines, broker, timers);
    const loop = new StepLoop(timelines, broker, runs, record, {
      cheatOnOpen: this.options.cheatOnOpen ?? false,
      equity,
      statistics,
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
      periodBy: this.options.periodBy ?? 'open',
    };
    statistics.attach(facts);
    statistics.start();
    loop.tell((run) => {
      run.start(facts);
    });
    if (keep === undefined) {
      if (watch?.isStepwise !== true) for (const run of runs) run.graph.advance();
      if (timelines.length === 1 && replays[0] === undefined) equity.reserve(timelines[0]!.loaded);
      loop.advance(loader.isOver());
    } else await runInPieces({ loader, runs, loop, broker, statistics, keep }, lend);
    loop.tell((run) => {
      run.strategy.stop();
    });
    loop.flush();
    for (const run of runs) for (const { analyzer } of run.analyzers) analyzer.stop();
    const result = this.conclude(timelines, broker, runs, record, equity, statistics);
    return { ...result, warnings: [...result.warnings, ...timers.warnings()] };
  }

  /** What a feed is lent while it loads. */
  private lend(name: string, options: RunOptions): LoadContext {
    return {
      runtime: this.options.runtime ?? systemRuntime,
      ...(options.signal && { signal: options.signal }),
      onProgress: (progress) => options.onLoad?.(name, progress),
    };
  }

  private plannedStrategies(): readonly PlannedStrategy[] {
    if (this.signals.length === 0) return this.strategies;
    const signals: PlannedStrategy = {
      name: SignalStrategy.name,
      make: (parts) => new SignalStrategy({ ...parts, params: this.signalParams }, this.signals),
    };
    return [...this.strategies, signals];
  }

  private makeRuns(timelines: readonly Timeline[], broker: BackBroker, timers: Timers): StrategyRun[] {
    const counter = { last: 0 };
    return this.plannedStrategies().map((planned, owner) => {
      const graph = new Graph();
      const datas = timelines.map((timeline) => new Data(timeline, graph));
      const trades = new TradeBook(this.options.tradeHistory ?? false);
      const sizer = this.sizers.get(owner) ?? this.defaultSizer;
      const entry = new OrderEntry(owner, broker, datas, sizer, counter, trades);
      const analyzers: NamedAnalyzer[] = this.analyzers.map((planned) => ({
        name: planned.name,
        analyzer: planned.make(),
      }));
      const strategy = planned.make({
        datas,
        broker,
        entry,
        addTimer: (options, callback) => timers.add(new DayTimer(options, owner, callback)),
      });
      const quickNotify = this.options.quickNotify ?? false;
      return new StrategyRun(strategy, planned.name, { graph, datas, entry, trades, broker, analyzers, quickNotify });
    });
  }

  private conclude(
    timelines: readonly Timeline[],
    broker: BackBroker,
    runs: readonly StrategyRun[],
    record: RunRecord,
    equity: EquityKeeper,
    statistics: RunStatistics,
  ): RunResult {
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
      steps: record.length,
      start: Math.min(...datas.map(({ start }) => start)),
      end: Math.max(...datas.map(({ end }) => end)),
      startValue: broker.startCash,
      finalCash: broker.cash,
      finalValue: broker.value,
      equity,
      stats: statsOf(statistics, broker.blotter, strategies),
      ambiguity: broker.ambiguity,
      warnings: strategies.flatMap((result, k) => warningsOf(result, runs[k]!)),
    };
  }
}

function brokerPart(options: CerebroOptions): BrokerOptions {
  return Object.fromEntries(brokerOptionNames.flatMap((name) => (name in options ? [[name, options[name]]] : [])));
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
