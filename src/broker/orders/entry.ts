/** Order entry: turns what one strategy asks for into orders in the broker's hands. */
import { ConfigError, OrderError, unknownName, type Refusal, type Side } from '../../core/index.ts';
import { timelineOf, sessionEndAfter, type Data } from '../../lines/index.ts';
import { OrderRows } from './rows.ts';
import { OpenOrders } from './open-orders.ts';
import { checkAmendment, type AmendOptions, type CheckedAmendment } from './amendment.ts';
import { linkTo, Order } from './order.ts';
import { firstFillOf } from './order-state.ts';
import {
  checkOrderNames,
  checkOrderOptions,
  namesOnlyData,
  unitsOfQuote,
  validUntil,
  type LooseOrderOptions,
  type OrderOptions,
} from './options.ts';
import { isRounding, lotsOf, Position } from '../accounting/position.ts';
import type { CashShortage } from '../accounting/cash-rule.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { TradingRules } from '../rules/rules.ts';
import { ReusedRequest, type Sizer, type SizingSource } from '../sizing/sizers.ts';
import type { Trade, TradeExit } from '../accounting/trade.ts';
import { meanTrueRange } from '../sizing/true-range.ts';
import type { TradeBook } from '../accounting/trade-book.ts';
import type { RiskDesk } from '../risk/risk-desk.ts';
import { WorkingOrder, workingOf } from './working-order.ts';

/** What order entry needs of a broker, whichever it is. */
export interface OrderTaker {
  /** Free cash, in quote units. */
  readonly cash: number;
  /** Cash and positions at their latest closes, in quote units. */
  readonly value: number;
  /** Bars that an order waits beyond the one it always does. */
  readonly latencyBars: number;
  /** Whether market orders are filled at the close of the bar they are made in. */
  readonly cheatOnClose: boolean;
  /** Whose rules it trades by. */
  readonly rules: TradingRules;
  /** What to do with orders that exceed the cash; undefined leaves it to the rules. */
  readonly whenCashShort: CashShortage | undefined;
  /** Commission, margin and leverage of a data. */
  schemeOf(dataId: number): CommissionScheme;
  /** What is held of a data. */
  positionOf(dataId: number): Position;
  /** The first data that shows the same position. */
  poolOf(dataId: number): number;
  /** Takes an order; one that is not transmitted waits for its siblings. */
  submit(working: WorkingOrder, isTransmitted: boolean): void;
  /**
   * Cancels an order; false when it has ended.
   *
   * @param reason - Shown with the order. Default: none, as when the strategy cancels it itself.
   */
  cancel(working: WorkingOrder, reason?: string): boolean;
  /** Changes an open order in place; false when it has ended, or cannot be changed where it is. */
  amend(working: WorkingOrder, change: CheckedAmendment): boolean;
  /** Executes what is submitted of an order at a price, at once: the close of the last bar of a run. Absent in brokers of sessions. */
  executeNow?(working: WorkingOrder, price: number): void;
  /** Takes an order that makes no sense only to reject it: the strategy is notified of it, with the rule and the reason. */
  refuse(working: WorkingOrder, refusal: Refusal): void;
  /** A new order of the broker's, or an ended one used again. */
  makeWorking(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder;
}

/** The code of an OrderError by which a sizer refuses one order and not the run. */
export const refusedSize = 'size-refused';

const none: readonly WorkingOrder[] = [];

/** The options of an order that has none. */
const plain: OrderOptions = Object.freeze({});

/** Counts orders over all strategies of a run. */
export interface OrderCounter {
  last: number;
}

/** Makes the orders of one strategy. */
export class OrderEntry implements SizingSource {
  /** Every order of the strategy, in the order they were made. */
  readonly orders: Order[] = [];
  /** How many orders were forgotten, in a run of bounded memory. */
  dropped = 0;
  /** How often a sizer found nothing to do. */
  emptySizes = 0;
  /** Set while `nextOpen` runs: orders may be executed by the bar that is opening. */
  isAtOpen = false;
  /** What ends the trades that orders placed now will close, where it is not the order's type: a timer, or the end. */
  cause: TradeExit | undefined;
  readonly sizer: Sizer;
  readonly trades: TradeBook;
  private readonly owner: number;
  readonly broker: OrderTaker;
  private readonly datas: readonly Data[];
  private readonly counter: OrderCounter;
  private readonly rows: OrderRows;
  /** Datas that have no further bar, while the run goes on. */
  readonly ended = new Set<Data>();
  /** Orders that may still be executed. */
  readonly open = new OpenOrders();
  /** The order being placed, as sizers are asked: its price is in a field, because V8 boxes each number handed to a call. */
  private readonly request: ReusedRequest;
  private readonly expected = new Position();
  /** Checks orders against the rules of risk; undefined in a run without any. */
  risk: RiskDesk | undefined;
  /** Why the sizer refused the order being placed. */
  private refusal: Refusal | undefined;

  constructor(
    owner: number,
    broker: OrderTaker,
    datas: readonly Data[],
    sizer: Sizer,
    counter: OrderCounter,
    trades: TradeBook,
  ) {
    this.owner = owner;
    this.broker = broker;
    this.datas = datas;
    this.rows = new OrderRows(datas);
    this.sizer = sizer;
    this.trades = trades;
    this.counter = counter;
    this.request = new ReusedRequest(datas, broker.schemeOf(0), this);
  }

  /** The data meant by a name, itself, or nothing. */
  dataOf(data: Data | string | undefined): Data {
    if (data === undefined) return this.datas[0]!;
    if (typeof data !== 'string') {
      if (this.datas.includes(data)) return data;
      throw new ConfigError(`data '${data.name}' is not part of this run`);
    }
    const found = this.datas.find((one) => one.name === data);
    if (found !== undefined) return found;
    throw unknownName(
      'data',
      data,
      this.datas.map((one) => one.name),
    );
  }

  /**
   * Makes an order and hands it to the broker; undefined when the sizer finds nothing to do.
   *
   * @param ownSize - The size where the options have none.
   * @param aim - Set when a target or `close` places it.
   */
  place(side: Side, options: OrderOptions | undefined, ownSize?: number, aim?: 'target' | 'close'): Order | undefined {
    return this.placeNamed(side, options, ownSize, aim, false);
  }

  /**
   * Closes what is held of a data, or `options.size` units of it; undefined when nothing is held, or an open order closes it already. With a
   * `tradeId` it closes what that trade holds, if the rules keep trades apart.
   * Entries that are still open are left alone.
   */
  close(options: OrderOptions | undefined): Order | undefined {
    return this.placeNamed('sell', options, undefined, 'close', false);
  }

  /**
   * As `place`, with options whose names have been checked; with the aim `close`, side and size follow from the position.
   * With `nonsense` the order is rejected for that, if nothing about it is an error.
   *
   * One long function, which V8 never inlines: what calls it keeps its budget for what a strategy reads.
   */
  placeNamed(
    side: Side,
    loose: LooseOrderOptions = plain,
    ownSize?: number,
    aim?: 'target' | 'close',
    areNamesChecked = true,
    nonsense?: Refusal,
  ): Order | undefined {
    if (!areNamesChecked && loose !== plain) checkOrderNames(loose);
    const isPlain = loose === plain || namesOnlyData(loose);
    if (aim === 'close') {
      const units = this.closingUnits(loose.data, loose.tradeId);
      if (units === 0) return undefined;
      side = units > 0 ? 'buy' : 'sell';
      ownSize = this.wholeLots(this.dataOf(loose.data), Math.abs(units));
      const { countsOpenOrders } = this.broker.rules;
      if (countsOpenOrders && loose.size !== undefined && loose.size > ownSize) loose = { ...loose, size: ownSize };
    }
    if (!isPlain) checkOrderOptions(loose);
    const data = this.dataOf(loose.data);
    if (data.length === 0 && !this.isAtOpen) {
      throw new OrderError(`data '${data.name}' has no bar yet, so no order can be placed on it`, {
        context: { data: data.name },
      });
    }
    const close = lastClose(data);
    const { request } = this;
    request.price = close;
    if (loose.price !== undefined) request.price = loose.price;
    else if (loose.limitPrice !== undefined) request.price = loose.limitPrice;
    const { price } = request;
    const size =
      loose.size ??
      ownSize ??
      (loose.quoteSize === undefined
        ? this.askSizer(side, data, loose.stopPrice)
        : this.quoted(loose.quoteSize, data, close));
    const found = this.takeRefusal(side, data, isPlain ? plain : loose, size);
    let refusal = nonsense ?? found;
    if (this.risk !== undefined && refusal === undefined && size !== 0 && !this.isEnding) {
      const isExit = aim === 'close' || loose.reduceOnly === true || isExitOf(loose.parent, data, side, size);
      refusal = this.risk.refusalOf(data, side, size, price, isExit, rivalsOf(loose.oco));
    }
    if (size === 0 && refusal === undefined) {
      this.emptySizes++;
      return undefined;
    }
    const { rows } = this;
    const type = loose.type ?? 'market';
    const ref = ++this.counter.last;
    rows.add(ref, data, side, type, loose.tradeId ?? 0, size, price, loose.limitPrice, close);
    if (loose.tag !== undefined) rows.tags.set(ref, loose.tag);
    const exit = loose.exit ?? this.cause;
    if (exit !== undefined) rows.exits.set(ref, exit);
    const order = new Order(rows);
    const { id, moves } = timelineOf(data);
    const { broker } = this;
    const waits = this.isAtOpen && type === 'market' && loose.cheatOnOpen === false ? 1 : 0;
    const firstIndex = moves + 1 + waits + broker.latencyBars;
    const working = broker.makeWorking(order, this.owner, id, broker.schemeOf(id), firstIndex);
    const sessionEnd = type === 'close' || loose.valid === 'day' ? sessionEndAfter(data) : Infinity;
    working.validUntil = type === 'market' ? Infinity : validUntil(loose.valid, order.createdTime, sessionEnd);
    working.sessionEnd = sessionEnd;
    if (this.datas.length > 1) working.createdClock = this.clock();
    working.isForThisOpen = this.isAtOpen && waits === 0;
    working.isAtCreationClose = type === 'market' && broker.cheatOnClose && loose.cheatOnClose !== false;
    if (type === 'stopTrail' || type === 'stopTrailLimit') startTrail(working, loose, data, broker.rules);
    if (loose.timeInForce !== undefined || loose.postOnly !== undefined || loose.quoteSize !== undefined)
      flagOrder(working, loose, broker.rules);
    const { exits, cash } = broker.rules;
    working.reducesOnly = loose.reduceOnly === true || (aim === 'close' && exits.closeOnlyReduces);
    working.isCuttable = cash.isCuttable(
      loose.whenCashShort ?? broker.whenCashShort,
      aim === 'target' || (loose.size === undefined && ownSize === undefined),
    );
    if (loose.oco !== undefined || loose.parent !== undefined) this.relate(working, loose);
    linkTo(order, working);
    this.orders.push(order);
    working.isAim = aim !== undefined;
    this.open.add(order);
    if (refusal === undefined) broker.submit(working, loose.transmit ?? true);
    else broker.refuse(working, refusal);
    return order;
  }

  /** Signed units of an order that closes a position, or one trade of it, less what open orders close already; 0 when there is nothing to close. */
  private closingUnits(named: Data | string | undefined, tradeId: number | undefined): number {
    const data = this.dataOf(named);
    const { id } = timelineOf(data);
    const { rules } = this.broker;
    const all = this.leftToClose(id, this.broker.positionOf(id).size, undefined);
    if (tradeId === undefined || rules.tradesFollowPosition) return all;
    const own = this.leftToClose(id, this.trades.sizeOf(data, tradeId), tradeId);
    // Trades may stand against each other: what none of them holds on balance is not there to be closed.
    return own * all <= 0 ? 0 : Math.abs(own) < Math.abs(all) ? own : all;
  }

  private leftToClose(id: number, size: number, tradeId: number | undefined): number {
    const { broker, open } = this;
    if (size === 0 || !broker.rules.countsOpenOrders || open.isEmpty) return -size || 0;
    const sign = size > 0 ? -1 : 1;
    const pool = broker.poolOf(id);
    const closing = Math.max(0, sign * open.certain(pool, tradeId)) + open.resting(pool, sign, size, none, tradeId);
    const left = Math.abs(size) - closing;
    return left > 0 && !isRounding(left, size) ? sign * left : 0;
  }

  /** Makes an accepted order for what a venue executes by itself. @param size - Signed units. */
  force(data: Data, size: number, exit: TradeExit, reason: string): WorkingOrder {
    const { rows } = this;
    const close = data.close.now;
    const ref = ++this.counter.last;
    rows.add(ref, data, size > 0 ? 'buy' : 'sell', 'market', 0, Math.abs(size), close, undefined, close);
    rows.exits.set(ref, exit);
    rows.reasons.set(ref, reason);
    const order = new Order(rows);
    const { id, moves } = timelineOf(data);
    const working = this.broker.makeWorking(order, this.owner, id, this.broker.schemeOf(id), moves);
    working.status = 'accepted';
    linkTo(order, working);
    this.orders.push(order);
    return working;
  }

  /** Forgets orders that are over but for the latest `keep`; false when there are too few to be worth it. */
  forget(keep: number): boolean {
    const { orders } = this;
    const over = orders.length - keep;
    if (over <= keep) return false;
    let kept = 0;
    for (let k = 0; k < orders.length; k++) {
      const order = orders[k]!;
      if (k >= over || order.isAlive) orders[kept++] = order;
      else {
        const { ref } = order;
        this.rows.reasons.delete(ref);
        this.rows.tags.delete(ref);
        this.rows.exits.delete(ref);
        this.rows.rules.delete(ref);
      }
    }
    this.dropped += orders.length - kept;
    orders.length = kept;
    return true;
  }

  /** The first row of the blotter that one of its orders was filled in; Infinity without one. */
  get firstRow(): number {
    let row = Infinity;
    for (const order of this.orders) row = Math.min(row, firstFillOf(order));
    return row;
  }

  /** The orders that were refused. */
  get refused(): readonly Order[] {
    if (!this.rows.hasRefusals) return [];
    return this.orders.filter(({ status }) => status === 'margin' || status === 'rejected');
  }

  /** Cancels an order; false when it has ended already. */
  cancel(order: Order, reason?: string): boolean {
    const working = workingOf(order);
    if (working === undefined && !order.isAlive) return false;
    if (working?.owner !== this.owner) throw new OrderError(`order ${order.ref} was not made by this strategy`);
    return this.broker.cancel(working, reason);
  }

  /** Changes an open order; false when it has ended, or cannot be changed where it is. */
  amend(order: Order, options: AmendOptions): boolean {
    const working = workingOf(order);
    if (working === undefined && !order.isAlive) return false;
    if (working?.owner !== this.owner) throw new OrderError(`order ${order.ref} was not made by this strategy`);
    const { data } = order;
    const sessionEnd = options.valid === 'day' ? sessionEndAfter(data) : Infinity;
    return this.broker.amend(working, checkAmendment(working, options, data.closeTime, sessionEnd));
  }

  /** Cancels every open order, of one data or of all. */
  cancelAll(data: Data | undefined, reason: string): void {
    for (const order of this.open.read(data)) this.cancel(order, reason);
  }

  /** Closes every position at the market, but those that are `closed` already. @param tag - The tag of the orders. */
  closePositions(tag: string, closed: Set<object>): void {
    for (const data of this.heldDatas()) {
      const position = this.broker.positionOf(this.broker.poolOf(timelineOf(data).id));
      if (closed.has(position)) continue;
      closed.add(position);
      this.close({ data, tag });
    }
  }

  /** A data for each position: of those that show it the one with its open trade, else the first; those without a bar cannot trade. */
  private heldDatas(): Data[] {
    const { broker, trades } = this;
    const byPool = new Map<number, Data>();
    for (const data of this.datas) {
      const { id } = timelineOf(data);
      if (data.length === 0 || broker.positionOf(id).size === 0) continue;
      const pool = broker.poolOf(id);
      if (!byPool.has(pool) || trades.openOf(data)?.data === data) byPool.set(pool, data);
    }
    return [...byPool.values()];
  }

  /** Closes every position of the strategy at the latest closes, as the end of a run does: no rule of risk, and no end of a data, prevents it. */
  closeAll(reason: string): void {
    const { broker } = this;
    this.cancelAll(undefined, reason);
    this.cause = 'end';
    for (const data of this.heldDatas()) {
      const { size } = broker.positionOf(timelineOf(data).id);
      const order = this.place(size > 0 ? 'sell' : 'buy', { data }, this.wholeLots(data, Math.abs(size)));
      const working = order && workingOf(order);
      if (working !== undefined) broker.executeNow?.(working, data.close.now);
    }
    this.cause = undefined;
  }

  /** The part of a position that an exchange takes: whole lots. A fee in the coin bought leaves positions off the lot, and the rest is dust. */
  private wholeLots({ instrument }: Data, units: number): number {
    return lotsOf(this.broker.rules.instrument.lotOf(instrument), units) || units;
  }

  private get isEnding(): boolean {
    return this.cause === 'end';
  }

  /** The latest close that the strategy has seen, over all its datas. */
  private clock(): number {
    const { datas } = this;
    let clock = -Infinity;
    for (let k = 0; k < datas.length; k++) {
      const { closeTime } = datas[k]!;
      if (closeTime > clock) clock = closeTime;
    }
    return clock;
  }

  private relate(working: WorkingOrder, { oco, parent }: LooseOrderOptions): void {
    if (oco !== undefined) {
      const leader = this.brokerSide(oco, 'oco');
      leader.group ??= { members: [leader], isDone: !leader.order.isAlive };
      leader.group.members.push(working);
      working.group = leader.group;
    }
    if (parent !== undefined) working.parent = this.brokerSide(parent, 'parent');
  }

  /** The broker's side of an order of this strategy; an ended one is used again. */
  private brokerSide(order: Order, field: string): WorkingOrder {
    const known = workingOf(order);
    if (known?.owner === this.owner) return known;
    if (known !== undefined || order.isAlive) {
      throw new OrderError(`${field}: order ${order.ref} was not made by this strategy`);
    }
    const { id } = timelineOf(order.data);
    const over = new WorkingOrder(order, this.owner, id, this.broker.schemeOf(id), Infinity);
    over.status = order.status;
    over.remaining = order.remaining;
    linkTo(order, over);
    return over;
  }

  /** Why the order being placed is rejected, before it reaches the market; undefined when it is not. */
  private takeRefusal(side: Side, data: Data, options: LooseOrderOptions, size: number): Refusal | undefined {
    const { refusal, ended, broker, request } = this;
    this.refusal = undefined;
    if (refusal !== undefined) return refusal;
    if (ended.size > 0 && ended.has(data) && !this.isEnding)
      return { rule: 'ended', reason: `'${data.name}' has ended` };
    const { sense } = broker.rules;
    const value = size * request.price;
    if (!Number.isFinite(value)) return sense.nonsenseOfValue(value);
    if (options === plain) return undefined;
    return sense.nonsenseOf(side, options, lastClose(data), broker.schemeOf(timelineOf(data).id));
  }

  /** Cash and positions at their latest closes. */
  get value(): number {
    return this.broker.value;
  }

  get closedTrades(): readonly Trade[] {
    return this.trades.closed;
  }

  /** The cash that the open orders will leave. */
  expectedCash(): number {
    const { open, broker } = this;
    return !broker.rules.countsOpenOrders || open.isEmpty ? broker.cash : open.expectedCash(broker);
  }

  /** The position that the open orders will leave in a data. */
  expectedPosition(data: Data, side: Side, price: number): Readonly<Position> {
    const { open, broker, expected } = this;
    const { id } = timelineOf(data);
    const position = broker.positionOf(id);
    if (!broker.rules.countsOpenOrders || open.isEmpty) return position;
    const sign = side === 'buy' ? 1 : -1;
    const pool = broker.poolOf(id);
    const certain = position.size + open.certain(pool);
    expected.become(position);
    expected.size = certain + sign * open.resting(pool, sign, certain);
    if (expected.price === 0) expected.price = price;
    return expected;
  }

  /** The size of an order by quote amount at the latest close; the fill decides. */
  private quoted(amount: number, data: Data, close: number): number {
    const units = unitsOfQuote(amount, data.instrument, close);
    if (typeof units === 'number') return units;
    this.refusal ??= units;
    return 0;
  }

  /** The size of the order being requested, whose price `request` has. */
  private askSizer(side: Side, data: Data, stopPrice = NaN): number {
    const { broker, request } = this;
    const { id } = timelineOf(data);
    request.data = data;
    request.side = side;
    request.stopPrice = stopPrice;
    request.scheme = broker.schemeOf(id);
    let size: number;
    try {
      size = this.sizer.size(request);
    } catch (error) {
      if (!(error instanceof OrderError) || error.code !== refusedSize) throw error;
      this.refusal = { rule: 'sizer', reason: error.message };
      return 0;
    }
    if (!Number.isFinite(size)) {
      throw new OrderError(`the sizer (${this.sizer.summary}) answered ${size} for '${data.name}'`);
    }
    return Math.abs(size);
  }
}

/** The latest close of a data; NaN before its first bar. From the array: a number returned by a getter of a line would be boxed. */
function lastClose(data: Data): number {
  const { close, index } = timelineOf(data);
  return index < 0 ? NaN : close.values[index - close.base]!;
}

/** Gives an order its flags. @throws {OrderError} Under Backtrader's rules, which have none. */
function flagOrder(working: WorkingOrder, options: LooseOrderOptions, rules: TradingRules): void {
  if (rules.name === 'backtrader') {
    throw new OrderError("timeInForce, postOnly and quoteSize need rules: 'exchange', the rules were 'backtrader'");
  }
  const { timeInForce = 'gtc', postOnly = false, quoteSize = NaN } = options;
  working.flag(timeInForce, postOnly, quoteSize);
}

/** Sets the first stop of a trailing order at its distance from the price it starts at. */
function startTrail(working: WorkingOrder, options: LooseOrderOptions, data: Data, { trailing }: TradingRules): void {
  const { trailAmount, trailPercent = 0, trailAtr, trailPeriod = 14, activationPrice } = options;
  const amount = trailAtr === undefined ? (trailAmount ?? 0) : trailAtr * meanTrueRange(data, trailPeriod);
  if (!(amount > 0 || trailPercent > 0)) {
    throw new OrderError(`trailAtr needs bars that moved: the average true range of '${data.name}' is 0`);
  }
  const start = activationPrice ?? working.price;
  working.trail = { amount, percent: trailPercent };
  working.limitOffset = working.price - working.limitPrice;
  working.price = working.sign * Infinity;
  working.follow(start);
  if (activationPrice === undefined) {
    working.startsAtEntry = trailing.startsAtEntry && options.parent !== undefined && options.price === undefined;
    return;
  }
  working.activation = activationPrice;
  working.isActivated = false;
}

/** Whether an order takes back what its parent opens, and no more. */
function isExitOf(parent: Order | undefined, data: Data, side: Side, size: number): boolean {
  return parent?.data === data && parent.side !== side && size <= parent.size * (1 + 1e-9);
}

/** The other orders of a new order's one-cancels-other group. */
function rivalsOf(oco: Order | undefined): readonly WorkingOrder[] {
  const leader = oco === undefined ? undefined : workingOf(oco);
  return leader === undefined ? [] : (leader.group?.members ?? [leader]);
}
