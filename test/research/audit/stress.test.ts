/** The stress of a backtest against a slow account of its orders: fees, delay, later starts, missing bars and moved prices. */
import { expect, it } from 'vitest';

import { seededRandom, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { BarsDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { jitterBars, stressBacktest } from '../../../src/research/index.ts';

interface Planned {
  readonly data: number;
  readonly time: number;
  readonly side: 'buy' | 'sell';
  readonly type: 'market' | 'limit' | 'stop';
  readonly price: number;
  readonly size: number;
}

/** Return of planned orders: each fills at its price, or at an open beyond it, and what is held at the end counts at the last close. */
function slowly(plan: readonly Planned[], datas: readonly Bars[], cash: number, fee: number, delay = 0): number {
  let money = 0;
  for (const [data, { time, open, high, low, close }] of datas.entries()) {
    let held = 0;
    for (const { side, type, price, size, ...order } of plan) {
      if (order.data !== data) continue;
      const placed = time.indexOf(order.time);
      if (placed < 0) continue;
      const sign = side === 'buy' ? 1 : -1;
      for (let i = placed + 1 + delay; i < time.length; i++) {
        const isFallen = (type === 'limit') === (side === 'buy');
        const isAtOpen = type === 'market' || (isFallen ? open[i]! <= price : open[i]! >= price);
        if (!isAtOpen && !(isFallen ? low[i]! <= price : high[i]! >= price)) continue;
        const at = isAtOpen ? open[i]! : price;
        money -= sign * size * at + size * at * fee;
        held += sign * size;
        break;
      }
    }
    money += held * close.at(-1)!;
  }
  return money / cash;
}

it('is what a slow account of the orders gives, over one to three datas, long and short, with stops and limits', async () => {
  const random = seededRandom(21);
  for (let run = 0; run < 30; run++) {
    const datas = Array.from({ length: 1 + (run % 3) }, (_, k) =>
      generateBars({ timeframe: '1h', start: Date.UTC(2024, 0, 1), count: 150, seed: 3 * run + k + 1 }),
    );
    const plan = datas.flatMap(({ time, close }, data) =>
      Array.from(time).flatMap((at, i): Planned[] => {
        if (random() > 0.12) return [];
        const side = random() < 0.5 ? 'buy' : 'sell';
        const type = (['market', 'limit', 'stop'] as const)[Math.floor(3 * random())]!;
        const away = (0.002 + 0.01 * random()) * close[i]!;
        const price = (type === 'limit') === (side === 'buy') ? close[i]! - away : close[i]! + away;
        return [{ data, time: at, side, type, price, size: Math.ceil(9 * random()) }];
      }),
    );
    class Planner extends Strategy {
      override next(): void {
        for (const [k, data] of this.datas.entries())
          for (const { side, type, price, size, ...order } of plan) {
            if (order.data !== k || !data.isNew || data.time !== order.time) continue;
            this[side](type === 'market' ? { data, size } : { data, size, type, price });
          }
      }
    }
    const [cash, commission] = [1e9, [0, 0.0005, 0.002][run % 3]!];
    const cerebro = new Cerebro({ cash, commission });
    datas.forEach((bars, k) => cerebro.addData(new BarsDataFeed({ name: `d${k}`, timeframe: '1h', bars })));
    const report = await stressBacktest(cerebro.addStrategy(Planner));
    const kept = (bars: Bars, keep: (time: number) => boolean): Bars =>
      Object.fromEntries(
        Object.entries(bars).map(([name, column]: [string, Float64Array]) => [name, column.filter((_, i) => keep(bars.time[i]!))]), // prettier-ignore
      ) as unknown as Bars;
    const { time } = datas[0]!;
    const own = (changed: readonly Bars[], fee = commission, delay = 0): number => slowly(plan, changed, cash, fee, delay); // prettier-ignore
    const expected = [
      own(datas),
      ...[0.02, 0.04, 0.06, 0.08, 0.1].map((share) => own(datas.map((bars) => kept(bars, (at) => at >= time[Math.floor(share * 150)]!)))), // prettier-ignore
      ...[0.15, 0.3, 0.5, 0.7, 0.85].map((share) => own([kept(datas[0]!, (at) => at !== time[Math.floor(share * 150)]!), ...datas.slice(1)])), // prettier-ignore
      own(datas, commission > 0 ? 2 * commission : 0.001),
      own(datas, commission, 1),
      ...[1, 2, 3].map((seed) => own(datas.map((bars, k) => jitterBars(bars, 0.1, 1_000 * seed + k)))),
    ];
    const found = [report.return, ...report.cases.map((one) => one.return)];
    expect(found).toHaveLength(expected.length);
    for (const [k, value] of found.entries()) expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-13);
  }
});
