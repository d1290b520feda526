/** Reads lines of bytes into columns of numbers, exactly. */
import { barColumnNames, barOpen, DataError, lowerBound, summedColumnNames, type Timeframe } from '../../core/index.ts';
import { daySlot, symbolSlot } from './columns.ts';
import { CsvFaults, noValue } from './faults.ts';
import { GrowingBars } from './growing-bars.ts';
import type { CsvScanOptions } from './scan-options.ts';
import {
  clockOfBytes,
  dayOf,
  isNumeric,
  isoTimeOfBytes,
  leastTelling,
  likelyTimeFormat,
  timeOfNumber,
  timeOfText,
  unitOf,
  unitRanges,
  type TimeUnit,
} from './cells.ts';
import { BarCheck, type BarFault } from '../checks/bar-check.ts';
import { plainNumber } from '../checks/plain-number.ts';
import type { Zone } from '../timeframes/wall-clock.ts';

const [lf, verticalTab, cr, quote, comment, dot] = [10, 11, 13, 34, 35, 46];
const powersOfTen = Float64Array.from({ length: 19 }, (_, i) => Number(`1e${i}`));
/** Above it a whole number may not be exact in a double. */
const exactLimit = 2 ** 53;
const utf8 = new TextDecoder();

/** The value of 10 to 18 digits whose value modulo 2^32 is known; NaN for more digits. */
function wideNumber(bytes: Uint8Array, from: number, to: number, wrapped: number): number {
  if (to - from > 18) return NaN;
  let head = 0;
  for (let i = from; i < to - 9; i++) head = (Math.imul(head, 10) + bytes[i]! - 48) | 0;
  return head * 1e9 + ((wrapped - Math.imul(head, 1e9)) >>> 0);
}

/**
 * Reads digits with at most one point among them into `column[row]`. Returns where they end, or -1 if the text is not a plain
 * decimal that a double holds exactly.
 */
function readPlain(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
  let p = from;
  let wrapped = 0;
  let digit = bytes[p]! ^ 48;
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
  if (digits === 0 || !(mantissa < exactLimit)) return -1;
  column[row] = mantissa / scale;
  return p;
}

/** A row from which on times are counted in another unit. */
export interface UnitChange {
  readonly line: number;
  readonly from: TimeUnit;
  readonly to: TimeUnit;
  /** Whether `from` is what the column's name says, and no row had it. */
  readonly isNamed: boolean;
}

/** The first column of a size rather than a price. */
const firstVolume = barColumnNames.indexOf('volume');
/** The first column of which a row may lack the value. */
const firstLatest = barColumnNames.length + summedColumnNames.length;

/**
 * Turns the lines of a CSV file into columns.
 *
 * A plain decimal is an integer below 2^53 over a power of ten up to 10^18. Both are exact in a double, so one division
 * gives the double nearest to the text; anything else is left to `Number`.
 */
export class CsvScanner {
  /** The bars in the range, not yet taken. */
  readonly bars: GrowingBars;
  /** The line of each bar, where bars are gathered. */
  readonly lines: number[] = [];
  readonly unitChanges: UnitChange[] = [];
  /** The line that was read last, from 1. */
  line: number;
  /** Whether a bar at or after the end of the range was read: no more are needed. */
  ended = false;
  /** Opens of the first and the last bar read, in the range or not; NaN before the first. */
  firstTime = NaN;
  lastTime = NaN;
  readonly #options: CsvScanOptions;
  readonly #faults: CsvFaults;
  readonly #check: BarCheck;
  /** Whether times, and other numbers, may be read by the fast path over the bytes. */
  readonly #hasPlainTimes: boolean;
  readonly #hasPlainNumbers: boolean;
  readonly #symbol: Uint8Array | undefined;
  /** The unit of times, and the values that it can have. */
  #unit: TimeUnit = 'ms';
  #low = -Infinity;
  #high = leastTelling;
  #isUnitSet = false;
  /** Whether the unit is what the column's name says, and no row has been read yet. */
  #isUnitNamed = false;
  /** The last time read, as it stands in the file, where times are local. */
  #lastLocal = NaN;
  /** Where the first of two cells stands that make a time; undefined between rows. */
  #half: readonly [from: number, to: number] | undefined;
  /** The day that was read last. */
  #dayText = new Uint8Array(0);
  #day = NaN;
  /** Rows of the present block before which there is a line that is not a bar, to compute the line of a fault. */
  #others: number[] = [];

  constructor(options: CsvScanOptions, linesBefore: number, capacity: number) {
    this.#options = options;
    this.line = linesBefore;
    this.#faults = new CsvFaults(options);
    this.#check = new BarCheck(options.frame);
    this.#hasPlainNumbers = options.decimal === '.' && options.thousands === undefined;
    this.#hasPlainTimes = isNumeric(options.timeFormat);
    this.#symbol = options.symbol === undefined ? undefined : new TextEncoder().encode(options.symbol);
    if (options.timeFormat !== 'auto' && isNumeric(options.timeFormat)) this.#setUnit(options.timeFormat as TimeUnit);
    else if (options.timeFormat === 'auto' && options.layout.unit !== undefined) {
      this.#setUnit(options.layout.unit);
      this.#isUnitNamed = true;
    }
    const extra = Array.from(options.layout.slots).filter((slot) => slot >= barColumnNames.length);
    this.bars = new GrowingBars([...barColumnNames.keys(), ...extra], capacity);
  }

  /** Reads `bytes[0, end)`, which must be whole lines, each with its line feed. */
  scan(bytes: Uint8Array, end: number): void {
    const first = this.bars.length;
    const firstLine = this.line + 1;
    this.#others = [];
    try {
      this.#readLines(bytes, end);
    } catch (error) {
      // A fault in a row above the unreadable one is reported first.
      this.#settle(first, firstLine);
      throw error;
    }
    this.#settle(first, firstLine);
  }

  /** One function for all rows, with what it needs in local variables: most of the time of a file is spent here. */
  #readLines(bytes: Uint8Array, end: number): void {
    const { bars } = this;
    const { delimiter, layout, isGathering } = this.#options;
    const { slots } = layout;
    const last = slots.length - 1;
    const firstPlain = this.#hasPlainNumbers ? (this.#hasPlainTimes ? 0 : 1) : 1 << 30;
    let { columns, length: row } = bars;
    for (let p = 0; p < end;) {
      const line = ++this.line;
      const first = bytes[p]!;
      if (first <= comment || first === delimiter) {
        const next = this.#afterOther(bytes, p);
        if (next > 0) {
          p = next;
          this.#others.push(row);
          continue;
        }
      }
      if (row === bars.room) {
        bars.grow();
        columns = bars.columns;
      }
      let isWanted = true;
      for (let field = 0; field <= last; field++) {
        const slot = slots[field]!;
        const begin = p;
        if (slot >= firstPlain) p = readPlain(bytes, p, columns[slot]!, row);
        else if (slot === -1 && bytes[p] !== quote) while (bytes[p] !== delimiter && bytes[p] !== lf) p++;
        else p = -1;
        let after = p < 0 ? cr : bytes[p]!;
        if (after === cr && p >= 0 && bytes[p + 1] === lf) after = bytes[++p]!;
        if (after !== delimiter && after !== lf) {
          if (slot === symbolSlot) isWanted = this.#isWanted(bytes, begin);
          p = this.#readCell(bytes, begin, slot, isWanted);
          after = bytes[p]!;
        }
        if ((after === lf) !== (field === last)) p = this.#endOfRow(bytes, p, field);
        p++;
      }
      if (!isWanted) {
        this.#half = undefined;
        this.#others.push(row);
        continue;
      }
      if (isGathering) this.lines.push(line);
      bars.length = ++row;
    }
  }

  /** The end of a line that is not a bar: blank, only empty cells, or a comment; -1 for any other line. */
  #afterOther(bytes: Uint8Array, from: number): number {
    const { delimiter } = this.#options;
    if (bytes[from] === comment) return bytes.indexOf(lf, from) + 1;
    let p = from;
    while (bytes[p] !== lf && (bytes[p]! <= 32 || bytes[p] === delimiter)) p++;
    return bytes[p] === lf ? p + 1 : -1;
  }

  /** The line feed of a row whose cells beyond the last one are empty. */
  #endOfRow(bytes: Uint8Array, from: number, field: number): number {
    let p = from;
    while (bytes[p] !== lf && (bytes[p] === this.#options.delimiter || bytes[p] === 32 || bytes[p] === cr)) p++;
    if (bytes[p] !== lf || bytes[from] === lf) throw this.#faults.ragged(this.line, bytes, from, field);
    return p;
  }

  /** Whether the symbol in the cell that begins at `from` is the one to read. */
  #isWanted(bytes: Uint8Array, from: number): boolean {
    const symbol = this.#symbol;
    if (symbol === undefined) return true;
    const begin = bytes[from] === quote ? from + 1 : from;
    for (let i = 0; i < symbol.length; i++) if (bytes[begin + i] !== symbol[i]) return false;
    const after = bytes[begin + symbol.length]!;
    return after === this.#options.delimiter || after === lf || after === cr || after === quote;
  }

  /** Converts the times of the rows from `first` on; checks these rows and keeps those in the range, unless bars are gathered. */
  #settle(first: number, firstLine: number): void {
    const bars = this.bars;
    const options = this.#options;
    const time = bars.columns[0]!;
    if (bars.length === first) return;
    if (this.#hasPlainTimes) this.#convert(time, first, firstLine);
    if (options.zone !== undefined) this.#tellHoursApart(time, first, options.zone);
    if (options.stamped === 'close') openTimes(time, first, bars.length, options.frame);
    if (options.isGathering) {
      if (Number.isNaN(this.firstTime)) this.firstTime = time[first]!;
      this.lastTime = time[bars.length - 1]!;
      return;
    }
    const at = this.#check.firstFault(bars.view(), first, bars.length);
    if (at >= 0) throw this.#broken(at, this.#lineOf(at, first, firstLine));
    if (Number.isNaN(this.lastTime)) this.firstTime = time[first]!;
    this.lastTime = time[bars.length - 1]!;
    this.ended = this.lastTime >= options.end;
    const times = time.subarray(first, bars.length);
    const to = this.ended ? lowerBound(times, options.end) : times.length;
    bars.length = first + to;
    bars.remove(first, Math.min(to, lowerBound(times, options.start)));
  }

  /**
   * Resolves local times of the hour that occurs twice when clocks go back: the later rows belong to the second pass. Where the file has
   * only one pass, it is read as the first.
   */
  #tellHoursApart(time: Float64Array, first: number, zone: Zone): void {
    const { isDescending } = this.#options;
    let before = this.#lastLocal;
    for (let i = first; i < this.bars.length; i++) {
      const at = time[i]!;
      if (!isDescending && at <= before) {
        const second = zone.secondOf(at);
        if (second !== undefined && second > before) time[i] = second;
      } else if (isDescending && at >= before) {
        // The rows above belonged to the second pass.
        for (let k = i - 1; k >= 0; k--) {
          const second = zone.secondOf(time[k]!);
          if (second === undefined) break;
          time[k] = second;
        }
      }
      before = time[i]!;
    }
    this.#lastLocal = before;
  }

  /** Converts times to milliseconds; the unit is determined for every row. */
  #convert(time: Float64Array, first: number, firstLine: number): void {
    const { length } = this.bars;
    for (let i = first; i < length;) {
      // Rows of one unit, and milliseconds need no conversion; Infinity and NaN are left to the check.
      const [low, high] = [Math.max(this.#low, leastTelling), this.#high];
      const isMs = this.#unit === 'ms';
      for (; i < length; i++) {
        const value = time[i]!;
        if (!(value >= low && value < high)) break;
        if (!isMs || Math.floor(value) !== value) time[i] = timeOfNumber(value, this.#unit);
      }
      if (i === length) break;
      const value = time[i]!;
      if (value >= this.#high || (value < this.#low && value >= leastTelling)) {
        this.#isUnitNamed &&= i === first;
        this.#changeUnit(value, this.#lineOf(i, first, firstLine));
      }
      this.#isUnitNamed = false;
      time[i++] = timeOfNumber(value, this.#unit);
    }
    this.#isUnitNamed = false;
  }

  /** Switches to another unit from here on, or refuses it where the unit was given. */
  #changeUnit(value: number, line: number): void {
    const unit = unitOf(value);
    if (unit === undefined) return;
    if (this.#options.timeFormat !== 'auto') {
      this.line = line;
      throw this.#faults.wrongTimeFormat(this.line, String(value), unit);
    }
    if (this.#isUnitSet) this.unitChanges.push({ line, from: this.#unit, to: unit, isNamed: this.#isUnitNamed });
    this.#setUnit(unit);
  }

  #setUnit(unit: TimeUnit): void {
    this.#unit = unit;
    [this.#low, this.#high] = unitRanges[unit];
    this.#isUnitSet = true;
  }

  /** The line of a row of the present block. */
  #lineOf(row: number, first: number, firstLine: number): number {
    if (this.#options.isGathering) return this.lines[row]!;
    return firstLine + row - first + this.#others.filter((other) => other <= row).length;
  }

  /** Reads a cell that is quoted, skipped, a time written as a date, or not a plain decimal; returns where it ends. */
  #readCell(bytes: Uint8Array, from: number, slot: number, isWanted: boolean): number {
    const { delimiter, timeFormat, zone } = this.#options;
    const isQuoted = bytes[from] === quote;
    let to = from + (isQuoted ? 1 : 0);
    if (isQuoted) {
      while (bytes[to] !== lf && (bytes[to] !== quote || bytes[to + 1] === quote)) {
        if (bytes[to] === verticalTab) this.#countLineInside();
        to += bytes[to] === quote ? 2 : 1;
      }
      if (bytes[to] === lf)
        throw this.#faults.error(this.line, slot, 'the quote is not closed on its line', 'open-quote');
    } else while (bytes[to] !== delimiter && bytes[to] !== lf) to++;
    let next = isQuoted ? to + 1 : to;
    while (isQuoted && bytes[next] !== delimiter && bytes[next] !== lf) next++;
    if ((slot < 0 && slot !== daySlot) || !isWanted) return next;
    const first = isQuoted ? from + 1 : from;
    if (!isQuoted && bytes[to] === lf && bytes[to - 1] === cr) to--;
    if (slot === daySlot || (slot === 0 && this.#options.layout.hasDay)) {
      this.#readHalf(bytes, first, to, slot);
      return next;
    }
    let value = slot === 0 && timeFormat === 'iso' && zone === undefined ? isoTimeOfBytes(bytes, first, to) : NaN;
    if (Number.isNaN(value)) value = this.#readText(utf8.decode(bytes.subarray(first, to)).trim(), slot);
    this.bars.columns[slot]![this.bars.length] = value;
    return next;
  }

  /** A line end inside quotes: the rows after this one stand a line lower. */
  #countLineInside(): void {
    this.line++;
    this.#others.push(this.bars.length + 1);
  }

  /** Takes the cell of the day or of the time of day; the second of the two sets the time of the row. */
  #readHalf(bytes: Uint8Array, from: number, to: number, slot: number): void {
    const half = this.#half;
    if (half === undefined) {
      this.#half = [from, to];
      return;
    }
    this.#half = undefined;
    const [dayFrom, dayTo, clockFrom, clockTo] = slot === daySlot ? [from, to, ...half] : [...half, from, to];
    const day = this.#dayOfBytes(bytes, dayFrom, dayTo);
    const clock = clockOfBytes(bytes, clockFrom, clockTo);
    const { zone } = this.#options;
    let value = zone === undefined ? day * 86_400_000 + clock : zone.momentOf(day, clock);
    if (!(value === value)) {
      const [date, time] = [bytes.subarray(dayFrom, dayTo), bytes.subarray(clockFrom, clockTo)];
      value = this.#readText(`${utf8.decode(date).trim()} ${utf8.decode(time).trim()}`, 0);
    }
    this.bars.columns[0]![this.bars.length] = value;
  }

  /** The number of the day in a cell; rows of one day follow each other. */
  #dayOfBytes(bytes: Uint8Array, from: number, to: number): number {
    const known = this.#dayText;
    let isKnown = known.length === to - from;
    for (let i = 0; isKnown && i < known.length; i++) isKnown = known[i] === bytes[from + i];
    if (isKnown) return this.#day;
    this.#dayText = bytes.slice(from, to);
    this.#day = dayOf(utf8.decode(this.#dayText).trim(), this.#options.timeFormat);
    return this.#day;
  }

  #readText(cell: string, slot: number): number {
    const { timeFormat, zone, takesUnreadable } = this.#options;
    const isText = slot === 0 && !isNumeric(timeFormat);
    const value = isText
      ? timeOfText(cell, timeFormat, zone)
      : plainNumber(slot === 0 ? cell : this.#pointed(cell, slot));
    if (!Number.isNaN(value)) return value;
    if (takesUnreadable && slot > 0 && noValue.test(cell)) return NaN;
    // Before its first value, funding or open interest is unknown.
    if (slot >= firstLatest && noValue.test(cell)) return NaN;
    const likely = slot === 0 ? likelyTimeFormat(cell) : undefined;
    if (likely !== undefined && likely !== timeFormat) throw this.#faults.wrongTimeFormat(this.line, cell, likely);
    throw this.#faults.unreadable(this.line, cell, slot);
  }

  /** A number with a point for its decimals, no groups, no currency sign, and no K or M in a volume. */
  #pointed(given: string, slot: number): string {
    const { decimal, thousands } = this.#options;
    const cell = /^[$€£¥]/.test(given) ? given.slice(1).trim() : given;
    const scale = slot < firstVolume ? undefined : /^([\d.,]+)([KMB])$/.exec(cell);
    if (scale !== undefined && scale !== null) {
      const size = plainNumber(this.#pointed(scale[1]!, slot));
      return String(Number((size * { K: 1e3, M: 1e6, B: 1e9 }[scale[2] as 'K' | 'M' | 'B']).toPrecision(15)));
    }
    if (decimal === '.' && thousands === undefined) return cell;
    const groups = thousands === ' ' ? /[ \u00a0\u202f]/g : (thousands ?? '');
    const whole = thousands === undefined ? cell : cell.replaceAll(groups, '');
    return decimal === '.' ? whole : whole.includes('.') ? 'no number' : whole.replace(decimal, '.');
  }

  /** The error for a gathered bar that is not sound. @param isNextFile - Whether it is where the bars of another file end. */
  faultAt(row: number, fault: BarFault, isNextFile: boolean): DataError {
    this.line = this.lines[row]!;
    return this.#faults.bar(this.line, fault, isNextFile);
  }

  #broken(row: number, line: number): DataError {
    const bars = this.bars.view();
    this.line = line;
    if (Number.isNaN(bars.time[row]))
      return this.#faults.error(this.line, 0, 'the time is not a whole number of milliseconds', 'not-finite');
    const fault = this.#check.fault(bars, row);
    return this.#faults.bar(this.line, fault);
  }
}

/** The opens of bars that are stamped with their close: the next bar's open, or the millisecond before it. */
function openTimes(time: Float64Array, from: number, to: number, frame: Timeframe): void {
  for (let i = from; i < to; i++) {
    const close = time[i]! % 1000 === 999 ? time[i]! + 1 : time[i]!;
    time[i] = frame.ms === undefined ? (Number.isNaN(close) ? NaN : barOpen(frame, close - 1)) : close - frame.ms;
  }
}
