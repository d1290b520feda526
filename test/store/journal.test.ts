/** The journal: append-only, sealed from batch to batch, and read back to the last batch that fits. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Journal, JournalReader, openSqlite, type JournalEntry } from '../../src/store/index.ts';

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
    const child = join(folder, 'child.mjs');
    const store = new URL('../../src/store/index.ts', import.meta.url).href;
    writeFileSync(
      child,
      `import { Journal } from ${JSON.stringify(store)};
       const journal = await Journal.create(${JSON.stringify(path)}, { mode: 'paper' });
       for (let k = 0; ; k++) {
         for (let i = 0; i < 5; i++) journal.add('input', JSON.stringify({ k, i }));
         journal.flush();
         if (k === 200) process.stdout.write('ready');
         if (k % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
       }`,
    );
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const running = spawn(process.execPath, ['--import', tsx, child], { stdio: ['ignore', 'pipe', 'inherit'] });
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
