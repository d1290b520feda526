/** Reads that are made again: each longer wait is told before it begins. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { dispatch } from '../../../src/cli/shell/dispatch.ts';
import { systemRuntime } from '../../../src/core/index.ts';

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

it('a command says what failed and when it asks again, and no more once it has ended', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  let errors = '';
  const ask = (): Promise<number> =>
    dispatch(['symbols', 'binance', '--url', url], {
      stdout: { write: () => undefined },
      stderr: { write: (text) => (errors += text) },
      env: { NEXTBAR_RUNS: 'off' },
      runtime: { ...systemRuntime, sleep: () => Promise.resolve(), random: () => 1 },
      leaveInterrupts: async () => {},
      onBrokenOutput: () => {},
    });
  expect(await ask()).not.toBe(0);
  const told = errors.split('\n').filter((line) => line.includes('asking again'));
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatch(/^binance could not .*ECONNREFUSED.*: asking again in \d+ s \(\d of \d\)$/);
  const before = told.length;
  await ask();
  expect(errors.split('\n').filter((line) => line.includes('asking again'))).toHaveLength(2 * before);
});
