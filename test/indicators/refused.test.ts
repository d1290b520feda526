/** What indicators refuse: options and names that do not exist, values of the wrong kind, parameters that never lead to a value. */
import { describe, expect, it } from 'vitest';

import { ConfigError } from '../../src/core/index.ts';
import * as nextbar from '../../src/indicators/index.ts';
import type { Data, Line } from '../../src/lines/index.ts';
import { groundOf, walk } from './ground.ts';

/** The indicators as a program without types sees them. */
const untyped = nextbar as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>;
const call = (name: string, ...given: unknown[]): unknown => untyped[name]!(...given);
const { data } = groundOf(walk(3, 60));

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('it was accepted');
}

describe('options', () => {
  // Each with an option that is misspelt, and the nearest.
  const records: readonly (readonly [string, (data: Data) => unknown[], string, string])[] = [
    ['macd', (d) => [d.close], 'fst', 'fast'],
    ['stochastic', (d) => [d], 'perid', 'period'],
    ['ppo', (d) => [d.close], 'singal', 'signal'],
    ['ichimoku', (d) => [d], 'convresion', 'conversion'],
    ['keltner', (d) => [d], 'mutliple', 'multiple'],
    ['kst', (d) => [d.close], 'period', 'periods'],
    ['superTrend', (d) => [d], 'perod', 'period'],
    ['atrStop', (d) => [d], 'multiples', 'multiple'],
    ['chandelierExit', (d) => [d], 'averge', 'average'],
    ['squeeze', (d) => [d], 'deviation', 'deviations'],
    ['sessionVwap', (d) => [d], 'evry', 'every'],
    ['volumeProfile', (d) => [d], 'row', 'rows'],
    ['realizedVolatility', (d) => [d], 'estimater', 'estimator'],
    ['kalmanRegression', (d) => [d.close, d.open], 'dleta', 'delta'],
    ['stochasticRsi', (d) => [d.close], 'smothK', 'smoothK'],
  ];

  it.each(records)('of %s are known', (name, lines, wrong, near) => {
    expect(refusal(() => call(name, ...lines(data), { [wrong]: 5 }))).toBe(
      `unknown option of ${name} '${wrong}': did you mean '${near}'?`,
    );
    expect(refusal(() => call(name, ...lines(data), 12))).toBe(`options of ${name} must be an object, was 12`);
  });

  it('that are one of several are one of them', () => {
    expect(refusal(() => call('ppo', data.close, { of: 'quick' }))).toContain('known are slow, fast');
    expect(refusal(() => call('pivotPoint', data, 'clos'))).toContain("did you mean 'close'?");
    expect(refusal(() => call('fibonacciPivot', data, 'opn'))).toContain("did you mean 'open'?");
    expect(refusal(() => call('realizedVolatility', data, { estimator: 'parkinsn' }))).toContain("'parkinson'?");
  });
});

describe('averages', () => {
  const takers: readonly (readonly [string, ...unknown[]])[] = [
    ['atr', data, 14],
    ['adx', data, 14],
    ['bollinger', data.close, 20, 2],
    ['cci', data, 20, 0.015],
    ['meanDeviation', data.close, 20],
    ['dema', data.close, 5],
    ['tema', data.close, 5],
    ['zlema', data.close, 5],
    ['hma', data.close, 5],
    ['errorCorrecting', data.close, 5, 5],
    ['dickson', data.close, 5, 5, 5],
    ['t3', data.close, 5, 0.7],
    ['heikinAshiDelta', data, 3],
    ['chaikin', data, 3, 10],
    ['forceIndex', data, 3],
    ['easeOfMovement', data, 3, 1],
    ['awesome', data, 5, 34],
    ['trix', data.close, 5, 1],
    ['tsi', data.close, 5, 5, 1],
    ['dpo', data.close, 5],
    ['massIndex', data, 5, 5],
    ['elderRay', data, 5],
    ['rsi', data.close, 5],
    ['relativeStrength', data.close, 5],
    ['stddev', data.close, 5],
    ['prettyGood', data, 5],
    ['dv2', data, 5, 2],
    ['coppock', data.close, 5, 5, 5],
  ];

  it.each(takers)('of %s are functions', (name, ...given) => {
    expect(refusal(() => call(name as string, ...given, 'smaa'))).toMatch(
      /must be a function such as sma, was 'smaa'$/,
    );
  });

  it.each(['macd', 'ppo', 'kst', 'stochasticRsi'])('of %s are functions, as an option', (name) => {
    expect(refusal(() => call(name, data.close, { average: 'wma' }))).toContain('must be a function such as wma');
  });
});

describe('lines', () => {
  it('are told from datas and from anything else', () => {
    expect(refusal(() => call('sma', data, 20))).toBe(
      'sma needs a line such as data.close, was given a whole data; an indicator of whole bars, such as atr, takes the data itself',
    );
    expect(refusal(() => call('atr', data.close, 14))).toBe(
      'atr needs a data such as this.data, was given the line close',
    );
    expect(refusal(() => call('atr', undefined, 14))).toBe('atr needs a data such as this.data, was given undefined');
    expect(refusal(() => call('ema', [1, 2, 3], 2))).toBe('ema needs a line such as data.close, was given a list');
    expect(refusal(() => call('macd', data))).toContain('was given a whole data');
    expect(refusal(() => call('correlation', data.close, undefined, 5))).toContain('was given undefined');
    expect(refusal(() => call('crossover', data.close, '70'))).toBe(
      "crossover needs a line such as data.close, was given '70'",
    );
    expect(refusal(() => call('crossover', data.close, NaN))).toBe('crossover: level must be a number, was NaN');
    expect(refusal(() => call('smoothing', data.close, 5, '0.3'))).toContain("was given '0.3'");
    expect(refusal(() => call('lastDifference', data.close, 5))).toContain('was given 5');
    expect(refusal(() => call('bandPosition', data.close, data.close))).toContain('was given undefined');
    expect(refusal(() => data.close.add('5' as unknown as number))).toBe(
      "add needs a line such as data.close, was given '5'",
    );
  });
});

describe('whatever is given in place of a line or a data', () => {
  // A quote or a book that is absent has no value, and `pointwise` begins with a name.
  const others = ['microPrice', 'bookImbalance', 'pointwise'];
  const names = Object.keys(untyped).filter((name) => typeof untyped[name] === 'function' && !others.includes(name));
  const wrong = [undefined, null, NaN, 5, 'close', {}, [], [1, 2], () => 1, Symbol('close'), 5n];

  it.each(names)('%s says what it needs', (name) => {
    for (const value of wrong) {
      if (name === 'namedLines' && Object(value) === value) continue;
      if (name.endsWith('Indicator') || name === 'indicatorRules') {
        if (typeof value !== 'function') expect(refusal(() => call(name, value))).toContain('make must be a function');
      } else expect(refusal(() => call(name, value, 14))).toMatch(/ must be | needs a (?:line|data) such as /);
    }
  });
});

describe('numbers', () => {
  it('are numbers, not texts of them', () => {
    const wrong: readonly (readonly [string, ...unknown[]])[] = [
      ['sma', data.close, '20'],
      ['zigZag', data, '0.05'],
      ['quantile', data.close, 5, '0.5'],
      ['laguerre', data.close, '0.5'],
      ['cumulative', data.close, '10'],
      ['alma', data.close, 9, '0.85'],
      ['t3', data.close, 5, '0.7'],
      ['cyberCycle', data.close, '0.07'],
      ['volumeProfile', data, { share: '0.7' }],
      ['kalmanRegression', data.close, data.open, { delta: '0.1' }],
      ['parabolicSar', data, '0.02'],
      ['weighted', data.close, [1, 2], '3'],
    ];
    for (const [name, ...given] of wrong) expect(refusal(() => call(name, ...given))).toMatch(/, was '[\d.]+'$/);
  });

  it('in lists are numbers too, and as many as there have to be', () => {
    expect(refusal(() => call('kst', data.close, { weights: [1, 2, 3] }))).toBe(
      "kst: weights must be a list of 4 numbers, was '1, 2, 3'",
    );
    expect(refusal(() => call('fibonacciPivot', data, 'plain', 0.3))).toContain('must be a list of numbers, was 0.3');
    expect(refusal(() => call('weighted', data.close, [1, NaN]))).toContain('must be a list of numbers');
    expect(refusal(() => call('weighted', data.close, [1, -1]))).toBe(
      'weighted: factor must be a number, was Infinity',
    );
  });

  it('that never lead to a value are refused', () => {
    expect(refusal(() => call('cci', data, 1))).toBe('cci: period must be an integer of at least 2, was 1');
    expect(refusal(() => call('stochasticRsi', data.close, { range: 1 }))).toContain(
      'range must be an integer of at least 2',
    );
    expect(refusal(() => call('hurst', data.close, 10, 2, 12))).toBe(
      'hurst: to must be below the period of 10, was 12',
    );
    expect(refusal(() => call('median', data.close, 1e12))).toContain('at most 100000000');
  });
});

describe('functions of your own', () => {
  it('are functions, over one to four lines', () => {
    expect(refusal(() => call('windowed', data.close, 5))).toContain('must be a function of the last values');
    expect(refusal(() => call('pointwise', 'x', [data.close]))).toContain('must be a function of the values of a bar');
    const five: Line[] = [data.open, data.high, data.low, data.close, data.volume];
    expect(refusal(() => call('pointwise', 'x', five, () => 1))).toBe(
      'pointwise: lines must be a list of one to four, was 5',
    );
    expect(refusal(() => call('pointwise', 'x', [], () => 1))).toContain('was 0');
  });
});

describe('the bridge to technicalindicators', () => {
  it('refuses options that lead to no number', () => {
    const hint = 'with these options: look at their names, and at bars';
    expect(refusal(() => call('technical', data, 'sma', { perod: 3 }))).toContain(hint);
    expect(refusal(() => call('technical', data, 'sma', { period: 30 }, 20))).toBe(
      `technical: sma has no value after 20 bars ${hint}`,
    );
    const options = { fastPeriod: 2, slowPeriod: 4, signalPeriod: 2 };
    expect(refusal(() => call('technical', data, 'macd', options, 20))).toBe(
      'technical: macd has several numbers: give one of MACD, signal, histogram as field',
    );
    expect(refusal(() => call('technical', data, 'macd', options, 20, 'signl'))).toContain("did you mean 'signal'?");
  });
});

describe('the catalogue', () => {
  it('takes its parameters in an object', () => {
    expect(
      refusal(() => nextbar.indicators.find('sma').make(data, null as unknown as Record<string, number>)),
    ).toContain('must be an object, was null');
  });
});
