/** Every fill of a run with the data and the order it belongs to, in time order. */
import type { Fill, Order } from '../../broker/index.ts';
import type { RunResult } from '../../engine/index.ts';

/** A fill and where it belongs. */
export interface PlacedFill {
  readonly fill: Fill;
  readonly order: Order;
  readonly data: string;
  readonly strategy: string;
}

/** Every fill that the result still has. */
export function placedFills(result: RunResult): PlacedFill[] {
  const all: PlacedFill[] = [];
  for (const strategy of result.strategies) {
    for (const order of strategy.orders) {
      for (const fill of order.fills) all.push({ fill, order, data: order.data.name, strategy: strategy.name });
    }
  }
  return all.sort((a, b) => a.fill.time - b.fill.time);
}
