/** What an account comes to at the end of a run, and whether its books agree with themselves. */
import type { Arithmetic } from '../arithmetic.ts';
import type { Held } from './held.ts';
import type { AccountResult } from '../records.ts';
import type { VenueAccount } from '../venue-account.ts';
import { postingKinds, type PostingKind } from '../wallet.ts';

/** Balances, equity and bookings of an account by currency. */
export function statementOf<N>(a: Arithmetic<N>, account: VenueAccount<N>): AccountResult['accounts'][number] {
  const { name, wallet } = account;
  const byCurrency = <T>(read: (currency: string) => T): Record<string, T> =>
    Object.fromEntries(wallet.currencies.map((currency) => [currency, read(currency)]));
  return {
    name,
    wallet: byCurrency((currency) => a.toText(wallet.balance(currency))),
    equity: byCurrency((currency) => equityIn(a, account, currency)),
    booked: byCurrency(
      (currency) =>
        Object.fromEntries(postingKinds.map((kind) => [kind, a.toText(wallet.booked(currency, kind))])) as Record<
          PostingKind,
          string
        >,
    ),
  };
}

/** Balance and unrealised profit of an account in one currency. */
function equityIn<N>(a: Arithmetic<N>, account: VenueAccount<N>, currency: string): number {
  let equity = a.toNumber(account.wallet.balance(currency));
  for (const leg of account.legs) {
    if (leg.terms.kind === 'spot' || leg.terms.settle !== currency || a.sign(leg.size) === 0) continue;
    equity += a.toNumber(account.unrealised(leg, a.of(leg.mark)));
  }
  return equity;
}

/** What is left of spot positions below the lot, which count as flat. */
export function dustOf<N>(a: Arithmetic<N>, datas: readonly Held<N>[]): AccountResult['dust'] {
  const found: { account: string; currency: string; size: number; value: number }[] = [];
  for (const { leg, account } of datas) {
    const { terms, view } = leg;
    if (terms.kind !== 'spot' || view.size !== 0 || a.sign(leg.size) === 0) continue;
    const size = a.toNumber(leg.size);
    if (!found.some((one) => one.account === account.name && one.currency === terms.base)) {
      found.push({ account: account.name, currency: terms.base, size, value: +(size * leg.mark).toPrecision(12) });
    }
  }
  return found;
}

/** The first fault in the books of an account: a balance that differs from the sum of its bookings, or a margin without a position. */
export function faultOf<N>(a: Arithmetic<N>, { name, wallet, legs }: VenueAccount<N>): string | undefined {
  for (const currency of wallet.currencies) {
    const balance = wallet.balance(currency);
    const booked = postingKinds.reduce((sum, kind) => a.add(sum, wallet.booked(currency, kind)), a.zero);
    const off = Math.abs(a.toNumber(a.sub(balance, booked)));
    if (off > (a.name === 'decimal' ? 0 : 1e-9 * wallet.turnover(currency)))
      return `'${name}' holds ${a.toText(balance)} ${currency}, and its bookings come to ${a.toText(booked)}`;
  }
  for (const { size, entry, margin, terms } of legs) {
    if (terms.kind === 'spot' || (a.sign(size) !== 0 && a.sign(entry) > 0)) continue;
    if (a.sign(size) !== 0 || a.sign(margin) !== 0)
      return `'${name}' keeps ${a.toText(size)} of ${terms.symbol} with entry ${a.toText(entry)} and margin ${a.toText(margin)}`;
  }
  return undefined;
}
