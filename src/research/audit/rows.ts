/** Which rows of a table are later than a moment: by a column of times, or by a column of numbers that are those of a data. */
import type { Timeline } from '../../lines/index.ts';

/** A column of a table: its value in each row. */
export type Column = (row: number) => unknown;

/** Rows in which a table is looked at for times. */
const sampleRows = 20;

/** Numbers in a row that are those of a data: fewer may be chance. */
const enough = 20;

/** Rows at which a column is compared with datas, and places of a number in a data that are tried. */
const [trials, places] = [64, 8] as const;

/** Tells rows of tables that are later than a moment. */
export class Later {
  /** The moment, milliseconds UTC. */
  readonly end: number;
  readonly #bars: BarNumbers | undefined;

  /** @param bars - Numbers of the datas. Default: only times tell. */
  constructor(end: number, bars?: BarNumbers) {
    this.end = end;
    this.#bars = bars;
  }

  /** Tells whether a row is later; undefined where no column tells. */
  rowsOf(columns: readonly Column[], count: number, first = 0): ((row: number) => boolean) | undefined {
    const time = columns.find((column) => isTime(column, first, Math.min(count, first + sampleRows)));
    if (time !== undefined) return (row) => timeOf(time(row)) > this.end;
    if (this.#bars === undefined || count < enough) return undefined;
    for (const column of columns) {
      const found = this.#bars.find(Float64Array.from({ length: count }, (_, row) => numberOf(column(row))));
      if (found !== undefined) return (row) => found(row) > this.end;
    }
    return undefined;
  }
}

/** The numbers of datas, by which a copy of them is recognised. */
export class BarNumbers {
  readonly #columns: readonly { readonly values: Float32Array; readonly timeline: Timeline }[];
  readonly #at = new Map<number, [column: number, bar: number][]>();

  constructor(timelines: readonly Timeline[]) {
    this.#columns = timelines.flatMap((timeline) =>
      (['close', 'open', 'high', 'low', 'volume'] as const).map((name) => ({
        values: Float32Array.from(timeline[name].values.subarray(0, timeline.loaded)),
        timeline,
      })),
    );
    for (const [column, { values }] of this.#columns.entries()) {
      values.forEach((value, bar) => {
        const known = this.#at.get(value);
        if (known === undefined) this.#at.set(value, [[column, bar]]);
        else if (known.length < places) known.push([column, bar]);
      });
    }
  }

  /** The close, milliseconds UTC, of the bar that each row has; undefined where the numbers are not those of a data. */
  find(numbers: Float64Array): ((row: number) => number) | undefined {
    const rows = Float32Array.from(numbers);
    for (let k = 0; k < trials; k++) {
      const row = Math.floor((k * rows.length) / trials);
      for (const [column, bar] of this.#at.get(rows[row]!) ?? [])
        for (const step of [1, -1] as const) {
          const { values, timeline } = this.#columns[column]!;
          if (!isRun(rows, row, values, bar, step)) continue;
          return (at) => {
            const found = bar + step * (at - row);
            return found < 0 ? -Infinity : found < timeline.loaded ? timeline.closeAt(found) : Infinity;
          };
        }
    }
    return undefined;
  }
}

/** Whether rows from one on are the values of bars from one on, or backwards, and not always the same. */
function isRun(rows: Float32Array, row: number, values: Float32Array, bar: number, step: 1 | -1): boolean {
  const seen = new Set<number>();
  for (let i = 0; i < enough; i++) {
    const value = rows[row + i];
    if (value === undefined || value !== values[bar + step * i]) return false;
    seen.add(value);
  }
  return seen.size > enough / 4;
}

/** Whether rows have times in their order. */
function isTime(column: Column, from: number, to: number): boolean {
  const times = Array.from({ length: Math.max(0, to - from) }, (_, k) => timeOf(column(from + k)));
  const rises = times.slice(1).map((time, k) => time - times[k]!);
  return (
    times.length > 0 &&
    !times.some(Number.isNaN) &&
    (rises.every((rise) => rise >= 0) || rises.every((rise) => rise <= 0))
  );
}

const [earliest, latest] = [Date.UTC(1990, 0), Date.UTC(2100, 0)];

/** A cell as milliseconds UTC: a date, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970; NaN otherwise. */
function timeOf(cell: unknown): number {
  if (cell instanceof Date) return cell.getTime();
  if (typeof cell !== 'string' && typeof cell !== 'number' && typeof cell !== 'bigint') return NaN;
  const text = String(cell).trim().replaceAll('"', '');
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const time = Date.parse(/^\d{4}-\d\d-\d\d$|Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
    return time;
  }
  if (!/^\d{9,20}(\.\d+)?$/.test(text)) return NaN;
  const number = Number(text);
  return [1_000, 1, 1e-3, 1e-6].map((unit) => number * unit).find((time) => time > earliest && time < latest) ?? NaN;
}

function numberOf(cell: unknown): number {
  if (typeof cell === 'number') return cell;
  return typeof cell === 'string' && cell.trim() !== '' ? Number(cell.trim().replaceAll('"', '')) : NaN;
}
