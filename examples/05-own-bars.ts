/** Bars from anywhere: rows in memory, and a feed of your own. */
import { BarsDataFeed, Cerebro, DataFeed, generateBars, Strategy, type Bar, type Bars } from 'nextbar';

class HoldForever extends Strategy {
  override nextstart(): void {
    this.buy();
  }
}

// Rows that came from a database, a spreadsheet, an exchange: `time` is the bar's open in milliseconds UTC.
const start = Date.UTC(2024, 0, 1);
const rows: Bar[] = Array.from({ length: 60 }, (_, i) => {
  const open = 100 + i;
  return { time: start + i * 86_400_000, open, high: open + 2, low: open - 1, close: open + 1, volume: 10 };
});

/** A feed of your own says how to load its bars; `start`, `end` and the rest are checked by the base class. */
class DoubledFeed extends DataFeed {
  override load(): Promise<Bars> {
    const bars = generateBars({ timeframe: this.timeframe.name, seed: 8, count: 500 });
    const double = (column: Float64Array): Float64Array => column.map((price) => price * 2);
    const { open, high, low, close } = bars;
    return Promise.resolve({ ...bars, open: double(open), high: double(high), low: double(low), close: double(close) });
  }
}

for (const feed of [
  new BarsDataFeed({ bars: rows, timeframe: '1d', symbol: 'ROWS/USDT' }),
  new DoubledFeed({ timeframe: '4h', symbol: 'DOUBLE/USDT' }),
]) {
  const { finalValue, steps } = await new Cerebro().addData(feed).addStrategy(HoldForever).run();
  console.log(`${feed.symbol}: ${steps} bars, final value ${finalValue.toFixed(2)}`);
}
