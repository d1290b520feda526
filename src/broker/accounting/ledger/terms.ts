/** Terms: what one unit of an instrument is worth, gains and costs, in the numbers of a ledger. */
import {
  ConfigError,
  currenciesOf,
  typeOfSymbol,
  type FeeTier,
  type Instrument,
  type MarginTier,
} from '../../../core/index.ts';
import type { Arithmetic } from './arithmetic.ts';

/** What is traded: the coin itself, a contract settled in the quote, or one settled in the base. */
export type ContractKind = 'spot' | 'linear' | 'inverse';

/** A tier of maintenance margin in the numbers of a ledger. */
export interface Tier<N> {
  /** The largest value of a position in it, included. */
  readonly upTo: N;
  readonly rate: N;
  readonly amount: N;
  readonly maxLeverage: number;
}

/** Fees from a traded volume on. */
export interface FeeStep<N> {
  readonly from: number;
  readonly maker: N;
  readonly taker: N;
}

/** The terms of one instrument. */
export class Terms<N> {
  readonly kind: ContractKind;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** The currency of profit, margin and value; the quote on spot. */
  readonly settle: string;
  readonly contractSize: N;
  readonly fees: readonly FeeStep<N>[];
  /** `received`, `quote`, `base` or a third currency; contracts pay in `settle`. */
  readonly feeCurrency: string;
  readonly liquidationFee: N;
  readonly tiers: readonly Tier<N>[];
  readonly expiry: number;
  readonly lot: number | undefined;
  readonly tick: number | undefined;
  readonly #a: Arithmetic<N>;

  constructor(a: Arithmetic<N>, instrument: Instrument) {
    this.#a = a;
    const { base, quote, settle } = withCurrencies(instrument);
    this.symbol = instrument.symbol;
    this.base = base;
    this.quote = quote;
    this.settle = settle;
    this.kind = kindOf(instrument);
    this.contractSize = a.of(instrument.contractSize ?? 1);
    this.fees = feeSteps(instrument).map(({ from, makerFee, takerFee }) => ({
      from,
      maker: a.of(makerFee),
      taker: a.of(takerFee),
    }));
    this.feeCurrency = this.kind === 'spot' ? (instrument.feeCurrency ?? 'quote') : 'settle';
    this.liquidationFee = a.of(instrument.liquidationFee ?? 0);
    this.tiers = marginTiers(instrument.marginTiers ?? []).map((tier) => ({
      upTo: a.of(tier.upTo),
      rate: a.of(tier.maintenanceRate),
      amount: a.of(tier.maintenanceAmount),
      maxLeverage: tier.maxLeverage ?? Infinity,
    }));
    this.expiry = instrument.expiry ?? Infinity;
    this.lot = instrument.lot;
    this.tick = instrument.tick;
  }

  /** Value of a number of units at a price, in settle currency. Size and result are not negative. */
  notional(size: N, price: N): N {
    const a = this.#a;
    const units = a.mul(size, this.contractSize);
    return this.kind === 'inverse' ? a.div(units, price) : a.mul(units, price);
  }

  /** Profit of a signed size from one price to another, in settle currency. */
  profit(size: N, from: N, to: N): N {
    const a = this.#a;
    const move = a.mul(a.mul(size, this.contractSize), a.sub(to, from));
    return this.kind === 'inverse' ? a.div(move, a.mul(from, to)) : move;
  }

  /** Entry of two parts of a position together: the mean by size, of an inverse contract the harmonic mean. Sizes are not negative. */
  meanEntry(held: N, entry: N, added: N, price: N): N {
    const a = this.#a;
    const total = a.add(held, added);
    if (this.kind !== 'inverse') return a.div(a.add(a.mul(held, entry), a.mul(added, price)), total);
    return a.div(a.mul(total, a.mul(entry, price)), a.add(a.mul(held, price), a.mul(added, entry)));
  }

  /** The fee rate at a traded volume. */
  feeRate(isMaker: boolean, volume: number): N {
    let step = this.fees[0]!;
    for (const one of this.fees) if (one.from <= volume) step = one;
    return isMaker ? step.maker : step.taker;
  }

  /** The tier that a position of a value lies in; the last one above all of them; undefined without tiers. */
  tierOf(notional: N): Tier<N> | undefined {
    const { tiers } = this;
    for (const tier of tiers) if (this.#a.compare(notional, tier.upTo) <= 0) return tier;
    return tiers[tiers.length - 1];
  }

  /** The leverage allowed to a position of a value: 0 for one above the last tier. */
  maxLeverage(notional: N): number {
    const { tiers } = this;
    if (tiers.length === 0) return Infinity;
    for (const tier of tiers) if (this.#a.compare(notional, tier.upTo) <= 0) return tier.maxLeverage;
    return 0;
  }

  /** The largest value of a position that a leverage is allowed for. */
  mostValue(leverage: number): number {
    let most = this.tiers.length === 0 ? Infinity : 0;
    for (const tier of this.tiers) if (tier.maxLeverage >= leverage) most = this.#a.toNumber(tier.upTo);
    return most;
  }

  /** Maintenance margin of a position of a value. */
  maintenance(notional: N): N {
    const a = this.#a;
    const tier = this.tierOf(notional);
    return tier === undefined ? a.zero : a.sub(a.mul(notional, tier.rate), tier.amount);
  }
}

/**
 * Whether an instrument is the coin itself, or a contract that settles in the quote or in the base.
 *
 * @throws {ConfigError} If it is an option, or a contract that settles in a third currency.
 */
export function kindOf(instrument: Instrument): ContractKind {
  if (instrument.type === 'spot' || instrument.type === 'margin') return 'spot';
  if (instrument.type === 'option')
    throw new ConfigError(`'${instrument.symbol}' is an option: options are not traded`);
  const { base, quote, settle } = withCurrencies(instrument);
  if (settle === base) return 'inverse';
  // Venues that price in USD pay a stablecoin one to one.
  if (settle === quote || (settle.includes('USD') && quote.includes('USD'))) return 'linear';
  throw new ConfigError(
    `'${instrument.symbol}' is a quanto contract, of ${base}, priced in ${quote} and settled in ${settle}: only contracts settled in their base or quote are traded`,
    { context: { symbol: instrument.symbol } },
  );
}

/** The currencies of an instrument; from its symbol where it does not name them. */
export function withCurrencies({ symbol, base, quote, settle }: Instrument): {
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
} {
  const [pairBase, pairQuote] = currenciesOf(symbol);
  const [, after] = symbol.split(':');
  const [named] = (after ?? '').split('-');
  const priced = quote || pairQuote;
  return {
    base: base || pairBase,
    quote: priced,
    settle: settle ?? (named === undefined || named === '' ? priced : named),
  };
}

/**
 * Tiers in rising order, each with the amount that keeps the maintenance margin continuous where the venue does not name it:
 * the amount of the tier below plus its cap times the difference of the rates.
 */
export function marginTiers(
  tiers: readonly MarginTier[],
): readonly (MarginTier & { readonly maintenanceAmount: number })[] {
  let cap = 0;
  let rate = tiers[0]?.maintenanceRate ?? 0;
  let amount = 0;
  return tiers.map((tier) => {
    if (tier.maintenanceRate < rate) {
      throw new ConfigError(`marginTiers must rise: maintenanceRate ${tier.maintenanceRate} follows ${rate}`, {
        context: { field: 'marginTiers' },
      });
    }
    if (!(tier.upTo > cap)) {
      throw new ConfigError(`marginTiers must rise: upTo ${tier.upTo} follows ${cap}`, {
        context: { field: 'marginTiers' },
      });
    }
    amount = tier.maintenanceAmount ?? +(amount + cap * (tier.maintenanceRate - rate)).toPrecision(12);
    cap = tier.upTo;
    rate = tier.maintenanceRate;
    return { ...tier, maintenanceAmount: amount };
  });
}

function feeSteps({ makerFee = 0, takerFee = 0, feeTiers = [] }: Instrument): readonly FeeTier[] {
  if (feeTiers.length === 0) return [{ from: 0, makerFee, takerFee }];
  let last = -Infinity;
  for (const { from } of feeTiers) {
    if (!(from > last))
      throw new ConfigError(`feeTiers must rise: from ${from} follows ${last}`, { context: { field: 'feeTiers' } });
    last = from;
  }
  return feeTiers;
}

/** The instrument of a data: what the venue says, what `setInstrument` says, and the rest from its symbol. */
export function completeInstrument(
  info: { readonly name: string; readonly symbol: string; readonly instrument?: Instrument | undefined },
  facts: Partial<Instrument>,
  commission?: number,
): Instrument {
  const symbol = facts.symbol ?? info.instrument?.symbol ?? info.symbol;
  const named = symbol.includes('/');
  if (!named && (facts.base === undefined || facts.quote === undefined) && info.instrument === undefined) {
    throw new ConfigError(
      `'${info.name}' is no unified symbol such as BTC/USDT or BTC/USDT:USDT, so its currencies are unknown: call setInstrument('${info.name}', { base, quote, type })`,
      { context: { data: info.name } },
    );
  }
  const type = facts.type ?? info.instrument?.type ?? typeOfSymbol(symbol);
  return {
    ...(commission !== undefined && { makerFee: commission, takerFee: commission }),
    base: '',
    quote: '',
    ...info.instrument,
    ...facts,
    symbol,
    type,
  };
}
