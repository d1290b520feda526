/** Observers: readings of a run with a value for each step. */
export { Observer, type ObserverLines } from './observer.ts';
export { BrokerObserver, CashObserver, FundObserver, ValueObserver } from './account-observers.ts';
export { DrawDownLengthObserver, DrawDownObserver, type DrawDownObserverOptions } from './draw-down-observers.ts';
export {
  BuySellObserver,
  TradesObserver,
  type BuySellObserverOptions,
  type TradesObserverOptions,
} from './event-observers.ts';
export {
  BenchmarkObserver,
  LogReturnsObserver,
  TimeReturnObserver,
  type BenchmarkOptions,
  type LogReturnsObserverOptions,
} from './return-observers.ts';
