/** An account of the exchange: free and locked balances, its key, and its open orders. */
import type { ContractAccount } from './contract-account.ts';
import type { Amendment, ExchangeOrder, OrderList } from './order.ts';

/** An account's balance of one asset, in whole units. */
export interface Holding {
  /** Amount that can be used, in units of 1e-8 of the asset. */
  free: bigint;
  /** Amount held by open orders, in units of 1e-8. */
  locked: bigint;
}

/** One execution of one of the account's orders. */
export interface AccountFill {
  /** The id of the public trade. */
  readonly tradeId: number;
  /** The order filled. */
  readonly order: ExchangeOrder;
  /** The unified symbol. */
  readonly symbol: string;
  /** When it was filled, milliseconds UTC. */
  readonly time: number;
  /** Price in ticks. */
  readonly price: number;
  /** Size in lots. */
  readonly size: number;
  /** Price times size, in units of 1e-8 of the quote currency. */
  readonly value: bigint;
  /** The fee, in units of 1e-8 of `feeAsset`. */
  readonly fee: bigint;
  /** The currency of the fee. */
  readonly feeAsset: string;
  /** Whether the order rested in the book. */
  readonly isMaker: boolean;
  /** On contracts: the realised profit, in units of 1e-8; 0 for a fill that opens a position. */
  readonly profit?: bigint;
}

/** One account: balances, keys and fills. */
export class Account {
  /** The account's name. */
  readonly name: string;
  /** The key its requests are signed with. */
  readonly apiKey: string;
  /** The secret its requests are signed with. */
  readonly secret: string;
  /** In the order they were placed. */
  readonly orders: ExchangeOrder[] = [];
  /** Its lists of orders, by id. */
  readonly lists: OrderList[] = [];
  /** Changes of its orders, in order. */
  readonly amendments: Amendment[] = [];
  /** Its fills, in order. */
  readonly fills: AccountFill[] = [];
  /** When a balance last changed, milliseconds UTC. */
  updated = 0;
  /** Positions and settings, where the exchange trades contracts. */
  contracts: ContractAccount | undefined;
  readonly #holdings = new Map<string, Holding>();
  readonly #byClientId = new Map<string, ExchangeOrder>();
  readonly #open = new Map<number, ExchangeOrder>();

  constructor(name: string, apiKey: string, secret: string) {
    this.name = name;
    this.apiKey = apiKey;
    this.secret = secret;
  }

  /** The assets that it holds or ever held. */
  get assets(): Iterable<string> {
    return this.#holdings.keys();
  }

  /** Open orders, in the order they were placed. */
  get open(): Iterable<ExchangeOrder> {
    return this.#open.values();
  }

  /** Its balance of a currency. */
  holding(asset: string): Holding {
    let holding = this.#holdings.get(asset);
    if (holding === undefined) {
      holding = { free: 0n, locked: 0n };
      this.#holdings.set(asset, holding);
    }
    return holding;
  }

  /** The newest order with this client id: an id can be used again once its order has ended. */
  byClientId(symbol: string, clientId: string): ExchangeOrder | undefined {
    return this.#byClientId.get(`${symbol} ${clientId}`);
  }

  /** Remembers a new order. */
  add(order: ExchangeOrder): void {
    this.orders.push(order);
    this.#byClientId.set(`${order.symbol} ${order.clientId}`, order);
    this.#open.set(order.id, order);
  }

  /** Gives an order another client id. */
  rename(order: ExchangeOrder, clientId: string): void {
    const key = `${order.symbol} ${order.clientId}`;
    if (this.#byClientId.get(key) === order) this.#byClientId.delete(key);
    order.clientId = clientId;
    this.#byClientId.set(`${order.symbol} ${clientId}`, order);
  }

  /** Records that an order has ended. */
  close(order: ExchangeOrder): void {
    this.#open.delete(order.id);
  }
}

/** The fills that an order had when it was reported, in order; later ones are left out. */
export function fillsBy(account: Account, { id, filled }: Readonly<ExchangeOrder>): AccountFill[] {
  const found: AccountFill[] = [];
  if (filled === 0) return found;
  let units = 0;
  for (const fill of account.fills) {
    if (fill.order.id !== id || units >= filled) continue;
    found.push(fill);
    units += fill.size;
  }
  return found;
}
