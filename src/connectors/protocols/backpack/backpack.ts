/** Backpack: deltas numbered by update id, the first whole book by HTTP, times in microseconds. */
import { asObject, numberIn, objectIn, parseObject, sidesIn, textIn } from '../../decoding/fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol, Subscription } from '../../decoding/protocol.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';
import { BackpackParser, backpackTime, backpackTimeframes, backpackTrade } from './frames.ts';

const rest = 'https://api.backpack.exchange/api/v1';

function stream({ channel, venueSymbol, timeframe }: Subscription): string {
  switch (channel) {
    case 'trade':
      return `trade.${venueSymbol}`;
    case 'quote':
      return `bookTicker.${venueSymbol}`;
    case 'book':
      return `depth.${venueSymbol}`;
    case 'bar':
      return `kline.${backpackTimeframes[(timeframe ?? '1m') as keyof typeof backpackTimeframes]}.${venueSymbol}`;
    case 'funding':
    case 'index':
    case 'mark':
      return `markPrice.${venueSymbol}`;
    case 'openInterest':
      return `openInterest.${venueSymbol}`;
    case 'liquidation':
      return 'liquidation';
    default:
      return `ticker.${venueSymbol}`;
  }
}

function control(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', subscriptions: readonly Subscription[], id: number): string[] {
  return [JSON.stringify({ method, params: [...new Set(subscriptions.map(stream))], id })];
}

/** A message begins one id after the last ended; the first one after a whole book spans that book's id. Empty messages count too. */
export function backpackLink(last: BookPoint, message: BookMessage): LinkVerdict {
  const next = last.sequence! + 1;
  if (message.sequence! < next) return 'skip';
  return (message.first ?? NaN) === next || (last.fromSnapshot && (message.first ?? NaN) < next) ? 'apply' : 'gap';
}

/** The best bid comes last in the venue's list; the book sorts either way. */
function book(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const data = parseObject(text);
  return {
    ...sidesIn(data, 'bids', 'asks', texts),
    kind: 'snapshot',
    symbol,
    time: backpackTime(numberIn(data, 'timestamp')),
    receiveTime,
    sequence: numberIn(data, 'lastUpdateId'),
  };
}

/** Unknown kinds of market are left out. */
function instruments(text: string): ListedInstrument[] {
  return (JSON.parse(text) as unknown[]).flatMap((item): ListedInstrument[] => {
    const row = asObject(item, 'markets');
    const type = row['marketType'];
    if (type !== 'SPOT' && type !== 'PERP') return [];
    const filters = objectIn(row, 'filters');
    const base = textIn(row, 'baseSymbol');
    const quote = textIn(row, 'quoteSymbol');
    return [
      {
        symbol: type === 'SPOT' ? `${base}/${quote}` : `${base}/${quote}:${quote}`,
        exchange: 'backpack',
        type: type === 'SPOT' ? 'spot' : 'swap',
        base,
        quote,
        settle: quote,
        venueSymbol: textIn(row, 'symbol'),
        active: row['orderBookState'] === 'Open' || row['orderBookState'] === undefined,
        tick: numberIn(objectIn(filters, 'price'), 'tickSize'),
        lot: numberIn(objectIn(filters, 'quantity'), 'stepSize'),
        minSize: numberIn(objectIn(filters, 'quantity'), 'minQuantity'),
        contractSize: 1,
      },
    ];
  });
}

export const backpack: Protocol = {
  id: 'backpack',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
  timeframes: backpackTimeframes,
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 200,
  controlFrames: { count: 5, perMs: 1000 },
  book: { source: 'request', link: backpackLink },
  endpoint: () => 'wss://ws.backpack.exchange',
  subscribe: (subscriptions, id) => control('SUBSCRIBE', subscriptions, id),
  unsubscribe: (subscriptions, id) => control('UNSUBSCRIBE', subscriptions, id),
  parser: (context) => new BackpackParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/markets` }], parse: instruments },
  bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/depth?symbol=${venueSymbol}` }),
  parseBook: book,
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/trades?symbol=${venueSymbol}&limit=1000` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    (JSON.parse(text) as unknown[])
      .map((item) => asObject(item, 'trades'))
      .sort((x, y) => numberIn(x, 'id') - numberIn(y, 'id'))
      .map((trade) => ({
        type: 'trade',
        exchange: 'backpack',
        symbol,
        time: backpackTime(numberIn(trade, 'timestamp')),
        receiveTime,
        ...backpackTrade(trade, 'id', numbers),
        backfill: true,
      })),
  venueSymbol: (symbol) => {
    const [, base, quote, perpetual] = /^([A-Za-z0-9]+)\/([A-Z0-9]+)(:\2)?$/.exec(symbol) ?? [];
    return base === undefined ? undefined : `${base}_${quote!}${perpetual === undefined ? '' : '_PERP'}`;
  },
};
