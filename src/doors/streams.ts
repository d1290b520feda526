/** `nextbar/streams`: for programs that watch markets live, record them and play them back, with or without a strategy. */

// The words of the trade, times, errors.
export { channels } from '../core/index.ts';
export type {
  BarUpdate,
  BookUpdate,
  Channel,
  Funding,
  IndexPrice,
  MarkPrice,
  L3Update,
  Level,
  RestingOrder,
  Liquidation,
  MarketBook,
  MarketEvent,
  MarketReader,
  OpenInterest,
  Quote,
  StreamEvent,
  RefusalReason,
  StreamGap,
  StreamRefusal,
  StreamStatus,
  Ticker24h,
  TradeTick,
  TransactionEvent,
} from '../core/index.ts';

// Feeds: where bars come from.
export { CcxtProSource, NativeSource, RecordingSource } from '../feeds/index.ts';
export type { CcxtProSourceOptions, NativeSourceOptions, RecordingSourceOptions } from '../feeds/index.ts';

// Market data of many exchanges in one shape.
export {
  accountChannels,
  BookView,
  L3View,
  FeedHandler,
  Nbbo,
  Recorder,
  Playback,
  defaultPolicy,
  playAtSpeed,
  protocols,
  readRecording,
  withHosts,
} from '../connectors/index.ts';
export type {
  AccountCallbacks,
  AccountChannel,
  AccountFeed,
  AccountKeys,
  AccountFeedOptions,
  BestOffer,
  BestPrices,
  Book,
  BookCopy,
  StreamFeed,
  BookSide,
  L3Book,
  L3Order,
  ErrorCallback,
  FeedCallbacks,
  FeedCounts,
  FeedHandlerOptions,
  Hosts,
  NumberOf,
  PlaybackOptions,
  PlaybackOwner,
  ProxyOptions,
  ProxyPoolOptions,
  ProxyRoute,
  ProxyStrategy,
  RecorderOptions,
  Recording,
  RecordingLine,
  RecordingMeta,
  ShardPolicy,
  SubscriptionOptions,
  VenueTop,
} from '../connectors/index.ts';

// The broker: orders, fills, trades, and what decides their sizes and prices.
export type { EarlierOrders, ExitStart, StaleOrders } from '../broker/index.ts';

// The engine: strategies over datas, and their results.
export type {
  DataView,
  ExternalSignal,
  JournalDifference,
  JournalReplay,
  LiveMode,
  QueueCounts,
  RoundTrip,
  SessionSummary,
  SessionControl,
  SessionCommand,
  SessionLimits,
  SessionView,
  PositionView,
  StrategyPosition,
  StrategyView,
  SignalAnswer,
  ChannelMeasure,
  StreamSummary,
} from '../engine/index.ts';
export type { PaperModel } from '../broker/index.ts';
