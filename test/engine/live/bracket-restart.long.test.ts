/** Sandbox sessions on OKX and Bybit through real ccxt: a bracket whose stop rests at the exchange, which executes it after a restart. */
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import type { Data } from '../../../src/lines/index.ts';
import { balanceText, BarMarket, FastRuntime, okxPassphrase, openLocalExchange } from '../../../src/venue/index.ts';
import { ownFolder, sawtooth } from '../../session-setup.ts';

const speed = 60;
const symbol = 'BTC/USDT';
const start = Date.UTC(2024, 0, 1);
/** The bar from which on the price is 2,000 lower: it falls through the stop. */
const fall = 40;

const folder = ownFolder('bracket');

/** Enters with a bracket at its second live bar. */
class Enters extends Strategy<typeof Enters.params> {
  static readonly params = { enters: true };
  readonly said: string[] = [];
  #bars = 0;
  #isLive = false;

  override notifyData(_data: Data, state: string): void {
    this.#isLive = state === 'live';
  }

  override notifyStore(text: string): void {
    this.said.push(text);
  }

  override next(): void {
    if (!this.params.enters || !this.#isLive || ++this.#bars !== 2) return;
    this.buyBracket({ size: 0.5, type: 'market', stopLoss: 19_000, takeProfit: 23_000 });
  }
}

it.each(['okx', 'bybit'])('%s', async (id) => {
  const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);
  const instrument = { symbol, base: 'BTC', quote: 'USDT', priceDecimals: 0, sizeDecimals: 5 };
  const keys = { apiKey: 'key', secret: 'secret' };
  const market = new BarMarket(runtime, {
    accounts: [{ ...keys, balances: { USDT: 50_000 } }],
    spread: 1, tradesPerBar: 20, series: [{ instrument, bars: sawtooth(start, 200, (bar) => (bar < fall ? 20_000 : 18_000), { step: 100, reach: 50 }), timeframe: '1m' }],
  }); // prettier-ignore
  const venue = await openLocalExchange({ runtime, market, checksTime: false });
  const run = (enters: boolean): Promise<RunResult> => {
    const feed = new StreamingFeed({ exchange: id, symbol, timeframe: '1m', history: 0, connection: { url: venue.url } });
    const account = { exchange: id, url: venue.url, ...keys, password: okxPassphrase, rateLimitMs: 0 };
    const gateway = new CcxtGateway(account, systemRuntime, () => runtime.now());
    const cerebro = new Cerebro({ cash: 50_000, runtime }).addData(feed).addStrategy(Enters, { enters });
    return cerebro.run({
      mode: 'sandbox', gateway, accountPatienceMs: 60_000 * speed, settleMs: 30_000 * speed, intents: join(folder, `${id}.db`), session: id,
      earlierOrders: 'keep', maxSteps: enters ? 14 : 35, clockMs: 100,
    });
  }; // prettier-ignore
  const account = market.exchange.account('account 1');
  const orders = () => account.orders.map(({ type, side, stopPrice, status }) => [type, side, stopPrice, status]);

  const first = await run(true);
  const { position, said } = first.strategies[0]!.strategy as unknown as Pick<Enters, 'position' | 'said'>;
  expect(position.size).toBeCloseTo(0.4995, 8);
  // The stop rests at the exchange; the target waits in the session, which says so.
  expect(orders()).toEqual([
    ['MARKET', 'buy', undefined, 'FILLED'],
    ['STOP_LOSS', 'sell', 19_000, 'NEW'],
  ]);
  expect(said.join('\n')).toMatch(/order \d+, and others whose units another exit at the exchange offers, wait in this session until their price is reached/); // prettier-ignore

  const second = await run(false);
  expect(second.session).toMatchObject({ isRecovered: true });
  expect(orders()).toEqual([
    ['MARKET', 'buy', undefined, 'FILLED'],
    ['STOP_LOSS', 'sell', 19_000, 'FILLED'],
  ]);
  expect(second.strategies[0]!.strategy.position.size).toBe(0);
  const { free, locked } = account.holding('USDT');
  expect(second.finalCash).toBeCloseTo(Number(balanceText(free + locked)), 6);
  await venue.close();
});
