/** Binance's order lists of kind OCO, which ccxt has no method of its own for. */
import { messageOf, ProtocolError, type OrderPair, type OrderRequest, type PairOutcome } from '../../../core/index.ts';
import type { CcxtOrder } from '../connection/exchange.ts';
import { slowDown } from '../connection/limiter.ts';
import type { CcxtStore } from '../connection/store.ts';
import { alteredBy } from './exact-numbers.ts';
import { outcomeOf } from './outcomes.ts';
import type { SentOrders } from './sent-orders.ts';

/** Whether an exchange takes order lists (OCO) in the form that `ocoLegs` writes. */
export function hasOrderLists(exchange: string): boolean {
  return exchange === 'binance';
}

/** The two orders of a list as Binance names them: the one above the price, and the one below it. */
function ocoLegs(orders: readonly OrderRequest[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const { clientId, side, type, price, stopPrice } of orders) {
    const isLimit = type === 'limit';
    const where = isLimit === (side === 'sell') ? 'above' : 'below';
    params[`${where}Type`] = isLimit ? 'LIMIT_MAKER' : price === undefined ? 'STOP_LOSS' : 'STOP_LOSS_LIMIT';
    params[`${where}ClientOrderId`] = clientId;
    if (price !== undefined) params[`${where}Price`] = price;
    if (stopPrice !== undefined) params[`${where}StopPrice`] = stopPrice;
    if (!isLimit && price !== undefined) params[`${where}TimeInForce`] = 'GTC';
  }
  return params;
}

/** The orders in the answer to a list. */
function reportsOf(answer: unknown): readonly { readonly clientOrderId?: string }[] {
  const { orderReports } = (answer ?? {}) as { readonly orderReports?: readonly { readonly clientOrderId?: string }[] };
  return orderReports ?? [];
}

/** Places two orders as one list: when one of them is executed, the exchange cancels the other. */
export async function placeList(
  store: CcxtStore,
  sent: SentOrders,
  { clientId, orders }: OrderPair,
): Promise<PairOutcome> {
  const [{ symbol, side, size }] = orders;
  try {
    const exchange = await store.open();
    const { privatePostOrderListOco: place } = exchange as {
      privatePostOrderListOco?: (params: object) => Promise<unknown>;
    };
    const { parseOrder } = exchange as unknown as { parseOrder: (row: object, market: object) => CcxtOrder };
    const market = exchange.markets?.[symbol];
    if (place === undefined || market?.id === undefined || market.spot !== true) {
      return { kind: 'refused', reason: `${store.exchange} has no order lists`, code: 'not-supported' };
    }
    for (const one of orders) {
      const altered = alteredBy(exchange, one);
      if (altered !== undefined) return { kind: 'refused', reason: altered, code: 'invalid-order' };
    }
    const base = { symbol: market.id, side: side.toUpperCase(), quantity: size, listClientOrderId: clientId };
    const params = { ...base, ...ocoLegs(orders), newOrderRespType: 'FULL' };
    const answer = await store.callOnce('place an order list', () => place.call(exchange, params));
    const reports = reportsOf(answer);
    const taken = orders.map((one) => {
      const row = reports.find(({ clientOrderId }) => clientOrderId === one.clientId);
      if (row === undefined)
        throw new ProtocolError(`${store.exchange} answered an order list without ${one.clientId}`);
      return sent.accepted(parseOrder.call(exchange, row, market), one);
    });
    return { kind: 'accepted', orders: [taken[0]!, taken[1]!] };
  } catch (error) {
    slowDown(store.limiter, error);
    const outcome = outcomeOf(error);
    return outcome.kind === 'accepted' ? { kind: 'unknown', reason: messageOf(error) } : outcome;
  }
}
