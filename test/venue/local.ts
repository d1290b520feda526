/** A local exchange for tests: two symbols of seeded bars, its clock standing still. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { barsFromRows, systemRuntime, type Bar, type Bars } from '../../src/core/index.ts';
import { generateBars } from '../../src/feeds/index.ts';
import {
  BarHistory,
  BinanceApi,
  binancePaths,
  KrakenApi,
  serviceApi,
  StillRuntime,
  VenueServer,
  type FaultOptions,
} from '../../src/venue/index.ts';

/** Half a minute into the forming bar of 2024-02-01 00:00. */
export const venueNow = Date.UTC(2024, 1, 1, 0, 0, 30);
export const minute = 60_000;
export const firstBar = Date.UTC(2024, 0, 20);

/** Every minute from 2024-01-20 on, an hour beyond the venue's present too. */
export const minutes: Bars = generateBars({
  seed: 3,
  timeframe: '1m',
  start: firstBar,
  count: Math.ceil((venueNow + 3_600_000 - firstBar) / minute),
});

export interface LocalOptions {
  readonly faults?: FaultOptions;
  readonly bars?: Bars;
  readonly timeframe?: string;
  readonly now?: number;
  readonly limits?: boolean;
}

export interface Local {
  readonly server: VenueServer;
  readonly url: string;
}

/** Starts it; it is gone when the test is over. */
export async function localExchange(options: LocalOptions = {}): Promise<Local> {
  const { timeframe = '1m', bars = minutes, limits = false } = options;
  const runtime = new StillRuntime(systemRuntime, options.now ?? venueNow);
  const series = ['BTC/USDT', 'ETH/USDT', 'BTC/USD'].map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return { instrument: { symbol, base, quote, priceDecimals: 2, sizeDecimals: 5 }, bars, timeframe };
  });
  const market = new BarHistory(runtime, series);
  const server = new VenueServer({ runtime, ...(options.faults === undefined ? {} : { faults: options.faults }) });
  const binance = new BinanceApi(runtime, market, { limits, clockSkewMs: () => server.faults.clockSkewMs });
  server.mount(serviceApi('binance', binance, binancePaths)).mount(new KrakenApi(market, { limits }));
  const url = await server.listen();
  onTestFinished(() => server.close());
  return { server, url };
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-feed-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Bars of one minute each at these offsets in minutes from 2024-01-20. */
export function minutesAt(offsets: readonly number[]): Bars {
  return barsFromRows(
    offsets.map((offset): Bar => {
      const price = 100 + (offset % 40);
      return {
        time: firstBar + offset * minute,
        open: price,
        high: price + 1,
        low: price - 1,
        close: price,
        volume: 1,
      };
    }),
  );
}
