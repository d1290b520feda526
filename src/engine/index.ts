/** The engine: strategies over datas. */
export { Cerebro, planOf, searchesOf, type PlannedSearch } from './cerebro.ts';
export type {
  BrokerMaker,
  CerebroOptions,
  PlannedStrategy,
  RunOptions,
  RunPlan,
  StrategyOptions,
} from './plan/plan.ts';
export {
  checkSpace,
  mergeParams,
  type GivenParams,
  type NumberRange,
  type ParamRange,
  type ParamSpace,
} from './plan/params.ts';
export { feedOfPlan, isPlan, type DataPlan } from './plan/data-plan.ts';
export { RepeatedBacktest, type RepeatOptions } from './run/repeated.ts';
export { StrategyResult, type DataResult, type RunResult, type RunSettings } from './result/result.ts';
export { nameOfStrategy, Strategy, type StrategyClass, type StrategyContext } from './strategy/strategy.ts';
export {
  SignalStrategy,
  signalKinds,
  type SignalKind,
  type SignalMaker,
  type SignalParams,
} from './strategy/signal-strategy.ts';
export type { EngineAccess } from './strategy/engine-access.ts';
export type { EquityCurve } from './result/equity.ts';
export type { TimerOptions } from './strategy/timer-schedule.ts';
export { DayTimer, type TimerCallback } from './strategy/timers.ts';
export type { ResampleDataOptions } from './plan/data-plan.ts';
export type { RunWatch } from './plan/run-watch.ts';
export { onProcessEnd, type RunEnd } from './live/interrupt.ts';
export type { LiveRunOptions } from './live/options.ts';
export type {
  ChannelMeasure,
  LiveMode,
  QueueCounts,
  RunMode,
  SessionSummary,
  StreamSummary,
} from './result/session-summary.ts';
export type { RoundTrip } from './result/round-trip.ts';
export type { ExternalSignal } from './strategy/external-signal.ts';
export type { SignalAnswer } from './live/operation/signal-gate.ts';
export { SessionControl } from './live/operation/control.ts';
export type { SessionLimits } from './live/operation/kill-switch.ts';
export type { SessionCommand } from './live/input.ts';
export type { DataView, PositionView, SessionView, StrategyPosition, StrategyView } from './live/view.ts';
export type { JournalDifference, JournalReplay } from './live/journal/replay.ts';
export { markShapes } from './strategy/drawing.ts';
export type {
  DrawnMark,
  DrawnSeries,
  Drawing,
  MarkOptions,
  MarkShape,
  StrategyPlotOptions,
} from './strategy/drawing.ts';
export { dayReturnsOf, dayStartsOf, partsOfResult, type RunParts, type StrategyParts } from './result/run-parts.ts';
export type { PlottedLine } from './result/plotted-lines.ts';
export type { MimeBundle, RunPicture, ShowOptions } from './result/show.ts';
export { rollContract, type RollOptions } from './strategy/roll.ts';
export { pegOrder, type PegOptions } from './strategy/peg.ts';
