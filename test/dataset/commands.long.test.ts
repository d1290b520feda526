/** `nextbar dataset build` over two exchanges of which each lists a part of the symbols, and what schedules refuse. */
import { expect, it, onTestFinished } from 'vitest';

import { barsFromRows, systemRuntime } from '../../src/core/index.ts';
import type { AssetStatus, BuildSummary } from '../../src/dataset/index.ts';
import { BarMarket, openLocalExchange, StillRuntime } from '../../src/venue/index.ts';
import { call } from '../cli/call.ts';
import { temporaryFolder } from '../venue/local.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 2, 5);
const hours = barsFromRows(
  Array.from({ length: 60 }, (_, i) => ({ time: start + i * hour, open: 100, high: 101, low: 99, close: 100, volume: 10 })),
); // prettier-ignore

it('skips on each exchange what it does not list, has each hour of open interest once, and refuses a symbol that none lists', async () => {
  const runtime = new StillRuntime(systemRuntime, start + 50 * hour);
  const coin = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 1, sizeDecimals: 3 };
  const marketOf = (symbol: string): BarMarket =>
    new BarMarket(runtime, { ...(symbol.includes(':') && { contracts: {} }), series: [{ instrument: { ...coin, symbol, ...(symbol.includes(':') && { settle: 'USDT' }) }, bars: hours, timeframe: '1h' }] }); // prettier-ignore
  const { url, server } = await openLocalExchange({ runtime, market: marketOf('BTC/USDT'), futures: marketOf('BTC/USDT:USDT'), checksTime: false }); // prettier-ignore
  onTestFinished(() => server.close());
  const [dataset, folder] = [temporaryFolder(), temporaryFolder()];
  const at = ['--dataset', dataset, '--folder', folder, '--url', url, '--rate-limit', '0'];
  const both = ['--exchange', 'binance', '--exchange', 'binanceusdm'];
  const days = ['--start', '2024-03-05', '--end', '2024-03-06'];
  const wrong = await call('dataset', 'build', ...both, '--symbol', 'BTC/USDX', ...days, ...at);
  expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining("binance does not list 'BTC/USDX': did you mean BTC/USDT") as string]); // prettier-ignore
  const symbols = ['--symbol', 'BTC/USDT', '--symbol', 'BTC/USDT:USDT'];
  const built = await call('dataset', 'build', ...both, ...symbols, ...days, ...at, '--asset', 'gold/open_interest', '--json'); // prettier-ignore
  const { failures, rows, waiting } = JSON.parse(built.text) as BuildSummary;
  expect([failures, waiting, rows]).toEqual([[], 0, 3 * 24]);
  const every = await call('dataset', 'run', '--every', '0s', ...at);
  expect([every.code, every.errors]).toEqual([2, "error: --every must be 1s or more, was '0s'\n"]);
});

const minutes = barsFromRows(
  Array.from({ length: 1500 }, (_, i) => ({ time: start + i * 60_000, open: 100, high: 101, low: 99, close: 100, volume: 10 })),
); // prettier-ignore

it('builds when an exchange that was away is back, has a symbol that is named later, and refuses the second of two builds at once', async () => {
  const runtime = new StillRuntime(systemRuntime, start + 50 * hour);
  const coin = (base: string) => ({ symbol: `${base}/USDT`, base, quote: 'USDT', priceDecimals: 1, sizeDecimals: 3 });
  const market = new BarMarket(runtime, { series: ['BTC', 'ETH'].map((base) => ({ instrument: coin(base), bars: minutes, timeframe: '1m' })) }); // prettier-ignore
  const first = await openLocalExchange({ runtime, market, checksTime: false });
  const { url } = first;
  await first.server.close();
  const [dataset, folder] = [temporaryFolder(), temporaryFolder()];
  const at = ['--dataset', dataset, '--folder', folder, '--url', url, '--rate-limit', '0'];
  const days = ['--start', '2024-03-05', '--end', '2024-03-06', '--asset', 'gold/bars_1d'];
  const running = call('dataset', 'run', '--every', '1s', '--for', '8s', '--exchange', 'binance', '--symbol', 'BTC/USDT', ...days, ...at); // prettier-ignore
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { server } = await openLocalExchange({ runtime, market, checksTime: false, port: Number(new URL(url).port) });
  onTestFinished(() => server.close());
  const { code, text } = await running;
  expect([code, text]).toEqual([0, expect.stringMatching(/built {4}gold\/bars_1d exchange=binance\/month=2024-03 {2}1 row\n/)]); // prettier-ignore
  const added = await call('dataset', 'build', '--symbol', 'ETH/USDT', '--symbol', 'BTC/USDT:USDT', ...days, ...at);
  expect([added.code, added.errors]).toEqual([2, expect.stringContaining("does not list 'BTC/USDT:USDT'") as string]);
  const both = await Promise.all([1, 2].map(() => call('dataset', 'build', '--symbol', 'ETH/USDT', ...days, ...at)));
  expect(both.map((one) => one.code).sort()).toEqual([0, 2]);
  expect(both.map((one) => one.errors).join('')).toMatch(/is being built by process \d+/);
  const status = await call('dataset', 'status', '--dataset', dataset, '--json');
  const found = JSON.parse(status.text) as AssetStatus[];
  expect(found.find(({ asset }) => asset === 'gold/bars_1d')).toMatchObject({ rows: 2, failed: 0 });
  const { text: shown } = await call('dataset', 'status', '--dataset', dataset);
  expect(shown).toMatch(/gold\/bars_1d +1 +2 +\d+ kB +2024-03 +\d/);
});
