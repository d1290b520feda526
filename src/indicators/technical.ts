/** Candlestick patterns and whatever else the technicalindicators package computes: the one bridge to it. */
import { createRequire } from 'node:module';
import { ConfigError, unknownName } from '../core/index.ts';
import { checkData, derive, type Data, type Line } from '../lines/index.ts';
import { checkPeriod } from './kernel/period.ts';

/** What the package calls each pattern, and the bars it looks at. */
const patterns = {
  abandonedBaby: ['abandonedbaby', 3],
  bearish: ['bearish', 5],
  bearishEngulfing: ['bearishengulfingpattern', 2],
  bearishHammer: ['bearishhammerstick', 1],
  bearishHarami: ['bearishharami', 2],
  bearishHaramiCross: ['bearishharamicross', 2],
  bearishInvertedHammer: ['bearishinvertedhammerstick', 1],
  bearishMarubozu: ['bearishmarubozu', 1],
  bearishSpinningTop: ['bearishspinningtop', 1],
  bullish: ['bullish', 5],
  bullishEngulfing: ['bullishengulfingpattern', 2],
  bullishHammer: ['bullishhammerstick', 1],
  bullishHarami: ['bullishharami', 2],
  bullishHaramiCross: ['bullishharamicross', 2],
  bullishInvertedHammer: ['bullishinvertedhammerstick', 1],
  bullishMarubozu: ['bullishmarubozu', 1],
  bullishSpinningTop: ['bullishspinningtop', 1],
  darkCloudCover: ['darkcloudcover', 2],
  doji: ['doji', 1],
  downsideTasukiGap: ['downsidetasukigap', 3],
  dragonflyDoji: ['dragonflydoji', 1],
  eveningDojiStar: ['eveningdojistar', 3],
  eveningStar: ['eveningstar', 3],
  gravestoneDoji: ['gravestonedoji', 1],
  hammer: ['hammerpattern', 5],
  hammerUnconfirmed: ['hammerpatternunconfirmed', 5],
  hangingMan: ['hangingman', 5],
  hangingManUnconfirmed: ['hangingmanunconfirmed', 5],
  morningDojiStar: ['morningdojistar', 3],
  morningStar: ['morningstar', 3],
  piercingLine: ['piercingline', 2],
  shootingStar: ['shootingstar', 5],
  shootingStarUnconfirmed: ['shootingstarunconfirmed', 5],
  threeBlackCrows: ['threeblackcrows', 3],
  threeWhiteSoldiers: ['threewhitesoldiers', 3],
  tweezerBottom: ['tweezerbottom', 5],
  tweezerTop: ['tweezertop', 5],
} as const satisfies Readonly<Record<string, readonly [string, number]>>;

/** A candlestick pattern; `bullish` and `bearish` stand for any of their side. */
export type CandlestickPattern = keyof typeof patterns;

/** The names of all patterns. */
export const candlestickPatterns = Object.keys(patterns) as readonly CandlestickPattern[];

/** The last bars, oldest first, as the package takes them. */
interface LastBars {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
}

/**
 * 1 on the bar that completes a candlestick pattern, else 0; NaN until there are as many bars as the pattern has.
 *
 * The package decides what a pattern is; "equal" prices there are within a thousandth. Several patterns ask for a gap
 * between bars, which a market that never closes seldom has: an engulfing bar opens beyond the last close, a star away from its neighbours. Spinning tops
 * are of either colour. Hammers, hanging men, shooting stars and tweezers follow a rise or a fall of the closes before them, which is compared here: the
 * package compares its size as a text. Slow beside the other indicators: about a microsecond a bar.
 *
 * @throws {ConfigError} If there is no such pattern, or the package is not installed.
 */
export function candlestick(data: Data, pattern: CandlestickPattern): Line {
  checkData('candlestick', data);
  if (!Object.hasOwn(patterns, pattern)) throw unknownName('candlestick pattern', pattern, candlestickPatterns);
  const [word, period] = patterns[pattern];
  const matches = matcher(pattern, word);
  const last: LastBars = { open: [], high: [], low: [], close: [] };
  const fields = [last.open, last.high, last.low, last.close];
  return derive(data.open, {
    name: `candlestick(${pattern})`,
    key: true,
    inputs: [data.high, data.low, data.close],
    period,
    history: period - 1,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const out = outputs[0]!;
      let count = state[0]!;
      for (let i = from; i < to; i++) {
        let valid = 0;
        for (const input of inputs) valid += input.at(i);
        count = valid - valid === 0 ? count + 1 : 0;
        if (count < period) {
          out.set(i, NaN);
          continue;
        }
        fields.forEach((field, k) => {
          for (let j = 0; j < period; j++) field[j] = inputs[k]!.at(i - period + 1 + j);
        });
        out.set(i, matches(last) ? 1 : 0);
      }
      state[0] = count;
    },
  });
}

/** Patterns at the end of a rise or a fall, and the bars whose closes say which it was. */
const trendBars: Readonly<Partial<Record<CandlestickPattern, number>>> = {
  hammer: 3,
  hammerUnconfirmed: 4,
  hangingMan: 3,
  hangingManUnconfirmed: 4,
  shootingStar: 3,
  shootingStarUnconfirmed: 4,
  tweezerBottom: 3,
  tweezerTop: 3,
};

/** Those of them that the package counts to each side. */
const sides: Readonly<Partial<Record<CandlestickPattern, readonly CandlestickPattern[]>>> = {
  bullish: ['bullishEngulfing', 'downsideTasukiGap', 'bullishHarami', 'bullishHaramiCross', 'morningDojiStar', 'morningStar', 'bullishMarubozu', 'piercingLine', 'threeWhiteSoldiers', 'bullishHammer', 'bullishInvertedHammer', 'hammer', 'hammerUnconfirmed', 'tweezerBottom'],
  bearish: ['bearishEngulfing', 'bearishHarami', 'bearishHaramiCross', 'eveningDojiStar', 'eveningStar', 'bearishMarubozu', 'threeBlackCrows', 'bearishHammer', 'bearishInvertedHammer', 'hangingMan', 'hangingManUnconfirmed', 'shootingStar', 'shootingStarUnconfirmed', 'tweezerTop'],
}; // prettier-ignore

/**
 * Whether the last bars are a pattern. The package compares the gains and losses before one as texts, so that 12 is less than 9: it is given
 * closes that rise or fall by one instead, in places where it reads nothing else.
 */
function matcher(pattern: CandlestickPattern, word: string): (bars: LastBars) => boolean {
  const members = sides[pattern]?.map((one) => matcher(one, patterns[one][0]));
  if (members !== undefined) return (bars) => members.some((matches) => matches(bars));
  const matches = find<(bars: LastBars) => boolean>(word);
  const bars = trendBars[pattern];
  if (bars === undefined) return matches;
  return (last) => {
    const close = last.close.slice();
    const change = close[bars - 1]! - close[0]!;
    close[0] = change < 0 ? 2 : 1;
    close.fill(change > 0 ? 2 : 1, 1, bars);
    return matches({ ...last, close });
  };
}

/** The package's other indicators that answer with one value a bar. */
const indicatorNames = [
  'sma', 'ema', 'wma', 'wema', 'macd', 'rsi', 'bollingerbands', 'adx', 'atr', 'truerange', 'roc', 'kst', 'psar', 'stochastic', 'williamsr', 'adl',
  'obv', 'trix', 'cci', 'awesomeoscillator', 'forceindex', 'vwap', 'mfi', 'stochasticrsi', 'averagegain', 'averageloss', 'sd', 'highest', 'lowest', 'sum',
  'ichimokucloud', 'keltnerchannels', 'chandelierexit',
] as const; // prettier-ignore

/** An indicator of the technicalindicators package, by the package's own name. */
export type TechnicalIndicator = (typeof indicatorNames)[number];

/** The names of all of them. */
export const technicalIndicators: readonly TechnicalIndicator[] = indicatorNames;

/**
 * An indicator as the technicalindicators package computes it, afresh over the last `bars` bars on every bar.
 *
 * For comparing with programs that use the package: what is here under its own name is exact, faster and the same live. Known faults of
 * the package: some results are rounded to two digits (`rsi`, `stochastic`, `williamsr`, `mfi`); `rsi` and `stochastic` answer 100 or NaN for a flat price; running
 * totals and exponential averages (`adl`, `obv`, `ema`, `macd`, ...) depend on where they start, which here is `bars` ago; `ema` starts
 * from a plain mean, `wema` too; `sd` is of the population. Some ten microseconds a bar.
 *
 * @param name - The package's name, all in lower case.
 * @param options - The package's options without the prices, such as `{ period: 14 }`.
 * @param bars - Bars that each value is computed from, default 100.
 * @param field - Which number, where the package answers with several, such as `signal` of `macd`.
 * @throws {ConfigError} If there is no such indicator, `bars` is not a positive integer, the package is not installed, or it has no number for
 *   these options: one is missing or misspelt, `bars` are too few, or `field` is not the name of a number.
 */
export function technical(
  data: Data,
  name: TechnicalIndicator,
  options: Readonly<Record<string, unknown>> = {},
  bars = 100,
  field?: string,
): Line {
  checkData('technical', data);
  if (!indicatorNames.includes(name)) throw unknownName('technical indicator', name, indicatorNames);
  checkPeriod('technical', bars, 1, 'bars');
  const calculate = find<(input: object) => readonly unknown[]>(name);
  const prices: number[][] = [[], [], [], [], []];
  const [open, high, low, close, volume] = prices;
  const input = { ...options, values: close, open, high, low, close, volume };
  const calculated = (): unknown => {
    const last = calculate(input).at(-1);
    return field === undefined ? last : (last as Readonly<Record<string, unknown>> | undefined)?.[field];
  };
  // Tried on bars that rise and fall: the package says nothing to options that it does not know, and answers with nothing.
  for (let j = 0; j < bars; j++) {
    const price = 100 + 10 * Math.sin(j) + Math.sin(j / 9);
    [price, price + 2, price - 2, price + Math.cos(j), 5 + Math.cos(j)].forEach((value, k) => (prices[k]![j] = value));
  }
  const tried = calculated();
  if (typeof tried !== 'number' || !Number.isFinite(tried)) throw noNumber(name, bars, field, calculate(input).at(-1));
  return derive(data.open, {
    name: `technical(${name})`,
    inputs: [data.high, data.low, data.close, data.volume],
    period: bars,
    history: bars - 1,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const out = outputs[0]!;
      let count = state[0]!;
      for (let i = from; i < to; i++) {
        let valid = 0;
        for (const source of inputs) valid += source.at(i);
        count = valid - valid === 0 ? count + 1 : 0;
        if (count < bars) continue;
        prices.forEach((column, k) => {
          for (let j = 0; j < bars; j++) column[j] = inputs[k]!.at(i - bars + 1 + j);
        });
        const value = calculated();
        if (typeof value === 'number' && Number.isFinite(value)) out.set(i, value);
      }
      state[0] = count;
    },
  });
}

/** The error for options that lead to no number: names the numbers there are where the package answers with several. */
function noNumber(name: string, bars: number, field: string | undefined, last: unknown): ConfigError {
  if (typeof last === 'object' && last !== null) {
    const fields = Object.keys(last);
    if (field !== undefined) return unknownName(`field of ${name}`, field, fields);
    return new ConfigError(`technical: ${name} has several numbers: give one of ${fields.join(', ')} as field`, {
      code: 'bad-parameter',
      context: { indicator: name, fields: fields.join(', ') },
    });
  }
  const hint = field === undefined ? '' : `, in a field ${field}`;
  return new ConfigError(
    `technical: ${name} has no value after ${bars} bars with these options${hint}: look at their names, and at bars`,
    { code: 'bad-parameter', context: { indicator: name, bars, field } },
  );
}

let loaded: Readonly<Record<string, unknown>> | undefined;

/** One function of the package, which is loaded at the first use, so that importing nextbar does not cost it. */
function find<T>(word: string): T {
  try {
    loaded ??= createRequire(import.meta.url)('technicalindicators') as NonNullable<typeof loaded>;
  } catch (cause) {
    throw new ConfigError(
      'the package technicalindicators could not be loaded: install it with npm install technicalindicators',
      {
        cause,
      },
    );
  }
  const found = loaded[word];
  if (found === undefined) throw new ConfigError(`this version of technicalindicators has no ${word}`);
  return found as T;
}
