/** Binance Futures: perpetuals and dated contracts that are settled in stablecoins. */
import { z } from 'zod';

import { given, positive, readEach, textOf, type ListedSymbol, type VenueAdapter } from '../venue.ts';

const answer = z.looseObject({ symbols: z.array(z.looseObject({})) });
const filters = z.array(z.looseObject({ filterType: z.string() }));

/** A perpetual states this moment as its delivery. */
const never = 4_133_404_800_000;

/** The adapter of Binance Futures. */
export const adapter: VenueAdapter = {
  id: 'binanceusdm',
  name: 'Binance Futures',
  url: 'https://fapi.binance.com',
  async list(ask) {
    const { symbols } = answer.parse(await ask('/fapi/v1/exchangeInfo'));
    return {
      ...readEach(symbols, (row) => row['symbol'], read),
      intervals: ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'],
    };
  },
};

function read(row: Readonly<Record<string, unknown>>): ListedSymbol {
  const venueSymbol = textOf(row, 'symbol');
  const [base, quote] = [textOf(row, 'baseAsset'), textOf(row, 'quoteAsset')];
  const settle = textOf(row, 'marginAsset');
  const [, expiry] = /_(\d{6})$/.exec(venueSymbol) ?? [];
  const rules = new Map(filters.parse(row['filters'] ?? []).map((rule) => [rule.filterType, rule]));
  const delivery = positive(row['deliveryDate']);
  return {
    venueId: venueSymbol,
    venueSymbol,
    symbol: `${base}/${quote}:${settle}${expiry === undefined ? '' : `-${expiry}`}`,
    type: expiry === undefined ? 'swap' : 'future',
    base,
    quote,
    settle,
    contractSize: 1,
    isActive: textOf(row, 'status') === 'TRADING',
    ...given({
      tick: positive(rules.get('PRICE_FILTER')?.['tickSize']),
      lot: positive(rules.get('LOT_SIZE')?.['stepSize']),
      minSize: positive(rules.get('LOT_SIZE')?.['minQty']),
      maxSize: positive(rules.get('LOT_SIZE')?.['maxQty']),
      minNotional: positive(rules.get('MIN_NOTIONAL')?.['notional']),
      listed: positive(row['onboardDate']),
      delisted: delivery === never ? undefined : delivery,
    }),
  };
}
