/** Trades: a position from flat to flat, with what it earned and cost. */
import { timelineOf, type Data } from '../../lines/index.ts';
import { NumberRows, showPlainly } from '../../core/index.ts';
import type { RunningTrade } from './running-trade.ts';

/** One change of a trade, as it stood after it. */
export interface TradeUpdate {
  /** The data's clock, milliseconds UTC. */
  readonly time: number;
  /** Bars of its data since it opened. */
  readonly bars: number;
  readonly status: 'open' | 'closed';
  readonly size: number;
  readonly price: number;
  readonly value: number;
  readonly pnl: number;
  readonly pnlNet: number;
  /** The fill that changed it: its order, signed size, price and commission. */
  readonly orderRef: number;
  readonly fillSize: number;
  readonly fillPrice: number;
  readonly fillCommission: number;
}

/** A trade as it stood when it opened or closed; never changes. Two of the same moment are equal, not the same object. */
export class Trade {
  static {
    showPlainly(Trade);
  }

  readonly #block: Float64Array;
  readonly #at: number;
  readonly data: Data;
  /** Every change so far, in a run with `tradeHistory`; else empty. */
  readonly history: readonly TradeUpdate[];

  constructor(rows: TradeRows, row: number) {
    this.#block = rows.block(row);
    this.#at = rows.at(row);
    this.data = rows.datas[this.#read(13)]!;
    this.history = rows.histories.get(row) ?? noHistory;
  }

  /** Number of the trade within its strategy, from 1. */
  get ref(): number {
    return this.#read(0);
  }

  get tradeId(): number {
    return this.#read(1);
  }

  get status(): 'open' | 'closed' {
    return this.#read(3) === 0 ? 'closed' : 'open';
  }

  get isLong(): boolean {
    return this.#read(2) === 1;
  }

  /** Signed size; 0 once closed. */
  get size(): number {
    return this.#read(3);
  }

  /** The largest size it had, signed. */
  get peakSize(): number {
    return this.#read(4);
  }

  /** Average entry price. */
  get price(): number {
    return this.#read(5);
  }

  /** What the position is worth at its entry price. */
  get value(): number {
    return this.#read(6);
  }

  get commission(): number {
    return this.#read(7);
  }

  /** Profit before commission. */
  get pnl(): number {
    return this.#read(8);
  }

  /** Profit after commission. */
  get pnlNet(): number {
    return this.#read(8) - this.#read(7);
  }

  /** Number of the data's bar in which it opened, from 0. */
  get openIndex(): number {
    return this.#read(9);
  }

  /** Number of the data's bar in which it closed; undefined while open. */
  get closeIndex(): number | undefined {
    return this.status === 'closed' ? this.#read(10) : undefined;
  }

  /** Bars of its data from open to close, or until now. */
  get bars(): number {
    return this.#read(10) - this.#read(9);
  }

  /** The data's clock when it opened: close of the bar that filled it, milliseconds UTC. */
  get openTime(): number {
    return this.#read(11);
  }

  get closeTime(): number | undefined {
    return this.status === 'closed' ? this.#read(12) : undefined;
  }

  /** The trade as plain data. */
  toJSON(): Record<string, unknown> {
    const { ref, tradeId, status, isLong, size, peakSize, price, value, commission, pnl, pnlNet } = this;
    const { openIndex, closeIndex, bars, openTime, closeTime, history } = this;
    const money = { ref, data: this.data.name, tradeId, status, isLong, size, peakSize, price, value, commission };
    return { ...money, pnl, pnlNet, openIndex, closeIndex, bars, openTime, closeTime, history };
  }

  #read(field: number): number {
    return this.#block[this.#at + field]!;
  }
}

export const noHistory: readonly TradeUpdate[] = [];

/** The numbers of trades as they stood, a row for each. */
export class TradeRows extends NumberRows {
  /** The datas that are traded, in the order of their first trades. */
  readonly datas: Data[] = [];
  /** Changes of trades by row, where they are kept. */
  readonly histories = new Map<number, readonly TradeUpdate[]>();

  constructor() {
    super(14);
  }

  /** Notes a trade as it stands and gives its row. */
  note(trade: RunningTrade): number {
    const row = this.add();
    const values = this.block(row);
    const at = this.at(row);
    values[at] = trade.ref;
    values[at + 1] = trade.tradeId;
    values[at + 2] = trade.isLong ? 1 : 0;
    values[at + 3] = trade.size;
    values[at + 4] = trade.peakSize;
    values[at + 5] = trade.price;
    values[at + 6] = trade.value;
    values[at + 7] = trade.commission;
    values[at + 8] = trade.pnl;
    values[at + 9] = trade.openIndex;
    values[at + 10] = timelineOf(trade.data).index;
    values[at + 11] = trade.openTime;
    timelineOf(trade.data).writeClose(values, at + 12);
    values[at + 13] = trade.dataIndex;
    if (trade.history.length > 0) this.histories.set(row, trade.history);
    return row;
  }
}
