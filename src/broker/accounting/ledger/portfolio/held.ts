/** One data in its account: where it trades, its payments of funding, its position in floats and what a strategy sees of it. */
import type { Timeline } from '../../../../lines/index.ts';
import type { CommissionScheme } from '../../commission.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { FillCheck } from '../fill-check.ts';
import type { Leg } from '../leg.ts';
import type { VenueAccount } from '../venue-account.ts';

/** One data in its account. */
export interface Held<N> {
  readonly id: number;
  readonly timeline: Timeline;
  readonly account: VenueAccount<N>;
  readonly leg: Leg<N>;
  /** What its account refuses to fill. */
  readonly check: FillCheck<N>;
  readonly scheme: CommissionScheme;
  /** The data with its mark prices; undefined for its own. */
  readonly mark: Timeline | undefined;
  /** What time brings to its position. */
  readonly dues: Dues<N>;
  /** Its figures in floats, brought up to date with each booking, so that a bar costs a few comparisons. */
  readonly quick: Quick;
  /** Whether it shares its position with another data: bars of another length of the same instrument. */
  isShared: boolean;
  /**
   * Whether its new bar opened before what its position has seen already: the bars of another data of the instrument were booked meanwhile,
   * and they decide.
   */
  isBehind: boolean;
  /** Whether the position was filled in the present step through this data. */
  hasFilled: boolean;
}

/** What time brings to a position: funding, and the end of its contract. */
export class Dues<N> {
  /** Payments in rising time; those that a stream states are added while a session runs. */
  readonly funding: { readonly time: number; readonly rate: number }[];
  /** The next payment. */
  next = 0;
  /** On paper: the signed size at the moment of payments that wait for the close of their bar, by their number. */
  readonly sizes = new Map<number, N>();
  /** Whether its contract has ended. */
  isExpired = false;

  constructor(funding: readonly { readonly time: number; readonly rate: number }[]) {
    this.funding = [...funding];
  }

  /** Whether a payment is left. */
  get isAny(): boolean {
    return this.next < this.funding.length;
  }

  /** When the next payment is due; Infinity without one. */
  get nextTime(): number {
    return this.next < this.funding.length ? this.funding[this.next]!.time : Infinity;
  }
}

/** A position in floats. */
export class Quick {
  /** Signed size times contract size. */
  units = 0;
  entry = NaN;
  /** NaN where no price liquidates it. */
  liquidation = NaN;
  /** Margin that an isolated position holds. */
  margin = 0;
  /** One by the leverage. */
  gear = 1;
  readonly isInverse: boolean;
  readonly isSpot: boolean;

  constructor(isInverse: boolean, isSpot: boolean) {
    this.isInverse = isInverse;
    this.isSpot = isSpot;
  }

  unrealised(mark: number): number {
    const { units, entry } = this;
    if (units === 0) return 0;
    return this.isInverse ? units / entry - units / mark : units * (mark - entry);
  }

  notional(mark: number): number {
    const units = Math.abs(this.units);
    return this.isInverse ? units / mark : units * mark;
  }
}

/** What a position in an account shows beyond its size. */
export class LegDetails<N> {
  readonly #a: Arithmetic<N>;
  readonly #account: VenueAccount<N>;
  readonly #leg: Leg<N>;
  readonly #catchUp: () => void;

  constructor(a: Arithmetic<N>, account: VenueAccount<N>, leg: Leg<N>, catchUp: () => void) {
    this.#a = a;
    this.#account = account;
    this.#leg = leg;
    this.#catchUp = catchUp;
  }

  get mark(): number {
    this.#catchUp();
    return this.#leg.mark;
  }

  get unrealised(): number {
    this.#catchUp();
    const { mark, size, entry, terms } = this.#leg;
    const a = this.#a;
    if (a.sign(size) === 0 || Number.isNaN(mark)) return 0;
    return a.toNumber(terms.profit(size, entry, a.of(mark)));
  }

  get margin(): number | undefined {
    const leg = this.#leg;
    return leg.terms.kind === 'spot' || !leg.isIsolated ? undefined : this.#a.toNumber(leg.margin);
  }

  get liquidationPrice(): number | undefined {
    const price = this.#account.liquidationOf(this.#leg);
    return price === undefined ? undefined : this.#a.toNumber(price);
  }

  get fundingPaid(): number {
    // Not -0 before the first payment.
    return 0 - this.#a.toNumber(this.#leg.funding);
  }
}

/** When the present bar opens. */
export function openOf({ time, index }: Timeline): number {
  return time.values[index - time.base]!;
}

/** A price of the present bar of the data with the mark prices; of the data itself where that bar is missing. */
export function markOf(
  { timeline, mark }: { readonly timeline: Timeline; readonly mark: Timeline | undefined },
  field: 'open' | 'high' | 'low' | 'close',
): number {
  const isThere = mark !== undefined && mark.index >= 0 && momentOf(mark, field) === momentOf(timeline, field);
  const source = isThere ? mark : timeline;
  const column = source[field];
  return column.values[source.index - column.base]!;
}

/** The close of its bar for a close, which shorter bars of the mark share; else the open, which bars of one length do. */
function momentOf(timeline: Timeline, field: 'open' | 'high' | 'low' | 'close'): number {
  return field === 'close' ? timeline.closeAt(timeline.index) : openOf(timeline);
}

/** A stamp that venues put on a payment late still belongs to the bar that opens then. */
export const lateStampMs = 1_000;

/** How far the quick liquidation price may be off the exact one. */
export const slack = 1 + 1e-9;
