/** The exchange: accounts that trade with each other and with the crowd, order by order, in price-time priority. */
import { checkNames, ConfigError, type Side, type Timeframe } from '../../core/index.ts';
import type {
  Market,
  MarketBar,
  MarketBook,
  MarketInstrument,
  MarketListener,
  MarketTop,
  MarketTrade,
} from '../market-data.ts';
import { Account, type AccountFill } from './account.ts';
import { checkOrder } from './checks.ts';
import { Ledger, type FeeOptions } from './ledger.ts';
import { isOver, isStop, Refusal, type ExchangeOrder, type ExchangeRequest } from './order.ts';
import { Matching, type OrderReport } from './matching.ts';
import { SymbolMarket } from './symbol-market.ts';
import { balanceFrom } from './units.ts';

/** Someone who may trade here. */
export interface AccountOptions {
  /** The account's name. Default: its key. */
  readonly name?: string;
  /** The key its requests are signed with. */
  readonly apiKey: string;
  /** The secret its requests are signed with. */
  readonly secret: string;
  /** What it begins with, by asset: exact text or a number. */
  readonly balances?: Readonly<Record<string, string | number>>;
}

/** How an exchange is set up: instruments, accounts, fees. */
export interface ExchangeOptions extends FeeOptions {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** The exchange's time, milliseconds UTC. */
  readonly clock: () => number;
  /** Accounts that exist from the start. */
  readonly accounts?: readonly AccountOptions[];
  /** The least that an order may be worth, in quote. Default 5. */
  readonly minNotional?: number;
  /** Prints kept for those who ask later. Default 100,000 a symbol. */
  readonly tradeLimit?: number;
  /** Length of the bars that are kept for good. Default a minute. */
  readonly barMs?: number;
  /** The first numbers of updates and prints. Default 1. */
  readonly first?: (symbol: string) => {
    /** Number of the first change of a book. */
    readonly updateId: number;
    /** Id of the first trade. */
    readonly tradeId: number;
  };
  /** Called before an order or a cancel is taken up: what the crowd did before it happens first. */
  readonly beforeOrder?: (symbol: string) => void;
}

/** Hears what happens to the accounts, in order, after the market has heard of it. */
export interface AccountListener {
  /** Called when an order of any account changes. */
  report?(report: OrderReport): void;
  /** Assets whose balance changed through orders. */
  balances?(account: Account, assets: readonly string[], time: number): void;
  /** A balance changed otherwise, such as by a deposit. */
  deposit?(account: Account, asset: string, amount: bigint, time: number): void;
}

/** An exchange with price-time priority: books, accounts and matching. */
export class Exchange implements Market {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** @internal */
  readonly ledger: Ledger;
  /** In quote. */
  readonly minNotional: number;
  readonly #markets = new Map<string, SymbolMarket>();
  readonly #accounts = new Map<string, Account>();
  readonly #byKey = new Map<string, Account>();
  readonly #matching: Matching;
  readonly #listeners: MarketListener[] = [];
  readonly #accountListeners: AccountListener[] = [];
  readonly #options: ExchangeOptions;
  #nextOrder = 1;
  #now = -Infinity;

  constructor(options: ExchangeOptions) {
    checkNames('option of Exchange', options, [
      'instruments', 'clock', 'accounts', 'minNotional', 'tradeLimit', 'barMs', 'first', 'beforeOrder', 'makerFee', 'takerFee', 'feeIn',
    ]); // prettier-ignore
    this.#options = options;
    this.instruments = options.instruments;
    this.ledger = new Ledger(options);
    this.#matching = new Matching(this.ledger, (name) => this.account(name), () => this.now()); // prettier-ignore
    this.minNotional = options.minNotional ?? 5;
    for (const instrument of options.instruments) {
      const first = options.first?.(instrument.symbol) ?? { updateId: 1, tradeId: 1 };
      const log = {
        firstId: first.tradeId,
        tradeLimit: options.tradeLimit ?? 100_000,
        barMs: options.barMs ?? 60_000,
      };
      this.#markets.set(instrument.symbol, new SymbolMarket(instrument, first.updateId, log));
    }
    for (const account of options.accounts ?? []) this.addAccount(account);
  }

  /** The exchange's time: whole milliseconds that never go back. */
  now(): number {
    this.#now = Math.max(this.#now, Math.floor(this.#options.clock()));
    return this.#now;
  }

  /** The symbol's market, for a crowd that trades in it. */
  market(symbol: string): SymbolMarket {
    const market = this.#markets.get(symbol);
    if (market === undefined) {
      throw new ConfigError(`symbol must be one of ${[...this.#markets.keys()].join(', ')}, was ${symbol}`);
    }
    return market;
  }

  /** Opens an account. */
  addAccount(options: AccountOptions): Account {
    checkNames('field of an account', options, ['name', 'apiKey', 'secret', 'balances']);
    const name = options.name ?? `account ${this.#accounts.size + 1}`;
    if (this.#accounts.has(name) || this.#byKey.has(options.apiKey)) {
      throw new ConfigError(`each account must have its own name and key, '${name}' is not the first of its kind`);
    }
    const account = new Account(name, options.apiKey, options.secret);
    this.#accounts.set(name, account);
    this.#byKey.set(options.apiKey, account);
    for (const [asset, amount] of Object.entries(options.balances ?? {})) {
      account.holding(asset).free = balanceFrom(amount, `balance of ${asset}`);
    }
    return account;
  }

  /** Every account. */
  get accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** The account of a name. */
  account(name: string): Account {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new ConfigError(`there is no account '${name}'`);
    return account;
  }

  /** The account whose key this is. */
  accountOf(apiKey: string): Account | undefined {
    return this.#byKey.get(apiKey);
  }

  /** Everything there is of an asset: accounts, crowd and house. Only deposits change it. */
  total(asset: string): bigint {
    let sum = 0n;
    for (const account of [...this.#accounts.values(), this.ledger.crowd, this.ledger.house]) {
      const { free, locked } = account.holding(asset);
      sum += free + locked;
    }
    return sum;
  }

  /** Adds units of a currency to an account. */
  deposit(name: string, asset: string, amount: string | number): void {
    const account = this.account(name);
    const units = balanceFrom(amount, 'amount');
    account.holding(asset).free += units;
    account.updated = this.now();
    for (const listener of this.#accountListeners) listener.deposit?.(account, asset, units, account.updated);
  }

  /** Calls the listener for trades and changes of books. */
  listen(listener: MarketListener): void {
    this.#listeners.push(listener);
  }

  /** Calls the listener for changes of orders and balances. */
  listenToAccounts(listener: AccountListener): void {
    this.#accountListeners.push(listener);
  }

  /**
   * Takes an order up, and gives it back as it stands then, with its executions so far.
   *
   * @throws {Refusal} With Binance's code, when it cannot be taken; then nothing has changed.
   */
  place(
    account: Account,
    request: ExchangeRequest,
  ): {
    /** The order as it stands after matching. */
    order: ExchangeOrder;
    /** What it was filled with at once. */
    fills: readonly AccountFill[];
  } {
    const market = this.#markets.get(request.symbol);
    if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
    this.#options.beforeOrder?.(request.symbol);
    const locks = checkOrder(this.ledger, market, account, request, this.minNotional);
    const time = this.now();
    const id = this.#nextOrder++;
    /** The order as it stands after matching. */
    const order: ExchangeOrder = {
      id, clientId: request.clientId ?? `nb-${id}`, account: account.name, symbol: request.symbol, side: request.side, type: request.type,
      timeInForce: request.timeInForce ?? 'GTC', price: request.price, stopPrice: request.stopPrice, size: request.size,
      quoteValue: request.quoteValue, time, updated: time, workingTime: isStop(request.type) ? undefined : time, status: 'NEW', filled: 0,
      value: 0n, locked: 0n, resting: undefined,
    }; // prettier-ignore
    const firstFill = account.fills.length;
    this.act(request.symbol, () => {
      this.#matching.enter(market, account, order, locks);
    });
    return { order, fills: account.fills.slice(firstFill).filter((fill) => fill.order === order) };
  }

  /**
   * Withdraws an open order, by its number or the account's own name of it.
   *
   * @throws {Refusal} -2011 when no such order is open.
   */
  cancel(account: Account, symbol: string, of: { id?: number; clientId?: string }, cancelId?: string): ExchangeOrder {
    this.#options.beforeOrder?.(symbol);
    const order = this.find(account, symbol, of);
    if (order === undefined || isOver(order.status)) throw new Refusal(-2011, 'Unknown order sent.');
    this.act(symbol, () => {
      this.#matching.end(this.market(symbol), order, 'CANCELED', cancelId);
    });
    return order;
  }

  /** An order of the account, open or not; undefined when there is none. */
  find(account: Account, symbol: string, of: { id?: number; clientId?: string }): ExchangeOrder | undefined {
    const order = of.id === undefined ? account.byClientId(symbol, of.clientId ?? '') : this.#matching.order(of.id);
    const isMeant = order?.account === account.name && order.symbol === symbol;
    return isMeant && (of.clientId === undefined || order.clientId === of.clientId) ? order : undefined;
  }

  /** Lets something happen in a symbol, then pulls the triggers it reached, then tells everyone. */
  act(symbol: string, happen: () => void): void {
    const market = this.market(symbol);
    const before = market.log.last?.id ?? 0;
    happen();
    this.#matching.pullTriggers(market, before);
    const { prints, changes } = market.news();
    for (const trade of prints) for (const listener of this.#listeners) listener.trade?.(symbol, trade);
    if (changes.length > 0) {
      market.updateId++;
      for (const listener of this.#listeners) listener.change?.(symbol, market.updateId, changes);
    }
    this.#tell();
  }

  /** The crowd trades at a price or better, at most so many lots; `at` is one price for all. Within `act` only. */
  crowdTakes(symbol: string, side: Side, lots: number, limit?: number, at?: number): number {
    return this.#matching.crowdTakes(this.market(symbol), side, lots, limit, at);
  }

  #tell(): void {
    const { reports, changed } = this.#matching.news();
    for (const report of reports) for (const listener of this.#accountListeners) listener.report?.(report);
    for (const [account, assets] of changed) {
      for (const listener of this.#accountListeners) listener.balances?.(account, assets, account.updated);
    }
  }

  /** The book of a symbol, `depth` levels of each side. */
  book(symbol: string, depth = Infinity): MarketBook {
    return this.market(symbol).whole(depth);
  }

  /** Best bid and ask of a symbol. */
  top(symbol: string): MarketTop {
    return this.market(symbol).top();
  }

  updateId(symbol: string): number {
    return this.market(symbol).updateId;
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    return this.market(symbol).log.trades(limit, fromId);
  }

  tradesBetween(symbol: string, start: number, end: number, limit: number, newest?: boolean): readonly MarketTrade[] {
    return this.market(symbol).log.tradesBetween(start, end, limit, newest);
  }

  priceBefore(symbol: string, time: number): number | undefined {
    return this.market(symbol).log.priceBefore(time);
  }

  barMs(symbol: string): number {
    return this.market(symbol).log.barMs;
  }

  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    return this.market(symbol).log.bars(frame, start, end);
  }

  firstTime(symbol: string): number | undefined {
    return this.market(symbol).log.firstTime;
  }
}
