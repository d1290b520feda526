/** The market of a tick backtest as the strategy's machine has received it: trades and book of one symbol. */
import {
  ConfigError,
  DepthBook,
  type Channel,
  type Funding,
  type IndexPrice,
  type Level,
  type Liquidation,
  type MarketBook,
  type MarketReader,
  type MarkPrice,
  type OpenInterest,
  type Quote,
  type StreamState,
  type Ticker24h,
  type TradeTick,
} from '../../core/index.ts';

/** One state of the book. Its levels are copied when they are first read, which must be before the book changes. */
class SeenBook implements MarketBook {
  readonly time: number;
  readonly sequence = undefined;
  readonly #market: TickMarket;
  readonly #version: number;
  #bids: readonly Level[] | undefined;
  #asks: readonly Level[] | undefined;

  constructor(market: TickMarket, time: number) {
    this.#market = market;
    this.#version = market.version;
    this.time = time;
  }

  get bids(): readonly Level[] {
    return (this.#bids ??= this.#levels(1));
  }

  get asks(): readonly Level[] {
    return (this.#asks ??= this.#levels(-1));
  }

  #levels(sign: 1 | -1): Level[] {
    if (this.#market.version !== this.#version) {
      throw new ConfigError(
        'the book has changed meanwhile: read the bids and asks of a book in the hook that received it',
      );
    }
    return this.#market.depth.side(sign).levels(this.#market.levels);
  }
}

/** Trades and book up to the moment of the strategy. */
export class TickMarket implements MarketReader {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The book, as received. */
  readonly depth = new DepthBook();
  /** Levels a side that a book shows. */
  readonly levels: number;
  /** Counts the changes of the book. */
  version = 0;
  readonly #keep: number;
  #trades: TradeTick[] = [];
  #at = 0;
  #book: SeenBook | undefined;
  #bookTime = NaN;
  #receiveTime = NaN;
  #quote: Quote | undefined;
  #quoteVersion = -1;

  constructor(
    exchange: string,
    symbol: string,
    { levels, keepTrades }: { readonly levels: number; readonly keepTrades: number },
  ) {
    this.exchange = exchange;
    this.symbol = symbol;
    this.levels = levels;
    this.#keep = keepTrades;
  }

  /** Forgets everything, for another run. */
  reset(): void {
    this.depth.clear();
    this.version = 0;
    this.#trades = [];
    this.#at = 0;
    this.#book = this.#quote = undefined;
    this.#bookTime = NaN;
    this.#quoteVersion = -1;
  }

  /** Takes a trade. */
  take(trade: TradeTick): void {
    if (this.#trades.length < this.#keep) this.#trades.push(trade);
    else if (this.#keep > 0) {
      this.#trades[this.#at] = trade;
      this.#at = (this.#at + 1) % this.#keep;
    }
  }

  /** An update of the book is complete. */
  changed(time: number, receiveTime: number): void {
    this.version++;
    this.#bookTime = time;
    this.#receiveTime = receiveTime;
    this.#book = undefined;
  }

  get state(): StreamState {
    return 'live';
  }

  get quote(): Quote | undefined {
    if (this.#bookTime !== this.#bookTime) return undefined;
    if (this.#quoteVersion === this.version) return this.#quote;
    const { bids, asks } = this.depth;
    this.#quoteVersion = this.version;
    return (this.#quote = {
      type: 'quote',
      exchange: this.exchange,
      symbol: this.symbol,
      time: this.#bookTime,
      receiveTime: this.#receiveTime,
      bid: bids.count > 0 ? bids.best : undefined,
      bidSize: bids.count > 0 ? bids.bestSize : undefined,
      ask: asks.count > 0 ? asks.best : undefined,
      askSize: asks.count > 0 ? asks.bestSize : undefined,
      sequence: undefined,
    });
  }

  book(): MarketBook | undefined {
    if (this.#bookTime !== this.#bookTime) return undefined;
    return (this.#book ??= new SeenBook(this, this.#bookTime));
  }

  recentTrades(count = 100): readonly TradeTick[] {
    const held = this.#trades;
    const wanted = Math.min(Math.max(0, Math.floor(count)), held.length);
    const first = this.#at + held.length - wanted;
    return Array.from({ length: wanted }, (_, k) => held[(first + k) % held.length]!);
  }

  stateOf(channel: Channel): StreamState {
    return channel === 'trade' || channel === 'book' || channel === 'quote' ? 'live' : 'down';
  }

  get funding(): Funding | undefined {
    return undefined;
  }

  get mark(): MarkPrice | undefined {
    return undefined;
  }

  get index(): IndexPrice | undefined {
    return undefined;
  }

  get openInterest(): OpenInterest | undefined {
    return undefined;
  }

  recentLiquidations(): readonly Liquidation[] {
    return [];
  }

  ticker(): Ticker24h | undefined {
    return undefined;
  }

  of(symbol: string): MarketReader {
    if (symbol === this.symbol) return this;
    throw new ConfigError(`this data has only the book of ${this.symbol}: add another BookDataFeed for ${symbol}`);
  }
}
