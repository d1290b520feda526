/** The trials of a sweep on disk: what was kept is there after any end, and no sweep goes on in the file of another. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { BarStore, openSqlite, TrialStore, type StoredChunk } from '../../../src/store/index.ts';
import { temporaryFolder } from '../sample.ts';

async function opened(path: string, key = 'key', source?: string, part?: number): Promise<TrialStore> {
  const store = await TrialStore.open(path, key, source, part);
  onTestFinished(() => {
    store.close();
  });
  return store;
}

/** Trials from a number on, each of one score, two figures and three returns. */
function chunk(first: number, count: number, base = 0): StoredChunk {
  const values = (each: number): Float64Array =>
    Float64Array.from({ length: count * each }, (_, k) => base + first + k / 8);
  return {
    first,
    params: Array.from({ length: count }, (_, k) => ({ fast: first + k })),
    scores: values(1),
    stats: values(2),
    returns: values(3),
    errors: count > 1 ? [[1, 'it threw']] : [],
  };
}

const firsts = (store: TrialStore): number[] => Array.from(store.chunks(), ({ first }) => first);

describe('the trials of a sweep', () => {
  it('come back as they were kept, bit for bit, after the file was closed', async () => {
    const path = join(temporaryFolder(), 'a', 'x.db');
    const store = await opened(path);
    expect([store.path, firsts(store)]).toEqual([path, []]);
    const odd = { ...chunk(2, 1), scores: new Float64Array([NaN, -0, Infinity, 0.1 + 0.2]).subarray(0, 4) };
    store.add(odd);
    store.add(chunk(0, 2));
    store.close();
    const again = await opened(path);
    const [one, two] = [...again.chunks()];
    expect(one).toEqual(chunk(0, 2));
    expect(two).toEqual(odd);
    expect(Object.is(two!.scores[1], -0)).toBe(true);
  });

  it('of a part of an array are that part', async () => {
    const store = await opened(join(temporaryFolder(), 'x.db'));
    store.add({ ...chunk(0, 1), scores: new Float64Array([1, 2, 3]).subarray(1, 2) });
    expect([...[...store.chunks()][0]!.scores]).toEqual([2]);
  });

  it('are returned up to the first gap, and a chunk that is kept again takes the place of the first', async () => {
    const store = await opened(join(temporaryFolder(), 'x.db'));
    for (const one of [chunk(5, 2), chunk(3, 2), chunk(9, 1)]) store.add(one);
    expect(firsts(store)).toEqual([]);
    store.add(chunk(0, 3));
    expect(firsts(store)).toEqual([0, 3, 5]);
    store.add(chunk(3, 2, 100));
    expect([...store.chunks()][1]).toEqual(chunk(3, 2, 100));
  });
});

describe('the file of a sweep', () => {
  it('is of one key and one source', async () => {
    const path = join(temporaryFolder(), 'x.db');
    const used = async (key: string, source?: string, part?: number): Promise<unknown> => {
      try {
        (await TrialStore.open(path, key, source, part)).close();
        return 'opened';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(await used('a')).toBe('opened');
    expect(await used('b')).toBe('other-sweep');
    expect(await used('a')).toBe('opened');
    // The first that states its source decides it.
    expect(await used('a', 's1')).toBe('opened');
    expect(await used('a', 's2')).toBe('other-sweep');
    expect(await used('a')).toBe('opened');
    expect(await used('a', 's1')).toBe('opened');
    expect(await used('a', 's1', 0)).toBe('other-sweep');
  });

  it('is shared by the stretches of a walk-forward, each with trials and a key of its own', async () => {
    const path = join(temporaryFolder(), 'x.db');
    for (const part of [0, 1]) {
      const store = await TrialStore.open(path, `key ${part}`, 's', part);
      store.add(chunk(0, 1, part));
      store.close();
    }
    for (const part of [0, 1]) {
      const store = await TrialStore.open(path, `key ${part}`, 's', part);
      expect([...store.chunks()]).toEqual([chunk(0, 1, part)]);
      store.close();
    }
    for (const [key, part] of [
      ['key 1', 0],
      ['key 0', undefined],
    ] as const)
      // prettier-ignore
      await expect(TrialStore.open(path, key, 's', part)).rejects.toThrow(
        expect.objectContaining({ message: expect.stringContaining('holds the trials of another sweep') as string, context: { path } }),
      );
    (await opened(path, 'key 2', 's', 2)).close();
  });

  it('is left as it was by who is refused', async () => {
    const path = join(temporaryFolder(), 'x.db');
    (await TrialStore.open(path, 'a')).close();
    const rows = async (): Promise<unknown> => {
      const sqlite = await openSqlite(path);
      const found = sqlite.statement('SELECT name FROM sqlite_master UNION SELECT name || value FROM sweep').all();
      sqlite.close();
      return found;
    };
    const before = await rows();
    await expect(TrialStore.open(path, 'b', 's', 3)).rejects.toThrow('another sweep');
    expect(await rows()).toEqual(before);
  });

  it('is of one sweep at a time, and free when it is closed', async () => {
    const path = join(temporaryFolder(), 'x.db');
    const store = await opened(path);
    await expect(TrialStore.open(path, 'key')).rejects.toMatchObject({
      code: 'sweep-running',
      context: { path },
      message: `${path} is in use by another sweep: wait for it to end, or choose another file`,
    });
    store.add(chunk(0, 1));
    store.close();
    expect(firsts(await opened(path))).toEqual([0]);
  });

  it('that is a database of something else is refused, and nothing in it changes', async () => {
    const folder = temporaryFolder();
    (await BarStore.open({ folder })).close();
    const path = join(folder, 'catalog.sqlite');
    const before = readFileSync(path);
    await expect(TrialStore.open(path, 'key')).rejects.toMatchObject({ code: 'other-sweep', context: { path } });
    expect(readFileSync(path)).toEqual(before);
    const text = join(folder, 'x.db');
    writeFileSync(text, 'this was never a database, and it is long enough to be looked at');
    await expect(TrialStore.open(text, 'key')).rejects.toThrow(`trials ${text}: the file is damaged`);
  });
});
