/** The value of a size at a price, in the currency that the instrument settles in. */
import type { Instrument } from '../../core/index.ts';

/** On spot units times price; on a linear contract that times the contract size; on an inverse one units times the contract size over the price, in the base. Never negative. */
export function notional(instrument: Instrument | undefined, size: number, price: number): number {
  const units = Math.abs(size) * (instrument?.contractSize ?? 1);
  return isInverse(instrument) ? units / price : units * price;
}

/** Whether an instrument is an inverse contract: one settled in its base. */
export function isInverse(instrument: Instrument | undefined): boolean {
  if (instrument === undefined || instrument.type === 'spot' || instrument.type === 'margin') return false;
  return instrument.settle === instrument.base && instrument.base !== instrument.quote;
}
