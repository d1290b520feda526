/** What indicators cost over a million bars, each alone, and beside the technicalindicators package where both have it. */
import { createRequire } from 'node:module';

import { barsFromRows, seededRandom, timeframe, type Bar, type Bars } from '../../src/core/index.ts';
import { indicators, namedLines } from '../../src/indicators/index.ts';
import { Column, Data, Graph, rollBars, Timeline } from '../../src/lines/index.ts';
import { rounded } from './ground/clock.ts';

const bars = 1_000_000;

function walk(length: number): Bars {
  const random = seededRandom(5);
  const rows: Bar[] = [];
  let price = 30_000;
  for (let i = 0; i < length; i++) {
    const open = price;
    price *= 1 + (random() - 0.5) * 0.004;
    const [high, low] = [
      Math.max(open, price) * (1 + random() * 0.001),
      Math.min(open, price) * (1 - random() * 0.001),
    ];
    rows.push({ time: i * 60_000, open, high, low, close: price, volume: 1 + random() * 50 });
  }
  const made = barsFromRows(rows);
  return { ...made, buyVolume: made.volume.map((volume) => volume / 3) };
}

/** Milliseconds that one indicator adds to a run over all bars, the best of some runs. */
function timeOf(source: Bars, name: string, params: Readonly<Record<string, number>>, runs: number): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1m') });
    timeline.buyVolume = new Column();
    const graph = new Graph();
    const data = new Data(timeline, graph);
    timeline.append(source);
    const { length } = source.time;
    timeline.index = -1;
    namedLines(indicators.find(name).make(data, params));
    graph.prepare(new Set(graph.nodes));
    const start = performance.now();
    for (let i = 0; i < length; i += rollBars) {
      timeline.index = i;
      graph.roll(Math.min(rollBars, length - 1 - i));
    }
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** How the other package is asked for the same. */
const others: Readonly<Record<string, readonly [string, Readonly<Record<string, unknown>>]>> = {
  sma: ['sma', { period: 20 }],
  ema: ['ema', { period: 20 }],
  wma: ['wma', { period: 20 }],
  smma: ['wema', { period: 14 }],
  rsi: ['rsi', { period: 14 }],
  atr: ['atr', { period: 14 }],
  bollinger: ['bollingerbands', { period: 20, stdDev: 2 }],
  macd: ['macd', { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: false, SimpleMASignal: false }],
  stochastic: ['stochastic', { period: 14, signalPeriod: 3 }],
  stochasticRsi: ['stochasticrsi', { rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 }],
  roc: ['roc', { period: 12 }],
  trix: ['trix', { period: 15 }],
  cci: ['cci', { period: 20 }],
  adx: ['adx', { period: 14 }],
  williamsR: ['williamsr', { period: 14 }],
  obv: ['obv', {}],
  accumulation: ['adl', {}],
  forceIndex: ['forceindex', { period: 13 }],
  mfi: ['mfi', { period: 14 }],
  stddev: ['sd', { period: 20 }],
  highest: ['highest', { period: 20 }],
  lowest: ['lowest', { period: 20 }],
  sum: ['sum', { period: 20 }],
  trueRange: ['truerange', {}],
  awesome: ['awesomeoscillator', { fastPeriod: 5, slowPeriod: 34 }],
  parabolicSar: ['psar', { step: 0.02, max: 0.2 }],
  ichimoku: ['ichimokucloud', { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 }],
  keltner: ['keltnerchannels', { maPeriod: 20, atrPeriod: 10, multiplier: 2, useSMA: false }],
  chandelierExit: ['chandelierexit', { period: 22, multiplier: 3 }],
};

/** Those that are slow by nature are timed over fewer bars. */
const slow: Readonly<Record<string, number>> = {
  technical: 2_000,
  candlestick: 50_000,
  errorCorrecting: 50_000,
  dickson: 50_000,
};

/** Times every indicator of the catalogue with its defaults. */
export function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const source = walk(bars);
  const package_ = createRequire(import.meta.url)('technicalindicators') as Readonly<
    Record<string, (input: object) => unknown[]>
  >;
  const plain = Object.fromEntries(
    (['open', 'high', 'low', 'close', 'volume'] as const).map((name) => [name, Array.from(source[name])]),
  );
  const figures: Record<string, unknown> = {};
  for (const { name } of indicators.list()) {
    const length = slow[name] ?? bars;
    const cut =
      length === bars
        ? source
        : (Object.fromEntries(
            Object.entries(source).map(([key, column]) => [key, (column as Float64Array).slice(0, length)]),
          ) as unknown as Bars);
    const ms = (timeOf(cut, name, {}, length === bars ? 8 : 1) * bars) / length;
    const other = others[name];
    let times: number | undefined;
    if (other !== undefined) {
      const start = performance.now();
      package_[other[0]]!({ ...plain, values: plain['close'], ...other[1] });
      times = (performance.now() - start) / ms;
    }
    figures[name] = {
      msPerMillion: rounded(ms, 1),
      ...(times !== undefined && { timesTechnicalindicators: rounded(times, 1) }),
    };
    say(
      `indicators  ${name.padEnd(20)} ${ms.toFixed(1).padStart(9)} ms a million bars${times === undefined ? '' : `, ${times.toFixed(1)} times technicalindicators`}`,
    );
  }
  for (const [name, period] of [
    ['highest', 500],
    ['median', 200],
    ['stddev', 500],
    ['linearRegression', 500],
    ['volumeProfile', 100],
    ['hurst', 100],
    ['alma', 100],
  ] as const) {
    const ms = timeOf(source, name, { period }, 1);
    figures[`${name} of ${period}`] = { msPerMillion: rounded(ms, 1), nsPerBarAndUnit: rounded(ms / period, 2) };
    say(
      `indicators  ${`${name} of ${period}`.padEnd(20)} ${ms.toFixed(1).padStart(9)} ms a million bars, ${(ms / period).toFixed(2)} ns a bar and unit of period`,
    );
  }
  return Promise.resolve({ indicators: figures });
}
