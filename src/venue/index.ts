/** An exchange in a process: real exchanges' faces in a simulated network or on loopback, accounts that trade, faults on demand. */
export type { Face, VenueAnswer, VenueRequest } from './face.ts';
export { FastRuntime } from './fast-clock.ts';
export {
  answerFaults,
  connectionFaults,
  Faults,
  pageFaults,
  type AnswerFault,
  type ConnectionFault,
  type Fault,
  type FaultKind,
  type FaultOptions,
  type PageFault,
  type PlannedFault,
  type RandomFaults,
} from './faults.ts';
export { openLocalExchange, type LocalExchange, type LocalExchangeOptions } from './local-exchange.ts';
export { VenueServer, type ServedRequest, type VenueServerOptions } from './server.ts';
export { binanceRest, krakenRest, Tape, type RestFaceOptions, type TapeOptions } from './rest/index.ts';
export {
  decimalText,
  gridOf,
  onGrid,
  SeededMarket,
  TapeMarket,
  type Grid,
  type Market,
  type MarketBar,
  type MarketBook,
  type MarketChange,
  type MarketInstrument,
  type MarketLevel,
  type MarketListener,
  type MarketTrade,
  type SeededMarketOptions,
  type TapeBars,
  type TapeMarketOptions,
  type WalkOrder,
} from './market/index.ts';
export {
  Account,
  balanceText,
  Exchange,
  Refusal,
  type AccountFill,
  type AccountListener,
  type AccountOptions,
  type ExchangeOptions,
  type ExchangeOrder,
  type ExchangeOrderStatus,
  type ExchangeOrderType,
  type ExchangeRequest,
  type FeeOptions,
  type Holding,
  type OrderReport,
  type TimeInForce,
} from './exchange/index.ts';
export {
  BinanceFace,
  binanceDepth,
  BookHistory,
  FaultyService,
  OkxFace,
  planFaults,
  requestFaults,
  streamFace,
  streamFaults,
  type BinanceFaceOptions,
  type FaultWindow,
  type FaultyOptions,
  type StreamFault,
} from './streams/index.ts';
