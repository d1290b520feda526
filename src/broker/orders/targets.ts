/** Target orders: what it takes to bring a position to a size or a value. */
import { OrderError, floorToStep } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Order } from './order.ts';
import type { OrderEntry, OrderTaker } from './entry.ts';
import type { LooseOrderOptions, OrderOptions } from './options.ts';
import { lotOf } from '../sizing/sizers.ts';

/** Options of a target order; the size follows from the target. */
export type TargetOptions = Omit<LooseOrderOptions, 'size'>;

/** Brings the position to `target` units, negative for short. */
export function targetSize(
  entry: OrderEntry,
  broker: OrderTaker,
  target: number,
  options: TargetOptions,
): Order | undefined {
  checkTarget('target', target);
  const data = entry.dataOf(options.data);
  const wanted = target - broker.positionOf(timelineOf(data).id).size;
  return trade(entry, data, wanted, options);
}

/**
 * Brings the position's value to `target` quote units, negative for short, at the order's price or the latest close. Sizes are
 * rounded down to the lot, so that the target is reached from below; pending orders are not counted.
 */
export function targetValue(
  entry: OrderEntry,
  broker: OrderTaker,
  target: number,
  options: TargetOptions,
): Order | undefined {
  checkTarget('target', target);
  const data = entry.dataOf(options.data);
  const { id } = timelineOf(data);
  const scheme = broker.schemeOf(id);
  const { size } = broker.positionOf(id);
  if (target === 0) return trade(entry, data, -size, options);
  const price = options.price ?? data.close.now;
  const held = scheme.value(size, data.close.now);
  const unit = scheme.isSpot ? (price * scheme.multiplier) / scheme.leverage : scheme.margin(price);
  const wanted = target - held;
  const units = floorToStep(Math.abs(wanted) / unit, lotOf(data));
  return trade(entry, data, Math.sign(wanted) * units, options);
}

function trade(entry: OrderEntry, data: Data, wanted: number, options: TargetOptions): Order | undefined {
  if (wanted === 0) return undefined;
  return entry.place(wanted > 0 ? 'buy' : 'sell', { ...options, data, size: Math.abs(wanted) } as OrderOptions);
}

function checkTarget(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new OrderError(`${name} must be a number, was ${value}`);
}
