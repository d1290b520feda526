/** Statistics of overfitting: how much of a result is luck. */
export { normalCdf, normalQuantile } from './normal.ts';
export { checkList, checkNumber, isFlat, momentsOf, type Moments } from './moments.ts';
export {
  CorrelationSum,
  deflatedSharpe,
  effectiveTrials,
  expectedMaximum,
  luckySharpe,
  meanCorrelation,
  minBacktestYears,
  minTrackRecord,
  probabilisticSharpe,
  type SharpeRecord,
  type TrialSet,
} from './sharpe.ts';
export {
  overfittingProbability,
  OverfittingTest,
  rankSplits,
  type Overfitting,
  type OverfittingOptions,
  type SplitFacts,
  type SplitRanks,
} from './overfitting.ts';
export { blockLengthOf, snoopingTest, stationaryPicks, type Snooping, type SnoopingOptions } from './snooping.ts';
export {
  checkGroups,
  combinatorialFolds,
  purgedFolds,
  type CombinatorialFolds,
  type CombinatorialOptions,
  type Fold,
  type FoldOptions,
} from './cross-validation.ts';
export { quantileOf, tradeLuck, type Quantiles, type TradeLuck, type TradeLuckOptions } from './trade-luck.ts';
export { valueAtRisk, type ValueAtRisk } from './value-at-risk.ts';
export { neighbourhood, type Neighbourhood, type NeighbourhoodOptions, type TrialPoint } from './neighbourhood.ts';
export { jitterBars } from './jitter.ts';
