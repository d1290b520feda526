/** Bars and folders for the tests of the store. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

import { onTestFinished } from 'vitest';

import { barsFromRows, type Bars } from '../../src/core/index.ts';
import { BarStore, type BarStoreOptions, type Series } from '../../src/store/index.ts';

export const hour = 3_600_000;
export const series: Series = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' };

/** Bars at these times; prices follow from the time and `tag`, so that two answers for one time can be told apart. */
export function barsAtTimes(times: readonly number[], tag = 0): Bars {
  return barsFromRows(
    times.map((time) => {
      const price = 100 + ((time / hour) % 50) + tag;
      return { time, open: price, high: price + 2, low: price - 2, close: price + 1, volume: tag + 1 };
    }),
  );
}

/** `count` hourly bars from `start`. */
export function hourly(start: number, count: number, tag = 0): Bars {
  return barsAtTimes(
    Array.from({ length: count }, (_, i) => start + i * hour),
    tag,
  );
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-store-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A store in a folder of its own, closed when the test is over. */
export async function temporaryStore(options: BarStoreOptions = {}): Promise<BarStore> {
  const store = await BarStore.open({ folder: temporaryFolder(), ...options });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

/** Runs something as a user who may read a folder and not write to it, where that is possible. */
export async function asNobody(folder: string, act: () => Promise<void>): Promise<void> {
  const { getuid, seteuid } = process;
  const isRoot = getuid?.() === 0;
  // The user of a process is that of all its threads.
  if (isRoot && !isMainThread) return;
  for (const name of ['', ...(readdirSync(folder, { recursive: true }) as string[])]) {
    const path = join(folder, name);
    chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
  }
  if (isRoot) seteuid!(65_534);
  try {
    await act();
  } finally {
    if (isRoot) seteuid!(0);
    for (const name of ['', ...(readdirSync(folder, { recursive: true }) as string[])]) {
      const path = join(folder, name);
      chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
    }
  }
}
