/** The account's stream of contracts through real ccxt: an order on the local exchange is heard of, not only asked for. */
import { afterAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from 'nextbar/ccxt';
import { generateBars } from 'nextbar';
import { systemRuntime } from 'nextbar/extend';
import { BarMarket, gridOf, onGrid, openLocalExchange } from 'nextbar/venue';

const seeded = generateBars({ seed: 3, timeframe: '1m', start: Date.now() - 3_600_000, count: 2_000 });
const grid = gridOf(seeded);
const { bars } = onGrid(seeded, grid);
const instrument = { symbol: 'BTC/USDT:USDT', base: 'BTC', quote: 'USDT', settle: 'USDT', ...grid };
const accounts = [{ apiKey: 'key', secret: 'secret', balances: { USDT: 50_000 } }];
const market = new BarMarket(systemRuntime, {
  accounts, contracts: {}, series: [{ instrument, bars, timeframe: '1m' }],
}); // prettier-ignore
const exchange = await openLocalExchange({ market });
const gateway = new CcxtGateway({ exchange: 'binanceusdm', url: exchange.url, apiKey: 'key', secret: 'secret' });
afterAll(async () => {
  await gateway.close();
  await exchange.close();
});

describe('the stream of an account with contracts', () => {
  it('tells of an order, its fill and the balance', async () => {
    const heard: string[] = [];
    await gateway.open((event) => heard.push(event.type === 'status' ? event.state : event.type));
    expect(heard).toEqual(['live']);
    const order = { clientId: 'nbheard', symbol: 'BTC/USDT:USDT', side: 'buy', type: 'market', size: '0.1' } as const;
    expect(await gateway.send(order)).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => heard, { timeout: 60_000 }).toEqual(expect.arrayContaining(['order', 'fill', 'balance']));
    expect(heard.filter((what) => what === 'down' || what === 'resyncing')).toEqual([]);
  }, 120_000);
});
