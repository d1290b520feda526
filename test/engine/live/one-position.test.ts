/** Bars of two lengths of one instrument, and two markets of one coin: one position, in a backtest, on paper and at an exchange, worked through by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { InstrumentOptions, VenueAccountOptions } from '../../../src/broker/index.ts';
import { createBars, sliceBars, type Bars, type Instrument } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type RunResult, type SessionControl } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { balanceText } from '../../../src/venue/index.ts';
import { bothVenues, DirectVenue, perpInstrument, spotInstrument } from './contracts.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'one-position-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const count = 50;

/** 1,000 up to minute 20, then 10 more each minute, or as much as `step` says: a bar opens at one price and closes at the next. */
function market(length = 1, step = 10): Bars {
  const bars = createBars(Math.floor(count / length));
  const openOf = (k: number): number => 1_000 + step * Math.max(0, k - 20);
  for (let k = 0; k < bars.time.length; k++) {
    const [open, close] = [openOf(k * length), openOf((k + 1) * length)];
    bars.time[k] = start + k * length * minute;
    bars.open[k] = open;
    bars.close[k] = close;
    [bars.high[k], bars.low[k]] = [Math.max(open, close) + 1, Math.min(open, close) - 1];
    bars.volume[k] = 1_000 * length;
  }
  return bars;
}

type Act = (strategy: Scripted) => unknown;

/** Acts at the close of given minutes, and writes down what it holds. */
class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };
  readonly fast = this.getData('fast');
  readonly slow = this.getData('slow');
  /** By minute: size and entry as each data shows them. */
  readonly shown = new Map<number, readonly number[]>();
  /** Orders that a script asked for and that were not needed. */
  readonly notNeeded: number[] = [];
  #last = -1;

  override next(): void {
    const at = (this.fast.closeTime - start) / minute;
    if (this.fast.length === 0 || this.slow.length === 0 || at === this.#last) return;
    // In a session the bars that close together come one after the other.
    if (at % 5 === 0 && this.slow.closeTime !== this.fast.closeTime) return;
    this.#last = at;
    const [fast, slow] = [this.getPosition('fast'), this.getPosition('slow')];
    this.shown.set(at, [fast.size, fast.price, slow.size, slow.price]);
    this.params.script[at]?.(this);
  }

  ask(at: number, order: unknown): void {
    if (order === undefined) this.notNeeded.push(at);
  }
}

interface Case {
  readonly instrument: Instrument;
  readonly account: VenueAccountOptions;
  readonly instruments?: Readonly<Record<string, InstrumentOptions>>;
  readonly script: Readonly<Record<number, Act>>;
  readonly more?: object;
  /** What the price gains each minute from minute 20 on. */
  readonly step?: number;
}

function cerebroOf(
  feeds: readonly DataFeed[],
  { account, instruments = {}, script }: Case,
  more: object = {},
): Cerebro {
  const cerebro = new Cerebro({ account, ledger: 'decimal', strict: true, ...more });
  cerebro.addData(feeds[0]!, 'fast').addData(feeds[1]!, 'slow');
  for (const [name, options] of Object.entries(instruments)) cerebro.setInstrument(name, options);
  return cerebro.addStrategy(Scripted, { script });
}

async function backtest(of: Case): Promise<RunResult> {
  const { symbol } = of.instrument;
  const feeds = ([1, 5] as const).map((length) => {
    const bars = market(length, of.step);
    const kept = sliceBars(bars, 0, bars.time.length);
    return new BarsDataFeed({ symbol, timeframe: `${length}m`, bars: kept, instrument: of.instrument });
  });
  return cerebroOf(feeds, of, of.more).run();
}

/** @param flattenAt - The minute in which an operator flattens the session. */
async function live(of: Case, mode: 'paper' | 'sandbox', name: string, flattenAt?: number) {
  const bars = market(1, of.step);
  const venues = bothVenues(bars, bars, '1m', start - 5_000, {}, of.instrument.feeCurrency === 'received' ? 'received' : 'quote');
  const { runtime, network, perp, spot } = venues;
  const { exchange, symbol } = of.instrument;
  const place = exchange === 'binance' ? spot : perp;
  const feeds = ['1m', '5m'].map((timeframe) => new StreamingFeed({
    exchange: exchange!, symbol, timeframe, history: 0, closedBars: false, instrument: of.instrument, staleMs: { trade: 600_000, quote: 600_000 },
  }));
  const holding = (currency: string): number => {
    const { free, locked } = place.exchange.account('own').holding(currency);
    return Number(balanceText(free + locked));
  };
  const before = [holding('USDT'), holding('BTC')];
  venues.start();
  const running = cerebroOf(feeds, of, { runtime }).run({
    mode, until: start + (count - 1) * minute + 20_000, clockMs: 1_000, network, session: name,
    ...(flattenAt !== undefined && { onControl: (control: SessionControl) => {
      runtime.after(start + flattenAt * minute + 30_000 - runtime.now(), () => { control.flatten('by hand'); });
    } }),
    ...(mode === 'sandbox' && { gateway: new DirectVenue(exchange!, place), intents: join(folder, `${name}.db`) }),
  });
  const result = await drive(runtime, running, 1_000, () => {
    if (!network.isUsed) runtime.advance(0.1);
    return network.isUsed;
  });
  return { result, moved: [holding('USDT') - before[0]!, holding('BTC') - before[1]!] };
} // prettier-ignore

const scripted = (result: RunResult): Scripted => result.strategies[0]!.strategy as unknown as Scripted;
const round = (value: number): number => Math.round(value * 1e6) / 1e6;

async function everyMode(of: Case, name: string): Promise<readonly (readonly [mode: string, result: RunResult, moved?: readonly number[]])[]> {
  const sandbox = await live(of, 'sandbox', name);
  return [
    ['backtest', await backtest(of)],
    ['paper', (await live(of, 'paper', `${name}-paper`)).result],
    ['sandbox', sandbox.result, sandbox.moved],
  ];
} // prettier-ignore

const buyBoth: Readonly<Record<number, Act>> = {
  20: (one) => {
    one.ask(20, one.orderTargetSize(1, { data: 'fast' }));
    // The order above counts already.
    one.ask(20, one.orderTargetSize(1, { data: 'slow' }));
  },
  30: (one) => {
    one.ask(30, one.close({ data: 'slow', size: 0.5 }));
  },
  40: (one) => {
    one.ask(40, one.close({ data: 'slow' }));
    one.ask(40, one.close({ data: 'fast' }));
  },
};

describe('bars of a minute and of five minutes of one instrument', () => {
  /*
   * 1 bought at 1,000, half of it sold at 1,100 and the rest at 1,200 through the other data: 50 + 100 = 150 won.
   * A fee of 0.05 % takes 0.5 + 0.275 + 0.3 = 1.075 on contracts, one of 0.1 % on spot 1 + 0.55 + 0.6 = 2.15.
   */
  it.each([
    ['contracts', { instrument: perpInstrument, account: { cash: { USDT: 10_000 }, leverage: 5 }, script: buyBoth }, 148.925],
    ['spot', { instrument: spotInstrument, account: { cash: { USDT: 10_000 } }, script: buyBoth }, 147.85],
  ] as const)('have one position: %s', async (name, of, won) => {
    for (const [mode, result, moved] of await everyMode(of, name)) {
      const { shown, notNeeded } = scripted(result);
      expect([mode, shown.get(22)]).toEqual([mode, [1, 1_000, 1, 1_000]]);
      expect([mode, shown.get(38)]).toEqual([mode, [0.5, 1_000, 0.5, 1_000]]);
      expect([mode, shown.get(45)]).toEqual([mode, [0, 0, 0, 0]]);
      // The second target and the second close had nothing left to do.
      expect([mode, notNeeded]).toEqual([mode, [20, 40]]);
      const { trades, openTrades } = result.strategies[0]!;
      expect([mode, trades.map(({ data, pnl }) => [data.name, round(pnl)]), openTrades]).toEqual([mode, [['fast', 150]], []]); // prettier-ignore
      expect([mode, round(result.finalValue)]).toEqual([mode, 10_000 + won]);
      if (moved !== undefined) expect(moved.map(round)).toEqual([won, 0]);
    }
  }); // prettier-ignore

  it('are closed once by a person and by the end of a run', async () => {
    const script = { 20: (one: Scripted) => one.buy({ data: 'slow', size: 1 }) };
    const accounts = [
      [perpInstrument, { cash: { USDT: 10_000 }, leverage: 5 }],
      [spotInstrument, { cash: { USDT: 10_000 } }],
    ] as const;
    for (const [instrument, account] of accounts) {
      for (const mode of ['paper', 'sandbox'] as const) {
        const { result, moved } = await live(
          { instrument, account, script },
          mode,
          `flat-${mode}-${instrument.type}`,
          35,
        );
        const { orders, trades } = result.strategies[0]!;
        // It is closed where it was bought.
        expect([mode, orders.map(({ data, side, size, status }) => [data.name, side, size, status])]).toEqual([mode, [['slow', 'buy', 1, 'completed'], ['slow', 'sell', 1, 'completed']]]); // prettier-ignore
        expect([mode, trades.length, round(moved[1]!)]).toEqual([mode, 1, 0]);
        expect(result.warnings.filter((text) => text.includes('refused'))).toEqual([]);
      }
      const { strategies } = await backtest({ instrument, account, script, more: { closeAtEnd: true } });
      expect(strategies[0]!.orders.map(({ data, side }) => [data.name, side])).toEqual([['slow', 'buy'], ['slow', 'sell']]); // prettier-ignore
    }
  });

  it.each([
    // Bought at minute 13, after the fall: the bar of five minutes that shows it is no reason to liquidate.
    ['fast', 12, []],
    // Bought at the open of minute 10 through the bar that falls.
    ['slow', 10, [['slow', 1]]],
  ] as const)('are liquidated by what the position has seen: %s', async (data, at, liquidated) => {
    const dip = (length: number): Bars => {
      const bars = market(length);
      bars.open.fill(1_000);
      bars.close.fill(1_000);
      bars.high.fill(1_001);
      bars.low.fill(999);
      // The low of minute 11; a position of 10 times ends near 904.
      bars.low[Math.floor(11 / length)] = 850;
      return bars;
    };
    const funding = [{ time: start + 16 * minute, rate: 0.001 }];
    const feeds = ([1, 5] as const).map((length) => new BarsDataFeed({ symbol: perpInstrument.symbol, timeframe: `${length}m`, bars: dip(length), instrument: perpInstrument })); // prettier-ignore
    const of: Case = {
      instrument: perpInstrument,
      account: { cash: { USDT: 10_000 }, leverage: 10, margin: 'isolated' },
      instruments: { slow: { funding } },
      script: { [at]: (one) => one.buy({ data, size: 1 }) },
    };
    const { account, finalValue } = await cerebroOf(feeds, of).run();
    expect(account!.liquidations.map((one) => [one.data, one.size])).toEqual(liquidated);
    // What is left at minute 16 pays funding once: 1,000 x 0.001.
    expect(account!.funding.map(({ amount }) => amount)).toEqual(liquidated.length === 0 ? [-1] : []);
    if (liquidated.length === 0) expect(round(finalValue)).toBe(9_998.5);
  });
});

describe('one coin in two markets', () => {
  it('is one position: what is bought for USDT and sold for EUR is one trade, in USDT', async () => {
    const feeds = [['BTC/USDT', 1], ['BTC/EUR', 0.9]].map(([symbol, part]) => {
      const bars = market();
      for (const column of [bars.open, bars.high, bars.low, bars.close])
        column.set(column.map((price) => price * Number(part)));
      return new BarsDataFeed({ symbol: String(symbol), timeframe: '1m', bars });
    }); // prettier-ignore
    const script = {
      20: (one: Scripted) => one.buy({ data: 'fast', size: 1 }),
      30: (one: Scripted) => {
        one.ask(30, one.close({ data: 'slow' }));
        one.ask(30, one.close({ data: 'fast' }));
      },
    };
    const of: Case = { instrument: spotInstrument, account: { cash: { USDT: 10_000 } }, script };
    const result = await cerebroOf(feeds, of, { rates: { 'EUR/USDT': 1.1 } }).run();
    const { trades, openTrades } = result.strategies[0]!;
    expect([scripted(result).notNeeded, openTrades]).toEqual([[30], []]);
    // Sold for 990 EUR, which are 1,089 USDT.
    expect(trades.map(({ data, pnl }) => [data.name, round(pnl)])).toEqual([['fast', 89]]);
    expect(round(result.finalValue)).toBe(10_089);
  });
});

it.each([[{}], [{ closeAtEnd: true }]])('a position that a fee in the coin left off the lot is closed by whole lots: %j', async (more) => {
  const instrument = { ...spotInstrument, lot: 0.01, minSize: 0.01, feeCurrency: 'base' };
  const close: Act = (one) => one.close();
  const script = { 20: (one: Scripted) => one.buy({ size: 1 }), ...('closeAtEnd' in more ? {} : { 30: close }) };
  const of: Case = { instrument, account: { cash: { USDT: 10_000 } }, script, more };
  const result = await backtest(of);
  // 1 bought less a fee of 0.001; 0.99 sold, and 0.009 are less than a lot.
  const { orders, trades, openTrades } = result.strategies[0]!;
  expect(orders.map(({ side, size, status }) => [side, size, status])).toEqual([['buy', 1, 'completed'], ['sell', 0.99, 'completed']]);
  expect([trades.length, openTrades.length, result.account!.dust.length]).toEqual([1, 0, 1]);
}); // prettier-ignore

describe('a position of 0.4995 that a fee in the coin left off the lot of 0.001', () => {
  const instrument: Instrument = { ...spotInstrument, feeCurrency: 'received' };
  const buy: Act = (one) => one.buy({ size: 0.5 });
  it.each<[name: string, script: Readonly<Record<number, Act>>, step?: number]>([
    ['close', { 20: buy, 30: (one) => one.close() }],
    ['size', { 20: buy, 30: (one) => one.orderTargetSize(0) }],
    ['value', { 20: buy, 30: (one) => one.orderTargetValue(0) }],
    ['percent', { 20: buy, 30: (one) => one.orderTargetPercent(0) }],
    // Repeated every minute, the target buys nothing: what lacks is less than a lot.
    ['held', { 20: buy, 25: (one) => one.orderTargetSize(0.5), 26: (one) => one.orderTargetSize(0.5), 30: (one) => one.orderTargetSize(0) }],
    ['profit', { 20: (one) => one.buyBracket({ size: 0.5, stopLoss: 900, takeProfit: 1_100 }) }],
    ['stop', { 20: (one) => one.buyBracket({ size: 0.5, stopLoss: 900, takeProfit: 2_000 }) }, -10],
    ['reduced', { 20: buy, 30: (one) => one.sell({ size: 0.5, reduceOnly: true }) }],
  ])('is left by whole lots, and the rest is dust: %s', async (name, script, step) => {
    for (const [mode, { strategies, account }, moved] of await everyMode({ instrument, account: { cash: { USDT: 10_000 } }, script, ...(step !== undefined && { step }) }, `off-lot-${name}`)) {
      const { orders, trades, openTrades } = strategies[0]!;
      const filled = orders.filter(({ status }) => status === 'completed').map(({ side, size }) => [side, size]);
      expect([mode, filled]).toEqual([mode, [['buy', 0.5], ['sell', 0.499]]]);
      expect([mode, orders.filter(({ rule }) => rule !== undefined).map(({ rule }) => rule)]).toEqual([mode, []]);
      expect([mode, trades.length, openTrades.length]).toEqual([mode, 1, 0]);
      expect([mode, account?.dust.map(({ size }) => round(size))]).toEqual([mode, [0.0005]]);
      if (moved !== undefined) expect(round(moved[1]!)).toBe(0.0005);
    }
  }); // prettier-ignore
});

it('a position that binary fractions leave a little off the lot is closed whole', async () => {
  const instrument = { ...spotInstrument, lot: 0.1, minSize: 0.1 };
  const script = { 20: (one: Scripted) => one.buy({ size: 0.7 }), 25: (one: Scripted) => one.sell({ size: 0.4 }), 30: (one: Scripted) => one.close() };
  const { strategies, account } = await backtest({ instrument, account: { cash: { USDT: 10_000 } }, script, more: { ledger: 'float' } });
  expect(strategies[0]!.orders.map(({ size, status }) => [round(size), status])).toEqual([[0.7, 'completed'], [0.4, 'completed'], [0.3, 'completed']]);
  expect(account!.dust).toEqual([]);
}); // prettier-ignore

it.each(['backtest', 'paper', 'sandbox'] as const)('lot and tick that are said of one data hold for orders through the other: %s', async (mode) => {
  const script = {
    20: (one: Scripted) => {
      one.buy({ data: 'slow', size: 0.25 });
      one.buy({ data: 'slow', size: 0.2, type: 'limit', price: 903 });
    },
    22: (one: Scripted) => one.orderTargetValue(350, { data: 'slow' }),
  };
  const instruments = { fast: { lot: 0.1, minSize: 0.1, tick: 10 } };
  const of: Case = { instrument: spotInstrument, account: { cash: { USDT: 10_000 } }, instruments, script };
  const result = mode === 'backtest' ? await backtest(of) : (await live(of, mode, `lots-${mode}`)).result;
  const { orders } = result.strategies[0]!;
  expect(orders.map(({ size, rule }) => [size, rule])).toEqual([[0.25, 'lot'], [0.2, 'tick'], [0.3, undefined]]);
}); // prettier-ignore

it('lots that are said differently of two datas are refused', async () => {
  const instruments = { fast: { lot: 0.1 }, slow: { lot: 0.01 } };
  const of: Case = { instrument: spotInstrument, account: { cash: { USDT: 10_000 } }, instruments, script: {} };
  await expect(backtest(of)).rejects.toThrow('trade one position in BTC/USDT: lot must be the same for both, was 0.1 and 0.01');
}); // prettier-ignore
