/** Sizers: how many units an order has whose size the strategy leaves open. */
import { ConfigError, defaultLot, floorToStep, type Side } from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import type { Position } from '../accounting/position.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { Trade } from '../accounting/trade.ts';

/** The input of a sizer. Prices and value are as of the latest close. Valid during the call only. */
export interface SizingRequest {
  /** The data to be traded. */
  readonly data: Data;
  /** Whether the order buys or sells. */
  readonly side: Side;
  /** The order's limit or stop price, or the latest close for a market order. */
  readonly price: number;
  /** Price of the protective stop, where the order comes with one; NaN otherwise. */
  readonly stopPrice: number;
  /** Free cash, in quote units. */
  readonly cash: number;
  /** Cash and positions at their latest closes, in quote units. */
  readonly value: number;
  /** The position in the data as it stands. */
  readonly position: Readonly<Position>;
  /** Number of datas in the run. */
  readonly dataCount: number;
  /** Commission, margin and leverage of the data. */
  readonly scheme: CommissionScheme;
  /** The strategy's closed trades. */
  readonly trades: readonly Trade[];
}

/** What a request reads only when its sizer asks for it: few sizers ask for all of it. */
export interface SizingSource {
  /** Cash and positions at their latest closes, in quote units. */
  readonly value: number;
  /** The cash that the open orders will leave, in quote units. */
  expectedCash(): number;
  /** The position that the open orders will leave in a data. */
  expectedPosition(data: Data, side: Side, price: number): Readonly<Position>;
  /** Closed trades. */
  readonly closedTrades: readonly Trade[];
}

/** The request of one strategy's orders: one object, filled again for each. */
export class ReusedRequest implements SizingRequest {
  data: Data;
  side: Side = 'buy';
  price = NaN;
  stopPrice = NaN;
  readonly dataCount: number;
  scheme: CommissionScheme;
  private readonly source: SizingSource;

  constructor(datas: readonly Data[], scheme: CommissionScheme, source: SizingSource) {
    this.data = datas[0]!;
    this.dataCount = datas.length;
    this.scheme = scheme;
    this.source = source;
  }

  get cash(): number {
    return this.source.expectedCash();
  }

  get value(): number {
    return this.source.value;
  }

  get position(): Readonly<Position> {
    return this.source.expectedPosition(this.data, this.side, this.price);
  }

  get trades(): readonly Trade[] {
    return this.source.closedTrades;
  }
}

/** Returns a number of units; the sign is ignored and 0 means no order. */
export interface Sizer {
  /** One line for the summary, such as "5 units an order". */
  readonly summary: string;
  /** The function that made it and its arguments, so that a sweep can make it again in another thread; undefined for one of your own. */
  readonly recipe?: readonly [name: string, ...values: number[]];
  /** Units of the order that the request describes; the sign is ignored, and 0 means no order. */
  size(request: SizingRequest): number;
}

/** The smallest size step of a data. */
export function lotOf(data: Data): number {
  return data.instrument?.lot ?? defaultLot;
}

/**
 * Sizes toward a position of `fraction` of the value, shared evenly among the datas, in the order's direction, within the free cash. The
 * default of every run, with 0.95.
 */
export function investFraction(fraction = 0.95): Sizer {
  checkFraction('fraction', fraction);
  return {
    recipe: ['investFraction', fraction],
    summary: `invests ${+(fraction * 100).toPrecision(6)} % of the value, shared evenly among the datas`,
    size({ data, side, price, cash, value, position, dataCount, scheme }) {
      const unit = scheme.bound(price);
      const target = (fraction * value) / dataCount / unit;
      const held = side === 'buy' ? position.size : -position.size;
      const wanted = target - held;
      if (!(wanted > 0)) return 0;
      const closing = Math.min(Math.max(0, -held), wanted);
      const freed = closing === 0 ? 0 : closedCash(closing, position, price, scheme);
      const affordable = Math.max(0, cash + freed) / (unit + scheme.commission(1, price));
      const isShort = side === 'sell' && scheme.isSpot;
      const opening = isShort ? wanted - closing : Math.min(wanted - closing, affordable);
      return floorToStep(closing + opening, lotOf(data));
    },
  };
}

/** What closing `units` of a position at `price` changes in the cash. */
export function closedCash(
  units: number,
  position: Readonly<Pick<Position, 'size' | 'price'>>,
  price: number,
  scheme: CommissionScheme,
): number {
  const commission = scheme.commission(units, price);
  if (position.size < 0 && scheme.isSpot) return -scheme.value(units, price) - commission;
  const bound = units * scheme.bound(position.price) - commission;
  // The gain of a contract is in the cash already.
  return scheme.isSpot ? bound + scheme.pnl(units, position.price, price) : bound;
}

function checkFraction(name: string, value: number): void {
  if (name === 'fraction' && value > 1) {
    const meant = value <= 100 ? `: did you mean ${value / 100}?` : '';
    throw new ConfigError(`fraction must be at most 1, 0.95 for 95 %, was ${value}${meant}`, {
      context: { field: name, value },
    });
  }
  if (!(value > 0 && Number.isFinite(value))) {
    throw new ConfigError(`${name} must be a number above 0, was ${value}`, { context: { field: name, value } });
  }
}

/**
 * Always `units`, or one of `tranches` equal parts of them.
 *
 * @param tranches - Into how many orders `units` are split; parts are rounded down to the data's lot.
 */
export function fixedSize(units = 1, tranches = 1): Sizer {
  checkFraction('units', units);
  checkFraction('tranches', tranches);
  const part = tranches === 1 ? `${units} ${units === 1 ? 'unit' : 'units'}` : `${units} units in ${tranches} tranches`;
  return {
    recipe: ['fixedSize', units, tranches],
    summary: `${part} an order`,
    size: ({ data }) => (tranches === 1 ? units : floorToStep(units / tranches, lotOf(data))),
  };
}

/** Sizes toward a position of `units`, one tranche per order, in the order's direction. */
export function fixedTarget(units: number, tranches = 1): Sizer {
  checkFraction('units', units);
  checkFraction('tranches', tranches);
  return {
    recipe: ['fixedTarget', units, tranches],
    summary: `toward a position of ${units} units in ${tranches} ${tranches === 1 ? 'order' : 'orders'}`,
    size({ data, side, position }) {
      const held = side === 'buy' ? position.size : -position.size;
      const left = Math.max(0, units - held);
      return tranches === 1 ? left : Math.min(left, floorToStep(units / tranches, lotOf(data)));
    },
  };
}

/** `units` from flat, twice as many against a position: it turns the position around. */
export function reverser(units = 1): Sizer {
  checkFraction('units', units);
  return {
    recipe: ['reverser', units],
    summary: `${units} units an order, twice that to turn a position around`,
    size: ({ position, side }) => (position.size !== 0 && position.size > 0 !== (side === 'buy') ? 2 * units : units),
  };
}

/** A fraction of the free cash for each entry; the whole position when the order goes against it. */
export function percentOfCash(fraction = 0.2): Sizer {
  checkFraction('fraction', fraction);
  return {
    recipe: ['percentOfCash', fraction],
    summary: `${+(fraction * 100).toPrecision(6)} % of the cash an order`,
    size(request) {
      const { position, side, data, cash } = request;
      if (position.size !== 0 && position.size > 0 !== (side === 'buy')) return Math.abs(position.size);
      return floorToStep(Math.max(0, cash * fraction) / unitCost(request), lotOf(data));
    },
  };
}

/** A fraction of the whole value for each entry; the whole position when the order goes against it. */
export function percentOfValue(fraction = 0.2): Sizer {
  checkFraction('fraction', fraction);
  return {
    recipe: ['percentOfValue', fraction],
    summary: `${+(fraction * 100).toPrecision(6)} % of the value an order`,
    size(request) {
      const { position, side, data, value } = request;
      if (position.size !== 0 && position.size > 0 !== (side === 'buy')) return Math.abs(position.size);
      return floorToStep(Math.max(0, value * fraction) / unitCost(request), lotOf(data));
    },
  };
}

/** All the free cash for each entry, less the commission. The order may still exceed the cash when the price gaps up. */
export function allIn(): Sizer {
  return { ...percentOfCash(1), recipe: ['allIn'], summary: 'all the cash an order' };
}

/** What one unit takes from the cash, commission included. */
function unitCost({ price, scheme }: SizingRequest): number {
  return scheme.bound(price) + scheme.commission(1, price);
}
