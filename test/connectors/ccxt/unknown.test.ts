/** What is said of a symbol that an exchange does not list. */
import { expect, it } from 'vitest';

import { unknownSymbol } from '../../../src/connectors/ccxt/index.ts';

it.each([
  ['binance', 'BTC/USDT:USDT', ['BTC/USDT'], "its contracts are those of exchange 'binanceusdm'; did you mean BTC/USDT?"],
  ['binance', 'BTC/USD:BTC-261225', ['BTC/USDT'], "its contracts are those of exchange 'binancecoinm'; did you mean BTC/USDT?"],
  ['kraken', 'XRP/USD:USD', ['BTC/USD'], "its contracts are those of exchange 'krakenfutures'"],
  ['binance', 'BTC/USDC:USDC', ['BTC/USDT:USDT', 'BTC/USDT'], 'did you mean BTC/USDT:USDT, BTC/USDT?'],
  ['binance', 'BTC/USDC', ['BTC/USDT'], 'did you mean BTC/USDT?'],
])('names where %s has %s', (exchange, symbol, listed, hint) => {
  expect(unknownSymbol(exchange, symbol, listed).message).toBe(`${exchange} does not list '${symbol}': ${hint}`);
}); // prettier-ignore
