/** The refusal of a region (HTTP 451), with where to go instead: the same for connectors of this package and for ccxt. */
import { RegionBlockedError } from '../core/index.ts';

/** Where to look when an exchange does not serve a place. */
const alternatives: Readonly<Record<string, string>> = {
  binance: 'binanceus or kraken',
  binanceusdm: 'krakenfutures or hyperliquid',
  binancecoinm: 'krakenfutures or deribit',
  bybit: 'kraken or coinbase',
  okx: 'okxus or kraken',
  kucoin: 'kraken or coinbase',
  bitget: 'kraken or coinbase',
};

/** The error for an exchange that refuses a region, with where to go instead. */
export function regionBlocked(exchange: string, cause?: unknown): RegionBlockedError {
  const instead = alternatives[exchange];
  const advice = instead === undefined ? 'use another exchange' : `use ${instead}`;
  return new RegionBlockedError(`${exchange} does not serve this region: ${advice}, or run where it is allowed`, {
    context: { exchange, alternatives: instead },
    ...(cause === undefined ? {} : { cause }),
  });
}
