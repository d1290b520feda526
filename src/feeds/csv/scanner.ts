/** Reads lines of bytes into columns of numbers, exactly. */
import { barColumnNames, DataError, lowerBound, parseIsoTime, type Timeframe } from '../../core/index.ts';
import { csvColumnNames, type CsvLayout } from './columns.ts';
import { GrowingBars } from './growing-bars.ts';
import { isoTimeOfBytes, likelyTimeFormat, parseCsvNumber, timeOfNumber, type CsvTimeFormat } from './cells.ts';
import { BarCheck } from '../checks/bar-check.ts';

const [lf, cr, quote, dot] = [10, 13, 34, 46];
const powersOfTen = Float64Array.from({ length: 19 }, (_, i) => Number(`1e${i}`));
/** Above it a whole number may not be exact in a double. */
const exactLimit = 2 ** 53;
const utf8 = new TextDecoder();

/** The value of 10 to 18 digits, of which the value modulo 2^32 is known; NaN for more digits. */
function wideNumber(bytes: Uint8Array, from: number, to: number, wrapped: number): number {
  if (to - from > 18) return NaN;
  let head = 0;
  for (let i = from; i < to - 9; i++) head = (Math.imul(head, 10) + bytes[i]! - 48) | 0;
  return head * 1e9 + ((wrapped - Math.imul(head, 1e9)) >>> 0);
}

/** What the scanner is told about the file. */
export interface CsvScanOptions {
  readonly path: string;
  readonly layout: CsvLayout;
  /** As a byte. */
  readonly delimiter: number;
  readonly timeFormat: CsvTimeFormat;
  readonly frame: Timeframe;
  /** Bars with `start <= time < end` are kept; every bar up to the first at or after `end` is checked. */
  readonly start: number;
  readonly end: number;
}

/**
 * Turns the lines of a CSV file into columns.
 *
 * A plain decimal is an integer below 2^53 over a power of ten up to 10^18. Both are exact in a double, so one division
 * gives the double nearest to the text; anything else is left to `Number`.
 */
export class CsvScanner {
  /** The bars in the range, not yet taken. */
  readonly bars: GrowingBars;
  /** The line that was read last, from 1. */
  line: number;
  /** Whether a bar at or after the end of the range has come: nothing more is wanted. */
  ended = false;
  /** Opens of the first and the last bar read, in the range or not; NaN before the first. */
  firstTime = NaN;
  lastTime = NaN;
  private readonly options: CsvScanOptions;
  private readonly check: BarCheck;
  /** Rows before which the present block has a blank line; found again only to name the line of a fault. */
  private blanks: number[] = [];

  constructor(options: CsvScanOptions, linesBefore: number, capacity: number) {
    this.options = options;
    this.line = linesBefore;
    this.check = new BarCheck(options.frame);
    const extra = Array.from(options.layout.slots).filter((slot) => slot >= barColumnNames.length);
    this.bars = new GrowingBars([...barColumnNames.keys(), ...extra], capacity);
  }

  /** Reads `bytes[0, end)`, which must be whole lines, each with its line feed. */
  scan(bytes: Uint8Array, end: number): void {
    const first = this.bars.length;
    const firstLine = this.line + 1;
    this.blanks = [];
    try {
      this.readLines(bytes, end);
    } catch (error) {
      // Rows above the one that cannot be read come first, if one of them is at fault.
      this.settle(first, firstLine);
      throw error;
    }
    this.settle(first, firstLine);
  }

  private readLines(bytes: Uint8Array, end: number): void {
    const { bars } = this;
    const { delimiter, timeFormat, layout } = this.options;
    const { slots } = layout;
    const last = slots.length - 1;
    const isIso = timeFormat === 'iso';
    let { columns, length: row } = bars;
    let p = 0;
    while (p < end) {
      this.line++;
      if (bytes[p] === lf || (bytes[p] === cr && bytes[p + 1] === lf)) {
        p += bytes[p] === lf ? 1 : 2;
        this.blanks.push(row);
        continue;
      }
      if (row === bars.room) {
        bars.grow();
        columns = bars.columns;
      }
      for (let field = 0; field <= last; field++) {
        const slot = slots[field]!;
        const from = p;
        let c = bytes[p]!;
        let isDone = false;
        if (slot > 0 || (slot === 0 && !isIso)) {
          let wrapped = 0;
          let digit = c ^ 48;
          while (digit <= 9) {
            wrapped = (Math.imul(wrapped, 10) + digit) | 0;
            digit = bytes[++p]! ^ 48;
          }
          let mantissa = p - from > 9 ? wideNumber(bytes, from, p, wrapped) : wrapped;
          let scale = 1;
          let digits = p - from;
          if (bytes[p] === dot) {
            const point = ++p;
            wrapped = 0;
            digit = bytes[p]! ^ 48;
            while (digit <= 9) {
              wrapped = (Math.imul(wrapped, 10) + digit) | 0;
              digit = bytes[++p]! ^ 48;
            }
            scale = powersOfTen[p - point] ?? NaN;
            mantissa = mantissa * scale + (p - point > 9 ? wideNumber(bytes, point, p, wrapped) : wrapped);
            digits += p - point;
          }
          isDone = digits > 0 && mantissa < exactLimit;
          columns[slot]![row] = mantissa / scale;
          c = bytes[p]!;
        } else if (slot < 0 && c !== quote) {
          while (c !== delimiter && c !== lf) c = bytes[++p]!;
          isDone = true;
        }
        if (c === cr && bytes[p + 1] === lf) c = bytes[++p]!;
        if (!isDone || (c !== delimiter && c !== lf)) {
          p = this.readCell(bytes, from, slot);
          c = bytes[p]!;
        }
        if ((c === lf) !== (field === last)) throw this.ragged(bytes, p, field);
        p++;
      }
      bars.length = ++row;
    }
  }

  /** Checks the rows from `first` on and keeps those in the range. */
  private settle(first: number, firstLine: number): void {
    const { bars, options } = this;
    const time = bars.columns[0]!;
    if (bars.length === first) return;
    if (this.lastTime !== this.lastTime) this.checkTimeUnit(time[first]!, firstLine + this.blanksUpTo(first));
    if (options.timeFormat !== 'iso') {
      for (let i = first; i < bars.length; i++) time[i] = timeOfNumber(time[i]!, options.timeFormat);
    }
    const at = this.check.firstFault(bars.view(), first, bars.length);
    if (at >= 0) throw this.broken(at, firstLine + at - first + this.blanksUpTo(at));
    if (this.lastTime !== this.lastTime) this.firstTime = time[first]!;
    this.lastTime = time[bars.length - 1]!;
    this.ended = this.lastTime >= options.end;
    const times = time.subarray(first, bars.length);
    const to = this.ended ? lowerBound(times, options.end) : times.length;
    bars.length = first + to;
    bars.remove(first, Math.min(to, lowerBound(times, options.start)));
  }

  private blanksUpTo(row: number): number {
    return this.blanks.filter((blank) => blank <= row).length;
  }

  /** Reads a cell that is quoted, not read at all, a time in words, or no plain decimal; returns where it ends. */
  private readCell(bytes: Uint8Array, from: number, slot: number): number {
    const { delimiter, timeFormat } = this.options;
    const isQuoted = bytes[from] === quote;
    let to = from + (isQuoted ? 1 : 0);
    if (isQuoted) {
      while (bytes[to] !== lf && (bytes[to] !== quote || bytes[to + 1] === quote)) to += bytes[to] === quote ? 2 : 1;
      if (bytes[to] === lf) throw this.error(slot, 'the quote is not closed on its line', 'open-quote');
    } else while (bytes[to] !== delimiter && bytes[to] !== lf) to++;
    let next = isQuoted ? to + 1 : to;
    while (isQuoted && bytes[next] !== delimiter && bytes[next] !== lf) next++;
    if (slot < 0) return next;
    const first = isQuoted ? from + 1 : from;
    if (!isQuoted && bytes[to] === lf && bytes[to - 1] === cr) to--;
    let value = slot === 0 && timeFormat === 'iso' ? isoTimeOfBytes(bytes, first, to) : NaN;
    if (value !== value) value = this.readText(utf8.decode(bytes.subarray(first, to)).trim(), slot);
    this.bars.columns[slot]![this.bars.length] = value;
    return next;
  }

  private readText(cell: string, slot: number): number {
    const { timeFormat } = this.options;
    const value = slot === 0 && timeFormat === 'iso' ? parseIsoTime(cell) : parseCsvNumber(cell);
    if (value === value) return value;
    const likely = slot === 0 ? likelyTimeFormat(cell, timeFormat) : undefined;
    if (likely !== undefined && likely !== timeFormat) throw this.wrongTimeFormat(cell, likely);
    const wanted = slot === 0 && timeFormat === 'iso' ? 'an ISO 8601 time' : 'a number';
    const without = slot < barColumnNames.length ? '' : `; columns: { ${csvColumnNames[slot]}: false } leaves it out`;
    const seen = cell === '' ? `the cell is empty` : `'${cell}' is not ${wanted}`;
    throw this.error(slot, seen + without, 'unparsable');
  }

  private checkTimeUnit(value: number, line: number): void {
    const { timeFormat } = this.options;
    if (timeFormat === 'iso') return;
    const likely = likelyTimeFormat(String(value), timeFormat);
    if (likely === undefined || likely === timeFormat) return;
    this.line = line;
    throw this.wrongTimeFormat(String(value), likely);
  }

  private wrongTimeFormat(cell: string, likely: CsvTimeFormat): DataError {
    const unit = { ms: 'milliseconds', s: 'seconds', us: 'microseconds', iso: 'an ISO 8601 time' };
    const { timeFormat } = this.options;
    const seen = `'${cell}' looks like ${unit[likely]}, and timeFormat is '${timeFormat}'`;
    return this.error(0, `${seen}: set timeFormat: '${likely}'`, 'time-format', { timeFormat: likely });
  }

  private broken(row: number, line: number): DataError {
    const bars = this.bars.view();
    this.line = line;
    if (Number.isNaN(bars.time[row]))
      return this.error(0, 'the time is not a whole number of milliseconds', 'not-finite');
    const fault = this.check.fault(bars, row);
    return this.error(csvColumnNames.indexOf(fault.column), fault.message, fault.code);
  }

  private ragged(bytes: Uint8Array, end: number, field: number): DataError {
    const wanted = this.options.layout.slots.length;
    if (bytes[end] === lf) {
      const slot = this.options.layout.slots[field + 1]!;
      return this.error(slot, `the row ends after ${field + 1} of ${wanted} cells`, 'ragged-row');
    }
    return this.error(-1, `the row has more than the ${wanted} cells of the first line`, 'ragged-row');
  }

  private error(slot: number, what: string, code: string, more: Readonly<Record<string, string>> = {}): DataError {
    const { path, layout } = this.options;
    const label = layout.labels[slot];
    const place = label === undefined ? '' : `, column '${label}'`;
    return new DataError(`${path} line ${this.line}${place}: ${what}`, {
      code,
      context: { file: path, line: this.line, column: label, ...more },
    });
  }
}
