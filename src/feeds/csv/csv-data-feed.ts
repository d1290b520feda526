/** Bars from CSV files: one or several, plain, gzipped or zipped, in whatever dialect they are written. */
import {
  checkFeedNames,
  barsBetween,
  ConfigError,
  DataError,
  formatTime,
  unknownName,
  type Bars,
} from '../../core/index.ts';
import { concatBars } from '../../store/index.ts';
import { BarCheck } from '../checks/bar-check.ts';
import { pickRows } from '../checks/order.ts';
import { rowPolicies, type ValidationOptions } from '../checks/policies.ts';
import { plainNumber } from '../checks/plain-number.ts';
import { Validator } from '../checks/validate.ts';

import { noteRead } from '../checks/reads.ts';
import { atOnce, DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { Zone } from '../timeframes/wall-clock.ts';
import { linesOfFile } from './bytes.ts';
import { csvTimeFormats, isCompactTime, isNumeric, type CsvTimeFormat, type TimeUnit } from './cells.ts';
import { checkCsvColumns, findCsvColumns, type CsvColumns } from './columns.ts';
import type { GrowingBars } from './growing-bars.ts';
import { CsvOpening } from './opening.ts';
import { filesOf } from './paths.ts';
import { CsvScanner } from './scanner.ts';

/** Options of CsvDataFeed. */
export interface CsvDataFeedOptions extends FeedOptions {
  /**
   * The file, or several that make one series: a list, a folder, or a name with `*` and `?`. Names that end in `.gz` or `.zip` are
   * unpacked while they are read.
   */
  readonly path: string | readonly string[];
  /**
   * How times are written. Default `auto`: numbers of any unit, judged on every row, or ISO 8601 text. A given unit is checked on every
   * row.
   */
  readonly timeFormat?: CsvTimeFormat;
  /** Time zone of times written as dates without an offset, such as `America/New_York`. Default UTC. */
  readonly zone?: string;
  /** Whether a bar is stamped with its open or its close. Default `open`. */
  readonly stamped?: 'open' | 'close';
  /** `descending` for files with the newest bar first. Default `ascending`. */
  readonly order?: 'ascending' | 'descending';
  /**
   * Header names (upper and lower case are the same) or zero-based positions of the columns. Default: `open`, `high`, `low`, `close`,
   * `volume`, and for the time the first that exists of `timestamp`, `time`, `unix`, `open_time`, `datetime`, `date`, or a column without a
   * name; `quoteVolume` and `tradeCount` where they are named so, or `quote_volume`, `trade_count`, `count` and the like. Of `Volume BTC`
   * and `Volume USD` the second is the quote volume.
   */
  readonly columns?: CsvColumns;
  /** Whether the first line names the columns. Default: unless it has only numbers; then they are time, open, high, low, close, volume. */
  readonly header?: boolean;
  /** Lines above the header, or above the first bar, that are not read. Default 0. */
  readonly skipLines?: number;
  /** Lines at the end of the file that are not read, such as totals; blank lines do not count. Default 0. */
  readonly skipEnd?: number;
  /** One character between cells. Default: the separator of the first line: a comma, `;`, a tab or `|`. */
  readonly delimiter?: string;
  /** The decimal point. Default `.`. */
  readonly decimal?: '.' | ',';
  /** The sign between groups of digits, such as the comma of `1,234.5`. Default: none. */
  readonly thousands?: string;
  /** Header name or position of the column with the symbol of a row. Default: none, every row is read. */
  readonly symbolColumn?: string | number;
  /** The symbol to read, as written in `symbolColumn`. Default: `symbol`. */
  readonly filterSymbol?: string;
  /** Bars in one piece of `stream()`. Default 65,536. */
  readonly chunkRows?: number;
}

const ownNames = [
  'path', 'timeFormat', 'zone', 'stamped', 'order', 'columns', 'header', 'skipLines', 'skipEnd', 'delimiter', 'decimal', 'thousands',
  'symbolColumn', 'filterSymbol', 'chunkRows',
]; // prettier-ignore
const lf = 10;

/** How a file is read: whole or in pieces, checked row by row or gathered first. */
interface ScanMode {
  readonly isWhole: boolean;
  readonly isGathering: boolean;
}

/** The gathered bars of one file, and the row of each. */
interface Gathered {
  readonly bars: Bars;
  readonly scanner: CsvScanner;
  readonly path: string;
  /** Row of the scanner for each bar. */
  readonly rows: Int32Array;
}

/**
 * A feed over CSV files with one bar per row.
 *
 * Nothing is altered that no option names: a missing column, a cell that is not a number, times that do not rise, bars closer than the
 * timeframe and prices that contradict each other are errors that name the file, the line, the column and the option. Gaps stay gaps and
 * are reported. A single file is read in chunks and never held; reading stops at the first bar at or after `end`.
 *
 * @throws {ConfigError} If an option cannot be right.
 */
export class CsvDataFeed extends DataFeed {
  /** The file, or the first of several, as given. */
  readonly path: string;
  readonly #options: CsvDataFeedOptions;
  readonly #paths: readonly string[];
  readonly #zone: Zone | undefined;
  readonly #columns: CsvColumns;
  readonly #chunkRows: number;
  readonly #validation: ValidationOptions;
  #notes: string[] = [];

  constructor(options: CsvDataFeedOptions) {
    checkFeedNames('CsvDataFeed', options, [...feedOptionNames, ...ownNames]);
    super(options);
    const { path, columns = {}, chunkRows = 65_536, zone } = options;
    const paths: unknown[] =
      typeof path === 'string' ? [path] : Array.isArray(path) ? [...(path as unknown[])] : [path];
    if (paths.length === 0 || paths.some((one) => typeof one !== 'string' || one === '')) {
      throw new ConfigError(`path must be a file name, or several, was ${JSON.stringify(path)}`);
    }
    checkChoices(options);
    if (!Number.isInteger(chunkRows) || chunkRows < 1) {
      throw new ConfigError(`chunkRows must be a positive integer, was ${chunkRows}`);
    }
    checkCsvColumns(columns, options.header !== false);
    this.#paths = paths as string[];
    this.path = this.#paths[0]!;
    this.#options = options;
    this.#zone = zone === undefined || zone === 'UTC' ? undefined : new Zone(zone);
    this.#columns = columns;
    this.#chunkRows = chunkRows;
    this.#validation = options.validation ?? {};
  }

  override warnings(): readonly string[] {
    return [...this.#notes, ...super.warnings()];
  }

  override async load(context: LoadContext = atOnce): Promise<LoadedBars> {
    this.#notes = [];
    const paths = filesOf(this.#paths);
    if (paths.length > 1 || this.#gathers) return this.#loadGathered(paths, context);
    const scanner = await lastOf(this.#scan(paths[0]!, context, { isWhole: true, isGathering: false }));
    const validator = this.#validator();
    const { bars, marks } = validator.push(scanner.bars.finish(), true);
    this.marks = marks;
    this.report = validator.report();
    return this.shaped(bars);
  }

  /** The bars in pieces of `chunkRows`; memory does not grow with a single file that is in order. */
  override async *stream(context: LoadContext = atOnce): AsyncGenerator<Bars> {
    this.#notes = [];
    const paths = filesOf(this.#paths);
    if (paths.length > 1 || this.#gathers) {
      const bars = await this.#loadGathered(paths, context);
      for (let from = 0; from < bars.time.length; from += this.#chunkRows) {
        yield barsBetween(bars, bars.time[from], bars.time[from + this.#chunkRows]);
      }
      return;
    }
    const validator = this.#validator();
    const shape = this.newShape();
    const checked = (bars: Bars): Bars => {
      const result = validator.push(bars, true);
      this.report = validator.report();
      return noteRead(shape === undefined ? result.bars : shape.push(result.bars).bars, this.name);
    };
    let rest: GrowingBars | undefined;
    for await (const { bars } of this.#scan(paths[0]!, context, { isWhole: false, isGathering: false })) {
      while (bars.length >= this.#chunkRows) yield checked(bars.take(this.#chunkRows));
      rest = bars;
    }
    if (rest !== undefined && rest.length > 0) yield checked(rest.take(rest.length));
  }

  /** Whether all rows must be read before they can be checked: to be reversed, sorted or left out. */
  get #gathers(): boolean {
    return this.#options.order === 'descending' || this.#hasRowPolicy;
  }

  get #hasRowPolicy(): boolean {
    return rowPolicies.some((name) => this.#validation[name] !== undefined);
  }

  #validator(placeOf?: (time: number) => string | undefined): Validator {
    const source = { name: this.path, frame: this.sourceFrame, isStrict: true, isClaimed: true };
    return new Validator({ ...source, ...(placeOf && { placeOf }) }, this.#validation);
  }

  /** Reads every file whole, puts the files in order of their first bars, and checks all rows together. */
  async #loadGathered(paths: readonly string[], context: LoadContext): Promise<LoadedBars> {
    const files: Gathered[] = [];
    for (const path of paths) {
      const scanner = await lastOf(this.#scan(path, context, { isWhole: true, isGathering: true }));
      const all = scanner.bars.finish();
      const rows = Int32Array.from({ length: all.time.length }, (_, i) => i);
      if (this.#options.order === 'descending') rows.reverse();
      files.push({ bars: this.#options.order === 'descending' ? pickRows(all, [...rows]) : all, scanner, path, rows });
    }
    files.sort((a, b) => a.bars.time[0]! - b.bars.time[0]!);
    const bars = concatBars(files.map((file) => file.bars));
    if (!this.#hasRowPolicy) this.#checkRows(bars, files);
    const validator = this.#validator((time) => placeOf(files, time));
    const ordered = this.#hasRowPolicy ? validator.order(bars) : bars;
    const inRange = barsBetween(ordered, this.start, this.end);
    if (inRange.time.length === 0) {
      const [first, last] = [ordered.time[0] ?? NaN, ordered.time.at(-1) ?? NaN];
      throw this.#noBars(
        this.path,
        `has no bar in the range: its bars open from ${formatTime(first)} to ${formatTime(last)}`,
      );
    }
    const { bars: kept, marks } = validator.push(inRange, !this.#hasRowPolicy);
    this.marks = marks;
    this.report = validator.report();
    return this.shaped(kept);
  }

  /** @throws {DataError} For the first row that is not sound, with its file and line. */
  #checkRows(bars: Bars, files: readonly Gathered[]): void {
    const check = new BarCheck(this.sourceFrame);
    const at = check.firstFault(bars, 0, bars.time.length);
    if (at < 0) return;
    let row = at;
    for (const [k, file] of files.entries()) {
      const isNextFile = k > 0 && row === 0;
      if (row < file.rows.length) throw file.scanner.faultAt(file.rows[row]!, check.fault(bars, at), isNextFile);
      row -= file.rows.length;
    }
  }

  /** Reads a file and yields after each chunk, at least once. */
  async *#scan(path: string, context: LoadContext, mode: ScanMode): AsyncGenerator<CsvScanner> {
    const { delimiter, decimal, header, skipLines = 0, skipEnd } = this.#options;
    const opening = new CsvOpening({ delimiter, decimal, header, skipLines });
    let scanner: CsvScanner | undefined;
    let kept = 0;
    for await (const { bytes, done, total } of linesOfFile(path, { signal: context.signal, delimiter, skipEnd })) {
      let from = 0;
      while (scanner === undefined && from < bytes.length) {
        const end = bytes.indexOf(lf, from) + 1;
        const cells = opening.next(bytes.subarray(from, end));
        if (cells === undefined) from = end;
        else {
          const capacity = mode.isWhole ? estimateRows(bytes, total, path) : this.#chunkRows;
          scanner = this.#begin(path, opening, cells, { ...mode, capacity });
        }
      }
      if (scanner === undefined) continue;
      const before = scanner.bars.length;
      scanner.scan(from === 0 ? bytes : bytes.subarray(from), bytes.length - from);
      kept += scanner.bars.length - before;
      context.onProgress?.({ done, total, unit: 'bytes' });
      yield scanner;
      if (scanner.ended) break;
    }
    if (opening.isEmpty) throw this.#noBars(path, 'is empty');
    if (scanner === undefined) {
      // A file that has only a header may lack columns too, which is reported first.
      if (opening.header !== undefined) this.#begin(path, opening, opening.header, { ...mode, capacity: 0 });
      throw this.#noBars(path, opening.header === undefined ? 'has only comments' : 'has a header and no rows');
    }
    this.#noteUnits(path, scanner);
    this.#noteCloses(path, scanner);
    if (Number.isNaN(scanner.lastTime)) throw this.#noBars(path, this.#whyNone());
    if (kept === 0) {
      const upTo = scanner.ended ? '' : ` to ${formatTime(scanner.lastTime)}`;
      throw this.#noBars(path, `has no bar in the range: its bars open from ${formatTime(scanner.firstTime)}${upTo}`);
    }
  }

  /** @param cells - Cells of the first bar, or of the header where there is no bar. */
  #begin(
    path: string,
    opening: CsvOpening,
    cells: readonly string[],
    { isGathering, capacity }: ScanMode & { readonly capacity: number },
  ): CsvScanner {
    const {
      symbolColumn,
      filterSymbol,
      timeFormat = 'auto',
      decimal = '.',
      thousands,
      stamped = 'open',
    } = this.#options;
    const { header, line, taken, delimiter = ',' } = opening;
    const columns = this.#columns;
    const layout = findCsvColumns(path, header ?? cells, columns, header !== undefined, line, symbolColumn, cells);
    const first = cells[layout.slots.indexOf(0)]?.trim() ?? '';
    const isWord = Number.isNaN(plainNumber(first)) || isCompactTime(first);
    const isText = timeFormat === 'auto' && header !== cells && (isWord || layout.hasDay);
    if (layout.hasDay && !isText && isNumeric(timeFormat)) {
      throw new ConfigError(
        `${path} has the day in a column of its own, and timeFormat '${timeFormat}' is for numbers: leave timeFormat (--time-format) out, ` +
          'or set columns: { date: false } (--column date=none)',
        { context: { file: path, field: 'timeFormat' } },
      );
    }
    return new CsvScanner(
      {
        path,
        layout,
        delimiter: delimiter.charCodeAt(0),
        timeFormat: isText ? 'iso' : timeFormat,
        zone: isNumeric(timeFormat) && !isText ? undefined : this.#zone,
        decimal,
        thousands,
        stamped,
        symbol: symbolColumn === undefined ? undefined : (filterSymbol ?? this.symbol),
        frame: this.sourceFrame,
        start: this.start ?? -Infinity,
        end: this.end ?? Infinity,
        isDescending: this.#options.order === 'descending',
        isGathering,
        takesUnreadable: this.#validation.nonFinite === 'drop',
      },
      taken,
      capacity,
    );
  }

  /** Reports every change of unit with its line. */
  #noteUnits(path: string, { unitChanges }: CsvScanner): void {
    for (const { line, from, to, isNamed } of unitChanges.slice(0, 3)) {
      const what = isNamed
        ? `the name of the time column says ${unitWords[from]}, and its times are ${unitWords[to]}: read as ${unitWords[to]}`
        : `times change from ${unitWords[from]} to ${unitWords[to]} at line ${line}`;
      this.#notes.push(`${path}: ${what}`);
    }
  }

  /** Reports times that end with the last millisecond of a second: they are closes. */
  #noteCloses(path: string, { firstTime, lastTime }: CsvScanner): void {
    const { stamped } = this.#options;
    if (stamped !== undefined || firstTime % 1_000 !== 999 || lastTime % 1_000 !== 999) return;
    this.#notes.push(
      `${path}: times end in .999 as closes of bars do, and are read as their opens: stamped: 'close' (--stamped close) reads them as closes`,
    );
  }

  #whyNone(): string {
    const { symbolColumn, filterSymbol } = this.#options;
    if (symbolColumn === undefined) return 'has a header and no rows';
    return `has no row of '${filterSymbol ?? this.symbol}' in its column ${symbolColumn}: choose with filterSymbol (--filter-symbol)`;
  }

  #noBars(path: string, what: string): DataError {
    return new DataError(`${path} ${what}`, {
      code: 'no-bars',
      context: { file: path, symbol: this.symbol, timeframe: this.timeframe.name, start: this.start, end: this.end },
    });
  }
}

const unitWords: Readonly<Record<TimeUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
};

/** @throws {ConfigError} For a value that an option cannot have. */
function checkChoices(options: CsvDataFeedOptions): void {
  const { timeFormat, delimiter, decimal, thousands, stamped, order, skipLines = 0, skipEnd = 0 } = options;
  if (timeFormat !== undefined && !csvTimeFormats.includes(timeFormat)) {
    throw unknownName('timeFormat', timeFormat, csvTimeFormats);
  }
  if (stamped !== undefined && !['open', 'close'].includes(stamped))
    throw unknownName('stamped', stamped, ['open', 'close']);
  if (order !== undefined && !['ascending', 'descending'].includes(order)) {
    throw unknownName('order', order, ['ascending', 'descending']);
  }
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^\d."\r\n\u0080-\uffff]$/.test(delimiter))) {
    throw new ConfigError(`delimiter must be one character such as ',' or ';', was ${JSON.stringify(delimiter)}`);
  }
  if (decimal !== undefined && !['.', ','].includes(decimal)) {
    throw new ConfigError(`decimal must be '.' or ',', was ${JSON.stringify(decimal)}`);
  }
  if (decimal === ',' && delimiter === ',') {
    throw new ConfigError("decimal and delimiter cannot both be ',': give the delimiter of the file, such as ';'");
  }
  if (thousands !== undefined && (!/^[^\d"\r\n]$/.test(thousands) || thousands === (decimal ?? '.'))) {
    throw new ConfigError(
      `thousands must be one character other than the decimal point, was ${JSON.stringify(thousands)}`,
    );
  }
  if (!Number.isInteger(skipLines) || skipLines < 0) {
    throw new ConfigError(`skipLines must be a whole number of lines, was ${String(skipLines)}`);
  }
  if (!Number.isInteger(skipEnd) || skipEnd < 0) {
    throw new ConfigError(`skipEnd must be a whole number of lines, was ${String(skipEnd)}`);
  }
}

/** Rows to expect in all, from the lengths of the first ones; a packed file does not show it. */
function estimateRows(bytes: Uint8Array, total: number, path: string): number {
  if (/\.(?:gz|zip)$/i.test(path)) return 65_536;
  const sample = bytes.subarray(0, 65_536);
  let lines = 0;
  for (const byte of sample) if (byte === lf) lines++;
  return Math.ceil((total / sample.length) * lines * 1.02) + 16;
}

/** The file and line of the bar of a time: the last of several, which is the faulty one. */
function placeOf(files: readonly Gathered[], time: number): string | undefined {
  for (const { bars, scanner, rows, path } of [...files].reverse()) {
    const at = Number.isNaN(time) ? bars.time.findIndex(Number.isNaN) : bars.time.lastIndexOf(time);
    if (at >= 0) return `(${path} line ${scanner.lines[rows[at]!]!})`;
  }
  return undefined;
}

async function lastOf(scanners: AsyncGenerator<CsvScanner>): Promise<CsvScanner> {
  let last: CsvScanner | undefined;
  for await (const scanner of scanners) last = scanner;
  return last!;
}
