/** Readings of a run. */
export { Analyzer, type AnalyzerClass, type RunFacts } from './analyzer.ts';
export { RunRecord, blockSteps } from './record.ts';
export type { Compat } from './options.ts';
export type { PeriodOptions, PeriodReturn } from './period-analyzer.ts';
export { AnnualReturn, type YearReturn } from './annual-return.ts';
export { BuyAndHold, type BuyAndHoldOptions, type BuyAndHoldResult } from './buy-and-hold.ts';
export { Calmar, type CalmarOptions, type CalmarResult } from './calmar.ts';
export { DrawDown, type DrawDownDepth, type DrawDownOptions, type DrawDownResult } from './draw-down.ts';
export { Exposure, type ExposureResult } from './exposure.ts';
export { Fees, type FeesResult } from './fees.ts';
export { GrossLeverage, type GrossLeverageOptions, type GrossLeverageResult } from './gross-leverage.ts';
export { LogReturnsRolling, type LogReturnsOptions } from './log-returns-rolling.ts';
export { PeriodStats, type PeriodStatsOptions, type PeriodStatsResult } from './period-stats.ts';
export { PositionsValue, type PositionsValueResult } from './positions-value.ts';
export { PyFolio, pyFolioCsv, type PyFolioResult } from './pyfolio.ts';
export { Returns, type ReturnsOptions, type ReturnsResult } from './returns.ts';
export { RunStatistics, type RunStats } from './run-stats.ts';
export { SQN, type SqnOptions, type SqnResult } from './sqn.ts';
export { SharpeRatio, type SharpeOptions, type SharpeResult } from './sharpe-ratio.ts';
export { SortinoRatio, type SortinoOptions, type SortinoResult } from './sortino-ratio.ts';
export { TimeDrawDown, type TimeDrawDownResult } from './time-draw-down.ts';
export { TimeReturn, type TimeReturnOptions } from './time-return.ts';
export {
  TradeAnalyzer,
  type SideProfits,
  type SplitLengths,
  type Streak,
  type TradeAnalysis,
  type TradeAnalyzerOptions,
} from './trade-analyzer.ts';
export type { TradeFigures } from './trade-stats.ts';
export type { Lengths, Profits } from './trade-tally.ts';
export { Transactions, type Transaction, type TransactionsOptions } from './transactions.ts';
export { Turnover, type TurnoverResult } from './turnover.ts';
export { VWR, type VwrOptions, type VwrResult } from './vwr.ts';
export * from './observers/index.ts';
