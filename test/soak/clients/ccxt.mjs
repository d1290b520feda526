/** ccxt: every unified method that its `has` lists for Binance's spot market. */
import { Agent } from 'node:http';

import ccxt from 'ccxt';

/** Methods for other markets than spot, for wallets, and for features that Binance has no unified spot endpoint for. */
const elsewhere =
  /margin|leverage|position|funding|borrow|interest|option|greeks|liquidation|adl|settlement|contract|future|swap|convert|transfer|deposit|withdraw|ledger|dust|portfolio|underlying|markPrice|mark(?:Ohlcv|OHLCV)|indexOHLCV|premium|longShort|volatility|lever|isolated|cross|sandbox|signIn|accounts|crossBorrow|openInterest|CORS|publicAPI|privateAPI|addMargin|networks|LastPrices$|reduceOnly|editOrders/i;

export async function ccxtCalls({ url, apiKey, secret, isQuick }) {
  const sockets = url.replace('http', 'ws');
  const api = {
    public: `${url}/api/v3`,
    private: `${url}/api/v3`,
    sapi: `${url}/sapi/v1`,
    sapiV2: `${url}/sapi/v2`,
    sapiV3: `${url}/sapi/v3`,
    ws: { spot: `${sockets}/stream/ws`, 'ws-api': { spot: `${sockets}/ws-api/v3` } },
  };
  const client = new ccxt.pro.binance({
    apiKey,
    secret,
    httpAgent: new Agent({ keepAlive: true }),
    urls: { api, test: api },
    enableRateLimit: false,
    options: {
      fetchMarkets: { types: ['spot'] },
      fetchMargins: false,
      warnOnFetchOpenOrdersWithoutSymbol: false,
      fetchOpenOrders: { warnWithoutSymbol: false },
    },
  });
  await client.loadMarkets();
  const symbol = 'BTC/USDT';
  const last = (await client.fetchTicker(symbol)).last;
  const low = Number((last * 0.9).toFixed(2));
  const high = Number((last * 1.1).toFixed(2));
  const place = (price = low) => client.createOrder(symbol, 'limit', 'buy', 0.01, price);
  const placeWs = () => client.createOrderWs(symbol, 'limit', 'buy', 0.01, low);
  const list = (n = 2) =>
    Array.from({ length: n }, () => ({ symbol, type: 'limit', side: 'buy', amount: 0.01, price: low }));

  const known = {
    cancelAllOrders: async () => {
      await place();
      return client.cancelAllOrders(symbol);
    },
    cancelAllOrdersWs: async () => {
      await placeWs();
      return client.cancelAllOrdersWs(symbol);
    },
    cancelOrder: async () => client.cancelOrder((await place()).id, symbol),
    cancelOrderWs: async () => client.cancelOrderWs((await placeWs()).id, symbol),
    createLimitOrder: () => client.createLimitOrder(symbol, 'buy', 0.01, low),
    createLimitBuyOrder: () => client.createLimitBuyOrder(symbol, 0.01, low),
    createLimitSellOrder: () => client.createLimitSellOrder(symbol, 0.01, high),
    createLimitOrderWs: () => client.createLimitOrderWs(symbol, 'buy', 0.01, low),
    createMarketOrder: () => client.createMarketOrder(symbol, 'buy', 0.01),
    createMarketBuyOrder: () => client.createMarketBuyOrder(symbol, 0.01),
    createMarketSellOrder: () => client.createMarketSellOrder(symbol, 0.01),
    createMarketOrderWs: () => client.createMarketOrderWs(symbol, 'buy', 0.01),
    createMarketOrderWithCost: () => client.createMarketOrderWithCost(symbol, 'buy', 1000),
    createMarketBuyOrderWithCost: () => client.createMarketBuyOrderWithCost(symbol, 1000),
    createMarketSellOrderWithCost: () => client.createMarketSellOrderWithCost(symbol, 1000),
    createOrder: () => place(),
    createOrderWs: () => placeWs(),
    createOrders: () => client.createOrders(list()),
    createPostOnlyOrder: () => client.createPostOnlyOrder(symbol, 'limit', 'buy', 0.01, low),
    createStopLimitOrder: () => client.createStopLimitOrder(symbol, 'sell', 0.01, low, low),
    createStopLossOrder: () => client.createStopLossOrder(symbol, 'market', 'sell', 0.01, undefined, low),
    createStopMarketOrder: () => client.createStopMarketOrder(symbol, 'sell', 0.01, low),
    createStopOrder: () => client.createStopOrder(symbol, 'market', 'sell', 0.01, undefined, low),
    createTakeProfitOrder: () => client.createTakeProfitOrder(symbol, 'market', 'sell', 0.01, undefined, high),
    createTriggerOrder: () => client.createTriggerOrder(symbol, 'market', 'sell', 0.01, undefined, low),
    createTrailingPercentOrder: () =>
      client.createTrailingPercentOrder(symbol, 'market', 'sell', 0.01, undefined, 1, undefined, {
        stopLossOrTakeProfit: 'stopLoss',
      }),
    editOrder: async () => client.editOrder((await place()).id, symbol, 'limit', 'buy', 0.02, low),
    editOrderWs: async () => client.editOrderWs((await placeWs()).id, symbol, 'limit', 'buy', 0.02, low),
    fetchBidsAsks: () => client.fetchBidsAsks([symbol]),
    fetchClosedOrder: async () => client.fetchOrder((await client.createMarketOrder(symbol, 'buy', 0.01)).id, symbol),
    fetchClosedOrders: () => client.fetchClosedOrders(symbol),
    fetchCanceledOrders: () => client.fetchCanceledOrders(symbol),
    fetchCanceledAndClosedOrders: () => client.fetchCanceledAndClosedOrders(symbol),
    fetchL2OrderBook: () => client.fetchL2OrderBook(symbol),
    fetchLastPrices: () => client.fetchLastPrices([symbol]),
    fetchMyTrades: () => client.fetchMyTrades(symbol),
    fetchMyTradesWs: () => client.fetchMyTradesWs(symbol),
    fetchOHLCV: () => client.fetchOHLCV(symbol, '1h'),
    fetchOHLCVWs: () => client.fetchOHLCVWs(symbol, '1h'),
    fetchOpenOrder: async () => client.fetchOrder((await place()).id, symbol),
    fetchOpenOrders: () => client.fetchOpenOrders(symbol),
    fetchOpenOrdersWs: () => client.fetchOpenOrdersWs(symbol),
    fetchOrder: async () => client.fetchOrder((await place()).id, symbol),
    fetchOrderWs: async () => client.fetchOrderWs((await placeWs()).id, symbol),
    fetchOrderBook: () => client.fetchOrderBook(symbol, 20),
    fetchOrderBooks: () => client.fetchOrderBooks([symbol]),
    fetchOrderBookWs: () => client.fetchOrderBookWs(symbol, 20),
    fetchOrderTrades: async () =>
      client.fetchOrderTrades((await client.createMarketOrder(symbol, 'buy', 0.01)).id, symbol),
    fetchOrders: () => client.fetchOrders(symbol),
    fetchOrdersWs: () => client.fetchOrdersWs(symbol),
    fetchClosedOrdersWs: () => client.fetchClosedOrdersWs(symbol),
    fetchTicker: () => client.fetchTicker(symbol),
    fetchTickerWs: () => client.fetchTickerWs(symbol),
    fetchTickers: () => client.fetchTickers([symbol]),
    fetchTrades: () => client.fetchTrades(symbol),
    fetchTradesWs: () => client.fetchTradesWs(symbol),
    fetchTradingFee: () => client.fetchTradingFee(symbol),
    watchBalance: async () => {
      const one = client.watchBalance();
      setTimeout(() => void client.createMarketOrder(symbol, 'buy', 0.01), 500);
      return one;
    },
    watchBidsAsks: () => client.watchBidsAsks([symbol]),
    watchMyTrades: async () => {
      const one = client.watchMyTrades(symbol);
      setTimeout(() => void client.createMarketOrder(symbol, 'buy', 0.01), 500);
      return one;
    },
    watchOHLCV: () => client.watchOHLCV(symbol, '1m'),
    watchOHLCVForSymbols: () => client.watchOHLCVForSymbols([[symbol, '1m']]),
    watchOrderBook: () => client.watchOrderBook(symbol),
    watchOrderBookForSymbols: () => client.watchOrderBookForSymbols([symbol]),
    watchOrders: async () => {
      const one = client.watchOrders(symbol);
      setTimeout(() => void place(), 500);
      return one;
    },
    watchOrdersForSymbols: async () => {
      const one = client.watchOrdersForSymbols([symbol]);
      setTimeout(() => void place(), 500);
      return one;
    },
    watchTicker: () => client.watchTicker(symbol),
    watchTickers: () => client.watchTickers([symbol]),
    watchTrades: () => client.watchTrades(symbol),
    watchTradesForSymbols: () => client.watchTradesForSymbols([symbol]),
  };
  const quick = [
    'createOrder',
    'cancelOrder',
    'editOrder',
    'fetchBalance',
    'fetchOHLCV',
    'fetchMyTrades',
    'fetchOpenOrders',
    'watchTrades',
    'watchOrders',
    'watchOrderBook',
  ];
  const names = Object.keys(client.has).filter(
    (name) => client.has[name] === true && typeof client[name] === 'function' && !elsewhere.test(name),
  );
  const wanted = isQuick
    ? quick
    : names.filter((name) => !/^(?:unWatch|cancelOrders|createOrdersWs|closePosition)/.test(name));
  return {
    calls: wanted.map((name) => [name, known[name] ?? (() => client[name]())]),
    close: () => client.close(),
  };
}
