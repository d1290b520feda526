/** The exchange: accounts that trade with each other and with the crowd in price-time priority. */
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
import type { Account, AccountFill } from './account.ts';
import { Accounts, type AccountOptions } from './accounts.ts';
import { checkClientId, checkFilters, checkOrder, checkPair, checkStop, lastOf } from './checks.ts';
import { ContractLedger, type ContractChange } from './contract-ledger.ts';
import type { ContractOptions } from './contract-options.ts';
import { Ledger, type FeeOptions, type OrderLedger } from './ledger.ts';
import { changedRequest, isOver, isUntriggered, newOrder, Refusal, type Amendment, type ExchangeOrder, type ExchangeRequest, type OrderList } from './order.ts'; // prettier-ignore
import { Matching, type ListReport, type OrderReport, type StopChange } from './matching.ts';
import { SymbolMarket } from './symbol-market.ts';
import { balanceFrom } from './units.ts';

/** How an exchange is set up: instruments, accounts, fees. */
export interface ExchangeOptions extends FeeOptions {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** The exchange's time, milliseconds UTC. */
  readonly clock: () => number;
  /** Accounts that exist from the start. Default: none. */
  readonly accounts?: readonly AccountOptions[];
  /** The least value of an order, in quote. Default 5. */
  readonly minNotional?: number;
  /** How many trades are kept per symbol. Default 100,000. */
  readonly tradeLimit?: number;
  /** Length of the bars that are never dropped, in milliseconds. Default a minute. */
  readonly barMs?: number;
  /** The first numbers of book updates and trades. Default 1. */
  readonly first?: (symbol: string) => {
    /** Number of the first change of a book. */
    readonly updateId: number;
    /** Id of the first trade. */
    readonly tradeId: number;
  };
  /** Called before an order or a cancel is processed, so that what the crowd did before it comes first. Default: nothing is called. */
  readonly beforeOrder?: (symbol: string) => void;
  /** Trades contracts margined in their quote instead of spot: how they are funded, marked and liquidated. Default: spot. */
  readonly contracts?: ContractOptions;
}

/** Receives what happens to accounts, in order, after market listeners. */
export interface AccountListener {
  /** Called when an order of any account changes. */
  report?(report: OrderReport): void;
  /** Called when a list of orders changes. */
  list?(report: ListReport): void;
  /** Assets whose balance changed through orders. */
  balances?(account: Account, assets: readonly string[], time: number): void;
  /** Wallet and positions of contracts changed. */
  contract?(change: ContractChange): void;
  /** A balance changed in another way, such as by a deposit. */
  deposit?(account: Account, asset: string, amount: bigint, time: number): void;
}

/** Names an order or a list by its number or by its client id. */
export interface OrderKey {
  /** The exchange's id of the order. */
  readonly id?: number;
  /** The id that the sender gave it. */
  readonly clientId?: string;
}

/** Two or three orders that depend on each other: the legs of an OCO, or the working order of an OTO and its pending ones. */
export interface ExchangeListRequest {
  /** Whether one order cancels the other, sets it working, or both. */
  readonly contingency: 'OCO' | 'OTO';
  /** The orders of the list, the leading one first. */
  readonly orders: readonly [ExchangeRequest, ExchangeRequest, ExchangeRequest?];
  /** The id that the sender gave the list. */
  readonly clientId?: string;
}

/** How often one order can be amended. */
export const maxAmendments = 10;

/** An exchange with price-time priority: books, accounts and matching. */
export class Exchange implements Market {
  /** Symbols whose trading is halted: new orders in them are refused, as exchangeInfo says. */
  readonly halted = new Set<string>();
  /** Revoked API keys, refused as unknown ones are. The accounts, orders and balances behind them stay as they are. */
  readonly revokedKeys = new Set<string>();
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** @internal */
  readonly ledger: OrderLedger;
  /** Positions, margin and funding, where it trades contracts. @internal */
  readonly contracts: ContractLedger | undefined;
  /** In quote. */
  readonly minNotional: number;
  readonly #markets = new Map<string, SymbolMarket>();
  readonly #accounts = new Accounts();
  readonly #matching: Matching;
  readonly #listeners: MarketListener[] = [];
  readonly #accountListeners: AccountListener[] = [];
  readonly #options: ExchangeOptions;
  #nextOrder = 1;
  #nextList = 0;
  #now = -Infinity;

  constructor(options: ExchangeOptions) {
    checkNames('option of Exchange', options, [
      'instruments', 'clock', 'accounts', 'minNotional', 'tradeLimit', 'barMs', 'first', 'beforeOrder', 'contracts', 'makerFee', 'takerFee', 'feeIn',
    ]); // prettier-ignore
    this.#options = options;
    this.instruments = options.instruments;
    const { contracts } = options;
    this.contracts =
      contracts === undefined ? undefined : new ContractLedger(contracts, options, this.#markets, () => this.now());
    this.ledger = this.contracts ?? new Ledger(options);
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

  /**
   * The symbol's market, for a crowd that trades in it.
   *
   * @internal
   */
  market(symbol: string): SymbolMarket {
    const market = this.#markets.get(symbol);
    if (market === undefined) {
      throw new ConfigError(`symbol must be one of ${[...this.#markets.keys()].join(', ')}, was ${symbol}`);
    }
    return market;
  }

  /** Opens an account. */
  addAccount(options: AccountOptions): Account {
    return this.#accounts.add(options);
  }

  /** Every account. */
  get accounts(): Iterable<Account> {
    return this.#accounts.all;
  }

  /** The account of a name. */
  account(name: string): Account {
    return this.#accounts.named(name);
  }

  /** The account whose key this is; undefined for a key that is unknown or revoked. */
  accountOf(apiKey: string): Account | undefined {
    return this.revokedKeys.has(apiKey) ? undefined : this.#accounts.ofKey(apiKey);
  }

  /** The total of an asset over accounts, crowd and house. Only deposits change it. */
  total(asset: string): bigint {
    let sum = 0n;
    const own = this.contracts?.own ?? [this.ledger.crowd, this.ledger.house];
    for (const account of [...this.accounts, ...own]) {
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
    this.contracts?.deposited(account, asset, units);
    for (const listener of this.#accountListeners) listener.deposit?.(account, asset, units, account.updated);
    this.#notify();
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
   * Places an order. Returns it with its executions so far.
   *
   * @throws {Refusal} With Binance's code, when it is not accepted; then nothing has changed.
   */
  place(
    account: Account,
    request: ExchangeRequest,
  ): {
    /** The order as it stands after matching. */
    order: ExchangeOrder;
    /** Its immediate fills. */
    fills: readonly AccountFill[];
  } {
    const market = this.#trading(request.symbol);
    this.#before(request.symbol);
    const locks = checkOrder(this.ledger, market, account, request, this.minNotional);
    const order = this.#orderOf(account, request);
    const firstFill = account.fills.length;
    this.act(request.symbol, () => {
      this.#matching.enter(market, account, order, locks);
    });
    return { order, fills: account.fills.slice(firstFill).filter((fill) => fill.order === order) };
  }

  /**
   * Places an order list: two legs, at most one of which executes (OCO), or a working order with one or two pending ones that
   * are placed when it is filled (OTO).
   *
   * @throws {Refusal} With Binance's code, when it is not accepted; then nothing has changed.
   */
  placeList(
    account: Account,
    request: ExchangeListRequest,
  ): {
    /** The list as it stands after matching. */
    list: OrderList;
    /** The immediate fills of its orders. */
    fills: readonly AccountFill[];
  } {
    const { contingency, orders: requests, clientId } = request;
    const [first, second, third] = requests;
    const market = this.#trading(first.symbol);
    this.#before(first.symbol);
    if (clientId !== undefined && account.lists.some((list) => !list.isDone && list.clientId === clientId)) {
      throw new Refusal(-2010, 'Duplicate order sent.');
    }
    const ids = requests.flatMap((one) => one?.clientId ?? []);
    if (new Set(ids).size < ids.length) throw new Refusal(-2010, 'Duplicate order sent.');
    const { ledger, minNotional } = this;
    const locks =
      contingency === 'OCO'
        ? checkPair(ledger, market, account, [first, second], minNotional)
        : checkOrder(ledger, market, account, first, minNotional);
    if (contingency === 'OTO') {
      for (const pending of third === undefined ? [second] : [second, third]) {
        checkFilters(market, pending, minNotional);
        checkClientId(account, pending);
      }
    }
    const id = this.#nextList++;
    const time = this.now();
    const orders: ExchangeOrder[] = [];
    const list: OrderList = {
      id, clientId: clientId ?? `nbl-${id}`, account: account.name, symbol: first.symbol, contingency, orders, time, updated: time, isDone: false,
    }; // prettier-ignore
    requests.forEach((one, i) => {
      if (one === undefined) return;
      const order = this.#orderOf(account, one, list);
      if (contingency === 'OTO' && i > 0) {
        order.status = 'PENDING_NEW';
        order.workingTime = undefined;
      }
      orders.push(order);
    });
    const firstFill = account.fills.length;
    this.act(first.symbol, () => {
      this.#matching.enterList(market, account, list, locks);
    });
    return { list, fills: account.fills.slice(firstFill).filter(({ order }) => order.list === list) };
  }

  /**
   * Checks a request against the symbol's filters alone, whatever the account and the book are.
   *
   * @throws {Refusal} The first filter that it fails.
   */
  checkFilters(request: ExchangeRequest): void {
    checkFilters(this.#listed(request.symbol), request, this.minNotional);
  }

  /**
   * Cancels an open order, by its number or its client id. The other leg of an OCO is canceled with it, and so are orders that
   * wait for it to fill.
   *
   * @throws {Refusal} -2011 when no such order is open.
   */
  cancel(account: Account, symbol: string, of: OrderKey, cancelId?: string): ExchangeOrder {
    this.#before(symbol);
    const order = this.find(account, symbol, of);
    if (order === undefined || isOver(order.status)) throw new Refusal(-2011, 'Unknown order sent.');
    this.act(symbol, () => {
      this.#matching.end(this.market(symbol), order, 'CANCELED', cancelId);
    });
    return order;
  }

  /**
   * Cancels the open orders of a list, by its number or its client id.
   *
   * @throws {Refusal} -2011 when no such list is open.
   */
  cancelList(account: Account, symbol: string, of: OrderKey, cancelId?: string): OrderList {
    this.#before(symbol);
    const list = this.findList(account, of);
    const open = list?.orders.filter(({ status }) => !isOver(status)) ?? [];
    if (list?.symbol !== symbol || open.length === 0) throw new Refusal(-2011, 'Unknown order list sent.');
    this.act(symbol, () => {
      for (const order of open) {
        if (!isOver(order.status)) this.#matching.end(this.market(symbol), order, 'CANCELED', cancelId);
      }
    });
    return list;
  }

  /**
   * Reduces the size of an open order, which keeps its place in the queue.
   *
   * @param size - The new size in lots, including what is already filled.
   * @param clientId - The order's client id from now on.
   * @throws {Refusal} -2038 when it cannot be reduced to that; then nothing has changed.
   */
  amend(account: Account, symbol: string, of: OrderKey, size: number, clientId?: string): Amendment {
    const market = this.#listed(symbol);
    this.#before(symbol);
    const order = this.find(account, symbol, of);
    if (order === undefined || isOver(order.status)) throw new Refusal(-2038, 'Unknown order sent.');
    if (size === order.size) throw new Refusal(-2038, 'The requested action would change no state; rejecting');
    if (size > order.size) throw new Refusal(-2038, 'Order amend (quantity increase) is not supported.');
    if (size <= order.filled) throw new Refusal(-2038, 'The new quantity must be above the executed quantity.');
    checkFilters(market, changedRequest(order, { ...order, size }), this.minNotional);
    const before = account.amendments.filter((one) => one.order === order).length;
    if (before >= maxAmendments) throw new Refusal(-2038, 'Filter failure: MAX_NUM_ORDER_AMENDS');
    const newId = clientId ?? `nba-${order.id}-${before + 1}`;
    const same = account.byClientId(symbol, newId);
    if (same !== undefined && same !== order && !isOver(same.status)) throw new Refusal(-2038, 'Duplicate order sent.');
    let amendment: Amendment | undefined;
    this.act(symbol, () => {
      amendment = this.#matching.amend(market, order, size, newId);
    });
    return amendment!;
  }

  /** A list of the account by its number or client id, the newest first; undefined when there is none. */
  findList(account: Account, of: OrderKey): OrderList | undefined {
    return account.lists.findLast((list) => (of.id === undefined ? list.clientId === of.clientId : list.id === of.id));
  }

  #listed(symbol: string): SymbolMarket {
    const market = this.#markets.get(symbol);
    if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
    return market;
  }

  /** The market of a symbol that takes new orders. */
  #trading(symbol: string): SymbolMarket {
    const market = this.#listed(symbol);
    if (this.halted.has(symbol)) throw new Refusal(-2010, 'Market is closed.');
    return market;
  }

  #orderOf(account: Account, request: ExchangeRequest, list?: OrderList): ExchangeOrder {
    return newOrder(this.#nextOrder++, account.name, request, this.now(), list);
  }

  /** An order of the account, open or not; undefined when there is none. */
  find(account: Account, symbol: string, of: OrderKey): ExchangeOrder | undefined {
    const order = of.id === undefined ? account.byClientId(symbol, of.clientId ?? '') : this.#matching.order(of.id);
    const isMeant = order?.account === account.name && order.symbol === symbol;
    return isMeant && (of.clientId === undefined || order.clientId === of.clientId) ? order : undefined;
  }

  /** Brings the crowd and the exchange up to the present before an order is processed. */
  #before(symbol: string): void {
    this.#options.beforeOrder?.(symbol);
    this.payFunding();
  }

  /** Pays the funding that is due by now, and notifies listeners. */
  payFunding(): void {
    if (this.contracts?.payDue(this.accounts, this.now()) !== true) return;
    for (const { symbol } of this.instruments) this.act(symbol, () => undefined);
  }

  /**
   * Changes price and size of an open limit order of a contract, which loses its place in the queue.
   *
   * @throws {Refusal} When it cannot be changed that way; then nothing has changed.
   */
  modify(account: Account, symbol: string, of: OrderKey, size: number, price: number): ExchangeOrder {
    const market = this.#listed(symbol);
    this.#before(symbol);
    const order = this.find(account, symbol, of);
    if (order === undefined || isOver(order.status)) throw new Refusal(-2013, 'Order does not exist.');
    if (order.price === undefined || order.resting === undefined)
      throw new Refusal(-5023, 'Order type cannot be modified.');
    if (size === order.size && price === order.price) throw new Refusal(-5027, 'No need to modify the order.');
    if (size <= order.filled) throw new Refusal(-2038, 'The new quantity must be above the executed quantity.');
    const wanted = changedRequest(order, { size: size - order.filled, price });
    checkFilters(market, wanted, this.minNotional);
    const locks = this.ledger.lockFor(market, account, wanted);
    this.ledger.checkFunds(market, account, wanted, locks > order.locked ? locks - order.locked : 0n);
    this.act(symbol, () => {
      this.#matching.modify(market, account, order, size, price, locks);
    });
    return order;
  }

  /**
   * Changes a stop order that waits for its trigger, in place.
   *
   * @throws {Refusal} When it cannot be changed that way; then nothing has changed.
   */
  modifyStop(account: Account, symbol: string, of: OrderKey, change: StopChange): ExchangeOrder {
    const market = this.#listed(symbol);
    this.#before(symbol);
    const order = this.find(account, symbol, of);
    if (order === undefined || isOver(order.status) || !isUntriggered(order)) {
      throw new Refusal(-2013, 'Order does not exist.');
    }
    const wanted = changedRequest(order, change);
    checkStop(market, wanted, this.minNotional);
    if (order.conditional?.locksAtTrigger !== true) {
      const locks = this.ledger.lockFor(market, account, wanted);
      this.ledger.checkFunds(market, account, wanted, locks > order.locked ? locks - order.locked : 0n);
    }
    this.act(symbol, () => {
      this.#matching.modifyStop(market, account, order, change);
    });
    return order;
  }

  /** The last price of a symbol in ticks, or before its first trade the price at which a side could trade. */
  lastPrice(symbol: string, side: Side): number | undefined {
    return lastOf(this.market(symbol), { side });
  }

  /** Liquidates positions whose margin no longer suffices: the exchange takes them over at the mark price. */
  #liquidate(symbol: string): void {
    const { contracts } = this;
    if (contracts === undefined) return;
    for (let count = 0; count < 100; count++) {
      const next = contracts.margins.due(this.accounts, symbol)[0];
      if (next === undefined) return;
      const { account, position, price } = next;
      const market = this.market(position.symbol);
      for (const order of [...account.open]) {
        if (order.symbol === position.symbol) this.#matching.end(market, order, 'CANCELED');
      }
      const isIsolated = contracts.margins.isIsolated(account, position);
      const { quote } = market.instrument;
      const floor = isIsolated ? contracts.margins.wallet(account, quote) - position.margin : contracts.margins.wallet(account, quote) - contracts.margins.crossWallet(account, quote);
      const side = position.lots > 0 ? 'sell' : 'buy';
      const size = Math.abs(position.lots);
      const order = this.#orderOf(account, {
        symbol: position.symbol, side, type: 'LIMIT', size, price, timeInForce: 'IOC', clientId: `autoclose-${this.now()}`,
        contract: { positionSide: position.side, reduceOnly: true, closesPosition: false, isLiquidation: true },
      });
      market.print(this.now(), price, size, side);
      this.#matching.force(market, account, order, market.log.last!);
      contracts.insure(account, position, floor);
    }
  } // prettier-ignore

  /** Runs an action on a symbol, then everything that it triggers, then notifies all listeners. */
  act(symbol: string, happen: () => void): void {
    const market = this.market(symbol);
    // Funding due by this moment is paid before the action.
    const isPaid = this.contracts?.payDue(this.accounts, this.now() - 1) === true;
    const before = market.log.last?.id ?? 0;
    happen();
    this.#matching.settle(market, before);
    if (this.contracts !== undefined) this.#liquidate(symbol);
    if (isPaid) for (const one of this.instruments) this.#liquidate(one.symbol);
    const { prints, changes } = market.news();
    for (const trade of prints) for (const listener of this.#listeners) listener.trade?.(symbol, trade);
    if (changes.length > 0) {
      market.updateId++;
      for (const listener of this.#listeners) listener.change?.(symbol, market.updateId, changes);
    }
    this.#notify();
  }

  /** Lets the crowd trade at most `lots` at `limit` or better; `at` is one price for all. Within `act` only. */
  crowdTakes(symbol: string, side: Side, lots: number, limit?: number, at?: number): number {
    return this.#matching.crowdTakes(this.market(symbol), side, lots, limit, at);
  }

  #notify(): void {
    const { reports, lists, changed } = this.#matching.news();
    for (const report of reports) for (const listener of this.#accountListeners) listener.report?.(report);
    for (const change of this.contracts?.changes() ?? []) {
      for (const listener of this.#accountListeners) listener.contract?.(change);
    }
    for (const report of lists) for (const listener of this.#accountListeners) listener.list?.(report);
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
