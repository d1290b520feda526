/** Compares what a recording gave with what is expected of it, and says in words what differs. */
import { Decimal, unifiedSymbol, type BarUpdate, type Quote, type TradeTick } from '../../../src/core/index.ts';
import { textsOf } from '../../../src/connectors/decoding/book.ts';
import { recordedChannels } from '../../../src/connectors/recordings/playback.ts';
import { optionNames, recordedName, type Outcome } from './outcome.ts';

type Facts = Readonly<Record<string, unknown>>;
type Row = readonly [string, string];

/** Collects differences. */
export class Differences {
  readonly found: string[] = [];
  checks = 0;

  /** Two values that must be the same; numbers are compared as decimals. */
  same(what: string, expected: unknown, seen: unknown): void {
    if (expected === null || expected === undefined) return;
    this.checks++;
    if (!equal(expected, seen)) this.found.push(`${what}: expected ${show(expected)}, was ${show(seen)}`);
  }

  rows(what: string, expected: readonly Row[], seen: readonly (readonly string[])[]): void {
    this.same(`${what} length`, expected.length, seen.length);
    for (let i = 0; i < Math.min(expected.length, seen.length); i++) {
      this.same(`${what}[${i}] price`, expected[i]![0], seen[i]![0]);
      this.same(`${what}[${i}] size`, expected[i]![1], seen[i]![1]);
    }
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 160 ? `${text.slice(0, 160)}...` : text;
}

function equal(expected: unknown, seen: unknown): boolean {
  if (seen === undefined || seen === null) return false;
  if (typeof expected === 'boolean' || typeof seen === 'boolean') return expected === seen;
  const [a, b] = [text(expected), text(seen)];
  if (a === b) return true;
  const numeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
  return numeric.test(a) && numeric.test(b) && new Decimal(a).eq(b);
}

/** Decimals and plain values alike. */
function text(value: unknown): string {
  return value instanceof Decimal ? value.toString() : typeof value === 'string' ? value : JSON.stringify(value);
}

function facts(value: unknown): Facts {
  return (typeof value === 'object' && value !== null ? value : {}) as Facts;
}

function total(outcome: Outcome, channel: string): number {
  const symbols = new Set([
    ...(outcome.counts.get(channel)?.keys() ?? []),
    ...(channel === 'quote' ? (outcome.counts.get('ticker24h')?.keys() ?? []) : []),
  ]);
  let sum = 0;
  for (const symbol of symbols) sum += countOf(outcome, channel, symbol);
  return sum;
}

/** Recorders count the statistics of 24 hours as quotes, also where these carry no prices. */
function countOf(outcome: Outcome, channel: string, symbol: string): number {
  const own = outcome.counts.get(channel)?.get(symbol);
  return own ?? (channel === 'quote' ? (outcome.counts.get('ticker24h')?.get(symbol) ?? 0) : 0);
}

/** Exchange times are compared to the microsecond: expectations carry them as floats of seconds. */
function near(found: Differences, what: string, expected: unknown, seen: number | undefined): void {
  if (typeof expected !== 'number') return;
  // Seconds with fractions, whole seconds where the venue sends both, or milliseconds where a recorder left the venue's own.
  const same = (time: number): boolean =>
    Math.abs(expected - time / 1000) < 1.6e-6 ||
    expected === time ||
    (Number.isInteger(expected) && expected === Math.floor(time / 1000));
  found.same(what, expected, seen !== undefined && same(seen) ? expected : seconds(seen));
}

function seconds(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.round(time * 1000) / 1_000_000;
}

/** Every expectation of the usual shape: totals, counts, trades, books, first and last events, gaps and checksums. */
export function compare(outcome: Outcome, expected: Facts): Differences {
  const found = new Differences();
  found.same('frames in', expected['messages_in'], outcome.framesIn);
  if (outcome.faults.length > 0)
    found.found.push(`${outcome.faults.length} frames could not be read, the first: ${outcome.faults[0]!}`);
  for (const [channel, count] of Object.entries(facts(expected['channel_totals']))) {
    const ours = recordedChannels[channel];
    if (ours === undefined) found.found.push(`channel ${channel} is not one of ours`);
    else if (ours === 'trade') found.same(`${channel} total`, count, tradesOf(outcome, count).length);
    else found.same(`${channel} total`, count, total(outcome, ours));
  }
  for (const [channel, counts] of Object.entries(facts(expected['counts']))) {
    const isHistory = channel === 'trades' && tradesOf(outcome, facts(expected['trades'])['count']).length > outcome.trades.length; // prettier-ignore
    for (const [symbol, count] of Object.entries(facts(counts))) {
      if (isHistory) continue;
      found.same(
        `${channel} of ${symbol}`,
        count,
        outcome.counts.get(recordedChannels[channel] ?? '')?.get(symbol) ?? 0,
      );
    }
  }
  compareSymbols(found, outcome, facts(expected['symbols']));
  compareTrades(found, outcome, facts(expected['trades']));
  for (const [symbol, book] of Object.entries(facts(expected['books'])))
    compareBook(found, outcome, symbol, facts(book));
  for (const when of ['first', 'latest'] as const)
    compareEvents(found, outcome, facts(expected[when]), when === 'first');
  compareSequences(found, outcome, expected);
  if ('l2_book' in expected && 'symbol' in expected) compareOneSymbol(found, outcome, expected);
  return found;
}

function compareSymbols(found: Differences, outcome: Outcome, symbols: Facts): void {
  const named = { ...facts(symbols['sample']), ...facts(symbols['subscribed']) };
  const listed = new Map(
    [...outcome.playback.symbols.instruments].flatMap((one) =>
      [recordedName(one.symbol), ...optionNames(one.symbol)].map((name) => [name, one] as const),
    ),
  );
  for (const [symbol, venueSymbol] of Object.entries(named)) {
    // One recorder lists currencies, which are lent and not traded, among the markets.
    if (!symbol.includes('-')) continue;
    const ours = listed.get(symbol)?.venueSymbol;
    // One recorder writes a slash into names that two markets share.
    found.same(
      `venue name of ${symbol}`,
      venueSymbol,
      ours === String(venueSymbol).replace('/', '') ? venueSymbol : ours,
    );
  }
  for (const [symbol, tick] of Object.entries(facts(symbols['tick_size'])))
    found.same(`tick of ${symbol}`, tick, listed.get(symbol)?.tick);
  const kinds = { spot: 'spot', perpetual: 'swap', futures: 'future', option: 'option' } as Readonly<
    Record<string, string>
  >;
  for (const [symbol, kind] of Object.entries(facts(symbols['instrument_type']))) {
    found.same(`type of ${symbol}`, kinds[String(kind)], listed.get(symbol)?.type);
  }
}

function compareTrade(found: Differences, what: string, expected: Facts, seen: TradeTick<string> | undefined): void {
  found.same(`${what} symbol`, expected['symbol'], seen === undefined ? undefined : recordedName(seen.symbol));
  for (const [theirs, ours] of [
    ['side', 'side'],
    ['price', 'price'],
    ['amount', 'size'],
    ['id', 'id'],
  ] as const) {
    // prettier-ignore
    found.same(`${what} ${theirs}`, expected[theirs], seen?.[ours]);
  }
  near(found, `${what} timestamp`, expected['timestamp'], seen?.time);
  found.same(`${what} timestamp_ms`, expected['timestamp_ms'], seen?.time);
  if (typeof expected['time'] === 'string')
    found.same(`${what} time`, Date.parse(expected['time']), seen === undefined ? undefined : Math.floor(seen.time!));
  near(found, `${what} received`, expected['received'], seen?.receiveTime);
}

/** The trades as the recorder counts them: where the venue sends history on subscribing and the recorder kept it, that as it was sent, newest first. */
function tradesOf(outcome: Outcome, expected: unknown): readonly TradeTick<string>[] {
  const { trades, history } = outcome;
  if (history.length === 0 || expected !== trades.length + history.length) return trades;
  const messages = new Map<string, TradeTick<string>[]>();
  for (const trade of history) {
    const key = `${trade.symbol} ${trade.receiveTime}`;
    messages.set(key, [...(messages.get(key) ?? []), trade]);
  }
  const asSent = [...messages.values()].flatMap((rows) => rows.toReversed());
  return [...asSent, ...trades].sort((a, b) => a.receiveTime - b.receiveTime);
}

function compareTrades(found: Differences, outcome: Outcome, expectations: Facts): void {
  const trades = expectations;
  const all = tradesOf(outcome, trades['count']);
  const isWithHistory = all.length > outcome.trades.length;
  found.same('trades', trades['count'], all.length);
  const rows = (key: string): readonly Facts[] => (trades[key] ?? []) as readonly Facts[];
  rows('first5').forEach((row, i) => { compareTrade(found, `trade ${i + 1}`, row, all[i]); }); // prettier-ignore
  const last = rows('last5');
  last.forEach((row, i) => { compareTrade(found, `trade ${i - last.length} from the end`, row, all.at(i - last.length)); }); // prettier-ignore
  for (const [symbol, value] of Object.entries(facts(trades['per_symbol']))) {
    const expected = facts(value);
    const own = all.filter((trade) => recordedName(trade.symbol) === symbol);
    found.same(`trades of ${symbol}`, expected['count'], own.length);
    if ('first' in expected) compareTrade(found, `first trade of ${symbol}`, facts(expected['first']), own[0]);
    if ('last' in expected) compareTrade(found, `last trade of ${symbol}`, facts(expected['last']), own.at(-1));
    const volume = (side: 'buy' | 'sell'): unknown =>
      isWithHistory
        ? own.filter((one) => one.side === side).reduce((sum, one) => sum.add(one.size), new Decimal(0))
        : (outcome.volumes.get(symbol)?.[side] ?? 0);
    found.same(`bought volume of ${symbol}`, expected['volume_buy'], volume('buy'));
    found.same(`sold volume of ${symbol}`, expected['volume_sell'], volume('sell'));
  }
}

function compareBook(found: Differences, outcome: Outcome, symbol: string, expected: Facts): void {
  const unified = unifiedOf(outcome, symbol);
  const book = [...outcome.playback.streams.values()]
    .map((stream) => stream.books.book(unified))
    .find((one) => one !== undefined);
  if (book === undefined) {
    found.found.push(`book of ${symbol}: expected one, was none`);
    return;
  }
  found.rows(`bids of ${symbol}`, (expected['bids'] ?? []) as readonly Row[], textsOf(book.bids, 10));
  found.rows(`asks of ${symbol}`, (expected['asks'] ?? []) as readonly Row[], textsOf(book.asks, 10));
  const levels = (expected['levels'] ?? expected['independent_levels'] ?? []) as readonly number[];
  found.same(`bid levels of ${symbol}`, levels[0], book.bids.length);
  found.same(`ask levels of ${symbol}`, levels[1], book.asks.length);
  found.same(`sequence of ${symbol}`, expected['sequence'], book.sequence);
  const checksum = outcome.lastChecksums.get(symbol);
  // Some recorders keep it signed, some unsigned.
  const unsigned = (value: unknown): number | undefined => (typeof value === 'number' ? value >>> 0 : undefined);
  found.same(`checksum of ${symbol}`, unsigned(expected['checksum']), unsigned(checksum));
  if (typeof expected['timestamp'] === 'number')
    near(found, `book time of ${symbol}`, expected['timestamp'], book.time);
  found.same(`snapshots of ${symbol}`, expected['updates_snapshot'], outcome.snapshots.get(symbol) ?? 0);
  found.same(`deltas of ${symbol}`, expected['updates_with_delta'], outcome.deltas.get(symbol) ?? 0);
  const received = outcome.lastReceived.get(symbol);
  // A book that the recorder asked for by itself carries the time of its own later run.
  const ownClock = received !== undefined && Math.abs(Number(expected['received']) - received / 1000) > 86_400;
  if (!ownClock) near(found, `book receipt of ${symbol}`, expected['received'], received);
  const first = facts(expected['first_emitted']);
  const seen = outcome.firstBooks.get(symbol);
  if ('bids' in first && expected['corrected'] === undefined) {
    found.rows(`first bids of ${symbol}`, first['bids'] as readonly Row[], seen?.bids ?? []);
    found.rows(`first asks of ${symbol}`, first['asks'] as readonly Row[], seen?.asks ?? []);
    found.same(`first sequence of ${symbol}`, first['sequence'], seen?.sequence);
  }
}

function unifiedOf(outcome: Outcome, name: string): string {
  for (const one of outcome.playback.symbols.instruments) if (recordedName(one.symbol) === name) return one.symbol;
  return unifiedSymbol(name);
}

function compareEvents(found: Differences, outcome: Outcome, expected: Facts, first: boolean): void {
  const when = first ? 'first' : 'last';
  for (const [symbol, value] of Object.entries(facts(expected['ticker']))) {
    const quote: Quote<string> | undefined = (first ? outcome.firstQuotes : outcome.lastQuotes).get(symbol);
    const row = facts(value);
    // A recorder's 0 stands for a side that the venue did not send.
    if (Number(row['bid']) !== 0 || quote?.bid !== undefined)
      found.same(`${when} bid of ${symbol}`, row['bid'], quote?.bid);
    if (Number(row['ask']) !== 0 || quote?.ask !== undefined)
      found.same(`${when} ask of ${symbol}`, row['ask'], quote?.ask);
    if (quote === undefined && Number(row['bid']) === 0) continue;
    if (quote?.time !== undefined) near(found, `${when} quote time of ${symbol}`, row['timestamp'], quote.time);
    near(found, `${when} quote receipt of ${symbol}`, row['received'], quote?.receiveTime);
  }
  for (const [symbol, value] of Object.entries(facts(expected['candles']))) {
    const bar: BarUpdate<string> | undefined = (first ? outcome.firstBars : outcome.lastBars).get(symbol);
    const row = facts(value);
    for (const key of ['open', 'high', 'low', 'close'] as const)
      found.same(`${when} bar ${key} of ${symbol}`, row[key], bar?.[key]);
    if (bar?.exchange === 'binancecoinm') coinVolume(found, `${when} bar volume of ${symbol}`, row, bar.volume);
    else found.same(`${when} bar volume of ${symbol}`, row['volume'], bar?.volume);
    near(found, `${when} bar start of ${symbol}`, row['start'], bar?.start);
    found.same(`${when} bar interval of ${symbol}`, row['interval'], bar?.timeframe);
    if (bar?.tradeCount !== undefined) found.same(`${when} bar trades of ${symbol}`, row['trades'], bar.tradeCount);
    if (bar?.closed !== undefined && row['closed'] === true)
      found.same(`${when} bar closed of ${symbol}`, true, bar.closed);
  }
}

/**
 * The other program states contracts, of 100 USD on BTC and of 10 on every other coin; ours are coins. What was paid for one of them on average
 * lies between the bar's lowest and its highest price.
 */
function coinVolume(found: Differences, what: string, row: Facts, volume: string): void {
  found.checks++;
  if (Number(row['volume']) === 0 && Number(volume) === 0) return;
  const size = what.includes('of BTC-') ? 100 : 10;
  const average = (Number(row['volume']) * size) / Number(volume);
  if (!(average >= Number(row['low']) * (1 - 1e-6) && average <= Number(row['high']) * (1 + 1e-6)))
    found.found.push(`${what}: ${String(row['volume'])} contracts for ${volume} coins cost ${average} on average`);
}

function compareSequences(found: Differences, outcome: Outcome, expected: Facts): void {
  const streams = [...outcome.playback.streams.values()];
  const sum = (key: 'gaps' | 'checksums' | 'checksumFailures'): number =>
    streams.reduce((all, one) => all + one.books.counts[key], 0);
  const gaps = sum('gaps') + streams.reduce((all, one) => all + one.counts.socketGaps, 0);
  found.same('sequence gaps', expected['sequence_gaps'], gaps);
  const independent = facts(expected['independent']);
  found.same('checksums checked', independent['checksums_checked'], sum('checksums'));
  found.same('checksum failures', independent['checksum_failures'], sum('checksumFailures'));
  for (const [venueSymbol, count] of Object.entries(facts(independent['applied']))) {
    const symbol = recordedName(outcome.playback.symbols.unified(venueSymbol));
    found.same(`deltas applied to ${symbol}`, count, outcome.deltas.get(symbol) ?? 0);
  }
}

/** The shape of a recording of one symbol: its trades by side, its book against the venue's own best prices. */
function compareOneSymbol(found: Differences, outcome: Outcome, expected: Facts): void {
  const symbol = String(expected['symbol']);
  const trades = facts(expected['trades']);
  for (const side of ['buy', 'sell'] as const) {
    found.same(
      `${side} trades`,
      facts(trades[side])['count'],
      outcome.trades.filter((trade) => trade.side === side).length,
    );
    found.same(`${side} volume`, facts(trades[side])['volume'], outcome.volumes.get(symbol)?.[side]);
  }
  const book = facts(expected['l2_book']);
  const counts = [...outcome.playback.streams.values()][0]?.books.counts;
  found.same('deltas dropped before the snapshot', book['deltas_before_snapshot_dropped'], counts?.skipped);
  found.same('deltas received', book['deltas_received'], (counts?.skipped ?? 0) + (counts?.applied ?? 0));
  found.same('deltas applied', book['deltas_applied'], counts?.applied);
  found.same('sequence gaps', book['sequence_gaps'], counts?.gaps);
  found.same('best price checks', book['best_price_checks'], outcome.bestChecks);
  found.same('best price mismatches', book['best_price_mismatches'], outcome.bestMismatches);
  compareBook(found, outcome, symbol, {
    bids: book['final_bids10'],
    asks: book['final_asks10'],
    levels: book['levels'],
    sequence: book['sequence'],
  });
  const ticker = facts(expected['ticker']);
  found.same('quotes', ticker['count'], total(outcome, 'quote'));
  const last = facts(ticker['last']);
  const quote = outcome.lastQuotes.get(symbol);
  for (const [theirs, ours] of [
    ['u', 'sequence'],
    ['b', 'bid'],
    ['B', 'bidSize'],
    ['a', 'ask'],
    ['A', 'askSize'],
  ] as const) {
    // prettier-ignore
    found.same(`last quote ${ours}`, last[theirs], quote?.[ours]);
  }
}
