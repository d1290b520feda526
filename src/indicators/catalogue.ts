/** The catalogue: what every indicator is, its formula, parameters and source, and how to make it. */
import { checkMethods, checkNames, timeframe, unknownName } from '../core/index.ts';
import { checkLine, Column, Data, Graph, Line, Timeline } from '../lines/index.ts';
import { anchoredVwap, sessionVwap } from './anchored-vwap.ts';
import { aroon } from './aroon.ts';
import { atr } from './atr.ts';
import { bandPosition, bollinger } from './bollinger.ts';
import { cci, meanDeviation } from './cci.ts';
import { crossdown, crossover, crossup, lastDifference } from './crossover.ts';
import { cumulative, obv } from './cumulative.ts';
import { basis, fundingAnnualized, liquidationFlow, openInterestChange, premium } from './derivatives.ts';
import { adx, directional, vortex } from './directional.ts';
import { dema, hma, tema, zlema } from './double-average.ts';
import { ema } from './ema.ts';
import { donchian, envelope, keltner } from './envelope.ts';
import { dickson, errorCorrecting } from './error-correcting.ts';
import { barsSinceHighest, barsSinceLowest, highest, lowest } from './extremes.ts';
import { alma, cyberCycle, frama, mcginley, superSmoother, t3 } from './filters.ts';
import { heikinAshi, heikinAshiDelta } from './heikin-ashi.ts';
import { hurst } from './hurst.ts';
import { ichimoku } from './ichimoku.ts';
import { kama } from './kama.ts';
import { smoothing } from './kernel/smoothing.ts';
import { sum } from './kernel/sum.ts';
import { laguerre, laguerreRsi } from './laguerre.ts';
import { macd } from './macd.ts';
import { momentum, roc } from './momentum.ts';
import { accumulation, chaikin, cmf, easeOfMovement, forceIndex, vwma } from './money-flow.ts';
import { buyVolume, cvd, flowImbalance, volumeDelta } from './order-flow.ts';
import { awesome, dpo, midPrice, ppo, trix, tsi, typicalPrice } from './oscillators.ts';
import { parabolicSar } from './parabolic-sar.ts';
import { demarkPivot, fibonacciPivot, pivotPoint } from './pivots.ts';
import { pointwise } from './pointwise.ts';
import { choppiness, elderRay, massIndex, squeeze } from './regime.ts';
import { correlation, linearRegression } from './regression.ts';
import { relativeStrength, rsi } from './rsi.ts';
import { sma } from './sma.ts';
import { smma } from './smma.ts';
import {
  beta,
  cointegration,
  covariance,
  halfLife,
  kalmanRegression,
  kalmanSlope,
  median,
  quantile,
  zScore,
} from './statistics.ts';
import { stddev } from './stddev.ts';
import { stochastic } from './stochastic.ts';
import { dv2, kst, prettyGood } from './strength.ts';
import { swingPoints, zigZag } from './swings.ts';
import { candlestick, technical } from './technical.ts';
import { atrStop, chandelierExit, superTrend } from './trailing-stops.ts';
import { connorsRsi, coppock, fisher, stochasticRsi } from './transforms.ts';
import { trueHigh, trueLow, trueRange } from './true-range.ts';
import { realizedVolatility } from './volatility.ts';
import { volumeProfile } from './volume-profile.ts';
import { mfi, vwap } from './volume.ts';
import { ultimateOscillator, williamsAd, williamsR } from './williams.ts';
import { percentRank, weighted, windowed } from './windowed.ts';
import { wma } from './wma.ts';

/** A line, or a record of lines, or lists of them, as an indicator returns it. */
export type IndicatorLines = Line | { readonly [name: string]: Line | readonly Line[] };

/** One number that an indicator takes. */
export interface IndicatorParam {
  /** Its name. */
  readonly name: string;
  /** Its default. */
  readonly default: number;
  /** The smallest that makes sense. */
  readonly from: number;
  /** The largest that makes sense. */
  readonly to: number;
}

/** What the catalogue says of one indicator. */
export interface IndicatorInfo {
  /** As it is imported. */
  readonly name: string;
  /** The group it is listed in. */
  readonly group: string;
  /** What it measures, in one sentence. */
  readonly about: string;
  /** In short: `x` is the line, `n` the period, `y` the last value, `x[k]` the value `k` bars ago. */
  readonly formula: string;
  /** Who published it, where that is known. */
  readonly source: string | undefined;
  /** Its numeric parameters. */
  readonly params: readonly IndicatorParam[];
  /** Names of its lines; a single one is called `line`. */
  lines(): readonly string[];
  /** Bars that all of its lines need before they have a value, with parameters of your own or their defaults. */
  minPeriod(params?: Readonly<Record<string, number>>): number;
  /** The indicator on a data, with parameters of your own or their defaults. */
  make(data: Data, params?: Readonly<Record<string, number>>): IndicatorLines;
}

/** A parameter: default, smallest and largest. */
type Range = readonly [number, number, number];

function entry<P extends Readonly<Record<string, Range>>>(
  name: string,
  group: string,
  about: string,
  formula: string,
  source: string,
  ranges: P,
  make: (data: Data, params: { readonly [K in keyof P]: number }) => object,
): IndicatorInfo {
  const params = Object.entries(ranges).map(([key, [fallback, from, to]]) => ({
    name: key,
    default: fallback,
    from,
    to,
  }));
  const names = params.map((param) => param.name);
  return {
    name,
    group,
    about,
    formula,
    source: source === '' ? undefined : source,
    params,
    lines() {
      return namedLines(this.make(emptyData())).map(([line]) => line);
    },
    minPeriod(given) {
      return Math.max(...namedLines(this.make(emptyData(), given)).map(([, line]) => line.minPeriod));
    },
    make(data, given = {}) {
      checkNames(`parameter of ${name}`, given, names);
      const values = Object.fromEntries(params.map((param) => [param.name, given[param.name] ?? param.default]));
      return make(data, values as { readonly [K in keyof P]: number }) as IndicatorLines;
    },
  };
}

/** A data without bars, to ask an indicator about itself. */
function emptyData(): Data {
  const timeline = new Timeline(0, { name: 'data', symbol: 'BTC/USDT', timeframe: timeframe('1h') });
  timeline.buyVolume = new Column();
  return new Data(timeline, new Graph());
}

const all: readonly IndicatorInfo[] = [
  entry(
    'sma',
    'Averages',
    'Simple moving average: the plain mean of the last values.',
    'sum(x, n) / n',
    '',
    { period: [20, 1, 500] },
    (data, p) => sma(data.close, p.period),
  ),
  entry(
    'ema',
    'Averages',
    'Exponential moving average, started from the plain mean.',
    'y + 2 / (n + 1) * (x - y)',
    '',
    { period: [20, 1, 500] },
    (data, p) => ema(data.close, p.period),
  ),
  entry(
    'smma',
    'Averages',
    "Wilder's smoothed average, started from the plain mean.",
    'y + (x - y) / n',
    'J. W. Wilder (1978)',
    { period: [14, 1, 500] },
    (data, p) => smma(data.close, p.period),
  ),
  entry(
    'wma',
    'Averages',
    'Weighted average that counts the newest value most.',
    'sum((n - k) x[k], k = 0..n - 1) / (n (n + 1) / 2)',
    '',
    { period: [20, 1, 500] },
    (data, p) => wma(data.close, p.period),
  ),
  entry(
    'dema',
    'Averages',
    'Double exponential average: less lag than an exponential one.',
    '2 ema - ema(ema)',
    'P. Mulloy (1994)',
    { period: [20, 1, 500] },
    (data, p) => dema(data.close, p.period),
  ),
  entry(
    'tema',
    'Averages',
    'Triple exponential average.',
    '3 ema - 3 ema(ema) + ema(ema(ema))',
    'P. Mulloy (1994)',
    { period: [20, 1, 500] },
    (data, p) => tema(data.close, p.period),
  ),
  entry(
    'zlema',
    'Averages',
    'Zero-lag exponential average: of price plus its change over half the period.',
    'ema(2 x - x[(n - 1) / 2])',
    'J. F. Ehlers and R. Way (2010)',
    { period: [20, 1, 500] },
    (data, p) => zlema(data.close, p.period),
  ),
  entry(
    'hma',
    'Averages',
    'Hull average: smooth, with little lag.',
    'wma(2 wma(x, n / 2) - wma(x, n), sqrt(n))',
    'A. Hull (2005)',
    { period: [20, 2, 500] },
    (data, p) => hma(data.close, p.period),
  ),
  entry(
    'kama',
    'Averages',
    "Kaufman's adaptive average: fast in a trend, slow in noise.",
    'y + (er (fast - slow) + slow)^2 (x - y)',
    'P. Kaufman (1995)',
    { period: [30, 1, 500], fast: [2, 1, 50], slow: [30, 2, 200] },
    (data, p) => kama(data.close, p.period, p.fast, p.slow),
  ),
  entry(
    'smoothing',
    'Averages',
    'Exponential smoothing with a weight of your own.',
    'y + alpha (x - y)',
    '',
    { period: [20, 1, 500], alpha: [0.1, 0.001, 1] },
    (data, p) => smoothing(data.close, p.period, p.alpha),
  ),
  entry(
    'errorCorrecting',
    'Averages',
    "Ehlers' error-correcting average: the gain that misses price least.",
    'y + alpha (ema + gain (x - y) - y)',
    'J. F. Ehlers and R. Way (2010)',
    { period: [30, 1, 200], gainLimit: [50, 1, 100] },
    (data, p) => errorCorrecting(data.close, p.period, p.gainLimit),
  ),
  entry(
    'dickson',
    'Averages',
    'Mean of an error-correcting average and a Hull average.',
    '(errorCorrecting + hma) / 2',
    'N. Dickson',
    { period: [30, 1, 200], gainLimit: [50, 1, 100], hullPeriod: [7, 2, 100] },
    (data, p) => dickson(data.close, p.period, p.gainLimit, p.hullPeriod),
  ),
  entry(
    'laguerre',
    'Averages',
    "Ehlers' Laguerre filter over four elements.",
    '(l0 + 2 l1 + 2 l2 + l3) / 6',
    'J. F. Ehlers (2004)',
    { gamma: [0.5, 0.01, 0.99] },
    (data, p) => laguerre(data.close, p.gamma),
  ),
  entry(
    'weighted',
    'Averages',
    'Mean with weights of your own, oldest first.',
    'factor * sum(w[k] x[k])',
    '',
    {},
    (data) => weighted(data.close, [1, 2, 3, 4]),
  ),
  entry(
    'alma',
    'Averages',
    'Arnaud Legoux average: weights in the shape of a bell near the newest value.',
    'sum(w x) / sum(w), w = exp(-(k - offset (n - 1))^2 / (2 (n / sigma)^2))',
    'A. Legoux and D. Kouzis-Loukas (2009)',
    { period: [9, 1, 200], offset: [0.85, 0, 1], sigma: [6, 1, 20] },
    (data, p) => alma(data.close, p.period, p.offset, p.sigma),
  ),
  entry(
    't3',
    'Averages',
    "Tillson's T3: six exponential averages with the lag taken off.",
    'c1 e6 + c2 e5 + c3 e4 + c4 e3',
    'T. Tillson (1998)',
    { period: [5, 1, 100], factor: [0.7, 0, 1] },
    (data, p) => t3(data.close, p.period, p.factor),
  ),
  entry(
    'mcginley',
    'Averages',
    'McGinley Dynamic: speeds up below the average, slows down above it.',
    'y + (x - y) / max(1, k n (x / y)^4)',
    'J. R. McGinley (1991)',
    { period: [10, 1, 200], factor: [0.6, 0.1, 2] },
    (data, p) => mcginley(data.close, p.period, p.factor),
  ),
  entry(
    'frama',
    'Averages',
    'Fractal adaptive average: follows straight moves, ignores noise.',
    'y + exp(-4.6 (D - 1)) (x - y)',
    'J. F. Ehlers (2005)',
    { period: [16, 2, 200] },
    (data, p) => frama(data, p.period % 2 === 0 ? p.period : p.period + 1),
  ),
  entry(
    'superSmoother',
    'Averages',
    'Two-pole filter that takes out waves shorter than the period.',
    'c1 (x + x[1]) / 2 + c2 y[1] + c3 y[2]',
    'J. F. Ehlers (2013)',
    { period: [10, 1, 200] },
    (data, p) => superSmoother(data.close, p.period),
  ),
  entry(
    'vwma',
    'Averages',
    'Average of the close weighed by volume.',
    'sum(close volume, n) / sum(volume, n)',
    '',
    { period: [20, 1, 500] },
    (data, p) => vwma(data, p.period),
  ),
  entry(
    'bollinger',
    'Bands',
    'Bollinger bands: standard deviations of the population around an average.',
    'sma +- k stddev',
    'J. Bollinger',
    { period: [20, 1, 500], deviations: [2, 0.1, 5] },
    (data, p) => bollinger(data.close, p.period, p.deviations),
  ),
  entry(
    'bandPosition',
    'Bands',
    'Where a line stands in bands: 0 at the bottom, 1 at the top.',
    '(x - bottom) / (top - bottom)',
    '',
    {},
    (data) => bandPosition(data.close, bollinger(data.close)),
  ),
  entry(
    'donchian',
    'Bands',
    'Donchian channel: highest high and lowest low, the present bar included.',
    'highest(high, n), lowest(low, n)',
    'R. Donchian',
    { period: [20, 1, 500] },
    (data, p) => donchian(data, p.period),
  ),
  entry(
    'keltner',
    'Bands',
    'Keltner channel: average true ranges around an average.',
    'ema +- k atr',
    'C. Keltner; L. B. Raschke',
    { period: [20, 1, 200], atrPeriod: [10, 1, 200], multiple: [2, 0.1, 10] },
    (data, p) => keltner(data, p),
  ),
  entry(
    'envelope',
    'Bands',
    'A percentage of a line around it.',
    'x (1 +- percent / 100)',
    '',
    { percent: [2.5, 0.1, 50] },
    (data, p) => envelope(sma(data.close, 20), p.percent),
  ),
  entry(
    'ichimoku',
    'Bands',
    'Ichimoku lines; the cloud as it stands over the present bar, no line from the future.',
    '(highest + lowest) / 2',
    'G. Hosoda (1969)',
    { conversion: [9, 1, 100], baseline: [26, 1, 200], span: [52, 1, 400], lead: [26, 1, 200] },
    (data, p) => ichimoku(data, p),
  ),
  entry(
    'sessionVwap',
    'Bands',
    'VWAP of the session with bands weighed by volume.',
    'sum(v p) / sum(v) since the session began',
    '',
    { deviations: [2, 0.1, 5] },
    (data, p) => sessionVwap(data, p),
  ),
  entry(
    'anchoredVwap',
    'Bands',
    'VWAP since a time or an event, with bands.',
    'sum(v p) / sum(v) since the anchor',
    'B. Shannon (2023)',
    { deviations: [2, 0.1, 5] },
    (data, p) => anchoredVwap(data, 0, p.deviations),
  ),
  entry(
    'volumeProfile',
    'Bands',
    'Price with most volume and the area around it that holds 70 % of it.',
    'volume by row of price',
    'J. P. Steidlmayer (1985)',
    { period: [100, 1, 1000], rows: [24, 1, 200], share: [0.7, 0.01, 1] },
    (data, p) => volumeProfile(data, p),
  ),
  entry(
    'trueRange',
    'Range and direction',
    'Range of the bar with the gap from the last close.',
    'max(high, close[1]) - min(low, close[1])',
    'J. W. Wilder (1978)',
    {},
    (data) => trueRange(data),
  ),
  entry(
    'trueHigh',
    'Range and direction',
    'The higher of the high and the last close.',
    'max(high, close[1])',
    'J. W. Wilder (1978)',
    {},
    (data) => trueHigh(data),
  ),
  entry(
    'trueLow',
    'Range and direction',
    'The lower of the low and the last close.',
    'min(low, close[1])',
    'J. W. Wilder (1978)',
    {},
    (data) => trueLow(data),
  ),
  entry(
    'atr',
    'Range and direction',
    'Average true range, in price units.',
    'smma(trueRange, n)',
    'J. W. Wilder (1978)',
    { period: [14, 1, 200] },
    (data, p) => atr(data, p.period),
  ),
  entry(
    'directional',
    'Range and direction',
    'Directional movement: plus, minus, their index and its rating.',
    '100 smma(+-DM) / atr',
    'J. W. Wilder (1978)',
    { period: [14, 1, 100] },
    (data, p) => directional(data, p.period),
  ),
  entry(
    'adx',
    'Range and direction',
    'Average directional index: how much market there is in one direction, 0 to 100.',
    'smma(100 abs(plus - minus) / (plus + minus))',
    'J. W. Wilder (1978)',
    { period: [14, 1, 100] },
    (data, p) => adx(data, p.period),
  ),
  entry(
    'vortex',
    'Range and direction',
    'Vortex: movement up and down over the true range.',
    'sum(abs(high - low[1])) / sum(trueRange)',
    'E. Botes and D. Siepman (2010)',
    { period: [14, 1, 200] },
    (data, p) => vortex(data, p.period),
  ),
  entry(
    'aroon',
    'Range and direction',
    'How new the highest high and the lowest low are, 0 to 100.',
    '100 (n - bars since extreme) / n',
    'T. Chande (1995)',
    { period: [14, 1, 200] },
    (data, p) => aroon(data, p.period),
  ),
  entry(
    'parabolicSar',
    'Range and direction',
    "Wilder's stop and reverse.",
    'sar + af (extreme - sar)',
    'J. W. Wilder (1978)',
    { step: [0.02, 0.001, 0.2], limit: [0.2, 0.01, 1] },
    (data, p) => parabolicSar(data, p.step, p.limit),
  ),
  entry(
    'superTrend',
    'Range and direction',
    'Bands around the middle that move with the trend and change sides when crossed.',
    'hl2 -+ k atr, never back',
    'O. Seban (2008)',
    { period: [10, 1, 200], multiple: [3, 0.1, 20] },
    (data, p) => superTrend(data, p),
  ),
  entry(
    'atrStop',
    'Range and direction',
    'Stop at a distance of average true ranges that never moves back.',
    'max(stop, close - k atr)',
    '',
    { period: [14, 1, 200], multiple: [3, 0.1, 20] },
    (data, p) => atrStop(data, p),
  ),
  entry(
    'chandelierExit',
    'Range and direction',
    'Highest high less average true ranges, and lowest low plus as much.',
    'highest(high, n) - k atr',
    'C. Le Beau',
    { period: [22, 1, 200], multiple: [3, 0.1, 20] },
    (data, p) => chandelierExit(data, p),
  ),
  entry(
    'swingPoints',
    'Range and direction',
    'Latest confirmed swing high and low, shown from the bar that confirms them.',
    'high above n before and m after',
    '',
    { left: [5, 1, 100], right: [5, 1, 100] },
    (data, p) => swingPoints(data, p.left, p.right),
  ),
  entry(
    'zigZag',
    'Range and direction',
    'Turning points at least a fraction apart, shown from the bar that confirms them.',
    'extreme, once price came back by turn',
    '',
    { turn: [0.05, 0.001, 0.9] },
    (data, p) => zigZag(data, p.turn),
  ),
  entry(
    'heikinAshi',
    'Range and direction',
    'Averaged bars.',
    'close = ohlc4, open = mean of last open and close',
    '',
    {},
    (data) => heikinAshi(data),
  ),
  entry(
    'heikinAshiDelta',
    'Range and direction',
    'How far Heikin-Ashi bars close above their open, and its average.',
    'close - open',
    'D. Valcu (2004)',
    { period: [3, 1, 100] },
    (data, p) => heikinAshiDelta(data, p.period),
  ),
  entry(
    'pivotPoint',
    'Range and direction',
    'Pivot, two supports and two resistances of the bar, for the next one.',
    '(high + low + close) / 3',
    '',
    {},
    (data) => pivotPoint(data),
  ),
  entry(
    'fibonacciPivot',
    'Range and direction',
    'Pivot with levels at Fibonacci parts of the range.',
    'pivot +- 0.382, 0.618, 1 (high - low)',
    '',
    {},
    (data) => fibonacciPivot(data),
  ),
  entry(
    'demarkPivot',
    'Range and direction',
    "DeMark's pivot, one support and one resistance.",
    'x / 4, x / 2 - high, x / 2 - low',
    'T. DeMark',
    {},
    (data) => demarkPivot(data),
  ),
  entry('midPrice', 'Range and direction', 'Middle of the bar.', '(high + low) / 2', '', {}, (data) => midPrice(data)),
  entry(
    'typicalPrice',
    'Range and direction',
    'Typical price of the bar.',
    '(high + low + close) / 3',
    '',
    {},
    (data) => typicalPrice(data),
  ),
  entry(
    'choppiness',
    'Range and direction',
    'How much of the way went back and forth: near 0 in a straight move, 100 on the spot, more behind a gap.',
    '100 log(sum(tr) / range) / log(n)',
    'E. W. Dreiss',
    { period: [14, 2, 200] },
    (data, p) => choppiness(data, p.period),
  ),
  entry(
    'squeeze',
    'Range and direction',
    'Whether Bollinger bands are inside the Keltner channel, and where price is heading.',
    'bollinger inside keltner; regression of the distance',
    'J. Carter (2005)',
    { period: [20, 2, 200], deviations: [2, 0.1, 5], multiple: [1.5, 0.1, 5] },
    (data, p) => squeeze(data, p),
  ),
  entry(
    'massIndex',
    'Range and direction',
    'How much the range exceeds its average, summed up.',
    'sum(ema(h - l) / ema(ema(h - l)), length)',
    'D. Dorsey (1992)',
    { period: [9, 1, 100], length: [25, 1, 200] },
    (data, p) => massIndex(data, p.period, p.length),
  ),
  entry(
    'elderRay',
    'Range and direction',
    'How far the bar reached above and below its average.',
    'high - ema, low - ema',
    'A. Elder (1993)',
    { period: [13, 1, 200] },
    (data, p) => elderRay(data, p.period),
  ),
  entry(
    'rsi',
    'Oscillators',
    'Relative strength index: how much of the last moves was up, 0 to 100.',
    '100 up / (up + down)',
    'J. W. Wilder (1978)',
    { period: [14, 1, 200] },
    (data, p) => rsi(data.close, p.period),
  ),
  entry(
    'relativeStrength',
    'Oscillators',
    'Relative strength with a smoothing and a lookback of your own.',
    '100 avg(up) / (avg(up) + avg(down))',
    '',
    { period: [14, 1, 200], lookback: [1, 1, 50] },
    (data, p) => relativeStrength(data.close, p.period, sma, p.lookback),
  ),
  entry(
    'macd',
    'Oscillators',
    'Fast average less a slow one, its signal and the difference.',
    'ema(fast) - ema(slow)',
    'G. Appel',
    { fast: [12, 1, 200], slow: [26, 1, 400], signal: [9, 1, 100] },
    (data, p) => macd(data.close, p),
  ),
  entry(
    'ppo',
    'Oscillators',
    'MACD in per cent of an average.',
    '100 (ema(fast) - ema(slow)) / ema(slow)',
    '',
    { fast: [12, 1, 200], slow: [26, 1, 400], signal: [9, 1, 100] },
    (data, p) => ppo(data.close, p),
  ),
  entry(
    'stochastic',
    'Oscillators',
    'Where the close stands in the range, 0 to 100.',
    '100 (close - lowest) / (highest - lowest)',
    'G. Lane',
    { period: [14, 1, 200], smoothK: [3, 1, 50], smoothD: [3, 1, 50] },
    (data, p) => stochastic(data, p),
  ),
  entry(
    'stochasticRsi',
    'Oscillators',
    'Where the RSI stands in its own range, 0 to 100.',
    '100 (rsi - lowest) / (highest - lowest)',
    'T. Chande and S. Kroll (1994)',
    { period: [14, 1, 200], range: [14, 2, 200], smoothK: [3, 1, 50], smoothD: [3, 1, 50] },
    (data, p) => stochasticRsi(data.close, p),
  ),
  entry(
    'connorsRsi',
    'Oscillators',
    'Mean of a short RSI, the RSI of the streak, and the rank of the change.',
    '(rsi + rsi(streak) + rank) / 3',
    'L. Connors (2012)',
    { period: [3, 1, 50], streak: [2, 1, 50], rank: [100, 1, 500] },
    (data, p) => connorsRsi(data.close, p.period, p.streak, p.rank),
  ),
  entry(
    'laguerreRsi',
    'Oscillators',
    'RSI of the elements of a Laguerre filter, 0 to 1.',
    'up / (up + down) of l0..l3',
    'J. F. Ehlers (2004)',
    { period: [6, 1, 50], gamma: [0.5, 0.01, 0.99] },
    (data, p) => laguerreRsi(data.close, p.period, p.gamma),
  ),
  entry(
    'fisher',
    'Oscillators',
    'Fisher transform of the place of price in its range.',
    '0.5 ln((1 + v) / (1 - v)) + 0.5 y[1]',
    'J. F. Ehlers (2002)',
    { period: [10, 1, 200] },
    (data, p) => fisher(data, p.period),
  ),
  entry(
    'cyberCycle',
    'Oscillators',
    'What is left of price when its trend is taken out.',
    '(1 - a/2)^2 d2(smooth) + 2 (1 - a) c[1] - (1 - a)^2 c[2]',
    'J. F. Ehlers (2004)',
    { alpha: [0.07, 0.01, 0.9] },
    (data, p) => cyberCycle(data.close, p.alpha),
  ),
  entry(
    'coppock',
    'Oscillators',
    'Weighted average of two rates of change, in per cent.',
    'wma(100 (roc(14) + roc(11)), 10)',
    'E. S. C. Coppock (1962)',
    { long: [14, 1, 200], short: [11, 1, 200], period: [10, 1, 200] },
    (data, p) => coppock(data.close, p.long, p.short, p.period),
  ),
  entry(
    'cci',
    'Oscillators',
    'Distance of the typical price from its mean, in mean deviations.',
    '(tp - sma) / (0.015 md)',
    'D. Lambert (1980)',
    { period: [20, 2, 200], factor: [0.015, 0.001, 1] },
    (data, p) => cci(data, p.period, p.factor),
  ),
  entry(
    'meanDeviation',
    'Oscillators',
    'Mean distance of values from the mean at their own bar.',
    'sma(abs(x - sma(x)))',
    '',
    { period: [20, 1, 200] },
    (data, p) => meanDeviation(data.close, p.period),
  ),
  entry(
    'momentum',
    'Oscillators',
    'Change over a number of bars.',
    'x - x[n]',
    '',
    { period: [12, 1, 500] },
    (data, p) => momentum(data.close, p.period),
  ),
  entry(
    'roc',
    'Oscillators',
    'Rate of change as a fraction.',
    'x / x[n] - 1',
    '',
    { period: [12, 1, 500] },
    (data, p) => roc(data.close, p.period),
  ),
  entry(
    'williamsR',
    'Oscillators',
    'Williams %R, -100 to 0.',
    '-100 (highest - close) / (highest - lowest)',
    'L. Williams',
    { period: [14, 1, 200] },
    (data, p) => williamsR(data, p.period),
  ),
  entry(
    'ultimateOscillator',
    'Oscillators',
    'Buying pressure over three periods, 0 to 100.',
    '100 (4 a + 2 b + c) / 7',
    'L. Williams (1985)',
    { short: [7, 1, 100], middle: [14, 1, 200], long: [28, 1, 400] },
    (data, p) => ultimateOscillator(data, p.short, p.middle, p.long),
  ),
  entry(
    'awesome',
    'Oscillators',
    'Fast average of middles less a slow one.',
    'sma(hl2, 5) - sma(hl2, 34)',
    'B. Williams',
    { fast: [5, 1, 100], slow: [34, 1, 400] },
    (data, p) => awesome(data, p.fast, p.slow),
  ),
  entry(
    'trix',
    'Oscillators',
    'Change of a triple exponential average, in per cent.',
    '100 (e / e[lookback] - 1), e = ema(ema(ema))',
    'J. Hutson (1983)',
    { period: [15, 1, 200], lookback: [1, 1, 50] },
    (data, p) => trix(data.close, p.period, p.lookback),
  ),
  entry(
    'tsi',
    'Oscillators',
    'True strength index: smoothed change over smoothed size of change.',
    '100 ema(ema(change)) / ema(ema(abs(change)))',
    'W. Blau (1991)',
    { long: [25, 1, 200], short: [13, 1, 200] },
    (data, p) => tsi(data.close, p.long, p.short),
  ),
  entry(
    'dpo',
    'Oscillators',
    'Detrended price: price against a mean of earlier.',
    'x - sma[n / 2 - 1]',
    '',
    { period: [20, 2, 200] },
    (data, p) => dpo(data.close, p.period),
  ),
  entry(
    'kst',
    'Oscillators',
    'Know sure thing: four smoothed rates of change.',
    '100 sum(w sma(roc))',
    'M. Pring (1992)',
    { signal: [9, 1, 100] },
    (data, p) => kst(data.close, p),
  ),
  entry(
    'prettyGood',
    'Oscillators',
    'Distance of the close from its mean, in true ranges.',
    '(close - sma) / atr',
    'M. Johnson',
    { period: [14, 1, 200] },
    (data, p) => prettyGood(data, p.period),
  ),
  entry(
    'dv2',
    'Oscillators',
    'Rank of the close in its bar.',
    '100 percentRank(sma(close / hl2))',
    'D. Varadi',
    { period: [252, 2, 1000], smooth: [2, 1, 50] },
    (data, p) => dv2(data, p.period, p.smooth),
  ),
  entry(
    'williamsAd',
    'Volume',
    "Williams' accumulation and distribution, in price units.",
    'total of close - true low or high',
    'L. Williams',
    {},
    (data) => williamsAd(data),
  ),
  entry('obv', 'Volume', 'On-balance volume.', 'total of +- volume', 'J. Granville (1963)', {}, (data) => obv(data)),
  entry(
    'vwap',
    'Volume',
    'Rolling volume-weighted price; it does not start again with the day.',
    'sum(tp v, n) / sum(v, n)',
    '',
    { period: [20, 1, 500] },
    (data, p) => vwap(data, p.period),
  ),
  entry(
    'mfi',
    'Volume',
    'Money flow index, 0 to 100.',
    '100 up / (up + down) of tp volume',
    'G. Quong and A. Soudack (1989)',
    { period: [14, 1, 200] },
    (data, p) => mfi(data, p.period),
  ),
  entry(
    'accumulation',
    'Volume',
    'Accumulation/distribution line.',
    'total of ((c - l) - (h - c)) / (h - l) v',
    'M. Chaikin',
    {},
    (data) => accumulation(data),
  ),
  entry(
    'cmf',
    'Volume',
    'Chaikin money flow, -1 to 1.',
    'sum(money flow, n) / sum(v, n)',
    'M. Chaikin',
    { period: [20, 1, 200] },
    (data, p) => cmf(data, p.period),
  ),
  entry(
    'chaikin',
    'Volume',
    'Chaikin oscillator: fast less slow average of the accumulation line.',
    'ema(ad, 3) - ema(ad, 10)',
    'M. Chaikin',
    { fast: [3, 1, 100], slow: [10, 1, 200] },
    (data, p) => chaikin(data, p.fast, p.slow),
  ),
  entry(
    'forceIndex',
    'Volume',
    'Change of the close times volume, smoothed.',
    'ema((c - c[1]) v, n)',
    'A. Elder (1993)',
    { period: [13, 1, 200] },
    (data, p) => forceIndex(data, p.period),
  ),
  entry(
    'easeOfMovement',
    'Volume',
    'How far the middle moved for the volume it took.',
    'sma((m - m[1]) (h - l) s / v, n)',
    'R. W. Arms (1983)',
    { period: [14, 1, 200], scale: [1, 1e-9, 1e12] },
    (data, p) => easeOfMovement(data, p.period, p.scale),
  ),
  entry(
    'buyVolume',
    'Order flow',
    'Volume that takers bought, from trades or from the feed.',
    'sum of sizes with side buy',
    '',
    {},
    (data) => buyVolume(data),
  ),
  entry(
    'volumeDelta',
    'Order flow',
    'Taker buying less taker selling in the bar, in base units.',
    '2 buy - volume',
    '',
    {},
    (data) => volumeDelta(data),
  ),
  entry('cvd', 'Order flow', 'Cumulative volume delta.', 'total of volumeDelta', '', {}, (data) => cvd(data)),
  entry(
    'flowImbalance',
    'Order flow',
    'Taker buying less selling over both, -1 to 1.',
    'sum(delta, n) / sum(v, n)',
    '',
    { period: [20, 1, 500] },
    (data, p) => flowImbalance(data, p.period),
  ),
  entry('highest', 'Windows', 'Highest of the last values.', 'max(x, n)', '', { period: [20, 1, 500] }, (data, p) =>
    highest(data.high, p.period),
  ),
  entry('lowest', 'Windows', 'Lowest of the last values.', 'min(x, n)', '', { period: [20, 1, 500] }, (data, p) =>
    lowest(data.low, p.period),
  ),
  entry(
    'barsSinceHighest',
    'Windows',
    'Bars since the highest of the last values.',
    'n - 1 - place of max',
    '',
    { period: [20, 1, 500] },
    (data, p) => barsSinceHighest(data.high, p.period),
  ),
  entry(
    'barsSinceLowest',
    'Windows',
    'Bars since the lowest of the last values.',
    'n - 1 - place of min',
    '',
    { period: [20, 1, 500] },
    (data, p) => barsSinceLowest(data.low, p.period),
  ),
  entry('sum', 'Windows', 'Rolling sum, compensated.', 'sum(x, n)', '', { period: [20, 1, 500] }, (data, p) =>
    sum(data.volume, p.period),
  ),
  entry('cumulative', 'Windows', 'Running total, compensated.', 'total of x', '', {}, (data) =>
    cumulative(data.volume),
  ),
  entry(
    'windowed',
    'Windows',
    'What a function of your own makes of the last values.',
    'fn(x[n - 1], ..., x)',
    '',
    { period: [20, 1, 500] },
    (data, p) => windowed(data.close, p.period, (values) => values[0]!),
  ),
  entry(
    'pointwise',
    'Windows',
    'What a function of your own makes of up to four lines, bar by bar.',
    'fn(a, b, c, d)',
    '',
    {},
    (data) => pointwise('range', [data.high, data.low], (high, low) => high - low),
  ),
  entry(
    'crossover',
    'Crossings',
    '1 where a line crosses above another, -1 where below, else 0.',
    'sign change of a - b',
    '',
    {},
    (data) => crossover(sma(data.close, 10), sma(data.close, 30)),
  ),
  entry(
    'crossup',
    'Crossings',
    '1 where a line crosses above another, else 0.',
    'sign change of a - b',
    '',
    {},
    (data) => crossup(data.close, sma(data.close, 30)),
  ),
  entry(
    'crossdown',
    'Crossings',
    '1 where a line crosses below another, else 0.',
    'sign change of a - b',
    '',
    {},
    (data) => crossdown(data.close, sma(data.close, 30)),
  ),
  entry(
    'lastDifference',
    'Crossings',
    'Difference of two lines, or its last value that was not zero.',
    'a - b',
    '',
    {},
    (data) => lastDifference(data.close, sma(data.close, 30)),
  ),
  entry(
    'stddev',
    'Statistics',
    'Standard deviation of the population.',
    'sqrt(mean((x - mean)^2))',
    '',
    { period: [20, 1, 500] },
    (data, p) => stddev(data.close, p.period),
  ),
  entry(
    'zScore',
    'Statistics',
    'Distance from the mean in standard deviations.',
    '(x - sma) / stddev',
    '',
    { period: [20, 2, 500] },
    (data, p) => zScore(data.close, p.period),
  ),
  entry(
    'median',
    'Statistics',
    'Median of the last values.',
    'middle of sorted(x, n)',
    '',
    { period: [20, 1, 1000] },
    (data, p) => median(data.close, p.period),
  ),
  entry(
    'quantile',
    'Statistics',
    'Quantile of the last values, drawn straight between neighbours.',
    'sorted(x, n)[q (n - 1)]',
    'R. J. Hyndman and Y. Fan (1996), 7',
    { period: [20, 1, 1000], q: [0.5, 0, 1] },
    (data, p) => quantile(data.close, p.period, p.q),
  ),
  entry(
    'percentRank',
    'Statistics',
    'Share of the window below the present value.',
    'count(x[k] < x) / n',
    '',
    { period: [50, 1, 1000] },
    (data, p) => percentRank(data.close, p.period),
  ),
  entry(
    'covariance',
    'Statistics',
    'Covariance of two lines, of the population.',
    'mean((a - mean a) (b - mean b))',
    '',
    { period: [20, 2, 500] },
    (data, p) => covariance(data.close, data.volume, p.period),
  ),
  entry(
    'correlation',
    'Statistics',
    "Pearson's correlation, -1 to 1.",
    'cov(a, b) / (sd a sd b)',
    '',
    { period: [20, 2, 500] },
    (data, p) => correlation(data.close, data.volume, p.period),
  ),
  entry(
    'beta',
    'Statistics',
    'How much one line moves when another moves by one.',
    'cov(a, b) / var(b)',
    '',
    { period: [60, 2, 1000] },
    (data, p) => beta(roc(data.close, 1), roc(data.high, 1), p.period),
  ),
  entry(
    'linearRegression',
    'Statistics',
    'Straight line through the last values: its end and its slope.',
    'least squares',
    '',
    { period: [14, 2, 500] },
    (data, p) => linearRegression(data.close, p.period),
  ),
  entry(
    'cointegration',
    'Statistics',
    'One line explained by another: hedge ratio, residual, its score and half-life.',
    'a - (alpha + beta b)',
    'Engle and Granger (1987)',
    { period: [100, 3, 2000] },
    (data, p) => cointegration(data.close, data.open, p.period),
  ),
  entry(
    'halfLife',
    'Statistics',
    'Bars in which half of a distance from the mean is gone.',
    '-ln 2 / ln(1 + slope of change on level)',
    'E. P. Chan (2013)',
    { period: [100, 3, 2000] },
    (data, p) => halfLife(data.close, p.period),
  ),
  entry(
    'kalmanRegression',
    'Statistics',
    'Straight line between two lines that changes with time, without a window.',
    'Kalman filter of slope and intercept',
    'E. P. Chan (2013)',
    { delta: [1e-4, 1e-9, 0.5], noise: [1e-3, 1e-12, 1e6] },
    (data, p) => kalmanRegression(data.close, data.open, p),
  ),
  entry(
    'kalmanSlope',
    'Statistics',
    'Level and slope of a trend that wanders.',
    'Kalman filter of level and slope',
    'A. C. Harvey (1989)',
    { ratio: [1e-4, 1e-9, 1] },
    (data, p) => kalmanSlope(data.close, p.ratio),
  ),
  entry(
    'hurst',
    'Statistics',
    'Hurst exponent: 0.5 is a walk, above it a trend.',
    'slope of log spread on log lag',
    'H. E. Hurst',
    { period: [40, 8, 200] },
    (data, p) => hurst(data.close, p.period),
  ),
  entry(
    'realizedVolatility',
    'Statistics',
    'Realised volatility as a fraction a year, from closes or whole bars.',
    'sqrt(bars of a year * variance)',
    'Parkinson; Garman and Klass; Rogers and Satchell; Yang and Zhang',
    { period: [20, 2, 500] },
    (data, p) => realizedVolatility(data, p),
  ),
  entry(
    'basis',
    'Derivatives',
    'How far a future stands above spot, as a fraction.',
    'future / spot - 1',
    '',
    {},
    (data) => basis(data.close, data.open),
  ),
  entry(
    'premium',
    'Derivatives',
    'Premium of a perpetual over its index, averaged.',
    'mean((p - index) / index, n)',
    '',
    { period: [8, 1, 500] },
    (data, p) => premium(data.close, data.open, p.period),
  ),
  entry(
    'fundingAnnualized',
    'Derivatives',
    'Funding rate as a fraction a year.',
    'rate * 8760 / hours',
    '',
    { hours: [8, 1, 24] },
    (data, p) => fundingAnnualized(roc(data.close, 1), p.hours),
  ),
  entry(
    'openInterestChange',
    'Derivatives',
    'Change of the open interest as a fraction.',
    'oi / oi[n] - 1',
    '',
    { period: [1, 1, 500] },
    (data, p) => openInterestChange(data.volume, p.period),
  ),
  entry(
    'liquidationFlow',
    'Derivatives',
    'Liquidated shorts less longs over both, -1 to 1.',
    '(short - long) / (short + long)',
    '',
    { period: [24, 1, 500] },
    (data, p) => liquidationFlow(data.volume, data.close, p.period),
  ),
  entry(
    'candlestick',
    'Patterns',
    '1 on the bar that completes a candlestick pattern.',
    'as technicalindicators decides',
    '',
    {},
    (data) => candlestick(data, 'bullishEngulfing'),
  ),
  entry(
    'technical',
    'Patterns',
    'Any other indicator of technicalindicators, over a window.',
    'as technicalindicators computes',
    '',
    { bars: [100, 20, 1000] },
    (data, p) => technical(data, 'averagegain', { period: 14 }, p.bars),
  ),
];

/** The catalogue of indicators. */
export const indicators = {
  /** Every indicator, group by group. */
  list(): readonly IndicatorInfo[] {
    return all;
  },
  /**
   * One indicator by its name.
   *
   * @throws {ConfigError} If there is none of that name; the message names the nearest.
   */
  find(name: string): IndicatorInfo {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    const names = all.map((one) => one.name);
    throw unknownName('indicator', name, names);
  },
};

/** The lines of what an indicator returned, by name; a single line is called `line`, lists are numbered from 1. */
export function namedLines(made: IndicatorLines): [string, Line][] {
  if (made instanceof Line) return [['line', made]];
  checkMethods('an indicator', made, [], 'a line, or lines by name');
  return Object.entries(made).flatMap(([name, value]): [string, Line][] => {
    if (Array.isArray(value)) return (value as readonly Line[]).map((line, i) => [`${name}${i + 1}`, line]);
    checkLine(name, value);
    return [[name, value]];
  });
}
