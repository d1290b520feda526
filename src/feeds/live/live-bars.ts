/** Live bars: built from trades or taken from the venue, and joined to the history without a hole or a repeated bar. */
import {
  barClose,
  barOpen,
  type Bar,
  type Bars,
  type BarUpdate,
  type Timeframe,
  type TradeTick,
} from '../../core/index.ts';
import { BarBuilder } from '../memory/bar-builder.ts';

/** A closed bar on its way to the engine. */
export interface LiveBar extends Bar {
  /** Close of the bar, milliseconds UTC. */
  readonly closeTime: number;
  /** Built from trades, taken from the venue's stream, or fetched because the stream had received only a part. */
  readonly origin: 'trades' | 'venue' | 'fetched';
}

/** A range of bars that the stream received only in part. */
export interface MissingBars {
  /** Open of the first missing bar, milliseconds UTC. */
  readonly start: number;
  /** Exclusive; every bar before it is closed. */
  readonly end: number;
}

/** How live bars are built. */
export interface LiveBarsOptions {
  readonly timeframe: Timeframe;
  readonly from: 'trades' | 'venue';
  /** How long after a bar's end the clock closes it, in milliseconds, when no trade has. */
  readonly graceMs: number;
  /** Whether missing bars can be fetched. Where they cannot, bars that the stream received only in part are left out. */
  readonly canFetch: boolean;
}

/** Counts of bars and of the trades they are built from. */
export interface LiveBarCounts {
  /** Bars built from trades. */
  built: number;
  /** Bars requested because they were missed. */
  fetched: number;
  /** Trades of a bar that had closed already; they belong to no bar. */
  lateTrades: number;
  /** How often trades may have been missed. */
  breaks: number;
  /** Bars that may lack trades and could not be fetched: trades had stopped before their end while other channels went on. */
  suspect: number;
}

/** A silence of trades this long, in milliseconds, is never suspect. */
const liveSilenceMs = 10_000;

/**
 * The bars of one live data, in order. It is fed with the session's events and reads no clock.
 *
 * Bars up to `known` have been delivered. Trades are complete only from the bar after the one in which the stream began; `missing` names
 * the bars in between, `fetched` inserts them, and later bars wait for them. A stream that broke off starts over.
 */
export class LiveBars {
  /** Counts so far. */
  readonly counts: LiveBarCounts = { built: 0, fetched: 0, lateTrades: 0, breaks: 0, suspect: 0 };
  /** Every bar that closes by this moment has been delivered, milliseconds UTC; NaN before the first bar is known. */
  known = NaN;
  readonly #options: LiveBarsOptions;
  readonly #frame: Timeframe;
  #builder: BarBuilder | undefined;
  /** From this bar on the stream is complete; NaN before its first trade. */
  #wholeFrom = NaN;
  /** The bar that the latest trade is in. */
  #open = -Infinity;
  #end = -Infinity;
  /** The end of the latest bar that the clock closed; it may still wait for earlier ones. */
  #closedTo = -Infinity;
  /** The latest trade's time, which times never fall below. */
  #latest = -Infinity;
  /** Complete bars that wait for earlier ones. */
  readonly #waiting: LiveBar[] = [];
  /** Bars to deliver: the first, and those after it. Most often there is one or none, and a list would cost more than the bar. */
  #first: LiveBar | undefined;
  readonly #more: LiveBar[] = [];
  /** The venue's bar that is growing. */
  #growing: BarUpdate | undefined;

  /** When the source last sent anything, by the exchange's clock as the session knows it. */
  #heard = -Infinity;
  /** The usual time between two trades, milliseconds. */
  #gap = 0;

  constructor(options: LiveBarsOptions) {
    this.#options = options;
    this.#frame = options.timeframe;
  }

  /** Marks every bar before this moment as known: history ends here. */
  seed(known: number): void {
    this.known = known;
  }

  /** The next closed bar; undefined when there is none yet. */
  shift(): LiveBar | undefined {
    if (this.#waiting.length > 0) this.#release();
    const bar = this.#first;
    if (bar === undefined) return undefined;
    this.#first = this.#more.length > 0 ? this.#more.shift() : undefined;
    if (bar.origin === 'fetched') this.counts.fetched++;
    else this.counts.built++;
    return bar;
  }

  #handOut(bar: LiveBar): void {
    if (this.#first === undefined) this.#first = bar;
    else this.#more.push(bar);
  }

  /** Records that the source sent anything, so that it counts as connected. */
  heard(now: number): void {
    if (now > this.#heard) this.#heard = now;
  }

  /**
   * Whether trades stopped so long before the end of a bar that their channel may be dead while others go on. Such a bar is fetched where
   * it can be.
   */
  #isSilent(end: number): boolean {
    return end - this.#latest > Math.max(liveSilenceMs, 3 * this.#gap);
  }

  /** Trades may have been missed: the present bar is no longer complete. */
  break(): void {
    if (this.#wholeFrom === this.#wholeFrom || this.#growing !== undefined) this.counts.breaks++;
    this.#builder = undefined;
    this.#growing = undefined;
    this.#wholeFrom = NaN;
    this.#open = this.#end = -Infinity;
  }

  /**
   * Called before a trade at `time`: closes the bars that ended before it. False for a late trade, which is counted and must not be taken.
   */
  reach(time: number): boolean {
    if (this.#options.from === 'venue') return true;
    if (time < this.known || time < this.#open || time < this.#closedTo) {
      this.counts.lateTrades++;
      return false;
    }
    if (time < this.#end) return true;
    const open = barOpen(this.#frame, time);
    const end = barClose(this.#frame, open);
    if (this.#builder === undefined) {
      // The bar in which the stream begins may have had trades before.
      this.#wholeFrom = end;
      this.#builder = new BarBuilder({ timeframe: this.#frame, start: end });
      this.#latest = -Infinity;
      if (!(this.known >= open) && (this.known !== this.known || !this.#options.canFetch)) this.known = open;
    } else this.#close(time, open);
    this.#open = open;
    this.#end = end;
    return true;
  }

  /**
   * Takes the trade that `reach` was called for into the bar that is growing. @param volume - What it adds to the volume. Default: its
   * size.
   */
  take(trade: Pick<TradeTick, 'price' | 'size'>, time: number, volume = trade.size): void {
    if (this.#builder === undefined) return;
    // Inside a bar trades keep the venue's order, although their times may fall slightly.
    if (time > this.#latest) {
      if (this.#latest > -Infinity) this.#gap += (time - this.#latest - this.#gap) / 16;
      this.#latest = time;
    }
    this.#builder.take(this.#latest, trade.price, volume);
  }

  /** Takes one of the venue's own bars, growing or closed. */
  update(bar: BarUpdate): void {
    if (this.#options.from !== 'venue') return;
    const growing = this.#growing;
    if (growing !== undefined && bar.start > growing.start) {
      // The next bar has begun. A bar that was never reported as closed may lack its last trades.
      if (growing.closed === undefined) this.#keep(new VenueBar(growing));
      this.#growing = undefined;
    }
    if (this.known !== this.known) this.known = this.#options.canFetch ? bar.start : bar.end;
    if (bar.start < this.known) return;
    if (bar.closed !== true) this.#growing = bar;
    else {
      this.#growing = undefined;
      this.#keep(new VenueBar(bar));
    }
  }

  /**
   * Advances the clock: closes a bar that ended more than the grace ago, if the source has sent anything since its end or bars cannot be
   * fetched.
   */
  tick(now: number): void {
    const past = now - this.#options.graceMs;
    const { canFetch } = this.#options;
    const partial = this.#builder?.partial;
    const isOver = partial !== undefined && partial.closeTime <= past;
    if (isOver && (!canFetch || (this.#heard >= partial.closeTime && !this.#isSilent(partial.closeTime)))) {
      const closed = this.#builder!.reach(partial.closeTime);
      this.#closedTo = partial.closeTime;
      if (!canFetch && this.#isSilent(partial.closeTime) && this.#heard >= partial.closeTime) this.counts.suspect++;
      if (closed !== undefined) this.#keep({ ...barOf(closed), closeTime: closed.closeTime, origin: 'trades' });
    }
    this.#release();
    // Where nothing can be fetched, the clock alone decides.
    if (canFetch || this.#builder === undefined || past < this.known) return;
    this.known = Math.max(this.known, barOpen(this.#frame, past));
  }

  /** The range to fetch before the next bar can be delivered; undefined when there is none. */
  missing(now: number): MissingBars | undefined {
    if (!this.#options.canFetch || this.known !== this.known) return undefined;
    this.#release();
    const closed = barOpen(this.#frame, now - this.#options.graceMs);
    const next = this.#waiting[0]?.time ?? this.#wholeFrom;
    const end = next > this.known ? Math.min(closed, next) : closed;
    return end > this.known ? { start: this.known, end } : undefined;
  }

  /** Inserts fetched bars, which are all bars of the range. */
  fetched({ start, end }: MissingBars, bars: Bars): void {
    if (start > this.known) return;
    for (let i = 0; i < bars.time.length; i++) {
      const time = bars.time[i]!;
      if (time < this.known || time >= end) continue;
      const [open, high, low, close, volume] = [
        bars.open[i]!,
        bars.high[i]!,
        bars.low[i]!,
        bars.close[i]!,
        bars.volume[i]!,
      ];
      const closeTime = barClose(this.#frame, time);
      this.#handOut({ time, open, high, low, close, volume, closeTime, origin: 'fetched' });
      this.known = closeTime;
    }
    if (end > this.known) this.known = end;
  }

  /** Closes the growing bar before a trade at `time` in the bar that opens at `open`. */
  #close(time: number, open: number): void {
    const closed = this.#builder!.reach(Math.max(time, this.#latest));
    if (closed !== undefined) this.#keep({ ...barOf(closed), closeTime: closed.closeTime, origin: 'trades' });
    this.#release();
    if (open <= this.known) return;
    if (!this.#options.canFetch) this.known = open;
    // Between the bars before and this one there was silence: the venue may have bars of it all the same.
    else if (this.known >= this.#wholeFrom) this.#wholeFrom = open;
  }

  #keep(bar: LiveBar): void {
    if (bar.time < this.known) return;
    if (this.#waiting.length > 0 || !this.#isNext(bar)) {
      this.#waiting.push(bar);
      return;
    }
    this.known = bar.closeTime;
    this.#handOut(bar);
  }

  /** Whether nothing is missing before a bar, or nothing can be fetched. */
  #isNext({ time }: LiveBar): boolean {
    return !(time > this.known && this.#options.canFetch);
  }

  /** Delivers the waiting bars before which nothing is missing. */
  #release(): void {
    const waiting = this.#waiting;
    while (waiting.length > 0) {
      const bar = waiting[0]!;
      if (!this.#isNext(bar)) return;
      waiting.shift();
      if (bar.time < this.known) continue;
      this.known = bar.closeTime;
      this.#handOut(bar);
    }
  }
}

function barOf({ time, open, high, low, close, volume }: Bar): Bar {
  return { time, open, high, low, close, volume };
}

/** A view of a venue's bar. Copying its numbers would account for most of a live step's memory. */
class VenueBar implements LiveBar {
  readonly origin = 'venue';
  readonly #update: BarUpdate;

  constructor(update: BarUpdate) {
    this.#update = update;
  }

  get time(): number {
    return this.#update.start;
  }

  get open(): number {
    return this.#update.open;
  }

  get high(): number {
    return this.#update.high;
  }

  get low(): number {
    return this.#update.low;
  }

  get close(): number {
    return this.#update.close;
  }

  get volume(): number {
    return this.#update.volume;
  }

  get closeTime(): number {
    return this.#update.end;
  }
}
