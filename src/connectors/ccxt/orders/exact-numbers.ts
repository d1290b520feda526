/** Whether ccxt sends the numbers of an order as they are. */
import { Decimal, type OrderRequest } from '../../../core/index.ts';
import type { CcxtExchange } from '../connection/exchange.ts';

/** Why ccxt would change an order on its way out; undefined when it passes every number on as it is. */
export function alteredBy(
  exchange: CcxtExchange,
  { symbol, size, price, stopPrice }: OrderRequest,
): string | undefined {
  const checks = [
    ['size', size, (value: string) => exchange.amountToPrecision(symbol, value)],
    ['price', price, (value: string) => exchange.priceToPrecision(symbol, value)],
    ['stopPrice', stopPrice, (value: string) => exchange.priceToPrecision(symbol, value)],
  ] as const;
  for (const [field, value, cut] of checks) {
    if (value === undefined) continue;
    let sent: string | undefined;
    try {
      sent = cut(value);
    } catch {
      sent = undefined;
    }
    if (sent === undefined || !new Decimal(sent).eq(value)) {
      return `${field} ${value} is not on the exchange's steps: it would be sent as ${sent ?? 'nothing'}`;
    }
  }
  return undefined;
}
