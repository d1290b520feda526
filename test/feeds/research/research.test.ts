/** Bars for research: one call, conversions, and joins that show no bar before it has closed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { barClose, seededRandom, timeframe } from '../../../src/core/index.ts';
import {
  align, BarsDataFeed, BarTable, CcxtDataFeed, CsvDataFeed, CustomDataFeed, generateBars, GeneratedDataFeed, load, loadFunding, loadOpenInterest, loadTrades, SqliteDataFeed, writeArrow, writeParquet,
} from '../../../src/feeds/index.ts'; // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'nextbar-research-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const start = Date.UTC(2024, 0, 1);

function table(frame: string, count: number, seed: number, from = start): BarTable {
  const bars = generateBars({ seed, timeframe: frame, count, start: from });
  return new BarTable(bars, { name: 'X', symbol: 'X', timeframe: timeframe(frame), report: undefined, warnings: [] });
}

describe('load', () => {
  it('reads files of every kind to the same columns, time first, and converts them', async () => {
    const bars = generateBars({ seed: 3, timeframe: '1h', count: 50, start });
    const about = { name: 'A', symbol: 'A/B', timeframe: timeframe('1h'), report: undefined, warnings: [] };
    writeFileSync(join(folder, 'a.csv'), new BarTable(bars, about).toCsv());
    await writeArrow(join(folder, 'a.arrow'), bars);
    await writeParquet(join(folder, 'a.parquet'), bars);
    for (const ending of ['csv', 'arrow', 'parquet']) {
      const loaded = await load({ path: join(folder, `a.${ending}`), timeframe: '1h', symbol: 'A/B' });
      expect(Object.keys(loaded.columns)[0]).toBe('time');
      expect(Array.from(loaded.close)).toEqual(Array.from(bars.close));
      expect(loaded.toRows()[7]).toMatchObject({ time: bars.time[7], volume: bars.volume[7] });
      expect((await loaded.toArrow()).getChild('close')!.get(9)).toBe(bars.close[9]);
      expect(loaded.report).toMatchObject({ bars: 50 });
    }
    const feed = new CsvDataFeed({ path: join(folder, 'a.csv'), timeframe: '1h' });
    expect(Array.from((await feed.load()).close)).toEqual(Array.from((await load(feed)).close));
    expect(Array.from((await load({ bars, timeframe: '1h' })).close)).toEqual(Array.from(bars.close));
  });

  it.each([
    [undefined, 'load takes options or a feed, was undefined'],
    ['a.csv', "load takes options or a feed, was 'a.csv'"],
    [{ timeframe: '1h' }, 'load needs an exchange with symbol, the path of a file, or bars'],
    [{ dataname: 'a.csv' }, "unknown option of load 'dataname': the name here is 'path'"],
    [{ pth: 'a.csv' }, "unknown option of load 'pth': did you mean 'path'?"],
    [{ path: 'a.csv', exchange: 'binance' }, 'load takes an exchange or the path of a file, and both were given'],
    [{ path: 'a.csv', timeframe: '1h', start: '2024-02-01', end: '2024-01-01' }, 'start must be before end, was 2024-02-01 with end 2024-01-01'],
  ])('refuses %o', async (options, message) => {
    await expect(load(options as never)).rejects.toThrow(message);
  }); // prettier-ignore

  it.each([
    ['none.csv', undefined, 'there is no such file'],
    ['none.arrow', undefined, 'there is no such file'],
    ['none.parquet', undefined, 'there is no such file'],
    ['text.feather', 'timestamp,open', 'it is no Arrow file'],
    ['empty.arrow', '', 'it is no Arrow file'],
    ['text.pq', 'timestamp,open', 'it is no Parquet file'],
    ['empty.parquet', '', 'it is no Parquet file'],
    ['a.parquet/x.arrow', undefined, 'there is no such file'],
    ['parquet.csv', 'PAR1\u0015\u0004', 'it is a Parquet file, and no CSV'],
    ['arrow.csv', 'ARROW1\0\0', 'it is an Arrow file, and no CSV'],
    ['bars.csv', 'SQLite format 3\0', 'it is an SQLite file, and no CSV'],
  ])('says of %s, which holds %j, why it cannot be read', async (name, text, why) => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    await expect(load({ path, timeframe: '1h' })).rejects.toMatchObject({
      code: 'unreadable-file',
      message: `cannot read ${path}: ${why}`,
    });
  });

  it('has the same conversions on what load of a feed returns, which copies and comparisons do not see', async () => {
    const bars = Object.freeze(generateBars({ timeframe: '1h', count: 50, start, seed: 3 }));
    const feeds = [
      new BarsDataFeed({ bars, timeframe: '1h' }),
      new BarsDataFeed({ bars, timeframe: '1h', compression: 5 }),
      new GeneratedDataFeed({ timeframe: '1h', count: 50, start, seed: 3 }),
    ];
    for (const feed of feeds) {
      const [loaded, same] = [await feed.load(), await load(feed)];
      expect(loaded.toCsv()).toBe(same.toCsv());
      expect(loaded.toRows()).toEqual(same.toRows());
      expect((await loaded.toArrow()).toArray().map(String)).toEqual((await same.toArrow()).toArray().map(String));
      expect(Object.keys(loaded)).not.toContain('toRows');
    }
    expect('toRows' in bars).toBe(false);
  });

  it('refuses names of other frameworks for trades, funding and open interest', async () => {
    const series = { exchange: 'binance', symbol: 'BTC/USDT:USDT', since: 0 } as never;
    await expect(loadTrades(series)).rejects.toThrow("unknown option of loadTrades 'since': the name here is 'start'");
    await expect(loadFunding(series)).rejects.toThrow(
      "unknown option of loadFunding 'since': the name here is 'start'",
    );
    await expect(loadOpenInterest(series)).rejects.toThrow("unknown option of loadOpenInterest 'since': the name here is 'start'"); // prettier-ignore
  });
});

describe('align', () => {
  it.each([
    [undefined, {}, 'align takes a list of tables, align([btc, eth]), was undefined'],
    [[], {}, 'align takes a list of tables, align([btc, eth]), was an empty list'],
    [[Promise.resolve()], {}, 'tables[0] must be a table that load returned, was a promise: await it'],
    [[new CsvDataFeed({ path: 'a.csv', timeframe: '1h' })], {}, 'was a feed: await load(feed)'],
    [[table('1h', 3, 1)], { clok: 1 }, "unknown option of align 'clok': did you mean 'clock'?"],
    [[table('1h', 3, 1)], { clock: 1 }, 'clock must be the place of one of the 1 tables, was 1'],
  ])('refuses %o %o', (tables, options, message) => {
    expect(() => align(tables as never, options as never)).toThrow(message);
  });

  it('shows of every table the last bar that had closed, for any timeframes, holes and beginnings', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const uniform = seededRandom(seed);
      const tables = Array.from({ length: 2 + Math.floor(uniform() * 3) }, (_, k) => {
        const frame = ['5m', '15m', '1h', '4h', '1d'][Math.floor(uniform() * 5)]!;
        const from = start + Math.floor(uniform() * 3) * 86_400_000;
        const whole = table(frame, 20 + Math.floor(uniform() * 60), seed * 10 + k, from);
        const kept = Array.from(whole.time.keys()).filter(() => uniform() > 0.2);
        const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
        const { time, open, high, low, close, volume, timeframe: one } = whole;
        const bars = {
          time: pick(time), open: pick(open), high: pick(high), low: pick(low), close: pick(close), volume: pick(volume),
        }; // prettier-ignore
        return new BarTable(bars, { name: `t${k}`, symbol: 'X', timeframe: one, report: undefined, warnings: [] });
      });
      const joined = align(tables);
      tables.forEach((one, k) => {
        joined.time.forEach((moment, i) => {
          const known = Array.from(one.time.keys()).filter((row) => barClose(one.timeframe, one.time[row]!) <= moment);
          const last = known.at(-1) ?? -1;
          expect(joined.bars[k]![i]).toBe(last);
          expect(joined.columns[`t${k} close`]![i]).toEqual(last < 0 ? NaN : one.close[last]);
        });
      });
    }
  });

  it('tells tables of one name apart, and takes the fastest as the clock', () => {
    const joined = align([table('1h', 10, 1), table('15m', 40, 2), table('15m', 40, 3)]);
    expect(joined.names).toEqual(['X 1h', 'X 15m #2', 'X 15m #3']);
    expect(joined.length).toBe(40);
    expect(Object.keys(joined.columns)[0]).toBe('time');
  });
});

describe('names of other frameworks', () => {
  class Own extends CustomDataFeed {
    override load(): Promise<never> {
      return Promise.reject(new Error('not loaded'));
    }
  }
  const make = {
    csv: (options: object) => new CsvDataFeed({ path: 'x.csv', timeframe: '1h', ...options }),
    ccxt: (options: object) => new CcxtDataFeed({ exchange: 'binance', symbol: 'A/B', timeframe: '1h', ...options }),
    sqlite: (options: object) => new SqliteDataFeed({ path: 'x', table: 'bars', timeframe: '1h', ...options }),
    own: (options: object) => new Own({ timeframe: '1h', ...options }),
  };

  it.each([
    ['csv', 'dataname', "the name here is 'path'"],
    ['csv', 'fromdate', "the name here is 'start'"],
    ['csv', 'todate', "the name here is 'end'"],
    ['csv', 'symbol_col', "the name here is 'symbolColumn'"],
    ['ccxt', 'dataname', "the name here is 'symbol'"],
    ['ccxt', 'ccxt_timeframe', "the name here is 'timeframe'"],
    ['ccxt', 'historical_limit', "the name here is 'count'"],
    ['ccxt', 'batch_size', 'leave it out, pages are as large as the exchange serves them'],
    ['ccxt', 'since', "the name here is 'start'"],
    ['sqlite', 'fromdate', "the name here is 'start'"],
    ['own', 'interval', "the name here is 'timeframe'"],
    ['csv', 'delimeter', "did you mean 'delimiter'?"],
  ] as const)('are answered with the right one: %s %s', (kind, name, says) => {
    expect(() => make[kind]({ [name]: 1 })).toThrow(says);
  });
});
