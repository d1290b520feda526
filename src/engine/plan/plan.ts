/** The plan of a run: options, and everything a Cerebro collected. */
import type { Analyzer } from '../../analyzers/index.ts';
import {
  brokerOptionNames,
  type BrokerOptions,
  type CommissionOptions,
  type EngineBroker,
  type InstrumentOptions,
  type Sizer,
  type TickOptions,
} from '../../broker/index.ts';
import type { Runtime } from '../../core/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import type { DataPlan } from './data-plan.ts';
import type { RunWatch } from './run-watch.ts';
import type { Strategy, StrategyContext } from '../strategy/strategy.ts';
import type { TimerOptions } from '../strategy/timer-schedule.ts';
import type { TimerCallback } from '../strategy/timers.ts';

/** Options of a run: the broker's, and the engine's own. */
export interface CerebroOptions extends BrokerOptions {
  /** Whether `nextOpen` is called at each bar's open, with market orders filled at it. Default false. */
  readonly cheatOnOpen?: boolean;
  /** Whether a trade notification directly follows that of its order, not all order notifications. Default false. */
  readonly quickNotify?: boolean;
  /**
   * Whether a backtest closes what is open at the close of its last bar, with `trade.exit` `end`, and cancels open orders. Default false:
   * what is open stays open, and is valued at that close.
   */
  readonly closeAtEnd?: boolean;
  /** Whether trades keep their history of changes. Default false. */
  readonly tradeHistory?: boolean;
  /** Whether statistics put a step into the calendar period of its bar's open (the default) or close. */
  readonly periodBy?: 'open' | 'close';
  /**
   * Whether every step is checked: the statuses of an order follow each other as they may, a position is the sum of its fills, money is
   * conserved, and time rises.
   * A step that does not add up ends the run with the code `strict`. Default: true in a sandbox, else false, as the checks slow a backtest down.
   */
  readonly strict?: boolean;
  /** The source of time and randomness. Default: the system's. */
  readonly runtime?: Runtime;
}

/** Options of `run` for a backtest. */
export interface RunOptions {
  /** A backtest, the default; sessions take `LiveRunOptions`. */
  readonly mode?: 'backtest';
  /** Ends the run early when it is aborted; `run` rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * Runs in bounded memory: bars are read in pieces, and bars older than this many, and older than the indicators need, are dropped.
   * Orders, fills, trades and statistics are the same; the equity curve is thinned. Default: every bar stays in memory.
   */
  readonly keepBars?: number;
  /** In bounded memory: how many of the latest orders and closed trades stay in the result. Default 10,000. */
  readonly keepOrders?: number;
  /**
   * Watches the run from outside, for audits; not together with `keepBars`.
   *
   * @internal
   */
  readonly watch?: RunWatch;
  /** Over `BookDataFeed`s: the queue model, and how long orders and answers take. Default: `conservative` queues, no latency. */
  readonly ticks?: TickOptions;
  /** Called while datas load, with the name of the data. Default: nothing is called. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
}

/** The names of CerebroOptions. */
export const cerebroOptionNames = [
  ...brokerOptionNames,
  'cheatOnOpen',
  'quickNotify',
  'closeAtEnd',
  'tradeHistory',
  'periodBy',
  'strict',
  'runtime',
];
/** The names of RunOptions. */
export const runOptionNames = ['mode', 'signal', 'onLoad', 'keepBars', 'keepOrders', 'watch', 'ticks'];

/** Options of `addStrategy`: how a strategy takes part in a run. */
export interface StrategyOptions {
  /**
   * The fraction of the account's cash that this strategy trades: 0.3 is 30 %. Default: strategies without a
   * share divide equally what the others leave. A strategy does not use the idle cash of another.
   */
  readonly cash?: number;
}

/** The names of StrategyOptions. */
export const strategyOptionNames = ['cash'];

/** A strategy to be made. */
export interface PlannedStrategy {
  readonly name: string;
  /** The fraction of the cash that it was given; undefined leaves it to the run. */
  readonly cash?: number | undefined;
  readonly params: object;
  readonly make: (parts: Omit<StrategyContext<object>, 'params'>) => Strategy;
  /** The class, whose code is part of what is confirmed for real orders; undefined for signals. */
  readonly cls?: { toString(): string } | undefined;
}

/** Makes a broker from the options of a Cerebro that concern brokers. */
export type BrokerMaker = (options: BrokerOptions) => EngineBroker;

/** Everything a run is made from. */
export interface RunPlan {
  readonly options: CerebroOptions;
  readonly datas: readonly DataPlan[];
  readonly strategies: readonly PlannedStrategy[];
  readonly analyzers: readonly { readonly name: string; readonly make: () => Analyzer }[];
  readonly timers: readonly { readonly options: TimerOptions; readonly callback: TimerCallback | undefined }[];
  readonly sizers: ReadonlyMap<number, Sizer>;
  readonly schemes: ReadonlyMap<string, CommissionOptions>;
  /** What the run says of instruments, by the name of the data. */
  readonly instruments: ReadonlyMap<string, InstrumentOptions>;
  readonly defaultSizer: Sizer;
  /** Makes the broker of a backtest; undefined for the usual one. */
  readonly makeBroker: BrokerMaker | undefined;
  /** Strategies sleep until a bar opens then, in milliseconds UTC: the bars before are for their indicators alone. Undefined: they are awake from the first bar. */
  readonly tradesFrom?: number;
}

/** The broker's part of the options. */
export function brokerPart(options: CerebroOptions): BrokerOptions {
  return Object.fromEntries(brokerOptionNames.flatMap((name) => (name in options ? [[name, options[name]]] : [])));
}
