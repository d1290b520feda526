/** The result of a run. */
import type { Analyzer, RunStatistics, RunStats } from '../../analyzers/index.ts';
import {
  fillField,
  type AccountResult,
  type AmbiguityCount,
  type Blotter,
  type EngineBroker,
  type Fill,
  type Order,
  type Trade,
  type TradeBook,
} from '../../broker/index.ts';
import { ConfigError, plainOf, showPlainly } from '../../core/index.ts';
import type { EquityCurve } from './equity.ts';
import type { RunMode, SessionSummary } from './session-summary.ts';
import type { RunPicture, ShowOptions } from './show.ts';
import type { NamedAnalyzer, StrategyRun } from '../strategy/strategy-run.ts';
import type { Strategy } from '../strategy/strategy.ts';

/** One data of a run. */
export interface DataResult {
  /** The data's name. */
  readonly name: string;
  /** Its symbol. */
  readonly symbol: string;
  /** Length of its bars, such as `1h`. */
  readonly timeframe: string;
  /** Bars delivered. */
  readonly bars: number;
  /** Open of the first bar and close of the last, milliseconds UTC; NaN without a bar. */
  readonly start: number;
  /** Close of its last bar, milliseconds UTC. */
  readonly end: number;
}

/** How a run was set up, in words for the summary and numbers for programs. */
export interface RunSettings {
  /** The name of the rules that orders were matched and the account kept by. */
  readonly rules: string;
  /** Cash at the start, in quote units. */
  /** The kind of account, in words. */
  readonly account: string;
  /** Cash at the start, in quote units. */
  readonly cash: number;
  /** Commission, in words. */
  readonly commission: string;
  /** Slippage, in words. */
  readonly slippage: string;
  /** The assumption about the path inside a bar. */
  readonly intrabar: string;
  /** The sizer, in words. */
  readonly sizer: string;
}

/** One strategy of a run and what it did. */
export class StrategyResult {
  static {
    showPlainly(StrategyResult, (one) => ({
      name: one.name,
      params: one.params,
      startValue: one.startValue,
      finalValue: one.finalValue,
      orders: one.orders.length,
      trades: one.trades.length,
      openTrades: one.openTrades.length,
      analyzers: one.analyzers.map(({ name }) => name),
    }));
  }

  /** The strategy's name. */
  readonly name: string;
  /** The parameters it ran with. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The strategy itself, as `stop` left it. */
  readonly strategy: Strategy;
  /** Every order, in the order they were made. */
  readonly orders: readonly Order[];
  /** Trades still open at the end. */
  readonly openTrades: readonly Trade[];
  /** How many older orders and closed trades a run in bounded memory dropped; the statistics include them. */
  readonly dropped: {
    /** Orders forgotten in bounded memory. */
    readonly orders: number;
    /** Closed trades forgotten in bounded memory. */
    readonly trades: number;
  };
  /** How often an order was not placed because the sizer found nothing to do. */
  readonly emptySizes: number;
  /** Whether `next` was ever called; false when the bars were fewer than the indicators need. */
  readonly hasRun: boolean;
  /** Cash at the start: the strategy's own part where the run divides the cash among strategies, else the whole account's. In quote units. */
  readonly startValue: number;
  /** Cash at the end, of its own part or of the account, in quote units. */
  readonly finalCash: number;
  /** Cash and positions at their last closes, of its own part or of the account, in quote units. */
  readonly finalValue: number;
  /** Cash and value after each step, of its own part or of the account. */
  readonly equity: EquityCurve;
  private readonly analyzers: readonly NamedAnalyzer[];
  private readonly book: TradeBook;

  /** @internal */
  constructor(run: StrategyRun, { broker, equity }: { readonly broker: EngineBroker; readonly equity: EquityCurve }) {
    this.startValue = broker.startCash;
    this.finalCash = broker.cash;
    this.finalValue = broker.value;
    this.equity = equity;
    this.name = run.name;
    this.params = run.strategy.params as Readonly<Record<string, unknown>>;
    this.strategy = run.strategy;
    this.orders = run.entry.orders;
    this.book = run.trades;
    this.openTrades = run.trades.open();
    this.dropped = { orders: run.entry.dropped, trades: run.trades.dropped };
    this.emptySizes = run.entry.emptySizes;
    this.hasRun = run.isWarm;
    this.analyzers = run.analyzers;
  }

  /** Closed trades, in the order they closed. */
  get trades(): readonly Trade[] {
    return this.book.closed;
  }

  /** Every fill of every order, in time order. */
  get fills(): readonly Fill[] {
    return this.orders.flatMap((order) => order.fills).sort((a, b) => a.time - b.time);
  }

  /**
   * The result of an analyzer, by its class, and by its name where there are several of one class.
   *
   * @throws {ConfigError} If it was not added.
   */
  analyzer<R>(cls: abstract new (...args: never[]) => Analyzer<R>, name?: string): R {
    for (const entry of this.analyzers) {
      if (entry.analyzer instanceof cls && (name === undefined || name === entry.name))
        return entry.analyzer.result() as R;
    }
    const label = name === undefined ? cls.name : `${cls.name} named '${name}'`;
    throw new ConfigError(`no ${label} was added: call cerebro.addAnalyzer(${cls.name}) before run()`);
  }

  /** The strategy's orders with their fills, its trades and the results of its analyzers, as plain data. */
  toJSON(): Record<string, unknown> {
    const { name, params, startValue, finalCash, finalValue } = this;
    const { hasRun, emptySizes, dropped, orders, trades, openTrades } = this;
    return {
      name,
      params: plainOf(params),
      startValue,
      finalCash,
      finalValue,
      hasRun,
      emptySizes,
      dropped,
      orders,
      trades,
      openTrades,
      analyzers: plainOf(this.analyzerResults()),
    };
  }

  /** The results of all analyzers by name. */
  analyzerResults(): Record<string, unknown> {
    return Object.fromEntries(this.analyzers.map(({ name, analyzer }) => [name, analyzer.result()]));
  }
}

/** The outcome of a run; always of this shape. */
export interface RunResult {
  /** The mode of the run. */
  readonly mode: RunMode;
  /** The settings that decide its figures, in words. */
  readonly settings: RunSettings;
  /** The datas it ran over. */
  readonly datas: readonly DataResult[];
  /** One result for each strategy, in the order added. */
  readonly strategies: readonly StrategyResult[];
  /** Steps of the engine: distinct closing times over all datas. */
  readonly steps: number;
  /** Open of the first bar and close of the last, milliseconds UTC; NaN without a bar. */
  readonly start: number;
  /** Close of the last bar, milliseconds UTC. */
  readonly end: number;
  /** Value before the first step, in quote units. */
  readonly startValue: number;
  /** Cash after the last step, in quote units. */
  readonly finalCash: number;
  /** Cash and positions at their last closes, in quote units. */
  readonly finalValue: number;
  /**
   * The final value by quote currency, where the datas are quoted in several and no rate makes one of them: what the run began with counts
   * as the currency of the first data. Their sum is `finalValue`. Undefined otherwise.
   */
  readonly valueByCurrency?: Readonly<Record<string, number>>;
  /** Cash and value after each step. */
  readonly equity: EquityCurve;
  /** The standard statistics, over all strategies together. */
  readonly stats: RunStats;
  /** How many fills depended on the assumed path inside a bar. */
  readonly ambiguity: AmbiguityCount;
  /** The accounts at venues, where the run was given an `account` with options. */
  readonly account?: AccountResult;
  /** Things worth knowing that are not errors. */
  readonly warnings: readonly string[];
  /** Statistics of the streams, the queue and the orders of a live run; undefined after a backtest. */
  readonly session?: SessionSummary;
  /**
   * The report of the run for a notebook: as the last expression of a cell it is shown inline.
   *
   * ```ts
   * const result = await cerebro.run();
   * result.show();
   * ```
   */
  show(options?: ShowOptions): RunPicture;
}

/**
 * The standard statistics of a run whose steps have been observed: fills and the trades of its books are added to them.
 *
 * @param open - How many trades were open at the end.
 */
export function statsOf(
  statistics: RunStatistics,
  blotter: Blotter,
  books: readonly TradeBook[],
  open: number,
): RunStats {
  addFills(statistics, blotter);
  statistics.addTrades(books);
  statistics.setOpen(open);
  return statistics.result();
}

/** A function with only its loop: inside a longer one, V8 would discard the optimised code at the end of each run. */
function addFills(statistics: RunStatistics, blotter: Blotter): void {
  const { traded, commission } = fillField;
  for (let row = blotter.first; row < blotter.count; row++) {
    const block = blotter.block(row);
    const at = blotter.at(row);
    statistics.addFill(block[at + traded]!, block[at + commission]!);
  }
}
