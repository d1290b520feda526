/** One account over spot and contracts, as exchanges with unified accounts show it: one key, one balance of each asset. */
import type { Runtime } from '../../core/index.ts';
import { isOver, isUntriggered, type Account, type AccountListener, type ContractLedger, type Exchange, type ExchangeOrder, type OrderKey } from '../exchange/index.ts'; // prettier-ignore
import type { MarketInstrument } from '../market-data.ts';
import { Countdowns } from './countdowns.ts';

/** An exchange, and the account that a key opens there. */
export interface Place {
  readonly exchange: Exchange;
  readonly account: Account;
}

/** An account's balance of an asset, in units of 1e-8. */
export interface UnifiedHolding {
  /** What was paid in, earned and lost, without open positions. */
  readonly wallet: bigint;
  /** What new orders may use. */
  readonly available: bigint;
  /** Held by open orders. */
  readonly locked: bigint;
  /** Profit of open positions at their marks. */
  readonly unrealised: bigint;
  /** Margin of open positions. */
  readonly margin: bigint;
}

/** Numbers of orders of contracts: those of spot have the lower ones, so that none is used twice. */
const firstContractOrder = 300_000_000_000;

/** The number by which an order is known. */
export function orderNumberOf({ id, contract }: Readonly<Pick<ExchangeOrder, 'id' | 'contract'>>): number {
  return contract === undefined ? id : firstContractOrder + id;
}

/** The exchange's own number of an order. */
export function exchangeNumberOf(number: number): number {
  return number > firstContractOrder ? number - firstContractOrder : number;
}

/** Spot, and contracts where there are some, behind the same keys. */
export class UnifiedExchanges {
  readonly exchanges: readonly Exchange[];
  readonly instruments: readonly MarketInstrument[];
  /** The exchange of spot, whose keys open both. */
  readonly spot: Exchange;
  /** Dead-man switches of the accounts. */
  readonly countdowns: Countdowns;
  readonly #bySymbol = new Map<string, Exchange>();
  readonly #own = new Map<Account, UnifiedAccount>();

  constructor(runtime: Runtime, spot: Exchange, contracts?: Exchange) {
    this.countdowns = new Countdowns(runtime);
    this.spot = spot;
    this.exchanges = contracts === undefined ? [spot] : [spot, contracts];
    this.instruments = this.exchanges.flatMap(({ instruments }) => instruments);
    for (const exchange of this.exchanges) {
      for (const { symbol } of exchange.instruments) this.#bySymbol.set(symbol, exchange);
    }
  }

  /** The exchange's time. */
  now(): number {
    return Math.max(...this.exchanges.map((exchange) => exchange.now()));
  }

  of(symbol: string): Exchange {
    return this.#bySymbol.get(symbol)!;
  }

  instrument(symbol: string): MarketInstrument {
    return this.instruments.find((one) => one.symbol === symbol)!;
  }

  isHalted(symbol: string): boolean {
    return this.of(symbol).halted.has(symbol);
  }

  isRevoked(apiKey: string): boolean {
    return this.spot.revokedKeys.has(apiKey);
  }

  /** The account of a key; undefined for one that is unknown or revoked. */
  accountOf(apiKey: string): UnifiedAccount | undefined {
    const account = this.spot.accountOf(apiKey);
    if (account === undefined) return undefined;
    let own = this.#own.get(account);
    if (own === undefined) this.#own.set(account, (own = new UnifiedAccount(this, account)));
    return own;
  }

  listenToAccounts(listenerOf: (exchange: Exchange) => AccountListener): void {
    for (const exchange of this.exchanges) exchange.listenToAccounts(listenerOf(exchange));
  }
}

/** One account over spot and contracts. */
export class UnifiedAccount {
  readonly exchanges: UnifiedExchanges;
  /** Its API key. */
  readonly apiKey: string;
  /** The secret that requests are signed with. */
  readonly secret: string;
  readonly places: readonly Place[];

  constructor(exchanges: UnifiedExchanges, spot: Account) {
    this.exchanges = exchanges;
    this.apiKey = spot.apiKey;
    this.secret = spot.secret;
    this.places = exchanges.exchanges.flatMap((exchange) => {
      const account = exchange === exchanges.spot ? spot : exchange.accountOf(spot.apiKey);
      return account === undefined ? [] : [{ exchange, account }];
    });
  }

  /** Where it trades a symbol; undefined where its key opens no account of contracts. */
  placeOf(symbol: string): Place | undefined {
    const exchange = this.exchanges.of(symbol);
    return this.places.find((one) => one.exchange === exchange);
  }

  /** Positions and margin, where it trades contracts. */
  get contracts(): { readonly ledger: ContractLedger; readonly account: Account } | undefined {
    for (const { exchange, account } of this.places) {
      if (exchange.contracts !== undefined) return { ledger: exchange.contracts, account };
    }
    return undefined;
  }

  /** Cancels its open orders everywhere, or on one exchange; conditional orders that wait for their trigger stay. */
  cancelOpen(places: readonly Place[] = this.places): void {
    for (const { exchange, account } of places) {
      for (const order of [...account.open]) {
        // One cancel may have ended another order with it.
        if (isOver(order.status) || isUntriggered(order)) continue;
        exchange.cancel(account, order.symbol, { id: order.id });
      }
    }
  }

  owns(account: Account): boolean {
    return this.places.some((one) => one.account === account);
  }

  find(symbol: string, key: OrderKey): ExchangeOrder | undefined {
    const place = this.placeOf(symbol);
    return place?.exchange.find(place.account, symbol, key);
  }

  get assets(): readonly string[] {
    return [...new Set(this.places.flatMap(({ account }) => [...account.assets]))];
  }

  get updated(): number {
    return Math.max(...this.places.map(({ account }) => account.updated));
  }

  /** Its balance of an asset, in the wallets of spot and of contracts together. */
  holding(asset: string): UnifiedHolding {
    let [wallet, available, locked, unrealised, margin] = [0n, 0n, 0n, 0n, 0n];
    for (const { exchange, account } of this.places) {
      const { free, locked: held } = account.holding(asset);
      const ledger = exchange.contracts;
      wallet += free + held;
      locked += held;
      available += ledger === undefined ? free : ledger.margins.available(account, asset);
      for (const position of ledger?.margins.open(account, asset) ?? []) {
        unrealised += ledger!.margins.unrealised(position);
        margin += ledger!.margins.isIsolated(account, position)
          ? position.margin
          : ledger!.margins.initialOf(account, position);
      }
    }
    return { wallet, available, locked, unrealised, margin };
  }
}
