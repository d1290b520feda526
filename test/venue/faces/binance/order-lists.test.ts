/** Amendments, cancel-replace and order lists through real ccxt, by the rules of Binance's documentation. */
import { describe, expect, it } from 'vitest';

import type { Account } from '../../../../src/venue/index.ts';
import { localVenue, type LocalVenue } from './local.ts';

type Fields = Readonly<Record<string, unknown>>;
type Client = Readonly<Record<string, (request: object) => Promise<Fields>>>;

const symbol = 'BTC/USDT';

interface Setup {
  readonly venue: LocalVenue;
  readonly client: Client;
  readonly account: Account;
  /** Balances as `free/locked` of quote and base. */
  readonly balances: () => string[];
  /** The error that a request is refused with. */
  readonly refusal: (method: string, request: object) => Promise<Fields>;
}

async function setup(): Promise<Setup> {
  const venue = await localVenue();
  const ccxt = await venue.client();
  // ccxt has no methods of its own for these two.
  const raw = (path: string, method: string) => (params: object) => ccxt.request(path, 'private', method, params) as Promise<Fields>;
  const client = Object.assign(ccxt as unknown as Record<string, Client[string]>, {
    privatePutOrderAmendKeepPriority: raw('order/amend/keepPriority', 'PUT'),
    privateGetOrderAmendments: raw('order/amendments', 'GET'),
  });
  const account = venue.market.exchange.account('me');
  return {
    venue, client, account,
    balances: () => ['USDT', 'BTC'].map((asset) => {
      const { free, locked } = account.holding(asset);
      return `${Number(free) / 1e8}/${Number(locked) / 1e8}`;
    }),
    refusal: async (method, request) => {
      await expect(client[method]!(request)).rejects.toThrow();
      return JSON.parse(ccxt.last_http_response!) as Fields;
    },
  };
} // prettier-ignore

const limit = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '2', price: '90' };
/** The price is about 100: a profit above it, a stop below it. */
const oco = {
  symbol: 'BTCUSDT', side: 'SELL', quantity: '1', aboveType: 'LIMIT_MAKER', abovePrice: '150', belowType: 'STOP_LOSS', belowStopPrice: '60',
}; // prettier-ignore

describe('an amendment', () => {
  it('reduces the quantity, keeps the number and the place in the queue, and frees money', async () => {
    const { client, account, balances, venue } = await setup();
    const placed = await client['privatePostOrder']!({ ...limit, newClientOrderId: 'mine' });
    expect(balances()[0]).toBe('9820/180');
    const rival = venue.market.exchange.addAccount({ name: 'rival', apiKey: 'r', secret: 'r', balances: { USDT: 1_000 } });
    venue.market.exchange.place(rival, { symbol, side: 'buy', type: 'LIMIT', size: 10_000, price: 900 });
    const answer = await client['privatePutOrderAmendKeepPriority']!({
      symbol: 'BTCUSDT', orderId: placed['orderId'], newQty: '1', newClientOrderId: 'mine',
    });
    expect(answer['amendedOrder']).toMatchObject({
      orderId: placed['orderId'], clientOrderId: 'mine', origClientOrderId: 'mine', qty: '1.0000', executedQty: '0.0000', status: 'NEW', price: '90.0',
    });
    expect(balances()[0]).toBe('9910/90');
    venue.market.exchange.act(symbol, () => {
      const market = venue.market.exchange.market(symbol);
      for (const price of [...market.crowdLevels('buy').keys()]) market.crowdRests('buy', price, 0);
      venue.market.exchange.crowdTakes(symbol, 'sell', 5_000, 900);
    });
    expect(account.fills.map(({ size }) => size)).toEqual([5_000]);
    expect(rival.fills).toEqual([]);
    const history = await client['privateGetOrderAmendments']!({ symbol: 'BTCUSDT', orderId: placed['orderId'] });
    expect(history).toMatchObject([{ origQty: '2.0000', newQty: '1.0000', origClientOrderId: 'mine', newClientOrderId: 'mine' }]);
  }); // prettier-ignore

  it.each([
    ['the same quantity', '2', -2038, 'The requested action would change no state; rejecting'],
    ['more', '3', -2038, 'Order amend (quantity increase) is not supported.'],
    ['a quantity between two lots', '0.00001', -1013, 'Filter failure: LOT_SIZE'],
    ['less than the least value', '0.0001', -1013, 'Filter failure: NOTIONAL'],
  ])('to %s is refused, and changes nothing', async (_, newQty, code, msg) => {
    const { client, refusal, balances } = await setup();
    const { orderId } = await client['privatePostOrder']!(limit);
    expect(await refusal('privatePutOrderAmendKeepPriority', { symbol: 'BTCUSDT', orderId, newQty })).toEqual({
      code,
      msg,
    });
    expect(balances()[0]).toBe('9820/180');
  });

  it('gives the order a new client id unless the present one is sent, ten times at most', async () => {
    const { client, refusal } = await setup();
    const { orderId } = await client['privatePostOrder']!({ ...limit, newClientOrderId: 'first' });
    const amend = (newQty: string): object => ({ symbol: 'BTCUSDT', orderId, newQty });
    const { amendedOrder } = await client['privatePutOrderAmendKeepPriority']!(amend('1.9'));
    expect((amendedOrder as Fields)['origClientOrderId']).toBe('first');
    expect((amendedOrder as Fields)['clientOrderId']).not.toBe('first');
    const gone = await refusal('privateGetOrder', { symbol: 'BTCUSDT', origClientOrderId: 'first' });
    expect(gone['code']).toBe(-2013);
    for (let i = 2; i <= 10; i++) await client['privatePutOrderAmendKeepPriority']!(amend((2 - i / 10).toFixed(1)));
    expect(await refusal('privatePutOrderAmendKeepPriority', amend('0.5'))).toEqual({
      code: -2038,
      msg: 'Filter failure: MAX_NUM_ORDER_AMENDS',
    });
  });
});

describe('cancel-replace', () => {
  it('puts a new order in the place of an open one, as editOrder of ccxt does', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const old = await client.createOrder(symbol, 'limit', 'buy', 2, 90, { clientOrderId: 'old' });
    const edited = await client.editOrder(old.id!, symbol, 'limit', 'buy', 1, 91, { newClientOrderId: 'new' });
    expect(edited).toMatchObject({ clientOrderId: 'new', price: 91, amount: 1, status: 'open' });
    expect((await client.fetchOpenOrders(symbol)).map(({ clientOrderId }) => clientOrderId)).toEqual(['new']);
    expect((await client.fetchBalance())['USDT']).toMatchObject({ free: 9_909, used: 91 });
  });

  const wanted = { ...limit, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 'old' };

  it('places nothing when there is nothing to cancel', async () => {
    const { refusal, account } = await setup();
    expect(await refusal('privatePostOrderCancelReplace', wanted)).toEqual({
      code: -2022, msg: 'Order cancel-replace failed.',
      data: {
        cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: { code: -2011, msg: 'Unknown order sent.' }, newOrderResponse: null,
      },
    }); // prettier-ignore
    expect(account.orders).toEqual([]);
  });

  it('places the new order all the same where failures are allowed, and says that it did half', async () => {
    const { refusal, account } = await setup();
    const answer = await refusal('privatePostOrderCancelReplace', { ...wanted, cancelReplaceMode: 'ALLOW_FAILURE' });
    expect(answer).toMatchObject({ code: -2021, data: { cancelResult: 'FAILURE', newOrderResult: 'SUCCESS' } });
    expect(account.orders).toHaveLength(1);
  });

  it('leaves the old order canceled when the new one is refused by the matching engine', async () => {
    const { client, refusal, account } = await setup();
    await client['privatePostOrder']!({ ...limit, newClientOrderId: 'old' });
    const taking = { ...wanted, type: 'LIMIT_MAKER', price: '130', timeInForce: undefined };
    expect(await refusal('privatePostOrderCancelReplace', taking)).toMatchObject({
      code: -2021,
      data: {
        cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', cancelResponse: { origClientOrderId: 'old', status: 'CANCELED' },
        newOrderResponse: { code: -2010, msg: 'Order would immediately match and take.' },
      },
    }); // prettier-ignore
    expect(account.orders.map(({ status }) => status)).toEqual(['CANCELED']);
  });

  it('touches nothing when the new order fails a filter', async () => {
    const { client, refusal, account } = await setup();
    await client['privatePostOrder']!({ ...limit, newClientOrderId: 'old' });
    expect(await refusal('privatePostOrderCancelReplace', { ...wanted, price: '90.05' })).toEqual({
      code: -1013,
      msg: 'Filter failure: PRICE_FILTER',
    });
    expect(account.orders.map(({ status }) => status)).toEqual(['NEW']);
  });
});

describe('an OCO', () => {
  it('locks the money once for both legs, and canceling a leg cancels both', async () => {
    const { client, balances, account } = await setup();
    const answer = await client['privatePostOrderListOco']!(oco);
    expect(answer).toMatchObject({ contingencyType: 'OCO', listStatusType: 'EXEC_STARTED', listOrderStatus: 'EXECUTING' });
    expect((answer['orderReports'] as Fields[]).map(({ type, status }) => [type, status])).toEqual([
      ['LIMIT_MAKER', 'NEW'],
      ['STOP_LOSS', 'NEW'],
    ]);
    expect(balances()[1]).toBe('1/1');
    const [leg] = answer['orders'] as Fields[];
    const canceled = await client['privateDeleteOrder']!({ symbol: 'BTCUSDT', orderId: leg!['orderId'] });
    expect(canceled).toMatchObject({ listOrderStatus: 'ALL_DONE' });
    expect(account.orders.map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED']);
    expect(balances()[1]).toBe('2/0');
  }); // prettier-ignore

  it.each([
    ['the limit leg', (venue: LocalVenue) => venue.market.exchange.crowdTakes(symbol, 'buy', 3_000, 1_500), [3_000], ['PARTIALLY_FILLED', 'EXPIRED']],
    ['the stop', (venue: LocalVenue) => venue.market.exchange.market(symbol).print(venue.market.exchange.now(), 590, 1, 'sell'), [10_000], ['EXPIRED', 'FILLED']],
  ])('ends one leg when %s trades', async (_, happen, sizes, statuses) => {
    const { client, venue, account, balances } = await setup();
    await client['privatePostOrderListOco']!(oco);
    const { exchange } = venue.market;
    const before = ['USDT', 'BTC'].map((asset) => exchange.total(asset));
    exchange.act(symbol, () => {
      // The crowd steps aside, so that the resting leg is what trades.
      for (const side of ['buy', 'sell'] as const) {
        if (side === 'sell') for (const price of [...exchange.market(symbol).crowdLevels(side).keys()]) exchange.market(symbol).crowdRests(side, price, 0);
      }
      happen(venue);
    });
    expect(account.fills.map(({ size }) => size)).toEqual(sizes);
    expect(account.orders.map(({ status }) => status)).toEqual(statuses);
    expect(['USDT', 'BTC'].map((asset) => exchange.total(asset))).toEqual(before);
    expect(balances()[1]).toBe(sizes[0] === 3_000 ? '1/0.7' : '1/0');
  }); // prettier-ignore

  it('is amended as a pair', async () => {
    const { client, account, balances } = await setup();
    const { orders } = await client['privatePostOrderListOco']!(oco);
    const [{ orderId } = {}] = orders as Fields[];
    const answer = await client['privatePutOrderAmendKeepPriority']!({ symbol: 'BTCUSDT', orderId, newQty: '0.5' });
    expect(answer['listStatus']).toMatchObject({ contingencyType: 'OCO', listOrderStatus: 'EXECUTING' });
    expect(account.orders.map(({ size }) => size)).toEqual([5_000, 5_000]);
    expect(balances()[1]).toBe('1.5/0.5');
  });

  it.each([
    [{ aboveType: 'STOP_LOSS', aboveStopPrice: '150', abovePrice: undefined }, -1197, 'A stop loss order in a sell OCO must be below.'],
    [{ belowType: 'LIMIT_MAKER', belowPrice: '60', belowStopPrice: undefined }, -1168, 'At least one OCO order must be contingent.'],
    [{ belowType: 'TAKE_PROFIT' }, -1199, 'A take profit order in a sell OCO must be above.'],
    [{ side: 'BUY' }, -1165, 'A limit order in a buy OCO must be below.'],
    [{ aboveType: 'MARKET' }, -1158, 'Order type not supported in OCO.'],
    [{ abovePrice: '50' }, -2010, 'The relationship of the prices for the orders is not correct.'],
    [{ belowStopPrice: '140' }, -2010, 'The relationship of the prices for the orders is not correct.'],
    [{ quantity: '3' }, -2010, 'Account has insufficient balance for requested action.'],
    [{ aboveIcebergQty: '1' }, -2010, 'Iceberg orders are not supported for this symbol.'],
    [{ belowTrailingDelta: '100' }, -2010, 'Trailing stop orders are not supported for this symbol.'],
    [{ aboveStopLimit: '1' }, -1104, 'Not all sent parameters were read'],
  ])('with %o is refused with %i', async (change, code, msg) => {
    const { refusal, account } = await setup();
    const request = Object.fromEntries(Object.entries({ ...oco, ...change }).filter(([, value]) => value !== undefined));
    const answer = await refusal('privatePostOrderListOco', request);
    expect(answer['code']).toBe(code);
    expect(answer['msg']).toContain(msg);
    expect(account.orders).toEqual([]);
  }); // prettier-ignore

  it('is listed, found by its own id, and canceled as a whole', async () => {
    const { client, refusal, account } = await setup();
    const { orderListId } = await client['privatePostOrderListOco']!({ ...oco, listClientOrderId: 'pair' });
    expect(await client['privateGetOpenOrderList']!({})).toMatchObject([{ orderListId, listClientOrderId: 'pair' }]);
    expect(await client['privateGetOrderList']!({ origClientOrderId: 'pair' })).toMatchObject({ orderListId });
    const canceled = await client['privateDeleteOrderList']!({ symbol: 'BTCUSDT', orderListId });
    expect((canceled['orderReports'] as Fields[]).map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED']);
    expect(await client['privateGetOpenOrderList']!({})).toEqual([]);
    expect(await client['privateGetAllOrderList']!({})).toMatchObject([{ orderListId, listStatusType: 'ALL_DONE' }]);
    expect(account.orders.map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED']);
    expect((await refusal('privateDeleteOrderList', { symbol: 'BTCUSDT', orderListId }))['code']).toBe(-2011);
  });
});

describe('an OTOCO', () => {
  const bracket = {
    symbol: 'BTCUSDT', workingType: 'LIMIT', workingSide: 'BUY', workingPrice: '80', workingQuantity: '1', workingTimeInForce: 'GTC',
    pendingSide: 'SELL', pendingQuantity: '0.5', pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: '150', pendingBelowType: 'STOP_LOSS',
    pendingBelowStopPrice: '60',
  }; // prettier-ignore

  it('places its exits when the entry is filled, not before, and locks money for them only then', async () => {
    const { client, venue, account, balances } = await setup();
    const answer = await client['privatePostOrderListOtoco']!(bracket);
    expect(answer['contingencyType']).toBe('OTO');
    expect((answer['orderReports'] as Fields[]).map(({ status }) => status)).toEqual(['NEW', 'PENDING_NEW', 'PENDING_NEW']);
    expect(balances()).toEqual(['9920/80', '2/0']);
    const { exchange } = venue.market;
    const fill = (lots: number): void => {
      exchange.act(symbol, () => {
        for (const price of [...exchange.market(symbol).crowdLevels('buy').keys()]) exchange.market(symbol).crowdRests('buy', price, 0);
        exchange.crowdTakes(symbol, 'sell', lots, 800);
      });
    };
    fill(4_000);
    expect(account.orders.map(({ status }) => status)).toEqual(['PARTIALLY_FILLED', 'PENDING_NEW', 'PENDING_NEW']);
    fill(6_000);
    expect(account.orders.map(({ status }) => status)).toEqual(['FILLED', 'NEW', 'NEW']);
    expect(account.holding('BTC').locked).toBe(50_000_000n);
    expect(exchange.book(symbol).asks.find(([price]) => price === 1_500)).toEqual([1_500, 5_000]);
  }); // prettier-ignore

  it('ends its exits with its entry', async () => {
    const { client, account, balances } = await setup();
    const { orders } = await client['privatePostOrderListOtoco']!(bracket);
    await client['privateDeleteOrder']!({ symbol: 'BTCUSDT', orderId: (orders as Fields[])[0]!['orderId'] });
    expect(account.orders.map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED', 'CANCELED']);
    expect(balances()).toEqual(['10000/0', '2/0']);
  });
});
