/** What an account may hold: its kind by option and instrument, and what each kind refuses. */
import { describe, expect, it } from 'vitest';

import { limitedAccount, unlimitedAccount } from '../../../src/broker/accounting/account-rule.ts';
import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import { timeframe, type Instrument } from '../../../src/core/index.ts';

const spot: Partial<Instrument> = { type: 'spot' };
const linear: Partial<Instrument> = { type: 'swap', settle: 'USDT', contractSize: 0.01 };
const info = (symbol: string, instrument?: Partial<Instrument>, name = symbol) => ({
  name, symbol, timeframe: timeframe('1h'),
  ...(instrument && { instrument: { symbol, base: 'BTC', quote: symbol.includes('USDT') ? 'USDT' : 'USD', ...instrument } as Instrument }),
}); // prettier-ignore
const plain = new CommissionScheme();

describe('the kind of an account', () => {
  it.each([
    ['BTC/USDT', spot, undefined, 'spot'],
    ['BTC/USDT', spot, 'margin', 'margin'],
    ['BTC/USDT', { type: 'margin' }, undefined, 'margin'],
    ['BTC/USDT', undefined, undefined, 'margin'],
    ['BTC/USDT', undefined, 'spot', 'spot'],
    ['BTC/USDT:USDT', linear, undefined, 'margin'],
    ['BTC/USDT:USDT', linear, 'margin', 'margin'],
    ['GOLD', undefined, undefined, 'margin'],
  ] as const)('of %s, an instrument of %j, asked for %s is %s', (symbol, instrument, asked, kind) => {
    expect(limitedAccount.kindOf(info(symbol, instrument), plain, asked)).toBe(kind);
    expect(unlimitedAccount.kindOf(info(symbol, instrument), plain, asked)).toBeUndefined();
  });

  it.each([
    ['a contract', 'BTC/USDT:USDT', linear, {}, 'spot', "'BTC/USDT:USDT' is a swap, which a spot account cannot hold: use account: 'margin'", 'account'],
    ['a margin', 'BTC/USDT', spot, { margin: 10 }, undefined, "'BTC/USDT' has a margin, which a spot account does not know: use account: 'margin'", 'margin'],
    ['leverage', 'BTC/USDT', spot, { leverage: 2 }, undefined, "leverage of 'BTC/USDT' must be 1 in a spot account, was 2: use account: 'margin'", 'leverage'],
    ['a margin of an unknown instrument', 'BTC/USDT', undefined, { autoMargin: 0.1 }, 'spot', "'BTC/USDT' has a margin", 'margin'],
    ['an inverse contract', 'BTC/USD:BTC', { type: 'swap', settle: 'BTC' }, {}, 'margin', "'BTC/USD:BTC' is an inverse contract, which settles in BTC", 'account'],
    ['an inverse contract by its symbol', 'BTC/USD:BTC', undefined, {}, undefined, 'account: { cash: { BTC: 1 } }', 'account'],
  ] as const)('refuses %s', (_, symbol, instrument, scheme, asked, message, field) => {
    const ask = () => limitedAccount.kindOf(info(symbol, instrument), new CommissionScheme(scheme), asked);
    expect(ask).toThrow(message);
    expect(ask).toThrow(expect.objectContaining({ context: { field } }));
  }); // prettier-ignore

  it('takes leverage on margin, and a leverage of 1 on spot', () => {
    expect(limitedAccount.kindOf(info('BTC/USDT', spot), new CommissionScheme({ leverage: 5 }), 'margin')).toBe('margin');
    expect(limitedAccount.kindOf(info('BTC/USDT', spot), new CommissionScheme({ leverage: 1 }), 'spot')).toBe('spot');
  }); // prettier-ignore
});

describe('a unit', () => {
  it.each([
    ['BTC/USDT:USDT', linear, 0.01],
    ['BTC/USDT:USDT', { type: 'swap', settle: 'USDT' }, 1],
    ['BTC/USDT:USDT', undefined, 1],
    ['BTC/USDT', { ...spot, contractSize: 5 }, 1],
    ['XBTPERP', linear, 0.01],
    ['GOLD', undefined, 1],
  ] as const)('of %s, an instrument of %j, is %d of the base', (symbol, instrument, units) => {
    expect(limitedAccount.unitsOf(info(symbol, instrument))).toBe(units);
    expect(unlimitedAccount.unitsOf(info(symbol, instrument))).toBe(1);
  });
});

describe('the line of an account', () => {
  it('names its kinds, and what is not known', () => {
    const of = (...infos: ReturnType<typeof info>[]): string => limitedAccount.describe(infos, undefined);
    expect(of(info('BTC/USDT', spot))).toBe('spot');
    expect(of(info('BTC/USDT', spot), info('BTC/USDT:USDT', linear))).toBe('spot and margin');
    expect(of(info('A'), info('B', spot))).toBe("margin and spot (no instrument known of 'A', traded on margin)");
    expect(of(info('A'), info('B'), info('C'))).toBe("margin (no instrument known of 'A', 'B', 'C', traded on margin)");
    expect(of(info('A'), info('B'), info('C'), info('D'))).toBe("margin (no instrument known of 'A', 'B', 'C' and 1 more, traded on margin)"); // prettier-ignore
    expect(limitedAccount.describe([info('A')], 'spot')).toBe('spot');
    expect(unlimitedAccount.describe([], undefined)).toBe('without limits for short sales');
  });
});
