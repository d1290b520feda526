/** Averages that follow with little lag: ALMA, T3, McGinley, FRAMA, and Ehlers' filters. */
import { ConfigError } from '../core/index.ts';
import { checkData, type Data, type Line } from '../lines/index.ts';
import { ema } from './ema.ts';
import { highest, lowest } from './extremes.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { checkAbove, checkAverage, checkPeriod, checkShare } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { midPrice } from './oscillators.ts';
import { named } from './pointwise.ts';
import { weighted } from './windowed.ts';

/**
 * Arnaud Legoux average: weights in the shape of a bell whose middle lies toward the newest values. It costs `period` steps a bar.
 *
 * @param period - In bars, default 9.
 * @param offset - Where the middle lies, from 0 (oldest) to 1 (newest); default 0.85.
 * @param sigma - How narrow the bell is; default 6.
 * @throws {ConfigError} If `period` is not a positive integer, `offset` is not from 0 to 1, or `sigma` is not above 0.
 * @see A. Legoux and D. Kouzis-Loukas (2009)
 */
export function alma(source: Line, period = 9, offset = 0.85, sigma = 6): Line {
  checkPeriod('alma', period);
  checkAbove('alma', sigma, 0, 'sigma');
  checkShare('alma', offset, 'offset');
  const middle = offset * (period - 1);
  const width = period / sigma;
  const weights = Array.from({ length: period }, (_, i) => Math.exp(-((i - middle) ** 2) / (2 * width * width)));
  return weighted(source, weights, undefined, 'alma');
}

/**
 * Tillson's T3: an exponential average passed through itself six times, with the lag taken off again.
 *
 * The first value comes with bar 6 x (`period` - 1) + 1.
 *
 * @param period - In bars, default 5.
 * @param factor - How much lag is taken off, from 0 (a plain average of averages) to 1; default 0.7.
 * @throws {ConfigError} If `period` is not a positive integer or `factor` is not from 0 to 1.
 * @see T. Tillson, Better Moving Averages, Technical Analysis of Stocks & Commodities, January 1998
 */
export function t3(source: Line, period = 5, factor = 0.7, average: MovingAverage = ema): Line {
  checkPeriod('t3', period);
  checkAverage('t3', average);
  checkShare('t3', factor, 'factor');
  const passes: Line[] = [];
  for (let last = source, k = 0; k < 6; k++) passes.push((last = average(last, period)));
  const [square, cube] = [factor * factor, factor ** 3];
  const [a, b, c, d] = [
    -cube,
    3 * square + 3 * cube,
    -6 * square - 3 * factor - 3 * cube,
    1 + 3 * factor + cube + 3 * square,
  ];
  return named(
    label('t3', source, period, factor),
    [passes[5]!, passes[4]!, passes[3]!, passes[2]!],
    (e6, e5, e4, e3) => a * e6 + b * e5 + c * e4 + d * e3,
  );
}

/**
 * McGinley Dynamic: an average that speeds up when price falls away below it and slows down when price runs away above it.
 *
 * Starts from the mean of the first `period` values. NaN from a price of 0 on, until `period` values later. A price far below the average takes
 * it down at once, and from there it climbs back only slowly: keep bad prints out of its line.
 *
 * @param period - In bars, default 10.
 * @param factor - Share of `period` that it moves at; default 0.6, McGinley's own.
 * @throws {ConfigError} If `period` is not a positive integer or `factor` is not above 0.
 * @see J. R. McGinley, Journal of Technical Analysis (1991)
 */
export function mcginley(source: Line, period = 10, factor = 0.6): Line {
  checkPeriod('mcginley', period);
  checkAbove('mcginley', factor, 0, 'factor');
  const [line] = recursive(
    label('mcginley', source, period, factor),
    [source],
    { state: 2, period },
    (state, out, value) => {
      if (state[0]! < period) state[1]! += (value - state[1]!) / ++state[0]!;
      else {
        // It never moves by more than the whole distance, which the bare formula does after a crash.
        const share = 1 / Math.max(1, factor * period * (value / state[1]!) ** 4);
        state[1]! += (value - state[1]!) * share;
      }
      const average = state[1]!;
      if (average === 0 || !Number.isFinite(average)) state.fill(0);
      else if (state[0] === period) out[0] = average;
    },
  );
  return line!;
}

/**
 * Fractal adaptive average: follows fast where the middle price moves in a straight line and slowly where it fills its range.
 *
 * A window without a range keeps the dimension it had before.
 *
 * @param period - In bars, an even number; default 16.
 * @throws {ConfigError} If `period` is not an even integer of at least 2.
 * @see J. F. Ehlers, FRAMA: Fractal Adaptive Moving Average (2005)
 */
export function frama(data: Data, period = 16): Line {
  checkData('frama', data);
  checkPeriod('frama', period, 2);
  if (period % 2 !== 0) throw new ConfigError(`frama: period must be even, was ${period}`, { code: 'bad-period' });
  const half = period / 2;
  const range = (bars: number): Line =>
    named('range', [highest(data.high, bars), lowest(data.low, bars)], (high, low) => high - low);
  const newer = range(half);
  // State: whether it has begun, the average, and the dimension.
  const [line] = recursive(
    `frama(${period})`,
    [midPrice(data), newer, newer.shift(half), range(period)],
    { state: 3 },
    (state, out, price, one, two, whole) => {
      if (one > 0 && two > 0 && whole > 0)
        state[2] = (Math.log((one + two) / half) - Math.log(whole / period)) / Math.LN2;
      const alpha = Math.max(0.01, Math.min(1, Math.exp(-4.6 * (state[2]! - 1))));
      state[1] = state[0] === 1 ? alpha * price + (1 - alpha) * state[1]! : price;
      state[0] = 1;
      out[0] = state[1];
    },
  );
  return line!;
}

/**
 * Ehlers' super smoother: a two-pole filter that takes out waves shorter than `period` with less lag than an average.
 *
 * It starts on the first value and is shown from bar `period` on, when the start has worn off.
 *
 * @param period - In bars, default 10.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. F. Ehlers, Cycle Analytics for Traders (2013), chapter 3
 */
export function superSmoother(source: Line, period = 10): Line {
  checkPeriod('superSmoother', period);
  const damping = Math.exp((-Math.SQRT2 * Math.PI) / period);
  const c2 = 2 * damping * Math.cos((Math.SQRT2 * Math.PI) / period);
  const c3 = -damping * damping;
  const c1 = 1 - c2 - c3;
  // State: whether it has begun, the last value, the filter one and two bars ago.
  const [line] = recursive(
    label('superSmoother', source, period),
    [source],
    { state: 4, period },
    (state, out, value) => {
      if (state[0] === 0) state.fill(value, 1, 4);
      // As a distance from the last value of the filter: a flat price is answered exactly.
      const before = state[2]!;
      const now = before + c1 * ((value + state[1]!) / 2 - before) + c3 * (state[3]! - before);
      state[0] = 1;
      state[1] = value;
      state[3] = before;
      state[2] = now;
      out[0] = now;
    },
  );
  return line!;
}

/**
 * Ehlers' cyber cycle: what is left of price when its trend is taken out, in price units around 0.
 *
 * `trigger` is `cycle` one bar ago. From bar 7 on, as Ehlers starts it.
 *
 * @param alpha - How fast the trend is followed, above 0 and below 1; default 0.07.
 * @throws {ConfigError} If `alpha` is outside of that.
 * @see J. F. Ehlers, Cybernetic Analysis for Stocks and Futures (2004), chapter 4
 */
export function cyberCycle(
  source: Line,
  alpha = 0.07,
): {
  /** The cycle. */
  readonly cycle: Line;
  /** The cycle one bar ago. */
  readonly trigger: Line;
} {
  checkShare('cyberCycle', alpha, 'alpha', 'both');
  const name = label('cyberCycle', source, alpha);
  const gain = (1 - alpha / 2) ** 2;
  const rest = 1 - alpha;
  // State: bars seen, three earlier values, two earlier smoothed ones, two earlier cycles.
  const [cycle, trigger] = recursive(
    name,
    [source],
    { state: 8, period: 7, names: [name, `${name}.trigger`] },
    (state, out, value) => {
      if (state[0] === 0) state.fill(value, 1, 6);
      const x1 = state[1]!;
      const x2 = state[2]!;
      const x3 = state[3]!;
      const s1 = state[4]!;
      const s2 = state[5]!;
      const c1 = state[6]!;
      const c2 = state[7]!;
      const smooth = (value + 2 * x1 + 2 * x2 + x3) / 6;
      state[0] = Math.min(state[0]! + 1, 7);
      const now =
        state[0] < 7 ? (value - 2 * x1 + x2) / 4 : gain * (smooth - 2 * s1 + s2) + 2 * rest * c1 - rest * rest * c2;
      out[0] = now;
      out[1] = c1;
      state[3] = x2;
      state[2] = x1;
      state[1] = value;
      state[5] = s1;
      state[4] = smooth;
      state[7] = c1;
      state[6] = now;
    },
  );
  return { cycle: cycle!, trigger: trigger! };
}
