/** Order lists and amendments in any order of events: money is conserved, locks add up, and at most one leg of a pair trades. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Exchange, Refusal, type Account, type ExchangeOrder, type ExchangeRequest } from '../../../src/venue/index.ts';
import { isOver } from '../../../src/venue/exchange/index.ts';

const symbol = 'BTC/USDT';

type Step =
  | { readonly kind: 'oco'; readonly side: 'buy' | 'sell'; readonly size: number; readonly away: number }
  | { readonly kind: 'otoco'; readonly side: 'buy' | 'sell'; readonly size: number; readonly away: number }
  | { readonly kind: 'place'; readonly side: 'buy' | 'sell'; readonly size: number; readonly away: number }
  | { readonly kind: 'amend'; readonly at: number; readonly share: number }
  | { readonly kind: 'cancel'; readonly at: number }
  | { readonly kind: 'crowd'; readonly side: 'buy' | 'sell'; readonly lots: number; readonly to: number };

const side = fc.constantFrom('buy' as const, 'sell' as const);
const size = fc.integer({ min: 10, max: 400 });
const away = fc.integer({ min: 2, max: 30 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('oco' as const), side, size, away }),
    fc.record({ kind: fc.constant('otoco' as const), side, size, away }),
    fc.record({ kind: fc.constant('place' as const), side, size, away }),
    fc.record({ kind: fc.constant('amend' as const), at: fc.nat(20), share: fc.double({ min: 0.1, max: 1.1, noNaN: true }) }),
    fc.record({ kind: fc.constant('cancel' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('crowd' as const), side, lots: fc.integer({ min: 1, max: 600 }), to: fc.integer({ min: -35, max: 35 }) }),
  ),
  { minLength: 1, maxLength: 30 },
); // prettier-ignore

function start(feeIn: 'received' | 'quote'): { exchange: Exchange; account: Account } {
  const exchange = new Exchange({
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 1, sizeDecimals: 3 }],
    clock: () => 1_000, feeIn, minNotional: 0.1,
    accounts: [{ name: 'me', apiKey: 'k', secret: 's', balances: { USDT: 200, BTC: 2 } }],
  }); // prettier-ignore
  exchange.act(symbol, () => {
    exchange.market(symbol).print(1_000, 1_000, 1, 'buy');
  });
  return { exchange, account: exchange.account('me') };
}

function play({ exchange, account }: ReturnType<typeof start>, step: Step): void {
  const last = exchange.market(symbol).log.lastPrice!;
  const open = [...account.open];
  const pair = (of: 'buy' | 'sell', lots: number, gap: number): [ExchangeRequest, ExchangeRequest] => {
    const away = of === 'sell' ? gap : -gap;
    return [
      { symbol, side: of, type: 'LIMIT_MAKER', size: lots, price: Math.max(1, last + away) },
      { symbol, side: of, type: 'STOP_LOSS', size: lots, stopPrice: Math.max(1, last - away) },
    ];
  };
  switch (step.kind) {
    case 'oco':
      exchange.placeList(account, { contingency: 'OCO', orders: pair(step.side, step.size, step.away) });
      return;
    case 'otoco': {
      const price = Math.max(1, last + (step.side === 'buy' ? -step.away : step.away));
      const working: ExchangeRequest = { symbol, side: step.side, type: 'LIMIT', size: step.size, price };
      const exits = pair(step.side === 'buy' ? 'sell' : 'buy', step.size, step.away * 2);
      exchange.placeList(account, { contingency: 'OTO', orders: [working, ...exits] });
      return;
    }
    case 'place': {
      const price = Math.max(1, last + (step.side === 'buy' ? -step.away : step.away));
      exchange.place(account, { symbol, side: step.side, type: 'LIMIT', size: step.size, price });
      return;
    }
    case 'amend': {
      const order = open[step.at];
      if (order !== undefined) exchange.amend(account, symbol, { id: order.id }, Math.floor(order.size * step.share));
      return;
    }
    case 'cancel': {
      const order = open[step.at];
      if (order !== undefined) exchange.cancel(account, symbol, { id: order.id });
      return;
    }
    case 'crowd':
      exchange.act(symbol, () => {
        const price = Math.max(1, last + step.to);
        const traded = exchange.crowdTakes(symbol, step.side, step.lots, price);
        if (traded < step.lots) exchange.market(symbol).print(1_000, price, step.lots - traded, step.side);
        // What triggers finds a book to trade in.
        exchange.market(symbol).crowdQuotes('buy', Math.max(1, price - 1), 3, 200);
        exchange.market(symbol).crowdQuotes('sell', price + 1, 3, 200);
      });
  }
}

function pairsOf(account: Account): ExchangeOrder[][] {
  return account.lists.map((list) => (list.contingency === 'OCO' ? list.orders : list.orders.slice(1)));
}

it.each(['received', 'quote'] as const)('holds whatever happens, with fees in what is %s', (feeIn) => {
  fc.assert(
    fc.property(steps, (events) => {
      const one = start(feeIn);
      const { exchange, account } = one;
      const totals = ['USDT', 'BTC'].map((asset) => exchange.total(asset));
      for (const event of events) {
        try {
          play(one, event);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        expect(['USDT', 'BTC'].map((asset) => exchange.total(asset))).toEqual(totals);
        for (const asset of ['USDT', 'BTC']) {
          const { free, locked } = account.holding(asset);
          const orders = [...account.open].filter((order) => (order.side === 'buy' ? 'USDT' : 'BTC') === asset);
          expect(locked).toBe(orders.reduce((sum, order) => sum + order.locked, 0n));
          expect(free >= 0n && orders.every((order) => order.locked >= 0n)).toBe(true);
        }
        for (const [a, b] of pairsOf(account)) {
          expect(a!.filled === 0 || b!.filled === 0).toBe(true);
          if (a!.filled > 0) expect(isOver(b!.status)).toBe(true);
          if (b!.filled > 0) expect(isOver(a!.status)).toBe(true);
        }
        for (const list of account.lists) {
          expect(list.isDone).toBe(list.orders.every(({ status }) => isOver(status)));
          const [working, ...pending] = list.orders;
          if (list.contingency === 'OTO' && working!.status !== 'FILLED') {
            expect(pending.every(({ status, locked }) => (status === 'PENDING_NEW' || isOver(status)) && locked === 0n)).toBe(true);
          }
        }
      }
      for (const { id } of [...account.open]) {
        const order = exchange.find(account, symbol, { id })!;
        if (!isOver(order.status)) exchange.cancel(account, symbol, { id });
      }
      expect([account.holding('USDT').locked, account.holding('BTC').locked]).toEqual([0n, 0n]);
    }),
    { numRuns: 300, seed: 7 },
  );
}, 120_000); // prettier-ignore

it('takes no order and no list while trading is halted, and lets open ones be canceled', () => {
  const { exchange, account } = start('received');
  const sell = (price: number): ExchangeRequest => ({ symbol, side: 'sell', type: 'LIMIT', size: 100, price });
  const stop: ExchangeRequest = { symbol, side: 'sell', type: 'STOP_LOSS', size: 100, stopPrice: 900 };
  const { list } = exchange.placeList(account, { contingency: 'OCO', orders: [sell(1_100), stop] });
  exchange.halted.add(symbol);
  const closed = new Refusal(-2010, 'Market is closed.');
  expect(() => exchange.place(account, sell(1_200))).toThrow(closed);
  expect(() => exchange.placeList(account, { contingency: 'OCO', orders: [sell(1_100), stop] })).toThrow(closed);
  exchange.cancelList(account, symbol, { id: list.id });
  expect(account.orders.map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED']);
});
