/** `nextbar/extend`: for authors of indicators, venue protocols, market sources and order gateways; a strategy needs none of it. */

// Indicators: a kernel computes a line over columns. These hold later bars too, so a kernel must read no bar after the one it sets.
export { Column, columnOf, derive, deriveAll } from '../lines/index.ts';
export type { IndicatorSpec, Kernel, KernelIo } from '../lines/index.ts';
export { pointwise, windowed } from '../indicators/index.ts';

// The words of the trade, times, errors.
export { checkNames, floorToStep, isAlive, orderTypes, roundToStep, systemRuntime } from '../core/index.ts';
export type {
  AccountEvent,
  BalanceEvent,
  AmendOutcome,
  AmendRequest,
  CancelOutcome,
  ContractSettings,
  ErrorContext,
  EventSink,
  FillEvent,
  HttpRequest,
  HttpResponse,
  Network,
  OrderEvent,
  EarlierStop,
  OrderGateway,
  OrderPair,
  PairOutcome,
  OrderRequest,
  PositionEvent,
  Refusal,
  Runtime,
  SendOutcome,
  Socket,
  SocketEvents,
  SocketRefusal,
  Timer,
  TradingErrorOptions,
  VenueOrder,
  VenueOrderStatus,
  VenueOrderType,
  VenuePayment,
} from '../core/index.ts';

// Feeds: where bars come from.
export type {
  BarHole,
  ClosedBars,
  FetchedBars,
  LiveBar,
  LiveBarCounts,
  LiveBars,
  MarketSource,
  MarketView,
  MissingBars,
  SourceContext,
  StreamSeed,
  WantedStream,
} from '../feeds/index.ts';

// Market data of many exchanges in one shape.
export { SymbolMap, decimalReader, floatReader, systemNetwork, textReader } from '../connectors/index.ts';
export type {
  BookMessage,
  BookMessageHead,
  BookPoint,
  BookRules,
  L3Message,
  L3Rules,
  LinkVerdict,
  ListedInstrument,
  NumberKind,
  NumberReader,
  CcxtAnswer,
  CcxtHooks,
  CcxtRequest,
  Parser,
  ParserContext,
  Polls,
  Protocol,
  Receiver,
  Subscription,
  TradeIds,
} from '../connectors/index.ts';

// The broker: orders, fills, trades, and what decides their sizes and prices.
export { fillField, fillRules, intrabarPolicies, lotOf, rulesNames } from '../broker/index.ts';
export type { AmbiguityCount, FillFacts, FillRule, MatchBar, SlippageSwitches, TradeUpdate } from '../broker/index.ts';

// The engine: strategies over datas, and their results.
export { signalKinds } from '../engine/index.ts';

// A broker of your own: what the engine needs of one, for `cerebro.setBroker`.
export type { BrokerMaker } from '../engine/index.ts';
export type {
  CheckedAmendment,
  AccountAudit,
  OutsideMoves,
  EngineBroker,
  OrderTaker,
  WorkingOrder,
  Blotter,
  Notices,
  TradingRules,
  OcoGroup,
  Trail,
  FillField,
  OrderNotice,
  Refill,
} from '../broker/index.ts';
export type { Timeline, TimelineInfo, WideBar } from '../lines/index.ts';
