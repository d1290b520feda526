/** How a paper session models the market: depth, place in the queue, and the time that orders take. */
import { checkNames, ConfigError, unknownName } from '../../core/index.ts';
import { queueModel, type QueueModelName } from '../queue/queue-model.ts';

/** What orders of a paper session meet. */
export interface PaperModel {
  /**
   * `book`: if the feed follows the book, market orders walk its levels and limit orders queue at theirs. `touch`: orders fill in full at
   * the best quote, and a limit order with the first trade at its price. Default `book`; without a book, `touch`.
   */
  readonly depth?: 'book' | 'touch';
  /** Where canceled orders of others are assumed to have stood in the queue. Default `conservative`: behind ours. */
  readonly queue?: QueueModelName;
  /** Latency of an order, an amendment or a cancel to the exchange, in milliseconds. Default 0. */
  readonly orderLatencyMs?: number;
}

/** A model with nothing left open. */
export type WholePaperModel = Required<PaperModel>;

const depths: readonly string[] = ['book', 'touch'];

/** A model with its defaults. @throws {ConfigError} If an option is unknown or cannot be right. */
export function paperModel(model: PaperModel = {}): WholePaperModel {
  checkNames('option of paper', model, ['depth', 'queue', 'orderLatencyMs']);
  const { depth = 'book', queue = 'conservative', orderLatencyMs = 0 } = model;
  if (!depths.includes(depth)) throw unknownName('depth of paper', depth, depths);
  queueModel(queue);
  if (!(orderLatencyMs >= 0 && orderLatencyMs < Infinity)) {
    throw new ConfigError(`orderLatencyMs must be a number of milliseconds of at least 0, was ${orderLatencyMs}`, {
      context: { field: 'orderLatencyMs' },
    });
  }
  return { depth, queue, orderLatencyMs };
}
