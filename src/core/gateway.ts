/** Order gateways: the way our own orders take to one venue's account, and what it can answer. */
import { ConfigError } from './errors.ts';
import type { AccountEvent, BalanceEvent, FillEvent, StreamStatus, VenueOrderStatus } from './events.ts';
import type { Side } from './order.ts';

/** Order types that rest at a venue. The session keeps all others. */
export type VenueOrderType = 'market' | 'limit' | 'stop' | 'stopLimit';

/**
 * An order as it is sent. Prices and size are exact decimal text, already on the instrument's tick and lot: a float
 * printed on its way out could fall off either.
 */
export interface OrderRequest {
  /** The client id, never used twice on the account. It is the only id that is known when no answer comes. */
  readonly clientId: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly type: VenueOrderType;
  /** Base units. */
  readonly size: string;
  /** The limit, of `limit` and `stopLimit`. */
  readonly price?: string;
  /** The trigger, of `stop` and `stopLimit`. */
  readonly stopPrice?: string;
  /** How long it waits for the market. Default: until canceled. */
  readonly timeInForce?: 'IOC' | 'FOK';
  /** Whether the venue refuses it where it would take liquidity. Default false. */
  readonly isPostOnly?: boolean;
  /** Whether it may only reduce a position of contracts. Default false. */
  readonly isReduceOnly?: boolean;
  /** The position of contracts that it belongs to, in hedge mode. Default: the one position of one-way mode. */
  readonly positionSide?: PositionSide;
}

/** The side of a position that hedge mode keeps apart. */
export type PositionSide = 'long' | 'short';

/** How an account is to carry one contract. */
export interface ContractSettings {
  /** The unified symbol. */
  readonly symbol: string;
  /** Leverage of its positions. */
  readonly leverage: number;
  /** Whether a position has margin of its own, or shares the wallet. */
  readonly margin: 'isolated' | 'cross';
}

/** What a venue booked without an order of the account: a funding payment, or the liquidation of a position. */
export interface VenuePayment {
  /** What it was. */
  readonly kind: 'funding' | 'liquidation';
  /** The venue's id of it, never used twice for a symbol and kind. */
  readonly id: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** When the venue booked it, milliseconds UTC. */
  readonly time: number;
  /** The currency of the amount. */
  readonly currency: string;
  /** Of funding, what was received, negative when paid; of a liquidation, its fee, positive. */
  readonly amount: number;
  /** Of a liquidation: units closed. */
  readonly size?: number;
  /** Of a liquidation: mean price. */
  readonly price?: number;
  /** Of a liquidation: the side of the venue's order. */
  readonly side?: Side;
  /** In hedge mode, of funding: the side of the position that it is for, where that is known. */
  readonly positionSide?: PositionSide;
}

/** A working order's replacement: what the order is to be afterwards, under a new client id. */
export interface AmendRequest extends OrderRequest {
  /** The client id of the working order. */
  readonly replaces: string;
  /** The size in all: `size`, and what the working order has filled. Exchanges that change an order in place are sent this one. */
  readonly total: string;
}

/** Two orders of which at most one executes: as soon as one trades or triggers, the exchange ends the other (an OCO list). */
export interface OrderPair {
  /** The client id of the list, never used twice on the account. */
  readonly clientId: string;
  /** The two, on one side, of one symbol and size: a limit order, and a stop with or without a limit. */
  readonly orders: readonly [OrderRequest, OrderRequest];
}

/**
 * The outcome of a pair that was sent. Both orders are taken, or none is.
 *
 * `refused` with the code `not-supported`: the exchange has no such lists, or none for these orders. `unknown`: both orders are looked up by
 * their client ids.
 */
export type PairOutcome =
  | {
      /** Whether the exchange took the pair, refused it, or never said. */
      readonly kind: 'accepted';
      /** The orders as the exchange took them, in the order given. */
      readonly orders: readonly [VenueOrder, VenueOrder];
    }
  | {
      /** Whether the exchange took the pair, refused it, or never said. */
      readonly kind: 'refused';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
      /** The exchange's code of the refusal. */
      readonly code?: string;
    }
  | {
      /** Whether the exchange took the pair, refused it, or never said. */
      readonly kind: 'unknown';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
    };

/** An order as the venue has it. */
export interface VenueOrder {
  /** The venue's name of it. */
  readonly id: string;
  /** Undefined for an order that was made without one, such as by hand. */
  readonly clientId: string | undefined;
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The venue's word for the type. */
  readonly type: string;
  /** Its status at the exchange. */
  readonly status: VenueOrderStatus;
  /** Undefined for an order without a limit. */
  readonly price?: number;
  /** Units ordered. */
  readonly size: number;
  /** Units executed so far. */
  readonly filled: number;
  /** Undefined before the first execution, and where the venue does not say. */
  readonly averagePrice?: number;
  /** When it was made, milliseconds UTC. */
  readonly time?: number;
  /** The venue's reason for a refusal or an end. */
  readonly reason?: string;
}

/**
 * The outcome of an order that was sent.
 *
 * - `accepted`: the venue has it, perhaps executed already.
 * - `refused`: the venue's own word that it has no such order.
 * - `unknown`: a time-out, a lost connection, a page instead of an answer. The venue may have the order: it is looked up
 *   by its client id, and never sent again.
 */
export type SendOutcome =
  | {
      /** Whether the exchange took the order, refused it, or never said. */
      readonly kind: 'accepted';
      /** The order as the exchange took it. */
      readonly order: VenueOrder;
    }
  | {
      /** Whether the exchange took the order, refused it, or never said. */
      readonly kind: 'refused';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
      /** The exchange's code of the refusal. */
      readonly code?: string;
    }
  | {
      /** Whether the exchange took the order, refused it, or never said. */
      readonly kind: 'unknown';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
    };

/**
 * The outcome of a cancel. `gone`: the venue says that no such order is open, so it was filled, had ended, or never was;
 * a look-up shows which of these.
 */
export type CancelOutcome =
  | {
      /** Whether the order was canceled, had ended before, or the outcome is unknown. */
      readonly kind: 'canceled';
    }
  | {
      /** Whether the order was canceled, had ended before, or the outcome is unknown. */
      readonly kind: 'gone';
    }
  | {
      /** Whether the order was canceled, had ended before, or the outcome is unknown. */
      readonly kind: 'unknown';
      /** Why the outcome is unknown. */
      readonly reason: string;
    };

/**
 * The outcome of an amendment.
 *
 * - `accepted`: the new order works, and the old one has ended; or the exchange changed the old one in place, when the order's
 *   client id is still `replaces`.
 * - `refused`: the exchange changed nothing: the old order works on.
 * - `canceled`: the old order has ended, and the exchange refused the new one.
 * - `gone`: the old order was no longer open, and no new one was placed. A look-up shows how it ended.
 * - `unknown`: no usable answer. Look up `clientId` first: if the exchange has it, it was accepted; otherwise look up `replaces`.
 */
export type AmendOutcome =
  | {
      /** Whether the exchange changed the order, refused, canceled it, had ended it before, or never said. */
      readonly kind: 'accepted';
      /** The order as it stands after the change. */
      readonly order: VenueOrder;
    }
  | {
      /** Whether the exchange changed the order, refused, canceled it, had ended it before, or never said. */
      readonly kind: 'refused';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
      /** The exchange's code of the refusal. */
      readonly code?: string;
    }
  | {
      /** Whether the exchange changed the order, refused, canceled it, had ended it before, or never said. */
      readonly kind: 'canceled';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
      /** The exchange's code of the refusal. */
      readonly code?: string;
    }
  | {
      /** Whether the exchange changed the order, refused, canceled it, had ended it before, or never said. */
      readonly kind: 'gone';
    }
  | {
      /** Whether the exchange changed the order, refused, canceled it, had ended it before, or never said. */
      readonly kind: 'unknown';
      /** Why it was refused, or why the outcome is unknown. */
      readonly reason: string;
    };

/** A stop order that an earlier run of a session sent. */
export interface EarlierStop {
  /** The unified symbol. */
  readonly symbol: string;
  /** The id that the session gave it. */
  readonly clientId: string;
  /** The exchange's number of it; undefined where no answer came. */
  readonly venueId: string | undefined;
}

/**
 * The orders, fills and balances of one account at one venue.
 *
 * A gateway translates and nothing more: it keeps no orders, repeats no order request, and books nothing. `send` and
 * `cancel` never throw for what a network or a venue does; the reading methods throw a ConnectorError when they cannot say.
 */
export interface OrderGateway {
  /** The exchange's id. */
  readonly exchange: string;
  /**
   * Identifies the account without showing its key: the same text for the same server and key. Sessions of one account find each other by
   * it; undefined for a gateway whose account no other session can reach.
   */
  readonly accountId?: string | undefined;
  /**
   * Opens the user stream, and resolves once the account answers. Afterwards the stream reconnects by itself and says so: a
   * StreamStatus other than `live` means that events may have been lost, and `live` after it that what happened meanwhile has
   * to be fetched.
   */
  open(emit: (event: AccountEvent | StreamStatus) => void): Promise<void>;
  /**
   * Tells of stop orders that earlier runs of the session sent, before anything is asked about them. Needed where an exchange knows an order
   * that waits for its trigger by another number than the order that it becomes. Absent where no exchange does.
   */
  recall?(orders: readonly EarlierStop[]): void;
  /** Sends an order, once. */
  send(request: OrderRequest): Promise<SendOutcome>;
  /** Sends two orders of which at most one executes, once, as one request. Absent where the exchange has no such lists. */
  sendPair?(pair: OrderPair): Promise<PairOutcome>;
  /** Withdraws an order, and with it the other order of its pair. Repeating it does no harm. */
  cancel(symbol: string, clientId: string): Promise<CancelOutcome>;
  /**
   * Replaces a working order by one with other prices or another size, once. Absent where the exchange cannot; then an order is
   * canceled and placed again.
   *
   * What the old order has filled already stays with it: `size` is that of the new order alone.
   */
  amend?(request: AmendRequest): Promise<AmendOutcome>;
  /** The order with this client id, in whatever state; undefined when the venue says that it has none. */
  findOrder(symbol: string, clientId: string): Promise<VenueOrder | undefined>;
  /** All working orders in these symbols, other people's on the same account included. */
  openOrders(symbols: readonly string[]): Promise<readonly VenueOrder[]>;
  /** The account's own executions in a symbol at or after `since` (milliseconds UTC), oldest first, without a gap. */
  fills(symbol: string, since: number): Promise<readonly FillEvent[]>;
  /** Every currency the account holds. One that is not listed is at 0. */
  balances(): Promise<readonly BalanceEvent[]>;
  /**
   * The dead-man switch: the venue cancels every order of the account unless this is called again within `ms`; 0 switches it off.
   *
   * @returns False where the venue has no such switch. Absent: none either.
   */
  cancelAllAfter?(symbols: readonly string[], ms: number): Promise<boolean>;
  /** Sets leverage, margin mode and position mode of contracts, before the first order. Absent where there are no contracts. */
  prepare?(settings: readonly ContractSettings[], isHedged: boolean): Promise<void>;
  /** Funding payments and liquidations of a contract at or after `since`, oldest first. Absent where there are no contracts. */
  payments?(symbol: string, since: number): Promise<readonly VenuePayment[]>;
  /**
   * When a contract pays funding next, milliseconds UTC; undefined where the venue does not say. The session requests payments then and at
   * whole hours. Absent: only at whole hours.
   */
  nextFunding?(symbol: string): Promise<number | undefined>;
  /** Closes the user stream. Working orders stay. */
  close(): Promise<void>;
}

/** The variable of the environment that must be `1` beside `allowRealOrders: true` in code. */
export const realOrdersVariable = 'NEXTBAR_ALLOW_REAL_ORDERS';

/** @throws {ConfigError} `live-refused`, if code or environment do not both allow real orders. */
export function checkRealOrdersAllowed(
  allowRealOrders: boolean | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  if (allowRealOrders !== true) {
    throw new ConfigError(
      `mode 'live' would send orders for real money, which is refused unless allowRealOrders is true: use 'sandbox' or 'paper'`,
      { code: 'live-refused', context: { field: 'mode' } },
    );
  }
  const said = environment[realOrdersVariable];
  if (said === '1') return;
  const was = said === undefined || said === '' ? 'not set' : `'${said}'`;
  throw new ConfigError(
    `mode 'live' would send orders for real money, which is refused unless ${realOrdersVariable} is 1 in the environment, was ${was}`,
    { code: 'live-refused', context: { field: realOrdersVariable } },
  );
}
