/** Where a local venue's prices come from. */
export {
  decimalText,
  type Market,
  type MarketBar,
  type MarketBook,
  type MarketChange,
  type MarketInstrument,
  type MarketListener,
  type MarketTrade,
} from './market.ts';
export { SeededMarket, type SeededMarketOptions } from './seeded-market.ts';
