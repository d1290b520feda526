/** Aggregations of events on their way to a sink: bars, Renko bricks, fewer updates, best prices of a book. */
import {
  barClose,
  barOpen,
  ConfigError,
  timeframe,
  type BarUpdate,
  type EventSink,
  type StreamEvent,
  type TradeTick,
} from '../core/index.ts';
import { volumesBy, type VolumeOf } from './volume.ts';

/** Takes an event and returns the events to pass on instead. */
export type Aggregation = (event: StreamEvent) => readonly StreamEvent[];

/** A sink that receives events after the aggregations, which are applied in order. */
export function aggregated(sink: EventSink, aggregations: readonly Aggregation[]): EventSink {
  return {
    write: (event) => {
      let events: readonly StreamEvent[] = [event];
      for (const one of aggregations) events = events.flatMap(one);
      const waits = events.map((made) => sink.write(made)).filter((wait) => wait !== undefined);
      return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
    },
    close: () => sink.close?.(),
  };
}

/** Passes the first event of each state (best prices, book tops, statistics) in each span of `ms`; all trades and bars pass. */
export function throttle(ms: number): Aggregation {
  if (!(ms > 0))
    throw new ConfigError(`aggregate.throttle of a sink must be a number of milliseconds above 0, was ${ms}`);
  const last = new Map<string, number>();
  return (event) => {
    if (!['quote', 'ticker24h', 'mark', 'index', 'funding', 'openInterest'].includes(event.type)) return [event];
    const { receiveTime, exchange, symbol, type } = event as Extract<StreamEvent, { type: 'quote' }>;
    const key = `${type} ${exchange} ${symbol}`;
    if (receiveTime - (last.get(key) ?? -Infinity) < ms) return [];
    last.set(key, receiveTime);
    return [event];
  };
}

/** Replaces books by best prices: a quote whenever the top of a book changes. Other events pass. */
export function topOfBook(): Aggregation {
  const books = new Map<
    string,
    { readonly bids: Map<number, number>; readonly asks: Map<number, number>; top: string }
  >();
  return (event) => {
    if (event.type !== 'book') return [event];
    const key = `${event.exchange} ${event.symbol}`;
    const book = books.get(key) ?? { bids: new Map<number, number>(), asks: new Map<number, number>(), top: '' };
    books.set(key, book);
    for (const side of ['bids', 'asks'] as const) {
      if (event.kind === 'snapshot') book[side].clear();
      for (const [price, size] of event[side]) {
        if (size === 0) book[side].delete(price);
        else book[side].set(price, size);
      }
    }
    const bid = book.bids.size === 0 ? undefined : Math.max(...book.bids.keys());
    const ask = book.asks.size === 0 ? undefined : Math.min(...book.asks.keys());
    const bidSize = bid === undefined ? undefined : book.bids.get(bid);
    const askSize = ask === undefined ? undefined : book.asks.get(ask);
    const top = [bid, bidSize, ask, askSize].join(' ');
    if (top === book.top) return [];
    book.top = top;
    const { exchange, symbol, time, receiveTime, sequence } = event;
    return [{ type: 'quote', exchange, symbol, time, receiveTime, bid, bidSize, ask, askSize, sequence }];
  };
}

/**
 * Replaces trades by closed bars, by the exchange's time; the first trade after a bar closes it. Other events pass.
 *
 * @param volumeOf - Returns what a trade adds to the volume, or undefined to leave the trade out. Default: its size, and undefined where
 * trades count contracts and bars do not.
 */
export function barsOf(name: string, volumeOf: VolumeOf = volumesBy(undefined)): Aggregation {
  const frame = timeframe(name);
  const open = new Map<string, BarUpdate>();
  return (event) => {
    if (event.type !== 'trade') return [event];
    const { exchange, symbol, receiveTime, price } = event;
    const time = event.time ?? receiveTime;
    const key = `${exchange} ${symbol}`;
    const volume = volumeOf(event);
    if (volume === undefined) return [];
    const bar = open.get(key);
    const start = barOpen(frame, time);
    if (bar !== undefined && start < bar.start) return [];
    if (bar?.start === start) {
      open.set(key, {
        ...bar, time, receiveTime, high: Math.max(bar.high, price), low: Math.min(bar.low, price), close: price, volume: bar.volume + volume,
        tradeCount: (bar.tradeCount ?? 0) + 1,
      }); // prettier-ignore
      return [];
    }
    open.set(key, {
      type: 'bar', exchange, symbol, time, receiveTime, timeframe: name, start, end: barClose(frame, start), open: price, high: price, low: price,
      close: price, volume, tradeCount: 1, closed: true,
    }); // prettier-ignore
    return bar === undefined ? [] : [{ ...bar, receiveTime }];
  };
}

/**
 * Replaces trades by Renko bricks of a fixed height, each as a closed bar; a reversal needs two bricks. Other events pass.
 *
 * @param volumeOf - As for `barsOf`.
 */
export function renko(brick: number, volumeOf: VolumeOf = volumesBy(undefined)): Aggregation {
  if (!(brick > 0)) throw new ConfigError(`aggregate.renko of a sink must be a price step above 0, was ${brick}`);
  const states = new Map<string, { low: number; high: number; start: number; volume: number }>();
  return (event) => {
    if (event.type !== 'trade') return [event];
    const key = `${event.exchange} ${event.symbol}`;
    const time = event.time ?? event.receiveTime;
    const volume = volumeOf(event);
    if (volume === undefined) return [];
    const state = states.get(key);
    if (state === undefined) {
      states.set(key, { low: event.price, high: event.price, start: time, volume });
      return [];
    }
    state.volume += volume;
    const bricks: BarUpdate[] = [];
    while (event.price >= state.high + brick || event.price <= state.low - brick) {
      const isUp = event.price >= state.high + brick;
      const [from, to] = isUp ? [state.high, state.high + brick] : [state.low, state.low - brick];
      bricks.push(brickOf(event, from, to, state.start, time, bricks.length === 0 ? state.volume : 0));
      [state.low, state.high] = isUp ? [from, to] : [to, from];
      state.start = time;
      state.volume = 0;
    }
    return bricks;
  };
}

function brickOf(
  { exchange, symbol, receiveTime }: TradeTick,
  open: number,
  close: number,
  start: number,
  end: number,
  volume: number,
): BarUpdate {
  return {
    type: 'bar', exchange, symbol, time: end, receiveTime, timeframe: 'renko', start, end: Math.max(end, start + 1), open, high: Math.max(open, close),
    low: Math.min(open, close), close, volume, tradeCount: undefined, closed: true,
  }; // prettier-ignore
}
