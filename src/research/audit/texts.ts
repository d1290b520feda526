/** Texts without their rows of later times: delimited lines, JSON in any form, a JSON value a line, and lists of numbers in code. */
import type { Column, Later } from './rows.ts';

/** A file without later rows. */
export interface Kept<T> {
  readonly content: T;
  /** Whether no row was left, so that its reader may fail. */
  readonly isEmpty: boolean;
}

/** A text without its later rows; undefined where it has none, or none that can be told. */
export function textUntil(text: string, later: Later): Kept<string> | undefined {
  const start = text.trimStart();
  if (start.startsWith('[') || start.startsWith('{')) {
    const value = parsed(text);
    if (value !== undefined) return jsonUntil(value, later);
  }
  return linesUntil(text, later);
}

/** Code whose lists of numbers have no later ones. */
export function codeUntil(code: string, later: Later): Kept<string> | undefined {
  const content = code.replaceAll(/\[[-\d\s.,eE+_]{100,}\]/g, (list) => {
    const values = list.slice(1, -1).split(',').filter((one) => one.trim() !== ''); // prettier-ignore
    const isLater = later.rowsOf([(row) => Number(values[row]!.trim().replaceAll('_', ''))], values.length);
    const kept = isLater === undefined ? values : values.filter((_, row) => !isLater(row));
    if (kept.length === values.length) return list;
    return `[${kept.join(',')}]`;
  });
  return content === code ? undefined : { content, isEmpty: false };
}

function linesUntil(text: string, later: Later): Kept<string> | undefined {
  const lines = text.split('\n');
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
  const second = lines[1] ?? '';
  const delimiter = [',', ';', '\t', '|'].find((one) => second.includes(one)) ?? ',';
  const cells =
    second.startsWith('{') || second.startsWith('[')
      ? (line: string): readonly unknown[] => cellsOf(parsed(line)) // prettier-ignore
      : (line: string): readonly unknown[] => line.split(delimiter);
  const columns = cells(second).map(
    (_, k): Column =>
      (row) =>
        cells(lines[row]!)[k],
  );
  // The first line may be a header, which has no time and stays.
  const isLater = later.rowsOf(columns, lines.length, 1);
  if (isLater === undefined) return undefined;
  const kept = lines.filter((_, row) => (row === 0 && isHeader(cells(lines[0]!))) || !isLater(row));
  if (kept.length === lines.length) return undefined;
  return { content: `${kept.join('\n')}${text.endsWith('\n') ? '\n' : ''}`, isEmpty: kept.length < 2 };
}

function isHeader(cells: readonly unknown[]): boolean {
  return cells.every((cell) => typeof cell === 'string' && Number.isNaN(Number(cell.replaceAll('"', '').slice(0, 4))));
}

function jsonUntil(whole: unknown, later: Later): Kept<string> | undefined {
  let [isCut, isEmpty] = [false, false];
  const keep = (values: readonly unknown[], isLater: (row: number) => boolean): unknown[] => {
    const kept = values.filter((_, row) => !isLater(row));
    isCut ||= kept.length < values.length;
    isEmpty ||= kept.length === 0;
    return kept;
  };
  const cut = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const columns = cellsOf(value[0]).map(
        (_, k): Column =>
          (row) =>
            cellsOf(value[row])[k],
      );
      const isLater = value.length > 1 ? later.rowsOf(columns, value.length) : undefined;
      return isLater !== undefined ? keep(value, isLater) : value.length <= sections ? value.map(cut) : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    // Lists of one length are the columns of a table.
    const entries = Object.entries(value) as [string, unknown][];
    const lengths = new Set(entries.flatMap(([, one]) => (Array.isArray(one) && one.length > 1 ? [one.length] : [])));
    const tables = new Map<number, (row: number) => boolean>();
    for (const length of lengths) {
      const lists = entries.flatMap(([, one]) =>
        Array.isArray(one) && one.length === length ? [one as unknown[]] : [],
      );
      const isLater = later.rowsOf(lists.map((list) => (row) => list[row]), length); // prettier-ignore
      if (isLater !== undefined) tables.set(length, isLater);
    }
    return Object.fromEntries(
      entries.map(([name, one]) => {
        const isLater = Array.isArray(one) ? tables.get(one.length) : undefined;
        return [name, isLater === undefined ? cut(one) : keep(one as unknown[], isLater)];
      }),
    );
  };
  const content = JSON.stringify(cut(whole));
  return isCut ? { content, isEmpty } : undefined;
}

/** Longer lists are rows, and hold no tables. */
const sections = 1_000;

function cellsOf(row: unknown): readonly unknown[] {
  return typeof row === 'object' && row !== null ? Object.values(row) : [row];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
