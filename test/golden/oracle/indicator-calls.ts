/** The arguments of a Backtrader indicator, read; and what nextbar calls its moving averages. */
import * as nb from '../../../src/indicators/index.ts';
import type { Data, Line } from '../../../src/lines/index.ts';
import { lineOf } from './expressions.ts';

export type Params = Readonly<Record<string, unknown>>;
export type Lines = Readonly<Record<string, Line>>;

/** Parameters of one indicator as they were written, with numbers and averages read. */
export interface Call {
  readonly data: Data;
  readonly close: Line;
  readonly lines: readonly Line[];
  readonly words: string;
  readonly params: Params;
  /** A parameter that is a number. */
  readonly n: (key: string) => number;
  /** A parameter that is a moving average, by default the one called movav or _movav. */
  readonly average: (key?: string) => nb.MovingAverage;
}

/** Reads the arguments of one indicator. */
export function callOf(inputs: string | readonly string[], params: Params, data: Data): Call {
  const lines = typeof inputs === 'string' ? [] : inputs.map((input) => lineOf(input, data));
  return {
    data,
    close: lines[0] ?? data.close,
    lines,
    words: typeof inputs === 'string' ? inputs : '',
    params,
    n(key) {
      const value = params[key];
      if (typeof value !== 'number') throw new Error(`parameter ${key} is ${String(value)}, not a number`);
      return value;
    },
    average(key = 'movav' in params ? 'movav' : '_movav') {
      const word = String(params[key]).replace('movav:', '');
      const average = byShortName[word];
      if (average === undefined) throw new Error(`nextbar has no moving average ${word}`);
      return average;
    },
  };
}

const byShortName: Readonly<Record<string, nb.MovingAverage>> = {
  SMA: nb.sma,
  EMA: nb.ema,
  SMMA: nb.smma,
  WMA: nb.wma,
  DEMA: (source, period) => nb.dema(source, period),
  TEMA: (source, period) => nb.tema(source, period),
  HMA: (source, period) => nb.hma(source, period),
  KAMA: (source, period) => nb.kama(source, period),
  ZLEMA: (source, period) => nb.zlema(source, period),
  ZLIndicator: (source, period) => nb.errorCorrecting(source, period),
  DMA: (source, period) => nb.dickson(source, period),
};

/** Moving averages, which also come as envelopes and oscillators: the name of the line, and the line. */
export const averages: Readonly<Record<string, (call: Call) => readonly [string, Line]>> = {
  AdaptiveMovingAverage: ({ close, n }) => ['kama', nb.kama(close, n('period'), n('fast'), n('slow'))],
  DicksonMovingAverage: ({ close, n, average }) => [
    'dma',
    nb.dickson(close, n('period'), n('gainlimit'), n('hperiod'), average('_hma')),
  ],
  DoubleExponentialMovingAverage: ({ close, n, average }) => ['dema', nb.dema(close, n('period'), average())],
  ExponentialMovingAverage: ({ close, n }) => ['ema', nb.ema(close, n('period'))],
  HullMovingAverage: ({ close, n, average }) => ['hma', nb.hma(close, n('period'), average())],
  MovingAverageSimple: ({ close, n }) => ['sma', nb.sma(close, n('period'))],
  SmoothedMovingAverage: ({ close, n }) => ['smma', nb.smma(close, n('period'))],
  TripleExponentialMovingAverage: ({ close, n, average }) => ['tema', nb.tema(close, n('period'), average())],
  WeightedMovingAverage: ({ close, n }) => ['wma', nb.wma(close, n('period'))],
  ZeroLagExponentialMovingAverage: ({ close, n, average }) => ['zlema', nb.zlema(close, n('period'), average())],
  ZeroLagIndicator: ({ close, n }) => ['ec', nb.errorCorrecting(close, n('period'), n('gainlimit'))],
};
