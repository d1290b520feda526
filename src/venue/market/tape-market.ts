/** A market that trades along given bars: every bar is walked tick by tick, so that prints, book and bars are one truth. */
import { ConfigError, timeframe, type Runtime, type Side, type Timer } from '../../core/index.ts';
import { Exchange } from '../exchange/index.ts';
import { walkBar, type TickBar, type WalkOrder, type WalkStep } from './bar-walk.ts';
import { ExchangeMarket } from './exchange-market.ts';
import type { MarketBar, MarketInstrument } from './market.ts';
import { checkTape, tickBars, type TapeBars, type TapeMarketOptions } from './tape-options.ts';

/** Timers of a longer span than a month fire at once on some clocks. */
const longestWait = 86_400_000;

/** Levels of the crowd on each side. */
const depth = 5;

interface Track {
  readonly instrument: MarketInstrument;
  readonly bars: readonly TickBar[];
  readonly lengthMs: number;
  /** The bar that is walked, or comes next. */
  at: number;
  steps: readonly WalkStep[];
  /** -1: the open comes next; otherwise the step that comes next. */
  next: number;
  price: number | undefined;
  /** What others than the crowd traded in this bar: its own prints are smaller by so much. */
  owed: number;
}

/**
 * Trades along bars, on the runtime's clock.
 *
 * At a bar's open the touch moves to its open; a little later that prints; from a third of the bar on the price walks tick by tick to
 * one extreme, the other and the close, and its prints add up to the bar. Accounts of its `exchange` are filled in full at the
 * touch, at the limit where the walk comes to it, and at the open where the price jumps over it between bars, as in an opening
 * auction. What they trade is taken off the bar's later prints, so that the bar stays as it was given.
 */
export class TapeMarket extends ExchangeMarket {
  readonly instruments: readonly MarketInstrument[];
  readonly exchange: Exchange;
  /** When the last bar is over, milliseconds UTC; nothing trades any more then. */
  readonly end: number;
  readonly #runtime: Runtime;
  readonly #tracks: readonly Track[];
  readonly #spread: number;
  readonly #walk: WalkOrder;
  readonly #options: TapeMarketOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  /** The moment of the step that is just happening. */
  #moment: number | undefined;

  constructor(runtime: Runtime, options: TapeMarketOptions) {
    super();
    checkTape(options);
    const { tapes, spread = 0, walk = 'openHighLowClose', touchSize: _1, printsPerBar: _2, openPrint: _3, walkBegins: _4, ...rest } = options; // prettier-ignore
    this.#runtime = runtime;
    this.#options = options;
    this.#spread = spread;
    this.#walk = walk;
    this.instruments = tapes.map(({ instrument }) => instrument);
    this.exchange = new Exchange({
      ...rest,
      instruments: this.instruments,
      barMs: Math.min(...tapes.map(lengthOf)),
      clock: () => this.#moment ?? runtime.now(),
      beforeOrder: () => {
        this.settle();
      },
    });
    this.#tracks = tapes.map((tape) => this.#trackOf(tape));
    this.end = Math.max(...this.#tracks.map(({ bars, lengthMs }) => (bars.at(-1)?.time ?? -Infinity) + lengthMs));
    this.exchange.listen({
      trade: (symbol, { size }) => {
        this.#tracks.find(({ instrument }) => instrument.symbol === symbol)!.owed += size;
      },
    });
    this.settle();
  }

  /** Bars that are over by now are history; the others come. */
  #trackOf(tape: TapeBars): Track {
    const lengthMs = lengthOf(tape);
    const bars = tickBars(tape, this.#walk);
    const now = this.#runtime.now();
    const at = bars.findIndex(({ time }) => time + lengthMs > now);
    const past = at < 0 ? bars : bars.slice(0, at);
    this.exchange.market(tape.instrument.symbol).log.begin(past.filter(({ volume }) => volume > 0).map(pastBar));
    const track: Track = {
      instrument: tape.instrument, bars, lengthMs, at: past.length, steps: [], next: -1, price: past.at(-1)?.close, owed: 0,
    }; // prettier-ignore
    if (track.price !== undefined) this.#moveTo(track, track.price, 'buy');
    return track;
  }

  /** Begins to trade on the runtime's clock. */
  start(): void {
    this.#isStopped = false;
    this.settle();
    const next = this.#earliest();
    if (next === undefined) return;
    this.#timer = this.#runtime.after(Math.min(longestWait, Math.max(0, next.time - this.#runtime.now())), () => {
      this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Everything that is due by now happens, each thing at its own moment. */
  settle(): void {
    if (this.#moment !== undefined || this.#isStopped) return;
    for (let due = this.#earliest(); due !== undefined && due.time <= this.#runtime.now(); due = this.#earliest()) {
      this.#moment = due.time;
      this.#step(due.track);
      this.#moment = undefined;
    }
  }

  #earliest(): { readonly track: Track; readonly time: number } | undefined {
    let first: { track: Track; time: number } | undefined;
    for (const track of this.#tracks) {
      const time = this.#timeOf(track);
      if (time !== undefined && (first === undefined || time < first.time)) first = { track, time };
    }
    return first;
  }

  /** When a symbol's next thing happens. */
  #timeOf({ bars, at, next, steps, lengthMs }: Track): number | undefined {
    const bar = bars[at];
    if (bar === undefined || next < 0) return bar?.time;
    const { openPrint = 0.01, walkBegins = 1 / 3 } = this.#options;
    if (next === 0) return bar.time + Math.max(1, Math.floor(lengthMs * openPrint));
    const begin = lengthMs * walkBegins;
    const span = lengthMs * 0.99 - begin;
    return bar.time + Math.floor(begin + (steps.length === 2 ? 0 : (span * (next - 1)) / (steps.length - 2)));
  }

  #step(track: Track): void {
    const bar = track.bars[track.at]!;
    if (track.next < 0) this.#open(track, bar);
    else {
      const step = track.steps[track.next]!;
      if (track.next > 0) this.#moveTo(track, step.price, step.side);
      this.#print(track, step);
    }
    track.next++;
    if (track.next < track.steps.length) return;
    track.at++;
    track.next = -1;
  }

  /** The touch jumps to the open. Orders it jumps over trade at the open, as in an auction. */
  #open(track: Track, bar: TickBar): void {
    track.owed = 0;
    track.steps = walkBar(bar, this.#walk, this.#options.printsPerBar ?? 400);
    const side = track.steps[0]?.side ?? 'buy';
    const from = track.price ?? bar.open;
    this.#moveTo(track, bar.open, side, from === bar.open ? undefined : from < bar.open ? 'buy' : 'sell');
  }

  /**
   * The price comes to a tick: orders that rest there or before it are taken, and the crowd's quotes follow. A `gap` is crossed as in an
   * auction, at one price for all.
   */
  #moveTo(track: Track, price: number, side: Side, gap?: Side): void {
    const { symbol, sizeDecimals } = track.instrument;
    const market = this.exchange.market(symbol);
    const size = Math.round((this.#options.touchSize ?? 1_000_000) * 10 ** sizeDecimals);
    track.price = price;
    // Without a spread both sides stand at the price; otherwise the side that was just taken does.
    const bid = side === 'sell' ? price : price - this.#spread;
    const ask = bid + this.#spread;
    this.exchange.act(symbol, () => {
      if (market.hasOwners) {
        this.#clear(track);
        if (gap !== undefined) this.exchange.crowdTakes(symbol, gap, Infinity, price, price);
        this.exchange.crowdTakes(symbol, 'sell', Infinity, side === 'sell' ? price : ask);
        this.exchange.crowdTakes(symbol, 'buy', Infinity, side === 'buy' ? price : bid);
      }
      market.crowdQuotes('buy', bid, depth, size);
      market.crowdQuotes('sell', ask, depth, size);
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
    // Its own print was heard as well.
    track.owed -= size - less;
  }
}

function lengthOf(tape: TapeBars): number {
  const { ms, name } = timeframe(tape.timeframe);
  if (ms === undefined) throw new ConfigError(`timeframe of a tape must be at most a week, was '${name}'`);
  return ms;
}

/** A bar from before the beginning: its value is reckoned at its mean price, half of it taken by buyers. */
function pastBar({ time, open, high, low, close, volume }: TickBar): MarketBar {
  const price = BigInt(Math.round((open + high + low + close) / 4));
  const takerVolume = Math.floor(volume / 2);
  return {
    start: time, open, high, low, close, volume, trades: Math.min(volume, 4), value: price * BigInt(volume), takerVolume,
    takerValue: price * BigInt(takerVolume),
  }; // prettier-ignore
}
