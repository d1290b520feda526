/** What is used of a ccxt exchange, in types of this package's own: ccxt's declarations do not compile in every project. */

/** A number where the exchange sent one. */
type Maybe<T> = T | undefined;
/** Extra fields for the exchange itself, passed on as they are. */
type Params = Readonly<Record<string, unknown>>;

/** Bounds of a quantity; a side that the exchange does not state is undefined. */
export interface CcxtLimit {
  readonly min: Maybe<number>;
  readonly max: Maybe<number>;
}

/** A market as ccxt lists it. Precisions are counted as the exchange's `precisionMode` says. */
export interface CcxtMarket {
  /** The exchange's own name of it. */
  readonly id: Maybe<string>;
  /** The unified name. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** What profits of a derivative are paid in. */
  readonly settle: Maybe<string>;
  readonly active: Maybe<boolean>;
  readonly type: string;
  readonly spot: Maybe<boolean>;
  readonly contract: Maybe<boolean>;
  readonly contractSize: Maybe<number>;
  readonly linear: Maybe<boolean>;
  readonly inverse: Maybe<boolean>;
  readonly expiry: Maybe<number>;
  readonly strike: Maybe<number>;
  readonly taker?: Maybe<number>;
  readonly maker?: Maybe<number>;
  readonly precision: { readonly amount: Maybe<number>; readonly price: Maybe<number> };
  readonly limits: {
    readonly amount?: CcxtLimit;
    readonly cost?: CcxtLimit;
    readonly price?: CcxtLimit;
    readonly market?: CcxtLimit;
  };
  /** The exchange's own record. */
  readonly info: unknown;
}

/** Prices and statistics of the last 24 hours. What the exchange does not send is undefined. */
export interface CcxtTicker {
  readonly symbol: Maybe<string>;
  /** Milliseconds UTC. */
  readonly timestamp: Maybe<number>;
  readonly high: Maybe<number>;
  readonly low: Maybe<number>;
  readonly bid: Maybe<number>;
  readonly bidVolume: Maybe<number>;
  readonly ask: Maybe<number>;
  readonly askVolume: Maybe<number>;
  readonly open: Maybe<number>;
  readonly close: Maybe<number>;
  readonly last: Maybe<number>;
  /** Base units. */
  readonly baseVolume: Maybe<number>;
  readonly quoteVolume: Maybe<number>;
  readonly info: unknown;
}

/** A book: levels of price and size, best first. */
export interface CcxtOrderBook {
  readonly symbol: Maybe<string>;
  readonly bids: readonly (readonly [price: Maybe<number>, size: Maybe<number>])[];
  readonly asks: readonly (readonly [price: Maybe<number>, size: Maybe<number>])[];
  readonly timestamp: Maybe<number>;
  /** The exchange's number of this state; undefined where it has none. */
  readonly nonce: Maybe<number>;
}

/** What an execution cost. */
export interface CcxtFee {
  readonly currency: Maybe<string>;
  readonly cost: Maybe<number>;
}

/** A public print, or an execution of one of our own orders. */
export interface CcxtTrade {
  readonly id: Maybe<string>;
  /** Of our own order; undefined for a public print. */
  readonly order: Maybe<string>;
  readonly timestamp: Maybe<number>;
  readonly symbol: Maybe<string>;
  /** The taker's of a public print, ours of an execution. */
  readonly side: Maybe<string>;
  readonly price: Maybe<number>;
  readonly amount: Maybe<number>;
  readonly cost: Maybe<number>;
  readonly takerOrMaker: Maybe<string>;
  readonly fee: Maybe<CcxtFee>;
  readonly info: unknown;
}

/** One of our own orders. */
export interface CcxtOrder {
  readonly id: Maybe<string>;
  readonly clientOrderId: Maybe<string>;
  readonly timestamp: Maybe<number>;
  readonly lastTradeTimestamp: Maybe<number>;
  readonly lastUpdateTimestamp?: Maybe<number>;
  /** `open`, `closed` (filled), `canceled`, `expired` or `rejected`. */
  readonly status: Maybe<string>;
  readonly symbol: Maybe<string>;
  readonly type: Maybe<string>;
  readonly timeInForce?: Maybe<string>;
  readonly side: Maybe<string>;
  readonly price: Maybe<number>;
  readonly triggerPrice?: Maybe<number>;
  readonly average?: Maybe<number>;
  readonly amount: Maybe<number>;
  readonly filled: Maybe<number>;
  readonly remaining: Maybe<number>;
  readonly cost: Maybe<number>;
  readonly trades: readonly CcxtTrade[];
  readonly fee: Maybe<CcxtFee>;
  readonly info: unknown;
}

/** What one currency of an account holds. */
export interface CcxtBalance {
  readonly free: Maybe<number>;
  readonly used: Maybe<number>;
  readonly total: Maybe<number>;
}

/** An account by currency, beside fields of ccxt's own such as `info`, `free` and `timestamp`. */
export type CcxtBalances = Readonly<Record<string, CcxtBalance>> & { readonly info: unknown };

/** A raw bar: time of the open, open, high, low, close, volume. */
export type CcxtBar = readonly (number | undefined)[];

/**
 * A ccxt exchange, as far as this package uses one; the object has the rest of ccxt's methods too.
 *
 * The `watch` methods are there when the store was made with `streams`; where `has` does not name one, it throws.
 */
export interface CcxtExchange {
  readonly id: string;
  readonly name: Maybe<string>;
  /** The methods that work, by name. */
  readonly has: Readonly<Record<string, boolean | 'emulated' | undefined>>;
  readonly urls: object;
  readonly options: Record<string, unknown>;
  readonly timeframes: Readonly<Record<string, number | string>>;
  /** Undefined before the markets are loaded. */
  readonly markets: Readonly<Record<string, CcxtMarket>> | undefined;
  readonly precisionMode: Maybe<number>;
  /** Milliseconds between requests of cost 1. */
  readonly rateLimit: Maybe<number>;
  featureValue(symbol: string, method?: string, field?: string): unknown;
  setSandboxMode(enabled: boolean): void;
  enableDemoTrading(enabled: boolean): void;
  loadMarkets(reload?: boolean): Promise<Readonly<Record<string, Maybe<CcxtMarket>>>>;
  amountToPrecision(symbol: string, amount: number | string): Maybe<string>;
  priceToPrecision(symbol: string, price: number | string): Maybe<string>;

  fetchTime(params?: Params): Promise<Maybe<number>>;
  fetchOHLCV(
    symbol: string,
    timeframe?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtBar[]>;
  fetchTicker(symbol: string, params?: Params): Promise<CcxtTicker>;
  fetchTrades(symbol: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  fetchOrderBook(symbol: string, limit?: number, params?: Params): Promise<CcxtOrderBook>;

  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price?: number,
    params?: Params,
  ): Promise<CcxtOrder>;
  cancelOrder(id: string, symbol?: string, params?: Params): Promise<CcxtOrder>;
  fetchOrder(id: string, symbol?: string, params?: Params): Promise<CcxtOrder>;
  fetchOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  fetchOpenOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  fetchMyTrades(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  fetchBalance(params?: Params): Promise<CcxtBalances>;

  watchTrades(symbol: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  watchTicker(symbol: string, params?: Params): Promise<CcxtTicker>;
  watchBidsAsks(symbols?: string[], params?: Params): Promise<Readonly<Record<string, CcxtTicker>>>;
  watchOrderBook(symbol: string, limit?: number, params?: Params): Promise<CcxtOrderBook>;
  watchOHLCV(
    symbol: string,
    timeframe?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtBar[]>;
  watchOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  watchMyTrades(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  watchBalance(params?: Params): Promise<CcxtBalances>;
  /** Closes its sockets; what waits on a `watch` method then throws. */
  close(): Promise<void>;
}
