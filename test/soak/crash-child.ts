/** One download in a process of its own, to be killed. */
import { CcxtDataFeed } from 'nextbar';
import { systemRuntime } from 'nextbar/extend';

const [folder, url, start, end] = process.argv.slice(2) as [string, string, string, string];
await new CcxtDataFeed({
  exchange: 'binance',
  symbol: 'BTC/USDT',
  timeframe: '1m',
  start: Number(start),
  end: Number(end),
  folder,
  connection: { url, rateLimitMs: 0 },
}).load({ runtime: systemRuntime });
