/** Running counts of profits and lengths of trades. */

/** Profits of some trades, in quote units. */
export interface Profits {
  /** Their sum, in quote units. */
  readonly total: number;
  /** Their mean, in quote units; undefined without a trade. */
  readonly average: number | undefined;
  /** The one furthest from 0: the largest win or the largest loss; undefined without a trade. */
  readonly best: number | undefined;
}

/** Lengths of some trades, in bars. */
export interface Lengths {
  /** Their sum, in bars. */
  readonly total: number;
  /** Their mean, in bars; undefined without a trade. */
  readonly average: number | undefined;
  /** The longest, in bars; undefined without a trade. */
  readonly max: number | undefined;
  /** The shortest, in bars; undefined without a trade. */
  readonly min: number | undefined;
}

/** Adds profits up. */
export class ProfitTally {
  count = 0;
  private total = 0;
  private best: number | undefined;

  add(profit: number): void {
    this.count++;
    this.total += profit;
    if (this.best === undefined || Math.abs(profit) > Math.abs(this.best)) this.best = profit;
  }

  read(): Profits {
    return { total: this.total, average: this.count === 0 ? undefined : this.total / this.count, best: this.best };
  }
}

/** Adds lengths up. A length of 0 bars counts as a minimum, or does not, or counts only until the next length comes, as in Backtrader. */
export class LengthTally {
  private readonly zero: 'counts' | 'skips' | 'forgets';
  private count = 0;
  private total = 0;
  private max: number | undefined;
  private min: number | undefined;

  constructor(zero: 'counts' | 'skips' | 'forgets') {
    this.zero = zero;
  }

  add(bars: number): void {
    this.count++;
    this.total += bars;
    this.max = Math.max(this.max ?? 0, bars);
    if (this.zero === 'skips' && bars === 0) return;
    const before = this.zero === 'forgets' && this.min === 0 ? undefined : this.min;
    this.min = before === undefined ? bars : Math.min(before, bars);
  }

  read(): Lengths {
    const { total, max, min, count } = this;
    return { total, average: count === 0 ? undefined : total / count, max, min };
  }
}
