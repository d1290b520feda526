/** Every exported indicator with the parameters the contract runs it with. */
import {
  atr,
  bandPosition,
  barsSinceHighest,
  barsSinceLowest,
  bollinger,
  crossdown,
  crossover,
  crossup,
  ema,
  highest,
  lowest,
  macd,
  momentum,
  relativeStrength,
  roc,
  rsi,
  sma,
  smma,
  smoothing,
  stddev,
  stochastic,
  sum,
  trueHigh,
  trueLow,
  trueRange,
  wma,
} from '../../src/indicators/index.ts';
import type { Data, Line } from '../../src/lines/index.ts';

/** A line, or a record of lines. */
export type Grown = Line | Readonly<Record<string, Line>>;

/** One way of using an indicator; the key begins with the exported name. */
export const table: Readonly<Record<string, (data: Data) => Grown>> = {
  atr: (data) => atr(data, 5),
  'atr of ema': (data) => atr(data, 5, ema),
  bandPosition: (data) => bandPosition(data.close, bollinger(data.close, 6, 2)),
  barsSinceHighest: (data) => barsSinceHighest(data.high, 7),
  'barsSinceHighest oldest': (data) => barsSinceHighest(data.high, 7, 'oldest'),
  barsSinceLowest: (data) => barsSinceLowest(data.low, 7),
  'barsSinceLowest oldest': (data) => barsSinceLowest(data.low, 7, 'oldest'),
  bollinger: (data) => ({ ...bollinger(data.close, 6, 2) }),
  'bollinger of ema': (data) => ({ ...bollinger(data.close, 6, 2, ema) }),
  crossdown: (data) => crossdown(data.close, sma(data.close, 4)),
  crossover: (data) => crossover(sma(data.close, 2), ema(data.close, 6)),
  'crossover of a level': (data) => crossover(data.close, 100),
  crossup: (data) => crossup(data.close, sma(data.close, 4)),
  ema: (data) => ema(data.close, 5),
  'ema of 1': (data) => ema(data.close, 1),
  'ema of rsi of sma': (data) => ema(rsi(sma(data.close, 3), 4), 5),
  highest: (data) => highest(data.high, 6),
  'highest of 1': (data) => highest(data.high, 1),
  lowest: (data) => lowest(data.low, 6),
  'lowest of a line with lead': (data) => lowest(sma(data.low, 4), 6),
  macd: (data) => ({ ...macd(data.close, { fast: 3, slow: 6, signal: 4 }) }),
  momentum: (data) => momentum(data.close, 4),
  relativeStrength: (data) => relativeStrength(data.close, 5, sma, 2),
  roc: (data) => roc(data.close, 4),
  rsi: (data) => rsi(data.close, 5),
  'rsi of 1': (data) => rsi(data.close, 1),
  sma: (data) => sma(data.close, 5),
  'sma of 1': (data) => sma(data.close, 1),
  'sma of sma': (data) => sma(sma(data.close, 5), 7),
  smma: (data) => smma(data.close, 5),
  smoothing: (data) => smoothing(data.close, 5, 0.3),
  'smoothing by a line': (data) => smoothing(data.close, 4, bandPosition(data.close, donchianLike(data))),
  stddev: (data) => stddev(data.close, 5),
  'stddev of ema': (data) => stddev(data.close, 5, ema),
  stochastic: (data) => ({ ...stochastic(data, { period: 5 }) }),
  'stochastic fast': (data) => ({ ...stochastic(data, { period: 5, smoothK: 1 }) }),
  sum: (data) => sum(data.volume, 5),
  trueHigh: (data) => trueHigh(data),
  trueLow: (data) => trueLow(data),
  trueRange: (data) => trueRange(data),
  wma: (data) => wma(data.close, 5),
  'stddev of atr of bars': (data) => stddev(atr(data, 3), 4),
};

/** Bands whose position lies in 0 to 1, to be a weight. */
function donchianLike(data: Data): { top: Line; bottom: Line } {
  return { top: highest(data.high, 6), bottom: lowest(data.low, 6) };
}

/** The lines of what an indicator gave, by name. */
export function linesOf(grown: Grown): [string, Line][] {
  const one = grown as Line;
  return typeof one.minPeriod === 'number' ? [['line', one]] : Object.entries(grown as Record<string, Line>);
}
