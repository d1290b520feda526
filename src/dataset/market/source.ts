/** The source of bronze: an exchange's history, requested for one symbol and one period at a time. */
import type { Bars, Instrument } from '../../core/index.ts';

/** A period: `start <= time < end`, milliseconds UTC. */
export interface Period {
  /** The first moment, milliseconds UTC. */
  readonly start: number;
  /** The first moment after it, milliseconds UTC. */
  readonly end: number;
}

/** A settled funding rate. */
export interface FundingRow {
  /** Milliseconds UTC. */
  readonly time: number;
  /** The rate of its interval, as a fraction. */
  readonly rate: number;
}

/** Open interest at a moment. */
export interface OpenInterestRow {
  /** Milliseconds UTC. */
  readonly time: number;
  /** Base units or contracts; undefined where not sent. */
  readonly amount: number | undefined;
  /** Quote units; undefined where not sent. */
  readonly value: number | undefined;
}

/** A public trade. */
export interface TradeRow {
  /** The identifier on the exchange. */
  readonly id: string;
  /** Milliseconds UTC. */
  readonly time: number;
  /** Price in quote units. */
  readonly price: number;
  /** Size in base units. */
  readonly size: number;
  /** The taker's side; undefined where not sent. */
  readonly side: 'buy' | 'sell' | undefined;
}

/** A forced close, as a stream showed it. */
export interface LiquidationRow {
  /** Milliseconds UTC. */
  readonly time: number;
  /** The side of the forced order: `sell` closes a long. */
  readonly side: 'buy' | 'sell';
  /** Price in quote units. */
  readonly price: number;
  /** Size in base units. */
  readonly size: number;
}

/** The history of one exchange. What it does not serve is undefined. */
export interface DatasetSource {
  /** The exchange's id. */
  readonly exchange: string;
  /** The symbols to have in the dataset. */
  readonly symbols: readonly string[];
  /** Why the exchange cannot be reached now: its missing partitions fail, and other exchanges are built. Undefined when it can. */
  readonly away?: Error;
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
  /** Forced closes that were recorded: no exchange serves their history. */
  readonly liquidations?: ((symbol: string, period: Period) => Promise<readonly LiquidationRow[]>) | undefined;
}
