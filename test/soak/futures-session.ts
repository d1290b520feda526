/** A sandbox session on spot and contracts of the local exchange through real ccxt: what it books is what the exchange's wallets hold. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createBars, systemRuntime } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { StreamingFeed } from '../../src/feeds/index.ts';
import {
  balanceText,
  BarMarket,
  FastRuntime,
  openLocalExchange,
  type MarketInstrument,
} from '../../src/venue/index.ts';

const minute = 60_000;
const start = Date.UTC(2024, 0, 1, 7, 50);
const [steps, speed] = [Number(process.argv[2] ?? 18), Number(process.argv[3] ?? 40)];
const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);

const bars = createBars(steps + 60);
for (let i = 0; i < bars.time.length; i++) {
  const [open, close] = [100 + (i % 5), 100 + ((i + 1) % 5)];
  bars.time[i] = start + i * minute;
  bars.open[i] = open;
  bars.close[i] = close;
  bars.high[i] = Math.max(open, close) + 1;
  bars.low[i] = Math.min(open, close) - 1;
  bars.volume[i] = 1_000;
}
const spotCoin: MarketInstrument = {
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  priceDecimals: 1,
  sizeDecimals: 3,
};
const contract: MarketInstrument = { ...spotCoin, symbol: 'BTC/USDT:USDT', settle: 'USDT' };
const common = {
  accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDT: 50_000 } }],
  spread: 1,
  tradesPerBar: 20,
};
const spot = new BarMarket(runtime, { ...common, series: [{ instrument: spotCoin, bars, timeframe: '1m' }] });
const perp = new BarMarket(runtime, {
  ...common, makerFee: 0.0002, takerFee: 0.0005, contracts: { fundingEveryMs: 10 * minute },
  series: [{ instrument: contract, bars, timeframe: '1m' }],
}); // prettier-ignore
const exchange = await openLocalExchange({ runtime, market: spot, futures: perp, checksTime: false });

class Both extends Strategy {
  readonly spot = this.getData('spot');
  readonly perp = this.getData('perp');

  override next(): void {
    const k = this.perp.length % 18;
    if (k === 4) {
      this.buy({ data: this.spot, size: 1 });
      this.sell({ data: this.perp, size: 1 });
    }
    if (k === 5) {
      this.sell({ data: this.perp, type: 'limit', price: 130, size: 1 });
      this.buy({ data: this.perp, type: 'stop', price: 107, size: 1, reduceOnly: true });
    }
    if (k === 7) for (const order of this.openOrders) this.amend(order, { price: order.type === 'limit' ? 131 : 103 });
    if (k === 14) {
      for (const order of this.openOrders) this.cancel(order);
      this.close({ data: this.perp });
      this.close({ data: this.spot });
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'futures-session-'));
const { url } = exchange;
const connection = { url, apiKey: 'key', secret: 'secret', rateLimitMs: 0 };
const feed = (id: string, symbol: string): StreamingFeed =>
  new StreamingFeed({ exchange: id, symbol, timeframe: '1m', history: 0, connection: { url } });
const cerebro = new Cerebro({
  accounts: {
    binance: { cash: { USDT: 50_000 } },
    binanceusdm: { cash: { USDT: 50_000 }, leverage: 5, margin: 'isolated' },
  },
  runtime,
});
cerebro.addData(feed('binance', 'BTC/USDT'), 'spot').addData(feed('binanceusdm', 'BTC/USDT:USDT'), 'perp');
const result = await cerebro.addStrategy(Both).run({
  mode: 'sandbox', maxSteps: steps, clockMs: 100, accountPatienceMs: 3_600_000 * speed, settleMs: 60_000 * speed,
  accounts: { binance: connection, binanceusdm: connection }, intents: join(folder, 'intents.db'), session: 'both',
}); // prettier-ignore
await exchange.close();
rmSync(folder, { recursive: true });

const failures: string[] = [];
for (const [k, market] of [spot, perp].entries()) {
  const account = [...market.exchange.accounts][0]!;
  const { free, locked } = account.holding('USDT');
  const [theirs, ours] = [balanceText(free + locked), result.account!.accounts[k]!.wallet['USDT']!];
  console.log(`${k === 0 ? 'spot' : 'contracts'}: the exchange holds ${theirs} USDT, the session books ${ours}`);
  if (Number(theirs) !== Number(ours)) failures.push(`the wallets differ: ${theirs} and ${ours}`);
}
const orders = result.strategies[0]!.orders;
const done = orders.filter(({ status }) => status === 'completed').length;
console.log(`${orders.length} orders, ${done} completed; ${result.account!.funding.length} payments of funding`);
if (done < 4 || result.account!.funding.length === 0) failures.push('too little happened');
for (const text of failures) console.log(`FAILED: ${text}`);
process.exit(failures.length === 0 ? 0 : 1);
