/** A sandbox session on Hyperliquid through real ccxt: it fills, amends and cancels, stops with a position and an open order, and goes on with both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createBars, systemRuntime, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import type { Data } from '../../../src/lines/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { balanceText, BarMarket, FastRuntime, hyperliquidWallet, openLocalExchange } from '../../../src/venue/index.ts';

const minute = 60_000;
const speed = 60;
const symbol = 'BTC/USDC:USDC';
const start = Date.UTC(2024, 0, 1);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperliquid-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A minute each, up and down between 20,000 and 20,400. */
function barsOf(count: number): Bars {
  const bars = createBars(count);
  for (let i = 0; i < count; i++) {
    const [open, close] = [20_000 + 100 * (i % 5), 20_000 + 100 * ((i + 1) % 5)];
    bars.time[i] = start + i * minute;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) + 50;
    bars.low[i] = Math.min(open, close) - 50;
    bars.volume[i] = 1_000;
  }
  return bars;
}

/** Buys at once, rests an order far below, amends it, and cancels another one. */
class Opens extends Strategy<typeof Opens.params> {
  static readonly params = { opens: true };
  #bars = 0;
  #isLive = false;
  #resting: ReturnType<Strategy['buy']>;
  #canceled: ReturnType<Strategy['buy']>;

  override notifyData(_data: Data, state: string): void {
    this.#isLive = state === 'live';
  }

  override next(): void {
    if (!this.params.opens || !this.#isLive) return;
    this.#bars++;
    if (this.#bars === 2) {
      this.buy({ size: 0.5 });
      this.#resting = this.buy({ size: 0.1, type: 'limit', price: 15_000 });
      this.#canceled = this.buy({ size: 0.2, type: 'limit', price: 14_000 });
    }
    if (this.#bars === 5) {
      this.amend(this.#resting!, { price: 16_000 });
      this.cancel(this.#canceled!);
    }
  }
}

it('goes on with position and open order after a restart', async () => {
  const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);
  const { walletAddress, privateKey } = hyperliquidWallet('key', 'secret');
  const instrument = { symbol, base: 'BTC', quote: 'USDC', settle: 'USDC', priceDecimals: 0, sizeDecimals: 5 };
  const market = new BarMarket(runtime, {
    accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDC: 50_000 } }],
    spread: 1, tradesPerBar: 20, contracts: {}, series: [{ instrument, bars: barsOf(120), timeframe: '1m' }],
  }); // prettier-ignore
  const venue = await openLocalExchange({ runtime, market, checksTime: false });
  const run = (opens: boolean): Promise<RunResult> => {
    const feed = new StreamingFeed({ exchange: 'hyperliquid', symbol, timeframe: '1m', history: 0, connection: { url: venue.url } });
    const cerebro = new Cerebro({ accounts: { hyperliquid: { cash: { USDC: 50_000 }, leverage: 5 } }, runtime });
    cerebro.addData(feed).addStrategy(Opens, { opens });
    return cerebro.run({
      mode: 'sandbox', accountPatienceMs: 60_000 * speed, settleMs: 30_000 * speed, intents: join(folder, 'intents.db'), session: 'one',
      accounts: { hyperliquid: { apiKey: walletAddress, secret: privateKey, rateLimitMs: 0, url: venue.url } }, maxSteps: opens ? 14 : 4, clockMs: 100,
    });
  }; // prettier-ignore
  const first = await run(true);

  const account = market.exchange.account('account 1');
  const held = (): number => market.exchange.contracts!.of(account).position(symbol, 'BOTH').lots / 1e5;
  expect(first.strategies[0]!.strategy.position.size).toBe(0.5);
  expect(held()).toBe(0.5);
  const statuses = account.orders.map(({ price, status }) => [price, status]);
  expect(statuses).toContainEqual([14_000, 'CANCELED']);
  const second = await run(false);
  expect(second.session).toMatchObject({ isRecovered: true });
  expect(second.strategies[0]!.strategy.position.size).toBe(held());
  const { free, locked } = account.holding('USDC');
  expect(Number(second.account!.accounts[0]!.wallet['USDC'])).toBeCloseTo(Number(balanceText(free + locked)), 6);
  await venue.close();
}, 240_000);
