/** The ledger of contracts margined in their quote: positions, margin, funding, and liquidation by Binance's rules. */
import { ConfigError, type MarginTier, type Side } from '../../core/index.ts';
import { Account } from './account.ts';
import { ContractAccount, type ContractPosition, type IncomeType } from './contract-account.ts';
import type { Demand, FeeOptions, OrderLedger, Own, Paid } from './ledger.ts';
import { Refusal, type ExchangeOrder, type PositionSide } from './order.ts';
import type { SymbolMarket } from './symbol-market.ts';
import { balanceText, partOf, rateFrom } from './units.ts';

/** One rate of funding and when it is due. */
export interface FundingDue {
  /** When it is paid, milliseconds UTC. */
  readonly time: number;
  /** Fraction of the value at the mark price; longs pay a positive rate. */
  readonly rate: number;
}

/** How an exchange trades contracts. */
export interface ContractOptions {
  /** Rates by symbol, in rising time. Default: `fundingRate` every `fundingEveryMs`. */
  readonly funding?: Readonly<Record<string, readonly FundingDue[]>>;
  /** The rate where no series is given. Default 0.0001. */
  readonly fundingRate?: number;
  /** Time between payments where no series is given, counted from the epoch. Default 8 hours. */
  readonly fundingEveryMs?: number;
  /** The mark price in quote units at a moment; undefined leaves it to the book. Default: the middle of the book, else the last price. */
  readonly mark?: (symbol: string, time: number) => number | undefined;
  /** Maintenance margin by the value of a position. Default: Binance's first five of BTCUSDT. */
  readonly brackets?: readonly MarginTier[];
  /** Leverage of an account that has set none. Default 20. */
  readonly leverage?: number;
  /** Fee of a liquidation, as a fraction of the value. Default 0.0125. */
  readonly liquidationFee?: number;
}

/** A change of wallet and positions, as the user stream reports it. */
export interface ContractChange {
  /** Whose wallet and positions changed. */
  readonly account: Account;
  /** What changed them, in Binance's words. */
  readonly reason: 'ORDER' | 'FUNDING_FEE' | 'DEPOSIT' | 'MARGIN_TRANSFER' | 'INSURANCE_CLEAR';
  /** The asset of the wallet, such as `USDT`. */
  readonly asset: string;
  /** What was booked beyond orders, scaled. */
  readonly amount: bigint;
  /** The positions that changed, as they are afterwards. */
  readonly positions: readonly ContractPosition[];
  /** When it changed, milliseconds UTC. */
  readonly time: number;
}

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

/** The ledger of contracts: wallets, positions, margin, funding and liquidations. Scaled amounts are whole units of 1e-8. */
export class ContractLedger implements OrderLedger {
  /** Fee of an order that rests, a scaled fraction. Default 0.0002. */
  readonly makerRate: bigint;
  /** Fee of an order that trades at once, a scaled fraction. Default 0.0005. */
  readonly takerRate: bigint;
  /** Fees are taken in the quote currency. */
  readonly feeIn = 'quote' as const;
  /** Everyone else in the market. */
  readonly crowd = new Account('crowd', '', '');
  /** Where fees go. */
  readonly house = new Account('house', '', '');
  /** Where profits come from and losses go: what it owes is what open positions have lost or gained. */
  readonly clearing = new Account('clearing', '', '');
  /** Pays what a liquidated position lost beyond its margin. */
  readonly insurance = new Account('insurance', '', '');
  /** Maintenance margin by the value of a position. Default: Binance's first five of BTCUSDT. */
  readonly brackets: readonly MarginTier[];
  /** Fee of a liquidation, a scaled fraction of the value. Default 0.0125. */
  readonly liquidationRate: bigint;
  readonly #brackets: readonly Bracket[];
  readonly #options: ContractOptions;
  readonly #markets: ReadonlyMap<string, SymbolMarket>;
  readonly #now: () => number;
  #changes: ContractChange[] = [];
  #incomes = 0;
  /** The time up to which funding has been paid. */
  #paidUntil: number;
  readonly #paid = new Map<string, FundingDue[]>();

  constructor(options: ContractOptions, fees: FeeOptions, markets: ReadonlyMap<string, SymbolMarket>, now: () => number) {
    this.makerRate = rateFrom(fees.makerFee ?? 0.0002, 'makerFee');
    this.takerRate = rateFrom(fees.takerFee ?? 0.0005, 'takerFee');
    this.liquidationRate = rateFrom(options.liquidationFee ?? 0.0125, 'liquidationFee');
    this.brackets = options.brackets ?? standardBrackets;
    this.#brackets = bracketsOf(this.brackets);
    this.#options = options;
    this.#markets = markets;
    this.#now = now;
    this.#paidUntil = now();
    const { fundingEveryMs = 1, leverage = 20 } = options;
    if (!(fundingEveryMs > 0)) throw new ConfigError(`fundingEveryMs must be above 0, was ${fundingEveryMs}`);
    if (!(Number.isInteger(leverage) && leverage >= 1)) {
      throw new ConfigError(`leverage must be a whole number from 1, was ${leverage}`);
    }
  } // prettier-ignore

  /** Positions and settings of an account. */
  of(account: Account): ContractAccount {
    return (account.contracts ??= new ContractAccount(this.#options.leverage ?? 20));
  }

  /** The fee rates as text, such as `0.00020000`. */
  rateTexts(): {
    /** Fee of an order that rests, as a fraction. */
    readonly maker: string;
    /** Fee of an order that trades at once, as a fraction. */
    readonly taker: string;
  } {
    return { maker: balanceText(this.makerRate), taker: balanceText(this.takerRate) };
  }

  /** The asset that an order pays with: the quote. @hidden */
  payAsset({ instrument }: SymbolMarket): string {
    return instrument.quote;
  }

  // --- Orders -------------------------------------------------------------------------------------------------------------

  /** How much must be locked to buy for a value. @hidden */
  buying(value: bigint): bigint {
    return value;
  }

  /** Value of lots at a price in ticks, scaled. @hidden */
  needed(market: SymbolMarket, _side: Side, lots: number, price: number): bigint {
    return BigInt(lots) * BigInt(price) * market.units.value;
  }

  /** Margin and fee of the part of an order that opens. @hidden */
  lockFor(market: SymbolMarket, account: Account, request: Demand): bigint {
    const { side, size, price, stopPrice, contract } = request;
    if (contract?.reduceOnly === true || contract?.closesPosition === true) return 0n;
    const { symbol } = market.instrument;
    const opened = Math.max(0, size - this.#reducible(account, symbol, side, contract?.positionSide ?? 'BOTH'));
    if (opened === 0) return 0n;
    const estimated = price ?? stopPrice;
    const value =
      estimated === undefined
        ? market.offered({ side, limit: undefined, owner: account.name }, opened).value * market.units.value
        : BigInt(opened) * BigInt(estimated) * market.units.value;
    const { leverage } = this.of(account).settings(symbol);
    return value / BigInt(leverage) + partOf(value, this.takerRate);
  }

  /** Lots that an order on a side can close. */
  #reducible(account: Account, symbol: string, side: Side, positionSide: PositionSide): number {
    const { lots } = this.of(account).position(symbol, positionSide);
    return lots > 0 === (side === 'sell') ? Math.abs(lots) : 0;
  }

  /** @throws {Refusal} When the margin does not suffice, or the leverage is too high for the position. @hidden */
  checkFunds(market: SymbolMarket, account: Account, { side, size, price, contract }: Demand, locks: bigint): void {
    if (locks === 0n) return;
    if (this.available(account, market.instrument.quote) < locks) throw new Refusal(-2019, 'Margin is insufficient.');
    const { symbol } = market.instrument;
    const { lots } = this.of(account).position(symbol, contract?.positionSide ?? 'BOTH');
    const after = Math.abs(lots + (side === 'buy' ? size : -size));
    const at = price ?? market.log.lastPrice ?? market.book.other(side).best ?? 0;
    const value = BigInt(after) * BigInt(at) * market.units.value;
    const { leverage } = this.of(account).settings(symbol);
    if (leverage > this.maxLeverage(value)) {
      throw new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.');
    }
  }

  /** Margin alone limits an order. @hidden */
  affords(): number {
    return Infinity;
  }

  /** An order by value is none of contracts. @hidden */
  buys(): number {
    return 0;
  }

  /** The most lots that an order may still trade. @hidden */
  mostOf(account: Account, { symbol, side, contract }: ExchangeOrder): number {
    if (contract?.reduceOnly !== true && contract?.closesPosition !== true) return Infinity;
    return this.#reducible(account, symbol, side, contract.positionSide);
  }

  /** What stays locked for the rest of an order. @hidden */
  keepFor(_market: SymbolMarket, { locked, size, filled }: ExchangeOrder, traded: number): bigint {
    const left = size - filled;
    return (locked * BigInt(left)) / BigInt(left + traded);
  }

  /** Moves free to locked. @hidden */
  lock(account: Account, asset: string, order: ExchangeOrder, amount: bigint): void {
    const holding = account.holding(asset);
    holding.free -= amount;
    holding.locked += amount;
    order.locked += amount;
  }

  /** Frees what is locked for an order beyond `keep`. @hidden */
  release(account: Account, asset: string, order: ExchangeOrder, keep = 0n): void {
    this.lock(account, asset, order, keep - order.locked);
  }

  /** Settles one side of an execution: moves the position, books profit and fee. @hidden */
  settle(market: SymbolMarket, side: Side, at: { price: number; size: number }, own: Own | undefined): Paid {
    const { quote, symbol } = market.instrument;
    const value = BigInt(at.size) * BigInt(at.price) * market.units.value;
    if (own === undefined) return { value, fee: 0n, feeAsset: quote };
    const { account, order } = own;
    const positionSide = order.contract?.positionSide ?? 'BOTH';
    const isLiquidation = order.contract?.isLiquidation === true;
    const rate = isLiquidation ? this.liquidationRate : own.isMaker ? this.makerRate : this.takerRate;
    const fee = partOf(value, rate);
    const position = this.of(account).position(symbol, positionSide);
    const profit = this.#move(account, position, side === 'buy' ? at.size : -at.size, value);
    const tradeId = market.log.last?.id;
    if (profit !== 0n) this.#book(account, quote, profit, 'REALIZED_PNL', symbol, tradeId);
    if (fee !== 0n) this.#book(account, quote, -fee, 'COMMISSION', symbol, tradeId);
    this.#changed({ account, reason: 'ORDER', asset: quote, amount: 0n, positions: [{ ...position }] });
    return { value, fee, feeAsset: quote, profit };
  }

  /** Applies signed lots of a value to a position; returns the profit of what they closed. */
  #move(account: Account, position: ContractPosition, lots: number, value: bigint): bigint {
    const closed = position.lots * lots < 0 ? Math.min(Math.abs(lots), Math.abs(position.lots)) : 0;
    const opened = Math.abs(lots) - closed;
    position.updated = this.#now();
    let profit = 0n;
    if (closed > 0) {
      const held = BigInt(Math.abs(position.lots));
      const part = (position.cost * BigInt(closed)) / held;
      const worth = (value * BigInt(closed)) / BigInt(Math.abs(lots));
      profit = position.lots > 0 ? worth - part : part - worth;
      position.margin -= (position.margin * BigInt(closed)) / held;
      position.cost -= part;
      position.lots += lots > 0 ? closed : -closed;
      position.realised += profit;
    }
    if (opened > 0) {
      if (position.lots === 0) position.realised = 0n;
      const worth = (value * BigInt(opened)) / BigInt(Math.abs(lots));
      position.cost += worth;
      position.lots += lots > 0 ? opened : -opened;
      const { isIsolated, leverage } = this.of(account).settings(position.symbol);
      if (isIsolated) position.margin += worth / BigInt(leverage);
    }
    if (position.lots === 0) position.cost = position.margin = 0n;
    return profit;
  }

  #book(
    account: Account,
    asset: string,
    amount: bigint,
    type: IncomeType,
    symbol: string | undefined,
    tradeId?: number,
  ): void {
    account.holding(asset).free += amount;
    const from = type === 'COMMISSION' ? this.house : type === 'INSURANCE_CLEAR' ? this.insurance : this.clearing;
    from.holding(asset).free -= amount;
    account.updated = this.#now();
    const income = { id: ++this.#incomes, type, symbol, asset, amount, time: account.updated, tradeId };
    this.of(account).incomes.push(income);
  }

  #changed(change: Omit<ContractChange, 'time'>): void {
    this.#changes.push({ ...change, time: this.#now() });
  }

  /** Records a deposit for the income history and the user stream. */
  deposited(account: Account, asset: string, amount: bigint): void {
    const time = this.#now();
    this.of(account).incomes.push({
      id: ++this.#incomes, type: 'TRANSFER', symbol: undefined, asset, amount, time, tradeId: undefined,
    }); // prettier-ignore
    this.#changed({ account, reason: 'DEPOSIT', asset, amount, positions: [] });
  }

  /** What has happened to wallets and positions since the last call. */
  changes(): readonly ContractChange[] {
    const changes = this.#changes;
    if (changes.length > 0) this.#changes = [];
    return changes;
  }

  /** Every account that stands for the exchange itself. */
  get own(): readonly Account[] {
    return [this.crowd, this.house, this.clearing, this.insurance];
  }

  // --- Prices and margins -------------------------------------------------------------------------------------------------

  /** The market of a symbol. @hidden */
  market(symbol: string): SymbolMarket {
    return this.#markets.get(symbol)!;
  }

  /** The mark price, scaled; 0 before there is a price. */
  markOf(symbol: string, time = this.#now()): bigint {
    const { instrument, book, log } = this.market(symbol);
    const given = this.#options.mark?.(symbol, time);
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

  /** Maintenance margin of a position of a value, both scaled. */
  maintenanceOf(value: bigint): bigint {
    if (value === 0n) return 0n;
    const { rate, amount } = this.#bracketOf(value);
    const margin = partOf(value, rate) - amount;
    return margin > 0n ? margin : 0n;
  }

  #bracketOf(value: bigint): Bracket {
    return this.#brackets.find(({ upTo }) => value <= upTo) ?? this.#brackets.at(-1)!;
  }

  /** The leverage allowed to a position of a value. */
  maxLeverage(value: bigint): number {
    return this.#brackets.find(({ upTo }) => value <= upTo)?.maxLeverage ?? 0;
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

  /** What carries a position: its own margin, or the cross wallet with what the other cross positions add and hold back. */
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

  /** The scaled price at which a position is liquidated; 0 where none does. */
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

  /** Positions of accounts whose margin no longer carries them, the largest loss first. @hidden */
  due(accounts: Iterable<Account>, symbol: string): Liquidation[] {
    const found: Liquidation[] = [];
    for (const account of accounts) {
      if (account.contracts === undefined) continue;
      for (const position of this.open(account)) {
        // In cross every position may be moved by this symbol; an isolated one only by its own.
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

  /** Pays what a liquidated position lost beyond its margin, so that the wallet never owes. @param floor - What the wallet keeps at least. */
  insure(account: Account, position: ContractPosition, floor: bigint): void {
    const { quote } = this.market(position.symbol).instrument;
    const missing = floor - this.wallet(account, quote);
    if (missing <= 0n) return;
    this.#book(account, quote, missing, 'INSURANCE_CLEAR', position.symbol);
    this.#changed({
      account,
      reason: 'INSURANCE_CLEAR',
      asset: quote,
      amount: missing,
      positions: [{ ...position }],
    });
  }

  // --- Funding ------------------------------------------------------------------------------------------------------------

  /** Rates of a symbol that are due after one moment and up to another. */
  fundingBetween(symbol: string, after: number, until: number): FundingDue[] {
    const series = this.#options.funding?.[symbol];
    if (series !== undefined) return series.filter(({ time }) => time > after && time <= until);
    const { fundingRate = 0.0001, fundingEveryMs = 8 * 3_600_000 } = this.#options;
    const dues: FundingDue[] = [];
    for (let time = (Math.floor(after / fundingEveryMs) + 1) * fundingEveryMs; time <= until; time += fundingEveryMs) {
      dues.push({ time, rate: fundingRate });
      if (dues.length >= 1_000) break;
    }
    return dues;
  }

  /** The next payment of a symbol; undefined when its series has ended. */
  nextFunding(symbol: string, now = this.#now()): FundingDue | undefined {
    const series = this.#options.funding?.[symbol];
    if (series !== undefined) return series.find(({ time }) => time > now);
    return this.fundingBetween(symbol, now, now + (this.#options.fundingEveryMs ?? 8 * 3_600_000))[0];
  }

  /** The earliest payment of all symbols that has not been paid. */
  nextDue(): number {
    let next = Infinity;
    for (const symbol of this.#markets.keys()) {
      next = Math.min(next, this.nextFunding(symbol, this.#paidUntil)?.time ?? Infinity);
    }
    return next;
  }

  /** Payments that were made, with the mark they were computed at, oldest first. */
  paid(symbol: string): readonly (FundingDue & {
    /** The mark price, scaled. */
    readonly mark: bigint;
  })[] {
    return (this.#paid.get(symbol) ?? []) as (FundingDue & { readonly mark: bigint })[];
  }

  /** Pays the funding that is due up to a moment, at the present marks; returns whether any was. */
  payDue(accounts: Iterable<Account>, until: number): boolean {
    if (until <= this.#paidUntil) return false;
    const after = this.#paidUntil;
    this.#paidUntil = until;
    let isAny = false;
    for (const [symbol, market] of this.#markets) {
      for (const { time, rate } of this.fundingBetween(symbol, after, until)) {
        const mark = this.markOf(symbol, time);
        const paid = this.#paid.get(symbol);
        if (paid === undefined) this.#paid.set(symbol, [{ time, rate, mark } as FundingDue]);
        else paid.push({ time, rate, mark } as FundingDue);
        for (const account of accounts) if (this.#payOne(account, market, time, rate, mark)) isAny = true;
      }
    }
    return isAny;
  }

  #payOne(account: Account, { instrument }: SymbolMarket, time: number, rate: number, mark: bigint): boolean {
    const { symbol, quote } = instrument;
    const positions = this.open(account).filter((one) => one.symbol === symbol);
    for (const position of positions) {
      const part = (this.valueAt(position, mark) * BigInt(Math.round(rate * 1e8))) / scale;
      const amount = position.lots > 0 ? -part : part;
      this.#book(account, quote, amount, 'FUNDING_FEE', symbol);
      const { incomes } = this.of(account);
      incomes[incomes.length - 1] = { ...incomes.at(-1)!, time };
      if (this.isIsolated(account, position)) position.margin += amount;
      this.#changed({ account, reason: 'FUNDING_FEE', asset: quote, amount, positions: [{ ...position }] });
    }
    return positions.length > 0;
  }

  // --- Settings -----------------------------------------------------------------------------------------------------------

  /** @throws {Refusal} When the leverage is not allowed. */
  setLeverage(account: Account, symbol: string, leverage: number): void {
    const most = this.#brackets[0]!.maxLeverage;
    if (!Number.isInteger(leverage) || leverage < 1 || leverage > Math.min(125, most)) {
      throw new Refusal(-4028, `Leverage ${leverage} is not valid`);
    }
    const settings = this.of(account).settings(symbol);
    const held = this.open(account).filter((one) => one.symbol === symbol);
    if (settings.isIsolated && held.length > 0 && leverage < settings.leverage) {
      throw new Refusal(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.');
    }
    for (const position of held) {
      if (leverage > this.maxLeverage(this.valueAt(position, this.markOf(symbol)))) {
        throw new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.');
      }
    }
    settings.leverage = leverage;
  }

  /** @throws {Refusal} When it has that mode already, or positions or orders are open. */
  setIsolated(account: Account, symbol: string, isIsolated: boolean): void {
    const settings = this.of(account).settings(symbol);
    if (settings.isIsolated === isIsolated) throw new Refusal(-4046, 'No need to change margin type.');
    if ([...account.open].some((one) => one.symbol === symbol)) {
      throw new Refusal(-4047, 'Margin type cannot be changed if there exists open orders.');
    }
    if (this.open(account).some((one) => one.symbol === symbol)) {
      throw new Refusal(-4048, 'Margin type cannot be changed if there exists position.');
    }
    settings.isIsolated = isIsolated;
  }

  /** @throws {Refusal} When it has that mode already, or positions or orders are open. */
  setHedged(account: Account, isHedged: boolean): void {
    const own = this.of(account);
    if (own.isHedged === isHedged) throw new Refusal(-4059, 'No need to change position side.');
    if ([...account.open].length > 0) {
      throw new Refusal(-4067, 'Position side cannot be changed if there exists open orders.');
    }
    if (this.open(account).length > 0) {
      throw new Refusal(-4068, 'Position side cannot be changed if there exists position.');
    }
    own.isHedged = isHedged;
  }

  /** Moves money between the wallet and an isolated position. @throws {Refusal} When there is not so much. */
  addMargin(account: Account, symbol: string, side: PositionSide, amount: bigint): void {
    const position = this.of(account).position(symbol, side);
    const { quote } = this.market(symbol).instrument;
    if (position.lots === 0 || !this.isIsolated(account, position)) {
      throw new Refusal(-4046, 'Cannot add position margin: position is 0.');
    }
    const spare = position.margin + this.unrealised(position) - this.initialOf(account, position);
    if (amount > 0n && amount > this.available(account, quote)) throw new Refusal(-2019, 'Margin is insufficient.');
    if (amount < 0n && -amount > spare) throw new Refusal(-2019, 'Margin is insufficient.');
    position.margin += amount;
    this.of(account).marginChanges.push({ symbol, side, amount, time: this.#now() });
    this.#changed({ account, reason: 'MARGIN_TRANSFER', asset: quote, amount: 0n, positions: [{ ...position }] });
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
