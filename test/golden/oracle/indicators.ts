/** Replays the indicator files of the Backtrader oracle (family G) and says where nextbar's lines agree. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { barsFromRows, sliceBars, type Bars } from '../../../src/core/index.ts';
import { columnOf, type Data, type Line } from '../../../src/lines/index.ts';
import { groundOf } from '../../indicators/ground.ts';
import { lineOf } from './expressions.ts';
import type { Params } from './indicator-calls.ts';
import { declaredDifference, factoryOf } from './indicator-names.ts';

/** How one indicator, or one expression, compares; a value is its minimum period or one value of one line. */
export interface IndicatorOutcome {
  readonly name: string;
  /** Values that agree. */
  readonly equal: number;
  /** Values that differ for a reason that is declared. */
  readonly declared: number;
  readonly total: number;
  /** The first few of the values that differ without a reason. */
  readonly mismatches: readonly string[];
  /** Why nothing was compared, where nextbar has no such indicator. */
  readonly skip?: string;
  /** The declared reasons. */
  readonly reasons: readonly string[];
}

interface Golden {
  readonly lead: number;
  readonly v: readonly (number | string | null)[];
}

interface GoldenFile {
  readonly datas: readonly { readonly file: string; readonly start: number; readonly count?: number }[];
  readonly indicators?: readonly {
    readonly name: string;
    readonly inputs: string | readonly string[];
    readonly params: Params;
    readonly minperiod: number;
    readonly values: Readonly<Record<string, Golden>>;
  }[];
  readonly expressions?: readonly { readonly expr: string; readonly minperiod: number; readonly values: Golden }[];
}

/** Compares every indicator or expression of one oracle file; its bars are in `data/` beside it. */
export function replayIndicators(path: string): IndicatorOutcome[] {
  const file = JSON.parse(readFileSync(path, 'utf8')) as GoldenFile;
  const { file: csv, start, count } = file.datas[0]!;
  const all = readBars(join(dirname(path), 'data', csv));
  const bars = sliceBars(all, start, count === undefined ? all.time.length : start + count);
  const indicators = (file.indicators ?? []).map((golden) =>
    outcome(golden.name, bars, golden.minperiod, golden.values, (data) =>
      factoryOf(golden.name, golden.inputs, golden.params, data),
    ),
  );
  const expressions = (file.expressions ?? []).map(({ expr, minperiod, values }) =>
    outcome(expr, bars, minperiod, { values }, (data) => ({ values: lineOf(expr, data) })),
  );
  return [...indicators, ...expressions];
}

function outcome(
  name: string,
  bars: Bars,
  minperiod: number,
  goldens: Readonly<Record<string, Golden>>,
  grow: (data: Data) => Readonly<Record<string, Line>>,
): IndicatorOutcome {
  const { graph, data } = groundOf(bars);
  const mismatches: string[] = [];
  const reasons: string[] = [];
  let [equal, declared, total] = [0, 0, 0];
  const compare = (what: string, same: boolean, reason: string | undefined, text: () => string): void => {
    total++;
    if (same) equal++;
    else if (reason === undefined) {
      if (mismatches.length < 5) mismatches.push(`${what}: ${text()}`);
      else if (mismatches.length === 5) mismatches.push('and more');
    } else {
      declared++;
      if (!reasons.includes(reason)) reasons.push(reason);
    }
  };
  let lines: Readonly<Record<string, Line>>;
  try {
    lines = grow(data);
  } catch (error) {
    const skip = error instanceof Error ? error.message : String(error);
    return { name, equal, declared, total, mismatches, skip, reasons };
  }
  graph.advance();
  const needed = Math.max(...Object.values(lines).map((line) => line.minPeriod));
  compare(
    'minimum period',
    needed === minperiod,
    declaredDifference(name, 'minperiod'),
    () => `${needed}, Backtrader's ${minperiod}`,
  );
  for (const [key, golden] of Object.entries(goldens)) {
    const reason = declaredDifference(name, key);
    const line = lines[key];
    const wanted = [...new Array<null>(golden.lead).fill(null), ...golden.v];
    wanted.forEach((value, i) => {
      const seen = line === undefined ? NaN : columnOf(line).at(i);
      compare(`${key} at bar ${i}`, close(seen, number(value)), reason, () => `${seen}, Backtrader's ${String(value)}`);
    });
  }
  return { name, equal, declared, total, mismatches, reasons };
}

function number(value: number | string | null): number {
  if (value === null) return NaN;
  return typeof value === 'number' ? value : value === 'inf' ? Infinity : -Infinity;
}

/** Goldens have twelve digits: relative 1e-8, and absolute 1e-6 near zero (below 1e-4). */
function close(seen: number, wanted: number): boolean {
  if (Number.isNaN(seen) || Number.isNaN(wanted)) return Number.isNaN(seen) && Number.isNaN(wanted);
  const tolerance = Math.abs(wanted) < 1e-4 ? 1e-6 : 1e-8 * Math.abs(wanted);
  return seen === wanted || Math.abs(seen - wanted) <= tolerance;
}

function readBars(path: string): Bars {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  return barsFromRows(
    rows.map((row) => {
      const [time, open, high, low, close, volume] = row.split(',').map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { time, open, high, low, close, volume };
    }),
  );
}
