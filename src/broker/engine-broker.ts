/** The broker as the engine sees it, whichever broker it is. */
import type { Timeline } from '../lines/index.ts';
import type { Blotter } from './accounting/fill-blotter.ts';
import type { CommissionOptions } from './accounting/commission.ts';
import type { ForcedOrders } from './accounting/booking.ts';
import type { InstrumentOptions } from './accounting/ledger/options.ts';
import type { AccountResult } from './accounting/ledger/records.ts';
import type { Broker } from './broker.ts';
import type { AmbiguityCount, IntrabarPolicy } from './matching/intrabar.ts';
import type { OrderTaker } from './orders/entry.ts';
import type { Notices } from './orders/notices.ts';
import type { QuietSpan } from './quiet-span.ts';
import type { TradingRules } from './rules/rules.ts';

/** What fills of earlier runs' orders did to a position, and fills of this run to the part that earlier runs had opened. */
export interface OutsideMoves {
  /** Signed units so far. */
  units: number;
  /** What they cost so far, fees included, in quote units. */
  cost: number;
  /** The price of the latest such fill; NaN before the first. */
  price: number;
}

/** What an account shows to the checks of a strict run. */
export interface AccountAudit {
  /** Whether it keeps balances at venues: what spot holds there is the balance of its coin, which fees and transfers change too. */
  readonly hasBalances: boolean;
  /** Units of a data in the account, with a remainder too small to be sold, which counts as no position. */
  heldOf(dataId: number): number;
  /** Moves of a position that no order of this run made; undefined where none are possible. */
  outside?(dataId: number): Readonly<OutsideMoves>;
  /** Cash added and withdrawn so far; undefined where the value follows from more than fills, such as interest or what a venue reports. */
  readonly added: number | undefined;
  /** The first fault in its own books; undefined without one. */
  readonly fault: string | undefined;
}

/**
 * What the engine needs of a broker. The contract suite in `test/contracts` holds every implementation to it.
 *
 * Order of calls: `open` once, with the datas of the run; then `step` for each step of the engine, after the cursors have moved and before
 * strategies run. Between steps `submit`, `cancel` and the readings may be called at any time. After each call the engine delivers
 * `notices` and clears them.
 */
export interface EngineBroker extends Broker, OrderTaker {
  /** Whose rules it trades by. */
  readonly rules: TradingRules;
  /** Cash at the start, in quote units. */
  readonly startCash: number;
  /** Whether results are counted per share of a fund. */
  readonly fundMode: boolean;
  /** The assumption about the path inside a bar. */
  readonly intrabar: IntrabarPolicy;
  /** Commission in one line for the summary. */
  readonly costs: string;
  /** What fills cost beyond their price, in one line for the summary, such as "0.05 % slippage". */
  readonly fillSummary: string;
  /** Changes of orders that strategies have not been notified of, in order. */
  readonly notices: Notices;
  /** Every fill of the run. */
  readonly blotter: Blotter;
  /** How many fills depended on the assumed path inside a bar. */
  readonly ambiguity: AmbiguityCount;
  /** Absolute value of all positions together. */
  readonly grossValue: number;
  /** What the engine's quick loop needs. Undefined for a broker that works in every step. @hidden */
  readonly quiet?: QuietSpan | undefined;
  /** The kind of account in one line for the summary. */
  readonly account: string;
  /** By strategy: the part of the account that it trades with. Undefined where all strategies share the account. */
  readonly parts?: readonly EngineBroker[] | undefined;
  /** What a strict run checks beside orders and positions; undefined for nothing. */
  readonly audit?: AccountAudit | undefined;
  /** Events of the account that the result warns of. */
  readonly warnings: readonly string[];
  /** Takes over the datas of a run, with commission schemes by name for those that have their own. */
  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void;
  /** The figures of the accounts at venues; undefined where there are none. */
  readonly accountResult?: AccountResult | undefined;
  /**
   * Makes the orders by which venues end positions; set by the engine.
   *
   * @internal
   */
  forcedOrders?: ForcedOrders;
  /** The broker's part of a step: matches orders against the new bars and values the account. */
  step(): void;
  /** Values cash and positions at the latest closes. */
  mark(): void;
  /** Value of units of a data that change hands at a price, never negative, in the currency of the account. */
  tradedValue(dataId: number, size: number, price: number): number;
  /** The first data that shows the same position: another one where several datas of an account trade one coin. */
  poolOf(dataId: number): number;
  /** Whether no data but this one has a position. */
  holdsOnly(dataId: number): boolean;
}
