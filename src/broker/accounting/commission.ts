/** Commission schemes: what trading an instrument costs, binds and earns. */
import { ConfigError, checkNames } from '../../core/index.ts';

/** How commission and margin are computed. Fractions, not percents: 0.001 is 0.1 %. */
export interface CommissionOptions {
  /** Fraction of the traded value, or quote units per unit when `type` is `fixed`. Default 0. */
  readonly commission?: number;
  /** `percent` of the traded value (the default), or `fixed` per unit traded. */
  readonly type?: 'percent' | 'fixed';
  /** Quote units bound per unit of a futures position; with it, or with `autoMargin`, gains are settled in cash bar by bar. Default: spot, paid in full. */
  readonly margin?: number;
  /** Margin as a fraction of price times multiplier, instead of `margin`. Default: none. */
  readonly autoMargin?: number;
  /** Quote units that one unit gains when the price rises by one. Default 1. */
  readonly multiplier?: number;
  /** Long positions bind value / leverage of cash, contracts margin / leverage. Default 1. */
  readonly leverage?: number;
  /** Yearly interest on short positions, as a fraction of their entry value. Default 0. */
  readonly interest?: number;
  /** Whether long positions pay interest too. Default false. */
  readonly interestLong?: boolean;
}

const optionNames = [
  'commission',
  'type',
  'margin',
  'autoMargin',
  'multiplier',
  'leverage',
  'interest',
  'interestLong',
] as const;

/** The arithmetic of one scheme. */
export class CommissionScheme {
  /** Commission: a fraction of the traded value, or quote units per unit traded where `isPercent` is false. */
  readonly rate: number;
  /** Whether `rate` is a fraction of the traded value. */
  readonly isPercent: boolean;
  /** Whether a position is paid in full (spot), not margined and settled in cash (futures). */
  readonly isSpot: boolean;
  /** Gain of one unit, in quote units, when the price rises by one. */
  readonly multiplier: number;
  /** Value of a position that one quote unit of cash carries. */
  readonly leverage: number;
  /** Whether it is a contract settled in its base, so that sizes are quote units and entries harmonic means. */
  readonly isInverse: boolean = false;
  /** Yearly interest on borrowed positions, as a fraction. */
  readonly interest: number;
  /** Whether long positions pay interest too. */
  readonly interestLong: boolean;
  private readonly fixedMargin: number;
  private readonly marginRate: number;

  private readonly options: CommissionOptions;

  constructor(options: CommissionOptions = {}) {
    this.options = options;
    checkNames('commission option', options, optionNames);
    const numbers = { commission: 0, multiplier: 1, leverage: 1, interest: 0, margin: 0, autoMargin: 0, ...options };
    for (const name of ['commission', 'interest', 'margin', 'autoMargin'] as const) check(name, numbers[name], 0, true);
    for (const name of ['multiplier', 'leverage'] as const) check(name, numbers[name], 0, false);
    this.rate = numbers.commission;
    this.isPercent = (options.type ?? 'percent') === 'percent';
    this.isSpot = options.margin === undefined && options.autoMargin === undefined;
    this.multiplier = numbers.multiplier;
    this.leverage = numbers.leverage;
    this.interest = numbers.interest;
    this.interestLong = options.interestLong ?? false;
    this.fixedMargin = numbers.margin;
    this.marginRate = numbers.autoMargin;
  }

  /** This scheme for contracts of `units` units each; a `multiplier` of its own stands. */
  of(units: number): CommissionScheme {
    const { multiplier } = this.options;
    return units === 1 || multiplier !== undefined
      ? this
      : new CommissionScheme({ ...this.options, multiplier: units });
  }

  /** One line for people, such as "0.1 % of the value". */
  get summary(): string {
    if (this.rate === 0) return 'no commission';
    const rate = this.isPercent ? `${+(this.rate * 100).toPrecision(6)} % of the value` : `${this.rate} a unit`;
    return this.leverage === 1 ? rate : `${rate}, leverage ${this.leverage}`;
  }

  /** Commission on `size` units at `price`. */
  commission(size: number, price: number): number {
    return this.isPercent ? Math.abs(size) * price * this.multiplier * this.rate : Math.abs(size) * this.rate;
  }

  /** Cash bound by one unit of a futures position. */
  margin(price: number): number {
    return this.marginRate > 0 ? price * this.multiplier * this.marginRate : this.fixedMargin;
  }

  /** Cash that one unit binds at a price: value / leverage on spot, margin / leverage for a contract. */
  bound(price: number): number {
    return this.value(1, price) / this.leverage;
  }

  /** Value of a signed size: its worth on spot (negative when short), the margin that it binds on futures. */
  value(size: number, price: number): number {
    return this.isSpot ? size * price * this.multiplier : Math.abs(size) * this.margin(price);
  }

  /** Value of units that change hands at a price, never negative: units times price times multiplier, whatever they bind. */
  notional(size: number, price: number): number {
    return Math.abs(size) * price * this.multiplier;
  }

  /** Gain of one unit when the price rises by one point from `price`: the multiplier, unless the contract is inverse. */
  pointValue(_price: number): number {
    return this.multiplier;
  }

  /** Gain of a signed size from one price to another. */
  pnl(size: number, from: number, to: number): number {
    return size * (to - from) * this.multiplier;
  }
}

function check(name: string, value: number, least: number, included: boolean): void {
  if (Number.isFinite(value) && (included ? value >= least : value > least)) return;
  throw new ConfigError(`${name} must be a number ${included ? 'not below' : 'above'} ${least}, was ${value}`, {
    context: { field: name, value },
  });
}
