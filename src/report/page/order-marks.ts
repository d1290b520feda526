/** Orders over the bars: a line at the price of each from its placing to its end, and a mark for how it ended. */
import type { IChartApi, ISeriesApi } from 'lightweight-charts';

import type { Colours } from './colours.ts';
import type { LevelView } from './level-view.ts';
import { Overlay, type Target } from './overlay.ts';
import type { TableData } from './table-data.ts';
import { grouped, plain } from './words.ts';

/** How orders are grouped on the chart; each group can be hidden. */
export const orderGroups = ['filled', 'working', 'canceled', 'refused'] as const;
/** One of them. */
export type OrderGroup = (typeof orderGroups)[number];

/** An order on the chart; indexes are those of bars on it. */
export interface ChartOrder {
  readonly row: number;
  readonly ref: number;
  readonly group: OrderGroup;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  readonly status: string;
  readonly size: number;
  /** Where it waited; NaN for an order without a price. */
  readonly price: number;
  /** Where its mark is drawn: the price of its fills, else its own, else the close at which it was placed. */
  readonly markPrice: number;
  readonly from: number;
  readonly to: number;
}

/** Orders that are drawn with their lines; where more are visible, only their marks. */
const mostLines = 240;
const mostMarks = 1_200;

const groupOf: Readonly<Record<string, OrderGroup>> = {
  completed: 'filled',
  canceled: 'canceled',
  expired: 'canceled',
  margin: 'refused',
  rejected: 'refused',
};

/** The orders of one data, in the order they were placed. */
export function chartOrders(table: TableData, data: string, firstIndex: number, last: number): ChartOrder[] {
  const found: ChartOrder[] = [];
  for (let row = 0; row < table.rows; row++) {
    if (table.text(row, 'data') !== data) continue;
    const ended = table.number(row, 'toIndex') - firstIndex;
    if (ended < 0) continue;
    const [type, status] = [table.text(row, 'type'), table.text(row, 'status')];
    const own = table.number(row, 'price');
    const paid = table.number(row, 'averagePrice');
    const group = groupOf[status] ?? 'working';
    found.push({
      row,
      ref: table.number(row, 'ref'),
      // What was filled in part before it ended was a trade.
      group: group === 'canceled' && table.number(row, 'filled') > 0 ? 'filled' : group,
      side: table.text(row, 'side') === 'buy' ? 'buy' : 'sell',
      type,
      status,
      size: table.number(row, 'size'),
      price: type === 'market' || type === 'close' ? NaN : own,
      markPrice: paid === paid ? paid : own,
      from: Math.max(0, table.number(row, 'fromIndex') - firstIndex),
      to: ended === ended ? ended : last,
    });
  }
  return found;
}

/** Draws them below the trades. */
export class OrderMarks extends Overlay {
  readonly #decimals: number;
  readonly #hidden = new Set<OrderGroup>();
  #orders: readonly ChartOrder[] = [];
  /** The latest end of the orders up to each, so that those before the view are skipped. */
  #reach = new Float64Array(0);
  #chosen: ChartOrder | undefined;

  constructor(
    chart: IChartApi,
    series: ISeriesApi<'Candlestick'>,
    view: LevelView,
    colours: Colours,
    decimals: number,
  ) {
    super(chart, series, view, colours);
    this.#decimals = decimals;
  }

  get orders(): readonly ChartOrder[] {
    return this.#orders;
  }

  get chosen(): ChartOrder | undefined {
    return this.#chosen;
  }

  setData(orders: readonly ChartOrder[]): void {
    this.#orders = [...orders].sort((a, b) => a.from - b.from);
    let reach = -Infinity;
    this.#reach = Float64Array.from(this.#orders, ({ to }) => (reach = Math.max(reach, to)));
    this.update();
  }

  /** How many orders a group has. */
  count(group: OrderGroup): number {
    return this.#orders.reduce((sum, order) => sum + (order.group === group ? 1 : 0), 0);
  }

  /** Shows or hides a group. */
  show(group: OrderGroup, isShown: boolean): void {
    if (isShown) this.#hidden.delete(group);
    else this.#hidden.add(group);
    this.update();
  }

  choose(order: ChartOrder | undefined): void {
    this.#chosen = order;
    this.update();
  }

  /** The orders that reach into a range of bars and are not hidden. */
  seen(from: number, to: number): ChartOrder[] {
    const found: ChartOrder[] = [];
    let [low, high] = [0, this.#orders.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#reach[middle]! < from) low = middle + 1;
      else high = middle;
    }
    for (let k = low; k < this.#orders.length; k++) {
      const order = this.#orders[k]!;
      if (order.from > to) break;
      if (order.to >= from && !this.#hidden.has(order.group)) found.push(order);
    }
    return found;
  }

  protected override draw(target: Target): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const [from, to] = this.view.visible;
      const seen = this.seen(from, to);
      const hasLines = seen.length <= mostLines;
      if (hasLines) for (const order of seen) this.#line(context, order, 1, 0.7);
      const thin = Math.ceil(seen.length / mostMarks);
      for (let k = 0; k < seen.length; k += thin) this.#mark(context, seen[k]!, hasLines ? 3.5 : 2);
      if (this.#chosen !== undefined) this.#drawChosen(context, this.#chosen, mediaSize.width);
    });
  }

  #colour({ group, side }: ChartOrder): string {
    const { up, down, muted } = this.palette;
    return group === 'canceled' ? muted : side === 'buy' ? up : down;
  }

  /** Where it waited, dotted for a stop and dashed for a limit. */
  #line(context: CanvasRenderingContext2D, order: ChartOrder, width: number, alpha: number): void {
    if (order.price !== order.price) return;
    const y = this.y(order.price);
    context.globalAlpha = alpha;
    context.strokeStyle = this.#colour(order);
    context.lineWidth = width;
    context.setLineDash(order.type.startsWith('stop') ? [2, 3] : [6, 3]);
    context.beginPath();
    context.moveTo(this.x(order.from), y);
    context.lineTo(Math.max(this.x(order.to), this.x(order.from) + 3), y);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** How it ended: a square for a fill, a cross for an end without one, a diamond for a refusal; a bar where it began for one that still works. */
  #mark(context: CanvasRenderingContext2D, order: ChartOrder, size: number): void {
    const { surface, accent } = this.palette;
    const colour = this.#colour(order);
    const [x, y] = [this.x(order.group === 'working' ? order.from : order.to), this.y(order.markPrice)];
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    if (order.group === 'filled') {
      context.rect(x - size / 2, y - size / 2, size, size);
      context.fill();
    } else if (order.group === 'canceled') {
      context.moveTo(x - size, y - size);
      context.lineTo(x + size, y + size);
      context.moveTo(x - size, y + size);
      context.lineTo(x + size, y - size);
      context.stroke();
    } else if (order.group === 'refused') {
      const reach = size + 2;
      context.moveTo(x, y - reach);
      context.lineTo(x + reach, y);
      context.lineTo(x, y + reach);
      context.lineTo(x - reach, y);
      context.closePath();
      context.fillStyle = surface;
      context.fill();
      context.stroke();
    } else {
      context.strokeStyle = accent;
      context.moveTo(x, y - size - 2);
      context.lineTo(x, y + size + 2);
      context.stroke();
    }
  }

  #drawChosen(context: CanvasRenderingContext2D, order: ChartOrder, width: number): void {
    const { surface } = this.palette;
    this.#line(context, order, 2, 1);
    this.#mark(context, order, 5);
    const label = `#${order.ref} ${order.side} ${plain(order.size)} ${order.type}${order.price === order.price ? ` ${grouped(order.price, this.#decimals)}` : ''}, ${order.status}`;
    context.font = '600 11px system-ui, sans-serif';
    const box = context.measureText(label).width + 14;
    const at = Math.min(Math.max(4, (this.x(order.from) + this.x(order.to)) / 2 - box / 2), width - box - 4);
    const top = Math.max(6, this.y(order.markPrice) - 32);
    context.fillStyle = this.#colour(order);
    context.beginPath();
    context.roundRect(at, top, box, 20, 5);
    context.fill();
    context.fillStyle = surface;
    context.fillText(label, at + 7, top + 14);
  }
}
