/** The engine: strategies over datas. */
export { Cerebro, type CerebroOptions, type RunOptions } from './cerebro.ts';
export { StrategyResult, type DataResult, type EquityCurve, type RunResult, type RunSettings } from './result.ts';
export { Strategy, type StrategyClass, type StrategyContext } from './strategy.ts';
export {
  SignalStrategy,
  signalKinds,
  type SignalKind,
  type SignalMaker,
  type SignalParams,
} from './signal-strategy.ts';
