/** The venues with a native connector. Adding one is one file and one line here. */
import { unknownName } from '../../core/index.ts';
import type { Protocol } from '../decoding/protocol.ts';
import { backpack } from './backpack/backpack.ts';
import { binance, binanceus } from './binance/spot.ts';
import { binancecoinm, binanceusdm } from './binance/futures.ts';
import { bitfinex } from './bitfinex.ts';
import { bithumb } from './bithumb.ts';
import { bitstamp } from './bitstamp.ts';
import { bybit } from './bybit/bybit.ts';
import { coinbase } from './coinbase.ts';
import { coinbaseexchange } from './coinbase-exchange.ts';
import { coinbaseinternational } from './coinbase-international.ts';
import { deribit } from './deribit/deribit.ts';
import { gate } from './gate.ts';
import { htx } from './htx.ts';
import { htxinverse, htxlinear } from './htx-swaps.ts';
import { hyperliquid } from './hyperliquid.ts';
import { kraken } from './kraken/kraken.ts';
import { lighter } from './lighter.ts';
import { okx } from './okx/okx.ts';
import { upbit } from './upbit.ts';

/** The exchanges that are streamed natively, by id. */
export const protocols: readonly Protocol[] = [
  binance,
  binanceus,
  binanceusdm,
  binancecoinm,
  bitfinex,
  bithumb,
  bitstamp,
  coinbase,
  coinbaseexchange,
  coinbaseinternational,
  deribit,
  gate,
  kraken,
  okx,
  bybit,
  hyperliquid,
  backpack,
  htx,
  htxlinear,
  htxinverse,
  lighter,
  upbit,
];

/** The protocol of an exchange, the last of `more` with that id before a built-in one; undefined when there is none. */
export function findProtocol(exchange: string, more: readonly Protocol[] = []): Protocol | undefined {
  return more.findLast(({ id }) => id === exchange) ?? protocols.find(({ id }) => id === exchange);
}

/**
 * The protocol of an exchange.
 *
 * @throws {ConfigError} If there is none; the message names the nearest id.
 */
export function protocolOf(exchange: string, more: readonly Protocol[] = []): Protocol {
  const found = findProtocol(exchange, more);
  if (found !== undefined) return found;
  throw unknownName('exchange', exchange, [...new Set([...protocols, ...more].map(({ id }) => id))]);
}
