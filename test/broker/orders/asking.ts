/** A strategy that acts by the bar over flat prices, for tests of what is placed and why. */
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Instrument, type Order } from 'nextbar';

/** What a strategy does in the `next` of a bar, from bar 1 on. */
export type Ask = (strategy: Strategy, bar: number) => unknown;

/** What came of it. */
export interface Asked {
  /** The orders, as `side size type status`. */
  readonly orders: string[];
  /** Why orders were refused or ended, where there is something to say. */
  readonly reasons: string[];
  /** What was held at the end. */
  readonly size: number;
}

/** Runs an act in each of `count` bars of 100, 101, 99, 100, an hour apart, with 10,000 of cash. */
export async function ask(
  act: Ask,
  options: CerebroOptions & { readonly instrument?: Instrument; readonly bars?: number; readonly price?: number } = {},
): Promise<Asked> {
  const { instrument, bars: count = 5, price = 100, ...rest } = options;
  class Asking extends Strategy {
    override next(): void {
      act(this, this.data.length);
    }
  }
  const bars = Array.from({ length: count }, (_, k) => {
    return { time: k * 3_600_000, open: price, high: price + 1, low: price - 1, close: price, volume: 1_000 };
  });
  const symbol = instrument?.symbol ?? 'X/USDT';
  const cerebro = new Cerebro({ ...('account' in rest && typeof rest.account === 'object' ? {} : { cash: 10_000 }), ...rest });
  cerebro.addData(new BarsDataFeed({ symbol, timeframe: '1h', bars, ...(instrument && { instrument }) }));
  const { strategies } = await cerebro.addStrategy(Asking).run();
  const { strategy, orders } = strategies[0]!;
  return {
    orders: orders.map(({ side, size, type, status }) => `${side} ${+size.toPrecision(12)} ${type} ${status}`),
    reasons: orders.map(({ reason }: Order) => reason ?? '').filter((reason) => reason !== ''),
    size: strategy.position.size,
  };
} // prettier-ignore
