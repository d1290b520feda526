/** Events of a live session, one line each: steps, orders, streams and messages, in words or as JSON. */
import { Analyzer } from '../../analyzers/index.ts';
import type { Order } from '../../broker/index.ts';
import type { SessionView } from '../../engine/index.ts';
import type { Output } from '../shell/command.ts';
import { priceText, sizeText } from '../output/digits.ts';
import { printable } from '../output/printable.ts';
import { plainValue } from '../output/result-json.ts';
import { moment } from '../output/words.ts';

/** Reports every order while the session runs. */
export class OrderNews extends Analyzer<undefined> {
  readonly #report: (order: Order, strategy: string) => void;

  /** @param options - `report` takes each order with the name of its strategy. */
  constructor(options: { readonly report?: (order: Order, strategy: string) => void } = {}) {
    super();
    this.#report = options.report ?? (() => {});
  }

  override notifyOrder(order: Order): void {
    this.#report(order, this.strategyName);
  }

  result(): undefined {
    return undefined;
  }
}

/** An order and its state, in words. */
export function orderText(order: Order): string {
  const { side, size, type, price, status, filled, averagePrice, reason, data } = order;
  const { symbol, instrument } = data;
  const fills = `${sizeText(filled, instrument)} ${symbol} at ${priceText(averagePrice, instrument)}`;
  if (status === 'completed') return printable(`${side === 'buy' ? 'bought' : 'sold'} ${fills}`);
  const at = type === 'market' || type === 'close' ? type : `${type} ${priceText(price, instrument)}`;
  const done = filled > 0 ? `, filled ${sizeText(filled, instrument)} at ${priceText(averagePrice, instrument)}` : '';
  const why = reason === undefined ? '' : ` (${reason})`;
  return printable(`${side} ${sizeText(size, instrument)} ${symbol} ${at}: ${status}${done}${why}`);
}

/** A text with the name of its strategy before it, where the session has several. */
export function ofStrategy(strategy: string | undefined, text: string): string {
  return strategy === undefined ? text : printable(`${strategy}: ${text}`);
}

/** The strategy of an order that is alive, where the session has several. */
export function strategyOf(
  { strategies }: { readonly strategies: readonly { readonly name: string; readonly orders: readonly { readonly ref: number }[] }[] },
  { ref }: { readonly ref: number },
): string | undefined {
  return strategies.length < 2 ? undefined : strategies.find(({ orders }) => orders.some((one) => one.ref === ref))?.name;
} // prettier-ignore

/** Finds the new ones among the latest messages of a session. */
export class FreshMessages {
  private seen: readonly string[] = [];

  /** @param messages - The latest ones, newest last; the session drops earlier ones. */
  of(messages: readonly string[]): readonly string[] {
    let { seen } = this;
    while (!seen.every((text, k) => text === messages[k])) seen = seen.slice(1);
    if (seen.length < messages.length) this.seen = [...messages];
    return messages.slice(seen.length);
  }
}

/** Writes events as they happen, each once. */
export class NewsLines {
  private readonly output: Output;
  private readonly isJson: boolean;
  private readonly states = new Map<string, string>();
  private readonly messages = new FreshMessages();
  private steps = 0;
  private isRecovered = false;

  constructor(output: Output, isJson: boolean) {
    this.output = output;
    this.isJson = isJson;
  }

  /** Writes new messages, streams that changed their state, and a new step. */
  view(view: SessionView): void {
    for (const text of this.messages.of(view.messages)) this.#write(view.now, { event: 'message', text }, text);
    for (const { name, symbol, state, price } of view.datas) {
      if (this.states.get(name) === state) continue;
      this.states.set(name, state);
      this.#write(view.now, { event: 'stream', data: name, symbol, state, price }, `${symbol} is ${state}`);
    }
    if (view.mode !== 'paper' && view.isRecovered && !this.isRecovered) this.recovered(view);
    if (view.steps === this.steps) return;
    this.steps = view.steps;
    if (!this.isJson) return;
    const { steps, cash, value } = view;
    const datas = view.datas.map(({ name, price, bars, closeTime, position }) => {
      return { data: name, price, bars, closeTime, position };
    });
    const orders = view.orders.map((order) => order.toJSON());
    const strategies = view.strategies.map(({ name, cash, value, positions, orders }) => {
      return { strategy: name, cash, value, positions, orders: orders.map(({ ref }) => ref) };
    });
    const several = strategies.length > 1 && { strategies };
    this.#write(view.now, { event: 'step', steps, cash, value, datas, ...several, orders }, '');
  }

  /** A message from outside the session. */
  message(text: string, now: number): void {
    this.#write(now, { event: 'message', text }, text);
  }

  /** The account is known: from now on there are figures. */
  private recovered(view: SessionView): void {
    this.isRecovered = true;
    if (!this.isJson) return;
    const { cash, value } = view;
    const datas = view.datas.map(({ name, position }) => ({ data: name, position }));
    this.#write(view.now, { event: 'recovered', cash, value, datas }, '');
  }

  /** An order changed. @param strategy - Its strategy, where the session has several. */
  order(order: Order, now: number, strategy?: string): void {
    const named = strategy !== undefined && { strategy };
    this.#write(now, { event: 'order', ...named, order: order.toJSON() }, ofStrategy(strategy, orderText(order)));
  }

  /** The end, as one JSON line. */
  end(result: unknown): void {
    if (this.isJson) this.output.write(`${JSON.stringify({ event: 'end', result }, plainValue)}\n`);
  }

  #write(now: number, json: object, text: string): void {
    if (this.isJson) this.output.write(`${JSON.stringify({ time: Math.floor(now), ...json }, wholeTimes)}\n`);
    else this.output.write(`${moment(Math.floor(now / 1000) * 1000)}  ${printable(text)}\n`);
  }
}

/** Times as whole milliseconds: on a fast clock they have fractions. */
function wholeTimes(key: string, value: unknown): unknown {
  if (typeof value === 'number' && /[tT]ime$/.test(key) && Number.isFinite(value)) return Math.floor(value);
  return plainValue(key, value);
}
