/** What a wrong configuration of `nextbar stream` is told: every field by its path, what was seen, the nearest name, and no secret. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { checkedConfig } from '../../../src/cli/config/read-config.ts';
import { openLog } from '../../../src/cli/stream/log.ts';
import { streamSchema } from '../../../src/cli/stream/stream-config.ts';
import { openSink, type SinkSpec } from '../../../src/sinks/index.ts';
import { call, callWith } from '../call.ts';

type Value = Readonly<Record<string, unknown>>;

/** One configuration in which every field stands, with values that are right. */
const whole = {
  feeds: [
    { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], via: 'ccxt', timeframe: '1m', depth: 5, snapshotInterval: 1, websocket: true, restOnly: true, rateLimit: 5, retries: 1, onFailure: 'alone', url: 'http://127.0.0.1:1' },
  ],
  exchanges: {
    a: { class: 'CcxtFeed', exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trades'], snapshot_interval: 1, websocket: true, rest_only: true, rate_limit: 5, max_depth: 5, candle_interval: '1m', url: 'http://127.0.0.1:1' },
  },
  accounts: [{ exchange: 'okx', channels: ['order'], keys: { apiKey: 'a', secret: 'b', password: 'c' }, url: 'ws://127.0.0.1:1', restUrl: 'http://127.0.0.1:1' }],
  sinks: [
    { to: 'jsonl:a', name: 'a', maxLength: 5, pattern: 'push', batchSize: 5, flushMs: 5, queueLimit: 5, policy: 'block', attempts: 5, retryMs: 5, aggregate: { throttle: 5, topOfBook: true, bars: '1m', renko: 5 } },
  ],
  proxies: {
    default: { http: { urls: ['http://127.0.0.1:1'], strategy: 'random', checkMs: 500, coolDownMs: 500 }, websocket: 'http://127.0.0.1:1' },
    exchanges: { okx: { http: 'http://127.0.0.1:1', websocket: 'http://127.0.0.1:1' } },
  },
  record: 'a.gz',
  for: '8h',
  metrics: { port: 1, host: '127.0.0.1' },
  log: { level: 'info', rooms: { connectors: 'debug', accounts: 'warn', sinks: 'error', proxies: 'silent' }, file: 'a.log' },
}; // prettier-ignore

/** The paths of every field of a value, those of lists and named entries by their first. */
function pathsOf(value: unknown, before: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Value).flatMap(([name, inner]) => {
    const path = [...before, Array.isArray(value) ? Number(name) : name];
    return [path, ...pathsOf(inner, path)];
  });
}

function withValue(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(whole) as unknown as Record<string | number, unknown>;
  let place = copy;
  for (const part of path.slice(0, -1)) place = place[part] as Record<string | number, unknown>;
  place[path.at(-1)!] = value;
  return copy;
}

function said(value: unknown): string {
  try {
    checkedConfig(value, 'feeds.yaml', streamSchema);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

const textOf = (path: readonly (string | number)[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
const paths = pathsOf(whole);

it('takes the whole configuration as it is', () => {
  expect(said(whole)).toBe('nothing');
  expect(paths.length).toBeGreaterThan(70);
});

it.each(paths.map((path) => [textOf(path), path] as const))('%s: a value of a wrong kind is named with what was seen', (text, path) => {
  for (const wrong of [null, [[]]]) {
    const message = said(withValue(path, wrong));
    expect(message).toContain(`feeds.yaml: ${text}`);
    expect(message).toMatch(/ must be .*, was | was .*did you mean/);
    expect(message.split('\n')).toHaveLength(1);
  }
}); // prettier-ignore

it('names the field that a misspelt one stands for', () => {
  const named = paths.filter((path) => typeof path.at(-1) === 'string' && !['a', 'okx'].includes(String(path.at(-1))));
  for (const path of named) {
    const name = String(path.at(-1));
    const misspelt = `${name.slice(0, 1)}${name.slice(1).replace(/.$/, 'x')}`;
    const message = said(withValue([...path.slice(0, -1), misspelt], 'x'));
    expect(message, `${textOf(path)} as ${misspelt}`).toMatch(new RegExp(`unknown field '${misspelt}'.*(did you mean|known are).*'?${name.slice(0, 2)}`)); // prettier-ignore
  }
});

it.each([
  ['sinks.0.aggregate.bars', '7x', "sinks[0].aggregate.bars must be a timeframe such as 1m, 4h or 1d, was '7x'"],
  ['feeds.0.timeframe', '1x', "feeds[0].timeframe must be a timeframe such as 1m, 4h or 1d, was '1x'"],
  ['feeds.0.url', 'localhost', "feeds[0].url must be an address such as http://127.0.0.1:8787, was 'localhost'"],
  ['feeds.0.channels', 'trade', "feeds[0].channels must be a list, was 'trade': write ['trade']"],
  ['feeds.0.channels', ['trades'], "feeds[0].channels[0] was 'trades': did you mean 'trade'?"],
  ['feeds.0.symbols', [], 'feeds[0].symbols must not be empty, was []'],
  ['sinks.0', 5, 'sinks[0] must be a text or a block of fields, was 5'],
  ['sinks.0.policy', 'drop_oldest', "sinks[0].policy was 'drop_oldest': did you mean 'dropOldest'?"],
  ['for', '8 hours', "for must be a span such as 30s, 10m or 8h, was '8 hours'"],
  ['metrics.port', 70_000, 'metrics.port must be at most 65535, was 70000'],
  ['feeds.0.snapshotInterval', 0, 'feeds[0].snapshotInterval must be at least 0.1, was 0'],
] as const)('%s as %j', (path, value, message) => {
  const parts = path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  expect(said(withValue(parts, value))).toBe(`feeds.yaml: ${message}`);
});

it('shows no key, secret or password, whichever field was mistaken', () => {
  const secret = 'hunter2';
  const wrong = [
    withValue(['accounts', 0, 'keys', 'secret'], [secret]),
    withValue(['accounts', 0, 'keys'], secret),
    withValue(['accounts'], { exchange: 'okx', keys: { apiKey: secret } }),
    withValue(['accounts', 0], [{ keys: { secret } }]),
    withValue(['proxies', 'default', 'http'], [`http://user:${secret}@127.0.0.1:1`]),
    withValue(['feeds', 0, 'url'], `ftp://user:${secret}@127.0.0.1`),
    withValue(['sinks', 0], [`redis://user:${secret}@127.0.0.1`]),
  ];
  for (const one of wrong) {
    expect(said(one)).not.toBe('nothing');
    expect(said(one)).not.toContain(secret);
  }
});

it('names the flag of what was said by flags', async () => {
  const told = async (...flags: string[]): Promise<string> =>
    (await call('stream', 'binance', 'BTC/USDT', ...flags)).errors;
  expect(await told('--channels', 'trad')).toContain("--channels was 'trad': did you mean 'trade'?");
  expect(await told('--via', 'ccx')).toContain("--via was 'ccx': did you mean 'ccxt'?");
  expect(await told('--timeframe', '7x')).toContain("--timeframe must be a timeframe such as 1m, 4h or 1d, was '7x'");
  expect(await told('--snapshot-interval', '0')).toContain('--snapshot-interval must be at least 0.1, was 0');
  expect(await told('--url', 'localhost')).toContain("--url must be an address such as http://127.0.0.1:8787, was 'localhost'"); // prettier-ignore
  expect(await told('--for', '8 hours')).toContain("--for must be a span such as 30s, 10m or 8h, was '8 hours'");
  expect(await told('--sink', 'jsonl:')).toContain("the sink 'jsonl:' names no file or folder: write it as jsonl:events.jsonl"); // prettier-ignore
}, 60_000);

it.each([
  ['sqlite', "the sink 'sqlite' names no file or folder: write it as sqlite:market.db"],
  ['tcp://', "the sink 'tcp://' names no address: write it as tcp://127.0.0.1:9000"],
  ['ws://127.0.0.1', "a sink must name host and port, such as ws://127.0.0.1:9001, was 'ws://127.0.0.1'"],
  ['tcp://127.0.0.1:99999', 'the port of a sink must be at most 65535, was 99999'],
  ['redis:x', 'the sink of kind redis must name an address such as redis://127.0.0.1:6379'],
  ['postgres:x', 'the sink of kind postgres must name an address such as postgres://user@127.0.0.1/market'],
  ['zmq:x', 'the sink of kind zmq must name an address such as zmq:tcp://127.0.0.1:5555'],
  ['', "a sink must be named, such as jsonl:events.jsonl, was ''"],
  ['json:a', "unknown kind of sink 'json': did you mean 'jsonl'?"],
] as const)('a sink spelled %j', async (to, message) => {
  await expect(openSink(to)).rejects.toThrow(message);
});

it.each([
  [{ to: 5 }, 'to of a sink must be a text such as jsonl:events.jsonl, was 5'],
  [{ name: 5 }, 'name of a sink must be a text, was 5'],
  [{ maxLength: -1 }, 'maxLength of a sink must be a whole number above 0, was -1'],
  [{ pattern: 'pub' }, "unknown pattern of a sink 'pub'"],
  [{ queueLimit: 1.5 }, 'queueLimit of a sink must be a whole number, was 1.5'],
  [{ batchSize: 'x' }, "batchSize of a sink must be a number of at least 1, was 'x'"],
  [{ aggregate: { bars: '7x' } }, "aggregate.bars of a sink must be a timeframe such as 1m, 4h or 1d, was '7x'"],
  [{ aggregate: { topOfBook: 'yes' } }, 'aggregate.topOfBook of a sink must be true or false, was "yes"'],
  [{ aggregate: { renko: 0 } }, 'aggregate.renko of a sink must be a price step above 0, was 0'],
] as const)('a sink with %j', async (fields, message) => {
  await expect(openSink({ to: 'tcp://127.0.0.1:9', ...fields } as unknown as SinkSpec)).rejects.toThrow(message);
});

it('names the environment variable that set the field', () => {
  const env = { NEXTBAR_STREAM_METRICS__PORT: 'abc', NEXTBAR_STREAM_FOR: '8h' };
  const wrong = (): unknown => checkedConfig(whole, 'feeds.yaml', streamSchema, { env, prefix: 'NEXTBAR_STREAM_' });
  expect(wrong).toThrow("feeds.yaml with NEXTBAR_STREAM_METRICS__PORT: metrics.port must be a number, was 'abc'");
});

it('writes log lines from the level of their room on, without secrets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  try {
    const file = join(folder, 'a.log');
    const log = await openLog({ level: 'warn', rooms: { connectors: 'debug', sinks: 'silent' }, file });
    const origin = { exchange: 'binance', symbol: 'BTC/USDT', channel: 'trade', time: 1 } as const;
    log.status({ type: 'status', ...origin, state: 'live', reason: 'data' });
    log.gap({ type: 'gap', ...origin, from: '1', to: '2', reason: 'never came' });
    log.refused({ type: 'refused', ...origin, reason: 'price', detail: 'price of a trade was -1' });
    log.warn('sinks', {}, 'a sink failed');
    log.info('accounts', {}, 'the account is live');
    log.warn('proxies', { keys: { apiKey: 'hunter2' } }, 'a proxy failed');
    log.close();
    const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { room: string; level: number; msg: string }); // prettier-ignore
    expect(lines.map(({ room, level, msg }) => [room, level, msg])).toEqual([
      ['connectors', 30, 'data'],
      ['connectors', 40, 'lost: never came'],
      ['connectors', 20, 'refused: price of a trade was -1'],
      ['proxies', 40, 'a proxy failed'],
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('refuses a recording and a log that cannot be written before a stream begins', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unwritable-'));
  try {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const streamed = await call('stream', 'binance', 'BTC/USDT', '--record', join(file, 'a.gz'), '--for', '1s');
    expect(streamed.errors).toMatch(/the recording .*a\.gz cannot be written: E/);
    const recorded = await call('record', 'binance', 'BTC/USDT', '--out', join(file, 'a.gz'), '--for', '1s');
    expect(recorded.errors).toMatch(/the recording .*a\.gz cannot be written: E/);
    const config = join(folder, 'feeds.json');
    writeFileSync(
      config,
      JSON.stringify({
        feeds: [{ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'] }],
        log: { file: join(file, 'a.log') },
      }),
    );
    expect((await call('stream', '--config', config)).errors).toMatch(/the log .*a\.log cannot be written: E/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

describe('a value that fits its kind and is wrong all the same', () => {
  const feed = { exchange: 'binance', symbols: ['BTC/USDT'] };
  const folder = mkdtempSync(join(tmpdir(), 'places-'));
  const errorOf = async (config: unknown, env: Record<string, string> = {}): Promise<string> => {
    const path = join(folder, 'feeds.json');
    writeFileSync(path, JSON.stringify(config));
    const { code, errors } = await callWith(env, 'stream', '--config', path, '--for', '100ms');
    expect(code).toBe(2);
    return errors.split('\n')[0]!.replaceAll(`${folder}/`, '').replace('error: ', '');
  };
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['redus://127.0.0.1:1'],
    ['tcp:nowhere'],
    ['redis:nowhere'],
    [{ to: 'jsonl:other.jsonl', batchSize: 0 }],
    [{ to: 'jsonl:other.jsonl', aggregate: { bars: '1x' } }],
  ])('a sink before a wrong one, %j, is not opened', async (wrong) => {
    const first = join(folder, 'first.jsonl');
    expect(await errorOf({ feeds: [feed], sinks: [`jsonl:${first}`, wrong] })).toContain('sinks[1]');
    expect(existsSync(first)).toBe(false);
  });

  it.each([
    [{ sinks: ['foo'] }, "feeds.json: sinks[0]: unknown kind of sink 'foo'"],
    [{ sinks: [`jsonl:${join(folder, 'ok.jsonl')}`, { to: 'redus://127.0.0.1:1' }] }, "feeds.json: sinks[1]: unknown kind of sink 'redus': did you mean 'redis'?"],
    [{ sinks: [{ jsonl: 'a.jsonl' }] }, "feeds.json: sinks[0].to is missing: it must be a text, and 'jsonl' is not a field; a text that holds a colon is written without a space, 'jsonl:a.jsonl'"],
    [{ feeds: [{ ...feed, exchange: 'binanc' }] }, "feeds.json: feeds[0].exchange: unknown exchange 'binanc': did you mean 'binance'?"],
    [{ exchanges: { a: { exchange: 'binanc', symbols: ['BTC-USDT'] } }, feeds: [] }, "feeds.json: exchanges.a.exchange: unknown exchange 'binanc': did you mean 'binance'?"],
    [{ feeds: [{ ...feed, channels: ['trade', 'funding'] }] }, "feeds.json: feeds[0].channels[1]: binance has no channel 'funding'"],
    [{ feeds: [{ ...feed, channels: ['bar'], timeframe: '7m' }] }, "feeds.json: feeds[0].timeframe: unknown timeframe '7m'"],
    [{ feeds: [{ ...feed, snapshotInterval: 5 }] }, 'feeds.json: feeds[0].snapshotInterval: snapshotInterval is an option of feeds through ccxt'],
    [{ feeds: [{ ...feed, url: 'http://127.0.0.1:81' }, feed] }, 'feeds.json: feeds[1].url: feeds of one exchange share a server: url was none, and http://127.0.0.1:81 in feeds[0]'],
    [{ proxies: { exchanges: { binance: { http: { urls: ['http://a:1', 'ftp://b:1'] } } } } }, 'feeds.json: proxies.exchanges.binance.http.urls[1]: unknown scheme'],
    [{ accounts: [{ exchange: 'okx', keys: { apiKey: 'hunter2', secret: 'hunter2' } }], feeds: [] }, 'feeds.json: accounts[0]: okx needs keys.password'],
    [['a'], 'feeds.json: it must be a block of fields, was ["a"]'],
  ])('%j is named by its path', async (config, message) => {
    const all = Array.isArray(config) ? config : { feeds: [feed], ...config };
    const said = await errorOf(all);
    expect(said).toContain(message);
    expect(said).not.toContain('hunter2');
  }); // prettier-ignore

  it('is named by the variable of the environment, or by the flag, that set it', async () => {
    expect(await errorOf({ feeds: [feed] }, { NEXTBAR_STREAM_SINKS__0: 'foo:bar' })).toContain(
      "feeds.json with NEXTBAR_STREAM_SINKS__0: sinks[0]: unknown kind of sink 'foo'",
    );
    const flagged = await call('stream', 'binance', 'BTC/USDT', '--sink', 'foo:bar');
    expect(flagged.errors).toContain("--sink: unknown kind of sink 'foo'");
    const idle = await call('stream', '--config', join(folder, 'feeds.json'), '--channels', 'trade');
    expect(idle.errors).toContain('--channels needs EXCHANGE and SYMBOL on the command line');
  });
});
