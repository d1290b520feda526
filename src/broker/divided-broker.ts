/** An account divided among strategies: each trades with a part of its own, and the account is the sum of the parts. */
import type { Refusal } from '../core/index.ts';
import { timelineOf, type Data, type Timeline } from '../lines/index.ts';
import type { CashShortage } from './accounting/cash-rule.ts';
import type { CommissionOptions, CommissionScheme } from './accounting/commission.ts';
import { Blotter } from './accounting/fill-blotter.ts';
import type { InstrumentOptions } from './accounting/ledger/options.ts';
import { Position } from './accounting/position.ts';
import type { EngineBroker } from './engine-broker.ts';
import { NewsList, type BrokerInput, type LiveBroker, type LiveContext } from './live/live-broker.ts';
import { AmbiguityCount, type IntrabarPolicy } from './matching/intrabar.ts';
import type { CheckedAmendment } from './orders/amendment.ts';
import { Notices } from './orders/notices.ts';
import type { Order } from './orders/order.ts';
import type { WorkingOrder } from './orders/working-order.ts';
import type { TradingRules } from './rules/rules.ts';

/** The part of one strategy. */
export interface AccountPart<B extends EngineBroker = EngineBroker> {
  /** The name of its strategy, for warnings. */
  readonly name: string;
  readonly broker: B;
}

/** Makes the parts of a divided account; they write into one blotter and one list of notices. */
export type PartMaker<B extends EngineBroker> = (books: {
  readonly notices: Notices;
  readonly blotter: Blotter;
}) => readonly AccountPart<B>[];

/**
 * Cash and positions of all strategies together. A strategy's orders go to its own part, which knows no other: it cannot close what another
 * holds, nor spend another's cash. Positions are netted here alone, for the account's figures.
 */
export class DividedBroker<B extends EngineBroker = EngineBroker> implements EngineBroker {
  readonly notices = new Notices();
  readonly blotter = new Blotter();
  readonly parts: readonly B[];
  readonly rules: TradingRules;
  readonly startCash: number;
  readonly latencyBars: number;
  readonly cheatOnClose: boolean;
  readonly intrabar: IntrabarPolicy;
  readonly fundMode: boolean;
  readonly fillSummary: string;
  readonly whenCashShort: CashShortage | undefined;
  private readonly names: readonly string[];
  private readonly idle: number;
  private readonly fundStart: number;
  private readonly net: Position[] = [];
  private timelines: readonly Timeline[] = [];

  /**
   * @param make - Makes the parts, in the order of the strategies.
   * @param startCash - Cash of the whole account; what no part was given lies idle.
   * @param fundStart - Value of a fund share at the start.
   */
  constructor(make: PartMaker<B>, startCash: number, fundStart = 100) {
    const made = make({ notices: this.notices, blotter: this.blotter });
    this.parts = made.map(({ broker }) => broker);
    this.names = made.map(({ name }) => name);
    const first = this.parts[0]!;
    this.rules = first.rules;
    this.latencyBars = first.latencyBars;
    this.cheatOnClose = first.cheatOnClose;
    this.intrabar = first.intrabar;
    this.fundMode = first.fundMode;
    this.fillSummary = first.fillSummary;
    this.whenCashShort = first.whenCashShort;
    this.startCash = startCash;
    this.fundStart = fundStart;
    const idle = startCash - this.sum((part) => part.startCash);
    // What rounding leaves of shares that add up to all is nothing.
    this.idle = Math.abs(idle) <= 1e-9 * startCash ? 0 : idle;
  }

  get cash(): number {
    return this.idle + this.sum(({ cash }) => cash);
  }

  get value(): number {
    return this.idle + this.sum(({ value }) => value);
  }

  /** Absolute value of the positions after netting. */
  get grossValue(): number {
    let gross = this.sum(({ grossValue }) => grossValue);
    for (const { id, close, index } of this.timelines) {
      const units = this.sum((part) => Math.abs(part.positionOf(id).size));
      const netted = units - Math.abs(this.sum((part) => part.positionOf(id).size));
      if (netted > 0) gross -= Math.abs(this.schemeOf(id).value(netted, close.at(index)));
    }
    return Math.max(0, gross);
  }

  get fundShares(): number {
    return this.idle / this.fundStart + this.sum(({ fundShares }) => fundShares);
  }

  get fundValue(): number {
    const { fundShares } = this;
    return fundShares === 0 ? this.fundStart : this.value / fundShares;
  }

  get costs(): string {
    return this.parts[0]!.costs;
  }

  get account(): string {
    return this.parts[0]!.account;
  }

  get ambiguity(): AmbiguityCount {
    const all = new AmbiguityCount();
    for (const { ambiguity } of this.parts) all.add(ambiguity);
    return all;
  }

  /** What the parts warn of: with the strategy's name where they do not warn of the same. */
  get warnings(): readonly string[] {
    const { names } = this;
    const lists = this.parts.map(({ warnings }) => warnings);
    const isCommon = (text: string): boolean => lists.every((list) => list.includes(text));
    return [
      ...lists[0]!.filter(isCommon),
      ...lists.flatMap((list, k) => list.filter((text) => !isCommon(text)).map((text) => `${names[k]!}: ${text}`)),
    ];
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.timelines = timelines;
    for (const part of this.parts) part.open(timelines, schemes, instruments);
    for (const { id } of timelines) this.net[id] = new Position();
  }

  step(): void {
    for (let k = 0; k < this.parts.length; k++) this.parts[k]!.step();
  }

  mark(): void {
    for (const part of this.parts) part.mark();
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.parts[0]!.schemeOf(dataId);
  }

  tradedValue(dataId: number, size: number, price: number): number {
    return this.parts[0]!.tradedValue(dataId, size, price);
  }

  /** The net position: the sum of the sizes, at the average entry price of the parts on its side. */
  positionOf(dataId: number): Position {
    const net = this.net[dataId]!;
    net.size = this.sum((part) => part.positionOf(dataId).size);
    let units = 0;
    let paid = 0;
    for (const part of this.parts) {
      const { size, price } = part.positionOf(dataId);
      if (size * net.size <= 0) continue;
      units += Math.abs(size);
      paid += Math.abs(size) * price;
    }
    net.price = units === 0 ? 0 : paid / units;
    net.settledPrice = net.price;
    return net;
  }

  poolOf(dataId: number): number {
    return this.parts[0]!.poolOf(dataId);
  }

  holdsOnly(dataId: number): boolean {
    return this.parts.every((part) => part.holdsOnly(dataId));
  }

  getPosition(data: Data): Readonly<Position> {
    return this.positionOf(timelineOf(data).id);
  }

  getValue(data: Data): number {
    return this.sum((part) => part.getValue(data));
  }

  /** Adds cash to every part alike. A strategy's own `broker.addCash` adds to its part. */
  addCash(amount: number): void {
    for (const part of this.parts) part.addCash(amount / this.parts.length);
  }

  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    return this.parts[owner]!.makeWorking(order, owner, dataId, scheme, firstIndex);
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.parts[working.owner]!.submit(working, isTransmitted);
  }

  cancel(working: WorkingOrder, reason?: string): boolean {
    return this.parts[working.owner]!.cancel(working, reason);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    return this.parts[working.owner]!.amend(working, change);
  }

  refuse(working: WorkingOrder, refusal: Refusal): void {
    this.parts[working.owner]!.refuse(working, refusal);
  }

  private sum(of: (part: B) => number): number {
    let total = 0;
    for (const part of this.parts) total += of(part);
    return total;
  }
}

/** A divided account of a live session: every part sees the whole market. */
export class DividedLiveBroker extends DividedBroker<LiveBroker> implements LiveBroker {
  readonly news = new NewsList();

  get mode(): LiveBroker['mode'] {
    return this.parts[0]!.mode;
  }

  get isReady(): boolean {
    return this.parts.every(({ isReady }) => isReady);
  }

  get isSettled(): boolean {
    return this.parts.every(({ isSettled }) => isSettled);
  }

  get isAwaitingAnswer(): boolean {
    return this.parts.some(({ isAwaitingAnswer }) => isAwaitingAnswer);
  }

  heldOf(dataId: number): number {
    return this.positionOf(dataId).size;
  }

  async connect(context: LiveContext): Promise<void> {
    for (const part of this.parts) await part.connect(context);
  }

  async disconnect(): Promise<void> {
    for (const part of this.parts) await part.disconnect();
  }

  take(input: BrokerInput): void {
    for (const part of this.parts) part.take(input);
  }

  onTrade(...facts: Parameters<LiveBroker['onTrade']>): void {
    for (const part of this.parts) part.onTrade(...facts);
  }

  onQuote(...facts: Parameters<LiveBroker['onQuote']>): void {
    for (const part of this.parts) part.onQuote(...facts);
  }

  onBook(...facts: Parameters<LiveBroker['onBook']>): void {
    for (const part of this.parts) part.onBook(...facts);
  }

  halt(...facts: Parameters<LiveBroker['halt']>): void {
    for (const part of this.parts) part.halt(...facts);
  }

  onFunding(...facts: Parameters<LiveBroker['onFunding']>): void {
    for (const part of this.parts) part.onFunding(...facts);
  }

  onState(...facts: Parameters<LiveBroker['onState']>): void {
    for (const part of this.parts) part.onState(...facts);
  }

  onClock(now: number): void {
    for (const part of this.parts) part.onClock(now);
  }

  pause(reason: string | undefined): void {
    for (const part of this.parts) part.pause(reason);
  }

  pausedFor(working: WorkingOrder): string | undefined {
    return this.parts[working.owner]!.pausedFor(working);
  }

  act(): void {
    for (const part of this.parts) {
      part.act();
      const { items, count } = part.news;
      for (let k = 0; k < count; k++) this.news.push(items[k]!);
      part.news.clear();
    }
  }
}
