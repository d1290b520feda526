/** Where bronze comes from: an exchange's history, asked for one symbol and one period at a time. */
import type { Bars, Instrument } from '../../core/index.ts';

/** A period: `start <= time < end`, milliseconds UTC. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** A settled funding rate. */
export interface FundingRow {
  readonly time: number;
  readonly rate: number;
}

/** Open interest at a moment. */
export interface OpenInterestRow {
  readonly time: number;
  readonly amount: number | undefined;
  readonly value: number | undefined;
}

/** A public trade. */
export interface TradeRow {
  readonly id: string;
  readonly time: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell' | undefined;
}

/** The history of one exchange. What it does not serve is undefined. */
export interface DatasetSource {
  /** The exchange's id. */
  readonly exchange: string;
  /** The symbols to have in the dataset. */
  readonly symbols: readonly string[];
  /** The rules of a symbol. */
  instrument(symbol: string): Promise<Instrument>;
  /** One-minute bars of a period; empty when nothing traded. */
  bars(symbol: string, period: Period): Promise<Bars>;
  /** Settled funding rates of a swap. */
  readonly fundingRates?: ((symbol: string, period: Period) => Promise<readonly FundingRow[]>) | undefined;
  /** Open interest of a contract. */
  readonly openInterest?: ((symbol: string, period: Period) => Promise<readonly OpenInterestRow[]>) | undefined;
  /** Public trades. */
  readonly trades?: ((symbol: string, period: Period) => Promise<readonly TradeRow[]>) | undefined;
}
