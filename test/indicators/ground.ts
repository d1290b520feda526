/** Made-up bars, and a data that grows from them without an engine. */
import { barsFromRows, seededRandom, timeframe, type Bar, type Bars } from '../../src/core/index.ts';
import { Column, columnOf, Data, Graph, Timeline, type Line, type WideBar } from '../../src/lines/index.ts';

/** A timeline with its indicators, at the first of no bars. */
export interface Ground {
  readonly timeline: Timeline;
  readonly graph: Graph;
  readonly data: Data;
}

/** An empty data of one-hour bars. */
export function emptyGround(name = 'A'): Ground {
  const timeline = new Timeline(0, { name, symbol: `${name}/USDT`, timeframe: timeframe('1h') });
  timeline.buyVolume = new Column();
  const graph = new Graph();
  return { timeline, graph, data: new Data(timeline, graph) };
}

/** A data with all its bars loaded; `graph.advance()` computes what is declared on it. */
export function groundOf(bars: Bars): Ground {
  const ground = emptyGround();
  ground.timeline.append(withBuys(bars));
  ground.timeline.index = bars.time.length - 1;
  return ground;
}

/** Everything a line holds, computed in one call. */
export function valuesOf(bars: Bars, grow: (data: Data) => Line): number[] {
  const { graph, data } = groundOf(bars);
  const line = grow(data);
  graph.advance();
  return Array.from(columnOf(line).values.subarray(0, columnOf(line).length));
}

/** Bars of a price that walks in cents, with flat bars, gaps at the open and bars without volume among them. */
export function walk(seed: number, length: number, start = 100): Bars {
  const random = seededRandom(seed);
  const rows: Bar[] = [];
  let last = start;
  for (let i = 0; i < length; i++) {
    const cents = (size: number): number => Math.round((random() - 0.5) * size * 100) / 100;
    const flat = random() < 0.08;
    const open = random() < 0.2 ? last + cents(2) : last;
    const close = flat ? open : open + cents(3);
    const high = flat ? open : Math.max(open, close) + Math.abs(cents(1));
    const low = flat ? open : Math.min(open, close) - Math.abs(cents(1));
    const volume = random() < 0.05 ? 0 : Math.floor(random() * 800) / 8;
    rows.push({ time: i * 3_600_000, open, high, low, close, volume });
    last = close;
  }
  return barsFromRows(rows);
}

/** Bars that all are the same. */
export function flat(length: number, price: number, volume: number): Bars {
  const rows = Array.from({ length }, (_, i) => ({
    time: i * 3_600_000,
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
  }));
  return barsFromRows(rows);
}

/** Bars with these closes, and the rest of each bar at the close. */
export function closes(...values: number[]): Bars {
  return barsFromRows(
    values.map((close, i) => ({ time: i * 3_600_000, open: close, high: close, low: close, close, volume: 1 })),
  );
}

/** What takers bought of a volume: some of a small one, most of a large one. */
const bought = (volume: number): number => (volume > 50 ? 0.75 : 0.25) * volume;

/** Bars that say how much of their volume takers bought. */
export function withBuys(bars: Bars): Bars {
  return { ...bars, buyVolume: bars.volume.map(bought) };
}

/** A bar that says how much of its volume takers bought. */
export function withBuy(bar: Bar): WideBar {
  return { ...bar, buyVolume: bought(bar.volume) };
}
