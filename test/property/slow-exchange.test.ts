/** The matching inside a bar against a slow exchange that looks at every price: the same executions, at the same prices. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, type Bar, type IntrabarPolicy, type Order } from 'nextbar';
import { fixedSizeFiller } from '../../src/broker/index.ts';
import { seededRandom } from '../../src/core/index.ts';
import { Bracketed, Loose, type Asking } from './asking.ts';
import { quarter, SlowExchange, type SlowFill, type SlowPath } from './slow-exchange.ts';

const hourMs = 3_600_000;

/** Bars on a grid of quarters, with gaps. */
function walk(seed: number, count: number): Bar[] {
  const random = seededRandom(seed);
  const step = (most: number): number => quarter * Math.round((random() - 0.5) * 2 * most);
  let open = 200;
  return Array.from({ length: count }, (_, k) => {
    const close = Math.max(50, open + step(12));
    const high = Math.max(open, close) + Math.abs(step(10));
    const low = Math.min(open, close) - Math.abs(step(10));
    const bar = { time: k * hourMs, open, high, low, close, volume: 100 };
    open = Math.max(50, close + (random() < 0.2 ? step(16) : step(2)));
    return bar;
  });
}

const paths = {
  openLowHighClose: 'low',
  openHighLowClose: 'high',
  pessimistic: 'worse',
  optimistic: 'better',
} as const satisfies Partial<Record<IntrabarPolicy, SlowPath>>;

async function compare(
  Kind: new (...args: never[]) => Asking,
  seed: number,
  intrabar: keyof typeof paths,
): Promise<number> {
  const datas = [walk(seed, 100), walk(seed + 500, 100)];
  // In every other run a bar executes 2 units of an order.
  const most = seed % 2 === 0 ? 2 : Infinity;
  const cerebro = new Cerebro({
    cash: 1_000_000,
    account: 'margin',
    intrabar,
    ...(most === 2 && { filler: fixedSizeFiller(most) }),
  });
  for (const [k, bars] of datas.entries())
    cerebro.addData(new BarsDataFeed({ symbol: `C${k}/USDT`, timeframe: '1h', bars }));
  cerebro.addStrategy(Kind as never, { seed });
  const result = await cerebro.run();
  const [{ strategy, orders }] = result.strategies as unknown as [{ strategy: Asking; orders: readonly Order[] }];
  expect(strategy.refusals).toEqual([]);
  let count = 0;
  for (const [id, bars] of datas.entries()) {
    const slow = new SlowExchange(paths[intrabar], most);
    for (const [k, bar] of bars.entries()) {
      slow.bar(k, bar);
      for (const one of strategy.asked[id]!.get(k) ?? []) {
        if (one.kind === 'place') slow.place(one.order, bar.close);
        else if (one.kind === 'cancel') slow.cancel(one.ref);
        else slow.amend(one.ref, one.price);
      }
    }
    const ours = orders
      .filter(({ data }) => data === strategy.datas[id])
      .flatMap(({ ref, fills }) =>
        fills.map(({ time, size, price }): SlowFill => ({ ref, bar: time / hourMs - 1, size, price })),
      );
    expect(sorted(ours), `seed ${seed}, data ${id}`).toEqual(sorted(slow.fills));
    count += ours.length;
  }
  return count;
}

function sorted(fills: readonly SlowFill[]): SlowFill[] {
  return [...fills].sort((a, b) => a.bar - b.bar || a.ref - b.ref);
}

/** More of them: `NEXTBAR_SEEDS=200`. */
const seeds = Number(process.env['NEXTBAR_SEEDS'] ?? 10);

describe.each(Object.keys(paths) as (keyof typeof paths)[])('by %s', (intrabar) => {
  it.each([['loose orders', Loose], ['brackets', Bracketed]] as const)('%s are executed as a slow exchange does it', async (_name, Kind) => {
    let fills = 0;
    for (let seed = 1; seed <= seeds; seed++) fills += await compare(Kind, seed, intrabar);
    expect(fills).toBeGreaterThan(50 * seeds);
  }); // prettier-ignore
});
