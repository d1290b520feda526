/** Any of ccxt's exchanges over HTTP: markets, bars, prices, with one limiter per exchange and account. */
export { CcxtStore } from './store.ts';
export type { Capabilities } from './capabilities.ts';
export type {
  CcxtBalance,
  CcxtBalances,
  CcxtBar,
  CcxtExchange,
  CcxtFee,
  CcxtLimit,
  CcxtMarket,
  CcxtOrder,
  CcxtOrderBook,
  CcxtTicker,
  CcxtTrade,
} from './exchange.ts';
export { CcxtGateway } from './gateway.ts';
export type { BarRequest, OhlcvRow } from './rows.ts';
export type { CcxtStoreOptions } from './options.ts';
export type { Credentials } from './credentials.ts';
export { ccxtVersion, exchangeIds, type ExchangeConfig } from './modules.ts';
export { RateLimiter, sharedLimiter } from './limiter.ts';
export { defaultRetry, throwIfAborted, withRetry, type RetryPolicy } from './retry.ts';
export { typeOfSymbol, unifiedSymbol } from './symbols.ts';
export { buildableFrom, unknownSymbol, unknownTimeframe } from './unknown.ts';
export { redact } from './redact.ts';
export { translateError, type ErrorOrigin } from './translate.ts';
export { closeStreams, unwatchable, watchMethod } from './pro-methods.ts';
export { ProWatch, type WatchedStream, type WatchPolicy } from './pro-watch.ts';
