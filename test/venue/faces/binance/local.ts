/** A local exchange on loopback for tests, and ccxt's own clients for it. */
import ccxt, { type binance } from 'ccxt';
import { onTestFinished } from 'vitest';

import { redirectConfig } from '../../../../src/connectors/ccxt/connection/local.ts';
import { barsFromRows, systemRuntime, type Bar, type Runtime } from '../../../../src/core/index.ts';
import { BinanceFace, streamFace, type BinanceFaceOptions } from '../../../../src/venue/streams/index.ts';
import { TapeMarket, type MarketInstrument, type TapeMarketOptions } from '../../../../src/venue/market/index.ts';
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
  readonly market: TapeMarket;
  readonly face: BinanceFace;
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
  options: Partial<TapeMarketOptions> & { bars?: Bar[]; runtime?: Runtime; face?: BinanceFaceOptions } = {},
): Promise<LocalVenue> {
  const { bars, runtime = systemRuntime, face: faceOptions, ...rest } = options;
  const begin = Math.floor(runtime.now() / 60_000) * 60_000;
  const market = new TapeMarket(runtime, {
    tapes: [{ instrument, bars: barsFromRows(bars ?? quietBars(begin - 100 * 60_000, 200)), timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: 10_000, BTC: 2 } }],
    ...rest,
  });
  const face = new BinanceFace(runtime, market, { exchange: market.exchange, ...faceOptions });
  const server = new VenueServer({ runtime }).mount(
    streamFace('binance', face, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  market.start();
  onTestFinished(async () => {
    market.stop();
    face.stop();
    await server.close();
  });
  return {
    market,
    face,
    server,
    url,
    client: async ({ pro = false, keys: own = keys, options: more = {} } = {}) => {
      const Client = pro ? ccxt.pro.binance : ccxt.binance;
      const redirected = redirectConfig(new Client(), url);
      const settings = { ...(redirected['options'] as object), ...more };
      const client = new Client({ ...own, ...redirected, enableRateLimit: false, options: settings });
      await client.loadMarkets();
      onTestFinished(async () => {
        if (pro) await client.close();
      });
      return client;
    },
  };
}
