/** A funding carry: long spot, short the perpetual, so that the price cancels and the funding stays. */
import { BarsDataFeed, Cerebro, GeneratedDataFeed, Strategy } from 'nextbar';
import { AccountCosts } from 'nextbar/analyzers';

class FundingCarry extends Strategy<typeof FundingCarry.params> {
  static readonly params = { units: 2 }; // coins on each leg

  readonly spot = this.getData('spot');
  readonly perp = this.getData('perp');

  override next(): void {
    if (this.spot.length !== 1) return;
    this.buy({ data: this.spot, size: this.params.units });
    this.sell({ data: this.perp, size: this.params.units });
  }
}

const options = { timeframe: '1h', start: '2024-01-01', count: 3_000, seed: 5 } as const;
const spot = await new GeneratedDataFeed({ ...options, symbol: 'BTC/USDT' }).load();
const cerebro = new Cerebro({
  account: { cash: { USDT: 1_000 * spot.open[0]! }, margin: 'cross', leverage: 3 },
  ledger: 'decimal',
  instrumentRules: false,
});
// The perpetual trades at the price of the coin here; its own bars would come from a feed of BTC/USDT:USDT.
for (const [name, symbol] of [
  ['spot', 'BTC/USDT'],
  ['perp', 'BTC/USDT:USDT'],
] as const)
  // prettier-ignore
  cerebro.addData(new BarsDataFeed({ name, symbol, timeframe: '1h', bars: spot }));
const everyEightHours = Array.from({ length: 375 }, (_, k) => ({
  time: spot.time[0]! + k * 8 * 3_600_000,
  rate: 0.0001 + 0.00005 * Math.sin(k / 20),
}));
cerebro.setInstrument('spot', { makerFee: 0.001, takerFee: 0.001 });
cerebro.setInstrument('perp', {
  makerFee: 0.0002,
  takerFee: 0.0005,
  liquidationFee: 0.0125,
  marginTiers: [{ upTo: 1e9, maintenanceRate: 0.004, maxLeverage: 125 }],
  funding: everyEightHours,
});
cerebro.addStrategy(FundingCarry);
cerebro.addAnalyzer(AccountCosts);

const result = await cerebro.run();
const costs = result.strategies[0]!.analyzer(AccountCosts);
console.log(
  `funding received: ${costs.funding['USDT']!.toFixed(2)} USDT in ${result.account!.funding.length} payments`,
);
console.log(`fees paid:        ${costs.fees['USDT']!.toFixed(2)} USDT`);
console.log(`final value ${result.finalValue.toFixed(2)} USDT, of ${(1_000 * spot.open[0]!).toFixed(2)}`);
