/** An account at a venue for tests by hand: positions opened by fills, and what it then holds, in numbers. */
import { expect } from 'vitest';

import { emptySettlement } from '../../../../src/broker/accounting/account.ts';
import type { Arithmetic } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import { FillCheck } from '../../../../src/broker/accounting/ledger/fill-check.ts';
import { Leg, type MarginMode } from '../../../../src/broker/accounting/ledger/leg.ts';
import {
  profileOf,
  type VenueProfile,
  type VenueProfileName,
} from '../../../../src/broker/accounting/ledger/liquidation.ts';
import { Terms } from '../../../../src/broker/accounting/ledger/terms.ts';
import { VenueAccount } from '../../../../src/broker/accounting/ledger/venue-account.ts';
import type { PostingKind } from '../../../../src/broker/accounting/ledger/wallet.ts';
import { Position } from '../../../../src/broker/accounting/position.ts';

import type { Instrument } from '../../../../src/core/index.ts';

/** What an account is made with. */
export interface Made {
  readonly cash?: Readonly<Record<string, number>>;
  readonly profile?: VenueProfileName | VenueProfile;
  readonly borrow?: Readonly<Record<string, number>>;
  /** Of loans. */
  readonly leverage?: number;
  readonly rates?: Readonly<Record<string, number>>;
}

/** How a position is carried. */
export interface CarriedBy {
  readonly margin?: MarginMode;
  readonly leverage?: number;
  readonly side?: 1 | -1;
}

/** One account, whose figures are read as numbers. */
export class Ground<N> {
  readonly account: VenueAccount<N>;
  readonly check: FillCheck<N>;
  readonly out = emptySettlement();
  readonly #a: Arithmetic<N>;

  constructor(a: Arithmetic<N>, { cash = { USDT: 1_000 }, profile, borrow = {}, leverage = 1, rates = {} }: Made = {}) {
    this.#a = a;
    const rateOf = (from: string, to: string): N | undefined => {
      const rate = rates[`${from}/${to}`];
      return rate === undefined ? undefined : a.of(rate);
    };
    this.account = new VenueAccount(
      'account',
      a,
      profileOf(profile),
      rateOf,
      (_terms, value) => value,
      borrow,
      leverage,
    );
    this.check = new FillCheck(this.account);
    for (const [currency, amount] of Object.entries(cash)) this.account.wallet.book(currency, a.of(amount), 'deposit');
  }

  /** Adds an instrument, flat. */
  leg(
    symbol: string,
    facts: Partial<Instrument> = {},
    { margin = 'cross', leverage = 10, side }: CarriedBy = {},
  ): Leg<N> {
    const type = symbol.includes(':') ? 'swap' : 'spot';
    const terms = new Terms(this.#a, { symbol, type, base: '', quote: '', ...facts });
    const leg = new Leg(this.#a, terms, margin, type === 'spot' ? 1 : leverage, new Position(), side ?? 0);
    this.account.legs.push(leg);
    this.account.syncSpot();
    return leg;
  }

  /** Fills an order without asking, and takes its price as the mark. */
  fill(leg: Leg<N>, size: number, price: number, isMaker = false): this {
    this.account.fill(leg, this.#a.of(size), this.#a.of(price), isMaker, this.out);
    leg.mark = price;
    return this;
  }

  /** The rule that refuses a fill; undefined where none does. */
  rule(leg: Leg<N>, size: number, price: number, isMaker = false): string | undefined {
    return this.check.refusalOf(leg, this.#a.of(size), this.#a.of(price), isMaker)?.rule;
  }

  /** Size, entry and margin of a position. */
  held({ size, entry, margin }: Leg<N>): number[] {
    return [size, entry, margin].map((value) => this.#a.toNumber(value));
  }

  balance(currency = 'USDT'): number {
    return this.#a.toNumber(this.account.wallet.balance(currency));
  }

  booked(kind: PostingKind, currency = 'USDT'): number {
    return this.#a.toNumber(this.account.wallet.booked(currency, kind));
  }

  /** The price that liquidates a position; NaN without one. */
  due(leg: Leg<N>): number {
    const price = this.account.liquidationOf(leg);
    return price === undefined ? NaN : this.#a.toNumber(price);
  }

  /** Liquidates at a price: loss and fee. */
  liquidate(leg: Leg<N>, price: number, units?: number): number[] {
    const { loss, fee } = this.account.liquidate(leg, this.#a.of(price), units === undefined ? undefined : this.#a.of(units)); // prettier-ignore
    return [this.#a.toNumber(loss), this.#a.toNumber(fee)];
  }
}

/** Expects numbers to so many digits after the point; NaN where NaN is wanted. */
export function expectClose(got: readonly number[], wanted: readonly number[], digits = 9): void {
  expect(got).toEqual(wanted.map((one): unknown => (Number.isNaN(one) ? NaN : expect.closeTo(one, digits))));
}
