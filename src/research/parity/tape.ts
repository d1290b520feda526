/** What a session saw and did, read back from its journals: bars as they were delivered, orders and fills, and the prints between them. */
import { dirname, resolve } from 'node:path';

import { Analyzer } from '../../analyzers/index.ts';
import type { FillFacts, Order } from '../../broker/index.ts';
import { barsFromRows, ConfigError, timeframe, type Bar, type Bars, type Instrument } from '../../core/index.ts';
import type { Cerebro, RunResult } from '../../engine/index.ts';
import type { Data } from '../../lines/index.ts';
import { JournalReader } from '../../store/index.ts';

/** One data of a session. */
export interface TapeData {
  readonly name: string;
  readonly symbol: string;
  readonly exchange: string;
  /** Length of its bars, such as `1m`. */
  readonly timeframe: string;
  /** Length of a bar, in milliseconds. */
  readonly barMs: number;
  /** What the session knew of the instrument; undefined where it knew nothing. */
  readonly instrument: Instrument | undefined;
  /** History and delivered bars, in rising time. */
  readonly bars: Bars;
  /** Opens of bars that came late, because the stream was away or had a hole. */
  readonly late: ReadonlySet<number>;
}

/** One order of a session or of a backtest, as plain data. */
export interface TapeOrder {
  readonly strategy: number;
  readonly ref: number;
  readonly data: string;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  readonly size: number;
  /** Close of the bar or time of the event after which it was placed, milliseconds UTC. */
  readonly createdTime: number;
  readonly status: string;
  readonly reason: string | undefined;
  /** The order's tag: why the session placed it, where it was no strategy's decision. */
  readonly tag: string | undefined;
  readonly fills: readonly FillFacts[];
}

/** A session, read back. */
export interface SessionTape {
  readonly session: string;
  readonly mode: string;
  readonly datas: readonly TapeData[];
  /** Close of the first bar that made a step, milliseconds UTC; NaN where the session made none. */
  readonly from: number;
  readonly steps: number;
  readonly orders: readonly TapeOrder[];
  /** The replayed session. */
  readonly result: RunResult;
  /** The first decision that a replay made otherwise, in words; undefined when all were the same. */
  readonly difference: string | undefined;
  /** The journals, oldest first. */
  readonly journals: readonly string[];
}

/** Notes each bar as it is delivered. */
class BarTape extends Analyzer<undefined> {
  override readonly everyStep = true;
  readonly rows: Bar[][] = [];
  from = NaN;
  #seen: number[] = [];

  override start(): void {
    for (const _ of this.run.datas) this.rows.push([]);
    // History is there before the first step, and makes none.
    this.#seen = this.run.datas.map(() => -1);
  }

  override observe(from: number): void {
    if (Number.isNaN(this.from)) this.from = this.run.record.time.at(from);
    for (const [k, data] of this.run.datas.entries()) {
      const { time } = data;
      if (Number.isNaN(time) || time <= this.#seen[k]!) continue;
      this.#seen[k] = time;
      this.rows[k]!.push(barNow(data, time));
    }
  }

  result(): undefined {
    return undefined;
  }
}

function barNow(data: Data, time: number): Bar {
  const { open, high, low, close, volume } = data;
  return { time, open: open.now, high: high.now, low: low.now, close: close.now, volume: volume.now };
}

interface Header {
  readonly session: string;
  readonly mode: string;
  readonly resumes?: readonly string[];
  readonly streams: readonly { readonly clockOffset: number; readonly instrument?: Instrument }[];
  readonly setup: { readonly datas: readonly { readonly name: string; readonly exchange?: string; readonly symbol?: string; readonly timeframe?: string; readonly made?: string }[] };
} // prettier-ignore

/**
 * Reads a session back: its journals are replayed to the same strategies, and what they saw is kept.
 *
 * @param cerebro - Set up as the session was; it is used up.
 * @param journal - Of the session's last run; those of its earlier runs are found beside it.
 * @throws {ConfigError} If a data of the session was made of another one: its bars cannot be told apart from those.
 */
export async function readSession(cerebro: Cerebro, journal: string): Promise<SessionTape> {
  const tapes: BarTape[] = [];
  cerebro.addAnalyzer(
    class extends BarTape {
      constructor() {
        super();
        tapes.push(this);
      }
    },
    {},
    'BarTape',
  );
  const replay = await cerebro.replayJournal(journal);
  const reader = await JournalReader.open(journal);
  const last = reader.header as Header;
  reader.close();
  const journals = [...(last.resumes ?? []).map((path) => resolve(dirname(journal), path)), journal];
  const { setup, streams } = last;
  if (setup.datas.some(({ made }) => made !== undefined)) {
    throw new ConfigError('a session with resampled or replayed datas cannot be opened as a backtest yet');
  }
  const tape = tapes[0]!;
  const seen = await historyAndLateness(journals);
  const datas = setup.datas.map((one, k): TapeData => {
    const frame = timeframe(one.timeframe ?? '1m');
    const rows = new Map<number, Bar>();
    for (const bar of seen.history[k] ?? []) rows.set(bar.time, bar);
    for (const bar of tape.rows[k] ?? []) rows.set(bar.time, bar);
    const sorted = [...rows.values()].sort((a, b) => a.time - b.time);
    return {
      name: one.name,
      symbol: one.symbol ?? one.name,
      exchange: one.exchange ?? '',
      timeframe: frame.name,
      barMs: frame.ms ?? NaN,
      instrument: streams[k]?.instrument,
      bars: barsFromRows(sorted),
      late: seen.late[k] ?? new Set(),
    };
  });
  const { result, difference } = replay;
  return {
    session: last.session,
    mode: replay.mode,
    datas,
    from: tape.from,
    steps: result.steps,
    orders: ordersOf(result),
    result,
    difference:
      difference === undefined
        ? undefined
        : `decision ${difference.decision} was ${difference.was ?? 'none'} and is ${difference.is ?? 'none'}`,
    journals,
  };
}

/** The orders of a run, oldest first, as plain data. */
export function ordersOf(result: RunResult): TapeOrder[] {
  return result.strategies.flatMap(({ orders }, strategy) => orders.map((order) => plainOrder(order, strategy)));
}

function plainOrder(order: Order, strategy: number): TapeOrder {
  const { ref, side, type, size, createdTime, status, reason, tag, fills, data } = order;
  const facts = fills.map((fill) => ({ ...(fill.toJSON() as unknown as FillFacts) }));
  return { strategy, ref, data: data.name, side, type, size, createdTime, status, reason, tag, fills: facts };
}

/** The history before a session, and the bars that did not come by its stream. */
async function historyAndLateness(
  journals: readonly string[],
): Promise<{ readonly history: Bar[][]; readonly late: Set<number>[] }> {
  const history: Bar[][] = [];
  const late: Set<number>[] = [];
  for (const path of journals) {
    for await (const input of inputsOf(path)) {
      if (input.kind !== 'history' && input.kind !== 'bars') continue;
      const { feed, rows } = input as unknown as {
        readonly feed: number;
        readonly rows: readonly (readonly number[])[];
      };
      const bars = rows.map((row): Bar => {
        const [time = NaN, open = NaN, high = NaN, low = NaN, close = NaN, volume = NaN] = row;
        return { time, open, high, low, close, volume };
      });
      if (input.kind === 'history') (history[feed] ??= []).push(...bars);
      else for (const { time } of bars) (late[feed] ??= new Set()).add(time);
    }
  }
  return { history, late };
}

/** The inputs of a journal, one after the other. */
export async function* inputsOf(
  path: string,
): AsyncGenerator<{ readonly kind: string; readonly [name: string]: unknown }> {
  const reader = await JournalReader.open(path);
  try {
    for (const { kind, body } of reader.entries()) {
      if (kind === 'input') yield JSON.parse(body) as { readonly kind: string };
    }
  } finally {
    reader.close();
  }
}

/** Looks up the latest print of a symbol at many moments, in one pass over the journals. */
export async function pricesAt(
  tape: SessionTape,
  wanted: readonly { readonly symbol: string; readonly time: number }[],
): Promise<(symbol: string, time: number) => number> {
  const bySymbol = new Map<string, number[]>();
  for (const { symbol, time } of wanted) {
    if (!Number.isFinite(time)) continue;
    const times = bySymbol.get(symbol);
    if (times === undefined) bySymbol.set(symbol, [time]);
    else times.push(time);
  }
  const found = new Map<string, number>();
  const next = new Map<string, { times: number[]; at: number; last: number }>();
  for (const [symbol, times] of bySymbol) {
    next.set(symbol, { times: [...new Set(times)].sort((a, b) => a - b), at: 0, last: NaN });
  }
  for (const path of tape.journals) {
    for await (const input of inputsOf(path)) {
      if (input.kind !== 'event') continue;
      const event = input['event'] as { readonly type: string; readonly symbol?: string; readonly price?: number; readonly time?: number }; // prettier-ignore
      if (event.type !== 'trade' || event.time === undefined || event.price === undefined) continue;
      const cursor = next.get(event.symbol ?? '');
      if (cursor === undefined) continue;
      while (cursor.at < cursor.times.length && cursor.times[cursor.at]! < event.time) {
        found.set(`${event.symbol!} ${cursor.times[cursor.at]!}`, cursor.last);
        cursor.at++;
      }
      cursor.last = event.price;
    }
  }
  for (const [symbol, { times, at, last }] of next) {
    for (const time of times.slice(at)) found.set(`${symbol} ${time}`, last);
  }
  return (symbol, time) => found.get(`${symbol} ${time}`) ?? NaN;
}
