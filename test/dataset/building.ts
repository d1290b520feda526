/** Datasets that tests build: in folders of their own, from sources without an exchange, at a moment after their days. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { systemRuntime, type Runtime } from '../../src/core/index.ts';
import { Dataset, Duck, marketAssets, type Asset, type DatasetSource } from '../../src/dataset/index.ts';
import { day, fakeSource, firstDay } from './source.ts';

export const runtimeAt = (now: number): Runtime => ({
  ...systemRuntime,
  now: () => now,
  sleep: () => Promise.resolve(),
});
export const range = { start: firstDay, end: firstDay + 3 * day };
export const later = runtimeAt(firstDay + 10 * day);

export function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-dataset-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export async function open(
  sources: readonly DatasetSource[],
  folder = folderOfTest(),
  runtime = later,
  more: readonly Asset[] = [],
): Promise<Dataset> {
  // prettier-ignore
  const dataset = await Dataset.open({
    folder,
    assets: [...marketAssets(sources), ...more],
    exchanges: sources.map(({ exchange }) => exchange),
    runtime,
  });
  onTestFinished(() => {
    dataset.close();
  });
  return dataset;
}

export const twoSources = (): DatasetSource[] => [
  fakeSource('binance', ['BTC/USDT', 'ETH/USDT', 'BTC/USDT:USDT']),
  fakeSource('okx', ['BTC/USDT']),
];

export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet')).sort(); // prettier-ignore

export async function rowsOf(sql: string): Promise<Readonly<Record<string, unknown>>> {
  const duck = await Duck.open(systemRuntime);
  try {
    return await duck.one(sql);
  } finally {
    duck.close();
  }
}
