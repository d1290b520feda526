/** Any of ccxt's exchanges over HTTP: markets, bars, prices, with one limiter per exchange and account. */
export { CcxtStore } from './connection/store.ts';
export type { Capabilities } from './connection/capabilities.ts';
export type {
  CcxtBalance,
  CcxtBalances,
  CcxtBar,
  CcxtExchange,
  CcxtFee,
  CcxtFundingRate,
  CcxtLimit,
  CcxtMarket,
  CcxtOpenInterest,
  CcxtOrder,
  CcxtOrderBook,
  CcxtTicker,
  CcxtTrade,
} from './connection/exchange.ts';
export {
  RealOrders,
  armingRecord,
  readArmingRequest,
  requestPathOf,
  type ArmingFacts,
  type ArmingRecord,
} from './real-orders.ts';
export { CcxtGateway } from './orders/gateway.ts';
export {
  barsCountBase,
  barVolumeOf,
  pagingOf,
  pointPagingOf,
  tradeIdsOf,
  type Paging,
  type PointPaging,
} from './connection/venues.ts';
export type { BarRequest, OhlcvRow } from './rows.ts';
export { fetchOpenInterest, type OpenInterestRequest, type OpenInterestRow } from './open-interest.ts';
export type { CcxtStoreOptions } from './connection/options.ts';
export type { Credentials } from './connection/credentials.ts';
export { ccxtVersion, exchangeIds, type ExchangeConfig } from './connection/modules.ts';
export { RateLimiter, sharedLimiter } from './connection/limiter.ts';
export { defaultRetry, throwIfAborted, withRetry, type RetryPolicy } from './connection/retry.ts';
export { buildableFrom, unknownSymbol, unknownTimeframe } from './unknown.ts';
export { redact } from './connection/redact.ts';
export { translateError, type ErrorOrigin } from './connection/translate.ts';
export { closeStreams, unwatchable, watchMethod } from './streams/pro-methods.ts';
export { ProWatch, type WatchedStream, type WatchPolicy } from './streams/pro-watch.ts';
export { barOf, bookOf, quoteOfBook, statisticsOf, tradeOf, type RowOrigin } from './streams/pro-rows.ts';
export type { Maybe } from './connection/exchange.ts';
