/** The floor plan: who may import whom, through which door, which packages live where, and how files open. */
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { lastingForms } from './house/lasting.ts';
import { filesBelow, packageOf, readSources, roomsAbove, type Source } from './house/sources.ts';

/** Rooms by floor. A room imports from lower floors only. */
const floors: Readonly<Record<string, number>> = {
  core: 0,
  lines: 1,
  indicators: 2,
  store: 2,
  connectors: 2,
  feeds: 3,
  broker: 3,
  analyzers: 4,
  engine: 5,
  research: 6,
  report: 6,
  venue: 6,
  sinks: 6,
  server: 7,
  dataset: 7,
  cli: 8,
  doors: 9,
};

/** Files that may look past a door, and the one file behind it: each with its reason. */
const windows: Readonly<Record<string, string>> = {
  // The command knows what it is asked before it loads anything: `nextbar --help` starts without the words of the trade.
  'src/cli/main.ts': 'src/core/runtime/runtime.ts',
};

/** Rooms of one floor that may import each other, with the reason. Empty, and best left so. */
const neighbours: Readonly<Record<string, readonly string[]>> = {};

/** Where a third-party package may be imported: paths that start so. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'decimal.js': ['src/core/money.ts'],
  'date-fns': ['src/core/', 'src/report/text/', 'src/cli/'],
  '@date-fns/tz': ['src/core/', 'src/feeds/timeframes/wall-clock.ts'],
  'better-sqlite3': ['src/store/', 'src/feeds/', 'src/sinks/'],
  'apache-arrow': ['src/store/', 'src/feeds/', 'src/dataset/', 'src/sinks/', 'src/research/', 'src/report/'],
  hyparquet: ['src/feeds/', 'src/store/', 'src/dataset/', 'src/research/audit/'],
  'hyparquet-compressors': ['src/feeds/', 'src/dataset/', 'src/research/audit/'],
  'hyparquet-writer': [
    'src/feeds/',
    'src/sinks/',
    'src/store/',
    'src/dataset/',
    'src/report/exports/',
    'src/research/audit/',
  ],
  ccxt: ['src/connectors/'],
  ws: ['src/connectors/', 'src/venue/', 'src/sinks/', 'src/server/'],
  technicalindicators: ['src/indicators/'],
  esbuild: ['src/cli/', 'src/report/page-code.ts'],
  commander: ['src/cli/shell/parse.ts'],
  'cli-progress': ['src/cli/output/progress.ts'],
  'cli-table3': ['src/cli/output/table.ts'],
  // In a checkout alone, where threads run the sources.
  tsx: ['src/research/sweep/threads.ts'],
  zod: ['src/connectors/', 'src/sinks/', 'src/server/', 'src/dataset/', 'src/cli/'],
  yaml: ['src/cli/'],
  pino: ['src/core/runtime/', 'src/server/', 'src/cli/'],
  undici: ['src/connectors/'],
  'https-proxy-agent': ['src/connectors/'],
  'socks-proxy-agent': ['src/connectors/'],
  'lightweight-charts': ['src/report/', 'src/server/dashboard/'],
  'playwright-core': ['src/report/'],
  fastify: ['src/server/'],
  '@fastify/swagger': ['src/server/'],
  '@fastify/rate-limit': ['src/server/'],
  '@fastify/helmet': ['src/server/'],
  'fastify-type-provider-zod': ['src/server/'],
  jose: ['src/server/'],
  '@modelcontextprotocol/sdk': ['src/server/'],
  'prom-client': ['src/sinks/', 'src/server/', 'src/cli/'],
  pg: ['src/sinks/', 'src/server/'],
  ioredis: ['src/sinks/', 'src/research/'],
  bullmq: ['src/research/'],
  zeromq: ['src/sinks/'],
  '@duckdb/node-api': ['src/dataset/', 'src/research/'],
  nodemailer: ['src/sinks/', 'src/cli/'],
};

/** Files that open SQLite by themselves, with the reason: every other one reads, and goes by the openings that a folder without write access does not stop. */
const ownDatabases: Readonly<Record<string, string>> = {
  'src/store/sqlite.ts': 'is SQLite itself',
  'src/store/sqlite-copy.ts': 'is the openings',
  'src/store/disk/sqlite-places.ts': 'opens none itself',
  'src/store/catalog.ts': 'in memory, where there is none',
  'src/dataset/build/ledger.ts': 'in memory, where there is none',
  'src/server/database/sqlite.ts': 'in memory, where there is none',
  'src/store/intents.ts': 'writes',
  'src/store/file-lock.ts': 'takes a lock',
  'src/store/journal.ts': 'writes and compacts',
  'src/store/runs/trial-store.ts': 'writes, alone',
  'src/sinks/writers/sqlite.ts': 'writes',
};

/** Packages that are never imported at the top of a file: what does not need them starts without them. */
const lazyPackages = [
  'ws',
  'ccxt',
  'better-sqlite3',
  'apache-arrow',
  'esbuild',
  'technicalindicators',
  'hyparquet',
  'hyparquet-compressors',
  'hyparquet-writer',
  'cli-progress',
  'yaml',
  'pino',
  'undici',
  'https-proxy-agent',
  'socks-proxy-agent',
  'lightweight-charts',
  'playwright-core',
  'fastify',
  'jose',
  '@modelcontextprotocol/sdk',
  'prom-client',
  'pg',
  'ioredis',
  'bullmq',
  'zeromq',
  '@duckdb/node-api',
  'nodemailer',
];

/** Rooms whose circles of imports are still to be undone. An entry that is no longer needed fails. */
const circularRooms: readonly string[] = [];

/** Folders that may hold more files than a reader takes in at once: one name is one file there. */
const wideFolders = ['src/indicators', 'src/connectors/protocols'];

const sources = readSources('src');
const doors = new Set(sources.map(({ path }) => path).filter((path) => path.endsWith('/index.ts')));

/** The room of a path, such as `core` of `src/core/time.ts`; undefined for the front door. */
function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Every import of a file of the house by a file of the house. */
function* innerImports(): Generator<{ source: Source; target: string; typeOnly: boolean; lazy: boolean }> {
  for (const source of sources) {
    for (const { file, typeOnly, lazy } of source.imports) {
      if (file !== undefined) yield { source, target: file, typeOnly, lazy };
    }
  }
}

describe('the house', () => {
  it('is described room by room in docs/architecture.md, with the packages of each', () => {
    const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| (\d) \| `(\w+)` \| [^|]* \| ([^|]*)\|$/gm)];
    const described = rows.map(([, floor, room]) => [room!, Number(floor)]);
    expect(described).toEqual(Object.entries(floors).filter(([room]) => room !== 'doors'));
    const drawn = readFileSync(new URL('../docs/images/rooms.svg', import.meta.url), 'utf8');
    expect(described.filter(([room]) => !drawn.includes(`>${room}</text>`))).toEqual([]);
    for (const [, , room, named] of rows) {
      const own = Object.keys(packages).filter((one) =>
        packages[one]!.some((path) => path.startsWith(`src/${room!}/`)),
      );
      expect(
        own.filter((one) => !/^@?fastify/.test(one) && !named!.split(/[ ,]+/).includes(one)),
        room,
      ).toEqual([]);
    }
  });

  it('has every folder of its rooms named in docs/architecture.md, and no other', () => {
    const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    const folders = new Set(sources.flatMap(({ path }) => /^src\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? []));
    expect([...folders].filter((folder) => !page.includes(`\`${folder}\``))).toEqual([]);
    const named = [...page.matchAll(/`((\w+)\/[\w/]+)`/g)].filter(([, , room]) => Object.hasOwn(floors, room!));
    expect(named.map(([, folder]) => folder!).filter((one) => !sources.some(({ path }) => path.startsWith(`src/${one}/`)))).toEqual([]);
    expect(named.length).toBeGreaterThan(60);
  }); // prettier-ignore

  it('has no room that is not on the floor plan', () => {
    const rooms = new Set(sources.flatMap(({ path }) => roomOf(path) ?? []));
    expect([...rooms].filter((room) => !(room in floors))).toEqual([]);
    expect(sources.length).toBeGreaterThan(100);
  });

  it('imports downwards only', () => {
    const wrong: string[] = [];
    for (const { source, target } of innerImports()) {
      const [room, other] = [roomOf(source.path), roomOf(target)];
      if (room === undefined || room === other) continue;
      if (other === undefined ? room === 'cli' : floors[other]! < floors[room]!) continue;
      if (other !== undefined && neighbours[room]?.includes(other)) continue;
      wrong.push(`${source.path} imports ${target}`);
    }
    expect(wrong).toEqual([]);
  });

  it('enters rooms by their doors', () => {
    const wrong: string[] = [];
    for (const { source, target } of innerImports()) {
      const own = roomsAbove(source.path, doors);
      // The outermost room that the target is in and the importer is not: its door, or the door of a room inside it.
      const entered = roomsAbove(target, doors).filter((room) => !own.includes(room));
      if (entered.length === 0) continue;
      if (!doors.has(target) && windows[source.path] !== target) wrong.push(`${source.path} imports ${target}`);
    }
    expect(wrong).toEqual([]);
  });

  it('imports a file that is there', () => {
    const all = new Set(sources.map(({ path }) => path));
    const wrong = [...innerImports()].filter(({ target }) => !all.has(target));
    expect(wrong.map(({ source, target }) => `${source.path} imports ${target}`)).toEqual([]);
  });

  it('keeps third-party packages in their rooms', () => {
    const wrong: string[] = [];
    for (const source of sources) {
      for (const one of source.imports) {
        const name = packageOf(one);
        if (name === undefined || name === 'nextbar') continue;
        if (!packages[name]?.some((place) => source.path.startsWith(place)))
          wrong.push(`${source.path} imports ${one.from}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('loads heavy packages only where they are used', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        // The script of a page runs in a browser: nothing in Node loads it.
        .filter(() => !path.startsWith('src/report/page/'))
        .filter((one) => !one.lazy && !one.typeOnly && lazyPackages.includes(packageOf(one) ?? ''))
        .map(({ from }) => `${path} imports ${from} at its top`),
    );
    expect(wrong).toEqual([]);
  });

  it('reads SQLite by openReady and openToRead, which a folder without write access does not stop', () => {
    const openers = sources.filter(({ text }) => /\bopenSqlite\(|better-sqlite3'|node:sqlite'/.test(text));
    expect(openers.map(({ path }) => path).sort()).toEqual(
      // The thread of the watchdog has none of the project's code: it reads the intents that its own process writes.
      [...Object.keys(ownDatabases), 'src/cli/live/watchdog.ts'].sort(),
    );
  });

  it('imports subpaths of date-fns, not all of it', () => {
    const wrong = sources.filter(({ imports }) =>
      imports.some(({ from, typeOnly }) => from === 'date-fns' && !typeOnly),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('has no circle of imports', () => {
    const found = circles().map((files) => ({ files, rooms: new Set(files.map(roomOf)) }));
    const excused = ({ rooms }: { rooms: Set<string | undefined> }): boolean =>
      circularRooms.some((room) => rooms.size === 1 && rooms.has(room));
    expect(found.filter((one) => !excused(one)).map(({ files }) => files.join(' -> '))).toEqual([]);
    expect(circularRooms.filter((room) => found.every(({ rooms }) => !rooms.has(room)))).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    const empty = /(?:^|[-.])(?:utils?|helpers?|common|types?|constants?|managers?|services?|misc)(?:[-.]|$)/i;
    const all = [...sources, ...readSources('strategies', 'examples')].map(({ path }) => path);
    expect(all.filter((path) => empty.test(path.slice(path.lastIndexOf('/') + 1)))).toEqual([]);
  });

  it('has no folder with more than 18 files beside each other', () => {
    const counts = new Map<string, number>();
    for (const { path } of sources) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const full = [...counts].filter(([folder, count]) => count > 18 && !wideFolders.includes(folder));
    expect(full).toEqual([]);
  });

  it('leaves nothing for later', () => {
    const later = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
    const all = [...sources, ...readSources('strategies', 'examples', 'test')];
    expect(all.filter(({ text }) => later.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

it('what a backtest makes for each run is let go with the run', () => {
  const perRun = /^src\/(?:engine\/(?!live)|broker\/(?!sandbox|live)|analyzers|lines|indicators|feeds)/;
  const found = sources.filter(({ path }) => perRun.test(path)).flatMap(({ path, text }) => lastingForms(path, text));
  expect(found).toEqual([]);
  expect(lastingForms('a.ts', 'const a = { get b() { return 1; } };\na.c = () => 2;\na.d = made(() => 3);')).toEqual([
    'a.ts:1 has a getter in an object literal',
    'a.ts:2 sets a member to a function written there',
  ]);
  const maps = [
    'const parts = new WeakMap<RunResult, RunParts>();',
    'const days: WeakMap<RunResult, () => Float64Array> = new WeakMap();',
    'const some = new WeakMap();',
    'class A { static readonly made = new WeakMap<A, Set<number>>(); readonly own = new WeakMap<Order, Life>(); }',
    'const even = new WeakMap<Bars, number>(); const names = new WeakMap<object, readonly (string | undefined)[]>();',
    'const make = () => new WeakMap<Order, Life>();',
  ];
  expect(lastingForms('a.ts', maps.join('\n')).map((line) => line.replace(/ has .*/, ''))).toEqual([
    'a.ts:1',
    'a.ts:2',
    'a.ts:3',
    'a.ts:4',
  ]);
});

it('nothing is transferred to or from a thread: V8 then throws away every compiled loop over numbers', () => {
  const transfers = /\bpostMessage\((?:[^()]|\([^()]*\))*,\s*\[|\btransferList\b/;
  expect(sources.filter(({ text }) => transfers.test(text)).map(({ path }) => path)).toEqual([]);
  expect(transfers.test('port.postMessage(message, [message.values.buffer])')).toBe(true);
  expect(transfers.test('port.postMessage({ names: [one, two] })')).toBe(false);
});

it('an error is said by messageOf, which names the cause where the error does not', () => {
  const byHand = /instanceof Error\s*\?\s*(?:`[^`]*\$\{)?\w+(?:\.\w+)*\.message/;
  const wrong = sources.filter(({ path, text }) => byHand.test(text) && path !== 'src/core/errors.ts');
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

describe('files', () => {
  it('open with one sentence that says what they are', () => {
    const all = [...sources, ...readSources('strategies', 'examples', 'test')];
    const wrong = all.filter(({ text }) => !opensWithSentence(text)).map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  it('of strategies and examples import nothing of the project but its name', () => {
    const all = readSources('strategies', 'examples');
    const wrong = all.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => !/^nextbar(?:\/[a-z]+)?$/.test(from) && !from.startsWith('node:'))
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
    expect(all.length).toBeGreaterThan(5);
  });

  it('of the source name no path of one machine', () => {
    const texts = [...sources, ...readSources('strategies', 'examples', 'test')];
    expect(
      texts.filter(({ text }) => /["'` (]\/(?:work|home|Users|root)\//.test(text)).map(({ path }) => path),
    ).toEqual([]);
    expect(filesBelow('src', '.js')).toEqual([]);
  });
});

/** Whether the first thing in a file, after `#!`, is a comment of at least two words that comes to a full stop. */
function opensWithSentence(text: string): boolean {
  const body = text.replace(/^#!.*\n/, '').trimStart();
  const comment = /^\/\*\*?([\s\S]*?)\*\/|^((?:\/\/.*\n)+)/.exec(body);
  const said = (comment?.[1] ?? comment?.[2] ?? '').replace(/^\s*(?:\*|\/\/) ?/gm, '').trim();
  const sentence = /^[^]*?[.?!](?=\s|$)/.exec(said)?.[0] ?? '';
  return sentence.split(/\s+/).length >= 2;
}

/** Circles among files by imports of any kind, of types and lazy ones too: each as the files along it, the first again at its end. */
function circles(): string[][] {
  const next = new Map<string, string[]>();
  for (const { source, target } of innerImports()) {
    next.set(source.path, [...(next.get(source.path) ?? []), target]);
  }
  const found: string[][] = [];
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push([...way.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const target of next.get(path) ?? []) walk(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  return found;
}
