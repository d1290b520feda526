/** The dead-man switches of exchanges, through real ccxt on the faces of the local exchange, whose clock stands until the test moves it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/index.ts';
import { createBars, SimulatedRuntime, systemRuntime, type Bars } from '../../../../src/core/index.ts';
import { BarMarket, hyperliquidWallet, okxPassphrase, openLocalExchange, type LocalExchange } from '../../../../src/venue/index.ts'; // prettier-ignore

const minute = 60_000;
const start = Date.UTC(2024, 0, 1);
const keys = { apiKey: 'key', secret: 'secret' };
const accounts = [{ ...keys, balances: { USDT: '100000', USDC: '100000', BTC: '1' } }];

/** The price stays at 100. */
function flatBars(): Bars {
  const bars = createBars(600);
  for (let i = 0; i < bars.time.length; i++) {
    bars.time[i] = start + i * minute;
    bars.open[i] = bars.close[i] = bars.high[i] = bars.low[i] = 100;
    bars.volume[i] = 10;
  }
  return bars;
}

describe('the dead-man switch', () => {
  let runtime: SimulatedRuntime;
  let spot: BarMarket;
  let futures: BarMarket;
  let exchange: LocalExchange;
  beforeAll(async () => {
    runtime = new SimulatedRuntime(1, start + minute);
    const grid = { base: 'BTC', priceDecimals: 1, sizeDecimals: 3 };
    const series = { bars: flatBars(), timeframe: '1m' };
    spot = new BarMarket(runtime, {
      accounts,
      series: [{ ...series, instrument: { symbol: 'BTC/USDT', quote: 'USDT', ...grid } }],
    });
    futures = new BarMarket(runtime, {
      accounts, contracts: {}, series: [
        { ...series, instrument: { symbol: 'BTC/USDT:USDT', quote: 'USDT', settle: 'USDT', ...grid } },
        { ...series, instrument: { symbol: 'BTC/USDC:USDC', quote: 'USDC', settle: 'USDC', ...grid } },
      ],
    }); // prettier-ignore
    exchange = await openLocalExchange({ runtime, market: spot, futures, checksTime: false });
  });
  afterAll(() => exchange.close());

  const gatewayOf = (id: string): CcxtGateway => {
    const { walletAddress, privateKey } = hyperliquidWallet(keys.apiKey, keys.secret);
    const own = id === 'hyperliquid' ? { apiKey: walletAddress, secret: privateKey } : { ...keys, password: okxPassphrase };
    // What it sends has the time of the exchange.
    return new CcxtGateway({ exchange: id, url: exchange.url, ...own, rateLimitMs: 0 }, systemRuntime, () => runtime.now());
  }; // prettier-ignore

  it.each([
    ['binanceusdm', 'BTC/USDT:USDT'],
    ['okx', 'BTC/USDT'],
    ['okx', 'BTC/USDT:USDT'],
    ['bybit', 'BTC/USDT'],
    ['bybit', 'BTC/USDT:USDT'],
  ])('of %s cancels %s once a session that was killed is not heard any more, and leaves it after an orderly end', async (id, symbol) => {
    const { exchange: matching } = symbol.includes(':') ? futures : spot;
    const account = matching.account('account 1');
    const { order } = matching.place(account, { symbol, side: 'buy', type: 'LIMIT', size: 1_000, price: 900 });
    const ended = gatewayOf(id);
    await ended.open(() => {});
    expect(await ended.cancelAllAfter([symbol], 60_000)).toBe(true);
    runtime.advance(40_000);
    expect(await ended.cancelAllAfter([symbol], 60_000)).toBe(true);
    runtime.advance(40_000);
    expect(order.status).toBe('NEW');
    await ended.cancelAllAfter([symbol], 0);
    await ended.close();
    runtime.advance(10 * minute);
    expect(order.status).toBe('NEW');

    const killed = gatewayOf(id);
    await killed.open(() => {});
    await killed.cancelAllAfter([symbol], 60_000);
    const from = runtime.now();
    // A killed process leaves nothing but a socket that closes.
    await killed.close();
    while ((order.status as string) !== 'CANCELED' && runtime.now() < from + 30 * minute) {
      runtime.advance(1_000);
      await systemRuntime.sleep(1);
    }
    expect(order.status).toBe('CANCELED');
    expect(runtime.now() - from).toBeGreaterThanOrEqual(60_000);
  }); // prettier-ignore

  it('of Bybit counts anew when the stream of the account is lost and comes back', async () => {
    const account = spot.exchange.account('account 1');
    const { order } = spot.exchange.place(account, { symbol: 'BTC/USDT', side: 'buy', type: 'LIMIT', size: 1_000, price: 900 });
    const states: string[] = [];
    const gateway = gatewayOf('bybit');
    await gateway.open((event) => {
      if (event.type === 'status') states.push(event.state);
    });
    await gateway.cancelAllAfter(['BTC/USDT'], 60_000);
    exchange.bybit.hangUp('user');
    while (states.at(-1) !== 'live' || !states.includes('resyncing')) await systemRuntime.sleep(20);
    runtime.advance(20_000);
    await gateway.cancelAllAfter(['BTC/USDT'], 60_000);
    runtime.advance(60 * minute);
    expect(order.status).toBe('NEW');
    await gateway.cancelAllAfter(['BTC/USDT'], 0);
    await gateway.close();
  }); // prettier-ignore

  it.each([
    ['okx', 'BTC/USDT', 5_000, 'from 10 to 120 s on okx, was 5 s'],
    ['okx', 'BTC/USDT', 300_000, 'from 10 to 120 s on okx, was 300 s'],
    ['bybit', 'BTC/USDT', 600_000, 'from 3 to 300 s on bybit, was 600 s'],
    ['hyperliquid', 'BTC/USDC:USDC', 4_000, '5 s or more on hyperliquid, was 4 s'],
  ])('of %s takes no span that the exchange does not', async (id, symbol, ms, words) => {
    await expect(gatewayOf(id).cancelAllAfter([symbol], ms)).rejects.toThrow(`deadManMs (--dead-man) must be ${words}`);
  });

  it('is none on spot of Binance', async () => {
    expect(await gatewayOf('binance').cancelAllAfter(['BTC/USDT'], 5_000)).toBe(false);
  });
});
