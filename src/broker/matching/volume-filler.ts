/** Volume fillers: how much of an order one bar can take. */
import { ConfigError, floorToStep } from '../../core/index.ts';
import type { MatchBar } from './match-bar.ts';

/** Answers how many of `remaining` units (positive) a bar executes at `price`; 0 leaves the order as it is. */
export interface VolumeFiller {
  /** Units of an order that the bar can take. */
  fillable(remaining: number, price: number, bar: MatchBar): number;
}

/** At most `size` units a bar, and never more than the bar's volume. */
export function fixedSizeFiller(size = Infinity): VolumeFiller {
  positive('size', size);
  return { fillable: (remaining, _price, bar) => Math.min(bar.volume, remaining, size) };
}

/** At most `percent` of the bar's volume, rounded down to `lot`. */
export function volumePercentFiller(percent = 100, lot = 0): VolumeFiller {
  positive('percent', percent);
  return { fillable: (remaining, _price, bar) => Math.min(floorToStep((bar.volume * percent) / 100, lot), remaining) };
}

/**
 * The bar's volume spread evenly over its prices, `percent` of one price's share a bar, rounded down to `lot`.
 *
 * @param step - Distance of two prices; without it the whole range counts as one price.
 */
export function rangeShareFiller(percent = 100, step?: number, lot = 0): VolumeFiller {
  positive('percent', percent);
  if (step !== undefined) positive('step', step);
  return {
    fillable(remaining, _price, bar) {
      const prices = step === undefined ? 1 : Math.floor((bar.high - bar.low + step) / step);
      return Math.min(floorToStep(((bar.volume / prices) * percent) / 100, lot), remaining);
    },
  };
}

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new ConfigError(`${name} must be above 0, was ${value}`, { context: { field: name, value } });
}
