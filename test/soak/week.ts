/** A session on paper over a simulated week or month: one-minute bars of 20 symbols, a disconnection a day, and what it differs by from a backtest. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { fixedSize, type Order } from '../../src/broker/index.ts';
import {
  barsBetween,
  Decimal,
  seededRandom,
  SimulatedRuntime,
  type Bars,
  type StreamEvent,
} from '../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../src/engine/index.ts';
import { BarsDataFeed, generateBars, StreamingFeed, type MarketSource, type WantedStream } from '../../src/feeds/index.ts'; // prettier-ignore
import { crossover, ema } from '../../src/indicators/index.ts';

/** What the run came to. */
export interface WeekSoak {
  readonly days: number;
  readonly symbols: number;
  readonly bars: number;
  readonly events: number;
  readonly orders: number;
  readonly fills: number;
  readonly disconnections: number;
  /** Heap in use at the end of each day, in MB. */
  readonly heapMB: readonly number[];
  readonly journalMB: number;
  /** Processor time, and the time on the wall, in seconds. */
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly residual: Residual;
}

/** What the session differs by from a backtest over the same bars. */
export interface Residual {
  readonly liveFills: number;
  readonly backtestFills: number;
  /** Orders of the same symbol, side and type, placed at the same bar by both. */
  readonly sameOrders: number;
  readonly liveOrders: number;
  readonly backtestOrders: number;
  readonly liveProfit: number;
  readonly backtestProfit: number;
  /** The half spread of every fill that took, which a backtest without slippage does not pay. */
  readonly spreadPaid: number;
  /** What market and limit orders that both placed were executed for otherwise, in quote units, without fees. */
  readonly byMarket: number;
  readonly byLimit: number;
  /** The same of market orders of bars that came late, after a disconnection. */
  readonly byLateBar: number;
}

const [minute, day] = [60_000, 86_400_000];
const start = Date.UTC(2024, 0, 1);
const tick = 0.01;
const rate = 0.0005;
const cash = 1e9;
const awayMinutes = 7;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Buys when the fast average crosses above, sells on the way back or at a target. */
class Cross extends Strategy {
  readonly crosses = this.datas.map((data) => crossover(ema(data.close, 20), ema(data.close, 60)));
  readonly placed: string[] = [];
  /** What was received, less what was paid, by order. */
  readonly received = new Map<string, number>();
  owed = new Decimal(0);
  units = new Map<string, Decimal>();
  fills = 0;
  takers = new Decimal(0);
  #seen = new Map<Order, number>();

  override next(): void {
    for (const [k, data] of this.datas.entries()) {
      if (!data.isNew) continue;
      const cross = this.crosses[k]!.now;
      const { size } = this.getPosition(data);
      if (cross > 0 && size === 0) {
        this.#note(this.buy({ data, size: 2 }));
        const target = Math.round(data.close.now * 1.004 * 100) / 100;
        this.#note(this.sell({ data, type: 'limit', price: target, size: 2, reduceOnly: true }));
      } else if (cross < 0 && size !== 0) {
        for (const order of this.openOrders) if (order.data === data) this.cancel(order);
        this.#note(this.close({ data }));
      }
    }
  }

  override notifyOrder(order: Order): void {
    const seen = this.#seen.get(order) ?? 0;
    if (order.filled === seen) return;
    const fill = order.lastFill!;
    this.#seen.set(order, order.filled);
    if (!order.isAlive) this.#seen.delete(order);
    const size = new Decimal(fill.size);
    const value = size.mul(fill.price);
    this.owed = this.owed.add(value).add(value.abs().mul(rate));
    this.units.set(order.data.symbol, (this.units.get(order.data.symbol) ?? new Decimal(0)).add(size));
    this.fills++;
    const key = keyOf(order);
    this.received.set(key, (this.received.get(key) ?? 0) - value.toNumber());
    if (order.type === 'market') this.takers = this.takers.add(size.abs());
  }

  #note(order: Order | undefined): void {
    if (order !== undefined) this.placed.push(keyOf(order));
  }
}

/** An order by what both runs call it. */
function keyOf({ data, side, type, createdTime }: Order): string {
  return `${data.symbol} ${side} ${type} ${createdTime}`;
}

/** A source that passes on what it is given. */
class Given implements MarketSource {
  readonly exchange = 'given';
  emit: ((event: StreamEvent) => void) | undefined;
  wanted: readonly WantedStream[] = [];

  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void): Promise<void> {
    this.emit = emit;
    this.wanted = wanted;
    this.tell('live', start);
    return Promise.resolve();
  }

  tell(state: 'live' | 'resyncing', time: number): void {
    for (const { channel, symbol } of this.wanted) {
      this.emit!({ type: 'status', exchange: 'given', symbol, channel, state, reason: 'the soak', time });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Prices on the grid of ticks: a gap of one tick between bid and ask stays inside the bar's range of what can trade. */
function marketOf(k: number, days: number): Bars {
  const bars = generateBars({ seed: 100 + k, timeframe: '1m', start, count: days * 1_440 + 2 });
  for (const name of ['open', 'high', 'low', 'close'] as const)
    for (let i = 0; i < bars.time.length; i++) bars[name][i] = Math.round(bars[name][i]! * 100) / 100;
  return bars;
}

/** When in its minute each of a bar's four prices is traded, in milliseconds. */
const moments = [0, 20_000, 40_000, 59_000];

/** One of a bar's four prices: the quote around it, and the trade at it. */
function playPrice(emit: (event: StreamEvent) => void, symbol: string, bars: Bars, i: number, k: number): void {
  const [open, close] = [bars.open[i]!, bars.close[i]!];
  const [low, high] = [bars.low[i]!, bars.high[i]!];
  const price = (close >= open ? [open, low, high, close] : [open, high, low, close])[k]!;
  const time = bars.time[i]! + moments[k]!;
  const base = { exchange: 'given', symbol, time, receiveTime: time } as const;
  const [bid, ask] = [Math.round((price - tick) * 100) / 100, Math.round((price + tick) * 100) / 100];
  emit({ ...base, type: 'quote', bid, ask, bidSize: 10, askSize: 10, sequence: undefined });
  const size = bars.volume[i]! / 4;
  emit({
    ...base,
    type: 'trade',
    id: `${i * 4 + k}`,
    side: k % 2 === 0 ? 'buy' : 'sell',
    price,
    size,
    backfill: false,
  });
}

/**
 * Runs it.
 *
 * @throws If memory grew, a bar is missing, or the ledger is not exact.
 */
export async function soakWeek(days: number, symbols: number, say: (line: string) => void): Promise<WeekSoak> {
  const runtime = new SimulatedRuntime(1, start - 5_000);
  const random = seededRandom(7);
  const folder = mkdtempSync(join(tmpdir(), 'soak-week-'));
  const names = Array.from({ length: symbols }, (_, k) => `C${k}/USDT`);
  const markets = names.map((_, k) => marketOf(k, days));
  const sources = names.map(() => new Given());
  const cerebro = new Cerebro({ cash, commission: rate, runtime }).addSizer(fixedSize(2));
  for (const [k, symbol] of names.entries()) {
    const closedBars = {
      fetch: ({ start: from, end }: { start: number; end: number }) =>
        Promise.resolve(barsBetween(markets[k]!, from, end)),
    };
    cerebro.addData(
      new StreamingFeed({ exchange: 'given', symbol, timeframe: '1m', source: sources[k]!, closedBars, history: 0 }),
      symbol,
    );
  }
  const ending = new AbortController();
  const journal = join(folder, 'journal.db');
  const running = cerebro.addStrategy(Cross).run({
    mode: 'paper', signal: ending.signal, keepBars: 300, keepOrders: 500, clockMs: 15_000, journal,
  }); // prettier-ignore
  running.catch(() => undefined);
  while (sources.some(({ emit }) => emit === undefined)) await new Promise((resolve) => setImmediate(resolve));
  runtime.advance(5_000);
  const heapMB: number[] = [];
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let events = 0;
  const away: number[] = [];
  let awayFrom = Infinity;
  for (let i = 0; i < days * 1_440; i++) {
    const ofDay = i % 1_440;
    if (ofDay === 0) awayFrom = i + 60 + Math.floor(random() * 1_300);
    const now = start + i * minute;
    if (i === awayFrom) {
      away.push(now);
      for (const source of sources) source.tell('resyncing', now);
    }
    const isAway = i >= awayFrom && i < awayFrom + awayMinutes;
    if (i === awayFrom + awayMinutes) for (const source of sources) source.tell('live', now);
    for (const [k, moment] of moments.entries()) {
      if (!isAway) {
        for (let n = 0; n < symbols; n++) playPrice(sources[n]!.emit!, names[n]!, markets[n]!, i, k);
        events += symbols * 2;
      }
      runtime.advance((moments[k + 1] ?? minute) - moment);
    }
    // What was fetched, and the journal's writes, need turns of the loop.
    const turns = isAway || i < awayFrom + awayMinutes + 3 ? 3 : i % 10 === 0 ? 1 : 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (ofDay !== 1_439) continue;
    collect();
    heapMB.push(Math.round(process.memoryUsage().heapUsed / 1e5) / 10);
    if ((i + 1) % 10_080 === 0)
      say(`${(i + 1) / 1_440} days, heap ${heapMB.at(-1)!} MB, ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  }
  const [seconds, used] = [(performance.now() - began) / 1_000, process.cpuUsage(cpu)];
  ending.abort();
  const result = await running;
  const journalMB = Math.round(statSync(journal).size / 1e5) / 10;
  rmSync(folder, { recursive: true });
  const strategy = result.strategies[0]!.strategy as unknown as Cross;
  check(result, strategy, names, days, heapMB);
  const residual = await residualOf(strategy, result, names, markets, days, away);
  const cpuSeconds = Math.round((used.user + used.system) / 1e5) / 10;
  return {
    days, symbols, bars: days * 1_440 * symbols, events, orders: strategy.placed.length, fills: strategy.fills, disconnections: away.length, heapMB,
    journalMB, cpuSeconds, seconds: Math.round(seconds), residual,
  }; // prettier-ignore
}

function check(
  result: RunResult,
  { owed, units }: Cross,
  names: readonly string[],
  days: number,
  heapMB: readonly number[],
): void {
  const due = days * 1_440;
  if (result.steps < due - 3 || result.steps > due * 2)
    throw new Error(`${due} steps were due, ${result.steps} were made`);
  for (const { name, holes, built, fetched } of result.session!.streams) {
    if (holes.length > 0) throw new Error(`${name} has holes`);
    if (built + fetched < due - 3) throw new Error(`${name} has ${built + fetched} bars of ${due}`);
  }
  const exact = new Decimal(cash).sub(owed).toNumber();
  if (result.finalCash !== exact) throw new Error(`cash is ${result.finalCash}, by the fills ${exact}`);
  for (const symbol of names) {
    const [held, filled] = [result.session!.holdings[symbol], (units.get(symbol) ?? new Decimal(0)).toNumber()];
    if (held !== filled) throw new Error(`${held ?? 0} ${symbol} are held, by the fills ${filled}`);
  }
  // The first day fills what is bounded.
  const [first, last] = [heapMB[Math.min(1, heapMB.length - 1)]!, heapMB.at(-1)!];
  if (last > first * 1.25 + 6) throw new Error(`the heap grew from ${first} MB to ${last} MB: ${heapMB.join(', ')}`);
}

/** A backtest of the same strategy over the same bars, beside the session. */
async function residualOf(
  live: Cross,
  result: RunResult,
  names: readonly string[],
  markets: readonly Bars[],
  days: number,
  away: readonly number[],
): Promise<Residual> {
  const cerebro = new Cerebro({ cash, commission: rate }).addSizer(fixedSize(2));
  const end = start + days * day;
  for (const [k, symbol] of names.entries()) {
    cerebro.addData(new BarsDataFeed({ symbol, timeframe: '1m', bars: barsBetween(markets[k]!, start, end) }), symbol);
  }
  const back = await cerebro.addStrategy(Cross).run();
  const tested = back.strategies[0]!.strategy as unknown as Cross;
  const there = new Set(tested.placed);
  const isLate = (key: string): boolean => {
    const placed = Number(key.slice(key.lastIndexOf(' ')));
    return away.some((from) => placed > from && placed <= from + (awayMinutes + 1) * minute);
  };
  const differs = (type: string, late: boolean): number => {
    let sum = 0;
    for (const [key, got] of live.received)
      if (key.includes(` ${type} `) && isLate(key) === late) sum += got - (tested.received.get(key) ?? got);
    return sum;
  };
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    liveFills: live.fills, backtestFills: tested.fills, sameOrders: live.placed.filter((one) => there.has(one)).length,
    liveOrders: live.placed.length, backtestOrders: tested.placed.length,
    liveProfit: round(result.finalValue - cash), backtestProfit: round(back.finalValue - cash),
    spreadPaid: round(live.takers.mul(tick).toNumber()),
    byMarket: round(differs('market', false)), byLimit: round(differs('limit', false)),
    byLateBar: round(differs('market', true) + differs('limit', true)),
  }; // prettier-ignore
}

/** The run in a few words. */
export function weekLine({ residual: one, ...soak }: WeekSoak): string {
  const { days, symbols, bars, events, orders, fills, disconnections, heapMB, journalMB, cpuSeconds, seconds } = soak;
  const heap = heapMB.filter((_, k) => k % Math.ceil(heapMB.length / 8) === 0).map((mb) => mb.toFixed(0));
  return (
    `${days} days of ${symbols} symbols, ${bars} bars, ${events} events, ${orders} orders, ${fills} fills, ${disconnections} disconnections, ` +
    `heap ${heap.join(' ')} MB, journal ${journalMB} MB, ${cpuSeconds} s of processor, ${seconds} s on the wall; live against backtest: ` +
    `${one.sameOrders} of ${one.liveOrders} orders the same (backtest ${one.backtestOrders}), fills ${one.liveFills} and ${one.backtestFills}, ` +
    `profit ${one.liveProfit} and ${one.backtestProfit}, of the difference ${one.byMarket} by the prices of market orders (spread ${-one.spreadPaid}), ${one.byLimit} by those of limit orders, ${one.byLateBar} by bars that came late`
  );
}
