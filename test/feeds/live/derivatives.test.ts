/** What a strategy reads of a derivative's stream: funding, mark and index, open interest, liquidations. */
import { expect, it } from 'vitest';

import { StreamingFeed } from '../../../src/feeds/index.ts';

const symbol = 'BTC/USDT:USDT';
const stamp = { exchange: 'binanceusdm', symbol, time: 1_700_000_000_000, receiveTime: 1_700_000_000_000 };

function feed(): StreamingFeed {
  return new StreamingFeed({ exchange: 'binanceusdm', symbol, timeframe: '1m', closedBars: false, history: 0 })
    .subscribeFunding()
    .subscribeOpenInterest()
    .subscribeLiquidations();
}

it('follows what was subscribed to; mark and index where the exchange has them', () => {
  const wanted = feed().wanted.map(({ channel, isOptional }) => `${channel}${isOptional === true ? '?' : ''}`);
  expect(wanted).toEqual(['trade', 'quote?', 'mark?', 'index?', 'funding', 'openInterest', 'liquidation']);
});

it('holds the latest of each, and nothing before the first', () => {
  const view = feed().viewOf(symbol);
  expect([view.funding, view.mark, view.index, view.openInterest]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(view.recentLiquidations()).toEqual([]);
  const funding = { predictedRate: undefined, nextTime: undefined, markPrice: 10, indexPrice: 11 };
  view.apply({ type: 'funding', ...stamp, rate: 0.0001, ...funding });
  view.apply({ type: 'funding', ...stamp, rate: 0.0002, ...funding });
  view.apply({ type: 'mark', ...stamp, price: 10 });
  view.apply({ type: 'index', ...stamp, price: 11 });
  view.apply({ type: 'openInterest', ...stamp, size: 5 });
  for (let id = 0; id < 150; id++)
    view.apply({ type: 'liquidation', ...stamp, id: String(id), side: 'sell', price: 10, size: 1 });
  expect([view.funding?.rate, view.mark?.price, view.index?.price, view.openInterest?.size]).toEqual([
    0.0002, 10, 11, 5,
  ]);
  expect(view.recentLiquidations(2).map(({ id }) => id)).toEqual(['148', '149']);
  expect(view.recentLiquidations()).toHaveLength(100);
});

it('forgets a mark price while its stream is down: an old price looks like a new one', () => {
  const view = feed().viewOf(symbol);
  view.apply({ type: 'mark', ...stamp, price: 10 });
  view.apply({
    type: 'status',
    exchange: 'binanceusdm',
    symbol,
    channel: 'mark',
    state: 'connecting',
    reason: 'x',
    time: 0,
  });
  expect(view.mark).toBeUndefined();
});
