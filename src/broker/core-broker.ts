/** The part that all brokers share: readings of their core, and orders handed to its desk. */
import { ConfigError, type Refusal } from '../core/index.ts';
import { timelineOf, type Data } from '../lines/index.ts';
import type { CashShortage } from './accounting/cash-rule.ts';
import type { ForcedOrders } from './accounting/booking.ts';
import type { CommissionScheme } from './accounting/commission.ts';
import type { Blotter } from './accounting/fill-blotter.ts';
import type { TransferRequest } from './accounting/ledger/options.ts';
import type { AccountResult } from './accounting/ledger/records.ts';
import type { Position } from './accounting/position.ts';
import type { BrokerCore } from './broker-core.ts';
import type { IntrabarPolicy } from './matching/intrabar.ts';
import type { Notices } from './orders/notices.ts';
import type { Order } from './orders/order.ts';
import type { WorkingOrder } from './orders/working-order.ts';
import type { TradingRules } from './rules/rules.ts';
import type { AccountAudit } from './engine-broker.ts';

/** Reads what a broker's core knows. A broker adds where its fills come from. */
export abstract class CoreBroker {
  /** Whose rules it trades by. */
  readonly rules: TradingRules;
  /** Changes of orders that strategies have not been notified of, in order. */
  readonly notices: Notices;
  /** Every fill of the run. */
  readonly blotter: Blotter;
  /** Bars that an order waits beyond the one it always does. */
  readonly latencyBars: number;
  /** Whether market orders are filled at the close of the bar they are made in. */
  readonly cheatOnClose: boolean;
  /** The assumption about the path inside a bar. */
  readonly intrabar: IntrabarPolicy;
  /** Whether results are counted per share of a fund. */
  readonly fundMode: boolean;
  /** What to do with orders that exceed the cash; undefined leaves it to the rules. */
  readonly whenCashShort: CashShortage | undefined;
  /** @internal */
  protected readonly core: BrokerCore;

  /** @internal */
  constructor(core: BrokerCore) {
    this.core = core;
    this.rules = core.rules;
    this.notices = core.desk.notices;
    this.blotter = core.blotter;
    this.latencyBars = core.latencyBars;
    this.cheatOnClose = core.cheatOnClose;
    this.intrabar = core.intrabar;
    this.fundMode = core.fundMode;
    this.whenCashShort = core.whenCashShort;
  }

  /** What happened to the account that the result warns of. */
  get warnings(): readonly string[] {
    return this.core.warnings();
  }

  /** The kind of account in one line for the summary. */
  get account(): string {
    return this.core.portfolio.accountSummary;
  }

  /** What a strict run checks beside orders and positions. */
  get audit(): AccountAudit {
    const { ledger, portfolio } = this.core;
    const heldOf = (dataId: number): number => portfolio.positionOf(dataId).size;
    return { hasBalances: ledger !== undefined, heldOf, added: portfolio.added, fault: ledger?.fault };
  }

  /** What the run began with, in quote units, or in the currency of value of its accounts. */
  get startCash(): number {
    return this.core.startCash;
  }

  /** Free cash, in quote units. */
  get cash(): number {
    return this.core.cash;
  }

  /** Cash and positions at their latest closes, in quote units. */
  get value(): number {
    return this.core.value;
  }

  /** Absolute value of all positions together. */
  get grossValue(): number {
    return this.core.grossValue;
  }

  /** Value of one fund share. */
  get fundValue(): number {
    return this.core.fundValue;
  }

  /** Number of fund shares. */
  get fundShares(): number {
    return this.core.portfolio.fundShares;
  }

  /** Commission in one line for the summary. */
  get costs(): string {
    return this.schemeOf(0).summary;
  }

  /** The figures of the accounts at venues; undefined where there are none. */
  get accountResult(): AccountResult | undefined {
    return this.core.ledger?.result();
  }

  /** Makes the orders by which venues end positions; set by the engine. */
  set forcedOrders(make: ForcedOrders) {
    this.core.booking.forcedOrders = make;
  }

  /** Commission, margin and leverage of a data. */
  schemeOf(dataId: number): CommissionScheme {
    return this.core.portfolio.schemeOf(dataId);
  }

  /** Value of units of a data that change hands at a price, never negative, in the currency of the account. */
  tradedValue(dataId: number, size: number, price: number): number {
    return this.core.portfolio.tradedValue(dataId, size, price);
  }

  /** What is held of a data. */
  positionOf(dataId: number): Position {
    return this.core.portfolio.positionOf(dataId);
  }

  /** The first data that shows the same position: another one where several datas of an account trade one coin. */
  poolOf(dataId: number): number {
    return this.core.portfolio.poolOf(dataId);
  }

  /** Whether no data but this one has a position. */
  holdsOnly(dataId: number): boolean {
    return this.core.portfolio.holdsOnly(dataId);
  }

  /** The position in a data. */
  getPosition(data: Data): Readonly<Position> {
    return this.positionOf(this.core.idOf(data));
  }

  /** Signed value of the position in a data at its latest close. */
  getValue(data: Data): number {
    const { size } = this.getPosition(data);
    return size === 0 ? 0 : this.schemeOf(timelineOf(data).id).value(size, data.close.now);
  }

  /** Adds cash, or withdraws it when negative; it counts from the next step on. */
  transfer(request: TransferRequest): boolean {
    if (this.core.ledger === undefined)
      throw new ConfigError('transfer needs accounts at venues: give accounts: { ... }');
    return this.core.ledger.transfer(request);
  }

  getFree(currency: string, account?: string): number {
    if (this.core.ledger === undefined)
      throw new ConfigError('getFree needs an account at a venue: give account: { ... }');
    return this.core.ledger.free(currency, account);
  }

  addCash(amount: number): void {
    this.core.addCash(amount);
  }

  /** Values cash and positions at the latest closes. */
  mark(): void {
    this.core.portfolio.mark();
  }

  /** Returns a new order of the broker's. */
  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    return this.core.desk.make(order, owner, dataId, scheme, firstIndex);
  }

  /** Takes an order that makes no sense only to reject it. */
  refuse(working: WorkingOrder, refusal: Refusal): void {
    this.core.desk.refuse(working, refusal, 'rejected');
  }

  /** Cancels an order; false when it has ended. */
  cancel(working: WorkingOrder, reason?: string): boolean {
    return this.core.desk.end(working, 'canceled', reason);
  }
}
