/** One strategy in a run: its indicators, its orders and trades, and when its hooks are called. */
import { StrategyError, messageOf, type MarketBook, type TradeTick } from '../../core/index.ts';
import { Analyzer, TradeReader, type RunFacts } from '../../analyzers/index.ts';
import {
  Notices,
  Refill,
  TradeBook,
  applyNotice,
  type EngineBroker,
  type Order,
  type OrderEntry,
  type Trade,
} from '../../broker/index.ts';
import {
  timelineOf,
  GateWatch,
  Line,
  mapped,
  nodeOf,
  type Data,
  type Graph,
  type IndicatorNode,
  type Timeline,
} from '../../lines/index.ts';
import type { Drawing } from './drawing.ts';
import { refusePromise, type CheckedHooks } from './hooks.ts';
import { readState, writtenState } from './saved-state.ts';
import { Strategy } from './strategy.ts';

/** An analyzer under its name. */
export interface NamedAnalyzer {
  readonly name: string;
  readonly analyzer: Analyzer;
}

/** Receives the notifications that a strategy receives about its orders and trades. */
export interface RunHearing {
  order(run: StrategyRun, order: Order): void;
  trade(run: StrategyRun, trade: Trade): void;
}

/** How many bars of a data a strategy needs before `next`. */
interface Need {
  readonly timeline: Timeline;
  readonly bars: number;
}

/** What the loop drives: one strategy with everything that belongs to it. */
export class StrategyRun {
  readonly strategy: Strategy;
  /** The strategy, as the engine calls it. */
  readonly hooks: CheckedHooks;
  readonly name: string;
  /** Its name among the strategies of the run. */
  readonly label: string;
  readonly graph: Graph;
  readonly datas: readonly Data[];
  readonly entry: OrderEntry;
  readonly drawing: Drawing;
  readonly trades: TradeBook;
  readonly analyzers: readonly NamedAnalyzer[];
  readonly notices = new Notices();
  private readonly changedTrades = new Refill<Trade>();
  /** Where trades that open or close are noted for those who listen to them; undefined where nobody does. */
  private readonly toldTrades: Refill<Trade> | undefined;
  /** Mistakes that do not stop the run, one sentence each. */
  readonly warnings: readonly string[];
  /** Bars that each data must have before `next` is called. */
  needs: readonly Need[] = [];
  isWarm = false;
  private gates: readonly GateWatch[] = [];
  private readonly broker: EngineBroker;
  private readonly quickNotify: boolean;
  private readonly hearsCash: boolean;
  private readonly hearsFund: boolean;
  private readonly hearsMoney: boolean;
  /** Whether the strategy has the hook for trades, and for books. */
  readonly hearsTrades: boolean;
  readonly hearsBooks: boolean;
  /** Whether some analyzer asks for each single step. */
  readonly hearsSteps: boolean;
  /** Whether anybody listens to each thing that happens to an order. */
  readonly hearsOrders: boolean;
  /** The analyzers that listen to orders, and to trades. */
  private readonly orderHearers: readonly Analyzer[];
  private readonly tradeHearers: readonly Analyzer[];
  private observed = 0;
  private readonly hearing: RunHearing | undefined;
  /** The open of the bar that it sleeps until; -Infinity once it is awake. */
  private tradesFrom: number;

  constructor(
    strategy: Strategy,
    name: string,
    parts: {
      readonly label: string;
      readonly graph: Graph;
      readonly datas: readonly Data[];
      readonly entry: OrderEntry;
      readonly drawing: Drawing;
      readonly trades: TradeBook;
      readonly broker: EngineBroker;
      readonly analyzers: readonly NamedAnalyzer[];
      readonly quickNotify: boolean;
      readonly hearing?: RunHearing | undefined;
      readonly warnings: readonly string[];
      /** It sleeps until a bar opens then. */
      readonly tradesFrom?: number | undefined;
    },
  ) {
    this.strategy = strategy;
    this.hooks = strategy;
    this.name = name;
    this.label = parts.label;
    this.graph = parts.graph;
    this.datas = parts.datas;
    this.entry = parts.entry;
    this.drawing = parts.drawing;
    this.broker = parts.broker;
    this.analyzers = parts.analyzers;
    this.quickNotify = parts.quickNotify;
    this.hearing = parts.hearing;
    this.warnings = parts.warnings;
    this.tradesFrom = parts.tradesFrom ?? -Infinity;
    this.trades = parts.trades;
    const plain = Strategy.prototype;
    this.hearsCash = strategy.notifyCashValue !== plain.notifyCashValue;
    this.hearsFund = strategy.notifyFund !== plain.notifyFund;
    this.hearsMoney = this.hearsCash || this.hearsFund;
    this.hearsTrades = strategy.nextTrade !== plain.nextTrade;
    this.hearsBooks = strategy.nextBook !== plain.nextBook;
    const readers = mapped(parts.analyzers, ({ analyzer }) => analyzer);
    this.orderHearers = readers.filter((one) => one.notifyOrder !== Analyzer.prototype.notifyOrder);
    this.hearsOrders =
      strategy.notifyOrder !== plain.notifyOrder || this.orderHearers.length > 0 || this.hearing !== undefined;
    this.tradeHearers = readers.filter((one) => {
      return (
        one.notifyTrade !== Analyzer.prototype.notifyTrade && !(one instanceof TradeReader && one.readFrom(this.trades))
      );
    });
    const isTold =
      strategy.notifyTrade !== plain.notifyTrade || this.tradeHearers.length > 0 || this.hearing !== undefined;
    this.toldTrades = isTold ? this.changedTrades : undefined;
    this.hearsSteps = parts.analyzers.some(({ analyzer }) => analyzer.everyStep);
  }

  /** Declares the last indicators, works out the minimum periods and starts the analyzers. */
  start(facts: RunFacts): void {
    this.call('start');
    this.graph.close();
    const needs = new Map<Timeline, number>(this.datas.map((data) => [timelineOf(data), 1]));
    for (const roots of this.graph.roots) {
      for (const [timeline, bars] of roots) needs.set(timeline, Math.max(needs.get(timeline) ?? 1, bars));
    }
    this.needs = mapped([...needs], ([timeline, bars]) => ({ timeline, bars }));
    this.gates = mapped(this.graph.gates, (gate) => new GateWatch(gate));
    for (const { analyzer } of this.analyzers) {
      analyzer.attach(facts, this.label);
      analyzer.start();
    }
  }

  /** What the strategy saves for a later run, as JSON can hold it; undefined where it saves nothing. @throws {StrategyError} If it could not come back as it was. */
  saveState(): unknown {
    const { strategy } = this;
    if (strategy.saveState === undefined) return undefined;
    try {
      const state = strategy.saveState();
      if (state === undefined) return undefined;
      refusePromise(state, this.name, 'saveState');
      return writtenState(state);
    } catch (cause) {
      if (cause instanceof StrategyError && cause.code === 'async-hook') throw cause;
      throw new StrategyError(`saveState() of ${this.name}: ${messageOf(cause)}`, { cause, code: 'state' });
    }
  }

  /** Hands the strategy what it saved in an earlier run. */
  loadState(state: unknown): void {
    const { strategy } = this;
    if (strategy.loadState === undefined) return;
    try {
      const load: (saved: unknown) => unknown = strategy.loadState.bind(strategy);
      const returned = load(readState(state));
      if (returned !== undefined) refusePromise(returned, this.name, 'loadState');
    } catch (cause) {
      if (cause instanceof StrategyError && cause.code === 'async-hook') throw cause;
      throw new StrategyError(`loadState() of ${this.name}: ${messageOf(cause)}`, { cause, code: 'state' });
    }
  }

  /** The indicators that the strategy holds in its fields, singly, in lists or in records: those it will most likely read. */
  heldIndicators(): Set<IndicatorNode> {
    const found = new Set<IndicatorNode>();
    const look = (value: unknown, depth: number): void => {
      if (value instanceof Line) {
        const node = nodeOf(value);
        if (node !== undefined) found.add(node);
      } else if (depth > 0 && isSmallRecord(value)) {
        for (const inner of Object.values(value)) look(inner, depth - 1);
      }
    };
    for (const value of Object.values(this.strategy)) look(value, 2);
    return found;
  }

  /** Notifies the strategy of its orders and trades, then calls `next`, or `prenext` while it is not warm. */
  step(): void {
    if (this.notices.count > 0) this.deliver();
    const { hooks } = this;
    if (this.hearsMoney && !this.isAsleep) this.tellMoney();
    if (!this.isWarm) this.warmUp();
    else {
      const returned = hooks.next();
      if (returned !== undefined) refusePromise(returned, this.name, 'next');
    }
  }

  /** Whether its indicators warm up before the bars that it trades: none of its hooks but `start` is called, so that it places no order. */
  get isAsleep(): boolean {
    if (this.tradesFrom === -Infinity) return false;
    if (!this.datas.some((data) => data.length > 0 && data.time >= this.tradesFrom)) return true;
    this.tradesFrom = -Infinity;
    return false;
  }

  /** Whether a step in which the broker has nothing to do is a call of `next` and nothing else. */
  get onlyCallsNext(): boolean {
    return this.isWarm && !this.hearsMoney;
  }

  /** Notifies the strategy of its orders and trades between steps. */
  deliverNotices(): void {
    if (this.notices.count > 0) this.deliver();
  }

  /** Shows the step just recorded to the analyzers that ask for each. */
  observeStep(step: number): void {
    for (const { analyzer } of this.analyzers) if (analyzer.everyStep) analyzer.observe(step, step + 1);
  }

  /** Shows the other analyzers the steps recorded since they last looked. */
  observeBlock(to: number): void {
    if (to === this.observed) return;
    for (const { analyzer } of this.analyzers) if (!analyzer.everyStep) analyzer.observe(this.observed, to);
    this.observed = to;
  }

  /** Calls a hook that takes nothing. */
  call(hook: 'start' | 'prenext' | 'nextstart' | 'nextOpen' | 'stop'): void {
    this.sync(hook, this.hooks[hook]());
  }

  /** Calls the hook for trades once the data has a bar. */
  callTrade(dataId: number, trade: TradeTick): void {
    const data = this.datas[dataId]!;
    if (this.hearsTrades && data.length > 0) this.sync('nextTrade', this.hooks.nextTrade(data, trade));
  }

  /** Calls the hook for books once the data has a bar. */
  callBook(dataId: number, book: MarketBook): void {
    const data = this.datas[dataId]!;
    if (this.hearsBooks && data.length > 0) this.sync('nextBook', this.hooks.nextBook(data, book));
  }

  /** Throws if a hook returned a promise. */
  sync(hook: string, returned: unknown): void {
    if (returned !== undefined) refusePromise(returned, this.name, hook);
  }

  private tellMoney(): void {
    const { hooks, broker } = this;
    if (this.hearsCash) this.sync('notifyCashValue', hooks.notifyCashValue(broker.cash, broker.value));
    if (this.hearsFund) {
      const { cash, value, fundValue, fundShares } = broker;
      this.sync('notifyFund', hooks.notifyFund(cash, value, fundValue, fundShares));
    }
  }

  private warmUp(): void {
    let isShort = this.needs.some(({ timeline, bars }) => timeline.index + 1 < bars);
    for (const gate of this.gates) if (!gate.isOpen()) isShort = true;
    if (this.isAsleep) return;
    if (isShort) {
      this.call('prenext');
      return;
    }
    this.isWarm = true;
    this.call('nextstart');
  }

  private deliver(): void {
    const { hooks, orderHearers, notices, broker, toldTrades } = this;
    for (let k = 0; k < notices.count; k++) {
      const notice = notices.items[k]!;
      applyNotice(notice, broker.blotter);
      const { order, scheme } = notice.working;
      if (notice.row >= 0) this.trades.apply(order, broker.blotter, notice.row, scheme, toldTrades);
      this.hearing?.order(this, order);
      this.sync('notifyOrder', hooks.notifyOrder(order));
      for (let n = 0; n < orderHearers.length; n++) orderHearers[n]!.notifyOrder(order);
      if (this.quickNotify) this.deliverTrades();
    }
    notices.clear();
    this.deliverTrades();
  }

  private deliverTrades(): void {
    const { changedTrades, tradeHearers } = this;
    for (let k = 0; k < changedTrades.count; k++) {
      const trade = changedTrades.items[k]!;
      this.hearing?.trade(this, trade);
      this.sync('notifyTrade', this.hooks.notifyTrade(trade));
      for (let n = 0; n < tradeHearers.length; n++) tradeHearers[n]!.notifyTrade(trade);
    }
    changedTrades.clear();
  }
}

/** Hands the broker's notices to the strategies whose orders they are about, and clears them. */
export function distribute(notices: Notices, runs: readonly StrategyRun[]): void {
  const alone = runs.length === 1 ? runs[0] : undefined;
  if (alone?.notices.count === 0) alone.notices.swap(notices);
  for (let k = 0; k < notices.count; k++) {
    const notice = notices.items[k]!;
    runs[notice.working.owner]!.notices.add(notice.working, notice.status, notice.row, notice.reason, notice.rule);
  }
  notices.clear();
}

/** A list or a record, not an object with a class of its own and not a heap of numbers. */
export function isSmallRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const kind: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) ? value.length < 1_000 : kind === Object.prototype;
}
