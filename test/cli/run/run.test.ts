/** nextbar run, as a user runs it: files in, exit code, stdout and stderr out. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { generateBars } from '../../../src/feeds/index.ts';
import { nextbar, type Outcome } from '../nextbar.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-cli-'));
const hour = 3_600_000;
const t0 = Date.UTC(2024, 0, 1);
const run = (...args: string[]): Promise<Outcome> => nextbar(['run', ...args], folder);
const write = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** Five bars on which `hold.ts` buys one unit at 101 and sells it at 104, the opens after the bars it acts on. */
const bars = 'timestamp,open,high,low,close,volume\n' +
  [100, 101, 102, 104, 103].map((open, i) => `${t0 + i * hour},${open},${open + 2},${open - 1},${open + 1},10`).join('\n'); // prettier-ignore
const five = ['--csv', 'five.csv', '--timeframe', '1h'];

beforeAll(() => {
  write('five.csv', bars);
  write(
    'hold.ts',
    `import { Strategy } from 'nextbar';
import { buyAt } from './lib/plan.ts';

export class Hold extends Strategy<typeof Hold.params> {
  static readonly params = { sellAt: 3, label: 'x', loud: false };
  override next(): void {
    if (this.data.length === buyAt) this.buy({ size: 1 });
    if (this.data.length === this.params.sellAt) this.close();
  }
}
`,
  );
  mkdirSync(join(folder, 'lib'));
  write('lib/plan.ts', `export const buyAt: number = 1;\n`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a run that ends well', () => {
  it('shows a summary and exits with 0', async () => {
    const { code, stdout, stderr } = await run('hold.ts', ...five, '--commission', '0.01');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Hold {2}sellAt 3 {2}label x {2}loud false/);
    expect(stdout).toMatch(/five {2}5 bars of 1h, 2024-01-01 to 2024-01-01 05:00 \(5 hours\)/);
    // 104 - 101 less 1 % of both.
    expect(stdout).toContain('10,000.00 → 10,000.95');
    expect(stdout).toMatch(/Sizer +invests 95 % of the value/);
    expect(stdout).toMatch(/Commission +1 % of the value/);
    expect(stdout).not.toContain('\u001b');
  });

  it('gives JSON alone on stdout, with no number that JSON cannot say', async () => {
    const { code, stdout, stderr } = await run('hold.ts', ...five, '--json', '--param', 'sellAt=99');
    expect([code, stderr]).toEqual([0, '']);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toMatchObject({
      mode: 'backtest',
      steps: 5,
      start: '2024-01-01T00:00:00.000Z',
      startValue: 10_000,
      finalCash: 10_000 - 101,
      finalValue: 10_000 - 101 + 104,
      strategies: [{ name: 'Hold', params: { sellAt: 99 }, closedTrades: 0, openTrades: 1, orders: { completed: 1 } }],
    });
  });

  it('writes trades and equity, and leaves no temporary file', async () => {
    const { code, stdout } = await run('hold.ts', ...five, '--quiet', '--trades', 't.csv', '--equity', 'e.csv');
    expect([code, stdout]).toEqual([0, '']);
    expect(read('t.csv')).toBe(
      'strategy,trade,data,symbol,side,size,entryTime,entryPrice,exitTime,exitPrice,bars,pnl,commission,pnlNet,exit,best,worst,tag,exitTag\n' +
        `Hold,1,five,five,long,1,${t0 + 2 * hour},101,${t0 + 4 * hour},104,2,3,0,3,signal,3,-1,,\n`,
    );
    expect(read('e.csv').trim().split('\n')).toEqual([
      'time,cash,value',
      `${t0 + hour},10000,10000`,
      `${t0 + 2 * hour},9899,10001`,
      `${t0 + 3 * hour},9899,10002`,
      `${t0 + 4 * hour},10003,10003`,
      `${t0 + 5 * hour},10003,10003`,
    ]);
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('binds nextbar in the user file to the running copy: one Strategy class in the process', async () => {
    write(
      'same.mjs',
      `import { Strategy, Cerebro } from 'nextbar';
export default class Same extends Strategy {
  stop() { globalThis.seen = Strategy; console.log('same ' + (Object.getPrototypeOf(Same) === Strategy), Cerebro.name); }
}
`,
    );
    expect((await run('same.mjs', ...five, '--quiet')).stdout).toBe('same true Cerebro\n');
  });

  it('runs the default export before others, an only one without a name, and any by name', async () => {
    write(
      'two.js',
      `const { Strategy } = await import('nextbar');
export class A extends Strategy { stop() { console.log('A'); } }
export class B extends Strategy { stop() { console.log('B'); } }
`,
    );
    write('three.js', `import { A } from './two.js';\nexport * from './two.js';\nexport default A;\n`);
    expect((await run('three.js', ...five, '--quiet')).stdout).toBe('A\n');
    expect((await run('three.js', ...five, '--quiet', '--strategy', 'B')).stdout).toBe('B\n');
    const unclear = await run('two.js', ...five);
    expect([unclear.code, unclear.stderr]).toEqual([
      2,
      'error: two.js has several strategies, A, B: choose one with --strategy NAME\n',
    ]);
  });

  it('finds other packages from the file, whichever way they are written', async () => {
    const at = join(folder, 'node_modules', 'tenfold');
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'package.json'), '{"name":"tenfold","type":"module","exports":{"import":"./main.js"}}');
    writeFileSync(join(at, 'main.js'), 'export const tenfold = (x) => 10 * x;\n');
    write(
      'dep.ts',
      `import { tenfold } from 'tenfold';
import { basename } from 'node:path';
import { Strategy } from 'nextbar';
export class Dep extends Strategy { override stop(): void { console.log(tenfold(4), basename('/a/b')); } }
`,
    );
    expect((await run('dep.ts', ...five, '--quiet')).stdout).toBe('40 b\n');
  });

  it('runs several datas, named by file or by hand', async () => {
    const args = ['--csv', 'five.csv', '--csv', 'eth=five.csv', '--timeframe', '1h', '--json'];
    const { stdout } = await run('hold.ts', ...args);
    expect(JSON.parse(stdout)).toMatchObject({
      datas: [
        { name: 'five', bars: 5 },
        { name: 'eth', bars: 5 },
      ],
    });
  });

  it('takes a part of the bars, another layout and synthetic bars', async () => {
    const part = await run('hold.ts', ...five, '--start', '2024-01-01T01:00', '--end', String(t0 + 3 * hour), '--json');
    expect(JSON.parse(part.stdout)).toMatchObject({ steps: 2 });
    write('odd.txt', `when;o;high;low;close\n2024-01-01 00:00:00;1;2;1;2\n`);
    const layout = [
      '--delimiter',
      ';',
      '--time-format',
      'iso',
      '--column',
      'time=when',
      '--column',
      'open=o',
      '--column',
      'volume=none',
    ];
    const odd = await run('hold.ts', '--csv', 'odd.txt', '--timeframe', '1d', ...layout, '--json');
    expect(JSON.parse(odd.stdout)).toMatchObject({ steps: 1 });
    const synthetic = await run('hold.ts', '--synthetic', '5', '--bars', '50', '--json');
    const expected = generateBars({ seed: 5, timeframe: '1h', count: 50 });
    const result = JSON.parse(synthetic.stdout) as { finalValue: number };
    expect(result).toMatchObject({ steps: 50, datas: [{ symbol: 'SYNTHETIC/USDT' }] });
    // One unit costs more than the cash there is: the order is refused and nothing is gained or lost.
    expect(expected.open[1]).toBeGreaterThan(10_000);
    expect(result.finalValue).toBe(10_000);
    const rich = await run('hold.ts', '--synthetic', '5', '--bars', '50', '--json', '--cash', '100_000');
    const gained = (JSON.parse(rich.stdout) as { finalValue: number }).finalValue - 100_000;
    expect(gained).toBeCloseTo(expected.open[3]! - expected.open[1]!, 6);
  });

  it('lists the parameters of a strategy with their defaults', async () => {
    const { code, stdout } = await run('hold.ts', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Parameters of Hold, with their defaults:\n +sellAt=3 +a number\n +label=x +a string\n +loud=false +true or false/,
    );
  });
});

describe('a strategy that fails', () => {
  it('is reported with its own file and line, bar time and cause, and exit code 1', async () => {
    write(
      'fails.ts',
      `import { Strategy } from 'nextbar';
import { shout } from './lib/shout.ts';

interface Thing { readonly name: string }

export class Fails extends Strategy {
  override next(): void {
    if (this.data.length === 3) shout(undefined as unknown as Thing);
  }
}
`,
    );
    write(
      'lib/shout.ts',
      `type Named = { name: string };\n\nexport const shout = (thing: Named): string =>\n  thing.name.toUpperCase();\n`,
    );
    const { code, stdout, stderr } = await run('fails.ts', ...five);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/error: Fails threw at the bar of 2024-01-01 02:00:00 \(five\): Cannot read prop/);
    expect(stderr).toMatch(/at +lib\/shout\.ts:4:9 in shout\n +4 \| thing\.name\.toUpperCase\(\);\n/);
    expect(stderr).toMatch(/from +fails\.ts:8:33/);
    expect(stderr).toMatch(/cause +TypeError: Cannot read/);
    expect(stderr).toMatch(/strategy +Fails, five, bar of 2024-01-01 02:00:00/);
    expect(stderr).not.toMatch(/src\/|dist\/|node:internal|\.mjs/);
  });

  it('is reported with its line when it throws while it is read, or does not compile', async () => {
    write(
      'top.ts',
      `import { Strategy } from 'nextbar';\nconst gone = undefined as unknown as { x: number };\nexport class T extends Strategy { y = 1 }\nconsole.log(gone.x);\n`,
    );
    const top = await run('top.ts', ...five);
    expect(top.code).toBe(1);
    expect(top.stderr).toMatch(
      /error: TypeError: Cannot read properties of undefined \(reading 'x'\)\n +at +top\.ts:4:18/,
    );
    write('syntax.ts', `export class S {\n  next() { if }\n}\n`);
    const syntax = await run('syntax.ts', ...five);
    expect(syntax.code).toBe(1);
    expect(syntax.stderr).toMatch(/syntax\.ts:2:15 does not compile: Expected "\("/);
  });

  it('leaves no files behind', async () => {
    const own = mkdtempSync(join(folder, 'tmp-'));
    const { code } = await nextbar(['run', 'fails.ts', ...five], folder, { TMPDIR: own });
    expect([code, readdirSync(own)]).toEqual([1, []]);
  });
});

describe('a run that was asked for wrongly', () => {
  const cases: readonly [name: string, args: readonly string[], says: RegExp][] = [
    ['without a file', five, /which strategy\? nextbar run FILE/],
    ['with a file that is not there', ['gone.ts', ...five], /there is no strategy file gone\.ts/],
    ['without bars', ['hold.ts'], /no bars to run over: give --csv FILE --timeframe TF, or --exchange, or --synthetic/],
    ['without a timeframe', ['hold.ts', '--csv', 'five.csv'], /--csv needs --timeframe/],
    ['with bars that are not there', ['hold.ts', '--csv', 'gone.csv', '--timeframe', '1h'], /cannot read gone\.csv: there is no such file/],
    ['with a mistyped option', ['hold.ts', ...five, '--comission', '1'], /unknown option --comission: did you mean --commission\?/],
    ['with more bars than fit into memory', ['hold.ts', '--synthetic', '--bars', '1e11'], /--bars must be at most 1073741824 at a time, was 100000000000/],
    ['with a mistyped parameter', ['hold.ts', ...five, '--param', 'selAt=1'], /unknown --param of Hold 'selAt': did you mean 'sellAt'\?/],
    ['with a parameter of the wrong type', ['hold.ts', ...five, '--param', 'sellAt=soon'], /--param sellAt must be a number, was 'soon'/],
    ['with a switch that is neither', ['hold.ts', ...five, '--param', 'loud=yes'], /--param loud must be true or false, was 'yes'/],
    ['with a word for a number', ['hold.ts', ...five, '--cash', 'much'], /--cash must be a number, was 'much'/],
    ['with a negative commission', ['hold.ts', ...five, '--commission=-1'], /commission/],
    ['with a wrong timeframe', ['hold.ts', '--csv', 'five.csv', '--timeframe', '1x'], /timeframe must be a number and a unit/],
    ['with both kinds of bars', ['hold.ts', ...five, '--synthetic'], /--csv and --synthetic cannot both be given/],
    ['with a value missing', ['hold.ts', ...five, '--cash'], /--cash needs a value: --cash AMOUNT/],
    ['with another timeframe than the file', ['hold.ts', '--csv', 'five.csv', '--timeframe', '4h'], /five\.csv line 3, column 'timestamp': .* is the timeframe 4h\?/],
  ]; // prettier-ignore

  it.each(cases)('%s says so and exits with 2', async (_name, args, says) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(says);
    expect(stderr.startsWith('error: ')).toBe(true);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('for a file without a strategy says what to export', async () => {
    write('none.ts', 'export const answer: number = 42;\n');
    const { code, stderr } = await run('none.ts', ...five);
    expect([code, stderr]).toEqual([
      2,
      "error: none.ts exports no strategy: export a class that extends Strategy from 'nextbar'\n",
    ]);
  });
});
