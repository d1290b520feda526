/** Sums of several rates of change and ranks of price: know sure thing, pretty good oscillator, DV2. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { atr } from './atr.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { roc } from './momentum.ts';
import { midPrice } from './oscillators.ts';
import { checkAverage, checkNumbers, checkOptions, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';
import { sma } from './sma.ts';
import { percentRank } from './windowed.ts';

/** Options of `kst`. */
export interface KstOptions {
  /** Bars of the four rates of change, default 10, 15, 20, 30. */
  readonly periods?: readonly [number, number, number, number];
  /** Bars each of them is smoothed over, default 10 each. */
  readonly smooth?: readonly [number, number, number, number];
  /** The weight of each, default 1, 2, 3, 4. */
  readonly weights?: readonly [number, number, number, number];
  /** Bars of the signal, default 9. */
  readonly signal?: number;
  /** How the rates are smoothed; default `sma`. */
  readonly average?: MovingAverage;
  /** How the signal is smoothed; default `sma`. */
  readonly signalAverage?: MovingAverage;
}

/**
 * Know sure thing: four smoothed rates of change in per cent, the longer ones counting more, and its average.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function kst(
  source: Line,
  options: KstOptions = {},
): {
  /** The sum of smoothed rates of change. */
  readonly kst: Line;
  /** Its average. */
  readonly signal: Line;
} {
  checkOptions('kst', options, {
    periods: true,
    smooth: true,
    weights: true,
    signal: true,
    average: true,
    signalAverage: true,
  });
  const { periods = [10, 15, 20, 30], smooth = [10, 10, 10, 10], weights = [1, 2, 3, 4], signal = 9 } = options;
  const { average = sma, signalAverage = sma } = options;
  checkNumbers('kst', periods, 'periods', 4);
  checkNumbers('kst', smooth, 'smooth', 4);
  checkNumbers('kst', weights, 'weights', 4);
  checkAverage('kst', average);
  checkAverage('kst', signalAverage, 'signalAverage');
  const part = (i: 0 | 1 | 2 | 3): Line => {
    checkPeriod('kst', periods[i], 1, `periods[${i}]`);
    checkPeriod('kst', smooth[i], 1, `smooth[${i}]`);
    return average(roc(source, periods[i]), smooth[i]);
  };
  const [w, x, y, z] = weights;
  const line = named(
    label('kst', source, ...periods, ...weights),
    [part(0), part(1), part(2), part(3)],
    (a, b, c, d) => 100 * (w * a + x * b + y * c + z * d),
  );
  checkPeriod('kst', signal, 1, 'signal');
  return { kst: line, signal: signalAverage(line, signal) };
}

/**
 * Pretty good oscillator: how far the close is from its average, in average true ranges.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function prettyGood(data: Data, period = 14, average: MovingAverage = sma): Line {
  checkData('prettyGood', data);
  checkPeriod('prettyGood', period);
  checkAverage('prettyGood', average);
  return named(
    `prettyGood(${period})`,
    [data.close, average(data.close, period), atr(data, period)],
    (close, middle, range) => (close - middle) / range,
  );
}

/**
 * DV2: the rank, 0 to 100, of how high in its bar the close has been over `smooth` bars, among the last `period`.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function dv2(data: Data, period = 252, smooth = 2, average: MovingAverage = sma): Line {
  checkData('dv2', data);
  checkPeriod('dv2', period);
  checkAverage('dv2', average);
  checkPeriod('dv2', smooth, 1, 'smooth');
  const place = named('dv2.place', [data.close, midPrice(data)], (close, middle) => close / middle);
  return named(`dv2(${period}, ${smooth})`, [percentRank(average(place, smooth), period)], (rank) => 100 * rank);
}
