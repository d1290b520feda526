/** The trades of one strategy. */
import { timelineOf, type Data } from '../../lines/index.ts';
import { fillField, type Blotter } from './fill-blotter.ts';
import { fillRules, type FillRule } from './fill-reason.ts';
import { exitOf } from '../orders/order-state.ts';
import type { Order } from '../orders/order.ts';
import { closedOf, isRounding } from './position.ts';
import { RunningTrade, type FillPart, type FillPlace } from './running-trade.ts';
import type { CommissionScheme } from './commission.ts';
import { Trade, TradeRows, type TradeOutcomes } from './trade.ts';

/** What trades need of the positions of an account. */
export interface TradedPositions {
  /** The first data that shows the same position. */
  poolOf(dataId: number): number;
  /** Value of units of a data that change hands at a price, never negative, in the currency of the account. */
  tradedValue(dataId: number, size: number, price: number): number;
}

const ownPositions: TradedPositions = { poolOf: (dataId) => dataId, tradedValue: (_, size, price) => size * price };

/** The fields of a fill that a trade reads: those in quote units, and the others. */
const inQuote = [fillField.price, fillField.commission, fillField.closedCommission] as const;
const asIs = [fillField.closed, fillField.opened] as const;

/** The trades of one strategy, built from its fills. */
export class TradeBook {
  /** Rows of the closed trades in the order they closed, and those of them that were read as objects. */
  private readonly closedRows: number[] = [];
  private readonly shown: Trade[] = [];
  /** How many of the closed rows have their excursions. */
  private measured = 0;
  /** Number of closed trades no longer kept, in a run of bounded memory. */
  dropped = 0;
  /** The trade that changed last, most often the next to change. */
  private latest: RunningTrade | undefined;
  private readonly running = new Map<Data, Map<number, RunningTrade>>();
  private readonly keepsHistory: boolean;
  private readonly rows = new TradeRows();
  /** How many trades have opened so far. */
  count = 0;
  /** What reads closed trades, and must before they are dropped. */
  readonly readers: { catchUp(): void }[] = [];

  private readonly tolerance: number;
  private readonly followsPosition: boolean;
  private readonly positions: TradedPositions;
  /** The latest fill as its trade alone sees it, where that differs from what it did to the position. */
  private readonly own = new Float64Array(Object.keys(fillField).length);

  /**
   * @param tolerance - The fraction of a trade's turnover up to which its profit or loss is rounding, and the trade even.
   * @param followsPosition - Whether a fill closes and opens trades as it closes and opens the position of the account.
   * @param positions - Which datas show one position. Default: each has a position of its own.
   */
  constructor(keepsHistory = false, tolerance = 0, followsPosition = false, positions: TradedPositions = ownPositions) {
    this.positions = positions;
    this.keepsHistory = keepsHistory;
    this.tolerance = tolerance;
    this.followsPosition = followsPosition;
  }

  /** Closed trades in the order they closed. */
  get closed(): readonly Trade[] {
    const { shown, closedRows } = this;
    for (let k = shown.length; k < closedRows.length; k++) shown.push(this.rows.read(closedRows[k]!));
    return shown;
  }

  /** Number of closed trades that are kept. */
  get kept(): number {
    return this.closedRows.length;
  }

  /** Writes what closed trade `k` of those kept earned, and when it was open, to `into`, by `closedField`. */
  readClosed(k: number, into: Float64Array): void {
    this.rows.readClosed(this.closedRows[k]!, into);
  }

  /** How many trades have closed so far, including those no longer kept. */
  get closedCount(): number {
    return this.dropped + this.closedRows.length;
  }

  /** What the closed trades came to, from the `first` that closed on, counted from 0, in the order they closed. */
  outcomesFrom(first: number): TradeOutcomes {
    const { closedRows, dropped } = this;
    return this.rows.outcomesOf(first === dropped ? closedRows : closedRows.slice(first - dropped));
  }

  /**
   * Applies the fill in a row of the blotter. If trade notifications are wanted, it adds the trades that the fill closed or opened to
   * `changed`, the closed one first.
   */
  apply(
    order: Order,
    blotter: Blotter,
    row: number,
    scheme: CommissionScheme,
    changed: { push(trade: Trade): void } | undefined,
  ): void {
    let values = blotter.block(row);
    let at = blotter.at(row);
    let place = places[values[at + fillField.rule]!]!;
    // What an exchange reports of a market order it has executed at once; a limit or a stop has waited.
    if (order.type !== 'market' && values[at + fillField.rule] === reported) place = 'insideNext';
    let trade = this.current(order);
    if (!this.followsPosition && this.differs(trade.size, values, at)) {
      values = this.own;
      at = 0;
    }
    if (this.convert(trade, order, values, at)) {
      values = this.own;
      at = 0;
    }
    const opens = values[at + fillField.opened] !== 0;
    let isOpened = false;
    for (let k = 0; k < parts.length; k++) {
      const field = parts[k]!;
      if (values[at + field] === 0) continue;
      if (trade.isClosed) trade = this.current(order);
      if (trade.update(values, at, field, scheme, place)) {
        isOpened = true;
        trade.tag = order.tag;
      }
      if (this.keepsHistory) trade.note(order.ref, values, at, field);
      const { isClosed } = trade;
      if (isClosed) {
        trade.exit = exitOf(order);
        trade.exitTag = order.tag;
        this.rows.close(trade.ref);
      }
      // A trade that opens is notified once the whole fill is in it.
      if (!isClosed && !(isOpened && (field === fillField.opened || !opens))) continue;
      this.rows.schemes[trade.dataIndex] = scheme;
      if (!isClosed && changed === undefined) continue;
      const noted = this.rows.note(trade);
      if (isClosed) this.closedRows.push(noted);
      changed?.push(this.rows.read(noted));
    }
  }

  /** Drops all but the latest `keep` closed trades once there are more than twice as many, after calling `last` for each. */
  forget(keep: number, last: (trade: Trade) => void): void {
    const over = this.closedRows.length - keep;
    if (over <= keep) return;
    for (const reader of this.readers) reader.catchUp();
    for (const row of this.closedRows.splice(0, over)) {
      const trade = this.rows.read(row);
      last(trade);
      this.rows.tags.delete(trade.ref);
    }
    this.shown.splice(0, over);
    this.forgetIds();
    this.measured = Math.max(0, this.measured - over);
    this.rows.forget(this.closedRows[0] ?? this.rows.count);
    this.dropped += over;
  }

  /** Trades that are open now. */
  open(): Trade[] {
    const found: Trade[] = [];
    for (const byId of this.running.values()) {
      for (const trade of byId.values()) if (trade.size !== 0) found.push(this.show(trade));
    }
    return found;
  }

  /** The open trade in the position of a data, as it is now; undefined when there is none. */
  openOf(data: Data, tradeId = 0): Trade | undefined {
    const own = this.running.get(data)?.get(tradeId);
    const trade = own?.isClosed === false ? own : this.openBeside(data, tradeId);
    return trade === undefined || trade.size === 0 ? undefined : this.show(trade);
  }

  /** Units that the open trade of an id holds in the position of a data, signed; 0 when there is none. */
  sizeOf(data: Data, tradeId: number): number {
    const own = this.running.get(data)?.get(tradeId);
    return (own?.isClosed === false ? own : this.openBeside(data, tradeId))?.size ?? 0;
  }

  /** Units that the open trades of a data hold, signed, with their average entry price. It notes nothing, so that it may be read at any time. */
  heldOf(data: Data): { readonly size: number; readonly price: number } {
    let [size, paid] = [0, 0];
    let isInverse = false;
    for (const trade of this.running.get(data)?.values() ?? []) {
      if (trade.size === 0) continue;
      ({ isInverse } = this.rows.schemes[trade.dataIndex]!);
      size += trade.size;
      paid += isInverse ? trade.size / trade.price : trade.size * trade.price;
    }
    if (size === 0) return { size, price: 0 };
    return { size, price: isInverse ? size / paid : paid / size };
  }

  /** Takes the bars up to the present one into the excursions of all trades: to be called before older bars are dropped. */
  reach(): void {
    for (; this.measured < this.closedRows.length; this.measured++)
      this.rows.measureRow(this.closedRows[this.measured]!);
    for (const byId of this.running.values()) for (const trade of byId.values()) trade.reach();
  }

  /**
   * Whether a fill closes and opens something else of a trade that holds `held` than of the position, which trades of other ids and other
   * strategies change too. `own` then has what it does to the trade.
   */
  private differs(held: number, values: Float64Array, at: number): boolean {
    const size = values[at + fillField.closed]! + values[at + fillField.opened]!;
    const closed = closedOf(held, size);
    if (isRounding(closed - values[at + fillField.closed]!, size)) return false;
    const { own } = this;
    const commission = values[at + fillField.commission]!;
    own[fillField.price] = values[at + fillField.price]!;
    own[fillField.closed] = closed;
    own[fillField.opened] = size - closed;
    own[fillField.commission] = commission;
    own[fillField.closedCommission] = commission * (closed / size);
    return true;
  }

  /** Drops what was kept for the next trade of an id, which may never come; most strategies have the id 0 alone. */
  private forgetIds(): void {
    for (const byId of this.running.values()) {
      for (const [id, trade] of byId) if (trade.isClosed && id !== 0) byId.delete(id);
    }
    this.rows.running = this.rows.running.filter((trade) => !trade.isClosed || trade.tradeId === 0);
    this.latest = undefined;
  }

  private show(trade: RunningTrade): Trade {
    trade.reach();
    return this.rows.show(trade);
  }

  /** The trade that a fill of an order changes: one that another data of the same position has opened goes on. */
  private current({ data, tradeId }: Order): RunningTrade {
    const { latest } = this;
    const found = latest?.data === data && latest.tradeId === tradeId ? latest : this.running.get(data)?.get(tradeId);
    if (found?.isClosed === false) return (this.latest = found);
    return (this.latest = this.openBeside(data, tradeId) ?? this.start(data, tradeId, found));
  }

  /** The open trade of another data that shows the position of this one. */
  private openBeside(data: Data, tradeId: number): RunningTrade | undefined {
    if (this.running.size === (this.running.has(data) ? 1 : 0)) return undefined;
    const { positions } = this;
    const pool = positions.poolOf(timelineOf(data).id);
    for (const [other, byId] of this.running) {
      const trade = byId.get(tradeId);
      if (other === data || trade === undefined || trade.isClosed) continue;
      if (positions.poolOf(timelineOf(other).id) === pool) return trade;
    }
    return undefined;
  }

  /** Counts the prices of a fill in the quote currency of a trade that another data has opened, at the rate of the step. */
  private convert(trade: RunningTrade, order: Order, values: Float64Array, at: number): boolean {
    if (trade.data === order.data) return false;
    const worth = ({ id }: { readonly id: number }): number => this.positions.tradedValue(id, 1, 1);
    const rate = worth(timelineOf(order.data)) / worth(timelineOf(trade.data));
    if (rate === 1 || !(rate > 0 && rate < Infinity)) return false;
    const { own } = this;
    for (const field of asIs) own[field] = values[at + field]!;
    for (const field of inQuote) own[field] = values[at + field]! * rate;
    return true;
  }

  private start(data: Data, tradeId: number, known?: RunningTrade): RunningTrade {
    const trade = known ?? this.add(data, tradeId);
    trade.begin(++this.count);
    return (this.latest = trade);
  }

  private add(data: Data, tradeId: number): RunningTrade {
    let byId = this.running.get(data);
    if (byId === undefined) {
      this.running.set(data, (byId = new Map<number, RunningTrade>()));
      this.rows.datas.push(data);
    }
    const trade = new RunningTrade(data, this.rows.datas.indexOf(data), tradeId, this.tolerance);
    byId.set(tradeId, trade);
    this.rows.running.push(trade);
    return trade;
  }
}

/** The part of a fill that closes comes before the part that opens. */
const parts: readonly FillPart[] = [fillField.closed, fillField.opened];

/** By index of a rule: where in its bar it fills. */
const places = fillRules.map(placeOf);

const reported = fillRules.indexOf('reported');

/** Where in its bar a rule fills: what follows a fill at the open is the whole bar; fills of a session come after the last bar. */
function placeOf(rule: FillRule): FillPlace {
  if (rule === 'open' || rule === 'limitAtOpen' || rule === 'stopAtOpen') return 'open';
  if (rule === 'touch' || rule === 'reported' || rule === 'limitAtTouch') return 'between';
  if (rule === 'nextTrade' || rule === 'book') return 'between';
  return rule === 'traded' || rule === 'stopTraded' || rule === 'queued' ? 'insideNext' : 'inside';
}
