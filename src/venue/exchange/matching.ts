/** Executes orders: who trades with whom, what each side pays, and the state of every order afterwards. */
import type { Side } from '../../core/index.ts';
import type { MarketTrade } from '../market-data.ts';
import type { Account, AccountFill } from './account.ts';
import { affordableLock } from './checks.ts';
import type { OrderLedger } from './ledger.ts';
import { isOver, isStop, triggersAbove, type Amendment, type ExchangeOrder, type ExchangeOrderStatus, type OrderList } from './order.ts'; // prettier-ignore
import type { Match, SymbolMarket } from './symbol-market.ts';

/** A change of an order, with the order as it was at that moment. */
export interface OrderReport {
  /** Name of the account. */
  readonly account: string;
  /** What happened to the order. */
  readonly kind: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'REPLACED';
  /** The order as it stands. */
  readonly order: Readonly<ExchangeOrder>;
  /** The execution, for a trade. */
  readonly fill: AccountFill | undefined;
  /** The cancel request's own id, for a cancel. */
  readonly cancelId: string | undefined;
  /** The client id that an amendment replaced. */
  readonly clientIdBefore?: string;
  /** When it happened, milliseconds UTC. */
  readonly time: number;
}

/** A change of an order list. */
export interface ListReport {
  /** The list as it stands. */
  readonly list: OrderList;
  /** What happened to it. */
  readonly kind: 'EXEC_STARTED' | 'UPDATED' | 'ALL_DONE';
  /** When it happened, milliseconds UTC. */
  readonly time: number;
}

/** Changes that an owner makes to a stop order, in ticks and lots. */
export interface StopChange {
  /** In lots. */
  readonly size: number;
  /** The limit price, of a stop limit order. */
  readonly price: number | undefined;
  /** The trigger price. */
  readonly stopPrice: number;
}

/** What has happened to accounts since the last call. */
export interface AccountNews {
  readonly reports: readonly OrderReport[];
  readonly lists: readonly ListReport[];
  readonly changed: readonly (readonly [account: Account, assets: readonly string[]])[];
}

export class Matching {
  readonly #ledger: OrderLedger;
  readonly #accountOf: (name: string) => Account;
  readonly #now: () => number;
  readonly #orders = new Map<number, ExchangeOrder>();
  #reports: OrderReport[] = [];
  #lists: ListReport[] = [];
  /** Lists whose working order is filled: their pending orders are placed next. */
  #due: OrderList[] = [];
  #amendments = 0;
  readonly #changed = new Map<Account, Set<string>>();

  constructor(ledger: OrderLedger, accountOf: (name: string) => Account, now: () => number) {
    this.#ledger = ledger;
    this.#accountOf = accountOf;
    this.#now = now;
  }

  /** The order with this number, of any account. */
  order(id: number): ExchangeOrder | undefined {
    return this.#orders.get(id);
  }

  /** Accepts a new order: locks its money, then lets it wait for its trigger or executes it. */
  enter(market: SymbolMarket, account: Account, order: ExchangeOrder, locks: bigint): void {
    this.#orders.set(order.id, order);
    account.add(order);
    this.#activate(market, account, order, locks);
  }

  /** Accepts a list: the legs of an OCO work at once, of an OTO only the first order. */
  enterList(market: SymbolMarket, account: Account, list: OrderList, locks: bigint): void {
    account.lists.push(list);
    for (const order of list.orders) {
      this.#orders.set(order.id, order);
      account.add(order);
    }
    this.#reportList(list, 'EXEC_STARTED');
    const [first] = list.orders;
    if (list.contingency === 'OTO') {
      for (const order of list.orders.slice(1)) this.#report('NEW', order);
      this.#activate(market, account, first!, locks);
    } else {
      // One lock serves both legs: it moves to the leg that executes.
      list.orders.forEach((order, i) => {
        this.#activate(market, account, order, i === 0 ? locks : 0n);
      });
    }
  }

  #activate(market: SymbolMarket, account: Account, order: ExchangeOrder, locks: bigint): void {
    const asset = this.#ledger.payAsset(market, order.side);
    this.#ledger.lock(account, asset, order, locks);
    this.#balanceChanged(account, asset);
    this.#report('NEW', order);
    if (isStop(order.type)) market.stops.push(order);
    else this.#execute(market, account, order);
  }

  /** The crowd trades at a price or better, at most this many lots; `at` is one price for all. */
  crowdTakes(market: SymbolMarket, side: Side, lots: number, limit?: number, at?: number): number {
    let left = lots;
    const time = this.#now();
    market.take(
      {
        side, limit, owner: undefined, ...(at !== undefined && { at }), wants: () => left, metItself: () => {},
        matched: (match) => {
          left -= match.trade.size;
          this.#settleMaker(market, match, side, undefined);
        },
      },
      time,
    ); // prettier-ignore
    return lots - left;
  }

  #execute(market: SymbolMarket, account: Account, order: ExchangeOrder): void {
    const limit = order.price;
    const isMarket = limit === undefined;
    if (order.quoteValue !== undefined) order.size = this.#ledger.buys(market, order);
    if (order.contract !== undefined && !this.#fitsPosition(market, account, order)) return;
    if (order.timeInForce === 'FOK') {
      const { lots } = market.offered({ side: order.side, limit, owner: account.name }, order.size);
      if (lots < order.size) {
        this.end(market, order, 'EXPIRED');
        return;
      }
    }
    market.take(
      {
        side: order.side,
        limit,
        owner: account.name,
        wants: (price) => {
          const left = Math.min(order.size - order.filled, this.#ledger.mostOf(account, order));
          return isMarket ? Math.min(left, this.#ledger.affords(market, order.side, order.locked, price)) : left;
        },
        matched: (match) => {
          this.#settleMaker(market, match, order.side, order);
        },
        metItself: (maker) => {
          this.end(market, this.#orders.get(maker.id)!, 'EXPIRED_IN_MATCH');
        },
      },
      this.#now(),
    );
    if (isOver(order.status)) return;
    if (isMarket || order.timeInForce !== 'GTC') this.end(market, order, 'EXPIRED');
    else {
      const left = order.size - order.filled;
      const resting = { id: order.id, owner: account.name, side: order.side, price: limit, left };
      order.resting = resting;
      market.add(resting);
      if (order.contract !== undefined) this.#trimReducing(market, account);
    }
  }

  /** Books both sides of an execution: the resting order's owner, and the taker's. */
  #settleMaker(market: SymbolMarket, { maker, trade }: Match, takerSide: Side, taker: ExchangeOrder | undefined): void {
    const makerOrder = maker.owner === undefined ? undefined : this.#orders.get(maker.id)!;
    if (makerOrder === undefined && taker === undefined) return;
    this.#settle(market, makerOrder, takerSide === 'buy' ? 'sell' : 'buy', trade, true);
    this.#settle(market, taker, takerSide, trade, false);
  }

  #settle(
    market: SymbolMarket,
    order: ExchangeOrder | undefined,
    side: Side,
    trade: MarketTrade,
    isMaker: boolean,
  ): void {
    const account = order === undefined ? undefined : this.#accountOf(order.account);
    if (order?.list !== undefined) this.#claim(market, order);
    const own = order && account && { account, order, isMaker };
    const { value, fee, feeAsset, profit } = this.#ledger.settle(market, side, trade, own);
    if (own === undefined) return;
    own.order.filled += trade.size;
    own.order.value += value;
    own.order.updated = trade.time;
    const isDone = own.order.filled === own.order.size;
    own.order.status = isDone ? 'FILLED' : 'PARTIALLY_FILLED';
    if (isDone) this.#close(market, own.order);
    else if (own.order.price !== undefined) {
      const keep = this.#ledger.keepFor(market, own.order, trade.size);
      this.#ledger.release(own.account, this.#ledger.payAsset(market, side), own.order, keep);
    }
    const fill: AccountFill = {
      tradeId: trade.id, order: own.order, symbol: own.order.symbol, time: trade.time, price: trade.price, size: trade.size, value, fee,
      feeAsset, isMaker, ...(profit !== undefined && { profit }),
    }; // prettier-ignore
    own.account.fills.push(fill);
    this.#balanceChanged(own.account, market.instrument.base, market.instrument.quote);
    this.#report('TRADE', own.order, fill);
    if (own.order.contract !== undefined) this.#trimReducing(market, own.account);
  }

  /** Cuts a reduce-only order to the size of the position. Without a position it ends the order and returns false. */
  #fitsPosition(market: SymbolMarket, account: Account, order: ExchangeOrder): boolean {
    const { reduceOnly, closesPosition } = order.contract!;
    if (!reduceOnly && !closesPosition) return true;
    const most = this.#ledger.mostOf(account, order);
    if (closesPosition) order.size = most;
    if (most > 0) return true;
    this.end(market, order, 'EXPIRED');
    return false;
  }

  /** Reduces resting reduce-only orders so that they never exceed the position. */
  #trimReducing(market: SymbolMarket, account: Account): void {
    for (const order of [...account.open]) {
      const { contract, resting } = order;
      if (contract?.reduceOnly !== true || resting === undefined || order.symbol !== market.instrument.symbol) continue;
      const most = this.#ledger.mostOf(account, order);
      const left = order.size - order.filled;
      if (left <= most) continue;
      if (most === 0) this.end(market, order, 'EXPIRED');
      else {
        market.shrink(resting, left - most);
        order.size = order.filled + most;
      }
    }
  }

  /** Changes price and size of an open limit order, which loses its place in the queue. */
  modify(
    market: SymbolMarket,
    account: Account,
    order: ExchangeOrder,
    size: number,
    price: number,
    locks: bigint,
  ): void {
    if (order.resting !== undefined && order.resting.left > 0) market.remove(order.resting);
    order.resting = undefined;
    order.size = size;
    order.price = price;
    order.updated = this.#now();
    const asset = this.#ledger.payAsset(market, order.side);
    this.#ledger.release(account, asset, order);
    this.#ledger.lock(account, asset, order, locks);
    this.#report('REPLACED', order, undefined, undefined, order.clientId);
    this.#execute(market, account, order);
  }

  /** Books an execution that no order of the book made: a liquidation by the exchange. */
  force(market: SymbolMarket, account: Account, order: ExchangeOrder, trade: MarketTrade): void {
    this.#orders.set(order.id, order);
    account.add(order);
    this.#report('NEW', order);
    this.#settle(market, order, order.side, trade, false);
  }

  /** Ends an order that was not executed in full. */
  end(
    market: SymbolMarket,
    order: ExchangeOrder,
    status: ExchangeOrderStatus,
    cancelId?: string,
    isAlone = false,
  ): void {
    if (order.resting !== undefined && order.resting.left > 0 && status !== 'EXPIRED_IN_MATCH') {
      market.remove(order.resting);
    }
    order.status = status;
    order.updated = this.#now();
    this.#close(market, order);
    this.#report(status === 'CANCELED' ? 'CANCELED' : 'EXPIRED', order, undefined, cancelId);
    if (isAlone) return;
    // The other leg of an OCO ends with this one, and so do orders that wait for this one to fill.
    for (const other of dependants(order)) {
      if (!isOver(other.status))
        this.end(market, other, status === 'CANCELED' ? 'CANCELED' : 'EXPIRED', cancelId, true);
    }
  }

  /** The other leg of an OCO expires before this one executes, and hands its lock over. */
  #claim(market: SymbolMarket, order: ExchangeOrder): void {
    for (const other of pairOf(order)) {
      if (isOver(other.status)) continue;
      order.locked += other.locked;
      other.locked = 0n;
      this.end(market, other, 'EXPIRED', undefined, true);
    }
  }

  /** Reduces an open order's size in place; the other leg of an OCO keeps the same size. */
  amend(market: SymbolMarket, order: ExchangeOrder, size: number, clientId: string): Amendment {
    const account = this.#accountOf(order.account);
    const before = { clientIdBefore: order.clientId, sizeBefore: order.size };
    const pair = [order, ...pairOf(order).filter((one) => !isOver(one.status))];
    if (clientId !== order.clientId) account.rename(order, clientId);
    for (const one of pair) {
      if (one.resting !== undefined) market.shrink(one.resting, one.size - size);
      one.size = size;
      one.updated = this.#now();
    }
    const asset = this.#ledger.payAsset(market, order.side);
    const needed = pair.map((one) =>
      this.#ledger.needed(market, one.side, size - one.filled, one.price ?? one.stopPrice ?? 0),
    );
    const keep = needed.reduce((a, b) => (a > b ? a : b));
    const holder = pair.find(({ locked }) => locked > keep);
    if (holder !== undefined && order.status !== 'PENDING_NEW') {
      this.#ledger.release(account, asset, holder, keep);
      this.#balanceChanged(account, asset);
    }
    for (const one of pair)
      this.#report('REPLACED', one, undefined, undefined, one === order ? before.clientIdBefore : one.clientId);
    if (order.list !== undefined && clientId !== before.clientIdBefore) this.#reportList(order.list, 'UPDATED');
    const amendment = { id: ++this.#amendments, order, ...before, clientId, size, time: order.updated };
    account.amendments.push(amendment);
    return amendment;
  }

  /** Places the pending orders of a list whose working order is filled; what the account cannot pay expires. */
  #placePending(market: SymbolMarket, list: OrderList): void {
    const account = this.#accountOf(list.account);
    const pending = list.orders.slice(1).filter(({ status }) => status === 'PENDING_NEW');
    if (pending.length === 0) return;
    const locks = affordableLock(this.#ledger, market, account, pending);
    const crosses = pending.some(({ type, side, price }) => {
      const other = market.book.other(side);
      return type === 'LIMIT_MAKER' && other.best !== undefined && other.reaches(other.best, price);
    });
    for (const order of pending) {
      if (locks === undefined || crosses) this.end(market, order, 'EXPIRED', undefined, true);
      else order.status = 'NEW';
    }
    if (locks === undefined || crosses) return;
    pending.forEach((order, i) => {
      if (isOver(order.status)) return;
      order.workingTime = isStop(order.type) ? undefined : this.#now();
      order.updated = this.#now();
      this.#activate(market, account, order, i === 0 ? locks : 0n);
      const last = market.log.lastPrice;
      if (!market.stops.includes(order) || last === undefined) return;
      const isReached = triggersAbove(order.type, order.side) ? last >= order.stopPrice! : last <= order.stopPrice!;
      if (isReached) this.#wake(market, order);
    });
  }

  #finish(list: OrderList): void {
    if (list.isDone) return;
    list.isDone = true;
    this.#reportList(list, 'ALL_DONE');
  }

  /** Closes an order that has ended, and frees what is still locked for it. */
  #close(market: SymbolMarket, order: ExchangeOrder): void {
    const account = this.#accountOf(order.account);
    const asset = this.#ledger.payAsset(market, order.side);
    order.resting = undefined;
    const at = market.stops.indexOf(order);
    if (at >= 0) market.stops.splice(at, 1);
    this.#ledger.release(account, asset, order);
    account.close(order);
    this.#balanceChanged(account, asset);
    const { list } = order;
    if (list === undefined) return;
    if (order.status === 'FILLED' && list.contingency === 'OTO' && order === list.orders[0]) this.#due.push(list);
    else if (list.orders.every((one) => isOver(one.status))) this.#finish(list);
  }

  /** Carries out what the trades since `before` cause: triggers stops and places orders that waited for a fill, until nothing is left. */
  settle(market: SymbolMarket, before: number): void {
    let seen = before;
    for (;;) {
      this.#pullTriggers(market, seen);
      seen = market.log.last?.id ?? seen;
      const due = this.#due;
      if (due.length === 0) return;
      this.#due = [];
      for (const list of due) this.#placePending(market, list);
    }
  }

  #pullTriggers(market: SymbolMarket, before: number): void {
    let seen = before;
    while (market.stops.length > 0) {
      const prints = market.log.trades(Infinity, seen + 1);
      const last = prints.at(-1);
      if (last === undefined || last.id <= seen) return;
      const prices = prints.filter(({ id }) => id > seen).map(({ price }) => price);
      const [high, low] = [Math.max(...prices), Math.min(...prices)];
      seen = last.id;
      const woken = market.stops.filter(({ type, side, stopPrice }) =>
        triggersAbove(type, side) ? high >= stopPrice! : low <= stopPrice!,
      );
      for (const order of woken) if (market.stops.includes(order)) this.#wake(market, order);
    }
  }

  #wake(market: SymbolMarket, order: ExchangeOrder): void {
    const account = this.#accountOf(order.account);
    if (order.conditional?.locksAtTrigger === true && !this.#lockTriggered(market, account, order)) return;
    market.stops.splice(market.stops.indexOf(order), 1);
    this.#claim(market, order);
    order.workingTime = this.#now();
    order.updated = order.workingTime;
    if (order.price === undefined && order.side === 'buy' && order.conditional?.locksAtTrigger !== true) {
      // The lock was estimated at the trigger price; now it is set to what the book asks, as far as the account can pay.
      const asset = this.#ledger.payAsset(market, 'buy');
      this.#ledger.release(account, asset, order);
      const offered = market.offered({ side: 'buy', limit: undefined, owner: account.name }, order.size);
      const cost = this.#ledger.buying(offered.value * market.units.value);
      const { free } = account.holding(asset);
      this.#ledger.lock(account, asset, order, cost < free ? cost : free);
    }
    this.#report('NEW', order);
    this.#execute(market, account, order);
  }

  /** Locks what a triggered order needs. When the account cannot pay, it ends the order and returns false. */
  #lockTriggered(market: SymbolMarket, account: Account, order: ExchangeOrder): boolean {
    const { side, size, price, quoteValue, contract } = order;
    const wanted = { side, size, price, quoteValue, contract };
    const locks = this.#ledger.lockFor(market, account, wanted);
    const asset = this.#ledger.payAsset(market, side);
    if (account.holding(asset).free < locks) {
      this.end(market, order, 'EXPIRED');
      return false;
    }
    this.#ledger.lock(account, asset, order, locks);
    this.#balanceChanged(account, asset);
    return true;
  }

  /** Changes a stop order that waits for its trigger. */
  modifyStop(market: SymbolMarket, account: Account, order: ExchangeOrder, change: StopChange): void {
    Object.assign(order, change);
    order.updated = this.#now();
    if (order.conditional?.locksAtTrigger !== true) {
      const asset = this.#ledger.payAsset(market, order.side);
      this.#ledger.release(account, asset, order);
      this.#ledger.lock(account, asset, order, this.#ledger.lockFor(market, account, order));
      this.#balanceChanged(account, asset);
    }
    this.#report('REPLACED', order, undefined, undefined, order.clientId);
  }

  #report(
    kind: OrderReport['kind'],
    order: ExchangeOrder,
    fill?: AccountFill,
    cancelId?: string,
    clientIdBefore?: string,
  ): void {
    const before = clientIdBefore === undefined ? {} : { clientIdBefore };
    this.#reports.push({
      account: order.account,
      kind,
      order: { ...order },
      fill,
      cancelId,
      time: this.#now(),
      ...before,
    });
  }

  #reportList(list: OrderList, kind: ListReport['kind']): void {
    list.updated = this.#now();
    this.#lists.push({ list, kind, time: list.updated });
  }

  #balanceChanged(account: Account, ...assets: readonly string[]): void {
    account.updated = this.#now();
    const changed = this.#changed.get(account);
    if (changed === undefined) this.#changed.set(account, new Set(assets));
    else for (const asset of assets) changed.add(asset);
  }

  /** What has happened since the last call. */
  news(): AccountNews {
    const reports = this.#reports;
    if (reports.length > 0) this.#reports = [];
    const lists = this.#lists;
    if (lists.length > 0) this.#lists = [];
    const changed = [...this.#changed].map(([account, assets]) => [account, [...assets]] as const);
    this.#changed.clear();
    return { reports, lists, changed };
  }
}

/** The other leg of the OCO pair that an order belongs to; empty when it belongs to none. */
function pairOf({ list, id }: ExchangeOrder): readonly ExchangeOrder[] {
  if (list === undefined) return [];
  const legs = list.contingency === 'OCO' ? list.orders : list.orders.slice(1);
  return legs.some((leg) => leg.id === id) ? legs.filter((leg) => leg.id !== id) : [];
}

/** The orders that end with an order. */
function dependants(order: ExchangeOrder): readonly ExchangeOrder[] {
  const { list } = order;
  return list?.contingency === 'OTO' && order.id === list.orders[0]!.id ? list.orders.slice(1) : pairOf(order);
}
