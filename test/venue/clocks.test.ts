/** A clock that runs faster: times, timers, and what may not be asked of it. */
import { spawnSync } from 'node:child_process';

import { expect, it } from 'vitest';

import { SimulatedRuntime } from '../../src/core/index.ts';
import { FastRuntime } from '../../src/venue/index.ts';

const begin = Date.UTC(2024, 0, 1);

it('passes an hour in a minute, timers included', () => {
  const slow = new SimulatedRuntime(1, begin);
  const fast = new FastRuntime(slow, 60, Date.UTC(2020, 5, 1));
  const fired: [string, number][] = [];
  fast.after(600_000, () => fired.push(['once', fast.elapsed()]));
  fast.every(1_200_000, () => fired.push(['again', fast.elapsed()]));
  slow.advance(60_000);
  expect(fast.now()).toBe(Date.UTC(2020, 5, 1, 1));
  expect(fired).toEqual([['once', 600_000], ['again', 1_200_000], ['again', 2_400_000], ['again', 3_600_000]]); // prettier-ignore
});

it('begins at the time of the other clock, and wakes a sleeper in time', async () => {
  const slow = new SimulatedRuntime(1, begin);
  const fast = new FastRuntime(slow, 100);
  expect(fast.now()).toBe(begin);
  let woken = NaN;
  void fast.sleep(5_000).then(() => (woken = fast.now()));
  await slow.advanceAsync(50, () => new Promise((resolve) => setImmediate(resolve)));
  expect(woken).toBe(begin + 5_000);
});

it('does not fire a repeating timer so often that nothing else gets its turn', () => {
  const slow = new SimulatedRuntime(1, begin);
  let fired = 0;
  new FastRuntime(slow, 10_000).every(10, () => fired++);
  slow.advance(400);
  expect(fired).toBe(100);
});

it('refuses a speed that is none', () => {
  expect(() => new FastRuntime(new SimulatedRuntime(1), 0)).toThrow('speed must be a number above 0, was 0');
});

it('is imported without the sockets package', () => {
  const script = `
    import { createRequire } from 'node:module';
    await import('./src/venue/index.ts');
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => /node_modules.(ws|ccxt)./.test(path));
    console.log(JSON.stringify(loaded));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' }); // prettier-ignore
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('[]');
});
