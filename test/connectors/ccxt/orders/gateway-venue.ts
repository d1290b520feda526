/** A local exchange on loopback with one account, a quiet market, and gateways to it through real ccxt. */
import { systemRuntime, type Runtime } from '../../../../src/core/index.ts';
import { CcxtGateway } from '../../../../src/connectors/ccxt/orders/gateway.ts';
import { Exchange } from '../../../../src/venue/exchange/index.ts';
import { Faults, VenueServer, type PlannedFault } from '../../../../src/venue/index.ts';
import { BinanceApi, serviceApi } from '../../../../src/venue/index.ts';

export const symbol = 'BTC/USDT';
export const keys = { apiKey: 'test-key', secret: 'test-secret-value' };

export interface GatewayVenue {
  readonly exchange: Exchange;
  readonly server: VenueServer;
  readonly face: BinanceApi;
  readonly url: string;
  gateway(options?: { readonly timeoutMs?: number; readonly secret?: string }): CcxtGateway;
  /** Lets requests be struck, one after another. */
  strike(...plan: readonly PlannedFault[]): void;
  /** Lets the exchange's clock run ahead of this machine's, or behind it. */
  skew(ms: number): void;
  close(): Promise<void>;
}

/** Starts it; the crowd bids 99.9 and asks 100.1, a hundred of each, and far away without end. */
export async function gatewayVenue(): Promise<GatewayVenue> {
  let skewMs = 0;
  const runtime: Runtime = {
    now: () => systemRuntime.now() + skewMs,
    elapsed: () => systemRuntime.elapsed(),
    after: (ms, act) => systemRuntime.after(ms, act),
    every: (ms, act) => systemRuntime.every(ms, act),
    sleep: (ms) => systemRuntime.sleep(ms),
    random: () => systemRuntime.random(),
  };
  const exchange = new Exchange({
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 3 }],
    clock: () => runtime.now(),
    accounts: [{ name: 'own', ...keys, balances: { USDT: 50_000, BTC: 100 } }],
  });
  exchange.act(symbol, () => {
    const market = exchange.market(symbol);
    market.crowdRests('buy', 9_990, 100_000);
    market.crowdRests('sell', 10_010, 100_000);
    market.crowdRests('buy', 5_000, 1_000_000);
    market.crowdRests('sell', 15_000, 1_000_000);
  });
  const face = new BinanceApi(runtime, exchange, { exchange });
  const server = new VenueServer().mount(
    serviceApi('binance', face, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
  );
  const url = await server.listen();
  const gateways: CcxtGateway[] = [];
  return {
    exchange,
    server,
    face,
    url,
    gateway: ({ timeoutMs = 1_000, secret = keys.secret } = {}) => {
      const gateway = new CcxtGateway({ exchange: 'binance', url, ...keys, secret, timeoutMs, rateLimitMs: 0 });
      gateways.push(gateway);
      return gateway;
    },
    strike: (...plan) => {
      server.faults = new Faults({ plan });
    },
    skew: (ms) => {
      skewMs = ms;
    },
    close: async () => {
      for (const gateway of gateways) await gateway.close();
      face.stop();
      await server.close();
    },
  };
}
