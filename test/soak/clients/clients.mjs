/** Binance's own clients and two of the community's, each with the calls of its spot market. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const symbol = 'BTCUSDT';

async function pricesOf(url) {
  const { price } = await (await fetch(`${url}/api/v3/ticker/price?symbol=${symbol}`)).json();
  const text = (factor) => (Number(price) * factor).toFixed(2);
  return { low: text(0.9), high: text(1.1), lower: text(0.85), higher: text(1.15) };
}

/** Resolves with the first event that `open` hears. */
function first(open) {
  return new Promise((resolve, reject) => open(resolve, reject));
}

/** tiagosiebler's `binance`. */
export async function binanceCalls({ url, apiKey, secret }) {
  const { MainClient, WebsocketClient } = require('binance');
  const client = new MainClient({ api_key: apiKey, api_secret: secret, baseUrl: url, disableTimeSync: true });
  const { low, high, lower, higher } = await pricesOf(url);
  // This client writes an id into what it is given: each call gets a copy.
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: low };
  const oco = {
    symbol,
    side: 'SELL',
    quantity: 0.01,
    aboveType: 'LIMIT_MAKER',
    abovePrice: high,
    belowType: 'STOP_LOSS',
    belowStopPrice: low,
  };
  const working = {
    symbol,
    workingType: 'LIMIT',
    workingSide: 'BUY',
    workingPrice: low,
    workingQuantity: 0.01,
    workingTimeInForce: 'GTC',
  };
  const calls = [
    ['testConnectivity', () => client.testConnectivity()],
    ['getServerTime', () => client.getServerTime()],
    ['getExchangeInfo', () => client.getExchangeInfo({ symbol })],
    ['getOrderBook', () => client.getOrderBook({ symbol, limit: 20 })],
    ['getRecentTrades', () => client.getRecentTrades({ symbol })],
    ['getHistoricalTrades', () => client.getHistoricalTrades({ symbol })],
    ['getAggregateTrades', () => client.getAggregateTrades({ symbol })],
    ['getKlines', () => client.getKlines({ symbol, interval: '1h' })],
    ['getUIKlines', () => client.getUIKlines({ symbol, interval: '1h' })],
    ['getAvgPrice', () => client.getAvgPrice({ symbol })],
    ['get24hrChangeStatistics', () => client.get24hrChangeStatistics({ symbol })],
    ['getTradingDayTicker', () => client.getTradingDayTicker({ symbol })],
    ['getSymbolPriceTicker', () => client.getSymbolPriceTicker({ symbol })],
    ['getSymbolOrderBookTicker', () => client.getSymbolOrderBookTicker({ symbol })],
    ['getRollingWindowTicker', () => client.getRollingWindowTicker({ symbol, windowSize: '2h' })],
    ['submitNewOrder', () => client.submitNewOrder({ ...limit })],
    ['testNewOrder', () => client.testNewOrder({ ...limit })],
    ['getOrder', async () => client.getOrder({ symbol, orderId: (await client.submitNewOrder({ ...limit })).orderId })],
    [
      'cancelOrder',
      async () => client.cancelOrder({ symbol, orderId: (await client.submitNewOrder({ ...limit })).orderId }),
    ],
    [
      'replaceOrder',
      async () =>
        client.replaceOrder({
          ...limit,
          cancelReplaceMode: 'STOP_ON_FAILURE',
          cancelOrderId: (await client.submitNewOrder({ ...limit })).orderId,
        }),
    ],
    [
      'amendOrderKeepPriority',
      async () =>
        client.amendOrderKeepPriority({
          symbol,
          orderId: (await client.submitNewOrder({ ...limit })).orderId,
          newQty: 0.005,
        }),
    ],
    ['getOpenOrders', () => client.getOpenOrders({ symbol })],
    ['getAllOrders', () => client.getAllOrders({ symbol })],
    [
      'submitNewOCO',
      () =>
        client.submitNewOCO({
          symbol,
          side: 'SELL',
          quantity: 0.01,
          price: high,
          stopPrice: low,
          stopLimitPrice: lower,
          stopLimitTimeInForce: 'GTC',
        }),
    ],
    ['submitNewOrderList', () => client.submitNewOrderList({ ...oco })],
    [
      'submitNewOrderListOTO',
      () =>
        client.submitNewOrderListOTO({
          ...working,
          pendingType: 'LIMIT',
          pendingSide: 'SELL',
          pendingPrice: high,
          pendingQuantity: 0.01,
          pendingTimeInForce: 'GTC',
        }),
    ],
    [
      'submitNewOrderListOTOCO',
      () =>
        client.submitNewOrderListOTOCO({
          ...working,
          pendingSide: 'SELL',
          pendingQuantity: 0.01,
          pendingAboveType: 'LIMIT_MAKER',
          pendingAbovePrice: higher,
          pendingBelowType: 'STOP_LOSS',
          pendingBelowStopPrice: lower,
        }),
    ],
    [
      'cancelOCO',
      async () => client.cancelOCO({ symbol, orderListId: (await client.submitNewOrderList({ ...oco })).orderListId }),
    ],
    ['getOCO', async () => client.getOCO({ orderListId: (await client.submitNewOrderList({ ...oco })).orderListId })],
    ['getAllOCO', () => client.getAllOCO({})],
    ['getAllOpenOCO', () => client.getAllOpenOCO()],
    ['getAccountInformation', () => client.getAccountInformation()],
    ['getAccountTradeList', () => client.getAccountTradeList({ symbol })],
    ['getOrderRateLimit', () => client.getOrderRateLimit()],
    ['getPreventedMatches', () => client.getPreventedMatches({ symbol, orderId: 1 })],
    ['getAllocations', () => client.getAllocations({ symbol })],
    ['getCommissionRates', () => client.getCommissionRates({ symbol })],
    ['getTradeFee', () => client.getTradeFee({ symbol })],
    ['getBalances', () => client.getBalances()],
    ['getSystemStatus', () => client.getSystemStatus()],
    ['cancelAllSymbolOrders', () => client.cancelAllSymbolOrders({ symbol })],
    ['submitNewSOROrder', () => client.submitNewSOROrder({ ...limit })],
    ['getSpotUserDataListenKey', () => client.getSpotUserDataListenKey()],
  ];
  const quiet = { trace() {}, info() {}, error() {} };
  const sockets = new WebsocketClient({ api_key: apiKey, api_secret: secret, wsUrl: url.replace('http', 'ws') }, quiet);
  sockets.on('error', () => {});
  sockets.on('exception', () => {});
  calls.push([
    'WebsocketClient trades',
    () =>
      first((resolve) => {
        sockets.on('message', resolve);
        sockets.subscribeSpotTrades(symbol);
      }),
  ]);
  return { calls, close: () => sockets.closeAll(true) };
}

/** Binance's `@binance/connector`. */
export async function connectorCalls({ url, apiKey, secret }) {
  const { Spot, WebsocketStream, WebsocketAPI } = require('@binance/connector');
  const client = new Spot(apiKey, secret, { baseURL: url });
  const { low, high } = await pricesOf(url);
  const limit = { timeInForce: 'GTC', quantity: 0.01, price: low };
  const place = async () => (await client.newOrder(symbol, 'BUY', 'LIMIT', limit)).data.orderId;
  const legs = { abovePrice: high, belowStopPrice: low };
  const pair = () => client.newOCOOrder(symbol, 'SELL', 0.01, 'LIMIT_MAKER', 'STOP_LOSS', legs);
  const silent = { info() {}, warn() {}, error() {}, debug() {}, log() {} };
  let stream;
  let api;
  const calls = [
    ['ping', () => client.ping()],
    ['time', () => client.time()],
    ['exchangeInfo', () => client.exchangeInfo({ symbol })],
    ['depth', () => client.depth(symbol, { limit: 20 })],
    ['trades', () => client.trades(symbol)],
    ['historicalTrades', () => client.historicalTrades(symbol)],
    ['aggTrades', () => client.aggTrades(symbol)],
    ['klines', () => client.klines(symbol, '1h')],
    ['uiklines', () => client.uiklines(symbol, '1h')],
    ['avgPrice', () => client.avgPrice(symbol)],
    ['ticker24hr', () => client.ticker24hr(symbol)],
    ['tickerPrice', () => client.tickerPrice(symbol)],
    ['bookTicker', () => client.bookTicker(symbol)],
    ['rollingWindowTicker', () => client.rollingWindowTicker(symbol, [], { windowSize: '2h' })],
    ['newOrderTest', () => client.newOrderTest(symbol, 'BUY', 'LIMIT', limit)],
    ['newOrder', () => client.newOrder(symbol, 'BUY', 'LIMIT', limit)],
    ['cancelOrder', async () => client.cancelOrder(symbol, { orderId: await place() })],
    ['getOrder', async () => client.getOrder(symbol, { orderId: await place() })],
    [
      'cancelAndReplace',
      async () =>
        client.cancelAndReplace(symbol, 'BUY', 'LIMIT', 'STOP_ON_FAILURE', { ...limit, cancelOrderId: await place() }),
    ],
    ['openOrders', () => client.openOrders({ symbol })],
    ['allOrders', () => client.allOrders(symbol)],
    ['newOCOOrder', pair],
    ['getOCOOrder', async () => client.getOCOOrder({ orderListId: (await pair()).data.orderListId })],
    ['cancelOCOOrder', async () => client.cancelOCOOrder(symbol, { orderListId: (await pair()).data.orderListId })],
    ['getOCOOrders', () => client.getOCOOrders()],
    ['getOpenOCOOrders', () => client.getOpenOCOOrders()],
    ['account', () => client.account()],
    ['myTrades', () => client.myTrades(symbol)],
    ['orderCount', () => client.orderCount()],
    ['systemStatus', () => client.systemStatus()],
    ['coinInfo', () => client.coinInfo()],
    ['tradeFee', () => client.tradeFee({ symbol })],
    ['cancelOpenOrders', () => client.cancelOpenOrders(symbol)],
    ['createListenKey', () => client.createListenKey()],
    [
      'WebsocketStream trade',
      () =>
        first((resolve) => {
          stream = new WebsocketStream({
            wsURL: url.replace('http', 'ws'),
            logger: silent,
            callbacks: { message: resolve },
          });
          stream.trade(symbol.toLowerCase());
        }),
    ],
    [
      'WebsocketAPI exchangeInfo and order',
      () =>
        first((resolve, reject) => {
          api = new WebsocketAPI(apiKey, secret, {
            wsURL: `${url.replace('http', 'ws')}/ws-api/v3`,
            logger: silent,
            callbacks: {
              open: (one) => one.newOrder(symbol, 'BUY', 'LIMIT', limit),
              message: (text) => (JSON.parse(text).status === 200 ? resolve() : reject(new Error(text))),
            },
          });
        }),
    ],
  ];
  return {
    calls,
    close: () => {
      stream?.disconnect();
      api?.disconnect();
    },
  };
}

/** Binance's generated `@binance/spot`. */
export async function spotCalls({ url, apiKey, secret }) {
  const { Spot } = await import('@binance/spot');
  const ws = url.replace('http', 'ws');
  const spot = new Spot({
    configurationRestAPI: { apiKey, apiSecret: secret, basePath: url, retries: 0 },
    configurationWebsocketAPI: { apiKey, apiSecret: secret, wsURL: `${ws}/ws-api/v3` },
    configurationWebsocketStreams: { wsURL: `${ws}/stream` },
  });
  const { low, high, lower, higher } = await pricesOf(url);
  const rest = spot.restAPI;
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: Number(low) };
  const get = async (promise) => (await promise).data();
  const place = async () => (await get(rest.newOrder(limit))).orderId;
  const oco = {
    symbol,
    side: 'SELL',
    quantity: 0.01,
    aboveType: 'LIMIT_MAKER',
    abovePrice: Number(high),
    belowType: 'STOP_LOSS',
    belowStopPrice: Number(low),
  };
  const working = {
    symbol,
    workingType: 'LIMIT',
    workingSide: 'BUY',
    workingPrice: Number(low),
    workingQuantity: 0.01,
    workingTimeInForce: 'GTC',
  };
  const calls = [
    ['ping', () => rest.ping()],
    ['time', () => get(rest.time())],
    ['exchangeInfo', () => get(rest.exchangeInfo({ symbol }))],
    ['depth', () => get(rest.depth({ symbol, limit: 20 }))],
    ['getTrades', () => get(rest.getTrades({ symbol }))],
    ['historicalTrades', () => get(rest.historicalTrades({ symbol }))],
    ['aggTrades', () => get(rest.aggTrades({ symbol }))],
    ['klines', () => get(rest.klines({ symbol, interval: '1h' }))],
    ['uiKlines', () => get(rest.uiKlines({ symbol, interval: '1h' }))],
    ['avgPrice', () => get(rest.avgPrice({ symbol }))],
    ['ticker', () => get(rest.ticker({ symbol, windowSize: '2h' }))],
    ['ticker24hr', () => get(rest.ticker24hr({ symbol }))],
    ['tickerBookTicker', () => get(rest.tickerBookTicker({ symbol }))],
    ['tickerPrice', () => get(rest.tickerPrice({ symbol }))],
    ['tickerTradingDay', () => get(rest.tickerTradingDay({ symbol }))],
    ['newOrder', () => get(rest.newOrder(limit))],
    ['orderTest', () => get(rest.orderTest(limit))],
    ['getOrder', async () => get(rest.getOrder({ symbol, orderId: await place() }))],
    ['deleteOrder', async () => get(rest.deleteOrder({ symbol, orderId: await place() }))],
    [
      'orderCancelReplace',
      async () =>
        get(rest.orderCancelReplace({ ...limit, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: await place() })),
    ],
    [
      'orderAmendKeepPriority',
      async () => get(rest.orderAmendKeepPriority({ symbol, orderId: await place(), newQty: 0.005 })),
    ],
    ['orderAmendments', async () => get(rest.orderAmendments({ symbol, orderId: await place() }))],
    ['getOpenOrders', () => get(rest.getOpenOrders({ symbol }))],
    ['allOrders', () => get(rest.allOrders({ symbol }))],
    ['orderListOco', () => get(rest.orderListOco(oco))],
    [
      'orderListOto',
      () =>
        get(
          rest.orderListOto({
            ...working,
            pendingType: 'LIMIT',
            pendingSide: 'SELL',
            pendingPrice: Number(high),
            pendingQuantity: 0.01,
            pendingTimeInForce: 'GTC',
          }),
        ),
    ],
    [
      'orderListOtoco',
      () =>
        get(
          rest.orderListOtoco({
            ...working,
            pendingSide: 'SELL',
            pendingQuantity: 0.01,
            pendingAboveType: 'LIMIT_MAKER',
            pendingAbovePrice: Number(higher),
            pendingBelowType: 'STOP_LOSS',
            pendingBelowStopPrice: Number(lower),
          }),
        ),
    ],
    [
      'orderOco',
      () => get(rest.orderOco({ symbol, side: 'SELL', quantity: 0.01, price: Number(high), stopPrice: Number(low) })),
    ],
    [
      'getOrderList',
      async () => get(rest.getOrderList({ orderListId: (await get(rest.orderListOco(oco))).orderListId })),
    ],
    [
      'deleteOrderList',
      async () => get(rest.deleteOrderList({ symbol, orderListId: (await get(rest.orderListOco(oco))).orderListId })),
    ],
    ['allOrderList', () => get(rest.allOrderList())],
    ['openOrderList', () => get(rest.openOrderList())],
    ['getAccount', () => get(rest.getAccount())],
    ['accountCommission', () => get(rest.accountCommission({ symbol }))],
    ['myTrades', () => get(rest.myTrades({ symbol }))],
    ['myPreventedMatches', () => get(rest.myPreventedMatches({ symbol, orderId: 1 }))],
    ['myAllocations', () => get(rest.myAllocations({ symbol }))],
    ['rateLimitOrder', () => get(rest.rateLimitOrder())],
    ['deleteOpenOrders', () => get(rest.deleteOpenOrders({ symbol }))],
    ['sorOrder', () => get(rest.sorOrder(limit))],
    [
      'websocketStreams trade',
      async () => {
        const connection = await spot.websocketStreams.connect();
        try {
          await first((resolve) => connection.trade({ symbol: symbol.toLowerCase() }).on('message', resolve));
        } finally {
          await connection.disconnect();
        }
      },
    ],
    [
      'websocketAPI orderPlace and user data',
      async () => {
        const connection = await spot.websocketAPI.connect();
        try {
          await connection.orderPlace(limit);
          await connection.userDataStreamSubscribeSignature?.();
        } finally {
          await connection.disconnect();
        }
      },
    ],
  ];
  return { calls };
}

/** `binance-api-node`. */
export async function binanceApiNodeCalls({ url, apiKey, secret }) {
  const make = require('binance-api-node').default;
  const client = make({ apiKey, apiSecret: secret, httpBase: url, wsBase: `${url.replace('http', 'ws')}/ws` });
  const { low, high, lower } = await pricesOf(url);
  const limit = { symbol, side: 'BUY', type: 'LIMIT', quantity: '0.01', price: low };
  const pair = () =>
    client.orderOco({ symbol, side: 'SELL', quantity: '0.01', price: high, stopPrice: low, stopLimitPrice: lower });
  const place = async () => (await client.order(limit)).orderId;
  const stops = [];
  const stream = (open) => first((resolve) => stops.push(open(resolve)));
  const calls = [
    ['ping', () => client.ping()],
    ['time', () => client.time()],
    ['exchangeInfo', () => client.exchangeInfo({ symbol })],
    ['book', () => client.book({ symbol })],
    ['aggTrades', () => client.aggTrades({ symbol })],
    ['candles', () => client.candles({ symbol, interval: '1h' })],
    ['trades', () => client.trades({ symbol })],
    ['tradesHistory', () => client.tradesHistory({ symbol })],
    ['dailyStats', () => client.dailyStats({ symbol })],
    ['prices', () => client.prices({ symbol })],
    ['avgPrice', () => client.avgPrice({ symbol })],
    ['allBookTickers', () => client.allBookTickers()],
    ['order', () => client.order(limit)],
    ['orderTest', () => client.orderTest(limit)],
    ['orderOco', pair],
    ['getOrder', async () => client.getOrder({ symbol, orderId: await place() })],
    ['getOrderOco', async () => client.getOrderOco({ orderListId: (await pair()).orderListId })],
    ['cancelOrder', async () => client.cancelOrder({ symbol, orderId: await place() })],
    ['cancelOrderOco', async () => client.cancelOrderOco({ symbol, orderListId: (await pair()).orderListId })],
    ['openOrders', () => client.openOrders({ symbol })],
    ['allOrders', () => client.allOrders({ symbol })],
    ['allOrdersOCO', () => client.allOrdersOCO({})],
    ['accountInfo', () => client.accountInfo()],
    ['myTrades', () => client.myTrades({ symbol })],
    ['tradeFee', () => client.tradeFee()],
    ['accountCoins', () => client.accountCoins()],
    ['cancelOpenOrders', () => client.cancelOpenOrders({ symbol })],
    ['getDataStream', () => client.getDataStream()],
    // Its promise never settles when there is no listen key, so the key is asked for first.
    ['ws.user', async () => client.ws.user(() => {}, await client.getDataStream())],
    ['ws.depth', () => stream((hear) => client.ws.depth(symbol, hear))],
    ['ws.partialDepth', () => stream((hear) => client.ws.partialDepth({ symbol, level: 10 }, hear))],
    ['ws.candles', () => stream((hear) => client.ws.candles(symbol, '1m', hear))],
    ['ws.trades', () => stream((hear) => client.ws.trades([symbol], hear))],
    ['ws.aggTrades', () => stream((hear) => client.ws.aggTrades([symbol], hear))],
    ['ws.bookTicker', () => stream((hear) => client.ws.bookTicker(symbol, hear))],
    ['ws.ticker', () => stream((hear) => client.ws.ticker(symbol, hear))],
    ['ws.miniTicker', () => stream((hear) => client.ws.miniTicker(symbol, hear))],
    ['ws.allMiniTickers', () => stream((hear) => client.ws.allMiniTickers(hear))],
    ['ws.allTickers', () => stream((hear) => client.ws.allTickers(hear))],
  ];
  return {
    calls,
    close: () => {
      for (const stop of stops) stop?.();
    },
  };
}
