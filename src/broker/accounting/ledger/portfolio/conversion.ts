/** What amounts of one currency are worth in another: by the rates of the run, by its spot datas, or by way of other currencies. */
import { ConfigError } from '../../../../core/index.ts';
import type { Timeline } from '../../../../lines/index.ts';
import type { Held } from './held.ts';
import type { Rates } from '../options.ts';
import type { Terms } from '../terms.ts';

/** Converts into the currency of value. `N` is the number its ledger counts in. */
export class Conversion<N> {
  /** The currency of value. */
  currency = '';
  /** Whether the bars of a step are being booked: what they close at is not known yet. */
  isInBars = false;
  /** The currencies of amounts that no rate converted. */
  readonly missing = new Set<string>();
  /** The currencies of trades that fee tiers do not count, because no rate converted them. */
  readonly uncounted = new Set<string>();
  readonly #rates: Rates;
  #held: readonly Held<N>[] = [];
  #timelines: readonly Timeline[] = [];

  constructor(rates: Rates) {
    this.#rates = rates;
  }

  /** Takes the datas of the run, whose prices are rates too. */
  open(currency: string, held: readonly Held<N>[], timelines: readonly Timeline[]): void {
    this.currency = currency;
    this.#held = held;
    this.#timelines = timelines;
  }

  /** The currencies that rates or spot datas lead to from the currency of value, itself included. */
  linked(): ReadonlySet<string> {
    const linked = new Set([this.currency]);
    const pairs = this.#pairs();
    for (let before = 0; before < linked.size;) {
      before = linked.size;
      for (const [base, quote] of pairs) {
        if (linked.has(base)) linked.add(quote);
        else if (linked.has(quote)) linked.add(base);
      }
    }
    return linked;
  }

  /** An amount in the currency of value; what no rate converts counts nothing, and is noted in `missing` once there are bars. */
  convert(amount: number, currency: string): number {
    if (amount === 0 || currency === this.currency) return amount;
    const rate = this.rateOf(currency, this.currency);
    if (rate !== undefined) return amount * rate;
    // Before the first bar of the run no data can be a rate.
    if (this.#timelines.some(({ index }) => index >= 0)) this.missing.add(currency);
    return 0;
  }

  /** What a fill traded, as fee tiers count it; what no rate converts counts nothing, and is noted in `uncounted`. */
  traded({ kind, settle, quote }: Terms<N>, value: number, units: number): number {
    const { currency } = this;
    // A contract of 100 USD is 100 of whatever dollar the account counts in, as its venue counts it.
    if (kind === 'inverse' && (quote === currency || (isDollar(quote) && isDollar(currency)))) return units;
    const rate = this.rateOf(settle, currency);
    if (rate === undefined) this.uncounted.add(settle);
    return value * (rate ?? 0);
  }

  /**
   * What one unit of a currency is worth in another: from `rates`, else from a spot data of the run, else by way of other currencies; undefined
   * where none of them leads there.
   *
   * @param isAtStart - Takes the open of the first bar of a data that has none yet.
   */
  rateOf(from: string, to: string, isAtStart = false, passed: readonly string[] = []): number | undefined {
    if (from === to) return 1;
    const direct = this.#direct(from, to, isAtStart);
    if (direct !== undefined) return direct;
    const beyond = [...passed, from];
    for (const next of this.#neighbors(from)) {
      if (beyond.includes(next)) continue;
      const [first, rest] = [this.#direct(from, next, isAtStart), this.rateOf(next, to, isAtStart, beyond)];
      if (first !== undefined && rest !== undefined) return first * rest;
    }
    return undefined;
  }

  /** What rates and spot datas name: base and quote. */
  #pairs(): (readonly [base: string, quote: string])[] {
    const pairs = Object.keys(this.#rates).map((pair) => {
      const [base = '', quote = ''] = pair.split('/');
      return [base, quote] as const;
    });
    for (const { leg } of this.#held) {
      const { kind, base, quote } = leg.terms;
      if (kind === 'spot') pairs.push([base, quote]);
    }
    return pairs;
  }

  #neighbors(currency: string): string[] {
    return this.#pairs()
      .filter((pair) => pair.includes(currency))
      .map(([base, quote]) => (base === currency ? quote : base));
  }

  #direct(from: string, to: string, isAtStart: boolean): number | undefined {
    const given = this.#given(from, to, isAtStart);
    if (given !== undefined) return given;
    const inverse = this.#given(to, from, isAtStart);
    if (inverse !== undefined) return 1 / inverse;
    for (const { leg, timeline } of this.#held) {
      const { kind, base, quote } = leg.terms;
      if (kind !== 'spot') continue;
      const price = Number.isNaN(leg.mark) ? this.#priceOf(timeline, isAtStart) : leg.mark;
      if (price === undefined) continue;
      if (base === from && quote === to) return price;
      if (base === to && quote === from) return 1 / price;
    }
    return undefined;
  }

  #given(from: string, to: string, isAtStart: boolean): number | undefined {
    const rate = this.#rates[`${from}/${to}`];
    if (typeof rate !== 'string') return rate;
    const timeline = this.#timelines.find(({ info }) => info.name === rate);
    if (timeline === undefined) throw new ConfigError(`rates['${from}/${to}']: no data is named '${rate}'`);
    return this.#priceOf(timeline, isAtStart);
  }

  /** The latest price of a data; before its first bar undefined, or at the start of the run the open of that bar. */
  #priceOf({ index, isNew, open, close, loaded }: Timeline, isAtStart: boolean): number | undefined {
    if (index >= 0) return this.isInBars && isNew ? open.at(index) : close.at(index);
    return isAtStart && loaded > 0 ? open.values[0] : undefined;
  }
}

/** Whether a currency is the US dollar or one of its stablecoins. */
function isDollar(currency: string): boolean {
  return currency.includes('USD');
}
