/** A published dataset: what it says of itself, questions to it from disk and over HTTP, and where it can be published. */
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { systemRuntime, type Bars, type Runtime } from '../../src/core/index.ts';
import {
  Dataset,
  DatasetClient,
  FolderPublisher,
  HuggingFacePublisher,
  marketAssets,
  publish,
  S3Publisher,
  Token,
  Tokens,
  type DatasetSpec,
  type Period,
} from '../../src/dataset/index.ts';
import { generateBars } from '../../src/feeds/index.ts';
import { Cerebro, Strategy } from '../../src/index.ts';
import { metricDefinitions } from '../../src/report/index.ts';
import { barsOf, day, fakeSource, firstDay, minute, priceAt } from './source.ts';

const root = mkdtempSync(join(tmpdir(), 'nextbar-client-'));
const published = join(root, 'published');
const runtime: Runtime = { ...systemRuntime, now: () => firstDay + 10 * day };
let dataset: Dataset;
let client: DatasetClient;

beforeAll(async () => {
  const sources = [fakeSource('binance', ['BTC/USDT', 'ETH/USDT', 'BTC/USDT:USDT']), fakeSource('okx', ['BTC/USDT'])];
  dataset = await Dataset.open({
    folder: join(root, 'dataset'),
    assets: marketAssets(sources),
    exchanges: ['binance', 'okx'],
    runtime,
  });
  const summary = await dataset.build({ start: firstDay, end: firstDay + 2 * day });
  expect(summary.failures).toEqual([]);
  await publish(dataset, new FolderPublisher(published), runtime);
  client = await DatasetClient.open({ from: published });
}, 120_000);
afterAll(() => {
  client.close();
  dataset.close();
  rmSync(root, { recursive: true, force: true });
});

type Handler = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

/** A server on loopback that is gone when the test is over; its address. */
async function serverOf(handle: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      handle(request, Buffer.concat(pieces), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const hourOf = (symbol: string, time: number): number => barsOf(symbol, { start: time, end: time + 60 * minute }).close[59]!; // prettier-ignore

describe('what is published', () => {
  it('says of every file its hash, rows, symbols and times, and how complete the bars are', () => {
    const spec = JSON.parse(readFileSync(join(published, 'spec.json'), 'utf8')) as DatasetSpec;
    const bars = spec.tables.find(({ name }) => name === 'bars_1m')!;
    expect(bars).toMatchObject({ rows: 4 * 2880, completeness: 1, key: ['symbol', 'time'], isDerived: false });
    for (const file of spec.tables.flatMap(({ files }) => files)) {
      const bytes = readFileSync(join(published, file.path));
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([file.bytes, file.hash]);
    }
    expect(bars.files.find(({ exchange }) => exchange === 'binance')).toMatchObject({
      symbols: ['BTC/USDT', 'BTC/USDT:USDT', 'ETH/USDT'],
      first: firstDay,
      last: firstDay + 2 * day - minute,
    });
    expect(spec.tables.find(({ name }) => name === 'prices_1h')).toMatchObject({ isDerived: true });
    const card = readFileSync(join(published, 'README.md'), 'utf8');
    expect(card).toContain('| `bars_1m` | 11,520 | 3 | 2024-01-30 to 2024-01-31 | 100.00 % |');
  });

  it('is not sent again where nothing changed', async () => {
    const again = await publish(dataset, new FolderPublisher(published), runtime);
    expect(again).toMatchObject({ sent: 0, removed: 0 });
  });
});

describe('a token', () => {
  const btc = (): Token => new Token('BTC', { client });

  it('has bars, and what follows from them', async () => {
    const { time, close } = await btc().ohlcv({ start: firstDay, end: firstDay + day });
    expect([time.length, time[0], close[0]]).toEqual([24, firstDay, hourOf('BTC/USDT', firstDay)]);
    expect(await btc().price()).toBe(hourOf('BTC/USDT', firstDay + 47 * 60 * minute));
    const returns = await btc().returns();
    const closes = Array.from({ length: 48 }, (_, i) => hourOf('BTC/USDT', firstDay + i * 60 * minute));
    const truth = closes.slice(1).map((price, i) => price / closes[i]! - 1);
    expect([...returns.value]).toEqual(truth);
    const middle = truth.reduce((a, b) => a + b, 0) / truth.length;
    const deviation = Math.sqrt(truth.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (truth.length - 1));
    expect(await btc().volatility()).toBeCloseTo(deviation * Math.sqrt(8760), 10);
    const sheet = await btc().tearsheet();
    expect(sheet.totalReturn).toBeCloseTo(closes[47]! / closes[0]! - 1, 12);
    expect(sheet).toMatchObject({ bars: 48, exchange: 'binance', end: firstDay + 2 * day });
    expect(await btc().correlation(btc())).toBeCloseTo(1, 12);
    expect((await btc().ohlcv({ timeframe: '1m', start: firstDay + day })).time).toHaveLength(1440);
  });

  it('has a tearsheet with the figures of the report of holding it, written where it is asked for', async () => {
    const bars = generateBars({ seed: 9, timeframe: '1h', start: firstDay, count: 24 * 60 });
    class Held extends Token {
      override ohlcv(): Promise<Bars> {
        return Promise.resolve(bars);
      }
    }
    const report = join(root, 'tearsheet.html');
    const sheet = await new Held('BTC', { client }).tearsheet({ report });
    const { close } = bars;
    // The close of each UTC day, the first close before them.
    const days = [close[0]!, ...Array.from({ length: 60 }, (_, i) => close[24 * (i + 1) - 1]!)];
    const returns = days.slice(1).map((price, i) => price / days[i]! - 1);
    const middle = returns.reduce((a, b) => a + b, 0) / 60;
    const deviation = Math.sqrt(returns.reduce((sum, one) => sum + (one - middle) ** 2, 0) / 59);
    let [peak, deepest] = [0, 0];
    for (const price of close) {
      peak = Math.max(peak, price);
      deepest = Math.max(deepest, 1 - price / peak);
    }
    const truth = {
      totalReturn: close.at(-1)! / close[0]! - 1, volatility: deviation * Math.sqrt(365), sharpe: (middle / deviation) * Math.sqrt(365),
      maxDrawdown: deepest, bestDay: Math.max(...returns), worstDay: Math.min(...returns),
    }; // prettier-ignore
    for (const [name, value] of Object.entries(truth))
      expect(sheet[name as keyof typeof truth], name).toBeCloseTo(value, 9);
    expect(sheet).toMatchObject({ bars: 1440, start: firstDay, end: firstDay + 60 * day });
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('Holding BTC/USDT');
    const shown = metricDefinitions.find(({ key }) => key === 'sharpe')!.text(sheet.sharpe);
    expect(page).toContain(shown);
  });

  it('has funding for a year by the interval of each row, open interest and basis', async () => {
    const swap = new Token('BTC/USDT:USDT', { client });
    const { value } = await swap.fundingRateAnnualized({ end: firstDay + day });
    expect(value[1]).toBeCloseTo(0.0002 * (8760 / 8), 12);
    expect([...(await swap.openInterest()).value]).toEqual([1000, 1012, 1000, 1012]);
    const basis = await btc().basis({ end: firstDay + 3 * 60 * minute });
    expect(basis.value[2]).toBeCloseTo(hourOf('BTC/USDT:USDT', firstDay + 120 * minute) / hourOf('BTC/USDT', firstDay + 120 * minute) - 1, 12); // prettier-ignore
    const { tables } = await btc().info();
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['bars_1h', 'bars_1m']));
    expect(tables.find(({ name }) => name === 'instruments')).toMatchObject({ first: undefined, last: undefined });
  });

  it('takes names as exchanges write them, and the name of a token to compare with', async () => {
    expect([new Token('btc-usdt'), new Token('BTC-USDT-PERP'), new Token('btc')].map(({ symbol }) => symbol)).toEqual(['BTC/USDT', 'BTC/USDT:USDT', 'BTC/USDT']); // prettier-ignore
    expect(await btc().correlation('ETH')).toBe(await btc().correlation(new Token('ETH', { client })));
  });

  it.each([
    [() => new Token(undefined as never), 'a token is a base such as BTC or a symbol such as BTC/USDT, was undefined'],
    [() => new Token('BTC', { exchnge: 'okx' } as never), "unknown option of Token 'exchnge': did you mean 'exchange'?"],
    [() => new Tokens('BTC' as never), "names must be a list such as ['BTC', 'ETH'], was 'BTC'"],
    [() => btc().ohlcv({ fromdate: '2024' } as never), "unknown option of a token 'fromdate': the name here is 'start'"],
    [() => DatasetClient.open({ memory: 3 } as never), "unknown option of DatasetClient 'memory': did you mean 'memoryMb'?"],
    [() => DatasetClient.open({ cacheMb: -1 }), 'cacheMb must be above 0, was -1'],
    [() => client.sql(undefined as never), 'query must be SQL, was undefined'],
    [() => client.sql('SELECT ? AS a', 3 as never), 'values must be a list, one for each question mark, was 3'],
    [() => client.sql('SELECT 1; SELECT 2'), 'a query must be one SELECT, was 2 statements'],
    [() => client.sql('DROP VIEW bars_1h'), 'a query must be one SELECT, was another statement'],
    [() => client.sql(''), "query must be SQL, was ''"],
  ])('refuses %s', async (act, message) => {
    await expect(Promise.resolve().then(act as () => unknown)).rejects.toThrow(message);
  }); // prettier-ignore

  it('says what exists where it has nothing', async () => {
    await expect(btc().fundingRate()).rejects.toThrow('no funding rates for a spot symbol; BTC/USDT:USDT has it from 2024-01-30'); // prettier-ignore
    await expect(new Token('DOGE/USDT:USDT', { client, exchange: 'okx' }).openInterest()).rejects.toThrow('the dataset has no open interest of any symbol on okx'); // prettier-ignore
    await expect(new Token('BTX', { client }).ohlcv()).rejects.toThrow(
      /no bars_1h of 'BTX\/USDT': did you mean 'BTC\/USDT'\?/,
    );
    await expect(new Token('ETH', { client, exchange: 'okx' }).ohlcv()).rejects.toThrow('okx has no bars_1h of ETH/USDT; binance has'); // prettier-ignore
    await expect(new Token('ETH', { client, exchange: 'binanse' }).ohlcv()).rejects.toThrow("did you mean 'binance'?");
    await expect(btc().ohlcv({ timeframe: '4h' })).rejects.toThrow('1m, 1h or 1d');
    await expect(btc().ohlcv({ form: '2024' } as never)).rejects.toThrow('form');
    await expect(btc().ohlcv({ start: '2025-01-01' })).rejects.toThrow(/no bars_1h of BTC\/USDT in the period: binance has it from 2024-01-30/); // prettier-ignore
    await expect(btc().ohlcv({ start: '2024-02-01', end: '2024-01-31' })).rejects.toThrow('start must be before end');
    await expect(Tokens.open(['BTC'], { from: join(root, 'nothing') })).rejects.toThrow(/no published dataset at/);
    expect(() => new Token("BTC'; DROP TABLE x")).toThrow('a token is a base such as BTC');
  });

  it('is a feed for a run', async () => {
    const seen: number[] = [];
    class Watch extends Strategy {
      override next(): void {
        seen.push(this.data.close.now);
      }
    }
    await new Cerebro()
      .addData(await btc().feed())
      .addStrategy(Watch)
      .run();
    expect(seen).toEqual([...(await btc().ohlcv()).close]);
  });

  it('stands beside others on the times that all have', async () => {
    const tokens = new Tokens(['BTC', 'ETH'], { client });
    expect(await tokens.prices()).toEqual({ 'BTC/USDT': await btc().price(), 'ETH/USDT': await new Token('ETH', { client }).price() }); // prettier-ignore
    const { time, columns } = await tokens.closes();
    expect([time.length, Object.keys(columns)]).toEqual([48, ['BTC/USDT', 'ETH/USDT']]);
    const matrix = await tokens.correlation();
    expect(matrix['BTC/USDT']!['ETH/USDT']).toBeCloseTo(await tokens.tokens[0]!.correlation(tokens.tokens[1]!), 12);
  });
});

it('correlates over one and the same stretch of time where a token lacks bars', async () => {
  const hour = 60 * minute;
  // Of the second token five hours are missing: its next return is of six hours, and so must be that of the first.
  const holes = (symbol: string, period: Period): Promise<Bars> => {
    const bars = barsOf(symbol, period);
    const kept = [...bars.time.keys()].filter((i) => symbol !== 'ETH/USDT' || bars.time[i]! < firstDay + 5 * hour || bars.time[i]! >= firstDay + 10 * hour);
    const column = (name: keyof Bars): Float64Array => Float64Array.from(kept, (i) => (bars[name]!)[i]!);
    return Promise.resolve({ time: column('time'), open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume') });
  };
  const folder = join(root, 'holes');
  const own = await Dataset.open({ folder, assets: marketAssets([fakeSource('binance', ['BTC/USDT', 'ETH/USDT'], { bars: holes })]), exchanges: ['binance'], runtime });
  await own.build({ start: firstDay, end: firstDay + day });
  await publish(own, new FolderPublisher(join(folder, 'published')), runtime);
  own.close();
  const tokens = new Tokens(['BTC', 'ETH'], { from: join(folder, 'published') });
  onTestFinished(() => tokens.close());
  const matrix = await tokens.correlation();
  const [correlation] = (
    await tokens.sql(`WITH pairs AS (SELECT time, a.close AS a, b.close AS b FROM bars_1h a JOIN bars_1h b USING (time)
      WHERE a.symbol = 'BTC/USDT' AND b.symbol = 'ETH/USDT'), returns AS (
      SELECT a / lag(a) OVER (ORDER BY time) - 1 AS a, b / lag(b) OVER (ORDER BY time) - 1 AS b FROM pairs)
      SELECT corr(a, b) AS value, count(a) AS returns FROM returns`)
  ).toRows();
  expect(correlation!['returns']).toBe(18);
  expect(matrix['BTC/USDT']!['ETH/USDT']).toBeCloseTo(correlation!['value'] as number, 12);
  expect(await tokens.tokens[0]!.correlation(tokens.tokens[1]!)).toBe(matrix['BTC/USDT']!['ETH/USDT']);
}); // prettier-ignore

describe('SQL', () => {
  it('reads every table by its name, with bound values, as rows, columns and Arrow', async () => {
    const query =
      'SELECT exchange, count(*) AS bars, min(time) AS first FROM bars_1h WHERE symbol = ? GROUP BY exchange ORDER BY exchange';
    const answer = await client.sql(query, ['BTC/USDT']);
    expect(answer.toRows()).toEqual([
      { exchange: 'binance', bars: 48, first: firstDay },
      { exchange: 'okx', bars: 48, first: firstDay },
    ]);
    expect([...answer.numbers('bars')]).toEqual([48, 48]);
    expect((await answer.toArrow()).numRows).toBe(2);
    expect((await client.sql('SELECT count(*) AS n FROM bars_1h WHERE symbol = ?', ["x' OR 1 = 1 --"])).toRows()).toEqual([{ n: 0 }]); // prettier-ignore
    const since = await client.sql('WITH late AS (SELECT * FROM bars_1m WHERE time >= ?) SELECT count(*) AS n FROM late', [new Date(firstDay + day)]); // prettier-ignore
    expect(since.toRows()).toEqual([{ n: 4 * 1440 }]);
  });

  it('names the nearest table and column, and reaches no other file', async () => {
    await expect(client.sql('SELECT * FROM bars_1k')).rejects.toThrow(
      /no table 'bars_1k': did you mean 'bars_1[hm]'\?/,
    );
    await expect(client.sql('SELECT clse FROM bars_1h')).rejects.toThrow(/clse.*"close"/);
    await expect(client.sql("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(/the query is refused/);
    await expect(client.sql(`COPY (SELECT 1) TO '${root}/out.csv'`)).rejects.toThrow(/the query is refused/);
    expect(existsSync(join(root, 'out.csv'))).toBe(false);
  });

  it('ends when it takes too long', async () => {
    const short = await DatasetClient.open({ from: published, timeoutMs: 50 });
    const endless = 'SELECT sum(a.i * b.i) AS s FROM range(10000000) a(i), range(10000000) b(i)';
    await expect(short.sql(endless)).rejects.toThrow('the query took longer than timeoutMs, 50 ms');
    short.close();
  });
});

describe('over HTTP', () => {
  /** Serves the published folder with ranges. */
  async function served(): Promise<{ url: string; log: string[] }> {
    const log: string[] = [];
    const url = await serverOf((request, _, response) => {
      log.push(`${request.url!} ${request.headers.range ?? ''}`);
      const path = join(published, decodeURIComponent(request.url!));
      if (!existsSync(path) || !statSync(path).isFile()) {
        response.writeHead(404).end();
        return;
      }
      const bytes = readFileSync(path);
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (from === undefined) response.writeHead(200).end(bytes);
      else response.writeHead(206).end(bytes.subarray(Number(from), Number(to) + 1));
    });
    return { url, log };
  }

  it('sends the user and the password of the address, and shows them nowhere', async () => {
    const spec = readFileSync(join(published, 'spec.json'));
    const wanted = `Basic ${Buffer.from('me:s3#cret').toString('base64')}`;
    const url = await serverOf((request, _, response) => {
      const isKnown = request.headers.authorization === wanted;
      response.writeHead(isKnown ? 200 : 401).end(isKnown ? spec : 'no');
    });
    const cacheFolder = mkdtempSync(join(tmpdir(), 'nextbar-blocks-'));
    onTestFinished(() => {
      rmSync(cacheFolder, { recursive: true, force: true });
    });
    const open = (from: string): Promise<DatasetClient> => DatasetClient.open({ from, cacheFolder });
    const remote = await open(`${url.replace('//', '//me:s3%23cret@')}/`);
    expect(remote.spec.tables.length).toBeGreaterThan(3);
    remote.close();
    await expect(open(url.replace('//', '//me:wr0ng@'))).rejects.toThrow(`${url}/spec.json answered HTTP 401`);
    await expect(open(`${url.replace('//', '//me:s3cret@')}/x?token=s3cret`)).rejects.toThrow(
      `from must be the address of a folder, such as https://host.example/dataset, was '${url.replace('//', '//***@')}/x?...'`,
    );
  });

  it('gives the same answers, and asks for nothing twice', async () => {
    const { url, log } = await served();
    const cacheFolder = mkdtempSync(join(tmpdir(), 'nextbar-blocks-'));
    onTestFinished(() => {
      rmSync(cacheFolder, { recursive: true, force: true });
    });
    const remote = await DatasetClient.open({ from: url, cacheFolder });
    const token = new Token('ETH', { client: remote });
    const bars = await token.ohlcv({ timeframe: '1m', start: firstDay, end: firstDay + 120 * minute });
    expect(bars).toEqual(await new Token('ETH', { client }).ohlcv({ timeframe: '1m', start: firstDay, end: firstDay + 120 * minute })); // prettier-ignore
    expect(bars.open[0]).toBe(priceAt('ETH/USDT', firstDay));
    expect(log.filter((line) => line.includes('okx'))).toEqual([]);
    const count = log.length;
    await token.ohlcv({ timeframe: '1m', start: firstDay, end: firstDay + 120 * minute });
    expect(log).toHaveLength(count);
    const all = await remote.sql('SELECT count(*) AS n, sum(volume) AS volume FROM bars_1m');
    expect(all.toRows()).toEqual(
      (await client.sql('SELECT count(*) AS n, sum(volume) AS volume FROM bars_1m')).toRows(),
    );
    remote.close();
    const later = await DatasetClient.open({ from: url, cacheFolder });
    const before = log.length;
    expect((await new Token('BTC', { client: later }).ohlcv({ timeframe: '1m' })).time).toHaveLength(2880);
    expect(log.length - before).toBe(0);
    later.close();
  });

  it('answers what was asked before from the disk, and asks again where the kept answer is damaged', async () => {
    const { url } = await served();
    const cacheFolder = mkdtempSync(join(tmpdir(), 'nextbar-blocks-'));
    onTestFinished(() => {
      rmSync(cacheFolder, { recursive: true, force: true });
    });
    const ask = async (): Promise<unknown> => {
      const token = new Token('ETH', { from: url, cacheFolder });
      const bars = await token.ohlcv({ timeframe: '1m', start: firstDay, end: firstDay + 120 * minute });
      await token.close();
      return bars;
    };
    const first = await ask();
    const files = readdirSync(cacheFolder, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(cacheFolder, name),
    );
    const [answer, ...others] = files.filter((name) => name.endsWith('.answer'));
    expect([answer !== undefined, others]).toEqual([true, []]);
    // Without its blocks only the kept answer can be right.
    for (const name of files.filter((one) => one.endsWith('.parquet')))
      writeFileSync(name, Buffer.alloc(statSync(name).size));
    expect(await ask()).toEqual(first);
    for (const name of files.filter((one) => one.endsWith('.blocks'))) rmSync(name);
    const bytes = readFileSync(answer!);
    writeFileSync(answer!, bytes.subarray(0, bytes.length - 8));
    expect(await ask()).toEqual(first);
    bytes[3] = bytes[3]! ^ 1;
    writeFileSync(answer!, bytes);
    expect(await ask()).toEqual(first);
  });

  it('refuses a dataset of a newer form in one sentence', async () => {
    const newer = mkdtempSync(join(tmpdir(), 'nextbar-newer-'));
    writeFileSync(join(newer, 'spec.json'), '{"spec":2,"tables":{}}');
    await expect(DatasetClient.open({ from: newer })).rejects.toThrow(
      `the dataset at ${newer} has form 2, and this version of nextbar reads form 1: update nextbar, or publish it again`,
    );
    rmSync(newer, { recursive: true });
  });

  it('says so where there is none', async () => {
    const url = await serverOf((_, __, response) => response.writeHead(404).end());
    await expect(DatasetClient.open({ from: url, cacheFolder: join(root, 'none') })).rejects.toThrow(
      /no published dataset at http/,
    );
    await expect(DatasetClient.open({ from: join(root, 'nothing') })).rejects.toThrow(/no published dataset at/);
  });
});

describe('publishing', () => {
  it('to Hugging Face sends new files to its storage and names everything in one commit', async () => {
    const stored = new Map<string, Buffer>();
    const commits: { key: string; value: Record<string, string> }[][] = [];
    let url = '';
    url = await serverOf((request, body, response) => {
      const path = request.url!;
      const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)); // prettier-ignore
      if (path.startsWith('/storage/')) {
        expect(request.headers.authorization).toBeUndefined();
        expect(createHash('sha256').update(body).digest('hex')).toBe(path.slice('/storage/'.length));
        stored.set(path.slice('/storage/'.length), body);
        response.writeHead(200).end();
        return;
      }
      if (request.headers.authorization !== 'Bearer hf_secret') {
        response.writeHead(401).end('invalid token hf_wrong');
        return;
      }
      if (path.endsWith('/spec.json')) {
        const spec = commits.at(-1)?.find(({ value }) => value['path'] === 'spec.json');
        if (spec === undefined) response.writeHead(404).end();
        else response.writeHead(200).end(Buffer.from(spec.value['content']!, 'base64'));
      } else if (path === '/datasets/me/data.git/info/lfs/objects/batch') {
        const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
        json({
          objects: objects.map(({ oid, size }) => ({
            oid,
            size,
            ...(!stored.has(oid) && { actions: { upload: { href: `${url}/storage/${oid}` } } }),
          })),
        });
      } else if (path === '/api/datasets/me/data/commit/main') {
        commits.push(body.toString().split('\n').map((line) => JSON.parse(line) as (typeof commits)[0][0])); // prettier-ignore
        json({ commitOid: 'x' });
      } else response.writeHead(404).end();
    });
    const options = { repository: 'me/data', url, env: { HF_TOKEN: 'hf_secret' } };
    const first = await publish(dataset, new HuggingFacePublisher(options), runtime);
    expect(commits).toHaveLength(1);
    const named = commits[0]!.filter(({ key }) => key === 'lfsFile');
    expect(named.length).toBe(first.sent - 2);
    for (const { value } of named)
      expect(stored.get(value['oid']!)!.equals(readFileSync(join(published, value['path']!)))).toBe(true);
    const second = await publish(dataset, new HuggingFacePublisher(options), runtime);
    expect([second.sent, second.unchanged, commits.length]).toEqual([2, first.sent - 2, 2]);

    const wrong = new HuggingFacePublisher({ ...options, env: { HF_TOKEN: 'hf_wrong' } });
    await expect(publish(dataset, wrong, runtime)).rejects.toThrow(/HTTP 401: invalid token \*\*\*; check HF_TOKEN/);
    expect(() => new HuggingFacePublisher({ ...options, env: {} })).toThrow('set HF_TOKEN');
  });

  it('to a store that speaks S3 signs every request, sends large files in parts, and the spec last', async () => {
    const objects = new Map<string, Buffer>();
    const parts = new Map<string, Buffer[]>();
    const order: string[] = [];
    let refuses = '';
    const url = await serverOf((request, body, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      if (!isSigned(request, body)) {
        response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
        return;
      }
      order.push(`${request.method!} ${pathname} ${[...searchParams.keys()].join()}`);
      const part = searchParams.get('partNumber');
      if (refuses !== '' && part === refuses) response.writeHead(500).end();
      else if (request.method === 'GET') {
        const found = objects.get(pathname);
        if (found === undefined) response.writeHead(404).end();
        else response.writeHead(200).end(found);
      } else if (request.method === 'DELETE') {
        parts.delete(pathname);
        response.writeHead(204).end();
      } else if (searchParams.has('uploads')) {
        parts.set(pathname, []);
        response.writeHead(200).end('<UploadId>u1</UploadId>');
      } else if (part !== null) {
        parts.get(pathname)![Number(part) - 1] = body;
        response.writeHead(200, { etag: `"${part}"` }).end();
      } else if (request.method === 'POST') {
        objects.set(pathname, Buffer.concat(parts.get(pathname)!));
        response.writeHead(200).end('<CompleteMultipartUploadResult/>');
      } else {
        objects.set(pathname, body);
        response.writeHead(200).end();
      }
    });
    const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    const to = new S3Publisher({ bucket: 'data', prefix: 'market/', url, env });
    const sent = await publish(dataset, to, runtime);
    expect(order.at(-1)).toBe('PUT /data/market/spec.json ');
    expect(objects.size).toBe(sent.sent);
    for (const [path, bytes] of objects) expect(bytes.equals(readFileSync(join(published, decodeURIComponent(path.slice('/data/market/'.length)))))).toBe(true); // prettier-ignore
    expect(await publish(dataset, to, runtime)).toMatchObject({ sent: 2 });

    const large = Buffer.alloc(12 * 1024 * 1024, 7);
    const item = { path: 'bars_1m/large.parquet', hash: 'h', bytes: large.length, read: () => large };
    const small = new S3Publisher({ bucket: 'data', url, env, partBytes: 1 });
    await small.publish([item], undefined);
    expect(parts.get('/data/bars_1m/large.parquet')).toHaveLength(3);
    expect(objects.get('/data/bars_1m/large.parquet')!.equals(large)).toBe(true);
    refuses = '2';
    await expect(small.publish([{ ...item, path: 'other.parquet' }], undefined)).rejects.toThrow(/HTTP 500/);
    expect([parts.has('/data/other.parquet'), objects.has('/data/other.parquet')]).toEqual([false, false]);
    refuses = '';
    const stranger = new S3Publisher({ bucket: 'data', url, env: { ...env, AWS_SECRET_ACCESS_KEY: 'other' } });
    await expect(publish(dataset, stranger, runtime)).rejects.toThrow(/SignatureDoesNotMatch/);
  });
});

/** Whether a request is signed with the key `secret`, by the rules of version 4 written out once more. */
function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const [, scope = '', names = '', given] = /Credential=id\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)/.exec(request.headers.authorization ?? '') ?? []; // prettier-ignore
  const [path = '', query = ''] = request.url!.split('?');
  const hash = createHash('sha256').update(body).digest('hex');
  const lines = names.split(';').map((name) => `${name}:${String(request.headers[name])}`);
  const canonical = [request.method, path, query, ...lines, '', names, hash].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, createHash('sha256').update(canonical).digest('hex')].join('\n'); // prettier-ignore
  let key: Buffer = Buffer.from('AWS4secret');
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return (
    createHmac('sha256', key).update(text).digest('hex') === given && request.headers['x-amz-content-sha256'] === hash
  );
}
