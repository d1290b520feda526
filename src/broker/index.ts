/** Orders, fills, positions, trades, and the brokers that make them. */
export { BacktestBroker } from './backtest-broker.ts';
export { DividedBroker, DividedLiveBroker, type AccountPart, type PartMaker } from './divided-broker.ts';
export type { AccountAudit, EngineBroker, OutsideMoves } from './engine-broker.ts';
export { StrictCheck } from './strict-check.ts';
export { placeBracket, type Bracket, type BracketOptions, type ExitOptions } from './orders/brackets.ts';
export { BrokerView } from './broker-view.ts';
export { brokerOptionNames, checkBrokerOptions, checkCommission, type Broker, type BrokerOptions } from './broker.ts';
export { fixedSizeFiller, rangeShareFiller, volumePercentFiller, type VolumeFiller } from './matching/volume-filler.ts';
export { intrabarPolicies, type AmbiguityCount, type IntrabarPolicy } from './matching/intrabar.ts';
export {
  backtraderRules,
  exchangeRules,
  rulesNames,
  rulesOf,
  type RulesName,
  type TradingRules,
} from './rules/rules.ts';
export type { MatchBar } from './matching/match-bar.ts';
export { Blotter, Fill, fillField, type FillFacts, type FillField } from './accounting/fill-blotter.ts';
export type { FillRule } from './accounting/fill-reason.ts';
export { QuietSpan, spanCash, spanField } from './quiet-span.ts';
export { Order } from './orders/order.ts';
export { OrderEntry, type OrderCounter, type OrderTaker } from './orders/entry.ts';
export type { AmendOptions, CheckedAmendment } from './orders/amendment.ts';
export type { OrderOptions, Validity } from './orders/options.ts';
export { Position } from './accounting/position.ts';
export { CommissionScheme, type CommissionOptions } from './accounting/commission.ts';
export type { BrokerInput, BrokerNews, ExitStart, LiveBroker, LiveContext, StaleOrders } from './live/live-broker.ts';
export { brokenRule, exactText } from './live/venue-rules.ts';
export { queueModel, queueModelNames, type QueueModel, type QueueModelName } from './queue/queue-model.ts';
export { QueueMarket, type QueuedOrder, type QueueEvents } from './queue/queue-market.ts';
export { TickBroker } from './ticks/tick-broker.ts';
export { checkTickOptions, type Latency, type TickOptions } from './ticks/options.ts';
export { PaperBroker, type PaperOptions } from './paper/paper-broker.ts';
export { paperModel, type PaperModel } from './paper/paper-model.ts';
export { Notices } from './orders/notices.ts';
export { SandboxBroker } from './sandbox/sandbox-broker.ts';
export type { EarlierOrders, SandboxOptions } from './sandbox/options.ts';
export type { OrderRoute } from './sandbox/gateway-requests.ts';
export { Refill } from './orders/refill.ts';
export { kelly, riskPerTrade, volatilitySize } from './sizing/risk-sizers.ts';
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
} from './sizing/sizers.ts';
export { targetPercent, targetSize, targetValue, type TargetOptions } from './orders/targets.ts';
export {
  fixedSlippage,
  noSlippage,
  percentSlippage,
  spreadSlippage,
  volumeImpact,
  type SlippageModel,
  type SlippageSwitches,
} from './matching/slippage.ts';
export {
  checkInstrumentOptions,
  type PositionMode,
  type VenueAccountOptions,
  type FundingRate,
  type InstrumentOptions,
  type Rates,
  type TransferRequest,
} from './accounting/ledger/options.ts';
export { venueProfiles, type VenueProfile, type VenueProfileName } from './accounting/ledger/liquidation.ts';
export type {
  AccountPayment,
  AccountResult,
  AccountState,
  Dust,
  LiquidationRecord,
} from './accounting/ledger/records.ts';
export type { PostingKind } from './accounting/ledger/wallet.ts';
export type { MarginMode } from './accounting/ledger/leg.ts';
export type { ForcedOrders } from './accounting/booking.ts';
export { completeInstrument } from './accounting/ledger/terms.ts';
export { checkRiskFor } from './risk/check-plan.ts';
export { RiskDesk } from './risk/risk-desk.ts';
export {
  rulesOfPlan,
  type DataLimits,
  type RiskOrder,
  type RiskPlan,
  type RiskRule,
  type RiskState,
} from './risk/rules.ts';
export { TradeBook } from './accounting/trade-book.ts';
export {
  closedField,
  tradeExits,
  type Trade,
  type TradeExit,
  type TradeOutcomes,
  type TradeMemo,
  type TradeUpdate,
} from './accounting/trade.ts';
export { applyNotice, WorkingOrder, type OrderNotice } from './orders/working-order.ts';
export type { CommonOptions, TrailOptions, LooseOrderOptions } from './orders/options.ts';
export { fillRules } from './accounting/fill-reason.ts';
export type { OcoGroup } from './orders/working-order.ts';
export type { Trail } from './orders/working-order.ts';
