/** The local exchange on loopback in one call: a market, Binance's API for it, and the server they are mounted on. */
import { checkNames, ConfigError, systemRuntime, type Runtime, type Service } from '../core/index.ts';
import { BinanceApi, binancePaths } from './faces/binance/api.ts';
import { BybitApi, bybitPaths } from './faces/bybit/api.ts';
import { HyperliquidApi, hyperliquidPaths } from './faces/hyperliquid/api.ts';
import { OkxApi, okxPaths } from './faces/okx/api.ts';
import { BinanceFuturesApi, binanceFuturesPaths } from './faces/binance-futures/api.ts';
import { Exchange } from './exchange/index.ts';
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
  /** What trades: a SeededMarket, a BarMarket, or one of your own. One made with `contracts` is served as Binance's futures. */
  readonly market: ExchangeMarket;
  /**
   * Contracts beside a market of spot, on the same server: a market made with `contracts`. Its accounts and balances are its own. Default:
   * none.
   */
  readonly futures?: ExchangeMarket;
  /** The port to listen on; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Refuse requests beyond Binance's own limits. Default false. */
  readonly limits?: boolean;
  /** Refuse signed requests whose timestamp is off; turn it off for a fast clock, which no client can follow. Default true. */
  readonly checksTime?: boolean;
  /** Sockets are closed after this time, as Binance does after 24 hours, in milliseconds. Default: never. */
  readonly lifetimeMs?: number;
  /** Faults of requests, by plan or at random. Default: none. */
  readonly faults?: FaultOptions;
  /** Faults of sockets and requests by the clock, in milliseconds from the moment it opens; drawn from `seed`. Default: none. */
  readonly windows?: readonly FaultWindow[];
  /** Seed of the random choices of `windows`. Default 1. */
  readonly seed?: number;
  /** Further APIs on the same server, asked before Binance's. Default: none. */
  readonly apis?: readonly VenueApi[];
}

/** A running local exchange. */
export interface LocalExchange {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** The server on loopback. */
  readonly server: VenueServer;
  /** Binance's API of spot. */
  readonly binance: BinanceApi;
  /** Binance's API of contracts, where it has a market of them. */
  readonly binanceFutures: BinanceFuturesApi | undefined;
  /** OKX's API of spot and of perpetuals: the same markets and the same accounts. */
  readonly okx: OkxApi;
  /** Bybit's API of spot and of linear perpetuals: the same markets and the same accounts. */
  readonly bybit: BybitApi;
  /** Hyperliquid's API of perpetuals margined in USDC, where it has a market of contracts: the accounts of Binance's contracts. */
  readonly hyperliquid: HyperliquidApi | undefined;
  /** Refuses an API key from now on, or accepts it again, and hangs up on user-data streams. Orders and balances stay as they are. */
  revokeKey(apiKey: string, isRevoked?: boolean): void;
  /** Stops the market and hangs up on every client. */
  close(): Promise<void>;
}

/** How often Binance pings a socket, and how long it waits for a pong. */
const pingMs = 20_000;
const pongWithinMs = 60_000;

/**
 * Serves a market on 127.0.0.1 as Binance, OKX and Bybit, spot or contracts or both, and contracts as Hyperliquid: REST, streams, and for its accounts orders and user-data streams.
 *
 * Balances and orders live in the market's exchange: clients may disconnect, be killed and restart.
 */
export async function openLocalExchange(options: LocalExchangeOptions): Promise<LocalExchange> {
  checkNames('option of openLocalExchange', options, [
    'runtime', 'market', 'futures', 'port', 'limits', 'checksTime', 'lifetimeMs', 'faults', 'windows', 'seed', 'apis',
  ]); // prettier-ignore
  const { runtime = systemRuntime, market, port = 0, limits = false, checksTime = true, lifetimeMs, faults } = options;
  const { windows = [], seed = 1, apis = [] } = options;
  if (lifetimeMs !== undefined && !(lifetimeMs > 0)) {
    throw new ConfigError(`lifetimeMs must be a number of milliseconds above 0, was ${lifetimeMs}`);
  }
  const server = new VenueServer({ runtime, ...(faults !== undefined && { faults }) });
  const clockSkewMs = (): number => server.faults.clockSkewMs;
  const common = { limits, checksTime, clockSkewMs, ...(lifetimeMs !== undefined && { lifetimeMs }) };
  const isContracts = market.exchange.contracts !== undefined;
  if (isContracts && options.futures !== undefined) {
    throw new ConfigError('market must trade spot when futures is given, was a market of contracts');
  }
  const futures = isContracts ? market : options.futures;
  const spot = isContracts ? new Exchange({ instruments: [], clock: () => runtime.now() }) : market;
  const spotExchange = spot instanceof Exchange ? spot : spot.exchange;
  // A key of Binance opens every wallet of its account: ccxt asks spot for the currencies.
  for (const { name, apiKey, secret } of futures?.exchange.accounts ?? []) {
    if (spotExchange.accountOf(apiKey) === undefined)
      spotExchange.addAccount({ name: `${name} of contracts`, apiKey, secret });
  }
  const binance = new BinanceApi(runtime, spot, { ...common, exchange: spotExchange });
  const contracts = futures === undefined ? {} : { contracts: { market: futures, exchange: futures.exchange } };
  const bybit = new BybitApi(runtime, spot, { exchange: spotExchange, ...contracts, checksTime, clockSkewMs });
  const okx = new OkxApi(runtime, spot, { exchange: spotExchange, ...contracts, checksTime, clockSkewMs });
  const binanceFutures =
    futures === undefined
      ? undefined
      : new BinanceFuturesApi(runtime, futures, { ...common, exchange: futures.exchange });
  const hyperliquid =
    futures === undefined
      ? undefined
      : new HyperliquidApi(runtime, futures, futures.exchange, { checksTime, clockSkewMs });
  const start = runtime.elapsed();
  const later = windows.map((window) => ({ ...window, from: start + window.from, to: start + window.to }));
  const faulty = <T extends Service>(service: T): Service =>
    windows.length === 0 ? service : new FaultyService(service, runtime, { windows: later, seed });
  const services = [
    binance,
    okx,
    bybit,
    ...(binanceFutures === undefined ? [] : [binanceFutures]),
    ...(hyperliquid === undefined ? [] : [hyperliquid]),
  ];
  const exchanges = [spotExchange, ...(futures === undefined ? [] : [futures.exchange])];
  const revokeKey = (apiKey: string, isRevoked = true): void => {
    for (const { revokedKeys } of exchanges) {
      if (isRevoked) revokedKeys.add(apiKey);
      else revokedKeys.delete(apiKey);
    }
    if (isRevoked) for (const service of services) service.hangUp('user');
  };
  server.mount(streamControl(services));
  server.mount(haltControl(exchanges));
  server.mount(keyControl(revokeKey));
  for (const api of apis) server.mount(api);
  const pings = { pingMs, pongWithinMs };
  if (binanceFutures !== undefined) {
    server.mount(serviceApi('binance futures', faulty(binanceFutures), { ...binanceFuturesPaths, ...pings }));
  }
  if (hyperliquid !== undefined) server.mount(serviceApi('hyperliquid', faulty(hyperliquid), hyperliquidPaths));
  server.mount(serviceApi('bybit', faulty(bybit), bybitPaths));
  server.mount(serviceApi('okx', faulty(okx), okxPaths));
  server.mount(serviceApi('binance', faulty(binance), { ...binancePaths, ...pings }));
  const url = await server.listen(port);
  market.start();
  options.futures?.start();
  return {
    url,
    server,
    binance,
    binanceFutures,
    okx,
    bybit,
    hyperliquid,
    revokeKey,
    close: () => {
      market.stop();
      options.futures?.stop();
      binance.stop();
      okx.stop();
      bybit.stop();
      hyperliquid?.stop();
      binanceFutures?.stop();
      return server.close();
    },
  };
}

/** `PUT /nextbar/halts` with `{"symbol":"BTC/USDT","halted":true}` halts trading in a symbol, `false` resumes it. */
function haltControl(exchanges: readonly Exchange[]): VenueApi {
  return {
    name: 'halt control',
    answer: ({ method, path, body }) => {
      if (path !== '/nextbar/halts' || method !== 'PUT') return undefined;
      const [, symbol, halted] = /^\{"symbol":"([^"]+)","halted":(true|false)\}$/.exec(body) ?? [];
      if (symbol === undefined) {
        return { status: 400, body: { error: 'the body must be {"symbol":"BTC/USDT","halted":true}, or false' } };
      }
      for (const exchange of exchanges) {
        if (halted === 'true') exchange.halted.add(symbol);
        else exchange.halted.delete(symbol);
      }
      return { body: { ok: true } };
    },
  };
}

/** `PUT /nextbar/keys` with `{"apiKey":"...","revoked":true}` refuses a key from now on, `false` accepts it again. */
function keyControl(revoke: (apiKey: string, isRevoked: boolean) => void): VenueApi {
  return {
    name: 'key control',
    answer: ({ method, path, body }) => {
      if (path !== '/nextbar/keys' || method !== 'PUT') return undefined;
      const [, apiKey, revoked] = /^\{"apiKey":"([^"]+)","revoked":(true|false)\}$/.exec(body) ?? [];
      if (apiKey === undefined) {
        return { status: 400, body: { error: 'the body must be {"apiKey":"...","revoked":true}, or false' } };
      }
      revoke(apiKey, revoked === 'true');
      return { body: { ok: true } };
    },
  };
}

/** `PUT /nextbar/streams` with `{"hangUp":"user"}` or `{"hangUp":"all"}` closes sockets, for bots in other processes. */
function streamControl(apis: readonly { hangUp(which: 'all' | 'user'): void }[]): VenueApi {
  return {
    name: 'stream control',
    answer: ({ method, path, body }) => {
      if (path !== '/nextbar/streams' || method !== 'PUT') return undefined;
      const which = /^\{"hangUp":"(user|all)"\}$/.exec(body)?.[1] as 'user' | 'all' | undefined;
      if (which === undefined) return { status: 400, body: { error: 'the body must be {"hangUp":"user"} or {"hangUp":"all"}' } };
      for (const api of apis) api.hangUp(which);
      return { body: { ok: true } };
    },
  };
} // prettier-ignore
