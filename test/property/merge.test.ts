/** Properties of merging: the order in which datas are added changes nothing but the order of ties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { barsFromRows, timeframe } from '../../src/core/index.ts';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { BarsDataFeed } from '../../src/feeds/index.ts';
import { sma } from '../../src/indicators/index.ts';

const names = ['a', 'b', 'c'] as const;
const frames = ['5m', '15m', '1h'] as const;

/** Three datas of any timeframe, start and holes. */
const datas = fc.tuple(...names.map(() =>
  fc.record({ frame: fc.constantFrom(...frames), first: fc.nat(30), keep: fc.array(fc.boolean(), { minLength: 20, maxLength: 120 }) }),
)); // prettier-ignore

class ByName extends Strategy {
  readonly seen: string[] = [];
  readonly lines = names.map((name) => sma(this.getData(name).close, 3));
  readonly slow = this.getData('a 4h').close.onto(this.getData('b'));
  override next(): void {
    const row = names.map((name, k) => {
      const data = this.getData(name);
      return `${name} ${data.length} ${data.isNew} ${data.closeTime} ${this.lines[k]!.now}`;
    });
    this.seen.push(`${row.join(', ')}, ${this.slow.now}`);
    const b = this.getData('b');
    if (b.isNew && b.length % 7 === 0) this.buy({ data: b, size: 1 });
    if (b.isNew && b.length % 7 === 3) this.close({ data: b });
  }
}

describe('merging', () => {
  it('gives any permutation of the datas the same steps, values and orders', async () => {
    await fc.assert(
      fc.asyncProperty(datas, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (plans, order) => {
        const feeds = plans.map(({ frame, first, keep }, k) => {
          const ms = timeframe(frame).ms!;
          const rows = keep.flatMap((isKept, i) => {
            const price = 100 + ((i * 37 + k * 11) % 53);
            return isKept
              ? [{ time: (first + i) * ms, open: price, high: price + 2, low: price - 2, close: price + 1, volume: 1 }]
              : [];
          });
          return new BarsDataFeed({ name: names[k]!, timeframe: frame, bars: barsFromRows(rows) });
        });
        const run = async (sequence: readonly number[]): Promise<[readonly string[], string, number]> => {
          const cerebro = new Cerebro({ cash: 1e6 });
          for (const k of sequence) cerebro.addData(feeds[k]!);
          const result = await cerebro.resampleData(feeds[0]!, '4h').addStrategy(ByName).run();
          const { strategy, orders } = result.strategies[0]!;
          if (!(strategy instanceof ByName)) throw new Error('the strategy must be a ByName');
          const fills = orders.map(({ side, fills }) => [side, ...fills.map(({ time, price }) => [time, price])]);
          return [strategy.seen, JSON.stringify(fills), result.finalValue];
        };
        expect(await run(order)).toEqual(await run([0, 1, 2]));
      }),
      { numRuns: 60 },
    );
  });
});
