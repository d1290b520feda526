/** Commands that only read leave nothing behind, in a folder where nothing is yet and in one whose folders are empty. */
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { commands } from '../../../src/cli/shell/commands.ts';
import type { CommandTable } from '../../../src/cli/shell/command.ts';
import { openDatabase, openDatabaseToRead } from '../../../src/server/index.ts';
import { BarStore } from '../../../src/store/index.ts';
import { callWith, type Called } from '../call.ts';
import { started } from '../nextbar.ts';

const home = process.cwd();
let folder = '';
const folders: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-reads-'));
  folders.push(folder);
});
afterAll(() => {
  refusing.close();
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

/** Every command, by its name after `nextbar`. */
function namesIn(table: CommandTable, group = ''): string[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    'commands' in entry ? namesIn(entry.commands, `${group}${name} `) : [`${group}${name}`],
  );
}

/** A server that refuses every request, at once and for good: one that is away would be asked again and again. */
const refusing = createServer((_, response) => {
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"code":-1100,"msg":"Illegal characters"}');
});
await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done));
const away = ['--url', `http://127.0.0.1:${(refusing.address() as { port: number }).port}`, '--rate-limit', '0'];
const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h'];

/** The commands that only read, with arguments that bring them as far as they come in an empty folder. */
const reading: Readonly<Record<string, readonly (readonly string[])[]>> = {
  audit: [['missing.ts', '--synthetic']],
  compare: [['1', '2']],
  completion: [['bash']],
  'config show': [['missing.yaml']],
  'data export': [['bars.csv', ...series]],
  'data info': [[], series],
  'data list': [[], series, ['--json']],
  'data verify': [[]],
  'dataset graph': [[]],
  'dataset sql': [['SELECT 1'], ['SELECT 1', '--from', 'http://127.0.0.1:9']],
  'dataset status': [[], ['--json']],
  doctor: [[], ['binance', ...away]],
  exchanges: [[], ['--json']],
  indicators: [[], ['sma']],
  logs: [['none']],
  open: [['1'], ['missing.html']],
  parity: [['none']],
  replay: [['none']],
  'runs list': [[], ['--json']],
  'runs show': [['1']],
  sessions: [[], ['--json']],
  status: [['none']],
  symbols: [['binance', ...away]],
  'token list': [[], ['--json']],
};

/** Commands that are more than reading, with arguments for which there is nothing to do: they make nothing either. */
const idle: Readonly<Record<string, readonly (readonly string[])[]>> = {
  approve: [['none', '1']],
  calibrate: [['none']],
  compact: [['none']],
  'data clear': [[], ['--yes']],
  'data resample': [[...series, '--to', '4h']],
  'dataset publish': [[]],
  decline: [['none', '1']],
  flatten: [['none']],
  pause: [['none']],
  play: [['missing.jsonl.gz']],
  recover: [['none']],
  restore: [['missing']],
  resume: [['none']],
  'runs delete': [['1']],
  'runs note': [['1', 'text']],
  'runs repeat': [['1']],
  'runs tag': [['1', 'good']],
  stop: [['none']],
  sync: [['--log'], ['--check', '1h']],
  'token revoke': [['none']],
};

/** Commands that make something whenever they have what they need, or that run until they are ended. */
const making = [
  'backup', 'data download', 'data import', 'data repair', 'dataset build', 'dataset backfill', 'dataset run', 'live arm', 'mcp', 'new', 'optimize', 'paper', 'prove', 'record',
  'run', 'serve', 'service install', 'stream', 'token issue', 'token rotate', 'trade', 'venue', 'worker',
]; // prettier-ignore

const tree = (): string[] => readdirSync(folder, { recursive: true }).map(String).sort();

/** A command line in the folder, and what it left there. */
async function left(line: readonly string[]): Promise<{ readonly said: Called; readonly files: string[] }> {
  const before = tree();
  process.chdir(folder);
  try {
    const said = await callWith({ NEXTBAR_RUNS: 'on' }, ...line);
    return { said, files: tree().filter((file) => !before.includes(file)) };
  } finally {
    process.chdir(home);
  }
}

const lines = Object.entries({ ...reading, ...idle }).flatMap(([name, given]) =>
  given.map((args) => [...name.split(' '), ...args]),
);

it('every command is one that reads, one that may have nothing to do, or one that makes something', () => {
  const known = [...Object.keys(reading), ...Object.keys(idle), ...making];
  expect([...known].sort()).toEqual(namesIn(commands).sort());
});

describe.each(lines.map((line) => [line.join(' '), line] as const))('nextbar %s', (_, line) => {
  it('makes nothing where there is nothing', async () => {
    const { said, files } = await left(line);
    expect(files, said.errors + said.text).toEqual([]);
  });

  it('makes nothing in folders that are empty', async () => {
    for (const name of ['data-cache', 'sessions', 'platform', 'dataset', 'dataset/published']) mkdirSync(join(folder, name)); // prettier-ignore
    const { said, files } = await left(line);
    expect(files, said.errors + said.text).toEqual([]);
  });
});

it.each(namesIn(commands))('nextbar %s makes nothing when it is asked for help, or told a word it does not know', async (name) => {
  const words = name.split(' ');
  expect((await left([...words, '--help'])).files).toEqual([]);
  const wrong = await left([...words, '--no-such-flag']);
  expect([wrong.said.code, wrong.files]).toEqual([2, []]);
}); // prettier-ignore

it('nextbar mcp and nextbar backup make no platform and no bar store', async () => {
  mkdirSync(join(folder, 'sessions'));
  const mcp = await started(['mcp'], folder).ended;
  expect([mcp.code, mcp.stderr, tree()]).toEqual([0, '', ['sessions']]);
  const { said, files } = await left(['backup', 'kept']);
  expect(said.code, said.errors).toBe(0);
  expect(files.filter((file) => !file.startsWith('kept'))).toEqual([]);
});

it('a database that is only read sees what is written to it once it is made', async () => {
  const path = join(folder, 'platform', 'platform.sqlite');
  const reader = await openDatabaseToRead(path, 1);
  const versions = (): Promise<object[]> => reader.rows('SELECT subject FROM tokens');
  const add =
    "INSERT INTO tokens (token, subject, scopes, key_id, issued, expires) VALUES ('a', 'me', 'read:bars', 'k', 1, 2)";
  try {
    expect([await versions(), tree()]).toEqual([[], []]);
    expect(reader.version()).toBeUndefined();
    const writer = await openDatabase(path, 1);
    await writer.rows(add);
    expect(await Promise.all([versions(), versions()])).toEqual([[{ subject: 'me' }], [{ subject: 'me' }]]);
    expect(typeof reader.version()).toBe('number');
    await writer.close();
  } finally {
    await reader.close();
  }
});

it('a store that is only read sees the bars of one that is made later', async () => {
  const store = join(folder, 'data-cache');
  const reader = await BarStore.open({ folder: store, isMade: false });
  const wanted = { exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' } as const;
  const start = Date.UTC(2024, 0, 1);
  const range = { start, end: start + 3_600_000 };
  try {
    expect(reader.missing(wanted, range)).toEqual([range]);
    const before = reader.version;
    expect(tree()).toEqual([]);
    const one = Float64Array.of(start);
    const bars = { time: one, open: one, high: one, low: one, close: one, volume: one };
    const write = (to: BarStore): Promise<void> => to.write(wanted, { ...range, source: 'binance' }, bars);
    await expect(write(reader)).rejects.toThrow(`there is no bar store in ${store}`);
    const writer = await BarStore.open({ folder: store });
    await write(writer);
    writer.close();
    expect(reader.version).not.toBe(before);
    expect(reader.missing(wanted, range)).toEqual([]);
    expect(Array.from(reader.read(wanted, range).time)).toEqual([start]);
  } finally {
    reader.close();
  }
});
