/** Bars as an answer: read from the store, written as JSON, CSV or Arrow once, and kept until the store changes. */
import { createHash } from 'node:crypto';

import {
  barClose,
  barColumnNames,
  barsBetween,
  nearestName,
  sliceBars,
  timeframe,
  unifiedSymbol,
  typeOfSymbol,
  type Bars,
  type Runtime,
  type Timeframe,
} from '../../core/index.ts';
import { resampleBars } from '../../feeds/index.ts';
import { BarStore, concatBars, encodeArrow, listSeries, loadArrow, type Series } from '../../store/index.ts';
import { refuse } from './gate/refusal.ts';

/** A request for bars; times are milliseconds UTC. */
export interface BarQuery {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly type?: Series['type'] | undefined;
  readonly origin?: string | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly format?: 'json' | 'csv' | 'arrow' | undefined;
  readonly derived?: boolean | undefined;
}

/** A whole answer. */
export interface BarAnswer {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly next: string | undefined;
  readonly derivedFrom: string | undefined;
  readonly bars: number;
}

const limits = { json: 10_000, csv: 100_000, arrow: 1_000_000 } as const;
const contentTypes = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  arrow: 'application/vnd.apache.arrow.file',
} as const;
const defaultLimit = 1_000;
/** The most bytes of answers that are kept. */
const keptBytes = 192 * 1024 * 1024;

/** How long a version of the store that was read stays valid, milliseconds. */
const momentMs = 2;

interface Kept {
  readonly answer: BarAnswer;
  version: number;
  readonly fingerprint: string;
  readonly series: Series;
  /** When a bar that was still forming closes: the answer changes then. */
  readonly until: number;
}

/** Answers questions for bars. */
export class BarAnswers {
  readonly #store: BarStore;
  readonly #runtime: Runtime;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #askedAt = -Infinity;
  #lastVersion = 0;

  constructor(store: BarStore, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
  }

  /** The answer to a request; `key` identifies the request. */
  async answer(key: string, query: BarQuery): Promise<BarAnswer> {
    const kept = this.#kept.get(key);
    const version = this.#version();
    if (kept !== undefined && this.#runtime.now() < kept.until) {
      if (kept.version === version) return kept.answer;
      if (kept.fingerprint === this.#store.fingerprint(kept.series)) {
        kept.version = version;
        return kept.answer;
      }
    }
    if (kept !== undefined) this.#drop(key, kept);
    const made = await this.#make(query, version);
    this.#keep(key, made);
    return made.answer;
  }

  /** The store's version, read once for many requests at one moment. */
  #version(): number {
    const at = this.#runtime.elapsed();
    if (!(at > this.#askedAt && at - this.#askedAt < momentMs)) {
      this.#lastVersion = this.#store.version;
      this.#askedAt = at;
    }
    return this.#lastVersion;
  }

  async #make(query: BarQuery, version: number): Promise<Kept> {
    const { format = 'json' } = query;
    const limit = query.limit ?? defaultLimit;
    if (limit > limits[format])
      throw refuse(400, 'bad-request', `limit must be at most ${limits[format]} as ${format}, was ${limit}`);
    const series = seriesOf(query);
    const found = this.#source(series, query.derived === true);
    const fingerprint = this.#store.fingerprint(found.series);
    const frame = timeframe(series.timeframe);
    const now = this.#runtime.now();
    const start = query.cursor === undefined ? query.start : timeOfCursor(query.cursor);
    const end = Math.min(query.end ?? Infinity, now);
    const all =
      start === undefined ? this.#latest(found, frame, end, limit) : this.#from(found, frame, start, end, limit + 1);
    const { bars, until } = closedBars(all, frame, now);
    const isMore = start !== undefined && bars.time.length > limit;
    const shown =
      bars.time.length > limit
        ? sliceBars(bars, isMore ? 0 : bars.time.length - limit, isMore ? limit : bars.time.length)
        : bars;
    const next = isMore ? cursorOf(bars.time[limit]!) : undefined;
    const derivedFrom = found.derivedFrom;
    const body = await bodyOf(format, series, shown, derivedFrom, next);
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
    const answer = { body, type: contentTypes[format], etag: `"${hash}"`, next, derivedFrom, bars: shown.time.length };
    return { answer, version, fingerprint, series: found.series, until };
  }

  /** The stored exchange or symbol nearest to the requested one, as the end of a message. */
  #nearestStored({ exchange, symbol }: Series): string {
    const stored = listSeries(this.#store).filter(({ bars }) => bars > 0);
    const exchanges = [...new Set(stored.map((one) => one.exchange))];
    const symbols = [...new Set(stored.filter((one) => one.exchange === exchange).map((one) => one.symbol))];
    const near = exchanges.includes(exchange) ? nearestName(symbol, symbols) : nearestName(exchange, exchanges);
    return near === undefined ? '' : `: did you mean ${near}?`;
  }

  /** Where the bars come from: the exchange's own, or, if they may be derived, longer ones built from shorter. */
  #source(series: Series, mayBeDerived: boolean): Source {
    const of = `${series.exchange} ${series.type} ${series.symbol}`;
    const known = this.#store.known(series, { start: -Infinity, end: Infinity });
    const isResampled = (source: string): boolean => source.startsWith('resampled from ');
    const own = known.filter(({ source }) => !isResampled(source));
    if (own.length > 0 && own.length === known.length) return { series, derivedFrom: undefined };
    if (known.length > 0 && own.length === 0 && mayBeDerived) {
      return { series, derivedFrom: known[0]!.source.replace('resampled from ', '') };
    }
    if (own.length > 0) {
      // Some months are the exchange's own and some were built: built ones are shown only with `derived`.
      return mayBeDerived
        ? {
            series,
            derivedFrom: known.find(({ source }) => isResampled(source))!.source.replace('resampled from ', ''),
          }
        : { series, derivedFrom: undefined, ranges: own };
    }
    const { timeframe: _, origin: wanted, ...key } = series;
    const everywhere = listSeries(this.#store, key).filter(({ bars }) => bars > 0);
    const stored = everywhere.filter(({ origin }) => origin === wanted);
    if (stored.length === 0) {
      const others = [...new Set(everywhere.map(({ origin }) => origin))];
      const places = others.map((one) => (one === undefined ? 'the exchange itself, without origin' : `origin=${one}`));
      const hint = others.length === 0 ? this.#nearestStored(series) : `; there are bars of ${places.join(', ')}`;
      throw refuse(
        404,
        'no-bars',
        `no bars of ${of} are stored${wanted === undefined ? '' : ` from ${wanted}`}${hint}`,
      );
    }
    const frames = stored.map((one) => one.timeframe).filter((name) => name !== series.timeframe);
    const base = frames
      .filter((name) => divides(timeframe(name), timeframe(series.timeframe)))
      .sort((a, b) => timeframe(b).ms! - timeframe(a).ms!)[0];
    if (base === undefined)
      throw refuse(
        404,
        'no-bars',
        `no ${series.timeframe} bars of ${of} are stored; stored are ${[...new Set(frames)].join(', ')}`,
      );
    if (!mayBeDerived) {
      throw refuse(
        404,
        'no-own-bars',
        `the exchange's own ${series.timeframe} bars of ${of} are not stored; ask with derived=true for bars built from ${base}`,
      );
    }
    return { series: { ...series, timeframe: base }, derivedFrom: base, base: timeframe(base) };
  }

  #from(source: Source, frame: Timeframe, start: number, end: number, most: number): Bars {
    const { base } = source;
    if (base !== undefined) {
      const first = Math.floor(start / (frame.ms ?? 1)) * (frame.ms ?? 1);
      return derive(this.#read(source, { start: Math.min(first, start), end }, Infinity), base, frame, start, end);
    }
    return this.#read(source, { start, end }, most);
  }

  #read({ series, ranges }: Source, range: { readonly start: number; readonly end: number }, most: number): Bars {
    const parts: Bars[] = [];
    let count = 0;
    const wanted = ranges?.map((own) => ({
      start: Math.max(own.start, range.start),
      end: Math.min(own.end, range.end),
    })) ?? [range];
    for (const { start, end } of wanted) {
      if (start >= end) continue;
      for (const bars of this.#store.stream(series, { start, end })) {
        parts.push(bars);
        count += bars.time.length;
        if (count >= most) break;
      }
      if (count >= most) break;
    }
    if (parts.length === 1) return parts[0]!.time.length > most ? sliceBars(parts[0]!, 0, most) : parts[0]!;
    const joined = concatBars(parts);
    return joined.time.length > most ? sliceBars(joined, 0, most) : joined;
  }

  /** The newest bars before `end`: the span that would hold them, and longer ones while bars are missing. */
  #latest(source: Source, frame: Timeframe, end: number, limit: number): Bars {
    const length = frame.ms ?? 31 * 86_400_000;
    const last = this.#store.lastBar(source.series);
    const from = Math.min(end, last === undefined ? end : last + length);
    for (let span = limit + 2; ; span *= 4) {
      const start = from - span * length;
      const bars = this.#from(source, frame, start, end, Infinity);
      if (bars.time.length >= limit || !this.#store.hasBarBefore(source.series, start)) return bars;
    }
  }

  #keep(key: string, made: Kept): void {
    const bytes = made.answer.body.length;
    if (bytes > keptBytes / 4) return;
    this.#kept.set(key, made);
    this.#bytes += bytes;
    for (const [other, kept] of this.#kept) {
      if (this.#bytes <= keptBytes) break;
      this.#drop(other, kept);
    }
  }

  #drop(key: string, kept: Kept): void {
    if (this.#kept.delete(key)) this.#bytes -= kept.answer.body.length;
  }
}

interface Source {
  readonly series: Series;
  readonly derivedFrom: string | undefined;
  /** The timeframe that bars are to be built from. */
  readonly base?: Timeframe;
  /** The only ranges that may be shown. */
  readonly ranges?: readonly { readonly start: number; readonly end: number }[];
}

/** The stored series that a request names. */
export function seriesOf({ exchange, symbol, timeframe: frame, type, origin }: BarQuery): Series {
  let unified: string;
  try {
    unified = unifiedSymbol(symbol);
  } catch {
    throw refuse(400, 'bad-symbol', `symbol must be such as BTC/USDT or BTC/USDT:USDT, was '${symbol}'`);
  }
  return {
    exchange,
    symbol: unified,
    timeframe: frame,
    type: type ?? typeOfSymbol(unified),
    ...(origin !== undefined && { origin }),
  };
}

function divides(short: Timeframe, long: Timeframe): boolean {
  return (
    short.ms !== undefined &&
    (long.ms === undefined ? short.ms <= 86_400_000 : long.ms % short.ms === 0 && short.ms < long.ms)
  );
}

/** Only whole bars: a bar that begins before its first part or ends after its last one is left out. */
function derive(parts: Bars, base: Timeframe, frame: Timeframe, start: number, end: number): Bars {
  if (parts.time.length === 0) return parts;
  const { closeTime: _, ...longer } = resampleBars(parts, base, frame);
  const first = longer.time[0];
  const isWhole = first === undefined || parts.time[0]! <= first;
  return barsBetween(isWhole ? longer : sliceBars(longer, 1, longer.time.length), start, end);
}

function closedBars(bars: Bars, frame: Timeframe, now: number): { readonly bars: Bars; readonly until: number } {
  let length = bars.time.length;
  let until = Infinity;
  while (length > 0 && barClose(frame, bars.time[length - 1]!) > now) until = barClose(frame, bars.time[--length]!);
  return { bars: length === bars.time.length ? bars : sliceBars(bars, 0, length), until };
}

function cursorOf(time: number): string {
  return `t${time.toString(36)}`;
}

function timeOfCursor(text: string): number {
  const time = /^t[0-9a-z]{1,11}$/.test(text) ? parseInt(text.slice(1), 36) : NaN;
  if (Number.isSafeInteger(time)) return time;
  throw refuse(400, 'bad-cursor', `cursor must be the value of next of an earlier answer, was '${text}'`);
}

async function bodyOf(
  format: 'json' | 'csv' | 'arrow',
  series: Series,
  bars: Bars,
  derivedFrom: string | undefined,
  next: string | undefined,
): Promise<Buffer> {
  const { origin, ...key } = series;
  const { time, open, high, low, close, volume } = bars;
  if (format === 'arrow') {
    const metadata = new Map(Object.entries({ ...key, derived: derivedFrom ?? 'false' }));
    const bytes = encodeArrow(await loadArrow(), bars, metadata);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (format === 'csv') {
    const lines = ['time,open,high,low,close,volume'];
    for (let i = 0; i < time.length; i++)
      lines.push(`${time[i]!},${open[i]!},${high[i]!},${low[i]!},${close[i]!},${volume[i]!}`);
    return Buffer.from(`${lines.join('\n')}\n`);
  }
  const head = JSON.stringify({
    exchange: key.exchange,
    ...(origin !== undefined && { origin }),
    type: key.type,
    symbol: key.symbol,
    timeframe: key.timeframe,
    derived: derivedFrom === undefined ? false : { from: derivedFrom },
    columns: barColumnNames,
  });
  const rows: string[] = [];
  for (let i = 0; i < time.length; i++) {
    rows.push(
      `[${time[i]!},${plain(open[i]!)},${plain(high[i]!)},${plain(low[i]!)},${plain(close[i]!)},${plain(volume[i]!)}]`,
    );
  }
  const tail = next === undefined ? '' : `,"next":${JSON.stringify(next)}`;
  return Buffer.from(`${head.slice(0, -1)},"bars":[${rows.join(',')}]${tail}}`);
}

/** A number in JSON, which has none for "no value". */
function plain(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
