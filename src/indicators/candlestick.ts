/** Candlestick patterns: the one bridge to the technicalindicators package. */
import { createRequire } from 'node:module';
import { ConfigError, unknownName } from '../core/index.ts';
import { derive, type Data, type Line } from '../lines/index.ts';

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
 * between bars, which a market that never closes seldom has. Slow beside the other indicators: about a microsecond a bar.
 *
 * @throws {ConfigError} If there is no such pattern, or the package is not installed.
 */
export function candlestick(data: Data, pattern: CandlestickPattern): Line {
  if (!Object.hasOwn(patterns, pattern)) throw unknownName('candlestick pattern', pattern, candlestickPatterns);
  const [word, period] = patterns[pattern];
  const matches = finder(word);
  const last: LastBars = { open: [], high: [], low: [], close: [] };
  const fields = [last.open, last.high, last.low, last.close];
  return derive(data.open, {
    name: `candlestick(${pattern})`,
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

let loaded: Readonly<Record<string, (bars: LastBars) => boolean>> | undefined;

/** Loads the package at the first use, so that importing nextbar does not cost it. */
function finder(word: string): (bars: LastBars) => boolean {
  try {
    loaded ??= createRequire(import.meta.url)('technicalindicators') as NonNullable<typeof loaded>;
  } catch (cause) {
    throw new ConfigError('candlestick: the package technicalindicators could not be loaded; is it installed?', {
      cause,
    });
  }
  const found = loaded[word];
  if (found === undefined) throw new ConfigError(`candlestick: this version of technicalindicators has no ${word}`);
  return found;
}
