/** Errors of ccxt in our words: a key that Binance refuses is refused, whatever ccxt takes it for. */
import { DDoSProtection, AuthenticationError } from 'ccxt';
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
