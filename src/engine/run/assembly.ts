/** Run assembly: the parts of a run, made from its plan, and its result, made from the parts. The same for every mode. */
import type { RunFacts, RunRecord, RunStatistics, RunStats } from '../../analyzers/index.ts';
import {
  BrokerView,
  OrderEntry,
  RiskDesk,
  TradeBook,
  type AccountResult,
  type EngineBroker,
  type ForcedOrders,
  type OrderTaker,
} from '../../broker/index.ts';
import { distinctNames } from '../../core/index.ts';
import type { DataReport } from '../../feeds/index.ts';
import { Data, Graph, mapped, type ComputedLines, type Timeline } from '../../lines/index.ts';
import type { RunPlan } from '../plan/plan.ts';
import { currencyWarning, valueByCurrency } from '../result/currencies.ts';
import type { EquityKeeper } from '../result/equity.ts';
import { PartsOfStrategy, resultOf } from '../result/run-parts.ts';
import { StrategyResult, statsOf, type DataResult, type RunResult } from '../result/result.ts';
import type { RunMode, SessionSummary } from '../result/session-summary.ts';
import { endWarnings, sharingWarnings, strategyWarnings } from '../result/warnings.ts';
import { StrategyAccount } from '../step/strategy-account.ts';
import { Drawing } from '../strategy/drawing.ts';
import { EngineAccess } from '../strategy/engine-access.ts';
import { checkStrategy } from '../strategy/hooks.ts';
import { StrategyRun, type NamedAnalyzer, type RunHearing } from '../strategy/strategy-run.ts';
import { DayTimer, Timers } from '../strategy/timers.ts';

/** The timers that the Cerebro was given. Strategies add theirs as they are made. */
export function makeTimers(plan: RunPlan): Timers {
  const timers = new Timers();
  for (const { options, callback } of plan.timers) timers.add(new DayTimer(options, undefined, callback));
  return timers;
}

/** What analyzers may know of the run. */
export function factsOf(
  { options }: RunPlan,
  timelines: readonly Timeline[],
  broker: EngineBroker,
  record: RunRecord,
): RunFacts {
  return new Facts(timelines, broker, record, options.periodBy ?? 'open');
}

class Facts implements RunFacts {
  readonly datas: readonly Data[];
  readonly broker: BrokerView;
  readonly record: RunRecord;
  readonly periodBy: 'open' | 'close';
  readonly #broker: EngineBroker;
  readonly #share: number | undefined;

  constructor(timelines: readonly Timeline[], broker: EngineBroker, record: RunRecord, periodBy: 'open' | 'close') {
    const graph = new Graph();
    this.datas = mapped(timelines, (timeline) => new Data(timeline, graph));
    this.broker = new BrokerView(broker);
    this.record = record;
    this.periodBy = periodBy;
    this.#broker = broker;
    this.#share = broker.fundMode ? broker.fundValue : undefined;
  }

  account(): AccountResult | undefined {
    return this.#broker.accountResult;
  }

  /** In a session what coins are worth at the start is known with their first price. */
  get startCash(): number {
    return this.#broker.startCash;
  }

  get startValue(): number {
    return this.#share ?? this.#broker.startCash;
  }
}

/** What a run puts between strategies and their broker, and what they may use. */
export interface RunWiring {
  /** Receives the orders for a broker in its place. */
  readonly takerOf?: (broker: EngineBroker) => OrderTaker;
  readonly hearing?: RunHearing;
  /** Indicators of earlier runs over the same bars. */
  readonly computed?: ComputedLines | undefined;
}

/** By strategy: its own account where the broker divides the account among strategies; empty where they share it. */
export function accountsOf(
  plan: RunPlan,
  timelines: readonly Timeline[],
  { parts = [] }: EngineBroker,
  makeEquity: () => EquityKeeper,
): readonly StrategyAccount[] {
  return parts.map(
    (part) => new StrategyAccount(part, makeEquity(), (broker, record) => factsOf(plan, timelines, broker, record)),
  );
}

/** Makes every strategy of a plan, with its indicators, order entry, trades and analyzers. */
export function makeRuns(
  plan: RunPlan,
  timelines: readonly Timeline[],
  broker: EngineBroker,
  timers: Timers,
  { takerOf = (own) => own, hearing, computed }: RunWiring = {},
): StrategyRun[] {
  const counter = { last: 0 };
  const labels = distinctNames(plan.strategies.map(({ name }) => name));
  const runs = mapped(plan.strategies, (planned, owner) => {
    const graph = new Graph(computed);
    const datas = mapped(timelines, (timeline) => new Data(timeline, graph));
    const { breakEvenTolerance, tradesFollowPosition } = broker.rules;
    const own = broker.parts?.[owner] ?? broker;
    const trades = new TradeBook(plan.options.tradeHistory ?? false, breakEvenTolerance, tradesFollowPosition, own);
    const sizer = plan.sizers.get(owner) ?? plan.defaultSizer;
    const entry = new OrderEntry(owner, takerOf(own), datas, sizer, counter, trades);
    const analyzers: NamedAnalyzer[] = mapped(plan.analyzers, (one) => ({
      name: one.name,
      analyzer: one.make(),
    }));
    const view = new BrokerView(own);
    const drawing = new Drawing(datas, (data) => entry.dataOf(data));
    const strategy = planned.make({
      datas,
      broker: view,
      engine: new EngineAccess({
        entry,
        drawing,
        addTimer: (options, callback) => timers.add(new DayTimer(options, owner, callback)),
      }),
    });
    const warnings = checkStrategy(strategy, planned.name, {
      params: planned.params,
      datas,
      data: datas[0],
      broker: view,
    });
    const quickNotify = plan.options.quickNotify ?? false;
    return new StrategyRun(strategy, planned.name, {
      label: labels[owner]!,
      graph,
      datas,
      entry,
      drawing,
      trades,
      broker: own,
      analyzers,
      quickNotify,
      hearing,
      warnings,
      tradesFrom: plan.tradesFrom,
    });
  });
  const { risk } = plan.options;
  if (risk !== undefined) {
    const desk = new RiskDesk(risk, broker, runs[0]!.datas);
    for (const { entry } of runs) {
      desk.watch(entry);
      entry.risk = desk;
    }
  }
  broker.forcedOrders = forcedOrdersOf(runs);
  return runs;
}

/** Makes the orders by which venues end positions, for the strategy that holds the position. */
function forcedOrdersOf(runs: readonly StrategyRun[]): ForcedOrders {
  return (dataId, size, exit, reason) => {
    const holder = runs.find((run) => run.trades.openOf(run.datas[dataId]!) !== undefined) ?? runs[0];
    return holder?.entry.force(holder.datas[dataId]!, size, exit, reason);
  };
}

/** What the result is made of, besides the broker and the strategies. */
export interface RunOutcome {
  readonly mode: RunMode;
  readonly session?: SessionSummary;
  readonly steps: number;
  readonly equity: EquityKeeper;
  readonly statistics: RunStatistics;
  /** By strategy: its own account; empty where the strategies share one. */
  readonly accounts: readonly StrategyAccount[];
  /** Shows the statistics the steps they have not observed yet; called before they are first read. */
  readonly observeLate?: (() => void) | undefined;
  readonly warnings: readonly string[];
  /** What was found in the bars of each data, by number. */
  readonly reports?: readonly (DataReport | undefined)[];
}

/** The result of a run. */
export function conclude(
  timelines: readonly Timeline[],
  broker: EngineBroker,
  runs: readonly StrategyRun[],
  { mode, session, steps, equity, statistics, accounts, observeLate, warnings, reports = [] }: RunOutcome,
): RunResult {
  let stats: RunStats | undefined;
  const account = { broker, equity };
  const strategies = runs.map((run, k) => new StrategyResult(run, accounts[k] ?? account));
  const books = runs.map((run) => run.trades);
  const openTrades = strategies.reduce((count, strategy) => count + strategy.openTrades.length, 0);
  const datas = timelines.map(dataResult);
  const currencies = valueByCurrency(timelines, broker, strategies);
  const result = resultOf(
    {
      mode,
      ...(session && { session }),
      settings: {
        rules: broker.rules.name,
        account: broker.account,
        cash: broker.startCash,
        commission: broker.costs,
        slippage: broker.fillSummary,
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
      ...(currencies && { valueByCurrency: currencies }),
      equity,
    },
    {
      ambiguity: broker.ambiguity,
      ...(broker.accountResult && { account: broker.accountResult }),
      warnings: [
        ...broker.warnings,
        ...sharingWarnings(runs, broker),
        ...endWarnings(timelines, broker),
        ...currencyWarning(currencies),
        ...runs.flatMap(strategyWarnings),
        ...warnings,
      ],
    },
    {
      timelines,
      reports,
      strategies: runs.map((run) => new PartsOfStrategy(run)),
      blotter: broker.blotter,
      stats: () => {
        if (stats === undefined) {
          observeLate?.();
          stats = statsOf(statistics, broker.blotter, books, openTrades);
        }
        return stats;
      },
      dayReturns: () => {
        void result.stats;
        return statistics.dayReturns();
      },
      dayStarts: () => {
        void result.stats;
        return statistics.dayStarts();
      },
    },
  );
  return result;
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
