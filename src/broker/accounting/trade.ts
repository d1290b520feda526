/** Trades: a position from flat to flat, with what it earned and cost. */
import { timelineOf, type Data } from '../../lines/index.ts';
import { NumberRows, showPlainly, unsetNumbers, wordNumber } from '../../core/index.ts';
import type { CommissionScheme } from './commission.ts';

/** Where each number of a trade lies in its row. `data` is the data's number among those traded. */
const tradeField = {
  ref: 0,
  tradeId: 1,
  isLong: 2,
  size: 3,
  peakSize: 4,
  price: 5,
  value: 6,
  commission: 7,
  pnl: 8,
  openIndex: 9,
  index: 10,
  openTime: 11,
  time: 12,
  data: 13,
  exit: 14,
  best: 15,
  worst: 16,
  unseen: 17,
  exitPrice: 18,
} as const;

/**
 * What ended a trade: a limit order on the profit side (`target`), a stop, a trailing stop, a market order of the strategy (`signal`), a
 * time
 * (a `close` order, or an order placed by a timer), a `liquidation`, or the `end` of the data or the run.
 */
export const tradeExits = ['target', 'stop', 'trail', 'signal', 'time', 'liquidation', 'end'] as const;
export type TradeExit = (typeof tradeExits)[number];

/** What a strategy remembers of an open trade. */
export type TradeMemo = Record<string, number | string | boolean | undefined>;

type TradeField = (typeof tradeField)[keyof typeof tradeField];

/** A trade as it was after one of its changes. */
export interface TradeUpdate {
  /** The data's clock, milliseconds UTC. */
  readonly time: number;
  /** Bars of its data since it opened. */
  readonly bars: number;
  /** Whether the trade was still open after the change. */
  readonly status: 'open' | 'closed';
  /** Signed units after the change. */
  readonly size: number;
  /** Average entry price after the change, in quote units. */
  readonly price: number;
  /** Value of what is held after the change, in quote units. */
  readonly value: number;
  /** Profit realised so far, before commission, in quote units. */
  readonly pnl: number;
  /** Profit realised so far less all commission, in quote units. */
  readonly pnlNet: number;
  /** The fill that changed it: order, signed size, price and commission. */
  readonly orderRef: number;
  /** Signed units of the fill that changed it. */
  readonly fillSize: number;
  /** Price of that fill, in quote units. */
  readonly fillPrice: number;
  /** Commission of that fill, in quote units. */
  readonly fillCommission: number;
}

/** A trade as it was when it opened or closed. Immutable; two reads of the same moment are equal but not identical objects. */
export class Trade {
  static {
    showPlainly(Trade);
  }

  readonly #rows: TradeRows;
  readonly #block: Float64Array;
  readonly #at: number;
  /** Every change so far in a run with `tradeHistory`, otherwise empty. */
  readonly history: readonly TradeUpdate[];

  /** @param block - The numbers, which begin at `at`. */
  constructor(rows: TradeRows, block: Float64Array, at: number, history: readonly TradeUpdate[]) {
    this.#rows = rows;
    this.#block = block;
    this.#at = at;
    this.history = history;
  }

  /** The data whose position it was. */
  get data(): Data {
    return this.#rows.datas[this.#read(tradeField.data)]!;
  }

  /** Number of the trade within its strategy, counted from 1. */
  get ref(): number {
    return this.#read(tradeField.ref);
  }

  /** The id given with its orders, which keeps several trades of one data apart; 0 by default. */
  get tradeId(): number {
    return this.#read(tradeField.tradeId);
  }

  /** Open until the position is flat. */
  get status(): 'open' | 'closed' {
    return this.#read(tradeField.size) === 0 ? 'closed' : 'open';
  }

  /** Whether it was opened by a purchase. */
  get isLong(): boolean {
    return this.#read(tradeField.isLong) === 1;
  }

  /** Signed size; 0 once closed. */
  get size(): number {
    return this.#read(tradeField.size);
  }

  /** The largest size it reached, signed. */
  get peakSize(): number {
    return this.#read(tradeField.peakSize);
  }

  /** Average entry price. */
  get price(): number {
    return this.#read(tradeField.price);
  }

  /** Value of the position at its entry price, in quote units. */
  get value(): number {
    return this.#read(tradeField.value);
  }

  /** Commission of all its fills, in quote units. */
  get commission(): number {
    return this.#read(tradeField.commission);
  }

  /** Profit before commission. */
  get pnl(): number {
    return this.#read(tradeField.pnl);
  }

  /** Profit after commission. */
  get pnlNet(): number {
    return this.#read(tradeField.pnl) - this.#read(tradeField.commission);
  }

  /** Index of the data's bar in which it opened, from 0. */
  get openIndex(): number {
    return this.#read(tradeField.openIndex);
  }

  /** Index of the data's bar in which it closed; undefined while open. */
  get closeIndex(): number | undefined {
    return this.status === 'closed' ? this.#read(tradeField.index) : undefined;
  }

  /** Bars of its data from open to close, or until now while it is open. */
  get bars(): number {
    return this.#read(tradeField.index) - this.#read(tradeField.openIndex);
  }

  /** The data's clock when it opened: the close of the bar that filled it, milliseconds UTC. */
  get openTime(): number {
    return this.#read(tradeField.openTime);
  }

  /** When it was closed, milliseconds UTC; undefined while it is open. */
  get closeTime(): number | undefined {
    return this.status === 'closed' ? this.#read(tradeField.time) : undefined;
  }

  /** Average price of the fills that closed it or parts of it, of an inverse contract their harmonic mean; undefined before there is one. */
  get exitPrice(): number | undefined {
    const price = this.#read(tradeField.exitPrice);
    return Number.isNaN(price) ? undefined : price;
  }

  /** What ended it; undefined while open. */
  get exit(): TradeExit | undefined {
    return this.status === 'closed' ? tradeExits[this.#read(tradeField.exit)] : undefined;
  }

  /** The tag of the order that opened it. */
  get tag(): string | undefined {
    return this.#rows.tags.get(this.ref)?.entry;
  }

  /** The tag of the order that closed it; undefined while it is open. */
  get exitTag(): string | undefined {
    return this.status === 'closed' ? this.#rows.tags.get(this.ref)?.exit : undefined;
  }

  /**
   * The largest open profit (maximum favourable excursion), in quote units before commission, by the highs and lows of the bars in which it
   * was open; 0 if it never was in profit. In the bars of its fills only prices count at which it was certainly open: the open before a
   * fill inside the bar, the price of each fill, and the close after the last one.
   */
  get best(): number {
    this.#rows.measure(this.#block, this.#at);
    return this.#read(tradeField.best);
  }

  /** The largest open loss (maximum adverse excursion), computed like `best`; negative, or 0. */
  get worst(): number {
    this.#rows.measure(this.#block, this.#at);
    return this.#read(tradeField.worst);
  }

  /** Notes of the strategy about the trade: write to it while the trade is open. Empty once it has closed. */
  get memo(): TradeMemo {
    return this.#rows.memoOf(this.ref);
  }

  /** The trade as plain data. */
  toJSON(): Record<string, unknown> {
    const { ref, tradeId, status, isLong, size, peakSize, price, value, commission, pnl, pnlNet } = this;
    const { openIndex, closeIndex, bars, openTime, closeTime, exitPrice, exit, best, worst, tag, exitTag } = this;
    const money = { ref, data: this.data.name, tradeId, status, isLong, size, peakSize, price, value, commission };
    return {
      ...money,
      pnl,
      pnlNet,
      openIndex,
      closeIndex,
      bars,
      openTime,
      closeTime,
      exitPrice,
      exit,
      best,
      worst,
      tag,
      exitTag,
      history: this.history,
    };
  }

  #read(field: TradeField): number {
    return this.#block[this.#at + field]!;
  }
}

export const noHistory: readonly TradeUpdate[] = [];

/** Where a closed trade's figures are in what `readClosed` writes: profit after commission in quote units, and the data's clock when it opened and closed. */
export const closedField = { pnlNet: 0, openTime: 1, closeTime: 2 } as const;

/** What closed trades came to, one number a trade in each. */
export interface TradeOutcomes {
  /** Profit before commission, in quote units. */
  readonly pnl: Float64Array;
  /** Profit after commission, in quote units. */
  readonly pnlNet: Float64Array;
  /** Bars of its data from open to close. */
  readonly bars: Float64Array;
  /** 1 for a trade opened by a purchase, else 0. */
  readonly isLong: Uint8Array;
}

/** What a row of a trade is written from. */
export interface TradeFacts {
  readonly ref: number;
  readonly data: Data;
  /** Number of the data among those traded. */
  readonly dataIndex: number;
  readonly tradeId: number;
  readonly isLong: boolean;
  readonly size: number;
  readonly peakSize: number;
  readonly price: number;
  readonly value: number;
  readonly commission: number;
  readonly pnl: number;
  readonly openIndex: number;
  readonly openTime: number;
  readonly history: readonly TradeUpdate[];
  readonly exit: TradeExit | undefined;
  readonly best: number;
  readonly worst: number;
  /** The first bar that is not in `best` and `worst` yet, for a trade that one fill closed; -1 where all are. */
  readonly unseen: number;
  /** Average price of the fills that closed parts of it; NaN before there is one. */
  readonly exitPrice: number;
  readonly tag: string | undefined;
  readonly exitTag: string | undefined;
}

/** Memos of trades that have closed. */
const noMemo: TradeMemo = Object.freeze({});

/** Rows in a block of trades that are read while they are open. */
const shownRows = 32;

/** Trades as rows of numbers, one for each time that a trade opened or closed. */
export class TradeRows extends NumberRows {
  /** The datas traded, in the order of their first trades. */
  readonly datas: Data[] = [];
  /** Changes of trades by row, in a run that keeps them. */
  readonly histories = new Map<number, readonly TradeUpdate[]>();

  /** Tags of the orders that opened and closed a trade, by its number. */
  readonly tags = new Map<number, { readonly entry: string | undefined; readonly exit: string | undefined }>();
  /** Every trade that has been open, each object used again for the next trade of its data and id. */
  running: { readonly ref: number; readonly tradeId: number; readonly isClosed: boolean }[] = [];
  /** The numbers of trades that were read while open. A block lives as long as one of its trades does. */
  private shown = unsetNumbers(0);
  private shownAt = 0;
  private readonly memos = new Map<number, TradeMemo>();
  /** By data: how its profits are counted. */
  readonly schemes: CommissionScheme[] = [];

  constructor() {
    super(Object.keys(tradeField).length);
  }

  memoOf(ref: number): TradeMemo {
    const known = this.memos.get(ref);
    if (known !== undefined) return known;
    if (!this.running.some((trade) => trade.ref === ref && !trade.isClosed)) return noMemo;
    const memo: TradeMemo = {};
    this.memos.set(ref, memo);
    return memo;
  }

  /** A trade has closed: its memo goes. */
  close(ref: number): void {
    if (this.memos.size > 0) this.memos.delete(ref);
  }

  /** The trade in a row. */
  read(row: number): Trade {
    const { histories } = this;
    const history = histories.size === 0 ? noHistory : (histories.get(row) ?? noHistory);
    return new Trade(this, this.block(row), this.at(row), history);
  }

  /** A trade as it is now. Nothing of it is kept here, so that it may be read at every tick. */
  show(trade: TradeFacts): Trade {
    if (this.shownAt >= this.shown.length) {
      this.shown = unsetNumbers(shownRows * this.stride);
      this.shownAt = 0;
    }
    const at = this.shownAt;
    this.shownAt += this.stride;
    this.write(trade, this.shown, at);
    return new Trade(this, this.shown, at, trade.history);
  }

  /** Gives up what was written down before `row`. */
  override forget(row: number): void {
    super.forget(row);
    for (const one of this.histories.keys()) {
      if (one >= row) break;
      this.histories.delete(one);
    }
  }

  /** Writes down a trade that has opened or closed, and returns its row. */
  note(trade: TradeFacts): number {
    const row = this.add();
    this.write(trade, this.block(row), this.at(row));
    if (trade.history.length > 0) this.histories.set(row, trade.history);
    return row;
  }

  private write(trade: TradeFacts, values: Float64Array, at: number): void {
    values[at + tradeField.ref] = trade.ref;
    values[at + tradeField.tradeId] = trade.tradeId;
    values[at + tradeField.isLong] = trade.isLong ? 1 : 0;
    values[at + tradeField.size] = trade.size;
    values[at + tradeField.peakSize] = trade.peakSize;
    values[at + tradeField.price] = trade.price;
    values[at + tradeField.value] = trade.value;
    values[at + tradeField.commission] = trade.commission;
    values[at + tradeField.pnl] = trade.pnl;
    values[at + tradeField.openIndex] = trade.openIndex;
    values[at + tradeField.index] = timelineOf(trade.data).index;
    values[at + tradeField.openTime] = trade.openTime;
    timelineOf(trade.data).writeClose(values, at + tradeField.time);
    values[at + tradeField.data] = trade.dataIndex;
    values[at + tradeField.exit] = trade.exit === undefined ? -1 : wordNumber(tradeExits, trade.exit);
    values[at + tradeField.best] = trade.best;
    values[at + tradeField.worst] = trade.worst;
    values[at + tradeField.unseen] = trade.unseen;
    values[at + tradeField.exitPrice] = trade.exitPrice;
    const { tag: entry, exitTag: exit } = trade;
    if (entry !== undefined || exit !== undefined) this.tags.set(trade.ref, { entry, exit });
  }

  /**
   * Takes the bars that a closed trade was held for into its excursions, if that has not been done. They are read when somebody asks for
   * them, because few do, and the highs and lows of each trade's bars cost as much as the trade itself.
   */
  measure(values: Float64Array, at: number): void {
    const first = values[at + tradeField.unseen]!;
    if (first < 0) return;
    values[at + tradeField.unseen] = -1;
    const dataIndex = values[at + tradeField.data]!;
    const { high, low } = timelineOf(this.datas[dataIndex]!);
    const { values: highs, base } = high;
    const { values: lows } = low;
    const last = values[at + tradeField.index]! - 1;
    let top = values[at + tradeField.exitPrice]!;
    let bottom = top;
    for (let k = Math.max(first - base, 0); k <= last - base; k++) {
      const above = highs[k]!;
      const below = lows[k]!;
      if (above > top) top = above;
      if (below < bottom) bottom = below;
    }
    const scheme = this.schemes[dataIndex]!;
    const [size, price] = [values[at + tradeField.peakSize]!, values[at + tradeField.price]!];
    const [one, other] = [scheme.pnl(size, price, top), scheme.pnl(size, price, bottom)];
    values[at + tradeField.best] = Math.max(values[at + tradeField.best]!, one, other);
    values[at + tradeField.worst] = Math.min(values[at + tradeField.worst]!, one, other);
  }

  /** Writes the figures of the closed trade in a row to `into`, by `closedField`, without an object for it. */
  readClosed(row: number, into: Float64Array): void {
    const values = this.block(row);
    const at = this.at(row);
    into[closedField.pnlNet] = values[at + tradeField.pnl]! - values[at + tradeField.commission]!;
    into[closedField.openTime] = values[at + tradeField.openTime]!;
    into[closedField.closeTime] = values[at + tradeField.time]!;
  }

  /** What the closed trades in these rows came to, without an object for each. */
  outcomesOf(rows: readonly number[]): TradeOutcomes {
    const count = rows.length;
    const [pnl, pnlNet, bars] = [unsetNumbers(count), unsetNumbers(count), unsetNumbers(count)];
    const isLong = new Uint8Array(count);
    for (let k = 0; k < count; k++) {
      const values = this.block(rows[k]!);
      const at = this.at(rows[k]!);
      pnl[k] = values[at + tradeField.pnl]!;
      pnlNet[k] = values[at + tradeField.pnl]! - values[at + tradeField.commission]!;
      bars[k] = values[at + tradeField.index]! - values[at + tradeField.openIndex]!;
      isLong[k] = values[at + tradeField.isLong]!;
    }
    return { pnl, pnlNet, bars, isLong };
  }

  /** As `measure`, for the trade in a row. */
  measureRow(row: number): void {
    this.measure(this.block(row), this.at(row));
  }
}
