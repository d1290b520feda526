/** Errors of a line of a CSV file, with the option that lets it be read. */
import { barColumnNames, DataError } from '../../core/index.ts';
import type { BarFault } from '../checks/bar-check.ts';
import { isNumeric, type CsvTimeFormat } from './cells.ts';
import { csvColumnNames } from './columns.ts';
import type { CsvScanOptions } from './scan-options.ts';

const [lf, comma] = [10, 44];
const utf8 = new TextDecoder();

/** Texts that stand for "no value". */
export const noValue = /^(?:|nan|null|none|n\/?a|nil|-|--)$/i;

/** Makes the errors of one file: each names the file, the line, the column and the flag that helps. */
export class CsvFaults {
  readonly #options: CsvScanOptions;

  constructor(options: CsvScanOptions) {
    this.#options = options;
  }

  /** The error for a cell that is not a number or a time. */
  unreadable(line: number, cell: string, slot: number): DataError {
    const { timeFormat } = this.#options;
    const isText = slot === 0 && !isNumeric(timeFormat);
    const wanted = isText ? (timeFormat === 'iso' ? 'an ISO 8601 time' : `a time in ${timeFormat}`) : 'a number';
    const without = slot < barColumnNames.length ? '' : `; columns: { ${csvColumnNames[slot]}: false } leaves it out`;
    const seen = cell === '' ? `the cell is empty` : `'${cell}' is not ${wanted}`;
    const isLineOfText = slot === 0 && /^[a-z]/i.test(cell);
    const skip = isLineOfText ? '; lines of text at the end are left out with skipEnd (--skip-end 1)' : '';
    return this.error(line, slot, seen + without + skip + this.#hintFor(cell, slot), 'unparsable');
  }

  /** The option for a cell that is not a number. */
  #hintFor(cell: string, slot: number): string {
    if (slot === 0 || slot >= barColumnNames.length) return '';
    if (noValue.test(cell))
      return `; leave such rows out with validation: { nonFinite: 'drop' } (--policy nonFinite=drop)`;
    const [, group, point] = /^[+-]?\d{1,3}(?:([,.' \u00a0\u202f])\d{3})+(?:([.,])\d*)?$/.exec(cell) ?? [];
    const sign = group !== undefined && /[\u00a0\u202f]/.test(group) ? ' ' : group;
    if (sign !== undefined && point === ',') {
      return `; set decimal: ',' and thousands: '${sign}' (--decimal , --thousands '${sign}')`;
    }
    if (/^[+-]?\d+,\d+$/.test(cell) && this.#options.decimal !== ',') {
      const isGroup = /^[+-]?\d{1,3},\d{3}$/.test(cell);
      const other = isGroup ? `, or if it is a group of digits thousands: ',' (--thousands ,)` : '';
      return `; is that a decimal comma? set decimal: ',' (--decimal ,)${other}`;
    }
    return sign === undefined ? '' : `; set thousands: '${sign}' (--thousands '${sign}')`;
  }

  /** The error for a time in another format than the one that is read. */
  wrongTimeFormat(line: number, cell: string, likely: CsvTimeFormat): DataError {
    const unit: Readonly<Record<string, string>> = {
      ms: 'milliseconds',
      s: 'seconds',
      us: 'microseconds',
      ns: 'nanoseconds',
      iso: 'an ISO 8601 time',
      'd/m/y': 'a date with day or month first',
      'm/d/y': 'a date with the month first',
    };
    const { timeFormat } = this.#options;
    const seen =
      timeFormat === 'auto'
        ? `'${cell}' looks like ${unit[likely]!}, and the times above are numbers`
        : `'${cell}' looks like ${unit[likely]!}, and timeFormat is '${timeFormat}'`;
    const other = likely === 'd/m/y' ? " or 'm/d/y'" : '';
    const hint = `set timeFormat: '${likely}'${other} (--time-format ${likely})`;
    return this.error(line, 0, `${seen}: ${hint}`, 'time-format', { timeFormat: likely });
  }

  /** The error for a bar that is not sound. @param isNextFile - Whether it is the first of its file, after those of another. */
  bar(line: number, fault: BarFault, isNextFile = false): DataError {
    const isTime = fault.code === 'disorder' || fault.code === 'duplicate-time';
    const apart = isNextFile && isTime ? '; files of several symbols need a name each (--csv btc=BTC.csv)' : '';
    return this.error(
      line,
      csvColumnNames.indexOf(fault.column),
      fault.message + apart + this.#hintOf(fault),
      fault.code,
    );
  }

  /** The policy that settles a fault. */
  #hintOf({ code }: BarFault): string {
    if (code === 'duplicate-time') {
      if (this.#options.layout.hasSymbols) return '; choose one symbol with symbolColumn (--symbol-column symbol)';
      return `; choose with validation: { duplicates: 'keepFirst' } or 'keepLast' (--policy duplicates=keepLast)`;
    }
    if (code !== 'disorder') return '';
    return `; a file with the newest first needs order: 'descending' (--order descending), any other validation: { disorder: 'sort' } (--policy disorder=sort)`;
  }

  /** The error for a row with too few cells, or too many. @param end - Where the row ended. @param field - The cell that ended it. */
  ragged(line: number, bytes: Uint8Array, end: number, field: number): DataError {
    const wanted = this.#options.layout.slots.length;
    if (bytes[end] === lf) {
      const slot = this.#options.layout.slots[field + 1]!;
      const start = bytes.lastIndexOf(lf, Math.max(0, end - 1)) + 1;
      const isText = field === 0 && !/^["\d.+-]/.test(utf8.decode(bytes.subarray(start, start + 1)));
      const hint = isText
        ? '; leave lines out at the end with skipEnd (--skip-end 1), above with skipLines (--skip-lines 1)'
        : '';
      return this.error(line, slot, `the row ends after ${field + 1} of ${wanted} cells${hint}`, 'ragged-row');
    }
    const hint =
      this.#options.delimiter === comma
        ? '; numbers with commas must be quoted, or the cells separated by another sign'
        : '';
    return this.error(line, -1, `the row has more than the ${wanted} cells of the first line${hint}`, 'ragged-row');
  }

  /** The error for a cell. @param slot - Slot of its column; -1 for the whole row. */
  error(
    line: number,
    slot: number,
    what: string,
    code: string,
    more: Readonly<Record<string, string>> = {},
  ): DataError {
    const { path, layout } = this.#options;
    const label = layout.labels[slot];
    const place = label === undefined ? '' : `, column '${label}'`;
    return new DataError(`${path} line ${line}${place}: ${what}`, {
      code,
      context: { file: path, line, column: label, ...more },
    });
  }
}
