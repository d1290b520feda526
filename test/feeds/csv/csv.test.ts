/** CSV files as bars: exact numbers, options, and errors that say where to look. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { systemRuntime, type Bars } from '../../../src/core/index.ts';
import { CsvDataFeed, generateBars, type CsvDataFeedOptions } from '../../../src/feeds/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-csv-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const context = { runtime: systemRuntime };
let files = 0;

function fileOf(content: string | Uint8Array, name = `bars-${++files}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const load = (content: string, options: Partial<CsvDataFeedOptions> = {}): Promise<Bars> =>
  new CsvDataFeed({ path: fileOf(content), timeframe: '1h', ...options }).load(context);

const header = 'timestamp,open,high,low,close,volume';
const hour = 3_600_000;
const t0 = Date.UTC(2024, 0, 1);
const good = `${header}\n${t0},10,12,9,11,5\n${t0 + hour},11,13,10.5,12.25,0\n`;

describe('a CSV file', () => {
  it('gives its rows as columns of exactly their number', async () => {
    const bars = await load(good);
    expect(Array.from(bars.time)).toEqual([t0, t0 + hour]);
    expect(Array.from(bars.open)).toEqual([10, 11]);
    expect(Array.from(bars.high)).toEqual([12, 13]);
    expect(Array.from(bars.low)).toEqual([9, 10.5]);
    expect(Array.from(bars.close)).toEqual([11, 12.25]);
    expect(Array.from(bars.volume)).toEqual([5, 0]);
  });

  it('may end without a line feed, have CRLF line ends, blank lines, a byte order mark, quotes and spaces', async () => {
    const rows = [
      '\ufeff"Timestamp", Open ,HIGH,low,close,volume',
      '',
      `"${t0}",10, 12 ,"9",11,5`,
      '',
      `${t0 + hour},11,13,10,12,6`,
    ];
    for (const end of ['\n', '\r\n']) {
      const bars = await load(rows.join(end));
      expect(Array.from(bars.time)).toEqual([t0, t0 + hour]);
      expect(Array.from(bars.high)).toEqual([12, 13]);
      expect(Array.from(bars.volume)).toEqual([5, 6]);
    }
  });

  it('may leave cells of open interest and funding empty, as files of other programs do', async () => {
    const rows = [`${header},OpenInterest,funding`, `${t0},10,12,9,11,5,,`, `${t0 + hour},11,13,10,12,6,0,0.0001`];
    const bars = await load(rows.join('\n'));
    expect(Array.from(bars.openInterest!)).toEqual([NaN, 0]);
    expect(Array.from(bars.funding!)).toEqual([NaN, 0.0001]);
  });

  it('is unpacked while it is read when its name ends in .gz', async () => {
    const path = fileOf(gzipSync(good), 'packed.csv.gz');
    const bars = await new CsvDataFeed({ path, timeframe: '1h' }).load(context);
    expect(Array.from(bars.close)).toEqual([11, 12.25]);
  });

  it('reads every decimal to the double nearest to its text', async () => {
    const decimal = fc.oneof(
      fc.tuple(fc.bigInt(0n, 10n ** 20n), fc.nat(20)).map(([digits, scale]) => {
        const text = digits.toString().padStart(scale + 1, '0');
        return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
      }),
      fc.double({ min: 0, max: 1e20, noNaN: true }).map(String),
      fc.double({ min: 0, max: 1e20, noNaN: true }).map((value) => value.toExponential()),
      fc.constantFrom(
        '.5',
        '5.',
        '0005.250',
        '1e3',
        '+7',
        '9007199254740993',
        '0.000000000000000001',
        '123456789.123456789',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 30 }), async (texts) => {
        const rows = texts.map((text, i) => `${t0 + i * hour},1,1,1,1,${text}`);
        const bars = await load(`${header}\n${rows.join('\n')}\n`);
        expect(Array.from(bars.volume)).toEqual(texts.map(Number));
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('finds columns by other names, by position, and in another order', async () => {
    const text = `Volume;Close;Low;High;Open;When\n5;11;9;12;10;${t0}\n`;
    const bars = await load(text, { delimiter: ';', columns: { time: 'when' } });
    expect(Array.from(bars.open)).toEqual([10]);
    const raw = await load(`${t0},10,12,9,11,5,x,55,3\n`, {
      header: false,
      columns: { quoteVolume: 7, tradeCount: 8 },
    });
    expect([raw.volume[0], raw.quoteVolume?.[0], raw.tradeCount?.[0]]).toEqual([5, 55, 3]);
  });

  it('reads quote volume and trade count by their usual names, unless told not to', async () => {
    const text = (quote: string, count: string): string => `${header},${quote},${count}\n${t0},10,12,9,11,5,55.5,3\n`;
    for (const [quote, count] of [
      ['quoteVolume', 'tradeCount'],
      ['quote_volume', 'trade_count'],
      ['Quote Asset Volume', 'Number of Trades'],
      ['quote_volume', 'trades'],
    ] as const) {
      const bars = await load(text(quote, count));
      expect([bars.volume[0], bars.quoteVolume?.[0], bars.tradeCount?.[0]]).toEqual([5, 55.5, 3]);
      const without = await load(text(quote, count), { columns: { quoteVolume: false, tradeCount: false } });
      expect(Object.keys(without)).toEqual(['time', 'open', 'high', 'low', 'close', 'volume']);
    }
    expect(Object.keys(await load(good))).toEqual(['time', 'open', 'high', 'low', 'close', 'volume']);
    // A cell that was named for something else is not taken a second time.
    const other = await load(text('quote_volume', 'x'), { columns: { volume: 'quote_volume' } });
    expect([other.volume[0], other.quoteVolume]).toEqual([55.5, undefined]);
  });

  it('says how to leave a column out whose cells are no numbers', async () => {
    await expect(load(`${header},trades\n${t0},10,12,9,11,5,\n`)).rejects.toThrow(
      /line 2, column 'trades': the cell is empty; columns: \{ tradeCount: false \} leaves it out$/,
    );
  });

  it('reads a file without volume as volume 0, when that is said', async () => {
    const text = `time,open,high,low,close\n${t0},10,12,9,11\n`;
    expect(Array.from((await load(text, { columns: { volume: false } })).volume)).toEqual([0]);
    await expect(load(text)).rejects.toThrow(/no column 'volume'; the header has time, open, high, low, close/);
  });

  it('reads seconds, microseconds and ISO times when that is said', async () => {
    const row = ',10,12,9,11,5\n';
    const one = async (cell: string, timeFormat: 's' | 'us' | 'iso'): Promise<number | undefined> =>
      (await load(`${header}\n${cell}${row}`, { timeFormat })).time[0];
    expect(await one('1704067200', 's')).toBe(t0);
    expect(await one('1704067200.0', 's')).toBe(t0);
    expect(await one('1704067200000000', 'us')).toBe(t0);
    for (const cell of [
      '2024-01-01',
      '2024-01-01 00:00:00',
      '2024-01-01T00:00:00Z',
      '2024-01-01T00:00:00.000Z',
      '"2024-01-01T02:00:00+02:00"',
      '2024-01-01 00:00',
    ]) {
      expect(await one(cell, 'iso')).toBe(t0);
    }
    expect(await one('2024-02-29 23:59:59', 'iso')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59));
    expect(await one('2023-12-31T12:30:15.250', 'iso')).toBe(Date.UTC(2023, 11, 31, 12, 30, 15, 250));
  });

  it('reads any ISO time as Date does', async () => {
    const instant = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2099, 11, 31) });
    await fc.assert(
      fc.asyncProperty(instant, async (time) => {
        const text = `${header}\n${new Date(time).toISOString()},10,12,9,11,5\n`;
        expect((await load(text, { timeFormat: 'iso' })).time[0]).toBe(time);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('keeps gaps and the range from start up to end, end excluded', async () => {
    const rows = [0, 1, 2, 9, 10].map((i) => `${t0 + i * hour},10,12,9,11,${i}`);
    const text = `${header}\n${rows.join('\n')}\n`;
    expect(Array.from((await load(text)).volume)).toEqual([0, 1, 2, 9, 10]);
    const part = await load(text, { start: t0 + hour, end: t0 + 10 * hour });
    expect(Array.from(part.volume)).toEqual([1, 2, 9]);
  });

  it('reports how many of its bytes have been read', async () => {
    const seen: (number | undefined)[] = [];
    const feed = new CsvDataFeed({ path: fileOf(good), timeframe: '1h' });
    await feed.load({
      ...context,
      onProgress: ({ done, total, unit }) => seen.push(unit === 'bytes' ? done : -1, total),
    });
    expect(seen.slice(-2)).toEqual([good.length, good.length]);
  });
});

/** The same rows read in the plainest way there is: split and Number. */
function splitColumns(text: string): number[][] {
  const rows = text.trim().split(/\r?\n/).slice(1);
  return [0, 1, 2, 3, 4, 5].map((k) => rows.map((row) => Number(row.split(',')[k])));
}
const columnsOf = (bars: Bars): number[][] =>
  [bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume].map((column) => Array.from(column));

/** The columns as bytes, which are compared a hundred times as fast as numbers. */
const bytesOf = (bars: Bars): Buffer[] =>
  [bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume].map((column) =>
    Buffer.from(column.slice().buffer),
  );
const same = (some: readonly Buffer[], others: readonly Buffer[]): boolean =>
  some.length === others.length && some.every((one, k) => one.equals(others[k]!));

describe('a CSV file of many chunks', () => {
  it.each(['\n', '\r\n'])(
    'gives every row once, whole or in pieces, plain or packed, with lines ending in %j',
    async (end) => {
      const synthetic = generateBars({ seed: 6, timeframe: '1m', count: 60_000 });
      const rows = Array.from(synthetic.time, (time, i) =>
        [time, synthetic.open[i], synthetic.high[i], synthetic.low[i], synthetic.close[i], synthetic.volume[i]].join(
          ',',
        ),
      );
      const text = [header, ...rows].join(end);
      expect(text.length).toBeGreaterThan(3 << 20);
      const expected = bytesOf(synthetic);
      for (const path of [fileOf(text), fileOf(gzipSync(text), `many${end.length}.csv.gz`)]) {
        const feed = new CsvDataFeed({ path, timeframe: '1m', chunkRows: 1000 });
        expect(same(bytesOf(await feed.load(context)), expected)).toBe(true);
        const pieces: Buffer[][] = [];
        for await (const piece of feed.stream(context)) pieces.push(bytesOf(piece));
        expect(pieces.map(([time]) => time!.byteLength / 8)).toEqual(Array.from({ length: 60 }, () => 1000));
        expect(
          same(
            expected.map((_, k) => Buffer.concat(pieces.map((piece) => piece[k]!))),
            expected,
          ),
        ).toBe(true);
      }
    },
  );

  const real = fileURLToPath(new URL('../../../../shared/market-data/', import.meta.url));
  it.skipIf(!existsSync(real))('reads real bars as split and Number do (needs the shared market data)', async () => {
    const name = join(real, 'BTCUSDT-1h.csv');
    const bars = await new CsvDataFeed({ path: name, timeframe: '1h' }).load(context);
    expect(columnsOf(bars)).toEqual(splitColumns(readFileSync(name, 'utf8')));
    const packed = join(real, 'BTCPERP-1m.csv.gz');
    const minutes = await new CsvDataFeed({ path: packed, timeframe: '1m' }).load(context);
    expect(columnsOf(minutes)).toEqual(splitColumns(gunzipSync(readFileSync(packed)).toString()));
  });
});

describe('a broken CSV file', () => {
  const second = t0 + hour;
  const cases: readonly [name: string, text: string, options: Partial<CsvDataFeedOptions>, says: RegExp][] = [
    ['a missing column', `time,open,high,close,volume\n${t0},1,1,1,1\n`, {}, /line 1: no column 'low'; the header has time, open, high, close, volume/],
    ['a misnamed column', good, { columns: { close: 'clsoe' } }, /no column 'clsoe' for close; the header has .*did you mean 'close'\?/],
    ['no header', `${t0},10,12,9,11,5\n`, { header: true }, /line 1: the header has only numbers; set header: false/],
    ['a word for a number', `${good}${t0 + 2 * hour},10,12,nine,11,5\n`, {}, /line 4, column 'low': 'nine' is not a number/],
    ['an empty cell', `${header}\n${t0},10,12,,11,5\n`, {}, /line 2, column 'low': the cell is empty/],
    ['hex', `${header}\n${t0},10,12,0x9,11,5\n`, {}, /'0x9' is not a number/],
    ['two points', `${header}\n${t0},10,12,9.1.2,11,5\n`, {}, /'9\.1\.2' is not a number/],
    ['NaN', `${header}\n${t0},10,12,NaN,11,5\n`, {}, /'NaN' is not a number/],
    ['disorder', `${good}${t0 - hour},10,12,9,11,5\n`, {}, /line 4, column 'timestamp': the time 2023-12-31 23:00:00 comes after 2024-01-01 01:00:00: times must rise/],
    ['a duplicate time', `${good}\r\n${second},10,12,9,11,5\n`, {}, /line 5, column 'timestamp': the time 2024-01-01 01:00:00 is there twice/],
    ['a wrong timeframe', good, { timeframe: '4h' }, /line 3, column 'timestamp': the bar of 2024-01-01 01:00:00 opens before the bar of 2024-01-01 has closed: is the timeframe 4h\?/],
    ['a high below the close', `${header}\n${t0},10,10.5,9,11,5\n`, {}, /line 2, column 'high': the high 10.5 is below the close 11/],
    ['a low above the open', `${header}\n${t0},10,12,10.5,11,5\n`, {}, /line 2, column 'low': the low 10.5 is above the open 10/],
    ['a high below the low', `${header}\n${t0},10,9,12,11,5\n`, {}, /line 2, column 'high': the high 9 is below the low 12/],
    ['a negative volume', `${header}\n${t0},10,12,9,11,-5\n`, {}, /column 'volume': volume must not be negative, was -5/],
    ['a price of zero', `${header}\n${t0},0,12,0,11,5\n`, {}, /column 'open': a price must be above 0, was 0/],
    ['a short row', `${header}\n${t0},10,12,9,11\n`, {}, /line 2, column 'volume': the row ends after 5 of 6 cells/],
    ['a long row', `${header}\n${t0},10,12,9,11,5,6\n`, {}, /line 2: the row has more than the 6 cells of the first line/],
    ['an open quote', `${header}\n${t0},"10,12,9,11,5\n`, {}, /line 2, column 'open': the quote is not closed on its line/],
    ['nothing', '', {}, /is empty/],
    ['blank lines only', '\n\n', {}, /is empty/],
    ['a header only', `${header}\n`, {}, /has a header and no rows/],
    ['no bar in the range', good, { start: '2025-01-01' }, /has no bar in the range: its bars open from 2024-01-01 to 2024-01-01 01:00:00/],
    ['seconds as milliseconds', `${header}\n1704067200,10,12,9,11,5\n`, { timeFormat: 'ms' }, /line 2, column 'timestamp': '1704067200' looks like seconds, and timeFormat is 'ms': set timeFormat: 's'/],
    ['microseconds as milliseconds', `${header}\n1704067200000000,10,12,9,11,5\n`, { timeFormat: 'ms' }, /looks like microseconds.*set timeFormat: 'us'/],
    ['milliseconds as seconds', good, { timeFormat: 's' }, /looks like milliseconds.*set timeFormat: 'ms'/],
    ['ISO times as milliseconds', `${header}\n2024-01-01 00:00:00,10,12,9,11,5\n`, { timeFormat: 'ms' }, /looks like an ISO 8601 time.*set timeFormat: 'iso'/],
    ['milliseconds as ISO times', good, { timeFormat: 'iso' }, /looks like milliseconds.*set timeFormat: 'ms'/],
    ['a date that is not there', `${header}\n2023-02-29 00:00:00,10,12,9,11,5\n`, { timeFormat: 'iso' }, /'2023-02-29 00:00:00' is not an ISO 8601 time/],
  ]; // prettier-ignore

  it.each(cases)('is refused for %s', async (_name, text, options, says) => {
    await expect(load(text, options)).rejects.toMatchObject({
      name: 'DataError',
      message: expect.stringMatching(says) as string,
    });
  });

  it('is refused for its first fault, though a later line cannot be read', async () => {
    const text = `${good}${t0 + hour},10,12,9,11,5\nrubbish,1,1,1,1,1\n`;
    await expect(load(text)).rejects.toThrow(/line 4, column 'timestamp': the time .* is there twice/);
  });

  it('is refused with the line where it breaks far into the file', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${t0 + i * hour},10,12,9,11,${i}`);
    rows[55_554] = rows[55_554]!.replace(',9,', ',9x,');
    await expect(load(`${header}\n${rows.join('\n')}`)).rejects.toThrow(
      /line 55556, column 'low': '9x' is not a number/,
    );
  });

  it('that is not there, is a folder or is no gzip is refused by name', async () => {
    const open = (path: string): Promise<Bars> => new CsvDataFeed({ path, timeframe: '1h' }).load(context);
    await expect(open(join(folder, 'none.csv'))).rejects.toThrow(/cannot read .*none\.csv: there is no such file/);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(open(empty)).rejects.toThrow(/the folder .*empty has no .csv, .csv.gz or .zip file/);
    await expect(open(fileOf(good, 'plain.csv.gz'))).rejects.toThrow(/cannot be unpacked/);
    const half = gzipSync(Buffer.from(good.repeat(50)));
    await expect(open(fileOf(half.subarray(0, -20), 'half.csv.gz'))).rejects.toThrow(/half\.csv\.gz/);
  });
});

describe('the options of a CSV feed', () => {
  const make = (options: object) => () => new CsvDataFeed({ path: 'x.csv', timeframe: '1h', ...options });

  it('are refused when they cannot be right', () => {
    expect(make({ delimeter: ';' })).toThrow(/unknown option of CsvDataFeed 'delimeter': did you mean 'delimiter'\?/);
    expect(make({ timeFormat: 'seconds' })).toThrow(/unknown timeFormat 'seconds'/);
    expect(make({ delimiter: '--' })).toThrow(/delimiter must be one character/);
    expect(make({ path: '' })).toThrow(/path must be a file name/);
    expect(make({ chunkRows: 0 })).toThrow(/chunkRows must be a positive integer, was 0/);
    expect(make({ columns: { clse: 'c' } })).toThrow(/unknown column 'clse': did you mean 'close'\?/);
    expect(make({ columns: { open: -1 } })).toThrow(
      /columns\.open must be a header name or a zero-based position, was -1/,
    );
    expect(make({ header: false, columns: { open: 'o' } })).toThrow(/zero-based position, as there is no header/);
  });
});
