/** The front door: every public name, by room. */

// The engine: strategies over datas.
export { Cerebro, SignalStrategy, Strategy, StrategyResult, signalKinds } from './engine/index.ts';
export type {
  CerebroOptions,
  DataResult,
  EquityCurve,
  RunOptions,
  RunResult,
  RunSettings,
  SignalKind,
  SignalMaker,
  SignalParams,
  StrategyClass,
  StrategyContext,
} from './engine/index.ts';

// Where bars come from.
export * from './feeds/index.ts';

// Lines and indicators.
export { Data, Line } from './lines/index.ts';
export type { IndicatorSpec, Kernel, KernelIo, Operand } from './lines/index.ts';
export * from './indicators/index.ts';

// Orders, fills, trades, brokers.
export * from './broker/index.ts';

// Readings of a run.
export * from './analyzers/index.ts';

// The words of the trade.
export * from './core/index.ts';
