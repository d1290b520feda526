/** A market that trades with itself by a seed: limit orders, cancels and market orders whose trades, book and bars agree exactly. */
import { checkNames, seededRandom, type Runtime, type Side, type Timer } from '../../core/index.ts';
import { Exchange, type ExchangeOptions } from '../exchange/index.ts';
import { ExchangeMarket } from './exchange-market.ts';
import type { MarketInstrument } from '../market-data.ts';
import { walkedBars } from './seeded-history.ts';

/** How the market behaves, and the exchange it trades on. */
export interface SeededMarketOptions extends Omit<ExchangeOptions, 'clock' | 'first' | 'beforeOrder'> {
  /** Seed of its random walk: the same seed, the same prices. */
  readonly seed: number;
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** First price in ticks of each symbol. Default 100,000. */
  readonly firstPrice?: number;
  /** Steps per second and symbol, each an order, a cancel or a trade. Default 20. */
  readonly stepsPerSecond?: number;
  /** Levels on each side at the start; there are never more than twice as many. Default 40. */
  readonly levels?: number;
  /** Minutes of bars from before the start. Default 0. */
  readonly historyMinutes?: number;
}

/** How far from the best price the crowd places orders, in ticks. */
const spread = 60;

/** The crowd of a seeded market. Accounts of its `exchange` trade in the same book, and move its prices as anyone would. */
export class SeededMarket extends ExchangeMarket {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** The exchange its orders meet on. */
  readonly exchange: Exchange;
  readonly #runtime: Runtime;
  readonly #random: () => number;
  readonly #options: SeededMarketOptions;
  readonly #levels: number;
  /** The last best prices of each symbol: where a side that was emptied starts again. */
  readonly #lastBest = new Map<string, { buy: number; sell: number }>();
  #timer: Timer | undefined;
  /** When the next step is due; undefined while nothing trades. */
  #next: number | undefined;
  /** The moment of the step in progress. */
  #moment: number | undefined;

  constructor(runtime: Runtime, options: SeededMarketOptions) {
    super();
    const { seed, firstPrice = 100_000, stepsPerSecond: _, levels = 40, historyMinutes = 0, ...rest } = options;
    checkNames('option of SeededMarket', rest, [
      'instruments', 'accounts', 'minNotional', 'contracts', 'tradeLimit', 'barMs', 'makerFee', 'takerFee', 'feeIn',
    ]); // prettier-ignore
    this.#runtime = runtime;
    this.#options = options;
    this.#levels = levels;
    this.#random = seededRandom(seed);
    this.instruments = options.instruments;
    const sizes: [price: number, size: number][][] = [];
    this.exchange = new Exchange({
      ...rest,
      clock: () => this.#moment ?? runtime.now(),
      beforeOrder: () => {
        this.settle();
      },
      first: () => {
        const first = { updateId: 1000 + this.#whole(100_000), tradeId: 1 + this.#whole(1_000_000) };
        sizes.push(Array.from({ length: levels }, () => [1 + this.#whole(50_000), 1 + this.#whole(50_000)]));
        return first;
      },
    });
    options.instruments.forEach(({ symbol }, at) => {
      const market = this.exchange.market(symbol);
      this.#lastBest.set(symbol, { buy: firstPrice - 1, sell: firstPrice + 1 });
      sizes[at]!.forEach(([bid, ask], i) => {
        market.crowdRests('buy', firstPrice - i - 1, bid);
        market.crowdRests('sell', firstPrice + i + 1, ask);
      });
      market.news();
      if (historyMinutes > 0) market.log.begin(walkedBars(seed + at, firstPrice, runtime.now(), historyMinutes));
    });
  }

  /** Starts trading on the runtime's clock. */
  start(): void {
    this.#next = this.#runtime.now() + this.#wait();
    this.#arm();
  }

  /** Stops its prices. */
  stop(): void {
    this.#timer?.cancel();
    this.#next = undefined;
  }

  #arm(): void {
    if (this.#next === undefined) return;
    this.#timer = this.#runtime.after(this.#next - this.#runtime.now(), () => {
      this.settle();
      this.#arm();
    });
  }

  /** Does every step that is due by now, each at its own moment: several when timers are slower than the market. What a fast clock makes due meanwhile waits. */
  settle(): void {
    if (this.#moment !== undefined) return;
    const now = this.#runtime.now();
    while (this.#next !== undefined && this.#next <= now) {
      this.#moment = this.#next;
      this.step();
      this.#moment = undefined;
      this.#next += this.#wait();
    }
  }

  /** How long until the next step, in milliseconds. */
  #wait(): number {
    const perSecond = (this.#options.stepsPerSecond ?? 20) * this.instruments.length;
    return -Math.log(1 - this.#random()) * (1000 / perSecond);
  }

  /** One step in one symbol. */
  step(): void {
    const { symbol } = this.instruments[this.#whole(this.instruments.length)]!;
    this.exchange.act(symbol, () => {
      if (this.#random() < 0.25) this.#take(symbol);
      else this.#rest(symbol);
      this.#refill(symbol);
    });
  }

  /** A market order trades from the best level on, and leaves two levels. */
  #take(symbol: string): void {
    const side: Side = this.#random() < 0.5 ? 'buy' : 'sell';
    const levels = this.exchange.market(symbol).book.other(side);
    let left = 1 + this.#whole(30_000);
    while (left > 0) {
      const price = levels.best;
      if (price === undefined || levels.size <= 2) break;
      left -= this.exchange.crowdTakes(symbol, side, Math.min(left, levels.total(price)), price);
    }
  }

  /** A limit order is placed, changed or canceled, on its own side of the spread. */
  #rest(symbol: string): void {
    const market = this.exchange.market(symbol);
    const side: Side = this.#random() < 0.5 ? 'buy' : 'sell';
    const away = this.#whole(spread);
    const { buy, sell } = this.#best(symbol);
    const price = side === 'buy' ? sell - 1 - away : buy + 1 + away;
    if (price <= 0) return;
    const levels = market.crowdLevels(side);
    const isGone = levels.has(price) && levels.size > 10 && this.#random() < 0.5;
    market.crowdRests(side, price, isGone ? 0 : 1 + this.#whole(50_000));
  }

  /** Keeps both sides deep enough, and removes levels that are far away. */
  #refill(symbol: string): void {
    const market = this.exchange.market(symbol);
    const { bids, asks } = market.book;
    if (bids.size < 10) {
      const price = Math.max(1, this.#best(symbol).buy - 1 - this.#whole(spread));
      market.crowdRests('buy', price, 1 + this.#whole(50_000));
    }
    if (asks.size < 10) {
      const price = this.#best(symbol).sell + 1 + this.#whole(spread);
      market.crowdRests('sell', price, 1 + this.#whole(50_000));
    }
    if (market.crowdLevels('buy').size > 2 * this.#levels) market.crowdRests('buy', farthest(market, 'buy'), 0);
    if (market.crowdLevels('sell').size > 2 * this.#levels) market.crowdRests('sell', farthest(market, 'sell'), 0);
    this.#best(symbol);
  }

  /** The best prices; an empty side keeps its last price, moved so that it never crosses the other side. */
  #best(symbol: string): { buy: number; sell: number } {
    const { bids, asks } = this.exchange.market(symbol).book;
    const last = this.#lastBest.get(symbol)!;
    const buy = bids.best ?? Math.min(last.buy, (asks.best ?? Infinity) - 1);
    const best = { buy, sell: asks.best ?? Math.max(last.sell, buy + 1) };
    this.#lastBest.set(symbol, best);
    return best;
  }

  #whole(below: number): number {
    return Math.floor(this.#random() * below);
  }
}

/** The worst price the crowd has on a side. */
function farthest(market: ReturnType<Exchange['market']>, side: Side): number {
  const prices = [...market.crowdLevels(side).keys()];
  return side === 'buy' ? Math.min(...prices) : Math.max(...prices);
}
