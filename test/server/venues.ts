/** A small internet of exchanges for the syncer: public answers of Binance Futures, Hyperliquid and Coinbase that a test may change. */
import type { HttpRequest, HttpResponse, Network } from '../../src/core/index.ts';

type Row = Record<string, unknown>;

/** What the exchanges answer. */
export class FakeVenues implements Network {
  readonly binance: Row[] = [futureOf('BTC'), futureOf('ETH'), futureOf('SOL')];
  readonly perpetuals: Row[] = [
    { name: 'BTC', szDecimals: 5 },
    { name: 'MATIC', szDecimals: 1 },
    { name: 'kPEPE', szDecimals: 0 },
  ];
  readonly coinbase: Row[] = [productOf('BTC'), productOf('ETH')];
  /** Hosts that fail, and how. */
  readonly faults = new Map<string, HttpResponse>();
  readonly asked: string[] = [];

  connect(): never {
    throw new Error('the syncer opens no sockets');
  }

  request({ url, body }: HttpRequest, done: (response: HttpResponse) => void): void {
    const { host, pathname, searchParams } = new URL(url);
    this.asked.push(`${host}${pathname}`);
    const fault = this.faults.get(host);
    queueMicrotask(() => {
      done(fault ?? { status: 200, headers: {}, text: JSON.stringify(this.#answer(host, searchParams, body)) });
    });
  }

  #answer(host: string, query: URLSearchParams, body: string | undefined): unknown {
    if (host === 'fapi.binance.com') return { symbols: this.binance };
    if (host === 'api.coinbase.com') return { products: query.get('product_type') === 'SPOT' ? this.coinbase : [] };
    const { type } = JSON.parse(body!) as { type: string };
    if (type === 'meta') return { universe: this.perpetuals };
    const tokens = [{ name: 'USDC', index: 0, szDecimals: 8 }, { name: 'PURR', index: 1, szDecimals: 0 }]; // prettier-ignore
    return { tokens, universe: [{ name: 'PURR/USDC', tokens: [1, 0], index: 0 }] };
  }
}

/** A perpetual of Binance Futures. */
export function futureOf(base: string, more: Row = {}): Row {
  return {
    symbol: `${base}USDT`, baseAsset: base, quoteAsset: 'USDT', marginAsset: 'USDT', status: 'TRADING', onboardDate: 1_569_398_400_000,
    deliveryDate: 4_133_404_800_000,
    filters: [
      { filterType: 'PRICE_FILTER', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', stepSize: '0.001', minQty: '0.001', maxQty: '1000' },
      { filterType: 'MIN_NOTIONAL', notional: '100' },
    ],
    ...more,
  }; // prettier-ignore
}

/** A spot pair of Coinbase. */
export function productOf(base: string, more: Row = {}): Row {
  return {
    product_id: `${base}-USD`, base_currency_id: base, quote_currency_id: 'USD', product_type: 'SPOT', status: 'online', price_increment: '0.01',
    base_increment: '0.00000001', base_min_size: '0.00000001', quote_min_size: '1', trading_disabled: false, is_disabled: false, ...more,
  }; // prettier-ignore
}
