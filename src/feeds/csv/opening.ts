/** The lines above the first bar of a CSV file: lines to skip, comments, the line that names the delimiter, and the header. */
import { isBarRow, splitLine } from './columns.ts';
import { linesInside } from './row-lines.ts';

/** How the opening of a file is to be read. */
export interface OpeningOptions {
  readonly delimiter: string | undefined;
  readonly decimal: string | undefined;
  /** Whether there is a header; undefined decides by the first line. */
  readonly header: boolean | undefined;
  readonly skipLines: number;
}

/** Takes the lines of a file until the first bar. */
export class CsvOpening {
  delimiter: string | undefined;
  /** The cells of the header, if there is one. */
  header: readonly string[] | undefined;
  /** The line of the header, or of the first bar. */
  line = 1;
  /** Lines taken. */
  taken = 0;
  /** Whether there were only blank and skipped lines. */
  isEmpty = true;
  #toSkip: number;
  /** Names after a comment sign, which are the header if no other follows. */
  #comment: string[] | undefined;
  /** Lines up to the header, its further rows included. */
  #headerEnd = -1;
  readonly #options: OpeningOptions;

  constructor(options: OpeningOptions) {
    this.#options = options;
    this.delimiter = options.delimiter;
    this.#toSkip = options.skipLines;
  }

  /** Takes a line with its line feed; returns the cells of the first bar, which is not taken, and undefined before it. */
  next(bytes: Uint8Array): readonly string[] | undefined {
    const lines = 1 + linesInside(bytes);
    const line = new TextDecoder().decode(bytes).trim();
    const separator = /^"?sep=(.)"?$/i.exec(line)?.[1] ?? (/^"?sep=/i.test(line) ? '\t' : undefined);
    if (this.#toSkip > 0 || line === '' || separator !== undefined) {
      if (separator !== undefined) this.delimiter ??= separator;
      this.#toSkip -= Math.min(this.#toSkip, lines);
      this.taken += lines;
      return undefined;
    }
    this.isEmpty = false;
    const isComment = line.startsWith('#');
    const names = isComment ? bytes.subarray(bytes.indexOf(35) + 1) : bytes;
    const delimiter = this.delimiter ?? guessDelimiter(names, this.#options.decimal);
    const cells = splitLine(names, delimiter);
    if (isComment) {
      const header = cells.map((cell) => cell.trim());
      if (header.some((name) => /^<?(?:open|o|price_open)\b/i.test(name))) {
        this.#comment = header;
        this.line = this.taken + 1;
        this.delimiter ??= delimiter;
      }
      this.taken += lines;
      return undefined;
    }
    this.delimiter ??= delimiter;
    const { header = !isBarRow(cells) } = this.#options;
    if (this.header === undefined && header) {
      this.header = cells;
      this.line = this.taken + 1;
      this.taken += lines;
      this.#headerEnd = this.taken;
      return undefined;
    }
    if (this.header !== undefined && this.taken === this.#headerEnd && isBelowHeader(cells)) {
      // The row of the index has its name, which the header lacks.
      if (cells.slice(1).every((cell) => cell.trim() === '')) this.header = [cells[0]!, ...this.header.slice(1)];
      this.taken += lines;
      this.#headerEnd = this.taken;
      return undefined;
    }
    this.header ??= this.#options.header === false ? undefined : this.#comment;
    if (this.header === undefined) this.line = this.taken + 1;
    return cells;
  }
}

/** Whether a row belongs to the header of a data frame with several rows of names: `Ticker,BTC-USD,BTC-USD` or `Date,,,`. */
function isBelowHeader(cells: readonly string[]): boolean {
  const [first = '', ...others] = cells.map((cell) => cell.trim());
  if (!/^(?:ticker|tickers|symbol|date|datetime|time|timestamp)$/i.test(first) || others.length < 4) return false;
  return others.every((cell) => cell === '') || others.every((cell) => cell === others[0] && !/^[\d.+-]*$/.test(cell));
}

/** The delimiter of a line: a comma, unless another sign occurs at least as often. */
function guessDelimiter(line: Uint8Array, decimal: string | undefined): string {
  const text = new TextDecoder().decode(line).replace(/"[^"]*"/g, '');
  const signs = decimal === ',' ? [';', '\t', '|'] : [';', '\t', '|', ','];
  const counts = signs.map((sign) => [sign, text.split(sign).length] as const);
  const [sign, parts] = counts.reduce((best, one) => (one[1] > best[1] ? one : best));
  return parts > 1 ? sign : ',';
}
