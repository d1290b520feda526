/** Sweeps over Redis: workers killed at random and a Redis that restarts; every chunk counts once, and the result equals that of one thread. Run: npm run workers [-- --short] */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createWeb } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Cerebro, GeneratedDataFeed, type StrategyClass } from 'nextbar';
import { optimize, redis, type OptimizeResult } from 'nextbar/research';

import { messageOf, seededRandom } from '../../src/core/index.ts';

const isShort = process.argv.includes('--short');
const kills = isShort ? 1 : 50;
const trials = isShort ? 32 : 3_000;
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

if (spawnSync('redis-server', ['--version']).status !== 0) {
  if (process.getuid?.() === 0)
    spawnSync('apt-get', ['install', '-y', 'redis-server'], {
      stdio: 'inherit',
    });
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    console.log('workers  skipped: there is no redis-server, and it cannot be installed here');
    process.exit(0);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'nextbar-workers-'));
const port = await new Promise<number>((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address() as { port: number };
    server.close(() => done(free));
  });
});
const url = `redis://127.0.0.1:${port}`;
const key = 'a key of the operator of this soak';
const keyFile = join(folder, 'key');
writeFileSync(keyFile, key);
writeFileSync(join(folder, 'wrong'), 'a key that signs nothing at all here');

const strategy = join(folder, 'mine.mjs');
const source = (door: string): string => `import { crossover, sma, Strategy } from "${door}";
export class Mine extends Strategy {
  static params = { fast: 5, slow: 20 };
  cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
  next() { if (this.cross.now > 0) this.buy(); else if (this.cross.now < 0) this.close(); }
}
`;
const front = import.meta.resolve('nextbar');
writeFileSync(strategy, source(front));

function startRedis(): ChildProcess {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
  return spawn('redis-server', args, { stdio: 'ignore' });
}

function startWorker(keyPath = keyFile, ...options: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, 'worker', '--redis', url, '--key-file', keyPath, ...options], { stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  return child;
}

/** A worker that waits for chunks. */
async function readyWorker(...options: string[]): Promise<ChildProcess> {
  const worker = startWorker(keyFile, ...options);
  await once(worker.stdout!, 'data');
  return worker;
}

/** Bars in a folder, which one worker reaches and others do not: what these hand back the one does, and without it the sweep ends with a sentence. */
async function lacking(): Promise<void> {
  const [segments, empty, damaged] = ['segments', 'empty', 'damaged'].map((name) => join(folder, name)) as [string, string, string]; // prettier-ignore
  mkdirSync(empty);
  const web = createWeb((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = `http://127.0.0.1:${(web.address() as { port: number }).port}`;
  // Bars that Redis does not have from the sweeps before.
  const wanted = textOf(await optimize(make(9), common));
  const executor = redis(url, {
    key,
    bundle: source('nextbar'),
    segments,
    chunk: isShort ? 2 : 10,
  });
  const able = await readyWorker('--segments', segments);
  const told: string[] = [];
  const lacks = [
    { options: ['--segments', address], says: 'answered 404' },
    { options: ['--segments', damaged], says: 'checksum does not match' },
    { options: ['--segments', empty], says: 'cannot be read from' },
    { options: [], says: 'give their folder' },
  ].slice(0, isShort ? 2 : 4);
  const helpless = lacks.map(({ options }, k) => {
    const worker = startWorker(keyFile, ...options);
    worker.stderr!.on('data', (text: Buffer) => (told[k] = `${told[k] ?? ''}${text.toString()}`));
    return worker;
  });
  const file = join(folder, 'lacking.sqlite');
  try {
    const found = await optimize(make(9), {
      ...common, executor, file,
      onProgress: () => {
        if (!existsSync(damaged)) spoil(segments, damaged);
      },
    }); // prettier-ignore
    if (textOf(found) !== wanted)
      throw new Error('the result of the one worker that has the bars is not that of one thread');
    await ended(able, 'SIGKILL');
    const failure = await optimize(make(9), {
      ...common,
      seed: 4,
      executor,
    }).then(() => 'none', messageOf);
    if (!failure.startsWith(`each of ${lacks.length} workers cannot run the sweep: `)) throw new Error(`the sweep ended with '${failure}'`); // prettier-ignore
    for (const [k, { says }] of lacks.entries()) if (told[k]?.includes(says) !== true) throw new Error(`a worker said '${told[k]}', not '${says}'`); // prettier-ignore
  } finally {
    for (const worker of [able, ...helpless]) await ended(worker, 'SIGKILL');
    web.close();
  }
}

/** A worker that hangs keeps its connection: the sweep says that nothing comes back, and goes on with it later. @returns After how many milliseconds it said so. */
async function hanging(): Promise<number> {
  const worker = await readyWorker();
  worker.kill('SIGSTOP');
  let told: readonly number[] = [];
  const onQuiet = (...facts: [silentMs: number, workers: number]): void => {
    told = facts;
    worker.kill('SIGCONT');
  };
  try {
    const found = await optimize(make(11), {
      ...common,
      executor: redis(url, { key, bundle: source('nextbar'), onQuiet }),
    });
    if (told[1] !== 1) throw new Error(`the sweep told of ${told[1]} workers that hang, not of one`);
    if (textOf(found) !== textOf(await optimize(make(11), common)))
      throw new Error('the result of a worker that hung is not that of one thread');
  } finally {
    await ended(worker, 'SIGKILL');
  }
  return Math.round(told[0]!);
}

/** Ctrl-C at workers whose Redis has gone some moments ago. @returns How long the slowest took, in milliseconds. */
async function leaving(): Promise<number> {
  let slowest = 0;
  for (let round = 0; round < (isShort ? 1 : 10); round++) {
    if (round > 0) server = startRedis();
    await sleep(300);
    workers.splice(0, 1, await readyWorker());
    await sleep(3_000 * random());
    await ended(server, 'SIGKILL');
    await sleep(4_000 * random() ** 2);
    const begun = performance.now();
    const left = ended(workers[0]!, 'SIGINT').then(() => true);
    if (!(await Promise.race([left, sleep(10_000).then(() => false)]))) throw new Error('a worker did not end while Redis was away'); // prettier-ignore
    slowest = Math.max(slowest, Math.round(performance.now() - begun));
  }
  return slowest;
}

/** The segments of a folder with one byte changed. */
function spoil(segments: string, damaged: string): void {
  mkdirSync(damaged);
  for (const name of readdirSync(segments)) {
    const bytes = readFileSync(join(segments, name));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(damaged, name), bytes);
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await gone;
}

const { Mine } = (await import(pathToFileURL(strategy).href)) as {
  Mine: StrategyClass<Record<string, unknown>>;
};
const make = (seed = 8): Cerebro =>
  new Cerebro({ cash: 10_000, commission: 0.001 })
    .addData(
      new GeneratedDataFeed({
        name: 'a',
        timeframe: '1h',
        count: isShort ? 600 : 20_000,
        seed,
      }),
    )
    .optStrategy(Mine, {
      fast: { from: 2, to: 80 },
      slow: { from: 20, to: 400 },
    } as never);
const common = {
  method: 'random',
  trials,
  seed: 3,
  module: pathToFileURL(strategy),
} as const;

/** The trials of a sweep as text: what has to be equal to the bit. */
const textOf = ({ trials: table, luck }: OptimizeResult): string => table.toCsv() + JSON.stringify(luck);

const random = seededRandom(Number(process.env['SEED'] ?? 1));
let server = startRedis();
const workers: ChildProcess[] = [];
/** What the sweeps and the killing share. */
const state = { isOver: false };
/** Ends once some trials have come back, so that a worker is killed in the middle of its sweep. */
let begin = (): void => {};
const begun = new Promise<void>((done) => (begin = done));
let killed = 0;
let restarted = 0;

async function chaos(): Promise<void> {
  const isOver = (): boolean => state.isOver;
  while (killed < kills && !isOver()) {
    // In short in the middle of the only sweep: what is started costs more than what is computed.
    if (isShort) await begun;
    else await sleep(1_500 + 2_000 * random());
    if (isOver()) return;
    const at = Math.floor(random() * workers.length);
    await ended(workers[at]!, 'SIGKILL');
    if (!isShort) workers[at] = startWorker();
    killed++;
    if (killed === Math.ceil(kills / 2)) {
      await ended(server, isShort ? 'SIGTERM' : 'SIGKILL');
      await sleep(500);
      server = startRedis();
      restarted++;
    }
  }
}

try {
  const wanted = textOf(await optimize(make(), common));
  await sleep(500);
  // Nobody works yet: an interrupt ends the sweep all the same.
  const stopped = await optimize(make(), { ...common, executor: redis(url, { key, bundle: source('nextbar') }), signal: AbortSignal.timeout(500) }); // prettier-ignore
  if (stopped.end !== 'stopped' || stopped.trials.length > 0)
    throw new Error('a sweep without workers was not stopped');
  const stranger = startWorker(join(folder, 'wrong'));
  let refusals = '';
  stranger.stderr!.on('data', (text: Buffer) => (refusals += text.toString()));
  for (let k = 0; k < 2; k++) workers.push(startWorker());
  // Killed and restarted again and again until the kills are done: one sweep may be quicker than they are.
  let sweeps = 0;
  const troubled = chaos();
  do {
    const found = await optimize(make(), { ...common, seed: 3, executor: redis(url, { key, bundle: source('nextbar'), chunk: isShort ? 2 : 10 }), onProgress: () => begin() }); // prettier-ignore
    if (found.trials.length !== trials) throw new Error(`${found.trials.length} trials were counted, not ${trials}`);
    if (textOf(found) !== wanted) throw new Error('the result over Redis is not that of one thread');
    sweeps++;
  } while (killed < kills);
  state.isOver = true;
  await troubled;
  if (!refusals.includes('not signed with the key')) throw new Error(`a worker with another key did not refuse: '${refusals}'`); // prettier-ignore
  await ended(stranger, 'SIGKILL');
  for (const worker of workers.splice(0)) await ended(worker, 'SIGKILL');
  await lacking();
  const silent = await hanging();
  const slowest = await leaving();
  console.log(`workers  ${sweeps} sweeps of ${trials} trials, ${killed} workers killed, Redis restarted ${restarted} times: every trial counted once, the result equal to that of one thread; a worker with another key refused, and what workers without the bars handed back another did; a worker that hung was told of after ${silent} ms; without Redis a worker ended ${slowest} ms after Ctrl-C at the latest`); // prettier-ignore
} finally {
  state.isOver = true;
  for (const worker of workers) worker.kill('SIGKILL');
  await ended(server, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
