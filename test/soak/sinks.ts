/** Sinks against the real things: Redis and PostgreSQL stopped and started again in mid-stream, and ZeroMQ. Run by `npm run sinks`. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { StreamEvent } from '../../src/core/index.ts';
import { openSink } from '../../src/sinks/index.ts';

const count = Number(process.argv[2] ?? 20_000);
const folder = mkdtempSync(join(tmpdir(), 'sinks-real-'));
const running: ChildProcess[] = [];
const facts: string[] = [];

function event(id: number): StreamEvent {
  return { type: 'trade', exchange: 'binance', symbol: 'BTC/USDT', time: 1_700_000_000_000 + id, receiveTime: 1_700_000_000_000 + id, id: String(id), side: 'buy', price: 10 + (id % 7), size: 1, backfill: false }; // prettier-ignore
}

function check(what: string, isTrue: boolean): void {
  facts.push(`${isTrue ? 'ok  ' : 'FAIL'} ${what}`);
  if (!isTrue) process.exitCode = 1;
}

/** Writes all events; in the middle `away` stops the server, and a second later `back` starts it again. */
async function stream(to: string, away: () => Promise<void>, back: () => Promise<void>): Promise<void> {
  const sink = await openSink({ to, batchSize: 200, retryMs: 50 });
  for (let id = 0; id < count; id++) {
    await sink.write(event(id));
    if (id % 500 === 0) await sleep(1);
    if (id !== Math.floor(count / 2)) continue;
    await away();
    void sleep(1_000).then(back);
  }
  await sink.flush();
  // A second process may have written the same before a crash: what is there is left alone.
  for (let id = count - 1_000; id < count; id++) await sink.write(event(id));
  await sink.close();
  const { counters } = sink;
  check(
    `${to.split(':')[0]}: ${counters.written} written, ${counters.retries} retries, none dropped or failed`,
    counters.dropped + counters.failed === 0,
  );
}

async function redis(): Promise<void> {
  if (!isInstalled('redis-server')) {
    left('Redis', 'redis-server');
    return;
  }
  const port = 7_391;
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn(
      'redis-server',
      ['--port', String(port), '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
      { stdio: 'ignore' },
    );
    running.push(server);
    await sleep(500);
  };
  await start();
  await stream(`redis://127.0.0.1:${port}`, async () => { server.kill('SIGKILL'); await sleep(100); }, start); // prettier-ignore
  const { Redis } = await import('ioredis');
  const client = new Redis(port);
  const entries = await client.xrange('nextbar', '-', '+');
  const keys = entries.map(([, fields]) => fields[1]);
  check(`redis: ${entries.length} entries, each key once`, new Set(keys).size === count && entries.length === count);
  client.disconnect();
}

async function postgres(): Promise<void> {
  const bin = '/usr/lib/postgresql/15/bin';
  if (!existsSync(join(bin, 'postgres'))) {
    left('PostgreSQL', 'postgresql');
    return;
  }
  const data = join(folder, 'pg');
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const run = (command: string, ...args: string[]): void => {
    const [name = command, ...rest] = [...user, join(bin, command), ...args];
    execFileSync(name, rest, { stdio: 'ignore' });
  };
  if (user.length > 0) execFileSync('chown', ['postgres', folder]);
  run('initdb', '-D', data, '-A', 'trust', '-U', 'nextbar');
  const start = (): Promise<void> => {
    run(
      'pg_ctl',
      '-D',
      data,
      '-w',
      '-o',
      `-p 7392 -k ${folder} -c listen_addresses=127.0.0.1`,
      '-l',
      join(folder, 'pg.log'),
      'start',
    );
    return Promise.resolve();
  };
  const stop = (): Promise<void> => {
    run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
    return Promise.resolve();
  };
  await start();
  try {
    await stream('postgres://nextbar@127.0.0.1:7392/postgres', stop, start);
    const pg = await import('pg');
    const client = new pg.default.Client('postgres://nextbar@127.0.0.1:7392/postgres');
    await client.connect();
    const { rows } = await client.query<{ n: string; d: string }>(
      'SELECT count(*) AS n, count(DISTINCT key) AS d FROM market_events',
    );
    check(`postgres: ${rows[0]!.n} rows, each key once`, Number(rows[0]!.n) === count && Number(rows[0]!.d) === count);
    await client.end();
  } finally {
    await stop();
  }
}

async function zeromq(): Promise<void> {
  const { Pull } = await import('zeromq');
  const sink = await openSink({ to: 'zmq:tcp://127.0.0.1:7393', pattern: 'push', batchSize: 200 });
  const pull = new Pull();
  pull.connect('tcp://127.0.0.1:7393');
  const keys = new Set<string>();
  const reading = (async () => {
    while (keys.size < count) {
      const [, json] = (await pull.receive()) as Buffer[];
      keys.add((JSON.parse(json!.toString()) as { key: string }).key);
    }
  })();
  for (let id = 0; id < count; id++) await sink.write(event(id));
  await sink.flush();
  await Promise.race([reading, sleep(10_000)]);
  check(`zeromq: ${keys.size} of ${count} events arrived`, keys.size === count);
  await sink.close();
  pull.close();
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function left(what: string, name: string): void {
  facts.push(`left out: ${what} is not installed here (apt-get install ${name})`);
}

try {
  for (const one of [redis, postgres, zeromq]) {
    try {
      await one();
    } catch (error) {
      check(`${one.name}: ${error instanceof Error ? error.message : String(error)}`, false);
    }
  }
} finally {
  for (const server of running) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
console.log(facts.join('\n'));
process.exit();
