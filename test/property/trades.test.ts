/** Trades of random orders against a slow ledger, which takes the fills one by one and looks at every price that a trade was certainly open at. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type Bar, type Fill, type Order, type Trade } from 'nextbar';
import { seededRandom } from 'nextbar/feeds';

import { hourMs, walk } from './walk.ts';

interface Seen {
  readonly fill: Fill;
  readonly bar: number;
}

/** Orders of several types either way, in sizes that grow, shrink and turn what is held. */
class Everything extends Strategy<typeof Everything.params> {
  static readonly params = { seed: 1 };
  readonly random = seededRandom(this.params.seed);

  override next(): void {
    const { random } = this;
    if (random() < 0.5) return;
    const close = this.data.close.now;
    const size = 1 + Math.floor(random() * 4);
    const price = close + Math.round((random() - 0.5) * 12);
    const isBuy = random() < 0.5;
    const send = (options: Parameters<Strategy['buy']>[0]): unknown => (isBuy ? this.buy(options) : this.sell(options));
    const valid = { afterMs: 4 * hourMs };
    switch (Math.floor(random() * 6)) {
      case 0:
        return void send({ size });
      case 1:
        return void send({ size, type: 'limit', price, valid });
      case 2:
        return void send({ size, type: 'stop', price: close + (isBuy ? 4 : -4), valid });
      case 3:
        return void send({ size, type: 'close' });
      case 4:
        return void this.close();
      default: {
        const sign = isBuy ? 1 : -1;
        const bracket = { size, price: close - sign, stopLoss: close - 4 * sign, takeProfit: close + 4 * sign, valid };
        return void (isBuy ? this.buyBracket(bracket) : this.sellBracket(bracket));
      }
    }
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'partial' && order.status !== 'completed') return;
    this.see({ fill: order.lastFill!, bar: this.data.length - 1 });
  }

  /** Hears each fill when it happens. */
  protected see(_: Seen): void {}
}

const atOpen = new Set(['open', 'limitAtOpen', 'stopAtOpen']);

/** What a trade comes to, by the slow ledger. */
class SlowTrade {
  size = 0;
  peakSize = 0;
  price = 0;
  pnl = 0;
  commission = 0;
  best = 0;
  worst = 0;
  readonly openIndex: number;
  closeIndex = -1;

  constructor(openIndex: number) {
    this.openIndex = openIndex;
  }

  look(price: number): void {
    const profit = this.pnl + this.size * (price - this.price);
    this.best = Math.max(this.best, profit);
    this.worst = Math.min(this.worst, profit);
  }

  apply(size: number, price: number, commission: number): void {
    const after = this.size + size;
    if (Math.abs(after) > Math.abs(this.size)) this.price = (this.size * this.price + size * price) / after;
    else this.pnl -= size * (price - this.price);
    this.size = after;
    if (Math.abs(after) > Math.abs(this.peakSize)) this.peakSize = after;
    this.commission += commission;
  }
}

/** The trades that fills come to. */
function slowTrades(seen: readonly Seen[], bars: readonly Bar[]): SlowTrade[] {
  const trades: SlowTrade[] = [];
  let trade: SlowTrade | undefined;
  for (const [k, bar] of bars.entries()) {
    const fills = seen.filter((one) => one.bar === k).map(({ fill }) => fill);
    let isWhole = true;
    for (const fill of fills) {
      const isInside = !atOpen.has(fill.rule);
      // What was held from an earlier bar saw the open before anything inside.
      if (isInside && isWhole && trade !== undefined && trade.openIndex < k) trade.look(bar.open);
      if (isInside) isWhole = false;
      trade?.look(fill.price);
      for (const part of [fill.closed, fill.opened]) {
        if (part === 0) continue;
        if (trade === undefined) {
          trades.push((trade = new SlowTrade(k)));
          isWhole = !isInside;
        }
        trade.apply(part, fill.price, fill.commission * Math.abs(part / fill.size));
        if (trade.size !== 0) continue;
        trade.closeIndex = k;
        trade = undefined;
      }
    }
    if (trade === undefined) continue;
    // After a fill inside, the close alone is certain; without one the whole bar is.
    if (!isWhole) trade.look(bar.close);
    else for (const price of [bar.high, bar.low]) trade.look(price);
  }
  return trades;
}

const figures = (one: SlowTrade | Trade): number[] =>
  [one.openIndex, one.closeIndex ?? NaN, one.peakSize, one.price, one.pnl, one.commission, one.best, one.worst].map((value) => +value.toFixed(9)); // prettier-ignore

describe.each([
  ['an exchange', { rules: 'exchange' }],
  ['an exchange, always up first', { rules: 'exchange', intrabar: 'openHighLowClose' }],
  ['an exchange, in an account', { rules: 'exchange', account: { cash: { USDT: 1e6 }, leverage: 2, margin: 'cross' } }],
  ['Backtrader', { rules: 'backtrader' }],
] as const)('trades by the rules of %s', (_, options) => {
  it.each(Array.from({ length: 12 }, (_seed, k) => k + 1))('are what their fills and bars say (%i)', async (seed) => {
    const bars = walk(seed, 300, 3);
    const cerebro = new Cerebro({ cash: 1e6, commission: 0.001, ...options });
    cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USDT:USDT', timeframe: '1h', bars }));
    const seen: Seen[] = [];
    class Watched extends Everything {
      protected override see(one: Seen): void {
        seen.push(one);
      }
    }
    cerebro.addStrategy(Watched, { seed });
    const [result] = (await cerebro.run()).strategies;
    const expected = slowTrades(seen, bars).filter(({ closeIndex }) => closeIndex >= 0);
    expect(expected.length).toBeGreaterThan(20);
    expect(result!.trades.map(figures)).toEqual(expected.map(figures));
  });
});
