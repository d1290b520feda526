/** Options of a tick backtest: the queue model and the time that orders and their answers take. */
import { checkNames, ConfigError } from '../../core/index.ts';
import type { BrokerOptions } from '../broker.ts';
import { queueModel, type QueueModelName } from '../queue/queue-model.ts';

/** How orders meet a recorded book. */
export interface TickOptions {
  /** Where canceled orders of others are assumed to have stood in the queue. Default `conservative`: behind ours. */
  readonly queue?: QueueModelName;
  /** Latency from the strategy to the exchange, in milliseconds: a number, or a function of the time of sending. Default 0. */
  readonly orderLatencyMs?: Latency;
  /** Latency of the exchange's reports about orders, in milliseconds. Default: as `orderLatencyMs`. */
  readonly answerLatencyMs?: Latency;
}

/** A latency in milliseconds, or a function that returns it for a time in milliseconds UTC. */
export type Latency = number | ((time: number) => number);

/** Broker options that assume bars, with what a tick backtest has in their place. */
const ofBars = {
  slippage: 'the recorded book has the prices',
  filler: 'the recorded book has the sizes',
  latencyBars: 'give ticks: { orderLatencyMs }',
  cheatOnClose: 'orders meet the book when they arrive',
  intrabar: 'the order of ticks is known',
} as const;

/** @throws {ConfigError} If an option is unknown or cannot be right, or an option of the broker assumes bars. */
export function checkTickOptions(options: TickOptions, broker: BrokerOptions = {}): void {
  checkNames('option of ticks', options, ['queue', 'orderLatencyMs', 'answerLatencyMs']);
  queueModel(options.queue);
  for (const field of ['orderLatencyMs', 'answerLatencyMs'] as const) {
    const value = options[field];
    if (value === undefined || typeof value === 'function' || (value >= 0 && value < Infinity)) continue;
    throw new ConfigError(`${field} must be a number of milliseconds of at least 0 or a function, was ${value}`, { context: { field } }); // prettier-ignore
  }
  for (const [field, instead] of Object.entries(ofBars)) {
    const value = broker[field as keyof typeof ofBars];
    if (value === undefined || value === false || value === 0) continue;
    throw new ConfigError(`${field} is for backtests over bars: in a tick backtest ${instead}`, { context: { field } });
  }
  if (broker.rules === 'backtrader') {
    throw new ConfigError("a tick backtest trades by the exchange's rules: leave out rules: 'backtrader'", { context: { field: 'rules' } }); // prettier-ignore
  }
}

/** A latency as a function. @throws {ConfigError} If it returns what is no latency. */
export function latencyOf(field: string, latency: Latency): (time: number) => number {
  if (typeof latency === 'number') return () => latency;
  return (time) => {
    const value = latency(time);
    if (value >= 0 && value < Infinity) return value;
    throw new ConfigError(`${field} must return a number of milliseconds of at least 0, returned ${value}`);
  };
}
