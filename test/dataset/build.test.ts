/** Building a dataset: each partition once, checked, byte-equal when made again, and never half-written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { AuthError, ConnectorError, createBars, DataError } from '../../src/core/index.ts';
import { Dataset, defineAsset, defineTable, Duck, FolderPublisher, marketAssets, publish, type Asset, type DatasetSource } from '../../src/dataset/index.ts'; // prettier-ignore
import { systemRuntime } from '../../src/core/index.ts';
import { ccxtSource } from '../../src/dataset/index.ts';
import { openSqlite } from '../../src/store/index.ts';
import { openSink } from '../../src/sinks/index.ts';
import { filesIn, folderOfTest, later, open, range, rowsOf, runtimeAt, twoSources } from './building.ts';
import { barsOf, day, fakeSource, firstDay, minute } from './source.ts';

describe('a build', () => {
  it('makes every layer, and gold has the rows, sums and hours of the exchange', async () => {
    const dataset = await open(twoSources());
    const summary = await dataset.build(range);
    expect(summary).toMatchObject({ failed: 0, waiting: 0, failures: [] });
    const files = join(dataset.folder, 'gold/bars_1h/*/*/data.parquet');
    const { hours, minutes, volume } = await rowsOf(
      `SELECT count(*)::DOUBLE AS hours, sum(bars)::DOUBLE AS minutes, sum(volume) AS volume FROM read_parquet('${files}', hive_partitioning = true) WHERE exchange = 'binance' AND symbol = 'ETH/USDT'`,
    );
    const truth = [0, 1, 2].map((i) => barsOf('ETH/USDT', { start: firstDay + i * day, end: firstDay + (i + 1) * day })); // prettier-ignore
    expect([hours, minutes]).toEqual([72, 4320]);
    expect(volume).toBeCloseTo(
      truth.flatMap(({ volume: one }) => [...one]).reduce((a, b) => a + b, 0),
      6,
    );
    const first = await rowsOf(
      `SELECT * FROM read_parquet('${files}') WHERE symbol = 'ETH/USDT' ORDER BY time LIMIT 1`,
    );
    const hour = barsOf('ETH/USDT', { start: firstDay, end: firstDay + 60 * minute });
    expect(first).toMatchObject({
      time: firstDay,
      open: hour.open[0],
      high: Math.max(...hour.high),
      low: Math.min(...hour.low),
      close: hour.close[59],
    });
    const funding = await rowsOf(
      `SELECT count(*)::DOUBLE AS rows, min(interval_hours) AS least, max(interval_hours) AS most FROM read_parquet('${dataset.folder}/gold/funding_rates/*/*/data.parquet')`,
    );
    expect(funding).toEqual({ rows: 9, least: 8, most: 8 });
    const prices = await rowsOf(
      `SELECT max(exchanges)::DOUBLE AS most, count(*)::DOUBLE AS rows FROM read_parquet('${dataset.folder}/gold/prices_1h/*/data.parquet')`,
    );
    expect(prices).toEqual({ most: 2, rows: 144 });
  });

  it('has the bar of midnight in the new day alone, and no bar twice', async () => {
    const dataset = await open([fakeSource('okx', ['BTC/USDT'])]);
    await dataset.build({ start: firstDay, end: firstDay + 2 * day, assets: ['silver/bars_1m'] });
    const silver = `read_parquet('${dataset.folder}/silver/bars_1m/*/*/data.parquet', hive_partitioning = true)`;
    const found = await rowsOf(
      `SELECT count(*)::DOUBLE AS rows, count(DISTINCT date)::DOUBLE AS dates, min(date)::VARCHAR AS date FROM ${silver} WHERE exchange = 'okx' AND epoch_ms(time) = ${firstDay + day}`,
    );
    expect(found).toEqual({ rows: 1, dates: 1, date: '2024-01-31' });
  });

  it('never builds a day that has not ended', async () => {
    const dataset = await open(twoSources(), undefined, runtimeAt(firstDay + 2.5 * day));
    await dataset.build({ start: firstDay, end: firstDay + 9 * day, assets: ['bronze/bars_1m'] });
    const days = dataset.ledger.all('bronze/bars_1m').map(({ partition }) => partition);
    expect(days.filter((name) => name.includes('okx'))).toEqual(['exchange=okx/date=2024-01-30', 'exchange=okx/date=2024-01-31']); // prettier-ignore
    await expect(dataset.build({ start: firstDay + 2.1 * day })).rejects.toThrow(
      'a day that has not ended is never built',
    );
  });

  it('is refused while another one runs', async () => {
    const folder = folderOfTest();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = fakeSource('okx', ['BTC/USDT'], { bars: (symbol, period) => gate.then(() => barsOf(symbol, period)) });
    const [one, two] = [await open([slow], folder), await open([slow], folder)];
    const wanted = { start: firstDay, end: firstDay + day, assets: ['silver/bars_1m'] };
    const first = one.build(wanted);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(two.build(wanted)).rejects.toThrow(/is being built by process \d+/);
    release();
    expect(await first).toMatchObject({ failed: 0 });
    expect(await two.build(wanted)).toMatchObject({ built: 0, failed: 0 });
  });

  it('leaves nothing of a killed build but whole files, and continues', async () => {
    const folder = folderOfTest();
    const wanted = { start: firstDay, end: firstDay + day, assets: ['gold/bars_1m'] };
    const dataset = await open([fakeSource('okx', ['BTC/USDT'])], folder);
    await dataset.build(wanted);
    const [victim] = filesIn(folder).filter((name) => name.includes('silver/bars_1m'));
    // As a kill leaves it: a temporary file beside, and a file that the ledger does not know of.
    writeFileSync(join(folder, `${victim!}.999999.tmp`), 'half');
    dataset.ledger.drop('silver/bars_1m', victim!.replace(/^silver\/bars_1m\/|\/data\.parquet$/g, ''));
    expect(await dataset.build(wanted)).toMatchObject({ built: 1, failed: 0 });
    expect(existsSync(join(folder, `${victim!}.999999.tmp`))).toBe(false);
  });
});

describe('failures', () => {
  const failing = (
    broken: readonly string[],
    error: () => Error,
    symbols = ['A/USDT', 'B/USDT', 'C/USDT'],
  ): DatasetSource =>
    fakeSource('okx', symbols, {
      bars: (symbol, period) =>
        broken.includes(symbol) ? Promise.reject(error()) : Promise.resolve(barsOf(symbol, period)),
    });
  const oneDay = { start: firstDay, end: firstDay + day, assets: ['gold/bars_1m'] };

  it('stay with their symbol, and are in the ledger', async () => {
    const dataset = await open([failing(['B/USDT'], () => new DataError('it is down'))]);
    expect(await dataset.build(oneDay)).toMatchObject({ failed: 0 });
    const row = dataset.ledger.get('bronze/bars_1m', 'exchange=okx/date=2024-01-30')!;
    expect(JSON.parse(row.symbols)).toContainEqual({ symbol: 'B/USDT', status: 'failed', reason: 'it is down' });
  });

  it('of a symbol are tried again by the next build, which asks for that symbol alone', async () => {
    const folder = folderOfTest();
    const first = await open([failing(['B/USDT'], () => new DataError('it is down'))], folder);
    const steps: string[] = [];
    await first.build({ ...oneDay, onPartition: ({ status, reason = '' }) => steps.push(`${status} ${reason}`) });
    expect(steps[0]).toBe('built without B/USDT: it is down');
    expect(first.status()[0]).toMatchObject({
      asset: 'bronze/bars_1m', rows: 2 * 1440, failed: 0,
      leftOut: [{ symbol: 'B/USDT', status: 'failed', partitions: 1, last: 'exchange=okx/date=2024-01-30', reason: 'it is down' }],
    }); // prettier-ignore
    const source = fakeSource('okx', ['A/USDT', 'B/USDT', 'C/USDT']);
    const second = await open([source], folder);
    expect(await second.build(oneDay)).toMatchObject({ built: 3, current: 0, failed: 0 });
    expect(source.calls).toEqual(['B/USDT 2024-01-30']);
    expect(second.status().find(({ asset }) => asset === 'gold/bars_1m')).toMatchObject({
      rows: 3 * 1440,
      leftOut: [],
    });
    const whole = await open([fakeSource('okx', ['A/USDT', 'B/USDT', 'C/USDT'])]);
    await whole.build(oneDay);
    const [name] = filesIn(folder).filter((file) => file.startsWith('bronze'));
    expect(readFileSync(join(folder, name!))).toEqual(readFileSync(join(whole.folder, name!)));
  });

  it('of an exchange that is away are its own, and keep what the dataset says of it', async () => {
    const folder = folderOfTest();
    const wanted = { start: firstDay, end: firstDay + day, assets: ['gold/bars_1m', 'gold/exchanges'] };
    const [one, other] = twoSources() as [DatasetSource, DatasetSource];
    await (await open([one, other], folder)).build(wanted);
    const away = await open([one, { ...other, away: new ConnectorError('okx is away') }], folder);
    const summary = await away.build({ ...wanted, end: firstDay + 2 * day });
    expect(summary.failures.map(({ asset, partition, reason }) => [asset, partition, reason])).toEqual([
      ['bronze/bars_1m', 'exchange=okx/date=2024-01-31', 'okx is away'],
      ['gold/exchanges', 'all', 'okx is away'],
    ]);
    const gold = away.ledger.get('gold/bars_1m', 'exchange=binance/month=2024-01');
    expect(gold).toMatchObject({ status: 'done', rows: 3 * 2 * 1440 });
    expect(away.ledger.get('gold/exchanges', 'all')).toMatchObject({ status: 'done', rows: 2 });
    expect(await (await open([one, other], folder)).build({ ...wanted, end: firstDay + 2 * day })).toMatchObject({ failed: 0, waiting: 0 }); // prettier-ignore
  });

  it('of more than half the symbols fail the partition, and what is made of it waits', async () => {
    const dataset = await open([failing(['A/USDT', 'B/USDT'], () => new DataError('it is down'))]);
    const summary = await dataset.build({ ...oneDay, assets: ['gold/bars_1h'] });
    expect(summary).toMatchObject({ failed: 1, waiting: 3 });
    expect(summary.failures[0]!.reason).toMatch(
      /^2 of 3 symbols failed, more than half; the first, A\/USDT: it is down/,
    );
  });

  it('of symbols that the exchange does not list are skipped, however many', async () => {
    const dataset = await open([failing(['A/USDT', 'B/USDT'], () => new DataError('no such symbol', { code: 'unknown-symbol' }))]); // prettier-ignore
    expect(await dataset.build({ ...oneDay, assets: ['gold/bars_1h'] })).toMatchObject({ failed: 0, waiting: 0 });
    expect(dataset.status()[0]!.leftOut.map(({ symbol, status }) => `${symbol} ${status}`)).toEqual(['A/USDT skipped', 'B/USDT skipped']); // prettier-ignore
  });

  it('of the key end the build', async () => {
    const dataset = await open([failing(['A/USDT'], () => new AuthError('the key is refused'))]);
    await expect(dataset.build(oneDay)).rejects.toThrow('the key is refused');
  });

  it('in more than a tenth of the rows fail the partition, fewer are left out', async () => {
    const spoilt = (count: number): DatasetSource =>
      fakeSource('okx', ['A/USDT'], {
        bars: (symbol, period) => {
          const bars = barsOf(symbol, period);
          bars.close.fill(NaN, 0, count);
          return Promise.resolve(bars);
        },
      });
    const wanted = { ...oneDay, assets: ['gold/bars_1m'] };
    const some = await open([spoilt(144)]);
    expect(await some.build(wanted)).toMatchObject({ failed: 0 });
    expect(some.status().find(({ asset }) => asset === 'gold/bars_1m')).toMatchObject({ rows: 1440 - 144 });
    const many = await open([spoilt(145)]);
    const summary = await many.build(wanted);
    expect(summary.failures[0]!.reason).toBe('145 of 1440 rows were dropped, more than a tenth');
  });

  it('keep what was right before', async () => {
    const folder = folderOfTest();
    const good = await open([fakeSource('okx', ['A/USDT'])], folder);
    await good.build(oneDay);
    const bad = await open([failing(['A/USDT'], () => new DataError('down'), ['A/USDT'])], folder);
    expect(await bad.build({ ...oneDay, isForced: true, assets: ['bronze/bars_1m'] })).toMatchObject({ failed: 1 });
    expect(bad.ledger.get('bronze/bars_1m', 'exchange=okx/date=2024-01-30')).toMatchObject({
      status: 'done',
      rows: 1440,
    });
  });

  it('of a day without any trade are none', async () => {
    const dataset = await open([fakeSource('okx', ['A/USDT'], { bars: () => Promise.resolve(createBars(0)) })]);
    expect(await dataset.build({ start: firstDay, end: firstDay + day })).toMatchObject({ failed: 0, waiting: 0 });
  });
});

describe('a schema that changed', () => {
  it('has bronze migrated without asking the exchange, gold made again, and nothing of the old one published', async () => {
    const folder = folderOfTest();
    let asked = 0;
    const source = fakeSource('okx', ['A/USDT:USDT'], {
      openInterest: (_, { start }) => Promise.resolve([{ time: start, amount: ++asked, value: 7 }]),
    });
    const wanted = { start: firstDay, end: firstDay + day, assets: ['bronze/open_interest', 'gold/funding_rates'] };
    /** The assets as they were when their tables had a column less. */
    const older = marketAssets([source]).map(({ layer: _, codeHash: __, ...options }): Asset => {
      const columns = options.table.columns.filter(({ name }) => name !== 'value' && name !== 'interval_hours');
      return defineAsset(wanted.assets.includes(options.name) ? { ...options, table: { ...options.table, columns, version: 0 } } : options); // prettier-ignore
    });
    const before = await Dataset.open({ folder, assets: older, exchanges: ['okx'], runtime: later });
    expect(await before.build(wanted)).toMatchObject({ failed: 0 });
    before.close();
    const dataset = await open([source], folder);
    const to = new FolderPublisher(join(folder, 'out'));
    await expect(publish(dataset, to, later)).rejects.toThrow('gold/funding_rates exchange=okx/month=2024-01 was built with other columns than version 1 of its table has: run nextbar dataset build, then publish'); // prettier-ignore
    expect(await dataset.build(wanted)).toMatchObject({ failed: 0, waiting: 0 });
    const bronze = join(folder, 'bronze/open_interest/exchange=okx/date=2024-01-30/data.parquet');
    expect(await rowsOf(`SELECT amount, value FROM '${bronze}'`)).toEqual({ amount: 1, value: undefined });
    expect((await publish(dataset, to, later)).sent).toBe(3);
    await dataset.build({ ...wanted, isForced: true });
    expect(await rowsOf(`SELECT amount, value FROM '${bronze}'`)).toEqual({ amount: 2, value: 7 });
  });

  it('of the ledger itself is refused where it is newer', async () => {
    const folder = folderOfTest();
    (await open(twoSources(), folder)).close();
    const sqlite = await openSqlite(join(folder, 'ledger.sqlite'));
    sqlite.exec("UPDATE meta SET value = '2'");
    sqlite.close();
    await expect(open(twoSources(), folder)).rejects.toThrow(/has schema 2, and this version of nextbar knows 1/);
  });
});

it('gives each funding rate the interval of its own row, also where exchanges left a settlement out', async () => {
  const cases: Record<string, [hours: number[], intervals: (number | null)[]]> = {
    'one in the middle left out': [
      [0, 8, 16, 32, 40],
      [8, 8, 8, 8, 8],
    ],
    'the second left out': [
      [0, 16, 24, 32],
      [8, 8, 8, 8],
    ],
    'the one before the last left out': [
      [0, 8, 16, 32],
      [8, 8, 8, 8],
    ],
    'one left out where the interval changed': [
      [0, 8, 16, 28, 32, 36],
      [8, 8, 8, 4, 4, 4],
    ],
    '8 hours that became 4': [
      [0, 8, 16, 20, 24],
      [8, 8, 8, 4, 4],
    ],
    '4 hours that became 8': [
      [0, 4, 8, 16, 24],
      [4, 4, 4, 8, 8],
    ],
    'a change at the second': [
      [0, 8, 12, 16],
      [8, 8, 4, 4],
    ],
    'a change at the last': [
      [0, 4, 8, 16],
      [4, 4, 4, 8],
    ],
    alone: [[0], [null]],
  };
  const names = Object.keys(cases);
  const symbolOf = (name: string): string => `C${names.indexOf(name)}/USDT:USDT`;
  const source = fakeSource('okx', names.map(symbolOf), {
    fundingRates: (symbol, { start, end }) => {
      const times = cases[names[Number(/\d+/.exec(symbol)![0])]!]![0].map((hour) => firstDay + hour * 60 * minute);
      return Promise.resolve(times.filter((time) => time >= start && time < end).map((time) => ({ time, rate: 0.0001 }))); // prettier-ignore
    },
  });
  const dataset = await open([source]);
  await dataset.build({ start: firstDay, end: firstDay + 2 * day, assets: ['gold/funding_rates'] });
  const files = join(dataset.folder, 'gold/funding_rates/*/*/data.parquet');
  const { found } = await rowsOf(
    `SELECT json_group_object(symbol, hours)::VARCHAR AS found FROM (SELECT symbol, list(interval_hours ORDER BY time) AS hours FROM read_parquet('${files}') GROUP BY symbol)`,
  );
  const wanted = names.map((name) => [symbolOf(name), cases[name]![1]]);
  expect(JSON.parse(String(found))).toEqual(Object.fromEntries(wanted));
});

describe("an asset of one's own", () => {
  const table = defineTable({
    name: 'wicks',
    about: 'Upper wicks.',
    version: 1,
    columns: [
      { name: 'symbol', type: 'VARCHAR', about: 'x' },
      { name: 'time', type: 'TIMESTAMP', about: 'x' },
      { name: 'upper', type: 'DOUBLE', about: 'x', check: 'upper >= 0' },
    ],
    key: ['symbol', 'time'],
    time: 'time',
    isDerived: true,
  });
  const wicks = (sql: string, version = 1): Asset =>
    defineAsset({ name: 'gold/wicks', table, deps: ['gold/bars_1h'], partitions: 'monthly', version, run: () => sql });
  const right = 'SELECT symbol, time, high / greatest(open, close) - 1 AS upper FROM input_bars_1h';

  it('is built after what it is made of, and again when its code changes', async () => {
    const folder = folderOfTest();
    const sources = [fakeSource('okx', ['A/USDT'])];
    const wanted = { ...range, assets: ['gold/wicks'] };
    await (await open(sources, folder, later, [wicks(right)])).build(wanted);
    const changed = await open(sources, folder, later, [wicks(right, 2)]);
    expect(changed.status().find(({ asset }) => asset === 'gold/wicks')).toMatchObject({ done: 2, outdated: 2 });
    expect(await changed.build(wanted)).toMatchObject({ built: 2, failed: 0 });
  });

  it.each([
    ['SELECT symbol, time, -1 AS upper FROM input_bars_1h', /check failed, upper >= 0: symbol A\/USDT/],
    ['SELECT symbol, time, NULL AS upper FROM input_bars_1h', /check failed, upper is there/],
    [`${right} UNION ALL ${right}`, /check failed, symbol, time name one row/],
    [
      'SELECT symbol, time + INTERVAL 40 DAY AS time, 1 AS upper FROM input_bars_1h',
      /check failed, every time is within its partition/,
    ],
    ['SELECT symbol, time, hihg AS upper FROM input_bars_1h', /hihg.*known are "high"/],
  ])('fails loudly: %s', async (sql, message) => {
    const dataset = await open([fakeSource('okx', ['A/USDT'])], undefined, later, [wicks(sql)]);
    const summary = await dataset.build({ ...range, end: firstDay + day, assets: ['gold/wicks'] });
    expect(summary.failures.map(({ reason }) => reason)).toEqual([expect.stringMatching(message)]);
    expect(existsSync(join(dataset.folder, 'gold/wicks/exchange=okx/month=2024-01/data.parquet'))).toBe(false);
  });

  it('is refused where it cannot be right', () => {
    expect(() => defineAsset({ name: 'wicks', table, partitions: 'daily', run: () => '' })).toThrow(/silver\/trades/);
    const [a, b] = ['a', 'b'].map((name, i) =>
      defineAsset({
        name: `gold/${name}`,
        table,
        deps: [`gold/${i === 0 ? 'b' : 'a'}`],
        partitions: 'daily',
        run: () => '',
      }),
    );
    return expect(Dataset.open({ folder: folderOfTest(), assets: [a!, b!], exchanges: [] })).rejects.toThrow(
      'gold/a -> gold/b -> gold/a',
    );
  });
});

describe('what streams recorded', () => {
  it('is in bronze, silver and gold: liquidations, and trades once by their id', async () => {
    const bars = folderOfTest();
    const symbol = 'BTC/USDT:USDT';
    const at = { exchange: 'binanceusdm', symbol, receiveTime: firstDay } as const;
    const sink = await openSink({ to: `store:${bars}` });
    for (let k = 0; k < 5; k++) {
      const time = firstDay + k * 6 * 60 * minute;
      const forced = {
        type: 'liquidation',
        ...at,
        time,
        id: undefined,
        side: k % 2 === 0 ? 'sell' : 'buy',
        price: 100 + k,
        size: 1 + k,
      } as const;
      for (const event of [forced, forced]) await sink.write(event);
      for (let twice = 0; twice < 2; twice++) {
        await sink.write({
          type: 'trade',
          ...at,
          time,
          id: String(k),
          side: 'buy',
          price: 100,
          size: 2,
          backfill: false,
        });
      }
    }
    await sink.close();
    const source = await ccxtSource({ exchange: 'binanceusdm', symbols: [symbol], folder: bars, runtime: later });
    const folder = folderOfTest();
    const dataset = await open([source], folder);
    const built = await dataset.build({ ...range, assets: ['gold/liquidations', 'gold/trades'] });
    expect(built.failures).toEqual([]);
    const duck = await Duck.open(systemRuntime);
    const rows = (table: string): Promise<Record<string, unknown>> =>
      duck.one(
        `SELECT count(*)::INTEGER AS rows, sum(size) AS size FROM read_parquet('${folder}/gold/${table}/**/*.parquet', union_by_name = true)`,
      );
    expect(await rows('liquidations')).toEqual({ rows: 5, size: 15 });
    expect(await rows('trades')).toEqual({ rows: 5, size: 10 });
    duck.close();
  });
});
