/** `nextbar/research`: for anyone who looks for parameters, and wants to know what a strategy's results are worth. */

// The audit.
export { auditLookahead, formatAudit, formatStress, stressBacktest } from '../research/index.ts';
export type { AuditOptions, AuditReport, Leak, StressCase, StressReport, WarmUp } from '../research/index.ts';

// One run in one line.
export { run } from '../research/index.ts';
export type { OneData, RunData, SingleRunResult } from '../research/index.ts';

// Statistics of overfitting.
export {
  blockLengthOf,
  combinatorialFolds,
  deflatedSharpe,
  effectiveTrials,
  expectedMaximum,
  jitterBars,
  luckySharpe,
  meanCorrelation,
  minBacktestYears,
  minTrackRecord,
  momentsOf,
  neighbourhood,
  overfittingProbability,
  probabilisticSharpe,
  purgedFolds,
  snoopingTest,
  tradeLuck,
  valueAtRisk,
} from '../research/index.ts';
export type {
  CombinatorialFolds,
  CombinatorialOptions,
  Fold,
  FoldOptions,
  Moments,
  Neighbourhood,
  NeighbourhoodOptions,
  Overfitting,
  OverfittingOptions,
  Quantiles,
  SharpeRecord,
  Snooping,
  SnoopingOptions,
  TradeLuck,
  TradeLuckOptions,
  TrialPoint,
  TrialSet,
  ValueAtRisk,
} from '../research/index.ts';

// Searches.
export { inline, optimize, redis, statNames, threads, TrialTable } from '../research/index.ts';
export type {
  Executor,
  Luck,
  Metric,
  OptimizeOptions,
  RedisOptions,
  OptimizeResult,
  SearchMethod,
  StatName,
  SweepProgress,
  Trial,
  TrialParams,
} from '../research/index.ts';
export type { NumberRange, ParamRange, ParamSpace } from '../engine/index.ts';

// Out of sample.
export { crossValidate, openHoldout, walkForward } from '../research/index.ts';
export type {
  CrossValidatedFold,
  CrossValidateOptions,
  CrossValidation,
  HoldoutOptions,
  OpenedHoldout,
  WalkForwardFold,
  WalkForwardOptions,
  WalkForwardResult,
} from '../research/index.ts';

// Portfolios.
export { allocate, combine } from '../research/index.ts';
export type { AllocateOptions, Allocation, CombinedPortfolio, CombineOptions } from '../research/index.ts';
