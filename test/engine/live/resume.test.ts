/** Paper sessions that go on after their end: with the same orders, money and state as one that was never interrupted. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixedSize } from '../../../src/broker/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult, type SessionView } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { JournalReader } from '../../../src/store/index.ts';
import { instrument, localVenue, symbol } from './local.ts';
import { drive, start, tapeBars } from './tape.ts';

const bars = tapeBars(3, 400, { tick: 1, price: 400 });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resume-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Enters with a bracket every 20th bar since its last entry, and counts what it has seen. */
class Counting extends Strategy<typeof Counting.params> {
  static readonly params = { every: 20 };
  seen = 0;
  loaded: unknown;
  private last = 0;

  override next(): void {
    this.seen++;
    if (this.seen - this.last < this.params.every || this.position.size !== 0 || this.openOrders.length > 0) return;
    this.last = this.seen;
    const close = this.data.close.now;
    this.buyBracket({
      type: 'limit',
      price: close - 1,
      size: 2,
      stopLoss: close - 9,
      takeProfit: close + 9,
      tag: String(this.seen),
    });
  }

  override saveState(): { seen: number; last: number } {
    return { seen: this.seen, last: this.last };
  }

  override loadState(state: { seen: number; last: number }): void {
    this.loaded = state;
    this.seen = state.seen;
    this.last = state.last;
  }
}

/** Saves what `odd` says for the number of bars it has seen. */
class Odd extends Strategy<typeof Odd.params> {
  static readonly params = { odd: {} as Readonly<Record<number, unknown>> };
  seen = 0;
  loaded: unknown;

  override next(): void {
    this.seen++;
  }

  override saveState(): unknown {
    const odd = this.params.odd[this.seen] ?? this.seen;
    if (odd === 'throw') throw new Error('no state today');
    return odd === 'promise' ? Promise.reject(new Error('too late')) : { odd };
  }

  override loadState(state: unknown): void {
    this.loaded = state;
  }
}

type Venue = ReturnType<typeof localVenue>;

/** One run of the session on a venue that goes on between runs. */
function run(
  venue: Venue,
  live: Partial<LiveRunOptions>,
  every: number | Record<number, unknown> = 20,
): Promise<RunResult> {
  const { runtime, network, history } = venue;
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history,
    staleMs: { trade: 600_000, quote: 600_000 },
  }); // prettier-ignore
  const cerebro = new Cerebro({ cash: 100_000, commission: 0.001, runtime }).addSizer(fixedSize(2)).addData(feed);
  if (typeof every === 'number') cerebro.addStrategy(Counting, { every });
  else cerebro.addStrategy(Odd, { odd: every });
  const running = cerebro.run({ mode: 'paper', clockMs: 5_000, network, ...live });
  return drive(runtime, running, 5_000, () => network.isUsed);
}

function venueOf(): Venue {
  const venue = localVenue(bars, start - 5_000);
  venue.market.start();
  return venue;
}

const strategyOf = (result: RunResult) =>
  result.strategies[0]!.strategy as unknown as Pick<Counting, 'seen' | 'loaded'>;

const ordersOf = (result: RunResult) =>
  result.strategies[0]!.orders.map(
    ({ ref, side, type, size, price, status, tag, filled, averagePrice, createdTime }) => {
      return { ref, side, type, size, price, status, tag, filled, averagePrice, createdTime };
    },
  );

describe('a paper session of two strategies that goes on', () => {
  /** What each strategy has at the end, as the session shows it. */
  async function two(venue: Venue, live: Partial<LiveRunOptions>): Promise<{ result: RunResult; view: SessionView }> {
    const { runtime, network, history } = venue;
    const feed = new StreamingFeed({
      exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history,
      staleMs: { trade: 600_000, quote: 600_000 },
    }); // prettier-ignore
    const cerebro = new Cerebro({ cash: 100_000, commission: 0.001, runtime }).addSizer(fixedSize(2)).addData(feed);
    cerebro.addStrategy(Counting, { every: 20 }, { cash: 0.3 }).addStrategy(Counting, { every: 13 });
    let view: SessionView | undefined;
    const onUpdate = (now: SessionView): void => {
      view = now;
    };
    const running = cerebro.run({ mode: 'paper', clockMs: 5_000, network, ...live, onUpdate });
    return { result: await drive(runtime, running, 5_000, () => network.isUsed), view: view! };
  }
  const shown = ({ view }: { readonly view: SessionView }): object[] =>
    view.strategies.map(({ orders, latestOrders, ...strategy }) => ({
      ...strategy,
      orders: orders.map(({ ref }) => ref),
      latestOrders: latestOrders.map(({ ref }) => ref),
    }));

  it('gives each its own orders, position, cash and state back', async () => {
    const twin = await two(venueOf(), { maxSteps: 175 });
    const venue = venueOf();
    const journals = [1, 2].map((k) => join(folder, `two-${k}.db`));
    const first = await two(venue, { maxSteps: 90, journal: journals[0]! });
    expect(first.view.strategies.some(({ orders }) => orders.length > 0)).toBe(true);
    const last = await two(venue, { maxSteps: 85, journal: journals[1]!, resume: journals.slice(0, 1) });
    expect(shown(last)).toEqual(shown(twin));
    expect(last.view.strategies.map(({ name }) => name)).toEqual(['Counting#1', 'Counting#2']);
    const [one, other] = last.view.strategies;
    expect(one!.cash + other!.cash).toBeCloseTo(last.view.cash, 6);
    expect(one!.value + other!.value).toBeCloseTo(last.view.value, 6);
    const sizes = last.view.strategies.map(({ positions }) => positions[0]!.size);
    expect(sizes[0]! + sizes[1]!).toBe(last.view.datas[0]!.position.size);
    expect(last.result.strategies.map(({ orders }) => orders.length)).toEqual(
      twin.result.strategies.map(({ orders }) => orders.length),
    );
  }, 120_000);
});

it('has its pause in its state and its journal as soon as it is paused', async () => {
  const venue = venueOf();
  const [state, journal] = [join(folder, 'paused.json'), join(folder, 'paused.db')];
  const kept: unknown[] = [];
  const commands = async (): Promise<unknown[]> => {
    const reader = await JournalReader.open(`${journal}.copy`);
    const bodies = [...reader.entries()].filter(({ body }) => body.includes('"command"')).map(({ body }) => body);
    reader.close();
    return bodies;
  };
  let read: Promise<unknown[]> | undefined;
  await run(venue, {
    maxSteps: 5,
    state,
    journal,
    onControl: (control) => {
      venue.runtime.after(130_000, () => {
        control.pause('lunch');
        kept.push((JSON.parse(readFileSync(state, 'utf8')) as { paused?: string }).paused);
        for (const part of ['', '-wal']) copyFileSync(`${journal}${part}`, `${journal}.copy${part}`);
        read = commands();
        control.resume('back');
        kept.push((JSON.parse(readFileSync(state, 'utf8')) as { paused?: string }).paused);
      });
    },
  });
  expect(kept).toEqual(['the session is paused: lunch', undefined]);
  expect((await read!)[0]).toContain('lunch');
});

describe('a paper session that goes on', () => {
  it('has the orders, trades and money of one that was never interrupted, and its journals replay to the same decisions', async () => {
    const twin = await run(venueOf(), { maxSteps: 300 });
    const venue = venueOf();
    const journals = [1, 2, 3].map((k) => join(folder, `journal-${k}.db`));
    await run(venue, { maxSteps: 90, journal: journals[0]! });
    await run(venue, { maxSteps: 110, journal: journals[1]!, resume: journals.slice(0, 1) });
    const last = await run(venue, { maxSteps: 100, journal: journals[2]!, resume: journals.slice(0, 2) });
    expect(last.steps).toBe(300);
    expect(ordersOf(last)).toEqual(ordersOf(twin));
    expect(last.strategies[0]!.trades.length).toBe(twin.strategies[0]!.trades.length);
    expect([last.finalCash, last.finalValue]).toEqual([twin.finalCash, twin.finalValue]);
    for (const path of journals) {
      const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument });
      const cerebro = new Cerebro({ cash: 100_000, commission: 0.001 }).addSizer(fixedSize(2)).addData(feed).addStrategy(Counting); // prettier-ignore
      const replay = await cerebro.replayJournal(path);
      expect([replay.difference, replay.cut]).toEqual([undefined, undefined]);
    }
  });

  it('refuses to go on when its strategy would have decided otherwise', async () => {
    const venue = venueOf();
    const journal = join(folder, 'changed.db');
    await run(venue, { maxSteps: 60, journal });
    await expect(run(venue, { maxSteps: 10, resume: [journal] }, 13)).rejects.toThrow(
      /the session cannot go on: its strategy decides otherwise than in .*changed.db/,
    );
  });
});

describe('the state of a strategy', () => {
  it('is kept whole after each step, and handed to the next run', async () => {
    const state = join(folder, 'state.json');
    const venue = venueOf();
    await run(venue, { maxSteps: 30, state });
    expect(JSON.parse(readFileSync(state, 'utf8'))).toEqual({ format: 1, strategies: [{ seen: 30, last: 20 }] });
    const journal = join(folder, 'stated.db');
    const next = await run(venue, { maxSteps: 5, state, journal });
    expect(strategyOf(next).loaded).toEqual({ seen: 30, last: 20 });
    expect(strategyOf(next).seen).toBe(35);
    writeFileSync(state, '{"strategies": 3}');
    await expect(run(venue, { maxSteps: 1, state })).rejects.toThrow(/state.json is not the saved state of a session/);
  });

  it('that could not come back ends the session in one sentence, and the file keeps what was saved before', async () => {
    const state = join(folder, 'odd.json');
    const venue = venueOf();
    await run(venue, { maxSteps: 5, state }, { 5: new Map([[NaN, 1n]]) });
    const next = await run(venue, { maxSteps: 1, state }, {});
    expect(strategyOf(next).loaded).toEqual({ odd: new Map([[NaN, 1n]]) });
    await expect(run(venue, { maxSteps: 9, state }, { 3: () => 1 })).rejects.toThrow(
      /^saveState\(\) of Odd: the state\.odd must be plain data .*, was a function$/,
    );
    expect(JSON.parse(readFileSync(state, 'utf8'))).toEqual({ format: 1, strategies: [{ odd: 2 }] });
    await expect(run(venueOf(), { maxSteps: 9, state: join(folder, 'late.json') }, { 2: 'promise' })).rejects.toThrow(
      /^saveState\(\) of Odd returns a promise, and hooks are synchronous/,
    );
    await expect(run(venueOf(), { maxSteps: 9, state: join(folder, 'bad.json') }, { 2: 'throw' })).rejects.toThrow(
      /^saveState\(\) of Odd: no state today$/,
    );
  });
});
