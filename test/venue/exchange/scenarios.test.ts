/** Orders and what becomes of them, with the sums worked out by hand. */
import { describe, expect, it } from 'vitest';

import {
  balanceText,
  Exchange,
  Refusal,
  type Account,
  type ExchangeOptions,
  type ExchangeRequest,
  type OrderReport,
} from '../../../src/venue/exchange/index.ts';

const symbol = 'BTC/USDT';

interface Played {
  readonly exchange: Exchange;
  readonly reports: OrderReport[];
  readonly ann: Account;
  readonly bob: Account;
  /** Prices in cents, sizes in thousandths. */
  readonly place: (
    account: Account,
    side: 'buy' | 'sell',
    type: ExchangeRequest['type'],
    size: number,
    more?: Partial<ExchangeRequest>,
  ) => ReturnType<Exchange['place']>['order'];
  readonly free: (account: Account, asset: string) => string;
  readonly locked: (account: Account, asset: string) => string;
}

function open(options: Partial<ExchangeOptions> = {}): Played {
  let now = 0;
  const exchange = new Exchange({
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 3 }],
    clock: () => (now += 10),
    accounts: ['ann', 'bob'].map((name) => ({ name, apiKey: name, secret: 's', balances: { USDT: 1000, BTC: 10 } })),
    ...options,
  }); // prettier-ignore
  const reports: OrderReport[] = [];
  exchange.listenToAccounts({ report: (report) => reports.push(report) });
  return {
    exchange, reports, ann: exchange.account('ann'), bob: exchange.account('bob'),
    place: (account, side, type, size, more = {}) => exchange.place(account, { symbol, side, type, size, ...more }).order,
    free: (account, asset) => balanceText(account.holding(asset).free),
    locked: (account, asset) => balanceText(account.holding(asset).locked),
  }; // prettier-ignore
}

/** The code and words of a refusal. */
function refusal(act: () => unknown): [number, string] {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.message];
    throw error;
  }
  throw new Error('it was taken');
}

describe('an exchange', () => {
  it('trades two accounts at the resting price, and takes a tenth of a percent of what each receives', () => {
    const { ann, bob, place, free, locked, exchange } = open();
    place(ann, 'sell', 'LIMIT', 2_000, { price: 100_00 });
    expect([free(ann, 'BTC'), locked(ann, 'BTC')]).toEqual(['8.00000000', '2.00000000']);
    const order = place(bob, 'buy', 'LIMIT', 3_000, { price: 101_00 });
    expect([order.status, order.filled]).toEqual(['PARTIALLY_FILLED', 2_000]);
    // bob paid 200 for 2 less 0.002, and has 1 at 101 waiting; ann got 200 less 0.20.
    expect([free(bob, 'USDT'), locked(bob, 'USDT'), free(bob, 'BTC')]).toEqual(['699.00000000', '101.00000000', '11.99800000']);
    expect([free(ann, 'USDT'), free(ann, 'BTC'), locked(ann, 'BTC')]).toEqual(['1199.80000000', '8.00000000', '0.00000000']);
    expect([free(exchange.ledger.house, 'USDT'), free(exchange.ledger.house, 'BTC')]).toEqual(['0.20000000', '0.00200000']);
    expect(exchange.book(symbol)).toMatchObject({ bids: [[101_00, 1_000]], asks: [] });
    expect(bob.fills).toMatchObject([{ price: 100_00, size: 2_000, isMaker: false, feeAsset: 'BTC' }]);
    expect(ann.fills).toMatchObject([{ isMaker: true, feeAsset: 'USDT' }]);
  }); // prettier-ignore

  it('takes fees in quote from both sides when told to, makers and takers apart', () => {
    const { ann, bob, place, free, locked } = open({ feeIn: 'quote', makerFee: 0.001, takerFee: 0.002 });
    place(ann, 'buy', 'LIMIT', 1_000, { price: 100_00 });
    expect(locked(ann, 'USDT')).toBe('100.20000000');
    place(bob, 'sell', 'MARKET', 1_000);
    expect([free(ann, 'USDT'), locked(ann, 'USDT'), free(ann, 'BTC')]).toEqual(['899.90000000', '0.00000000', '11.00000000']); // prettier-ignore
    expect([free(bob, 'USDT'), free(bob, 'BTC')]).toEqual(['1099.80000000', '9.00000000']);
  });

  it('walks the book with a market order, and ends what it cannot fill', () => {
    const { ann, bob, place, free } = open({ takerFee: 0 });
    place(ann, 'sell', 'LIMIT', 1_000, { price: 100_00 });
    place(ann, 'sell', 'LIMIT', 1_000, { price: 102_00 });
    const order = place(bob, 'buy', 'MARKET', 3_000);
    expect([order.status, order.filled, balanceText(order.value)]).toEqual(['EXPIRED', 2_000, '202.00000000']);
    expect(free(bob, 'USDT')).toBe('798.00000000');
  });

  it('spends what a market order by value is worth, to the lot', () => {
    const { ann, bob, place, free } = open({ takerFee: 0 });
    place(ann, 'sell', 'LIMIT', 1_000, { price: 100_00 });
    place(ann, 'sell', 'LIMIT', 5_000, { price: 110_00 });
    const order = place(bob, 'buy', 'MARKET', 0, { quoteValue: 250n * 10n ** 8n });
    // 1 at 100, and 150 / 110 = 1.363 at 110: 249.93 in all.
    expect([order.status, order.filled, balanceText(order.value)]).toEqual(['FILLED', 2_363, '249.93000000']);
    expect(free(bob, 'USDT')).toBe('750.07000000');
  });

  it('leaves no rest of orders that must be done at once', () => {
    const { ann, bob, place } = open();
    place(ann, 'sell', 'LIMIT', 1_000, { price: 100_00 });
    expect(place(bob, 'buy', 'LIMIT', 2_000, { price: 100_00, timeInForce: 'FOK' })).toMatchObject({ status: 'EXPIRED', filled: 0 });
    expect(place(bob, 'buy', 'LIMIT', 2_000, { price: 100_00, timeInForce: 'IOC' })).toMatchObject({ status: 'EXPIRED', filled: 1_000 });
    expect([...bob.open]).toEqual([]);
  }); // prettier-ignore

  it('ends a resting order rather than let an account trade with itself, and goes on to the next', () => {
    const { ann, bob, place } = open();
    const own = place(ann, 'sell', 'LIMIT', 1_000, { price: 100_00 });
    place(bob, 'sell', 'LIMIT', 1_000, { price: 101_00 });
    const taker = place(ann, 'buy', 'MARKET', 1_000);
    expect([own.status, own.filled]).toEqual(['EXPIRED_IN_MATCH', 0]);
    expect(taker).toMatchObject({ status: 'FILLED' });
    expect(ann.fills.map(({ price }) => price)).toEqual([101_00]);
  });

  it('wakes stop orders by prints, one after another when one reaches the next', () => {
    const { ann, bob, place, exchange, reports } = open();
    exchange.act(symbol, () => {
      const market = exchange.market(symbol);
      for (const price of [99_00, 98_00, 97_00, 96_00]) market.crowdRests('buy', price, 1_000);
      market.crowdRests('sell', 101_00, 5_000);
      market.print(exchange.now(), 100_00, 1, 'buy');
    });
    const first = place(ann, 'sell', 'STOP_LOSS', 1_000, { stopPrice: 99_00 });
    const second = place(bob, 'sell', 'STOP_LOSS_LIMIT', 1_000, { stopPrice: 98_00, price: 97_50 });
    const third = place(ann, 'buy', 'TAKE_PROFIT', 1_000, { stopPrice: 90_00 });
    expect(locked(ann)).toEqual(['90.00000000', '1.00000000']);
    // A sale of 1 prints at 99, which wakes the first; it takes 98, which wakes the second; that finds 97 below its limit.
    exchange.act(symbol, () => {
      exchange.crowdTakes(symbol, 'sell', 1_000, 99_00);
    });
    expect([first.status, ann.fills[0]!.price]).toEqual(['FILLED', 98_00]);
    expect([second.status, second.resting?.price, third.status]).toEqual(['NEW', 97_50, 'NEW']);
    const told = reports.filter(({ order }) => order.id === second.id).map(({ kind, order }) => [kind, order.workingTime !== undefined]); // prettier-ignore
    expect(told).toEqual([['NEW', false], ['NEW', true]]); // prettier-ignore
    function locked(account: Account): string[] {
      return ['USDT', 'BTC'].map((asset) => balanceText(account.holding(asset).locked));
    }
  });

  it('refuses what Binance refuses, and changes nothing then', () => {
    const { ann, bob, place, exchange, free } = open();
    place(bob, 'sell', 'LIMIT', 1_000, { price: 100_00, clientId: 'a' });
    place(bob, 'buy', 'LIMIT', 1_000, { price: 90_00 });
    const buy = (size: number, more: Partial<ExchangeRequest>, type: ExchangeRequest['type'] = 'LIMIT') =>
      refusal(() => place(ann, 'buy', type, size, more)); // prettier-ignore
    expect(buy(0, { price: 90_00 })).toEqual([-1013, 'Invalid quantity.']);
    expect(buy(1.5, { price: 90_00 })).toEqual([-1013, 'Filter failure: LOT_SIZE']);
    expect(buy(1_000, { price: 0 })).toEqual([-1013, 'Invalid price.']);
    expect(buy(1_000, { price: 90.5 })).toEqual([-1013, 'Filter failure: PRICE_FILTER']);
    expect(buy(40, { price: 90_00 })).toEqual([-1013, 'Filter failure: NOTIONAL']);
    expect(buy(11_000, { price: 91_00 })).toEqual([-2010, 'Account has insufficient balance for requested action.']);
    expect(buy(1_000, { price: 100_00 }, 'LIMIT_MAKER')).toEqual([-2010, 'Order would immediately match and take.']);
    expect(buy(1_000, { stopPrice: 80_00 }, 'STOP_LOSS')).toEqual([-2010, 'Order would trigger immediately.']);
    expect(refusal(() => place(bob, 'buy', 'LIMIT', 1_000, { price: 80_00, clientId: 'a' }))).toEqual([-2010, 'Duplicate order sent.']); // prettier-ignore
    expect(refusal(() => place(ann, 'buy', 'LIMIT', 1_000, { price: 80_00, symbol: 'X/Y' }))).toEqual([-1121, 'Invalid symbol.']); // prettier-ignore
    expect(refusal(() => exchange.cancel(ann, symbol, { clientId: 'a' }))).toEqual([-2011, 'Unknown order sent.']);
    expect([ann.orders, free(ann, 'USDT')]).toEqual([[], '1000.00000000']);
    // The same client id may be used by another account, and again when its order is over.
    place(ann, 'buy', 'LIMIT', 1_000, { price: 80_00, clientId: 'a' });
    exchange.cancel(bob, symbol, { clientId: 'a' });
    place(bob, 'sell', 'LIMIT', 1_000, { price: 101_00, clientId: 'a' });
  });

  it('never lets its time go back', () => {
    const times = [50, 40, 60.9];
    const exchange = new Exchange({ instruments: [], clock: () => times.shift()! });
    expect([exchange.now(), exchange.now(), exchange.now()]).toEqual([50, 50, 60]);
  });

  it('says which option cannot be right', () => {
    expect(() => open({ makerFee: 1 })).toThrow('makerFee must be a fraction from 0 to below 1, was 1');
    expect(() => open({ makerFees: 1 } as object)).toThrow("unknown option of Exchange 'makerFees': did you mean 'makerFee'?"); // prettier-ignore
    expect(() => open({ accounts: [{ apiKey: 'k', secret: 's', balances: { BTC: '0.123456789' } }] })).toThrow(/balance of BTC must be an amount of at most 8 decimals/); // prettier-ignore
    expect(() => open({ instruments: [{ symbol, base: 'B', quote: 'U', priceDecimals: 5, sizeDecimals: 4 }] })).toThrow(/together at most 8, were 5 and 4/); // prettier-ignore
    expect(() => open().exchange.account('eve')).toThrow("there is no account 'eve'");
  });
});
