/** Recordings without a list of instruments: the venue's own names are matched with the subscription. */
import { describe, expect, it } from 'vitest';

import type { MarketEvent } from '../../../src/core/index.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import { protocolOf } from '../../../src/connectors/protocols/index.ts';
import { GuessedSymbols } from '../../../src/connectors/recordings/guessed-symbols.ts';
import { Playback } from '../../../src/connectors/recordings/playback.ts';
import type { RecordingLine } from '../../../src/connectors/recordings/recording.ts';

function guess(names: string[], venueSymbol: string): string | undefined {
  return new GuessedSymbols(names).find(venueSymbol, () => true)?.symbol;
}

/** Plays frames of one recording without instruments. */
function play(
  exchange: string,
  subscription: Record<string, string[]>,
  lines: readonly Partial<RecordingLine>[],
): { events: MarketEvent<string>[]; playback: Playback<string> } {
  const events: MarketEvent<string>[] = [];
  const recording = { name: 'x', meta: { dir: 'meta', t: 0, exchange, subscription } as const, lines: [] };
  const playback = new Playback<string>(
    recording,
    { protocol: protocolOf(exchange), numbers: textReader },
    { event: (event) => events.push(event) },
  );
  for (const line of lines) playback.line({ t: 1_700_000_000, conn: 'a', ...line } as RecordingLine);
  playback.finish();
  return { events, playback };
}

describe('the symbol that a name means', () => {
  it.each([
    ['BTC-USDT-PERP', 'BTCUSDT', 'BTC/USDT:USDT'],
    ['BTC-USD-PERP', 'BTCUSD_PERP', 'BTC/USD:USD'],
    ['BTC-USDT', 'btcusdt', 'BTC/USDT'],
    ['BTC-USDT', 'BTC_USDT', 'BTC/USDT'],
    ['LAMB-KRW', 'KRW-LAMB', 'LAMB/KRW'],
    ['BTC-USD', 'XBT/USD', 'BTC/USD'],
    ['BTC-USDT-PERP', 'BTC-USDT-SWAP', 'BTC/USDT:USDT'],
    ['BTC-USD-PERP', 'BTC', 'BTC/USD:USD'],
    ['BTC-USDT', 'tBTCUST', 'BTC/USDT'],
    ['BTC-USDT-PERP', 'tBTCF0:USTF0', 'BTC/USDT:USDT'],
  ])('of %s is %s', (name, venueSymbol, symbol) => {
    expect(guess([name, 'ETH-USDT', 'ETH-USDT-PERP'], venueSymbol)).toBe(symbol);
  });

  it('is none for a name that was not subscribed', () => {
    expect(guess(['BTC-USDT'], 'ETHUSDT')).toBeUndefined();
  });
});

describe('a recording without instruments', () => {
  it('builds the book of a perpetual', () => {
    const { playback } = play('binanceusdm', { l2_book: ['BTC-USDT-PERP'] }, [
      { dir: 'in', data: '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000000,"T":1700000000000,"s":"BTCUSDT","U":90,"u":101,"pu":89,"b":[["10","2"]],"a":[]}}' },
      { dir: 'http', url: 'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000', data: '{"lastUpdateId":100,"E":1700000000000,"T":1700000000000,"bids":[["10","1"]],"asks":[["11","1"]]}' },
    ]); // prettier-ignore
    const book = [...playback.streams.values()][0]!.books.book('BTC/USDT:USDT')!;
    expect(book.bids.text(0)).toEqual(['10', '2']);
  });

  it('tells spot from perpetual by the socket, and hands on the best prices of a ticker', () => {
    const frame = { topic: 'tickers.BTCUSDT', type: 'snapshot', ts: 1_700_000_000_000, data: { symbol: 'BTCUSDT', lastPrice: '10', bid1Price: '9', bid1Size: '1', ask1Price: '11', ask1Size: '2', fundingRate: '0.0001', markPrice: '10.1' } }; // prettier-ignore
    const { events } = play('bybit', { ticker: ['BTC-USDT', 'BTC-USDT-PERP'] }, [
      { dir: 'open', url: 'wss://stream.bybit.com/v5/public/linear' },
      { dir: 'open', conn: 'b', url: 'wss://stream.bybit.com/v5/public/spot' },
      { dir: 'in', data: JSON.stringify(frame) },
      { dir: 'in', conn: 'b', data: JSON.stringify({ ...frame, data: { symbol: 'BTCUSDT', lastPrice: '10' } }) },
    ]);
    expect(events.map(({ type, symbol }) => `${type} ${symbol}`)).toEqual([
      'funding BTC/USDT:USDT', 'mark BTC/USDT:USDT', 'quote BTC/USDT:USDT', 'ticker24h BTC/USDT:USDT', 'ticker24h BTC/USDT',
    ]); // prettier-ignore
  });
});
