/** What one replayed recording gave, gathered for comparison. */
import { Decimal, type BarUpdate, type MarketEvent, type Quote, type TradeTick } from '../../../src/core/index.ts';
import type { Book } from '../../../src/connectors/decoding/book.ts';
import { textsOf } from '../../../src/connectors/decoding/book.ts';
import { textReader } from '../../../src/connectors/decoding/numbers.ts';
import type { Protocol } from '../../../src/connectors/decoding/protocol.ts';
import type { Recording } from '../../../src/connectors/recordings/recording.ts';
import { Playback } from '../../../src/connectors/recordings/playback.ts';

type Text = string;

/** Everything the expectations ask about. Names are the recording's own spelling of symbols. */
export interface Outcome {
  readonly playback: Playback<Text>;
  readonly framesIn: number;
  readonly faults: string[];
  readonly voided: string[];
  readonly counts: Map<string, Map<string, number>>;
  readonly trades: TradeTick<Text>[];
  readonly history: TradeTick<Text>[];
  readonly volumes: Map<string, { buy: Decimal; sell: Decimal }>;
  readonly snapshots: Map<string, number>;
  readonly deltas: Map<string, number>;
  readonly firstBooks: Map<
    string,
    { bids: string[][]; asks: string[][]; levels: number[]; sequence: number | undefined }
  >;
  readonly firstQuotes: Map<string, Quote<Text>>;
  readonly lastQuotes: Map<string, Quote<Text>>;
  readonly firstBars: Map<string, BarUpdate<Text>>;
  readonly lastBars: Map<string, BarUpdate<Text>>;
  readonly lastChecksums: Map<string, number>;
  readonly lastReceived: Map<string, number>;
  /** Best prices against the newest quote that is not newer. */
  bestChecks: number;
  bestMismatches: number;
}

const futuresMonths = 'FGHJKMNQUVXZ';

/** Every spelling of an option that recorders use: with and without the quote, the day of one digit or two. */
export function optionNames(symbol: string): string[] {
  const option = /^(.+?)\/([^:]+):[^-]+-(\d{2})(\d{2})(\d{2})-([\d.]+)-([CP])$/.exec(symbol);
  if (option === null) return [];
  const [, base, quote, year, month, day, strike, right] = option;
  return [`${base!}-${quote!}`, base!].flatMap((pair) =>
    [day!, String(Number(day))].map(
      (one) =>
        `${pair}-${strike!}-${year!}${futuresMonths[Number(month) - 1]!}${one}-${right === 'C' ? 'call' : 'put'}`,
    ),
  );
}

/** The names that the recording in hand uses: where a symbol has several spellings, the one among them is taken. */
let knownNames: ReadonlySet<string> = new Set();

/** The recording's spelling of a unified symbol: `BTC-USDT`, `BTC-USDT-PERP`, `BTC-USD-21Z31`. */
export function recordedName(symbol: string): string {
  const [first, ...others] = optionNames(symbol);
  if (first !== undefined) return others.find((name) => knownNames.has(name)) ?? first;
  const [, base, quote, settle, dated] = /^(.+?)\/([^:]+)(:[^-]+)?(-\d{6})?$/.exec(symbol) ?? [];
  if (base === undefined || quote === undefined) return symbol;
  if (dated !== undefined)
    return `${base}-${quote}-${dated.slice(1, 3)}${futuresMonths[Number(dated.slice(3, 5)) - 1]!}${dated.slice(5)}`;
  return settle === undefined ? `${base}-${quote}` : `${base}-${quote}-PERP`;
}

/** Plays a recording as fast as possible. */
export function play(recording: Recording, protocol: Protocol): Outcome {
  const outcome: Outcome = {
    playback: undefined as unknown as Playback<Text>,
    framesIn: recording.lines.filter((line) => line.dir === 'in').length,
    faults: [],
    voided: [],
    counts: new Map(),
    trades: [],
    history: [],
    volumes: new Map(),
    snapshots: new Map(),
    deltas: new Map(),
    firstBooks: new Map(),
    firstQuotes: new Map(),
    lastQuotes: new Map(),
    firstBars: new Map(),
    lastBars: new Map(),
    lastChecksums: new Map(),
    lastReceived: new Map(),
    bestChecks: 0,
    bestMismatches: 0,
  };
  knownNames = new Set(Object.values(recording.meta.subscription ?? {}).flat());
  const recent = new Map<string, Quote<Text>[]>();
  const playback = new Playback(
    recording,
    { protocol, numbers: textReader },
    {
      event: (event, book) => {
        gather(outcome, event, book, recent);
      },
      fault: (error) => outcome.faults.push(error.message),
      voided: (symbol, reason) => outcome.voided.push(`${symbol}: ${reason}`),
    },
  );
  (outcome as { playback: Playback<Text> }).playback = playback;
  // The books as they were when the recorder hung up.
  const last = recording.lines.findLastIndex((line) => line.dir === 'in' || line.dir === 'http');
  for (const line of recording.lines.slice(0, last + 1)) playback.line(line);
  playback.finish();
  return outcome;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function gather(
  outcome: Outcome,
  event: MarketEvent<Text>,
  book: Book | undefined,
  recent: Map<string, Quote<Text>[]>,
): void {
  const name = recordedName(event.symbol);
  if (event.type === 'trade' && event.backfill) {
    outcome.history.push(event);
    return;
  }
  const perSymbol = outcome.counts.get(event.type) ?? new Map<string, number>();
  outcome.counts.set(event.type, perSymbol);
  add(perSymbol, name);
  if (event.type === 'trade') {
    outcome.trades.push(event);
    const volume = outcome.volumes.get(name) ?? { buy: new Decimal(0), sell: new Decimal(0) };
    volume[event.side] = volume[event.side].add(event.size);
    outcome.volumes.set(name, volume);
  } else if (event.type === 'quote') {
    if (!outcome.firstQuotes.has(name)) outcome.firstQuotes.set(name, event);
    outcome.lastQuotes.set(name, event);
    const quotes = recent.get(name) ?? [];
    quotes.push(event);
    if (quotes.length > 5000) quotes.splice(0, 2500);
    recent.set(name, quotes);
  } else if (event.type === 'bar') {
    if (!outcome.firstBars.has(name)) outcome.firstBars.set(name, event);
    outcome.lastBars.set(name, event);
  } else if (event.type === 'book' && book !== undefined) {
    add(event.kind === 'snapshot' ? outcome.snapshots : outcome.deltas, name);
    if (event.checksum !== undefined) outcome.lastChecksums.set(name, event.checksum);
    outcome.lastReceived.set(name, event.receiveTime);
    if (!outcome.firstBooks.has(name)) {
      outcome.firstBooks.set(name, {
        bids: textsOf(book.bids, 5).map((level) => [...level]),
        asks: textsOf(book.asks, 5).map((level) => [...level]),
        levels: [book.bids.length, book.asks.length],
        sequence: book.sequence,
      });
    }
    const sequence = event.sequence;
    if (event.kind === 'delta' && sequence !== undefined) checkBest(outcome, book, sequence, recent.get(name) ?? []);
  }
}

/** The book against the venue's own best prices: the newest quote whose number is not newer than the book's. */
function checkBest(outcome: Outcome, book: Book, sequence: number, quotes: Quote<Text>[]): void {
  const quote = quotes.findLast((one) => one.sequence !== undefined && one.sequence <= sequence);
  if (quote?.bid === undefined || quote.ask === undefined) return;
  outcome.bestChecks++;
  if (Number(quote.bid) !== book.bids.price(0) || Number(quote.ask) !== book.asks.price(0)) outcome.bestMismatches++;
}
