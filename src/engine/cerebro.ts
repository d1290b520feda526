/** Cerebro: datas, strategies, analyzers and a broker, put together and run. */
import type { Analyzer, AnalyzerClass, ObserverLines } from '../analyzers/index.ts';
import {
  checkBrokerOptions,
  checkCommission,
  checkInstrumentOptions,
  checkRiskFor,
  investFraction,
  type CommissionOptions,
  type InstrumentOptions,
  type Sizer,
} from '../broker/index.ts';
import {
  ConfigError,
  checkFunction,
  checkMethods,
  checkNames,
  checkSwitches,
  plainOf,
  shown,
  showPlainly,
  unknownName,
} from '../core/index.ts';
import type { DataFeed } from '../feeds/index.ts';
import { runBacktest } from './run/backtest.ts';
import { checkLiveOptions, modeOf, type LiveRunOptions } from './live/options.ts';
import type { JournalReplay } from './live/journal/replay.ts';
import { checkCashShare } from './plan/cash-shares.ts';
import { planMade, resampleDataOptionNames, type DataPlan, type ResampleDataOptions } from './plan/data-plan.ts';
import { checkSpace, mergeParams, type GivenParams, type ParamRange, type ParamSpace } from './plan/params.ts';
import { sharedInstruments } from './plan/shared-instruments.ts';
import {
  brokerPart,
  cerebroOptionNames,
  runOptionNames,
  strategyOptionNames,
  type BrokerMaker,
  type CerebroOptions,
  type PlannedStrategy,
  type RunOptions,
  type RunPlan,
  type StrategyOptions,
} from './plan/plan.ts';
import type { RunResult } from './result/result.ts';
import {
  SignalStrategy,
  signalKinds,
  wrongSignalKind,
  type PlannedSignal,
  type SignalKind,
  type SignalMaker,
  type SignalParams,
} from './strategy/signal-strategy.ts';
import { nameOfStrategy, type StrategyClass } from './strategy/strategy.ts';
import { checkTimerOptions, type TimerOptions } from './strategy/timer-schedule.ts';
import type { TimerCallback } from './strategy/timers.ts';

/** What a sweep searches: a strategy class and the values that its parameters may take. */
export interface PlannedSearch {
  readonly cls: StrategyClass<Record<string, unknown>>;
  /** By parameter: values, or a range. */
  readonly space: Readonly<Record<string, ParamRange>>;
}

/** The whole of what a Cerebro was given, without a check that it can be run: for the rooms above. */
export let planOf: (cerebro: Cerebro) => RunPlan;
/** What a Cerebro was told to search by `optStrategy`. */
export let searchesOf: (cerebro: Cerebro) => readonly PlannedSearch[];

const cerebroSwitches = ['cheatOnOpen', 'quickNotify', 'closeAtEnd', 'tradeHistory', 'strict'];

/** Throws a ConfigError for what is no class with these methods. */
function checkClass(where: string, cls: unknown, base: string, methods: readonly string[]): void {
  const members = typeof cls === 'function' ? (cls.prototype as object | undefined) : undefined;
  if (members !== undefined && methods.every((method) => method in members)) return;
  throw new ConfigError(`${where} takes a class that extends ${base}, was ${shown(cls)}`, {
    context: { field: where },
  });
}

const analyzerMethods = ['attach', 'start', 'notifyOrder', 'notifyTrade', 'observe', 'stop'];

/** Throws a ConfigError for what is no set of named values. */
function checkValues(what: string, given: object): void {
  checkNames(what, given, Object.keys(Object(given) as object));
}

/** Throws a ConfigError for a name that is no text. */
function checkName(of: string, name: unknown): void {
  if (typeof name === 'string' && name.trim() !== '') return;
  throw new ConfigError(`the name of ${of} must be a text, was ${shown(name)}`, { context: { field: 'name' } });
}

/** The engine: add datas and strategies, then `run()` them over history or live. */
export class Cerebro {
  static {
    planOf = (cerebro) => cerebro.plan();
    searchesOf = (cerebro) => cerebro.#searches;
    showPlainly(Cerebro);
  }

  readonly #searches: PlannedSearch[] = [];
  private readonly options: CerebroOptions;
  private readonly datas: DataPlan[] = [];
  private readonly strategies: PlannedStrategy[] = [];
  private readonly analyzers: { readonly name: string; readonly make: () => Analyzer }[] = [];
  private readonly timers: { readonly options: TimerOptions; readonly callback: TimerCallback | undefined }[] = [];
  private readonly sizers = new Map<number, Sizer>();
  private readonly schemes = new Map<string, CommissionOptions>();
  private readonly instruments = new Map<string, InstrumentOptions>();
  private readonly signals: PlannedSignal[] = [];
  private signalParams: SignalParams = SignalStrategy.params;
  private defaultSizer: Sizer = investFraction();
  private makeBroker: BrokerMaker | undefined;

  constructor(options: CerebroOptions = {}) {
    checkNames('option of Cerebro', options, cerebroOptionNames);
    checkSwitches(options, cerebroSwitches);
    checkBrokerOptions(brokerPart(options));
    if (options.runtime !== undefined) {
      checkMethods('runtime', options.runtime, ['now', 'sleep'], 'a runtime such as systemRuntime');
    }
    const { periodBy = 'open' }: { readonly periodBy?: unknown } = options;
    if (periodBy !== 'open' && periodBy !== 'close') {
      throw new ConfigError(`periodBy must be 'open' or 'close', was ${shown(periodBy)}`, {
        context: { field: 'periodBy' },
      });
    }
    this.options = options;
  }

  /** Adds a data; strategies see datas in the order added. `name` overrides the feed's own. */
  addData(feed: DataFeed, name?: string): this {
    checkMethods('the feed of addData', feed, ['load'], 'a feed such as new CsvDataFeed({ ... })');
    name ??= feed.name;
    checkName('a data', name);
    return this.addPlan({ name, frame: feed.timeframe, source: feed, made: undefined });
  }

  /**
   * Adds a data of longer bars, built from a feed or from a data added before, such as `resampleData('btc', '4h')`. A longer bar is visible
   * from its close, and the last one only if it is complete. If the source is in the run too, the longer bars make no steps of their own.
   *
   * @param options - `name` (default: the source's with the timeframe, `btc 4h`), `offset`, `session`.
   * @throws {ConfigError} If the timeframe is not a whole number of the source's bars.
   */
  resampleData(source: DataFeed | string, to: string, options: ResampleDataOptions = {}): this {
    checkNames('option of resampleData', options, resampleDataOptionNames);
    return this.addPlan(planMade('resample', source, to, options, this.datas));
  }

  /**
   * Adds a data of longer bars that grow with each shorter bar. `data.length` grows when a new bar
   * begins, `data.partial` says whether the present one is still growing, and orders are matched against the shorter bars.
   *
   * @param options - As of `resampleData`.
   */
  replayData(source: DataFeed | string, to: string, options: ResampleDataOptions = {}): this {
    checkNames('option of replayData', options, resampleDataOptionNames);
    return this.addPlan(planMade('replay', source, to, options, this.datas));
  }

  /** Adds a timer that calls `callback`, or `notifyTimer` of every strategy; otherwise it works like `addTimer` of a strategy. */
  addTimer(options: TimerOptions, callback?: TimerCallback): this {
    checkTimerOptions(options);
    if (callback !== undefined) checkFunction('the callback of addTimer', callback, 'a function');
    this.timers.push({ options, callback });
    return this;
  }

  private addPlan(data: DataPlan): this {
    const { name } = data;
    if (this.datas.some((other) => other.name === name)) {
      throw new ConfigError(`a data named '${name}' was added before: give one of them another name`);
    }
    this.datas.push(data);
    return this;
  }

  /**
   * Adds a strategy class with parameters other than its defaults. Several strategies trade beside each other: each has its own positions,
   * orders, trades and part of the cash, and the account is the sum of them. Under Backtrader's rules, in the sandbox and with a broker of
   * your own they share one account, as there.
   *
   * ```ts
   * cerebro.addStrategy(Trend, { period: 50 }, { cash: 0.7 }).addStrategy(Reversion);
   * ```
   *
   * @param options - `cash`: its fraction of the cash. Default: equal parts.
   * @throws {ConfigError} If a parameter is not one of the class's, or has the wrong type.
   */
  addStrategy<P extends object>(
    cls: StrategyClass<P>,
    params: GivenParams<P> = {},
    options: StrategyOptions = {},
  ): this {
    checkClass('addStrategy', cls, 'Strategy', ['next', 'buy']);
    checkValues('parameters of addStrategy', params);
    const merged = mergeParams(cls, params);
    checkNames('option of addStrategy', options, strategyOptionNames);
    const { cash } = options;
    checkCashShare(cash);
    const make: PlannedStrategy['make'] = (parts) =>
      new cls({ datas: parts.datas, broker: parts.broker, engine: parts.engine, params: merged });
    this.strategies.push({ name: nameOfStrategy(cls), params: merged, make, cls, ...(cash !== undefined && { cash }) });
    return this;
  }

  /**
   * Adds a strategy class whose parameters are to be searched: by values, or by a range such as `{ from: 5, to: 20, step: 1 }`. Those left out
   * keep their defaults. Run it with `optimize(cerebro)` from `nextbar/research`.
   *
   * @param space - Default: the class's own, its `static readonly space`.
   * @throws {ConfigError} If a parameter is not one of the class's, or nothing is to be searched.
   */
  optStrategy<P extends object>(
    cls: StrategyClass<P> & {
      /** What is searched. Required unless the argument `space` is given. */
      readonly space?: ParamSpace<P>;
    },
    space: ParamSpace<P> | undefined = (cls as { readonly space?: ParamSpace<P> } | undefined)?.space,
  ): this {
    checkClass('optStrategy', cls, 'Strategy', ['next', 'buy']);
    if (space === undefined) {
      throw new ConfigError(
        `optStrategy needs what to search: give values or ranges by parameter, or ${nameOfStrategy(cls)} a 'static space'`,
        { context: { field: 'space' } },
      );
    }
    checkSpace(cls, space);
    this.#searches.push({
      cls: cls as unknown as StrategyClass<Record<string, unknown>>,
      space: space as Readonly<Record<string, ParamRange>>,
    });
    return this;
  }

  /**
   * Adds a signal: a line made from the data whose sign says when to be long, short or out. All signals together make one
   * SignalStrategy, set up by `setSignals`.
   */
  addSignal(kind: SignalKind, make: SignalMaker): this {
    if (!signalKinds.includes(kind)) throw wrongSignalKind(kind);
    checkFunction('the maker of addSignal', make, 'a function from a data to a line');
    this.signals.push({ kind, make });
    return this;
  }

  /** Sets whether signals add to a position, and whether they may place an order while one is open. Default: neither. */
  setSignals(params: Partial<SignalParams>): this {
    checkValues('settings of setSignals', params);
    this.signalParams = mergeParams(SignalStrategy, params);
    return this;
  }

  /** Sets how orders without a size are sized, for all strategies or for the one added as number `strategy`, from 0. */
  addSizer(sizer: Sizer, strategy?: number): this {
    checkMethods('the sizer of addSizer', sizer, ['size'], 'a sizer such as fixedSize(10)');
    if (strategy === undefined) this.defaultSizer = sizer;
    else if (!(Number.isInteger(strategy) && strategy >= 0)) {
      throw new ConfigError(
        `the strategy of addSizer must be its number in the order added, from 0, was ${shown(strategy)}`,
        { context: { field: 'strategy' } },
      );
    } else this.sizers.set(strategy, sizer);
    return this;
  }

  /** Adds an analyzer to every strategy, named after its class unless you name it. */
  addAnalyzer<O extends object, R>(cls: AnalyzerClass<O, R>, options?: O, name?: string): this {
    return this.addReading('addAnalyzer', cls, options, name);
  }

  private addReading<O extends object, R>(
    where: string,
    cls: AnalyzerClass<O, R>,
    options: O | undefined,
    name: string | undefined,
  ): this {
    checkClass(where, cls, 'Analyzer', analyzerMethods);
    if (options !== undefined) checkValues(`options of ${where}`, options);
    name ??= cls.name;
    checkName('an analyzer', name);
    if (this.analyzers.some((other) => other.name === name)) {
      throw new ConfigError(`an analyzer named '${name}' was added before: give this one another name`);
    }
    const make = (): Analyzer => {
      const made = new cls(options);
      checkMethods(
        `the analyzer '${name}'`,
        made,
        ['result'],
        "one with a method 'result', which returns what it found",
      );
      return made;
    };
    this.analyzers.push({ name, make });
    return this;
  }

  /** Adds an observer, an analyzer whose result is lines along the steps; read with `result.strategies[0].analyzer(TheClass)`. */
  addObserver<O extends object, L extends string>(
    cls: AnalyzerClass<O, ObserverLines<L>>,
    options?: O,
    name?: string,
  ): this {
    return this.addReading('addObserver', cls, options, name);
  }

  /**
   * Runs backtests with your own broker instead of the built-in one. Live modes have their own brokers and refuse it.
   *
   * @param make - Called for every run with the options of this Cerebro that concern brokers.
   */
  setBroker(make: BrokerMaker): this {
    checkFunction('the maker of setBroker', make, 'a function that makes a broker');
    this.makeBroker = make;
    return this;
  }

  /** Sets another commission scheme for one data. @throws {ConfigError} If its commission can only be meant in percent. */
  setCommission(data: string, commission: CommissionOptions): this {
    if (typeof commission !== 'number') checkValues('options of setCommission', commission);
    checkCommission(commission, this.options.rules);
    this.schemes.set(data, commission);
    return this;
  }

  /**
   * Describes a data's instrument (type, contract size, fees, margin tiers) and how the account carries it (leverage, margin mode, the data
   * of its mark price, funding rates). These values replace those of the feed.
   *
   * @param data - The name of the data.
   */
  setInstrument(data: string, options: InstrumentOptions): this {
    checkInstrumentOptions(options);
    this.instruments.set(data, { ...this.instruments.get(data), ...options });
    return this;
  }

  /**
   * Runs the strategies over every data and returns the result: over history, or live in mode `recording` (a recorded stream), `paper`
   * (live prices, simulated fills), `sandbox` (an exchange's test network) or `live` (real orders, refused unless armed), where it runs
   * until it is stopped. A Cerebro can be run again.
   */
  async run(options: RunOptions | LiveRunOptions = {}): Promise<RunResult> {
    if (Object(options) === options && isLive(options)) checkLiveOptions(options);
    else checkNames('option of run', options, runOptionNames);
    this.checkPlan();
    if (!isLive(options)) return runBacktest(this.plan(), options);
    if (this.makeBroker !== undefined) {
      throw new ConfigError(`setBroker is for backtests: mode '${options.mode}' has its own broker`);
    }
    // A backtest does not pay for what only a live run needs.
    const { runLive } = await import('./live/run.ts');
    return runLive(this.plan(), options);
  }

  /**
   * Replays the journal of a live run with the same strategies and compares every decision. No socket is opened. The replay follows the
   * rules that the journal names; a journal of 0.1 names none and is replayed by Backtrader's.
   *
   * @throws {ConfigError} If this Cerebro is set up differently from that of the session.
   */
  async replayJournal(path: string): Promise<JournalReplay> {
    this.checkPlan();
    const { replayPlan } = await import('./live/journal/replay.ts');
    return replayPlan(this.plan(), path);
  }

  /** The plan of the run as plain data: options, datas, strategies with their parameters, and analyzers. */
  toJSON(): Record<string, unknown> {
    return {
      options: plainOf(this.options),
      datas: this.datas.map(({ name, frame }) => ({ name, timeframe: frame.name })),
      strategies: this.strategies.map(({ name, params }) => ({ name, params: plainOf(params) })),
      analyzers: this.analyzers.map(({ name }) => name),
    };
  }

  private checkPlan(): void {
    if (this.datas.length === 0) throw new ConfigError('no data: call addData(feed) before run()');
    if (this.#searches.length > 0) {
      throw new ConfigError(
        'optStrategy has parameters to search: call optimize(cerebro) from nextbar/research in place of run()',
      );
    }
    if (this.strategies.length === 0 && this.signals.length === 0)
      throw new ConfigError('no strategy: call addStrategy(TheClass) before run()');
    const count = this.strategies.length + (this.signals.length > 0 ? 1 : 0);
    for (const number of this.sizers.keys()) {
      if (number < count) continue;
      throw new ConfigError(`addSizer: strategy must be below ${count}, the number of strategies, was ${number}`, {
        context: { field: 'strategy' },
      });
    }
  }

  /** Throws a ConfigError where what is said of a data by its name is said of none. */
  private checkDataNames(): void {
    const names = this.datas.map((one) => one.name);
    checkRiskFor(this.options.risk, names, this.highestLeverage());
    for (const name of this.schemes.keys()) {
      if (!names.includes(name)) throw new ConfigError(`setCommission: no data is named '${name}'`);
    }
    for (const name of this.instruments.keys()) {
      if (names.includes(name)) continue;
      const { message, code, context } = unknownName('data', name, names);
      throw new ConfigError(`an instrument is given for an ${message}`, { code, context });
    }
  }

  private highestLeverage(): number {
    const { account, accounts, commission } = this.options;
    const carriers: readonly { readonly leverage?: number }[] = [
      ...(typeof account === 'object' ? [account] : []),
      ...Object.values(accounts ?? {}),
      ...this.instruments.values(),
      ...this.schemes.values(),
      ...(typeof commission === 'object' ? [commission] : []),
    ];
    return Math.max(1, ...carriers.map(({ leverage = 1 }) => leverage));
  }

  private plan(): RunPlan {
    const { options, datas, analyzers, timers, sizers, schemes, defaultSizer, makeBroker } = this;
    this.checkDataNames();
    const hasOptions = typeof options.account === 'object' || options.accounts !== undefined;
    const instruments = hasOptions ? sharedInstruments(datas, this.instruments) : this.instruments;
    for (const data of datas) data.facts = instruments.get(data.name);
    return {
      options,
      datas,
      instruments,
      strategies: this.plannedStrategies(),
      analyzers,
      timers,
      sizers,
      schemes,
      defaultSizer,
      makeBroker,
    };
  }

  private plannedStrategies(): readonly PlannedStrategy[] {
    if (this.signals.length === 0) return this.strategies;
    const signals: PlannedStrategy = {
      name: SignalStrategy.name,
      params: this.signalParams,
      make: (parts) => new SignalStrategy({ ...parts, params: this.signalParams }, this.signals),
    };
    return [...this.strategies, signals];
  }
}

/** Whether a run is live. @throws {ConfigError} If its mode is none that it may have. */
function isLive(options: RunOptions | LiveRunOptions): options is LiveRunOptions {
  return modeOf(options) !== 'backtest';
}
