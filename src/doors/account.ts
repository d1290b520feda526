/** `nextbar/account`: for anyone who trades an account at a venue: several currencies, contracts with margin and funding, and rules of risk. */

export { rulesOfPlan, venueProfiles } from '../broker/index.ts';
export type {
  AccountPayment,
  DataLimits,
  RiskOrder,
  RiskPlan,
  RiskRule,
  RiskState,
  VenueAccountOptions,
  AccountResult,
  AccountState,
  Dust,
  FundingRate,
  InstrumentOptions,
  LiquidationRecord,
  MarginMode,
  PositionMode,
  PostingKind,
  Rates,
  TransferRequest,
  VenueProfile,
  VenueProfileName,
} from '../broker/index.ts';
export type { FeeTier, MarginTier, PositionSide } from '../core/index.ts';
export { pegOrder, rollContract, type PegOptions, type RollOptions } from '../engine/index.ts';
