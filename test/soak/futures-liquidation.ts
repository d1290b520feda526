/** A sandbox session whose perpetual is liquidated by the local exchange through real ccxt: the session books the exchange's loss and fee, to the digit. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createBars, systemRuntime } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { StreamingFeed } from '../../src/feeds/index.ts';
import { balanceText, BarMarket, FastRuntime, openLocalExchange } from '../../src/venue/index.ts';

const minute = 60_000;
const start = Date.UTC(2024, 0, 1, 7, 50);
const [steps, speed] = [14, 40];
const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);

/** A price that stands, then falls by 3 a minute. */
const bars = createBars(steps + 60);
for (let i = 0; i < bars.time.length; i++) {
  const [open, close] = [i, i + 1].map((k) => 100 - 3 * Math.min(4, Math.max(0, k - 8)));
  bars.time[i] = start + i * minute;
  bars.open[i] = open!;
  bars.close[i] = close!;
  bars.high[i] = Math.max(open!, close!) + 0.5;
  bars.low[i] = Math.min(open!, close!) - 0.5;
  bars.volume[i] = 1_000;
}
const symbol = 'BTC/USDT:USDT';
const perp = new BarMarket(runtime, {
  accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDT: 10_000 } }],
  spread: 1, tradesPerBar: 20, makerFee: 0.0002, takerFee: 0.0005, contracts: {},
  series: [{ instrument: { symbol, base: 'BTC', quote: 'USDT', settle: 'USDT', priceDecimals: 1, sizeDecimals: 3 }, bars, timeframe: '1m' }],
}); // prettier-ignore
const exchange = await openLocalExchange({ runtime, market: perp, checksTime: false });

class Held extends Strategy {
  override next(): void {
    if (this.data.length === 2) this.buy({ size: 10 });
    if (this.data.length === 3) this.sell({ type: 'limit', price: 130, size: 10, reduceOnly: true });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'futures-liquidation-'));
const { url } = exchange;
const cerebro = new Cerebro({
  account: { cash: { USDT: 10_000 }, leverage: 20, margin: 'isolated' },
  runtime,
});
cerebro.addData(
  new StreamingFeed({ exchange: 'binanceusdm', symbol, timeframe: '1m', history: 0, connection: { url } }),
  'perp',
);
const result = await cerebro.addStrategy(Held).run({
  mode: 'sandbox', maxSteps: steps, clockMs: 100, accountPatienceMs: 3_600_000 * speed, settleMs: 60_000 * speed,
  account: { url, apiKey: 'key', secret: 'secret', rateLimitMs: 0 }, intents: join(folder, 'intents.db'), session: 'held',
}); // prettier-ignore
await exchange.close();
rmSync(folder, { recursive: true });

const [account] = [...perp.exchange.accounts];
const { free, locked } = account!.holding('USDT');
const [theirs, ours] = [balanceText(free + locked), result.account!.accounts[0]!.wallet['USDT']!];
console.log(`the exchange holds ${theirs} USDT, the session books ${ours}`);
const { liquidations } = result.account!;
for (const { side, size, price, loss, fee } of liquidations)
  console.log(`liquidated: ${side} ${size} at ${price}, loss ${loss}, fee ${fee}`);
const { orders, trades } = result.strategies[0]!;
console.log(
  orders
    .map(({ side, type, status, reason }) => `${side} ${type} ${status}${reason === undefined ? '' : ` (${reason})`}`)
    .join(', '),
);
const failures: string[] = [];
if (Number(theirs) !== Number(ours)) failures.push(`the wallets differ: ${theirs} and ${ours}`);
if (liquidations.length !== 1) failures.push(`${liquidations.length} liquidations were booked`);
if (trades.at(-1)?.exit !== 'liquidation') failures.push(`the trade ended with ${trades.at(-1)?.exit}`);
if (orders.some(({ isAlive }) => isAlive)) failures.push('an order survived the liquidation');
for (const text of failures) console.log(`FAILED: ${text}`);
process.exit(failures.length === 0 ? 0 : 1);
