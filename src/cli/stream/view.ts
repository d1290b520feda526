/** Streams on a terminal: states and rates, the book of one symbol as a ladder, the latest trades. */
import type { EventSink, Level, Runtime, StreamEvent, TradeTick } from '../../core/index.ts';
import type { OpenSink, StreamGauge, StreamReading } from '../../sinks/index.ts';
import { printable } from '../output/printable.ts';
import { table } from '../output/table.ts';
import type { Output } from '../shell/command.ts';
import type { Painter } from '../shell/paint.ts';

const redrawMs = 250;
const [ladderRows, tapeRows, newsRows] = [8, 8, 3];

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
  readonly #output: Output;
  readonly #paint: Painter;
  readonly #sources: ViewSources;
  readonly #title: string;
  readonly #trades: TradeTick[] = [];
  readonly #news: string[] = [];
  #book: ShownBook | undefined;
  #drawn = 0;
  #timer: { cancel(): void } | undefined;

  constructor(output: Output, paint: Painter, runtime: Runtime, title: string, sources: ViewSources) {
    this.#output = output;
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
      if (this.#trades.length > tapeRows) this.#trades.shift();
    } else if (event.type === 'book' || event.type === 'l3') this.#take(event);
    else if (event.type === 'gap')
      this.news(`${event.channel} ${event.symbol}: lost ${event.from ?? '?'} to ${event.to ?? '?'} (${event.reason})`);
  }

  /** A line to be shown until newer ones replace it. */
  news(line: string): void {
    this.#news.push(printable(line));
    if (this.#news.length > newsRows) this.#news.shift();
  }

  /** Draws a last time. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#draw();
  }

  /** The first book that comes is the one that is shown. */
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
    const lines = this.lines();
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\u001b[0J`;
    this.#output.write(`${up}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  /** The screen as lines. */
  lines(): string[] {
    const paint = this.#paint;
    const readings = this.#sources.gauge.readings();
    return [
      paint.bold(this.#title),
      '',
      ...streamLines(readings, paint),
      ...(this.#book === undefined ? [] : ['', ...this.#ladder(this.#book)]),
      ...(this.#trades.length === 0 ? [] : ['', paint.dim('trades'), ...this.#tape()]),
      ...(this.#sources.sinks.length === 0 ? [] : ['', ...sinkLines(this.#sources.sinks, paint)]),
      ...(this.#news.length === 0 ? [] : ['', ...this.#news.map((line) => paint.yellow(line))]),
    ];
  }

  #ladder(book: ShownBook): string[] {
    const paint = this.#paint;
    const best = (side: ShownBook['bids'], direction: 1 | -1): Level[] => {
      const sizes = new Map<number, number>();
      for (const [price, size] of side.values()) sizes.set(price, (sizes.get(price) ?? 0) + size);
      return [...sizes].sort(([a], [b]) => (b - a) * direction).slice(0, ladderRows);
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
      paint.dim(`book of ${book.name}`),
      ...asks.reverse().map((level) => row(level, paint.red)),
      paint.dim(spread.padStart(14)),
      ...bids.map((level) => row(level, paint.green)),
    ];
  }

  #tape(): string[] {
    return [...this.#trades].reverse().map(({ time, receiveTime, side, price, size, symbol }) => {
      const clock = new Date(time ?? receiveTime).toISOString().slice(11, 23);
      const colour = side === 'buy' ? this.#paint.green : this.#paint.red;
      return `${this.#paint.dim(clock)}  ${colour(side.padEnd(4))} ${String(size).padStart(14)} at ${String(price).padStart(12)}  ${symbol}`;
    });
  }
}

/** One row for each stream. */
export function streamLines(readings: readonly StreamReading[], paint: Painter): string[] {
  const rows = readings.map((one) => {
    const colour = one.state === 'live' ? paint.green : one.state === 'down' ? paint.red : paint.yellow;
    const ms = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} ms` : '-');
    const trouble = [[one.gaps, 'gaps'], [one.resyncs, 'resyncs'], [one.reconnects, 'reconnects'], [one.refused, 'refused']] as const; // prettier-ignore
    return [
      one.exchange, one.symbol, one.channel, colour(one.state), String(one.events), `${one.perSecond}/s`, ms(one.lagMs), ms(one.ageMs),
      trouble.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(', '),
    ]; // prettier-ignore
  });
  if (rows.length === 0) return [paint.dim('nothing received yet')];
  const head = ['exchange', 'symbol', 'channel', 'state', 'events', 'rate', 'lag', 'age', ''];
  return table([head, ...rows], { align: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'] }).trimEnd().split('\n'); // prettier-ignore
}

/** One row for each sink. */
export function sinkLines(sinks: readonly OpenSink[], paint: Painter): string[] {
  const rows = sinks.map(({ name, counters }) => [
    name, `${counters.written} written`, `${counters.queued} waiting`,
    [[counters.dropped, 'dropped'], [counters.conflated, 'conflated'], [counters.failed, 'failed'], [counters.retries, 'retries']].filter(([count]) => Number(count) > 0).map((pair) => pair.join(' ')).join(', '),
  ]); // prettier-ignore
  return [paint.dim('sinks'), ...table(rows).trimEnd().split('\n')];
}
