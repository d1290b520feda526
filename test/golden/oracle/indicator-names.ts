/** What nextbar calls each indicator of Backtrader, with its parameters. */
import * as nb from '../../../src/indicators/index.ts';
import type { Data } from '../../../src/lines/index.ts';
import { lineOf } from './expressions.ts';
import { averages, callOf, type Call, type Lines, type Params } from './indicator-calls.ts';

const demark = 'the golden takes rising bars for unchanged ones and the reverse, against its own documentation';
/** Differences from Backtrader that are meant, by indicator and line. */
const declared: Readonly<Record<string, string>> = {
  'DemarkPivotPoint.p': demark,
  'DemarkPivotPoint.s1': demark,
  'DemarkPivotPoint.r1': demark,
  'Ichimoku.chikou_span': 'the chikou span is the close drawn into the past: reading it would be reading the future',
  'ZeroLagIndicatorEnvelope.top': 'the golden is empty by a defect; nextbar has the average plus its part',
  'ZeroLagIndicatorEnvelope.bot': 'the golden is empty by a defect; nextbar has the average less its part',
  'ZeroLagIndicatorOscillator.ec': 'the golden is the average itself by a defect; nextbar has price less the average',
};

/** Why a line of an indicator may differ, if it may. */
export function declaredDifference(name: string, line: string): string | undefined {
  return declared[`${name}.${line}`];
}

/** The lines of an indicator under Backtrader's names. Throws an Error where nextbar has none. */
export function factoryOf(name: string, inputs: string | readonly string[], params: Params, data: Data): Lines {
  const call = callOf(inputs, params, data);
  const own = indicators[name];
  if (own !== undefined) return own(call);
  const [, base = '', kind] = /^(.*?)(Envelope|Oscillator)?$/.exec(name) ?? [];
  const average = averages[base];
  if (average === undefined) throw new Error(`nextbar has no ${name}`);
  const [key, line] = average(call);
  if (kind === 'Oscillator') return { [key]: call.close.sub(line) };
  if (kind !== 'Envelope') return { [key]: line };
  const { top, bottom } = nb.envelope(line, call.n('perc'));
  return { [key]: line, top, bot: bottom };
}

type Recipe = (call: Call) => Lines;

const directional: Recipe = ({ data, n, average }) => {
  const { plus, minus, adx, adxr } = nb.directional(data, n('period'), average());
  return { plusDI: plus, minusDI: minus, adx, adxr };
};
const only =
  (recipe: Recipe, ...names: readonly string[]): Recipe =>
  (call) => {
    const all = recipe(call);
    return Object.fromEntries(names.map((name) => [name, all[name]!]));
  };
const aroon: Recipe = ({ data, n }) => {
  const { up, down, oscillator } = nb.aroon(data, n('period'));
  return { aroonup: up, aroondown: down, aroonosc: oscillator };
};
const bollinger: Recipe = ({ close, n, average }) => {
  const bands = nb.bollinger(close, n('period'), n('devfactor'), average());
  return { mid: bands.mid, top: bands.top, bot: bands.bottom, pctb: nb.bandPosition(close, bands) };
};
const macd: Recipe = ({ close, n, average }) => {
  const options = { fast: n('period_me1'), slow: n('period_me2'), signal: n('period_signal'), average: average() };
  const { macd: line, signal, histogram } = nb.macd(close, options);
  return { macd: line, signal, histo: histogram };
};
const ppo =
  (of: 'slow' | 'fast'): Recipe =>
  ({ close, n, average }) => {
    const options = { fast: n('period1'), slow: n('period2'), signal: n('period_signal'), average: average(), of };
    const { macd: line, signal, histogram } = nb.ppo(close, options);
    return { ppo: line, signal, histo: histogram };
  };
const strength: Recipe = ({ close, n, average }) => {
  return { rsi: nb.relativeStrength(close, n('period'), average(), n('lookback')) };
};
const wilder: Recipe = (call) => {
  const plain = call.average() === nb.smma && call.n('lookback') === 1;
  return plain ? { rsi: nb.rsi(call.close, call.n('period')) } : strength(call);
};
const stochastic: Recipe = ({ data, n, params, average }) => {
  const smoothD = 'period_dslow' in params ? n('period_dslow') : 3;
  const { raw, k, d } = nb.stochastic(data, {
    period: n('period'),
    smoothK: n('period_dfast'),
    smoothD,
    average: average(),
  });
  return { percK: raw, percD: k, percDSlow: d };
};
const pivots = (made: nb.Pivots): Lines => ({
  p: made.pivot,
  ...Object.fromEntries(made.supports.map((line, i) => [`s${i + 1}`, line])),
  ...Object.fromEntries(made.resistances.map((line, i) => [`r${i + 1}`, line])),
});
const pivotKind = (params: Params): nb.PivotKind =>
  params['close'] === true ? 'close' : params['open'] === true ? 'open' : 'plain';
const since =
  (fn: typeof nb.barsSinceHighest, which: nb.WhichExtreme): Recipe =>
  ({ close, n }) => ({ index: fn(close, n('period'), which) });
const some =
  (name: string, test: (values: Float64Array) => boolean): Recipe =>
  ({ close, n }) => ({ [name]: nb.windowed(close, n('period'), (values) => Number(test(values))) });

const indicators: Readonly<Record<string, Recipe>> = {
  AccelerationDecelerationOscillator: ({ data, n, average }) => {
    const line = nb.awesome(data);
    return { accde: line.sub(average()(line, n('period'))) };
  },
  Accum: ({ close, n }) => ({ accum: nb.cumulative(close, n('seed')) }),
  AllN: some('alln', (values) => values.every((value) => value !== 0)),
  AnyN: some('anyn', (values) => values.some((value) => value !== 0)),
  ApplyN: ({ close, words, n }) => {
    if (!words.includes('max(window)-min(window)')) throw new Error(`unknown function in ${words}`);
    return { apply: nb.windowed(close, n('period'), (values) => Math.max(...values) - Math.min(...values)) };
  },
  AroonDown: only(aroon, 'aroondown'),
  AroonOscillator: only(aroon, 'aroonosc'),
  AroonUp: only(aroon, 'aroonup'),
  AroonUpDown: only(aroon, 'aroonup', 'aroondown'),
  AroonUpDownOscillator: aroon,
  Average: ({ close, n }) => ({ av: nb.sma(close, n('period')) }),
  AverageDirectionalMovementIndex: only(directional, 'adx'),
  AverageDirectionalMovementIndexRating: only(directional, 'adx', 'adxr'),
  AverageTrueRange: ({ data, n, average }) => ({ atr: nb.atr(data, n('period'), average()) }),
  AwesomeOscillator: ({ data, n, average }) => ({ ao: nb.awesome(data, n('fast'), n('slow'), average()) }),
  BollingerBands: only(bollinger, 'mid', 'top', 'bot'),
  BollingerBandsPct: bollinger,
  CommodityChannelIndex: ({ data, n, average }) => ({ cci: nb.cci(data, n('period'), n('factor'), average()) }),
  CrossDown: ({ lines }) => ({ cross: nb.crossdown(lines[0]!, lines[1]!) }),
  CrossOver: ({ lines }) => ({ crossover: nb.crossover(lines[0]!, lines[1]!) }),
  CrossUp: ({ lines }) => ({ cross: nb.crossup(lines[0]!, lines[1]!) }),
  DV2: ({ data, n, average }) => ({ dv2: nb.dv2(data, n('period'), n('maperiod'), average()) }),
  DemarkPivotPoint: ({ data }) => pivots(nb.demarkPivot(data)),
  DetrendedPriceOscillator: ({ close, n, average }) => ({ dpo: nb.dpo(close, n('period'), average()) }),
  DirectionalIndicator: only(directional, 'plusDI', 'minusDI'),
  DirectionalMovement: directional,
  DirectionalMovementIndex: only(directional, 'adx', 'plusDI', 'minusDI'),
  DownDay: ({ close, n }) => ({
    downday: nb.pointwise('down', [nb.momentum(close, n('period'))], (x) => Math.max(-x, 0)),
  }),
  DownDayBool: ({ close, n }) => ({ downday: nb.momentum(close, n('period')).lt(0) }),
  DownMove: ({ close }) => ({ downmove: nb.momentum(close, 1).mul(-1) }),
  Envelope: ({ close, n }) => {
    const { mid, top, bottom } = nb.envelope(close, n('perc'));
    return { src: mid, top, bot: bottom };
  },
  ExponentialSmoothing: ({ close, n, params }) => {
    const period = n('period');
    return {
      av: nb.smoothing(close, period, typeof params['alpha'] === 'number' ? params['alpha'] : 2 / (1 + period)),
    };
  },
  ExponentialSmoothingDynamic: ({ data, close, words, n }) => {
    const [, alpha] = /alpha = line \((.*)\)$/.exec(words) ?? [];
    if (alpha === undefined) throw new Error(`unknown alpha in ${words}`);
    return { av: nb.smoothing(close, n('period'), lineOf(alpha, data)) };
  },
  FibonacciPivotPoint: ({ data, n, params }) =>
    pivots(nb.fibonacciPivot(data, pivotKind(params), [n('level1'), n('level2'), n('level3')])),
  FindFirstIndexHighest: since(nb.barsSinceHighest, 'newest'),
  FindFirstIndexLowest: since(nb.barsSinceLowest, 'newest'),
  FindLastIndexHighest: since(nb.barsSinceHighest, 'oldest'),
  FindLastIndexLowest: since(nb.barsSinceLowest, 'oldest'),
  HeikinAshi: ({ data }) => {
    const { open, high, low, close } = nb.heikinAshi(data);
    return { ha_open: open, ha_high: high, ha_low: low, ha_close: close };
  },
  Highest: ({ close, n }) => ({ highest: nb.highest(close, n('period')) }),
  HurstExponent: ({ close, n, params }) => ({
    hurst: nb.hurst(
      close,
      n('period'),
      typeof params['lag_start'] === 'number' ? params['lag_start'] : undefined,
      typeof params['lag_end'] === 'number' ? params['lag_end'] : undefined,
    ),
  }),
  Ichimoku: ({ data, n }) => {
    const options = { conversion: n('tenkan'), baseline: n('kijun'), span: n('senkou'), lead: n('senkou_lead') };
    const { conversion, baseline, spanA, spanB } = nb.ichimoku(data, options);
    return { tenkan_sen: conversion, kijun_sen: baseline, senkou_span_a: spanA, senkou_span_b: spanB };
  },
  KnowSureThing: ({ close, n, params, average }) => ({
    ...nb.kst(close, {
      periods: [n('rp1'), n('rp2'), n('rp3'), n('rp4')],
      smooth: [n('rma1'), n('rma2'), n('rma3'), n('rma4')],
      weights: params['rfactors'] as [number, number, number, number],
      signal: n('rsignal'),
      average: average('_rmovav'),
      signalAverage: average('_smovav'),
    }),
  }),
  LaguerreFilter: ({ close, n }) => ({ lfilter: nb.laguerre(close, n('gamma'), n('period')) }),
  LaguerreRSI: ({ close, n }) => ({ lrsi: nb.laguerreRsi(close, n('period'), n('gamma')) }),
  Lowest: ({ close, n }) => ({ lowest: nb.lowest(close, n('period')) }),
  MACD: only(macd, 'macd', 'signal'),
  MACDHisto: macd,
  MeanDeviation: ({ close, n, average }) => ({ meandev: nb.meanDeviation(close, n('period'), average()) }),
  MinusDirectionalIndicator: only(directional, 'minusDI'),
  Momentum: ({ close, n }) => ({ momentum: nb.momentum(close, n('period')) }),
  MomentumOscillator: ({ close, n }) => ({ momosc: nb.roc(close, n('period')).add(1).mul(100) }),
  NonZeroDifference: ({ lines }) => ({ nzd: nb.lastDifference(lines[0]!, lines[1]!) }),
  Oscillator: ({ data, close }) => ({ osc: data.close.sub(close) }),
  ParabolicSAR: ({ data, n }) => {
    if (n('period') !== 2) throw new Error('nextbar begins the parabolic stop with the second bar');
    return { psar: nb.parabolicSar(data, n('af'), n('afmax')) };
  },
  PercentChange: ({ close, n }) => ({ pctchange: nb.roc(close, n('period')) }),
  PercentRank: ({ close, n }) => ({ pctrank: nb.percentRank(close, n('period')) }),
  PercentagePriceOscillator: ppo('slow'),
  PercentagePriceOscillatorShort: ppo('fast'),
  PivotPoint: ({ data, params }) => pivots(nb.pivotPoint(data, pivotKind(params))),
  PlusDirectionalIndicator: only(directional, 'plusDI'),
  PrettyGoodOscillator: ({ data, n, average }) => ({ pgo: nb.prettyGood(data, n('period'), average()) }),
  PriceOscillator: ({ close, n, average }) => ({
    po: nb.macd(close, { fast: n('period1'), slow: n('period2'), average: average() }).macd,
  }),
  RSI_EMA: strength,
  RSI_SMA: strength,
  RSI_Safe: wilder,
  RateOfChange: ({ close, n }) => ({ roc: nb.roc(close, n('period')) }),
  RateOfChange100: ({ close, n }) => ({ roc100: nb.roc(close, n('period')).mul(100) }),
  ReduceN: ({ close, words, n }) => {
    if (!words.includes('acc*0.5+y')) throw new Error(`unknown function in ${words}`);
    return {
      reduced: nb.windowed(close, n('period'), (values) => values.reduce((total, value) => total * 0.5 + value)),
    };
  },
  RelativeMomentumIndex: strength,
  RelativeStrengthIndex: wilder,
  StandardDeviation: ({ close, n, average }) => ({ stddev: nb.stddev(close, n('period'), average()) }),
  Stochastic: (call) => {
    const { percD, percDSlow } = stochastic(call);
    return { percK: percD!, percD: percDSlow! };
  },
  StochasticFast: only(stochastic, 'percK', 'percD'),
  StochasticFull: stochastic,
  SumN: ({ close, n }) => ({ sumn: nb.sum(close, n('period')) }),
  Trix: ({ close, n, average }) => ({ trix: nb.trix(close, n('period'), n('_rocperiod'), average()) }),
  TrixSignal: ({ close, n, average }) => {
    const line = nb.trix(close, n('period'), n('_rocperiod'), average());
    return { trix: line, signal: average()(line, n('sigperiod')) };
  },
  TrueHigh: ({ data }) => ({ truehigh: nb.trueHigh(data) }),
  TrueLow: ({ data }) => ({ truelow: nb.trueLow(data) }),
  TrueRange: ({ data }) => ({ tr: nb.trueRange(data) }),
  TrueStrengthIndicator: ({ close, n, average }) => ({
    tsi: nb.tsi(close, n('period1'), n('period2'), n('pchange'), average()),
  }),
  UltimateOscillator: ({ data, n }) => ({ uo: nb.ultimateOscillator(data, n('p1'), n('p2'), n('p3')) }),
  UpDay: ({ close, n }) => ({ upday: nb.momentum(close, n('period')).max(0) }),
  UpDayBool: ({ close, n }) => ({ upday: nb.momentum(close, n('period')).gt(0) }),
  UpMove: ({ close }) => ({ upmove: nb.momentum(close, 1) }),
  Vortex: ({ data, n }) => {
    const { plus, minus } = nb.vortex(data, n('period'));
    return { vi_plus: plus, vi_minus: minus };
  },
  WeightedAverage: ({ close, n, params }) => ({ av: nb.weighted(close, params['weights'] as number[], n('coef')) }),
  WilliamsAD: ({ data }) => ({ ad: nb.williamsAd(data) }),
  WilliamsR: ({ data, n }) => ({ percR: nb.williamsR(data, n('period')) }),
  haDelta: ({ data, n, average }) => {
    const { delta, smoothed } = nb.heikinAshiDelta(data, n('period'), average());
    return { haDelta: delta, smoothed };
  },
};
