/** Bars from a CSV file, plain or gzipped. */
import { checkNames, ConfigError, DataError, formatTime, unknownName, type Bars } from '../../core/index.ts';
import type { ValidationOptions } from '../checks/policies.ts';
import { Validator } from '../checks/validate.ts';
import { linesOfFile } from './bytes.ts';
import { checkCsvColumns, findCsvColumns, splitLine, type CsvColumns } from './columns.ts';
import type { GrowingBars } from './growing-bars.ts';
import { CsvScanner } from './scanner.ts';
import { csvTimeFormats, type CsvTimeFormat } from './cells.ts';
import { atOnce, DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';

/** Options of CsvDataFeed. */
export interface CsvDataFeedOptions extends FeedOptions {
  /** The file. A name that ends in `.gz` is unpacked while it is read. */
  readonly path: string;
  /** How times are written. Default `ms`; a file that is obviously otherwise is refused with the right word. */
  readonly timeFormat?: CsvTimeFormat;
  /**
   * Header names (upper and lower case are the same) or zero-based positions of the columns. Default: `open`, `high`,
   * `low`, `close`, `volume`, and for the time the first there is of `timestamp`, `time`, `date`, `datetime`, `open_time`;
   * `quoteVolume` and `tradeCount` where they are named so, or `quote_volume`, `trade_count`, `trades` and the like.
   */
  readonly columns?: CsvColumns;
  /** Whether the first line names the columns. Default true; without it they are time, open, high, low, close, volume. */
  readonly header?: boolean;
  /** One character between cells. Default a comma. */
  readonly delimiter?: string;
  /** Bars in one piece of `stream()`. Default 65,536. */
  readonly chunkRows?: number;
}

const optionNames = [...feedOptionNames, 'path', 'timeFormat', 'columns', 'header', 'delimiter', 'chunkRows'];
const lf = 10;

/**
 * A feed over a CSV file with one bar in a row, oldest first.
 *
 * Nothing is altered: a missing column, a cell that is no number, times that do not rise, bars closer than the timeframe
 * and prices that contradict each other are errors that name the file, the line and the column. Gaps stay gaps. The file
 * is read in chunks and never held; reading stops at the first bar at or after `end`.
 *
 * @throws {ConfigError} If an option cannot be right.
 */
export class CsvDataFeed extends DataFeed {
  /** The file. */
  readonly path: string;
  private readonly timeFormat: CsvTimeFormat;
  private readonly columns: CsvColumns;
  private readonly header: boolean;
  private readonly delimiter: string;
  private readonly chunkRows: number;
  private readonly validation: ValidationOptions;

  constructor(options: CsvDataFeedOptions) {
    checkNames('option of CsvDataFeed', options, optionNames);
    super(options);
    const { path, timeFormat = 'ms', columns = {}, header = true, delimiter = ',', chunkRows = 65_536 } = options;
    if (typeof path !== 'string' || path === '')
      throw new ConfigError(`path must be a file name, was ${JSON.stringify(path)}`);
    if (!csvTimeFormats.includes(timeFormat)) throw unknownName('timeFormat', timeFormat, csvTimeFormats);
    if (typeof delimiter !== 'string' || !/^[^\d."\r\n\u0080-\uffff]$/.test(delimiter)) {
      throw new ConfigError(`delimiter must be one character such as ',' or ';', was ${JSON.stringify(delimiter)}`);
    }
    if (!Number.isInteger(chunkRows) || chunkRows < 1) {
      throw new ConfigError(`chunkRows must be a positive integer, was ${chunkRows}`);
    }
    checkCsvColumns(columns, header);
    this.path = path;
    this.timeFormat = timeFormat;
    this.columns = columns;
    this.header = header;
    this.delimiter = delimiter;
    this.chunkRows = chunkRows;
    this.validation = options.validation ?? {};
  }

  override async load(context: LoadContext = atOnce): Promise<Bars> {
    const scanner = await lastOf(this.scan(context, true));
    const validator = this.validator();
    const { bars, marks } = validator.push(scanner.bars.finish(), true);
    this.marks = marks;
    this.report = validator.report();
    return bars;
  }

  /** The bars in pieces of `chunkRows`; memory does not grow with the file. */
  override async *stream(context: LoadContext = atOnce): AsyncGenerator<Bars> {
    const validator = this.validator();
    const checked = (bars: Bars): Bars => {
      const result = validator.push(bars, true);
      this.report = validator.report();
      return result.bars;
    };
    let rest: GrowingBars | undefined;
    for await (const { bars } of this.scan(context, false)) {
      while (bars.length >= this.chunkRows) yield checked(bars.take(this.chunkRows));
      rest = bars;
    }
    if (rest !== undefined && rest.length > 0) yield checked(rest.take(rest.length));
  }

  private validator(): Validator {
    const source = { name: this.path, frame: this.timeframe, isStrict: true, isClaimed: true };
    return new Validator(source, this.validation);
  }

  /** Reads the file, stopping after each chunk with what the scanner has by then; always at least once. */
  private async *scan(context: LoadContext, isWhole: boolean): AsyncGenerator<CsvScanner> {
    let scanner: CsvScanner | undefined;
    let kept = 0;
    let isEmpty = true;
    let blankLines = 0;
    for await (const { bytes, done, total } of linesOfFile(this.path, context.signal)) {
      let from = 0;
      while (scanner === undefined && from < bytes.length) {
        const end = bytes.indexOf(lf, from) + 1;
        const cells = splitLine(bytes.subarray(from, end), this.delimiter);
        if (cells.length === 0) blankLines++;
        else scanner = this.begin(cells, blankLines, isWhole ? estimateRows(bytes, total, this.path) : this.chunkRows);
        if (cells.length === 0 || this.header) from = end;
      }
      if (scanner === undefined) continue;
      isEmpty = false;
      const before = scanner.bars.length;
      scanner.scan(from === 0 ? bytes : bytes.subarray(from), bytes.length - from);
      kept += scanner.bars.length - before;
      context.onProgress?.({ done, total, unit: 'bytes' });
      yield scanner;
      if (scanner.ended) break;
    }
    if (isEmpty || scanner === undefined) throw this.noBars('is empty');
    if (scanner.lastTime !== scanner.lastTime) throw this.noBars('has a header and no rows');
    if (kept === 0) {
      const upTo = scanner.ended ? '' : ` to ${formatTime(scanner.lastTime)}`;
      throw this.noBars(`has no bar in the range: its bars open from ${formatTime(scanner.firstTime)}${upTo}`);
    }
  }

  private begin(cells: readonly string[], linesBefore: number, capacity: number): CsvScanner {
    const layout = findCsvColumns(this.path, cells, this.columns, this.header);
    const settings = {
      path: this.path,
      layout,
      delimiter: this.delimiter.charCodeAt(0),
      timeFormat: this.timeFormat,
      frame: this.timeframe,
      start: this.start ?? -Infinity,
      end: this.end ?? Infinity,
    };
    return new CsvScanner(settings, linesBefore + (this.header ? 1 : 0), capacity);
  }

  private noBars(what: string): DataError {
    return new DataError(`${this.path} ${what}`, {
      code: 'no-bars',
      context: {
        file: this.path,
        symbol: this.symbol,
        timeframe: this.timeframe.name,
        start: this.start,
        end: this.end,
      },
    });
  }
}

/** Rows to expect in all, from the lengths of the first ones; a packed file does not say. */
function estimateRows(bytes: Uint8Array, total: number, path: string): number {
  if (path.endsWith('.gz')) return 65_536;
  const sample = bytes.subarray(0, 65_536);
  let lines = 0;
  for (const byte of sample) if (byte === lf) lines++;
  return Math.ceil((total / sample.length) * lines * 1.02) + 16;
}

async function lastOf(scanners: AsyncGenerator<CsvScanner>): Promise<CsvScanner> {
  let last: CsvScanner | undefined;
  for await (const scanner of scanners) last = scanner;
  return last!;
}
