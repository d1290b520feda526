/** Several strategies beside each other: each trades with its own positions and its own part of the cash. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DrawDown, GrossLeverage } from '../../../src/analyzers/index.ts';
import { BacktestBroker, fixedSize } from '../../../src/broker/index.ts';
import {
  Cerebro,
  Strategy,
  type CerebroOptions,
  type RunResult,
  type StrategyOptions,
  type StrategyResult,
} from '../../../src/engine/index.ts';
import { cashSharesOf } from '../../../src/engine/plan/cash-shares.ts';
import type { RunPlan } from '../../../src/engine/plan/plan.ts';
import { sharingWarnings } from '../../../src/engine/result/warnings.ts';
import type { StrategyRun } from '../../../src/engine/strategy/strategy-run.ts';
import { BarsDataFeed, StreamingFeed } from '../../../src/feeds/index.ts';
import { instrument, localVenue, symbol } from '../live/local.ts';
import { drive, start, tapeBars } from '../live/tape.ts';

const count = 600;
const bars = tapeBars(9, count, { tick: 1, price: 400 });
const options = { cash: 100_000, commission: 0.001 };

/** Is long for `every` bars, then out for as many. */
class Switch extends Strategy<typeof Switch.params> {
  static readonly params = { every: 20 };

  override next(): void {
    if (this.data.length % this.params.every !== 0) return;
    if (this.position.size === 0) this.buyBracket({ stopLoss: Math.round(this.data.close.now * 0.97) });
    else this.close();
  }
}

/** Sells short what `Switch` buys. */
class Against extends Strategy {
  override next(): void {
    if (this.data.length === 20) this.sell();
  }
}

const feed = (): BarsDataFeed => new BarsDataFeed({ symbol: 'X/USDT', timeframe: '1m', bars });
const cerebro = (more: CerebroOptions = {}): Cerebro => new Cerebro({ ...options, ...more }).addData(feed());
const story = ({ orders, trades, fills, finalValue, finalCash, equity }: StrategyResult) => ({
  orders: orders.map(({ side, type, size, status, createdTime }) => ({ side, type, size, status, createdTime })),
  trades: trades.map(({ pnlNet, openIndex, closeIndex, exit }) => ({ pnlNet, openIndex, closeIndex, exit })),
  fills: fills.map(({ time, size, price, commission }) => ({ time, size, price, commission })),
  finalValue,
  finalCash,
  value: Array.from(equity.value),
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beside-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(['float', 'decimal'] as const)('strategies beside each other, on the %s ledger', (ledger) => {
  it('trade as each would alone with its part of the cash, and the account is their sum', async () => {
    const both = await cerebro({ ledger })
      .addStrategy(Switch, { every: 20 }, { cash: 0.25 })
      .addStrategy(Switch, { every: 33 })
      .run();
    const parts = [
      await cerebro({ ledger, cash: 25_000 }).addStrategy(Switch, { every: 20 }).run(),
      await cerebro({ ledger, cash: 75_000 }).addStrategy(Switch, { every: 33 }).run(),
    ];
    expect(both.strategies[0]!.trades.length).toBeGreaterThan(5);
    for (const [k, part] of parts.entries()) {
      expect(story(both.strategies[k]!)).toEqual(story(part.strategies[0]!));
      expect(both.strategies[k]!.startValue).toBe(part.startValue);
    }
    expect(both.startValue).toBe(100_000);
    expect(both.finalValue).toBeCloseTo(sum(parts.map((part) => part.finalValue)), 6);
    expect(both.finalCash).toBeCloseTo(sum(parts.map((part) => part.finalCash)), 6);
    both.equity.value.forEach((value, step) => {
      expect(value).toBeCloseTo(sum(parts.map(({ equity }) => equity.value[step]!)), 6);
    });
    expect(both.stats.trades).toBe(sum(parts.map(({ stats }) => stats.trades)));
  });
});

describe('the cash of strategies beside each other', () => {
  const startValues = ({ strategies }: RunResult): number[] => strategies.map(({ startValue }) => startValue);

  it('is divided evenly, but for what was given', async () => {
    expect(startValues(await cerebro().addStrategy(Switch).addStrategy(Against).run())).toEqual([50_000, 50_000]);
    const three = cerebro().addStrategy(Switch, {}, { cash: 0.5 }).addStrategy(Against).addStrategy(Switch);
    expect(startValues(await three.run())).toEqual([50_000, 25_000, 25_000]);
  });

  it('lies idle where the shares leave some of it', async () => {
    const alone = await cerebro({ cash: 60_000 }).addStrategy(Switch).run();
    const result = await cerebro().addStrategy(Switch, {}, { cash: 0.6 }).run();
    expect(story(result.strategies[0]!)).toEqual(story(alone.strategies[0]!));
    expect(result.finalValue).toBeCloseTo(alone.finalValue + 40_000, 6);
  });

  it('is not lent: one strategy cannot spend what another leaves', async () => {
    class Rich extends Strategy {
      override next(): void {
        if (this.data.length === 5) this.buy({ size: 200 });
      }
    }
    const result = await cerebro().addStrategy(Rich).addStrategy(Against).run();
    expect(result.strategies[0]!.orders[0]!.status).toBe('margin');
  });

  it.each([
    [{ cash: 0 }, 'above 0 and at most 1, was 0'],
    [{ cash: 30 }, 'was 30: did you mean 0.3?'],
    [{ cash: NaN }, 'was NaN'],
    [{ csh: 0.3 }, "unknown option of addStrategy 'csh': did you mean 'cash'?"],
  ])('cannot be %j', (given, message) => {
    expect(() => cerebro().addStrategy(Switch, {}, given as StrategyOptions)).toThrow(message);
  });

  it('cannot add up to more than there is, nor leave a strategy without any', async () => {
    const over = cerebro().addStrategy(Switch, {}, { cash: 0.7 }).addStrategy(Against, {}, { cash: 0.5 });
    await expect(over.run()).rejects.toThrow('must not add up to more than 1, was 0.7 + 0.5 = 1.2');
    const none = cerebro().addStrategy(Switch, {}, { cash: 1 }).addStrategy(Against);
    await expect(none.run()).rejects.toThrow('no cash is left for Against');
  });

  it('is one account under the rules of Backtrader, which know no parts', async () => {
    const shared = await cerebro({ rules: 'backtrader' }).addStrategy(Switch).addStrategy(Against).run();
    expect(startValues(shared)).toEqual([100_000, 100_000]);
    const divided = cerebro({ rules: 'backtrader' }).addStrategy(Switch, {}, { cash: 0.3 }).addStrategy(Against);
    await expect(divided.run()).rejects.toThrow('all strategies share one account');
  });
});

describe('the account of strategies beside each other', () => {
  it('nets positions against each other', async () => {
    const made = cerebro({ commission: 0 }).addStrategy(Switch, { every: 20 }).addStrategy(Against);
    const result = await made.addSizer(fixedSize(10)).addAnalyzer(GrossLeverage).addAnalyzer(DrawDown).run();
    const [long, short] = result.strategies;
    const step = 30;
    expect([long!.strategy.position.size, short!.strategy.position.size]).toContain(-10);
    // Both hold 10 units at this step, one long and one short: apart each moves with the market, together they do not.
    expect(long!.equity.value[step]).not.toBe(long!.equity.value[step - 1]);
    expect(result.equity.value[step]).toBe(result.equity.value[step - 1]);
  });

  it('shows the analyzers of a strategy its own part', async () => {
    const result = await cerebro().addStrategy(Switch).addStrategy(Against).addAnalyzer(DrawDown).run();
    const alone = await cerebro({ cash: 50_000 }).addStrategy(Switch).addAnalyzer(DrawDown).run();
    expect(result.strategies[0]!.analyzer(DrawDown)).toEqual(alone.strategies[0]!.analyzer(DrawDown));
  });

  it('is the same in bounded memory', async () => {
    const make = (): Cerebro => cerebro().addStrategy(Switch, { every: 20 }).addStrategy(Switch, { every: 33 });
    const [whole, bounded] = [await make().run(), await make().run({ keepBars: 40 })];
    expect(bounded.strategies.map(({ finalValue }) => finalValue)).toEqual(
      whole.strategies.map(({ finalValue }) => finalValue),
    );
    expect(bounded.finalValue).toBe(whole.finalValue);
    expect(bounded.stats).toEqual(whole.stats);
  });

  it('closes what every strategy holds at the end, where that is asked for', async () => {
    const result = await cerebro({ closeAtEnd: true }).addStrategy(Switch, { every: 7 }).addStrategy(Against).run();
    expect(result.strategies.flatMap(({ openTrades }) => openTrades)).toEqual([]);
    for (const { finalCash, finalValue, equity } of [result, ...result.strategies]) {
      expect(finalCash).toBe(finalValue);
      expect(equity.value.at(-1)).toBeCloseTo(finalValue, 6);
    }
  });
});

describe('strategies beside each other in a session', () => {
  it('cannot be divided in the sandbox, where they share the account of the exchange', () => {
    const divided = new Cerebro(options).addStrategy(Switch, {}, { cash: 0.3 }).addStrategy(Against);
    const plan = divided as unknown as { plan(): RunPlan };
    expect(() => cashSharesOf(plan.plan(), 'sandbox')).toThrow('run a session for each strategy');
    const shared = new Cerebro(options).addStrategy(Switch).addStrategy(Against) as unknown as { plan(): RunPlan };
    expect(cashSharesOf(shared.plan(), 'sandbox')).toBe(undefined);
    const runs = [{ name: 'Switch' }, { name: 'Against' }] as unknown as StrategyRun[];
    expect(sharingWarnings(runs, new BacktestBroker())).toEqual([
      'Switch and Against shared one account: each could close what another held, and spend its cash',
    ]);
  });

  async function paper(make: (cerebro: Cerebro) => Cerebro, cash = 100_000, journal?: string): Promise<RunResult> {
    const { runtime, network, market, history } = localVenue(bars, start - 5_000);
    const stream = new StreamingFeed({
      exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history,
    }); // prettier-ignore
    const running = make(new Cerebro({ ...options, cash, runtime }).addData(stream)).run({
      mode: 'paper', maxSteps: 150, clockMs: 5_000, network, ...(journal !== undefined && { journal }),
    }); // prettier-ignore
    market.start();
    return drive(runtime, running, 5_000, () => network.isUsed);
  }

  it('trade on paper as each would alone with its part of the cash, and their journal replays to the same decisions', async () => {
    const journal = join(folder, 'beside.jsonl');
    const two = (one: Cerebro): Cerebro =>
      one.addStrategy(Switch, { every: 10 }).addStrategy(Switch, { every: 17 }).addSizer(fixedSize(5));
    const both = await paper(two, 100_000, journal);
    for (const [k, every] of [10, 17].entries()) {
      const alone = await paper((one) => one.addStrategy(Switch, { every }).addSizer(fixedSize(5)), 50_000);
      expect(both.strategies[k]!.trades.length).toBeGreaterThan(2);
      expect(story(both.strategies[k]!)).toEqual(story(alone.strategies[0]!));
    }
    const stream = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: false }); // prettier-ignore
    const replay = await two(new Cerebro(options).addData(stream)).replayJournal(journal);
    expect(replay.difference).toBe(undefined);
    expect(replay.result.finalValue).toBe(both.finalValue);
  }, 120_000);
});
