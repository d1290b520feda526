/** One symbol of the exchange: its book, its trades, and what has changed since that was last published. */
import type { Side } from '../../core/index.ts';
import type { MarketBook, MarketChange, MarketInstrument, MarketLevel, MarketTrade } from '../market-data.ts';
import { OrderBook, type BookSide, type Resting } from './book.ts';
import type { ExchangeOrder } from './order.ts';
import { TradeLog, type TradeLogOptions } from './trade-log.ts';
import { unitsOf, type Units } from './units.ts';

/** One execution: a resting order, and how much of it was taken. */
export interface Match {
  readonly maker: Resting;
  readonly trade: MarketTrade;
}

/** An order, or the crowd, that trades against the book. */
export interface Taker {
  readonly side: Side;
  /** The worst price accepted; undefined accepts any. */
  readonly limit: number | undefined;
  /** Undefined for the crowd. */
  readonly owner: string | undefined;
  /** One price for every trade, as in an auction, instead of each resting order's own. */
  readonly at?: number;
  /** How many more lots are wanted at a price; 0 stops. */
  wants(price: number): number;
  matched(match: Match): void;
  /** An order of the taker's own account was in the way, and has been removed from the book. */
  metItself(maker: Resting): void;
}

export class SymbolMarket {
  readonly instrument: MarketInstrument;
  readonly units: Units;
  readonly book = new OrderBook();
  readonly log: TradeLog;
  /** Orders that wait for their trigger, oldest first. */
  readonly stops: ExchangeOrder[] = [];
  updateId: number;
  readonly #touched = { buy: new Map<number, number>(), sell: new Map<number, number>() };
  #prints: MarketTrade[] = [];
  /** How many orders in the book belong to accounts. */
  #owned = 0;
  /** The price that a crowd without a spread both bids and asks: depth hides it, since no real book is locked. */
  #hidden: number | undefined;
  /** The crowd's own order on each level. */
  readonly #crowd = { buy: new Map<number, Resting>(), sell: new Map<number, Resting>() };

  constructor(instrument: MarketInstrument, updateId: number, log: TradeLogOptions) {
    this.instrument = instrument;
    this.units = unitsOf(instrument);
    this.updateId = updateId;
    this.log = new TradeLog(log);
  }

  /** Trades against the other side, best price and earliest order first, each at the resting order's price. */
  take(taker: Taker, time: number): void {
    const side = this.book.other(taker.side);
    for (;;) {
      const maker = side.first;
      if (maker === undefined || !side.reaches(maker.price, taker.limit)) return;
      if (maker.owner !== undefined && maker.owner === taker.owner) {
        this.remove(maker);
        taker.metItself(maker);
        continue;
      }
      const size = Math.min(maker.left, taker.wants(maker.price));
      if (size <= 0) return;
      this.#reduce(side, maker, size);
      const trade = this.log.add(time, taker.at ?? maker.price, size, taker.side);
      this.#prints.push(trade);
      taker.matched({ maker, trade });
    }
  }

  /** The crowd trades with itself, which leaves the book unchanged. */
  print(time: number, price: number, size: number, side: Side): void {
    this.#prints.push(this.log.add(time, price, size, side));
  }

  /** How many lots a taker could trade, and their value in ticks times lots; its own orders do not count. */
  offered(taker: Pick<Taker, 'side' | 'limit' | 'owner'>, lots: number): { lots: number; value: bigint } {
    const side = this.book.other(taker.side);
    let found = 0;
    let value = 0n;
    for (const order of side.orders()) {
      if (found >= lots || !side.reaches(order.price, taker.limit)) break;
      if (order.owner !== undefined && order.owner === taker.owner) continue;
      const size = Math.min(order.left, lots - found);
      found += size;
      value += BigInt(order.price) * BigInt(size);
    }
    return { lots: found, value };
  }

  add(order: Resting): void {
    this.#touch(order.side, order.price);
    if (order.owner !== undefined) this.#owned++;
    this.book.own(order.side).add(order);
  }

  remove(order: Resting): void {
    this.#touch(order.side, order.price);
    this.book.own(order.side).remove(order);
    this.#left(order);
  }

  /** Takes lots off a resting order, which keeps its place in the queue. */
  shrink(order: Resting, lots: number): void {
    this.#reduce(this.book.own(order.side), order, lots);
  }

  /** Sets the crowd's size at a price. More than before joins the end of the queue; less keeps its place. */
  crowdRests(side: Side, price: number, size: number): void {
    const own = this.#crowd[side].get(price);
    if (own !== undefined && size > 0 && size <= own.left) {
      if (size < own.left) this.#reduce(this.book.own(side), own, own.left - size);
      return;
    }
    if (own !== undefined) this.remove(own);
    if (size <= 0) return;
    const order: Resting = { id: 0, owner: undefined, side, price, left: size };
    this.#crowd[side].set(price, order);
    this.add(order);
  }

  /** Lets the crowd quote `size` on each of `levels` prices from `best` away from the other side, and nothing else on this side. */
  crowdQuotes(side: Side, best: number, levels: number, size: number): void {
    const away = side === 'buy' ? -1 : 1;
    for (const price of [...this.#crowd[side].keys()]) {
      const at = (price - best) * away;
      if (at < 0 || at >= levels) this.crowdRests(side, price, 0);
    }
    for (let i = 0; i < levels; i++) {
      const price = best + i * away;
      if (price > 0 && this.#crowd[side].get(price)?.left !== size) this.crowdRests(side, price, size);
    }
  }

  /** Whether any account has orders in the book. */
  get hasOwners(): boolean {
    return this.#owned > 0;
  }

  /** The crowd's levels, in no order. */
  crowdLevels(side: Side): ReadonlyMap<number, { readonly left: number }> {
    return this.#crowd[side];
  }

  /** What has happened since the last call: trades in order, and levels whose size has changed. */
  news(): { readonly prints: readonly MarketTrade[]; readonly changes: readonly MarketChange[] } {
    const prints = this.#prints;
    if (prints.length > 0) this.#prints = [];
    const changes: MarketChange[] = [];
    const { bids, asks } = this.book;
    const hidden = bids.best === asks.best ? bids.best : undefined;
    if (hidden !== this.#hidden) {
      for (const price of [hidden, this.#hidden]) {
        if (price === undefined) continue;
        this.#touch('buy', price);
        this.#touch('sell', price);
      }
      this.#hidden = hidden;
    }
    for (const side of ['buy', 'sell'] as const) {
      for (const [price, before] of this.#touched[side]) {
        const size = this.#shown(side, price);
        if (size !== before) changes.push({ side: side === 'buy' ? 'bid' : 'ask', price, size });
      }
      this.#touched[side].clear();
    }
    return { prints, changes };
  }

  /** The best levels. */
  top(): { bid: MarketLevel | undefined; ask: MarketLevel | undefined } {
    return { bid: bestOf(this.book.bids), ask: bestOf(this.book.asks) };
  }

  whole(depth: number): MarketBook {
    const shown = (side: BookSide): MarketLevel[] => levelsOf(side, depth, this.#hidden);
    return { updateId: this.updateId, bids: shown(this.book.bids), asks: shown(this.book.asks) };
  }

  #reduce(side: BookSide, order: Resting, lots: number): void {
    this.#touch(order.side, order.price);
    side.reduce(order, lots);
    if (order.left === 0) this.#left(order);
  }

  /** Records that an order is no longer in the book. */
  #left({ owner, side, price }: Resting): void {
    if (owner === undefined) this.#crowd[side].delete(price);
    else this.#owned--;
  }

  #touch(side: Side, price: number): void {
    const touched = this.#touched[side];
    if (!touched.has(price)) touched.set(price, this.#shown(side, price));
  }

  #shown(side: Side, price: number): number {
    return price === this.#hidden ? 0 : this.book.own(side).total(price);
  }
}

function bestOf(side: BookSide): MarketLevel | undefined {
  return side.best === undefined ? undefined : [side.best, side.total(side.best)];
}

function levelsOf(side: BookSide, depth: number, hidden: number | undefined): MarketLevel[] {
  const found: MarketLevel[] = [];
  for (const level of side.levels()) {
    if (found.length >= depth) break;
    if (level[0] === hidden) continue;
    found.push(level);
  }
  return found;
}
