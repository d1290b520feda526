/** Errors of ccxt in our words: a key that an exchange refuses is refused, whatever ccxt takes it for. */
import { AuthenticationError, DDoSProtection, ExchangeError, InvalidOrder, PermissionDenied } from 'ccxt';
import { expect, it } from 'vitest';

import { translateError } from '../../../../src/connectors/ccxt/connection/translate.ts';
import { AuthError, RateLimitError } from '../../../../src/core/index.ts';

const origin = { exchange: 'binance', action: 'send an order', secrets: [] };
const refused = 'binance {"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}';

it.each([AuthenticationError, DDoSProtection])('a refused key is no ban', (Kind) => {
  expect(translateError(new Kind(refused), origin)).toBeInstanceOf(AuthError);
});

it('a ban is one', () => {
  const banned = new DDoSProtection('binance 418 I am a teapot {"code":-1003,"msg":"Way too many requests"}');
  expect(translateError(banned, origin)).toBeInstanceOf(RateLimitError);
});

it.each([
  ['okx', AuthenticationError, '{"code":"50111","msg":"Invalid OK-ACCESS-KEY","data":[]}'],
  ['okx', AuthenticationError, '{"code":"50113","msg":"Invalid Sign","data":[]}'],
  ['okx', PermissionDenied, '{"code":"50110","msg":"Your IP is not in your API key\'s whitelist","data":[]}'],
  ['okx', ExchangeError, '{"code":"50119","msg":"API key doesn\'t exist","data":[]}'],
  ['okx', ExchangeError, '{"code":"50100","msg":"API frozen, please contact customer service.","data":[]}'],
  ['bybit', AuthenticationError, '{"retCode":10003,"retMsg":"API key is invalid."}'],
  ['bybit', AuthenticationError, '{"retCode":33004,"retMsg":"Your api key has expired."}'],
  ['hyperliquid', InvalidOrder, '{"status":"err","response":"User or API Wallet 0xb8a6f8b2 does not exist."}'],
  // The address of the wallet is the account's key, which no message shows.
  ['hyperliquid', InvalidOrder, '{"status":"err","response":"User or API Wallet *** does not exist."}'],
] as const)('%s refuses a key: %s', (exchange, Kind, body) => {
  expect(translateError(new Kind(`${exchange} ${body}`), { ...origin, exchange })).toBeInstanceOf(AuthError);
});
