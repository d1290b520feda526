/** The blotter: every fill of a run in one block of numbers, and fills as views of its rows. */

import { describeFill, fillRules, type FillRule } from './fill-reason.ts';
import { NumberRows, showPlainly } from '../../core/index.ts';

const stride = 15;

// Where some numbers of a fill lie in its row.
export const priceField = 2;
export const closedField = 3;
export const openedField = 4;
export const commissionField = 5;
export const closedCommissionField = 10;

/** What a fill is made from. */
export interface FillFacts {
  readonly time: number;
  readonly size: number;
  readonly price: number;
  readonly closed: number;
  readonly opened: number;
  readonly commission: number;
  readonly pnl: number;
  readonly positionSize: number;
  readonly positionPrice: number;
  readonly value: number;
  readonly closedCommission: number;
  readonly rule: FillRule;
  readonly level: number;
  readonly reached: number;
}

/** Keeps fills. Hundreds of thousands of small objects would cost more than the run that makes them. */
export class Blotter {
  private readonly rows = new NumberRows(stride);
  /** The first row still held. */
  first = 0;

  /** Number of fills, forgotten ones included. */
  get count(): number {
    return this.rows.count;
  }

  /** Adds a fill and gives its row; `previous` is the row of the same order's fill before it, or -1. */
  add(facts: FillFacts, previous: number): number {
    const row = this.rows.add();
    const rows = this.rows.block(row);
    const at = this.rows.at(row);
    rows[at] = facts.time;
    rows[at + 1] = facts.size;
    rows[at + 2] = facts.price;
    rows[at + 3] = facts.closed;
    rows[at + 4] = facts.opened;
    rows[at + 5] = facts.commission;
    rows[at + 6] = facts.pnl;
    rows[at + 7] = facts.positionSize;
    rows[at + 8] = facts.positionPrice;
    rows[at + 9] = facts.value;
    rows[at + 10] = facts.closedCommission;
    rows[at + 11] = fillRules.indexOf(facts.rule);
    rows[at + 12] = facts.level;
    rows[at + 13] = facts.reached;
    rows[at + 14] = previous;
    return row;
  }

  /** The block that holds a fill which was not forgotten; its numbers begin at `at(row)`, in the order of `add`. */
  block(row: number): Float64Array {
    return this.rows.block(row);
  }

  at(row: number): number {
    return this.rows.at(row);
  }

  /** One number of a fill; NaN for one that was forgotten. */
  read(row: number, field: number): number {
    return row < this.first || row >= this.rows.count ? NaN : this.rows.block(row)[this.rows.at(row) + field]!;
  }

  /** Forgets the fills before `row`, each shown to `last` before it goes. */
  forget(row: number, last: (row: number) => void): void {
    if (row <= this.first) return;
    for (let at = this.first; at < row; at++) last(at);
    this.first = row;
    this.rows.forget(row);
  }

  /** The row of the same order's fill before this one, or -1. */
  previous(row: number): number {
    return this.read(row, 14);
  }

  /** Sum of one field over an order's fills, given its last row. */
  sum(last: number, field: number): number {
    let total = 0;
    for (let row = last; row >= this.first; row = this.previous(row)) total += this.read(row, field);
    return total;
  }

  /** An order's fills in order, given its last row. */
  fills(last: number): Fill[] {
    const found: Fill[] = [];
    for (let row = last; row >= this.first; row = this.previous(row)) found.push(new Fill(this, row));
    return found.reverse();
  }
}

/** One execution of one order; never changes. Sizes are signed: positive bought, negative sold. */
export class Fill {
  static {
    showPlainly(Fill);
  }

  readonly #blotter: Blotter;
  readonly #row: number;

  constructor(blotter: Blotter, row: number) {
    this.#blotter = blotter;
    this.#row = row;
  }

  /** When it happened by the data's clock: the close of the bar that executed it, milliseconds UTC. */
  get time(): number {
    return this.#blotter.read(this.#row, 0);
  }

  get size(): number {
    return this.#blotter.read(this.#row, 1);
  }

  get price(): number {
    return this.#blotter.read(this.#row, 2);
  }

  /** The part of `size` that reduced a position. */
  get closed(): number {
    return this.#blotter.read(this.#row, 3);
  }

  /** The part of `size` that opened or added to a position. */
  get opened(): number {
    return this.#blotter.read(this.#row, 4);
  }

  get commission(): number {
    return this.#blotter.read(this.#row, 5);
  }

  /** Profit realised by the closed part, before commission. */
  get pnl(): number {
    return this.#blotter.read(this.#row, 6);
  }

  /** The position's size after this fill. */
  get positionSize(): number {
    return this.#blotter.read(this.#row, 7);
  }

  /** The position's average entry price after this fill. */
  get positionPrice(): number {
    return this.#blotter.read(this.#row, 8);
  }

  /** Traded value in quote units, as the commission scheme counts it. */
  get value(): number {
    return this.#blotter.read(this.#row, 9);
  }

  /** Commission of the closed part; the rest belongs to the opened part. */
  get closedCommission(): number {
    return this.#blotter.read(this.#row, 10);
  }

  /** Which rule of matching filled it. */
  get rule(): FillRule {
    return fillRules[this.#blotter.read(this.#row, 11)]!;
  }

  /** The order's price that the rule compared with: a limit, a stop or, for a market order, the open. */
  get level(): number {
    return this.#blotter.read(this.#row, 12);
  }

  /** The price of the bar that met it. */
  get reached(): number {
    return this.#blotter.read(this.#row, 13);
  }

  /** Why it happened, in words: "low 61,822 reached limit 61,830". */
  get reason(): string {
    return describeFill(this);
  }

  /** The fill as plain data. */
  toJSON(): FillFacts & { readonly reason: string } {
    const { time, size, price, closed, opened, commission, pnl, positionSize, positionPrice } = this;
    const { value, closedCommission, rule, level, reached, reason } = this;
    const amounts = { time, size, price, closed, opened, commission, pnl, positionSize, positionPrice };
    return { ...amounts, value, closedCommission, rule, level, reached, reason };
  }
}
