/** The ledger of contracts margined in their quote: what orders lock, and what fills, funding and liquidations book. */
import type { Side } from '../../core/index.ts';
import { Account } from './account.ts';
import type { ContractAccount, ContractPosition, IncomeType } from './contract-account.ts';
import { ContractMargins } from './contract-margins.ts';
import type { ContractOptions, FundingDue } from './contract-options.ts';
import { FundingSchedule } from './funding.ts';
import type { Demand, FeeOptions, OrderLedger, Own, Paid } from './ledger.ts';
import { Refusal, type ExchangeOrder, type PositionSide } from './order.ts';
import type { SymbolMarket } from './symbol-market.ts';
import { balanceText, partOf, rateFrom } from './units.ts';

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

const scale = 100_000_000n;

/** The ledger of contracts: wallets, positions and what changes them. Scaled amounts are whole units of 1e-8. */
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
  /** Pays realised profits and receives realised losses; its balance may be negative while positions are open. */
  readonly clearing = new Account('clearing', '', '');
  /** Pays what a liquidated position lost beyond its margin. */
  readonly insurance = new Account('insurance', '', '');
  /** What positions are worth, and the margin they need. */
  readonly margins: ContractMargins;
  /** When funding is due, and at which rate. */
  readonly funding: FundingSchedule;
  /** Fee of a liquidation, a scaled fraction of the value. Default 0.0125. */
  readonly liquidationRate: bigint;
  readonly #markets: ReadonlyMap<string, SymbolMarket>;
  readonly #now: () => number;
  #changes: ContractChange[] = [];
  #incomes = 0;
  /** The time up to which funding has been paid. */
  #paidUntil: number;
  readonly #paid = new Map<string, FundingDue[]>();

  constructor(
    options: ContractOptions,
    fees: FeeOptions,
    markets: ReadonlyMap<string, SymbolMarket>,
    now: () => number,
  ) {
    this.makerRate = rateFrom(fees.makerFee ?? 0.0002, 'makerFee');
    this.takerRate = rateFrom(fees.takerFee ?? 0.0005, 'takerFee');
    this.liquidationRate = rateFrom(options.liquidationFee ?? 0.0125, 'liquidationFee');
    this.margins = new ContractMargins(options, markets, now);
    this.funding = new FundingSchedule(options);
    this.#markets = markets;
    this.#now = now;
    this.#paidUntil = now();
  }

  /** The exchange's time, milliseconds UTC. */
  now(): number {
    return this.#now();
  }

  /** Positions and settings of an account. */
  of(account: Account): ContractAccount {
    return this.margins.of(account);
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

  /**
   * Checks that the margin suffices for an order.
   *
   * @throws {Refusal} When it does not, or the leverage is too high for the position.
   * @hidden
   */
  checkFunds(market: SymbolMarket, account: Account, { side, size, price, contract }: Demand, locks: bigint): void {
    if (locks === 0n) return;
    if (this.margins.available(account, market.instrument.quote) < locks)
      throw new Refusal(-2019, 'Margin is insufficient.');
    const { symbol } = market.instrument;
    const { lots } = this.of(account).position(symbol, contract?.positionSide ?? 'BOTH');
    const after = Math.abs(lots + (side === 'buy' ? size : -size));
    const at = price ?? market.log.lastPrice ?? market.book.other(side).best ?? 0;
    const value = BigInt(after) * BigInt(at) * market.units.value;
    const { leverage } = this.of(account).settings(symbol);
    if (leverage > this.margins.maxLeverage(value)) {
      throw new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.');
    }
  }

  /** Margin alone limits an order. @hidden */
  affords(): number {
    return Infinity;
  }

  /** Contracts have no orders by value. @hidden */
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
    this.noteChange({ account, reason: 'ORDER', asset: quote, amount: 0n, positions: [{ ...position }] });
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

  /** Notes a change of wallet and positions for the user stream. @internal */
  noteChange(change: Omit<ContractChange, 'time'>): void {
    this.#changes.push({ ...change, time: this.#now() });
  }

  /** Records a deposit for the income history and the user stream. */
  deposited(account: Account, asset: string, amount: bigint): void {
    const time = this.#now();
    this.of(account).incomes.push({
      id: ++this.#incomes, type: 'TRANSFER', symbol: undefined, asset, amount, time, tradeId: undefined,
    }); // prettier-ignore
    this.noteChange({ account, reason: 'DEPOSIT', asset, amount, positions: [] });
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

  /** Pays what a liquidated position lost beyond its margin, so that the wallet never owes. @param floor - What the wallet keeps at least. */
  insure(account: Account, position: ContractPosition, floor: bigint): void {
    const { quote } = this.margins.market(position.symbol).instrument;
    const missing = floor - this.margins.wallet(account, quote);
    if (missing <= 0n) return;
    this.#book(account, quote, missing, 'INSURANCE_CLEAR', position.symbol);
    this.noteChange({
      account,
      reason: 'INSURANCE_CLEAR',
      asset: quote,
      amount: missing,
      positions: [{ ...position }],
    });
  }

  // --- Funding ------------------------------------------------------------------------------------------------------------

  /** The earliest payment of all symbols that has not been paid. */
  nextDue(): number {
    let next = Infinity;
    for (const symbol of this.#markets.keys()) {
      next = Math.min(next, this.funding.next(symbol, this.#paidUntil)?.time ?? Infinity);
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

  /** Pays the funding that is due up to a moment, at the present marks; returns whether any was paid. */
  payDue(accounts: Iterable<Account>, until: number): boolean {
    if (until <= this.#paidUntil) return false;
    const after = this.#paidUntil;
    this.#paidUntil = until;
    let isAny = false;
    // An array, because accounts are walked once for each payment and an iterator can be walked only once.
    let everyone: readonly Account[] | undefined;
    for (const [symbol, market] of this.#markets) {
      for (const { time, rate } of this.funding.between(symbol, after, until)) {
        const mark = this.margins.markOf(symbol, time);
        const paid = this.#paid.get(symbol);
        if (paid === undefined) this.#paid.set(symbol, [{ time, rate, mark } as FundingDue]);
        else paid.push({ time, rate, mark } as FundingDue);
        for (const account of (everyone ??= [...accounts]))
          if (this.#payOne(account, market, time, rate, mark)) isAny = true;
      }
    }
    return isAny;
  }

  #payOne(account: Account, { instrument }: SymbolMarket, time: number, rate: number, mark: bigint): boolean {
    const { symbol, quote } = instrument;
    const positions = this.margins.open(account).filter((one) => one.symbol === symbol);
    for (const position of positions) {
      const part = (this.margins.valueAt(position, mark) * BigInt(Math.round(rate * 1e8))) / scale;
      const amount = position.lots > 0 ? -part : part;
      this.#book(account, quote, amount, 'FUNDING_FEE', symbol);
      const { incomes } = this.of(account);
      incomes[incomes.length - 1] = { ...incomes.at(-1)!, time };
      if (this.margins.isIsolated(account, position)) position.margin += amount;
      this.noteChange({ account, reason: 'FUNDING_FEE', asset: quote, amount, positions: [{ ...position }] });
    }
    return positions.length > 0;
  }
}
