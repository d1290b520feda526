/** What happens in a live session, one line each: steps, orders, streams; for a reader, or as JSON for a program. */
import { Analyzer } from '../../analyzers/index.ts';
import type { Order } from '../../broker/index.ts';
import type { SessionView } from '../../engine/index.ts';
import type { Output } from '../shell/command.ts';
import { plainValue } from '../output/result-json.ts';
import { amount, moment } from '../output/words.ts';

/** Hears of every order while the session runs. */
export class OrderNews extends Analyzer<undefined> {
  private readonly tell: (order: Order) => void;

  constructor(options: { readonly tell?: (order: Order) => void } = {}) {
    super();
    this.tell = options.tell ?? (() => {});
  }

  override notifyOrder(order: Order): void {
    this.tell(order);
  }

  result(): undefined {
    return undefined;
  }
}

/** An order and what became of it, in words. */
export function orderText(order: Order): string {
  const { side, size, type, price, status, filled, averagePrice, reason, data } = order;
  const what = `${side} ${units(size)} ${data.symbol}`;
  if (status === 'completed') return `${side === 'buy' ? 'bought' : 'sold'} ${units(filled)} ${data.symbol} at ${amount(averagePrice)}`; // prettier-ignore
  const at = type === 'market' || type === 'close' ? type : `${type} ${amount(price)}`;
  const done = filled > 0 ? `, ${units(filled)} done at ${amount(averagePrice)}` : '';
  return `${what} ${at}: ${status}${done}${reason === undefined ? '' : ` (${reason})`}`;
}

/** A size without trailing zeros. */
export function units(size: number): string {
  return String(Number(size.toPrecision(10)));
}

/** Tells the new ones among the latest messages of a session. */
export class FreshMessages {
  private seen: readonly string[] = [];

  /** @param messages - The latest, newest last; what came before them has gone. */
  of(messages: readonly string[]): readonly string[] {
    let { seen } = this;
    while (!seen.every((text, k) => text === messages[k])) seen = seen.slice(1);
    if (seen.length < messages.length) this.seen = [...messages];
    return messages.slice(seen.length);
  }
}

/** Writes news as they come, each once. */
export class NewsLines {
  private readonly output: Output;
  private readonly isJson: boolean;
  private readonly states = new Map<string, string>();
  private readonly messages = new FreshMessages();
  private steps = 0;

  constructor(output: Output, isJson: boolean) {
    this.output = output;
    this.isJson = isJson;
  }

  /** Takes note of the session as it stands: what was said, streams that changed, and a new step. */
  view(view: SessionView): void {
    for (const text of this.messages.of(view.messages)) this.say(view.now, { event: 'message', text }, text);
    for (const { name, symbol, state, price } of view.datas) {
      if (this.states.get(name) === state) continue;
      this.states.set(name, state);
      this.say(view.now, { event: 'stream', data: name, symbol, state, price }, `${symbol} is ${state}`);
    }
    if (view.steps === this.steps) return;
    this.steps = view.steps;
    if (!this.isJson) return;
    const { steps, cash, value } = view;
    const datas = view.datas.map(({ name, price, bars, closeTime, position }) => {
      return { data: name, price, bars, closeTime, position };
    });
    const orders = view.orders.map((order) => order.toJSON());
    this.say(view.now, { event: 'step', steps, cash, value, datas, orders }, '');
  }

  /** An order changed. */
  order(order: Order, now: number): void {
    this.say(now, { event: 'order', order: order.toJSON() }, orderText(order));
  }

  /** The end, as one JSON line. */
  end(result: unknown): void {
    if (this.isJson) this.output.write(`${JSON.stringify({ event: 'end', result }, plainValue)}\n`);
  }

  private say(now: number, json: object, text: string): void {
    if (this.isJson) this.output.write(`${JSON.stringify({ time: now, ...json }, plainValue)}\n`);
    else this.output.write(`${moment(Math.floor(now / 1000) * 1000)}  ${text}\n`);
  }
}
