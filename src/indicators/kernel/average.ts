/** What every moving average is, so that an indicator can be told which one to smooth with. */
import type { Line } from '../../lines/index.ts';

/** A smoothing of a line over a number of bars: `sma`, `ema`, `smma`, `wma`, or one's own. */
export type MovingAverage = (source: Line, period: number) => Line;
