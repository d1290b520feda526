/** Documents of exchanges on disk: what went in comes out, with its age, and no other's. */
import { expect, it } from 'vitest';

import { BarStore, readDocument, writeDocuments } from '../../src/store/index.ts';
import { temporaryStore } from './sample.ts';

it('come back as they were written, by exchange, kind and name, with the time they were fetched', async () => {
  const store = await temporaryStore();
  const body = { symbol: 'BTC/USDT', tick: 0.01, none: undefined, list: [1, null] };
  writeDocuments(store, 'binance', 'instrument', [['BTC/USDT', body], ['ETH/USDT', 2]], 7); // prettier-ignore
  writeDocuments(store, 'okx', 'instrument', new Map([['BTC/USDT', 3]]), 8);
  writeDocuments(store, 'binance', 'fees', [['BTC/USDT', 4]], 9);
  const stored = { symbol: 'BTC/USDT', tick: 0.01, list: [1, null] };
  expect(readDocument(store, 'binance', 'instrument', 'BTC/USDT')).toEqual({ body: stored, fetched: 7 });
  expect(readDocument(store, 'binance', 'instrument', 'ETH/USDT')).toEqual({ body: 2, fetched: 7 });
  expect(readDocument(store, 'okx', 'instrument', 'BTC/USDT')).toEqual({ body: 3, fetched: 8 });
  expect(readDocument(store, 'binance', 'fees', 'BTC/USDT')).toEqual({ body: 4, fetched: 9 });
  expect(readDocument(store, 'binance', 'instrument', 'none')).toBeUndefined();
});

it('replace those of the same name, and are there for another process', async () => {
  const store = await temporaryStore();
  for (const [value, fetched] of [[1, 5], [2, 6]] as const) writeDocuments(store, 'x', 'k', [['n', value]], fetched); // prettier-ignore
  const other = await BarStore.open({ folder: store.folder });
  expect(readDocument(other, 'x', 'k', 'n')).toEqual({ body: 2, fetched: 6 });
  other.close();
});

it('are written all, or none', async () => {
  const store = await temporaryStore();
  const circle: unknown[] = [];
  circle.push(circle);
  expect(() => {
    writeDocuments(store, 'x', 'k', [['a', 1], ['b', circle]], 5); // prettier-ignore
  }).toThrow(/circular/);
  expect(readDocument(store, 'x', 'k', 'a')).toBeUndefined();
});
