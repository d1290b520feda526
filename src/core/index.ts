/** The words of the trade, pure. */
export * from './errors.ts';
export { Backoff, repeatChannel, tellRepeat, type Repeat } from './backoff.ts';
export {
  checkFeedNames,
  checkFunction,
  checkMethods,
  checkNames,
  checkSwitches,
  foreignHint,
  distinctNames,
  nearestName,
  shown,
  unknownName,
} from './names.ts';
export { formatTime, parseIsoTime, parseTimeOfDay, toTime, type TimeInput } from './time.ts';
export {
  barClose,
  barOpen,
  barsPerYear,
  standardTimeframes,
  timeframe,
  type Timeframe,
  type TimeframeUnit,
} from './timeframe.ts';
export {
  barAt,
  barColumnNames,
  barsBetween,
  barsFromRows,
  createBars,
  extraColumnNames,
  latestColumnNames,
  summedColumnNames,
  isEven,
  isTraded,
  lowerBound,
  noteEven,
  noteTraded,
  sliceBars,
  type Bar,
  type BarColumnName,
  type Bars,
} from './bars.ts';
export { Decimal, ExactDecimal, defaultLot, floorToStep, quotient, roundToStep } from './money.ts';
export {
  checkInstrument,
  currenciesOf,
  typeOfSymbol,
  unifiedSymbol,
  instrumentNames,
  isInverse,
  type FeeTier,
  type Instrument,
  type MarginTier,
} from './instrument.ts';
export { DepthBook, DepthSide } from './depth-book.ts';
export { NumberRows, blockRows, wordNumber } from './number-rows.ts';
export { plainOf, showObjectPlainly, showPlainly, writePlainly } from './plain-view.ts';
export { unsetBlock, unsetNumbers } from './unset.ts';
export {
  isAlive,
  orderStatuses,
  orderTypes,
  type OrderStatus,
  type OrderType,
  type Refusal,
  type Side,
} from './order.ts';
export { seededRandom, systemRuntime, type Runtime, type Timer } from './runtime/runtime.ts';
export {
  channels,
  type AccountEvent,
  type BalanceEvent,
  type BarUpdate,
  type BookUpdate,
  type Channel,
  type EventSink,
  type FillEvent,
  type Funding,
  type IndexPrice,
  type MarkPrice,
  type Level,
  type L3Update,
  type RestingOrder,
  type Liquidation,
  type MarketEvent,
  type OpenInterest,
  type OrderEvent,
  type PositionEvent,
  type Quote,
  type RefusalReason,
  type StreamEvent,
  type StreamGap,
  type StreamRefusal,
  type StreamState,
  type StreamStatus,
  type Ticker24h,
  type TradeTick,
  type TransactionEvent,
  type VenueOrderStatus,
} from './events.ts';
export type {
  EarlierStop,
  AmendOutcome,
  OrderPair,
  PairOutcome,
  AmendRequest,
  CancelOutcome,
  ContractSettings,
  OrderGateway,
  OrderRequest,
  SendOutcome,
  PositionSide,
  VenueOrder,
  VenueOrderType,
  VenuePayment,
} from './gateway.ts';
export type { MarketBook, MarketReader } from './market-reader.ts';
export { clientIdOf, earlierStops, type Intent, type IntentJournal, type IntentState } from './intent.ts';
export type { HttpRequest, HttpResponse, Network, Socket, SocketEvents, SocketRefusal } from './runtime/network.ts';
export { SimulatedRuntime } from './runtime/simulated-runtime.ts';
export {
  SimulatedNetwork,
  type ServedSocket,
  type Service,
  type SimulatedDelays,
  type SocketService,
} from './runtime/simulated-network.ts';
export { checkRealOrdersAllowed, realOrdersVariable } from './gateway.ts';
export { makeFolders } from './runtime/folders.ts';
export { packageVersion } from './runtime/version.ts';
