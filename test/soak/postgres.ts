/**
 * The platform on a real PostgreSQL. Every test of the server runs with each statement on both databases, whose answers must be the same
 * bytes; then the server is killed again and again while the syncer writes. Run by `npm run postgres`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SimulatedRuntime, systemRuntime, type Runtime } from '../../src/core/index.ts';
import { openDatabase, Syncer, type Database } from '../../src/server/index.ts';
import { FakeVenues, futureOf } from '../server/venues.ts';
import { startCluster, type Cluster } from './cluster.ts';

const rounds = Number(process.argv[2] ?? 24);
const [symbolCount, startTime] = [1_500, Date.UTC(2026, 0, 1)];
const tables = ['exchanges', 'symbols', 'symbol_names', 'symbol_changes', 'intervals', 'sync_runs'];

/** Every row of every table; sorted by all that identifies it. */
async function everything(database: Database): Promise<string> {
  const found: string[] = [];
  for (const table of tables) {
    const rows = await database.rows<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4, 5`);
    for (const row of rows) found.push(`${table} ${JSON.stringify(row)}`);
  }
  return found.join('\n');
}

/** The world of one round: symbols come, go, change and come back. */
function setRound(venues: FakeVenues, round: number): void {
  venues.binance.length = 0;
  for (let k = 0; k < symbolCount; k++) {
    if ((k + round) % 13 === 0) continue;
    venues.binance.push(futureOf(`C${k}`, { onboardDate: 1_600_000_000_000 + ((k * round) % 7) }));
  }
  venues.perpetuals[1] = { name: round % 2 === 0 ? 'MATIC' : 'POL', szDecimals: 1 };
}

/** The clock of a round stands still; waiting for the database is real. */
class RoundClock extends SimulatedRuntime {
  override sleep(ms: number): Promise<void> {
    return systemRuntime.sleep(Math.min(ms, 50));
  }
  override elapsed(): number {
    return systemRuntime.elapsed();
  }
}

async function syncThrough(database: Database, onRound: (round: number) => unknown): Promise<void> {
  const venues = new FakeVenues();
  for (let round = 0; round < rounds; round++) {
    setRound(venues, round);
    const runtime: Runtime = new RoundClock(1, startTime + round * 3_600_000);
    onRound(round);
    const runs = await new Syncer({ database, runtime, network: venues }).sync();
    const failed = runs.find(({ isOk }) => !isOk);
    if (failed !== undefined) throw new Error(`round ${round}: ${failed.exchange}: ${failed.error ?? ''}`);
  }
}

async function killedInMidSync(cluster: Cluster): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-killed-'));
  const name = 'killed';
  const { default: pg } = await import('pg');
  const admin = new pg.Client(cluster.address);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const [sqlite, postgres] = [
    await openDatabase(join(folder, 'twin.sqlite'), 1),
    await openDatabase(cluster.address.replace(/postgres$/, name), 1),
  ];
  let [kills, round] = [0, 0];
  const done = new AbortController();
  try {
    const killing = (async () => {
      // Each kill comes at another moment of a later round.
      const isDone = (): boolean => done.signal.aborted;
      for (let wait = 20; !isDone(); wait = (wait * 7 + 13) % 300) {
        const seen = round;
        while (!isDone() && round <= seen) await sleep(5);
        await sleep(wait);
        if (isDone()) break;
        cluster.kill();
        kills++;
        cluster.start();
      }
    })();
    await syncThrough(postgres, (begun) => (round = begun)).finally(() => {
      done.abort();
    });
    await killing;
    await syncThrough(sqlite, () => undefined);
    const [a, b] = [await everything(sqlite), await everything(postgres)];
    if (a !== b) {
      const [left, right] = [a.split('\n'), b.split('\n')];
      const at = left.findIndex((line, k) => line !== right[k]);
      throw new Error(
        `after ${kills} kills the databases differ in row ${at}:\n  ${left[at] ?? ''}\n  ${right[at] ?? ''}`,
      );
    }
    process.stdout.write(`ok  ${rounds} rounds of ${symbolCount} symbols, the server killed ${kills} times: ${a.split('\n').length} rows, the same as on SQLite without a kill\n`); // prettier-ignore
    return kills;
  } finally {
    await sqlite.close();
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const cluster = await startCluster();
if (cluster !== undefined) {
  process.stdout.write(`PostgreSQL ${cluster.version}\n`);
  try {
    const files = ['test/server', 'test/contracts/database.test.ts'];
    const env = { ...process.env, NEXTBAR_TEST_POSTGRES: cluster.address, NO_COLOR: '1' };
    const { status } = spawnSync('npx', ['vitest', 'run', '--maxWorkers=1', ...files], { env, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
    const kills = await killedInMidSync(cluster);
    if (kills < 3) throw new Error(`only ${kills} kills: run more rounds`);
  } finally {
    cluster.remove();
  }
}
