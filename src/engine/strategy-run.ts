/** One strategy in a run: its indicators, its orders and trades, and when its hooks are called. */
import type { Analyzer, RunFacts } from '../analyzers/index.ts';
import {
  Fill,
  Refill,
  TradeBook,
  applyNotice,
  type BackBroker,
  type OrderEntry,
  type OrderNotice,
  type Trade,
} from '../broker/index.ts';
import { GateWatch, type Data, type Graph, type Timeline } from '../lines/index.ts';
import { Strategy } from './strategy.ts';

/** An analyzer under its name. */
export interface NamedAnalyzer {
  readonly name: string;
  readonly analyzer: Analyzer;
}

/** What a strategy needs of a data before `next`: so many bars. */
interface Need {
  readonly timeline: Timeline;
  readonly bars: number;
}

/** What the loop drives: one strategy with everything that belongs to it. */
export class StrategyRun {
  readonly strategy: Strategy;
  readonly name: string;
  readonly graph: Graph;
  readonly datas: readonly Data[];
  readonly entry: OrderEntry;
  readonly trades: TradeBook;
  readonly analyzers: readonly NamedAnalyzer[];
  readonly notices = new Refill<OrderNotice>();
  private readonly changedTrades: Trade[] = [];
  /** Bars that each data must have before `next` is called. */
  needs: readonly Need[] = [];
  isWarm = false;
  private gates: readonly GateWatch[] = [];
  private readonly broker: BackBroker;
  private readonly quickNotify: boolean;
  private readonly hearsCash: boolean;
  private readonly hearsFund: boolean;
  private readonly hearsMoney: boolean;
  /** Whether some analyzer asks for each single step. */
  readonly hearsSteps: boolean;
  private observed = 0;

  constructor(
    strategy: Strategy,
    name: string,
    parts: {
      readonly graph: Graph;
      readonly datas: readonly Data[];
      readonly entry: OrderEntry;
      readonly trades: TradeBook;
      readonly broker: BackBroker;
      readonly analyzers: readonly NamedAnalyzer[];
      readonly quickNotify: boolean;
    },
  ) {
    this.strategy = strategy;
    this.name = name;
    this.graph = parts.graph;
    this.datas = parts.datas;
    this.entry = parts.entry;
    this.broker = parts.broker;
    this.analyzers = parts.analyzers;
    this.quickNotify = parts.quickNotify;
    this.trades = parts.trades;
    const plain = Strategy.prototype;
    this.hearsCash = strategy.notifyCashValue !== plain.notifyCashValue;
    this.hearsFund = strategy.notifyFund !== plain.notifyFund;
    this.hearsMoney = this.hearsCash || this.hearsFund;
    this.hearsSteps = parts.analyzers.some(({ analyzer }) => analyzer.everyStep);
  }

  /** Declares the last indicators, works out the minimum periods and starts the analyzers. */
  start(facts: RunFacts): void {
    this.strategy.start();
    this.graph.close();
    const needs = new Map<Timeline, number>(this.datas.map((data) => [data.timeline, 1]));
    for (const roots of this.graph.roots) {
      for (const [timeline, bars] of roots) needs.set(timeline, Math.max(needs.get(timeline) ?? 1, bars));
    }
    this.needs = [...needs].map(([timeline, bars]) => ({ timeline, bars }));
    this.gates = this.graph.gates.map((gate) => new GateWatch(gate));
    for (const { analyzer } of this.analyzers) {
      analyzer.attach(facts);
      analyzer.start();
    }
  }

  /** Tells the strategy what happened to its orders and trades, then calls `next`, or `prenext` while it is not warm. */
  step(): void {
    if (this.notices.count > 0) this.deliver();
    const { strategy } = this;
    if (this.hearsMoney) this.tellMoney();
    if (this.isWarm) strategy.next();
    else this.warmUp();
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

  private tellMoney(): void {
    const { strategy, broker } = this;
    if (this.hearsCash) strategy.notifyCashValue(broker.cash, broker.value);
    if (this.hearsFund) strategy.notifyFund(broker.cash, broker.value, broker.fundValue, broker.fundShares);
  }

  private warmUp(): void {
    let isShort = this.needs.some(({ timeline, bars }) => timeline.index + 1 < bars);
    for (const gate of this.gates) if (!gate.isOpen()) isShort = true;
    if (isShort) {
      this.strategy.prenext();
      return;
    }
    this.isWarm = true;
    this.strategy.nextstart();
  }

  private deliver(): void {
    const { strategy, analyzers, notices, broker, changedTrades } = this;
    for (let k = 0; k < notices.count; k++) {
      const notice = notices.items[k]!;
      applyNotice(notice, broker.blotter);
      const { order, scheme } = notice.working;
      if (notice.row >= 0) this.trades.apply(order, new Fill(broker.blotter, notice.row), scheme, changedTrades);
      strategy.notifyOrder(order);
      for (let n = 0; n < analyzers.length; n++) analyzers[n]!.analyzer.notifyOrder(order);
      if (this.quickNotify) this.deliverTrades();
    }
    notices.clear();
    this.deliverTrades();
  }

  private deliverTrades(): void {
    const { changedTrades } = this;
    if (changedTrades.length === 0) return;
    for (const trade of changedTrades) {
      this.strategy.notifyTrade(trade);
      for (const { analyzer } of this.analyzers) analyzer.notifyTrade(trade);
    }
    changedTrades.length = 0;
  }
}
