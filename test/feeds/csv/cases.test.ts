/** The CSV files that people have: each is read, or refused with the option that reads it, in code and from the command line. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';

import { afterAll, describe, expect, it } from 'vitest';

import { seededRandom, type Bars } from '../../../src/core/index.ts';
import { CsvDataFeed, type CsvDataFeedOptions } from '../../../src/feeds/index.ts';
import { call } from '../../cli/call.ts';

const cases = fileURLToPath(new URL('../../../../shared/cases/csv/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nextbar-cases-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const hour = 3_600_000;

type Options = Partial<CsvDataFeedOptions>;

const at = (name: string): string => join(cases, name);
const feedOf = (path: string | readonly string[], options: Options = {}): CsvDataFeed =>
  new CsvDataFeed({ path, timeframe: '1h', ...options });
const load = (path: string | readonly string[], options: Options = {}): Promise<Bars> => feedOf(path, options).load();

let made = 0;
function fileOf(content: string | Uint8Array, ending = 'csv'): string {
  const path = join(folder, `file-${++made}.${ending}`);
  writeFileSync(path, content);
  return path;
}

/** A zip archive with one deflated file. */
function zipOf(name: string, content: string): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  const text = Buffer.from(name);
  return Buffer.concat([local, text, packed, entry, text, end]);
}

/** Bars of each case file: how many, the first and the last time, in code and by flags. */
const readable: readonly [name: string, options: Options, flags: readonly string[], bars: number, first: string, last: string][] = [
  ['binance-2024-ms-then-2025-us.csv', {}, [], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['BTCUSDT-1h-2024-12.zip', {}, [], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['binance-futures-header.csv', {}, [], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['cdd-bitstamp.csv', { skipLines: 1, order: 'descending' }, ['--skip-lines', '1', '--order', 'descending'], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['bitstamp-kaggle-nan.csv', { timeframe: '1m', validation: { nonFinite: 'drop' } }, ['--policy', 'nonFinite=drop'], 2, '2011-12-31T07:52:00Z', '2011-12-31T07:55:00Z'],
  ['yahoo.csv', { timeframe: '1d', validation: { nonFinite: 'drop' } }, ['--policy', 'nonFinite=drop'], 2, '2024-01-01T00:00:00Z', '2024-01-03T00:00:00Z'],
  ['kraken-ohlcvt.csv', {}, [], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['dup.csv', { validation: { duplicates: 'keepFirst' } }, ['--policy', 'duplicates=keepFirst'], 5, '2024-12-31T20:00:00Z', '2025-01-01T00:00:00Z'],
  ['gap.csv', { timeframe: '1m' }, [], 5, '2024-01-01T00:00:00Z', '2024-01-01T08:21:00Z'],
  ['spike.csv', { timeframe: '1m' }, [], 5, '2024-01-01T00:00:00Z', '2024-01-01T00:04:00Z'],
  ['pandas-tz.csv', {}, [], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['tradingview-iso-tz.csv', { columns: { volume: false } }, ['--column', 'volume=none'], 8, '2024-12-31T20:00:00Z', '2025-01-01T03:00:00Z'],
  ['two-symbols.csv', { symbolColumn: 'symbol', filterSymbol: 'BTC' }, ['--symbol-column', 'symbol', '--filter-symbol', 'BTC'], 2, '2024-01-01T00:00:00Z', '2024-01-01T01:00:00Z'],
]; // prettier-ignore

describe.runIf(existsSync(cases))('a file that people have', () => {
  it.each(readable)('%s is read in code', async (name, options, _, count, first, last) => {
    const bars = await load(at(name), options);
    expect([bars.time.length, bars.time[0], bars.time.at(-1)]).toEqual([count, Date.parse(first), Date.parse(last)]);
  });

  it.each(readable)('%s is imported with at most two flags', async (name, options, flags, count) => {
    expect(flags.length / 2).toBeLessThanOrEqual(2);
    const { timeframe = '1h' } = options;
    const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', timeframe];
    const { code, text, errors } = await call(
      'data',
      'import',
      at(name),
      ...series,
      ...flags,
      '--folder',
      join(folder, name),
    );
    expect([code, errors]).toEqual([0, '']);
    expect(text).toContain(`${count} bars of binance spot BTC/USDT ${timeframe} from`);
  });

  it('says where the unit of times changes, and refuses it where one unit was given', async () => {
    const feed = feedOf(at('binance-2024-ms-then-2025-us.csv'));
    await feed.load();
    expect(feed.warnings().join()).toMatch(/times change from milliseconds to microseconds at line 5/);
    await expect(load(at('binance-2024-ms-then-2025-us.csv'), { timeFormat: 'ms' })).rejects.toThrow(
      /line 5, column .*: '1735689600000000' looks like microseconds, and timeFormat is 'ms': .*--time-format us/,
    );
  });

  it('knows trade counts, quote volumes and volumes by their names', async () => {
    expect((await load(at('binance-futures-header.csv'))).tradeCount?.[0]).toBe(42);
    const kline = await load(at('BTCUSDT-1h-2024-12.zip'));
    expect([kline.quoteVolume?.[0], kline.tradeCount?.[0]]).toEqual([1300, 42]);
    const cdd = await load(at('cdd-bitstamp.csv'), { skipLines: 1, order: 'descending' });
    expect([cdd.volume[0], cdd.quoteVolume?.[0]]).toEqual([3.5, 350]);
  });

  it.each<[string, Options, RegExp]>([
    ['cdd-bitstamp.csv', {}, /--skip-lines 1/],
    ['cdd-bitstamp.csv', { skipLines: 1 }, /line 4, .*times must rise; .*--order descending/],
    [
      'bitstamp-kaggle-nan.csv',
      { timeframe: '1m' },
      /line 3, column 'Open': 'NaN' is not a number; .*--policy nonFinite=drop/,
    ],
    ['yahoo.csv', { timeframe: '1d' }, /line 3, column 'Open': 'null' is not a number; .*--policy nonFinite=drop/],
    ['dup.csv', {}, /line 5, .* is there twice; .*--policy duplicates=keepLast/],
    ['tradingview-iso-tz.csv', {}, /no column 'volume'; .*--column volume=NAME, or volume=none/],
    ['two-symbols.csv', {}, /line 3, .* is there twice; .*--symbol-column symbol/],
  ])('%s is refused with its line and the flag that reads it', async (name, options, says) => {
    await expect(load(at(name), options)).rejects.toThrow(says);
  });

  it('has its gap and its spike in the summary of a run', async () => {
    for (const [name, says] of [
      ['gap.csv', /1 gap \(497 of 502 bars missing\)/],
      ['spike.csv', /1 extreme move, first at .*: high 138000/],
    ] as const) {
      const { code, text, errors } = await call(
        'run',
        'strategies/sma-cross.ts',
        '--csv',
        at(name),
        '--timeframe',
        '1m',
      );
      expect([code, errors]).toEqual([0, '']);
      expect(text.replace(/\s+/g, ' ')).toMatch(says);
    }
  });

  it('keeps the bar that the policy for duplicates names', async () => {
    const path = fileOf('time,open,high,low,close,volume\n1704067200,1,3,1,2,1\n1704067200,1,3,1,2.5,2\n');
    const volumes = await Promise.all(
      (['keepFirst', 'keepLast'] as const).map(
        async (duplicates) => (await load(path, { validation: { duplicates } })).volume[0],
      ),
    );
    expect(volumes).toEqual([1, 2]);
  });
});

describe('local times where clocks are put back', () => {
  const wall = ['00:30', '01:00', '01:30', '01:00', '01:30', '02:00'];
  const utc = ['04:30', '05:00', '05:30', '06:00', '06:30', '07:00'].map((at) => Date.parse(`2024-11-03T${at}:00Z`));
  const row = (at: string, i: number): string => `2024-11-03 ${at},10,12,9,11,${i}`;
  const header = 'time,open,high,low,close,volume';
  const options: Options = { timeframe: '30m', zone: 'America/New_York' };

  it('have both passes of the hour that comes twice, whichever row is first', async () => {
    const rows = wall.map(row);
    const rising = await load(fileOf([header, ...rows].join('\n')), options);
    const falling = await load(fileOf([header, ...rows.reverse()].join('\n')), { ...options, order: 'descending' });
    for (const bars of [rising, falling]) {
      expect([...bars.time]).toEqual(utc);
      expect([...bars.volume]).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  it('are of the first pass where there is only one, and a time that is there three times is refused with its line', async () => {
    const once = await load(fileOf([header, ...['00:30', '01:00', '01:30', '02:00'].map(row)].join('\n')), options);
    expect([...once.time]).toEqual([utc[0], utc[1], utc[2], utc[5]]);
    const thrice = ['01:00', '01:00', '01:00'].map(row);
    await expect(load(fileOf([header, ...thrice].join('\n')), options)).rejects.toThrow(/ line 4, column 'time'/);
  });
});

describe('a file that is not what its name or its times say', () => {
  it.each([
    [Buffer.from([0x1f, 0x8b, 8, 0, 10]), 'it is packed with gzip: its name must end in .gz'],
    [Buffer.from('PK\u0003\u0004\n'), 'it is a zip archive: its name must end in .zip'],
  ])('is refused by its first bytes', async (bytes, says) => {
    await expect(load(fileOf(bytes))).rejects.toThrow(says);
  });

  it('has a warning when its times are closes', async () => {
    const rows = [0, 1, 2].map((i) => `${Date.UTC(2024, 0, 1) + (i + 1) * hour - 1},10,12,9,11,5`);
    const feed = feedOf(fileOf(['Close Time,Open Price,High Price,Low Price,Close Price,Volume', ...rows].join('\n')), {
      columns: { time: 'Close Time' },
    });
    await feed.load();
    expect(feed.warnings().join()).toContain('--stamped close');
  });
});

describe('several files', () => {
  const rows = (from: number, count: number): string =>
    ['time,open,high,low,close,volume', ...Array.from({ length: count }, (_, i) => `${(from + i) * hour + 1_704_067_200_000},10,12,9,11,${from + i}`)].join('\n'); // prettier-ignore

  it('make one series, given in any order, as a folder, as a pattern, and zipped', async () => {
    const place = mkdtempSync(join(folder, 'months-'));
    writeFileSync(join(place, 'BTC-2.csv'), rows(5, 5));
    writeFileSync(join(place, 'BTC-1.zip'), zipOf('BTC-1.csv', rows(0, 5)));
    const expected = Array.from({ length: 10 }, (_, i) => i);
    const paths = [join(place, 'BTC-2.csv'), join(place, 'BTC-1.zip')];
    for (const path of [paths, place, join(place, 'BTC-*')]) {
      expect(Array.from((await load(path)).volume)).toEqual(expected);
    }
    const pieces: number[] = [];
    for await (const piece of feedOf(place, { chunkRows: 4 }).stream()) pieces.push(piece.time.length);
    expect(pieces).toEqual([4, 4, 2]);
    const run = ['strategies/sma-cross.ts', '--timeframe', '1h', '--json'];
    const { text } = await call('run', ...run, '--csv', paths[0]!, '--csv', paths[1]!);
    expect((JSON.parse(text) as { datas: unknown[] }).datas).toMatchObject([{ bars: 10 }]);
    const two = await call('run', ...run, '--csv', `a=${paths[0]!}`, '--csv', `b=${paths[1]!}`);
    expect((JSON.parse(two.text) as { datas: unknown[] }).datas).toHaveLength(2);
  });

  it('are refused with file and line where they overlap', async () => {
    const place = mkdtempSync(join(folder, 'overlap-'));
    writeFileSync(join(place, 'a.csv'), rows(0, 5));
    writeFileSync(join(place, 'b.csv'), rows(4, 5));
    await expect(load(place)).rejects.toThrow(/b\.csv line 2, column 'time': the time .* is there twice/);
    expect((await load(place, { validation: { duplicates: 'keepLast' } })).time).toHaveLength(9);
    // Files of several symbols begin at the same time.
    writeFileSync(join(place, 'b.csv'), rows(0, 6));
    const named =
      /b\.csv line 2, column 'time': the time .*; files of several symbols need a name each \(--csv btc=BTC\.csv\); /;
    await expect(load(place)).rejects.toThrow(named);
    writeFileSync(join(place, 'b.csv'), `${rows(6, 3)}\n${rows(1, 1).split('\n')[1]!}`);
    await expect(load(place)).rejects.toThrow(/b\.csv line 5, column 'time': the time .* times must rise; a file with/);
  });
});

describe('a dialect', () => {
  it('with decimal commas, groups of digits, and bars stamped by their close is read when told', async () => {
    const text = 'Datum;Open;High;Low;Close;Volume\n31.01.2024 02:00;1.010,5;1.020,25;1.000;1.015;12,5\n';
    const path = fileOf(text);
    const options: Options = {
      decimal: ',',
      thousands: '.',
      timeFormat: 'd/m/y',
      stamped: 'close',
      columns: { time: 'datum' },
    };
    const bars = await load(path, options);
    expect([bars.time[0], bars.open[0], bars.high[0], bars.volume[0]]).toEqual([
      Date.UTC(2024, 0, 31, 1),
      1010.5,
      1020.25,
      12.5,
    ]);
  });

  it.each([
    ['2024-01-31 01-PM', 'iso', undefined, Date.UTC(2024, 0, 31, 13)],
    ['2024-01-31 12-AM', 'auto', undefined, Date.UTC(2024, 0, 31)],
    ['1/31/2024 1:30 PM', 'm/d/y', undefined, Date.UTC(2024, 0, 31, 13, 30)],
    ['31/01/2024 13:30:00', 'd/m/y', undefined, Date.UTC(2024, 0, 31, 13, 30)],
    ['2024-07-01 09:30:00', 'auto', 'America/New_York', Date.UTC(2024, 6, 1, 13, 30)],
    ['2024-01-02 09:30', 'auto', 'America/New_York', Date.UTC(2024, 0, 2, 14, 30)],
    ['2024-01-02T09:30:00+02:00', 'auto', 'America/New_York', Date.UTC(2024, 0, 2, 7, 30)],
    ['1704067200', 'auto', undefined, Date.UTC(2024, 0, 1)],
    ['1704067200000000000', 'auto', undefined, Date.UTC(2024, 0, 1)],
    ['1704067200000000000', 'ns', undefined, Date.UTC(2024, 0, 1)],
  ] as const)('has its times read: %s', async (time, timeFormat, zone, expected) => {
    const path = fileOf(`time,open,high,low,close,volume\n${time},10,12,9,11,5\n`);
    const bars = await load(path, { timeframe: '1m', timeFormat, ...(zone && { zone }) });
    expect(bars.time[0]).toBe(expected);
  });

  it.each([
    ['its mark', 'utf-16le', '\ufeff'],
    ['no mark', 'utf-16le', ''],
    ['its mark, the high byte first', 'utf-16be', '\ufeff'],
    ['no mark, the high byte first', 'utf-16be', ''],
  ])('is read in UTF-16 with %s', async (_, encoding, mark) => {
    // Longer than what is read at a time, so that the pieces meet inside of a row.
    const rows = Array.from(
      { length: 20_000 },
      (_row, k) => `${1_704_067_200 + k * 3_600},${10 + (k % 7)},18,9,${11 + (k % 5)},${k}.5`,
    );
    const text = `time;open;high;low;close;volume\n${rows.join('\n').replaceAll(',', ';')}\n`;
    const wide = Buffer.from(`${mark}${text}`, 'utf16le');
    if (encoding === 'utf-16be') wide.swap16();
    const [plain, bars] = [await load(fileOf(text)), await load(fileOf(wide))];
    expect(bars.time).toHaveLength(20_000);
    expect(bars).toEqual(plain);
  });

  it.each<[string, string | Uint8Array, Options, RegExp]>([
    ['zeros', new Uint8Array(4_096), {}, /it begins with zeros, so it is not text/],
    [
      'a column that is there twice',
      'time,open,high,low,close,close,volume\n1,1,1,1,1,1,1\n',
      {},
      /the header has 'close' twice, in cells 5 and 6; .*--column close=4/,
    ],
    [
      'a date that could be either',
      'time,open,high,low,close,volume\n01/02/2024,10,12,9,11,5\n',
      {},
      /--time-format d\/m\/y/,
    ],
    [
      'a decimal comma',
      'time;open;high;low;close;volume\n1704067200;10,5;12;9;11;5\n',
      {},
      /'10,5' is not a number; .*--decimal ,/,
    ],
    ['a group of digits', 'time;open;high;low;close;volume\n1704067200;1,010.5;12;9;11;5\n', {}, /--thousands ','/],
  ])('is refused by name: %s', async (_, text, options, says) => {
    await expect(load(fileOf(text), options)).rejects.toThrow(says);
  });
});

describe('300 dialects', () => {
  it('are read to the same bars, or refused at the right line', async () => {
    let read = 0;
    let refused = 0;
    // Other dialects with other seeds: DIALECTS_FROM=1001 npx vitest run test/feeds/csv/cases.test.ts
    const first = Number(process.env['DIALECTS_FROM'] ?? 1);
    for (let seed = first; seed < first + 300; seed++) {
      const uniform = seededRandom(seed);
      const pick = <T>(values: readonly T[]): T => values[Math.floor(uniform() * values.length)]!;
      const count = 5 + Math.floor(uniform() * 40);
      const start = Date.UTC(2024, 0, 1) + Math.floor(uniform() * 1000) * hour;
      const opens = Array.from({ length: count }, (_, i) => start + i * hour).filter(
        (_, i) => i < 3 || uniform() > 0.1,
      );
      const truth = opens.map((time) => {
        const open = Math.round((100 + uniform() * 5000) * 100) / 100;
        const close = Math.round((open + uniform() - 0.5) * 100) / 100;
        const [high, low] = [Math.max(open, close) + 1, Math.min(open, close) - 1].map(
          (v) => Math.round(v * 100) / 100,
        );
        return [time, open, high!, low!, close, Math.floor(uniform() * 1e4) / 8] as const;
      });
      const decimal = pick(['.', '.', ','] as const);
      const delimiter = decimal === ',' ? pick([';', '\t', '|']) : pick([',', ';', '\t', '|']);
      const quoted = uniform() < 0.3;
      const isDescending = uniform() < 0.3;
      const format = pick(['s', 'ms', 'us', 'ns', 'iso', 'd/m/y', 'zone', 'offset', 'two cells'] as const);
      const hasHeader = decimal === '.' && !quoted ? uniform() < 0.7 : true;
      const skipLines = uniform() < 0.2 ? 2 : 0;
      const end = pick(['\n', '\r\n', '\r']);
      const timeText = (time: number): string => {
        const iso = new Date(time).toISOString();
        const [day, clock] = [iso.slice(0, 10), iso.slice(11, 19)];
        if (format === 'iso') return `${day} ${clock}`;
        if (format === 'two cells') return `${day.replaceAll('-', '.')}${delimiter}${clock.slice(0, 5)}`;
        if (format === 'd/m/y') return `${day.slice(8)}/${day.slice(5, 7)}/${day.slice(0, 4)} ${clock}`;
        if (format === 'offset') return `${new Date(time + 2 * hour).toISOString().slice(0, 19)}+02:00`;
        if (format === 'zone') return new Date(time + 9 * hour).toISOString().slice(0, 19).replace('T', ' ');
        return format === 's'
          ? String(time / 1000)
          : format === 'ms'
            ? String(time)
            : `${time}${format === 'us' ? '000' : '000000'}`;
      };
      const numberText = (value: number): string => {
        const text = String(value).replace('.', decimal);
        return quoted ? `"${text}"` : text;
      };
      const lines = truth.map(([time, ...values]) => [timeText(time), ...values.map(numberText)].join(delimiter));
      if (isDescending) lines.reverse();
      const broken = uniform() < 0.3 ? Math.floor(uniform() * lines.length) : -1;
      if (broken >= 0) lines[broken] = lines[broken]!.replace(/[^;,\t|]*$/, 'x7');
      const notes = hasHeader && broken < 0 && uniform() < 0.3 ? ['""', '"x"', `"two${end}lines"`, 'plain'] : [];
      if (notes.length > 0) lines.forEach((line, i) => (lines[i] = line + delimiter + notes[i % 4]!));
      const times = format === 'two cells' ? ['<DATE>', '<TIME>'] : ['Time'];
      const names = [...times, 'Open', 'High', 'Low', 'Close', 'Volume', ...(notes.length > 0 ? ['Note'] : [])];
      const header = hasHeader ? [names.join(delimiter)] : [];
      const above = Array.from({ length: skipLines }, () => 'written by a generator');
      const path = fileOf([...above, ...header, ...lines].join(end) + (uniform() < 0.5 ? end : ''));
      const options: Options = {
        ...(isDescending && { order: 'descending' as const }),
        ...(decimal === ',' && { decimal }),
        ...(skipLines > 0 && { skipLines }),
        ...(format === 'd/m/y' && { timeFormat: format }),
        ...(format === 'zone' && { zone: 'Asia/Tokyo' }),
      };
      if (broken >= 0) {
        const line = skipLines + header.length + broken + 1;
        await expect(load(path, options), `seed ${seed}`).rejects.toThrow(
          new RegExp(` line ${line}(?:, column|: no column)`),
        );
        refused++;
        continue;
      }
      const bars = await load(path, options);
      const got = Array.from(bars.time, (time, i) => [
        time,
        bars.open[i],
        bars.high[i],
        bars.low[i],
        bars.close[i],
        bars.volume[i],
      ]);
      expect(got, `seed ${seed}`).toEqual(truth);
      read++;
    }
    expect(read).toBeGreaterThan(150);
    expect(refused).toBeGreaterThan(50);
  }, 120_000);
});
