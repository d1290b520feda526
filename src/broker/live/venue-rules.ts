/** A venue's rules for orders: which of them an order breaks, and its numbers as exact text on tick and lot. */
import { Decimal, isInverse, type Instrument, type OrderType, type Refusal } from '../../core/index.ts';

/** What of an order the rules look at. */
export interface RuledOrder {
  readonly type: OrderType;
  readonly size: number;
  readonly price: number;
  readonly limitPrice: number;
}

/**
 * Why the venue would refuse an order; undefined when it keeps all rules that the instrument names. A rule has the name of the instrument's field.
 *
 * @param market - The latest price, by which orders without a limit are valued.
 */
export function brokenRule(instrument: Instrument | undefined, order: RuledOrder, market: number): Refusal | undefined {
  if (instrument === undefined) return undefined;
  const { lot, tick, minSize, maxSize, minNotional } = instrument;
  const { type, size } = order;
  if (lot !== undefined && onStep(size, lot) === undefined)
    return broken('lot', `size ${size} is not a multiple of the lot ${lot}: the nearest is ${nearest(size, lot)}`);
  if (minSize !== undefined && size < minSize)
    return broken('minSize', `size ${size} is below the smallest size ${minSize}`);
  if (maxSize !== undefined && size > maxSize)
    return broken('maxSize', `size ${size} is above the largest size ${maxSize}`);
  if (tick !== undefined) {
    const prices: readonly (readonly [string, number])[] =
      type === 'limit' || type === 'stop'
        ? [['price', order.price]]
        : type === 'stopLimit'
          ? [
              ['price', order.price],
              ['limitPrice', order.limitPrice],
            ]
          : [];
    for (const [field, price] of prices) {
      if (!(price > 0)) return broken('price', `${field} must be above 0, was ${price}`);
      if (onStep(price, tick) === undefined)
        return broken('tick', `${field} ${price} is not a multiple of the tick ${tick}: the nearest is ${nearest(price, tick)}`); // prettier-ignore
    }
  }
  if (minNotional === undefined) return undefined;
  const price = type === 'limit' ? order.price : type === 'stopLimit' ? order.limitPrice : market;
  const worth = new Decimal(isInverse(instrument) ? 1 : price).mul(instrument.contractSize ?? 1);
  const notional = worth.mul(size);
  if (notional.gte(minNotional)) return undefined;
  const below = `its value ${notional.toSignificantDigits(8).toString()} is below the smallest value ${minNotional}`;
  if (!worth.gt(0)) return broken('minNotional', below);
  const units = new Decimal(minNotional).div(worth);
  const least = lot === undefined ? units.toSignificantDigits(8, Decimal.ROUND_UP) : units.div(lot).ceil().mul(lot);
  return broken('minNotional', `${below}: the nearest size is ${least.toFixed()}`);
}

function broken(rule: string, reason: string): Refusal {
  return { rule, reason };
}

/** The multiple of a step nearest to a value above 0, of two the smaller one; at least one step. */
function nearest(value: number, step: number): string {
  return Decimal.max(1, new Decimal(value).div(step).toDecimalPlaces(0, Decimal.ROUND_HALF_DOWN)).mul(step).toFixed();
}

/** A number as a multiple of `step`, forgiving what binary fractions leave (0.1 + 0.2); undefined when it is none. */
export function onStep(value: number, step: number): Decimal | undefined {
  const exact = new Decimal(value);
  const nearest = exact.div(step).round().mul(step);
  return exact.sub(nearest).abs().lte(exact.abs().mul(1e-12)) ? nearest : undefined;
}

/** A number as plain digits, on `step` where it has one. */
export function exactText(value: number, step: number | undefined): string {
  return ((step === undefined ? undefined : onStep(value, step)) ?? new Decimal(value)).toFixed();
}
