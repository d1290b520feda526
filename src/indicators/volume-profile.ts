/** Where the volume of a window was traded: point of control and value area. */
import { checkData, deriveAll, type Data, type Line } from '../lines/index.ts';
import { checkOptions, checkPeriod, checkShare } from './kernel/period.ts';

/** The lines of `volumeProfile`, in price units. */
export interface VolumeProfile {
  /** Point of control: the middle of the row with most volume. */
  readonly poc: Line;
  /** Upper edge of the value area. */
  readonly high: Line;
  /** Lower edge of the value area. */
  readonly low: Line;
}

/** Options of `volumeProfile`. */
export interface VolumeProfileOptions {
  /** In bars, default 100. */
  readonly period?: number;
  /** Rows between the lowest low and the highest high of the window, default 24. */
  readonly rows?: number;
  /** Share of the volume in the value area, above 0 and up to 1; default 0.7. */
  readonly share?: number;
}

/**
 * Volume profile of the last bars: the price with most volume, and the area around it that holds `share` of the volume.
 *
 * A bar's volume is spread evenly from its low to its high, which is a guess: only trades know better. The area grows from the point of control by
 * the larger of the next rows above and below, of equal ones the upper. Of equal rows the lowest is the point of control. NaN where nothing was traded. It costs a few steps a bar of the window, for every bar.
 *
 * @throws {ConfigError} If `period` or `rows` is not a positive integer, or `share` is outside of 0 to 1.
 * @see J. P. Steidlmayer, Market Profile (CBOT, 1985)
 */
export function volumeProfile(data: Data, options: VolumeProfileOptions = {}): VolumeProfile {
  checkData('volumeProfile', data);
  checkOptions('volumeProfile', options, { period: true, rows: true, share: true });
  const { period = 100, rows = 24, share = 0.7 } = options;
  checkPeriod('volumeProfile', period);
  checkPeriod('volumeProfile', rows, 1, 'rows');
  checkShare('volumeProfile', share, 'share', 'zero');
  const name = `volumeProfile(${period}, ${rows})`;
  const volumes = new Float64Array(rows);
  const slopes = new Float64Array(rows + 1);
  const [poc, high, low] = deriveAll(
    data.high,
    {
      name,
      key: `${name}|${share}`,
      inputs: [data.low, data.volume],
      period,
      history: period - 1,
      state: 1,
      compute({ inputs, outputs, state }, from, to) {
        const [highs, lows, traded] = inputs as [(typeof inputs)[0], (typeof inputs)[0], (typeof inputs)[0]];
        let count = state[0]!;
        for (let i = from; i < to; i++) {
          const valid = highs.at(i) + lows.at(i) + traded.at(i);
          count = valid - valid === 0 ? count + 1 : 0;
          if (count < period) continue;
          let top = -Infinity;
          let bottom = Infinity;
          let total = 0;
          for (let j = i - period + 1; j <= i; j++) {
            top = Math.max(top, highs.values[j - highs.base]!);
            bottom = Math.min(bottom, lows.values[j - lows.base]!);
            total += traded.values[j - traded.base]!;
          }
          if (!(total > 0)) continue;
          const height = (top - bottom) / rows;
          volumes.fill(0);
          if (height > 0) {
            slopes.fill(0);
            for (let j = i - period + 1; j <= i; j++) {
              spread(volumes, slopes, (lows.values[j - lows.base]! - bottom) / height, (highs.values[j - highs.base]! - bottom) / height, traded.values[j - traded.base]!); // prettier-ignore
            }
            let running = 0;
            for (let k = 0; k < rows; k++) volumes[k]! += running += slopes[k]!;
          } else volumes[0] = total;
          const [most, first, last] = areaOf(volumes, total, share);
          outputs[0]!.set(i, bottom + (most + 0.5) * height);
          outputs[1]!.set(i, height > 0 ? bottom + (last + 1) * height : top);
          outputs[2]!.set(i, bottom + first * height);
        }
        state[0] = count;
      },
    },
    [name, `${name}.high`, `${name}.low`],
  );
  return { poc: poc!, high: high!, low: low! };
}

/** Adds a bar from `low` to `high`, in rows: its edges to `volumes`, the whole rows between as a change of slope. */
function spread(volumes: Float64Array, slopes: Float64Array, low: number, high: number, volume: number): void {
  const rows = volumes.length;
  const first = Math.min(rows - 1, Math.floor(low));
  const last = Math.min(rows - 1, Math.floor(high));
  if (first === last) {
    volumes[first]! += volume;
    return;
  }
  const density = volume / (high - low);
  volumes[first]! += density * (first + 1 - low);
  volumes[last]! += density * (high - last);
  slopes[first + 1]! += density;
  slopes[last]! -= density;
}

/** The row with most volume, and the first and last row of the area around it that holds `share` of all. */
function areaOf(volumes: Float64Array, total: number, share: number): [number, number, number] {
  // Rounding must neither choose between equal rows nor make the area one row larger.
  const little = total * 1e-12;
  let most = 0;
  for (let k = 1; k < volumes.length; k++) if (volumes[k]! > volumes[most]! + little) most = k;
  let [first, last, held] = [most, most, volumes[most]!];
  while (held < total * share - little && (first > 0 || last < volumes.length - 1)) {
    const above = last < volumes.length - 1 ? volumes[last + 1]! : -1;
    const below = first > 0 ? volumes[first - 1]! : -1;
    if (above >= below - little) held += volumes[++last]!;
    else held += volumes[--first]!;
  }
  return [most, first, last];
}
