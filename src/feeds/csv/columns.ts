/** Which cell of a CSV row is which column of a bar, from the header line or from given positions. */
import {
  barColumnNames,
  checkNames,
  ConfigError,
  DataError,
  extraColumnNames,
  nearestName,
  type BarColumnName,
} from '../../core/index.ts';
import { plainNumber } from '../checks/plain-number.ts';
import { isClock, isDay, isTimeLike, type TimeUnit } from './cells.ts';
import { isCloseTimeName, timeNameOf } from './time-names.ts';

/** The columns that a CSV file may have. */
export type CsvColumnName = BarColumnName | ExtraColumnName;

/** All columns a bar can have, in the order in which a row's cells are kept. */
export const csvColumnNames: readonly CsvColumnName[] = [...barColumnNames, ...extraColumnNames];

/**
 * Header names (upper and lower case are the same) or zero-based positions of the columns.
 *
 * `date` is the column of the day where `time` has only the time of day; both are found where they are named `date` and `time`. `volume:
 * false` says that the file has none: it reads as 0. `quoteVolume` and `tradeCount` are read where the header has them under a usual name
 * such as `quote_volume` or `trades`, and not read with `false`.
 */
export type CsvColumns = {
  readonly [K in CsvColumnName]?: string | number | (K extends 'volume' | ExtraColumnName ? false : never);
} & {
  /** The column of the day, where `time` has only the time of day; `false` says that there is none. */
  readonly date?: string | number | false;
};

/** The columns that few sources have: quote volume and trade count. */
export type ExtraColumnName = (typeof extraColumnNames)[number];

/** Header names that are tried for a column that was not named. */
const usualNames: Readonly<Record<CsvColumnName, readonly string[]>> = {
  time: [
    'open_time', 'opentime', 'open time', 'timeopen', 'time_open', 'timestamp', 'time', 'unix', 'unix_time', 'unix timestamp', 'datetime',
    'date', 'ts', 'time_period_start', 'start_time', 'starttime', 'start time', 'start_at', 'startat', 'start', 'date_time', 'date time',
    'gmt time', 'utc time', 'time (utc)', 'date (utc)', 'timestamp (utc)', 'time_utc', 'timestamp_utc', 'datetime_utc',
  ], // prettier-ignore
  open: ['open', 'o', 'open_price', 'open price', 'price_open'],
  high: ['high', 'h', 'high_price', 'high price', 'price_high'],
  low: ['low', 'l', 'low_price', 'low price', 'price_low'],
  close: ['close', 'c', 'close_price', 'close price', 'price_close', 'close/last', 'last', 'price'],
  volume: [
    'volume', 'vol', 'vol.', 'v', 'base_volume', 'base volume', 'volume_traded', 'vol_ccy', 'tickvol', 'tick_volume', 'tick volume', 'tickvolume',
    'volumen', 'basevolume', 'volume_base', 'vol_base', 'base_vol',
  ], // prettier-ignore
  quoteVolume: [
    'quotevolume', 'quote_volume', 'quote volume', 'quote_asset_volume', 'quote asset volume', 'vol_quote', 'turnover',
  ], // prettier-ignore
  buyVolume: [
    'buyvolume',
    'buy_volume',
    'taker_buy_volume',
    'taker_buy_base_volume',
    'taker_buy_base_asset_volume',
    'taker buy base asset volume',
  ],
  funding: ['funding', 'fundingrate', 'funding_rate', 'funding rate'],
  openInterest: ['open_interest', 'open interest', 'openinterest'],
  tradeCount: [
    'tradecount',
    'trade_count',
    'trade count',
    'trades',
    'number_of_trades',
    'number of trades',
    'trades_count',
    'count',
    'num_trades',
    'numtrades',
    'num trades',
    'n_trades',
    'ntrades',
    'no_of_trades',
    'transactions',
  ],
};

/** The position of each column in a row. */
export interface CsvLayout {
  /** For each cell of a row, the index into `csvColumnNames`, or -1 for a cell that is not read. */
  readonly slots: Int32Array;
  /** For each of `csvColumnNames`, its name in messages: its header name, or its position. */
  readonly labels: readonly string[];
  /** Whether the day stands in a cell of its own, and the time column has only the time of day. */
  readonly hasDay: boolean;
  /** Whether the header has a column that names symbols, for a hint. */
  readonly hasSymbols: boolean;
  /** The unit in the name of the time column, such as `timestamp_ms`; undefined where it has none. */
  readonly unit: TimeUnit | undefined;
}

/** The columns that every file has. */
const prices: readonly CsvColumnName[] = ['time', 'open', 'high', 'low', 'close'];

/** Refuses columns that are wrong whatever the file holds. */
export function checkCsvColumns(columns: CsvColumns, header: boolean): void {
  checkNames('column', columns, [...csvColumnNames, 'date']);
  for (const [name, given] of Object.entries(columns) as [CsvColumnName, unknown][]) {
    if ((name as string) === 'date' && given === false) continue;
    if (given === undefined || (given === false && !prices.includes(name))) continue;
    if (typeof given === 'string' && given !== '' && header) continue;
    if (typeof given === 'number' && Number.isInteger(given) && given >= 0) continue;
    const wanted = header ? 'a header name or a zero-based position' : 'a zero-based position, as there is no header';
    throw new ConfigError(`columns.${name} must be ${wanted}, was ${JSON.stringify(given)}`, {
      context: { field: `columns.${name}` },
    });
  }
}

/**
 * Finds the columns in the header's cells; without a header, in the first row's.
 *
 * @throws {DataError} If a column is not there; the message lists what the header has.
 */
export function findCsvColumns(
  path: string,
  cells: readonly string[],
  columns: CsvColumns,
  hasHeader: boolean,
  line = 1,
  symbolColumn?: string | number,
  first: readonly string[] = cells,
): CsvLayout {
  if (hasHeader && cells.length > 1 && isRowOfNumbers(cells)) {
    throw new DataError(
      `${path} line ${line}: the header has only numbers; set header: false (--no-header), and columns by position where they are ` +
        'not time, open, high, low, close, volume',
      { code: 'no-header', context: { file: path, line } },
    );
  }
  const header = cells.map(plainName);
  const day = findDay(path, header, cells, first, columns, hasHeader, line);
  const slots = new Int32Array(cells.length).fill(-1);
  const labels: string[] = [];
  csvColumnNames.forEach((name, slot) => {
    const given: string | number | false | undefined = columns[name];
    labels[slot] = name;
    if (given === false) return;
    const isOptional = given === undefined && slot >= barColumnNames.length;
    const usual = isOptional && !hasHeader ? klinePosition(name, cells) : slot + (day === undefined ? 0 : 1);
    if (isOptional && !hasHeader && usual < 0) return;
    const isClockCell = slot === 0 && given === undefined && day !== undefined;
    const found = isClockCell
      ? day.clock
      : hasHeader
        ? findName(header, cells, name, given as string | undefined)
        : usual;
    const at = typeof given === 'number' ? given : found;
    if (isOptional && (at < 0 || slots[at] !== -1)) return;
    const isNameless = typeof given === 'string' && !hasHeader;
    if (at < 0 || at >= cells.length || isNameless) throw missingColumn(path, name, given, cells, hasHeader, line);
    checkOnce(path, header, at, name, given, hasHeader, line);
    if (slots[at] !== -1) {
      throw new ConfigError(`columns.${name} and columns.${csvColumnNames[slots[at]!]!} are the same cell, ${at}`, {
        context: { file: path },
      });
    }
    slots[at] = slot;
    labels[slot] = hasHeader ? cells[at]!.trim() : `${name} (cell ${at + 1})`;
  });
  const symbol = symbolColumn === undefined ? -1 : symbolPosition(path, header, cells, symbolColumn, hasHeader, line);
  if (symbol >= 0) slots[symbol] = symbolSlot;
  if (day !== undefined) {
    slots[day.day] = daySlot;
    labels[0] = `${hasHeader ? cells[day.day]!.trim() : `date (cell ${day.day + 1})`} + ${labels[0]!}`;
  }
  // A delimiter at the end of the header adds no column.
  let length = slots.length;
  while (hasHeader && length > 1 && header[length - 1] === '' && slots[length - 1] === -1) length--;
  return {
    slots: slots.slice(0, length),
    hasDay: day !== undefined,
    labels,
    hasSymbols: header.some((cell) => symbolNames.includes(cell)),
    unit: hasHeader && day === undefined ? timeNameOf(cells[slots.indexOf(0)]!)?.unit : undefined,
  };
}

/** The slot of the cell with the symbol of a row. */
export const symbolSlot = -2;

/** The slot of the cell with the day, where the time column has only the time of day. */
export const daySlot = -3;

const dayNames = ['date', 'day', 'dt', 'datum', 'trade_date', 'local_date', 'date (utc)', 'utc date', 'gmt date'];
const clockNames = ['time', 'timestamp', 'hour', 'clock', 'time of day', 'zeit', 'time (utc)', 'utc time', 'gmt time'];

/** A header name without the brackets that MetaTrader puts round it, in lower case. */
function plainName(cell: string): string {
  const text = cell.replace(/\s+/g, ' ').trim().toLowerCase();
  return /^<.+>$/.test(text) ? text.slice(1, -1) : text;
}

/** The cells of the day and of the time of day, where the two stand apart: named, or known by their names and the first row. */
function findDay(
  path: string,
  header: readonly string[],
  cells: readonly string[],
  first: readonly string[],
  columns: CsvColumns,
  hasHeader: boolean,
  line: number,
): { readonly day: number; readonly clock: number } | undefined {
  const { date, time } = columns;
  if (date === false) return undefined;
  const find = (given: string | number | undefined, names: readonly string[]): number => {
    if (typeof given === 'number') return given;
    if (given !== undefined) return hasHeader ? header.indexOf(plainName(given)) : -1;
    return hasHeader ? header.findIndex((name) => names.includes(name)) : -1;
  };
  const isBare = !hasHeader && time === undefined && date === undefined;
  const day = isBare ? 0 : find(date, dayNames);
  const clock = isBare ? 1 : find(time, clockNames);
  if (date !== undefined && (day < 0 || day >= cells.length)) {
    const has = hasHeader ? `the header has ${cells.map((cell) => cell.trim()).join(', ')}` : 'there is no header';
    throw new DataError(`${path} line ${line}: no column '${date}' for date (--column date=NAME); ${has}`, {
      code: 'missing-column',
      context: { file: path, line, column: 'date' },
    });
  }
  if (day < 0 || clock < 0 || day === clock) return undefined;
  if (date !== undefined) return { day, clock };
  const isApart = isDay(first[day]?.trim() ?? '') && isClock(first[clock]?.trim() ?? '');
  // Without names the cell after a day may be a price: a time of day has a colon, or four or six digits and no point.
  const isSure = hasHeader || /:|^0?\d{3,5}$|^\d{6}$/.test(first[clock]?.trim() ?? '');
  return isApart && isSure && (hasHeader || first.length >= 6) ? { day, clock } : undefined;
}

const symbolNames = ['symbol', 'ticker', 'pair', 'instrument', 'market'];

function symbolPosition(
  path: string,
  header: readonly string[],
  cells: readonly string[],
  wanted: string | number,
  hasHeader: boolean,
  line: number,
): number {
  const at = typeof wanted === 'number' ? wanted : hasHeader ? header.indexOf(plainName(wanted)) : -1;
  if (at >= 0 && at < cells.length) return at;
  const has = hasHeader ? `the header has ${cells.map((cell) => cell.trim()).join(', ')}` : 'there is no header';
  throw new DataError(`${path} line ${line}: no column '${wanted}' for symbolColumn (--symbol-column); ${has}`, {
    code: 'missing-column',
    context: { file: path, line },
  });
}

/** Where Binance's dumps of twelve columns have quote volume, number of trades and taker buy volume; -1 for other files. */
function klinePosition(name: CsvColumnName, cells: readonly string[]): number {
  if (cells.length !== 12 || !isRowOfNumbers(cells)) return -1;
  return { quoteVolume: 7, tradeCount: 8, buyVolume: 9 }[name as string] ?? -1;
}

/** A name that occurs twice cannot choose a column. */
function checkOnce(
  path: string,
  header: readonly string[],
  at: number,
  name: CsvColumnName,
  given: string | number | undefined,
  hasHeader: boolean,
  line: number,
): void {
  if (!hasHeader || typeof given === 'number') return;
  const again = header.indexOf(header[at]!, at + 1);
  if (again < 0) return;
  throw new DataError(
    `${path} line ${line}: the header has '${header[at]!}' twice, in cells ${at + 1} and ${again + 1}; choose one by its ` +
      `position with columns: { ${name}: ${at} } (--column ${name}=${at})`,
    { code: 'duplicate-column', context: { file: path, line, column: name } },
  );
}

/** Whether a line has only numbers. */
function isRowOfNumbers(cells: readonly string[]): boolean {
  return cells.length > 1 && cells.every((cell) => Number.isFinite(plainNumber(cell.trim())));
}

const numberLike = /^[$€£¥]?\s*[+-]?(?:\d[\d.,' \u00a0\u202f]*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Whether the first line of a file is a bar rather than a header: numbers and times, with at least the four prices. */
export function isBarRow(cells: readonly string[]): boolean {
  if (isRowOfNumbers(cells)) return true;
  const full = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const numbers = full.filter((cell) => numberLike.test(cell)).length;
  return numbers >= 4 && full.every((cell) => numberLike.test(cell) || isTimeLike(cell));
}

function findName(
  header: readonly string[],
  cells: readonly string[],
  name: CsvColumnName,
  given: string | undefined,
): number {
  if (given !== undefined) return header.indexOf(plainName(given));
  for (const usual of usualNames[name]) {
    const at = header.indexOf(usual);
    if (at >= 0) return at;
  }
  if (name === 'time') {
    const at = cells.findIndex((cell) => timeNameOf(cell) !== undefined);
    // The index of a data frame has no name.
    return at >= 0 ? at : header.indexOf('');
  }
  if (name !== 'volume' && name !== 'quoteVolume') return -1;
  // `Volume BTC` and `Volume USD`: the currency decides which is which.
  const isQuote = (cell: string): boolean => quoteUnits.test(cell);
  return header.findIndex((cell) => /^vol(?:ume)?[ _(]/.test(cell) && isQuote(cell) === (name === 'quoteVolume'));
}

/** Quote currencies in the names of volume columns. */
const quoteUnits = /[ _(](?:us[dt]|usd[ct]|busd|tusd|fdusd|dai|eur|gbp|jpy|krw|try|brl|aud|cad|chf|currency|quote)\)?$/;

function missingColumn(
  path: string,
  name: CsvColumnName,
  given: string | number | undefined,
  cells: readonly string[],
  hasHeader: boolean,
  line: number,
): DataError {
  const has = cells.map((cell) => cell.trim());
  const near = typeof given === 'string' ? nearestName(given, has) : undefined;
  const wanted = typeof given === 'string' ? `'${given}' for ${name}` : `'${name}'`;
  const place = typeof given === 'number' ? ` at position ${given}` : '';
  const flag = name === 'volume' ? '--column volume=NAME, or volume=none if there is none' : `--column ${name}=NAME`;
  const close = name === 'time' && given === undefined ? has.find(isCloseTimeName) : undefined;
  const isHeaderless = hasHeader && has.filter((cell) => numberLike.test(cell)).length >= 4;
  const hint = isHeaderless
    ? '; if that is a bar, set header: false (--no-header) and name the columns by position (--column time=0)'
    : cells.length === 1
      ? '; skip lines above the header with skipLines (--skip-lines 1), or say what is between cells with delimiter (--delimiter)'
      : close !== undefined
        ? `; '${close}' is when a bar closes: set columns: { time: '${close}' } and stamped: 'close' (--column 'time=${close}' --stamped close)`
        : near === undefined
          ? `; name it with columns: { ${name}: ... } (${flag})`
          : `: did you mean '${near}'?`;
  const message = hasHeader
    ? `${path} line ${line}: no column ${wanted}${place}; the header has ${has.join(', ')}${hint}`
    : `${path} line ${line}: no column ${wanted}${place}; the row has ${cells.length} cells`;
  return new DataError(message, { code: 'missing-column', context: { file: path, line, column: name, near } });
}

/** The cells of one line of bytes as texts, without quotes around them and without a byte order mark; none if it is blank. */
export function splitLine(line: Uint8Array, delimiter: string): string[] {
  const text = new TextDecoder().decode(line).replace(/[\r\n]+$/, '');
  if (text === '') return [];
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"' && isQuoted && text[i + 1] === '"') cell += text[++i]!;
    else if (c === '"') isQuoted = !isQuoted;
    else if (c === delimiter && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  return [...cells, cell];
}
