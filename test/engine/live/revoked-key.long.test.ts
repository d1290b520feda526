/** Sandbox sessions whose key is revoked in the middle, at OKX, Bybit and Hyperliquid through real ccxt: each ends with one sentence. */
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { BarMarket, FastRuntime, hyperliquidWallet, okxPassphrase, openLocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { ownFolder, sawtooth } from '../../session-setup.ts';

const speed = 60;
const start = Date.UTC(2024, 0, 1);
const keys = { apiKey: 'key', secret: 'secret' };

const folder = ownFolder('revoked');

/** Places an order far below the price with each bar, and says when the first was taken. */
class Rests extends Strategy<typeof Rests.params> {
  static readonly params = { taken: (): void => undefined };

  override notifyOrder(order: { readonly status: string }): void {
    if (order.status === 'accepted') this.params.taken();
  }

  override next(): void {
    this.buy({ type: 'limit', price: 15_000, size: 0.01 });
  }
}

it.each([
  ['okx', 'BTC/USDT', /API key doesn't exist|Invalid apiKey/],
  ['bybit', 'BTC/USDT', /API key is invalid/],
  ['hyperliquid', 'BTC/USDC:USDC', /User or API Wallet \*\*\* does not exist/],
])('%s', async (id, symbol, words) => {
  const runtime = new FastRuntime(systemRuntime, speed, start - 5_000);
  const isContract = symbol.includes(':');
  const quote = isContract ? 'USDC' : 'USDT';
  const instrument = { symbol, base: 'BTC', quote, ...(isContract && { settle: quote }), priceDecimals: 0, sizeDecimals: 5 };
  const market = new BarMarket(runtime, {
    accounts: [{ ...keys, balances: { [quote]: 50_000 } }],
    spread: 1, tradesPerBar: 20, series: [{ instrument, bars: sawtooth(start, 300, () => 20_000, { step: 100, reach: 50 }), timeframe: '1m' }], ...(isContract && { contracts: {} }),
  });
  const venue = await openLocalExchange({ runtime, market, checksTime: false });
  const { walletAddress, privateKey } = hyperliquidWallet(keys.apiKey, keys.secret);
  const key = isContract ? { apiKey: walletAddress, secret: privateKey } : { ...keys, password: okxPassphrase };
  const feed = new StreamingFeed({ exchange: id, symbol, timeframe: '1m', history: 0, connection: { url: venue.url } });
  const account = { exchange: id, url: venue.url, ...key, rateLimitMs: 0 };
  let wasTaken = false;
  const taken = (): void => {
    if (!wasTaken) venue.revokeKey(keys.apiKey);
    wasTaken = true;
  };
  const cerebro = new Cerebro(
    isContract ? { accounts: { [id]: { cash: { USDC: 50_000 }, leverage: 5 } }, runtime } : { cash: 50_000, runtime },
  );
  cerebro.addData(feed).addStrategy(Rests, { taken });
  const running = cerebro.run({
    mode: 'sandbox', accountPatienceMs: 60_000 * speed, settleMs: 5_000 * speed, intents: join(folder, `${id}.db`), session: id, maxSteps: 120, clockMs: 100,
    ...(isContract ? { accounts: { [id]: { ...key, rateLimitMs: 0, url: venue.url } } } : { gateway: new CcxtGateway(account, systemRuntime, () => runtime.now()) }),
  });
  await expect(running).rejects.toMatchObject({ code: 'key-refused', message: expect.stringMatching(words) as string });
  expect(wasTaken).toBe(true);
  await venue.close();
}); // prettier-ignore
