/** Rows in aligned columns, drawn by cli-table3 without lines. */
import Table from 'cli-table3';

import { printable } from './printable.ts';

/** No lines between cells: two spaces, the first of them at the left edge. */
const lines = [
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle',
] as const; // prettier-ignore
const noLines = Object.fromEntries(lines.map((name) => [name, '']));

/** How a table is laid out. */
export interface TableLayout {
  /** Spaces before the first column; 0 by default. */
  readonly indent?: number;
  /** By column; left by default. */
  readonly align?: readonly ('left' | 'right')[];
}

/** A text, or a text with its colour. Control characters are shown as escapes, so that foreign text cannot colour the terminal. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

function shownCell(cell: Cell): string {
  return typeof cell === 'string' ? printable(cell) : cell.paint(printable(cell.text));
}

/** The rows as lines, each column as wide as its widest cell, with a line feed at the end. Empty for no rows. */
export function table(rows: readonly (readonly Cell[])[], { indent = 0, align = [] }: TableLayout = {}): string {
  if (rows.length === 0) return '';
  const drawn = new Table({
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: [...align],
  });
  for (const row of rows) drawn.push(row.map(shownCell));
  const text = drawn.toString().split('\n');
  return text.map((line) => `${' '.repeat(indent)}${line.trimEnd()}\n`).join('');
}
