/** The venues with a native connector. Adding one is one file and one line here. */
import { unknownName } from '../../core/index.ts';
import type { Protocol } from '../decoding/protocol.ts';
import { backpack } from './backpack/backpack.ts';
import { binance, binanceus } from './binance/spot.ts';
import { binancecoinm, binanceusdm } from './binance/futures.ts';
import { bitstamp } from './bitstamp.ts';
import { bybit } from './bybit/bybit.ts';
import { coinbase } from './coinbase.ts';
import { coinbaseexchange } from './coinbase-exchange.ts';
import { htx } from './htx.ts';
import { hyperliquid } from './hyperliquid.ts';
import { kraken } from './kraken/kraken.ts';
import { okx } from './okx/okx.ts';

/** The exchanges that are streamed natively, by id. */
export const protocols: readonly Protocol[] = [
  binance,
  binanceus,
  binanceusdm,
  binancecoinm,
  bitstamp,
  coinbase,
  coinbaseexchange,
  kraken,
  okx,
  bybit,
  hyperliquid,
  backpack,
  htx,
];

/** The protocol of an exchange, the last of `more` with that id before a built-in one; undefined when there is none. */
export function findProtocol(exchange: string, more: readonly Protocol[] = []): Protocol | undefined {
  return more.findLast(({ id }) => id === exchange) ?? protocols.find(({ id }) => id === exchange);
}

/**
 * The same.
 *
 * @throws {ConfigError} If there is none; the message names the nearest id.
 */
export function protocolOf(exchange: string, more: readonly Protocol[] = []): Protocol {
  const found = findProtocol(exchange, more);
  if (found !== undefined) return found;
  throw unknownName('exchange', exchange, [...new Set([...protocols, ...more].map(({ id }) => id))]);
}
