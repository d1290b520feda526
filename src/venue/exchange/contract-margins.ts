/** What positions of contracts are worth, what margin they need, and when it no longer suffices. Nothing here changes an account. */
import { ConfigError, type MarginTier } from '../../core/index.ts';
import type { Account } from './account.ts';
import { ContractAccount, type ContractPosition } from './contract-account.ts';
import type { ContractOptions } from './contract-options.ts';
import type { SymbolMarket } from './symbol-market.ts';
import { partOf, rateFrom } from './units.ts';

/** A position that the exchange closes because its margin does not suffice. */
export interface Liquidation {
  /** Whose position it is. */
  readonly account: Account;
  /** The position to be closed. */
  readonly position: ContractPosition;
  /** Ticks. */
  readonly price: number;
}

/** Binance's brackets of BTCUSDT up to 50 million. */
const standardBrackets: readonly MarginTier[] = [
  { upTo: 50_000, maintenanceRate: 0.004, maxLeverage: 125 },
  { upTo: 600_000, maintenanceRate: 0.005, maxLeverage: 100 },
  { upTo: 3_000_000, maintenanceRate: 0.0065, maxLeverage: 75 },
  { upTo: 12_000_000, maintenanceRate: 0.01, maxLeverage: 50 },
  { upTo: 70_000_000, maintenanceRate: 0.02, maxLeverage: 25 },
];

const scale = 100_000_000n;

/** A bracket in whole units. */
interface Bracket {
  readonly upTo: bigint;
  readonly rate: bigint;
  readonly amount: bigint;
  readonly maxLeverage: number;
}

/** What a position is worth and needs at its mark price. Amounts are scaled. */
export interface PositionFigures {
  /** Whether it has margin of its own; otherwise it shares the wallet. */
  readonly isIsolated: boolean;
  /** The leverage that the account has set for its symbol. */
  readonly leverage: number;
  /** Mean price of what is open; 0 when it is flat. */
  readonly entry: bigint;
  /** The mark price. */
  readonly mark: bigint;
  /** Its size at the mark price. */
  readonly value: bigint;
  /** Profit at the mark price; negative for a loss. */
  readonly unrealised: bigint;
  /** Initial margin. */
  readonly initial: bigint;
  /** Maintenance margin. */
  readonly maintenance: bigint;
  /** The price at which it is liquidated; 0 when no price liquidates it. */
  readonly liquidation: bigint;
}

/** Marks, margins and liquidation prices. Scaled amounts are whole units of 1e-8. */
export class ContractMargins {
  /** Maintenance margin by the value of a position. Default: the first five brackets of BTCUSDT on Binance. */
  readonly brackets: readonly MarginTier[];
  readonly #brackets: readonly Bracket[];
  readonly #leverage: number;
  readonly #mark: ContractOptions['mark'];
  readonly #markets: ReadonlyMap<string, SymbolMarket>;
  readonly #now: () => number;

  /** @throws {ConfigError} If the leverage is no whole number from 1. */
  constructor(options: ContractOptions, markets: ReadonlyMap<string, SymbolMarket>, now: () => number) {
    const { brackets = standardBrackets, leverage = 20, mark } = options;
    this.brackets = brackets;
    this.#brackets = bracketsOf(brackets);
    if (!(Number.isInteger(leverage) && leverage >= 1)) {
      throw new ConfigError(`leverage must be a whole number from 1, was ${leverage}`);
    }
    this.#leverage = leverage;
    this.#mark = mark;
    this.#markets = markets;
    this.#now = now;
  }

  /** Positions and settings of an account. */
  of(account: Account): ContractAccount {
    return (account.contracts ??= new ContractAccount(this.#leverage));
  }

  /** The market of a symbol. @hidden */
  market(symbol: string): SymbolMarket {
    return this.#markets.get(symbol)!;
  }

  /** The mark price, scaled; 0 before there is a price. */
  markOf(symbol: string, time = this.#now()): bigint {
    const { instrument, book, log } = this.market(symbol);
    const given = this.#mark?.(symbol, time);
    if (given !== undefined) return BigInt(Math.round(given * 1e8));
    const tick = 10n ** BigInt(8 - instrument.priceDecimals);
    const [bid, ask] = [book.bids.best, book.asks.best];
    if (bid !== undefined && ask !== undefined) return (BigInt(bid + ask) * tick) / 2n;
    return BigInt(log.lastPrice ?? bid ?? ask ?? 0) * tick;
  }

  /** Value of a position at a scaled price. */
  valueAt({ symbol, lots }: Pick<ContractPosition, 'symbol' | 'lots'>, price: bigint): bigint {
    return (BigInt(Math.abs(lots)) * price) / 10n ** BigInt(this.market(symbol).instrument.sizeDecimals);
  }

  /** Profit of an open position at its mark price, scaled; negative for a loss. */
  unrealised(position: ContractPosition): bigint {
    if (position.lots === 0) return 0n;
    const value = this.valueAt(position, this.markOf(position.symbol));
    return position.lots > 0 ? value - position.cost : position.cost - value;
  }

  /** Initial margin of a position at its mark. */
  initialOf(account: Account, position: ContractPosition): bigint {
    const value = this.valueAt(position, this.markOf(position.symbol));
    return value / BigInt(this.of(account).settings(position.symbol).leverage);
  }

  /** Maintenance margin of a position by its value, both scaled. */
  maintenanceOf(value: bigint): bigint {
    if (value === 0n) return 0n;
    const { rate, amount } = this.#bracketOf(value);
    const margin = partOf(value, rate) - amount;
    return margin > 0n ? margin : 0n;
  }

  #bracketOf(value: bigint): Bracket {
    return this.#brackets.find(({ upTo }) => value <= upTo) ?? this.#brackets.at(-1)!;
  }

  /** The highest leverage allowed to a position, by its value. */
  maxLeverage(value: bigint): number {
    return this.#brackets.find(({ upTo }) => value <= upTo)?.maxLeverage ?? 0;
  }

  /** The highest leverage allowed to the smallest position. */
  get mostLeverage(): number {
    return this.#brackets[0]!.maxLeverage;
  }

  /** Open positions of an account in one asset. */
  open(account: Account, asset?: string): ContractPosition[] {
    return [...this.of(account).positions].filter(
      ({ lots, symbol }) => lots !== 0 && (asset === undefined || this.market(symbol).instrument.quote === asset),
    );
  }

  /** Whether a position has margin of its own; otherwise it shares the wallet. */
  isIsolated(account: Account, { symbol }: Pick<ContractPosition, 'symbol'>): boolean {
    return this.of(account).settings(symbol).isIsolated;
  }

  /** Everything in the wallet, what orders lock included. */
  wallet(account: Account, asset: string): bigint {
    const { free, locked } = account.holding(asset);
    return free + locked;
  }

  /** The wallet without the margin of isolated positions. */
  crossWallet(account: Account, asset: string): bigint {
    let left = this.wallet(account, asset);
    for (const position of this.open(account, asset)) if (this.isIsolated(account, position)) left -= position.margin;
    return left;
  }

  /** What new orders may use. */
  available(account: Account, asset: string): bigint {
    let left = this.crossWallet(account, asset) - account.holding(asset).locked;
    for (const position of this.open(account, asset)) {
      if (this.isIsolated(account, position)) continue;
      left += this.unrealised(position) - this.initialOf(account, position);
    }
    return left > 0n ? left : 0n;
  }

  /** Collateral of a position: its own margin, or the cross wallet plus the unrealised profit of the other cross positions less their maintenance margins. */
  #carrying(account: Account, position: ContractPosition): bigint {
    if (this.isIsolated(account, position)) return position.margin;
    const { quote } = this.market(position.symbol).instrument;
    let balance = this.crossWallet(account, quote);
    for (const other of this.open(account, quote)) {
      if (other === position || this.isIsolated(account, other)) continue;
      balance += this.unrealised(other);
      balance -= this.maintenanceOf(this.valueAt(other, this.markOf(other.symbol)));
    }
    return balance;
  }

  /** The scaled price at which a position is liquidated; 0 when no price liquidates it. */
  liquidationPrice(account: Account, position: ContractPosition): bigint {
    const { lots, cost, symbol } = position;
    if (lots === 0) return 0n;
    const balance = this.#carrying(account, position);
    const units = BigInt(Math.abs(lots));
    const ofLot = 10n ** BigInt(this.market(symbol).instrument.sizeDecimals);
    for (const { upTo, rate, amount } of this.#brackets) {
      // balance + s (q p - cost) = q p rate - amount
      const top = lots > 0 ? cost - balance - amount : cost + balance + amount;
      const factor = lots > 0 ? scale - rate : scale + rate;
      const value = (top * scale) / factor;
      if (value <= 0n) return 0n;
      if (value <= upTo) return (value * ofLot) / units;
    }
    return 0n;
  }

  /** Everything that exchanges show of a position beside its size. */
  figuresOf(account: Account, position: ContractPosition): PositionFigures {
    const { lots, cost, symbol } = position;
    const { sizeDecimals } = this.market(symbol).instrument;
    const { isIsolated, leverage } = this.of(account).settings(symbol);
    const mark = this.markOf(symbol);
    const value = this.valueAt(position, mark);
    return {
      isIsolated,
      leverage,
      entry: lots === 0 ? 0n : (cost * 10n ** BigInt(sizeDecimals)) / BigInt(Math.abs(lots)),
      mark,
      value,
      unrealised: this.unrealised(position),
      initial: this.initialOf(account, position),
      maintenance: this.maintenanceOf(value),
      liquidation: this.liquidationPrice(account, position),
    };
  }

  /** Positions whose margin no longer suffices, the largest loss first. @hidden */
  due(accounts: Iterable<Account>, symbol: string): Liquidation[] {
    const found: Liquidation[] = [];
    for (const account of accounts) {
      if (account.contracts === undefined) continue;
      for (const position of this.open(account)) {
        // The price of one symbol affects every cross position of an account, but an isolated position only by its own symbol.
        if (position.symbol !== symbol && this.isIsolated(account, position)) continue;
        const mark = this.markOf(position.symbol);
        if (mark === 0n) continue;
        const margin = this.#carrying(account, position) + this.unrealised(position);
        if (margin > this.maintenanceOf(this.valueAt(position, mark))) continue;
        const tick = 10n ** BigInt(8 - this.market(position.symbol).instrument.priceDecimals);
        found.push({ account, position, price: Math.max(1, Number(mark / tick)) });
      }
    }
    return found.sort((a, b) => Number(this.unrealised(a.position) - this.unrealised(b.position)));
  }
}

/** Brackets in whole units, each with the amount that keeps the maintenance margin continuous. */
function bracketsOf(tiers: readonly MarginTier[]): Bracket[] {
  let [cap, rate, amount] = [0n, rateFrom(tiers[0]?.maintenanceRate ?? 0, 'maintenanceRate'), 0n];
  return tiers.map((tier) => {
    const upTo = BigInt(Math.round(tier.upTo)) * scale;
    const own = rateFrom(tier.maintenanceRate, 'maintenanceRate');
    const given = tier.maintenanceAmount;
    amount = given === undefined ? amount + partOf(cap, own - rate) : BigInt(Math.round(given * 1e8));
    [cap, rate] = [upTo, own];
    return { upTo, rate: own, amount, maxLeverage: tier.maxLeverage ?? 125 };
  });
}
