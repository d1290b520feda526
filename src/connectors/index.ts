/** Connectors to exchanges: live streams of many venues, their books, and recordings of them. */
export type { Book } from './decoding/book.ts';
export { EventGate, type EventGateOptions, type Refusal } from './decoding/event-gate.ts';
export { BookView, type BookCopy } from './decoding/book-view.ts';
export type { FeedCounts, StreamFeed } from './feeds/stream-feed.ts';
export { FeedHandler, type FeedHandlerOptions, type NumberOf } from './feeds/feed-handler.ts';
export type { CcxtAnswer, CcxtHooks, CcxtRequest } from './feeds/ccxt/hooks.ts';
export type { FeedCallbacks, SubscriptionOptions } from './feeds/feed-options.ts';
export { withHosts, type Hosts } from './hosts.ts';
export { Nbbo, type BestOffer, type BestPrices, type VenueTop } from './feeds/nbbo.ts';
export type { NumberKind } from './decoding/numbers.ts';
export type {
  BookMessage,
  BookMessageHead,
  BookPoint,
  BookRules,
  L3Message,
  L3Rules,
  LinkVerdict,
  Parser,
  ParserContext,
  Polls,
  Protocol,
  Receiver,
  Subscription,
  TradeIds,
} from './decoding/protocol.ts';
export { findProtocol, protocolOf, protocols } from './protocols/index.ts';
export { Recorder, type RecorderOptions } from './recordings/recorder.ts';
export { readRecording, type Recording, type RecordingLine, type RecordingMeta } from './recordings/recording.ts';
export { recordedVenue } from './recordings/recorded-venues.ts';
export {
  checkProxyExchanges,
  proxyStrategies,
  type ProxyOptions,
  type ProxyPoolOptions,
  type ProxyRoute,
  type ProxyStrategy,
} from './proxies/options.ts';
export { playAtSpeed } from './recordings/paced-playback.ts';
export { recordedChannels, recordedProtocol } from './recordings/playback.ts';
export { Playback, type PlaybackOptions, type PlaybackOwner } from './recordings/playback.ts';
export { decimalReader, floatReader, textReader, type NumberReader } from './decoding/numbers.ts';
export { defaultPolicy, type ShardPolicy } from './sockets/shard-policy.ts';
export { SymbolMap, type ListedInstrument } from './decoding/symbols.ts';
export { systemNetwork } from './sockets/system-network.ts';
export type { BookSide } from './decoding/book.ts';
export { L3View } from './decoding/l3/l3-book.ts';
export type { L3Book, L3Order } from './decoding/l3/l3-book.ts';
export type { ErrorCallback } from './feeds/feed-output.ts';
export {
  AccountFeed,
  accountProtocols,
  type AccountCallbacks,
  type AccountFeedOptions,
} from './accounts/account-feed.ts';
export {
  accountChannels,
  type AccountChannel,
  type AccountKeys,
  type AccountOutput,
  type AccountProtocol,
} from './accounts/account-protocol.ts';
