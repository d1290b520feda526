/** The strategy of the scenarios: does what a table's rows say, and writes down what it is told. */
import { Strategy, type BracketOptions, type Order, type OrderOptions } from 'nextbar';
import { split } from './table.ts';

/** Something a strategy does in the `next` of one bar. */
export type Act = (strategy: Actor) => void;

/** One notification, as a table writes it. */
export interface Told {
  readonly event: string;
  readonly reason: string | undefined;
}

/** What it sees at the end of a bar. */
export interface Seen {
  readonly cash: number;
  readonly value: number;
  readonly position: number;
  readonly fund: number;
}

interface Params {
  readonly orders: readonly string[];
  readonly act: Readonly<Record<number, Act>>;
}

const types: readonly string[] = ['market', 'close', 'limit', 'stop', 'stopLimit', 'stopTrail', 'stopTrailLimit'];

/**
 * Does one of these for each part of a row:
 *
 * - `a: buy 1 limit 98 valid=2h oco=b`: an order by a name, with `type price limitPrice` and more options by name; `hold` keeps it
 *   back; without a size the sizer decides;
 * - `a: buyBracket 1 limit 98 stopLoss=95 takeProfit=110`: its exits are `a.stop` and `a.target`;
 * - `cancel a`, `cash -100`.
 */
export class Actor extends Strategy<Params> {
  static readonly params: Params = { orders: [], act: {} };
  readonly told: Told[][] = [];
  readonly seen: Seen[] = [];
  /** Orders by the names the table gives them. */
  readonly named = new Map<string, Order>();
  private readonly fillsTold = new Map<Order, number>();

  /** Number of the first data's present bar, from 0. */
  get bar(): number {
    return this.data.length - 1;
  }

  override notifyOrder(order: Order): void {
    const { status } = order;
    const before = this.fillsTold.get(order) ?? 0;
    if (order.fills.length > before) {
      const { size, price, reason } = order.lastFill!;
      const left = status === 'completed' ? '' : ' partial';
      this.fillsTold.set(order, order.fills.length);
      this.tell(`${this.nameOf(order)} ${short(size)} @ ${short(price)}${left}`, reason);
    } else if (status !== 'submitted' && status !== 'accepted') {
      this.tell(`${this.nameOf(order)} ${status}`, order.reason);
    }
  }

  override next(): void {
    const { bar, broker } = this;
    if (this.seen.length > bar) return;
    this.seen[bar] = { cash: broker.cash, value: broker.value, position: this.position.size, fund: broker.fundValue };
    for (const part of split(this.params.orders[bar] ?? '')) this.do(part);
    this.params.act[bar]?.(this);
  }

  private do(part: string): void {
    const [, name, rest] = /^(?:([\w.]+):)?(.*)$/.exec(part)!;
    const words = rest!.trim().split(/\s+/);
    const [verb = ''] = words;
    if (verb === 'cancel') this.cancel(this.named.get(words[1]!)!);
    else if (verb === 'cash') this.broker.addCash(Number(words[1]));
    else if (verb === 'buyBracket' || verb === 'sellBracket') {
      const made = this[verb](this.optionsOf(words.slice(1)) as BracketOptions);
      this.keep(name!, made?.main);
      this.keep(`${name!}.stop`, made?.stopLoss);
      this.keep(`${name!}.target`, made?.takeProfit);
    } else if (verb === 'buy' || verb === 'sell' || verb === 'close') {
      this.keep(name!, this[verb](this.optionsOf(words.slice(1))));
    } else throw new Error(`a table cannot say '${part}'`);
  }

  private optionsOf(words: readonly string[]): OrderOptions {
    const options: Record<string, unknown> = {};
    const prices: number[] = [];
    for (const word of words) {
      const [key, value] = word.split('=') as [string, string | undefined];
      if (value !== undefined) options[key] = this.optionOf(key, value);
      else if (key === 'hold') options['transmit'] = false;
      else if (types.includes(key)) options['type'] = key;
      else if (options['type'] === undefined) options['size'] = Number(key);
      else prices.push(Number(key));
    }
    if (prices[0] !== undefined) options['price'] = prices[0];
    if (prices[1] !== undefined) options['limitPrice'] = prices[1];
    return options;
  }

  private optionOf(key: string, value: string): unknown {
    if (key === 'oco' || key === 'parent') return this.named.get(value)!;
    if (key === 'valid' && value.endsWith('h')) return { afterMs: Number(value.slice(0, -1)) * 3_600_000 };
    const number = Number(value);
    if (value === 'true' || value === 'false') return value === 'true';
    return Number.isNaN(number) ? value : number;
  }

  private keep(name: string, order: Order | undefined): void {
    if (order !== undefined) this.named.set(name, order);
  }

  private nameOf(order: Order): string {
    for (const [name, one] of this.named) if (one === order) return name;
    return `#${order.ref}`;
  }

  private tell(event: string, reason: string | undefined): void {
    (this.told[this.bar] ??= []).push({ event, reason });
  }
}

function short(value: number): number {
  return +value.toPrecision(10);
}
