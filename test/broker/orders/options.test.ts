/** What a strategy may say of an order: what is taken, and what is refused with which sentence. */
import { describe, expect, it } from 'vitest';
import type { Instrument } from 'nextbar';
import {
  checkOrderNames,
  checkOrderOptions,
  namesOnlyData,
  unitsOfQuote,
  validUntil,
  type LooseOrderOptions,
} from '../../../src/broker/orders/options.ts';
import { order } from '../matching/working.ts';

const check = (options: object) => () => {
  checkOrderOptions(options);
};

it.each<[object]>([
  [{}],
  [{ size: 1e-8 }],
  [{ type: 'market', size: 1 }],
  [{ type: 'close', timeInForce: 'gtc' }],
  [{ type: 'limit', price: 1 }],
  [{ type: 'limit', price: -1, limitPrice: NaN }],
  [{ type: 'stop', price: 0 }],
  [{ type: 'stopLimit', price: 1, limitPrice: 2 }],
  [{ type: 'stopTrail', trailAmount: 1 }],
  [{ type: 'stopTrail', trailPercent: 0.1, price: 5, activationPrice: 6 }],
  [{ type: 'stopTrailLimit', trailAtr: 2, trailPeriod: 1, limitPrice: 5 }],
  [{ tag: '', exit: 'time', triggered: 'fire', reduceOnly: false, whenCashShort: 'cut' }],
  [{ oco: order('buy limit 99').order, parent: order('buy market').order }],
  [{ type: 'limit', price: 1, timeInForce: 'gtx' }],
  [{ type: 'limit', price: 1, postOnly: 'reprice', timeInForce: 'gtc' }],
  [{ type: 'limit', price: 1, postOnly: true, timeInForce: 'gtx' }],
  [{ type: 'limit', price: 1, postOnly: false, timeInForce: 'fok' }],
  [{ type: 'market', timeInForce: 'ioc' }],
  [{ quoteSize: 0.01 }],
])('%j is taken', (options) => {
  expect(check(options)).not.toThrow();
});

it.each<[object, string]>([
  [{ type: 'limt', price: 1 }, "type must be one of market, close, limit, stop, stopLimit, stopTrail, stopTrailLimit, was 'limt': did you mean 'limit'?"],
  [{ type: 'xyzzy' }, "stopTrailLimit, was 'xyzzy'"],
  [{ size: 0 }, 'size must be a number above 0, was 0'],
  [{ size: Infinity }, 'size must be a number above 0, was Infinity'],
  [{ size: NaN }, 'size must be a number above 0, was NaN'],
  [{ tag: 5 }, 'tag must be a text, was 5'],
  [{ triggered: 'never' }, "triggered must be 'refuse' or 'fire', was 'never'"],
  [{ exit: 'profit' }, "was 'profit'"],
  [{ reduceOnly: 1 }, 'reduceOnly must be true or false, was 1'],
  [{ whenCashShort: 'wait' }, "whenCashShort must be one of cut, refuse, was 'wait'"],
  [{ oco: {} }, 'oco must be an order, was {}'],
  [{ parent: 3 }, 'parent must be an order, was 3'],
  [{ parent: null }, 'parent must be an order, was null'],
  [{ type: 'limit' }, 'a limit order needs a finite price, was undefined'],
  [{ type: 'stop', price: Infinity }, 'a stop order needs a finite price, was Infinity'],
  [{ type: 'stopLimit', price: NaN, limitPrice: 1 }, 'a stopLimit order needs a finite price, was NaN'],
  [{ type: 'stopLimit', price: 1 }, 'a stopLimit order needs a finite limitPrice, was undefined'],
  [{ type: 'stopTrail', price: NaN, trailAmount: 1 }, 'a stopTrail order needs a finite price, was NaN'],
  [{ type: 'stopTrailLimit', limitPrice: NaN, trailAmount: 1 }, 'a stopTrailLimit order needs a finite limitPrice, was NaN'],
  [{ type: 'stopTrail' }, 'needs a positive trailAmount, trailPercent or trailAtr, one of them, was trailAmount undefined, trailPercent undefined, trailAtr undefined'],
  [{ type: 'stopTrailLimit', trailAmount: 0 }, 'was trailAmount 0,'],
  [{ type: 'stopTrail', trailPercent: Infinity }, 'trailPercent Infinity'],
  [{ type: 'stopTrail', trailAmount: 1, trailAtr: 2 }, 'one of them, was trailAmount 1, trailPercent undefined, trailAtr 2'],
  [{ type: 'stopTrail', trailAtr: 1, trailPeriod: 0 }, 'trailPeriod must be a positive integer, was 0'],
  [{ type: 'stopTrail', trailAtr: 1, trailPeriod: 1.5 }, 'trailPeriod must be a positive integer, was 1.5'],
  [{ type: 'stopTrail', trailAmount: 1, activationPrice: NaN }, 'a stopTrail order needs a finite activationPrice, was NaN'],
  [{ type: 'limit', price: 1, activationPrice: 2 }, 'activationPrice belongs to trailing orders, not to a limit order'],
  [{ type: 'limit', price: 1, timeInForce: 'IOC' }, "timeInForce must be one of gtc, ioc, fok, gtx, was 'IOC': did you mean 'ioc'?"],
  [{ timeInForce: 'day-only' }, "timeInForce must be one of gtc, ioc, fok, gtx, was 'day-only'"],
  [{ type: 'limit', price: 1, postOnly: 'yes' }, "postOnly must be true, 'refuse' or 'reprice', was 'yes'"],
  [{ postOnly: 'refuse' }, 'postOnly needs a limit order, was market'],
  [{ type: 'stop', price: 1, timeInForce: 'gtx' }, 'timeInForce needs a limit order, was stop'],
  [{ type: 'limit', price: 1, postOnly: true, timeInForce: 'fok' }, "postOnly contradicts timeInForce 'fok': one rests, the other never does"],
  [{ type: 'limit', price: 1, postOnly: true, timeInForce: 'ioc' }, "postOnly contradicts timeInForce 'ioc': one rests, the other never does"],
  [{ type: 'stop', price: 1, timeInForce: 'ioc' }, "timeInForce 'ioc' needs a limit or market order, was stop"],
  [{ type: 'close', timeInForce: 'fok' }, "timeInForce 'fok' needs a limit or market order, was close"],
  [{ quoteSize: 0 }, 'quoteSize must be a number above 0, was 0'],
  [{ quoteSize: Infinity }, 'quoteSize must be a number above 0, was Infinity'],
  [{ type: 'limit', price: 1, quoteSize: 5 }, 'quoteSize needs a market order, was limit'],
  [{ quoteSize: 5, size: 1 }, 'quoteSize and size cannot both be given, size was 1'],
])('%j is refused', (options, message) => {
  expect(check(options)).toThrow(message);
}); // prettier-ignore

it.each<[object, string]>([
  [{ size: 0 }, 'size'],
  [{ reduceOnly: 'yes' }, 'reduceOnly'],
  [{ oco: 5 }, 'oco'],
  [{ parent: 5 }, 'parent'],
  [{ whenCashShort: 'wait' }, 'whenCashShort'],
  [{ type: 'stop' }, 'price'],
  [{ type: 'stopLimit', price: 1 }, 'limitPrice'],
  [{ activationPrice: 1 }, 'activationPrice'],
  [{ type: 'stopTrail', trailAmount: 1, trailPeriod: -1 }, 'trailPeriod'],
  [{ timeInForce: 'never' }, 'timeInForce'],
  [{ postOnly: 'refuse' }, 'postOnly'],
  [{ quoteSize: -1 }, 'quoteSize'],
])('the refusal of %j names the field, and no other option where none is near', (options, field) => {
  expect(check(options)).toThrow(expect.objectContaining({ context: { field } }));
  expect(check(options)).not.toThrow('did you mean');
});

it('a type that is like none is refused without a guess', () => {
  expect(check({ type: 'xyzzy' })).toThrow(/stopTrailLimit, was 'xyzzy'$/);
});

it('names that no order has are refused with the nearest', () => {
  expect(() => {
    checkOrderNames({ data: 'a', size: 1, whenCashShort: 'cut' });
  }).not.toThrow();
  expect(() => {
    checkOrderNames({ data: 'a', sise: 1 } as LooseOrderOptions);
  }).toThrow("unknown order option 'sise': did you mean 'size'?");
});

it('options of a data alone are known to be right', () => {
  expect([{}, { data: 'a' }, { data: 'a', size: 1 }, { size: 1 }].map(namesOnlyData)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe('the validity of an order', () => {
  it.each<[LooseOrderOptions['valid'], number]>([
    [undefined, Infinity],
    ['day', 777],
    [{ afterMs: 0 }, 1_000],
    [{ afterMs: 500 }, 1_500],
    [new Date(2_000), 2_000],
    [3_000, 3_000],
    ['1970-01-01', 0],
  ])('%j, placed at 1,000 in a session to 777', (valid, until) => {
    expect(validUntil(valid, 1_000, 777)).toBe(until);
  });

  it.each([-1, NaN])('after %d is refused', (afterMs) => {
    expect(() => validUntil({ afterMs }, 0, 0)).toThrow(`valid.afterMs must not be negative, was ${afterMs}`);
  });
});

describe('an order by quote amount', () => {
  const spot: Instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', lot: 0.01 };
  const linear: Instrument = { ...spot, symbol: 'BTC/USDT:USDT', type: 'swap', settle: 'USDT', lot: 1, contractSize: 0.01 };
  const inverse: Instrument = { ...spot, symbol: 'BTC/USD:BTC', type: 'swap', quote: 'USD', settle: 'BTC', lot: 1, contractSize: 100 };

  it.each<[string, number, Instrument | undefined, number, number]>([
    ['of an unknown instrument is on a lot of 1e-8', 100, undefined, 3, 33.33333333],
    ['on spot is on the lot below it: 1,000 / 110 is 9.0909', 1_000, spot, 110, 9.09],
    ['of a contract of 0.01, worth 500 at 50,000', 1_600, linear, 50_000, 3],
    ['of an inverse contract of 100, whatever the price', 1_050, inverse, 50_000, 10],
  ])('%s', (_, amount, instrument, price, units) => {
    expect(unitsOfQuote(amount, instrument, price)).toBe(units);
  });

  it.each<[number, Instrument, number, string]>([
    [1, spot, 110, 'quoteSize 1 is 0.0090909091 units at 110, less than the lot 0.01: the nearest is 1.1'],
    [400, linear, 50_000, 'quoteSize 400 is 0.8 units at 50000, less than the lot 1: the nearest is 500'],
    [60, inverse, 50_000, 'quoteSize 60 is 0.6 units at 50000, less than the lot 1: the nearest is 100'],
  ])('of %d is refused below a lot', (amount, instrument, price, reason) => {
    expect(unitsOfQuote(amount, instrument, price)).toEqual({ rule: 'lot', reason });
  });
}); // prettier-ignore
