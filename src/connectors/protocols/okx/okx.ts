/** OKX version 5, spot and derivatives: each book message names the one before, and carries a checksum over 25 levels. */
import { okxChecksum } from '../../decoding/checksum.ts';
import { numberIn, numberMaybe, objectsIn, parseObject, textIn, type Json } from '../../decoding/fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol, Subscription } from '../../decoding/protocol.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';
import { OkxParser, okxTimeframes, okxTrade } from './frames.ts';

const rest = 'https://www.okx.com/api/v5';
const socket = 'wss://ws.okx.com:8443/ws/v5';

/** The type of an instrument by its name: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USDT-240628`, `BTC-USD-240628-60000-C`. */
function typeOf(venueSymbol: string): 'MARGIN' | 'SWAP' | 'FUTURES' | 'OPTION' {
  const parts = venueSymbol.split('-');
  if (parts.length === 2) return 'MARGIN';
  if (parts.length > 3) return 'OPTION';
  return parts[2] === 'SWAP' ? 'SWAP' : 'FUTURES';
}

function argument({ channel, venueSymbol, timeframe }: Subscription): Json {
  switch (channel) {
    case 'trade':
      // `trades` joins prints of one taker under their last id; here every print comes.
      return { channel: 'trades-all', instId: venueSymbol };
    case 'quote':
      return { channel: 'bbo-tbt', instId: venueSymbol };
    case 'book':
      return { channel: 'books', instId: venueSymbol };
    case 'bar':
      return {
        channel: `candle${okxTimeframes[(timeframe ?? '1m') as keyof typeof okxTimeframes]}`,
        instId: venueSymbol,
      };
    case 'funding':
      return { channel: 'funding-rate', instId: venueSymbol };
    case 'openInterest':
      return { channel: 'open-interest', instId: venueSymbol };
    case 'liquidation':
      return { channel: 'liquidation-orders', instType: typeOf(venueSymbol) };
    case 'mark':
      return { channel: 'mark-price', instId: venueSymbol };
    case 'index':
      return { channel: 'index-tickers', instId: venueSymbol.split('-').slice(0, 2).join('-') };
    default:
      return { channel: 'tickers', instId: venueSymbol };
  }
}

function frames(op: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  const args = [...new Set(subscriptions.map((one) => JSON.stringify(argument(one))))].map(
    (arg) => JSON.parse(arg) as unknown,
  );
  const sent: string[] = [];
  for (let i = 0; i < args.length; i += 50) sent.push(JSON.stringify({ op, args: args.slice(i, i + 50) }));
  return sent;
}

/**
 * Each message names the sequence id before it. Equal ids are a heartbeat; a message whose own id is below the previous one is a reset of
 * the venue's numbers and is still applied. Older messages have no ids and rely on the checksum.
 */
export function okxLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.previous === undefined || last.sequence === undefined) return 'apply';
  if (message.previous === last.sequence) return 'apply';
  return message.sequence! <= last.sequence && message.previous < last.sequence ? 'skip' : 'gap';
}

const kinds = { SPOT: 'spot', SWAP: 'swap', FUTURES: 'future', OPTION: 'option' } as const;

/** Prices of instruments that do not trade yet are empty. */
function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'data').flatMap((row): ListedInstrument[] => {
    const type = (kinds as Readonly<Record<string, (typeof kinds)['SPOT' | 'SWAP' | 'FUTURES' | 'OPTION']>>)[
      textIn(row, 'instType')
    ];
    const venueSymbol = textIn(row, 'instId');
    // A future's name continues with its day, an option's with day, strike and right.
    const [base, quote, ...terms] = venueSymbol.split('-');
    if (type === undefined || base === undefined || quote === undefined) return [];
    const settle = type === 'spot' ? quote : textIn(row, 'settleCcy');
    const dated = type === 'future' || type === 'option' ? `-${terms.join('-')}` : '';
    const tick = numberMaybe(row, 'tickSz');
    const lot = numberMaybe(row, 'lotSz');
    const minSize = numberMaybe(row, 'minSz');
    return [
      {
        symbol: `${base}/${quote}${type === 'spot' ? '' : `:${settle}`}${dated}`,
        exchange: 'okx',
        type,
        base,
        quote,
        settle,
        venueSymbol,
        active: row['state'] === 'live',
        contractSize: numberMaybe(row, 'ctVal') ?? 1,
        ...(tick !== undefined && { tick }),
        ...(lot !== undefined && { lot }),
        ...(minSize !== undefined && { minSize }),
      },
    ];
  });
}

export const okx: Protocol = {
  id: 'okx',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
  timeframes: okxTimeframes,
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 240,
  controlFrames: { count: 3, perMs: 1000 },
  keepAlive: { everyMs: 20_000, frame: 'ping' },
  book: { source: 'stream', link: okxLink, checksum: okxChecksum },
  endpoint: ({ channel }) => `${socket}/${channel === 'bar' || channel === 'trade' ? 'business' : 'public'}`,
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new OkxParser(context),
  instruments: {
    requests: ['SPOT', 'SWAP', 'FUTURES'].map((type) => ({
      method: 'GET',
      url: `${rest}/public/instruments?instType=${type}`,
    })),
    parse: instruments,
  },
  /** The venue pages only backwards from an id, so a request from `fromId` on asks for the newest trades. */
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/market/trades?instId=${venueSymbol}&limit=500` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    [...objectsIn(parseObject(text), 'data')]
      .sort((x, y) => numberIn(x, 'tradeId') - numberIn(y, 'tradeId'))
      .map((row) => okxTrade(row, symbol, receiveTime, numbers, true)),
};
