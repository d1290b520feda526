/** An exchange of spot or of contracts: accounts, orders and a matching engine, in whole ticks, lots and units of money. */
export { Account, fillsBy, type AccountFill, type Holding } from './account.ts';
export type {
  ContractAccount,
  ContractPosition,
  Income,
  IncomeType,
  MarginChange,
  SymbolSettings,
} from './contract-account.ts';
export type { AccountOptions } from './accounts.ts';
export { ContractLedger, type ContractChange } from './contract-ledger.ts';
export type { ContractMargins, PositionFigures } from './contract-margins.ts';
export type { ContractOptions, FundingDue } from './contract-options.ts';
export { moveMargin, changePositionMode, changeMarginMode, changeLeverage } from './contract-settings.ts';
export type { FundingSchedule } from './funding.ts';
export { OrderBook, type BookSide, type Resting } from './book.ts';
export { maxSize } from './checks.ts';
export {
  Exchange,
  maxAmendments,
  type AccountListener,
  type ExchangeListRequest,
  type ExchangeOptions,
  type OrderKey,
} from './exchange.ts';
export { Ledger, type FeeOptions } from './ledger.ts';
export type { ListReport, OrderReport } from './matching.ts';
export {
  exchangeOrderTypes,
  isOver,
  isStop,
  isUntriggered,
  Refusal,
  triggersAbove,
  type Amendment,
  type ConditionalOrder,
  type ContractOrder,
  type ExchangeOrder,
  type ExchangeOrderStatus,
  type ExchangeOrderType,
  type ExchangeRequest,
  type OrderList,
  type PositionSide,
  type TimeInForce,
} from './order.ts';
export { SymbolMarket, type Match, type Taker } from './symbol-market.ts';
export { barOf, fold, TradeLog, type OpenBar, type TradeLogOptions } from './trade-log.ts';
export { balanceDecimals, balanceFrom, balanceText } from './units.ts';
export type { StopChange } from './matching.ts';
