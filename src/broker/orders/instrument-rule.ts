/** Instrument rules: which sizes and prices of orders are refused. */
import type { Instrument, Refusal } from '../../core/index.ts';
import { brokenRule, type RuledOrder } from '../live/venue-rules.ts';

/** Which sizes and prices does the instrument allow? */
export interface InstrumentRule {
  /**
   * Why an order is refused; undefined when it is not.
   *
   * @param market - The latest price, by which orders without a limit are valued.
   */
  refusal(instrument: Instrument | undefined, order: RuledOrder, market: number): Refusal | undefined;
  /** The step in which units are executed; undefined without one. */
  lotOf(instrument: Instrument | undefined): number | undefined;
}

/** Backtrader's: any. */
export const anySize: InstrumentRule = {
  refusal: () => undefined,
  lotOf: () => undefined,
};

/** An exchange's: tick, lot, minimum and maximum size and minimum notional, where the instrument is known. */
export const venueSizes: InstrumentRule = {
  refusal: brokenRule,
  lotOf: (instrument) => instrument?.lot,
};
