/** The roll of dated contracts: before the expiry the position is closed in one and opened in the next, once. */
import { expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy, type Order } from 'nextbar';
import { rollContract, type RollOptions } from 'nextbar/account';

const hour = 3_600_000;
const start = Date.UTC(2024, 2, 28);
const expiry = Date.UTC(2024, 2, 29, 8);

function barsAt(price: number, count: number) {
  return Array.from({ length: count }, (_, k) => {
    return { time: start + k * hour, open: price, high: price, low: price, close: price, volume: 1e6 };
  });
}

async function run(options: RollOptions, size: number) {
  const rolls: (readonly Order[])[] = [];
  class Rolling extends Strategy {
    override next(): void {
      const [march, june] = [this.getData('march'), this.getData('june')];
      if (march.length === 1) {
        this.buy({ data: march, size });
        this.sell({ data: march, type: 'limit', price: 500, size: 1 });
      }
      const orders = rollContract(this, march, june, options);
      if (orders.length > 0) rolls.push(orders);
    }
  }
  const cerebro = new Cerebro({ account: { cash: { USDT: 1_000 }, leverage: 2 }, ledger: 'decimal' });
  cerebro.addData(
    new BarsDataFeed({ name: 'march', symbol: 'BTC/USDT:USDT-240329', timeframe: '1h', bars: barsAt(100, 34) }),
  );
  cerebro.addData(
    new BarsDataFeed({ name: 'june', symbol: 'BTC/USDT:USDT-240628', timeframe: '1h', bars: barsAt(102, 34) }),
  );
  cerebro.setInstrument('march', { expiry, takerFee: 0.001 }).setInstrument('june', { takerFee: 0.001 });
  return { rolls, result: await cerebro.addStrategy(Rolling).run() };
}

it('closes one and opens the other before the expiry, and cancels what was open', async () => {
  const { rolls, result } = await run({ beforeMs: 6 * hour }, 3);
  expect(rolls).toHaveLength(1);
  const [closing, opening] = rolls[0]!;
  expect(closing!.createdTime).toBe(expiry - 6 * hour);
  expect([closing!.side, closing!.size, closing!.status]).toEqual(['sell', 3, 'completed']);
  expect([opening!.side, opening!.size, opening!.status]).toEqual(['buy', 3, 'completed']);
  expect(result.strategies[0]!.orders[1]!.status).toBe('canceled');
  // 3 bought at 100, sold at 100, and 3 bought at 102, each for 0.1 %.
  expect(result.account!.accounts[0]!.wallet['USDT']).toBe('999.094');
  expect(result.strategies[0]!.strategy.getPosition(result.strategies[0]!.strategy.getData('june')).size).toBe(3);
});

it('is left to delivery where it is not called in time', async () => {
  const { rolls, result } = await run({ beforeMs: -hour }, 2);
  expect(rolls).toEqual([]);
  expect(result.strategies[0]!.fills.at(-1)).toMatchObject({ rule: 'delivery', size: -2, commission: 0.2 });
});

it('is a day before the expiry unless told otherwise, and says what it needs to know', async () => {
  const { rolls } = await run({}, 2);
  expect(rolls[0]!.map(({ side, size, createdTime }) => [side, size, createdTime])).toEqual([
    ['sell', 2, expiry - 24 * hour],
    ['buy', 2, expiry - 24 * hour],
  ]);
  const unknown = new Cerebro().addData(new BarsDataFeed({ name: 'march', timeframe: '1h', bars: barsAt(100, 3) }));
  class Rolling extends Strategy {
    override start(): void {
      rollContract(this, this.data, this.data);
    }
  }
  await expect(unknown.addStrategy(Rolling).run()).rejects.toThrow(
    "rollContract: 'march' does not say when it expires; give { expiry: a time }",
  );
});
