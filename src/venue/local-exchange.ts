/** The local exchange on loopback in one go: a market, Binance's face for it, and the server they are mounted on. */
import { checkNames, systemRuntime, type Runtime } from '../core/index.ts';
import type { Face } from './face.ts';
import type { FaultOptions } from './faults.ts';
import type { ExchangeMarket } from './market/index.ts';
import { VenueServer } from './server.ts';
import { BinanceFace, FaultyService, streamFace, type FaultWindow } from './streams/index.ts';

export interface LocalExchangeOptions {
  /** The clock that the market was made with. Default the machine's. */
  readonly runtime?: Runtime;
  /** What trades: a SeededMarket, a TapeMarket, or one of your own. */
  readonly market: ExchangeMarket;
  /** 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Refuse requests beyond Binance's own allowance. Default false. */
  readonly limits?: boolean;
  /** Refuse signed requests whose timestamp is off; not for a clock that runs fast, which no client follows. Default true. */
  readonly checksTime?: boolean;
  /** What goes wrong with requests. */
  readonly faults?: FaultOptions;
  /** What goes wrong with sockets and with requests by the clock, from the moment it opens; drawn from `seed`. */
  readonly windows?: readonly FaultWindow[];
  /** Default 1. */
  readonly seed?: number;
  /** Further faces of the same server, asked where Binance's has nothing to say. */
  readonly faces?: readonly Face[];
}

/** `PUT /nextbar/streams` with `{"hangUp":"user"}` or `{"hangUp":"all"}` cuts sockets off, for bots in other processes. */
function streamControl(face: BinanceFace): Face {
  return {
    name: 'stream control',
    answer: ({ method, path, body }) => {
      if (path !== '/nextbar/streams' || method !== 'PUT') return undefined;
      const which = /^\{"hangUp":"(user|all)"\}$/.exec(body)?.[1] as 'user' | 'all' | undefined;
      if (which === undefined) return { status: 400, body: { error: 'the body must be {"hangUp":"user"} or {"hangUp":"all"}' } };
      face.hangUp(which);
      return { body: { ok: true } };
    },
  };
} // prettier-ignore

/** A running local exchange. */
export interface LocalExchange {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly server: VenueServer;
  readonly face: BinanceFace;
  /** Stops the market and hangs up on everyone. */
  close(): Promise<void>;
}

/**
 * Serves a market as Binance spot on 127.0.0.1: REST, streams, and for its accounts orders and the user-data stream.
 *
 * What the accounts own and ordered lives in the market's exchange: clients may come and go, be killed and restart.
 */
export async function openLocalExchange(options: LocalExchangeOptions): Promise<LocalExchange> {
  checkNames('option of openLocalExchange', options, [
    'runtime', 'market', 'port', 'limits', 'checksTime', 'faults', 'windows', 'seed', 'faces',
  ]); // prettier-ignore
  const { runtime = systemRuntime, market, port = 0, limits = false, checksTime = true, faults, faces = [] } = options;
  const { windows = [], seed = 1 } = options;
  const face = new BinanceFace(runtime, market, { exchange: market.exchange, limits, checksTime });
  const server = new VenueServer({ runtime, ...(faults !== undefined && { faults }) });
  const begin = runtime.elapsed();
  const later = windows.map((window) => ({ ...window, from: begin + window.from, to: begin + window.to }));
  const service = windows.length === 0 ? face : new FaultyService(face, runtime, { windows: later, seed });
  server
    .mount(streamControl(face))
    .mount(
      streamFace('binance', service, { sockets: ['/stream', '/ws'], paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'] }),
    );
  for (const one of faces) server.mount(one);
  const url = await server.listen(port);
  market.start();
  return {
    url,
    server,
    face,
    close: () => {
      market.stop();
      face.stop();
      return server.close();
    },
  };
}
