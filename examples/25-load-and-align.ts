/** Research in one call: columns of two coins and a longer timeframe, joined on one clock without looking ahead, and a run over the result. */
import { BarsDataFeed, Cerebro, GeneratedDataFeed, Strategy } from 'nextbar';
import { align, load } from 'nextbar/feeds';

// load({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', start: '2024-01-01' }) or load({ path: 'btc.csv', ... }) return the same table.
const options = { start: '2024-01-01', count: 2_000 } as const;
const btc = await load(new GeneratedDataFeed({ ...options, symbol: 'BTC/USDT', timeframe: '1h', seed: 1 }));
const eth = await load(new GeneratedDataFeed({ ...options, symbol: 'ETH/USDT', timeframe: '1h', seed: 2 }));
const daily = await load(new GeneratedDataFeed({ ...options, count: 80, symbol: 'BTC/USDT', timeframe: '1d', seed: 1 })); // prettier-ignore

// Each row has the last bar of every table that had closed by then; NaN before the first.
const joined = align([btc, eth, daily]);
console.log(Object.keys(joined.columns).filter((name) => name.endsWith('close')).join(', ')); // prettier-ignore
const ratio = joined.columns['BTC/USDT 1h close']!.map((close, i) => close / joined.columns['ETH/USDT close']![i]!);
console.log(
  `BTC in ETH: ${ratio[0]!.toFixed(3)} at first, ${ratio.at(-1)!.toFixed(3)} at last; as CSV: ${joined.toCsv().length} characters`,
);

/** Holds BTC while its price in ETH is above its mean so far. */
class RatioTrend extends Strategy {
  private sum = 0;

  override next(): void {
    const now = ratio[this.data.length - 1]!;
    this.sum += now;
    const isAbove = now > this.sum / this.data.length;
    if (isAbove && this.position.size === 0) this.buy();
    else if (!isAbove && this.position.size > 0) this.close();
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
cerebro.addData(new BarsDataFeed({ bars: btc, symbol: 'BTC/USDT', timeframe: '1h' })).addStrategy(RatioTrend);
const result = await cerebro.run();
console.log(`final value ${result.finalValue.toFixed(2)}`);
