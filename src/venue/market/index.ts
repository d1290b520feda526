/** Sources of prices for a local exchange. */
export { BarHistory } from './bar-history.ts';
export { BarMarket } from './bar-market.ts';
export type { BarMarketOptions, BarSeries } from './bar-market-options.ts';
export { walkBar, type TickBar, type WalkOrder, type WalkStep } from './bar-walk.ts';
export { ExchangeMarket } from './exchange-market.ts';
export { gridOf, onGrid, type Grid } from './grid.ts';
export { SeededMarket, type SeededMarketOptions } from './seeded-market.ts';
