/** Makes every row of a CSV file one line: a bare carriage return ends a line, and a line end inside quotes does not. */

const [tab, lf, verticalTab, cr, space, quote, comma, semicolon, pipe] = [9, 10, 11, 13, 32, 34, 44, 59, 124];
/** A longer quoted cell counts as one whose quote is not closed. */
const longestCell = 1 << 16;

/**
 * Prepares bytes in place, so that the scanner finds whole rows between line feeds.
 *
 * A line feed inside quotes becomes a vertical tab, which the scanner counts as a line. Where a quote is not closed, or text follows the
 * closing one, the line feeds stay, and the scanner refuses the line.
 */
export class RowLines {
  /** Whether a quote was seen: from here on line ends may be inside quotes. */
  hasQuotes = false;
  #hasBareReturns: boolean | undefined;
  readonly #delimiter: number;

  constructor(delimiter: string | undefined) {
    this.#delimiter = delimiter?.charCodeAt(0) ?? comma;
  }

  /** Takes the next bytes of the file as they were read. */
  take(bytes: Uint8Array): void {
    this.#hasBareReturns ??= hasBareReturn(bytes);
    if (this.#hasBareReturns) {
      for (let at = bytes.indexOf(cr); at >= 0; at = bytes.indexOf(cr, at + 1)) bytes[at] = lf;
    }
    // A Buffer over the same memory searches many times as fast as the array.
    this.hasQuotes ||= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(quote);
  }

  /** Where the last whole row in `bytes` ends, which begin with a row; 0 if there is none. */
  endOfRows(bytes: Uint8Array, isLast = false): number {
    const end = bytes.lastIndexOf(lf) + 1;
    if (!this.hasQuotes || end === 0) return end;
    for (let open = bytes.indexOf(quote); open >= 0;) {
      if (open > 0 && !this.#endsCell(bytes[open - 1]!)) {
        open = bytes.indexOf(quote, open + 1);
        continue;
      }
      let close = open + 1;
      let hasLineEnd = false;
      for (; close < bytes.length; close++) {
        const byte = bytes[close]!;
        if (byte === lf) hasLineEnd = true;
        else if (byte === quote) {
          if (bytes[close + 1] !== quote) break;
          close++;
        }
      }
      const isShort = close - open <= longestCell;
      const isCut = close >= bytes.length - 1;
      if (isCut && !hasLineEnd && close >= bytes.length) return end;
      if (isCut && isShort && !isLast) return bytes.lastIndexOf(lf, open) + 1;
      const isWhole = isShort && close < bytes.length && this.#endsCell(bytes[close + 1] ?? lf);
      if (hasLineEnd && isWhole) joinLines(bytes, open, close);
      const next = hasLineEnd && !isWhole ? open + 1 : close + 1;
      open = this.#endsCell(bytes[next]!) && bytes[next + 1] === quote ? next + 1 : bytes.indexOf(quote, next);
    }
    return bytes.lastIndexOf(lf) + 1;
  }

  #endsCell(byte: number): boolean {
    return (
      byte === this.#delimiter ||
      byte === comma ||
      byte === lf ||
      byte === cr ||
      byte === semicolon ||
      byte === tab ||
      byte === pipe
    );
  }
}

/** Whether the first line of a file ends with a carriage return alone. */
function hasBareReturn(bytes: Uint8Array): boolean {
  const [first, feed] = [bytes.indexOf(cr), bytes.indexOf(lf)];
  return first >= 0 && (feed < 0 ? first < bytes.length - 1 || bytes.length < 4096 : first < feed - 1);
}

function joinLines(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    if (bytes[i] === lf) bytes[i] = verticalTab;
    else if (bytes[i] === cr) bytes[i] = space;
  }
}

/** Where the last `count` lines of `bytes[0, end)` begin; blank lines do not count. */
export function startOfLastLines(bytes: Uint8Array, end: number, count: number): number {
  let at = end;
  for (let left = count; left > 0 && at > 0;) {
    const start = at < 2 ? 0 : bytes.lastIndexOf(lf, at - 2) + 1;
    if (bytes.subarray(start, at).some((byte) => byte > space)) left--;
    at = start;
  }
  return at;
}

/** The number of line ends inside the quotes of a row. */
export function linesInside(row: Uint8Array): number {
  let count = 0;
  for (const byte of row) if (byte === verticalTab) count++;
  return count;
}
