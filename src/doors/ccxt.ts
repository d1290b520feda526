/** `nextbar/ccxt`: for programs that call an exchange through ccxt themselves, or send a strategy's orders to a test network. */

export { CcxtGateway, CcxtStore, RateLimiter, ccxtVersion, exchangeIds } from '../connectors/ccxt/index.ts';
export type {
  BarRequest,
  Capabilities,
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
  CcxtStoreOptions,
  CcxtTicker,
  CcxtTrade,
  Credentials,
  ExchangeConfig,
  Maybe,
  OhlcvRow,
  Paging,
  RetryPolicy,
} from '../connectors/ccxt/index.ts';
