/** Target orders: what it takes to bring a position to a size or a value. */
import { OrderError, floorToStep } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Order } from './order.ts';
import type { OrderEntry, OrderTaker } from './entry.ts';
import type { LooseOrderOptions, OrderOptions } from './options.ts';
import { isRounding, lotsOf } from '../accounting/position.ts';
import { lotOf } from '../sizing/sizers.ts';

/** Options of a target order, whose size follows from the target. */
export type TargetOptions = Omit<LooseOrderOptions, 'size'>;

/** Brings the position to `target` units, negative for short; open orders count as if they were executed. */
export function targetSize(
  entry: OrderEntry,
  broker: OrderTaker,
  target: number,
  options: TargetOptions,
): Order | undefined {
  checkTarget('target', target);
  const data = entry.dataOf(options.data);
  const wanted = target - expectedSize(entry, broker, data);
  return trade(entry, data, isRounding(wanted, target) ? 0 : wanted, options);
}

/**
 * Brings the position's value to `target` quote units, negative for short, at the order's price or the latest close. The value is
 * what the position binds: with leverage it is larger. Sizes are rounded down to the lot, so that the target is reached from below;
 * open orders count as if they were executed.
 */
export function targetValue(
  entry: OrderEntry,
  broker: OrderTaker,
  target: number,
  options: TargetOptions,
): Order | undefined {
  checkTarget('target', target);
  const data = entry.dataOf(options.data);
  const scheme = broker.schemeOf(timelineOf(data).id);
  const size = expectedSize(entry, broker, data);
  if (target === 0) return trade(entry, data, -size, options);
  const price = options.price ?? data.close.now;
  const unit = scheme.bound(price);
  const wanted = target - size * scheme.bound(data.close.now);
  if (!(unit > 0)) {
    const refusal = { rule: 'price', reason: `a target of a value needs a price above 0, was ${price}` };
    return entry.placeNamed(wanted > 0 ? 'buy' : 'sell', { ...options, data }, 0, 'target', false, refusal);
  }
  const units = floorToStep(Math.abs(wanted) / unit, lotOf(data));
  return trade(entry, data, Math.sign(wanted) * units, options);
}

/** Brings the position's value to a fraction of the whole value: 0.5 is half of it, -0.5 half of it short. */
export function targetPercent(
  entry: OrderEntry,
  broker: OrderTaker,
  fraction: number,
  options: TargetOptions,
): Order | undefined {
  checkTarget('fraction', fraction);
  const { isSpot, leverage } = broker.schemeOf(timelineOf(entry.dataOf(options.data)).id);
  const most = broker.rules.sense.mostOfValue(isSpot ? leverage : 1);
  if (Math.abs(fraction) > most) {
    // Slightly too much is a share of the value all the same.
    const isPercent = Math.abs(fraction) >= 2 && Math.abs(fraction) <= 100;
    const meant = isPercent ? `: did you mean ${fraction / 100}?` : '';
    throw new OrderError(
      `orderTargetPercent takes a fraction of the value, 0.95 for 95 %, at most ${most} with this leverage, was ${fraction}${meant}`,
    );
  }
  return targetValue(entry, broker, fraction * broker.value, options);
}

/** Signed units that are held once the certain orders on a data are executed. */
function expectedSize(entry: OrderEntry, broker: OrderTaker, data: Data): number {
  const { id } = timelineOf(data);
  const { size } = broker.positionOf(id);
  if (!broker.rules.countsOpenOrders) return size;
  const expected = size + entry.open.certain(broker.poolOf(id));
  return isRounding(expected, size) ? 0 : expected;
}

function trade(entry: OrderEntry, data: Data, wanted: number, options: TargetOptions): Order | undefined {
  if (wanted === 0) return undefined;
  const { broker } = entry;
  let units = Math.abs(wanted);
  if (broker.rules.countsOpenOrders) {
    const pool = broker.poolOf(timelineOf(data).id);
    const expected = expectedSize(entry, broker, data);
    const left = units - entry.open.resting(pool, Math.sign(wanted), expected);
    if (!(left > 0) || isRounding(left, units)) return undefined;
    units = left;
    // A fee in the coin left the position off the lot: whole lots bring it as near as an exchange can, and the rest is dust.
    const lot = broker.rules.instrument.lotOf(data.instrument);
    if (lotsOf(lot, Math.abs(expected)) !== Math.abs(expected)) units = lotsOf(lot, units);
    if (units === 0) return undefined;
  }
  return entry.place(
    wanted > 0 ? 'buy' : 'sell',
    { ...options, data, size: units } as OrderOptions,
    undefined,
    'target',
  );
}

function checkTarget(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new OrderError(`${name} must be a number, was ${value}`);
}
