/** The venue's rules for a symbol, from what ccxt reports of its market. */
import type { Instrument } from '../../../core/index.ts';
import type { CcxtExchange, CcxtMarket } from './exchange.ts';

/** How ccxt counts precision: decimal places, significant digits, or the step itself. */
const decimalPlaces = 2;
const stepSize = 4;

/** The instrument of a market. A rule that the venue does not state is absent, not zero. */
export function instrumentOf(exchange: CcxtExchange, market: CcxtMarket): Instrument {
  const { limits } = market;
  const fields: Record<string, string | number | undefined> = {
    settle: market.settle ?? undefined,
    tick: stepOf(exchange, market.precision.price),
    lot: stepOf(exchange, market.precision.amount),
    minSize: positive(limits.amount?.min),
    maxSize: positive(limits.amount?.max),
    minNotional: positive(limits.cost?.min),
    contractSize: market.contract === true ? positive(market.contractSize) : 1,
    makerFee: market.maker,
    takerFee: market.taker,
    venueSymbol: market.id,
  };
  return {
    symbol: market.symbol,
    exchange: exchange.id,
    type: market.type as Instrument['type'],
    base: market.base,
    quote: market.quote,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

function stepOf(exchange: CcxtExchange, precision: number | undefined): number | undefined {
  if (precision === undefined || !Number.isFinite(precision)) return undefined;
  if (exchange.precisionMode === stepSize) return positive(precision);
  return exchange.precisionMode === decimalPlaces ? Number(`1e-${precision}`) : undefined;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}
