/** The server for assistants, over its wire: what tools there are, what they answer and refuse, and that they only read unless allowed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SimulatedRuntime, systemRuntime } from '../../src/core/index.ts';
import { AuditLog, startMcp, Syncer, type Database } from '../../src/server/index.ts';
import { SessionBoard } from '../../src/server/live/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { openTestDatabase } from './databases.ts';
import { FakeVenues } from './venues.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-mcp-'));
const sessions = join(folder, 'sessions');
const start = Date.UTC(2024, 0, 1);
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(join(folder, 'platform.sqlite'), start);
  await new Syncer({ database, runtime: new SimulatedRuntime(1, start), network: new FakeVenues() }).sync();
  const store = await BarStore.open({ folder });
  const time = Float64Array.from({ length: 300 }, (_, k) => start + k * 3_600_000);
  await store.write({ exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' }, { start, end: start + 300 * 3_600_000, source: 'binance' }, { time, open: time, high: time, low: time, close: time, volume: time });
  store.close();
  openBoard();
}); // prettier-ignore
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly result?: {
    readonly isError?: boolean;
    readonly tools?: readonly { readonly name: string; readonly annotations: object; readonly inputSchema: { readonly properties: Record<string, { type: string }> } }[];
    readonly content?: readonly { readonly text: string }[];
    readonly structuredContent?: Record<string, unknown>;
  };
} // prettier-ignore

/** Starts the server and shakes hands; returns a function that asks. */
async function talk(isControlAllowed: boolean) {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const audit = new AuditLog(join(folder, 'audit.jsonl'), systemRuntime);
  const mcp = await startMcp({ runtime: systemRuntime, database, folder, sessions, version: '0', audit, stdin, stdout, isControlAllowed }); // prettier-ignore
  const waiting = new Map<number, (answer: Answer) => void>();
  let text = '';
  stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const answer = JSON.parse(text.slice(0, end)) as Answer & { id: number };
      text = text.slice(end + 1);
      waiting.get(answer.id)?.(answer);
    }
  });
  let id = 0;
  const ask = (method: string, params: object): Promise<Answer> => {
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '0' } });
  const call = async (name: string, args: object = {}) => (await ask('tools/call', { name, arguments: args })).result!;
  return { ask, call, stdin, ended: mcp.ended, close: () => mcp.close() };
}

/** The board of a session as it is now: one that is older than 15 s would count as silent. */
function openBoard(): void {
  new SessionBoard({ folder: join(sessions, 's1'), name: 's1', mode: 'paper', strategy: 'X', exchange: 'binance', accepts: ['stop'] }, systemRuntime); // prettier-ignore
}

describe('the server for assistants', () => {
  it('answers as a process over standard input and output, and ends when its input does', async () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const args = [
      main,
      'mcp',
      '--folder',
      folder,
      '--sessions',
      sessions,
      '--database',
      join(folder, 'process.sqlite'),
    ];
    const child = spawn(process.execPath, args, { cwd: folder });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (piece: Buffer) => (said.stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said.stderr += piece.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const send = (id: number, method: string, params: object): void => {
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    };
    const answered = (id: number) =>
      expect.poll(() => said.stdout.includes(`"id":${id}`), { timeout: 60_000 }).toBe(true);
    send(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '0' } });
    await answered(1);
    send(2, 'tools/list', {});
    await answered(2);
    // Nothing but messages may be on standard output.
    const messages = said.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer & { id: number });
    const names = messages.find(({ id }) => id === 2)!.result!.tools!.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(names).not.toContain('stop');
    child.stdin.end();
    expect([await ended, said.stderr]).toEqual([0, '']);
  });

  it('offers the questions of the API as tools that only read', async () => {
    const { ask, close } = await talk(false);
    const { tools } = (await ask('tools/list', {})).result!;
    expect(tools!.map(({ name }) => name).sort()).toEqual(['bars', 'changes', 'exchanges', 'intervals', 'quality', 'run', 'runs', 'series', 'session', 'sessions', 'symbols', 'syncs']); // prettier-ignore
    expect(tools!.every(({ annotations }) => 'readOnlyHint' in annotations && annotations.readOnlyHint === true)).toBe(true); // prettier-ignore
    const { properties } = tools!.find(({ name }) => name === 'bars')!.inputSchema;
    expect([properties['limit']!.type, properties['derived']!.type, properties['symbol']!.type, 'format' in properties]).toEqual(['integer', 'boolean', 'string', false]); // prettier-ignore
    await close();
  });

  it('answers as the API does, with few bars unless more are asked for', async () => {
    const { call, close } = await talk(false);
    const btc = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h' };
    const { bars } = (await call('bars', { ...btc, limit: 2, start: '2024-01-01' })).structuredContent as { bars: number[][] }; // prettier-ignore
    expect(bars.map(([time]) => time)).toEqual([start, start + 3_600_000]);
    expect((await call('bars', btc)).structuredContent!['bars']).toHaveLength(100);
    expect((await call('symbols', { exchange: 'coinbas' })).content![0]!.text).toBe('coinbas was never synced: did you mean coinbase?'); // prettier-ignore
    expect((await call('symbols', { exchange: 'coinbase', active: true })).structuredContent!['symbols']).toHaveLength(2); // prettier-ignore
    expect((await call('exchanges')).structuredContent!['exchanges']).toHaveLength(3);
    expect((await call('session', { session: 's1' })).structuredContent).toMatchObject({ session: { name: 's1' } });
    await close();
  });

  it('says in one sentence what it refuses', async () => {
    const { call, close } = await talk(false);
    const refused = async (name: string, args: object): Promise<string> => {
      const { isError, content } = await call(name, args);
      return isError === true ? content![0]!.text : 'it was not refused';
    };
    expect(await refused('stop', { session: 's1' })).toMatch(/there is no tool 'stop': the tools are/);
    expect(await refused('bars', { exchange: 'binance' })).toMatch(/^symbol: /);
    expect(await refused('bars', { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', limit: 5_000 })).toMatch(/1000 at most/); // prettier-ignore
    expect(await refused('symbols', { exchange: "x' OR 1=1" })).toMatch(/must be letters/);
    expect(await refused('session', { session: '../s1' })).toMatch(/name of a session/);
    expect(await refused('run', { run: 9 })).toMatch(/no run/);
    expect(existsSync(join(sessions, 's1', 'inbox'))).toBe(false);
    await close();
  });

  it('passes commands on only when allowed, and ends with its input', async () => {
    const { call, close, stdin, ended } = await talk(true);
    openBoard();
    expect((await call('stop', { session: 's1' })).structuredContent).toMatchObject({ accepted: true });
    expect(readdirSync(join(sessions, 's1', 'inbox'))).toHaveLength(1);
    stdin.end();
    await ended;
    await close();
  });
});
