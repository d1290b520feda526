/** The way to exchanges: live streams of many venues, their books, and recordings of them. */
export type { Book } from './book.ts';
export { BookView, type BookCopy } from './book-view.ts';
export type { Feed, FeedCounts } from './feed.ts';
export { FeedHandler, type FeedHandlerOptions, type NumberOf } from './feed-handler.ts';
export type { FeedCallbacks, FeedOptions as StreamFeedOptions } from './feed-options.ts';
export { withHosts, type Hosts } from './hosts.ts';
export { Nbbo, type BestOffer, type BestPrices, type VenueTop } from './nbbo.ts';
export type { NumberKind } from './numbers.ts';
export type {
  BookMessage,
  BookPoint,
  BookRules,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Receiver,
  Subscription,
  TradeIds,
} from './protocol.ts';
export { protocols } from './protocols/index.ts';
export { Recorder, type RecorderOptions } from './recorder.ts';
export { readRecording, type Recording, type RecordingLine, type RecordingMeta } from './recording.ts';
export { playAtSpeed } from './replay-clock.ts';
export { Replay, type ReplayOptions, type ReplayOwner } from './replay.ts';
export { decimalReader, floatReader, textReader, type NumberReader } from './numbers.ts';
export { defaultPolicy, type ShardPolicy } from './shard-policy.ts';
export { SymbolMap, unifiedSymbol, type ListedInstrument } from './symbols.ts';
export { systemNetwork } from './system-network.ts';
