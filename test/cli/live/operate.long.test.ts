/** Operating sessions from other processes: listed, shown, paused, flattened, stopped, and what is left after a kill. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { socketOf } from '../../../src/cli/live/session-home.ts';
import { unitOf } from '../../../src/cli/operate/systemd-unit.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { BarMarket, FastRuntime, openLocalExchange, type LocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { nextbar, started, type Running } from '../nextbar.ts';
import { ownFolder, seriesAround, thisMinute } from '../../session-setup.ts';

const speed = 60;
const folder = ownFolder('operate');
let exchange: LocalExchange;

beforeAll(async () => {
  writeFileSync(
    join(folder, 'holds.mjs'),
    `import { Strategy } from 'nextbar';
export class Sleeps extends Strategy {}
export default class Holds extends Strategy {
  next() { if (this.position.size === 0 && this.openOrders.length === 0) this.buy({ size: 0.01 }); }
}
`,
  );
  const now = thisMinute();
  const runtime = new FastRuntime(systemRuntime, speed, now);
  exchange = await openLocalExchange({
    runtime,
    market: new BarMarket(runtime, { series: [seriesAround(now)], tradesPerBar: 20 }),
    checksTime: false,
  });
});
afterAll(async () => {
  await exchange.close();
});

/** A session on paper that holds a position. */
async function holding(name: string, word = '"status":"completed"'): Promise<Running> {
  const line = ['paper', 'holds.mjs', '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '15s', '--history', '0', '--url', exchange.url, '--speed', String(speed), '--session', name, '--json']; // prettier-ignore
  const running = started(line, folder);
  await expect.poll(() => running.said.stdout.includes(word) || running.child.exitCode !== null).toBe(true);
  return running;
}

const ask = (...args: string[]) => nextbar(args, folder);

describe('a running session', () => {
  it('is listed with its process, and paused, flattened, resumed and stopped by other processes', async () => {
    const running = await holding('one');
    const listed = JSON.parse((await ask('sessions', '--json')).stdout) as { name: string }[];
    expect(listed).toMatchObject([{ name: 'one', state: 'running', pid: running.child.pid }]);
    const paused = await ask('pause', 'one', '--reason', 'a test');
    expect([paused.code, paused.stdout]).toEqual([0, expect.stringContaining('the session is paused: a test') as string]); // prettier-ignore
    const flat = await ask('flatten', 'one');
    expect([flat.code, flat.stdout]).toEqual([0, expect.stringContaining('flat') as string]);
    const view = JSON.parse((await ask('status', 'one', '--json')).stdout) as { view: { datas: object[] } };
    expect(view.view.datas).toMatchObject([{ position: { size: 0 } }]);
    expect((await ask('resume', 'one')).code).toBe(0);
    const stopped = await ask('stop', 'one', '--reason', 'the end of the test');
    expect(stopped).toMatchObject({ code: 0, stdout: 'one has ended: the end of the test\n' });
    expect((await running.ended).code).toBe(0);
    expect((await ask('sessions')).stdout).toMatch(/one +ended/);
    expect((await ask('logs', 'one', '--lines', '0')).stdout).toContain('the session is paused: a test');
    const replay = await ask('replay', 'one', '--quiet');
    expect([replay.code, replay.stdout]).toEqual([0, expect.stringContaining('all as they were') as string]);
  });

  it('is owned by one process, whose socket and files belong to its user alone, and counts as killed after a kill', async () => {
    const running = await holding('two');
    const socket = socketOf(join(folder, 'sessions', 'two'));
    expect([statSync(socket).mode & 0o777, statSync(dirname(socket)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(statSync(join(folder, 'sessions', 'two', 'log.jsonl')).mode & 0o077).toBe(0);
    // What happened is in the journal within 50 ms: a machine ten times slower gets as much more.
    await systemRuntime.sleep(500);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(existsSync(socket)).toBe(true);
    expect((await ask('sessions')).stdout).toMatch(/two +killed/);
    const late = await ask('pause', 'two');
    expect([late.code, late.stderr]).toEqual([1, "error: session 'two' does not run: its last run was killed\n"]);
    expect((await ask('status', 'tow')).stderr).toContain("did you mean 'two'?");
    expect(readFileSync(join(folder, 'sessions', 'two', 'run.json'), 'utf8')).toContain(String(running.child.pid));

    const recovered = await ask('recover', 'two', '--json');
    const restored = JSON.parse(recovered.stdout) as { holdings: Record<string, number>; mismatches: string[] };
    expect([recovered.code, restored.mismatches]).toEqual([0, []]);
    expect(restored.holdings['BTC/USDT']).toBe(0.01);
    const again = await holding('two', '"event":"step"');
    const view = JSON.parse((await ask('status', 'two', '--json')).stdout) as { view: { datas: object[] } };
    expect(view.view.datas).toMatchObject([{ position: { size: 0.01 } }]);
    expect(again.said.stdout).not.toContain('"event":"order"');
    expect((await ask('stop', 'two')).code).toBe(0);
    expect((await ask('replay', 'two', '--quiet')).stdout).toContain('all as they were');
    const folderOf = join(folder, 'sessions', 'two');
    writeFileSync(
      join(folderOf, 'plan.json'),
      readFileSync(join(folderOf, 'plan.json'), 'utf8').replace('"strategy": "Holds"', '"strategy": "Sleeps"'),
    );
    expect((await ask('recover', 'two')).code).not.toBe(0);
  });
});

describe('models fitted over a recording', () => {
  it('hold slippage with its error on orders that were held back, and no latency', async () => {
    const recording = join(process.cwd(), 'examples/recordings/order-flow.jsonl.gz');
    const base = [
      'calibrate',
      '--recording',
      recording,
      '--exchange',
      'binance',
      '--symbol',
      'BTC/USDT',
      '--timeframe',
      '1s',
    ];
    const { code, stderr } = await nextbar([...base, '--size', '0.001'], folder);
    expect([code, stderr]).toEqual([0, '']);
    const models = JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8')) as Record<string, object>;
    expect(models['slippage']).toMatchObject({ orders: { fitted: 175, held: 75 } });
    expect(models).not.toHaveProperty('latency');
    const wrong = await nextbar([...base, '--size', '-1'], folder);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--size is more than 0, was -1') as string]);
  });
});

describe('a unit of systemd', () => {
  it('runs the command under the name of the session, and quotes what the shell would not', () => {
    const unit = unitOf('x', ['paper', 'my strategy.ts', '--param', 'a=50%'], '/etc/keys');
    expect(unit).toMatch(/^ExecStart=\S+node \S+ paper "my strategy.ts" --param a=50%% --session x --json$/m);
    expect(unit).toContain('EnvironmentFile=/etc/keys');
    expect(unit).toContain('Restart=on-failure');
  });
});
