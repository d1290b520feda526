/** Random streams of orders, funding, transfers, loans and liquidations against accounts, counted in floats and in decimals. */
import { Position } from '../../src/broker/accounting/position.ts';
import { emptySettlement } from '../../src/broker/accounting/account.ts';
import type { Arithmetic } from '../../src/broker/accounting/ledger/arithmetic.ts';
import { FillCheck } from '../../src/broker/accounting/ledger/fill-check.ts';
import { Leg } from '../../src/broker/accounting/ledger/leg.ts';
import { venueProfiles } from '../../src/broker/accounting/ledger/liquidation.ts';
import { Terms } from '../../src/broker/accounting/ledger/terms.ts';
import { VenueAccount } from '../../src/broker/accounting/ledger/venue-account.ts';

/** One event of a stream. */
export type StreamEvent =
  | {
      readonly kind: 'order';
      readonly leg: number;
      readonly size: number;
      readonly price: number;
      readonly isMaker: boolean;
    }
  | { readonly kind: 'funding'; readonly leg: number; readonly rate: number; readonly price: number }
  | { readonly kind: 'transfer'; readonly amount: number }
  | { readonly kind: 'mark'; readonly leg: number; readonly price: number }
  /** Interest of so many hours: an account whose stream has any may borrow. */
  | { readonly kind: 'hours'; readonly hours: number };

/** A generator of numbers from 0 to 1, the same for the same seed. */
export function chance(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** A stream of so many events over the five legs of an account; that of every second seed has loans. */
export function streamOf(seed: number, count: number): readonly StreamEvent[] {
  const random = chance(seed);
  const prices = [100, 100, 100, 100];
  return Array.from({ length: count }, () => {
    const leg = Math.floor(random() * 5);
    // The two sides of hedge mode are one contract.
    const of = Math.min(leg, 3);
    prices[of] = +(prices[of]! * (1 + (random() - 0.5) * 0.2)).toFixed(1);
    const price = Math.max(1, prices[of]);
    const pick = random();
    if (seed % 2 === 0 && pick > 0.9) return { kind: 'hours', hours: 1 + Math.floor(random() * 24) };
    if (pick < 0.6) {
      const size = +((random() - 0.5) * (leg === 2 ? 400 : 40)).toFixed(3) || 1;
      return { kind: 'order', leg, size, price, isMaker: random() < 0.5 };
    }
    if (pick < 0.75) return { kind: 'funding', leg, rate: +((random() - 0.4) * 0.01).toFixed(6), price };
    if (pick < 0.8) return { kind: 'transfer', amount: +(random() * 50).toFixed(2) };
    return { kind: 'mark', leg, price };
  });
}

/** What a stream leaves, with everything that was booked as the outside saw it. */
export interface StreamOutcome<N> {
  readonly account: VenueAccount<N>;
  /** By currency: the sum of what fills, payments, transfers and liquidations were reported to move. */
  readonly reported: ReadonlyMap<string, N>;
  readonly fills: number;
  readonly liquidations: number;
  /** Times that interest was paid, and fills that opened or closed a side in hedge mode. */
  readonly interests: number;
  readonly hedged: number;
}

/** Plays a stream: a spot, a linear and an inverse instrument, and both sides of another linear one, in one account. `scale` multiplies sizes and money. */
export function play<N>(a: Arithmetic<N>, events: readonly StreamEvent[], scale = 1): StreamOutcome<N> {
  const borrows = events.some(({ kind }) => kind === 'hours');
  const borrow: Readonly<Record<string, number>> = borrows ? { USDT: 0.35, BTC: 0.1 } : {};
  const account = new VenueAccount(
    'account',
    a,
    venueProfiles.binance,
    () => undefined,
    (_terms, value) => value,
    borrow,
    3,
  );
  const check = new FillCheck(account);
  const reported = new Map<string, N>();
  const report = (currency: string, amount: N): void => {
    reported.set(currency, a.add(reported.get(currency) ?? a.zero, amount));
  };
  const deposit = (currency: string, amount: number): void => {
    account.wallet.book(currency, a.of(amount * scale), 'deposit');
    report(currency, a.of(amount * scale));
  };
  // Who has little borrows.
  deposit('USDT', borrows ? 1_000 : 10_000);
  deposit('BTC', borrows ? 2 : 20);
  const fees = { makerFee: -0.0001, takerFee: 0.0007, liquidationFee: 0.0125 };
  const marginTiers = [{ upTo: 1e12, maintenanceRate: 0.01, maxLeverage: 50 }];
  const instruments = [
    { symbol: 'BTC/USDT', type: 'spot', feeCurrency: 'received', ...fees },
    { symbol: 'ETH/USDT:USDT', type: 'swap', marginTiers, contractSize: 0.1, ...fees },
    { symbol: 'BTC/USD:BTC', type: 'swap', marginTiers, contractSize: 10, ...fees },
    { symbol: 'SOL/USDT:USDT', type: 'swap', marginTiers, contractSize: 1, ...fees },
    { symbol: 'SOL/USDT:USDT', type: 'swap', marginTiers, contractSize: 1, ...fees },
  ] as const;
  const sides = [0, 0, 0, 1, -1] as const;
  const legs = instruments.map((one, k) => {
    const terms = new Terms(a, { base: '', quote: '', ...one });
    const leg = new Leg(a, terms, k === 1 ? 'isolated' : 'cross', k === 0 ? 1 : 10, new Position(), sides[k]);
    account.legs.push(leg);
    return leg;
  });
  account.syncSpot();
  const out = emptySettlement();
  let [fills, liquidations, interests, hedged] = [0, 0, 0, 0];
  for (const event of events) {
    if (event.kind === 'transfer') {
      account.wallet.book('USDT', a.neg(a.of(event.amount * scale)), 'transfer');
      report('USDT', a.neg(a.of(event.amount * scale)));
      continue;
    }
    if (event.kind === 'hours') {
      for (const [currency, rate] of Object.entries(borrow)) {
        const owed = reported.get(currency) ?? a.zero;
        if (a.sign(owed) < 0) {
          let due = a.zero;
          for (let hour = 0; hour < event.hours; hour++)
            due = a.add(due, a.div(a.mul(a.add(owed, due), a.of(rate)), a.of(8_760)));
          report(currency, due);
          interests++;
        }
      }
      account.chargeInterest(event.hours);
      continue;
    }
    const leg = legs[event.leg]!;
    const { terms } = leg;
    for (const one of leg.side === 0 ? [leg] : legs.slice(3)) one.mark = event.price;
    const price = a.of(event.price);
    if (event.kind === 'order') {
      const size = a.of(event.size * scale);
      if (check.refusalOf(leg, size, price, event.isMaker) !== undefined) continue;
      const closed = account.closedBy(leg, size);
      const profit =
        terms.kind === 'spot' || a.sign(closed) === 0 ? a.zero : terms.profit(a.neg(closed), leg.entry, price);
      account.fill(leg, size, price, event.isMaker, out);
      fills++;
      if (leg.side !== 0) hedged++;
      if (terms.kind === 'spot') {
        report(terms.base, size);
        report(terms.quote, a.neg(a.mul(size, price)));
      } else report(terms.settle, profit);
      report(account.lastFee.currency, a.neg(account.lastFee.fee));
    } else if (event.kind === 'funding' && terms.kind !== 'spot' && a.sign(leg.size) !== 0) {
      report(terms.settle, account.payFunding(leg, a.of(event.rate), price));
    }
    const due = account.liquidationOf(leg);
    if (due === undefined) continue;
    const isLong = a.sign(leg.size) > 0;
    if (isLong ? a.compare(price, due) > 0 : a.compare(price, due) < 0) continue;
    let carried = leg.isIsolated ? leg.margin : account.wallet.balance(terms.settle);
    let won = a.zero;
    for (const other of leg.isIsolated ? [] : legs) {
      if (other === leg || other.terms.settle !== terms.settle) continue;
      if (other.isIsolated) carried = a.sub(carried, other.margin);
      else won = a.add(won, account.unrealised(other, a.of(other.mark)));
    }
    if (a.sign(won) > 0) carried = a.add(carried, won);
    const { loss, fee } = account.liquidate(leg, price);
    const lost = a.add(loss, fee);
    report(terms.settle, a.neg(a.compare(lost, carried) > 0 ? carried : lost));
    liquidations++;
  }
  return { account, reported, fills, liquidations, interests, hedged };
}
