/** Live bars: made of trades or taken from the venue, joined to what came before without a hole and without a repeated bar. */
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
  /** Made of trades, taken from the venue's stream, or fetched because the stream had not seen all of it. */
  readonly origin: 'trades' | 'venue' | 'fetched';
}

/** A range of bars that the stream did not see whole. */
export interface MissingBars {
  /** Open of the first missing bar, milliseconds UTC. */
  readonly start: number;
  /** Exclusive; every bar before it is closed. */
  readonly end: number;
}

/** How live bars are made. */
export interface LiveBarsOptions {
  readonly timeframe: Timeframe;
  readonly from: 'trades' | 'venue';
  /** How long after a bar's end the clock closes it, when no trade has. */
  readonly graceMs: number;
  /** Whether missing bars can be fetched. Where they cannot, bars that the stream saw only a part of are left out. */
  readonly canFetch: boolean;
}

/** What happened to the bars and the trades they are made of. */
export interface LiveBarCounts {
  /** Bars built from trades. */
  built: number;
  /** Bars requested because they were missed. */
  fetched: number;
  /** Trades older than a bar that is closed already; they are in no bar. */
  lateTrades: number;
  /** How often trades may have been missed. */
  breaks: number;
  /** Bars that may lack trades and could not be fetched: trades had stopped before their end while other channels went on. */
  suspect: number;
}

/** Trades may always be silent for so long. */
const liveSilenceMs = 10_000;

/**
 * The bars of one live data, in order. Fed with what the session consumes; reads no clock.
 *
 * Bars up to `known` have been handed out. Trades are whole only from the bar after the one in which the stream began; what lies
 * between is asked for by `missing` and put in by `fetched`, and later bars wait for it. A stream that broke off starts again.
 */
export class LiveBars {
  /** What it has made so far. */
  readonly counts: LiveBarCounts = { built: 0, fetched: 0, lateTrades: 0, breaks: 0, suspect: 0 };
  /** Every bar that closes by this moment has been handed out, milliseconds UTC; NaN while the first bar is not known. */
  known = NaN;
  readonly #options: LiveBarsOptions;
  readonly #frame: Timeframe;
  #builder: BarBuilder | undefined;
  /** From this bar on the stream saw everything; NaN before its first trade. */
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
  /** Bars to hand out: the first, and those after it. Most often there is one or none, and a list would cost more than the bar. */
  #first: LiveBar | undefined;
  readonly #more: LiveBar[] = [];
  /** The venue's bar that is growing. */
  #growing: BarUpdate | undefined;

  /** When the source last sent anything, by the exchange's clock as the session reckons it. */
  #heard = -Infinity;
  /** The usual time between two trades, milliseconds. */
  #gap = 0;

  constructor(options: LiveBarsOptions) {
    this.#options = options;
    this.#frame = options.timeframe;
  }

  /** Says that every bar before this moment is known: history ends here. */
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

  /** Something came from the source, whatever it was: it is connected. */
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

  /** Trades may have been missed: the present bar is not whole any more. */
  break(): void {
    if (this.#wholeFrom === this.#wholeFrom || this.#growing !== undefined) this.counts.breaks++;
    this.#builder = undefined;
    this.#growing = undefined;
    this.#wholeFrom = NaN;
    this.#open = this.#end = -Infinity;
  }

  /** A trade at `time` is about to come: closes what it shows to be over. False for a late one, which is counted and not to be taken. */
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

  /** Takes the trade that `reach` was called for into the bar that is growing. @param volume - What it adds to the volume. Default its size. */
  take(trade: Pick<TradeTick, 'price' | 'size'>, time: number, volume = trade.size): void {
    if (this.#builder === undefined) return;
    // Inside a bar the order of trades is the venue's, whose stamps may fall by a moment.
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
      // The next bar has begun. One that was never said to be closed may lack its last trades.
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
   * Advances the clock: a bar that ended more than the grace ago is closed, if the source has sent anything since its end or nothing
   * better can be had.
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
    // Where nothing can be asked, silence is all there is to know.
    if (canFetch || this.#builder === undefined || past < this.known) return;
    this.known = Math.max(this.known, barOpen(this.#frame, past));
  }

  /** What has to be fetched before the next bar can be handed out, if anything is. */
  missing(now: number): MissingBars | undefined {
    if (!this.#options.canFetch || this.known !== this.known) return undefined;
    this.#release();
    const closed = barOpen(this.#frame, now - this.#options.graceMs);
    const next = this.#waiting[0]?.time ?? this.#wholeFrom;
    const end = next > this.known ? Math.min(closed, next) : closed;
    return end > this.known ? { start: this.known, end } : undefined;
  }

  /** Puts fetched bars in: all that there are in the range. */
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

  /** Hands out the waiting bars that nothing is missing before. */
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
