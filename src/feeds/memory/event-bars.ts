/** Bars that end by an event instead of by time: Renko bricks, range bars, volume bars. */
import { ConfigError, DataError, type Bars } from '../../core/index.ts';
import type { Ticks } from './ticks-bars.ts';

/**
 * When a bar ends. `renko`: when price has moved by `size` beyond the last brick, and by twice as much to reverse. `range`: when high and
 * low of the bar are `size` apart. `volume`: when `size` base units have been traded in it.
 */
export type EventBarKind = 'renko' | 'range' | 'volume';

/** The most bricks that one trade may complete: more mean a bad print, or a size in other units than the price's. */
const mostBricks = 100_000;

/** For the engine a bar is one second long and ends with the second in which it was completed. */
const second = 1_000;

/**
 * Bars of trades that end by an event.
 *
 * A bar's `time` is the second before it is known, so that a run sees it as soon as it is complete, never earlier; several bars of one
 * second follow each other one second apart. The last, unfinished bar is left out. A trade is never split: it belongs to the bar it
 * completes. Renko bricks have synthetic prices and no wicks, share the volume between them evenly, and start from the first price.
 *
 * @param size - In price units for `renko` and `range`, in base units for `volume`.
 * @throws {ConfigError} If `size` is not above 0.
 * @throws {DataError} If a price or size is broken, times fall, or one trade is more than 100,000 bricks away from the last brick.
 */
export function eventBars(ticks: Ticks, kind: EventBarKind, size: number): Bars {
  if (!(Number.isFinite(size) && size > 0))
    throw new ConfigError(`size must be a number above 0, was ${size}`, { code: 'bad-parameter' });
  const { time, price, size: amount } = ticks;
  const columns = {
    time: [] as number[],
    open: [] as number[],
    high: [] as number[],
    low: [] as number[],
    close: [] as number[],
    volume: [] as number[],
  };
  let last = -Infinity;
  const emit = (at: number, open: number, high: number, low: number, close: number, volume: number): void => {
    last = Math.max(Math.ceil(at / second) * second - second, last + second);
    columns.time.push(last);
    columns.open.push(open);
    columns.high.push(high);
    columns.low.push(low);
    columns.close.push(close);
    columns.volume.push(volume);
  };
  let before = -Infinity;
  // For Renko, the end and direction of the last completed brick; otherwise the growing bar.
  let [level, side, open, high, low, volume] = [NaN, 0, NaN, -Infinity, Infinity, 0];
  for (let i = 0; i < time.length; i++) {
    const [at, now, traded] = [time[i]!, price[i]!, amount[i]!];
    if (!(at >= before && now > 0 && now < Infinity && traded >= 0 && traded < Infinity)) {
      throw new DataError(
        `trade ${i} is broken or older than the one before it: time ${at}, price ${now}, size ${traded}`,
        { code: 'bad-tick', context: { index: i } },
      );
    }
    before = at;
    volume += traded;
    if (kind === 'renko') {
      if (level !== level) level = now;
      const up = side < 0 ? level + size : level;
      const down = side > 0 ? level - size : level;
      const bricks =
        now >= up + size
          ? Math.floor((now - up) / size + 1e-9)
          : now <= down - size
            ? -Math.floor((down - now) / size + 1e-9)
            : 0;
      if (Math.abs(bricks) > mostBricks) {
        throw new DataError(
          `trade ${i} at ${now} is ${Math.abs(bricks)} bricks of ${size} away from ${level}: it is a bad print, or size is too small`,
          { code: 'bad-tick', context: { index: i } },
        );
      }
      const step = Math.sign(bricks) * size;
      let start = bricks > 0 ? up : down;
      for (let k = 0; k < Math.abs(bricks); k++) {
        const end = start + step;
        emit(at, start, Math.max(start, end), Math.min(start, end), end, volume / Math.abs(bricks));
        start = end;
      }
      if (bricks !== 0) [level, side, volume] = [start, Math.sign(bricks), 0];
      continue;
    }
    if (open !== open) open = now;
    if (now > high) high = now;
    if (now < low) low = now;
    if (kind === 'range' ? high - low >= size * (1 - 1e-12) : volume >= size * (1 - 1e-12)) {
      emit(at, open, high, low, now, volume);
      [open, high, low, volume] = [NaN, -Infinity, Infinity, 0];
    }
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]),
  ) as unknown as Bars;
}
