/** What may be said of runs in one line and of their results, and what must not compile. */
import { sma, Strategy } from 'nextbar';
import { load } from 'nextbar/feeds';
import { run } from 'nextbar/research';

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20, side: 'long' as 'long' | 'short' };
  readonly line = sma(this.data.close, this.params.period);
  days = 0;

  override next(): void {
    this.days += 1;
  }
}

class Other extends Strategy<typeof Other.params> {
  static readonly params = { fast: 5 };

  override next(): void {
    this.buy();
  }
}

class Hold extends Strategy {
  override nextstart(): void {
    this.buy();
  }
}

class Base<P extends typeof Base.params = typeof Base.params> extends Strategy<P> {
  static readonly params: { period: number } = { period: 10 };
}

class Derived extends Base<typeof Derived.params> {
  static override readonly params = { ...Base.params, isLong: true };
}

const bars = await load({ path: 'a.csv', timeframe: '1h', symbol: 'BTC/USDT' });

const { strategies, stats } = await run(Above, bars, { period: 5 }, { commission: 0.001 });
const [{ params, strategy, trades }] = strategies;
export const figures: readonly number[] = [params.period, strategy.days, strategy.line.now, trades.length];
export const side: 'long' | 'short' = params.side;
export const sharpe: number | undefined = stats.sharpe;
export const isLong: boolean = (await run(Derived, { btc: bars }, { period: 3 })).strategies[0].params.isLong;
export const held: Hold = (await run(Hold, [bars, load({ bars, timeframe: '1h' })])).strategies[0].strategy;
export const part: number = bars.between('2024-01-01', Date.UTC(2024, 1)).close.length;

// @ts-expect-error a parameter that does not exist
await run(Above, bars, { perod: 5 });
// @ts-expect-error a parameter of another type
await run(Above, bars, { period: '5' });
// @ts-expect-error a word that the union does not have
await run(Above, bars, { side: 'sideways' });
// @ts-expect-error a parameter of another strategy
await run(Other, bars, { period: 5 });
// @ts-expect-error a strategy without parameters takes none
await run(Hold, bars, { period: 5 });
// @ts-expect-error an option that does not exist
await run(Above, bars, {}, { comission: 0.001 });
// @ts-expect-error a path is no bars
await run(Above, 'a.csv');
// @ts-expect-error options of load are no bars
await run(Above, { path: 'a.csv', timeframe: '1h' });
// @ts-expect-error one strategy
await run([Above, Other], bars);
// @ts-expect-error bars are needed
await run(Above);
