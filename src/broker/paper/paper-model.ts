/** How a paper session models the market: depth, place in the queue, and the time that orders take. */
import { checkNames, ConfigError, unknownName } from '../../core/index.ts';
import { queueModel, type QueueModelName } from '../queue/queue-model.ts';

/** What orders of a paper session meet. */
export interface PaperModel {
  /**
   * `book`: where the feed follows the book, market orders take its levels one after the other and limit orders wait in the queue of theirs.
   * `touch`: orders are filled whole at the best quote, and the first print at a limit counts. Default `book`; without a book, `touch`.
   */
  readonly depth?: 'book' | 'touch';
  /** Where canceled orders of others stood in the queue. Default `conservative`: behind ours. */
  readonly queue?: QueueModelName;
  /** Milliseconds that an order, an amendment or a cancel takes to the exchange. Default 0. */
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
