/** Which files below a store's folder are its months of bars: those that lie and are named like one, and no others. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

import { seriesFolder } from '../../../src/store/series.ts';
import { monthOfFile, segmentFiles } from '../../../src/store/segments/segment-files.ts';
import { series, temporaryFolder } from '../sample.ts';

const place = seriesFolder(series);

it.each([
  [`${place}/2024-01.ab-c.1-0.arrow`, true],
  [`${place}/2024-01.ab-c.1-0.parquet`, true],
  [`${place}/2024-01.ab-c.1-0.arrow.tmp`, true],
  [`${place}/2024-01.arrow`, false],
  [`${place}/2024-01.x.arrow.txt`, false],
  [`${place}/a2024-01.x.arrow`, false],
  [`${place}/2024-1.x.arrow`, false],
  [`${place}/2024-01.x.csv`, false],
  [`${place}/deeper/2024-01.x.arrow`, false],
  [`${dirname(place)}/2024-01.x.arrow`, false],
  [`damaged/${place}/2024-01.x.arrow`, false],
  ['binance/strange/BTC_USDT/1h/2024-01.x.arrow', false],
  [`${dirname(place)}/no timeframe/2024-01.x.arrow`, false],
])('%s is one: %s', (file, isOne) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), '');
  mkdirSync(join(folder, `${place}/2023-12.x.arrow`), { recursive: true });
  expect(segmentFiles(folder)).toEqual(isOne ? [file] : []);
});

it('there is none where there is no folder', () => {
  expect(segmentFiles(join(temporaryFolder(), 'none'))).toEqual([]);
});

it('two versions of one month have the folder and the month in common', () => {
  expect(monthOfFile('a.b/c/2024-01.ab-c.1-0.arrow')).toBe('a.b/c/2024-01');
  expect(monthOfFile('a.b/c/2024-01.zz-c.1-1.parquet')).toBe('a.b/c/2024-01');
});
