/** Equity curves of trials, as few numbers as their picture needs. */

/** The equity of one trial, as shares of its start. */
export interface TrialCurve {
  /** Milliseconds UTC. */
  readonly time: ArrayLike<number>;
  /** Equity at each time, as a share of its start: 1 is the start. */
  readonly value: ArrayLike<number>;
}

/** Places of the fan along time. */
export const fanPlaces = 240;

/** A curve as the fan draws it: a few hundred places stand for a curve of any length, so that those of many trials fit into memory. */
export function fanCurve(curve: TrialCurve): TrialCurve {
  if (curve.time.length <= fanPlaces) return curve;
  const time = placesAlong(curve);
  return { time, value: valuesAt(curve, time) };
}

/** The times at which the fan draws a curve, milliseconds UTC. */
export function placesAlong({ time }: TrialCurve): number[] {
  const [from, to] = [time[0]!, time[time.length - 1]!];
  return Array.from({ length: fanPlaces }, (_, k) => from + ((to - from) * k) / (fanPlaces - 1));
}

/** What a curve was worth at each of these times, as a share of its start. */
export function valuesAt({ time, value }: TrialCurve, places: readonly number[]): number[] {
  const start = value[0]!;
  let at = 0;
  return places.map((place) => {
    while (at + 1 < time.length && time[at + 1]! <= place) at++;
    return value[at]! / start;
  });
}
