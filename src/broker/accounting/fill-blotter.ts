/** The blotter: every fill of a run as a row of numbers, and fills as views of its rows. */
import { NumberRows, showPlainly, wordNumber } from '../../core/index.ts';
import { describeFill, fillRules, type FillRule } from './fill-reason.ts';

/** Where each number of a fill lies in its row of the blotter. */
export const fillField = {
  /** When it was executed, milliseconds UTC. */
  time: 0,
  /** Signed units executed, negative for a sale. */
  size: 1,
  /** Price of the execution, slippage included, in quote units. */
  price: 2,
  /** Signed units that reduced a position. */
  closed: 3,
  /** Signed units that opened or increased a position. */
  opened: 4,
  /** Commission paid, in quote units. */
  commission: 5,
  /** Profit realised by the closed units, before commission, in quote units. */
  pnl: 6,
  /** Signed position after the fill, in units. */
  positionSize: 7,
  /** Average entry price of that position, in quote units. */
  positionPrice: 8,
  /** Value of the closed and opened units, as the commission scheme counts it. */
  value: 9,
  /** The part of the commission that belongs to the closed units. */
  closedCommission: 10,
  /** Index of the fill's rule in `fillRules`. */
  rule: 11,
  /** The order's price that the market had to reach; NaN for a market order. */
  level: 12,
  /** The price that reached that level. */
  reached: 13,
  /** Row of the same order's fill before this one; -1 for its first. */
  previous: 14,
  /** Value that changed hands, never negative, in the currency of the account. */
  traded: 15,
} as const;

/** One of the numbers of a fill. */
export type FillField = (typeof fillField)[keyof typeof fillField];

const stride = Object.keys(fillField).length;

/** A fill as plain data. */
export interface FillFacts {
  /** When it was executed, milliseconds UTC: the clock of the step, or the exchange's time in a live session. */
  readonly time: number;
  /** Signed units executed, negative for a sale. */
  readonly size: number;
  /** Price of the execution, slippage included, in quote units. */
  readonly price: number;
  /** Signed units that reduced a position. */
  readonly closed: number;
  /** Signed units that opened or increased one. */
  readonly opened: number;
  /** Commission paid, in quote units. */
  readonly commission: number;
  /** Profit realised by what it closed, before commission, in quote units. */
  readonly pnl: number;
  /** Signed position after it, in units. */
  readonly positionSize: number;
  /** Average entry price of that position, in quote units. */
  readonly positionPrice: number;
  /** Value of what it closed and opened, as the commission scheme counts it. */
  readonly value: number;
  /** Value that changed hands, never negative: units times price times contract size, in the currency of the account. */
  readonly traded: number;
  /** The part of the commission that belongs to what it closed. */
  readonly closedCommission: number;
  /** The rule by which it was filled. */
  readonly rule: FillRule;
  /** The order's price that the market had to reach; NaN for a market order. */
  readonly level: number;
  /** The price that reached it. */
  readonly reached: number;
}

/** What a fill cost in an account at a venue. */
export interface FillCost {
  /** Whether the order rested in the book (maker). */
  isMaker: boolean;
  /** The fee, in `currency`; negative for a rebate. */
  fee: number;
  /** The currency that the fee was taken in. */
  currency: string;
}

/** Every fill of a run. Rows of numbers, because a run may have hundreds of thousands of fills and an object for each would cost more than the run. */
export class Blotter {
  private readonly rows = new NumberRows(stride);
  /** Tags of the orders behind fills, by row. */
  readonly tags = new Map<number, string>();
  /** Fee, and currency and role as one number, of each row in an account at a venue; NaN for both of one without. */
  private readonly costs = new NumberRows(2);
  private readonly currencies: string[] = [];
  /** The first row still kept. */
  first = 0;

  /** Number of fills, including those no longer kept. */
  get count(): number {
    return this.rows.count;
  }

  /** Adds a fill and returns its row. `previous` is the row of the same order's fill before it, or -1. */
  add(facts: FillFacts, previous: number): number {
    const row = this.addRow();
    const rows = this.rows.block(row);
    const at = this.rows.at(row);
    rows[at + fillField.time] = facts.time;
    rows[at + fillField.size] = facts.size;
    rows[at + fillField.price] = facts.price;
    rows[at + fillField.closed] = facts.closed;
    rows[at + fillField.opened] = facts.opened;
    rows[at + fillField.commission] = facts.commission;
    rows[at + fillField.pnl] = facts.pnl;
    rows[at + fillField.positionSize] = facts.positionSize;
    rows[at + fillField.positionPrice] = facts.positionPrice;
    rows[at + fillField.value] = facts.value;
    rows[at + fillField.traded] = facts.traded;
    rows[at + fillField.closedCommission] = facts.closedCommission;
    rows[at + fillField.rule] = fillRules.indexOf(facts.rule);
    rows[at + fillField.level] = facts.level;
    rows[at + fillField.reached] = facts.reached;
    rows[at + fillField.previous] = previous;
    return row;
  }

  /**
   * Adds the row of a fill, whose numbers are still to be set, and returns it.
   *
   * @internal
   */
  addRow(): number {
    return this.rows.add();
  }

  /**
   * Notes the role and the fee of a fill in an account at a venue.
   *
   * @internal
   */
  noteFee(row: number, { isMaker, fee, currency }: FillCost): void {
    const { costs, currencies } = this;
    // Fills of before the first one with a role and a fee have neither.
    while (costs.count < row) {
      const added = costs.add();
      costs.block(added).fill(NaN, costs.at(added), costs.at(added) + 2);
    }
    if (costs.count === row) costs.add();
    let place = wordNumber(currencies, currency);
    if (place < 0) place = currencies.push(currency) - 1;
    const block = costs.block(row);
    block[costs.at(row)] = fee;
    block[costs.at(row) + 1] = 2 * place + (isMaker ? 1 : 0);
  }

  /**
   * The role and the fee of a fill; undefined outside of accounts at venues.
   *
   * @internal
   */
  costOf(row: number): FillCost | undefined {
    const { costs } = this;
    if (row < this.first || row >= costs.count) return undefined;
    const code = costs.block(row)[costs.at(row) + 1]!;
    if (Number.isNaN(code)) return undefined;
    return { isMaker: code % 2 === 1, fee: costs.block(row)[costs.at(row)]!, currency: this.currencies[code >> 1]! };
  }

  /** Takes the fills from row `count` on back. */
  rewind(count: number): void {
    this.rows.count = count;
    this.costs.count = Math.min(this.costs.count, count);
  }

  /** The block that holds a row; the row's numbers begin at `at(row)` and lie as `fillField` says. */
  block(row: number): Float64Array {
    return this.rows.block(row);
  }

  /** The fill of a row. */
  at(row: number): number {
    return this.rows.at(row);
  }

  /** One number of a fill; NaN for a fill no longer kept. */
  read(row: number, field: FillField): number {
    return row < this.first || row >= this.rows.count ? NaN : this.rows.block(row)[this.rows.at(row) + field]!;
  }

  /** Drops the fills before `row`, after calling `last` for each. */
  forget(row: number, last: (row: number) => void): void {
    if (row <= this.first) return;
    for (let at = this.first; at < row; at++) last(at);
    for (let at = this.first; at < row; at++) this.tags.delete(at);
    this.first = row;
    this.rows.forget(row);
    this.costs.forget(row);
  }

  /** The row of the same order's fill before this one, or -1. */
  previous(row: number): number {
    return this.read(row, fillField.previous);
  }

  /** Sum of one field over the fills of the order whose latest fill is in row `last`. */
  sum(last: number, field: FillField): number {
    let total = 0;
    for (let row = last; row >= this.first; row = this.previous(row)) total += this.read(row, field);
    return total;
  }

  /** The fills, oldest first, of the order whose latest fill is in row `last`. */
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

  /** @internal */
  constructor(blotter: Blotter, row: number) {
    this.#blotter = blotter;
    this.#row = row;
  }

  /** When it happened by the data's clock: the close of the bar that executed it, milliseconds UTC. */
  get time(): number {
    return this.#read(fillField.time);
  }

  /** Signed units executed, negative for a sale. */
  get size(): number {
    return this.#read(fillField.size);
  }

  /** Price of the execution, slippage included, in quote units. */
  get price(): number {
    return this.#read(fillField.price);
  }

  /** The part of `size` that reduced a position. */
  get closed(): number {
    return this.#read(fillField.closed);
  }

  /** The part of `size` that opened or added to a position. */
  get opened(): number {
    return this.#read(fillField.opened);
  }

  /** Commission paid, in quote units. */
  get commission(): number {
    return this.#read(fillField.commission);
  }

  /** Profit realised by the closed part, before commission. */
  get pnl(): number {
    return this.#read(fillField.pnl);
  }

  /** The position's size after this fill. */
  get positionSize(): number {
    return this.#read(fillField.positionSize);
  }

  /** The position's average entry price after this fill. */
  get positionPrice(): number {
    return this.#read(fillField.positionPrice);
  }

  /** The cost of the units as the commission scheme counts it, in quote units: for a contract, the margin that they bind. See `traded`. */
  get value(): number {
    return this.#read(fillField.value);
  }

  /**
   * Value that changed hands, never negative, in the currency of the account: units times price, of a linear contract times its size; of an
   * inverse one its quote units over the price.
   */
  get traded(): number {
    return this.#read(fillField.traded);
  }

  /** Commission of the closed part; the rest belongs to the opened part. */
  get closedCommission(): number {
    return this.#read(fillField.closedCommission);
  }

  /** The matching rule that filled it. */
  get rule(): FillRule {
    return fillRules[this.#read(fillField.rule)]!;
  }

  /** The price that the rule compared with the bar: the limit, the stop, or the open for a market order. */
  get level(): number {
    return this.#read(fillField.level);
  }

  /** The price of the bar or trade that met it. */
  get reached(): number {
    return this.#read(fillField.reached);
  }

  /** The tag of its order. */
  get tag(): string | undefined {
    return this.#blotter.tags.get(this.#row);
  }

  /** Maker or taker: whether the order rested in the book or took liquidity; undefined outside of accounts with options. */
  get role(): 'maker' | 'taker' | undefined {
    const cost = this.#blotter.costOf(this.#row);
    return cost === undefined ? undefined : cost.isMaker ? 'maker' : 'taker';
  }

  /** The fee in `feeCurrency`, negative for a rebate; undefined outside of accounts with options. */
  get fee(): number | undefined {
    return this.#blotter.costOf(this.#row)?.fee;
  }

  /** The currency that the fee was taken in; undefined outside of accounts with options. */
  get feeCurrency(): string | undefined {
    return this.#blotter.costOf(this.#row)?.currency;
  }

  /** Why it happened, in words, such as "low 61,822 reached limit 61,830". */
  get reason(): string {
    return describeFill(this);
  }

  #read(field: FillField): number {
    return this.#blotter.read(this.#row, field);
  }

  /** The fill as plain data. */
  toJSON(): FillFacts & {
    /** Why it was filled at this price, in one sentence. */
    readonly reason: string;
    /** The tag of its order. */
    readonly tag: string | undefined;
    /** Maker or taker; only in accounts with options. */
    readonly role?: 'maker' | 'taker';
    /** The fee in `feeCurrency`; only of accounts with options. */
    readonly fee?: number;
    /** The currency that the fee was taken in; only of accounts with options. */
    readonly feeCurrency?: string;
  } {
    const { time, size, price, closed, opened, commission, pnl, positionSize, positionPrice } = this;
    const { value, traded, closedCommission, rule, level, reached, reason } = this;
    const amounts = { time, size, price, closed, opened, commission, pnl, positionSize, positionPrice };
    const { role, fee, feeCurrency } = this;
    const cost = role === undefined ? {} : { role, fee: fee!, feeCurrency: feeCurrency! };
    return { ...amounts, value, traded, closedCommission, rule, level, reached, reason, tag: this.tag, ...cost };
  }
}
