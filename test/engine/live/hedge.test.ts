/** Both sides of one contract at once, in a backtest, on paper and in a sandbox, worked through by hand: opened, added to, partly closed, paid funding, one side liquidated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  AccountCosts, DrawDown, Exposure, Fees, GrossLeverage, PositionsValue, Returns, SQN, TimeReturn, TradeAnalyzer, Transactions, Turnover, VaR,
  type TradeAnalysis,
} from '../../../src/analyzers/index.ts'; // prettier-ignore
import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { balanceText } from '../../../src/venue/index.ts';
import { bothVenues, DirectVenue, perpInstrument, perpSymbol } from './contracts.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedge-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const analyzers = [
  AccountCosts, Returns, TimeReturn, DrawDown, TradeAnalyzer, Transactions, PositionsValue, GrossLeverage, Exposure, Turnover, Fees, VaR, SQN,
] as const; // prettier-ignore

/** Opens of the bars from minute 20 on, and the last close; 1,000 before. At minute 26 the market jumps. */
const opens = [1000, 1000, 1010, 1020, 1020, 1020, 1100, 1100, 1100, 1100, 1100, 1100, 1090, 1090, 1090, 1090];
const jump = 26;
const count = 36;

function market(): Bars {
  const bars = createBars(count);
  const openOf = (k: number): number => opens[Math.min(k, count - 1) - 20] ?? 1000;
  for (let k = 0; k < count; k++) {
    const [open, close] = [openOf(k), k + 1 === jump ? openOf(k) : openOf(k + 1)];
    bars.time[k] = start + k * minute;
    bars.open[k] = open;
    bars.close[k] = close;
    bars.high[k] = Math.max(open, close) + 1;
    bars.low[k] = Math.min(open, close) - 1;
    bars.volume[k] = 1_000;
  }
  return bars;
}

const funding = [
  { time: start + 24 * minute, rate: 0.001 },
  { time: start + 25 * minute, rate: -0.0004 },
  { time: start + 30 * minute, rate: -0.0005 },
];

/** What the account should show after the bars of these minutes. */
interface Shown {
  /** What is free and the margins of positions. */
  readonly wallet: number;
  readonly up: readonly [size: number, price: number, margin: number];
  readonly down: readonly [size: number, price: number, margin: number];
}

/*
 * Isolated, 10 times, a fee of 0.05 % for takers, maintenance of 0.4 %, a liquidation fee of 1.25 %.
 *
 * 20  4 long at 1,000: value 4,000, margin 400, fee 2. 2 short at 1,000: value 2,000, margin 200, fee 1.     10,000 - 3         =  9,997
 * 21  1 long more at 1,010: fee 0.505, margin 101. Entry (4,000 + 1,010) / 5 = 1,002; margin 501.            - 0.505            =  9,996.495
 * 22  1 short bought back at 1,020: loses 20, fee 0.51; half of its margin is free.                          - 20.51            =  9,975.985
 * 24  Funding of 0.1 % at 1,020: the longs pay 5,100 x 0.001 = 5.1, the short receives 1.02.                 - 5.1 + 1.02       =  9,971.905
 *     Margins 501 - 5.1 = 495.9 and 100 + 1.02 = 101.02.
 * 25  Funding of -0.04 %: the longs receive 2.04, the short pays 0.408.                                      + 2.04 - 0.408     =  9,973.537
 *     Margins 497.94 and 100.612. The short ends where 100.612 + (1,000 - p) = 0.004 p: p = 1,096.227.
 * 26  The market opens at 1,100: the short loses 100 and 13.75 of fee, of which it has 100.612; insurance pays 13.138.
 *                                                                                                            - 100.612          =  9,872.925
 * 27  2 longs sold at 1,100: gain 2 x 98 = 196, fee 1.1; margin 497.94 x 3 / 5 = 298.764.                    + 194.9            = 10,067.825
 * 30  Funding of -0.05 % at 1,100: 3 longs receive 1.65.                                                     + 1.65             = 10,069.475
 * 31  3 longs sold at 1,090: gain 3 x 88 = 264, fee 1.635.                                                   + 262.365          = 10,331.84
 */
const byHand: Readonly<Record<number, Shown>> = {
  21: { wallet: 9_997, up: [4, 1_000, 400], down: [-2, 1_000, 200] },
  22: { wallet: 9_996.495, up: [5, 1_002, 501], down: [-2, 1_000, 200] },
  23: { wallet: 9_975.985, up: [5, 1_002, 501], down: [-1, 1_000, 100] },
  24: { wallet: 9_971.905, up: [5, 1_002, 495.9], down: [-1, 1_000, 101.02] },
  25: { wallet: 9_973.537, up: [5, 1_002, 497.94], down: [-1, 1_000, 100.612] },
  27: { wallet: 9_872.925, up: [5, 1_002, 497.94], down: [0, 0, 0] },
  28: { wallet: 10_067.825, up: [3, 1_002, 298.764], down: [0, 0, 0] },
  31: { wallet: 10_069.475, up: [3, 1_002, 300.414], down: [0, 0, 0] },
  32: { wallet: 10_331.84, up: [0, 0, 0], down: [0, 0, 0] },
};

class Both extends Strategy {
  readonly shown = new Map<number, Shown>();
  readonly liquidationPrices = new Map<number, readonly unknown[]>();
  readonly up = this.getData('up');
  readonly down = this.getData('down');
  #last = -1;

  override next(): void {
    const at = (this.data.time - start) / minute;
    // A session hears of the two datas one after the other: the account is read once both have the bar.
    if (this.up.length === 0 || this.down.length === 0 || this.up.time !== this.down.time || at === this.#last) return;
    this.#last = at;
    const shown = (name: string): readonly [number, number, number] => {
      const { size, price, margin = NaN } = this.getPosition(name);
      return [size, price, margin];
    };
    const [up, down] = [shown('up'), shown('down')];
    this.shown.set(at, { wallet: this.broker.cash + up[2] + down[2], up, down });
    if (at === 25) this.liquidationPrices.set(at, [this.getPosition('up').liquidationPrice, this.getPosition('down').liquidationPrice]); // prettier-ignore
    if (at === 20) {
      this.buy({ data: 'up', size: 4 });
      this.sell({ data: 'down', size: 2 });
    }
    if (at === 21) this.buy({ data: 'up', size: 1 });
    if (at === 22) this.buy({ data: 'down', size: 1 });
    if (at === 27) this.sell({ data: 'up', size: 2 });
    if (at === 31) this.close({ data: 'up' });
  }
}

function cerebroOf(feeds: readonly [DataFeed, DataFeed], more: object = {}): Cerebro {
  const account = { cash: { USDT: 10_000 }, leverage: 10, margin: 'isolated', positionMode: 'hedge' } as const;
  const cerebro = new Cerebro({ account, ledger: 'decimal', ...more });
  cerebro.addData(feeds[0], 'up').addData(feeds[1], 'down');
  cerebro.setInstrument('up', { ...perpInstrument, funding, positionSide: 'long' });
  cerebro.setInstrument('down', { ...perpInstrument, funding, positionSide: 'short' });
  for (const analyzer of analyzers) cerebro.addAnalyzer(analyzer as typeof Returns);
  return cerebro.addStrategy(Both);
}

const backFeed = (bars: Bars): DataFeed =>
  new BarsDataFeed({ symbol: perpSymbol, timeframe: '1m', bars, instrument: perpInstrument });

function liveFeed(): DataFeed {
  return new StreamingFeed({
    exchange: 'binanceusdm', symbol: perpSymbol, timeframe: '1m', history: 0, closedBars: false, instrument: perpInstrument,
    staleMs: { trade: 600_000, quote: 600_000 },
  }); // prettier-ignore
}

interface LiveRun {
  readonly result: RunResult;
  /** What the exchange has booked in all, where orders went there. */
  readonly moved: number;
}

interface LiveOptions {
  /** Whether the exchange says the side of each payment. */
  readonly saysSides?: boolean;
  readonly rates?: typeof funding;
  /** The minute in which a first session ends, before another goes on with its positions. */
  readonly restartsIn?: number;
}

async function live(
  mode: 'paper' | 'sandbox',
  { saysSides = true, rates = funding, restartsIn }: LiveOptions = {},
): Promise<LiveRun> {
  const bars = market();
  const venues = bothVenues(bars, bars, '1m', start - 5_000, { funding: { [perpSymbol]: rates } });
  const { runtime, network, perp } = venues;
  const gateway = new DirectVenue('binanceusdm', perp);
  gateway.saysSides = saysSides;
  const wallet = (): number => {
    const { free, locked } = perp.exchange.account('own').holding('USDT');
    return Number(balanceText(free + locked));
  };
  const before = wallet();
  const name = `${mode}-${saysSides}-${restartsIn ?? ''}`;
  const run = (until: number): Promise<RunResult> => {
    network.isUsed = false;
    const running = cerebroOf([liveFeed(), liveFeed()], { runtime }).run({
      mode, until: start + until * minute + 20_000, clockMs: 1_000, network, session: name,
      ...(mode === 'sandbox' && { gateway, intents: join(folder, `${name}.db`) }),
    });
    return drive(runtime, running, 1_000, () => {
      if (!network.isUsed) runtime.advance(0.1);
      return network.isUsed;
    });
  }; // prettier-ignore
  venues.start();
  if (restartsIn !== undefined) await run(restartsIn);
  const result = await run(count - 1);
  return { result, moved: wallet() - before };
}

function check(result: RunResult): void {
  const { shown, liquidationPrices } = result.strategies[0]!.strategy as unknown as Both;
  for (const [minuteOf, wanted] of Object.entries(byHand)) {
    const seen = shown.get(Number(minuteOf))!;
    const flat = ({ wallet, up, down }: Shown): number[] => [wallet, ...up, ...down];
    flat(wanted).forEach((value, k) => {
      const place = `minute ${minuteOf}, ${['wallet', 'up size', 'up price', 'up margin', 'down size', 'down price', 'down margin'][k]!}`; // prettier-ignore
      expect(flat(seen)[k], place).toBeCloseTo(value, 8);
    });
  }
  const [up, down] = liquidationPrices.get(25) as [number, number];
  // 497.94 + 5 (p - 1,002) = 5 p x 0.004.
  expect(up).toBeCloseTo((5_010 - 497.94) / (5 * 0.996), 8);
  expect(down).toBeCloseTo(1_100.612 / 1.004, 8);
  expect(result.finalValue).toBeCloseTo(10_331.84, 8);
  const { liquidations, funding: paid } = result.account!;
  expect(liquidations.map(({ data, side, size, price }) => [data, side, size, price])).toEqual([
    ['down', 'buy', 1, 1_100],
  ]);
  const amounts = paid.map(({ data, amount }) => `${data} ${amount.toFixed(6)}`).sort();
  expect(amounts).toEqual(['down -0.408000', 'down 1.020000', 'up -5.100000', 'up 1.650000', 'up 2.040000']);
  const { trades } = result.strategies[0]!;
  // Of the short: -20 - 100, and fees of 1, 0.51 and 13.75. Of the longs: 196 + 264, and fees of 2, 0.505, 1.1 and 1.635.
  expect(trades.map(({ data, pnl }) => [data.name, Math.round(pnl * 1e6) / 1e6])).toEqual([
    ['down', -120],
    ['up', 460],
  ]);
  expect(trades.map(({ exit }) => exit)).toEqual(['liquidation', 'signal']);
}

/** Numbers to nine digits, as decimals and floats agree. */
function rounded(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return rounded([...(value as Float64Array)]);
  if (typeof value === 'number') return Number.isFinite(value) ? +value.toPrecision(9) : value;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rounded(one)]));
}

describe('long and short of one contract at once', () => {
  it('in a backtest', async () => {
    const bars = sliceBars(market(), 1, count - 1);
    check(await cerebroOf([backFeed(bars), backFeed(bars)]).run());
  });

  it('on paper', async () => {
    check((await live('paper')).result);
  });

  it('at an exchange, which books the same', async () => {
    const { result, moved } = await live('sandbox');
    check(result);
    expect(moved).toBeCloseTo(331.84, 6);
  });

  it('at an exchange, over a restart between two payments', async () => {
    const { result, moved } = await live('sandbox', { restartsIn: 24 });
    const { shown } = result.strategies[0]!.strategy as unknown as Both;
    for (const at of [27, 28, 31, 32]) {
      expect([at, shown.get(at)!.up.map((one) => Math.round(one * 1e6) / 1e6)]).toEqual([at, byHand[at]!.up]);
      expect(shown.get(at)!.wallet).toBeCloseTo(byHand[at]!.wallet, 8);
    }
    expect(result.account!.liquidations.map(({ data, side }) => [data, side])).toEqual([['down', 'buy']]);
    expect(result.finalValue).toBeCloseTo(10_331.84, 8);
    expect(moved).toBeCloseTo(331.84, 6);
  });

  it('gives analyzers what the hand finds', async () => {
    const bars = sliceBars(market(), 1, count - 1);
    const [strategy] = (await cerebroOf([backFeed(bars), backFeed(bars)]).run()).strategies;
    const { split, funding: received, liquidations } = strategy!.analyzer(AccountCosts);
    // Prices: -20 - 100 + 196 + 264. Fees: 2 + 1 + 0.505 + 0.51 + 1.1 + 1.635, and 13.75 of the liquidation. They add up to 331.84.
    expect(rounded(split)).toEqual({ USDT: { price: 340, funding: -0.798, fees: -20.5, insurance: 13.138 } });
    expect([rounded(received), liquidations]).toEqual([{ USDT: -0.798 }, 1]);
    expect(strategy!.analyzer(Returns).total).toBeCloseTo(0.033184, 12);
    // Peak after minute 30: 10,069.475 + 3 x 98. Trough after minute 32, when all is closed.
    const { max } = strategy!.analyzer(DrawDown);
    expect(max.money).toBeCloseTo(10_363.475 - 10_331.84, 8);
    expect(max.depth).toBeCloseTo(31.635 / 10_363.475, 12);
    const { total, pnl } = strategy!.analyzer(TradeAnalyzer);
    expect([total.closed, total.open]).toEqual([2, 0]);
    expect(pnl.net.total).toBeCloseTo(340 - 20.5, 8);
  });

  it('gives every analyzer the same figures, but for the bars of a trade that paper liquidates', async () => {
    const bars = sliceBars(market(), 1, count - 1);
    const read = (result: RunResult): Record<string, unknown> =>
      Object.fromEntries(
        analyzers.map((one) => [one.name, rounded(result.strategies[0]!.analyzer(one as typeof Returns))]),
      );
    const back = read(await cerebroOf([backFeed(bars), backFeed(bars)]).run());
    expect(read((await live('sandbox')).result)).toEqual(back);
    // Paper fills at once, a bar before the backtest, and liquidates with the bar, as a backtest does: one bar more of the short.
    const { TradeAnalyzer: trades, ...others } = read((await live('paper')).result);
    const { TradeAnalyzer: wanted, ...same } = back;
    expect(others).toEqual(same);
    const { length, ...figures } = trades as TradeAnalysis;
    const { length: lengthOfBacktest, ...figuresOfBacktest } = wanted as TradeAnalysis;
    expect(figures).toEqual(figuresOfBacktest);
    expect([length.total, length.lost.total]).toEqual([lengthOfBacktest.total + 1, lengthOfBacktest.lost.total + 1]);
  });

  it('at an exchange that does not say which side a payment is for: longs pay, and a single side has it', async () => {
    const { result, moved } = await live('sandbox', { saysSides: false, rates: [funding[0]!, funding[2]!] });
    // Without minute 25: 1.632 less of funding, and 0.408 more of margin for the short to lose.
    expect(result.finalValue).toBeCloseTo(10_329.8, 8);
    expect(moved).toBeCloseTo(329.8, 6);
    const amounts = result.account!.funding.map(({ data, amount }) => `${data} ${amount.toFixed(6)}`);
    expect(amounts.sort()).toEqual(['down 1.020000', 'up -5.100000', 'up 1.650000']);
  });
});
