/** One stream of a live session: its feed, its bars, the datas they advance, and the state that orders depend on. */
import type { LiveBroker } from '../../broker/index.ts';
import type { Bars, StreamEvent, StreamState } from '../../core/index.ts';
import { columnsOf, StreamIntake, timeOf, type BarHole, type LiveBar, type StreamingFeed } from '../../feeds/index.ts';
import type { Source } from '../datas/loader.ts';
import { StreamMeasures } from '../result/stream-measures.ts';

const nothing = columnsOf([]);

/** What a stream is made from. */
export interface LiveFeedParts {
  readonly index: number;
  readonly source: Source;
  readonly feed: StreamingFeed;
  /** Datas whose bars come from it, in the order in which they were added. */
  readonly dataIds: readonly number[];
  readonly broker: LiveBroker;
  readonly canFetch: boolean;
  readonly clockOffset: number;
}

/** One stream while the session runs. */
export class LiveFeed {
  readonly index: number;
  readonly name: string;
  readonly feed: StreamingFeed;
  readonly dataIds: readonly number[];
  /** How far the venue's clock is ahead of ours, milliseconds, as it was measured last. */
  clockOffset: number;
  /** Bars that could not be fetched. */
  readonly holes: BarHole[] = [];
  readonly intake: StreamIntake;
  readonly measures = new StreamMeasures();
  /** The state that the datas' orders depend on, as last reported to strategies. */
  state: StreamState = 'connecting';
  /** The exchange's time as far as this stream knows it, milliseconds UTC. */
  now = -Infinity;
  trades = 0;
  /** Why trading is halted; undefined while it is not. */
  halted: string | undefined;
  /** Halts so far, each with its begin and its reason. */
  readonly halts: { readonly time: number; readonly reason: string }[] = [];
  history = 0;
  /** Whether a bar is handed out that the market has left behind. */
  isBehind = false;
  private readonly source: Source;
  private readonly broker: LiveBroker;
  /** Up to when the engine's datas know everything. */
  private known = -Infinity;

  constructor(parts: LiveFeedParts) {
    this.index = parts.index;
    this.source = parts.source;
    this.name = parts.source.name;
    this.feed = parts.feed;
    this.dataIds = parts.dataIds;
    this.broker = parts.broker;
    this.clockOffset = parts.clockOffset;
    this.intake = new StreamIntake(parts.feed, parts.canFetch);
    this.source.track.know(-Infinity);
  }

  /** Gives the datas the history before the stream. */
  seed(bars: Bars, known: number | undefined): void {
    if (known === undefined) return;
    this.history = bars.time.length;
    this.known = known;
    this.intake.bars.seed(known);
    this.source.track.give(bars, known);
    this.source.track.know(known);
  }

  /** The exchange's time has come so far. */
  moveClock(now: number): void {
    if (now > this.now) this.now = now;
  }

  /** Gives the datas a bar that has closed. */
  give(bar: LiveBar): void {
    this.source.track.push(bar);
    this.known = bar.closeTime;
  }

  /** Advances the datas to the moment up to which bars are known; false when they were there already. */
  catchUp(): boolean {
    const { known } = this.intake.bars;
    if (!(known > this.known)) return false;
    this.known = known;
    this.source.track.give(nothing, known);
    this.source.track.know(known);
    return true;
  }

  /** Whether a bar comes so late that the market has closed another since. */
  isDelayed(bar: LiveBar): boolean {
    return bar.closeTime + (bar.closeTime - bar.time) <= this.now;
  }

  /** Marks the feed as behind while a late bar is processed: strategies see it, and the broker refuses orders. */
  fallBehind(isBehind: boolean): void {
    this.isBehind = isBehind;
    this.feed.viewOf(this.feed.symbol).fallBehind(isBehind);
    this.tellBroker(isBehind ? 'resyncing' : this.state);
  }

  /** Trading is halted for a reason, or goes on. */
  halt(reason: string | undefined): void {
    this.halted = reason;
    if (reason !== undefined) this.halts.push({ time: this.now, reason });
    for (const id of this.dataIds) this.broker.halt(id, reason);
  }

  /** Gives the broker the print or the quote of the symbol itself. */
  trade(event: StreamEvent, counts: boolean): void {
    if (event.type === 'trade' && counts && event.symbol === this.feed.symbol) {
      this.trades++;
      for (const id of this.dataIds) this.broker.onTrade(id, event);
      this.intake.take(event);
      this.moveClock(timeOf(event));
    } else if (event.type === 'quote' && event.symbol === this.feed.symbol) {
      for (const id of this.dataIds) this.broker.onQuote(id, event);
    } else if ('symbol' in event && event.symbol === this.feed.symbol) this.#showBook(event);
  }

  /** Gives the broker the book of the symbol, its end, and the funding of a contract. */
  #showBook(event: StreamEvent): void {
    if (event.type === 'book') this.broker.onBook(this.dataIds, event);
    else if (event.type === 'funding') for (const id of this.dataIds) this.broker.onFunding(id, event);
    else if (event.type === 'status' && event.channel === 'book' && event.state !== 'live' && event.state !== 'stale')
      this.broker.onBook(this.dataIds, undefined);
  }

  /** What orders depend on: the stream of bars, and that of quotes where there is one. */
  get marketState(): StreamState {
    const view = this.feed.viewOf(this.feed.symbol);
    if (view.state !== 'live') return view.state;
    const quotes = view.stateOf('quote');
    return quotes === 'connecting' || quotes === 'resyncing' ? quotes : 'live';
  }

  /** Passes the state to the broker, with what it needs to know after a change. */
  tellBroker(state: StreamState): void {
    const { quote } = this.feed.viewOf(this.feed.symbol);
    for (const id of this.dataIds) {
      this.broker.onState(id, state);
      if (state === 'live' && quote !== undefined) this.broker.onQuote(id, quote);
    }
  }
}
