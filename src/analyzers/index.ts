/** Readings of a run. */
export { Analyzer, type AnalyzerClass, type RunFacts } from './analyzer.ts';
export { RunRecord, blockSteps } from './record.ts';
export type { Compat } from './options.ts';
export type { PeriodOptions, PeriodReturn } from './periods/period-analyzer.ts';
export {
  AccountCosts,
  type AccountCostsOptions,
  type AccountCostsResult,
  type ProfitSplit,
} from './account/account-costs.ts';
export { AnnualReturn, type YearReturn } from './returns/annual-return.ts';
export { BuyAndHold, type BuyAndHoldOptions, type BuyAndHoldResult } from './returns/buy-and-hold.ts';
export { Calmar, type CalmarOptions, type CalmarResult } from './risk/calmar.ts';
export { DrawDown, type DrawDownDepth, type DrawDownOptions, type DrawDownResult } from './risk/draw-down.ts';
export { Exposure, type ExposureResult } from './exposure/exposure.ts';
export { Fees, type FeesResult } from './trades/fees.ts';
export { GrossLeverage, type GrossLeverageOptions, type GrossLeverageResult } from './exposure/gross-leverage.ts';
export { LogReturnsRolling, type LogReturnsOptions } from './returns/log-returns-rolling.ts';
export { PeriodStats, type PeriodStatsOptions, type PeriodStatsResult } from './periods/period-stats.ts';
export { PositionsValue, type PositionsValueResult } from './exposure/positions-value.ts';
export { PyFolio, pyFolioCsv, type PyFolioResult } from './returns/pyfolio.ts';
export { Returns, type ReturnsOptions, type ReturnsResult } from './returns/returns.ts';
export { RunStatistics, type RunStats } from './run-stats.ts';
export { SQN, type SqnOptions, type SqnResult } from './risk/sqn.ts';
export { SharpeRatio, type SharpeOptions, type SharpeResult } from './risk/sharpe-ratio.ts';
export { SortinoRatio, type SortinoOptions, type SortinoResult } from './risk/sortino-ratio.ts';
export { TimeDrawDown, type TimeDrawDownResult } from './risk/time-draw-down.ts';
export { TimeReturn, type TimeReturnOptions } from './returns/time-return.ts';
export {
  TradeAnalyzer,
  type SideProfits,
  type SplitLengths,
  type Streak,
  type TradeAnalysis,
  type TradeAnalyzerOptions,
} from './trades/trade-analyzer.ts';
export { TradeReader } from './trades/trade-reader.ts';
export type { TradeFigures } from './trades/trade-stats.ts';
export type { Lengths, Profits } from './trades/trade-tally.ts';
export { Transactions, type Transaction, type TransactionsOptions } from './trades/transactions.ts';
export { Turnover, type TurnoverResult } from './exposure/turnover.ts';
export { VaR, type VaROptions, type VaRResult } from './risk/value-at-risk.ts';
export { VWR, type VwrOptions, type VwrResult } from './risk/vwr.ts';
export * from './observers/index.ts';
