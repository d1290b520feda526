/** What trading in an account costs and earns: fees, funding, slippage, liquidations, the use of margin, and how the profit splits. */
import { isInverse } from '../../core/index.ts';
import type { AccountResult, Order } from '../../broker/index.ts';
import { timelineOf } from '../../lines/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions } from '../options.ts';

/** Options of AccountCosts. */
export interface AccountCostsOptions {
  /** Distance of the price from the liquidation price, as a fraction, below which a step is a near miss. Default 0.02. */
  readonly nearMiss?: number;
}

/** A wallet's profit from contracts, in one currency. */
export interface ProfitSplit {
  /** Realised by the movement of prices. */
  readonly price: number;
  /** Received as funding; negative when paid. */
  readonly funding: number;
  /** Fees of fills and liquidations; negative when paid. */
  readonly fees: number;
  /** Added by insurance funds, where liquidations cost more than the margin. */
  readonly insurance: number;
}

/** Costs of a run. Amounts are in the account's currency, or by currency where stated. */
export interface AccountCostsResult {
  /** Fees by currency; negative for rebates. */
  readonly fees: Readonly<Record<string, number>>;
  /** Funding received by currency; negative when paid. */
  readonly funding: Readonly<Record<string, number>>;
  /**
   * By settle currency of contracts: profit from prices, funding, and fees including those of liquidations. They add up to the wallet's
   * profit.
   */
  readonly split: Readonly<Record<string, ProfitSplit>>;
  /** Fees as a fraction of the traded value; undefined without a fill. */
  readonly feeShare: number | undefined;
  /** Share of the traded value that rested in the book; undefined without a fill. */
  readonly makerShare: number | undefined;
  /** Slippage: the cost of fills against the close at which their orders were placed, as a fraction of the traded value; negative for a gain. */
  readonly slippage: number | undefined;
  /** Number of liquidations. */
  readonly liquidations: number;
  /** Times that a position came within `nearMiss` of its liquidation price at a close, without being liquidated there. */
  readonly nearMisses: number;
  /** The smallest distance of a close from a liquidation price, as a fraction of the close; undefined where there was none. */
  readonly closest: number | undefined;
  /** Share of the value that is not free: its mean and its highest. */
  readonly marginUse: {
    /** Mean over all steps. */
    readonly mean: number;
    /** The highest of any step. */
    readonly highest: number;
  };
  /** Value held of each currency at the end, balance and unrealised profit. */
  readonly exposure: Readonly<Record<string, number>>;
}

/** Costs of an account with options; of other accounts only those of fills. */
export class AccountCosts extends Analyzer<AccountCostsResult> {
  /** Positions are read after each step. */
  override readonly everyStep = true;
  readonly #nearMiss: number;
  readonly #near = new Set<number>();
  #misses = 0;
  #closest = Infinity;
  #useSum = 0;
  #useMost = 0;
  #steps = 0;
  #traded = 0;
  #rested = 0;
  #fees = 0;
  #slipped = 0;

  constructor(options: AccountCostsOptions = {}) {
    super();
    checkOptions('AccountCosts', options, ['nearMiss']);
    this.#nearMiss = options.nearMiss ?? 0.02;
  }

  /** @internal */
  override notifyOrder(order: Order): void {
    if (order.isAlive) return;
    const { createdClose, data } = order;
    for (const { size, price, traded: value, role, commission, rule } of order.fills) {
      this.#traded += value;
      this.#fees += commission;
      if (role === 'maker') this.#rested += value;
      if (rule !== 'liquidation' && rule !== 'delivery') {
        const moved = (price - createdClose) / (isInverse(data.instrument) ? createdClose : price);
        this.#slipped += Math.sign(size) * value * moved;
      }
    }
  }

  /** @internal */
  override observe(from: number, to: number): void {
    const { record, datas, broker } = this.run;
    for (let step = from; step < to; step++) {
      const value = record.value.at(step);
      const use = value > 0 ? Math.max(0, 1 - record.cash.at(step) / value) : 1;
      this.#useSum += use;
      this.#useMost = Math.max(this.#useMost, use);
      this.#steps++;
    }
    for (const data of datas) {
      const { liquidationPrice, mark } = broker.getPosition(data);
      const { id } = timelineOf(data);
      if (liquidationPrice === undefined || mark === undefined) {
        this.#near.delete(id);
        continue;
      }
      const distance = Math.abs(mark - liquidationPrice) / mark;
      if (distance < this.#closest) this.#closest = distance;
      if (distance >= this.#nearMiss) this.#near.delete(id);
      else if (!this.#near.has(id)) {
        this.#near.add(id);
        this.#misses++;
      }
    }
  }

  override result(): AccountCostsResult {
    const account = this.run.account?.();
    const known = this.#traded > 0;
    return {
      fees: byCurrency(account, (booked) => -booked.fee - booked.liquidationFee),
      funding: byCurrency(account, (booked) => booked.funding),
      split: Object.fromEntries(
        [...new Set(account?.accounts.flatMap(({ booked }) => Object.keys(booked)) ?? [])].map((currency) => [
          currency,
          splitOf(account!, currency),
        ]),
      ),
      feeShare: known ? this.#fees / this.#traded : undefined,
      makerShare: known ? this.#rested / this.#traded : undefined,
      slippage: known ? this.#slipped / this.#traded : undefined,
      liquidations: account?.liquidations.length ?? 0,
      nearMisses: this.#misses,
      closest: this.#closest === Infinity ? undefined : this.#closest,
      marginUse: { mean: this.#steps === 0 ? 0 : this.#useSum / this.#steps, highest: this.#useMost },
      exposure: equityByCurrency(account),
    };
  }
}

type Booked = Readonly<Record<string, number>> & {
  readonly fee: number;
  readonly liquidationFee: number;
  readonly funding: number;
};

function numbersOf(booked: Readonly<Record<string, string>>): Booked {
  return Object.fromEntries(Object.entries(booked).map(([kind, text]) => [kind, Number(text)])) as unknown as Booked;
}

function byCurrency(account: AccountResult | undefined, read: (booked: Booked) => number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { booked } of account?.accounts ?? []) {
    for (const [currency, kinds] of Object.entries(booked)) {
      const amount = read(numbersOf(kinds));
      if (amount !== 0) sums[currency] = (sums[currency] ?? 0) + amount;
    }
  }
  return sums;
}

function splitOf(
  account: AccountResult,
  currency: string,
): { readonly price: number; readonly funding: number; readonly fees: number; readonly insurance: number } {
  const sum = (kind: string): number =>
    account.accounts.reduce(
      (total, { booked }) => total + Number((booked[currency] as Record<string, string> | undefined)?.[kind] ?? 0),
      0,
    );
  return {
    price: sum('profit'),
    funding: sum('funding'),
    fees: sum('fee') + sum('liquidationFee'),
    insurance: sum('insurance'),
  };
}

function equityByCurrency(account: AccountResult | undefined): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { equity } of account?.accounts ?? []) {
    for (const [currency, amount] of Object.entries(equity)) sums[currency] = (sums[currency] ?? 0) + amount;
  }
  return sums;
}
