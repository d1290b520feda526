/** Checks bars for gaps, duplicates, disorder and impossible values, and applies the policies. */
import {
  barClose,
  barColumnNames,
  createBars,
  DataError,
  extraColumnNames,
  latestColumnNames,
  formatTime,
  type Bars,
  type Timeframe,
} from '../../core/index.ts';
import { inOrder, pickRows } from './order.ts';
import { checkValidation, policyOf, type PolicyName, type ValidationOptions } from './policies.ts';
import { Findings, type DataReport, type FindingKind } from './report.ts';

/** Bars after the policies, a mark for each, and what was found. */
export interface ValidatedBars {
  /** The bars after the policies. */
  readonly bars: Bars;
  /** 0 as the source gave it, 1 filled in; undefined when nothing was filled. */
  readonly marks: Uint8Array | undefined;
  /** What was found in them. */
  readonly report: DataReport;
}

/** What a validator knows about the source beside its bars. */
export interface ValidatorSource {
  /** For messages, such as `binance BTC/USDT 1h`. */
  readonly name: string;
  /** The timeframe that the bars must have. */
  readonly frame: Timeframe;
  /** Whether faults of single rows are refused by default, as in prepared files. */
  readonly isStrict?: boolean;
  /** Whether the user stated the timeframe, so that bars with another spacing are refused. */
  readonly isClaimed?: boolean;
  /** Where the bar of a time stands, such as `line 12`, and what its unreadable cell held. */
  readonly placeOf?: (time: number) => string | undefined;
  /** Where a bar stands in its source, such as a line of a file. */
  readonly cellOf?: (time: number) => string | undefined;
}

/** Rows checked per call: V8 optimises a short function that is called often sooner than one long loop. */
const pieceRows = 1_024;

/** Rows to check, the close before them, and how far prices may differ. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly previous: number;
  readonly up: number;
  readonly down: number;
}

/**
 * The first row that needs a closer check: one whose prices are out of range, far from each other or from the close before, or equal to it;
 * `to` when there is none.
 */
function oddRow({ open, high, low, close, volume }: Bars, { from, to, previous, up, down }: Piece): number {
  let before = previous;
  for (let i = from; i < to; i++) {
    const o = open[i]!;
    const h = high[i]!;
    const l = low[i]!;
    const c = close[i]!;
    const v = volume[i]!;
    if (!(h >= o && h >= c && l <= o && l <= c && l > 0 && v >= 0 && h < Infinity && v < Infinity)) return i;
    if (c > before * up || c < before * down || c === before) return i;
    if ((h > c * up && h > o * up) || (l < c * down && l < o * down)) return i;
    before = c;
  }
  return to;
}

/** Bars in order whose values are all finite. */
const checked = new WeakSet<Bars>();

/** Whether a validator has returned this object. */
export function isChecked(bars: Bars): boolean {
  return checked.has(bars);
}

/** The last moment a date can show. */
const lastMoment = 8.64e15;

/** Checks bars that come in one piece or in several, each after the one before it. */
export class Validator {
  readonly #source: ValidatorSource;
  readonly #options: ValidationOptions;
  readonly #findings: Findings;
  readonly #policy: (name: PolicyName) => string;
  /** The last bar so far, in columns, for checks from one bar to the next. */
  #before: Bars | undefined;
  /** The last finite close, and how many bars before this one were equal to it. */
  #close = NaN;
  #same = 0;
  readonly #seen = { bars: 0, first: NaN, last: NaN };

  constructor(source: ValidatorSource, options: ValidationOptions = {}) {
    checkValidation(options);
    this.#source = source;
    this.#options = options;
    const policy = (name: PolicyName): string => policyOf(options, name, source.isStrict === true);
    this.#policy = policy;
    this.#findings = new Findings(source.name, source.frame, policy, source.placeOf);
  }

  /** Checks bars in any order, and puts them in order. Only for a source in one piece. */
  order(bars: Bars): Bars {
    const { time } = bars;
    let first = 0;
    while (first < time.length && Math.abs(time[first]!) <= lastMoment) first++;
    if (first === time.length) return inOrder(bars, this.#policy('duplicates'), this.#findings);
    const timed: number[] = [];
    for (let i = 0; i < time.length; i++) if (Math.abs(time[i]!) <= lastMoment) timed.push(i);
    for (let k = timed.length; k < time.length; k++) {
      this.#findings.add('nonFinite', NaN, `time of bar ${first} was ${time[first]!}`);
    }
    return inOrder(pickRows(bars, timed), this.#policy('duplicates'), this.#findings);
  }

  /**
   * Checks the next bars, which rise in time and come after those before.
   *
   * @param isSound - Whether every single row was already found to be right.
   */
  push(bars: Bars, isSound = false): { readonly bars: Bars; readonly marks: Uint8Array | undefined } {
    const dropped = this.#checkValues(bars, isSound);
    const kept = dropped.size === 0 ? bars : without(bars, dropped);
    if (kept.time.length === 0) return { bars: kept, marks: undefined };
    if (this.#source.isClaimed === true) checkSpacing(kept.time, this.#source);
    const fillable = this.#findGaps(kept);
    const filled = fillable.length === 0 ? undefined : this.#fill(kept, fillable);
    const result = filled?.bars ?? kept;
    const last = kept.time.length - 1;
    this.#before = pickRows(kept, [last]);
    this.#seen.bars += result.time.length;
    if (Number.isNaN(this.#seen.first)) this.#seen.first = result.time[0]!;
    this.#seen.last = result.time[result.time.length - 1]!;
    checked.add(result);
    return { bars: result, marks: filled?.marks };
  }

  report(): DataReport {
    return this.#findings.report(this.#seen);
  }

  /** One pass over every value; the first test accepts almost every bar. Returns the rows to drop. */
  #checkValues(bars: Bars, isSound: boolean): Set<number> {
    const { time, open, high, low, close, volume } = bars;
    const dropped = new Set<number>();
    const found = (kind: FindingKind, row: number, text: string): void => {
      if (this.#findings.add(kind, time[row]!, text) === 'drop') dropped.add(row);
    };
    const move = this.#options.extremeMove ?? 0.2;
    const [up, down] = [1 + move, 1 - move];
    const staleBars = this.#options.staleBars ?? 10;
    let previous = this.#close;
    let same = this.#same;
    const before = this.#before;
    let next = 0;
    while (next < time.length) {
      const to = Math.min(next + pieceRows, time.length);
      const i = oddRow(bars, { from: next, to, previous, up, down });
      if (i > next) {
        previous = close[i - 1]!;
        same = 0;
      }
      next = Math.min(i + 1, to);
      if (i === to) continue;
      const o = open[i]!;
      const h = high[i]!;
      const l = low[i]!;
      const c = close[i]!;
      const v = volume[i]!;
      if (!isSound && !(h >= o && h >= c && l <= o && l <= c && l > 0 && v >= 0 && h < Infinity && v < Infinity)) {
        for (const [kind, text] of faultsOf(o, h, l, c, v, this.#source.cellOf?.(time[i]!))) found(kind, i, text);
      }
      if (c > previous * up || c < previous * down) {
        found('extreme', i, `close went from ${previous} to ${c}`);
      } else if (h > c * up && h > o * up) {
        found('extreme', i, `high ${h} is far above open ${o} and close ${c}`);
      } else if (l < c * down && l < o * down) {
        found('extreme', i, `low ${l} is far below open ${o} and close ${c}`);
      }
      if (c === previous) {
        const last = i > 0 ? bars : before;
        const r = i > 0 ? i - 1 : 0;
        const isSame =
          o === last?.open[r] && h === last.high[r] && l === last.low[r] && v === last.volume[r] && c === last.close[r];
        same = isSame ? same + 1 : 0;
        if (same === staleBars - 1) found('stale', i, `${staleBars} bars in a row at ${c} with volume ${v}`);
        else if (same >= staleBars) found('stale', i, `still at ${c}`);
      } else {
        same = 0;
        if (c > 0 && c < Infinity) previous = c;
      }
    }
    this.#close = previous;
    this.#same = same;
    return dropped;
  }

  /** Missing bars by the calendar of the timeframe. Returns the rows before which bars are to be filled in. */
  #findGaps(bars: Bars): number[] {
    const { frame } = this.#source;
    const { time } = bars;
    const span = frame.ms;
    const policy = this.#policy('gaps');
    const most = this.#options.maxGapBars ?? (policy === 'throw' ? 0 : Infinity);
    const fillable: number[] = [];
    let before = this.#before?.time[0] ?? NaN;
    for (let i = 0; i < time.length; i++) {
      const at = time[i]!;
      if (at - before === span) {
        before = at;
        continue;
      }
      const expected = span !== undefined ? before + span : Number.isNaN(before) ? NaN : barClose(frame, before);
      const last = before;
      before = at;
      if (at === expected || Number.isNaN(expected)) continue;
      if (at < expected) {
        this.#findings.add('offGrid', at, `opened before the bar of ${formatTime(last)} closed`);
        continue;
      }
      const missing = countBars(frame, expected, at);
      if (missing === 0) {
        this.#findings.add('offGrid', at, `opened after the bar of ${formatTime(last)} closed, less than a bar later`);
        continue;
      }
      const isFilled = policy === 'fill' && missing <= most;
      this.#findings.addGap(
        { from: expected, to: at, bars: missing },
        policy === 'throw' && missing <= most ? 'report' : policy === 'fill' && !isFilled ? 'report' : policy,
      );
      if (isFilled) fillable.push(i);
    }
    return fillable;
  }

  /** The bars with those filled in that are missing before the given rows. */
  #fill(bars: Bars, before: readonly number[]): { bars: Bars; marks: Uint8Array } {
    const { frame } = this.#source;
    const rows: number[] = [];
    const times: number[] = [];
    const closes: number[] = [];
    let next = 0;
    for (let i = 0; i < bars.time.length; i++) {
      const until = bars.time[i]!;
      if (before[next] === i) {
        next += 1;
        const from = i > 0 ? bars.time[i - 1]! : this.#before!.time[0]!;
        const close = i > 0 ? bars.close[i - 1]! : this.#before!.close[0]!;
        for (let at = barClose(frame, from); barClose(frame, at) <= until; at = barClose(frame, at)) {
          rows.push(-1);
          times.push(at);
          closes.push(close);
        }
      }
      rows.push(i);
      times.push(until);
      closes.push(NaN);
    }
    const extras = extraColumnNames.filter((name) => bars[name] !== undefined);
    const filled: Bars = {
      ...createBars(rows.length),
      ...Object.fromEntries(extras.map((name) => [name, new Float64Array(rows.length)])),
    };
    const latest = latestColumnNames.filter((name) => bars[name] !== undefined);
    const marks = new Uint8Array(rows.length);
    rows.forEach((row, at) => {
      filled.time[at] = times[at]!;
      for (const name of barColumnNames) {
        if (name === 'time') continue;
        filled[name][at] = row >= 0 ? bars[name][row]! : name === 'volume' ? 0 : closes[at]!;
      }
      // A filled bar has no volume of any kind; values known before still hold.
      if (row >= 0) for (const name of extras) filled[name]![at] = bars[name]![row]!;
      else marks[at] = 1;
      if (row < 0)
        for (const name of latest)
          filled[name]![at] = at > 0 ? filled[name]![at - 1]! : (this.#before?.[name]?.[0] ?? NaN);
    });
    return { bars: filled, marks };
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
  more: Omit<ValidatorSource, 'name' | 'frame'> = {},
): ValidatedBars {
  const validator = new Validator({ ...more, name: what, frame }, options);
  const { bars: kept, marks } = validator.push(validator.order(bars));
  return { bars: kept, marks, report: validator.report() };
}

function* faultsOf(
  o: number,
  h: number,
  l: number,
  c: number,
  v: number,
  cell: string | undefined,
): Generator<[FindingKind, string]> {
  const prices = { open: o, high: h, low: l, close: c };
  const unreadable = Object.entries({ ...prices, volume: v }).find(([, value]) => !Number.isFinite(value));
  if (unreadable !== undefined) {
    yield ['nonFinite', cell ?? `${unreadable[0]} was ${unreadable[1]}`];
    return;
  }
  const lowPrice = Object.entries(prices).find(([, value]) => value <= 0);
  if (lowPrice !== undefined) yield ['nonPositive', `${lowPrice[0]} was ${lowPrice[1]}`];
  if (v < 0) yield ['negativeVolume', `volume was ${v}`];
  if (h < Math.max(o, l, c)) yield ['broken', `high ${h} is below ${Math.max(o, l, c)}`];
  else if (l > Math.min(o, c)) yield ['broken', `low ${l} is above ${Math.min(o, c)}`];
}

/** Bars closer than the timeframe, or 20 and more spacings that are all multiples of a longer one, belong to another timeframe. */
function checkSpacing(time: Float64Array, { frame, name }: ValidatorSource): void {
  if (time.length < 4) return;
  const counts = new Map<number, number>();
  const shortest = frame.ms ?? 28 * 86_400_000;
  for (let i = 1; i < time.length; i++) {
    const span = time[i]! - time[i - 1]!;
    if (span === frame.ms || (frame.ms === undefined && span >= shortest)) return;
    if (counts.size < 1000 || counts.has(span)) counts.set(span, (counts.get(span) ?? 0) + 1);
  }
  const [usual] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  // Fewer bars may be apart by chance, in a market with little trading.
  const isLonger = time.length > 20 && [...counts.keys()].reduce(commonSpan) > shortest;
  if (!isLonger && usual >= shortest) return;
  throw new DataError(
    `${name}: bars are ${spanText(usual)} apart and the timeframe is ${frame.name}: give the timeframe of the bars`,
    { code: 'wrong-timeframe', context: { source: name, timeframe: frame.name, spacingMs: usual } },
  );
}

/** The longest span that both are multiples of. */
function commonSpan(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** `1h` where a span is a usual timeframe, else milliseconds. */
function spanText(ms: number): string {
  const units: readonly (readonly [number, string])[] = [
    [7 * 86_400_000, 'w'],
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1000, 's'],
  ];
  const unit = units.find(([size]) => ms % size === 0);
  return unit === undefined ? `${ms} ms` : `${ms / unit[0]}${unit[1]}`;
}

/** Whole bars from `from` on that close by `to`. */
function countBars(frame: Timeframe, from: number, to: number): number {
  if (frame.ms !== undefined) return Math.floor((to - from) / frame.ms);
  let count = 0;
  for (let close = barClose(frame, from); close <= to; close = barClose(frame, close)) count += 1;
  return count;
}

function without(bars: Bars, dropped: ReadonlySet<number>): Bars {
  const rows: number[] = [];
  for (let i = 0; i < bars.time.length; i++) if (!dropped.has(i)) rows.push(i);
  return pickRows(bars, rows);
}
