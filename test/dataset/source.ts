/** An exchange's history of a formula, for tests of the dataset: the same bars for the same minute, whoever asks. */
import { createBars, type Bars } from '../../src/core/index.ts';
import type { DatasetSource, Period } from '../../src/dataset/index.ts';

export const minute = 60_000;
export const day = 86_400_000;
/** A Tuesday two days before the end of a month. */
export const firstDay = Date.UTC(2024, 0, 30);

export interface Calls {
  readonly calls: string[];
}

/** The price of a symbol at a minute. */
export function priceAt(symbol: string, time: number): number {
  const seed = Buffer.from(symbol).reduce((sum, code) => sum + code, 0);
  return Math.round((100 + (seed % 50) + 10 * Math.sin(time / (37 * minute)) + 3 * Math.sin(time / (11 * minute))) * 100) / 100; // prettier-ignore
}

export function barsOf(symbol: string, { start, end }: Period): Bars {
  const bars = createBars((end - start) / minute);
  for (let i = 0; i < bars.time.length; i++) {
    const time = start + i * minute;
    const [open, close] = [priceAt(symbol, time), priceAt(symbol, time + minute)];
    bars.time[i] = time;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) + 0.5;
    bars.low[i] = Math.min(open, close) - 0.5;
    bars.volume[i] = 1 + (i % 7) / 4;
  }
  return bars;
}

export function fakeSource(
  exchange: string,
  symbols: readonly string[],
  more: Partial<DatasetSource> = {},
): DatasetSource & Calls {
  // prettier-ignore
  const calls: string[] = [];
  return {
    exchange,
    symbols,
    instrument: (symbol) => {
      const [base = '', rest = ''] = symbol.split('/');
      const [quote = ''] = rest.split(':');
      return Promise.resolve({ symbol, type: rest.includes(':') ? 'swap' : 'spot', base, quote, tick: 0.01 });
    },
    fundingRates: (_, { start }) =>
      Promise.resolve([0, 8, 16].map((hour) => ({ time: start + hour * 60 * minute, rate: 0.0001 * (1 + hour / 8) }))),
    openInterest: (_, { start }) =>
      Promise.resolve(
        [0, 12].map((hour) => ({ time: start + hour * 60 * minute, amount: 1000 + hour, value: undefined })),
      ),
    ...more,
    bars: (symbol, period) => {
      calls.push(`${symbol} ${new Date(period.start).toISOString().slice(0, 10)}`);
      return more.bars?.(symbol, period) ?? Promise.resolve(barsOf(symbol, period));
    },
    get calls() {
      return calls;
    },
  };
}
