/** Volume fillers: how much of an order one bar can take. */
import { ConfigError, floorToStep } from '../../core/index.ts';
import type { MatchBar } from './match-bar.ts';

/** Answers how many of `remaining` units (positive) a bar executes at `price`; 0 leaves the order as it is. */
export interface VolumeFiller {
  /** Units of an order that the bar can take. */
  fillable(remaining: number, price: number, bar: MatchBar): number;
}

/** Fills at most `size` units a bar, and never more than the bar's volume. */
export function fixedSizeFiller(size = Infinity): VolumeFiller {
  positive('size', size);
  return { fillable: (remaining, _price, bar) => Math.min(bar.volume, remaining, size) };
}

/** Fills at most a `fraction` of the bar's volume (0.1 is 10 %), rounded down to `lot`. */
export function volumePercentFiller(fraction = 1, lot = 0): VolumeFiller {
  checkFraction('volumePercentFiller', fraction);
  return { fillable: (remaining, _price, bar) => Math.min(floorToStep(bar.volume * fraction, lot), remaining) };
}

/**
 * The bar's volume spread evenly over its prices, a `fraction` of one price's share a bar (0.1 is 10 %), rounded down to `lot`.
 *
 * @param step - Distance of two prices; without it the whole range counts as one price.
 */
export function rangeShareFiller(fraction = 1, step?: number, lot = 0): VolumeFiller {
  checkFraction('rangeShareFiller', fraction);
  if (step !== undefined) positive('step', step);
  return {
    fillable(remaining, _price, bar) {
      const prices = step === undefined ? 1 : Math.floor((bar.high - bar.low + step) / step);
      return Math.min(floorToStep((bar.volume / prices) * fraction, lot), remaining);
    },
  };
}

function checkFraction(name: string, value: number): void {
  positive('fraction', value);
  if (value <= 1) return;
  throw new ConfigError(
    `${name} takes a fraction, 0.1 for 10 %, was ${value}${value <= 100 ? `: did you mean ${value / 100}?` : ''}`,
    {
      context: { field: 'fraction', value },
    },
  );
}

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new ConfigError(`${name} must be above 0, was ${value}`, { context: { field: name, value } });
}
