/** The local exchange on loopback in one call: a market, Binance's API for it, and the server they are mounted on. */
import { checkNames, ConfigError, systemRuntime, type Runtime } from '../core/index.ts';
import { BinanceApi, binancePaths } from './faces/binance/api.ts';
import { FaultyService, type FaultWindow } from './faults/fault-windows.ts';
import type { FaultOptions } from './faults/request-faults.ts';
import type { ExchangeMarket } from './market/index.ts';
import type { VenueApi } from './server/api.ts';
import { VenueServer } from './server/server.ts';
import { serviceApi } from './server/loopback.ts';

/** How a local exchange is opened. */
export interface LocalExchangeOptions {
  /** The clock that the market was made with. Default: the computer's. */
  readonly runtime?: Runtime;
  /** What trades: a SeededMarket, a BarMarket, or one of your own. */
  readonly market: ExchangeMarket;
  /** 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Refuse requests beyond Binance's own limits. Default false. */
  readonly limits?: boolean;
  /** Refuse signed requests whose timestamp is off; turn it off for a fast clock, which no client can follow. Default true. */
  readonly checksTime?: boolean;
  /** Sockets are closed after this time, as Binance does after 24 hours, in milliseconds. Default: never. */
  readonly lifetimeMs?: number;
  /** Faults of requests, by plan or at random. */
  readonly faults?: FaultOptions;
  /** Faults of sockets and requests by the clock, in milliseconds from the moment it opens; drawn from `seed`. */
  readonly windows?: readonly FaultWindow[];
  /** Default 1. */
  readonly seed?: number;
  /** Further APIs on the same server, asked before Binance's. */
  readonly apis?: readonly VenueApi[];
}

/** A running local exchange. */
export interface LocalExchange {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** The server on loopback. */
  readonly server: VenueServer;
  /** Binance's API over its market. */
  readonly binance: BinanceApi;
  /** Stops the market and hangs up on every client. */
  close(): Promise<void>;
}

/** How often Binance pings a socket, and how long it waits for a pong. */
const pingMs = 20_000;
const pongWithinMs = 60_000;

/**
 * Serves a market as Binance spot on 127.0.0.1: REST, streams, and for its accounts orders and user-data streams.
 *
 * Balances and orders live in the market's exchange: clients may disconnect, be killed and restart.
 */
export async function openLocalExchange(options: LocalExchangeOptions): Promise<LocalExchange> {
  checkNames('option of openLocalExchange', options, [
    'runtime', 'market', 'port', 'limits', 'checksTime', 'lifetimeMs', 'faults', 'windows', 'seed', 'apis',
  ]); // prettier-ignore
  const { runtime = systemRuntime, market, port = 0, limits = false, checksTime = true, lifetimeMs, faults } = options;
  const { windows = [], seed = 1, apis = [] } = options;
  if (lifetimeMs !== undefined && !(lifetimeMs > 0)) {
    throw new ConfigError(`lifetimeMs must be a number of milliseconds above 0, was ${lifetimeMs}`);
  }
  const server = new VenueServer({ runtime, ...(faults !== undefined && { faults }) });
  const binance = new BinanceApi(runtime, market, {
    exchange: market.exchange, limits, checksTime, clockSkewMs: () => server.faults.clockSkewMs,
    ...(lifetimeMs !== undefined && { lifetimeMs }),
  }); // prettier-ignore
  const start = runtime.elapsed();
  const later = windows.map((window) => ({ ...window, from: start + window.from, to: start + window.to }));
  const service = windows.length === 0 ? binance : new FaultyService(binance, runtime, { windows: later, seed });
  server.mount(streamControl(binance));
  for (const api of apis) server.mount(api);
  server.mount(serviceApi('binance', service, { ...binancePaths, pingMs, pongWithinMs }));
  const url = await server.listen(port);
  market.start();
  return {
    url,
    server,
    binance,
    close: () => {
      market.stop();
      binance.stop();
      return server.close();
    },
  };
}

/** `PUT /nextbar/streams` with `{"hangUp":"user"}` or `{"hangUp":"all"}` closes sockets, for bots in other processes. */
function streamControl(binance: BinanceApi): VenueApi {
  return {
    name: 'stream control',
    answer: ({ method, path, body }) => {
      if (path !== '/nextbar/streams' || method !== 'PUT') return undefined;
      const which = /^\{"hangUp":"(user|all)"\}$/.exec(body)?.[1] as 'user' | 'all' | undefined;
      if (which === undefined) return { status: 400, body: { error: 'the body must be {"hangUp":"user"} or {"hangUp":"all"}' } };
      binance.hangUp(which);
      return { body: { ok: true } };
    },
  };
} // prettier-ignore
