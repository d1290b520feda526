/** A market that trades along given bars, tick by tick, so that trades, book and bars agree exactly. */
import { barOpen, type Runtime, type Side, type Timeframe, type Timer } from '../../core/index.ts';
import { barOf, Exchange, fold, type OpenBar } from '../exchange/index.ts';
import { walkBar, type TickBar, type WalkOrder, type WalkStep } from './bar-walk.ts';
import { ExchangeMarket } from './exchange-market.ts';
import type { MarketBar, MarketInstrument } from '../market-data.ts';
import { checkBarMarket, frameMs, tickBars, type BarMarketOptions, type BarSeries } from './bar-market-options.ts';

/** The longest single timer, in milliseconds: setTimeout fires at once beyond 24.8 days, so longer waits are split. */
const longestWait = 86_400_000;

/** A trade of the walk through a bar. */
type MarketPrint = WalkStep & { readonly time: number };

interface Track {
  readonly instrument: MarketInstrument;
  readonly bars: readonly TickBar[];
  readonly lengthMs: number;
  /** Index of the bar in progress, or of the next one. */
  at: number;
  steps: readonly WalkStep[];
  /** -1: the open comes next; otherwise the step that comes next. */
  next: number;
  price: number | undefined;
  /** What accounts traded in this bar: its own trades are smaller by this much. */
  owed: number;
}

/**
 * Trades along bars, on the runtime's clock.
 *
 * At a bar's open the quotes move to its open price, and a little later it trades there; from a third of the bar on the price
 * moves tick by tick to one extreme, the other and the close, and the trades add up to the bar. Accounts of its `exchange` trade
 * against the quotes, at their limit when the price reaches it, and at the open when the price jumps over the limit between
 * bars, as in an opening auction. What they trade is deducted from the bar's later trades, so that the bar stays as given.
 */
export class BarMarket extends ExchangeMarket {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** The exchange its orders meet on. */
  readonly exchange: Exchange;
  /** When the last bar closes, milliseconds UTC; nothing trades after that. */
  readonly end: number;
  readonly #runtime: Runtime;
  readonly #tracks: readonly Track[];
  readonly #spread: number;
  readonly #walk: WalkOrder;
  readonly #options: BarMarketOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  /** The moment of the step in progress. */
  #moment: number | undefined;

  constructor(runtime: Runtime, options: BarMarketOptions) {
    super();
    checkBarMarket(options);
    const { series, spread = 0, walk = 'openHighLowClose', levels: _1, levelSize: _5, fillsBy: _6, tradesPerBar: _2, openTrade: _3, walkBegins: _4, ...rest } = options; // prettier-ignore
    this.#runtime = runtime;
    this.#options = options;
    this.#spread = spread;
    this.#walk = walk;
    this.instruments = series.map(({ instrument }) => instrument);
    this.exchange = new Exchange({
      ...rest,
      instruments: this.instruments,
      barMs: Math.min(...series.map(({ timeframe }) => frameMs(timeframe))),
      clock: () => this.#moment ?? runtime.now(),
      beforeOrder: () => {
        this.settle();
      },
    });
    this.#tracks = series.map((one) => this.#trackOf(one));
    this.end = Math.max(...this.#tracks.map(({ bars, lengthMs }) => (bars.at(-1)?.time ?? -Infinity) + lengthMs));
    this.exchange.listen({
      trade: (symbol, { size }) => {
        this.#tracks.find(({ instrument }) => instrument.symbol === symbol)!.owed += size;
      },
    });
    this.settle();
  }

  /** Bars that have closed by now become history; the others will trade. */
  #trackOf(series: BarSeries): Track {
    const lengthMs = frameMs(series.timeframe);
    const bars = tickBars(series, this.#walk);
    const now = this.#runtime.now();
    const at = bars.findIndex(({ time }) => time + lengthMs > now);
    const past = at < 0 ? bars : bars.slice(0, at);
    this.exchange.market(series.instrument.symbol).log.begin(past.filter(({ volume }) => volume > 0).map(pastBar));
    const track: Track = {
      instrument: series.instrument, bars, lengthMs, at: past.length, steps: [], next: -1, price: past.at(-1)?.close, owed: 0,
    }; // prettier-ignore
    if (track.price !== undefined) this.#moveTo(track, track.price, 'buy');
    return track;
  }

  /** Starts trading on the runtime's clock. */
  start(): void {
    this.#isStopped = false;
    this.settle();
    const next = this.#earliest();
    if (next === undefined) return;
    this.#timer = this.#runtime.after(Math.min(longestWait, Math.max(0, next.time - this.#runtime.now())), () => {
      this.start();
    });
  }

  /** Stops its prices. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Does everything that is due by now, each step at its own moment. What a fast clock makes due meanwhile waits, so that requests are answered. */
  settle(): void {
    if (this.#moment !== undefined || this.#isStopped) return;
    const now = this.#runtime.now();
    for (let due = this.#earliest(); due !== undefined && due.time <= now; due = this.#earliest()) {
      this.#moment = due.time;
      this.#step(due.track);
      this.#moment = undefined;
    }
  }

  /**
   * The bars of a symbol in any timeframe. Those shorter than the ones that it trades along show how the price walks through them, also
   * where that was before the start, or the trades are no longer kept.
   */
  override bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    // A timer that comes late must not leave trades out of a bar that has closed: closed bars never change.
    this.settle();
    const track = this.#tracks.find(({ instrument }) => instrument.symbol === symbol);
    if (track === undefined || frame.ms === undefined || frame.ms % track.lengthMs === 0) {
      return super.bars(symbol, frame, start, end);
    }
    const kept = this.#keptFrom(track);
    const bars: OpenBar[] = [];
    for (let i = lastOpen(track.bars, start); i < track.at && track.bars[i]!.time < Math.min(end, kept); i++) {
      for (const print of this.#walked(track, i)) {
        if (print.time >= start && print.time < end) fold(bars, barOpen(frame, print.time), barOf(print));
      }
    }
    for (const bar of super.bars(symbol, frame, Math.max(start, kept), end)) fold(bars, bar.start, bar);
    return bars;
  }

  /** The price of the last trade before a time. */
  override priceBefore(symbol: string, time: number): number | undefined {
    const track = this.#tracks.find(({ instrument }) => instrument.symbol === symbol);
    if (track === undefined || time > this.#keptFrom(track)) return super.priceBefore(symbol, time);
    for (let i = Math.min(lastOpen(track.bars, time - 1), track.at - 1); i >= 0; i--) {
      const print = this.#walked(track, i).findLast((one) => one.time < time);
      if (print !== undefined) return print.price;
    }
    return undefined;
  }

  /** Before this moment trades are not kept, and its bars say what traded. */
  #keptFrom({ instrument, bars, at, lengthMs }: Track): number {
    const first = this.exchange.trades(instrument.symbol, 1, 0)[0]?.time;
    const upcoming = bars[at]?.time ?? Infinity;
    if (first === undefined) return upcoming;
    const bar = bars[lastOpen(bars, first)];
    // Trades of a bar of which the earlier ones are gone would show a part of it.
    const isWhole = bar === undefined || first <= this.#stepTime(bar, lengthMs, 0, 1) || bar.time === upcoming;
    return isWhole ? (bar?.time ?? first) : bar.time + lengthMs;
  }

  /** The trades of a bar, as it walks through them. */
  #walked({ bars, lengthMs }: Track, index: number): readonly MarketPrint[] {
    const bar = bars[index]!;
    const steps = walkBar(bar, this.#walk, this.#options.tradesPerBar ?? 400);
    return steps.map((step, i) => ({ ...step, time: this.#stepTime(bar, lengthMs, i, steps.length) }));
  }

  #earliest(): { readonly track: Track; readonly time: number } | undefined {
    let first: { track: Track; time: number } | undefined;
    for (const track of this.#tracks) {
      const time = this.#timeOf(track);
      if (time !== undefined && (first === undefined || time < first.time)) first = { track, time };
    }
    return first;
  }

  /** When a symbol's next step is due. */
  #timeOf({ bars, at, next, steps, lengthMs }: Track): number | undefined {
    const bar = bars[at];
    if (bar === undefined || next < 0) return bar?.time;
    return this.#stepTime(bar, lengthMs, next, steps.length);
  }

  /** When a step of a bar is due, given the number of its steps. */
  #stepTime(bar: TickBar, lengthMs: number, step: number, steps: number): number {
    const { openTrade = 0.01, walkBegins = 1 / 3 } = this.#options;
    if (step === 0) return bar.time + Math.max(1, Math.floor(lengthMs * openTrade));
    const begin = lengthMs * walkBegins;
    const span = lengthMs * 0.99 - begin;
    return bar.time + Math.floor(begin + (steps === 2 ? 0 : (span * (step - 1)) / (steps - 2)));
  }

  #step(track: Track): void {
    const bar = track.bars[track.at]!;
    if (track.next < 0) this.#open(track, bar);
    else {
      const step = track.steps[track.next]!;
      if (track.next > 0) this.#moveTo(track, step.price, step.side, undefined, step.size);
      this.#print(track, step);
    }
    track.next++;
    if (track.next < track.steps.length) return;
    track.at++;
    track.next = -1;
  }

  /** The quotes jump to the open. Orders they jump over trade at the open, as in an auction. */
  #open(track: Track, bar: TickBar): void {
    track.owed = 0;
    track.steps = walkBar(bar, this.#walk, this.#options.tradesPerBar ?? 400);
    const side = track.steps[0]?.side ?? 'buy';
    const from = track.price ?? bar.open;
    this.#moveTo(track, bar.open, side, from === bar.open ? undefined : from < bar.open ? 'buy' : 'sell');
  }

  /**
   * The price reaches a tick: orders resting there or before it are filled, and the crowd's quotes follow. A `gap` is crossed as in
   * an auction, at one price for all.
   */
  #moveTo(track: Track, price: number, side: Side, gap?: Side, traded = Infinity): void {
    const { symbol, sizeDecimals } = track.instrument;
    const market = this.exchange.market(symbol);
    const { levelSize = 1_000_000, levels = 5, fillsBy = 'price' } = this.#options;
    const size = Math.max(1, Math.round(levelSize * 10 ** sizeDecimals));
    track.price = price;
    // Without a spread both sides stand at the price; otherwise the side that was just taken does.
    const bid = side === 'sell' ? price : price - this.#spread;
    const ask = bid + this.#spread;
    this.exchange.act(symbol, () => {
      if (market.hasOwners) {
        this.#clear(track);
        if (gap !== undefined) this.exchange.crowdTakes(symbol, gap, Infinity, price, price);
        if (fillsBy === 'price') {
          this.exchange.crowdTakes(symbol, 'sell', Infinity, side === 'sell' ? price : ask);
          this.exchange.crowdTakes(symbol, 'buy', Infinity, side === 'buy' ? price : bid);
        } else {
          // Everything better than the price is traded through; at the price itself only the bar's volume trades.
          this.exchange.crowdTakes(symbol, 'sell', Infinity, side === 'sell' ? price + 1 : ask);
          this.exchange.crowdTakes(symbol, 'buy', Infinity, side === 'buy' ? price - 1 : bid);
          this.exchange.crowdTakes(symbol, side, traded, price);
        }
      }
      market.crowdQuotes('buy', bid, levels, size);
      market.crowdQuotes('sell', ask, levels, size);
    });
  }

  #clear({ instrument }: Track): void {
    const market = this.exchange.market(instrument.symbol);
    for (const side of ['buy', 'sell'] as const) {
      for (const price of [...market.crowdLevels(side).keys()]) market.crowdRests(side, price, 0);
    }
  }

  #print(track: Track, { price, size, side }: WalkStep): void {
    const less = Math.min(track.owed, size - 1);
    track.owed -= less;
    const { symbol } = track.instrument;
    this.exchange.act(symbol, () => {
      this.exchange.market(symbol).print(this.exchange.now(), price, size - less, side);
    });
    // The listener above counted this trade as well.
    track.owed -= size - less;
  }
}

/** A bar from before the start: its value is estimated at its mean price, half of it taken by buyers. */
function pastBar({ time, open, high, low, close, volume }: TickBar): MarketBar {
  const price = BigInt(Math.round((open + high + low + close) / 4));
  const takerVolume = Math.floor(volume / 2);
  return {
    start: time, open, high, low, close, volume, trades: Math.min(volume, 4), value: price * BigInt(volume), takerVolume,
    takerValue: price * BigInt(takerVolume),
  }; // prettier-ignore
}

/** The index of the last bar that opens at or before a time; 0 where none does. */
function lastOpen(bars: readonly TickBar[], time: number): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
