/** The package as a user gets it: packed, put into an empty project, and used by its command, by JavaScript and by TypeScript. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { heavyPackages, loadedPackages } from './bench/startup.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  exports: Record<string, { readonly types?: string }>;
  version: string;
};
let project = '';
let packed: string[] = [];

const strategy = `import { Strategy, type Line, highest } from 'nextbar';
import { part } from './part.ts';

/** Buys a new high of so many bars. */
export class NewHigh extends Strategy<typeof NewHigh.params> {
  static readonly params = { period: 20 };
  readonly top: Line = highest(this.data.high, this.params.period);

  override next(): void {
    if (this.position.size === 0 && this.data.close.now >= this.top.ago(1, Infinity)) this.orderTargetPercent(part);
    else if (this.data.length % 100 === 0) this.close();
  }
}
`;

const script = `import { BarsDataFeed, Cerebro, fixedSize, Strategy } from 'nextbar';

class Hold extends Strategy {
  nextstart() {
    this.buy();
  }
}
const bars = Array.from({ length: 10 }, (_, i) => {
  const open = 100 + i;
  return { time: Date.UTC(2024, 0, 1 + i), open, high: open + 2, low: open - 1, close: open + 1, volume: 5 };
});
const cerebro = new Cerebro({ cash: 1_000, commission: 0.01 });
cerebro.addData(new BarsDataFeed({ bars, timeframe: '1d', symbol: 'BTC/USDT' })).addStrategy(Hold).addSizer(fixedSize(2));
const { finalValue, steps } = await cerebro.run();
console.log(JSON.stringify({ finalValue, steps }));
`;

/** Hides the SQLite of Node itself, as in a Node that has none. */
const noSqlite = `const original = process.getBuiltinModule;
process.getBuiltinModule = (name) => (name === 'node:sqlite' ? undefined : original.call(process, name));
`;

const hasNodeSqlite = Number(process.versions.node.split('.')[0]) >= 24;

/** The whole of a folder, by paths with forward slashes. */
function listing(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((path) => statSync(join(folder, path)).isFile()).sort();
}

/** Runs the installed command in the project. */
function nextbar(args: readonly string[], env = process.env): SpawnSyncReturns<string> {
  return spawnSync(join(project, 'node_modules', '.bin', 'nextbar'), args, { cwd: project, encoding: 'utf8', env });
}

/** Puts one of the packages that nextbar depends on beside it. */
function install(name: string): void {
  const path = join(project, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), path);
}

/** Packs the project and puts it into an empty one, with nothing beside it but its dependencies: the optional ones are absent. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'nextbar-package-'));
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale', '--quiet'], { cwd: root });
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const modules = join(project, 'node_modules');
  const own = join(modules, 'nextbar');
  mkdirSync(own, { recursive: true });
  mkdirSync(join(modules, '.bin'));
  execFileSync('tar', ['-xzf', `nextbar-${manifest.version}.tgz`, '-C', own, '--strip-components', '1'], {
    cwd: project,
  });
  packed = listing(own);
  for (const name of Object.keys(manifest.dependencies)) install(name);
  symlinkSync(join('..', 'nextbar', 'dist', 'cli', 'main.js'), join(modules, '.bin', 'nextbar'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  writeFileSync(join(project, 'new-high.ts'), strategy);
  writeFileSync(join(project, 'part.ts'), 'export const part = 0.5;\n');
  writeFileSync(join(project, 'hold.mjs'), script);
  writeFileSync(join(project, 'no-sqlite.mjs'), noSqlite);
  const rows = Array.from(
    { length: 50 },
    (_, i) => `${Date.UTC(2024, 0, 1 + i)},${i + 1},${i + 3},${i + 1},${i + 2},5`,
  );
  writeFileSync(join(project, 'bars.csv'), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('holds the built and the plain source, the strategies and the papers, and nothing else', () => {
    const tops = new Set(packed.map((path) => path.split('/')[0]!));
    expect([...tops].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'package.json',
      'src',
      'strategies',
    ]);
    expect(packed).toContain('dist/index.js');
    expect(packed).toContain('dist/index.d.ts');
    expect(packed).toContain('src/index.ts');
    expect(packed).toContain('strategies/sma-cross.ts');
  });

  it('runs a TypeScript strategy with a relative import through its command', () => {
    const args = ['run', 'new-high.ts', '--synthetic', '7', '--bars', '2000', '--param', 'period=30', '--json'];
    const run = nextbar(args);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const result = JSON.parse(run.stdout) as { strategies: { name: string; params: object; closedTrades: number }[] };
    expect(result.strategies[0]).toMatchObject({ name: 'NewHigh', params: { period: 30 } });
    expect(result.strategies[0]!.closedTrades).toBeGreaterThan(3);
  });

  it('runs its own strategies by their path in the package', () => {
    const args = ['run', 'node_modules/nextbar/strategies/sma-cross.ts', '--synthetic', '7', '--bars', '2000'];
    const run = nextbar(args);
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('SmaCross');
  });

  it('is imported by plain JavaScript', () => {
    const stdout = execFileSync(process.execPath, ['hold.mjs'], { cwd: project, encoding: 'utf8' });
    // Two units bought at the second open, 101, for 1 % more, and worth the last close, 110.
    expect(JSON.parse(stdout)).toEqual({ finalValue: 1_000 - 202 - 2.02 + 220, steps: 10 });
  });

  it('has one declaration file for each door, with what doors share in chunks', () => {
    const doors = Object.values(manifest.exports).flatMap(({ types }) => types?.replace('./', '') ?? []);
    const declarations = packed.filter((path) => path.endsWith('.d.ts') && !path.startsWith('dist/chunks/'));
    expect(declarations).toEqual(doors.sort());
    for (const path of doors) expect(packed).toContain(path.replace(/\.d\.ts$/, '.js'));
  });

  it('loads no heavy package when it is imported', () => {
    const loaded = loadedPackages("await import('nextbar');", project);
    expect(loaded).toContain('decimal.js');
    expect(loaded.filter((name) => heavyPackages.includes(name))).toEqual([]);
  });

  it('runs over a CSV file where no SQLite can be had, and says what to do when a command needs it', () => {
    const env = { ...process.env, NODE_OPTIONS: '--import ./no-sqlite.mjs' };
    const csv = nextbar(['run', 'new-high.ts', '--csv', 'bars.csv', '--timeframe', '1d', '--json'], env);
    expect(csv.stderr).toBe('');
    expect(JSON.parse(csv.stdout)).toMatchObject({ steps: 50 });
    const search = nextbar(['optimize', 'new-high.ts', '--csv', 'bars.csv', '--timeframe', '1d', '--param', 'period=3,4', '--json'], env); // prettier-ignore
    expect([search.stderr, search.status]).toEqual(['', 0]);
    const list = nextbar(['data', 'list'], env);
    expect(list.status).toBe(2);
    expect(list.stderr).toMatch(/^.*this needs SQLite.*npm rebuild better-sqlite3.*Node 22\.13 or newer/);
    expect(list.stderr.trim().split('\n')).toHaveLength(1);
  });

  it.runIf(hasNodeSqlite)('keeps bars in the SQLite of Node where better-sqlite3 is absent, without a warning', () => {
    const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1d'];
    const imported = nextbar(['data', 'import', 'bars.csv', ...series]);
    expect(imported.stderr).toBe('');
    expect(imported.status).toBe(0);
    const verified = nextbar(['data', 'verify', '--json']);
    expect(verified.stderr).toBe('');
    expect(verified.status).toBe(0);
    expect(verified.stdout).toContain('"segments":2');
  });

  // Declarations of packages are checked too: a project need not set skipLibCheck.
  it('has types that a strict project compiles with, and that refuse a wrong parameter', () => {
    const flags = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--allowImportingTsExtensions',
    ];
    const more = [
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--noImplicitOverride',
      '--types',
      'node',
    ];
    const roots = ['--typeRoots', join(root, 'node_modules', '@types')];
    const wrong = "import { Cerebro } from 'nextbar';\nimport { NewHigh } from './new-high.ts';\n";
    writeFileSync(join(project, 'wrong.ts'), `${wrong}new Cerebro().addStrategy(NewHigh, { perod: 5 });\n`);
    const compiler = join(root, 'node_modules', 'typescript-native', 'bin', 'tsc');
    const args = [compiler, ...flags, ...more, ...roots, 'wrong.ts'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
    // One complaint, of the wrong parameter: the strategy that it imports compiles.
    expect(stdout).toMatch(/^wrong\.ts\(3,\d+\): error TS2\d+: .*'perod'/);
    expect(stdout.match(/error TS/g)).toHaveLength(1);
  });
});
