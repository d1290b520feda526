/** A local exchange on loopback for tests, and ccxt's own clients for it. */
import ccxt, { type binance } from 'ccxt';
import { onTestFinished } from 'vitest';

import { redirectConfig } from '../../../../src/connectors/ccxt/connection/local.ts';
import { barsFromRows, systemRuntime, type Bar, type Runtime } from '../../../../src/core/index.ts';
import { BinanceApi, binancePaths, serviceApi, type BinanceApiOptions } from '../../../../src/venue/index.ts';
import { BarMarket, type MarketInstrument, type BarMarketOptions } from '../../../../src/venue/index.ts';
import { VenueServer } from '../../../../src/venue/index.ts';

export const instrument: MarketInstrument = {
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  priceDecimals: 1,
  sizeDecimals: 4,
};

export const keys = { apiKey: 'test-key', secret: 'test-secret' };

export interface LocalVenue {
  readonly market: BarMarket;
  readonly binance: BinanceApi;
  readonly server: VenueServer;
  readonly url: string;
  /** One of ccxt's own clients; `pro` has the sockets too. */
  client(options?: { pro?: boolean; keys?: Partial<typeof keys>; options?: Record<string, unknown> }): Promise<binance>;
}

/** A bar a minute, rising and falling by a tick at a time, ten units of volume each. */
export function quietBars(start: number, count: number, price = 100): Bar[] {
  return Array.from({ length: count }, (_, i) => ({
    time: start + i * 60_000, open: price, high: price + 1, low: price - 1, close: price + 0.5, volume: 10,
  })); // prettier-ignore
}

export async function localVenue(
  options: Partial<BarMarketOptions> & { bars?: Bar[]; runtime?: Runtime; binance?: BinanceApiOptions } = {},
): Promise<LocalVenue> {
  const { bars, runtime = systemRuntime, binance: more, ...rest } = options;
  const begin = Math.floor(runtime.now() / 60_000) * 60_000;
  const market = new BarMarket(runtime, {
    series: [{ instrument, bars: barsFromRows(bars ?? quietBars(begin - 100 * 60_000, 200)), timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: 10_000, BTC: 2 } }],
    ...rest,
  });
  const binance = new BinanceApi(runtime, market, { exchange: market.exchange, ...more });
  const server = new VenueServer({ runtime }).mount(serviceApi('binance', binance, binancePaths));
  const url = await server.listen();
  market.start();
  onTestFinished(async () => {
    market.stop();
    binance.stop();
    await server.close();
  });
  return {
    market,
    binance,
    server,
    url,
    client: async ({ pro = false, keys: own = keys, options: extra = {} } = {}) => {
      const Client = pro ? ccxt.pro.binance : ccxt.binance;
      const redirected = redirectConfig(new Client(), url);
      const settings = { ...(redirected['options'] as object), ...extra };
      const client = new Client({ ...own, ...redirected, enableRateLimit: false, options: settings });
      await client.loadMarkets();
      onTestFinished(async () => {
        if (pro) await client.close();
      });
      return client;
    },
  };
}
