/** Indicators: functions that grow a line, or a record of lines, from others. */

// Averages
export type { MovingAverage } from './kernel/average.ts';
export { dema, hma, tema, zlema } from './double-average.ts';
export { ema } from './ema.ts';
export { dickson, errorCorrecting } from './error-correcting.ts';
export { kama } from './kama.ts';
export { laguerre, laguerreRsi } from './laguerre.ts';
export { sma } from './sma.ts';
export { smma } from './smma.ts';
export { smoothing } from './kernel/smoothing.ts';
export { wma } from './wma.ts';

// Bands and channels
export { bandPosition, bollinger, type Bands } from './bollinger.ts';
export { donchian, envelope, keltner, type KeltnerOptions } from './envelope.ts';
export { ichimoku, type Ichimoku, type IchimokuOptions } from './ichimoku.ts';

// Crossings
export { crossdown, crossover, crossup, lastDifference } from './crossover.ts';

// Range and direction
export { aroon, type Aroon } from './aroon.ts';
export { atr } from './atr.ts';
export { adx, directional, vortex, type Directional } from './directional.ts';
export { heikinAshi, heikinAshiDelta, type HeikinAshi } from './heikin-ashi.ts';
export { parabolicSar } from './parabolic-sar.ts';
export { demarkPivot, fibonacciPivot, pivotPoint, type PivotKind, type Pivots } from './pivots.ts';
export { trueHigh, trueLow, trueRange } from './true-range.ts';

// Oscillators
export { cci, meanDeviation } from './cci.ts';
export { macd, type Macd, type MacdOptions } from './macd.ts';
export { momentum, roc } from './momentum.ts';
export { awesome, dpo, midPrice, ppo, trix, tsi, typicalPrice } from './oscillators.ts';
export { relativeStrength, rsi } from './rsi.ts';
export { stochastic, type Stochastic, type StochasticOptions } from './stochastic.ts';
export { dv2, kst, prettyGood, type KstOptions } from './strength.ts';
export { ultimateOscillator, williamsAd, williamsR } from './williams.ts';

// Statistics of a window
export { barsSinceHighest, barsSinceLowest, highest, lowest, type WhichExtreme } from './extremes.ts';
export { hurst } from './hurst.ts';
export { correlation, linearRegression, type LinearRegression } from './regression.ts';
export { stddev } from './stddev.ts';
export { percentRank, weighted, windowed } from './windowed.ts';

// Candlestick patterns
export {
  candlestick,
  candlestickPatterns,
  technical,
  technicalIndicators,
  type CandlestickPattern,
  type TechnicalIndicator,
} from './technical.ts';

// Sums and volume
export { cumulative, obv } from './cumulative.ts';
export { sum } from './kernel/sum.ts';
export { mfi, vwap } from './volume.ts';

// Functions of one's own
export { pointwise } from './pointwise.ts';

// Beyond Backtrader: averages with little lag
export { alma, cyberCycle, frama, mcginley, superSmoother, t3 } from './filters.ts';

// Beyond Backtrader: volume
export { anchoredVwap, sessionVwap, type SessionVwapOptions } from './anchored-vwap.ts';
export { accumulation, chaikin, cmf, easeOfMovement, forceIndex, vwma } from './money-flow.ts';
export { volumeProfile, type VolumeProfile, type VolumeProfileOptions } from './volume-profile.ts';

// Beyond Backtrader: stops, trends and turning points
export { choppiness, elderRay, massIndex, squeeze, type SqueezeOptions } from './regime.ts';
export { atrStop, chandelierExit, superTrend, type RangeStopOptions, type TrailingStop } from './trailing-stops.ts';
export { swingPoints, zigZag, type SwingPoints, type ZigZag } from './swings.ts';

// Beyond Backtrader: oscillators
export { connorsRsi, coppock, fisher, stochasticRsi, type StochasticRsiOptions } from './transforms.ts';

// Beyond Backtrader: statistics and volatility
export {
  beta,
  cointegration,
  covariance,
  halfLife,
  kalmanRegression,
  kalmanSlope,
  median,
  quantile,
  zScore,
  type Cointegration,
  type KalmanOptions,
  type KalmanRegression,
  type KalmanSlope,
} from './statistics.ts';
export { realizedVolatility, type VolatilityEstimator, type VolatilityOptions } from './volatility.ts';

// Beyond Backtrader: order flow
export { bookImbalance, buyVolume, cvd, flowImbalance, microPrice, volumeDelta } from './order-flow.ts';

// Beyond Backtrader: perpetuals and futures
export { basis, fundingAnnualized, liquidationFlow, openInterestChange, premium } from './derivatives.ts';

// The catalogue of all of them
export { indicators, namedLines, type IndicatorInfo, type IndicatorLines, type IndicatorParam } from './catalogue.ts';

// The contract, for tests of your own
export {
  checkIndicator,
  indicatorRules,
  type IndicatorCheckOptions,
  type IndicatorRule,
  type MakeIndicator,
} from './contract.ts';
