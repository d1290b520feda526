/** The tape: what a symbol of the local exchange traded at, bar by bar, as it looks at any moment. */
import {
  barAt,
  barClose,
  barOpen,
  barsFromRows,
  ConfigError,
  lowerBound,
  timeframe,
  type Bar,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';

/** One symbol on the local exchange. */
export interface TapeOptions {
  /** Unified name, such as `BTC/USDT`. Spot only. */
  readonly symbol: string;
  /** Every bar it ever trades, later ones too: the tape shows those that have opened by now. */
  readonly bars: Bars;
  /** The length of those bars; longer ones are made from them. */
  readonly timeframe: string;
  /** Smallest price and size step. */
  readonly tick?: number;
  readonly lot?: number;
}

/** Bars of one symbol in every timeframe, cut at the present moment. */
export class Tape {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: number;
  readonly lot: number;
  readonly timeframe: Timeframe;
  readonly #bars = new Map<string, Bars>();

  constructor(options: TapeOptions) {
    const [base, quote] = options.symbol.split('/');
    if (base === undefined || quote === undefined || quote.includes(':')) {
      throw new ConfigError(`symbol of a tape must be a spot symbol such as BTC/USDT, was '${options.symbol}'`);
    }
    this.symbol = options.symbol;
    this.base = base;
    this.quote = quote;
    this.tick = options.tick ?? 0.01;
    this.lot = options.lot ?? 0.00001;
    this.timeframe = timeframe(options.timeframe);
    this.#bars.set(this.timeframe.name, options.bars);
  }

  /** Whether bars of this length can be made from the tape's own. */
  serves(name: string): boolean {
    const wanted = timeframe(name);
    const own = this.timeframe.ms ?? Infinity;
    const span = wanted.ms ?? 86_400_000;
    return wanted.name === this.timeframe.name || (own <= span && span % own === 0);
  }

  /**
   * The bars that opened at `from <= time <= to`, at most `limit` of them, the earliest first or the latest if `newest`.
   * The last may still be forming at `now`, and shows what had traded by then.
   */
  rows(name: string, now: number, from: number, to: number, limit: number, newest = false): Bar[] {
    const bars = this.#in(name);
    const first = lowerBound(bars.time, from);
    const end = lowerBound(bars.time, Math.min(to, now) + 1);
    const start = newest ? Math.max(first, end - limit) : first;
    const stop = newest ? end : Math.min(end, first + limit);
    const rows: Bar[] = [];
    for (let i = start; i < stop; i++) rows.push(barAt(bars, i));
    const last = rows.at(-1);
    if (last !== undefined && barClose(timeframe(name), last.time) > now)
      rows[rows.length - 1] = this.#forming(last, now);
    return rows;
  }

  /** The last price traded by `now`; undefined before the first trade. */
  lastPrice(now: number): number | undefined {
    return this.rows(this.timeframe.name, now, -Infinity, now, 1, true)[0]?.close;
  }

  #in(name: string): Bars {
    let bars = this.#bars.get(name);
    if (bars === undefined) {
      bars = addUp(this.#bars.get(this.timeframe.name)!, timeframe(name));
      this.#bars.set(name, bars);
    }
    return bars;
  }

  /** A bar that is not over: its parts so far, the last of them cut in proportion to the time it has run. */
  #forming(bar: Bar, now: number): Bar {
    const bars = this.#in(this.timeframe.name);
    const parts: Bar[] = [];
    for (let i = lowerBound(bars.time, bar.time); i < bars.time.length && bars.time[i]! <= now; i++) {
      parts.push(barAt(bars, i));
    }
    const last = parts.pop();
    if (last === undefined) return bar;
    const close = barClose(this.timeframe, last.time);
    const share = Math.min(1, (now - last.time) / (close - last.time));
    const price = share === 1 ? last.close : this.#onTick(last.open + (last.close - last.open) * share);
    const cut: Bar =
      share === 1
        ? last
        : {
            ...last,
            close: price,
            high: Math.max(last.open, price),
            low: Math.min(last.open, price),
            volume: last.volume * share,
          };
    return [...parts, cut].reduce((sum, part) => addBar(sum, part), {
      ...(parts[0] ?? cut),
      time: bar.time,
      volume: 0,
    });
  }

  #onTick(price: number): number {
    return Number((Math.round(price / this.tick) * this.tick).toFixed(10));
  }
}

/** Shorter bars added up to longer ones, on the calendar's grid. */
function addUp(bars: Bars, frame: Timeframe): Bars {
  const rows: Bar[] = [];
  let sum: Bar | undefined;
  let close = -Infinity;
  for (let i = 0; i < bars.time.length; i++) {
    const bar = barAt(bars, i);
    if (sum === undefined || bar.time >= close) {
      if (sum !== undefined) rows.push(sum);
      const open = barOpen(frame, bar.time);
      close = barClose(frame, open);
      sum = { ...bar, time: open, volume: 0 };
    }
    sum = addBar(sum, bar);
  }
  if (sum !== undefined) rows.push(sum);
  return barsFromRows(rows);
}

function addBar(sum: Bar, part: Bar): Bar {
  return {
    time: sum.time,
    open: sum.open,
    high: Math.max(sum.high, part.high),
    low: Math.min(sum.low, part.low),
    close: part.close,
    volume: sum.volume + part.volume,
  };
}
