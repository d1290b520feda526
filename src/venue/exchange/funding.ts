/** When funding is due, and at which rate. */
import { ConfigError } from '../../core/index.ts';
import type { ContractOptions, FundingDue } from './contract-options.ts';

/** The funding rates of every symbol: a series that was given, or one rate at regular intervals. */
export class FundingSchedule {
  readonly #series: Readonly<Record<string, readonly FundingDue[]>>;
  readonly #rate: number;
  readonly #everyMs: number;

  /** @throws {ConfigError} If the interval is not above 0. */
  constructor({ funding = {}, fundingRate = 0.0001, fundingEveryMs = 8 * 3_600_000 }: ContractOptions) {
    if (!(fundingEveryMs > 0)) throw new ConfigError(`fundingEveryMs must be above 0, was ${fundingEveryMs}`);
    this.#series = funding;
    this.#rate = fundingRate;
    this.#everyMs = fundingEveryMs;
  }

  /** Rates of a symbol that are due after one moment and up to another. */
  between(symbol: string, after: number, until: number): FundingDue[] {
    const series = this.#series[symbol];
    if (series !== undefined) return series.filter(({ time }) => time > after && time <= until);
    const dues: FundingDue[] = [];
    for (let time = (Math.floor(after / this.#everyMs) + 1) * this.#everyMs; time <= until; time += this.#everyMs) {
      dues.push({ time, rate: this.#rate });
      if (dues.length >= 1_000) break;
    }
    return dues;
  }

  /** The next payment of a symbol after a moment; undefined when its series has ended. */
  next(symbol: string, now: number): FundingDue | undefined {
    const series = this.#series[symbol];
    if (series !== undefined) return series.find(({ time }) => time > now);
    return this.between(symbol, now, now + this.#everyMs)[0];
  }
}
