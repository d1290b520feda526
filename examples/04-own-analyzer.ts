/** An analyzer of your own: it listens to a run and says what it made of it. */
import { Analyzer, Cerebro, crossover, ema, GeneratedDataFeed, Strategy, type Trade } from 'nextbar';

interface Hours {
  readonly hour: number;
  readonly trades: number;
  readonly net: number;
}

/** Net profit by the hour of the day (UTC) in which a trade was opened. */
class ProfitByHour extends Analyzer<Hours[]> {
  private readonly hours = Array.from({ length: 24 }, (_, hour) => ({ hour, trades: 0, net: 0 }));

  override notifyTrade(trade: Trade): void {
    if (trade.status !== 'closed') return;
    const bucket = this.hours[new Date(trade.openTime).getUTCHours()]!;
    bucket.trades++;
    bucket.net += trade.pnlNet;
  }

  override result(): Hours[] {
    return this.hours.filter(({ trades }) => trades > 0);
  }
}

class EmaCross extends Strategy {
  readonly cross = crossover(ema(this.data.close, 8), ema(this.data.close, 21));

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

const cerebro = new Cerebro({ commission: 0.0005 });
cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 21, count: 4_000 }));
cerebro.addStrategy(EmaCross);
cerebro.addAnalyzer(ProfitByHour);
const { strategies } = await cerebro.run();
// The type of the answer comes from the class: Hours[].
for (const { hour, trades, net } of strategies[0]!.analyzer(ProfitByHour)) {
  console.log(
    `${String(hour).padStart(2, '0')}:00  ${String(trades).padStart(3)} trades  ${net.toFixed(2).padStart(10)}`,
  );
}
