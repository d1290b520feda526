/** Pivot points of a bar: levels for the next one. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { named } from './pointwise.ts';
import { checkChoice, checkNumbers } from './kernel/period.ts';

/** Which prices the pivot is the mean of: high, low and close; with the close twice; or with the open. */
export type PivotKind = 'plain' | 'close' | 'open';

/** A pivot, and levels of support below and resistance above it, nearest first. */
export interface Pivots {
  /** The pivot itself. */
  readonly pivot: Line;
  /** Levels below it, the nearest first. */
  readonly supports: readonly Line[];
  /** Levels above it, the nearest first. */
  readonly resistances: readonly Line[];
}

/**
 * Pivot points of each bar with two supports and resistances.
 *
 * Levels are of the bar itself and meant for the next: take them from a slower data.
 */
export function pivotPoint(data: Data, kind: PivotKind = 'plain'): Pivots {
  checkData('pivotPoint', data);
  const pivot = pivotOf('pivotPoint', data, kind);
  const { high, low } = data;
  return {
    pivot,
    supports: [
      named('pivot.s1', [pivot, high], (p, h) => 2 * p - h),
      named('pivot.s2', [pivot, high, low], (p, h, l) => p - (h - l)),
    ],
    resistances: [
      named('pivot.r1', [pivot, low], (p, l) => 2 * p - l),
      named('pivot.r2', [pivot, high, low], (p, h, l) => p + (h - l)),
    ],
  };
}

/**
 * Pivot points with levels at Fibonacci parts of the bar's range.
 *
 * @param levels - Parts of the range, default 0.382, 0.618 and 1.
 */
export function fibonacciPivot(
  data: Data,
  kind: PivotKind = 'plain',
  levels: readonly number[] = [0.382, 0.618, 1],
): Pivots {
  checkData('fibonacciPivot', data);
  const pivot = pivotOf('fibonacciPivot', data, kind);
  checkNumbers('fibonacciPivot', levels, 'levels');
  const away = (name: string, share: number): Line =>
    named(name, [pivot, data.high, data.low], (p, high, low) => p + share * (high - low));
  return {
    pivot,
    supports: levels.map((level, i) => away(`pivot.s${i + 1}(${level})`, -level)),
    resistances: levels.map((level, i) => away(`pivot.r${i + 1}(${level})`, level)),
  };
}

/** DeMark's pivot points: the extreme on the side the bar closed to counts twice; one support and one resistance. */
export function demarkPivot(data: Data): Pivots {
  checkData('demarkPivot', data);
  const { open, high, low, close } = data;
  const whole = named('pivot.sum', [open, high, low, close], (o, h, l, c) =>
    c < o ? h + 2 * l + c : c > o ? 2 * h + l + c : h + l + 2 * c,
  );
  return {
    pivot: named('pivot', [whole], (x) => x / 4),
    supports: [named('pivot.s1', [whole, high], (x, h) => x / 2 - h)],
    resistances: [named('pivot.r1', [whole, low], (x, l) => x / 2 - l)],
  };
}

function pivotOf(what: string, data: Data, kind: PivotKind): Line {
  checkChoice(what, kind, 'kind', ['plain', 'close', 'open']);
  const { open, high, low, close } = data;
  if (kind === 'plain') return named('pivot', [high, low, close], (h, l, c) => (h + l + c) / 3);
  if (kind === 'close') return named('pivot', [high, low, close], (h, l, c) => (h + l + 2 * c) / 4);
  return named('pivot', [high, low, close, open], (h, l, c, o) => (h + l + c + o) / 4);
}
