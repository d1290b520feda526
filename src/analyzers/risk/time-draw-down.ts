/** Drawdown at the ends of calendar periods. */
import { PeriodAnalyzer, type PeriodOptions } from '../periods/period-analyzer.ts';

/** The largest drawdown between ends of periods. */
export interface TimeDrawDownResult {
  /** Fraction of the peak: 0.25 is 25 %. */
  readonly depth: number;
  /** The most periods in a row that ended below an earlier peak. */
  readonly periods: number;
}

/**
 * Drawdown between the last values of calendar periods, from the start value on; shallower than what `DrawDown` finds
 * step by step. Backtrader's looks at the first value of each period.
 */
export class TimeDrawDown extends PeriodAnalyzer<TimeDrawDownResult> {
  constructor(options: PeriodOptions = {}) {
    super('TimeDrawDown', options, [], 'bar');
  }

  override result(): TimeDrawDownResult {
    const isPlain = this.compat === undefined;
    const samples = (isPlain ? this.periods.last : this.periods.first).values.subarray(0, this.periods.length);
    const { depths, lengths } = drawdowns(samples, isPlain ? this.run.startValue : -Infinity);
    return { depth: depths.at(-1) ?? 0, periods: lengths.at(-1) ?? 0 };
  }
}

/** The deepest and the longest drawdown up to each sample. */
export function drawdowns(samples: Float64Array, start: number): { depths: Float64Array; lengths: Float64Array } {
  const depths = new Float64Array(samples.length);
  const lengths = new Float64Array(samples.length);
  let peak = start;
  let length = 0;
  let deepest = 0;
  let longest = 0;
  for (let k = 0; k < samples.length; k++) {
    const value = samples[k]!;
    if (value >= peak) {
      peak = value;
      length = 0;
    } else {
      length++;
      if (peak > 0) deepest = Math.max(deepest, (peak - value) / peak);
    }
    longest = Math.max(longest, length);
    depths[k] = deepest;
    lengths[k] = longest;
  }
  return { depths, lengths };
}
