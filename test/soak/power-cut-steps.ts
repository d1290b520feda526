/** What the power-cut soak writes to a bar store: for each series the bars before, and the bars of the write under test. */
import type { Series } from '../../src/store/index.ts';

/** Generated one-minute bars of one write. */
export interface Written {
  readonly seed: number;
  /** The open of the first bar, in milliseconds. */
  readonly start: number;
  readonly count: number;
  /** Where the bars are said to come from, such as `binance` or an imported file. */
  readonly source: string;
}

/** One series, written before the recording, during it, or both. */
export interface Step {
  readonly series: Series;
  readonly before?: Written;
  readonly after?: Written;
}

const start = Date.UTC(2024, 0, 30);
const btc: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' };
const imported: Series = { ...btc, symbol: 'ETH/USDT', origin: 'ticks.csv' };

/** A month replaced, a file imported over another, a series of two months grown, and a series that is new. */
export const steps: readonly Step[] = [
  {
    series: btc,
    before: { seed: 1, start, count: 600, source: 'binance' },
    after: { seed: 2, start, count: 600, source: 'binance' },
  },
  {
    series: imported,
    before: { seed: 3, start, count: 400, source: 'ticks.csv' },
    after: { seed: 4, start, count: 400, source: 'ticks.csv' },
  },
  {
    series: { ...btc, symbol: 'SOL/USDT' },
    before: { seed: 5, start, count: 600, source: 'binance' },
    after: { seed: 6, start, count: 3_600, source: 'binance' },
  },
  {
    series: { ...btc, symbol: 'XRP/USDT' },
    after: { seed: 7, start, count: 300, source: 'binance' },
  },
];
