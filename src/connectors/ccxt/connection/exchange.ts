/** What is used of a ccxt exchange, in types of this package's own: ccxt's declarations do not compile in every project. */

/** A number where the exchange sent one. */
export type Maybe<T> = T | undefined;
/** Extra fields for the exchange itself, passed on as they are. */
type Params = Readonly<Record<string, unknown>>;

/** Bounds of a quantity; a side that the exchange does not state is undefined. */
export interface CcxtLimit {
  /** The smallest allowed; undefined when the exchange names none. */
  readonly min: Maybe<number>;
  /** The largest allowed; undefined when the exchange names none. */
  readonly max: Maybe<number>;
}

/** A market as ccxt lists it. Precisions are counted as the exchange's `precisionMode` says. */
export interface CcxtMarket {
  /** The exchange's own name of it. */
  readonly id: Maybe<string>;
  /** The unified name. */
  readonly symbol: string;
  /** What is traded, such as `BTC`. */
  readonly base: string;
  /** What it is priced in, such as `USDT`. */
  readonly quote: string;
  /** What profits of a derivative are paid in. */
  readonly settle: Maybe<string>;
  /** Whether it can be traded now. */
  readonly active: Maybe<boolean>;
  /** `spot`, `swap`, `future` or `option`. */
  readonly type: string;
  /** Whether it is a spot market. */
  readonly spot: Maybe<boolean>;
  /** Whether it is a contract. */
  readonly contract: Maybe<boolean>;
  /** Base units of one contract. */
  readonly contractSize: Maybe<number>;
  /** Whether it is settled in the quote currency. */
  readonly linear: Maybe<boolean>;
  /** Whether it is settled in the base currency. */
  readonly inverse: Maybe<boolean>;
  /** When it expires, milliseconds UTC. */
  readonly expiry: Maybe<number>;
  /** Strike price of an option. */
  readonly strike: Maybe<number>;
  /** Fee of an order that trades at once, as a fraction. */
  readonly taker?: Maybe<number>;
  /** Fee of an order that rested in the book, as a fraction. */
  readonly maker?: Maybe<number>;
  /** Steps of size and price, as `precisionMode` counts them. */
  readonly precision: {
    /** Step of sizes. */
    readonly amount: Maybe<number>;
    /** Step of prices. */
    readonly price: Maybe<number>;
  };
  /** The smallest and largest order. */
  readonly limits: {
    /** In base units. */
    readonly amount?: CcxtLimit;
    /** In quote units. */
    readonly cost?: CcxtLimit;
    /** Of prices. */
    readonly price?: CcxtLimit;
    /** Of market orders, in base units. */
    readonly market?: CcxtLimit;
  };
  /** The exchange's own record. */
  readonly info: unknown;
}

/** Prices and statistics of the last 24 hours. What the exchange does not send is undefined. */
export interface CcxtTicker {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: Maybe<string>;
  /** Milliseconds UTC. */
  readonly timestamp: Maybe<number>;
  /** Highest price of 24 hours. */
  readonly high: Maybe<number>;
  /** Lowest price of 24 hours. */
  readonly low: Maybe<number>;
  /** Best bid. */
  readonly bid: Maybe<number>;
  /** Units at the best bid. */
  readonly bidVolume: Maybe<number>;
  /** Best ask. */
  readonly ask: Maybe<number>;
  /** Units at the best ask. */
  readonly askVolume: Maybe<number>;
  /** Price 24 hours ago. */
  readonly open: Maybe<number>;
  /** Latest price, the same as `last`. */
  readonly close: Maybe<number>;
  /** Latest price. */
  readonly last: Maybe<number>;
  /** Base units. */
  readonly baseVolume: Maybe<number>;
  /** Quote units traded in 24 hours. */
  readonly quoteVolume: Maybe<number>;
  /** The exchange's answer as it came. */
  readonly info: unknown;
}

/** A settled funding rate. */
export interface CcxtFundingRate {
  /** When it was settled, milliseconds UTC. */
  readonly timestamp?: Maybe<number>;
  /** The rate of its interval: longs pay it where it is above 0. */
  readonly fundingRate?: Maybe<number>;
}

/** The open interest of a contract at a moment. */
export interface CcxtOpenInterest {
  /** Milliseconds UTC. */
  readonly timestamp?: Maybe<number>;
  /** In contracts or base units. */
  readonly openInterestAmount?: Maybe<number>;
  /** In quote units. */
  readonly openInterestValue?: Maybe<number>;
}

/** A book: levels of price and size, best first. */
export interface CcxtOrderBook {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: Maybe<string>;
  /** Bids, the highest first. */
  readonly bids: readonly (readonly [price: Maybe<number>, size: Maybe<number>])[];
  /** Asks, the lowest first. */
  readonly asks: readonly (readonly [price: Maybe<number>, size: Maybe<number>])[];
  /** The exchange's time, milliseconds UTC. */
  readonly timestamp: Maybe<number>;
  /** The exchange's number of this state; undefined where it has none. */
  readonly nonce: Maybe<number>;
}

/** What an execution cost. */
export interface CcxtFee {
  /** The currency it was paid in. */
  readonly currency: Maybe<string>;
  /** Units of that currency. */
  readonly cost: Maybe<number>;
}

/** A public print, or an execution of one of our own orders. */
export interface CcxtTrade {
  /** The exchange's id of the trade. */
  readonly id: Maybe<string>;
  /** Of our own order; undefined for a public print. */
  readonly order: Maybe<string>;
  /** The exchange's time, milliseconds UTC. */
  readonly timestamp: Maybe<number>;
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: Maybe<string>;
  /** The taker's of a public print, ours of an execution. */
  readonly side: Maybe<string>;
  /** Price of the trade. */
  readonly price: Maybe<number>;
  /** Base units traded. */
  readonly amount: Maybe<number>;
  /** Quote units traded. */
  readonly cost: Maybe<number>;
  /** Whether the account took or made; undefined for public trades. */
  readonly takerOrMaker: Maybe<string>;
  /** What it cost; undefined for public trades. */
  readonly fee: Maybe<CcxtFee>;
  /** The exchange's answer as it came. */
  readonly info: unknown;
}

/** One of our own orders. */
export interface CcxtOrder {
  /** The exchange's id of the order. */
  readonly id: Maybe<string>;
  /** The id that the sender gave it. */
  readonly clientOrderId: Maybe<string>;
  /** The exchange's time, milliseconds UTC. */
  readonly timestamp: Maybe<number>;
  /** When it was last filled, milliseconds UTC. */
  readonly lastTradeTimestamp: Maybe<number>;
  /** When it last changed, milliseconds UTC. */
  readonly lastUpdateTimestamp?: Maybe<number>;
  /** `open`, `closed` (filled), `canceled`, `expired` or `rejected`. */
  readonly status: Maybe<string>;
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: Maybe<string>;
  /** The kind of order, in ccxt's words. */
  readonly type: Maybe<string>;
  /** `GTC`, `IOC`, `FOK` or `PO`. */
  readonly timeInForce?: Maybe<string>;
  /** `buy` or `sell`. */
  readonly side: Maybe<string>;
  /** Limit price. */
  readonly price: Maybe<number>;
  /** Price that sets a stop order working. */
  readonly triggerPrice?: Maybe<number>;
  /** Average price of its fills. */
  readonly average?: Maybe<number>;
  /** Base units ordered. */
  readonly amount: Maybe<number>;
  /** Base units filled. */
  readonly filled: Maybe<number>;
  /** Base units not filled yet. */
  readonly remaining: Maybe<number>;
  /** Quote units filled. */
  readonly cost: Maybe<number>;
  /** Its fills, where the exchange sends them with the order. */
  readonly trades: readonly CcxtTrade[];
  /** What it cost so far. */
  readonly fee: Maybe<CcxtFee>;
  /** The exchange's answer as it came. */
  readonly info: unknown;
}

/** What one currency of an account holds. */
export interface CcxtBalance {
  /** Units that can be used. */
  readonly free: Maybe<number>;
  /** Units held by open orders. */
  readonly used: Maybe<number>;
  /** Both together. */
  readonly total: Maybe<number>;
}

/** An account by currency, beside fields of ccxt's own such as `info`, `free` and `timestamp`. */
export type CcxtBalances = Readonly<Record<string, CcxtBalance>> & {
  /** The exchange's answer as it came. */
  readonly info: unknown;
};

/** A raw bar: time of the open, open, high, low, close, volume. */
export type CcxtBar = readonly (number | undefined)[];

/**
 * A ccxt exchange, as far as this package uses one; the object has the rest of ccxt's methods too.
 *
 * The `watch` methods are there when the store was made with `streams`; where `has` does not name one, it throws.
 */
export interface CcxtExchange {
  /** ccxt's id of the exchange. */
  readonly id: string;
  /** The exchange's name. */
  readonly name: Maybe<string>;
  /** The methods that work, by name. */
  readonly has: Readonly<Record<string, boolean | 'emulated' | undefined>>;
  /** Its addresses, as ccxt keeps them. */
  readonly urls: object;
  /** ccxt's options of the exchange. */
  readonly options: Record<string, unknown>;
  /** The timeframes of its bars, by ccxt's name. */
  readonly timeframes: Readonly<Record<string, number | string>>;
  /** Undefined before the markets are loaded. */
  readonly markets: Readonly<Record<string, CcxtMarket>> | undefined;
  /** How `precision` is to be read: ccxt's DECIMAL_PLACES, SIGNIFICANT_DIGITS or TICK_SIZE. */
  readonly precisionMode: Maybe<number>;
  /** Milliseconds between requests of cost 1. */
  readonly rateLimit: Maybe<number>;
  /** What ccxt knows about a method's limits. */
  featureValue(symbol: string, method?: string, field?: string): unknown;
  /** Sends every request to the test network. */
  setSandboxMode(enabled: boolean): void;
  /** Sends every request to the demo account. */
  enableDemoTrading(enabled: boolean): void;
  /** Loads the markets, once unless `reload`. */
  loadMarkets(reload?: boolean): Promise<Readonly<Record<string, Maybe<CcxtMarket>>>>;
  /** A size as the exchange writes it, cut to its step. */
  amountToPrecision(symbol: string, amount: number | string): Maybe<string>;
  /** A price as the exchange writes it, rounded to its step. */
  priceToPrecision(symbol: string, price: number | string): Maybe<string>;

  /** The exchange's clock, milliseconds UTC. */
  fetchTime(params?: Params): Promise<Maybe<number>>;
  /** Bars as rows. */
  fetchOHLCV(
    symbol: string,
    timeframe?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtBar[]>;
  /** Statistics of the last 24 hours of several symbols. */
  fetchTickers(symbols?: readonly string[]): Promise<Readonly<Record<string, CcxtTicker>>>;
  /** Settled funding rates of a perpetual swap, oldest first where the exchange sorts them. */
  fetchFundingRateHistory(
    symbol: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtFundingRate[]>;
  /** Open interest of a contract at past moments. */
  fetchOpenInterestHistory(
    symbol: string,
    timeframe?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtOpenInterest[]>;
  /** 24 h statistics of a symbol. */
  fetchTicker(symbol: string, params?: Params): Promise<CcxtTicker>;
  /** Public trades of a symbol. */
  fetchTrades(symbol: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  /** The order book of a symbol. */
  fetchOrderBook(symbol: string, limit?: number, params?: Params): Promise<CcxtOrderBook>;

  /** Sends an order. */
  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price?: number,
    params?: Params,
  ): Promise<CcxtOrder>;
  /** Changes an open order, or replaces it by another. */
  editOrder(
    id: string,
    symbol: string,
    type: string,
    side: string,
    amount?: number,
    price?: number,
    params?: Params,
  ): Promise<CcxtOrder>;
  /** Cancels an order. */
  cancelOrder(id: string, symbol?: string, params?: Params): Promise<CcxtOrder>;
  /** One order by the exchange's id. */
  fetchOrder(id: string, symbol?: string, params?: Params): Promise<CcxtOrder>;
  /** Orders of the account. */
  fetchOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  /** Open orders of the account. */
  fetchOpenOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  /** Fills of the account. */
  fetchMyTrades(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  /** Balances of the account. */
  fetchBalance(params?: Params): Promise<CcxtBalances>;

  /** Resolves with the next public trades of a stream. */
  watchTrades(symbol: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  /** Resolves with the next 24 h statistics of a stream. */
  watchTicker(symbol: string, params?: Params): Promise<CcxtTicker>;
  /** Resolves with the next best bids and asks of a stream. */
  watchBidsAsks(symbols?: string[], params?: Params): Promise<Readonly<Record<string, CcxtTicker>>>;
  /** Resolves with the next state of the book. */
  watchOrderBook(symbol: string, limit?: number, params?: Params): Promise<CcxtOrderBook>;
  /** Resolves with the next bars of a stream. */
  watchOHLCV(
    symbol: string,
    timeframe?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtBar[]>;
  /** Resolves with the next changes of the account's orders. */
  watchOrders(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtOrder[]>;
  /** Resolves with the next fills of the account. */
  watchMyTrades(symbol?: string, since?: number, limit?: number, params?: Params): Promise<CcxtTrade[]>;
  /** Resolves with the next balances of the account. */
  watchBalance(params?: Params): Promise<CcxtBalances>;
  /** Closes its sockets; what waits on a `watch` method then throws. */
  close(): Promise<void>;
}
