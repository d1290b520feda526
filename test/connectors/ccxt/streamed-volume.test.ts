/** Bars that ccxt streams count what requested ones count: units of the base. */
import { describe, expect, it } from 'vitest';
import ccxt from 'ccxt';

import type { CcxtExchange, CcxtTicker } from '../../../src/connectors/ccxt/connection/exchange.ts';
import { statisticsOf } from '../../../src/connectors/ccxt/streams/pro-rows.ts';
import { countBase } from '../../../src/connectors/ccxt/streamed-volume.ts';

const swap = { type: 'swap', contract: true, swap: true, spot: false, quote: 'USD', quoteId: 'USD', active: true };
const inverse = { ...swap, id: 'BTCUSD_PERP', symbol: 'BTC/USD:BTC', base: 'BTC', baseId: 'BTC', settle: 'BTC', settleId: 'BTC', inverse: true, linear: false }; // prettier-ignore
const linear = { ...inverse, id: 'BTCUSDT', symbol: 'BTC/USDT:USDT', quote: 'USDT', quoteId: 'USDT', settle: 'USDT', settleId: 'USDT', inverse: false, linear: true }; // prettier-ignore
const gatePair = { id: 'BTC_USDT', symbol: 'BTC/USDT', base: 'BTC', baseId: 'BTC', quote: 'USDT', quoteId: 'USDT', type: 'spot', spot: true, contract: false, active: true }; // prettier-ignore
const gateContract = { ...linear, id: 'BTC_USDT' };

/** The volume of the bar that an exchange of ccxt's keeps of a message. */
function volumeOf(id: string, markets: readonly object[], symbol: string, message: object): number | undefined {
  const made = (ccxt.pro as unknown as Record<string, new () => CcxtExchange>)[id]!;
  const exchange = new made() as unknown as {
    setMarkets(markets: readonly object[]): void;
    handleOHLCV(client: object, message: object): void;
    ohlcvs: Record<string, Record<string, readonly (readonly number[])[]>>;
  };
  exchange.setMarkets(markets);
  countBase(exchange as unknown as CcxtExchange, id);
  exchange.handleOHLCV({ url: 'wss://dstream.binance.com/ws', resolve: () => undefined }, message);
  return exchange.ohlcvs[symbol]!['1m']![0]![5];
}

describe('a streamed bar', () => {
  const kline = (s: string): object => ({ e: 'kline', E: 1, s, k: { t: 60_000, T: 119_999, s, i: '1m', o: '50000', c: '50000', h: '50000', l: '50000', v: '20', q: '0.04' } }); // prettier-ignore

  it.each(['binance', 'binancecoinm'])('of an inverse contract at %s counts coins, not contracts', (id) => {
    expect(volumeOf(id, [inverse], 'BTC/USD:BTC', kline('BTCUSD_PERP'))).toBe(0.04);
  });

  it('of a linear contract at binance counts what it counted', () => {
    expect(volumeOf('binance', [linear], 'BTC/USDT:USDT', kline('BTCUSDT'))).toBe(20);
  });

  const candle = { t: '60', v: '25000', c: '50000', h: '50000', l: '50000', o: '50000', n: '1m_BTC_USDT', a: '0.5' };

  it('of spot at gate counts the base, not the quote', () => {
    const message = { channel: 'spot.candlesticks', event: 'update', result: candle };
    expect(volumeOf('gate', [gatePair], 'BTC/USDT', message)).toBe(0.5);
  });

  it('of a contract at gate counts contracts, as requested bars do', () => {
    const message = { channel: 'futures.candlesticks', event: 'update', result: [candle] };
    expect(volumeOf('gate', [gateContract], 'BTC/USDT:USDT', message)).toBe(25_000);
  });
});

describe('statistics of 24 hours', () => {
  const row = {
    timestamp: 1,
    open: 1,
    high: 1,
    low: 1,
    last: 1,
    baseVolume: 200,
    quoteVolume: 3,
    info: { volCcy24h: '2' },
  };
  const of = (exchange: string, symbol: string): readonly (number | undefined)[] => {
    const { volume, quoteVolume } = statisticsOf(row as unknown as CcxtTicker, { exchange, symbol, receiveTime: 0 });
    return [volume, quoteVolume];
  };

  it.each([
    ['bybit', 'BTC/USD:BTC', [3, 200]],
    ['bybit', 'BTC/USDT:USDT', [200, 3]],
    ['okx', 'BTC/USD:BTC', [2, undefined]],
    ['okx', 'BTC/USDT:USDT-240628', [2, undefined]],
    ['okx', 'BTC/USDT', [200, 3]],
    ['binancecoinm', 'BTC/USD:BTC', [200, 3]],
  ] as const)('of %s %s count the base, then the quote: %o', (exchange, symbol, volumes) => {
    expect(of(exchange, symbol)).toEqual(volumes);
  });
});
