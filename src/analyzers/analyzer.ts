/** What an analyzer is: a reading of a run. */
import type { AccountResult, Broker, Order, Trade } from '../broker/index.ts';
import { plainOf, showPlainly, TradingError } from '../core/index.ts';
import type { Data } from '../lines/index.ts';
import type { RunRecord } from './record.ts';

/** What an analyzer may know about the run it reads. */
export interface RunFacts {
  /** Every data of the run, in the order added. */
  readonly datas: readonly Data[];
  /** The account: cash, value and positions as they stand. */
  readonly broker: Broker;
  /** The record of each step: clock, cash, value, positions. */
  readonly record: RunRecord;
  /** Cash before the first step, in quote units. */
  readonly startCash: number;
  /** The value that statistics begin with: the cash, or the start value of a fund share in fund mode. */
  readonly startValue: number;
  /** Returns the figures of the accounts at venues so far; absent, or undefined, where there are none. */
  readonly account?: () => AccountResult | undefined;
  /** Which calendar period a step belongs to: that of its bar's open (the default) or close. */
  readonly periodBy: 'open' | 'close';
}

/**
 * Reads a run and returns a result: statistics, a log, a curve.
 *
 * It receives every order and trade of its strategy, and the steps of the engine in blocks: `observe(from, to)` may
 * read the record's rows `from <= step < to`. Set `everyStep` to be called after each step, while the strategy's position and lines are
 * those of that step; blocks are faster.
 *
 * @typeParam R - The type of its result.
 */
export abstract class Analyzer<R = unknown> {
  static {
    showPlainly(Analyzer, (one) => (one.facts === undefined ? {} : one.result()));
  }

  /** Whether `observe` must be called after each single step. */
  readonly everyStep: boolean = false;
  private facts: RunFacts | undefined;
  private label = '';

  /** The run being read; from `start` on. */
  get run(): RunFacts {
    if (this.facts === undefined) throw new TradingError(`${this.constructor.name} has not been added to a run`);
    return this.facts;
  }

  /**
   * The name of the strategy that it reads, with a number (`SmaCross#2`) where the run has several of one class; empty before it has been
   * added to a run.
   */
  get strategyName(): string {
    return this.label;
  }

  /** Its result as plain data; empty before it has been added to a run. */
  toJSON(): unknown {
    return this.facts === undefined ? {} : plainOf(this.result());
  }

  /** Called by the engine before the first step. */
  attach(facts: RunFacts, strategyName = ''): void {
    this.facts = facts;
    this.label = strategyName;
  }

  /** Before the first step. */
  start(): void {}

  /** After each order notification of the strategy. The order is the live one: copy what must not change. */
  notifyOrder(_order: Order): void {}

  /** After each trade notification of the strategy. */
  notifyTrade(_trade: Trade): void {}

  /** The steps `from <= step < to` have been recorded. */
  observe(_from: number, _to: number): void {}

  /** After the last step. */
  stop(): void {}

  /** Returns its result; called after `stop`. */
  abstract result(): R;
}

/** A class of analyzers with its options. */
export interface AnalyzerClass<O extends object, R> {
  new (options?: O): Analyzer<R>;
  /** The class's name, under which `result.analyzer` finds it. */
  readonly name: string;
}
