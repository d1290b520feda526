/** What the history bench runs in processes of their own: the local exchange, and loads into a fresh program. */
import { createBars, systemRuntime, type Bars } from '../../../src/core/index.ts';
import { CcxtDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { BarStore, type Series } from '../../../src/store/index.ts';
import {
  BarHistory,
  BinanceApi,
  binancePaths,
  serviceApi,
  StillRuntime,
  VenueServer,
} from '../../../src/venue/index.ts';

const minute = 60_000;
const start = Date.UTC(2015, 0, 1);
const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' };

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'serve') await serve(Number(rest[0]));
else if (mode === 'fill') await fill(rest[0]!, Number(rest[1]));
else if (mode === 'load') await load(rest[0]!, Number(rest[1]));

function tell(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function serve(count: number): Promise<void> {
  const bars = generateBars({ seed: 1, timeframe: '1m', start, count: count + 100 });
  const runtime = new StillRuntime(systemRuntime, start + count * minute);
  const instrument = { symbol: series.symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 };
  const binance = new BinanceApi(runtime, new BarHistory(runtime, [{ instrument, bars, timeframe: '1m' }]));
  const server = new VenueServer({ runtime, apis: [serviceApi('binance', binance, binancePaths)] });
  tell({ url: await server.listen(), start, end: start + count * minute });
}

/** Bars that cost nothing to make: what is measured is the reading. */
async function fill(folder: string, count: number): Promise<void> {
  const store = await BarStore.open({ folder });
  const bars: Bars = createBars(count);
  for (let i = 0; i < count; i++) {
    const price = 100 + (i % 1000) / 10;
    bars.time[i] = start + i * minute;
    bars.open[i] = price;
    bars.high[i] = price + 1;
    bars.low[i] = price - 1;
    bars.close[i] = price + 0.5;
    bars.volume[i] = i % 100;
  }
  await store.write(series, { start, end: start + count * minute, source: 'bench' }, bars);
  store.close();
  tell({ done: true });
}

async function load(folder: string, count: number): Promise<void> {
  const feed = (from: number, bars: number): CcxtDataFeed =>
    new CcxtDataFeed({
      exchange: 'binance', symbol: series.symbol, timeframe: '1m', folder,
      start: start + from * minute, end: start + (from + bars) * minute,
    }); // prettier-ignore
  // The libraries are loaded once per program; the bars are what is measured.
  await feed(0, 2_000).load({ runtime: systemRuntime });
  const started = performance.now();
  const bars = await feed(0, count).load({ runtime: systemRuntime });
  const loadMs = performance.now() - started;
  const rssMb = process.memoryUsage().rss / 1e6;
  const hits: number[] = [];
  for (let i = 0; i < 21; i++) {
    const before = performance.now();
    await feed(1000 + i * 7919, 2_000).load({ runtime: systemRuntime });
    hits.push(performance.now() - before);
  }
  hits.sort((a, b) => a - b);
  tell({ bars: bars.time.length, loadMs, rssMb, hitMs: hits[10] });
}
