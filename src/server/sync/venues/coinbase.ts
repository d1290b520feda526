/** Coinbase Advanced Trade: spot pairs and futures. */
import { z } from 'zod';

import { given, positive, readEach, textOf, type ListedSymbol, type VenueAdapter } from '../venue.ts';

const answer = z.looseObject({ products: z.array(z.looseObject({})) });
const futureDetails = z.looseObject({ contract_expiry: z.string().optional(), contract_size: z.string().optional() });

/** The adapter of Coinbase. */
export const adapter: VenueAdapter = {
  id: 'coinbase',
  name: 'Coinbase',
  url: 'https://api.coinbase.com',
  async list(ask) {
    const path = '/api/v3/brokerage/market/products';
    const spot = answer.parse(await ask(`${path}?product_type=SPOT`));
    const futures = answer.parse(await ask(`${path}?product_type=FUTURE`));
    return {
      ...readEach([...spot.products, ...futures.products], (row) => row['product_id'], read),
      intervals: ['1m', '5m', '15m', '30m', '1h', '2h', '6h', '1d'],
    };
  },
};

function read(row: Readonly<Record<string, unknown>>): ListedSymbol {
  const venueSymbol = textOf(row, 'product_id');
  const isFuture = row['product_type'] === 'FUTURE';
  const quote = textOf(row, 'quote_currency_id');
  const details = isFuture ? futureDetails.parse(row['future_product_details'] ?? {}) : {};
  const base = isFuture ? futureBase(row, venueSymbol) : textOf(row, 'base_currency_id');
  const expiry = details.contract_expiry === undefined ? NaN : Date.parse(details.contract_expiry);
  const isDated = isFuture && Number.isFinite(expiry) && !venueSymbol.includes('PERP');
  const spot = `${base}/${quote}`;
  const day = isDated ? new Date(expiry).toISOString().slice(2, 10).replaceAll('-', '') : '';
  return {
    venueId: venueSymbol,
    venueSymbol,
    symbol: !isFuture ? spot : isDated ? `${spot}:${quote}-${day}` : `${spot}:${quote}`,
    type: !isFuture ? 'spot' : isDated ? 'future' : 'swap',
    base,
    quote,
    isActive: textOf(row, 'status') === 'online' && row['trading_disabled'] !== true && row['is_disabled'] !== true,
    ...given({
      settle: isFuture ? quote : undefined,
      tick: positive(row['price_increment']) ?? positive(row['quote_increment']),
      lot: positive(row['base_increment']),
      minSize: positive(row['base_min_size']),
      maxSize: positive(row['base_max_size']),
      minNotional: positive(row['quote_min_size']),
      contractSize: isFuture ? positive(details.contract_size) : 1,
      listed: positive(Date.parse(typeof row['new_at'] === 'string' ? row['new_at'] : '')),
      delisted: isDated ? expiry : undefined,
    }),
  };
}

/** A future has no base currency of its own: its name begins with it, such as `BIT-28JUN24-CDE` or `BTC-PERP-INTX`. */
function futureBase(row: Readonly<Record<string, unknown>>, venueSymbol: string): string {
  const stated = row['base_currency_id'];
  return typeof stated === 'string' && stated !== '' ? stated : venueSymbol.split('-')[0]!;
}
