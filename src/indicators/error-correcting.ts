/** Ehlers' error-correcting average and Dickson's average made of it. */
import { derive, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { hma } from './double-average.ts';
import { ema } from './ema.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';

/**
 * Error-correcting average: an exponential average pulled toward price by the gain that leaves the least error.
 *
 * Each bar tries the gains from -`gainLimit` to `gainLimit` in tenths, so it costs 2 · `gainLimit` + 1 steps a bar.
 *
 * @param average - The average that is pulled; default `ema`.
 * @throws {ConfigError} If `period` or `gainLimit` is not a positive integer.
 * @see J. Ehlers and R. Way, Zero Lag (well, almost), 2010
 */
export function errorCorrecting(source: Line, period = 30, gainLimit = 50, average: MovingAverage = ema): Line {
  checkPeriod('errorCorrecting', period);
  checkAverage('errorCorrecting', average);
  checkPeriod('errorCorrecting', gainLimit, 1, 'gainLimit');
  const alpha = 2 / (period + 1);
  const rest = 1 - alpha;
  const smooth = average(source, period);
  return derive(smooth, {
    name: label('errorCorrecting', source, period, gainLimit),
    key: true,
    inputs: [source],
    history: 0,
    state: 2,
    compute({ inputs, outputs, state }, from, to) {
      const { values: middle, base: dm } = inputs[0]!;
      const { values: x, base: dx } = inputs[1]!;
      const { values: out, base } = outputs[0]!;
      let seen = state[0]!;
      let last = state[1]!;
      for (let i = from; i < to; i++) {
        const mean = middle[i - dm]!;
        const value = x[i - dx]!;
        if (mean - mean !== 0 || value - value !== 0) {
          seen = 0;
          out[i - base] = NaN;
          continue;
        }
        let best = mean;
        let least = Infinity;
        if (seen === 1) {
          for (let tenths = -gainLimit; tenths <= gainLimit; tenths++) {
            const tried = alpha * (mean + (tenths / 10) * (value - last)) + rest * last;
            const error = Math.abs(value - tried);
            if (error < least) {
              least = error;
              best = tried;
            }
          }
        }
        seen = 1;
        last = best;
        out[i - base] = best;
      }
      state[0] = seen;
      state[1] = last;
    },
  });
}

/**
 * Dickson's moving average: the mean of an error-correcting average and a Hull average.
 *
 * @param hullPeriod - In bars.
 * @param hull - What takes the place of the Hull average; default `hma`.
 * @param average - The average that the error-correcting one pulls; default `ema`.
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function dickson(
  source: Line,
  period = 30,
  gainLimit = 50,
  hullPeriod = 7,
  hull: MovingAverage = hma,
  average: MovingAverage = ema,
): Line {
  checkAverage('dickson', hull, 'hull');
  const name = label('dickson', source, period, gainLimit, hullPeriod);
  const corrected = errorCorrecting(source, period, gainLimit, average);
  return named(name, [corrected, hull(source, hullPeriod)], (a, b) => (a + b) / 2);
}
