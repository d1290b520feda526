/** A strategy that does everything an order desk allows, as its seed and the bar tell it. */
import { Strategy, atr, ema, type Order, type OrderOptions } from 'nextbar';
import { seededRandom } from 'nextbar/feeds';

/** Orders of every type, brackets, groups, targets, cancels and validities, sized and priced from what is visible now. */
export class FuzzStrategy extends Strategy<typeof FuzzStrategy.params> {
  /** `activity` is the chance of an act in a bar; `size` the largest number of units. */
  static readonly params = { seed: 1, activity: 0.5, size: 3 };

  readonly average = ema(this.data.close, 5);
  readonly range = atr(this.data, 5);

  override prenext(): void {
    // Orders are placed before the indicators are ready too.
    if (this.datas.every(({ length }) => length > 0)) this.act();
  }

  override next(): void {
    this.act();
  }

  private act(): void {
    // The draw depends on the bar's number alone, so that runs over the same bars draw alike whatever comes after.
    const random = seededRandom(this.params.seed * 7919 + this.data.length * 104_729 + this.datas.length);
    const count = random() < this.params.activity ? 1 + Math.floor(random() * 2) : 0;
    for (let k = 0; k < count; k++) this.one(random);
  }

  private one(random: () => number): void {
    const data = this.datas[Math.floor(random() * this.datas.length)]!;
    const close = data.close.now;
    const step = Number.isNaN(this.range.now) ? close * 0.01 : this.range.now * (close / this.data.close.now);
    const away = (random() - 0.5) * 3 * step;
    const size = Math.ceil(random() * this.params.size * 8) / 8;
    const isBuy = random() < 0.5;
    const valid = random() < 0.3 ? { afterMs: Math.floor(random() * 20) * 3_600_000 } : undefined;
    const send = (options: OrderOptions): Order | undefined => (isBuy ? this.buy(options) : this.sell(options));
    const shared = { data, size, valid };
    const price = close + away;
    switch (Math.floor(random() * 14)) {
      case 0:
        send({ data, size });
        break;
      case 1:
        send({ ...shared, type: 'close' });
        break;
      case 2:
        send({ ...shared, type: 'limit', price });
        break;
      case 3:
        send({ ...shared, type: 'stop', price });
        break;
      case 4:
        send({ ...shared, type: 'stopLimit', price, limitPrice: price + (random() - 0.5) * step });
        break;
      case 5:
        send({ ...shared, type: 'stopTrail', trailAmount: 0.2 * step + random() * step });
        break;
      case 6:
        send({ ...shared, type: 'stopTrailLimit', trailPercent: 0.002 + random() * 0.02 });
        break;
      case 7: {
        const sign = isBuy ? 1 : -1;
        const bracket = { ...shared, price, stopLoss: price - sign * step, takeProfit: price + sign * step };
        if (isBuy) this.buyBracket(bracket);
        else this.sellBracket(bracket);
        break;
      }
      case 8: {
        const first = send({ ...shared, type: 'limit', price: close - step });
        if (first !== undefined) send({ ...shared, type: 'stop', price: close + step, oco: first });
        break;
      }
      case 9:
        this.orderTargetSize((isBuy ? 1 : -1) * size, { data });
        break;
      case 10:
        this.orderTargetPercent((random() - 0.5) * 0.8, { data });
        break;
      case 11: {
        const alive = [...this.openOrders];
        const chosen = alive[Math.floor(random() * alive.length)];
        if (chosen !== undefined) this.cancel(chosen);
        break;
      }
      case 12:
        send({ ...shared, type: this.data.close.now > this.average.now ? 'market' : 'close', tradeId: 1 });
        break;
      default:
        this.close({ data });
    }
  }
}
