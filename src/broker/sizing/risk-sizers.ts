/** Sizers that start from what may be lost: risk per trade, volatility, Kelly. */
import { ConfigError, OrderError, floorToStep } from '../../core/index.ts';
import { meanTrueRange } from './true-range.ts';
import { lotOf, type Sizer, type SizingRequest } from './sizers.ts';

/**
 * As many units as lose `fraction` of the value if the stop fills at the order's `stopPrice`.
 *
 * Every order needs `stopPrice`: one without, or with a stop at its own price, is rejected. Orders against a position close it. What is
 * opened is limited by free cash.
 */
export function riskPerTrade(fraction = 0.01): Sizer {
  checkFraction(fraction);
  return {
    summary: `risks ${+(fraction * 100).toPrecision(6)} % of the value to the stop`,
    size(request) {
      if (isAgainst(request)) return Math.abs(request.position.size);
      const distance = Math.abs(request.price - request.stopPrice);
      if (!(distance > 0)) {
        throw new OrderError(
          `riskPerTrade needs a stopPrice away from the price ${request.price}, was ${request.stopPrice}`,
          { code: 'size-refused' },
        );
      }
      const loss = Math.abs(request.scheme.pnl(1, request.price, request.stopPrice));
      return affordable(request, (fraction * request.value) / loss);
    },
  };
}

/**
 * As many units as move the value by `fraction` when the price moves by `multiple` average true ranges.
 *
 * The range is the plain mean over the last `period` bars; with fewer bars, over those.
 */
export function volatilitySize(
  fraction = 0.01,
  options: {
    /** Bars of the average true range. Default 14. */
    readonly period?: number;
    /** Average true ranges of the move. Default 1. */
    readonly multiple?: number;
  } = {},
): Sizer {
  checkFraction(fraction);
  const { period = 14, multiple = 1 } = options;
  if (!Number.isInteger(period) || period < 1)
    throw new ConfigError(`period must be a positive integer, was ${period}`);
  if (!(multiple > 0)) throw new ConfigError(`multiple must be above 0, was ${multiple}`);
  return {
    summary: `${+(fraction * 100).toPrecision(6)} % of the value per ${multiple} average true ranges of ${period} bars`,
    size(request) {
      if (isAgainst(request)) return Math.abs(request.position.size);
      const move = meanTrueRange(request.data, period) * multiple * request.scheme.pointValue(request.price);
      return move > 0 ? affordable(request, (fraction * request.value) / move) : 0;
    },
  };
}

/**
 * The Kelly fraction of the value, from the strategy's own closed trades, times `scale`, at most `cap`.
 *
 * Until `minTrades` have closed it invests `cap` times `scale`; a record without an edge gives no order.
 *
 * @see J. L. Kelly, A New Interpretation of Information Rate (1956): f = p - (1 - p) / b, b = average win / average loss.
 */
export function kelly(
  options: {
    /** Part of the Kelly fraction that is invested, above 0 and at most 1. Default 0.25. */
    readonly scale?: number;
    /** Largest fraction of the value that is invested. Default 0.25. */
    readonly cap?: number;
    /** Closed trades before the Kelly fraction is computed. Default 20. */
    readonly minTrades?: number;
  } = {},
): Sizer {
  const { scale = 0.25, cap = 0.25, minTrades = 20 } = options;
  checkFraction(scale);
  checkFraction(cap);
  return {
    summary: `${scale} of the Kelly fraction, at most ${+(cap * 100).toPrecision(6)} % of the value`,
    size(request) {
      if (isAgainst(request)) return Math.abs(request.position.size);
      const fraction = Math.min(cap, scale * (request.trades.length < minTrades ? cap : kellyFraction(request)));
      return fraction > 0
        ? affordable(request, (fraction * request.value) / request.scheme.notional(1, request.price))
        : 0;
    },
  };
}

function kellyFraction({ trades }: SizingRequest): number {
  let [won, lost, gains, losses] = [0, 0, 0, 0];
  for (const { pnlNet } of trades) {
    if (pnlNet > 0) {
      won++;
      gains += pnlNet;
    } else if (pnlNet < 0) {
      lost++;
      losses -= pnlNet;
    }
  }
  if (won === 0) return 0;
  if (lost === 0) return 1;
  const chance = won / (won + lost);
  return chance - (1 - chance) / (gains / won / (losses / lost));
}

function isAgainst({ position, side }: SizingRequest): boolean {
  return position.size !== 0 && position.size > 0 !== (side === 'buy');
}

/** `units`, or as many as the free cash pays for with commission, rounded down to the lot. */
function affordable({ data, cash, price, scheme, side }: SizingRequest, units: number): number {
  const unit = scheme.bound(price);
  const isBound = side === 'buy' || !scheme.isSpot;
  const most = isBound ? Math.max(0, cash) / (unit + scheme.commission(1, price)) : Infinity;
  return floorToStep(Math.min(units, most), lotOf(data));
}

function checkFraction(value: number): void {
  if (value > 1) {
    const meant = value <= 100 ? `: did you mean ${value / 100}?` : '';
    throw new ConfigError(`fraction must be at most 1, 0.01 for 1 %, was ${value}${meant}`);
  }
  if (!(value > 0 && Number.isFinite(value))) throw new ConfigError(`fraction must be a number above 0, was ${value}`);
}
