/** Processes that write to sinks of files, killed with SIGKILL: what was acknowledged is there, each event once by its key. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { seededRandom } from '../../src/core/index.ts';
import { openSqlite, TickStore } from '../../src/store/index.ts';

/** The sinks that write files, in a folder. */
export function sinksIn(folder: string): string[] {
  const forms = { jsonl: 'events.jsonl', sqlite: 'events.db', parquet: 'parquet', arrow: 'arrow', store: 'store' };
  return Object.entries(forms).map(([kind, name]) => `${kind}:${join(folder, name)}`);
}

/** What the kills came to. */
export interface SinksCrash {
  readonly kills: number;
  /** Ids that were acknowledged. */
  readonly acknowledged: number;
  /** Rows of each kind of sink, those that were written twice too. */
  readonly rows: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

/** Kills a writer `kills` times; each life begins some events before the last that was acknowledged, as a feed does. */
export async function crashSinks(kills: number, seed = 1): Promise<SinksCrash> {
  const folder = mkdtempSync(join(tmpdir(), 'sinks-crash-'));
  const random = seededRandom(seed);
  try {
    let last = 0;
    for (let life = 0; life < kills; life++) last = await oneLife(folder, Math.max(1, last - 30), 10 + random() * 150);
    const rows: Record<string, number> = {};
    const wrong: string[] = [];
    for (const [kind, keys] of Object.entries(await everythingIn(folder))) {
      rows[kind] = keys.length;
      const ids = new Set(keys.map((key) => Number(key.split(':').at(-1))));
      const lost = Array.from({ length: last }, (_, i) => i + 1).filter((id) => !ids.has(id));
      if (lost.length > 0)
        wrong.push(`${kind}: ${lost.length} of ${last} acknowledged trades are lost, the first ${lost[0]}`);
      if (['sqlite', 'store'].includes(kind) && ids.size !== keys.length) wrong.push(`${kind}: a trade is there twice`);
    }
    return { kills, acknowledged: last, rows, wrong };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One process, killed `ms` after its first acknowledgement. Returns the last id that it acknowledged. */
async function oneLife(folder: string, first: number, ms: number): Promise<number> {
  const child = fileURLToPath(new URL('sinks-crash-child.ts', import.meta.url));
  const args = ['--conditions=source', '--import', import.meta.resolve('tsx'), child, folder, String(first)];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ended = new Promise<void>((resolve) => process_.on('close', () => { resolve(); })); // prettier-ignore
  process_.stdout.on('data', (data: Buffer) => (said += data.toString()));
  for (let i = 0; i < 6_000 && said === '' && process_.exitCode === null; i++) await sleep(10);
  await sleep(ms);
  process_.kill('SIGKILL');
  await ended;
  const ids = said.split('\n').filter((line) => line !== '').map(Number); // prettier-ignore
  if (ids.length === 0) throw new Error('the writer acknowledged nothing');
  return ids.at(-1)!;
}

/** The keys of every event in every sink. */
async function everythingIn(folder: string): Promise<Record<string, string[]>> {
  const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n');
  // The last line may be cut short: it is removed when the file is opened again.
  const jsonl = lines.slice(0, -1).map((line) => (JSON.parse(line) as { key: string }).key);
  const database = await openSqlite(join(folder, 'events.db'));
  const sqlite = (database.statement('SELECT key FROM events').all() as { key: string }[]).map(({ key }) => key);
  database.close();
  const filesOf = (form: string): string[] => {
    const place = join(folder, form, 'binance', 'BTC-USDT', 'trade');
    return readdirSync(place).filter((name) => name.endsWith(`.${form}`)).map((name) => join(place, name)); // prettier-ignore
  };
  const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
  const parquet: string[] = [];
  for (const file of filesOf('parquet')) {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    parquet.push(...rows.map((row) => String(row['key'])));
  }
  const { tableFromIPC } = await import('apache-arrow');
  const arrow = filesOf('arrow').flatMap((file) => [...tableFromIPC(readFileSync(file)).getChild('key')!].map(String));
  const ticks = await TickStore.open({ folder: join(folder, 'store') });
  const stored = ticks.tradeRows({ exchange: 'binance', symbol: 'BTC/USDT' }, { start: 0, end: 4e12 });
  ticks.close();
  return { jsonl, sqlite, parquet, arrow, store: stored.map(({ id }) => id) };
}
