/** A bracket: an entry with a protective stop and a profit target, of which the first reached ends the trade. */
import { Cerebro, GeneratedDataFeed, highest, Strategy } from 'nextbar';

class BreakoutBracket extends Strategy<typeof BreakoutBracket.params> {
  static readonly params = { period: 48, loss: 0.02, gain: 0.04 };

  // Of the bars before this one: a close cannot exceed a high that holds it.
  readonly ceiling = highest(this.data.high, this.params.period).shift(1);

  override next(): void {
    const close = this.data.close.now;
    if (this.position.size !== 0 || close <= this.ceiling.now) return;
    this.buyBracket({
      type: 'market',
      size: 0.1,
      stopLoss: close * (1 - this.params.loss),
      takeProfit: close * (1 + this.params.gain),
    });
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 12, count: 4_000 }));
cerebro.addStrategy(BreakoutBracket);
const { strategies, finalValue, ambiguity } = await cerebro.run();
const trades = strategies[0]?.trades ?? [];
const won = trades.filter(({ pnlNet }) => pnlNet > 0).length;
console.log(`${trades.length} trades, ${won} won, ${ambiguity.exits} exits where one bar reached both prices`);
console.log(`final value ${finalValue.toFixed(2)}`);
