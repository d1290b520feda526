/** The value of a size at a price, in the currency that the instrument settles in. */
import type { Instrument } from '../../core/index.ts';

/** Units times price on spot; of a linear contract times its size; of an inverse one its size over the price, in the base. Never negative. */
export function notional(instrument: Instrument | undefined, size: number, price: number): number {
  const units = Math.abs(size) * (instrument?.contractSize ?? 1);
  return isInverse(instrument) ? units / price : units * price;
}

/** Whether an instrument is a contract that pays in its base. */
export function isInverse(instrument: Instrument | undefined): boolean {
  if (instrument === undefined || instrument.type === 'spot' || instrument.type === 'margin') return false;
  return instrument.settle === instrument.base && instrument.base !== instrument.quote;
}
