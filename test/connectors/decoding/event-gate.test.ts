/** The gate: values that no market can have are refused, whatever the event and the kind of number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Decimal, type MarketEvent } from '../../../src/core/index.ts';
import { EventGate } from '../../../src/connectors/decoding/event-gate.ts';
import { decimalReader, floatReader, numberOf } from '../../../src/connectors/decoding/numbers.ts';

const now = Date.UTC(2024, 5, 1);
const stamp = { exchange: 'x', symbol: 'A/B', time: now - 12.5, receiveTime: now };
const trade = { type: 'trade', ...stamp, id: '1', side: 'buy', price: 5, size: 1, backfill: false } as const;
const quote = { type: 'quote', ...stamp, bid: 4, bidSize: 1, ask: 5, askSize: 1, sequence: 1 } as const;
const bar = {
  type: 'bar', ...stamp, timeframe: '1m', start: now - 60_000, end: now, open: 5, high: 6, low: 4, close: 5, volume: 1, tradeCount: 1,
  closed: true,
} as const; // prettier-ignore
const events: readonly MarketEvent[] = [
  trade,
  quote,
  bar,
  { type: 'book', ...stamp, kind: 'snapshot', bids: [[4, 1]], asks: [[5, 0]], sequence: 1, checksum: undefined },
  { type: 'funding', ...stamp, rate: -0.1, predictedRate: 0, nextTime: now, markPrice: 5, indexPrice: 5 },
  { type: 'openInterest', ...stamp, size: 0 },
  { type: 'liquidation', ...stamp, id: undefined, side: 'sell', price: 5, size: 1 },
  { type: 'index', ...stamp, price: 5 },
  { type: 'ticker24h', ...stamp, open: 5, high: 6, low: 4, last: 5, volume: 0, quoteVolume: 1, tradeCount: 1 },
];

function gate(signed?: string): EventGate<number> {
  return new EventGate({ numbers: 'number', tradeIds: 'consecutive', signedPrices: new Set(signed ? [signed] : []) });
}

describe('the gate', () => {
  it.each(events.map((event) => [event.type, event] as const))('hands on a sound %s as it is', (_type, event) => {
    expect(gate().check(event)).toBe(event);
    // Most venues send no time with some events.
    expect(gate().check({ ...event, time: undefined })).toBeDefined();
  });

  it.each(events.map((event) => [event.type, event] as const))(
    'refuses a %s whose time no market has',
    (_type, event) => {
      for (const time of [NaN, Infinity, 0, -1, 1_700_000_000, now + 3_600_000, Date.UTC(2030), now * 1000]) {
        const one = gate();
        expect(one.check({ ...event, time }), String(time)).toBeUndefined();
        expect(one.refusal).toMatchObject({ reason: 'time' });
        expect(one.refusal.detail).toMatch(new RegExp(`time of a ${event.type} was`));
      }
    },
  );

  it.each([
    ['trade', 'price'],
    ['trade', 'size'],
    ['quote', 'bid'],
    ['quote', 'askSize'],
    ['bar', 'high'],
    ['bar', 'volume'],
    ['funding', 'rate'],
    ['funding', 'markPrice'],
    ['openInterest', 'size'],
    ['liquidation', 'price'],
    ['index', 'price'],
    ['ticker24h', 'last'],
    ['ticker24h', 'volume'],
  ])('refuses a %s whose %s is no number of a market', (type, field) => {
    const event = events.find((one) => one.type === type)!;
    const bad = field === 'rate' ? [NaN, Infinity, -Infinity] : [NaN, Infinity, -Infinity, -5.5];
    for (const value of bad) {
      const one = gate();
      expect(one.check({ ...event, [field]: value }), String(value)).toBeUndefined();
      expect(one.refusal.detail).toContain(String(value));
    }
  });

  it('refuses a price of 0, and takes prices at or below 0 where the instrument has them', () => {
    expect(gate().check({ ...trade, price: 0 })).toBeUndefined();
    for (const price of [0, -37.63]) expect(gate('A/B').check({ ...trade, price })).toMatchObject({ price });
    expect(gate('A/B').check({ ...trade, price: NaN })).toBeUndefined();
  });

  it('marks a quote that is crossed, and takes a side of 0 without a size for an empty one', () => {
    expect(gate().check({ ...quote, bid: 6 })).toEqual({ ...quote, bid: 6, crossed: true });
    expect(gate().check({ ...quote, bid: 5 })).toEqual({ ...quote, bid: 5 });
    expect(gate().check({ ...quote, bid: 0, bidSize: 0 })).toEqual({ ...quote, bid: undefined, bidSize: undefined });
    expect(gate().check({ ...quote, bid: 0, bidSize: 3 })).toBeUndefined();
    for (const bidSize of [NaN, -1, Infinity, 3]) {
      expect(gate().check({ ...quote, bid: undefined, bidSize })).toEqual({
        ...quote,
        bid: undefined,
        bidSize: undefined,
      });
    }
  });

  it('refuses bars out of range and ids that are no ids', () => {
    expect(gate().check({ ...bar, high: 4.5 })).toBeUndefined();
    expect(gate().check({ ...bar, end: bar.start })).toBeUndefined();
    for (const id of ['', 'x', '-1', '9007199254740992', '1e400', '0x10', '1.5'])
      expect(gate().check({ ...trade, id }), id).toBeUndefined();
  });

  it('passes what says nothing of the market, whatever it holds', () => {
    const status = { type: 'status', exchange: 'x', symbol: 'A/B', channel: 'trade', state: 'live', reason: '', time: NaN } as const; // prettier-ignore
    const balance = {
      type: 'balance',
      exchange: 'x',
      currency: 'A',
      free: -1,
      used: NaN,
      time: 0,
      receiveTime: 0,
    } as const;
    for (const event of [status, balance]) expect(gate().check(event)).toBe(event);
  });

  it('keeps fractions of a millisecond', () => {
    expect(gate().check(trade)).toMatchObject({ time: now - 12.5 });
  });

  it('takes a run of times that agree for the truth about the clocks, and one wild time for an error', () => {
    const one = gate();
    const ahead = (k: number): MarketEvent => ({
      ...trade,
      id: String(k),
      time: now + 3_600_000 + k,
      receiveTime: now + k,
    });
    const passed = Array.from({ length: 40 }, (_, k) => one.check(ahead(k)) !== undefined);
    expect(passed.indexOf(true)).toBe(19);
    expect(passed.slice(19).every(Boolean)).toBe(true);
    expect(one.check({ ...trade, time: Date.UTC(2030) })).toBeUndefined();
    expect(one.check(ahead(50))).toBeDefined();
  });

  it('takes a stream that is served again years later', () => {
    const one = gate();
    for (let k = 0; k < 5; k++) {
      const time = Date.UTC(2015) + k * 1000;
      expect(one.check({ ...trade, time, receiveTime: now + k * 1000 })).toBeDefined();
      expect(one.check({ ...trade, time: time + 3_600_000, receiveTime: now + k * 1000 })).toBeUndefined();
    }
  });

  it('checks text and decimals as it checks floats', () => {
    for (const price of ['', '0x10', '1e400', 'abc', '-5.5', '0', ' 1', 'Infinity', 'NaN', '1_000', '1,5']) {
      const texts = new EventGate<string>({ numbers: 'text', tradeIds: 'none' });
      expect(texts.check({ ...trade, price, size: '1' }), price).toBeUndefined();
      const decimals = new EventGate<Decimal>({ numbers: 'decimal', tradeIds: 'none' });
      const exact = { ...trade, price: decimalReader.read(price), size: new Decimal(1) };
      expect(decimals.check(exact), price).toBeUndefined();
      expect(gate().check({ ...trade, price: floatReader.read(price) }), price).toBeUndefined();
    }
    const texts = new EventGate<string>({ numbers: 'text', tradeIds: 'none' });
    expect(texts.check({ ...trade, price: '9.1E-7', size: '0.10' })).toMatchObject({ price: '9.1E-7' });
  });
});

it('reads every number that JSON can hold, and nothing else that Number takes', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Object.is(numberOf(JSON.stringify(value)), Number(JSON.stringify(value)))).toBe(true);
    }),
  );
  for (const text of ['', ' ', '0x10', '0b1', '0o7', 'Infinity', '-Infinity', ' 1', '1 ', '1n', '1_0', '--1'])
    expect(numberOf(text), text).toBeNaN();
});
