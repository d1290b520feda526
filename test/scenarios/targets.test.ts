/** Targets: the units that bring a position to a size, a value or a share of the value. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Order } from 'nextbar';

const hourMs = 3_600_000;
const bars = [100, 100, 100, 100, 100].map((price, k) => ({
  time: k * hourMs, open: price, high: price + 1, low: price - 1, close: price, volume: 100,
})); // prettier-ignore

type Ask = (strategy: Strategy) => Order | undefined;

/** Asks by bar, and says what became of the position. */
async function positions(asks: readonly (Ask | undefined)[], options: CerebroOptions = {}): Promise<number[]> {
  const held: number[] = [];
  class Asking extends Strategy {
    override next(): void {
      held.push(this.position.size);
      asks[this.data.length - 1]?.(this);
    }
  }
  const cerebro = new Cerebro({ cash: 100_000, account: 'margin', ...options }).addStrategy(Asking);
  await cerebro.addData(new BarsDataFeed({ symbol: 'X/USDT', timeframe: '1h', bars })).run();
  return held;
}

describe('a target', () => {
  it('of a value counts the multiplier and the leverage of what it trades', async () => {
    // One unit binds 100 * 10 / 2 = 500 of the 5,000.
    const commission = { commission: 0, multiplier: 10, leverage: 2 };
    expect(await positions([(one) => one.orderTargetValue(5_000)], { commission })).toEqual([0, 10, 10, 10, 10]);
  });

  it('of a value below that of the position sells down to it, and of zero sells all', async () => {
    const asks: Ask[] = [
      (one) => one.orderTargetValue(5_000),
      (one) => one.orderTargetValue(2_000),
      (one) => one.orderTargetValue(0),
    ];
    expect(await positions(asks)).toEqual([0, 50, 20, 0, 0]);
  });

  it('of a negative value sells short', async () => {
    expect(await positions([(one) => one.orderTargetValue(-1_000), (one) => one.orderTargetSize(3)])).toEqual([
      0, -10, 3, 3, 3,
    ]);
  });

  it('of the whole value is allowed, of more only within the leverage', async () => {
    expect((await positions([(one) => one.orderTargetPercent(1)]))[1]).toBe(1_000);
    await expect(positions([(one) => one.orderTargetPercent(1.01)])).rejects.toThrow('at most 1 with this leverage, was 1.01');
    const commission = { commission: 0, leverage: 3 };
    expect((await positions([(one) => one.orderTargetPercent(3)], { commission }))[1]).toBeGreaterThan(1_000);
    await expect(positions([(one) => one.orderTargetPercent(3.1)], { commission })).rejects.toThrow('at most 3');
  }); // prettier-ignore

  it('given as percents names the fraction, and one far from any is only refused', async () => {
    await expect(positions([(one) => one.orderTargetPercent(100)])).rejects.toThrow('did you mean 1?');
    await expect(positions([(one) => one.orderTargetPercent(250)])).rejects.toThrow(/was 250$/);
  });

  it.each([NaN, Infinity])('of %s is refused', async (value) => {
    await expect(positions([(one) => one.orderTargetSize(value)])).rejects.toThrow('target must be a number');
    await expect(positions([(one) => one.orderTargetValue(value)])).rejects.toThrow('target must be a number');
    await expect(positions([(one) => one.orderTargetPercent(value)])).rejects.toThrow('fraction must be a number');
  });

  it('that open orders fill already places none', async () => {
    const below: Ask = (one) => one.orderTargetSize(4, { type: 'limit', price: 50 });
    const placed: (Order | undefined)[] = [];
    const noting: Ask = (one) => {
      const order = below(one);
      placed.push(order);
      return order;
    };
    await positions([noting, noting, noting]);
    expect(placed.map((order) => order?.size)).toEqual([4, undefined, undefined]);
  });
});
