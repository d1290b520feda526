/** Lines that are drawn over themselves on a terminal, never wider or higher than it: a line that wrapped would be left behind. */
import type { Output } from '../shell/command.ts';

/** Columns assumed for a terminal that does not report its width. */
const usualWidth = 80;

export class Redrawn {
  readonly #output: Output;
  #height = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Lines that fit: one row is left for the cursor. */
  get rows(): number {
    return Math.max(1, (this.#output.rows ?? Infinity) - 1);
  }

  /** Columns that a line may take. */
  get columns(): number {
    return Math.max(20, (this.#output.columns ?? usualWidth) - 1);
  }

  /** Draws the lines in place of those before. What does not fit is left out at the end. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.rows).map((line) => cut(line, this.columns));
    // A terminal that was made smaller shows only as many lines of the last drawing as it has rows.
    const height = Math.min(this.#height, this.rows);
    const up = height > 0 ? `\u001b[${height}A` : '';
    this.#output.write(`${up}${shown.map((line) => `\r\u001b[2K${line}`).join('\n')}\n\u001b[0J`);
    this.#height = shown.length;
  }

  /** Leaves the drawing on the terminal: the next one comes below it. */
  leave(): void {
    this.#height = 0;
  }
}

/** How many columns a line takes; colours take none. */
export function columnsOf(line: string): number {
  return line.replace(/\u001b\[[\d;]*m/g, '').match(/./gsu)?.length ?? 0;
}

/** A line in parts of at most `width` columns, divided between words; the later ones begin with `indent` spaces. Colours go on in them. */
export function folded(line: string, width: number, indent: number): string[] {
  if (columnsOf(line) <= width) return [line];
  const parts: string[] = [];
  let part = '';
  for (const word of line.split(/(?<=\S)(?= )/)) {
    if (part === '' || columnsOf(part + word) <= width) part += word;
    else {
      parts.push(part);
      part = ' '.repeat(indent) + word.trimStart();
    }
  }
  return [...parts, part];
}

/** A line of at most `width` columns; colours take none. */
function cut(line: string, width: number): string {
  let room = width;
  return line.replace(/\u001b\[[\d;]*m|./gsu, (part) => (part.length > 2 || room-- > 0 ? part : ''));
}
