/** A local exchange: the APIs of real exchanges over loopback or a simulated network, accounts that trade, faults on demand. */
export { FastRuntime, StillRuntime } from './clocks.ts';
export { openLocalExchange, type LocalExchange, type LocalExchangeOptions } from './local-exchange.ts';
export {
  decimalText,
  type Market,
  type MarketBar,
  type MarketBook,
  type MarketChange,
  type MarketInstrument,
  type MarketLevel,
  type MarketListener,
  type MarketTop,
  type MarketTrade,
} from './market-data.ts';

// Sources of prices.
export {
  BarHistory,
  BarMarket,
  ExchangeMarket,
  gridOf,
  onGrid,
  SeededMarket,
  type BarMarketOptions,
  type BarSeries,
  type Grid,
  type SeededMarketOptions,
  type WalkOrder,
} from './market/index.ts';

// The exchange that accounts trade on.
export {
  Account,
  balanceText,
  Exchange,
  Refusal,
  type AccountFill,
  type AccountListener,
  type AccountOptions,
  type Amendment,
  type ConditionalOrder,
  type ContractAccount,
  type ContractChange,
  type ContractLedger,
  type ContractMargins,
  type ContractOptions,
  type ContractOrder,
  type ContractPosition,
  type FundingDue,
  type FundingSchedule,
  type Income,
  type IncomeType,
  type MarginChange,
  type PositionFigures,
  type PositionSide,
  type SymbolSettings,
  type ExchangeListRequest,
  type ListReport,
  type OrderKey,
  type OrderList,
  type ExchangeOptions,
  type StopChange,
  type ExchangeOrder,
  type ExchangeOrderStatus,
  type ExchangeOrderType,
  type ExchangeRequest,
  type FeeOptions,
  type Holding,
  type OrderReport,
  type TimeInForce,
} from './exchange/index.ts';

// APIs of exchanges, and the server they are mounted on.
export { BinanceApi, binanceDepth, binancePaths, type BinanceApiOptions } from './faces/binance/api.ts';
export { BinanceFuturesApi, binanceFuturesPaths, type BinanceFuturesApiOptions } from './faces/binance-futures/api.ts';
export { BybitApi, bybitPaths, type BybitApiOptions } from './faces/bybit/api.ts';
export { CoinbaseApi, coinbasePaths } from './faces/coinbase/api.ts';
export { HyperliquidApi, hyperliquidPaths, type HyperliquidApiOptions } from './faces/hyperliquid/api.ts';
export { walletOf as hyperliquidWallet, type HyperliquidWallet } from './faces/hyperliquid/wallet.ts';
export { KrakenApi, type KrakenApiOptions } from './faces/kraken/api.ts';
export { OkxApi, okxPaths, type OkxApiOptions } from './faces/okx/api.ts';
export { okxPassphrase } from './faces/okx/trading.ts';
export type { VenueAnswer, VenueApi, VenueRequest } from './server/api.ts';
export { VenueServer, type ServedRequest, type VenueServerOptions } from './server/server.ts';
export { serviceApi, type ServicePaths } from './server/loopback.ts';

// Faults.
export { BookHistory } from './faults/book-history.ts';
export { FaultyService, planFaults, type FaultWindow, type FaultyOptions } from './faults/fault-windows.ts';
export {
  answerFaults,
  connectionFaults,
  faultKinds,
  pageFaults,
  requestFaults,
  socketFaults,
  type AnswerFault,
  type ConnectionFault,
  type FaultKind,
  type PageFault,
  type RequestFault,
  type SocketFault,
} from './faults/kinds.ts';
export {
  Faults,
  type Fault,
  type FaultOptions,
  type PlannedFault,
  type RandomFaults,
} from './faults/request-faults.ts';
