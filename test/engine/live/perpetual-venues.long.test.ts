/** Sandbox sessions of perpetuals through real ccxt on the faces of several exchanges: they fill, amend and cancel, stop with a position and open orders, and go on with them. */
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import type { Data } from '../../../src/lines/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { balanceText, BarMarket, FastRuntime, hyperliquidWallet, okxPassphrase, openLocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { minute, ownFolder, sawtooth } from '../../session-setup.ts';

const speed = 60;
const start = Date.UTC(2024, 0, 1, 0, 44);

const folder = ownFolder('perpetual-venues');

/** Buys at once, rests an order far below, amends it, cancels another one, and protects its position by a stop. */
class Opens extends Strategy<typeof Opens.params> {
  static readonly params = { opens: true, unit: 1 };
  mostVolume = 0;
  #bars = 0;
  #isLive = false;
  #resting: ReturnType<Strategy['buy']>;
  #canceled: ReturnType<Strategy['buy']>;

  override notifyData(_data: Data, state: string): void {
    this.#isLive = state === 'live';
  }

  override next(): void {
    this.mostVolume = Math.max(this.mostVolume, this.data.volume.now);
    const { opens, unit } = this.params;
    if (!opens || !this.#isLive) return;
    this.#bars++;
    if (this.#bars === 2) {
      this.buy({ size: 0.5 * unit });
      this.#resting = this.buy({ size: 0.1 * unit, type: 'limit', price: 15_000 });
      this.#canceled = this.buy({ size: 0.2 * unit, type: 'limit', price: 14_000 });
    }
    if (this.#bars === 5) {
      this.amend(this.#resting!, { price: 16_000 });
      this.cancel(this.#canceled!);
      // The price has passed it within a minute: a part of the position is sold.
      this.sell({ size: 0.1 * unit, type: 'stop', price: this.data.close.now - 10 });
    }
  }
}

/** Paid while the first session runs, and while the second does. */
const funding = [
  { time: start + 8 * minute, rate: 0.0002 },
  { time: start + 16 * minute, rate: -0.0001 },
];

/** By exchange: its contract, how many of its units are one of the base, and the keys of the account. */
const venues = {
  hyperliquid: { symbol: 'BTC/USDC:USDC', unit: 1, margin: 'cross' },
  okx: { symbol: 'BTC/USDT:USDT', unit: 100, margin: 'isolated' },
  bybit: { symbol: 'BTC/USDT:USDT', unit: 1, margin: 'isolated' },
} as const;

it.each(Object.keys(venues) as (keyof typeof venues)[])('goes on with position and open order after a restart: %s', async (id) => {
  const { symbol, unit, margin } = venues[id];
  const [quote] = symbol.split(':').slice(1) as [string];
  const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);
  const { walletAddress, privateKey } = hyperliquidWallet('key', 'secret');
  const keys = id === 'hyperliquid' ? { apiKey: walletAddress, secret: privateKey } : { apiKey: 'key', secret: 'secret', password: okxPassphrase };
  const instrument = { symbol, base: 'BTC', quote, settle: quote, priceDecimals: 0, sizeDecimals: 5 };
  const market = new BarMarket(runtime, {
    accounts: [{ apiKey: 'key', secret: 'secret', balances: { [quote]: 50_000 } }],
    spread: 1, tradesPerBar: 20, contracts: { funding: { [symbol]: funding } }, series: [{ instrument, bars: sawtooth(start, 120, () => 20_000, { step: 100, reach: 50 }), timeframe: '1m' }],
  });
  const venue = await openLocalExchange({ runtime, market, checksTime: false });
  const run = (opens: boolean): Promise<RunResult> => {
    const feed = new StreamingFeed({ exchange: id, symbol, timeframe: '1m', history: 0, connection: { url: venue.url } });
    const cerebro = new Cerebro({ accounts: { [id]: { cash: { [quote]: 50_000 }, leverage: 5, margin } }, runtime });
    cerebro.addData(feed).addStrategy(Opens, { opens, unit });
    return cerebro.run({
      mode: 'sandbox', accountPatienceMs: 60_000 * speed, settleMs: 30_000 * speed, intents: join(folder, `${id}.db`), session: id,
      accounts: { [id]: { ...keys, rateLimitMs: 0, url: venue.url } }, maxSteps: opens ? 13 : 7, clockMs: 100,
    });
  };
  const first = await run(true);

  const account = market.exchange.account('account 1');
  const ledger = market.exchange.contracts!;
  const held = (): number => (ledger.of(account).position(symbol, 'BOTH').lots / 1e5) * unit;
  expect(first.strategies[0]!.strategy.position.size).toBe(0.4 * unit);
  expect(held()).toBe(0.4 * unit);
  expect(ledger.of(account).settings(symbol)).toEqual({ leverage: 5, isIsolated: margin === 'isolated' });
  // An exchange that says when funding is due is asked then, Hyperliquid, which pays by the hour, with the next whole hour.
  const inTime = id === 'hyperliquid' ? [] : [funding[0]!.time];
  expect(first.account!.funding.map(({ time }) => time)).toEqual(inTime);
  // Bars count units of the base, whatever trades count.
  expect((first.strategies[0]!.strategy as unknown as { mostVolume: number }).mostVolume).toBeLessThan(2_000);
  const statuses = account.orders.map(({ price, status }) => [price, status]);
  expect(statuses).toContainEqual([14_000, 'CANCELED']);
  const second = await run(false);
  expect(second.session).toMatchObject({ isRecovered: true });
  expect(second.strategies[0]!.strategy.position.size).toBe(held());
  const { free, locked } = account.holding(quote);
  expect(ledger.of(account).incomes.filter(({ type }) => type === 'FUNDING_FEE')).toHaveLength(2);
  expect(Number(second.account!.accounts[0]!.wallet[quote])).toBeCloseTo(Number(balanceText(free + locked)), 6);
  // What the account is worth is the session's to the cent: sizes are multiplied by the contract's own size.
  const worth = free + locked + [...ledger.of(account).positions].reduce((sum, one) => sum + ledger.margins.unrealised(one), 0n);
  expect(Math.abs(second.finalValue / Number(balanceText(worth)) - 1)).toBeLessThan(0.01);
  await venue.close();
}); // prettier-ignore
