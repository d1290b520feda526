/** The exchange's ledger: every execution moves value from one account to another, and fees to the house. */
import type { Side } from '../../core/index.ts';
import { Account } from './account.ts';
import { Refusal, type ContractOrder, type ExchangeOrder } from './order.ts';
import type { SymbolMarket } from './symbol-market.ts';
import { balanceText, partOf, rateFrom } from './units.ts';

/** The fees of an exchange. */
export interface FeeOptions {
  /** Fraction of the traded value. Default 0.001. */
  readonly makerFee?: number;
  /** Fee of an order that trades at once, as a fraction of the traded value. Default 0.001; of contracts 0.0005. */
  readonly takerFee?: number;
  /** Fees are taken from the asset received, as on Binance, or always in the quote currency. Default `received`. */
  readonly feeIn?: 'received' | 'quote';
}

/** Value and fee of one side of an execution. */
export interface Paid {
  readonly value: bigint;
  readonly fee: bigint;
  readonly feeAsset: string;
  /** On contracts: the profit that its owner realised. */
  readonly profit?: bigint;
}

/** What the lock of an order depends on. */
export interface Demand {
  readonly side: Side;
  readonly size: number;
  readonly price?: number | undefined;
  readonly stopPrice?: number | undefined;
  readonly quoteValue?: bigint | undefined;
  readonly contract?: ContractOrder | undefined;
}

/** How orders are paid for and executions are settled: by balances on spot, by margin for contracts. */
export type OrderLedger = Pick<Ledger, keyof Ledger>;

/** The ledger of spot: what an order pays with is locked, and each execution exchanges base for quote. */
export class Ledger {
  readonly makerRate: bigint;
  readonly takerRate: bigint;
  readonly feeIn: 'received' | 'quote';
  /** Everyone else in the market. Its balances have no floor: it may owe what it sold. */
  readonly crowd = new Account('crowd', '', '');
  /** Where fees go. */
  readonly house = new Account('house', '', '');

  constructor(options: FeeOptions) {
    this.makerRate = rateFrom(options.makerFee ?? 0.001, 'makerFee');
    this.takerRate = rateFrom(options.takerFee ?? 0.001, 'takerFee');
    this.feeIn = options.feeIn ?? 'received';
  }

  /** The fee rates as text, such as `0.00100000`. */
  rateTexts(): { readonly maker: string; readonly taker: string } {
    return { maker: balanceText(this.makerRate), taker: balanceText(this.takerRate) };
  }

  /** The asset that an order pays with. */
  payAsset({ instrument }: SymbolMarket, side: Side): string {
    return side === 'buy' ? instrument.quote : instrument.base;
  }

  /** How much must be locked to buy for `value`, with the fee where it is paid in quote. */
  buying(value: bigint): bigint {
    if (this.feeIn === 'received') return value;
    return value + partOf(value, this.makerRate > this.takerRate ? this.makerRate : this.takerRate);
  }

  /** How much must be locked for `lots` of an order; a buy is estimated at `price`. */
  needed(market: SymbolMarket, side: Side, lots: number, price: number): bigint {
    const { units } = market;
    if (side === 'sell') return BigInt(lots) * units.lot;
    return this.buying(BigInt(lots) * BigInt(price) * units.value);
  }

  /** How much of the free balance an order locks: the most it can need, or for a market order what it costs in the book now. */
  lockFor(market: SymbolMarket, account: Account, request: Demand): bigint {
    const { side, size, price, stopPrice, quoteValue } = request;
    if (side === 'sell') {
      if (quoteValue === undefined) return this.needed(market, side, size, 0);
      return BigInt(lotsFor(market, account, quoteValue)) * market.units.lot;
    }
    if (quoteValue !== undefined) return quoteValue;
    const estimated = price ?? stopPrice;
    if (estimated !== undefined) return this.needed(market, side, size, estimated);
    const { value } = market.offered({ side, limit: undefined, owner: account.name }, size);
    return this.buying(value * market.units.value);
  }

  /** @throws {Refusal} When an account cannot pay what an order locks. */
  checkFunds(market: SymbolMarket, account: Account, { side }: Demand, locks: bigint): void {
    if (account.holding(this.payAsset(market, side)).free < locks) {
      throw new Refusal(-2010, 'Account has insufficient balance for requested action.');
    }
  }

  /** What stays locked for the rest of a limit order after an execution of `traded` lots. */
  keepFor(market: SymbolMarket, order: ExchangeOrder, _traded: number): bigint {
    return this.needed(market, order.side, order.size - order.filled, order.price!);
  }

  /** The most lots that an order may still trade. */
  mostOf(_account: Account, _order: ExchangeOrder): number {
    return Infinity;
  }

  /** How many lots `amount` of the paying asset buys at a price. */
  affords(market: SymbolMarket, side: Side, amount: bigint, price: number): number {
    const { units } = market;
    if (side === 'sell') return Number(amount / units.lot);
    const each = BigInt(price) * units.value;
    let lots = amount / each;
    while (lots > 0n && this.buying(lots * each) > amount) {
      // With a fee on top fewer lots are affordable, and one less where rounding still exceeds the amount.
      const step = (this.buying(lots * each) - amount) / each;
      lots -= step > 0n ? step : 1n;
    }
    return Number(lots);
  }

  /** The size of a market order by value: how many lots its lock buys or sells at present prices. */
  buys(market: SymbolMarket, { side, locked, account }: ExchangeOrder): number {
    if (side === 'sell') return this.affords(market, side, locked, 0);
    let left = locked;
    let lots = 0;
    for (const order of market.book.asks.orders()) {
      if (order.owner === account) continue;
      const taken = Math.min(order.left, this.affords(market, side, left, order.price));
      lots += taken;
      left -= this.buying(BigInt(taken) * BigInt(order.price) * market.units.value);
      if (taken < order.left) break;
    }
    return lots;
  }

  /** Moves free to locked. */
  lock(account: Account, asset: string, order: ExchangeOrder, amount: bigint): void {
    const holding = account.holding(asset);
    holding.free -= amount;
    holding.locked += amount;
    order.locked += amount;
  }

  /** Frees what is locked for an order beyond `keep`. */
  release(account: Account, asset: string, order: ExchangeOrder, keep = 0n): void {
    const back = order.locked - keep;
    const holding = account.holding(asset);
    holding.locked -= back;
    holding.free += back;
    order.locked = keep;
  }

  /** Settles one side of an execution: what it pays leaves its lock, what it receives is free at once. */
  settle(market: SymbolMarket, side: Side, at: { price: number; size: number }, own: Own | undefined): Paid {
    const { instrument, units } = market;
    const { base, quote } = instrument;
    const goods = BigInt(at.size) * units.lot;
    const value = BigInt(at.size) * BigInt(at.price) * units.value;
    const account = own?.account ?? this.crowd;
    const rate = own === undefined ? 0n : own.isMaker ? this.makerRate : this.takerRate;
    const feeAsset = side === 'sell' || this.feeIn === 'quote' ? quote : base;
    const fee = partOf(feeAsset === quote ? value : goods, rate);
    const gives = side === 'sell' ? goods : value + (feeAsset === quote ? fee : 0n);
    const gets = side === 'sell' ? value - fee : goods - (feeAsset === base ? fee : 0n);
    const giver = account.holding(side === 'sell' ? base : quote);
    if (own === undefined) giver.free -= gives;
    else {
      giver.locked -= gives;
      own.order.locked -= gives;
    }
    account.holding(side === 'sell' ? quote : base).free += gets;
    this.house.holding(feeAsset).free += fee;
    return { value, fee, feeAsset };
  }
}

/** The account and order of one side of an execution. */
export interface Own {
  readonly account: Account;
  readonly order: ExchangeOrder;
  readonly isMaker: boolean;
}

/** How many lots sell for at most `value` at the prices bid now. */
function lotsFor(market: SymbolMarket, account: Account, value: bigint): number {
  let left = value;
  let lots = 0;
  for (const order of market.book.bids.orders()) {
    if (order.owner === account.name) continue;
    const each = BigInt(order.price) * market.units.value;
    const most = Number(left / each);
    if (most === 0) break;
    const taken = Math.min(most, order.left);
    lots += taken;
    left -= BigInt(taken) * each;
  }
  return lots;
}
