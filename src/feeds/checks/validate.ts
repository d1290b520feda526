/** Checks of bars: what is missing, doubled, out of order or cannot be true, and what was done about it. */
import {
  barClose,
  barColumnNames,
  ConfigError,
  createBars,
  extraColumnNames,
  formatTime,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';
import { Findings, type DataReport, type FindingKind } from './report.ts';
import { inOrder, pickRows } from './order.ts';

/** What to do about a fault: say so, leave the bar out, or refuse the data. */
export type FaultPolicy = 'report' | 'drop' | 'throw';

/** One policy for each kind of fault. Nothing is altered that is not named here. */
export interface ValidationOptions {
  /** Missing bars. `fill` repeats the last close with volume 0 and marks the bar. Default `report`. */
  readonly gaps?: 'report' | 'fill' | 'throw';
  /** Two bars of one time. Default `keepLast`. */
  readonly duplicates?: 'keepLast' | 'keepFirst' | 'throw';
  /** Bars not in rising time. Default `sort`. */
  readonly disorder?: 'sort' | 'throw';
  /** A high below, or a low above, another price of the bar. Default `report`. */
  readonly broken?: FaultPolicy;
  /** NaN or infinite values. Default `throw`: one of them spoils every average after it. */
  readonly nonFinite?: FaultPolicy;
  /** A price of zero or less. Default `report`. */
  readonly nonPositive?: FaultPolicy;
  /** A volume below zero. Default `report`. */
  readonly negativeVolume?: FaultPolicy;
  /** A close further from the one before than `extremeMove`. Default `report`. */
  readonly extreme?: FaultPolicy;
  /** Fraction of the previous close that counts as extreme. Default 0.2. */
  readonly extremeMove?: number;
  /** The same four prices and the same volume over and over, as a stuck source repeats them. Default `report`. */
  readonly stale?: FaultPolicy;
  /** How many equal bars in a row are stale. Default 10. */
  readonly staleBars?: number;
}

/** The values each policy may have, the default first. */
const policies = {
  gaps: ['report', 'fill', 'throw'],
  duplicates: ['keepLast', 'keepFirst', 'throw'],
  disorder: ['sort', 'throw'],
  broken: ['report', 'drop', 'throw'],
  nonFinite: ['throw', 'report', 'drop'],
  nonPositive: ['report', 'drop', 'throw'],
  negativeVolume: ['report', 'drop', 'throw'],
  extreme: ['report', 'drop', 'throw'],
  stale: ['report', 'drop', 'throw'],
} as const;
type PolicyName = keyof typeof policies;

/** The names of ValidationOptions, for checking options. */
export const validationOptionNames = [...Object.keys(policies), 'extremeMove', 'staleBars'];

/** Bars after the policies, a mark for each, and what was found. */
export interface ValidatedBars {
  readonly bars: Bars;
  /** 0 as the source gave it, 1 filled in; undefined when nothing was filled. */
  readonly marks: Uint8Array | undefined;
  readonly report: DataReport;
}

/** Checks the options of a validation. */
export function checkValidation(options: ValidationOptions): void {
  for (const [name, allowed] of Object.entries(policies)) {
    const given = options[name as PolicyName];
    if (given !== undefined && !(allowed as readonly string[]).includes(given)) {
      throw new ConfigError(`${name} must be ${allowed.join(', ')}, was '${given}'`, { context: { field: name } });
    }
  }
  for (const name of ['extremeMove', 'staleBars'] as const) {
    const given = options[name];
    if (given !== undefined && !(given > 0)) {
      throw new ConfigError(`${name} must be above 0, was ${given}`, { context: { field: name } });
    }
  }
}

/**
 * Checks bars against their timeframe.
 *
 * @param what - The source, for messages, such as `binance BTC/USDT 1h`.
 * @throws {DataError} For the first fault whose policy is `throw`; it names the source, the time and the value.
 */
export function validateBars(
  bars: Bars,
  frame: Timeframe,
  what: string,
  options: ValidationOptions = {},
): ValidatedBars {
  checkValidation(options);
  const policy = (name: PolicyName): string => options[name] ?? policies[name][0];
  const findings = new Findings(what, frame, policy);
  const ordered = inOrder(bars, policy('duplicates'), findings);
  const dropped = checkValues(ordered, findings, options.extremeMove ?? 0.2, options.staleBars ?? 10);
  const kept = dropped.size === 0 ? ordered : without(ordered, dropped);
  const gaps = findGaps(kept, frame, findings);
  const filled = policy('gaps') === 'fill' && gaps > 0 ? fillGaps(kept, frame) : undefined;
  return {
    bars: filled?.bars ?? kept,
    marks: filled?.marks,
    report: findings.report(filled?.bars ?? kept),
  };
}

/** One pass over every value; almost every bar leaves it by the first test. Gives the rows to drop. */
function checkValues(bars: Bars, findings: Findings, extremeMove: number, staleBars: number): Set<number> {
  const { time, open, high, low, close, volume } = bars;
  const dropped = new Set<number>();
  const found = (kind: FindingKind, row: number, text: string): void => {
    if (findings.add(kind, time[row]!, text) === 'drop') dropped.add(row);
  };
  const up = 1 + extremeMove;
  const down = 1 - extremeMove;
  let previous = NaN;
  let same = 0;
  for (let i = 0; i < time.length; i++) {
    const o = open[i]!;
    const h = high[i]!;
    const l = low[i]!;
    const c = close[i]!;
    const v = volume[i]!;
    if (!(h >= o && h >= c && l <= o && l <= c && l > 0 && v >= 0 && h < Infinity && v < Infinity)) {
      for (const [kind, text] of faultsOf(o, h, l, c, v)) found(kind, i, text);
    }
    if (c > previous * up || c < previous * down) {
      found('extreme', i, `close went from ${previous} to ${c}`);
    }
    const r = i - 1;
    if (c === close[r] && o === open[r] && h === high[r] && l === low[r] && v === volume[r]) {
      same += 1;
      if (same === staleBars - 1) found('stale', i, `${staleBars} bars in a row at ${c} with volume ${v}`);
      else if (same >= staleBars) found('stale', i, `still at ${c}`);
    } else {
      same = 0;
    }
    if (c > 0 && c < Infinity) previous = c;
  }
  return dropped;
}

function* faultsOf(o: number, h: number, l: number, c: number, v: number): Generator<[FindingKind, string]> {
  const prices = { open: o, high: h, low: l, close: c };
  const unreadable = Object.entries({ ...prices, volume: v }).find(([, value]) => !Number.isFinite(value));
  if (unreadable !== undefined) {
    yield ['nonFinite', `${unreadable[0]} was ${unreadable[1]}`];
    return;
  }
  const lowPrice = Object.entries(prices).find(([, value]) => value <= 0);
  if (lowPrice !== undefined) yield ['nonPositive', `${lowPrice[0]} was ${lowPrice[1]}`];
  if (v < 0) yield ['negativeVolume', `volume was ${v}`];
  if (h < Math.max(o, l, c)) yield ['broken', `high ${h} is below ${Math.max(o, l, c)}`];
  else if (l > Math.min(o, c)) yield ['broken', `low ${l} is above ${Math.min(o, c)}`];
}

/** Missing bars by the calendar of the timeframe: from each bar's close to the next bar's open. */
function findGaps(bars: Bars, frame: Timeframe, findings: Findings): number {
  const { time } = bars;
  const span = frame.ms;
  let gaps = 0;
  for (let i = 1; i < time.length; i++) {
    const at = time[i]!;
    const before = time[i - 1]!;
    const expected = span === undefined ? barClose(frame, before) : before + span;
    if (at === expected) continue;
    if (at < expected) {
      findings.add('offGrid', at, `opened before the bar of ${formatTime(before)} closed`);
      continue;
    }
    const missing = countBars(frame, expected, at);
    if (missing === 0) {
      findings.add('offGrid', at, `opened after the bar of ${formatTime(before)} closed, less than a bar later`);
      continue;
    }
    findings.addGap({ from: expected, to: at, bars: missing });
    gaps += 1;
  }
  return gaps;
}

/** Whole bars from `from` on that close by `to`. */
function countBars(frame: Timeframe, from: number, to: number): number {
  if (frame.ms !== undefined) return Math.floor((to - from) / frame.ms);
  let count = 0;
  for (let close = barClose(frame, from); close <= to; close = barClose(frame, close)) count += 1;
  return count;
}

function fillGaps(bars: Bars, frame: Timeframe): { bars: Bars; marks: Uint8Array } {
  const rows: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < bars.time.length; i++) {
    rows.push(i);
    times.push(bars.time[i]!);
    const next = bars.time[i + 1];
    if (next === undefined) break;
    for (let at = barClose(frame, bars.time[i]!); barClose(frame, at) <= next; at = barClose(frame, at)) {
      rows.push(-1 - i);
      times.push(at);
    }
  }
  const extras = extraColumnNames.filter((name) => bars[name] !== undefined);
  const filled: Bars = {
    ...createBars(rows.length),
    ...Object.fromEntries(extras.map((name) => [name, new Float64Array(rows.length)])),
  };
  const marks = new Uint8Array(rows.length);
  rows.forEach((row, at) => {
    filled.time[at] = times[at]!;
    for (const name of barColumnNames) {
      if (name === 'time') continue;
      if (row >= 0) filled[name][at] = bars[name][row]!;
      else filled[name][at] = name === 'volume' ? 0 : bars.close[-1 - row]!;
    }
    // Nothing traded in a bar that was filled in, by any measure.
    if (row >= 0) for (const name of extras) filled[name]![at] = bars[name]![row]!;
    if (row < 0) marks[at] = 1;
  });
  return { bars: filled, marks };
}

function without(bars: Bars, dropped: ReadonlySet<number>): Bars {
  const rows: number[] = [];
  for (let i = 0; i < bars.time.length; i++) if (!dropped.has(i)) rows.push(i);
  return pickRows(bars, rows);
}
