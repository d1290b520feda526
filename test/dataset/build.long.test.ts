/** Building a dataset again: only what is missing, symbols that are named later, and every partition byte for byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { DatasetSource } from '../../src/dataset/index.ts';
import { filesIn, folderOfTest, open, range, rowsOf } from './building.ts';
import { day, fakeSource, firstDay } from './source.ts';

describe('a build after another', () => {
  it('does again only what is missing, and what was made of other rows', async () => {
    const dataset = await open([fakeSource('okx', ['BTC/USDT'])]);
    await dataset.build({ ...range, end: firstDay + 2 * day });
    expect(await dataset.build({ ...range, end: firstDay + 2 * day })).toMatchObject({ built: 0, failed: 0 });
    const steps: string[] = [];
    await dataset.build({
      ...range,
      assets: ['gold/bars_1h'],
      onPartition: ({ asset, partition, status }) => {
        if (status === 'built') steps.push(`${asset} ${partition}`);
      },
    });
    // The third day is new, and with it the second month; the first month is what it was.
    expect(steps.filter((step) => step.includes('okx'))).toEqual([
      'bronze/bars_1m exchange=okx/date=2024-02-01',
      'silver/bars_1m exchange=okx/date=2024-02-01',
      'gold/bars_1m exchange=okx/month=2024-02',
      'gold/bars_1h exchange=okx/month=2024-02',
    ]);
    expect(dataset.ledger.lineage('gold/bars_1m', 'exchange=okx/month=2024-02')).toHaveLength(2);
  });

  it('has a symbol that is named later, without asking for the others again', async () => {
    const folder = folderOfTest();
    const days = { start: firstDay, end: firstDay + day };
    await (await open([fakeSource('okx', ['BTC/USDT'])], folder)).build(days);
    const source = fakeSource('okx', ['BTC/USDT', 'ETH/USDT:USDT']);
    const dataset = await open([source], folder);
    expect(await dataset.build(days)).toMatchObject({ failed: 0 });
    expect(source.calls).toEqual(['ETH/USDT:USDT 2024-01-30']);
    const rows = (name: string): number => dataset.status().find(({ asset }) => asset === name)!.rows;
    expect([rows('gold/bars_1m'), rows('gold/funding_rates'), rows('gold/instruments')]).toEqual([2 * 1440, 3, 2]);
    const file = dataset.fileOf(dataset.asset('gold/exchanges'), 'all');
    expect(await rowsOf(`SELECT symbols::DOUBLE AS symbols FROM read_parquet('${file}')`)).toEqual({ symbols: 2 });
    expect(await dataset.build(days)).toMatchObject({ built: 0 });
  });

  it('makes every partition byte for byte again', async () => {
    const wanted = { start: firstDay, end: firstDay + day, assets: ['gold/bars_1h', 'gold/funding_rates'] };
    const sources = (): DatasetSource[] => [fakeSource('okx', ['ETH/USDT', 'BTC/USDT:USDT'])];
    const dataset = await open(sources());
    await dataset.build(wanted);
    const contents = (): string[] => filesIn(dataset.folder).map((name) => readFileSync(join(dataset.folder, name)).toString('base64')); // prettier-ignore
    const before = contents();
    expect(await dataset.build({ ...wanted, isForced: true })).toMatchObject({ current: 0, failed: 0 });
    expect(contents()).toEqual(before);
    const other = await open(sources());
    await other.build(wanted);
    expect(filesIn(other.folder).map((name) => readFileSync(join(other.folder, name)).toString('base64'))).toEqual(before); // prettier-ignore
  });
});
