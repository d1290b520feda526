/** The journal: append-only, sealed from batch to batch, and read back to the last batch that fits. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  compactJournal,
  Journal,
  JournalReader,
  openSqlite,
  Sqlite,
  type JournalEntry,
} from '../../src/store/index.ts';
import { bundled } from '../house/bundled.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'session.journal');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function write(batches: number, ends = true): Promise<void> {
  const journal = await Journal.create(path, { mode: 'paper' });
  for (let batch = 0; batch < batches; batch++) {
    for (let k = 0; k < 3; k++) journal.add(k === 2 ? 'decision' : 'input', JSON.stringify({ batch, k }));
    journal.flush();
  }
  if (ends) journal.end({ ended: 'well' });
}

async function read(file = path): Promise<{ reader: JournalReader; entries: JournalEntry[] }> {
  const reader = await JournalReader.open(file);
  const entries = [...reader.entries()];
  reader.close();
  return { reader, entries };
}

async function change(sql: string): Promise<void> {
  const sqlite = await openSqlite(path);
  sqlite.exec(sql);
  sqlite.close();
}

describe('a journal', () => {
  it('gives every entry back in order, with its head and how it ended', async () => {
    await write(4);
    const { reader, entries } = await read();
    expect(reader.header).toEqual({ mode: 'paper' });
    expect(entries.length).toBe(12);
    expect(entries[5]).toEqual({ kind: 'decision', body: '{"batch":1,"k":2}' });
    expect(reader.footer).toEqual({ ended: 'well' });
    expect(reader.cut).toBeUndefined();
  });

  it('packs long batches and gives them back as they were', async () => {
    const journal = await Journal.create(path, {});
    const bodies = Array.from({ length: 2_000 }, (_, k) => JSON.stringify({ k, text: 'ü'.repeat(50) }));
    for (const body of bodies) {
      journal.add('input', body);
      journal.settle();
    }
    journal.end({});
    expect((await read()).entries.map(({ body }) => body)).toEqual(bodies);
    expect(readFileSync(path).length).toBeLessThan(100_000);
  });

  it('packs a short batch where it is told to, and gives it back as it was', async () => {
    const journal = await Journal.create(path, {});
    const bodies = Array.from({ length: 40 }, (_, k) => JSON.stringify({ kind: 'clock', now: 1_767_571_200_000 + k }));
    for (const packFrom of [undefined, 1_024, 1e6]) {
      for (const body of bodies) journal.add('input', body);
      journal.flush(packFrom);
    }
    journal.end({});
    expect((await read()).entries.map(({ body }) => body)).toEqual([...bodies, ...bodies, ...bodies]);
    const sqlite = await openSqlite(path);
    const sizes = sqlite.statement('SELECT typeof(body) AS kind, length(body) AS size FROM batches').all();
    sqlite.close();
    const [plain, packed, long] = sizes as { kind: string; size: number }[];
    expect([plain!.kind, packed!.kind, long!.kind]).toEqual(['text', 'blob', 'text']);
    expect(packed!.size * 4).toBeLessThan(plain!.size);
  });

  it('leaves no file where it could not begin, so that the next one can', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    await expect(Journal.create(path, circle)).rejects.toThrow(/circular/);
    await expect(Journal.create(path, undefined)).rejects.toThrow();
    expect(existsSync(path)).toBe(false);
    await write(1);
    expect((await read()).entries).toHaveLength(3);
    writeFileSync(join(folder, 'file'), '');
    await expect(Journal.create(join(folder, 'file', 'x.db'), {})).rejects.toThrow(/^journal .*: it is not a folder/);
  });

  it('of which another program holds the file is no other file', async () => {
    await write(1);
    const holder = await openSqlite(path);
    holder.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    const patience = vi.spyOn(Sqlite.prototype, 'exec').mockImplementationOnce(() => {});
    await expect(JournalReader.open(path)).rejects.toThrow(`journal ${path}: another process has kept it locked`);
    patience.mockRestore();
    holder.close();
    expect((await read()).entries).toHaveLength(3);
  });

  it('is never written over', async () => {
    await write(1);
    await expect(Journal.create(path, {})).rejects.toThrow(`journal ${path} exists already`);
  });

  for (const [what, sql, kept] of [
    ['a changed entry', `UPDATE batches SET body = replace(body, '"batch":2', '"batch":9') WHERE first = 6`, 6],
    ['a batch taken out', 'DELETE FROM batches WHERE first = 3', 3],
    [
      'two batches exchanged',
      'UPDATE batches SET body = (SELECT body FROM batches WHERE first = 0) WHERE first = 9',
      9,
    ],
    ['a batch that cannot be unpacked', `UPDATE batches SET body = x'00' WHERE first = 3`, 3],
  ] as const) {
    it(`is cut off before ${what}, and says so`, async () => {
      await write(4);
      await change(sql);
      const { reader, entries } = await read();
      expect(entries.length).toBe(kept);
      expect(reader.cut).toContain(`cut off after entry ${kept}`);
      expect(reader.footer).toBeUndefined();
    });
  }

  it('of a newer program is refused', async () => {
    await write(1);
    await change(`UPDATE meta SET value = '3' WHERE key = 'version'`);
    await expect(JournalReader.open(path)).rejects.toMatchObject({ code: 'newer-schema', context: { path } });
  });

  it('is cut off where a batch has another number of entries than it says', async () => {
    await write(4);
    await change('UPDATE batches SET count = 2 WHERE first = 3');
    const { reader, entries } = await read();
    expect([entries.length, reader.cut]).toEqual([3, expect.stringContaining('has 3 entries in place of 2')]);
  });

  it('does not believe an end that another session had', async () => {
    await write(2);
    await change(`UPDATE meta SET value = '{"ended":"badly"}' WHERE key = 'footer'`);
    const { reader } = await read();
    expect(reader.footer).toBeUndefined();
    expect(reader.cut).toContain('breaks off after entry 6');
  });

  it('says of another file that it is no journal', async () => {
    writeFileSync(path, 'not a database at all, but long enough to look at');
    await expect(JournalReader.open(path)).rejects.toThrow(`${path} is not the journal of a session`);
    await expect(JournalReader.open(join(folder, 'nowhere'))).rejects.toThrow('there is no journal at');
  });

  it('of a killed process has whole batches to the last one written, also with a torn end', async () => {
    const program = join(folder, 'child.ts');
    const store = fileURLToPath(new URL('../../src/store/index.ts', import.meta.url));
    writeFileSync(
      program,
      `import { Journal } from ${JSON.stringify(store)};
       const journal = await Journal.create(${JSON.stringify(path)}, { mode: 'paper' });
       for (let k = 0; ; k++) {
         for (let i = 0; i < 5; i++) journal.add('input', JSON.stringify({ k, i }));
         journal.flush();
         if (k === 200) process.stdout.write('ready');
         if (k % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
       }`,
    );
    const running = spawn(process.execPath, [await bundled(program)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => running.stdout.once('data', resolve));
    const dead = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await dead;
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, `${path}.torn${suffix}`);
    const { reader, entries } = await read();
    expect(entries.length).toBeGreaterThan(1_000);
    expect(entries.length % 5).toBe(0);
    expect(entries.at(-1)!.body).toBe(JSON.stringify({ k: entries.length / 5 - 1, i: 4 }));
    expect(reader.cut).toContain(`breaks off after entry ${entries.length}`);

    truncateSync(`${path}.torn-wal`, Math.floor(readFileSync(`${path}.torn-wal`).length / 2) + 7);
    const torn = await read(`${path}.torn`);
    expect(torn.entries.length).toBeGreaterThan(0);
    expect(torn.entries.length).toBeLessThan(entries.length);
    expect(torn.entries.length % 5).toBe(0);
    expect(torn.entries).toEqual(entries.slice(0, torn.entries.length));
    expect(torn.reader.cut).toBeDefined();
  });
});

describe('compaction', () => {
  /** Trades as a session hears them, two hundred a batch. */
  async function writeTrades(batches: number): Promise<string[]> {
    const journal = await Journal.create(path, { mode: 'paper' });
    const bodies: string[] = [];
    for (let batch = 0; batch < batches; batch++) {
      for (let k = 0; k < 200; k++) {
        const id = batch * 200 + k;
        const event = { type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', time: 1_767_571_200_000 + id * 5, price: 30_000 + ((id * 7_919) % 997) / 10, size: ((id * 104_729) % 9_973) / 1e4, side: id % 3 === 0 ? 'sell' : 'buy', id: String(id) }; // prettier-ignore
        bodies.push(JSON.stringify({ kind: 'event', feed: 0, event }));
        journal.add('input', bodies.at(-1)!);
      }
      journal.flush(1_024);
      if (batch % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The packing of what is loose is the work of another thread, and begins once there is enough: on a busy machine it takes its time.
    if (batches > 200) await expect.poll(rows, { timeout: 120_000 }).toBeLessThan(batches);
    journal.end({ ended: 'well' });
    return bodies;
  }

  async function rows(): Promise<number> {
    const sqlite = await openSqlite(path);
    const { n } = sqlite.statement('SELECT count(*) AS n FROM batches').get() as { n: number };
    sqlite.close();
    return n;
  }

  it('makes one row of many batches while a session runs, and every entry and seal stays', async () => {
    const bodies = await writeTrades(400);
    expect(await rows()).toBeLessThan(400);
    const { reader, entries } = await read();
    expect([reader.cut, reader.footer]).toEqual([undefined, { ended: 'well' }]);
    expect(entries.map(({ body }) => body)).toEqual(bodies);
  });

  it('packs a journal that is closed to less than a third of its events as text, and is cut off where it was altered', async () => {
    const bodies = await writeTrades(100);
    const { before, after } = await compactJournal(path);
    expect(after).toBeLessThan(before);
    expect(after * 8).toBeLessThan(bodies.join('').length);
    expect((await read()).entries.map(({ body }) => body)).toEqual(bodies);
    expect(await compactJournal(path)).toMatchObject({ after });
    await change(`UPDATE batches SET seal = 'c:wrong' WHERE first = 0`);
    expect((await read()).reader.cut).toContain('the seal of the next batch is wrong');
  });

  it('leaves a journal alone that is cut off, and a killed one stays readable', async () => {
    await write(20, false);
    await compactJournal(path);
    const killed = await read();
    expect([killed.entries.length, killed.reader.cut]).toEqual([60, expect.stringContaining('did not end properly')]);
    rmSync(path);
    await write(20);
    await change('DELETE FROM batches WHERE first = 9');
    await expect(compactJournal(path)).rejects.toThrow('is left as it is');
  });
});
