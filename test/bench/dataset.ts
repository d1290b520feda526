/**
 * The dataset at size: 100 million bars of one minute in a published dataset, and how long a year of one symbol at one hour takes from it.
 *
 * `DATASET_ROWS=2000000 npm run bench -- dataset` takes fewer rows. The files are written with the settings of gold and removed at the end.
 */
import { createServer, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemRuntime } from '../../src/core/index.ts';
import { DatasetClient, Token } from '../../src/dataset/index.ts';
import { Duck, quoted } from '../../src/dataset/duck.ts';
import { rowGroupRows } from '../../src/dataset/build/dataset.ts';
import type { DatasetSpec, PublishedFile, PublishedTable } from '../../src/dataset/publish/spec.ts';
import { barsTables } from '../../src/dataset/tables/bars.ts';
import { median, rounded } from './ground/clock.ts';

const symbols = 48;
const firstMonth = Date.UTC(2020, 0, 1);
const year = { start: Date.UTC(2022, 0, 1), end: Date.UTC(2023, 0, 1) };
const symbol = 'S17/USDT';

/** The bars of one month of all symbols, made in SQL: a curve for each symbol, with noise by hash. */
function minutesOf(start: number, end: number): string {
  const [from, to] = [start, end].map((time) => `TIMESTAMP '${new Date(time).toISOString().slice(0, 19)}'`);
  const price = (k: string): string =>
    `round(100 * (1 + i) * (1 + 0.3 * sin((epoch(t) / 60 + ${k}) / 90000 + i) + (hash(i * 7919 + epoch(t)::BIGINT / 60 + ${k}) % 1000)::DOUBLE / 1e5), 2)`;
  return `SELECT 'S' || lpad(i::VARCHAR, 2, '0') || '/USDT' AS symbol, t AS time, o AS open, round(greatest(o, c) * 1.0005, 2) AS high,
    round(least(o, c) * 0.9995, 2) AS low, c AS close, ((hash(i + epoch(t)::BIGINT) % 100000)::DOUBLE / 1000) AS volume, 1::BIGINT AS bars
    FROM (SELECT i, t, ${price('0')} AS o, ${price('1')} AS c FROM range(0, ${symbols}) AS s(i), range(${from!}, ${to!}, INTERVAL 1 MINUTE) AS r(t))`;
}

const hourly = `SELECT symbol, date_trunc('hour', time) AS hour, first(open ORDER BY time) AS open, max(high) AS high, min(low) AS low,
  last(close ORDER BY time) AS close, sum(volume) AS volume, count(*)::BIGINT AS bars`;

/** Writes a published dataset with so many rows of one minute, month by month, and its hours. */
async function writeDataset(folder: string, rows: number, say: (line: string) => void): Promise<void> {
  const duck = await Duck.open(systemRuntime, { threads: 2, memoryMb: 2_048, timeoutMs: 3_600_000 }, join(folder, 'spill'));
  const files: Record<'bars_1m' | 'bars_1h', PublishedFile[]> = { bars_1m: [], bars_1h: [] };
  const names = Array.from({ length: symbols }, (_, i) => `S${String(i).padStart(2, '0')}/USDT`);
  let written = 0;
  for (let month = 0; written < rows; month++) {
    const [start, end] = [Date.UTC(2020, month, 1), Date.UTC(2020, month + 1, 1)];
    const name = new Date(start).toISOString().slice(0, 7);
    const place = (table: string): string => `${table}/exchange=binance/month=${name}/data.parquet`;
    for (const table of ['bars_1m', 'bars_1h'] as const) {
      const path = join(folder, place(table));
      mkdirSync(join(path, '..'), { recursive: true });
      const minutes = quoted(join(folder, place('bars_1m')));
      const sql = table === 'bars_1m' ? minutesOf(start, end) : `SELECT * RENAME (hour AS time) FROM (${hourly} FROM read_parquet(${minutes}) GROUP BY symbol, hour)`;
      await duck.run(`COPY (SELECT * FROM (${sql}) ORDER BY symbol, time) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`);
      const count = Number((await duck.one(`SELECT count(*)::DOUBLE AS n FROM read_parquet(${quoted(path)})`))['n']);
      const hash = createHash('sha256').update(path).digest('hex');
      const length = table === 'bars_1m' ? 60_000 : 3_600_000;
      files[table].push({ path: place(table), exchange: 'binance', rows: count, bytes: statSync(path).size, hash, first: start, last: end - length, symbols: names });
      if (table === 'bars_1m') written += count;
    }
  }
  duck.close();
  const tables = (['bars_1m', 'bars_1h'] as const).map((table): PublishedTable => {
    const { about, version, key, time, columns } = barsTables[table];
    const own = files[table];
    const sum = (of: (file: PublishedFile) => number): number => own.reduce((total, file) => total + of(file), 0);
    return { name: table, about, version, key, time, columns, isDerived: false, hasExchange: true, files: own, rows: sum(({ rows: n }) => n), bytes: sum(({ bytes }) => bytes) };
  });
  writeFileSync(join(folder, 'spec.json'), JSON.stringify({ spec: 1, exchanges: ['binance'], tables } satisfies DatasetSpec));
  for (const { name, rows: n, bytes, files: own } of tables) say(`${name}  ${(n / 1e6).toFixed(1)} million rows, ${(bytes / 1e6).toFixed(0)} MB in ${own.length} files`);
} // prettier-ignore

/** A server of a folder that knows ranges, as object stores do. */
async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const path = join(folder, decodeURIComponent(new URL(request.url!, 'http://x').pathname));
      const file = await open(path).catch(() => undefined);
      if (file === undefined) return void response.writeHead(404).end();
      const { size } = await file.stat();
      const [, from = '0', to = String(size - 1)] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const bytes = Buffer.alloc(Number(to) - Number(from) + 1);
      await file.read(bytes, 0, bytes.length, Number(from));
      await file.close();
      response.writeHead(request.headers.range === undefined ? 200 : 206).end(bytes);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Asks the system to drop what it holds of the files in memory, where `dd` can. */
function dropCaches(folder: string, { tables }: DatasetSpec): void {
  for (const { path } of tables.flatMap(({ files }) => files)) {
    spawnSync('dd', [`if=${join(folder, path)}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  }
}

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

async function taken(act: () => Promise<unknown>): Promise<Taken> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await act();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1_000 };
}

const minuteQuery = `SELECT epoch_ms(hour)::DOUBLE AS time, open, high, low, close, volume FROM (${hourly} FROM bars_1m
  WHERE symbol = ? AND time >= ? AND time < ? GROUP BY symbol, hour) ORDER BY time`;

/** Writes the dataset, asks for a year of one symbol at one hour in each way, and removes the dataset. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const rows = Number(process.env['DATASET_ROWS'] ?? 100_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-dataset-'));
  const figures: Record<string, unknown> = {};
  const server = await serve(folder);
  try {
    await writeDataset(folder, rows, say);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const spec = (await DatasetClient.open({ from: folder })).spec;
    const until = Math.min(year.end, spec.tables[0]!.files.at(-1)!.last! + 60_000);
    const start = Math.max(firstMonth, Math.min(year.start, until - 365 * 86_400_000));
    const hours = Math.round((until - start) / 3_600_000);
    const note = (name: string, cold: readonly Taken[], warm: readonly Taken[]): void => {
      const of = (all: readonly Taken[], by: (one: Taken) => number): number => rounded(median(all.map(by)), 1);
      const one = { coldMs: of(cold, ({ ms }) => ms), coldCpuMs: of(cold, ({ cpuMs }) => cpuMs), warmMs: of(warm, ({ ms }) => ms), warmCpuMs: of(warm, ({ cpuMs }) => cpuMs) };
      figures[name] = one;
      say(`${name}  cold ${one.coldMs} ms (${one.coldCpuMs} ms of CPU), again ${one.warmMs} ms (${one.warmCpuMs} ms of CPU)`);
    };
    for (const where of ['local', 'http'] as const) {
      const [tokenCold, tokenAgain, tokenWarm, sqlCold, sqlWarm]: [Taken[], Taken[], Taken[], Taken[], Taken[]] = [[], [], [], [], []];
      for (let round = 0; round < 5; round++) {
        dropCaches(folder, spec);
        const cacheFolder = join(folder, `blocks-${where}-${round}`);
        const options = { from: where === 'local' ? folder : url, cacheFolder };
        const ask = (token: Token): Promise<void> =>
          token.ohlcv({ timeframe: '1h', start, end: until }).then(({ time }) => {
            if (time.length !== hours) throw new Error(`${time.length} bars of ${hours}`);
          });
        const token = new Token(symbol, options);
        await token.info();
        tokenCold.push(await taken(() => ask(token)));
        await token.close();
        // Another process would find the blocks on disk: a new client has no answers in memory.
        const again = new Token(symbol, options);
        await again.info();
        tokenAgain.push(await taken(() => ask(again)));
        tokenWarm.push(await taken(() => ask(again)));
        await again.close();
        if (where === 'http') continue;
        const client = await DatasetClient.open(options);
        const query = async (): Promise<void> => {
          const { length } = await client.sql(minuteQuery, [symbol, new Date(start), new Date(until)]);
          if (length !== hours) throw new Error(`${length} hours of ${hours}`);
        };
        sqlCold.push(await taken(query));
        sqlWarm.push(await taken(query));
        client.close();
      }
      note(`${where}Hours`, tokenCold, tokenWarm);
      note(`${where}HoursOfAnotherClient`, tokenCold, tokenAgain);
      if (where === 'local') note('localMinutes', sqlCold, sqlWarm);
    }
    figures['rows'] = spec.tables[0]!.rows;
    figures['residentMB'] = rounded(process.memoryUsage().rss / 1e6, 0);
    figures['peakMB'] = rounded(process.resourceUsage().maxRSS / 1e3, 0);
    figures['load'] = rounded(loadavg()[0]!, 1);
    say(`${(Number(figures['rows']) / 1e6).toFixed(1)} million rows of one minute, at most ${String(figures['peakMB'])} MB resident, load ${String(figures['load'])}`);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
} // prettier-ignore
