/** An arbitrage between two exchanges: buys where the coin is cheap, sells where it is dear, each paid from its own account. */
import { BarsDataFeed, Cerebro, GeneratedDataFeed, Strategy } from 'nextbar';

class TwoExchanges extends Strategy<typeof TwoExchanges.params> {
  static readonly params = { edge: 0.004, lot: 0.1 }; // the difference worth trading, as a fraction, and coins a time

  readonly here = this.getData('binance');
  readonly there = this.getData('kraken');

  override next(): void {
    const { edge, lot } = this.params;
    const [here, there] = [this.here.close.now, this.there.close.now];
    if (there > here * (1 + edge)) this.move(this.here, this.there, here, lot);
    else if (here > there * (1 + edge)) this.move(this.there, this.here, there, lot);
  }

  /** Buys on one exchange and sells on the other, as far as each account reaches; sends money after it where it runs out. */
  private move(cheap: typeof this.here, dear: typeof this.here, price: number, size: number): void {
    const { broker } = this;
    const free = (currency: string, name: string): number => broker.getFree?.(currency, name) ?? 0;
    if (free('USDT', cheap.name) < price * size * 1.01) {
      const amount = Math.floor(free('USDT', dear.name) / 2);
      if (amount > 100)
        broker.transfer?.({ from: dear.name, to: cheap.name, currency: 'USDT', amount, fee: 1, delayMs: 3_600_000 });
    } else if (free('BTC', dear.name) >= size) {
      this.buy({ data: cheap, size });
      this.sell({ data: dear, size });
    }
  }
}

const feed = { symbol: 'BTC/USDT', timeframe: '1h', start: '2024-01-01', count: 2_000, seed: 3 } as const;
const bars = await new GeneratedDataFeed(feed).load();
// The other exchange is now dearer, now cheaper, by up to 1 %.
const off = (column: Float64Array): Float64Array => column.map((price, k) => price * (1 + 0.01 * Math.sin(k / 30)));
const others = { ...bars, open: off(bars.open), high: off(bars.high), low: off(bars.low), close: off(bars.close) };
const price = bars.open[0]!;
const cerebro = new Cerebro({
  accounts: { binance: { cash: { USDT: price, BTC: 1 } }, kraken: { cash: { USDT: price, BTC: 1 } } },
  ledger: 'decimal',
  instrumentRules: false,
});
for (const [name, rows] of [
  ['binance', bars],
  ['kraken', others],
] as const) {
  // prettier-ignore
  cerebro.addData(new BarsDataFeed({ name, symbol: 'BTC/USDT', timeframe: '1h', bars: rows }));
  cerebro.setInstrument(name, { account: name, makerFee: 0.0005, takerFee: 0.001 });
}
cerebro.addStrategy(TwoExchanges);

const result = await cerebro.run();
for (const { name, wallet } of result.account!.accounts)
  console.log(`${name}: ${Number(wallet['USDT']).toFixed(2)} USDT, ${wallet['BTC'] ?? '0'} BTC`);
console.log(`final value ${result.finalValue.toFixed(2)} USDT`);
console.log(`fills: ${result.strategies[0]!.fills.length}, transfers: ${result.account!.transfers.length}`);
