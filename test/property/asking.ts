/** Strategies that ask at random for every kind of order, and keep what they asked for: for tests against another way to execute it. */
import { Strategy, type BracketOptions, type Data, type Order, type OrderOptions } from 'nextbar';
import { seededRandom } from '../../src/core/index.ts';
import { quarter, type SlowOrder } from './slow-exchange.ts';

/** Options of an order of any type. */
interface Loosely {
  readonly size?: number;
  readonly type?: SlowOrder['type'];
  readonly price?: number;
  readonly limitPrice?: number;
  readonly trailAmount?: number;
  readonly activationPrice?: number;
  readonly reduceOnly?: boolean;
}

export type Asked =
  | {
      readonly kind: 'place';
      readonly order: Omit<SlowOrder, 'state' | 'isTriggered' | 'best' | 'place' | 'bar' | 'last' | 'filled'>;
    }
  | { readonly kind: 'cancel'; readonly ref: number }
  | { readonly kind: 'amend'; readonly ref: number; readonly price: number };

/** Asks at random on each data, and keeps what it asked for by data and step. */
export abstract class Asking extends Strategy<{ seed: number; tick: number; shorts: boolean }> {
  static readonly params = { seed: 0, tick: quarter, shorts: true };
  readonly random = seededRandom(this.params.seed + 1_000);
  readonly asked = this.datas.map(() => new Map<number, Asked[]>());
  refusals: string[] = [];
  protected at: Data = this.data;
  private groups = 0;

  override notifyOrder(order: Order): void {
    if (order.status === 'rejected' || order.status === 'margin') this.refusals.push(order.reason ?? order.status);
  }

  protected some(most: number): number {
    return Math.floor(this.random() * most);
  }

  protected away(most = 16): number {
    return this.params.tick * (1 + this.some(most));
  }

  override next(): void {
    for (const data of this.datas) {
      this.at = data;
      this.ask(data.close.now, this.getPosition(data).size, this.getOpenOrders(data));
    }
  }

  /** Asks on one data, whose close, position and open orders are given. */
  protected abstract ask(close: number, held: number, open: readonly Order[]): void;

  protected note(one: Asked): void {
    const step = this.at.length - 1;
    const asked = this.asked[this.datas.indexOf(this.at)]!;
    const list = asked.get(step);
    if (list === undefined) asked.set(step, [one]);
    else list.push(one);
  }

  protected nextGroup(): number {
    return ++this.groups;
  }

  protected noteOrder(order: Order | undefined, options: Loosely, more: Partial<SlowOrder> = {}): Order | undefined {
    if (order === undefined) return undefined;
    const { type = 'market', price = NaN, limitPrice = NaN, trailAmount = NaN, activationPrice } = options;
    this.note({
      kind: 'place',
      order: {
        ref: order.ref, sign: order.isBuy ? 1 : -1, type, size: order.size, price, limitPrice, trail: trailAmount,
        activation: activationPrice, parent: undefined, group: undefined, reduces: options.reduceOnly === true, ...more,
      },
    }); // prettier-ignore
    return order;
  }

  protected drop(order: Order): void {
    this.note({ kind: 'cancel', ref: order.ref });
    this.cancel(order);
  }

  protected move(order: Order, price: number): void {
    if (this.amend(order, { price })) this.note({ kind: 'amend', ref: order.ref, price });
  }
}

/** Orders of every type on both sides, withdrawn and moved at random. */
export class Loose extends Asking {
  protected override ask(close: number, _held: number, open: readonly Order[]): void {
    const data = this.at;
    if (open.length > 0 && this.some(4) === 0) this.drop(open[this.some(open.length)]!);
    const moved = open.find(({ type, isAlive }) => type === 'limit' && isAlive);
    if (moved !== undefined && this.some(4) === 0) this.move(moved, close + (moved.isBuy ? -this.away() : this.away()));
    for (let count = this.some(3); count > 0; count--) {
      const isBuy = this.some(2) === 0;
      const up = isBuy ? 1 : -1;
      const size = 1 + this.some(5);
      const pick = this.some(7);
      const options: Loosely =
        pick === 0 ? { size }
        : pick === 1 ? { size, type: 'limit', price: close - up * this.away() }
        : pick === 2 ? { size, type: 'stop', price: close + up * this.away() }
        : pick === 3 ? { size, type: 'stopLimit', price: close + up * this.away(), limitPrice: close + up * this.away() }
        : pick === 4 ? { size, type: 'stopTrail', trailAmount: this.away(10) }
        : pick === 5 ? { size, type: 'stopTrail', trailAmount: this.away(6), activationPrice: close - up * this.away() }
        : { size, type: 'limit', price: close - up * this.away(), reduceOnly: true }; // prettier-ignore
      const all = { ...options, data } as OrderOptions;
      if (this.some(6) > 0) this.noteOrder(isBuy ? this.buy(all) : this.sell(all), options);
      else this.pair(close, size);
    }
  }

  /** A stop on each side, of which the first executed cancels the other. */
  private pair(close: number, size: number): void {
    const data = this.at;
    const group = this.nextGroup();
    const above: Loosely = { type: 'stop', price: close + this.away(), size };
    const below: Loosely = { type: 'stop', price: close - this.away(), size };
    const first = this.noteOrder(this.buy({ ...above, data } as OrderOptions), above, { group })!;
    this.noteOrder(this.sell({ ...below, data, oco: first } as OrderOptions), below, { group });
  }
}

/** Brackets one at a time, long or short, whose position is closed or reduced by other orders at random. */
export class Bracketed extends Asking {
  protected override ask(close: number, position: number, open: readonly Order[]): void {
    const data = this.at;
    if (position === 0 && open.length === 0) {
      const isLong = this.some(2) === 0 || !this.params.shorts;
      const up = isLong ? 1 : -1;
      const size = 2 + this.some(5);
      const pick = this.some(3);
      const entry: Loosely =
        pick === 0 ? { size } : pick === 1 ? { size, type: 'limit', price: close - up * this.away(8) } : { size, type: 'stop', price: close + up * this.away(8) };
      const at = entry.price ?? close;
      const stop: Loosely = this.some(3) === 0 ? { type: 'stopTrail', trailAmount: this.away(12) } : { type: 'stop', price: at - up * this.away(12) };
      const target = at + up * this.away(12);
      const all = { ...entry, data, stopLoss: stop.type === 'stop' ? stop.price! : { type: 'stopTrail', trailAmount: stop.trailAmount! }, takeProfit: target } as BracketOptions;
      const bracket = isLong ? this.buyBracket(all) : this.sellBracket(all);
      if (bracket === undefined) return;
      const group = this.nextGroup();
      this.noteOrder(bracket.main, entry);
      const more = { parent: bracket.main.ref, group, reduces: true };
      this.noteOrder(bracket.stopLoss, stop, more);
      this.noteOrder(bracket.takeProfit, { type: 'limit', price: target }, more);
    } else if (position !== 0) {
      const pick = this.some(9);
      const held = Math.abs(position);
      if (pick === 0) this.noteOrder(this.close({ data }), {}, { reduces: true });
      else if (pick === 1 && held > 1) this.noteOrder(this.close({ data, size: 1 }), {}, { reduces: true });
      else if (pick === 2) {
        const target = open.find(({ type }) => type === 'limit');
        if (target !== undefined) this.move(target, close + (target.isBuy ? -this.away() : this.away()));
      } else if (pick === 3) {
        const exit = open[this.some(2)];
        if (exit !== undefined) this.drop(exit);
      }
    } else if (this.some(6) === 0) this.drop(open[0]!);
  } // prettier-ignore
}
