/** Heikin-Ashi bars: averaged bars that show the trend. */
import { checkData, deriveAll, type Data, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { sma } from './sma.ts';

/** The lines of `heikinAshi`; not prices at which anything was traded. */
export interface HeikinAshi {
  /** Middle of the bar before. */
  readonly open: Line;
  /** Highest of high, open and close. */
  readonly high: Line;
  /** Lowest of low, open and close. */
  readonly low: Line;
  /** Mean of the four prices. */
  readonly close: Line;
}

/**
 * Heikin-Ashi bars: the close is the mean of the bar, the open the middle of the averaged bar before.
 *
 * The first bar opens at the mean of its open and close; high and low begin with the second. Fills never happen at these
 * prices.
 */
export function heikinAshi(data: Data): HeikinAshi {
  checkData('heikinAshi', data);
  const [open, close] = deriveAll(
    data.open,
    {
      name: 'heikinAshi',
      key: true,
      inputs: [data.high, data.low, data.close],
      history: 0,
      state: 3,
      compute({ inputs, outputs, state }, from, to) {
        const [o, h, l, c] = inputs;
        const [outOpen, outClose] = outputs;
        let seen = state[0]!;
        let lastOpen = state[1]!;
        let lastClose = state[2]!;
        for (let i = from; i < to; i++) {
          const first = o!.at(i);
          const last = c!.at(i);
          const mean = (first + h!.at(i) + l!.at(i) + last) / 4;
          if (mean - mean !== 0) {
            seen = 0;
            outOpen!.set(i, NaN);
            outClose!.set(i, NaN);
            continue;
          }
          lastOpen = seen === 0 ? (first + last) / 2 : (lastOpen + lastClose) / 2;
          lastClose = mean;
          outOpen!.set(i, lastOpen);
          outClose!.set(i, mean);
          seen = 1;
        }
        state[0] = seen;
        state[1] = lastOpen;
        state[2] = lastClose;
      },
    },
    ['heikinAshi.open', 'heikinAshi.close'],
  );
  const fromSecond = (line: Line): Line => lagged(line.name, line, 1, (now) => now);
  return {
    open: open!,
    high: named('heikinAshi.high', [fromSecond(data.high), open!, close!], (top, first, last) =>
      Math.max(top, first, last),
    ),
    low: named('heikinAshi.low', [fromSecond(data.low), open!, close!], (bottom, first, last) =>
      Math.min(bottom, first, last),
    ),
    close: close!,
  };
}

/**
 * How far each Heikin-Ashi bar closed above its open, in price units, and the average of that; from the second bar on.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function heikinAshiDelta(
  data: Data,
  period = 3,
  average: MovingAverage = sma,
): {
  /** Close less open of the Heikin-Ashi bar. */
  readonly delta: Line;
  /** Its average. */
  readonly smoothed: Line;
} {
  checkData('heikinAshiDelta', data);
  checkPeriod('heikinAshiDelta', period);
  checkAverage('heikinAshiDelta', average);
  const { open, high, close } = heikinAshi(data);
  /** Close less open of the Heikin-Ashi bar. */
  const delta = named('heikinAshiDelta', [close, open, high], (last, first) => last - first);
  return { delta, smoothed: average(delta, period) };
}
