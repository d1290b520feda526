/**
 * Backtrader's longer bars, computed as it computes them: by closing stamps, and by counting days from the first bar.
 *
 * nextbar counts a bar to the period of its open and puts days on one grid, so the rows of longer bars differ. The rows computed here say
 * what Backtrader must have in each cell, on any data: a difference is declared only where the oracle has exactly that.
 */
import { barsOf, frameName } from './bars.ts';
import { compareLog, isSame, type Mismatch } from './compare.ts';
import type { Declaration } from './declared.ts';
import { derivationOf, isClone, type Derivation, type FileData, type Scenario } from './scenario.ts';
import { timeframe } from 'nextbar';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** A bar as the oracle logs it: stamp, open, high, low, close and volume. */
type Cells = [stamp: number, open: number, high: number, low: number, close: number, volume: number];

/** The differences of a log of longer bars that Backtrader's habits account for, cell by cell. */
export function periodDeclarations(
  folder: string,
  scenario: Scenario,
  mismatches: readonly Mismatch[],
  got: readonly unknown[][],
): Declaration[] {
  const theirs = predictedLog(folder, scenario);
  if (theirs === undefined) return [];
  const predicted = new Map(compareLog(theirs, got).map((one) => [`${one.bar} ${one.field}`, one.expected]));
  const isGrid = scenario.datas.some((data) => countsBars(scenario, data));
  return mismatches.flatMap(({ bar, field, expected }) => {
    const key = `${bar} ${field}`;
    if (bar === undefined || !predicted.has(key) || !isEqual(expected, predicted.get(key))) return [];
    return [
      { scenario: scenario.name, kind: isGrid ? 'gridOfDays' : 'periodOfStamp', fields: [field], bars: [bar, bar] },
    ];
  });
}

function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return isSame(a, b);
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) =>
    isEqual((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}

/** Whether a data's bars are made by counting bars of the same unit, as three days of one. */
function countsBars(scenario: Scenario, data: Scenario['datas'][number]): boolean {
  const made = derivationOf(data);
  const base = isClone(data) ? scenario.datas[data.source]! : data;
  return made?.op === 'resample' && !isClone(base) && base.timeframe === made.timeframe && made.timeframe !== 'minutes';
}

/** The whole log by Backtrader's rules; undefined where no data has a period that these rules decide. */
function predictedLog(folder: string, scenario: Scenario): unknown[][] | undefined {
  const { datas, log } = scenario;
  const [first] = datas;
  const made = datas.map(derivationOf);
  const isDecided = made.some((one) => one !== undefined && (one.timeframe !== 'minutes' || one.boundoff));
  if (!isDecided || first === undefined || isClone(first)) return undefined;
  if (
    datas.length > 1 &&
    (made[0] !== undefined || !datas.slice(1).every((data) => isClone(data) && data.source === 0))
  )
    return undefined;
  const rows = stamped(folder, first);
  const steps: (readonly (Cells | undefined)[])[] = [];
  const lengths: number[][] = [];
  if (made[0] === undefined) {
    const others = datas.slice(1).map((data) => new LongerBars(derivationOf(data)!, countsBars(scenario, data)));
    rows.forEach((row, i) => {
      const longer = others.map((one) => one.take(row, true));
      steps.push([row, ...others.map((one) => one.last)]);
      lengths.push([i + 1, ...longer]);
    });
    if (others.map((one) => one.flush()).some(Boolean)) {
      steps.push([rows.at(-1), ...others.map((one) => one.last)]);
      lengths.push([rows.length, ...others.map((one) => one.length)]);
    }
  } else {
    const own = new LongerBars(made[0], countsBars(scenario, first));
    const isReplay = made[0].op === 'replay';
    const push = (): void => {
      steps.push([isReplay ? own.growing : own.last]);
      lengths.push([isReplay ? own.started : own.length]);
    };
    for (const row of rows) {
      const before = own.length;
      own.take(row, false);
      if (isReplay || own.length > before) push();
    }
    if (!isReplay && own.flush()) push();
  }
  return logged(log ?? [], steps, lengths);
}

/** The rows that the log has of the steps. */
function logged(
  log: readonly string[],
  steps: readonly (readonly (Cells | undefined)[])[],
  lengths: readonly number[][],
): unknown[][] {
  const isFull = log.includes('ohlcv');
  const isShort = log.includes('datas');
  let before = '';
  return steps.flatMap((cells, bar) => {
    const own = lengths[bar]!;
    const missing = Math.max(...own.map((length) => 1 - length));
    const phase = missing > 0 ? 'prenext' : missing === 0 ? 'nextstart' : 'next';
    const state = phase + own.slice(1).join();
    const isRepeated = state === before;
    before = state;
    if (log.includes('ohlcv_chg') && isRepeated) return [];
    const shown = cells.map((row, k) => {
      if (row === undefined) return null;
      return isFull || (k > 0 && !isShort) ? [own[k], ...row] : [own[k], row[0], row[4]];
    });
    return [[bar, phase, ...shown]];
  });
}

/** The bars of a file by the oracle's stamps: the end of a bar of minutes, the beginning of a day. */
function stamped(folder: string, data: FileData): Cells[] {
  const { time, open, high, low, close, volume } = barsOf(folder, data);
  const shift = data.timeframe === 'minutes' ? timeframe(frameName(data.timeframe, data.compression)).ms! : 0;
  return Array.from(time, (at, i) => [at + shift, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);
}

/** One longer data as Backtrader's resampler and replayer make it. */
class LongerBars {
  /** Bars delivered. */
  length = 0;
  /** Bars begun. */
  started = 0;
  /** The bar delivered last. */
  last: Cells | undefined;
  /** The bar that grows. */
  growing: Cells | undefined;
  readonly #made: Derivation;
  readonly #counts: boolean;
  #count = 0;
  #isOpen = false;

  constructor(made: Derivation, counts: boolean) {
    this.#made = made;
    this.#counts = counts;
  }

  /** Takes the next shorter bar; returns the number of bars delivered. `isBeside`: its source is a data of its own. */
  take(row: Cells, isBeside: boolean): number {
    if (this.#counts) return this.#countOn(row, isBeside);
    if (this.#isOpen && !this.#isOnEdge(row[0]) && this.#isPast(row[0])) this.#deliver(this.#closingStamp(row[0]));
    this.#add(row);
    if (this.#isOnEdge(row[0])) this.#deliver(row[0]);
    return this.length;
  }

  /** Delivers what is not complete, at the end of the data. */
  flush(): boolean {
    const isOpen = this.#isOpen;
    if (isOpen) this.#deliver(this.growing![0]);
    return isOpen;
  }

  /** A bar made by count is stamped by its day's end. Beside its source it is delivered a step late, and the bar of that step is lost. */
  #countOn(row: Cells, isBeside: boolean): number {
    const dayEnd = (stamp: number): number => Math.floor(stamp / dayMs) * dayMs + dayMs - 1;
    if (isBeside && this.#count === this.#made.compression) {
      this.#deliver(dayEnd(this.growing![0]));
      this.#count = 0;
      return this.length;
    }
    this.#add(row);
    this.#count++;
    if (!isBeside && this.#count === this.#made.compression) {
      this.#deliver(dayEnd(row[0]));
      this.#count = 0;
    }
    return this.length;
  }

  #add(row: Cells): void {
    const [stamp, , high, low, close, volume] = row;
    if (!this.#isOpen) {
      this.started++;
      this.#isOpen = true;
      this.growing = [...row];
      return;
    }
    const bar = this.growing!;
    this.growing = [stamp, bar[1], Math.max(bar[2], high), Math.min(bar[3], low), close, bar[5] + volume];
  }

  #deliver(stamp: number): void {
    this.last = [...this.growing!];
    this.last[0] = stamp;
    this.length++;
    this.#isOpen = false;
  }

  /** The minute of the day, moved by the offset of the boundary. */
  #point(stamp: number): number {
    return (stamp % dayMs) / minuteMs + (this.#made.boundoff ?? 0);
  }

  #isOnEdge(stamp: number): boolean {
    return this.#made.timeframe === 'minutes' && this.#point(stamp) % this.#made.compression === 0;
  }

  /** Whether a stamp is beyond the period of the bar that grows. */
  #isPast(stamp: number): boolean {
    const last = this.growing![0];
    if (this.#made.timeframe !== 'minutes') return this.#period(stamp) > this.#period(last);
    const group = (at: number): number => Math.floor(this.#point(at) / this.#made.compression);
    return Math.floor(stamp / dayMs) > Math.floor(last / dayMs) || group(stamp) > group(last);
  }

  #period(stamp: number): number {
    const at = new Date(stamp);
    const day = Math.floor(stamp / dayMs);
    switch (this.#made.timeframe) {
      case 'weeks':
        // 1970-01-01 was a Thursday.
        return Math.floor((day + 3) / 7);
      case 'months':
        return at.getUTCFullYear() * 12 + at.getUTCMonth();
      case 'years':
        return at.getUTCFullYear();
      default:
        return day;
    }
  }

  /** A day, and what a day cuts short, is stamped by the end of its session; a group of minutes by its edge; the rest by its last bar. */
  #closingStamp(next: number): number {
    const last = this.growing![0];
    const midnight = Math.floor(last / dayMs) * dayMs;
    const { timeframe: unit, compression } = this.#made;
    if (unit === 'days') return midnight + dayMs - 1;
    if (unit !== 'minutes') return last;
    if (Math.floor(next / dayMs) > Math.floor(last / dayMs)) return midnight + dayMs - 1;
    return midnight + (Math.floor(this.#point(last) / compression) + 1) * compression * minuteMs;
  }
}
