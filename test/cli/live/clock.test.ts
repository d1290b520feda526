/** The clock of a session at an address: one that runs at another speed than `--speed` says is told, as the session would refuse all that comes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it, onTestFinished } from 'vitest';

import { clockOf } from '../../../src/cli/live/start.ts';
import { systemRuntime } from '../../../src/core/index.ts';

const runtime = systemRuntime;

/** The address of a server whose clock begins at 0 and runs so many times as fast as time. */
async function serving(speed: number): Promise<string> {
  const began = runtime.elapsed();
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ serverTime: Math.floor((runtime.elapsed() - began) * speed) }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each([
  [60, 1],
  [60, 600],
  [1, 60],
])('refuses a clock of %i times where --speed says %i', async (real, said) => {
  const url = await serving(real);
  await expect(clockOf(url, said, runtime)).rejects.toThrow(
    new RegExp(`^--speed must be that of the exchange at ${url}, whose clock runs about [\\d.]+ times as fast as time, was ${said}$`),
  );
}); // prettier-ignore

it('takes a clock at the speed that it is told, one that stands, and the time of this machine where there is none', async () => {
  const fast = await clockOf(await serving(60), 60, runtime);
  const from = [fast.now(), runtime.elapsed()] as const;
  await runtime.sleep(100);
  expect((fast.now() - from[0]) / (runtime.elapsed() - from[1])).toBeCloseTo(60, 0);
  for (const speed of [1, 0]) expect(await clockOf(await serving(speed), 1, runtime)).toBe(runtime);
  expect(await clockOf('http://127.0.0.1:9', 1, runtime)).toBe(runtime);
  expect(await clockOf(undefined, 1, runtime)).toBe(runtime);
});
