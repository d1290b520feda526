/** What must hold for every sequence of orders: nobody's value is lost, the book is never crossed, and who comes first is served first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { timeframe } from '../../../src/core/index.ts';
import {
  Exchange,
  isOver,
  Refusal,
  type ExchangeRequest,
  type OrderReport,
} from '../../../src/venue/exchange/index.ts';
import type { MarketTrade } from '../../../src/venue/index.ts';

const symbol = 'BTC/USDT';
const names = ['ann', 'bob', 'cid'];

type Step =
  | { kind: 'order'; who: string; request: ExchangeRequest }
  | { kind: 'cancel'; who: string; nth: number }
  | { kind: 'crowd'; side: 'buy' | 'sell'; away: number; size: number }
  | { kind: 'take'; side: 'buy' | 'sell'; size: number };

const side = fc.constantFrom('buy' as const, 'sell' as const);
const size = fc.integer({ min: 0, max: 400 });
const price = fc.integer({ min: 95, max: 105 });
const who = fc.constantFrom(...names);

const request = fc
  .record({
    type: fc.constantFrom(
      'LIMIT' as const, 'LIMIT' as const, 'MARKET' as const, 'LIMIT_MAKER' as const, 'STOP_LOSS' as const, 'STOP_LOSS_LIMIT' as const,
      'TAKE_PROFIT' as const, 'TAKE_PROFIT_LIMIT' as const,
    ), // prettier-ignore
    side,
    size,
    price,
    stopPrice: price,
    timeInForce: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
    worth: fc.option(fc.bigInt({ min: 1n, max: 90_000_000_000n }), { nil: undefined, freq: 4 }),
  })
  .map(({ type, price, stopPrice, timeInForce, worth, ...rest }): ExchangeRequest => {
    const byValue = type === 'MARKET' && worth !== undefined;
    return {
      symbol, ...rest, type, size: byValue ? 0 : rest.size,
      ...(type === 'LIMIT' || type === 'LIMIT_MAKER' || type.endsWith('_LIMIT') ? { price } : {}),
      ...(type.includes('_L') || type.includes('TAKE') ? (type === 'LIMIT_MAKER' ? {} : { stopPrice }) : {}),
      ...(type === 'LIMIT' ? { timeInForce } : {}),
      ...(byValue ? { quoteValue: worth } : {}),
    };
  }); // prettier-ignore

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('order' as const), who, request }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), who, nth: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('crowd' as const), side, away: fc.integer({ min: 1, max: 6 }), size }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), side, size }) },
);

interface Played {
  readonly exchange: Exchange;
  readonly prints: MarketTrade[];
  readonly reports: OrderReport[];
}

function play(steps: readonly Step[], feeIn: 'received' | 'quote', after?: (played: Played) => void): Played {
  let now = 1_700_000_000_000;
  const exchange = new Exchange({
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 2 }],
    clock: () => now,
    minNotional: 0,
    makerFee: 0.0007,
    takerFee: 0.0013,
    feeIn,
    accounts: names.map((name) => ({ name, apiKey: name, secret: name, balances: { BTC: 5, USDT: 600 } })),
  });
  const played: Played = { exchange, prints: [], reports: [] };
  exchange.listen({ trade: (_, trade) => played.prints.push(trade) });
  exchange.listenToAccounts({ report: (report) => played.reports.push(report) });
  for (const one of steps) {
    now += 7;
    try {
      act(exchange, one);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    after?.(played);
  }
  return played;
}

function act(exchange: Exchange, one: Step): void {
  switch (one.kind) {
    case 'order':
      exchange.place(exchange.account(one.who), one.request);
      return;
    case 'cancel': {
      const orders = exchange.account(one.who).orders;
      const id = orders[one.nth % Math.max(1, orders.length)]?.id ?? 0;
      exchange.cancel(exchange.account(one.who), symbol, { id });
      return;
    }
    case 'crowd':
      exchange.act(symbol, () => {
        const { bids, asks } = exchange.market(symbol).book;
        const at = one.side === 'buy' ? (asks.best ?? 101) - one.away : (bids.best ?? 99) + one.away;
        if (at > 0) exchange.market(symbol).crowdRests(one.side, at, one.size);
      });
      return;
    case 'take':
      exchange.act(symbol, () => {
        exchange.crowdTakes(symbol, one.side, one.size);
      });
  }
}

const steps = fc.array(step, { maxLength: 60 });
const feeIn = fc.constantFrom('received' as const, 'quote' as const);

describe('an exchange, whatever its accounts and the crowd do', () => {
  it('creates and loses nothing: accounts, crowd and house always own the same', () => {
    fc.assert(
      fc.property(steps, feeIn, (all, fees) => {
        play(all, fees, ({ exchange }) => {
          expect(exchange.total('BTC')).toBe(15n * 10n ** 8n);
          expect(exchange.total('USDT')).toBe(1800n * 10n ** 8n);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('never lets a balance fall below nothing, and locks exactly what open orders may need', () => {
    fc.assert(
      fc.property(steps, feeIn, (all, fees) => {
        play(all, fees, ({ exchange }) => {
          for (const account of exchange.accounts) {
            const locked = { BTC: 0n, USDT: 0n };
            for (const order of account.open) {
              locked[order.side === 'buy' ? 'USDT' : 'BTC'] += order.locked;
              if (order.side === 'sell') expect(order.locked).toBe(BigInt(order.size - order.filled) * 1_000_000n);
              else {
                const value = BigInt(order.size - order.filled) * BigInt(order.price ?? order.stopPrice!) * 1_000_000n;
                expect(order.locked).toBe(value + (fees === 'quote' ? (value * 13n) / 10_000n : 0n));
              }
            }
            for (const asset of ['BTC', 'USDT'] as const) {
              expect(account.holding(asset).free >= 0n).toBe(true);
              expect(account.holding(asset).locked).toBe(locked[asset]);
            }
          }
          expect(exchange.ledger.house.holding('USDT').free >= 0n).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is never crossed, and what its book holds is what its orders have left', () => {
    fc.assert(
      fc.property(steps, (all) => {
        play(all, 'received', ({ exchange }) => {
          const { bids, asks } = exchange.market(symbol).book;
          if (bids.best !== undefined && asks.best !== undefined) expect(bids.best).toBeLessThan(asks.best);
          for (const levels of [bids, asks]) {
            for (const [price, total] of levels.levels()) {
              const orders = levels.at(price);
              expect(orders.reduce((sum, order) => sum + order.left, 0)).toBe(total);
              expect(orders.every((order) => order.left > 0)).toBe(true);
            }
          }
          for (const account of exchange.accounts) {
            for (const order of account.open) {
              if (order.resting !== undefined) expect(order.resting.left).toBe(order.size - order.filled);
            }
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('fills each order with the sum of its executions, and reports each of them once', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { exchange, prints, reports } = play(all, 'received');
        expect(prints.map(({ id }) => id)).toEqual(prints.map((_, i) => i + 1));
        const byId = new Map(prints.map((print) => [print.id, print]));
        for (const account of exchange.accounts) {
          for (const order of account.orders) {
            const fills = account.fills.filter((fill) => fill.order === order);
            expect(fills.reduce((sum, fill) => sum + fill.size, 0)).toBe(order.filled);
            expect(fills.reduce((sum, fill) => sum + fill.value, 0n)).toBe(order.value);
            for (const fill of fills) {
              expect(byId.get(fill.tradeId)).toMatchObject({ price: fill.price, size: fill.size, time: fill.time });
              if (order.price !== undefined) {
                expect(order.side === 'buy' ? fill.price <= order.price : fill.price >= order.price).toBe(true);
              }
            }
            const told = reports.filter((report) => report.order.id === order.id);
            expect(told.filter(({ kind }) => kind === 'TRADE').map(({ fill }) => fill)).toEqual(fills);
            expect(told.at(-1)!.order.status).toBe(order.status);
            if (order.status === 'FILLED') expect(order.filled).toBe(order.size);
            expect([...account.open].includes(order)).toBe(!isOver(order.status));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the bars equal to the sum of the prints', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { exchange, prints } = play(all, 'received');
        const bars = exchange.bars(symbol, timeframe('1m'), 0, Infinity);
        expect(bars.reduce((sum, bar) => sum + bar.volume, 0)).toBe(prints.reduce((sum, { size }) => sum + size, 0));
        expect(bars.reduce((sum, bar) => sum + bar.trades, 0)).toBe(prints.length);
        if (prints.length > 0) {
          expect(Math.max(...bars.map(({ high }) => high))).toBe(Math.max(...prints.map(({ price }) => price)));
          expect(bars.at(-1)!.close).toBe(prints.at(-1)!.price);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('serves the better price first, and at one price who came first', () => {
    const resting = fc.array(fc.record({ who, price: fc.integer({ min: 100, max: 104 }), size: fc.integer({ min: 1, max: 50 }) }), {
      minLength: 2, maxLength: 12,
    }); // prettier-ignore
    fc.assert(
      fc.property(resting, fc.integer({ min: 1, max: 300 }), (orders, lots) => {
        const { exchange, reports } = play([], 'received');
        const placed = orders.map(({ who, price, size }) =>
          exchange.place(exchange.account(who), { symbol, side: 'sell', type: 'LIMIT', size, price }).order,
        ); // prettier-ignore
        exchange.act(symbol, () => {
          exchange.crowdTakes(symbol, 'buy', lots);
        });
        const wanted = [...placed].sort((a, b) => a.price! - b.price! || a.id - b.id);
        const served = reports.filter(({ kind }) => kind === 'TRADE').map(({ order }) => order.id);
        expect(served).toEqual(wanted.slice(0, served.length).map(({ id }) => id));
        let left = lots;
        for (const order of wanted) {
          expect(order.filled).toBe(Math.min(order.size, left));
          left -= order.filled;
        }
      }),
      { numRuns: 200 },
    );
  });
});
