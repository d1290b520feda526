/** How an exchange trades contracts. */
import type { MarginTier } from '../../core/index.ts';

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
  /** Milliseconds between payments where no series is given, counted from the epoch. Default 8 hours. */
  readonly fundingEveryMs?: number;
  /** The mark price in quote units at a moment; undefined leaves it to the book. Default: the middle of the book, else the last price. */
  readonly mark?: (symbol: string, time: number) => number | undefined;
  /** Maintenance margin by the value of a position. Default: the first five brackets of BTCUSDT on Binance. */
  readonly brackets?: readonly MarginTier[];
  /** Leverage of an account that has set none. Default 20. */
  readonly leverage?: number;
  /** Fee of a liquidation, as a fraction of the value. Default 0.0125. */
  readonly liquidationFee?: number;
}
