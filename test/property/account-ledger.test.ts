/** The ledger of venue accounts: it conserves every digit, floats agree with decimals, and twice the size is twice the money. */
import { describe, expect, it } from 'vitest';
import { decimals, floats } from '../../src/broker/accounting/ledger/arithmetic.ts';
import { postingKinds } from '../../src/broker/accounting/ledger/wallet.ts';
import { play, streamOf } from './account-streams.ts';

const seeds = Array.from({ length: Number(process.env['ACCOUNT_STREAMS'] ?? 60) }, (_, k) => k + 1);

describe('the ledger over random streams', () => {
  it('holds exactly what was reported, and each balance is the sum of its bookings', () => {
    let [fills, liquidations, interests, hedged] = [0, 0, 0, 0];
    for (const seed of seeds) {
      const outcome = play(decimals, streamOf(seed, 60));
      const { wallet } = outcome.account;
      fills += outcome.fills;
      liquidations += outcome.liquidations;
      interests += outcome.interests;
      hedged += outcome.hedged;
      for (const currency of wallet.currencies) {
        const balance = decimals.toText(wallet.balance(currency));
        expect(balance, `seed ${seed}, ${currency}`).toBe(decimals.toText(outcome.reported.get(currency)!));
        const booked = postingKinds.reduce(
          (sum, kind) => decimals.add(sum, wallet.booked(currency, kind)),
          decimals.zero,
        );
        expect(decimals.toText(booked), `seed ${seed}, ${currency}`).toBe(balance);
      }
    }
    expect(fills).toBeGreaterThan(seeds.length * 5);
    expect(liquidations).toBeGreaterThan(seeds.length / 20);
    expect(interests).toBeGreaterThan(seeds.length / 4);
    expect(hedged).toBeGreaterThan(seeds.length * 2);
  });

  it('is the same in floats and in decimals, within a billionth', () => {
    for (const seed of seeds) {
      const events = streamOf(seed, 60);
      const [exact, quick] = [play(decimals, events), play(floats, events)];
      expect(quick.fills, `seed ${seed}`).toBe(exact.fills);
      for (const currency of exact.account.wallet.currencies) {
        const [a, b] = [exact.account.wallet.balance(currency).toNumber(), quick.account.wallet.balance(currency)];
        const scale = currency === 'USDT' ? 10_000 : 20;
        expect(Math.abs(a - b), `seed ${seed}, ${currency}`).toBeLessThan(1e-9 * Math.max(scale, Math.abs(a)));
      }
    }
  });

  it('leaves twice the money for twice the size', () => {
    for (const seed of seeds.slice(0, 20)) {
      const events = streamOf(seed, 60);
      const [once, twice] = [play(decimals, events), play(decimals, events, 2)];
      for (const currency of once.account.wallet.currencies) {
        const [a, b] = [once, twice].map(({ account }) => account.wallet.balance(currency).toNumber());
        expect(Math.abs(b! - 2 * a!), `seed ${seed}, ${currency}`).toBeLessThan(1e-12 * Math.max(1, Math.abs(b!)));
      }
    }
  });

  it('does not depend on the order of payments to different positions', () => {
    for (const seed of seeds.slice(0, 30)) {
      const orders = streamOf(seed, 30).filter(({ kind }) => kind === 'order');
      const payments = [0, 1, 2].map(
        (leg) => ({ kind: 'funding', leg, rate: 0.0001 * (leg + 1), price: 100 }) as const,
      );
      const [forth, back] = [payments, [...payments].reverse()].map((list) => play(decimals, [...orders, ...list]));
      for (const currency of forth!.account.wallet.currencies) {
        expect(back!.account.wallet.balance(currency).toFixed()).toBe(
          forth!.account.wallet.balance(currency).toFixed(),
        );
      }
    }
  });
});
