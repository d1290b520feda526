/** Trades and marks over the bars: entries, exits, the way between them, the brackets of the chosen trade, and texts of the strategy. */
import type { MarkModel } from '../model.ts';
import { faded } from './colours.ts';
import { Overlay, type Target } from './overlay.ts';
import { grouped, money } from './words.ts';

/** A trade on the chart; indexes are those of bars on it. */
export interface ChartTrade {
  readonly row: number;
  readonly ref: number;
  readonly isLong: boolean;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
  readonly entry: number;
  readonly exit: number;
  readonly profit: number;
}

/** A level that an order waited at while a trade was open. */
export interface OrderLevel {
  readonly price: number;
  readonly text: string;
}

interface PlacedMark extends MarkModel {
  readonly index: number;
}

/** Trades that are drawn with the way between entry and exit; where more are visible, only dots. */
const mostWays = 260;
const mostDots = 1_200;

/** Draws them on the pane of the bars. */
export class TradeMarks extends Overlay {
  #trades: readonly ChartTrade[] = [];
  #marks: readonly PlacedMark[] = [];
  #chosen: ChartTrade | undefined;
  #levels: readonly OrderLevel[] = [];
  #hasTrades = true;
  #hasMarks = true;

  /** The trades, in the order they opened, and the marks. */
  setData(trades: readonly ChartTrade[], marks: readonly PlacedMark[]): void {
    this.#trades = trades;
    this.#marks = marks;
    this.update();
  }

  get trades(): readonly ChartTrade[] {
    return this.#trades;
  }

  get chosen(): ChartTrade | undefined {
    return this.#chosen;
  }

  choose(trade: ChartTrade | undefined, levels: readonly OrderLevel[] = []): void {
    this.#chosen = trade;
    this.#levels = levels;
    this.update();
  }

  /** Shows or hides the trades, or the marks of the strategy. */
  show(shown: { readonly trades?: boolean; readonly marks?: boolean }): void {
    this.#hasTrades = shown.trades ?? this.#hasTrades;
    this.#hasMarks = shown.marks ?? this.#hasMarks;
    this.update();
  }

  protected override draw(target: Target): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const [from, to] = this.view.visible;
      const seen = this.#hasTrades ? this.#trades.filter((trade) => trade.to >= from && trade.from <= to) : [];
      const { up, down } = this.palette;
      if (seen.length <= mostWays) {
        context.lineWidth = 1.25;
        context.setLineDash([3, 3]);
        for (const trade of seen) {
          if (trade.isOpen) continue;
          context.strokeStyle = trade.profit >= 0 ? up : down;
          context.beginPath();
          context.moveTo(this.x(trade.from), this.y(trade.entry));
          context.lineTo(this.x(trade.to), this.y(trade.exit));
          context.stroke();
        }
        context.setLineDash([]);
        for (const trade of seen) {
          if (trade === this.#chosen) continue;
          if (!trade.isOpen) this.#exit(context, trade);
          this.#entry(context, trade);
        }
      } else {
        const thin = Math.ceil(seen.length / mostDots);
        for (let k = 0; k < seen.length; k += thin) {
          const trade = seen[k]!;
          context.fillStyle = faded(trade.profit >= 0 ? up : down, 0.75);
          context.fillRect(this.x(trade.from) - 1.5, this.y(trade.entry) - 1.5, 3, 3);
        }
      }
      if (this.#hasMarks) this.#drawMarks(context, from, to);
      if (this.#chosen !== undefined) this.#drawChosen(context, this.#chosen, mediaSize.width);
    });
  }

  /** An arrow that points at the entry: up for a purchase. */
  #entry(context: CanvasRenderingContext2D, trade: ChartTrade): void {
    const { up, down, surface } = this.palette;
    const [x, y] = [this.x(trade.from), this.y(trade.entry)];
    const way = trade.isLong ? 1 : -1;
    context.beginPath();
    context.moveTo(x, y + way * 2);
    context.lineTo(x - 5, y + way * 11);
    context.lineTo(x + 5, y + way * 11);
    context.closePath();
    context.fillStyle = trade.isLong ? up : down;
    context.strokeStyle = surface;
    context.lineWidth = 1.5;
    context.stroke();
    context.fill();
  }

  /** A ring at the exit, green for a profit. */
  #exit(context: CanvasRenderingContext2D, trade: ChartTrade): void {
    const { up, down, surface } = this.palette;
    context.beginPath();
    context.arc(this.x(trade.to), this.y(trade.exit), 3.5, 0, Math.PI * 2);
    context.fillStyle = surface;
    context.strokeStyle = trade.profit >= 0 ? up : down;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }

  #drawChosen(context: CanvasRenderingContext2D, trade: ChartTrade, width: number): void {
    const { up, down, muted, surface, ink } = this.palette;
    const colour = trade.profit >= 0 ? up : down;
    const [x1, x2] = [this.x(trade.from), trade.isOpen ? width : this.x(trade.to)];
    const [y1, y2] = [this.y(trade.entry), this.y(trade.exit)];
    context.fillStyle = faded(colour, 0.14);
    context.fillRect(x1, Math.min(y1, y2), Math.max(2, x2 - x1), Math.abs(y2 - y1));
    context.lineWidth = 1;
    context.setLineDash([5, 3]);
    context.font = '600 11px system-ui, sans-serif';
    for (const { price, text } of this.#levels) {
      const y = this.y(price);
      context.strokeStyle = muted;
      context.beginPath();
      context.moveTo(x1, y);
      context.lineTo(Math.max(x2, x1 + 30), y);
      context.stroke();
      context.fillStyle = muted;
      context.fillText(text, x1 + 4, y - 4);
    }
    context.setLineDash([]);
    this.#entry(context, trade);
    if (!trade.isOpen) this.#exit(context, trade);
    const label = `#${trade.ref}  ${trade.profit > 0 ? '+' : ''}${money(trade.profit)}`;
    const box = context.measureText(label).width + 14;
    const at = Math.min(Math.max(4, (x1 + x2) / 2 - box / 2), width - box - 4);
    const top = Math.max(6, Math.min(y1, y2) - 30);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(at, top, box, 20, 5);
    context.fill();
    context.fillStyle = surface === ink ? '#fff' : surface;
    context.fillText(label, at + 7, top + 14);
  }

  #drawMarks(context: CanvasRenderingContext2D, from: number, to: number): void {
    const seen = this.#marks.filter(({ index }) => index >= from && index <= to);
    const { accent, ink } = this.palette;
    const hasText = seen.length <= 60;
    const thin = Math.ceil(seen.length / 400);
    context.font = '11px system-ui, sans-serif';
    seen.forEach((mark, k) => {
      if (k % thin !== 0) return;
      const point = this.series.dataByIndex(Math.round(this.view.toLogical(mark.index)));
      if (point === null || !('high' in point)) return;
      const isBelow = mark.position === 'below';
      const way = isBelow ? 1 : -1;
      const [x, y] = [this.x(mark.index), this.y(isBelow ? point.low : point.high) + way * 14];
      context.fillStyle = mark.colour ?? accent;
      context.beginPath();
      if (mark.shape === 'square') context.rect(x - 4, y - 4, 8, 8);
      else if (mark.shape === 'arrowUp' || mark.shape === 'arrowDown') {
        const point = mark.shape === 'arrowUp' ? -5 : 5;
        context.moveTo(x, y + point);
        context.lineTo(x - 5, y - point);
        context.lineTo(x + 5, y - point);
      } else context.arc(x, y, 4, 0, Math.PI * 2);
      context.fill();
      if (!hasText) return;
      context.fillStyle = ink;
      context.fillText(mark.text, x - context.measureText(mark.text).width / 2, y + way * 8 + (isBelow ? 8 : 0));
    });
  }
}

/** The words of an order's level. */
export function levelText(type: string, price: number, decimals: number): string {
  return `${type} ${grouped(price, decimals)}`;
}
