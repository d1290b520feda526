/** The key of a stored series: what may be one, and the folder that it has. */
import { describe, expect, it } from 'vitest';

import {
  checkSeries,
  seriesFolder,
  seriesName,
  seriesOfFolder,
  venueName,
  type Series,
} from '../../src/store/series.ts';
import { series } from './sample.ts';

const odd = (more: object): Series => ({ ...series, ...more });

describe('a series', () => {
  it('has an exchange, a type, a symbol and a timeframe', () => {
    checkSeries(series);
    checkSeries(odd({ origin: '127.0.0.1:8787' }));
    for (const field of ['exchange', 'type', 'symbol', 'timeframe'])
      for (const value of ['', undefined, 5])
        expect(() => {
          checkSeries(odd({ [field]: value }));
        }).toThrow(
          expect.objectContaining({
            message: `${field} of a stored series must be a text, was ${JSON.stringify(value)}`,
            context: { field },
          }) as Error,
        );
    for (const origin of ['', 5])
      expect(() => {
        checkSeries(odd({ origin }));
      }).toThrow(
        expect.objectContaining({
          message: `origin of a stored series must be a host or sandbox, was ${JSON.stringify(origin)}`,
          context: { field: 'origin' },
        }) as Error,
      );
    expect(() => {
      checkSeries(odd({ timeframe: '7x' }));
    }).toThrow('7x');
  });

  it.each(['..', 'a/../b', 'a\\b', 'a\u0000', 'a\nb', 'a\u001f', 'a\u007f', ' a', 'a '])(
    'leads nowhere but into its store: %j is no name',
    (name) => {
      for (const field of ['exchange', 'symbol', 'origin'])
        expect(() => {
          checkSeries(odd({ [field]: name }));
        }).toThrow(
          expect.objectContaining({
            message: `${field} of a stored series must be a name without '..', backslashes and control characters, was ${JSON.stringify(name)}`,
            context: { field },
          }) as Error,
        );
    },
  );

  it('may hold single dots and spaces inside', () => {
    checkSeries(odd({ symbol: 'BRK.B / USD' }));
  });

  it('is named with its origin', () => {
    expect(seriesName(series)).toBe('binance spot BTC/USDT 1h');
    expect(seriesName(odd({ origin: 'sandbox' }))).toBe('binance@sandbox spot BTC/USDT 1h');
    expect(venueName({ exchange: 'okx' })).toBe('okx');
  });
});

describe('the folder of a series', () => {
  it.each([
    [series, 'binance/spot/BTC-USDT/1h'],
    [odd({ timeframe: '1M' }), 'binance/spot/BTC-USDT/1mo'],
    [odd({ timeframe: '3M' }), 'binance/spot/BTC-USDT/3mo'],
    [odd({ timeframe: '1m' }), 'binance/spot/BTC-USDT/1m'],
    [odd({ type: 'swap', symbol: 'ETH/USDT:USDT' }), 'binance/swap/ETH-USDT_USDT/1h'],
    [odd({ type: 'future', symbol: 'BTC/USD:BTC-240628' }), 'binance/future/BTC-USD_BTC%2d240628/1h'],
    [
      odd({ type: 'option', symbol: 'BTC/USD:BTC-240628-60000-C' }),
      'binance/option/BTC-USD_BTC%2d240628%2d60000%2dC/1h',
    ],
    [odd({ type: 'margin' }), 'binance/margin/BTC-USDT/1h'],
    [odd({ origin: '127.0.0.1:8787' }), 'binance@127.0.0.1_8787/spot/BTC-USDT/1h'],
    // What a file system might read as something else is written by its code.
    [odd({ symbol: 'A_B%/USD' }), 'binance/spot/A%5fB%25-USD/1h'],
    [odd({ symbol: '.HIDDEN/USD' }), 'binance/spot/%2eHIDDEN-USD/1h'],
    [odd({ symbol: 'BRK.B/USD' }), 'binance/spot/BRK.B-USD/1h'],
  ] as const)('of %j is %s, and leads back to it', (one, folder) => {
    expect(seriesFolder(one)).toBe(folder);
    expect(seriesOfFolder(folder)).toStrictEqual(one);
  });

  it.each([
    'binance/spot/BTC-USDT',
    'binance/spot/BTC-USDT/1h/2024-01',
    'binance/equity/BTC-USDT/1h',
    'binance/spot/BTC_USDT%/1h',
    'binance/spot/BTC%2fUSDT/1h',
    'binance',
    '',
  ])('is not %j', (folder) => {
    expect(seriesOfFolder(folder)).toBeUndefined();
  });
});
