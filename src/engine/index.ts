/** The engine: strategies over datas. */
export { Cerebro } from './cerebro.ts';
export type { CerebroOptions, RunOptions } from './plan.ts';
export { StrategyResult, type DataResult, type RunResult, type RunSettings } from './result.ts';
export { Strategy, type StrategyClass, type StrategyContext } from './strategy.ts';
export {
  SignalStrategy,
  signalKinds,
  type SignalKind,
  type SignalMaker,
  type SignalParams,
} from './signal-strategy.ts';
export type { EquityCurve } from './equity.ts';
export type { TimerOptions } from './timer-schedule.ts';
export { DayTimer, type TimerCallback } from './timers.ts';
export type { ResampleDataOptions } from './loader-plan.ts';
export type { RunWatch } from './stream-watch.ts';
export type { LiveMode, LiveRunOptions, RunMode } from './live-options.ts';
export type { DataView, SessionSummary, SessionView, StreamSummary } from './live-view.ts';
export type { QueueCounts } from './live-queue.ts';
export type { JournalDifference, JournalReplay } from './live-replay.ts';
