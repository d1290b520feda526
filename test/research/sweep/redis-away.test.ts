/** A Redis that does not answer, stops answering or refuses: workers and sweeps end when they are asked to, with a sentence where there is something to say. */
import { createServer, type Server, type Socket } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { Cerebro, GeneratedDataFeed } from 'nextbar';
import { optimize, redis } from 'nextbar/research';

import { runWorker } from '../../../src/research/index.ts';
import { connect } from '../../../src/research/sweep/redis/connection.ts';
import { SmaCross } from '../../../strategies/sma-cross.ts';

const key = 'a key of sixteen characters';
const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** A Redis that answers each command with what `answer` says to it: nothing where it says undefined. @returns Its address. */
async function fakeRedis(answer: (command: string) => string | undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of data.toString().split(/^(?=\*)/m)) {
        const text = answer(command.toLowerCase());
        if (text !== undefined) socket.write(text);
      }
    });
  });
  servers.push({ server, sockets });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `redis://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const about = 'redis_version:7.2.0\r\nloading:0\r\nmaxmemory_policy:noeviction\r\n';

/** Answers as a Redis does to a client that introduces itself. */
function introduced(command: string): string | undefined {
  if (command.includes('hello')) return "-ERR unknown command 'HELLO'\r\n";
  if (command.includes('setinfo') || command.includes('setname')) return '+OK\r\n';
  return command.includes('\r\ninfo\r\n') ? `$${about.length}\r\n${about}\r\n` : undefined;
}

/** Runs a worker that is ended after some time, and returns how long it then took in milliseconds. */
async function workerEnding(url: string, afterMs: number): Promise<number> {
  const abort = new AbortController();
  const worker = runWorker(url, { key, signal: abort.signal });
  await Promise.race([worker, new Promise((done) => setTimeout(done, afterMs))]);
  const begun = performance.now();
  abort.abort();
  await worker;
  return performance.now() - begun;
}

const sweep = (url: string, signal: AbortSignal): ReturnType<typeof optimize> =>
  optimize(
    new Cerebro().addData(new GeneratedDataFeed({ timeframe: '1h', count: 200, seed: 1 })).optStrategy(SmaCross, { fast: [3, 5] }),
    { executor: redis(url, { key, bundle: 'export {}' }), module: new URL('../../../strategies/sma-cross.ts', import.meta.url), signal },
  ); // prettier-ignore

it.each([
  ['accepts the connection and says nothing', () => undefined],
  ['answers at first and then nothing more', introduced],
] as const)('a worker ends at once at a Redis that %s', async (_, answer) => {
  expect(await workerEnding(await fakeRedis(answer), 500)).toBeLessThan(3_000);
});

it.each([
  ['accepts the connection and says nothing', () => undefined],
  ['answers at first and then nothing more', introduced],
] as const)('a sweep ends at once at a Redis that %s', async (_, answer) => {
  const { end, trials } = await sweep(await fakeRedis(answer), AbortSignal.timeout(500));
  expect([end, trials.length]).toEqual(['stopped', 0]);
});

it.each([
  ['password', '-WRONGPASS invalid username-password pair or user is disabled.\r\n', 'refuses commands: WRONGPASS'],
  ['language', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'no Redis answers at'],
])('a worker and a sweep end with a sentence where the %s is another', async (_, answer, sentence) => {
  const url = await fakeRedis(() => answer);
  await expect(workerEnding(url, 60_000)).rejects.toThrow(sentence);
  await expect(sweep(url, AbortSignal.timeout(60_000))).rejects.toThrow(sentence);
});

it('a sweep ends with a sentence where Redis has no memory left', async () => {
  const url = await fakeRedis((command) => introduced(command) ?? "-OOM command not allowed when used memory > 'maxmemory'.\r\n"); // prettier-ignore
  await expect(sweep(url, AbortSignal.timeout(60_000))).rejects.toThrow('refuses commands: OOM command not allowed');
});

it('a worker ends with a sentence where Redis has refused everything for five seconds', async () => {
  const url = await fakeRedis((command) => introduced(command) ?? "-OOM command not allowed when used memory > 'maxmemory'.\r\n"); // prettier-ignore
  await expect(workerEnding(url, 60_000)).rejects.toThrow('refuses commands: OOM command not allowed');
}, 30_000);

it('names a host that does not exist and an address that is none', async () => {
  await expect(workerEnding('redis://no-such-host.invalid:6379', 60_000)).rejects.toThrow(/no Redis answers at redis:\/\/no-such-host\.invalid:6379: /); // prettier-ignore
  await expect(workerEnding('redis://:secret@host:port', 60_000)).rejects.toThrow(/^(?!.*secret).*cannot be read$/);
}, 30_000);

it('is told of while it is away, once, and when it is back', async () => {
  const url = await fakeRedis(introduced);
  const told: boolean[] = [];
  const abort = new AbortController();
  const worker = runWorker(url, { key, signal: abort.signal, onAway: (isAway) => told.push(isAway) });
  await expect.poll(() => servers[0]!.sockets.size, { timeout: 10_000 }).toBeGreaterThan(0);
  await new Promise((done) => setTimeout(done, 300));
  for (const socket of servers[0]!.sockets) socket.destroy();
  await expect.poll(() => told, { timeout: 10_000 }).toEqual([true, false]);
  abort.abort();
  await worker;
  expect(told).toEqual([true, false]);
}, 30_000); // prettier-ignore

it('is told of while it hangs, which closes no connection, and when it answers again', async () => {
  let isHung = false;
  const url = await fakeRedis((command) => {
    if (!command.includes('\r\nping\r\n')) return introduced(command);
    return isHung ? undefined : '+PONG\r\n';
  });
  const told: boolean[] = [];
  const redis = await connect(url, undefined, (isAway) => told.push(isAway));
  try {
    isHung = true;
    await expect.poll(() => told, { timeout: 30_000 }).toEqual([true]);
    isHung = false;
    for (const socket of servers[0]!.sockets) socket.write('+PONG\r\n');
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([true, false]);
  } finally {
    redis.disconnect();
  }
}, 60_000);

it('is asked for with options that exist', () => {
  expect(() => redis('redis://127.0.0.1:1', { key, chunks: 3 } as never)).toThrow("unknown option of redis 'chunks': did you mean 'chunk'?"); // prettier-ignore
});
