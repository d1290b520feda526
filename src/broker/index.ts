/** Orders, fills, positions, trades, and the brokers that make them. */
export { BackBroker } from './back-broker.ts';
export { placeBracket, type Bracket, type BracketOptions, type ExitOptions } from './brackets.ts';
export { brokerOptionNames, checkBrokerOptions, type Broker, type BrokerOptions } from './broker.ts';
export { fixedSizeFiller, rangeShareFiller, volumePercentFiller, type VolumeFiller } from './filler.ts';
export { intrabarPolicies, type AmbiguityCount, type IntrabarPolicy } from './intrabar.ts';
export type { MatchBar } from './matching.ts';
export { Blotter, Fill, type FillFacts } from './blotter.ts';
export type { FillRule } from './fill-reason.ts';
export { Order } from './order.ts';
export { OrderEntry, type OrderCounter, type OrderTaker } from './order-entry.ts';
export type { OrderOptions, Validity } from './order-options.ts';
export { Position } from './position.ts';
export { CommissionScheme, type CommissionOptions } from './scheme.ts';
export type { BrokerInput, BrokerNews, ExitStart, LiveBroker, LiveContext, StaleOrders } from './live-broker.ts';
export { brokenRule, exactText } from './live-rules.ts';
export { PaperBroker, type PaperOptions } from './paper-broker.ts';
export { Notices } from './notices.ts';
export { SandboxBroker } from './sandbox-broker.ts';
export type { EarlierOrders, SandboxOptions } from './sandbox-options.ts';
export type { ClerkParts } from './sandbox-clerk.ts';
export { Refill } from './refill.ts';
export { kelly, riskPerTrade, volatilitySize } from './risk-sizers.ts';
export {
  allIn,
  fixedSize,
  fixedTarget,
  investFraction,
  lotOf,
  percentOfCash,
  percentOfValue,
  reverser,
  type Sizer,
  type SizingRequest,
} from './sizers.ts';
export { targetSize, targetValue, type TargetOptions } from './targets.ts';
export {
  fixedSlippage,
  noSlippage,
  percentSlippage,
  spreadSlippage,
  volumeImpact,
  type SlippageModel,
  type SlippageSwitches,
} from './slippage.ts';
export { TradeBook } from './trade-book.ts';
export type { Trade, TradeUpdate } from './trade.ts';
export { applyNotice, WorkingOrder, type OrderNotice } from './working.ts';
