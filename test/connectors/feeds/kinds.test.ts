/** What plain JavaScript may hand to the connector layer: every wrong kind is a ConfigError that names the field, before anything is opened. */
import { expect, it } from 'vitest';

import { FeedHandler, Nbbo } from '../../../src/connectors/index.ts';
import { ConfigError, systemRuntime } from '../../../src/core/index.ts';
import { openSink } from '../../../src/sinks/index.ts';

const right = { exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'] };
type Loose = new (...args: readonly unknown[]) => {
  addFeed(options: unknown): Promise<unknown>;
  registerProtocol(one: unknown): void;
};
const Handler = FeedHandler as unknown as Loose;

it.each([
  [undefined, 'options of addFeed must be an object, was undefined'],
  [null, 'options of addFeed must be an object, was null'],
  ['binance', "options of addFeed must be an object, was 'binance'"],
  [{}, "exchange of addFeed must be an exchange's id such as 'binance', was undefined"],
  [{ ...right, exchange: 5 }, "exchange of addFeed must be an exchange's id such as 'binance', was 5"],
  [{ ...right, symbols: 'BTC/USDT' }, "symbols of addFeed must be a list of texts, was 'BTC/USDT'"],
  [{ ...right, symbols: [5] }, 'symbols[0] of addFeed must be a text, was 5'],
  [{ ...right, channels: 'trade' }, "channels of addFeed must be a list of texts, was 'trade'"],
  [{ exchange: 'binance', subscription: { trade: 'BTC/USDT' } }, "subscription.trade of addFeed must be a list of texts, was 'BTC/USDT'"],
  [{ ...right, callbacks: { trade: 5 } }, 'callbacks.trade of addFeed must be a function, was 5'],
  [{ ...right, callbacks: { trades: () => undefined } }, "unknown callback of addFeed 'trades': did you mean 'trade'?"],
  [{ ...right, sinks: { write: () => undefined } }, 'sinks of addFeed must be a list of sinks, was { write }'],
  [{ ...right, sinks: ['jsonl:x'] }, "sinks[0] of addFeed must be a sink with write(), as openSink returns it, was 'jsonl:x'"],
  [{ ...right, staleMs: { trade: 'x' } }, "staleMs.trade of addFeed must be a number above 0, was 'x'"],
  [{ ...right, retries: -1 }, 'retries of addFeed must be a number not below 0, was -1'],
  [{ ...right, onFailure: 'stopp' }, "unknown onFailure 'stopp': did you mean 'stop'?"],
  [{ ...right, timeframe: 5 }, "timeframe of addFeed must be a timeframe such as '1m', was 5"],
  [{ ...right, via: 'ccxt', websocket: 'no' }, "websocket must be true or false, was 'no'"],
  [{ ...right, via: 'ccxt', hooks: { trade: 1 } }, 'hooks.trade of addFeed must be a function, was 1'],
])('addFeed with %j', async (options, message) => {
  const network = { connect: () => { throw new Error('a socket was opened'); }, request: () => { throw new Error('a request was sent'); } };
  const error: unknown = await new Handler({ network }).addFeed(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toBe(message);
}); // prettier-ignore

it.each([
  [{ onError: 'x' }, "onError of FeedHandler must be a function, was 'x'"],
  [{ protocols: {} }, 'protocols of FeedHandler must be a list, was {}'],
  [{ protocols: [{}] }, 'a protocol must be a Protocol of nextbar/extend, was {}'],
])('a FeedHandler with %j', (options, message) => {
  expect(() => new Handler(options)).toThrow(message);
});

it('refuses what is no protocol, no time span, no function and no sink', async () => {
  expect(() => {
    new Handler().registerProtocol({});
  }).toThrow('a protocol must be a Protocol of nextbar/extend, was {}');
  const Best = Nbbo as unknown as new (...args: readonly unknown[]) => unknown;
  expect(() => new Best(systemRuntime, { staleMs: 'x' }, () => undefined)).toThrow("staleMs of Nbbo must be milliseconds above 0, was 'x'"); // prettier-ignore
  expect(() => new Best(systemRuntime, { staleMs: 5 }, 5)).toThrow(
    'the third argument of Nbbo must be a function, was 5',
  );
  const open = openSink as unknown as (spec: unknown) => Promise<unknown>;
  for (const spec of [undefined, null, 5])
    await expect(open(spec)).rejects.toThrow(/fields of a sink must be an object, was/);
});
