/** Sandbox sessions with `--dead-man` that are killed: the exchange cancels their orders, which it left alone for as long as they ran. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { BarMarket, FastRuntime, okxPassphrase, openLocalExchange, type LocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { ownFolder, seriesAround, thisMinute } from '../../session-setup.ts';
import { nextbar, started } from '../nextbar.ts';

const speed = 5;
const keys = { apiKey: 'key', secret: 'secret' };
const strategy = `
import { Strategy } from 'nextbar';
export default class Rests extends Strategy {
  next() {
    if (this.openOrders.length === 0) this.buy({ type: 'limit', price: Math.round(this.data.close.now * 0.8), size: 1 });
  }
}
`;

const folder = ownFolder('dead-man');
let exchange: LocalExchange;
let market: BarMarket;
let futures: BarMarket;
beforeAll(async () => {
  writeFileSync(join(folder, 'rests.mjs'), strategy);
  writeFileSync(join(folder, 'plan.yaml'), 'account: { cash: { USDT: 100000 }, leverage: 2, margin: cross }\n');
  const series = seriesAround(thisMinute(), { seed: 3, before: 60, count: 600 });
  const accounts = [{ ...keys, balances: { USDT: '1000000' } }];
  const runtime = new FastRuntime(systemRuntime, speed, systemRuntime.now());
  market = new BarMarket(runtime, { accounts, series: [series], tradesPerBar: 60 });
  const contract = { ...series.instrument, symbol: 'BTC/USDT:USDT', settle: 'USDT' };
  futures = new BarMarket(runtime, {
    accounts, contracts: {}, series: [{ ...series, instrument: contract }], tradesPerBar: 60,
  });
  exchange = await openLocalExchange({ runtime, market, futures, checksTime: false });
}); // prettier-ignore
afterAll(async () => {
  await exchange.close();
});

const env = (id: string): Record<string, string> => {
  const prefix = `${id.toUpperCase()}_SANDBOX_`;
  return {
    NEXTBAR_NO_HINTS: '1',
    [`${prefix}API_KEY`]: keys.apiKey,
    [`${prefix}SECRET`]: keys.secret,
    [`${prefix}PASSWORD`]: okxPassphrase,
  };
};
const line = (id: string, symbol: string, span: string): string[] => [
  'trade', '--sandbox', 'rests.mjs', '--exchange', id, '--symbol', symbol, '--timeframe', '15s', '--history', '0', '--url', exchange.url,
  '--speed', String(speed), '--session', `${id}-${symbol.includes(':') ? 'swap' : 'spot'}-${span}`, '--dead-man', span, '--json',
  ...(symbol.includes(':') ? ['--plan', 'plan.yaml'] : ['--cash', '100000']),
]; // prettier-ignore

it.each([
  ['binanceusdm', 'BTC/USDT:USDT'],
  ['okx', 'BTC/USDT'],
  ['bybit', 'BTC/USDT:USDT'],
])('%s, %s', async (id, symbol) => {
  const account = (symbol.includes(':') ? futures : market).exchange.account('account 1');
  const before = account.orders.length;
  const running = started(line(id, symbol, '10s'), folder, env(id));
  const isOver = (): boolean => running.child.exitCode !== null;
  try {
    while (account.orders.length === before && !isOver()) await systemRuntime.sleep(50);
    const order = account.orders.at(-1)!;
    // Longer than the time of the switch: it was set again meanwhile.
    await systemRuntime.sleep(12_000);
    expect([order.status, isOver(), running.said.stderr]).toEqual(['NEW', false, '']);
    running.child.kill('SIGKILL');
    while ((order.status as string) === 'NEW') await systemRuntime.sleep(50);
    expect(order.status).toBe('CANCELED');
  } finally {
    running.child.kill('SIGKILL');
  }
});

it.each([
  ['binance', 'BTC/USDT', '60s', 'binance has no dead-man switch for BTC/USDT: leave out deadManMs (--dead-man)'],
  ['okx', 'BTC/USDT', '60s', 'deadManMs (--dead-man) must be from 10 to 120 s on okx, was 300 s'],
])('%s refuses a switch that it does not have', async (id, symbol, span, words) => {
  const { code, stderr } = await nextbar(line(id, symbol, span), folder, env(id));
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});
