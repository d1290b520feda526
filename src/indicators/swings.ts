/** Turning points that are known only after the turn, and shown only then. */
import { checkData, deriveAll, type Data, type Line } from '../lines/index.ts';
import { barsSinceHighest, barsSinceLowest } from './extremes.ts';
import { checkPeriod, checkShare } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';

/** The lines of `swingPoints`. */
export interface SwingPoints {
  /** The latest confirmed swing high, in price units. */
  readonly high: Line;
  /** Bars since the bar of that high: `right` at the moment it is confirmed. */
  readonly highAge: Line;
  /** The latest confirmed swing low, in price units. */
  readonly low: Line;
  /** Bars since the bar of that low. */
  readonly lowAge: Line;
}

/**
 * Swing points: highs that are above the highs of `left` bars before and `right` bars after, and lows likewise.
 *
 * A swing is known `right` bars after it happened, and these lines show it from then on, never earlier; a chart that draws it at its own bar
 * looks into the future. Of equal highs the first counts. NaN before the first swing.
 *
 * @param left - In bars, default 5.
 * @param right - In bars, default 5.
 * @throws {ConfigError} If `left` or `right` is not a positive integer.
 */
export function swingPoints(data: Data, left = 5, right = 5): SwingPoints {
  checkData('swingPoints', data);
  checkPeriod('swingPoints', left, 1, 'left');
  checkPeriod('swingPoints', right, 1, 'right');
  const [high, highAge] = swings(data.high, left, right, 1);
  const [low, lowAge] = swings(data.low, left, right, -1);
  return { high: high!, highAge: highAge!, low: low!, lowAge: lowAge! };
}

/** A bar is a swing where, `right` bars later, the oldest extreme of the bars on both sides and itself is its own. */
function swings(source: Line, left: number, right: number, sign: 1 | -1): Line[] {
  const name = `${sign > 0 ? 'swingHigh' : 'swingLow'}(${left}, ${right})`;
  const sinceExtreme = sign > 0 ? barsSinceHighest : barsSinceLowest;
  return deriveAll(
    source,
    {
      name,
      key: true,
      inputs: [sinceExtreme(source, left + right + 1, 'oldest')],
      history: right,
      state: 2,
      // State: the latest swing and its age in bars plus one (0: there was none).
      compute({ inputs, outputs, state }, from, to) {
        const { values: x, base: dx } = inputs[0]!;
        const { values: since, base: ds } = inputs[1]!;
        const { values: prices, base: dp } = outputs[0]!;
        const { values: ages, base: da } = outputs[1]!;
        let [price, age] = [state[0]!, state[1]!];
        for (let i = from; i < to; i++) {
          const value = x[i - dx]!;
          if (value - value !== 0) age = 0;
          else if (since[i - ds] === right) {
            price = x[i - dx - right]!;
            age = right + 1;
          } else if (age > 0) age++;
          if (age === 0) continue;
          prices[i - dp] = price;
          ages[i - da] = age - 1;
        }
        state[0] = price;
        state[1] = age;
      },
    },
    [name, `${name}.age`],
  );
}

/** The lines of `zigZag`. */
export interface ZigZag {
  /** The latest confirmed turning point, in price units. */
  readonly pivot: Line;
  /** 1 while the leg from there goes up, -1 while it goes down. */
  readonly direction: Line;
  /** The furthest point of the leg so far, which is not confirmed and may move on. */
  readonly extreme: Line;
  /** Bars since the confirmed turning point. */
  readonly age: Line;
}

/**
 * Zig-zag: turning points at least `turn` apart, each known only when price has come back by `turn` from it.
 *
 * `pivot` changes at the bar that confirms it and is never taken back; the usual drawing, which runs through the extremes, cannot be traded.
 * Within one bar the high is looked at first while the leg goes up, the low while it goes down. NaN before the first confirmed turn.
 *
 * @param turn - How far price must come back, as a fraction: 0.05 is 5 %.
 * @throws {ConfigError} If `turn` is not above 0 and below 1.
 */
export function zigZag(data: Data, turn = 0.05): ZigZag {
  checkData('zigZag', data);
  checkShare('zigZag', turn, 'turn', 'both');
  const name = `zigZag(${turn})`;
  // State: whether it has begun, direction (0 unknown), highest and lowest since the last turn with their ages, pivot and its age.
  const [pivot, direction, extreme, age] = recursive(
    name,
    [data.high, data.low],
    { state: 8, names: [name, `${name}.direction`, `${name}.extreme`, `${name}.age`] },
    (state, out, high, low) => {
      if (state[0] === 0) {
        state[0] = 1;
        state[2] = high;
        state[4] = low;
      } else {
        state[3]!++;
        state[5]!++;
        state[7]!++;
        const goesUp = state[1]! >= 0 && high > state[2]!;
        const goesDown = state[1]! <= 0 && low < state[4]!;
        if (goesUp) {
          state[2] = high;
          state[3] = 0;
        }
        if (goesDown) {
          state[4] = low;
          state[5] = 0;
        }
        if (state[1]! >= 0 && state[3]! > 0 && low <= state[2]! * (1 - turn)) {
          state[1] = -1;
          state[6] = state[2]!;
          state[7] = state[3]!;
          state[4] = low;
          state[5] = 0;
        } else if (state[1]! <= 0 && state[5]! > 0 && high >= state[4]! * (1 + turn)) {
          state[1] = 1;
          state[6] = state[4]!;
          state[7] = state[5]!;
          state[2] = high;
          state[3] = 0;
        }
      }
      if (state[1] === 0) return;
      out[0] = state[6]!;
      out[1] = state[1]!;
      out[2] = state[1]! > 0 ? state[2]! : state[4]!;
      out[3] = state[7]!;
    },
  );
  return { pivot: pivot!, direction: direction!, extreme: extreme!, age: age! };
}
