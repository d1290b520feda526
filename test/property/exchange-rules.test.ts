/** Properties of an exchange's rules: exits never turn a position around, and prices decide, not the order of calls. */
import { describe, expect, it } from 'vitest';
import {
  BarsDataFeed,
  Cerebro,
  Strategy,
  type Bar,
  type CerebroOptions,
  type OrderOptions,
  type RunResult,
} from 'nextbar';
import { fixedSizeFiller } from '../../src/broker/index.ts';
import { seededRandom } from '../../src/core/index.ts';
import { walk } from './walk.ts';

async function run(
  make: (cerebro: Cerebro) => void,
  bars: readonly Bar[],
  options: CerebroOptions = {},
): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 1_000_000, ...options });
  cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1h', bars: [...bars] }));
  make(cerebro);
  return cerebro.run();
}

/** Long entries with every kind of exit, withdrawn, closed and closed in part at random. */
class Exits extends Strategy<{ seed: number }> {
  static readonly params = { seed: 0 };
  readonly random = seededRandom(this.params.seed);
  lowest = 0;

  override next(): void {
    this.lowest = Math.min(this.lowest, this.position.size);
    const close = this.data.close.now;
    const pick = Math.floor(this.random() * 8);
    const size = 1 + Math.floor(this.random() * 6);
    if (pick === 0) this.buyBracket({ size, stopLoss: close - 3, takeProfit: close + 3 });
    else if (pick === 1) this.buyBracket({ size, price: close - 1, stopLoss: close - 4, takeProfit: close + 2 });
    else if (pick === 2)
      this.buyBracket({ size, stopLoss: { type: 'stopTrail', trailAmount: 2 }, takeProfit: close + 5 });
    else if (pick === 3) this.close();
    else if (pick === 4 && this.position.size > 0) this.close({ size: Math.min(size, this.position.size) });
    else if (pick === 5 && this.position.size > 0) {
      const stop = this.sell({ type: 'stop', price: close - 2, size: this.position.size });
      this.sell({ type: 'limit', price: close + 2, size: this.position.size, ...(stop && { oco: stop }) });
    } else if (pick === 6) this.sell({ type: 'stop', price: close - 3, size: 9, reduceOnly: true });
  }
}

/** The same orders in every other turn, in the sequence that `turn` says. */
class Shuffled extends Strategy<{ turn: number }> {
  static readonly params = { turn: 0 };

  override next(): void {
    if (this.data.length % 5 !== 0) return;
    for (const order of this.openOrders) this.cancel(order);
    const close = this.data.close.now;
    const asked: (readonly ['buy' | 'sell', OrderOptions])[] = [
      ['buy', { type: 'limit', price: close - 1.25, size: 2 }],
      ['sell', { type: 'limit', price: close + 1.5, size: 1 }],
      ['buy', { type: 'stop', price: close + 2.25, size: 1 }],
      ['sell', { type: 'stop', price: close - 2.5, size: 2 }],
    ];
    for (let k = 0; k < asked.length; k++) {
      const [side, options] = asked[(k * (this.params.turn % 2 === 0 ? 1 : 3) + this.params.turn) % asked.length]!;
      this[side](options);
    }
    if (this.position.size !== 0) this.close();
  }
}

/** Asks for the same target in every bar. */
class Target extends Strategy {
  override next(): void {
    this.orderTargetSize(3, { type: 'limit', price: this.data.low.now - 1 });
  }
}

describe('under the rules of an exchange', () => {
  for (const intrabar of ['pessimistic', 'optimistic', 'openHighLowClose'] as const) {
    it(`no exit leaves the opposite side, by ${intrabar}`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        for (const ledger of ['float', 'decimal'] as const) {
          const options = { intrabar, ledger, account: 'margin', filler: fixedSizeFiller() } as const;
          const result = await run((cerebro) => cerebro.addStrategy(Exits, { seed }), walk(seed, 300), options);
          const { lowest } = result.strategies[0]!.strategy as unknown as Exits;
          expect(lowest).toBe(0);
          expect(result.strategies[0]!.trades.length).toBeGreaterThan(3);
        }
      }
    });
  }

  it('the order of calls in one next() changes nothing that the path decides', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const bars = walk(seed, 300);
      const values: number[] = [];
      for (let turn = 0; turn < 6; turn++) {
        values.push((await run((cerebro) => cerebro.addStrategy(Shuffled, { turn }), bars)).finalValue);
      }
      for (const value of values) expect(value).toBeCloseTo(values[0]!, 6);
    }
  });

  it('a target asked for again and again is one order', async () => {
    const { strategies } = await run((cerebro) => cerebro.addStrategy(Target), walk(3, 40));
    const placed = strategies[0]!.orders;
    expect(
      placed.filter(({ status }) => status === 'completed').reduce((sum, { size }) => sum + size, 0),
    ).toBeLessThanOrEqual(3);
    expect(placed.length).toBe(1);
  });
});
