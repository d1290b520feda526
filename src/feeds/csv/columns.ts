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
import { parseCsvNumber } from './cells.ts';

/** The columns that a CSV file may have. */
export type CsvColumnName = BarColumnName | ExtraColumnName;

/** All columns a bar can have, in the order in which a row's cells are kept. */
export const csvColumnNames: readonly CsvColumnName[] = [...barColumnNames, ...extraColumnNames];

/**
 * Header names (upper and lower case are the same) or zero-based positions of the columns.
 *
 * `volume: false` says that the file has none: it reads as 0. `quoteVolume` and `tradeCount` are read where the header has them
 * under a usual name such as `quote_volume` or `trades`, and not with `false`.
 */
export type CsvColumns = {
  readonly [K in CsvColumnName]?: string | number | (K extends 'volume' | ExtraColumnName ? false : never);
};

/** The columns that few sources have: quote volume and trade count. */
export type ExtraColumnName = (typeof extraColumnNames)[number];

/** Header names that are tried for a column nobody named. */
const usualNames: Readonly<Record<CsvColumnName, readonly string[]>> = {
  time: ['timestamp', 'time', 'date', 'datetime', 'open_time', 'opentime', 'open time'],
  open: ['open'],
  high: ['high'],
  low: ['low'],
  close: ['close'],
  volume: ['volume', 'vol'],
  quoteVolume: ['quotevolume', 'quote_volume', 'quote volume', 'quote_asset_volume', 'quote asset volume'],
  buyVolume: [
    'buyvolume',
    'buy_volume',
    'taker_buy_volume',
    'taker_buy_base_volume',
    'taker_buy_base_asset_volume',
    'taker buy base asset volume',
  ],
  tradeCount: ['tradecount', 'trade_count', 'trade count', 'trades', 'number_of_trades', 'number of trades'],
};

/** Where each column stands in a row. */
export interface CsvLayout {
  /** For each cell of a row, the index into `csvColumnNames`, or -1 for a cell that is not read. */
  readonly slots: Int32Array;
  /** For each of `csvColumnNames`, how messages call it: its header name, or its position. */
  readonly labels: readonly string[];
}

/** What every file has. */
const prices: readonly CsvColumnName[] = ['time', 'open', 'high', 'low', 'close'];

/** Refuses columns that make no sense without looking at a file. */
export function checkCsvColumns(columns: CsvColumns, header: boolean): void {
  checkNames('column', columns, csvColumnNames);
  for (const [name, given] of Object.entries(columns) as [CsvColumnName, unknown][]) {
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
): CsvLayout {
  if (hasHeader && cells.length > 1 && cells.every((cell) => parseCsvNumber(cell) === parseCsvNumber(cell))) {
    throw new DataError(
      `${path} line 1: the header has only numbers; set header: false, and columns by position where they are not ` +
        'time, open, high, low, close, volume',
      { code: 'no-header', context: { file: path, line: 1 } },
    );
  }
  const header = cells.map((cell) => cell.trim().toLowerCase());
  const slots = new Int32Array(cells.length).fill(-1);
  const labels: string[] = [];
  csvColumnNames.forEach((name, slot) => {
    const given: string | number | false | undefined = columns[name];
    labels[slot] = name;
    if (given === false) return;
    const isOptional = given === undefined && slot >= barColumnNames.length;
    if (isOptional && !hasHeader) return;
    const at = typeof given === 'number' ? given : hasHeader ? findName(header, name, given) : slot;
    if (isOptional && (at < 0 || slots[at] !== -1)) return;
    if (at < 0 || at >= cells.length) throw missingColumn(path, name, given, cells, hasHeader);
    if (slots[at] !== -1) {
      throw new ConfigError(`columns.${name} and columns.${csvColumnNames[slots[at]!]!} are the same cell, ${at}`, {
        context: { file: path },
      });
    }
    slots[at] = slot;
    labels[slot] = hasHeader ? cells[at]!.trim() : `${name} (cell ${at + 1})`;
  });
  return { slots, labels };
}

function findName(header: readonly string[], name: CsvColumnName, given: string | undefined): number {
  if (given !== undefined) return header.indexOf(given.trim().toLowerCase());
  for (const usual of usualNames[name]) {
    const at = header.indexOf(usual);
    if (at >= 0) return at;
  }
  return -1;
}

function missingColumn(
  path: string,
  name: CsvColumnName,
  given: string | number | undefined,
  cells: readonly string[],
  hasHeader: boolean,
): DataError {
  const has = cells.map((cell) => cell.trim());
  const near = typeof given === 'string' ? nearestName(given, has) : undefined;
  const wanted = typeof given === 'string' ? `'${given}' for ${name}` : `'${name}'`;
  const place = typeof given === 'number' ? ` at position ${given}` : '';
  const message = hasHeader
    ? `${path} line 1: no column ${wanted}${place}; the header has ${has.join(', ')}` +
      (near === undefined ? `; name it with columns: { ${name}: ... }` : `: did you mean '${near}'?`)
    : `${path} line 1: no column ${wanted}${place}; the row has ${cells.length} cells`;
  return new DataError(message, { code: 'missing-column', context: { file: path, line: 1, column: name, near } });
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
