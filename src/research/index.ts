/** Research: finding parameters, and what a strategy's results are worth. */
export { auditLookahead, type AuditOptions, type AuditReport } from './audit/audit.ts';
export type { Leak } from './audit/leaks.ts';
export type { WarmUp } from './audit/warm.ts';
export { formatAudit } from './audit/report.ts';
export { formatStress, stressBacktest, type StressCase, type StressReport } from './audit/stress.ts';
export * from './statistics/index.ts';
export { run, type OneData, type RunData, type SingleRunResult } from './run.ts';
export { parseCondition } from './search/condition.ts';
export { Axis, Space, type TrialParams } from './search/space.ts';
export { makeSearch, searchMethods, type Search, type SearchMethod, type SearchOptions } from './search/search.ts';
export { inline, type Executor, type SweepJob, type Workers } from './sweep/executor.ts';
export { threads } from './sweep/threads.ts';
export { redis, type RedisOptions } from './sweep/redis/executor.ts';
export { runWorker, type WorkerOptions } from './sweep/redis/worker.ts';
export { optimize } from './sweep/optimize.ts';
export type { OptimizeOptions } from './sweep/options.ts';
export type { OptimizeResult } from './sweep/result.ts';
export type { SweepProgress } from './sweep/progress.ts';
export { openings } from './sweep/registry.ts';
export { statNames, type Metric, type StatName } from './sweep/metric.ts';
export { TrialTable, type Trial } from './sweep/trials.ts';
export type { Luck } from './sweep/luck.ts';
export type { Chunk, ChunkOutcome } from './sweep/chunk.ts';
export {
  walkForward,
  type WalkForwardFold,
  type WalkForwardOptions,
  type WalkForwardResult,
} from './walk/walk-forward.ts';
export {
  crossValidate,
  type CrossValidatedFold,
  type CrossValidateOptions,
  type CrossValidation,
} from './walk/cross-validate.ts';
export { openHoldout, type HoldoutOptions, type OpenedHoldout } from './walk/holdout.ts';
export {
  allocate,
  combine,
  type AllocateOptions,
  type Allocation,
  type CombinedPortfolio,
  type CombineOptions,
} from './portfolio.ts';
export { readSession, type SessionTape, type TapeData, type TapeOrder } from './parity/tape.ts';
export { compareParity, driftCauses, type DriftCause, type ParityReport, type ParityRow } from './parity/parity.ts';
export {
  brokerOptionsOf,
  fitModels,
  forBars,
  queueSamples,
  slippageSamples,
  type CalibratedModels,
  type QueueSample,
  type SlippageFit,
  type SlippageKind,
  type SlippageSample,
} from './parity/calibrate.ts';
