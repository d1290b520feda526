/** Frames that cannot be read: what may be lost with them is reported, once a symbol. */
import { expect, it } from 'vitest';

import { floatReader } from '../../../src/connectors/decoding/numbers.ts';
import { Stream } from '../../../src/connectors/decoding/frame-stream.ts';
import type { Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { htx } from '../../../src/connectors/protocols/htx.ts';

function gapsAfter(
  frame: string,
  protocol: Protocol,
  channels: readonly ('trade' | 'quote' | 'liquidation')[],
): string[] {
  const gaps: string[] = [];
  const nothing = (): void => {};
  const stream = new Stream(
    {
      protocol,
      numbers: floatReader,
      unified: (name) => name,
      subscriptions: channels.flatMap((channel) => ['A/USDT', 'B/USDT'].map((symbol) => ({ channel, symbol }) as never)),
    },
    {
      event: nothing, status: nothing, refused: nothing, error: nothing, wire: nothing,
      gap: (channel, symbol, _from, _to, reason) => gaps.push(`${channel} of ${symbol}: ${reason}`),
    },
    { send: nothing, needBook: nothing, bookLive: nothing, tradesMissing: nothing, socketGap: nothing, standbyData: nothing },
  ); // prettier-ignore
  stream.frame(frame, 1_700_000_000_000);
  return gaps;
}

const cut = '{"ch":"market.btcusdt.trade.detail","ts":1';

it('may have held trades, where the venue does not number them without holes', () => {
  const lost = ['trade of A/USDT: a frame could not be read', 'trade of B/USDT: a frame could not be read'];
  expect(gapsAfter(cut, htx, ['trade', 'quote'])).toEqual(lost);
});

it('is shown by the next trade where ids are consecutive, and loses no quote that the next does not replace', () => {
  expect(gapsAfter(cut, binance, ['trade', 'quote'])).toEqual([]);
});

it('may have held liquidations, which no venue numbers', () => {
  expect(gapsAfter(cut, binance, ['liquidation'])).toHaveLength(2);
});
