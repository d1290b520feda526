/** Indicators: functions that grow a line, or a record of lines, from others. */
export type { MovingAverage } from './average.ts';
export { atr } from './atr.ts';
export { bandPosition, bollinger, type Bands } from './bollinger.ts';
export { crossdown, crossover, crossup } from './crossover.ts';
export { ema } from './ema.ts';
export { barsSinceHighest, barsSinceLowest, highest, lowest, type WhichExtreme } from './extremes.ts';
export { macd, type Macd, type MacdOptions } from './macd.ts';
export { momentum, roc } from './momentum.ts';
export { relativeStrength, rsi } from './rsi.ts';
export { sma } from './sma.ts';
export { smma } from './smma.ts';
export { smoothing } from './smoothing.ts';
export { stddev } from './stddev.ts';
export { stochastic, type Stochastic, type StochasticOptions } from './stochastic.ts';
export { sum } from './sum.ts';
export { trueHigh, trueLow, trueRange } from './trueRange.ts';
export { wma } from './wma.ts';
