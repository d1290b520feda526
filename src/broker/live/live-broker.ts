/** The brokers of a live session: what the session passes to them and reads from them. */
import type {
  AccountEvent,
  AmendOutcome,
  BookUpdate,
  BalanceEvent,
  CancelOutcome,
  FillEvent,
  Funding,
  Intent,
  Quote,
  Runtime,
  SendOutcome,
  StreamState,
  StreamStatus,
  TradeTick,
  VenueOrder,
  VenuePayment,
} from '../../core/index.ts';
import type { EngineBroker } from '../engine-broker.ts';
import { Refill } from '../orders/refill.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** What to do with an order placed while its data's stream is not live. Default `refuse`: status `rejected`. */
export type StaleOrders = 'refuse' | 'send';

/**
 * When the exits of a bracket begin to work: `atOnce` when the entry is executed (the default), or `nextBar`, from the bar after it, as a
 * backtest under Backtrader's rules does.
 */
export type ExitStart = 'atOnce' | 'nextBar';

/**
 * An answer of a gateway or of the intents journal, as plain data. It passes through the session's queue and journal, and the broker acts
 * on it only when it leaves the queue.
 */
export type BrokerInput = BrokerAnswer & {
  /** The exchange whose answer it is, in a session with several. */
  readonly venue?: string;
};

/** What an answer says. */
type BrokerAnswer =
  /** The orders that earlier runs of the session meant to send, and the number of the next order. */
  | {
      readonly kind: 'intents';
      readonly time: number;
      /** The prefix of client ids. */
      readonly tag: string;
      readonly next: number;
      readonly earlier: readonly Intent[];
      /** The share of the account's cash that a new session states, where it is to be compared with the balance. */
      readonly share?: number;
      /** Whether the gateway sends pairs of orders as lists; absent in journals of versions that sent both exits of a position by themselves. */
      readonly lists?: boolean;
    }
  | { readonly kind: 'sent'; readonly clientId: string; readonly outcome: SendOutcome }
  /** The answer to a request to replace an order by the one with this client id. */
  | { readonly kind: 'amended'; readonly clientId: string; readonly outcome: AmendOutcome }
  | { readonly kind: 'canceled'; readonly clientId: string; readonly outcome: CancelOutcome }
  /** The answer to a look-up; without `order` the venue has no such order. */
  | { readonly kind: 'found'; readonly clientId: string; readonly order?: VenueOrder; readonly askedTime: number }
  | { readonly kind: 'fills'; readonly symbol: string; readonly since: number; readonly fills: readonly FillEvent[] }
  /** What the venue booked by itself for a contract: funding and liquidations. */
  | {
      readonly kind: 'payments';
      readonly symbol: string;
      readonly payments: readonly VenuePayment[];
      /** When it pays funding next, where the venue says it. */
      readonly nextFunding?: number;
    }
  | { readonly kind: 'openOrders'; readonly orders: readonly VenueOrder[] }
  | { readonly kind: 'balances'; readonly balances: readonly BalanceEvent[] }
  /** A request without an answer; it is sent again later. The code `auth`: the exchange refused the key. */
  | { readonly kind: 'failed'; readonly asked: string; readonly reason: string; readonly code?: 'auth' }
  | { readonly kind: 'account'; readonly event: AccountEvent | StreamStatus };

/** An event that is not about one of the strategy's orders, for `notifyStore` and the summary. */
export interface BrokerNews {
  readonly kind:
    'foreignOrder' | 'earlierOrder' | 'stream' | 'balance' | 'fee' | 'lookUp' | 'remainder' | 'account' | 'amend';
  readonly text: string;
}

/** Events of a live broker that the session has not read yet. */
export class NewsList extends Refill<BrokerNews> {
  report(kind: BrokerNews['kind'], text: string): void {
    this.push({ kind, text });
  }
}

/** What a live broker works with. */
export interface LiveContext {
  readonly runtime: Runtime;
  /** Puts an answer into the session's queue, from which it returns through `take`. May be called at any time. */
  readonly push: (input: BrokerInput) => void;
  /** Called with the time, in milliseconds, that an order, an amendment or a cancel took to its answer. */
  readonly answered?: (ms: number) => void;
}

/**
 * A broker of a live session.
 *
 * Order of calls: `open` (datas and schemes), `connect`; then, until `isReady`, `take` for each pushed input and `onClock`, each followed by
 * `act`; from then on the method that belongs to each item of the queue. A trade that closes a bar reaches `onTrade` after the engine's
 * step. After every item, and after every strategy hook that ran because of it, the session calls `act` and delivers `notices` until there
 * are none left. The engine calls `step` once for each closed bar.
 */
export interface LiveBroker extends EngineBroker {
  readonly mode: 'paper' | 'sandbox';
  /** Whether everything is known that has to be before the first step. */
  readonly isReady: boolean;
  /** Whether every request about orders has its answer and every reported fill is booked: the account is as the books say. */
  readonly isSettled: boolean;
  /** Units held of a data, a remainder that cannot be sold included. */
  heldOf(dataId: number): number;
  /** Whether an order or a cancel was sent and has no answer yet. */
  readonly isAwaitingAnswer: boolean;
  /** Events beside the strategy's own orders; the session reads and clears them. */
  readonly news: NewsList;
  /** Begins to send requests and to listen. Without a gateway, as when a journal is replayed, the broker only waits for `take`. */
  connect(context: LiveContext): Promise<void>;
  take(input: BrokerInput): void;
  /** A trade of a data's symbol, after the bar it closed. Backfilled trades execute nothing. */
  onTrade(dataId: number, trade: TradeTick): void;
  onQuote(dataId: number, quote: Quote): void;
  /** The whole book of the symbol of some datas, which share it; undefined when it is lost until the next. */
  onBook(dataIds: readonly number[], update: BookUpdate | undefined): void;
  /** Trading in a data is halted: new orders are refused for this reason; undefined takes them again. */
  halt(dataId: number, reason: string | undefined): void;
  /** What a stream states of the next payment of funding. */
  onFunding(dataId: number, funding: Funding): void;
  /** The state of the stream that a data's orders depend on; `connecting` until the first call. */
  onState(dataId: number, state: StreamState): void;
  /** The exchange's time as the session estimates it, milliseconds UTC: validities end and due requests are sent. */
  onClock(now: number): void;
  /** Refuses orders that open or increase a position from now on, for this reason; undefined takes them again. */
  pause(reason: string | undefined): void;
  /** Why the pause refuses an order; undefined where it lets the order pass. */
  pausedFor(working: WorkingOrder): string | undefined;
  /** Handles what was submitted and canceled since the last call. */
  act(): void;
  disconnect(): Promise<void>;
}
