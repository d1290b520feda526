/** Carries orders out: who trades with whom, what each side pays, and what an order is after it. */
import type { Side } from '../../core/index.ts';
import type { MarketTrade } from '../market-data.ts';
import type { Account, AccountFill } from './account.ts';
import type { Ledger } from './ledger.ts';
import { isOver, isStop, triggersAbove, type ExchangeOrder, type ExchangeOrderStatus } from './order.ts';
import type { Match, SymbolMarket } from './symbol-market.ts';

/** One piece of news of an order, as it stood at that moment. */
export interface OrderReport {
  /** Name of the account. */
  readonly account: string;
  /** What happened to the order. */
  readonly kind: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED';
  /** The order as it stands. */
  readonly order: Readonly<ExchangeOrder>;
  /** Of a trade. */
  readonly fill: AccountFill | undefined;
  /** Of a cancel: its own name. */
  readonly cancelId: string | undefined;
  /** When it happened, milliseconds UTC. */
  readonly time: number;
}

/** What happened to accounts since it was last asked. */
export interface AccountNews {
  readonly reports: readonly OrderReport[];
  readonly changed: readonly (readonly [account: Account, assets: readonly string[]])[];
}

export class Matching {
  readonly #ledger: Ledger;
  readonly #accountOf: (name: string) => Account;
  readonly #now: () => number;
  readonly #orders = new Map<number, ExchangeOrder>();
  #reports: OrderReport[] = [];
  readonly #changed = new Map<Account, Set<string>>();

  constructor(ledger: Ledger, accountOf: (name: string) => Account, now: () => number) {
    this.#ledger = ledger;
    this.#accountOf = accountOf;
    this.#now = now;
  }

  /** The order of this number, whoever made it. */
  order(id: number): ExchangeOrder | undefined {
    return this.#orders.get(id);
  }

  /** Takes a new order up: its money is locked, and it waits for its trigger or is carried out. */
  enter(market: SymbolMarket, account: Account, order: ExchangeOrder, locks: bigint): void {
    this.#orders.set(order.id, order);
    account.add(order);
    const asset = this.#ledger.payAsset(market, order.side);
    this.#ledger.lock(account, asset, order, locks);
    this.#balanceChanged(account, asset);
    this.#report('NEW', order);
    if (isStop(order.type)) market.stops.push(order);
    else this.#execute(market, account, order);
  }

  /** The crowd trades at a price or better, at most so many lots; `at` is one price for all. */
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
    const isMarket = order.price === undefined;
    const limit = order.price;
    if (order.quoteValue !== undefined) order.size = this.#ledger.buys(market, order);
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
          const left = order.size - order.filled;
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
      order.resting = {
        id: order.id,
        owner: account.name,
        side: order.side,
        price: order.price,
        left: order.size - order.filled,
      };
      market.add(order.resting);
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
    const own = order && account && { account, order, isMaker };
    const { value, fee, feeAsset } = this.#ledger.settle(market, side, trade, own);
    if (own === undefined) return;
    own.order.filled += trade.size;
    own.order.value += value;
    own.order.updated = trade.time;
    const isDone = own.order.filled === own.order.size;
    own.order.status = isDone ? 'FILLED' : 'PARTIALLY_FILLED';
    if (isDone) this.#close(market, own.order);
    else if (own.order.price !== undefined) {
      const keep = this.#ledger.needed(market, side, own.order.size - own.order.filled, own.order.price);
      this.#ledger.release(own.account, this.#ledger.payAsset(market, side), own.order, keep);
    }
    const fill: AccountFill = {
      tradeId: trade.id, order: own.order, symbol: own.order.symbol, time: trade.time, price: trade.price, size: trade.size, value, fee,
      feeAsset, isMaker,
    }; // prettier-ignore
    own.account.fills.push(fill);
    this.#balanceChanged(own.account, market.instrument.base, market.instrument.quote);
    this.#report('TRADE', own.order, fill);
  }

  /** Ends an order that was not executed in full. */
  end(market: SymbolMarket, order: ExchangeOrder, status: ExchangeOrderStatus, cancelId?: string): void {
    if (order.resting !== undefined && order.resting.left > 0 && status !== 'EXPIRED_IN_MATCH') {
      market.remove(order.resting);
    }
    order.status = status;
    order.updated = this.#now();
    this.#close(market, order);
    this.#report(status === 'CANCELED' ? 'CANCELED' : 'EXPIRED', order, undefined, cancelId);
  }

  /** Nothing more comes of an order: what is locked for it is free again. */
  #close(market: SymbolMarket, order: ExchangeOrder): void {
    const account = this.#accountOf(order.account);
    const asset = this.#ledger.payAsset(market, order.side);
    order.resting = undefined;
    const at = market.stops.indexOf(order);
    if (at >= 0) market.stops.splice(at, 1);
    this.#ledger.release(account, asset, order);
    account.close(order);
    this.#balanceChanged(account, asset);
  }

  /** Wakes the stop orders that prints since `before` have reached, again until none is reached any more. */
  pullTriggers(market: SymbolMarket, before: number): void {
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
    market.stops.splice(market.stops.indexOf(order), 1);
    order.workingTime = this.#now();
    order.updated = order.workingTime;
    if (order.price === undefined && order.side === 'buy') {
      // What was locked was reckoned at the trigger: now it is what the book asks, as far as the account can pay it.
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

  #report(kind: OrderReport['kind'], order: ExchangeOrder, fill?: AccountFill, cancelId?: string): void {
    this.#reports.push({ account: order.account, kind, order: { ...order }, fill, cancelId, time: this.#now() });
  }

  #balanceChanged(account: Account, ...assets: readonly string[]): void {
    account.updated = this.#now();
    const changed = this.#changed.get(account);
    if (changed === undefined) this.#changed.set(account, new Set(assets));
    else for (const asset of assets) changed.add(asset);
  }

  /** What happened, told once. */
  news(): AccountNews {
    const reports = this.#reports;
    if (reports.length > 0) this.#reports = [];
    const changed = [...this.#changed].map(([account, assets]) => [account, [...assets]] as const);
    this.#changed.clear();
    return { reports, changed };
  }
}
