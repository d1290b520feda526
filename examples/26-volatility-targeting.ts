/** A basket with volatility targeting: each contract gets the part at which it swings as much as every other, and the whole as much as is wanted. */
import { Cerebro, GeneratedDataFeed, Strategy, type Data } from 'nextbar';
import { AccountCosts } from 'nextbar/analyzers';

class EvenRisk extends Strategy<typeof EvenRisk.params> {
  // Yearly volatility wanted of the whole, days that it is measured over, and the most that is held of the account's value.
  static readonly params = { target: 0.2, days: 30, most: 3 };

  override start(): void {
    this.addTimer({ when: '00:00', weekdays: [1], weekCarry: true });
  }

  override notifyTimer(): void {
    const { target, days, most } = this.params;
    const measured = this.datas.filter((data) => data.length > days);
    // As if the contracts moved apart: their variances add up.
    const parts = measured.map((data) => target / Math.sqrt(measured.length) / volatilityOf(data, days));
    const scale = Math.min(1, most / parts.reduce((sum, part) => sum + part, 0));
    for (const [k, data] of measured.entries()) {
      const wanted = (parts[k]! * scale * this.broker.value) / data.close.now;
      const held = this.getPosition(data).size;
      // A change below a tenth costs more in fees than it is worth.
      if (Math.abs(wanted - held) > 0.1 * wanted) this.orderTargetSize(wanted, { data });
    }
  }
}

/** Standard deviation of the daily log returns, over a year. */
function volatilityOf({ close }: Data, days: number): number {
  const closes = close.window(days + 1);
  const returns = Array.from({ length: days }, (_, k) => Math.log(closes[k + 1]! / closes[k]!));
  const mean = returns.reduce((sum, one) => sum + one, 0) / days;
  return Math.sqrt((returns.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (days - 1)) * 365);
}

const cerebro = new Cerebro({ account: { cash: { USDT: 100_000 }, leverage: 5 }, commission: 0.0005 });
for (const [k, volatility] of [2, 3, 4, 6].entries()) {
  const [base, options] = [
    `COIN${k + 1}`,
    { timeframe: '1d', start: '2022-01-01', end: '2024-06-01', seed: 7 + k } as const,
  ];
  cerebro.addData(
    new GeneratedDataFeed({ ...options, name: base, symbol: `${base}/USDT:USDT`, price: 50, volatility }),
  );
}
cerebro.addStrategy(EvenRisk);
cerebro.addAnalyzer(AccountCosts);
const { strategies, finalValue, equity } = await cerebro.run();
const daily = Array.from({ length: equity.value.length - 40 }, (_, k) =>
  Math.log(equity.value[k + 40]! / equity.value[k + 39]!),
);
const swing = Math.sqrt((daily.reduce((sum, one) => sum + one * one, 0) / daily.length) * 365);
console.log(`volatility a year ${(100 * swing).toFixed(1)} %, of ${100 * EvenRisk.params.target} % wanted`);
console.log(`fees ${strategies[0]!.analyzer(AccountCosts).fees['USDT']!.toFixed(2)} USDT`);
console.log(`final value ${finalValue.toFixed(2)} USDT`);
