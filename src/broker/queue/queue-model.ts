/** Queue models: how many units are ahead of a resting order when the size of its level changes and nothing was traded. */
import { ConfigError, unknownName } from '../../core/index.ts';

/** The names of the queue models. */
export const queueModelNames = ['conservative', 'proportional'] as const;

/**
 * Where orders that leave a level are assumed to have stood in its queue. Exchanges publish the size of a level, not which orders left it.
 *
 * - `conservative`: they stood behind ours, so that only trades move an order forward. The fewest fills.
 * - `proportional`: they stood ahead and behind in proportion to the units there, as in hftbacktest's `ProbQueueModel` with power 1.
 */
export type QueueModelName = (typeof queueModelNames)[number];

/**
 * The units ahead of an order after its level changed without a trade.
 *
 * @param ahead - Units ahead so far.
 * @param before - Units at the level so far, less those that trades have taken since.
 * @param after - Units at the level now.
 */
export type QueueModel = (ahead: number, before: number, after: number) => number;

const models: Readonly<Record<QueueModelName, QueueModel>> = {
  conservative: (ahead, _before, after) => Math.min(ahead, after),
  proportional: (ahead, before, after) =>
    after < before && before > 0 ? Math.min((ahead * after) / before, after) : Math.min(ahead, after),
};

/** A model by its name. @throws {ConfigError} If there is none of that name. */
export function queueModel(name: QueueModelName = 'conservative'): QueueModel {
  const known: string = name;
  if (typeof known !== 'string') throw new ConfigError(`queue must be ${queueModelNames.join(' or ')}`);
  if (!Object.hasOwn(models, name)) throw unknownName('queue model', known, queueModelNames);
  return models[name];
}
