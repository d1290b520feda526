/** A market that only shows given bars: no accounts, no orders; trades and book are derived from the bars. */
import {
  barAt,
  barClose,
  barOpen,
  ConfigError,
  lowerBound,
  timeframe,
  type Bar,
  type Bars,
  type Runtime,
  type Side,
  type Timeframe,
} from '../../core/index.ts';
import type { Market, MarketBar, MarketBook, MarketInstrument, MarketLevel, MarketTop, MarketTrade } from '../market-data.ts'; // prettier-ignore
import { frameMs, type BarSeries } from './bar-market-options.ts';

/** Trades of one bar: its open, both extremes and its close. */
const tradesPerBar = 4;

/** One symbol's bars, whose prices and volumes are read in ticks and lots. */
interface Track {
  readonly instrument: MarketInstrument;
  readonly bars: Bars;
  readonly frame: Timeframe;
  readonly ms: number;
  readonly tick: number;
  readonly lot: number;
}

/**
 * Shows bars as they look at the clock's time: those to come are hidden, and the one in progress consists of what has traded.
 *
 * Each bar trades four times, at its open, its extremes and its close, with a quarter of the volume each. The book has a tick
 * on either side of the last price, and one lot of a tenth more on each further level.
 */
export class BarHistory implements Market {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  readonly hasHoles = true;
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #tracks = new Map<string, Track>();

  constructor(runtime: Pick<Runtime, 'now'>, series: readonly BarSeries[]) {
    this.#runtime = runtime;
    this.instruments = series.map(({ instrument }) => instrument);
    for (const { instrument, bars, timeframe: name } of series) {
      const frame = timeframe(name);
      const [tick, lot] = [10 ** instrument.priceDecimals, 10 ** instrument.sizeDecimals];
      this.#tracks.set(instrument.symbol, { instrument, bars, frame, ms: frameMs(name), tick, lot });
    }
  }

  /** A book of a symbol around its latest close. */
  book(symbol: string, depth = 100): MarketBook {
    const { lot } = this.#track(symbol);
    const last = this.priceBefore(symbol, this.#now() + 1);
    const levels = (away: number): MarketLevel[] =>
      last === undefined
        ? []
        : Array.from({ length: Math.min(depth, 5000) }, (_, i): MarketLevel => [
            last + away * (i + 1), Math.max(1, Math.round(lot / 10)) * (i + 1),
          ]).filter(([price]) => price > 0);
    return { updateId: this.updateId(), bids: levels(-1), asks: levels(1) };
  } // prettier-ignore

  /** Best bid and ask of a symbol. */
  top(symbol: string): MarketTop {
    const { bids, asks } = this.book(symbol, 1);
    return { bid: bids[0], ask: asks[0] };
  }

  updateId(): number {
    return Math.floor(this.#now() / 1000);
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    const track = this.#track(symbol);
    if (fromId === undefined) return this.tradesBetween(symbol, -Infinity, Infinity, limit, true);
    const from = Math.max(0, Math.floor((fromId - 1) / tradesPerBar));
    return this.#collect(track, from, Infinity, limit, ({ id }) => id >= fromId);
  }

  tradesBetween(symbol: string, start: number, end: number, limit: number, newest = false): readonly MarketTrade[] {
    const track = this.#track(symbol);
    const { bars, ms } = track;
    const isInside = ({ time }: MarketTrade): boolean => time >= start && time <= end;
    if (!newest) return this.#collect(track, lowerBound(bars.time, start - ms), end, limit, isInside);
    const found: MarketTrade[] = [];
    let i = lowerBound(bars.time, Math.min(end, this.#now()) + 1) - 1;
    for (; i >= 0 && found.length < limit && bars.time[i]! > start - ms; i--) {
      found.unshift(...this.#tradesOf(track, i).filter(isInside));
    }
    return found.slice(-limit);
  }

  priceBefore(symbol: string, time: number): number | undefined {
    const track = this.#track(symbol);
    for (let i = lowerBound(track.bars.time, time) - 1; i >= 0; i--) {
      const trade = this.#tradesOf(track, i).findLast((one) => one.time < time);
      if (trade !== undefined) return trade.price;
    }
    return undefined;
  }

  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    const track = this.#track(symbol);
    const parts = (frame.ms ?? Infinity) < track.ms ? this.#shortParts(track, start, end) : this.#parts(track, start, end);
    const found: Open[] = [];
    let close = -Infinity;
    for (const part of parts) {
      const last = found.at(-1);
      if (last !== undefined && part.start < close) {
        extend(last, part);
        continue;
      }
      const open = barOpen(frame, part.start);
      close = barClose(frame, open);
      part.start = open;
      found.push(part);
    }
    return found.map(closed);
  } // prettier-ignore

  barMs(symbol: string): number {
    return this.#track(symbol).ms;
  }

  firstTime(symbol: string): number | undefined {
    const first = this.#track(symbol).bars.time[0];
    return first !== undefined && first <= this.#now() ? first : undefined;
  }

  /** Nothing is ever announced: what has changed shows at the next request. */
  listen(): void {
    return;
  }

  /** The bars of the series from `start` to before `end`, the one in progress as far as it has traded. */
  *#parts(track: Track, start: number, end: number): Generator<Open> {
    const { bars, ms, tick, lot } = track;
    const now = this.#now();
    for (let i = lowerBound(bars.time, start); i < bars.time.length && bars.time[i]! < end; i++) {
      const time = bars.time[i]!;
      if (time > now) return;
      if (time + ms > now) {
        yield* this.#tradesOf(track, i).map((trade) => partOf({ ...trade, time }));
        return;
      }
      const open = Math.round(bars.open[i]! * tick);
      const high = Math.round(bars.high[i]! * tick);
      const low = Math.round(bars.low[i]! * tick);
      const close = Math.round(bars.close[i]! * tick);
      const volume = Math.round(bars.volume[i]! * lot);
      const trades = volume > 0 ? tradesPerBar : 0;
      const worth = ((open + high + low + close) / 4) * volume;
      yield { start: time, open, high, low, close, volume, trades, takerVolume: Math.floor(volume / 2), worth };
    }
  } // prettier-ignore

  /** The trades of the series, for bars shorter than its own. */
  *#shortParts(track: Track, start: number, end: number): Generator<Open> {
    const { bars, ms } = track;
    for (let i = lowerBound(bars.time, start - ms); i < bars.time.length && bars.time[i]! < end; i++) {
      for (const trade of this.#tradesOf(track, i)) if (trade.time >= start && trade.time < end) yield partOf(trade);
    }
  }

  #collect(track: Track, from: number, end: number, limit: number, isMeant: (trade: MarketTrade) => boolean): MarketTrade[] {
    const found: MarketTrade[] = [];
    const last = Math.min(end, this.#now());
    for (let i = from; i < track.bars.time.length && found.length < limit && track.bars.time[i]! <= last; i++) {
      found.push(...this.#tradesOf(track, i).filter(isMeant));
    }
    return found.slice(0, limit);
  } // prettier-ignore

  /** The trades of a bar that have happened by now. */
  #tradesOf({ bars, ms, tick, lot }: Track, at: number): MarketTrade[] {
    const bar = barAt(bars, at);
    const prices = turnsOf(bar).map((price) => Math.round(price * tick));
    const volume = Math.round(bar.volume * lot);
    const now = this.#now();
    const trades: MarketTrade[] = [];
    for (let i = 0; i < tradesPerBar; i++) {
      const time = bar.time + (i === 0 ? 0 : Math.floor((ms * (2 * i + 1)) / (2 * tradesPerBar)));
      const size = Math.floor(volume / tradesPerBar) + (i < volume % tradesPerBar ? 1 : 0);
      const side: Side = (prices[i - 1] ?? prices[i]!) <= prices[i]! ? 'buy' : 'sell';
      if (size > 0 && time <= now) trades.push({ id: at * tradesPerBar + i + 1, time, price: prices[i]!, size, side });
    }
    return trades;
  }

  #track(symbol: string): Track {
    const track = this.#tracks.get(symbol);
    if (track !== undefined) return track;
    throw new ConfigError(`symbol must be one of ${[...this.#tracks.keys()].join(', ')}, was ${symbol}`);
  }

  #now(): number {
    return Math.floor(this.#runtime.now());
  }
}

/** A bar in progress, its value as a float. */
interface Open {
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
  takerVolume: number;
  worth: number;
}

/** The bar with its values as whole numbers. Written out field by field: rest and spread syntax would cost more than everything else on a page. */
function closed(bar: Open): MarketBar {
  const value = BigInt(Math.round(bar.worth));
  return {
    start: bar.start, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume, trades: bar.trades, value,
    takerVolume: bar.takerVolume, takerValue: value / 2n,
  }; // prettier-ignore
}

function turnsOf({ open, high, low, close }: Bar): number[] {
  return close >= open ? [open, low, high, close] : [open, high, low, close];
}

function partOf({ time, price, size, side }: MarketTrade): Open {
  const takerVolume = side === 'buy' ? size : 0;
  return { start: time, open: price, high: price, low: price, close: price, volume: size, trades: 1, takerVolume, worth: price * size };
} // prettier-ignore

function extend(bar: Open, part: Open): void {
  bar.high = Math.max(bar.high, part.high);
  bar.low = Math.min(bar.low, part.low);
  bar.close = part.close;
  bar.volume += part.volume;
  bar.trades += part.trades;
  bar.takerVolume += part.takerVolume;
  bar.worth += part.worth;
}
