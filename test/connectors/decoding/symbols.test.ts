/** Names of a venue's instruments, as users write them. */
import { describe, expect, it } from 'vitest';

import { SymbolMap } from '../../../src/connectors/index.ts';

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
});
