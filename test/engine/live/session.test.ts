/** A live session: what strategies are told, what becomes of drops and late trades, and how it ends. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixedSize } from '../../../src/broker/index.ts';
import { ConfigError, SimulatedRuntime, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type StreamingFeedOptions } from '../../../src/feeds/index.ts';
import { ema, macd, rsi, sma } from '../../../src/indicators/index.ts';
import { BarStore } from '../../../src/store/index.ts';
import { drive, minute, settle, start, Tape, tapeBars, TapeHistory, type TapeFaults } from './tape.ts';

const bars = tapeBars(5, 400);
const at = (bar: number): number => start + bar * minute;

/** Notes everything it is told. */
class Listening extends Strategy {
  readonly fast = ema(this.data.close, 5);
  readonly strength = rsi(this.data.close, 14);
  readonly trend = macd(this.data.close);
  readonly seen: string[] = [];
  readonly closes: number[] = [];
  readonly stepped: number[] = [];
  hasStopped = false;

  override next(): void {
    this.stepped.push(this.data.time);
    this.closes.push(this.data.close.now);
  }

  override notifyData(_data: unknown, state: string, reason: string): void {
    this.seen.push(`data ${state}: ${reason}`);
  }

  override notifyStore(message: string): void {
    this.seen.push(message);
  }

  override stop(): void {
    this.hasStopped = true;
  }
}

interface Setup {
  readonly tape: Tape;
  readonly runtime: SimulatedRuntime;
  readonly cerebro: Cerebro;
  readonly history: TapeHistory;
}

function setup(
  faults: TapeFaults = {},
  feedOptions: Partial<StreamingFeedOptions> = {},
  began = start - 10_000,
): Setup {
  const runtime = new SimulatedRuntime(1, began);
  const tape = new Tape(runtime, bars, 'BTC/USDT', faults);
  const history = new TapeHistory(runtime, bars);
  const cerebro = new Cerebro({ cash: 100_000, runtime }).addSizer(fixedSize(1));
  cerebro.addData(
    new StreamingFeed({
      exchange: 'tape', symbol: 'BTC/USDT', timeframe: '1m', history: 0, source: tape, closedBars: history, ...feedOptions,
    }), // prettier-ignore
  );
  return { tape, runtime, cerebro, history };
}

function run(
  { tape, runtime, cerebro }: Setup,
  options: Partial<LiveRunOptions> = {},
  stepMs = minute,
): Promise<RunResult> {
  return drive(runtime, cerebro.run({ mode: 'paper', maxSteps: 300, ...options }), stepMs, () => tape.isOpen);
}

const strategyOf = <S>(result: RunResult): S => result.strategies[0]!.strategy as S;

describe('a live session', () => {
  it('keeps its bars in the store as built, beginning where history ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-kept-'));
    const made = setup({}, { history: 100, keep: ['bars'], folder }, at(120) - 20_500);
    made.cerebro.addStrategy(Listening);
    const { closes } = strategyOf<Listening>(await run(made, { maxSteps: 20, session: 'kept' }));
    const store = await BarStore.open({ folder });
    const series = { exchange: 'tape', type: 'spot', symbol: 'BTC/USDT', timeframe: '1m' } as const;
    const all = { start: -Infinity, end: Infinity };
    expect(Array.from(store.read(series, all).close)).toEqual(closes);
    expect(store.known(series, all).map(({ source }) => source)).toEqual(['built from the stream by session kept']);
    store.close();
    rmSync(folder, { recursive: true });
  });

  it('has neither quote volume nor trade count', async () => {
    const made = setup();
    made.cerebro.addStrategy(Listening);
    const { data, closes } = strategyOf<Listening>(await run(made, { maxSteps: 60 }));
    expect(closes.length).toBeGreaterThan(0);
    expect([data.quoteVolume, data.tradeCount]).toEqual([undefined, undefined]);
    expect([data.funding, data.openInterest]).toEqual([undefined, undefined]);
  });

  it('goes on where history ends, without a hole and without a step over what is past', async () => {
    const one = setup({}, { history: 100 }, at(120) - 20_500);
    one.cerebro.addStrategy(Listening);
    const result = await run(one, { maxSteps: 50 });
    const { stepped, closes } = strategyOf<Listening>(result);
    expect(stepped).toEqual(Array.from({ length: 50 }, (_, k) => at(119 + k)));
    expect(closes).toEqual([...bars.close.slice(119, 169)]);
    expect(result.datas[0]).toMatchObject({ bars: 150, start: at(19) });
    // From the first step on indicators have values: history has warmed them.
    expect(result.steps).toBe(50);
    expect(result.session!.streams[0]).toMatchObject({ history: 100, fetched: 1 });
  });

  it('has no hole after drops, in a bar and over many, and indicators equal to those of the whole history, bit for bit', async () => {
    const drops = [
      { from: at(40) + 30_000, to: at(40) + 40_000 },
      { from: at(80) + 10_000, to: at(87) + 15_000 },
      { from: at(150) - 1, to: at(151) + 1 },
    ];
    const one = setup({ drops });
    one.cerebro.addStrategy(Listening);
    const result = await run(one);
    const live = strategyOf<Listening>(result);
    expect(live.stepped).toEqual([...bars.time.slice(300 - live.stepped.length, 300)]);
    expect(live.stepped.length).toBeGreaterThan(250);
    const back = new Cerebro({ cash: 100_000 }).addSizer(fixedSize(1)).addStrategy(Listening);
    back.addData(new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1m', bars: cut(300) }));
    const batch = strategyOf<Listening>(await back.run());
    for (const name of ['fast', 'strength'] as const) expect(live[name].window(200)).toEqual(batch[name].window(200));
    expect(live.trend.macd.window(200)).toEqual(batch.trend.macd.window(200));
    expect(live.closes).toEqual(batch.closes);
    expect(result.session!.streams[0]).toMatchObject({ breaks: 3, lateTrades: 0 });
    expect(result.session!.streams[0]!.fetched).toBeGreaterThanOrEqual(12);
  });

  it('fetches the bars of an hour in which nothing of the exchange could be reached, and says seldom that it cannot', async () => {
    const hour = { from: at(100) + 10_000, to: at(160) + 10_000 };
    const made = setup({ drops: [hour] });
    made.cerebro.addStrategy(Listening);
    const { history, runtime } = made;
    const serve = history.fetch.bind(history);
    history.fetch = (range) =>
      runtime.now() < hour.from || runtime.now() >= hour.to ? serve(range) : Promise.reject(new Error('ECONNREFUSED'));
    const result = await run(made, { maxSteps: 170 }, 5_000);
    const { stepped, closes, seen } = strategyOf<Listening>(result);
    const first = (stepped[0]! - start) / minute;
    expect(stepped).toEqual(Array.from({ length: stepped.length }, (_, k) => at(first + k)));
    expect(stepped.length).toBeGreaterThan(100);
    expect(closes).toEqual([...bars.close.slice(first, first + stepped.length)]);
    expect(result.session!.streams[0]).toMatchObject({ holes: [], breaks: 1 });
    const failures = seen.filter((text) => text.includes('could not be fetched: ECONNREFUSED'));
    expect(failures.length).toBeGreaterThan(10);
    expect(failures.length).toBeLessThan(70);
  });

  it('goes on at once behind bars of a length that the exchange does not serve', async () => {
    const made = setup({ drops: [{ from: at(100) + 10_000, to: at(101) + 10_000 }] });
    class Plain extends Strategy {
      readonly stepped: number[] = [];
      readonly seen: string[] = [];

      override notifyStore(text: string): void {
        this.seen.push(text);
      }

      override next(): void {
        this.stepped.push(this.data.time);
      }
    }
    made.cerebro.addStrategy(Plain);
    made.history.fetch = () => Promise.reject(new ConfigError('venue serves no 1m bars, only 1h'));
    const result = await run(made, { maxSteps: 110 }, 5_000);
    const { stepped, seen } = strategyOf<Plain>(result);
    const { holes } = result.session!.streams[0]!;
    const lost = holes.flatMap(({ start: from, end }) => Array.from({ length: (end - from) / minute }, (_, k) => from + k * minute));
    expect(lost.length).toBeLessThan(10);
    expect([...stepped, ...lost].sort((a, b) => a - b)).toEqual(Array.from({ length: 110 + lost.length }, (_, k) => holes[0]!.start + k * minute));
    // Each is asked for once.
    expect(seen.filter((text) => text.includes('missing bars could not be fetched'))).toHaveLength(holes.length);
  }); // prettier-ignore

  it('tells strategies what becomes of the stream, and refuses orders while it is away', async () => {
    class Eager extends Listening {
      override notifyData(data: unknown, state: string, reason: string): void {
        super.notifyData(data, state, reason);
        if (state !== 'live') this.buy();
      }
    }
    const one = setup({ drops: [{ from: at(50) + 30_000, to: at(52) }] });
    one.cerebro.addStrategy(Eager);
    const result = await run(one, { maxSteps: 60 });
    const told = strategyOf<Eager>(result).seen.filter((text) => text.startsWith('data'));
    expect(told).toEqual(['data live: subscribed', 'data connecting: socket closed', 'data live: data']);
    const [order] = result.strategies[0]!.orders;
    expect(order).toMatchObject({ status: 'rejected', reason: `the stream of 'BTC/USDT' is connecting` });

    const sent = setup({ drops: [{ from: at(50) + 30_000, to: at(52) }] });
    sent.cerebro.addStrategy(Eager);
    const other = await run(sent, { maxSteps: 60, staleOrders: 'send' });
    expect(other.strategies[0]!.orders[0]).toMatchObject({ status: 'completed' });
  });

  it('refuses orders on bars that come long after they closed, and does not call the stream live on them', async () => {
    class Always extends Strategy {
      readonly states: unknown[] = [];

      override next(): void {
        this.states.push(this.data.stream!.state);
        this.buy();
      }
    }
    const drops = [
      { from: at(50) + 30_000, to: at(56) + 30_000 },
      { from: at(59) + 50_000, to: at(60) + 5_000 },
    ];
    const made = setup({ drops });
    const { history, runtime } = made;
    const serve = history.fetch.bind(history);
    // The bar of the second break is served only after the market has closed two more.
    history.fetch = (range) =>
      range.start >= at(59) && runtime.now() < at(62) ? Promise.reject(new Error('ECONNREFUSED')) : serve(range);
    made.cerebro.addStrategy(Always);
    const result = await run(made, { maxSteps: 70 }, 1_000);
    const { orders } = result.strategies[0]!;
    const refused = orders.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const order of refused) {
      expect(order.createdTime).toBeGreaterThan(at(50));
      expect(order.createdTime).toBeLessThanOrEqual(at(62));
    }
    const { states } = strategyOf<Always>(result);
    expect(states.map((state) => state !== 'live')).toEqual(orders.map((order) => refused.includes(order)));
    expect(states).toContain('resyncing');
  });

  it('counts late trades in its summary, and keeps them out of every bar', async () => {
    const one = setup();
    one.cerebro.addStrategy(Listening);
    one.runtime.after(at(100) + 30_000 - one.runtime.now(), () => {
      one.tape.trade(9_999, 5, at(98) + 10_000);
      one.tape.trade(9_999, 5, at(99) + 10_000);
    });
    const result = await run(one, { maxSteps: 110 });
    expect(result.session!.streams[0]!.lateTrades).toBe(2);
    expect(result.warnings).toContain(`2 trades of 'BTC/USDT' came after the bar was closed: they are in no bar`);
    expect(strategyOf<Listening>(result).closes).not.toContain(9_999);
  });

  it('fetches the bars of trades that its full queue had no room for: no hole, and the bars of the exchange', async () => {
    const one = setup();
    class Stalling extends Listening {
      readonly seenBars: number[][] = [];
      override next(): void {
        super.next();
        const { time, open, high, low, close, volume } = this.data;
        this.seenBars.push([time, open.now, high.now, low.now, close.now, volume.now]);
        // More trades than fit come while the session is busy with this bar, at prices that no bar of the exchange has.
        if (time === at(70)) for (let k = 0; k < 200; k++) one.tape.trade(9_999, 1);
      }
    }
    one.cerebro.addStrategy(Stalling);
    const result = await run(one, { maxSteps: 100, queueLimit: 32 }, 1_000);
    const { seenBars, seen } = strategyOf<Stalling>(result);
    const { queue, streams } = result.session!;
    expect(queue).toEqual({ limit: 32, most: 33, replaced: 0, dropped: 168 });
    expect(seen.filter((text) => text.includes('a gap'))).toEqual([
      `tape: a gap in trade of BTC/USDT: the session's queue was full at 32`,
    ]);
    // The bar in which the stream began, the one of the gap, and those that no trade closed in time.
    expect(streams[0]).toMatchObject({ breaks: 1 });
    expect(streams[0]!.fetched).toBeGreaterThanOrEqual(2);
    expect(seenBars.map(([time]) => time)).toEqual([...bars.time.slice(33, 100)]);
    const first = bars.time.indexOf(seenBars[0]![0]!);
    const { time, open, high, low, close, volume } = bars;
    const expected = seenBars.map((_, k) => [time, open, high, low, close, volume].map((column) => column[first + k]!));
    expect(seenBars).toEqual(expected);
  });

  it('closes bars by the clock in a silent market, with what the exchange says of the silence', async () => {
    const one = setup({ silences: [{ from: at(60) + 59_000, to: at(64) }] });
    one.cerebro.addStrategy(Listening);
    const result = await run(one, { maxSteps: 80 }, 1_000);
    expect(strategyOf<Listening>(result).stepped.slice(-20)).toEqual(Array.from({ length: 20 }, (_, k) => at(60 + k)));
  });

  it('ends when its signal does: strategies stopped, sources closed, the result given', async () => {
    const one = setup();
    one.cerebro.addStrategy(Listening);
    const ending = new AbortController();
    one.runtime.after(at(30) + 45_000 - one.runtime.now(), () => {
      ending.abort();
    });
    const result = await run(one, { signal: ending.signal, maxSteps: 1_000 });
    expect(result.session!.ended).toBe('it was told to end');
    expect(result.steps).toBe(30);
    expect(strategyOf<Listening>(result).hasStopped).toBe(true);
    expect(one.tape.isClosed).toBe(true);
    expect(one.runtime.pending).toBeLessThan(60);
  });

  it('ends with the error of a strategy that throws, its sources closed', async () => {
    class Failing extends Strategy {
      override next(): void {
        if (this.data.length === 20) throw new Error('out of luck');
      }
    }
    const one = setup();
    one.cerebro.addStrategy(Failing);
    await expect(run(one)).rejects.toThrow(/Failing threw at the bar of 2024-01-01 00:19.*: out of luck/);
    expect(one.tape.isClosed).toBe(true);
    // And the feed can be used again.
    expect(one.cerebro).toBeDefined();
  });

  it('stops a strategy that answers each fill with another order', async () => {
    class Mad extends Strategy {
      override next(): void {
        this.buy();
      }
      override notifyOrder(order: { status: string; isBuy: boolean }): void {
        if (order.status !== 'completed') return;
        if (order.isBuy) this.sell();
        else this.buy();
      }
    }
    const one = setup();
    one.cerebro.addStrategy(Mad);
    await expect(run(one)).rejects.toThrow('look at what it does in notifyOrder');
  });

  it('steps with several datas once all are known up to then', async () => {
    const runtime = new SimulatedRuntime(1, start - 10_000);
    const others = tapeBars(6, 400, { price: 50 });
    const tapes = [
      new Tape(runtime, bars),
      new Tape(runtime, others, 'ETH/USDT', { silences: [{ from: at(20), to: at(24) }] }),
    ];
    const histories = [new TapeHistory(runtime, bars), new TapeHistory(runtime, others)];
    class Both extends Strategy {
      readonly spread = this.data.close.sub(this.getData('ETH/USDT').close.onto(this.data));
      readonly slow = sma(this.getData('slow').close, 3);
      readonly rows: number[][] = [];
      override next(): void {
        this.rows.push([...this.datas.map(({ time }) => time), this.spread.now, this.slow.now]);
      }
    }
    const build = (
      feeds: readonly [BarsDataFeed | StreamingFeed, BarsDataFeed | StreamingFeed],
      cerebro: Cerebro,
    ): Cerebro =>
      cerebro.addData(feeds[0]).addData(feeds[1]).resampleData('BTC/USDT', '5m', { name: 'slow' }).addStrategy(Both);
    const live = (k: number): StreamingFeed =>
      new StreamingFeed({
        exchange: 'tape', symbol: tapes[k]!.symbol, timeframe: '1m', history: 0, source: tapes[k]!, closedBars: histories[k]!,
      }); // prettier-ignore
    const paper = build([live(0), live(1)], new Cerebro({ runtime }));
    const result = await drive(runtime, paper.run({ mode: 'paper', maxSteps: 200 }), 1_000, () => tapes[1]!.isOpen);
    const feed = (symbol: string, of: Bars): BarsDataFeed => new BarsDataFeed({ symbol, timeframe: '1m', bars: of });
    const back = await build([feed('BTC/USDT', cut(220)), feed('ETH/USDT', cut(220, others))], new Cerebro()).run();
    const [rows, expected] = [strategyOf<Both>(result).rows, strategyOf<Both>(back).rows];
    expect(rows.length).toBeGreaterThan(180);
    expect(rows).toEqual(expected.slice(0, rows.length));
  });

  it('lets a data stand still in minutes in which nothing of it was traded', async () => {
    const runtime = new SimulatedRuntime(1, start - 10_000);
    const whole = tapeBars(6, 120, { price: 50 });
    const kept = [...whole.time.keys()].filter((i) => i % 7 !== 3 && !(i > 30 && i < 36));
    const column = (of: Float64Array): Float64Array => Float64Array.from(kept, (i) => of[i]!);
    const { time, open, high, low, close, volume } = whole;
    const thin: Bars = { time: column(time), open: column(open), high: column(high), low: column(low), close: column(close), volume: column(volume) }; // prettier-ignore
    class Both extends Strategy {
      readonly rows: unknown[] = [];
      override next(): void {
        this.rows.push(
          this.datas.map(({ time: opened, length, isNew, close: { now } }) => [opened, length, isNew, now]),
        );
      }
    }
    const symbols = ['BTC/USDT', 'ETH/USDT'];
    const [tapes, histories] = [[bars, thin].map((of, k) => new Tape(runtime, of, symbols[k])), [bars, thin].map((of) => new TapeHistory(runtime, of))]; // prettier-ignore
    const paper = new Cerebro({ runtime }).addStrategy(Both);
    for (const [k, source] of tapes.entries()) {
      paper.addData(
        new StreamingFeed({
          exchange: 'tape', symbol: symbols[k]!, timeframe: '1m', history: 0, source, closedBars: histories[k]!,
        }),
      ); // prettier-ignore
    }
    const result = await drive(runtime, paper.run({ mode: 'paper', maxSteps: 90 }), 1_000, () => tapes[1]!.isOpen);
    const back = new Cerebro().addStrategy(Both);
    for (const [k, of] of [cut(120), thin].entries()) {
      back.addData(new BarsDataFeed({ symbol: symbols[k]!, timeframe: '1m', bars: of }));
    }
    const [rows, expected] = [strategyOf<Both>(result).rows, strategyOf<Both>(await back.run()).rows];
    expect(rows.length).toBeGreaterThan(80);
    expect(rows).toEqual(expected.slice(0, rows.length));
  });

  it('lets longer bars grow as in a backtest', async () => {
    class Growing extends Strategy {
      readonly slow = this.getData('slow');
      readonly trend = sma(this.slow.close, 3);
      readonly rows: unknown[] = [];
      override next(): void {
        const { slow } = this;
        this.rows.push([slow.length, slow.partial, slow.time, slow.high.now, slow.close.now, this.trend.now]);
      }
    }
    const one = setup();
    one.cerebro.replayData('BTC/USDT', '5m', { name: 'slow' }).addStrategy(Growing);
    const live = strategyOf<Growing>(await run(one, { maxSteps: 200 })).rows;
    const cerebro = new Cerebro({ cash: 100_000 }).addData(
      new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1m', bars: cut(200) }),
    );
    const back = await cerebro.replayData('BTC/USDT', '5m', { name: 'slow' }).addStrategy(Growing).run();
    const expected = strategyOf<Growing>(back).rows;
    expect(live.length).toBeGreaterThan(150);
    expect(live).toEqual(expected);
  });

  it('shows the market between bars as it has consumed it', async () => {
    const views: unknown[] = [];
    class Looking extends Strategy {
      override next(): void {
        const stream = this.data.stream!;
        const last = stream.recentTrades(1)[0]!;
        // The trade that closed the bar belongs to the next: it is not known yet.
        views.push([
          last.time! < this.data.closeTime,
          last.price === this.data.close.now,
          stream.quote !== undefined,
          stream.state,
        ]);
      }
    }
    const one = setup();
    one.cerebro.addStrategy(Looking);
    await run(one, { maxSteps: 50 }, 1_000);
    expect(new Set(views.slice(1).map((view) => JSON.stringify(view)))).toEqual(new Set(['[true,true,true,"live"]']));
  });
});

describe('options of a live run', () => {
  const cerebro = (): Cerebro => {
    const { cerebro: made } = setup();
    return made.addStrategy(Listening);
  };

  it('are refused when unknown, wrong, or for another mode', async () => {
    const wrong: [object, string][] = [
      [
        { mode: 'live' },
        `mode 'live' would send orders for real money, which is refused unless allowRealOrders is true: use 'sandbox' or 'paper'`,
      ],
      [
        { mode: 'papper' },
        `mode must be one of backtest, recording, paper, sandbox, live, was 'papper': did you mean 'paper'?`,
      ],
      [{ mode: 'paper', journl: 'x' }, `unknown option of run in mode 'paper' 'journl': did you mean 'journal'?`],
      [{ mode: 'paper', keepBars: 0 }, 'keepBars must be a whole number of at least 1, was 0'],
      [
        { mode: 'paper', intents: 'x' },
        `intents is for modes 'sandbox' and 'live': in mode 'paper' no order leaves this program`,
      ],
      [{ mode: 'paper', earlierOrders: 'keep' }, `earlierOrders is for modes 'sandbox' and 'live'`],
      [{ mode: 'sandbox', earlierOrders: 'hold' }, `earlierOrders must be 'cancel' or 'keep', was 'hold'`],
      [{ mode: 'recording' }, `feed 'BTC/USDT' has no recording to play: give it the option recording`],
      [{ journal: 'x' }, `unknown option of run 'journal'`],
    ];
    for (const [options, message] of wrong)
      await expect(cerebro().run(options as LiveRunOptions)).rejects.toThrow(message);
  });

  it('need datas that stream, and nothing that only history can grant', async () => {
    const still = new Cerebro()
      .addStrategy(Listening)
      .addData(new BarsDataFeed({ name: 'still', timeframe: '1m', bars }));
    await expect(still.run({ mode: 'paper' })).rejects.toThrow(`'still' is a BarsDataFeed: use a StreamingFeed`);
    const { tape } = setup();
    const feed = new StreamingFeed({
      exchange: 'tape',
      symbol: 'BTC/USDT',
      timeframe: '1m',
      source: tape,
      closedBars: false,
    });
    const open = new Cerebro({ cheatOnOpen: true }).addStrategy(Listening).addData(feed);
    await expect(open.run({ mode: 'paper' })).rejects.toThrow('cheatOnOpen');
  });
});

describe('the journal of a session', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  class Trading extends Strategy<typeof Trading.params> {
    static readonly params = { every: 7 };
    override next(): void {
      if (this.data.length % this.params.every === 0) this.buy();
      if (this.data.length % 11 === 0) this.close();
    }
  }

  it('names the first decision that is made otherwise, and what is set up otherwise', async () => {
    const one = setup({ drops: [{ from: at(40) + 30_000, to: at(43) }] });
    one.cerebro.addStrategy(Trading);
    const journal = join(folder, 'one.journal');
    const result = await run(one, { maxSteps: 100, journal });
    const same = setup();
    const again = await same.cerebro.addStrategy(Trading).replayJournal(journal);
    expect(again).toMatchObject({ difference: undefined, cut: undefined, inputs: result.session!.inputs });

    class Changed extends Trading {
      override next(): void {
        if (this.data.length === 22) this.sell({ size: 3 });
        super.next();
      }
    }
    Object.defineProperty(Changed, 'name', { value: 'Trading' });
    const other = await setup().cerebro.addStrategy(Changed).replayJournal(journal);
    expect(other.difference).toBeDefined();
    const [was, is] = [other.difference!.was!, other.difference!.is!].map(
      (text) => JSON.parse(text) as { kind: string },
    );
    expect(was).toMatchObject({ kind: 'order', side: 'sell', size: 2 });
    expect(is).toMatchObject({ kind: 'order', side: 'sell', size: 3 });

    const params = setup().cerebro.addStrategy(Trading, { every: 8 });
    await expect(params.replayJournal(journal)).rejects.toThrow(
      /strategy 1 of the session in .* was .*"every":7.*, here it is .*"every":8/,
    );
  });

  it('holds no secret', async () => {
    const secret = 'hush-hush-0123456789';
    const one = setup({}, { connection: { apiKey: secret, secret, config: { password: secret } } });
    one.cerebro.addStrategy(Trading);
    const journal = join(folder, 'secret.journal');
    await run(one, { maxSteps: 20, journal });
    expect(readFileSync(journal).length).toBeGreaterThan(1_000);
    expect(readFileSync(journal).includes(secret)).toBe(false);
  });

  it('of a session that was not told to end is replayed as far as it goes, and that is said', async () => {
    const one = setup();
    one.cerebro.addStrategy(Trading);
    const journal = join(folder, 'cut.journal');
    const running = one.cerebro.run({ mode: 'paper', journal });
    running.catch(() => undefined);
    while (!one.tape.isOpen) await settle();
    for (let k = 0; k < 50; k++) {
      one.runtime.advance(minute);
      await settle();
    }
    const again = await setup().cerebro.addStrategy(Trading).replayJournal(journal);
    expect(again.difference).toBeUndefined();
    expect(again.cut).toContain('did not end properly');
    expect(again.result.steps).toBeGreaterThan(40);
  });
});

/** The first bars. */
function cut(count: number, of = bars): Bars {
  const { time, open, high, low, close, volume } = of;
  const part = (column: Float64Array): Float64Array => column.slice(0, count);
  return {
    time: part(time),
    open: part(open),
    high: part(high),
    low: part(low),
    close: part(close),
    volume: part(volume),
  };
}
