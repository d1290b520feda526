/** How runs and datas end, and what the result warns of. */
import { describe, expect, it } from 'vitest';
import {
  Analyzer,
  BarsDataFeed,
  Cerebro,
  sma,
  Strategy,
  type Bar,
  type CerebroOptions,
  type Order,
  type RunResult,
} from 'nextbar';
import { barsOf } from './table.ts';

const rising = `
  100 101 99  100
  100 104 98  103
  103 109 102 108
  108 112 107 111
  111 112 90  92
  92  96  91  95
`;

function run(
  act: (strategy: Strategy, bar: number) => unknown,
  options: CerebroOptions = {},
  datas: Readonly<Record<string, readonly Bar[]>> = { btc: barsOf(rising) },
): Promise<RunResult> {
  class Acting extends Strategy {
    override next(): void {
      act(this, this.data.length);
    }
  }
  const cerebro = new Cerebro({ cash: 10_000, ...options }).addStrategy(Acting);
  for (const [name, bars] of Object.entries(datas)) cerebro.addData(new BarsDataFeed({ name, timeframe: '1h', bars }));
  return cerebro.run();
}

describe.each(['float', 'decimal'] as const)('closeAtEnd on the %s ledger', (ledger) => {
  it('closes what is open at the last close, cancels what waits, and tells the strategy', async () => {
    const result = await run(
      (s, bar) => {
        if (bar === 1) s.buy({ size: 2 });
        if (bar === 3) s.sell({ size: 2, type: 'limit', price: 200 });
      },
      { ledger, closeAtEnd: true, commission: 0.001 },
    );
    const [strategy] = result.strategies;
    const [trade] = strategy!.trades;
    expect(trade).toMatchObject({ exit: 'end', pnl: -10 });
    expect(strategy!.openTrades).toEqual([]);
    expect(strategy!.orders[1]).toMatchObject({ status: 'canceled', reason: 'the run ended' });
    expect(result.finalCash).toBeCloseTo(10_000 - 10 - 0.2 - 0.19, 9);
    expect(result.finalValue).toBe(result.finalCash);
    expect(result.equity.value.at(-1)).toBe(result.finalValue);
    expect(result.equity.cash.at(-1)).toBe(result.finalCash);
    expect(result.stats).toMatchObject({ trades: 1, openTrades: 0 });
  });

  it('closes a short, and does nothing when nothing is open', async () => {
    const short = await run((s, bar) => bar === 1 && s.sell({ size: 1 }), { ledger, closeAtEnd: true });
    expect(short.strategies[0]!.trades[0]).toMatchObject({ exit: 'end', pnl: 5, isLong: false });
    const nothing = await run(() => undefined, { ledger, closeAtEnd: true });
    expect(nothing.finalValue).toBe(10_000);
  });

  it.each([6, 4_096, 4_097])(
    'is in the last of %i steps, for analyzers of single steps and of blocks alike',
    async (count) => {
      const bars = Array.from({ length: count }, (_, k): Bar => ({ time: k * 3_600_000, open: 100, high: 110, low: 90, close: k === count - 1 ? 105 : 100, volume: 1 })); // prettier-ignore
      class Values extends Analyzer<number[]> {
        readonly seen: number[] = [];
        override observe(from: number, to: number): void {
          for (let step = from; step < to; step++) this.seen.push(this.run.record.value.at(step));
        }
        override result(): number[] {
          return this.seen;
        }
      }
      class EachStep extends Values {
        override readonly everyStep = true;
      }
      class Buys extends Strategy {
        override next(): void {
          if (this.data.length === 2) this.buy({ size: 2 });
        }
      }
      const seen = [];
      for (const analyzer of [Values, EachStep]) {
        const cerebro = new Cerebro({ cash: 10_000, ledger, closeAtEnd: true, commission: 0.01 }).addStrategy(Buys);
        cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars })).addAnalyzer(analyzer);
        const result = await cerebro.run();
        const values = result.strategies[0]!.analyzer(analyzer);
        expect(values).toHaveLength(count);
        expect(values.at(-1)).toBe(result.finalValue);
        expect(result.equity.value.at(-1)).toBe(result.finalValue);
        seen.push(values);
      }
      expect(seen[0]).toEqual(seen[1]);
      // Bought at 100 and sold at 105, with a hundredth of either.
      expect(seen[0]!.at(-1)).toBeCloseTo(10_000 + 10 - 2 - 2.1, 9);
    },
  );

  it('closes a data that has ended before too, and asks no rule of risk', async () => {
    const said: string[] = [];
    class Holds extends Strategy {
      override next(): void {
        if (this.data.length === 1) for (let n = 0; n < 2; n++) this.buy({ data: 'gone', size: 1 });
      }
      override notifyOrder({ ref, status, reason, filled }: Order): void {
        said.push(`${ref} ${status} ${filled}${reason === undefined ? '' : ` (${reason})`}`);
      }
    }
    const cerebro = new Cerebro({ cash: 10_000, ledger, closeAtEnd: true, risk: { maxOrderSize: 1 } });
    for (const [name, count] of [
      ['btc', 6],
      ['gone', 3],
    ] as const)
      cerebro.addData(new BarsDataFeed({ name, timeframe: '1h', bars: barsOf(rising).slice(0, count) }));
    const result = await cerebro.addStrategy(Holds).run();
    // Bought at 100, the last close of the data is 108.
    expect([result.finalCash, result.strategies[0]!.openTrades]).toEqual([10_016, []]);
    expect(said.slice(-3)).toEqual(['3 submitted 0', '3 accepted 0', '3 completed 2']);
  });

  it('leaves a position that an account below zero may not trade any more, and says so once', async () => {
    const said: string[] = [];
    class Owes extends Strategy {
      override next(): void {
        if (this.data.length === 1) this.sell({ size: 150 });
      }
      override notifyOrder({ ref, status }: Order): void {
        said.push(`${ref} ${status}`);
      }
    }
    const bars = barsOf('100 101 99 100\n100 101 99 100\n300 301 299 300\n300 301 299 300');
    const cerebro = new Cerebro({ cash: 10_000, ledger, closeAtEnd: true, commission: { margin: 10 } });
    cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars }));
    const result = await cerebro.addStrategy(Owes).run();
    expect(result.strategies[0]!.openTrades).toHaveLength(1);
    expect(said.filter((one) => one.startsWith('2'))).toEqual(['2 submitted', '2 margin']);
  });

  it('is off by default: what is open stays open', async () => {
    const result = await run((s, bar) => bar === 1 && s.buy({ size: 2 }), { ledger });
    expect([result.strategies[0]!.openTrades.length, result.finalCash]).toEqual([1, 9_800]);
  });
});

describe('a data that ends before the run', () => {
  const short = barsOf(rising).slice(0, 3);

  it('has its orders canceled and refused with the reason, and its position valued with a warning', async () => {
    const result = await run(
      (s, bar) => {
        const gone = s.getData('gone');
        if (bar === 1) s.buy({ data: gone, size: 1 });
        if (bar === 2) s.sell({ data: gone, size: 1, type: 'limit', price: 500 });
        if (bar === 5) s.close({ data: gone });
      },
      {},
      { btc: barsOf(rising), gone: short },
    );
    const { orders } = result.strategies[0]!;
    expect(orders[1]).toMatchObject({ status: 'canceled', reason: "'gone' has ended" });
    expect(orders[2]).toMatchObject({ status: 'rejected', reason: "'gone' has ended" });
    expect(result.warnings).toContain(
      "'gone' ended at 2024-01-01 03:00:00, before the run did, with a position of 1: it is valued at the last close, 108",
    );
    expect(result.finalValue).toBe(10_008);
  });
});

describe('the warnings of a run', () => {
  it('name a warm-up without trades, no order, no fill, and a sizer that found nothing to do', async () => {
    class Long extends Strategy {
      readonly slow = sma(this.data.close, 50);
    }
    const cerebro = new Cerebro().addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: barsOf(rising) }));
    expect((await cerebro.addStrategy(Long).run()).warnings[0]).toContain('next() of Long was never called');
    expect((await run(() => undefined)).warnings).toEqual(['Acting made no trade: it placed no order']);
    const waiting = await run((s, bar) => bar === 1 && s.buy({ size: 1, type: 'limit', price: 1 }));
    expect(waiting.warnings).toEqual([
      'Acting made no trade: none of its 1 orders was executed',
      "an order of Acting was still open at the end, the first: limit buy 1 of 'btc'",
    ]);
    expect((await run((s) => s.buy(), { cash: 0 })).warnings[0]).toMatch(
      /^Acting made no trade: the sizer \(.*\) found nothing/,
    );
  });

  it('count refusals and give the first reason', async () => {
    const { warnings } = await run((s) => s.buy({ size: 1_000 }));
    expect(warnings[0]).toBe('Acting made no trade: every order was refused');
    expect(warnings[1]).toMatch(/^5 of 6 orders of Acting were refused, the first because .*cash/);
  });

  it('are silent about a run that traded', async () => {
    const { warnings } = await run((s, bar) => (bar === 1 ? s.buy({ size: 1 }) : bar === 3 && s.close()));
    expect(warnings).toEqual([]);
  });
});

describe('bars without volume', () => {
  const quiet = (empty: readonly number[]): Bar[] =>
    barsOf(rising).map((bar, k) => (empty.includes(k) ? { ...bar, volume: 0 } : bar));

  it('execute nothing, which the result warns of', async () => {
    const { strategies, warnings } = await run((s, bar) => bar === 1 && s.buy({ size: 1 }), {}, { btc: quiet([1, 2]) });
    expect(strategies[0]!.orders[0]!.fills[0]).toMatchObject({ price: 108 });
    expect(warnings).toContain("2 bars of 'btc' had no volume and executed none of the orders that were open");
  });

  it("execute orders under Backtrader's rules, and where the data carries no volumes at all", async () => {
    const act = (s: Strategy, bar: number): unknown => bar === 1 && s.buy({ size: 1 });
    const backtrader = await run(act, { rules: 'backtrader' }, { btc: quiet([1, 2]) });
    const without = await run(act, {}, { btc: quiet([0, 1, 2, 3, 4, 5]) });
    for (const { strategies } of [backtrader, without])
      expect(strategies[0]!.orders[0]!.fills[0]).toMatchObject({ price: 100 });
  });
});
