/** Streams on a terminal: states and rates, the book of one symbol as a ladder, the latest trades. */
import type { EventSink, Level, Runtime, StreamEvent, TradeTick } from '../../core/index.ts';
import type { OpenSink, StreamGauge, StreamReading } from '../../sinks/index.ts';
import { printable } from '../output/printable.ts';
import { Redrawn } from '../output/redrawn.ts';
import { table } from '../output/table.ts';
import { counted } from '../output/words.ts';
import type { Output } from '../shell/command.ts';
import type { Painter } from '../shell/paint.ts';

const redrawMs = 250;
/** Levels of each side and trades where there is room for them, and messages. */
const [mostLevels, mostTrades, mostNews] = [8, 8, 3];
/** Lines of the book and the trades besides levels and trades: blank lines, titles, the spread. */
const frameLines = 5;
/** The fewest levels and trades, and the fewest streams and sinks, that are always shown. */
const [leastLevels, leastRows] = [1, 3];
/** A terminal lower than this shows one message. */
const usualRows = 30;

/** What the view shows beside the streams. */
export interface ViewSources {
  readonly gauge: StreamGauge;
  readonly sinks: readonly OpenSink[];
}

/** The book that is shown: price and size of each level by its price, or of each order by its id. */
interface ShownBook {
  readonly name: string;
  readonly type: 'book' | 'l3';
  readonly bids: Map<number | string, Level>;
  readonly asks: Map<number | string, Level>;
}

/** Draws a few times a second, whatever the rate of events. */
export class StreamView implements EventSink {
  readonly #drawing: Redrawn;
  readonly #paint: Painter;
  readonly #sources: ViewSources;
  readonly #title: string;
  readonly #trades: TradeTick[] = [];
  readonly #news: string[] = [];
  #book: ShownBook | undefined;
  #held: readonly StreamReading[] | undefined;
  #timer: { cancel(): void } | undefined;

  constructor(output: Output, paint: Painter, runtime: Runtime, title: string, sources: ViewSources) {
    this.#drawing = new Redrawn(output);
    this.#paint = paint;
    this.#sources = sources;
    this.#title = title;
    this.#timer = runtime.every(redrawMs, () => {
      this.#draw();
    });
  }

  write(event: StreamEvent): void {
    if (event.type === 'trade') {
      this.#trades.push(event);
      if (this.#trades.length > mostTrades) this.#trades.shift();
    } else if (event.type === 'book' || event.type === 'l3') this.#take(event);
    else if (event.type === 'gap') {
      const { channel, symbol, from, to, reason } = event;
      const what = from === undefined && to === undefined ? 'events are lost' : `lost ${from ?? '?'} to ${to ?? '?'}`;
      this.news(`${channel} ${symbol}: ${what} (${reason})`);
    }
  }

  /** Keeps the states as they are now: the end of the command is no fault of the streams. */
  hold(): void {
    this.#held = this.#sources.gauge.readings();
  }

  /** A line to be shown until newer ones replace it. */
  news(line: string): void {
    this.#news.push(printable(line));
    if (this.#news.length > mostNews) this.#news.shift();
  }

  /** Draws a last time. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#draw();
  }

  /** Shows the book of the first symbol that arrives. */
  #take(event: Extract<StreamEvent, { type: 'book' | 'l3' }>): void {
    const name = `${event.exchange} ${event.symbol}`;
    this.#book ??= { name, type: event.type, bids: new Map(), asks: new Map() };
    if (this.#book.name !== name || this.#book.type !== event.type) return;
    for (const side of ['bids', 'asks'] as const) {
      const levels = this.#book[side];
      if (event.kind === 'snapshot') levels.clear();
      for (const row of event[side]) {
        const [price, size] = row.length === 3 ? [row[1], row[2]] : row;
        if (size === 0) levels.delete(row[0]);
        else levels.set(row[0], [price, size]);
      }
    }
  }

  #draw(): void {
    this.#drawing.draw(this.lines(this.#drawing.rows));
  }

  /** The screen as lines for a number of rows: where they do not fit, levels and trades are cut first, then streams and sinks. */
  lines(rows = Infinity): string[] {
    const paint = this.#paint;
    const { gauge, sinks } = this.#sources;
    const readings = asHeld(gauge.readings(), this.#held);
    const latest = this.#news.slice(rows < usualRows ? -1 : -mostNews);
    const news = latest.length === 0 ? [] : ['', ...latest.map((line) => paint.yellow(line))];
    const hasMarket = this.#book !== undefined || this.#trades.length > 0;
    const parts = (this.#book === undefined ? 0 : 2) + (this.#trades.length === 0 ? 0 : 1);
    const least = hasMarket ? frameLines + leastLevels * parts : 0;
    const room = Math.max(2 * leastRows, rows - 2 - news.length - least);
    const sinkRows = sinks.length === 0 ? [] : ['', ...sinkLines(sinks, paint, Math.max(leastRows, room >> 1))];
    const streams = streamLines(readings, paint, Math.max(leastRows, room - sinkRows.length - 1));
    const left = rows - 2 - streams.length - sinkRows.length - news.length - frameLines;
    const depth = Math.max(leastLevels, Math.floor(left / Math.max(1, parts)));
    return [
      paint.bold(this.#title),
      '',
      ...streams,
      ...(this.#book === undefined ? [] : ['', ...this.#ladder(this.#book, Math.min(mostLevels, depth), readings)]),
      ...(this.#trades.length === 0 ? [] : ['', paint.dim('trades'), ...this.#tape(Math.min(mostTrades, depth))]),
      ...sinkRows,
      ...news,
    ];
  }

  #ladder(book: ShownBook, depth: number, readings: readonly StreamReading[]): string[] {
    const paint = this.#paint;
    // While its stream is down the book does not change: it must not be taken for the market.
    const stream = readings.find((one) => `${one.exchange} ${one.symbol}` === book.name && one.channel === book.type);
    const isLive = stream === undefined || stream.state === 'live';
    const title = `book of ${book.name}`;
    const best = (side: ShownBook['bids'], direction: 1 | -1): Level[] => {
      const sizes = new Map<number, number>();
      for (const [price, size] of side.values()) sizes.set(price, (sizes.get(price) ?? 0) + size);
      return [...sizes].sort(([a], [b]) => (b - a) * direction).slice(0, depth);
    };
    const [bids, asks] = [best(book.bids, 1), best(book.asks, -1)];
    const most = Math.max(...bids.map(([, size]) => size), ...asks.map(([, size]) => size), 0);
    const row = ([price, size]: Level, colour: (text: string) => string): string =>
      `${String(price).padStart(14)}  ${String(Number(size.toPrecision(12))).padStart(14)}  ${colour('█'.repeat(Math.max(1, Math.round((size / most) * 24))))}`;
    const spread =
      bids[0] === undefined || asks[0] === undefined
        ? ''
        : `spread ${Number((asks[0][0] - bids[0][0]).toPrecision(6))}`;
    return [
      isLive ? paint.dim(title) : paint.yellow(`${title}, as it was: the stream is ${stream.state}`),
      ...asks.reverse().map((level) => row(level, isLive ? paint.red : paint.dim)),
      paint.dim(spread.padStart(14)),
      ...bids.map((level) => row(level, isLive ? paint.green : paint.dim)),
    ];
  }

  #tape(count: number): string[] {
    return [...this.#trades]
      .reverse()
      .slice(0, count)
      .map(({ time, receiveTime, side, price, size, symbol }) => {
        const clock = new Date(time ?? receiveTime).toISOString().slice(11, 23);
        const colour = side === 'buy' ? this.#paint.green : this.#paint.red;
        return `${this.#paint.dim(clock)}  ${colour(side.padEnd(4))} ${String(size).padStart(14)} at ${String(price).padStart(12)}  ${symbol}`;
      });
  }
}

/** Readings with the states of earlier ones of the same streams. */
export function asHeld(readings: readonly StreamReading[], held: readonly StreamReading[] = []): StreamReading[] {
  // The gauge lists streams in the order in which they first appeared.
  return readings.map((one, i) => ({ ...one, state: held[i]?.state ?? one.state }));
}

/** The first of many rows, those that need attention first, and how many are left. */
function firstOf<T>(all: readonly T[], most: number, isWorse: (one: T) => boolean): readonly [shown: readonly T[], left: number] {
  if (all.length <= most) return [all, 0];
  // One row is kept for the number of those that are left.
  return [[...all].sort((a, b) => Number(isWorse(b)) - Number(isWorse(a))).slice(0, most - 1), all.length - most + 1];
} // prettier-ignore

/** One row for each stream, at most `most` of them: those that are not live first. */
export function streamLines(readings: readonly StreamReading[], paint: Painter, most = Infinity): string[] {
  const [shown, left] = firstOf(readings, most, ({ state }) => state !== 'live');
  const rows = shown.map((one) => {
    const colour = one.state === 'live' ? paint.green : one.state === 'down' ? paint.red : paint.yellow;
    const ms = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} ms` : '-');
    const trouble = [
      ...([[one.gaps, 'gap'], [one.resyncs, 'resync'], [one.reconnects, 'reconnect']] as const).map(([n, what]) => n > 0 && counted(n, what)),
      one.refused > 0 && `${one.refused} refused`,
    ]; // prettier-ignore
    return [
      one.exchange, one.symbol, one.channel, { text: one.state, paint: colour }, String(one.events), `${one.perSecond}/s`, ms(one.lagMs), ms(one.ageMs),
      trouble.filter((text) => text !== false).join(', '),
    ]; // prettier-ignore
  });
  if (rows.length === 0) return [paint.dim('nothing received yet')];
  const head = ['exchange', 'symbol', 'channel', 'state', 'events', 'rate', 'lag', 'age', ''];
  const lines = table([head, ...rows], { align: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'] }).trimEnd().split('\n'); // prettier-ignore
  return left === 0 ? lines : [...lines, paint.dim(`and ${left} more streams`)];
}

/** One row for each sink, at most `most` of them: those that lost events first. */
export function sinkLines(sinks: readonly OpenSink[], paint: Painter, most = Infinity): string[] {
  const [shown, left] = firstOf(sinks, most, ({ counters }) => counters.failed + counters.dropped > 0);
  const rows = shown.map(({ name, counters }) => [
    name, `${counters.written} written`, `${counters.queued} waiting`,
    [[counters.dropped, 'dropped'], [counters.conflated, 'conflated'], [counters.failed, 'failed'], [counters.retries, 'retries']].filter(([count]) => Number(count) > 0).map((pair) => pair.join(' ')).join(', '),
  ]); // prettier-ignore
  return [paint.dim('sinks'), ...table(rows).trimEnd().split('\n'), ...(left === 0 ? [] : [paint.dim(`and ${left} more`)])]; // prettier-ignore
}
