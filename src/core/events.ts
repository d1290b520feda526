/** Market and account events: what a venue said, in one shape for every venue, never changed after it is made. */
import type { Side } from './order.ts';

/** One price level: the price and the whole size resting there; size 0 in a delta removes the level. */
export type Level<N = number> = readonly [price: N, size: N];

interface Stamped {
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The unified name, such as `BTC/USDT` or `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** Exchange time, milliseconds UTC (fractions where the venue sends them); undefined where it sends none. */
  readonly time: number | undefined;
  /** When this machine took the message from the socket, milliseconds UTC. */
  readonly receiveTime: number;
}

/** One public print. `side` is the taker's: the one who crossed the spread, on every venue. */
export interface TradeTick<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'trade';
  /** The venue's id; undefined where it has none. */
  readonly id: string | undefined;
  /** Side of the taker, not of the resting order. */
  readonly side: Side;
  /** Price of the trade, in quote units. */
  readonly price: N;
  /** Base units (contracts on derivatives that trade in contracts). */
  readonly size: N;
  /** True when it was fetched or sent after the fact (history on subscribing, trades missed in a disconnect). */
  readonly backfill: boolean;
}

/** Best bid and ask. A side that is empty is undefined; sizes are undefined where the venue sends none. */
export interface Quote<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'quote';
  /** Best bid, in quote units. */
  readonly bid: N | undefined;
  /** Units at the best bid. */
  readonly bidSize: N | undefined;
  /** Best ask, in quote units. */
  readonly ask: N | undefined;
  /** Units at the best ask. */
  readonly askSize: N | undefined;
  /** The exchange's number of the change; undefined where it has none. */
  readonly sequence: number | undefined;
  /** True when the bid is above the ask, as venues send for a moment in a fast market; nothing trades at such a quote. */
  readonly crossed?: true;
}

/** A whole book (`snapshot`: it replaces what was known) or changed levels (`delta`: sizes are the new wholes, not differences). */
export interface BookUpdate<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'book';
  /** Whether it is the whole book or a change of it. */
  readonly kind: 'snapshot' | 'delta';
  /** Changed bids; a size of 0 removes the level. */
  readonly bids: readonly Level<N>[];
  /** Changed asks; a size of 0 removes the level. */
  readonly asks: readonly Level<N>[];
  /** The venue's own number of this update; undefined where it has none. */
  readonly sequence: number | undefined;
  /** The checksum that the venue sent with it, already verified. */
  readonly checksum: number | undefined;
}

/** One resting order of a book: its id, its price and its remaining units. Size 0 in a change removes it. */
export type RestingOrder<N = number> = readonly [id: string, price: N, size: N];

/**
 * A book order by order (level 3): all orders (`snapshot`: it replaces what was known) or the orders that changed (`delta`). Orders of one price
 * stand in the order in which they are filled.
 */
export interface L3Update<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'l3';
  /** Whether it is the whole book or a change of it. */
  readonly kind: 'snapshot' | 'delta';
  /** New and changed orders to buy, with what is left of them; a size of 0 removes the order. */
  readonly bids: readonly RestingOrder<N>[];
  /** New and changed orders to sell, with what is left of them; a size of 0 removes the order. */
  readonly asks: readonly RestingOrder<N>[];
  /** The exchange's number of this update; undefined where it has none. */
  readonly sequence: number | undefined;
  /** The checksum that the exchange sent with it, already verified. */
  readonly checksum: number | undefined;
}

/** One bar as the venue builds it. `open time` is `start`; it may come many times until `closed`. */
export interface BarUpdate<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'bar';
  /** Length of the bar, such as `1m`. */
  readonly timeframe: string;
  /** Open of the bar, milliseconds UTC. */
  readonly start: number;
  /** Close of the bar (the next one's open), milliseconds UTC. */
  readonly end: number;
  /** First price, in quote units. */
  readonly open: N;
  /** Highest price so far, in quote units. */
  readonly high: N;
  /** Lowest price so far, in quote units. */
  readonly low: N;
  /** Latest price, in quote units. */
  readonly close: N;
  /** Units traded so far: of the base, also where an exchange's trades count contracts (OKX, HTX, inverse contracts of Binance, Bybit and Deribit). */
  readonly volume: N;
  /** Trades so far; undefined where the exchange does not count. */
  readonly tradeCount: number | undefined;
  /** False while the bar may still change; undefined where the venue does not say and the next bar closes it. */
  readonly closed: boolean | undefined;
}

/** Funding of a perpetual: the rate of the running interval, paid at `nextTime`. */
export interface Funding<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'funding';
  /** Fraction per interval, such as 0.0001; the interval's length differs by venue and by time. */
  readonly rate: N | undefined;
  /** Expected rate of the next payment, as a fraction. */
  readonly predictedRate: N | undefined;
  /** When funding is next paid, milliseconds UTC. */
  readonly nextTime: number | undefined;
  /** Mark price, in quote units. */
  readonly markPrice: N | undefined;
  /** Index price, in quote units. */
  readonly indexPrice: N | undefined;
}

/** How much of a contract is open on the exchange. */
export interface OpenInterest<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'openInterest';
  /** As the exchange counts it: contracts, units of the base, or of the quote (Lighter, and perpetuals of Deribit). */
  readonly size: N;
}

/** A forced close. `side` is the side of the liquidating order: `sell` closes a long. */
export interface Liquidation<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'liquidation';
  /** The exchange's id; undefined where it sends none. */
  readonly id: string | undefined;
  /** Side of the order that closed the position: `sell` for a long that was liquidated. */
  readonly side: Side;
  /** Price, in quote units. */
  readonly price: N;
  /** Units liquidated. */
  readonly size: N;
}

/** The index that a derivative follows. */
export interface IndexPrice<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'index';
  /** The index, in quote units. */
  readonly price: N;
}

/** The mark price of a derivative: what the venue values positions at, and liquidates by. */
export interface MarkPrice<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'mark';
  /** The mark price, in quote units. */
  readonly price: N;
}

/** Statistics of the last 24 hours. */
export interface Ticker24h<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'ticker24h';
  /** Price 24 hours ago. */
  readonly open: N | undefined;
  /** Highest price of 24 hours. */
  readonly high: N | undefined;
  /** Lowest price of 24 hours. */
  readonly low: N | undefined;
  /** Latest price. */
  readonly last: N | undefined;
  /** Base units. */
  readonly volume: N | undefined;
  /** Quote units traded in 24 hours. */
  readonly quoteVolume: N | undefined;
  /** Trades in 24 hours. */
  readonly tradeCount: number | undefined;
}

/** What everyone can see. */
export type MarketEvent<N = number> =
  | TradeTick<N>
  | Quote<N>
  | BookUpdate<N>
  | L3Update<N>
  | BarUpdate<N>
  | Funding<N>
  | OpenInterest<N>
  | Liquidation<N>
  | IndexPrice<N>
  | MarkPrice<N>
  | Ticker24h<N>;

/** The channel of a market event is its `type`. */
export type Channel = MarketEvent['type'];

/** Every public channel, in the order of the documentation. */
export const channels = [
  'trade', 'quote', 'book', 'l3', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h',
] as const satisfies readonly Channel[]; // prettier-ignore

/** The state of an order, as the venue reports it. `expired` covers time in force and self-trade prevention. */
export type VenueOrderStatus = 'pending' | 'open' | 'partial' | 'filled' | 'canceled' | 'rejected' | 'expired';

/** News of one of our own orders. */
export interface OrderEvent<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'order';
  /** The exchange's id of the order. */
  readonly id: string;
  /** The id that the sender gave it. */
  readonly clientId: string | undefined;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly orderType: string;
  /** Its status at the exchange. */
  readonly status: VenueOrderStatus;
  /** Limit price; undefined for a market order. */
  readonly price: N | undefined;
  /** Units ordered. */
  readonly size: N;
  /** Units filled so far. */
  readonly filled: N;
  /** The venue's reason for a refusal. */
  readonly reason: string | undefined;
}

/** One execution of one of our own orders. The fee is positive when paid, negative when it is a rebate. */
export interface FillEvent<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'fill';
  /** The exchange's id of the fill. */
  readonly id: string;
  /** The exchange's id of the order. */
  readonly orderId: string;
  /** The id that the sender gave the order. */
  readonly clientId: string | undefined;
  /** Whether the order buys or sells. */
  readonly side: Side;
  /** Price of the fill, in quote units. */
  readonly price: N;
  /** Units filled, positive for both sides. */
  readonly size: N;
  /** What it cost, in `feeCurrency`. */
  readonly fee: N | undefined;
  /** The currency of the fee. */
  readonly feeCurrency: string | undefined;
  /** Whether the order took liquidity or rested in the book. */
  readonly liquidity: 'maker' | 'taker' | undefined;
}

/** What one currency of the account holds. */
export interface BalanceEvent<N = number> {
  /** The kind of event. */
  readonly type: 'balance';
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The currency, such as `USDT`. */
  readonly currency: string;
  /** Units that can be used. */
  readonly free: N;
  /** Held by open orders. */
  readonly used: N;
  /** Exchange time, milliseconds UTC. */
  readonly time: number | undefined;
  /** When it arrived, milliseconds UTC. */
  readonly receiveTime: number;
}

/** An open derivative position; `size` is negative when short. */
export interface PositionEvent<N = number> extends Stamped {
  /** The kind of event. */
  readonly type: 'position';
  /** Signed units held, negative for a short position. */
  readonly size: N;
  /** Average entry price, in quote units. */
  readonly entryPrice: N | undefined;
  /** Profit at the mark price, in quote units. */
  readonly unrealizedProfit: N | undefined;
}

/** Money that came into an account, left it, or moved between accounts of one owner. */
export interface TransactionEvent<N = number> {
  /** The kind of event. */
  readonly type: 'transaction';
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The exchange's id of it; undefined where it sends none. */
  readonly id: string | undefined;
  /** What it was. */
  readonly kind: 'deposit' | 'withdrawal' | 'transfer';
  /** The currency, such as `USDT`. */
  readonly currency: string;
  /** Signed units: positive for what came in. */
  readonly amount: N;
  /** Units paid for it; undefined where the exchange does not say. */
  readonly fee: N | undefined;
  /** Where it stands. */
  readonly status: 'pending' | 'completed' | 'failed';
  /** Exchange time, milliseconds UTC. */
  readonly time: number | undefined;
  /** When it arrived, milliseconds UTC. */
  readonly receiveTime: number;
}

/** What only the account's owner can see. */
export type AccountEvent<N = number> =
  OrderEvent<N> | FillEvent<N> | BalanceEvent<N> | PositionEvent<N> | TransactionEvent<N>;

/**
 * The state of a subscription: `connecting` (no data yet), `live`, `stale` (connected but silent for too long), `resyncing` (data was
 * lost: what was known is void until `live` comes again), `down` (given up or removed).
 */
export type StreamState = 'connecting' | 'live' | 'stale' | 'resyncing' | 'down';

/** A subscription changed its state. `time` is this machine's. */
export interface StreamStatus {
  /** The kind of event. */
  readonly type: 'status';
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The stream. */
  readonly channel: Channel;
  /** Its state from now on. */
  readonly state: StreamState;
  /** Why it changed, in one sentence. */
  readonly reason: string;
  /** `auth` where the exchange refused the key of an account's stream. */
  readonly code?: 'auth';
  /** When it changed, milliseconds UTC. */
  readonly time: number;
}

/** Data is missing and stays so: ids or sequence numbers from `from` to `to` never came, where the venue numbers them. */
export interface StreamGap {
  /** The kind of event. */
  readonly type: 'gap';
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The stream with the gap. */
  readonly channel: Channel;
  /** Id of the last event before the gap; undefined when unknown. */
  readonly from: string | undefined;
  /** Id of the first event after it; undefined when unknown. */
  readonly to: string | undefined;
  /** What happened, in one sentence. */
  readonly reason: string;
  /** When it was noticed, milliseconds UTC. */
  readonly time: number;
}

/** Why an event was refused: the kind of impossible value. */
export type RefusalReason = 'price' | 'size' | 'value' | 'range' | 'time' | 'id' | 'sequence';

/** A market event was refused because it holds an impossible value, such as a price of -5.5; no consumer receives it. */
export interface StreamRefusal {
  /** The kind of event. */
  readonly type: 'refused';
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The stream. */
  readonly channel: Channel;
  /** Why the event was refused, in one sentence. */
  readonly reason: RefusalReason;
  /** What was seen, such as `price of a trade was -5.5`. */
  readonly detail: string;
  /** When it was received, milliseconds UTC. */
  readonly time: number;
}

/** Everything a consumer of streams can receive. */
export type StreamEvent<N = number> = MarketEvent<N> | AccountEvent<N> | StreamStatus | StreamGap | StreamRefusal;

/** Where events go. A returned promise is awaited; later events queue up to a limit, and dropped ones are counted. */
export interface EventSink<N = number> {
  /** Takes one event; a promise holds the queue until it settles. */
  write(event: StreamEvent<N>): void | Promise<void>;
  /** Writes what is left and closes; called once. */
  close?(): void | Promise<void>;
}
