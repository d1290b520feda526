/** The portfolio along the steps of a run: value, buying and holding, drawdown, exposure. */
import { partsOfResult, type RunResult } from '../../engine/index.ts';
import type { Fill } from '../../broker/index.ts';
import { isInverse, notional } from './notional.ts';

/** Columns by step. */
export interface Curves {
  /** Clock of each step, milliseconds UTC. */
  readonly time: Float64Array;
  readonly value: Float64Array;
  /** The start value put into the first data at its first open; NaN where its bars are no longer held. */
  readonly hold: Float64Array;
  /** Distance from the highest value so far, as a fraction from -1 to 0. */
  readonly drawdown: Float64Array;
  /** Absolute value of all positions as a fraction of the portfolio's value. */
  readonly exposure: Float64Array;
}

/** The curves of a run. */
export function curvesOf(result: RunResult): Curves {
  const { time, value } = result.equity;
  const hold = holding(result, time);
  const drawdown = new Float64Array(time.length);
  let peak = result.startValue;
  for (let i = 0; i < time.length; i++) {
    if (value[i]! > peak) peak = value[i]!;
    drawdown[i] = peak > 0 ? value[i]! / peak - 1 : 0;
  }
  return { time, value, hold, drawdown, exposure: exposureOf(result, time, value) };
}

/** Value of buying the first data at its first open with all of the cash and no commission. */
function holding(result: RunResult, time: Float64Array): Float64Array {
  const [timeline] = partsOfResult(result).timelines;
  const hold = new Float64Array(time.length).fill(NaN);
  if (timeline === undefined || timeline.open.base > 0 || timeline.index < 0) return hold;
  const first = timeline.open.at(0);
  let at = -1;
  for (let step = 0; step < time.length; step++) {
    while (at < timeline.index && timeline.closeAt(at + 1) <= time[step]!) at++;
    if (at >= 0) hold[step] = (result.startValue * timeline.close.at(at)) / first;
  }
  return hold;
}

function exposureOf(result: RunResult, time: Float64Array, value: Float64Array): Float64Array {
  const exposure = new Float64Array(time.length);
  const { timelines } = partsOfResult(result);
  if (result.strategies.some(({ dropped }) => dropped.orders > 0)) return exposure.fill(NaN);
  // Strategies with accounts of their own have their own positions and equity; those that share an account share both.
  const accounts = new Set(result.strategies.map(({ equity }) => equity));
  for (const account of accounts) {
    const orders = result.strategies.flatMap((one) => (one.equity === account ? one.orders : []));
    for (const timeline of timelines) {
      const own = inExecutionOrder(
        orders.flatMap(({ data, fills }) => (data.name === timeline.info.name ? fills : [])),
      );
      if (own.length === 0 || timeline.close.base > 0) continue;
      const { instrument } = timeline.info;
      // The value of an inverse contract is in its base; the portfolio's may be in the quote.
      const isConverted = isInverse(instrument) && result.account?.currency === instrument?.quote;
      let [next, size, at] = [0, 0, -1];
      for (let step = 0; step < time.length; step++) {
        const clock = time[step]!;
        while (next < own.length && own[next]!.time <= clock) size = own[next++]!.positionSize;
        while (at < timeline.index && timeline.closeAt(at + 1) <= clock) at++;
        if (size === 0 || at < 0) continue;
        const close = timeline.close.at(at);
        const held = notional(instrument, size, close);
        exposure[step]! += (isConverted ? held * close : held) / value[step]!;
      }
    }
  }
  return exposure;
}

/** Fills by time; those of one moment are ordered so that each starts from the position that the one before left. */
function inExecutionOrder(fills: readonly Fill[]): Fill[] {
  const times = fills.map(({ time }) => time);
  if (times.every((time, k) => k === 0 || time > times[k - 1]!)) return [...fills];
  const ordered: Fill[] = [];
  const byTime = [...fills].sort((a, b) => a.time - b.time);
  let position = 0;
  for (let from = 0, to = 0; from < byTime.length; from = to) {
    const { time } = byTime[from]!;
    while (to < byTime.length && byTime[to]!.time === time) to++;
    if (to === from + 1) {
      ordered.push(byTime[from]!);
      position = byTime[from]!.positionSize;
      continue;
    }
    const moment = byTime.slice(from, to);
    while (moment.length > 0) {
      const start = position;
      const follows = moment.findIndex((fill) => isNear(fill.positionSize - fill.size, start, fill.size));
      const [fill] = moment.splice(Math.max(follows, 0), 1);
      position = fill!.positionSize;
      ordered.push(fill!);
    }
  }
  return ordered;
}

function isNear(a: number, b: number, scale: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), Math.abs(scale));
}

/** The return of one calendar period, as a fraction. */
export interface PeriodReturn {
  /** `2024-03` or `2024-03-31`. */
  readonly name: string;
  readonly return: number;
}

/** Returns by calendar day or month, UTC; a value belongs to the period of its bar's open. */
export function periodReturns(result: RunResult, kind: 'day' | 'month'): PeriodReturn[] {
  const { time, value } = result.equity;
  const found: PeriodReturn[] = [];
  const digits = kind === 'day' ? 10 : 7;
  let before = result.startValue;
  let name = '';
  let until = -Infinity;
  let last = before;
  const close = (): void => {
    if (name !== '') found.push({ name, return: last / before - 1 });
    before = last;
  };
  for (let i = 0; i < time.length; i++) {
    const stamp = time[i]! - 1;
    if (stamp >= until) {
      close();
      const date = new Date(stamp);
      name = date.toISOString().slice(0, digits);
      until =
        kind === 'day'
          ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1)
          : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    }
    last = value[i]!;
  }
  close();
  return found;
}
