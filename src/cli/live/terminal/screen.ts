/** A live session on a terminal: a few lines, redrawn in place. */
import type { Order } from '../../../broker/index.ts';
import { formatTime, type Runtime, type StreamState } from '../../../core/index.ts';
import type { DataView, SessionView } from '../../../engine/index.ts';
import type { Output } from '../../shell/command.ts';
import { priceText, sizeText } from '../../output/digits.ts';
import { printable } from '../../output/printable.ts';
import { columnsOf, folded, Redrawn } from '../../output/redrawn.ts';
import { keysLine } from './keys.ts';
import { FreshMessages, ofStrategy, orderText, strategyOf } from '../news.ts';
import type { Painter } from '../../shell/paint.ts';
import { sparkline } from '../../output/sparkline.ts';
import { amount, change, counted } from '../../output/words.ts';

/** The shortest time between two drawings, in milliseconds. */
const redrawMs = 100;
const [shownOrders, shownNews, curveWidth] = [3, 4, 60];
/** Each data has two lines while there are at most this many, and one line beyond that. The screen counts the datas that do not fit. */
const [wholeDatas, mostDatas] = [3, 12];
/** Several strategies have a line each, and while there are at most this many, another one for the order that they placed last. */
const [wholeStrategies, mostStrategies] = [3, 8];

/** Columns of the margin of every line, and of a row's label. */
const [margin, labelWidth] = [2, 10];

/** The screen of a session without its news, as lines of at most `width` columns. */
export function screenLines(
  view: SessionView,
  title: string,
  curve: readonly number[],
  paint: Painter,
  width: number,
): string[] {
  const { datas, value, cash, now, steps, paused, waiting = [] } = view;
  const orders = view.orders.filter((order) => !waiting.includes(order));
  const gain = value / (curve[0] ?? value) - 1;
  const colour = gain < 0 ? paint.red : gain > 0 ? paint.green : paint.dim;
  const clock = formatTime(Math.floor(now / 1000) * 1000);
  const row = rowIn(paint);
  const shown = orders.slice(-shownOrders);
  const more = orders.length > shown.length ? paint.dim(` and ${orders.length - shown.length} more`) : '';
  const textOf = (order: Order): string => ofStrategy(strategyOf(view, order), orderText(order));
  const working = shown.map((order, i) => row(i === 0 ? 'orders' : '', textOf(order) + (i === shown.length - 1 ? more : ''))); // prettier-ignore
  return [
    '',
    ...inOneOrTwo(title, paint.dim(`${clock}  ${counted(steps, 'bar')}`), width),
    '',
    ...(datas.length <= wholeDatas
      ? datas.flatMap((data) => dataLines(data, row, paint))
      : manyLines(datas, row, paint)),
    row('equity', `${paint.bold(amount(value))}  ${colour(change(gain))}  ${paint.dim(`cash ${amount(cash)}`)}`),
    row('', colour(sparkline(curve, curveWidth))),
    ...strategyLines(view, row, paint),
    ...(working.length > 0 ? working : [row('orders', paint.dim('none working'))]),
    ...waiting
      .slice(0, shownOrders)
      .map((order, i) => row(i === 0 ? 'waits' : '', paint.yellow(`${textOf(order)}  approve ${order.ref}`))),
    ...(paused === undefined ? [] : [row('paused', paint.yellow(printable(paused)))]),
  ].flatMap((line) => folded(line, width, labelWidth));
}

/** The latest news as lines of at most `width` columns, as many as there is room for. */
function newsLines(news: readonly string[], paint: Painter, width: number, room: number): string[] {
  const row = rowIn(paint);
  for (let from = Math.max(0, news.length - shownNews); from < news.length; from++) {
    // A continued line begins under the words, not under the time.
    const lines = news.slice(from).flatMap((line, i) => folded(row(i === 0 ? 'news' : '', line), width, labelWidth + 9)); // prettier-ignore
    if (lines.length <= room || from === news.length - 1) return lines;
  }
  return [];
}

function rowIn(paint: Painter): (label: string, text: string) => string {
  return (label, text) => `${paint.dim(label.padEnd(labelWidth - 1))} ${text}`;
}

/** Two texts on one line where they fit, else on two. */
function inOneOrTwo(first: string, second: string, width: number): string[] {
  const both = `${first}  ${second}`;
  return columnsOf(both) <= width ? [both] : [first, second];
}

/** Many datas, one line each: those with a position or a stream that is down first. */
function manyLines(datas: readonly DataView[], row: (label: string, text: string) => string, paint: Painter): string[] {
  const weight = ({ position, state }: DataView): number => (position.size !== 0 ? 2 : 0) + (state === 'live' ? 0 : 1);
  const sorted = [...datas].sort((a, b) => weight(b) - weight(a));
  const lines = sorted.slice(0, mostDatas).map(({ symbol, state, price, position }, i) => {
    const held = Number.isNaN(position.size) ? '?' : position.size === 0 ? '' : `${sizeText(position.size)} at ${priceText(position.price)}`; // prettier-ignore
    return row(
      i === 0 ? 'datas' : '',
      `${symbol.padEnd(14)} ${priceText(price).padStart(11)}  ${stateText(state, paint)}  ${held}`,
    );
  });
  const rest = datas.length - mostDatas;
  if (rest > 0) lines.push(row('', paint.dim(`and ${rest} more`)));
  return lines;
}

/** Several strategies: the money and positions of each, and below it, while they are few, the order that it placed last. */
function strategyLines({ strategies }: SessionView, row: (label: string, text: string) => string, paint: Painter): string[] {
  if (strategies.length < 2) return [];
  const widest = Math.max(...strategies.map(({ name }) => name.length));
  const isShort = strategies.length > wholeStrategies;
  const lines = strategies.slice(0, mostStrategies).flatMap((one, i) => {
    const { name, sharesAccount, value, positions, orders, latestOrders } = one;
    const held = positions.filter(({ size }) => size !== 0).map(({ symbol, size, price }) => Number.isNaN(size) ? '?' : `${sizeText(size)} ${symbol} at ${priceText(price)}`);
    const profit = positions.reduce((sum, position) => sum + position.profit, 0);
    const open = held.length === 0 || Number.isNaN(profit) ? '' : `  ${profit < 0 ? paint.red(amount(profit)) : paint.green(`+${amount(profit)}`)}`;
    const parts = [
      paint.bold(printable(name.padEnd(widest))),
      ...(sharesAccount ? [] : [amount(value)]),
      (held.length === 0 ? paint.dim('flat') : held.join(', ')) + open,
      ...(orders.length === 0 ? [] : [counted(orders.length, 'order')]),
    ];
    const last = latestOrders.at(-1);
    const shown = row(i === 0 ? 'strategy' : '', parts.join('  '));
    return last === undefined || isShort ? [shown] : [shown, row('', paint.dim(`${' '.repeat(widest)}  last: ${orderText(last)}`))];
  });
  const rest = strategies.length - mostStrategies;
  if (rest > 0) lines.push(row('', paint.dim(`and ${rest} more`)));
  return lines;
} // prettier-ignore

function dataLines(data: DataView, row: (label: string, text: string) => string, paint: Painter): string[] {
  const { symbol, state, price, position, timeframe } = data;
  const open = position.profit;
  const profit = open < 0 ? paint.red(amount(open)) : paint.green(`+${amount(open)}`);
  const held = Number.isNaN(position.size) ? paint.dim('not known yet') : position.size === 0 ? paint.dim('flat') : `${sizeText(position.size)} at ${priceText(position.price)}  ${profit}`; // prettier-ignore
  return [
    row('price', `${paint.bold(priceText(price))}  ${symbol} ${timeframe}  ${stateText(state, paint)}`),
    row('position', held),
  ];
}

function stateText(state: StreamState, paint: Painter): string {
  const colour = state === 'live' ? paint.green : state === 'down' ? paint.red : paint.yellow;
  return colour(`● ${state}`);
}

/** Draws a session in place. */
export class LiveScreen {
  private readonly drawing: Redrawn;
  private readonly runtime: Runtime;
  private readonly title: string;
  private readonly paint: Painter;
  private readonly news: string[] = [];
  private readonly messages = new FreshMessages();
  private readonly curve: number[] = [];
  private steps = -1;
  private drawn = -Infinity;
  private last: SessionView | undefined;
  private hasKeys = process.stdin.isTTY;

  constructor(output: Output, runtime: Runtime, title: string, paint: Painter) {
    this.drawing = new Redrawn(output);
    this.runtime = runtime;
    this.title = title;
    this.paint = paint;
  }

  /** Takes the state of the session, and draws it unless the last drawing is too recent. */
  view(view: SessionView): void {
    this.last = view;
    for (const text of this.messages.of(view.messages)) this.#add(printable(text), view.now);
    if (view.isRecovered && view.steps !== this.steps) {
      this.steps = view.steps;
      this.curve.push(view.value);
      // A long curve keeps every other value, and its first and last.
      if (this.curve.length > 4_000) for (let i = this.curve.length - 2; i > 0; i -= 2) this.curve.splice(i, 1);
    }
    if (this.runtime.elapsed() - this.drawn >= redrawMs) this.draw();
  }

  /** A message from outside the session. */
  message(text: string, now: number): void {
    this.#add(printable(text), now);
  }

  /** Draws the last state now. */
  redraw(): void {
    this.draw();
  }

  /** An order changed. */
  order(order: Order, now: number, strategy?: string): void {
    const { status } = order;
    if (status === 'submitted' || status === 'accepted') return;
    this.#add(ofStrategy(strategy, orderText(order)), now);
  }

  /** Draws the last state and leaves it on the terminal. */
  end(): void {
    this.hasKeys = false;
    this.draw();
    this.drawing.leave();
  }

  #add(text: string, now: number): void {
    this.news.push(`${this.paint.dim(formatTime(Math.floor(now / 1000) * 1000).slice(11))} ${text}`);
    if (this.news.length > shownNews) this.news.shift();
  }

  private draw(): void {
    if (this.last === undefined) return;
    this.drawn = this.runtime.elapsed();
    const { drawing, paint } = this;
    const width = drawing.columns - margin;
    const shown = screenLines(this.last, this.title, this.curve, paint, width);
    const keys = this.hasKeys ? [paint.dim(keysLine)] : [];
    const news = newsLines(this.news, paint, width, drawing.rows - shown.length - keys.length);
    drawing.draw([...shown, ...news, ...keys].map((line) => ' '.repeat(margin) + line));
  }
}
