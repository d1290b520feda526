/** Brokers of a live session: what the session tells them, and what it may ask. */
import type {
  AccountEvent,
  BalanceEvent,
  CancelOutcome,
  FillEvent,
  Intent,
  Quote,
  Runtime,
  SendOutcome,
  StreamState,
  StreamStatus,
  TradeTick,
  VenueOrder,
} from '../../core/index.ts';
import type { BackBroker } from '../backtest-broker.ts';
import type { Refill } from '../orders/refill.ts';

/** What becomes of an order that is placed while its data's stream is not live. Default `refuse`: status `rejected`. */
export type StaleOrders = 'refuse' | 'send';

/**
 * From when the exits of a bracket work: `atOnce` when the entry is executed, or `nextBar`, from the bar after it on, as in
 * a backtest, where nobody knows what of the entry's bar came after the entry. Default `atOnce`.
 */
export type ExitStart = 'atOnce' | 'nextBar';

/**
 * What a gateway answered, or the intents journal had, as plain data. It goes into the session's queue and its journal,
 * and is acted on only when it comes out.
 */
export type BrokerInput =
  /** What earlier runs of the session meant to send, and the number that the next order gets. */
  | {
      readonly kind: 'intents';
      readonly time: number;
      /** What client ids are made from. */
      readonly tag: string;
      readonly next: number;
      readonly earlier: readonly Intent[];
    }
  | { readonly kind: 'sent'; readonly clientId: string; readonly outcome: SendOutcome }
  | { readonly kind: 'canceled'; readonly clientId: string; readonly outcome: CancelOutcome }
  /** The answer to a look-up; without `order` the venue said that it has none. */
  | { readonly kind: 'found'; readonly clientId: string; readonly order?: VenueOrder; readonly askedTime: number }
  | { readonly kind: 'fills'; readonly symbol: string; readonly since: number; readonly fills: readonly FillEvent[] }
  | { readonly kind: 'openOrders'; readonly orders: readonly VenueOrder[] }
  | { readonly kind: 'balances'; readonly balances: readonly BalanceEvent[] }
  /** A question that got no answer; it is asked again later. */
  | { readonly kind: 'failed'; readonly asked: string; readonly reason: string }
  | { readonly kind: 'account'; readonly event: AccountEvent | StreamStatus };

/** Something a live broker has to say that is not about an order of the strategy; for `notifyStore` and the summary. */
export interface BrokerNews {
  readonly kind: 'foreignOrder' | 'earlierOrder' | 'stream' | 'balance' | 'fee' | 'lookUp' | 'dust';
  readonly text: string;
}

/** What a live broker is lent. */
export interface LiveContext {
  readonly runtime: Runtime;
  /** Puts an answer into the session's queue; it comes back through `take`. May be called at any time. */
  readonly push: (input: BrokerInput) => void;
}

/**
 * A broker that trades now. It is a back broker to the engine: the same desk, blotter, ledger and order objects.
 *
 * Order of calls: `open` (datas and schemes), `connect`; until `isReady`, `take` for what is pushed, `onClock`, and `act` after each;
 * then for each item of the queue the method it belongs to. A trade that closes a bar is given to `onTrade` after the engine's step. After every item,
 * and after every hook of a strategy that ran because of it, the session calls `act`, then delivers `desk.notices`, until
 * there are none. `step` is the engine's, once a closed bar.
 */
export interface LiveBroker extends BackBroker {
  readonly mode: 'paper' | 'sandbox';
  /** Whether the account has answered what has to be known before the first step. */
  readonly isReady: boolean;
  /** What happened beside the strategy's own orders; the session reads and clears it. */
  readonly news: Refill<BrokerNews>;
  /** Begins to ask and listen; a broker without a gateway, as in a journal's replay, only waits for `take`. */
  connect(context: LiveContext): Promise<void>;
  take(input: BrokerInput): void;
  /** A print of a data's symbol, after the bar it closed. Backfilled prints execute nothing. */
  onTrade(dataId: number, trade: TradeTick): void;
  onQuote(dataId: number, quote: Quote): void;
  /** The state of the stream that a data's orders depend on. `connecting` until it is told. */
  onState(dataId: number, state: StreamState): void;
  /** The exchange's time as the session reckons it, milliseconds UTC: validity ends, look-ups that are due begin. */
  onClock(now: number): void;
  /** Works on what was submitted and withdrawn since it was last called. */
  act(): void;
  disconnect(): Promise<void>;
}
