/** An indicator of your own: one function that grows a line from others. */
import { Cerebro, GeneratedDataFeed, Strategy, type Line } from 'nextbar';
import { derive } from 'nextbar/extend';

/** Share of the last `period` bars that closed higher than the bar before, from 0 to 1. */
function upShare(source: Line, period: number): Line {
  return derive(source, {
    name: `upShare(${period})`,
    period: period + 1, // the first value needs one bar more than it counts
    compute({ inputs: [x], outputs: [out] }, from, to) {
      for (let i = from; i < to; i++) {
        let ups = 0;
        for (let k = i - period + 1; k <= i; k++) if (x!.at(k) > x!.at(k - 1)) ups++;
        out!.set(i, i < period ? NaN : ups / period);
      }
    },
  });
}

class BuyPersistence extends Strategy<typeof BuyPersistence.params> {
  static readonly params = { period: 20, enter: 0.65, leave: 0.45 };

  readonly ups = upShare(this.data.close, this.params.period);

  override next(): void {
    if (this.position.size === 0 && this.ups.now >= this.params.enter) this.buy();
    else if (this.position.size > 0 && this.ups.now <= this.params.leave) this.close();
  }
}

const cerebro = new Cerebro();
cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 4, count: 3_000 }));
cerebro.addStrategy(BuyPersistence);
const { strategies, finalValue } = await cerebro.run();
console.log(`${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
