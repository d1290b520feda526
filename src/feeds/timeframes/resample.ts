/** Bars of a longer timeframe from bars of a shorter one. */
import { checkNames, ConfigError, timeframe, type Bars, type Timeframe } from '../../core/index.ts';
import { BarGrid, gridOptionNames, type GridOptions } from './bar-grid.ts';
import { Resampler, type ResampledBars } from './resampler.ts';

/** Options of resampleBars. */
export interface ResampleOptions extends GridOptions {
  /**
   * The moment up to which the source is known, milliseconds UTC: a bar that ends by then is complete, even if its last parts are missing.
   * Default: the close of the last source bar.
   */
  readonly knownUntil?: number;
}

/**
 * Bars of a longer timeframe: the first open, the highest high, the lowest low, the last close, sums of volume, quote volume and trade
 * count. `time` is the open of the longer bar, `closeTime` its close.
 *
 * The last bar is left out while it may still grow. The first is included although the source may begin in its middle. A bar without any
 * source bar is missing: gaps stay gaps.
 *
 * @param from - The timeframe of `bars`, such as `1h`.
 * @param to - The timeframe wanted, such as `4h`: a multiple of `from`, or weeks, months or years.
 * @throws {ConfigError} If `to` cannot be built from whole bars of `from`.
 */
export function resampleBars(
  bars: Bars,
  from: string | Timeframe,
  to: string | Timeframe,
  options: ResampleOptions = {},
): ResampledBars {
  checkNames('option of resampleBars', options, [...gridOptionNames, 'knownUntil']);
  const [base, frame] = [from, to].map((one) => (typeof one === 'string' ? timeframe(one) : one)) as [
    Timeframe,
    Timeframe,
  ];
  const { knownUntil, ...grid } = options;
  checkFrames(base, frame);
  const resampler = new Resampler(new BarGrid(frame, grid), base);
  resampler.push(bars);
  if (knownUntil !== undefined) resampler.reach(knownUntil);
  return resampler.take();
}

/** Refuses a timeframe that does not consist of whole bars of another. */
export function checkFrames(base: Timeframe, frame: Timeframe): void {
  if (isWhole(base, frame)) return;
  throw new ConfigError(
    `${frame.name} bars cannot be built from ${base.name} bars: choose a multiple of ${base.name}`,
    {
      code: 'timeframe',
      context: { from: base.name, to: frame.name },
    },
  );
}

const dayLength = 86_400_000;

function isWhole(base: Timeframe, frame: Timeframe): boolean {
  if (base.ms !== undefined && frame.ms !== undefined) return frame.ms % base.ms === 0 && frame.ms >= base.ms;
  const months = ({ unit, count }: Timeframe): number => (unit === 'y' ? count * 12 : count);
  if (base.ms === undefined) return frame.ms === undefined && months(frame) % months(base) === 0;
  return base.ms <= dayLength && dayLength % base.ms === 0;
}
