/** The type of every moving average, for indicators that take one to smooth with. */
import type { Line } from '../../lines/index.ts';

/** A smoothing of a line over a number of bars: `sma`, `ema`, `smma`, `wma`, or one's own. */
export type MovingAverage = (source: Line, period: number) => Line;
