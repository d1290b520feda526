/** The list of venues whose streams are spoken natively. Adding one is one file and one line here. */
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
