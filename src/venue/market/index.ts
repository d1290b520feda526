/** Where a local venue's prices come from. */
export {
  decimalText,
  type Market,
  type MarketBar,
  type MarketBook,
  type MarketChange,
  type MarketInstrument,
  type MarketLevel,
  type MarketListener,
  type MarketTop,
  type MarketTrade,
} from './market.ts';
export { ExchangeMarket } from './exchange-market.ts';
export { gridOf, onGrid, type Grid } from './grid.ts';
export { SeededMarket, type SeededMarketOptions } from './seeded-market.ts';
export { TapeMarket } from './tape-market.ts';
export type { TapeBars, TapeMarketOptions } from './tape-options.ts';
export { walkBar, type TickBar, type WalkOrder, type WalkStep } from './bar-walk.ts';
