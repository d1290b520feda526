/** `nextbar/testing`: for tests that run live code on a simulated clock and network, or hold an indicator of your own to the contract. */

export { SimulatedNetwork, SimulatedRuntime } from '../core/index.ts';
export type { ServedSocket, Service, SimulatedDelays, SocketService } from '../core/index.ts';
export { checkFeed, feedRules } from '../feeds/index.ts';
export type { FeedCheckOptions, FeedRule, MakeFeed } from '../feeds/index.ts';
export { checkIndicator, indicatorRules } from '../indicators/index.ts';
export type { IndicatorCheckOptions, IndicatorRule, MakeIndicator } from '../indicators/index.ts';
