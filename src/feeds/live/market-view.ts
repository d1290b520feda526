/** The market as a session has consumed it: the latest trades, book, quote and statistics of one symbol. */
import type {
  Channel,
  Funding,
  IndexPrice,
  Liquidation,
  MarkPrice,
  OpenInterest,
  MarketBook,
  MarketReader,
  Quote,
  StreamEvent,
  StreamState,
  Ticker24h,
  TradeTick,
} from '../../core/index.ts';
import { ProtocolError } from '../../core/index.ts';

/** What a view is made from. */
export interface MarketViewOptions {
  readonly exchange: string;
  readonly symbol: string;
  /** The channel that bars are built from. */
  readonly barChannel: 'trade' | 'bar';
  /** How many trades are kept. */
  readonly keepTrades: number;
  /** Finds the view of another symbol of the feed. */
  readonly find: (symbol: string) => MarketReader;
}

/** Liquidations that are kept of each symbol. */
const keptLiquidations = 100;

/** One symbol's market, event by event, in bounded memory. */
export class MarketView implements MarketReader {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  readonly #options: MarketViewOptions;
  readonly #states = new Map<Channel, StreamState>();
  #trades: TradeTick[] = [];
  /** Where the next trade goes once the ring is full. */
  #at = 0;
  #quote: Quote | undefined;
  #book: MarketBook | undefined;
  #ticker: Ticker24h | undefined;
  #funding: Funding | undefined;
  #mark: MarkPrice | undefined;
  #index: IndexPrice | undefined;
  #openInterest: OpenInterest | undefined;
  #liquidations: Liquidation[] = [];
  #state: StreamState = 'connecting';
  #isBehind = false;

  constructor(options: MarketViewOptions) {
    this.exchange = options.exchange;
    this.symbol = options.symbol;
    this.#options = options;
  }

  get state(): StreamState {
    return this.#isBehind && this.#state === 'live' ? 'resyncing' : this.#state;
  }

  get quote(): Quote | undefined {
    return this.#quote;
  }

  get funding(): Funding | undefined {
    return this.#funding;
  }

  get mark(): MarkPrice | undefined {
    return this.#mark;
  }

  get index(): IndexPrice | undefined {
    return this.#index;
  }

  get openInterest(): OpenInterest | undefined {
    return this.#openInterest;
  }

  recentLiquidations(count = keptLiquidations): readonly Liquidation[] {
    return count < 1 ? [] : this.#liquidations.slice(-Math.floor(count));
  }

  stateOf(channel: Channel): StreamState {
    return this.#states.get(channel) ?? 'down';
  }

  recentTrades(count = 100): readonly TradeTick[] {
    const held = this.#trades;
    const wanted = Math.min(Math.max(0, Math.floor(count)), held.length);
    const first = this.#at + held.length - wanted;
    return Array.from({ length: wanted }, (_, k) => held[(first + k) % held.length]!);
  }

  book(): MarketBook | undefined {
    return this.#book;
  }

  ticker(): Ticker24h | undefined {
    return this.#ticker;
  }

  of(symbol: string): MarketReader {
    return this.#options.find(symbol);
  }

  /** Marks a channel as wanted, before its source reports a state. */
  expect(channel: Channel): void {
    if (!this.#states.has(channel)) this.#states.set(channel, 'connecting');
  }

  /** Sets whether bars are being delivered that are older than the market. */
  fallBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
  }

  /** Forgets everything but the wanted channels, for another run. */
  reset(): void {
    for (const channel of this.#states.keys()) this.#states.set(channel, 'connecting');
    this.#state = 'connecting';
    this.#isBehind = false;
    this.#trades = [];
    this.#at = 0;
    this.#quote = this.#book = this.#ticker = undefined;
    this.#funding = this.#mark = this.#index = this.#openInterest = undefined;
    this.#liquidations = [];
  }

  /** Takes an event of this symbol in. */
  apply(event: StreamEvent): void {
    switch (event.type) {
      case 'trade':
        this.#keep(event);
        break;
      case 'quote':
        this.#quote = event;
        break;
      case 'book': {
        const { bids, asks, time, sequence, kind } = event;
        if (kind !== 'snapshot') {
          throw new ProtocolError(
            `the source of ${this.exchange} must send whole books, sent changes of ${this.symbol}`,
          );
        }
        this.#book = { bids, asks, time, sequence };
        break;
      }
      case 'ticker24h':
        this.#ticker = event;
        break;
      case 'funding':
        this.#funding = event;
        break;
      case 'mark':
        this.#mark = event;
        break;
      case 'index':
        this.#index = event;
        break;
      case 'openInterest':
        this.#openInterest = event;
        break;
      case 'liquidation':
        this.#liquidations.push(event);
        if (this.#liquidations.length > keptLiquidations) this.#liquidations.shift();
        break;
      case 'status':
        this.#move(event.channel, event.state);
        break;
      default:
    }
  }

  #move(channel: Channel, state: StreamState): void {
    this.#states.set(channel, state);
    if (channel === this.#options.barChannel) this.#state = state;
    if (state === 'live' || state === 'stale') return;
    // Known values may be outdated, and an old price looks like a new one.
    if (channel === 'book') this.#book = undefined;
    if (channel === 'quote') this.#quote = undefined;
    if (channel === 'mark') this.#mark = undefined;
    if (channel === 'index') this.#index = undefined;
  }

  #keep(trade: TradeTick): void {
    const { keepTrades } = this.#options;
    if (this.#trades.length < keepTrades) this.#trades.push(trade);
    else if (keepTrades > 0) {
      this.#trades[this.#at] = trade;
      this.#at = (this.#at + 1) % keepTrades;
    }
  }
}
