/** A market that trades with itself by a seed: limit orders, cancels and market orders whose prints, book and bars agree to the lot. */
import { ConfigError, seededRandom, type Runtime, type Timer } from '../../core/index.ts';
import type {
  Market,
  MarketBar,
  MarketBook,
  MarketChange,
  MarketInstrument,
  MarketListener,
  MarketTrade,
} from './market.ts';

/** How the market behaves. */
export interface SeededMarketOptions {
  readonly seed: number;
  readonly instruments: readonly MarketInstrument[];
  /** First price in ticks of each symbol. Default 100,000. */
  readonly firstPrice?: number;
  /** Steps a second of each symbol; each is an order, a cancel or a print. Default 20. */
  readonly stepsPerSecond?: number;
  /** Levels a side at the beginning; there are never more than twice as many. Default 40. */
  readonly levels?: number;
  /** Trades kept for those who ask later. Default 100,000 a symbol. */
  readonly tradeLimit?: number;
}

interface State {
  readonly instrument: MarketInstrument;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
  bestBid: number;
  bestAsk: number;
  updateId: number;
  nextTrade: number;
  trades: MarketTrade[];
}

const spread = 60;

export class SeededMarket implements Market {
  readonly instruments: readonly MarketInstrument[];
  readonly #runtime: Runtime;
  readonly #random: () => number;
  readonly #states = new Map<string, State>();
  readonly #listeners: MarketListener[] = [];
  readonly #options: SeededMarketOptions;
  readonly #levels: number;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, options: SeededMarketOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#levels = options.levels ?? 40;
    this.#random = seededRandom(options.seed);
    this.instruments = options.instruments;
    for (const instrument of options.instruments) this.#states.set(instrument.symbol, this.#begin(instrument));
  }

  #begin(instrument: MarketInstrument): State {
    const first = this.#options.firstPrice ?? 100_000;
    const state: State = {
      instrument,
      bids: new Map(),
      asks: new Map(),
      bestBid: first - 1,
      bestAsk: first + 1,
      updateId: 1000 + this.#whole(100_000),
      nextTrade: 1 + this.#whole(1_000_000),
      trades: [],
    };
    for (let i = 1; i <= this.#levels; i++) {
      state.bids.set(first - i, 1 + this.#whole(50_000));
      state.asks.set(first + i, 1 + this.#whole(50_000));
    }
    return state;
  }

  /** Begins to trade on the runtime's clock. */
  start(): void {
    const perSecond = (this.#options.stepsPerSecond ?? 20) * this.#states.size;
    const wait = (): void => {
      this.#timer = this.#runtime.after(-Math.log(1 - this.#random()) * (1000 / perSecond), () => {
        this.step();
        wait();
      });
    };
    wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  listen(listener: MarketListener): void {
    this.#listeners.push(listener);
  }

  /** One thing happens in one symbol. */
  step(): void {
    const all = [...this.#states.values()];
    const state = all[this.#whole(all.length)]!;
    const changes: MarketChange[] = [];
    const prints: MarketTrade[] = [];
    if (this.#random() < 0.25) this.#take(state, changes, prints);
    else this.#rest(state, changes);
    this.#refill(state, changes);
    if (changes.length === 0) return;
    state.updateId++;
    for (const trade of prints)
      for (const listener of this.#listeners) listener.trade?.(state.instrument.symbol, trade);
    for (const listener of this.#listeners) listener.change?.(state.instrument.symbol, state.updateId, changes);
  }

  /** A market order eats from the best level on. */
  #take(state: State, changes: MarketChange[], prints: MarketTrade[]): void {
    const buy = this.#random() < 0.5;
    let left = 1 + this.#whole(30_000);
    while (left > 0) {
      const price = buy ? state.bestAsk : state.bestBid;
      const side = buy ? state.asks : state.bids;
      const resting = side.get(price);
      if (resting === undefined || side.size <= 2) break;
      const size = Math.min(left, resting);
      left -= size;
      this.#put(state, buy ? 'ask' : 'bid', price, resting - size, changes);
      const trade: MarketTrade = {
        id: state.nextTrade++,
        time: Math.floor(this.#runtime.now()),
        price,
        size,
        side: buy ? 'buy' : 'sell',
      };
      state.trades.push(trade);
      prints.push(trade);
    }
    const limit = this.#options.tradeLimit ?? 100_000;
    if (state.trades.length > limit * 1.5) state.trades = state.trades.slice(-limit);
  }

  /** A limit order comes, changes or goes, on its own side of the spread. */
  #rest(state: State, changes: MarketChange[]): void {
    const bid = this.#random() < 0.5;
    const away = this.#whole(spread);
    const price = bid ? state.bestAsk - 1 - away : state.bestBid + 1 + away;
    if (price <= 0) return;
    const side = bid ? state.bids : state.asks;
    const gone = side.has(price) && side.size > 10 && this.#random() < 0.5;
    this.#put(state, bid ? 'bid' : 'ask', price, gone ? 0 : 1 + this.#whole(50_000), changes);
  }

  /** Keeps both sides deep enough, and drops levels that are far away. */
  #refill(state: State, changes: MarketChange[]): void {
    if (state.bids.size < 10)
      this.#put(state, 'bid', Math.max(1, state.bestBid - 1 - this.#whole(spread)), 1 + this.#whole(50_000), changes);
    if (state.asks.size < 10)
      this.#put(state, 'ask', state.bestAsk + 1 + this.#whole(spread), 1 + this.#whole(50_000), changes);
    if (state.bids.size > 2 * this.#levels) this.#put(state, 'bid', Math.min(...state.bids.keys()), 0, changes);
    if (state.asks.size > 2 * this.#levels) this.#put(state, 'ask', Math.max(...state.asks.keys()), 0, changes);
  }

  #put(state: State, side: 'bid' | 'ask', price: number, size: number, changes: MarketChange[]): void {
    const levels = side === 'bid' ? state.bids : state.asks;
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
    changes.push({ side, price, size });
    if (side === 'bid') {
      if (size > 0 && price > state.bestBid) state.bestBid = price;
      else if (size === 0 && price === state.bestBid) state.bestBid = Math.max(...levels.keys());
    } else if (size > 0 && price < state.bestAsk) state.bestAsk = price;
    else if (size === 0 && price === state.bestAsk) state.bestAsk = Math.min(...levels.keys());
  }

  book(symbol: string, depth = Infinity): MarketBook {
    const state = this.#state(symbol);
    const bids = [...state.bids].sort((a, b) => b[0] - a[0]);
    const asks = [...state.asks].sort((a, b) => a[0] - b[0]);
    return { updateId: state.updateId, bids: bids.slice(0, depth), asks: asks.slice(0, depth) };
  }

  top(symbol: string): { readonly bid: readonly [number, number]; readonly ask: readonly [number, number] } {
    const { bids, asks, bestBid, bestAsk } = this.#state(symbol);
    return { bid: [bestBid, bids.get(bestBid)!], ask: [bestAsk, asks.get(bestAsk)!] };
  }

  updateId(symbol: string): number {
    return this.#state(symbol).updateId;
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    const { trades } = this.#state(symbol);
    const first = trades[0];
    if (fromId === undefined || first === undefined) return trades.slice(-limit);
    const at = Math.max(0, fromId - first.id);
    return trades.slice(at, at + limit);
  }

  bars(symbol: string, lengthMs: number, start: number, end: number): readonly MarketBar[] {
    const bars: MarketBar[] = [];
    for (const { time, price, size } of this.#state(symbol).trades) {
      if (time < start || time >= end) continue;
      const open = Math.floor(time / lengthMs) * lengthMs;
      const bar = bars.at(-1);
      if (bar?.start !== open) {
        bars.push({ start: open, open: price, high: price, low: price, close: price, volume: size, trades: 1 });
        continue;
      }
      bars[bars.length - 1] = {
        ...bar,
        high: Math.max(bar.high, price),
        low: Math.min(bar.low, price),
        close: price,
        volume: bar.volume + size,
        trades: bar.trades + 1,
      };
    }
    return bars;
  }

  #state(symbol: string): State {
    const state = this.#states.get(symbol);
    if (state === undefined)
      throw new ConfigError(`symbol must be one of ${[...this.#states.keys()].join(', ')}, was ${symbol}`);
    return state;
  }

  #whole(below: number): number {
    return Math.floor(this.#random() * below);
  }
}
