/** Compares single messages with what other programs or people read in them. */
import { Decimal, unifiedSymbol, type Level, type MarketEvent } from '../../../src/core/index.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import type { BookMessage, Parser, Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { frameText, type Recording } from '../../../src/connectors/recordings/recording.ts';
import { hyperliquidBar, hyperliquidFundings } from '../../../src/connectors/protocols/hyperliquid.ts';
import { Differences } from './compare.ts';
import { recordedName } from './outcome.ts';

type Facts = Readonly<Record<string, unknown>>;
type Event = MarketEvent<string>;

/** What one frame says, before books are linked. */
interface Said {
  readonly events: Event[];
  readonly books: BookMessage[];
  readonly errors: string[];
}

/** A reader of frames whose symbols stay the venue's own. */
function reader(protocol: Protocol): (frame: string) => Said {
  let said: Said = { events: [], books: [], errors: [] };
  const parser: Parser = protocol.parser<string>({
    numbers: textReader,
    bookTexts: true,
    unified: (venueSymbol) => venueSymbol.toUpperCase(),
    venueSymbols: [],
    out: {
      event: (event) => said.events.push(event),
      l3: () => {},
      book: (message) => said.books.push(message),
      answer: () => {},
      heartbeat: () => {},
      reply: () => {},
      counted: () => {},
    },
  });
  return (frame) => {
    said = { events: [], books: [], errors: [] };
    try {
      const generated = /"stream":"(\w+)@depthSnapshot"/i.exec(frame)?.[1];
      if (generated === undefined) parser.frame(frame, 0);
      else
        said.books.push(
          protocol.parseBook!(
            JSON.stringify((JSON.parse(frame) as { data: unknown }).data),
            generated.toUpperCase(),
            0,
            true,
          ),
        );
    } catch (error) {
      said.errors.push(String(error));
    }
    return said;
  };
}

/** Samples whose expectation lists the events of every message. */
export function compareSamples(recording: Recording, protocol: Protocol, expected: Facts): Differences {
  const found = new Differences();
  const read = reader(protocol);
  const frames = recording.lines.filter((line) => line.dir === 'in');
  const state = new Map<string, Facts>();
  const waiting = new Map<string, BookMessage[]>();
  for (const [i, result] of (expected['results'] as readonly Facts[]).entries()) {
    const said = read(frameText(frames[i]!));
    const rows = result['expected'] as readonly Facts[] | null;
    if (said.errors.length > 0) found.found.push(`message ${i}: ${said.errors[0]!}`);
    // The program that was asked leaves aggregated trades alone.
    if (rows === null || frameText(frames[i]!).includes('@aggTrade')) continue;
    const live = said.events.filter((event) => event.type !== 'trade' || !event.backfill);
    compareKind(found, i, rows, 'trade', live);
    compareKind(found, i, rows, 'book_ticker', live);
    compareKind(found, i, rows, 'liquidation', live);
    compareDerivative(found, i, rows, live, state);
    compareBooks(found, i, rows, said.books, waiting);
  }
  return found;
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(Math.floor(time)).toISOString();
}

function compareKind(
  found: Differences,
  i: number,
  rows: readonly Facts[],
  kind: string,
  events: readonly Event[],
): void {
  const type = { trade: 'trade', book_ticker: 'quote', liquidation: 'liquidation' }[kind];
  const wanted = rows.filter((row) => row['type'] === kind);
  const seen = events.filter((event) => event.type === type);
  // Other programs report a book ticker for some messages alone.
  if (kind === 'book_ticker' && wanted.length === 0) return;
  found.same(`message ${i}: number of ${kind}`, wanted.length, seen.length);
  wanted.forEach((row, k) => {
    const event = seen[k];
    if (event === undefined) return;
    const what = `message ${i} ${kind} ${k}`;
    found.same(`${what} symbol`, row['symbol'], event.symbol);
    if (event.time !== undefined)
      found.same(`${what} time`, iso(Date.parse(String(row['timestamp']))), iso(event.time));
    if (event.type === 'trade' || event.type === 'liquidation') {
      for (const [theirs, ours] of [
        ['id', 'id'],
        ['price', 'price'],
        ['amount', 'size'],
        ['side', 'side'],
      ] as const) {
        // prettier-ignore
        if (row[theirs] !== 'unknown') found.same(`${what} ${theirs}`, row[theirs], event[ours]);
      }
    } else if (event.type === 'quote') {
      for (const [theirs, ours] of [
        ['bidPrice', 'bid'],
        ['bidAmount', 'bidSize'],
        ['askPrice', 'ask'],
        ['askAmount', 'askSize'],
      ] as const) {
        // prettier-ignore
        found.same(`${what} ${theirs}`, row[theirs], event[ours]);
      }
    }
  });
}

/** Their one running record of a derivative against our separate events, as far as a message carried them. */
function compareDerivative(
  found: Differences,
  i: number,
  rows: readonly Facts[],
  events: readonly Event[],
  state: Map<string, Facts>,
): void {
  for (const event of events) {
    const known = state.get(event.symbol) ?? {};
    if (event.type === 'funding') {
      state.set(event.symbol, {
        ...known,
        fundingRate: event.rate,
        ...(event.markPrice !== undefined && { markPrice: event.markPrice }),
        ...(event.indexPrice !== undefined && { indexPrice: event.indexPrice }),
      });
    } else if (event.type === 'mark') state.set(event.symbol, { ...known, markPrice: event.price });
    else if (event.type === 'openInterest') state.set(event.symbol, { ...known, openInterest: event.size });
    else if (event.type === 'index') state.set(event.symbol, { ...known, indexPrice: event.price });
  }
  if (!events.some((event) => event.type === 'funding' || event.type === 'openInterest' || event.type === 'index'))
    return;
  for (const row of rows.filter((one) => one['type'] === 'derivative_ticker')) {
    const known = state.get(String(row['symbol'])) ?? {};
    for (const key of ['fundingRate', 'markPrice', 'indexPrice', 'openInterest']) {
      // Theirs hands Lighter's per cent on.
      const isPercent = key === 'fundingRate' && row['exchange'] === 'lighter';
      const theirs = isPercent ? Number(`${String(row[key])}e-2`) : row[key];
      if (key in known || events.length === 0) found.same(`message ${i} ${key}`, theirs, known[key]);
    }
  }
}

function merged(levels: readonly Level<string>[][], keepZero: boolean): Map<number, string> {
  const all = new Map<number, string>();
  for (const [price, size] of levels.flat()) all.set(Number(price), size);
  if (!keepZero) for (const [price, size] of all) if (Number(size) === 0) all.delete(price);
  return all;
}

/** Deltas that wait for a whole book come with it. */
function compareBooks(
  found: Differences,
  i: number,
  rows: readonly Facts[],
  books: readonly BookMessage[],
  waiting: Map<string, BookMessage[]>,
): void {
  const wanted = rows.filter((row) => row['type'] === 'book_change');
  if (wanted.length === 0) {
    for (const book of books) waiting.set(book.symbol, [...(waiting.get(book.symbol) ?? []), book]);
    return;
  }
  found.same(`message ${i}: number of book_change`, wanted.length, books.length);
  wanted.forEach((row, k) => {
    const book = books[k];
    if (book === undefined) return;
    const what = `message ${i} book ${k}`;
    // One expectation names the channel where the pair belongs.
    if (row['symbol'] !== 'book-1000') found.same(`${what} symbol`, String(row['symbol']).toUpperCase(), book.symbol);
    found.same(`${what} snapshot`, row['isSnapshot'], book.kind === 'snapshot');
    const before =
      book.kind === 'snapshot'
        ? (waiting.get(book.symbol) ?? []).filter((one) => one.sequence! > (book.sequence ?? 0))
        : [];
    for (const [side, texts] of [
      ['bids', 'bidTexts'],
      ['asks', 'askTexts'],
    ] as const) {
      // prettier-ignore
      const zero = book.kind === 'delta';
      const theirs = merged(
        [
          (row[side] as readonly { price: number; amount: number }[]).map((level) => [
            String(level.price),
            String(level.amount),
          ]),
        ],
        zero,
      );
      const ours = merged([[...book[texts]!], ...before.map((one) => [...one[texts]!])], zero);
      found.same(`${what} ${side} levels`, theirs.size, ours.size);
      for (const [price, size] of theirs) found.same(`${what} ${side} at ${price}`, new Decimal(size), ours.get(price));
    }
  });
}

/** Samples whose fields were read by hand. */
export function compareByHand(recording: Recording, protocol: Protocol, expected: Facts): Differences {
  const found = new Differences();
  const read = reader(protocol);
  const frames = recording.lines.filter((line) => line.dir === 'in');
  for (const [i, row] of (expected['results'] as readonly Facts[]).entries()) {
    const said = read(frameText(frames[i]!));
    const event = said.events[0] as unknown as Facts | undefined;
    const book = said.books[0] as unknown as Facts | undefined;
    const names: Readonly<Record<string, string>> = {
      open: 'open', high: 'high', low: 'low', last: 'last', close: 'close', base_volume: 'volume', volume: 'volume', quote_volume: 'quoteVolume',
      trades: 'tradeCount', bid: 'bid', bid_size: 'bidSize', ask: 'ask', ask_size: 'askSize', sequence: 'sequence', interval: 'timeframe',
      side: 'side', price: 'price', amount: 'size', id: 'id', closed: 'closed',
    }; // prettier-ignore
    const what = `message ${i} ${String(row['type'])}`;
    if (row['type'] === 'l2_delta') {
      found.same(`${what} symbol`, String(row['symbol']).replaceAll('-', '_'), book?.['symbol']);
      found.same(`${what} first`, row['first'], book?.['first']);
      found.same(`${what} last`, row['last'], book?.['sequence']);
      found.rows(`${what} bids`, row['bids'] as [string, string][], (book?.['bidTexts'] ?? []) as [string, string][]);
      found.rows(`${what} asks`, row['asks'] as [string, string][], (book?.['askTexts'] ?? []) as [string, string][]);
      continue;
    }
    found.same(`${what} symbol`, String(row['symbol']).replaceAll('-', '_'), event?.['symbol']);
    for (const [theirs, ours] of Object.entries(names)) {
      const last = theirs === 'last' && row['type'] === 'l2_delta';
      if (theirs in row && !last) found.same(`${what} ${theirs}`, row[theirs], event?.[ours]);
    }
    if ('timestamp_us' in row)
      found.same(`${what} time`, row['timestamp_us'], Math.round(Number(event?.['time']) * 1000));
    if ('start' in row) found.same(`${what} start`, Date.parse(String(row['start'])), event?.['start']);
    if ('stop' in row) found.same(`${what} stop`, Date.parse(String(row['stop'])), event?.['end']);
  }
  return found;
}

/** Answers over HTTP alone: instruments, a book, bars and fundings. */
export function compareAnswers(recording: Recording, protocol: Protocol, expected: Facts): Differences {
  const found = new Differences();
  const results = expected['results'] as Readonly<Record<string, Facts>>;
  const answer = (type: string, skip = 0): { body: Facts; text: string } | undefined => {
    const line = recording.lines.filter((one) => (JSON.parse(one.body ?? '{}') as Facts)['type'] === type)[skip];
    return line === undefined ? undefined : { body: JSON.parse(line.body!) as Facts, text: line.data ?? '' };
  };
  const listed = protocol.instruments.parse(answer('meta')!.text, '');
  found.same('markets', results['meta']!['markets'], listed.length);
  found.same('first market', (results['meta']!['first'] as Facts)['name'], listed[0]?.venueSymbol);
  found.same('last market lot', 10 ** -Number((results['meta']!['last'] as Facts)['szDecimals']), listed.at(-1)?.lot);
  const wanted = results['l2Book']!;
  const book = protocol.parseBook!(
    answer('l2Book')!.text,
    recordedName(unifiedSymbol(String(wanted['coin']))),
    0,
    true,
  );
  found.same('book time', wanted['time'], book.time);
  found.rows('bids', (wanted['bids10'] as string[][]).map(([p, s]) => [p!, s!]), book.bidTexts!.slice(0, 10)); // prettier-ignore
  found.rows('asks', (wanted['asks10'] as string[][]).map(([p, s]) => [p!, s!]), book.askTexts!.slice(0, 10)); // prettier-ignore
  found.same('book levels', (wanted['levels'] as number[])[0], book.bids.length);
  const rows = JSON.parse(answer('candleSnapshot')!.text) as Facts[];
  const bars = rows.map((row) => hyperliquidBar(row, 'kPEPE', 0, textReader));
  found.same('bars', results['candleSnapshot']!['count'], bars.length);
  for (const [which, bar] of [
    ['first', bars[0]],
    ['last', bars.at(-1)],
  ] as const) {
    const row = results['candleSnapshot']![which] as Facts;
    for (const [theirs, ours] of [
      ['o', 'open'],
      ['h', 'high'],
      ['l', 'low'],
      ['c', 'close'],
      ['v', 'volume'],
      ['t', 'start'],
      ['n', 'tradeCount'],
    ] as const) {
      // prettier-ignore
      found.same(`${which} bar ${ours}`, row[theirs], bar?.[ours]);
    }
  }
  for (const [i, want] of (results['fundingHistory'] as unknown as readonly Facts[]).entries()) {
    const fundings = hyperliquidFundings(answer('fundingHistory', i)!.text, 'BTC', 0, textReader);
    found.same(`fundings ${i}`, want['count'], fundings.length);
    found.same(`first funding ${i}`, (want['first'] as Facts)['fundingRate'], fundings[0]?.rate);
    found.same(`last funding time ${i}`, (want['last'] as Facts)['time'], fundings.at(-1)?.time);
  }
  return found;
}
