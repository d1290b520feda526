/** Rows of ccxt as orders, executions and balances of an account. */
import {
  ProtocolError,
  type BalanceEvent,
  type FillEvent,
  type Side,
  type VenueOrder,
  type VenueOrderStatus,
} from '../../../core/index.ts';
import type { CcxtBalances, CcxtFee, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';
import { ownClientId } from '../connection/venues.ts';
import { walletsOf } from './wallets.ts';

/** ccxt's word for an order's state; `closed` is filled, or ended with a part of it. */
const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  open: 'open',
  closed: 'filled',
  canceled: 'canceled',
  canceling: 'open',
  expired: 'expired',
  rejected: 'rejected',
};

/**
 * An order as the exchange has it.
 *
 * @throws {ProtocolError} If it has no id or status, or has ended without the executed size, so that how it ended is unknown.
 */
export function venueOrderOf(order: CcxtOrder, symbol: string, exchange: string): VenueOrder {
  const { id, status: word, amount, filled } = order;
  const status = word === undefined ? undefined : statuses[word];
  if (id === undefined || status === undefined) {
    throw new ProtocolError(`${exchange} sent an order without an id or a known status, it was '${word ?? ''}'`, {
      retryable: true,
    });
  }
  const executed = filled ?? (status === 'filled' ? amount : undefined) ?? (status === 'rejected' ? 0 : undefined);
  if (executed === undefined && status !== 'open') {
    throw new ProtocolError(`${exchange} did not say how much of order ${id} was executed`, { retryable: true });
  }
  const units = executed ?? 0;
  const size = amount ?? 0;
  const { average, price, timestamp, clientOrderId, type, side } = order;
  return {
    id,
    clientId: clientOrderId === '' ? undefined : ownClientId(exchange, clientOrderId),
    symbol: order.symbol ?? symbol,
    side: sideOf(side),
    type: type ?? '',
    status: status === 'open' && units > 0 ? 'partial' : status === 'filled' && units < size ? 'canceled' : status,
    size,
    filled: units,
    ...(price === undefined || price === 0 ? {} : { price }),
    ...(average === undefined || units === 0 ? {} : { averagePrice: average }),
    ...(timestamp === undefined ? {} : { time: timestamp }),
  };
}

/** An execution; undefined when it lacks a field without which it cannot be booked. */
export function fillOf(trade: CcxtTrade, exchange: string, receiveTime: number): FillEvent | undefined {
  const { id, order, symbol, price, amount, timestamp, takerOrMaker } = trade;
  if (id === undefined || order === undefined || symbol === undefined) return undefined;
  if (price === undefined || amount === undefined) return undefined;
  const fee = trade.fee ?? firstFee(trade);
  return {
    type: 'fill',
    exchange,
    symbol,
    time: timestamp,
    receiveTime,
    id,
    orderId: order,
    clientId: undefined,
    side: sideOf(trade.side),
    price,
    size: amount,
    fee: fee?.cost,
    feeCurrency: fee?.currency,
    liquidity: takerOrMaker === 'maker' || takerOrMaker === 'taker' ? takerOrMaker : undefined,
  };
}

/** The balance of every currency that an answer names. */
export function balancesOf(answer: CcxtBalances, exchange: string, receiveTime: number): BalanceEvent[] {
  const events: BalanceEvent[] = [];
  const wallets = walletsOf(answer, exchange);
  for (const currency of Object.keys((answer as { readonly total?: object }).total ?? {})) {
    const { free, used, total } = answer[currency] ?? { free: 0, used: 0, total: 0 };
    const wallet = wallets.get(currency);
    // Unrealised profit is in no wallet yet.
    const usable = wallet !== undefined && free !== undefined ? Math.min(free, wallet) : free;
    const held =
      wallet !== undefined && usable !== undefined
        ? wallet - usable
        : (used ?? (total !== undefined && free !== undefined ? total - free : 0));
    const left = usable ?? (wallet ?? total ?? 0) - held;
    events.push({ type: 'balance', exchange, currency, free: left, used: held, time: undefined, receiveTime });
  }
  return events;
}

function firstFee(trade: CcxtTrade): CcxtFee | undefined {
  return (trade as { readonly fees?: readonly CcxtFee[] }).fees?.[0];
}

function sideOf(side: string | undefined): Side {
  return side === 'sell' ? 'sell' : 'buy';
}
