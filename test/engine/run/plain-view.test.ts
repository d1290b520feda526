/** Results in a console and as JSON: small, plain and complete, whatever was added to the run. */
import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import * as analyzers from '../../../src/analyzers/index.ts';
import { Analyzer, type AnalyzerClass } from '../../../src/analyzers/index.ts';
import { Cerebro, Strategy, type DayTimer, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { crossover, sma } from '../../../src/indicators/index.ts';

const bars = generateBars({ seed: 3, timeframe: '1h', count: 3_000, start: Date.UTC(2024, 0, 1) });

class Cross extends Strategy<typeof Cross.params> {
  static readonly params = { fast: 5, slow: 12 };
  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
  readonly seen: string[] = [];

  override next(): void {
    if (this.seen.length === 0)
      this.seen.push(inspect(this), inspect(this.data), inspect(this.cross), inspect(this.broker));
    if (this.cross.now > 0) this.buy({ size: 1 });
    else if (this.cross.now < 0) this.close();
  }
}

/** Every analyzer and observer that can be made without options. */
const all = Object.values(analyzers).filter(
  (one): one is AnalyzerClass<object, unknown> & typeof one =>
    typeof one === 'function' &&
    one.prototype instanceof Analyzer &&
    !['Observer', 'PeriodAnalyzer', 'RunStatistics', 'TradeReader'].includes(one.name),
);

async function run(): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 100_000 });
  cerebro.addData(new BarsDataFeed({ name: 'BTC', timeframe: '1h', bars }));
  cerebro.addStrategy(Cross);
  for (const cls of all) cerebro.addAnalyzer(cls);
  return cerebro.run();
}

describe('a result', async () => {
  const result = await run();
  const [one] = result.strategies;
  const trades = one!.trades.length;

  it('is JSON with every order, trade and analyzer, and its size follows the trades and not the engine', () => {
    const plain = JSON.parse(JSON.stringify(result.strategies)) as Record<string, unknown>[];
    expect(plain[0]!['trades']).toHaveLength(trades);
    expect(plain[0]!['orders']).toHaveLength(one!.orders.length);
    expect(Object.keys(plain[0]!['analyzers'] as object).sort()).toEqual(all.map(({ name }) => name).sort());
    expect(plain[0]!['params']).toEqual({ fast: 5, slow: 12 });
    const alone = JSON.stringify({ ...one!.toJSON(), analyzers: undefined });
    expect(trades).toBeGreaterThan(50);
    expect(alone.length).toBeLessThan(trades * 4_000);
  });

  it('carries lines of observers as lists, so that JSON keeps their order', () => {
    for (const { name } of all) {
      const text = JSON.stringify({ shown: (one!.toJSON()['analyzers'] as Record<string, unknown>)[name] });
      expect(text, name).not.toContain('"0":');
    }
  });

  it('can be made JSON as a whole', () => {
    const plain = JSON.parse(JSON.stringify(result)) as Record<string, unknown>;
    expect(plain['finalValue']).toBe(result.finalValue);
    expect((plain['equity'] as { time: number[] }).time).toHaveLength(3_000);
    expect((plain['stats'] as { trades: number }).trades).toBe(trades);
  });

  it('prints what makes a run, and a timer, without what works behind them', async () => {
    const feed = new BarsDataFeed({ name: 'BTC', timeframe: '1h', bars });
    const cerebro = new Cerebro({ cash: 1_000 }).addData(feed).addStrategy(Cross).addAnalyzer(analyzers.DrawDown);
    const plan = {
      options: { cash: 1_000 },
      datas: [{ name: 'BTC', timeframe: '1h' }],
      strategies: [{ name: 'Cross', params: { fast: 5, slow: 12 } }],
      analyzers: ['DrawDown'],
    };
    expect(JSON.parse(JSON.stringify(cerebro))).toEqual(plan);
    expect(inspect(cerebro)).toMatch(/^Cerebro \{\n {2}options: \{ cash: 1000 \},\n {2}datas: /);
    await feed.load();
    expect(JSON.parse(JSON.stringify(feed))).toMatchObject({ name: 'BTC', symbol: 'BTC', timeframe: '1h', report: { bars: 3_000, clean: true } }); // prettier-ignore
    expect(inspect(feed).split('\n').length).toBeLessThan(20);
    let shown = '';
    class Timed extends Strategy {
      override start(): void {
        this.addTimer({ when: '03:00' });
      }

      override notifyTimer(timer: DayTimer): void {
        shown ||= `${inspect(timer)} ${JSON.stringify(timer)} ${Object.keys(timer).join()}`;
      }
    }
    await new Cerebro().addData(feed).addStrategy(Timed).run();
    expect(shown).toBe(
      'DayTimer { when: \'03:00\', lastWhen: 1704078000000 } {"when":"03:00","lastWhen":1704078000000} options,cheat,owner,callback,lastWhen',
    );
  });

  it('prints its objects by name and value, without the engine behind them', () => {
    const innards = /timeline|Column|#|rows|graph|Float64Array|Refill|\[Getter/i;
    const order = one!.orders[0]!;
    for (const shown of [
      one!.trades[0]!,
      order,
      order.fills[0]!,
      order.data,
      one!,
      result,
      result.equity,
      one!.strategy,
    ]) {
      const text = inspect(shown);
      expect(text).not.toMatch(innards);
      expect(text.length).toBeLessThan(6_000);
    }
    for (const text of (one!.strategy as unknown as { seen: string[] }).seen) {
      expect(text).not.toMatch(innards);
      expect(text.length).toBeLessThan(3_000);
    }
    expect(inspect(one!.trades[0]!)).toMatch(/^Trade \{\n? *ref: 1,/);
    expect(inspect(order)).toMatch(/^Order \{/);
    expect(inspect(order.data)).toMatch(/^Data \{\n? *name: 'BTC'/);
    expect(inspect(new analyzers.SQN())).toBe('SQN {}');
    expect(inspect(result.equity)).toMatch(/^EquityCurve \{\n? *points: 3000,/);
    expect((one!.strategy as unknown as { seen: string[] }).seen.at(-1)).toMatch(/^Broker \{ cash: 100000,/);
  });
});
