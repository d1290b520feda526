/** The base class of every strategy: what it sees, its notifications, and what it can do. */
import {
  placeBracket,
  targetPercent,
  targetSize,
  targetValue,
  type AmendOptions,
  type Bracket,
  type BracketOptions,
  type Broker,
  type Order,
  type OrderEntry,
  type OrderOptions,
  type Position,
  type TargetOptions,
  type Trade,
} from '../../broker/index.ts';
import {
  checkFunction,
  ConfigError,
  plainOf,
  showPlainly,
  type MarketBook,
  type StreamState,
  type TradeTick,
} from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import type { Drawing, MarkOptions, StrategyPlotOptions } from './drawing.ts';
import type { ExternalSignal } from './external-signal.ts';
import { partsOf, type EngineAccess, type EngineParts } from './engine-access.ts';
import type { TimerOptions } from './timer-schedule.ts';
import type { DayTimer, TimerCallback } from './timers.ts';

/** What the engine gives a strategy when it is made; a constructor of your own passes it to `super`. */
export interface StrategyContext<P extends object> {
  /** The class's own parameters, overridden by those of `addStrategy`. */
  readonly params: P;
  /** Every data of the run in the order added. */
  readonly datas: readonly Data[];
  /** The account: cash, value, positions. */
  readonly broker: Broker;
  /** The way to the engine; it shows nothing. */
  readonly engine: EngineAccess;
}

/** A strategy class whose params have the defaults `params`. */
export interface StrategyClass<P extends object> {
  new (context: StrategyContext<P>): Strategy<P>;
  /** The defaults of its parameters. */
  readonly params?: P;
  /** The class's name, which names its result. */
  readonly name: string;
}

/**
 * A trading strategy. Write one by extending it:
 *
 * ```ts
 * export class SmaCross extends Strategy<typeof SmaCross.params> {
 *   static readonly params = { fast: 10, slow: 30 };
 *   readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
 *
 *   override next(): void {
 *     if (this.cross.now > 0) this.buy();
 *     else if (this.cross.now < 0) this.close();
 *   }
 * }
 * ```
 *
 * `next` is called for each step from the first in which every indicator has a value. An order placed in it is first
 * matched against the next bar.
 *
 * @typeParam P - Its parameters: `typeof TheClass.params`.
 */
export abstract class Strategy<P extends object = object> {
  static {
    showPlainly(Strategy, (one) => {
      const { datas: _datas, data: _data, broker: _broker, ...own } = one;
      return own;
    });
  }

  /** The parameters of this run: the class's own, with what `addStrategy` was given. */
  readonly params: Readonly<P>;
  /** Every data of the run in the order added. */
  readonly datas: readonly Data[];
  /** The first data. */
  readonly data: Data;
  /** The account: cash, value, positions. */
  readonly broker: Broker;
  readonly #entry: OrderEntry;
  readonly #addTimer: EngineParts['addTimer'];
  readonly #drawing: Drawing;

  constructor(context: StrategyContext<P>) {
    this.params = context.params;
    this.datas = context.datas;
    const first = context.datas[0];
    if (first === undefined)
      throw new ConfigError('a strategy needs at least one data: call cerebro.addData(feed) first');
    this.data = first;
    this.broker = context.broker;
    const { entry, addTimer, drawing } = partsOf(context.engine);
    this.#entry = entry;
    this.#addTimer = addTimer;
    this.#drawing = drawing;
  }

  /** Called before the first bar; the last place to declare indicators. */
  start(): void {}

  /** Called in each step in which some indicator has no value yet. */
  prenext(): void {}

  /** Called once, in the first step in which every indicator has a value; calls `next` unless overridden. */
  nextstart(): void {
    // Returned, so that a promise is noticed in the first step too.
    return this.next();
  }

  /** Each step from then on. */
  next(): void {}

  /**
   * Called at the open of each bar, before the bar is known, in a run with `cheatOnOpen`: lines still show the bar before,
   * `data.openingPrice` the price that just opened, and market orders placed here are filled at it.
   */
  nextOpen(): void {}

  /**
   * Called for each trade of the market: in a tick backtest, a recorded stream and a live run, from the data's first bar on. Lines still
   * show the closed bars.
   */
  nextTrade(_data: Data, _trade: TradeTick): void {}

  /**
   * Called for each change of the book: in a tick backtest, and in a recorded or live run of a feed with `subscribeBook()`, from the data's
   * first bar on. Read the levels here; later, `data.stream.book()` returns the present book.
   */
  nextBook(_data: Data, _book: MarketBook): void {}

  /** Called after the last bar. Orders placed here never fill. */
  stop(): void {}

  /** Called when an order changed its status, with the same object that `buy` or `sell` returned. */
  notifyOrder(_order: Order): void {}

  /** A trade opened or closed. */
  notifyTrade(_trade: Trade): void {}

  /** Called in each step before `next`, with cash and value after the broker has matched the orders. */
  notifyCashValue(_cash: number, _value: number): void {}

  /** Called in each step before `next`, with the value of a fund share and the number of shares. */
  notifyFund(_cash: number, _value: number, _fundValue: number, _shares: number): void {}

  /**
   * Called in a live run when the stream of a data changed its state. While it is not `live`, bars may come late and orders are refused,
   * unless `staleOrders` says otherwise.
   */
  notifyData(_data: Data, _state: StreamState, _reason: string): void {}

  /** Called in a live run with each message about the exchange and the account, in one sentence. */
  notifyStore(_message: string): void {}

  /**
   * Returns the state that a session keeps for its later runs; called after each step and at the end. Without it nothing is kept.
   *
   * Plain data comes back equal: numbers (NaN and infinities too), bigints, texts, booleans, null, undefined, lists, records, Date, Map and Set, at
   * most 16 MB. Anything else, such as a function, an instance of a class or a cycle, ends the session with a StrategyError that names the field.
   *
   * ```ts
   * override saveState(): { entries: number } { return { entries: this.entries }; }
   * override loadState(state: { entries: number }): void { this.entries = state.entries; }
   * ```
   */
  saveState?(): unknown;

  /** Called after `start()` with the state that an earlier run of the session saved, if there is one. */
  loadState?(state: unknown): void;

  /** Called when a timer is due; `when` is its due time, which the step's clock may have passed. */
  notifyTimer(_timer: DayTimer, _when: number): void {}

  /**
   * Called in a live run when a signal arrives from outside, such as a webhook of a charting service: between steps, at the session's time.
   * Lines show the last closed bar, and orders placed here are sent at once. Never called in a backtest.
   */
  notifySignal(_signal: ExternalSignal): void {}

  /**
   * Calls `notifyTimer`, or `callback`, once a day at a time of day: with the first step at or after it, in the broker's step but before
   * `next`. A day without a step after that time is skipped.
   *
   * @throws {ConfigError} If an option cannot be right.
   */
  addTimer(options: TimerOptions, callback?: TimerCallback): DayTimer {
    if (callback !== undefined) checkFunction('the callback of addTimer', callback, 'a function');
    return this.#addTimer(options, callback);
  }

  /** The position in the first data. */
  get position(): Readonly<Position> {
    return this.broker.getPosition(this.data);
  }

  /** The position in a data, given itself or by name. */
  getPosition(data: Data | string): Readonly<Position> {
    return this.broker.getPosition(this.#entry.dataOf(data));
  }

  /**
   * The open trade of a data, the first unless given; undefined when there is none. Its `memo` keeps whatever the strategy wants to
   * remember about it until it closes.
   */
  getTrade(data?: Data | string, tradeId?: number): Trade | undefined {
    return this.#entry.trades.openOf(this.#entry.dataOf(data), tradeId);
  }

  /** The data of a name. */
  getData(name: string): Data {
    return this.#entry.dataOf(name);
  }

  /** Every order of this strategy so far, ended ones included, in the order placed. `openOrders` lists the open ones. */
  get orderHistory(): readonly Order[] {
    return this.#entry.orders;
  }

  /** Orders that may still fill, on all datas, in the order placed. Each reading returns a new list. */
  get openOrders(): readonly Order[] {
    return this.#entry.open.read(undefined);
  }

  /** The open orders on one data, given itself or by name. */
  getOpenOrders(data: Data | string): readonly Order[] {
    return this.#entry.open.read(this.#entry.dataOf(data));
  }

  /**
   * Buys. Without options it is a market order of the size that the sizer chooses.
   *
   * @returns The order, or undefined when the sizer finds nothing to do.
   * @throws {OrderError} If the order makes no sense: a size not above 0, a limit order without a price, a data without a bar.
   */
  buy(options?: OrderOptions): Order | undefined {
    return this.#entry.place('buy', options);
  }

  /** Sells, with the options of `buy`; sells short when there is no position. */
  sell(options?: OrderOptions): Order | undefined {
    return this.#entry.place('sell', options);
  }

  /**
   * Closes the position in a data, or `size` units of it, with an order of the opposite side. Called again while that order is open,
   * it does nothing. With a `tradeId` it closes what that trade holds, as far as the position reaches; under Backtrader's rules the id only marks
   * the order, which closes the whole position.
   *
   * @returns The order, or undefined when there is no position, or an open order closes it already.
   */
  close(options?: OrderOptions): Order | undefined {
    return this.#entry.close(options);
  }

  /**
   * Buys with a protective stop and a profit target, which begin to work when the entry is executed.
   *
   * ```ts
   * this.buyBracket({ size: 1, price: 100, stopLoss: 95, takeProfit: 110 });
   * ```
   *
   * @returns The three orders, or undefined when the sizer finds nothing to do.
   */
  buyBracket(options: BracketOptions): Bracket | undefined {
    return placeBracket(this.#entry, 'buy', options);
  }

  /** Sells short with a protective stop above and a profit target below, as `buyBracket` does for a buy. */
  sellBracket(options: BracketOptions): Bracket | undefined {
    return placeBracket(this.#entry, 'sell', options);
  }

  /** Buys or sells as much as brings the position to `size` units, negative for short; undefined when it is there already. */
  orderTargetSize(size: number, options: TargetOptions = {}): Order | undefined {
    return targetSize(this.#entry, this.#entry.broker, size, options);
  }

  /** Buys or sells as much as brings the position to a value in quote units, at the order's price or the latest close. */
  orderTargetValue(value: number, options: TargetOptions = {}): Order | undefined {
    return targetValue(this.#entry, this.#entry.broker, value, options);
  }

  /** Buys or sells as much as brings the position to a fraction of the total value: 0.5 is half of it, -0.5 half of it short. */
  orderTargetPercent(fraction: number, options: TargetOptions = {}): Order | undefined {
    return targetPercent(this.#entry, this.#entry.broker, fraction, options);
  }

  /**
   * Changes an open order: its price, size, trail or validity. It keeps its bracket and its group.
   *
   * ```ts
   * this.amend(bracket.stopLoss, { price: this.data.close.now - this.range.now });
   * ```
   *
   * @returns False when the order has ended.
   * @throws {OrderError} If the order has no such price, or a number cannot be right.
   */
  amend(order: Order, options: AmendOptions): boolean {
    return this.#entry.amend(order, options);
  }

  /**
   * Draws a value at the present bar in the report of the run, one series for each name. The last value drawn at a bar counts. It changes
   * nothing else.
   *
   * ```ts
   * this.plot('stop', this.stopPrice, { pane: 'price', style: 'step', colour: 'crimson' });
   * ```
   *
   * @param value - NaN for a gap.
   * @param options - How the series is drawn; those of the first call with a name count.
   * @throws {ConfigError} If an option is unknown, or the data has no bar yet.
   */
  plot(name: string, value: number, options?: StrategyPlotOptions): void {
    this.#drawing.plot(name, value, options);
  }

  /**
   * Writes a text at the present bar in the report of the run. It changes nothing else.
   *
   * @throws {ConfigError} If the text is empty, an option is unknown, or the data has no bar yet.
   */
  mark(text: string, options: MarkOptions = {}): void {
    this.#drawing.mark(text, options);
  }

  /** The strategy as plain data: its name and parameters. */
  toJSON(): Record<string, unknown> {
    return { name: nameOfStrategy(this.constructor), params: plainOf(this.params) };
  }

  /** Cancels an order; false when it has ended already. */
  cancel(order: Order): boolean {
    return this.#entry.cancel(order);
  }
}

/** The display name of a strategy class; a class without a name takes that of its base class. */
export function nameOfStrategy({ name }: { readonly name: string }): string {
  return name === '' ? 'Strategy' : name;
}
