/** A local exchange for tests: two symbols of seeded bars, its clock standing still. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { barsFromRows, type Bar, type Bars } from '../../../src/core/index.ts';
import { generateBars } from '../../../src/feeds/index.ts';
import { binanceRest, krakenRest, Tape, VenueServer, type FaultOptions } from '../../../src/venue/index.ts';

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
  const tapes = ['BTC/USDT', 'ETH/USDT', 'BTC/USD'].map(
    (symbol) => new Tape({ symbol, timeframe: options.timeframe ?? '1m', bars: options.bars ?? minutes }),
  );
  const limits = options.limits ?? false;
  const server = new VenueServer({
    faces: [binanceRest({ tapes, limits }), krakenRest({ tapes, limits })],
    now: options.now ?? venueNow,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
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
