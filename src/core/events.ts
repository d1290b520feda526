/** Market and account events: what a venue said, in one shape for every venue, never changed after it is made. */
import type { Side } from './order.ts';

/** One price level: the price and the whole size resting there; size 0 in a delta removes the level. */
export type Level<N = number> = readonly [price: N, size: N];

interface Stamped {
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
  readonly type: 'trade';
  /** The venue's id; undefined where it has none. */
  readonly id: string | undefined;
  readonly side: Side;
  readonly price: N;
  /** Base units (contracts on derivatives that trade in contracts). */
  readonly size: N;
  /** True when it was fetched or sent after the fact (history on subscribing, trades missed in a disconnect). */
  readonly backfill: boolean;
}

/** Best bid and ask. A side that is empty is undefined; sizes are undefined where the venue sends none. */
export interface Quote<N = number> extends Stamped {
  readonly type: 'quote';
  readonly bid: N | undefined;
  readonly bidSize: N | undefined;
  readonly ask: N | undefined;
  readonly askSize: N | undefined;
  readonly sequence: number | undefined;
}

/** A whole book (`snapshot`: it replaces what was known) or changed levels (`delta`: sizes are the new wholes, not differences). */
export interface BookUpdate<N = number> extends Stamped {
  readonly type: 'book';
  readonly kind: 'snapshot' | 'delta';
  readonly bids: readonly Level<N>[];
  readonly asks: readonly Level<N>[];
  /** The venue's own number of this update; undefined where it has none. */
  readonly sequence: number | undefined;
  /** The checksum the venue sent with it, already found right. */
  readonly checksum: number | undefined;
}

/** One bar as the venue builds it. `open time` is `start`; it may come many times until `closed`. */
export interface BarUpdate<N = number> extends Stamped {
  readonly type: 'bar';
  readonly timeframe: string;
  /** Open of the bar, milliseconds UTC. */
  readonly start: number;
  /** Close of the bar (the next one's open), milliseconds UTC. */
  readonly end: number;
  readonly open: N;
  readonly high: N;
  readonly low: N;
  readonly close: N;
  readonly volume: N;
  readonly tradeCount: number | undefined;
  /** False while the bar may still change; undefined where the venue does not say and the next bar closes it. */
  readonly closed: boolean | undefined;
}

/** Funding of a perpetual: the rate of the running interval, paid at `nextTime`. */
export interface Funding<N = number> extends Stamped {
  readonly type: 'funding';
  /** Fraction per interval, such as 0.0001; the interval's length differs by venue and by time. */
  readonly rate: N | undefined;
  readonly predictedRate: N | undefined;
  readonly nextTime: number | undefined;
  readonly markPrice: N | undefined;
  readonly indexPrice: N | undefined;
}

/** Contracts (or base units, as the venue counts) that are open. */
export interface OpenInterest<N = number> extends Stamped {
  readonly type: 'openInterest';
  readonly size: N;
}

/** A forced close. `side` is the side of the liquidating order: `sell` closes a long. */
export interface Liquidation<N = number> extends Stamped {
  readonly type: 'liquidation';
  readonly id: string | undefined;
  readonly side: Side;
  readonly price: N;
  readonly size: N;
}

/** The index that a derivative follows. */
export interface IndexPrice<N = number> extends Stamped {
  readonly type: 'index';
  readonly price: N;
}

/** Statistics of the last 24 hours. */
export interface Ticker24h<N = number> extends Stamped {
  readonly type: 'ticker24h';
  readonly open: N | undefined;
  readonly high: N | undefined;
  readonly low: N | undefined;
  readonly last: N | undefined;
  /** Base units. */
  readonly volume: N | undefined;
  readonly quoteVolume: N | undefined;
  readonly tradeCount: number | undefined;
}

/** What everyone can see. */
export type MarketEvent<N = number> =
  | TradeTick<N>
  | Quote<N>
  | BookUpdate<N>
  | BarUpdate<N>
  | Funding<N>
  | OpenInterest<N>
  | Liquidation<N>
  | IndexPrice<N>
  | Ticker24h<N>;

/** The channel of a market event is its `type`. */
export type Channel = MarketEvent['type'];

/** Every public channel, in the order of the documentation. */
export const channels = [
  'trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'ticker24h',
] as const satisfies readonly Channel[]; // prettier-ignore

/** What a venue says an order is doing. `expired` covers time in force and self-trade prevention. */
export type VenueOrderStatus = 'pending' | 'open' | 'partial' | 'filled' | 'canceled' | 'rejected' | 'expired';

/** News of one of our own orders. */
export interface OrderEvent<N = number> extends Stamped {
  readonly type: 'order';
  readonly id: string;
  readonly clientId: string | undefined;
  readonly side: Side;
  readonly orderType: string;
  readonly status: VenueOrderStatus;
  readonly price: N | undefined;
  readonly size: N;
  readonly filled: N;
  /** The venue's reason for a refusal. */
  readonly reason: string | undefined;
}

/** One execution of one of our own orders. The fee is positive when paid, negative when it is a rebate. */
export interface FillEvent<N = number> extends Stamped {
  readonly type: 'fill';
  readonly id: string;
  readonly orderId: string;
  readonly clientId: string | undefined;
  readonly side: Side;
  readonly price: N;
  readonly size: N;
  readonly fee: N | undefined;
  readonly feeCurrency: string | undefined;
  readonly liquidity: 'maker' | 'taker' | undefined;
}

/** What one currency of the account holds. */
export interface BalanceEvent<N = number> {
  readonly type: 'balance';
  readonly exchange: string;
  readonly currency: string;
  readonly free: N;
  /** Held by open orders. */
  readonly used: N;
  readonly time: number | undefined;
  readonly receiveTime: number;
}

/** An open derivative position; `size` is negative when short. */
export interface PositionEvent<N = number> extends Stamped {
  readonly type: 'position';
  readonly size: N;
  readonly entryPrice: N | undefined;
  readonly unrealizedProfit: N | undefined;
}

/** What only the account's owner can see. */
export type AccountEvent<N = number> = OrderEvent<N> | FillEvent<N> | BalanceEvent<N> | PositionEvent<N>;

/**
 * Where a subscription stands: `connecting` (no data yet), `live`, `stale` (connected but silent beyond its limit), `resyncing` (data was
 * lost: what was known is void until `live` comes again), `down` (given up or removed).
 */
export type StreamState = 'connecting' | 'live' | 'stale' | 'resyncing' | 'down';

/** A subscription changed its state. `time` is this machine's. */
export interface StreamStatus {
  readonly type: 'status';
  readonly exchange: string;
  readonly symbol: string;
  readonly channel: Channel;
  readonly state: StreamState;
  readonly reason: string;
  readonly time: number;
}

/** Data is missing and stays so: ids or sequence numbers from `from` to `to` never came, where the venue numbers them. */
export interface StreamGap {
  readonly type: 'gap';
  readonly exchange: string;
  readonly symbol: string;
  readonly channel: Channel;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly reason: string;
  readonly time: number;
}

/** Everything a consumer of streams can be told. */
export type StreamEvent<N = number> = MarketEvent<N> | AccountEvent<N> | StreamStatus | StreamGap;

/** Where events go. A returned promise is waited for; what comes meanwhile queues up to a bound, and what is dropped is counted. */
export interface EventSink<N = number> {
  write(event: StreamEvent<N>): void | Promise<void>;
  close?(): void | Promise<void>;
}
