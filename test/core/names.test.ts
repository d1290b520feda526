/** What a wrong name is answered with, and which spellings of a symbol are understood. */
import { describe, expect, it } from 'vitest';

import { checkNames, nearestName, typeOfSymbol, unifiedSymbol, unknownName } from '../../src/core/index.ts';

const options = ['cash', 'commission', 'slippage', 'intrabar', 'runtime'];

describe('the nearest name', () => {
  it.each<[string, string | undefined]>([
    ['csh', 'cash'],
    ['CASH', 'cash'],
    ['comission', 'commission'],
    ['slipage', 'slippage'],
    // A swap of neighbours is one mistake.
    ['intrabra', 'intrabar'],
    ['acsh', 'cash'],
    ['zzzzzzzzzz', undefined],
    ['', undefined],
  ])('of %j is %j', (given, near) => {
    expect(nearestName(given, options)).toBe(near);
  });

  it('is the first of several that are as near', () => {
    expect(nearestName('bat', ['cat', 'bar'])).toBe('cat');
  });
});

describe('a name that does not exist', () => {
  it('is answered with what was probably meant, else with what there is', () => {
    expect(unknownName('option of Cerebro', 'csh', options).message).toBe(
      "unknown option of Cerebro 'csh': did you mean 'cash'?",
    );
    expect(unknownName('exchange', 'qqqqqqqq', ['a', 'b']).message).toBe("unknown exchange 'qqqqqqqq'; known are a, b");
    const many = Array.from({ length: 100 }, (_, k) => `name${k}`);
    expect(unknownName('exchange', 'qqqqqqqq', many).message).toMatch(/known are name0, .*, name39 and 60 more$/);
    expect(unknownName('parameter', 'x', []).message).toBe("unknown parameter 'x'; there are none");
    expect(unknownName('option', 'csh', options)).toMatchObject({
      code: 'unknown-name',
      context: { name: 'csh', near: 'cash' },
    });
  });

  it('is found among the keys of an object, and keys that are known pass', () => {
    expect(() => {
      checkNames('option', { cash: 1, runtime: undefined }, options);
    }).not.toThrow();
    expect(() => {
      checkNames('option', { cash: 1, slipage: undefined }, options);
    }).toThrow("unknown option 'slipage': did you mean 'slippage'?");
  });
});

describe('a symbol', () => {
  it.each([
    ['BTC/USDT', 'BTC/USDT', 'spot'],
    ['BTC-USDT', 'BTC/USDT', 'spot'],
    ['btc/usdt', 'BTC/USDT', 'spot'],
    ['btc-usdt', 'BTC/USDT', 'spot'],
    ['BTC-USDT-PERP', 'BTC/USDT:USDT', 'swap'],
    ['BTC-USDT-240628', 'BTC/USDT:USDT-240628', 'future'],
    ['BTC-USD-240628', 'BTC/USD:BTC-240628', 'future'],
    ['BTC-USD-240628-70000-C', 'BTC/USD:BTC-240628-70000-C', 'option'],
    ['BTC/USDT:USDT-240628', 'BTC/USDT:USDT-240628', 'future'],
    ['BTC/USD:BTC-240628-50000-C', 'BTC/USD:BTC-240628-50000-C', 'option'],
    ['kPEPE/USDC:USDC', 'kPEPE/USDC:USDC', 'swap'],
  ])('%s is understood as %s', (given, unified, type) => {
    expect(unifiedSymbol(given)).toBe(unified);
    expect(typeOfSymbol(unified)).toBe(type);
  });
});
