/** How exchanges, charting programs and spreadsheets write CSV: each dialect is read to the same two bars, or refused with the flag that reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { CsvDataFeed, type CsvDataFeedOptions } from '../../../src/feeds/index.ts';
import { call } from '../../cli/call.ts';

type Options = Partial<CsvDataFeedOptions>;
type Row = readonly [name: string, text: string, options: Options, flags: readonly string[]];

const folder = mkdtempSync(join(tmpdir(), 'nextbar-dialects-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
let made = 0;
function fileOf(text: string, ending = 'csv'): string {
  const path = join(folder, `file-${++made}.${ending}`);
  writeFileSync(path, text);
  return path;
}

const t0 = Date.UTC(2024, 0, 2);
const hour = 3_600_000;
const lines = (...rows: readonly string[]): string => rows.join('\n') + '\n';
const iso = (i: number): string => new Date(t0 + i * hour).toISOString();
/** The two bars of every file below: open, high, low, close, volume. */
const truth = [
  [t0, 42_000.5, 42_300, 41_900.25, 42_100, 1500],
  [t0 + hour, 42_100, 42_500.75, 42_050, 42_400, 250],
];
const [a, b] = ['42000.5,42300,41900.25,42100,1500', '42100,42500.75,42050,42400,250'] as const;
const header = 'time,open,high,low,close,volume';
const semicolons = (text: string): string => text.replaceAll(',', ';');
const commaDecimals = (text: string): string => semicolons(text).replaceAll('.', ',');

/** Read as they are. */
const plain: readonly Row[] = [
  ['MetaTrader 5', lines('<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>', `2024.01.02\t00:00:00\t${a.replaceAll(',', '\t').replace('\t1500', '\t77\t1500\t5')}`, `2024.01.02\t01:00:00\t${b.replaceAll(',', '\t').replace('\t250', '\t77\t250\t5')}`), {}, []],
  ['MetaTrader 5 without real volume', lines('<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>', `2024.01.02,00:00,${a}`, `2024.01.02,01:00,${b}`), {}, []],
  ['MetaTrader 4, without header', lines(`2024.01.02,00:00,${a}`, `2024.01.02,01:00,${b}`), {}, []],
  ['Stooq and Finam', lines('<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>', `BTC,60,20240102,000000,${a},0`, `BTC,60,20240102,010000,${b},0`), {}, []],
  ['day and time, the time first', lines('Time,Date,Open,High,Low,Close,Volume', `00:00,2024-01-02,${a}`, `01:00,2024-01-02,${b}`), {}, []],
  ['day and time of twelve hours', lines('Date,Time,Open,High,Low,Close,Volume', `2024-01-02,12:00 AM,${a}`, `2024-01-02,1:00 AM,${b}`), {}, []],
  ['day and hour', lines('Date,Hour,Open,High,Low,Close,Volume', `2024-01-02,0,${a}`, `2024-01-02,1,${b}`), {}, []],
  ['day and time quoted', lines('"Date","Time","Open","High","Low","Close","Volume"', `"2024-01-02","00:00:00",${a}`, `"2024-01-02","01:00:00",${b}`), {}, []],
  ['HistData', lines(`20240102 000000;${semicolons(a)}`, `20240102 010000;${semicolons(b)}`), {}, []],
  ['a number of digits that is a day and a time', lines(header, `20240102000000,${a}`, `20240102010000,${b}`), {}, []],
  ['the same without seconds', lines(header, `202401020000,${a}`, `202401020100,${b}`), {}, []],
  ['words for times, without header', lines(`2024-01-02 00:00:00,${a}`, `2024-01-02 01:00:00,${b}`), {}, []],
  ['names of months', lines(header, `"Jan 02, 2024 00:00",${a}`, `"Jan 02, 2024 01:00",${b}`), {}, []],
  ['names of months behind the day', lines(header, `02 Jan 2024 00:00,${a}`, `2-January-2024 1:00 AM,${b}`), {}, []],
  ['CR-only line ends', `${header}\r${t0},${a}\r${t0 + hour},${b}\r`, {}, []],
  ['CR-only line ends, quoted, no line end at the end', `"time",open,high,low,close,volume\r"${t0}",${a}\r"${t0 + hour}",${b}`, {}, []],
  ['line ends inside quotes of a column that is not read', lines(`note,${header}`, `"first\nsecond, ""third""\n\nlast",${t0},${a}`, `"one\r\ntwo",${t0 + hour},${b}`), {}, []],
  ['line ends inside quotes of a name', lines('time,open,high,low,close,"volume\n(BTC)"', `${t0},${a}`, `${t0 + hour},${b}`), {}, []],
  ['a lone quote inside a note', lines(`${header},note`, `${t0},${a},5" disk`, `${t0 + hour},${b},plain`), {}, []],
  ['Excel with sep=', `\ufeffsep=;\r\n${semicolons(header)}\r\n${t0};${semicolons(a)}\r\n${t0 + hour};${semicolons(b)}\r\n`, {}, []],
  ['Excel with empty rows of delimiters', lines(header, `${t0},${a}`, ',,,,,', `${t0 + hour},${b}`, ',,,,,', '   '), {}, []],
  ['a delimiter at the end of rows', lines(header, `${t0},${a},`, `${t0 + hour},${b},,`), {}, []],
  ['a delimiter at the end of header and rows', lines(`${header},`, `${t0},${a},`, `${t0 + hour},${b},`), {}, []],
  ['a delimiter at the end of the header alone', lines(`${header},`, `${t0},${a}`, `${t0 + hour},${b}`), {}, []],
  ['comments above and between', lines('# made by a tool, on a day', header, '#', `${t0},${a}`, '# the next, hour', `${t0 + hour},${b}`), {}, []],
  ['a header behind a comment sign', lines('# exported', `# ${header}`, `${t0},${a}`, `${t0 + hour},${b}`), {}, []],
  ['exponents', lines(header, `${t0},4.20005e4,4.23E4,41900.25,42100.0,1.5e+3`, `${t0 + hour},${b}`), {}, []],
  ['seconds with a fraction', lines(header, `${t0 / 1000}.0,${a}`, `${(t0 + hour) / 1000}.0,${b}`), {}, []],
  ['a byte order mark without header', `\ufeff"${t0}",${a}\n"${t0 + hour}",${b}\n`, {}, []],
  ['currency signs and Close/Last', lines('Date,Close/Last,Volume,Open,High,Low', `${iso(0)},$42100,1500,$42000.5,$42300,$41900.25`, `${iso(1)},$42400,250,$42100,$42500.75,$42050`), {}, []],
  ['Investing.com', lines('"Date","Price","Open","High","Low","Vol.","Change %"', `"${iso(0)}","42100","42000.5","42300","41900.25","1.5K","1.00%"`, `"${iso(1)}","42400","42100","42500.75","42050","0.25K","-0.5%"`), {}, []],
  ['CoinMarketCap', lines('timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp', ...[a, b].map((row, i) => `"${iso(i)}";"x";"x";"x";"2781";${semicolons(row)};9e11;"${iso(i + 1)}"`)), {}, []],
  ['Bitstamp', lines('timestamp,open,high,low,close,volume', `${t0 / 1000},${a}`, `${t0 / 1000 + 3600},${b}`), {}, []],
  ['Coinbase', lines('time,low,high,open,close,volume', `${t0 / 1000},41900.25,42300,42000.5,42100,1500`, `${t0 / 1000 + 3600},42050,42500.75,42100,42400,250`), {}, []],
  ['OKX', lines('instrument_name,open,high,low,close,vol,vol_ccy,vol_quote,open_time,confirm', ...[a, b].map((row, i) => `BTC-USDT,${row},1,2,${t0 + i * hour},1`)), {}, []],
  ['TradingView', lines('time,open,high,low,close,Plot,Plot,Volume', ...[a, b].map((row, i) => `${t0 / 1000 + i * 3600},${row.slice(0, row.lastIndexOf(','))},NaN,,${row.slice(row.lastIndexOf(',') + 1)}`)), {}, []],
  ['CoinAPI', lines('time_period_start;time_period_end;time_open;time_close;price_open;price_high;price_low;price_close;volume_traded;trades_count', ...[a, b].map((row, i) => `${iso(i).replace('.000Z', '.0000000Z')};x;${iso(i)};x;${semicolons(row)};9`)), {}, []],
]; // prettier-ignore

/** Read with the options on the right, which are the flags beside them. */
const flagged: readonly Row[] = [
  ['Dukascopy', lines('Gmt time,Open,High,Low,Close,Volume', `02.01.2024 00:00:00.000,${a}`, `02.01.2024 01:00:00.000,${b}`), { timeFormat: 'd/m/y' }, ['--time-format', 'd/m/y']],
  ['day and time with the day first', lines('Date,Time,Open,High,Low,Close,Volume', `02/01/2024,00:00,${a}`, `02/01/2024,01:00,${b}`), { timeFormat: 'd/m/y' }, ['--time-format', 'd/m/y']],
  ['years of two digits', lines(header, `1/2/24 0:00,${a}`, `1/2/24 1:00,${b}`), { timeFormat: 'm/d/y' }, ['--time-format', 'm/d/y']],
  ['day and time of a zone', lines('Date,Time,Open,High,Low,Close,Volume', `2024-01-01,19:00,${a}`, `2024-01-01,20:00,${b}`), { zone: 'America/New_York' }, ['--zone', 'America/New_York']],
  ['day and time of other names', lines('Tag;Uhrzeit;Open;High;Low;Close;Volume', `2024-01-02;00:00;${semicolons(a)}`, `2024-01-02;01:00;${semicolons(b)}`), { columns: { date: 'Tag', time: 'Uhrzeit' } }, ['--column', 'date=Tag', '--column', 'time=Uhrzeit']],
  ['day and time newest first', lines('Date,Time,Open,High,Low,Close,Volume', `2024-01-02,01:00,${b}`, `2024-01-02,00:00,${a}`), { order: 'descending' }, ['--order', 'descending']],
  ['decimal commas', lines(semicolons(header), `${t0};${commaDecimals(a)}`, `${t0 + hour};${commaDecimals(b)}`), { decimal: ',' }, ['--decimal', ',']],
  ['decimal commas without header', lines(`2024-01-02 00:00;${commaDecimals(a)}`, `2024-01-02 01:00;${commaDecimals(b)}`), { decimal: ',' }, ['--decimal', ',']],
  ['decimal commas and groups with points', lines(semicolons(header), `${t0};42.000,5;42.300;41.900,25;42.100;1.500`, `${t0 + hour};42.100;42.500,75;42.050;42.400;250`), { decimal: ',', thousands: '.' }, ['--decimal', ',', '--thousands', '.']],
  ['decimal commas and groups with hard spaces', lines(semicolons(header), `${t0};42\u00a0000,5;42\u202f300;41 900,25;42 100;1 500`, `${t0 + hour};42100;42500,75;42050;42400;250`), { decimal: ',', thousands: ' ' }, ['--decimal', ',', '--thousands', ' ']],
  ['quoted groups', lines(header, `${t0},"42,000.5","42,300","41,900.25","42,100","1,500"`, `${t0 + hour},${b}`), { thousands: ',' }, ['--thousands', ',']],
  ['lines of text at the end', lines(header, `${t0},${a}`, `${t0 + hour},${b}`, 'Total: 2 rows', '', 'Source: an exchange', ''), { skipEnd: 2 }, ['--skip-end', '2']],
  ['a row of totals', lines(header, `${t0},${a}`, `${t0 + hour},${b}`, 'Total,1,2,3,4,1750'), { skipEnd: 1 }, ['--skip-end', '1']],
  ['lines inside quotes and the wrong order', lines(`note,${header}`, `"x\ny",${t0 + hour},${b}`, `"z",${t0},${a}`), { order: 'descending' }, ['--order', 'descending']],
]; // prettier-ignore

describe('a dialect', () => {
  it.each([...plain, ...flagged])('%s is read in code', async (_, text, options) => {
    const bars = await new CsvDataFeed({ path: fileOf(text), timeframe: '1h', ...options }).load();
    const rows = Array.from(bars.time, (time, i) => [
      time,
      ...[bars.open, bars.high, bars.low, bars.close, bars.volume].map((column) => column[i]),
    ]);
    expect(rows).toEqual(truth);
  });

  it.each([plain[0]!, plain[14]!, plain[16]!, ...flagged])('%s is imported with at most two flags', async (...row) => {
    const [name, text, , flags] = row;
    const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h'];
    const place = ['--folder', join(folder, `store of ${name}`)];
    const { code, text: out, errors } = await call('data', 'import', fileOf(text), ...series, ...flags, ...place);
    expect([code, errors]).toEqual([0, '']);
    expect(out).toContain('2 bars of binance spot BTC/USDT 1h from ');
  });

  it.each<[string, string, Options, RegExp]>([
    ['Dukascopy', flagged[0]![1], {}, /line 2, column 'Gmt time': .*--time-format d\/m\/y/],
    ['day and time with the day first', flagged[1]![1], {}, /line 2, column 'Date \+ Time': '02\/01\/2024 00:00' .*--time-format d\/m\/y/],
    ['decimal commas', flagged[6]![1], {}, /line 2, column 'open': '42000,5' is not a number; .*--decimal ,/],
    ['groups with points', flagged[8]![1], {}, /line 2, column 'open': '42\.000,5' .*--decimal , --thousands '\.'/],
    ['groups with hard spaces', flagged[9]![1], {}, /--decimal , --thousands ' '/],
    ['quoted groups', flagged[10]![1], {}, /line 2, column 'open': '42,000\.5' is not a number; .*--thousands ','/],
    ['one comma that may be either', lines(header, `${t0},"42,000",43000,41000,42000,1`), {}, /--decimal ,.*--thousands ,/],
    ['lines of text at the end', flagged[11]![1], {}, /line 4, column 'time': 'Total: 2 rows' is not .*--skip-end 1/],
    ['a row of totals', flagged[12]![1], {}, /line 4, column 'time': 'Total' is not .*--skip-end 1/],
    ['groups without quotes', lines(header, `${t0},42,000.5,42,300.0,41,900.25,42100,1`), {}, /line 2: the row has more than the 6 cells/],
    ['a quote that is not closed', lines(`note,${header}`, `"x,${t0},${a}`, `y,${t0 + hour},${b}`), {}, /line 2.*the quote is not closed on its line/],
    ['a fault below lines inside quotes', lines(`note,${header}`, `"x\ny\nz",${t0},${a}`, `"u\nv",${t0 + hour},${b}`, `w,${t0 + hour * 2},1,x,1,1,1`), {}, /line 7, column 'high': 'x' is not a number/],
    ['a duplicate below lines inside quotes', lines(`note,${header}`, `"x\ny\nz",${t0},${a}`, `w,${t0},${b}`), {}, /line 5, column 'time': .*twice/],
    ['a fault below CR-only line ends', `${header}\r${t0},${a}\r${t0 + hour},x,1,1,1,1\r`, {}, /line 3, column 'open'/],
    ['a bar taken for a header', lines(`BTC,${t0},${a}`, `BTC,${t0 + hour},${b}`), {}, /--no-header/],
    ['a unit for a day in a column of its own', plain[0]![1], { timeFormat: 'ms' }, /day in a column of its own.*--time-format/],
    ['a date column that is not there', plain[0]![1], { columns: { date: 'Tag' } }, /no column 'Tag' for date \(--column date=NAME\)/],
    ['a time of day that is none', lines('Date,Time,Open,High,Low,Close,Volume', `2024-01-02,00:00,${a}`, `2024-01-02,25:00,${b}`), {}, /line 3, column 'Date \+ Time': '2024-01-02 25:00' is not/],
    ['fewer lines than are left out', lines(header), { skipEnd: 1 }, /is empty/],
  ])('is refused by name: %s', async (_, text, options, says) => {
    await expect(new CsvDataFeed({ path: fileOf(text), timeframe: '1h', ...options }).load()).rejects.toThrow(says);
  }); // prettier-ignore

  it('is read alike over many chunks of bytes, with lines inside quotes at every place', async () => {
    const count = 40_000;
    const notes = ['"plain"', '"two\nlines"', '"a ""word""\r\n, and more"', 'none', '""'];
    const rows = Array.from({ length: count }, (_, i) => `${t0 + i * 60_000},10,12,9,11,${i},${notes[i % 5]!}`);
    const bars = await new CsvDataFeed({ path: fileOf(lines(`${header},note`, ...rows)), timeframe: '1m' }).load();
    expect(bars.time.length).toBe(count);
    expect(bars.volume.every((volume, i) => volume === i)).toBe(true);
  });
});
