/** Refusals of the exchange in the words of contracts: codes and sentences differ from those of spot. */
import { Refusal } from '../../exchange/index.ts';

const words: readonly (readonly [message: RegExp, code: number, text: string])[] = [
  [/LOT_SIZE/, -1111, 'Precision is over the maximum defined for this asset.'],
  [/PRICE_FILTER/, -4014, 'Price not increased by tick size.'],
  [/^Invalid quantity/, -4003, 'Quantity less than or equal to zero.'],
  [/^Invalid price/, -4001, 'Price less than 0.'],
  [/NOTIONAL/, -4164, "Order's notional must be no smaller than 5 (unless you choose reduce only)."],
  [/^Duplicate order/, -4116, 'ClientOrderId is duplicated.'],
  [/would trigger immediately/, -2021, 'Order would immediately trigger.'],
  [/would immediately match/, -5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history'],
]; // prettier-ignore

/** Runs an action, and rethrows its refusal with the code and sentence of contracts. */
export function inContractWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const found = words.find(([message]) => message.test(error.message));
    throw found === undefined ? error : new Refusal(found[1], found[2]);
  }
}
