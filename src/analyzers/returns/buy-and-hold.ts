/** The return of holding a data throughout the run. */
import { Analyzer } from '../analyzer.ts';
import { DataCloses, dataOf } from './data-closes.ts';
import { finite } from '../risk/moments.ts';
import { checkOptions } from '../options.ts';
import { yearMs } from '../periods/period.ts';
import { growthPerYear } from './returns.ts';

/** Options of BuyAndHold. */
export interface BuyAndHoldOptions {
  /** The data, by name or number from 0. Default: the first. */
  readonly data?: string | number;
}

/** A data bought at its first open and held to its last close, without costs. */
export interface BuyAndHoldResult {
  /** As a fraction; undefined when the data never had a bar. */
  readonly return: number | undefined;
  /** Compound growth a year, by the time that passed; undefined for a single step. */
  readonly cagr: number | undefined;
  /** Open of the first bar, in quote units; undefined when the data had no bar. */
  readonly firstOpen: number | undefined;
  /** The close it is valued at; undefined when the data had no bar. */
  readonly lastClose: number | undefined;
}

/** Buying and holding the same data over the same time, to compare with the strategy. */
export class BuyAndHold extends Analyzer<BuyAndHoldResult> {
  private readonly wanted: string | number;
  private closes: DataCloses | undefined;
  private began = NaN;
  private ended = NaN;
  private steps = 0;

  constructor(options: BuyAndHoldOptions = {}) {
    super();
    checkOptions('BuyAndHold', options, ['data']);
    this.wanted = options.data ?? 0;
  }

  override start(): void {
    this.closes = new DataCloses(dataOf(this.run, this.wanted));
  }

  override observe(from: number, to: number): void {
    const { record } = this.run;
    if (this.steps === 0) this.began = record.opened.at(from);
    this.closes?.bound(record, from, to);
    this.ended = record.closeAt(to - 1);
    this.steps += to - from;
  }

  override result(): BuyAndHoldResult {
    const firstOpen = finite(this.closes?.firstOpen ?? NaN);
    const lastClose = finite(this.closes?.lastClose ?? NaN);
    if (firstOpen === undefined || lastClose === undefined) {
      return { return: undefined, cagr: undefined, firstOpen, lastClose };
    }
    const growth = lastClose / firstOpen;
    const cagr = this.steps < 2 ? undefined : growthPerYear(growth, (this.ended - this.began) / yearMs);
    return { return: finite(growth - 1), cagr, firstOpen, lastClose };
  }
}
