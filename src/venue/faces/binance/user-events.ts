/** Binance's user-data events: changes of orders, order lists and balances. */
import { balanceText, type Account, type ListReport, type OrderReport } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf, priceText, sizeText } from './fields.ts';

/** The event of an order's change. */
export function executionReport(report: OrderReport, one: MarketInstrument): object {
  const { kind, order, fill, cancelId, clientIdBefore, time } = report;
  const isWorking = kind === 'NEW' && order.workingTime !== undefined && order.price !== undefined;
  return {
    e: 'executionReport', E: time, s: nameOf(one), c: cancelId ?? order.clientId, S: order.side.toUpperCase(), o: order.type,
    f: order.timeInForce, q: sizeText(order.size, one), p: priceText(order.price, one), P: priceText(order.stopPrice, one), F: sizeText(0, one),
    g: order.list?.id ?? -1, C: clientIdBefore ?? (cancelId === undefined ? '' : order.clientId), x: kind, X: order.status, r: 'NONE',
    i: order.id, l: sizeText(fill?.size ?? 0, one), z: sizeText(order.filled, one), L: priceText(fill?.price, one),
    n: fill === undefined ? '0' : balanceText(fill.fee), N: fill?.feeAsset ?? null, T: fill?.time ?? order.updated,
    t: fill?.tradeId ?? -1, I: order.id, w: isWorking,
    m: fill?.isMaker ?? false, M: fill !== undefined, O: order.time, Z: balanceText(order.value), Y: balanceText(fill?.value ?? 0n),
    Q: balanceText(order.quoteValue ?? 0n), W: order.workingTime ?? order.time, V: 'EXPIRE_MAKER',
  }; // prettier-ignore
}

/** The event of an order list's change. */
export function listStatus({ list, kind, time }: ListReport, one: MarketInstrument): object {
  return {
    e: 'listStatus', E: time, s: nameOf(one), g: list.id, c: list.contingency, l: kind,
    L: kind === 'ALL_DONE' ? 'ALL_DONE' : 'EXECUTING', r: 'NONE', C: list.clientId, T: time,
    O: list.orders.map(({ id, clientId }) => ({ s: nameOf(one), i: id, c: clientId })),
  }; // prettier-ignore
}

/** The event of balances that orders changed. */
export function accountPosition(account: Account, assets: readonly string[], time: number): object {
  const rows = assets.map((asset) => {
    const { free, locked } = account.holding(asset);
    return { a: asset, f: balanceText(free), l: balanceText(locked) };
  });
  return { e: 'outboundAccountPosition', E: time, u: time, B: rows };
}

/** The event of a deposit. */
export function balanceUpdate(asset: string, amount: bigint, time: number): object {
  return { e: 'balanceUpdate', E: time, a: asset, d: balanceText(amount), T: time };
}
