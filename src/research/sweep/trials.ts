/** The trials of a sweep in columns: parameters, score and figures of each. */
import type { Table } from 'apache-arrow';

import { showPlainly } from '../../core/index.ts';
import { loadArrow } from '../../store/index.ts';
import type { TrialParams } from '../search/space.ts';
import type { ChunkOutcome } from './chunk.ts';
import { statNames, type StatName } from './metric.ts';

/** One trial. */
export interface Trial {
  /** Its number, from 0 in the order of the search. */
  readonly number: number;
  /** The parameters that are searched. */
  readonly params: TrialParams;
  /** What it scored; undefined where it has no score. */
  readonly score: number | undefined;
  /** Its figures; those without a meaning are undefined. */
  readonly stats: Readonly<Partial<Record<StatName, number>>>;
  /** Why it failed; undefined where it ran. */
  readonly error: string | undefined;
}

/** Every trial that was run, in the order of the search. */
export class TrialTable implements Iterable<Trial> {
  /** The parameters that were searched. */
  readonly paramNames: readonly string[];
  readonly #params: TrialParams[] = [];
  readonly #errors = new Map<number, string>();
  static {
    showPlainly(TrialTable, ({ paramNames, length, failures }) => ({ paramNames, length, failures }));
  }

  #scores = new Float64Array(64);
  #stats = new Float64Array(64 * statNames.length);

  constructor(paramNames: readonly string[]) {
    this.paramNames = paramNames;
  }

  /** How many trials there are. */
  get length(): number {
    return this.#params.length;
  }

  /** How many of them failed. */
  get failures(): number {
    return this.#errors.size;
  }

  /** The message of the first failure. */
  get firstError(): string | undefined {
    return this.#errors.values().next().value;
  }

  /**
   * Appends the trials that follow the last.
   *
   * @internal
   */
  add(params: readonly TrialParams[], { scores, stats, errors }: Omit<ChunkOutcome, 'returns' | 'first'>): void {
    const from = this.#params.length;
    this.#params.push(...params);
    const to = this.#params.length;
    this.#scores = grown(this.#scores, to);
    this.#stats = grown(this.#stats, to * statNames.length);
    this.#scores.set(scores, from);
    this.#stats.set(stats, from * statNames.length);
    for (const [place, message] of errors) this.#errors.set(from + place, message);
  }

  /** What trial `number` scored; NaN for no score. */
  scoreAt(number: number): number {
    return this.#scores[number] ?? NaN;
  }

  /** The parameters of trial `number`. */
  paramsAt(number: number): TrialParams {
    return this.#params[number]!;
  }

  /** Trial `number`; undefined where there is none. */
  get(number: number): Trial | undefined {
    const params = this.#params[number];
    if (params === undefined) return undefined;
    const width = statNames.length;
    const stats: Partial<Record<StatName, number>> = {};
    statNames.forEach((name, s) => {
      const value = this.#stats[number * width + s]!;
      if (!Number.isNaN(value)) stats[name] = value;
    });
    const score = this.#scores[number]!;
    return { number, params, score: Number.isNaN(score) ? undefined : score, stats, error: this.#errors.get(number) };
  }

  /** Iterates over the trials in the order of the search. */
  *[Symbol.iterator](): Iterator<Trial> {
    for (let k = 0; k < this.length; k++) yield this.get(k)!;
  }

  /** Every trial, as plain data. */
  toJSON(): Trial[] {
    return [...this];
  }

  /** One figure of every trial; NaN where it has no meaning. */
  column(name: StatName | 'score'): Float64Array {
    if (name === 'score') return this.#scores.slice(0, this.length);
    const at = statNames.indexOf(name);
    return Float64Array.from({ length: this.length }, (_, k) => this.#stats[k * statNames.length + at]!);
  }

  /**
   * The best trials, the best first; those without a score are not among them.
   *
   * @param sign - 1 where more is better, -1 where less is.
   */
  ranking(sign: 1 | -1, most = Infinity): Trial[] {
    const order: number[] = [];
    for (let k = 0; k < this.length; k++) if (!Number.isNaN(this.#scores[k]!)) order.push(k);
    order.sort((a, b) => sign * (this.#scores[b]! - this.#scores[a]!) || a - b);
    return order.slice(0, most === Infinity ? order.length : most).map((k) => this.get(k)!);
  }

  /** CSV text with a header: trial, parameters, score, figures, error. */
  toCsv(): string {
    return csvOf([this], false);
  }

  /** An Arrow table of the same columns; values that are no numbers are text. */
  toArrow(): Promise<Table> {
    return arrowOf([this], false);
  }
}

/** The trials of several searches as CSV text, with the number of the search, from 1, in a first column `stretch`. */
export function stretchesToCsv(searches: readonly TrialTable[]): string {
  return csvOf(searches, true);
}

/** The trials of several searches as one Arrow table, with the columns of `stretchesToCsv`. */
export function stretchesToArrow(searches: readonly TrialTable[]): Promise<Table> {
  return arrowOf(searches, true);
}

function csvOf(tables: readonly TrialTable[], isNumbered: boolean): string {
  const names = tables[0]?.paramNames ?? [];
  const lines = [[...(isNumbered ? ['stretch'] : []), 'trial', ...names, 'score', ...statNames, 'error'].join(',')];
  tables.forEach((table, k) => {
    for (const { number, params, score, stats, error } of table) {
      const cells = [
        number,
        ...names.map((name) => params[name]),
        score,
        ...statNames.map((name) => stats[name]),
        error,
      ];
      lines.push((isNumbered ? [k + 1, ...cells] : cells).map(cellOf).join(','));
    }
  });
  return `${lines.join('\n')}\n`;
}

async function arrowOf(tables: readonly TrialTable[], isNumbered: boolean): Promise<Table> {
  const arrow = await loadArrow();
  const trials = tables.flatMap((table, k) => [...table].map((trial) => ({ stretch: k + 1, ...trial })));
  const columns: Record<string, unknown> = {};
  const whole = (values: number[]): unknown => arrow.vectorFromArray(values, new arrow.Int32());
  if (isNumbered) columns['stretch'] = whole(trials.map(({ stretch }) => stretch));
  columns['trial'] = whole(trials.map(({ number }) => number));
  for (const name of tables[0]?.paramNames ?? []) {
    const values = trials.map(({ params }) => params[name]);
    columns[name] = values.every((value) => typeof value === 'number')
      ? arrow.makeVector(Float64Array.from(values))
      : arrow.vectorFromArray(
          values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
          new arrow.Utf8(),
        );
  }
  columns['score'] = arrow.makeVector(Float64Array.from(trials, ({ score }) => score ?? NaN));
  for (const name of statNames)
    columns[name] = arrow.makeVector(Float64Array.from(trials, ({ stats }) => stats[name] ?? NaN));
  columns['error'] = arrow.vectorFromArray(
    trials.map(({ error }) => error ?? ''),
    new arrow.Utf8(),
  );
  return new arrow.Table(columns as unknown as ConstructorParameters<typeof arrow.Table>[0]);
}

function grown(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  if (length <= values.length) return values;
  const next = new Float64Array(Math.max(length, Math.ceil(values.length * 1.5)));
  next.set(values);
  return next;
}

function cellOf(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
