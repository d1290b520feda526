/** One session over two exchanges: on paper, and in a sandbox through real ccxt, with balances and orders of their own. */
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import {
  balanceText,
  BarMarket,
  FastRuntime,
  openLocalExchange,
  type LocalExchange,
} from '../../../src/venue/index.ts';
import { ownFolder, sawtooth } from '../../session-setup.ts';

const speed = 60;
const symbol = 'BTC/USDT';
const start = Date.UTC(2024, 0, 1);

const folder = ownFolder('two-venues');

/** Buys where it is cheap, sells where it is dear, and turns both round. */
class Arbitrage extends Strategy {
  readonly cheap = this.getData('cheap');
  readonly dear = this.getData('dear');
  #steps = 0;

  override next(): void {
    if (this.cheap.length !== this.dear.length) return;
    this.#steps++;
    const isEntry = this.#steps % 4 === 2;
    if (!isEntry && this.#steps % 4 !== 0) return;
    if (isEntry) {
      this.buy({ data: this.cheap, size: 1 });
      this.buy({ data: this.dear, size: 2 });
    } else {
      this.close({ data: this.cheap });
      this.close({ data: this.dear });
    }
  }
}

interface Venue {
  readonly market: BarMarket;
  readonly exchange: LocalExchange;
}

async function venue(runtime: FastRuntime, shift: number): Promise<Venue> {
  const instrument = { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 1, sizeDecimals: 3 };
  const market = new BarMarket(runtime, {
    accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDT: 5_000 } }],
    spread: 1, tradesPerBar: 20, feeIn: 'quote', series: [{ instrument, bars: sawtooth(start, 60, () => 100 + shift, { step: 1, reach: 1 }), timeframe: '1m' }],
  }); // prettier-ignore
  return { market, exchange: await openLocalExchange({ runtime, market, checksTime: false }) };
}

it.each(['paper', 'sandbox'] as const)('trades on two venues, %s', async (mode) => {
  const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);
  const [cheap, dear] = [await venue(runtime, 0), await venue(runtime, 10)];
  const feed = (exchange: string, { exchange: { url } }: Venue): StreamingFeed =>
    new StreamingFeed({ exchange, symbol, timeframe: '1m', history: 0, connection: { url } });
  const account = { cash: { USDT: 5_000 } };
  const cerebro = new Cerebro({ accounts: { okx: account, bybit: account }, runtime });
  cerebro.addData(feed('okx', cheap), 'cheap').addData(feed('bybit', dear), 'dear').addStrategy(Arbitrage);
  const keys = { apiKey: 'key', secret: 'secret', rateLimitMs: 0 };
  const sandbox: LiveRunOptions = {
    mode: 'sandbox', accountPatienceMs: 60_000 * speed, settleMs: 30_000 * speed, intents: join(folder, 'intents.db'), session: 'two',
    accounts: {
      okx: { ...keys, password: 'passphrase', url: cheap.exchange.url }, bybit: { ...keys, url: dear.exchange.url },
    },
  }; // prettier-ignore
  const live: LiveRunOptions = mode === 'sandbox' ? sandbox : { mode };
  const result: RunResult = await cerebro.run({ ...live, maxSteps: 24, clockMs: 100 });
  await cheap.exchange.close();
  await dear.exchange.close();
  const orders = result.strategies[0]!.orders.filter(({ status }) => status === 'completed');
  expect(new Set(orders.map(({ data }) => data.name))).toEqual(new Set(['cheap', 'dear']));
  expect(orders.length).toBeGreaterThanOrEqual(4);
  // Each venue is paid from its own pocket.
  expect(result.account!.accounts.map(({ name }) => name)).toEqual(['okx', 'bybit']);
  for (const [k, { market }] of [cheap, dear].entries()) {
    const booked = Number(result.account!.accounts[k]!.wallet['USDT']);
    expect(booked).not.toBe(5_000);
    if (mode === 'paper') continue;
    const { free, locked } = [...market.exchange.accounts][0]!.holding('USDT');
    expect(booked).toBeCloseTo(Number(balanceText(free + locked)), 8);
  }
});
