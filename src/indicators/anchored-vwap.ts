/** Volume-weighted average price since a moment: the start of the session, a time, or an event. */
import { barClose, barOpen, parseTimeOfDay, timeframe, toTime, type TimeInput } from '../core/index.ts';
import { checkData, timesOf, Line, type Data } from '../lines/index.ts';
import type { Bands } from './bollinger.ts';
import { checkAbove, checkOptions } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { typicalPrice } from './oscillators.ts';
import { named } from './pointwise.ts';

/** Options of `sessionVwap`. */
export interface SessionVwapOptions {
  /** Length of a session, as a timeframe: default `1d`, also `1w`, `1M`, `8h`. */
  readonly every?: string;
  /** When sessions start, as a time of day in UTC; default `00:00`. */
  readonly startsAt?: string;
  /** Width of the bands, in standard deviations of price weighed by volume; default 2. */
  readonly deviations?: number;
}

/** Numbers that a running VWAP remembers: the first price, volume, and volume times distance from that price, once and squared. */
const sums = 4;

/**
 * VWAP of the session: the average typical price since the session began, weighed by volume, with bands.
 *
 * Sessions are those that bars open in, on the grid of `every` in UTC. NaN until something has been traded in the session. The first session is only
 * part of one where the data begins in its middle.
 *
 * @throws {ConfigError} If `every` is no timeframe, `startsAt` no time of day, or `deviations` not above 0.
 */
export function sessionVwap(data: Data, options: SessionVwapOptions = {}): Bands {
  checkData('sessionVwap', data);
  checkOptions('sessionVwap', options, { every: true, startsAt: true, deviations: true });
  const { every = '1d', startsAt = '00:00', deviations = 2 } = options;
  checkAbove('sessionVwap', deviations, 0, 'deviations');
  const frame = timeframe(every);
  const offset = parseTimeOfDay(startsAt, 'startsAt');
  const name = `sessionVwap(${every}, ${startsAt})`;
  // State: the sums, then the end of the session (0 before the first bar).
  const [mid, spread] = recursive(
    name,
    [typicalPrice(data), data.volume, timesOf(data)],
    { state: sums + 1, names: [name, `${name}.deviation`] },
    (state, out, price, volume, time) => {
      if (time >= state[sums]! || state[sums] === 0) {
        state.fill(0, 0, sums);
        state[sums] = barClose(frame, barOpen(frame, time, offset) - offset) + offset;
      }
      weigh(state, out, price, volume);
    },
  );
  return bandsOf(name, mid!, spread!, deviations);
}

/**
 * VWAP since an anchor, with bands: the average typical price since then, weighed by volume.
 *
 * @param anchor - A time, from whose bar on it counts; or a line, such as `crossup(...)`, that starts it again on every bar where it is not 0. NaN before.
 * @param deviations - Width of the bands, in standard deviations of price weighed by volume; default 2.
 * @throws {ConfigError} If `anchor` is no time, or `deviations` is not above 0.
 * @see B. Shannon, Maximum Trading Gains with Anchored VWAP (2023)
 */
export function anchoredVwap(data: Data, anchor: Line | TimeInput, deviations = 2): Bands {
  checkData('anchoredVwap', data);
  checkAbove('anchoredVwap', deviations, 0, 'deviations');
  const isEvent = anchor instanceof Line;
  const start = isEvent ? 0 : toTime(anchor, 'anchor');
  const name = isEvent ? `anchoredVwap(${anchor.name})` : `anchoredVwap(${new Date(start).toISOString()})`;
  // State: the sums, then 1 once the anchor has been met.
  const [mid, spread] = recursive(
    name,
    [typicalPrice(data), data.volume, isEvent ? anchor : timesOf(data)],
    { state: sums + 1, names: [name, `${name}.deviation`] },
    (state, out, price, volume, mark) => {
      if (isEvent ? mark !== 0 : state[sums] === 0 && mark >= start) {
        state.fill(0, 0, sums);
        state[sums] = 1;
      }
      if (state[sums] === 1) weigh(state, out, price, volume);
    },
  );
  return bandsOf(name, mid!, spread!, deviations);
}

/** Adds a bar to the sums; sets the average and the deviation. */
function weigh(state: Float64Array, out: Float64Array, price: number, volume: number): void {
  if (state[1] === 0) state[0] = price;
  const away = price - state[0]!;
  state[1]! += volume;
  state[2]! += volume * away;
  state[3]! += volume * away * away;
  const mean = state[2]! / state[1]!;
  out[0] = state[0]! + mean;
  out[1] = Math.sqrt(Math.max(0, state[3]! / state[1]! - mean * mean));
}

function bandsOf(name: string, mid: Line, spread: Line, deviations: number): Bands {
  return {
    mid,
    top: named(`${name}.top(${deviations})`, [mid, spread], (middle, deviation) => middle + deviations * deviation),
    bottom: named(
      `${name}.bottom(${deviations})`,
      [mid, spread],
      (middle, deviation) => middle - deviations * deviation,
    ),
  };
}
