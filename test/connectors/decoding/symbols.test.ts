/** Names of a venue's instruments, as users write them. */
import { describe, expect, it } from 'vitest';

import { joinedName, SymbolMap } from '../../../src/connectors/decoding/symbols.ts';

const spot = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', venueSymbol: 'BTCUSDT', active: true } as const; // prettier-ignore
const dated = { ...spot, symbol: 'BTC/USDT:USDT-270625', type: 'future', venueSymbol: 'BTCUSDT_270625' } as const;

describe('SymbolMap', () => {
  it.each([
    ['BTC/USDT', 'BTCUSDT'],
    ['BTC-USDT', 'BTCUSDT'],
    ['btc/usdt', 'BTCUSDT'],
    ['btc-usdt', 'BTCUSDT'],
    ['BTC-USDT-270625', 'BTCUSDT_270625'],
  ])('finds %s', (name, venueSymbol) => {
    expect(new SymbolMap('binance', [spot, dated]).find(name).venueSymbol).toBe(venueSymbol);
  });

  it('answers an unknown name with the nearest one', () => {
    expect(() => new SymbolMap('binance', [spot]).find('BTC/USDC')).toThrow(
      "unknown symbol 'BTC/USDC' on binance: did you mean 'BTC/USDT'?",
    );
  });

  it('answers a name that is like none without a guess, and one that does not trade now with that', () => {
    const map = new SymbolMap('binance', [spot, { ...dated, active: false }]);
    const context = { exchange: 'binance', symbol: 'XYZQWERT' };
    expect(() => map.find('XYZQWERT')).toThrow(/^unknown symbol 'XYZQWERT' on binance$/);
    expect(() => map.find('XYZQWERT')).toThrow(expect.objectContaining({ code: 'unknown-symbol', context }));
    expect(() => map.find(dated.symbol)).toThrow(
      `symbol '${dated.symbol}' is listed on binance but does not trade now`,
    );
    expect(() => map.find(dated.symbol)).toThrow(expect.objectContaining({ code: 'unknown-symbol', context: { ...context, symbol: dated.symbol } })); // prettier-ignore
    expect(map.get(dated.symbol)?.active).toBe(false);
  });

  it('knows names both ways, also of instruments that are added later', () => {
    const map = new SymbolMap('binance', [spot]);
    expect([map.has('BTCUSDT'), map.has('BTC/USDT'), map.unified('BTCUSDT'), map.unified('XX')]).toEqual([true, false, 'BTC/USDT', 'XX']); // prettier-ignore
    map.add(dated);
    expect([map.size, [...map.instruments], map.unified('BTCUSDT_270625')]).toEqual([2, [spot, dated], dated.symbol]);
    expect([map.find(dated.symbol), map.get('none')]).toEqual([dated, undefined]);
  });

  it('keeps of two instruments of one name the one that trades', () => {
    const old = { ...spot, venueSymbol: 'OLD', active: false };
    for (const listed of [[spot, old], [old, spot]]) expect(new SymbolMap('binance', listed).find('BTC/USDT')).toBe(spot); // prettier-ignore
    expect(new SymbolMap('binance', [old]).get('BTC/USDT')).toBe(old);
    const newer = { ...spot, venueSymbol: 'NEW' };
    expect(new SymbolMap('binance', [spot, newer]).find('BTC/USDT')).toBe(newer);
  });
});

it.each([
  ['BTC/USDT', '', 'BTCUSDT'],
  ['1INCH/USD', '-', '1INCH-USD'],
  ['BTC/USDT:USDT', '', undefined],
  ['xBTC/USDT', '', undefined],
  ['BTC/USDTx', '', undefined],
  ['BTC', '', undefined],
])('%s joined by %j is %s', (symbol, by, joined) => {
  expect(joinedName(symbol, by)).toBe(joined);
});
