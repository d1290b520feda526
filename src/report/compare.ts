/** Runs beside each other: figures, settings and parameters that differ, trades that only some made. */
import type { KeptRun } from '../store/index.ts';
import type { KeptDetail, KeptTrade } from './keep.ts';
import { metricDefinitions, type MetricDefinition } from './metrics.ts';

/** A run to be compared. */
export interface ComparedRun {
  /** What it is called in the comparison. */
  readonly name: string;
  /** Its row of the registry, as `RunStore.get` or `RunStore.list` returns it. */
  readonly run: KeptRun;
  /** Its equity curve and trades; undefined where the registry keeps none, and then its trades are not compared. */
  readonly detail: KeptDetail | undefined;
}

/** A figure of every run. */
export interface ComparedMetric {
  /** The figure: its key, its unit, and whether more or less is better. */
  readonly metric: MetricDefinition;
  /** The value of each run, in the order of the runs; undefined where the run has none. */
  readonly values: readonly (number | undefined)[];
  /** Positions of the runs with the best value, from 0; empty where neither more nor less is better, or all values are equal. */
  readonly best: readonly number[];
}

/** Something that differs between the runs: a parameter, a setting, the bars, the source, the version. */
export interface Difference {
  /** What differs, such as `param fast`, `bars` or `hash`. */
  readonly name: string;
  /** The value of each run as text, in the order of the runs; `-` where the run has none. */
  readonly values: readonly string[];
}

/** A comparison of runs. */
export interface Comparison {
  /** The runs, in the order given. */
  readonly runs: readonly ComparedRun[];
  /** Every figure of `metricDefinitions`, in its order. */
  readonly metrics: readonly ComparedMetric[];
  /** What differs, parameters first. */
  readonly differences: readonly Difference[];
  /** Of each run, how many of its trades no other run made at the same moments, side and data; undefined where none were kept. */
  readonly ownTrades: readonly (number | undefined)[];
  /** By run, whether each of its kept trades was made by it alone. */
  readonly isOwn: readonly (readonly boolean[])[];
}

/** Compares runs. */
export function compareRuns(runs: readonly ComparedRun[]): Comparison {
  const metrics = metricDefinitions.map((metric): ComparedMetric => {
    const values = runs.map(({ run }) => run.stats[metric.key]);
    return { metric, values, best: bestOf(values, metric.better) };
  });
  const keys = runs.map(({ detail }) => detail && new Set(detail.trades.map(keyOf)));
  const isOwn = runs.map(({ detail }, k) =>
    (detail?.trades ?? []).map((trade) => keys.every((other, at) => at === k || other?.has(keyOf(trade)) !== true)),
  );
  return {
    runs,
    metrics,
    differences: differencesOf(runs),
    ownTrades: runs.map(({ detail }, k) => detail && isOwn[k]!.filter(Boolean).length),
    isOwn,
  };
}

function bestOf(values: readonly (number | undefined)[], better: MetricDefinition['better']): number[] {
  const known = values.filter((value) => value !== undefined);
  if (better === undefined || known.length < 2 || known.every((value) => value === known[0])) return [];
  const best = better === 'more' ? Math.max(...known) : Math.min(...known);
  return values.flatMap((value, k) => (value === best ? [k] : []));
}

function keyOf({ data, isLong, openTime, closeTime }: KeptTrade): string {
  return `${data}|${isLong}|${openTime}|${closeTime}`;
}

function differencesOf(runs: readonly ComparedRun[]): Difference[] {
  const found: Difference[] = [];
  const add = (name: string, texts: readonly string[]): void => {
    if (new Set(texts).size > 1) found.push({ name, values: texts });
  };
  const names = (pick: (run: KeptRun) => Readonly<Record<string, unknown>>): string[] => [...new Set(runs.flatMap(({ run }) => Object.keys(pick(run))))]; // prettier-ignore
  for (const name of names((run) => run.params))
    add(
      `param ${name}`,
      runs.map(({ run }) => textOf(run.params[name])),
    );
  for (const name of names((run) => run.settings))
    add(
      name,
      runs.map(({ run }) => textOf(run.settings[name])),
    );
  add(
    'strategy',
    runs.map(({ run }) => run.strategy),
  );
  add(
    'strategy source',
    runs.map(({ run }) => shortHash(run.strategyHash)),
  );
  add('bars', runs.map(({ run }) => `${run.datas.map(({ name, timeframe, bars }) => `${name} ${timeframe} ${bars}`).join(', ')} ${shortHash(run.dataHash)}`)); // prettier-ignore
  add(
    'mode',
    runs.map(({ run }) => run.mode),
  );
  add(
    'nextbar',
    runs.map(({ run }) => run.version),
  );
  add(
    'hash',
    runs.map(({ run }) => shortHash(run.hash)),
  );
  return found;
}

function textOf(value: unknown): string {
  return value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** The first digits of a hash; `-` for none. */
export function shortHash(hash: string | undefined): string {
  return hash === undefined ? '-' : hash.slice(0, 10);
}
