/** Binance spot: the account's events over its WebSocket API, subscribed to by a signed request. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountOutput, AccountProtocol } from '../account-protocol.ts';
import { number, optional, price, rowOf, rowsOf, sideOf, statusOf, text, words, type Row } from '../fields.ts';
import { hmac256 } from '../signing.ts';

const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  NEW: 'open',
  PENDING_NEW: 'pending',
  PARTIALLY_FILLED: 'partial',
  FILLED: 'filled',
  CANCELED: 'canceled',
  PENDING_CANCEL: 'open',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

export const binanceAccount: AccountProtocol = {
  id: 'binance',
  channels: ['order', 'fill', 'balance', 'transaction'],
  url: 'wss://ws-api.binance.com:443/ws-api/v3',
  needs: ['secret'],
  subscribe(_channels, { apiKey, secret = '' }, now) {
    const signature = hmac256(secret, `apiKey=${apiKey}&timestamp=${now}`, 'hex');
    return [JSON.stringify({ id: 'account', method: 'userDataStream.subscribe.signature', params: { apiKey, timestamp: now, signature } })]; // prettier-ignore
  },
  read(frame, out) {
    const message = rowOf(JSON.parse(frame));
    if (message['id'] === 'account') {
      if (message['status'] === 200) out.admitted();
      else out.refused(words(rowOf(message['error']), 'msg') ?? 'no reason given');
      return;
    }
    const event = rowOf(message['event'] ?? message);
    const { exchange, receiveTime } = out;
    switch (event['e']) {
      case 'executionReport':
        report(event, out);
        return;
      case 'outboundAccountPosition':
        for (const row of rowsOf(event['B'])) {
          out.event({ type: 'balance', exchange, currency: text(row, 'a'), free: number(row, 'f'), used: number(row, 'l'), time: optional(event, 'E'), receiveTime }); // prettier-ignore
        }
        return;
      case 'balanceUpdate': {
        const amount = number(event, 'd');
        out.event({ type: 'transaction', exchange, id: undefined, kind: amount < 0 ? 'withdrawal' : 'deposit', currency: text(event, 'a'), amount, fee: undefined, status: 'completed', time: optional(event, 'T'), receiveTime }); // prettier-ignore
      }
    }
  },
};

function report(event: Row, out: AccountOutput): void {
  const { exchange, receiveTime } = out;
  const id = text(event, 'i');
  // A cancel by request carries the order's own id in C.
  const clientId = words(event, 'C') ?? words(event, 'c');
  const side = sideOf(text(event, 'S'));
  const shared = {
    exchange,
    symbol: out.symbol(text(event, 's')),
    time: optional(event, 'E'),
    receiveTime,
    clientId,
    side,
  } as const;
  const reason = words(event, 'r');
  out.event({
    ...shared,
    type: 'order',
    id,
    orderType: text(event, 'o').toLowerCase(),
    status: statusOf(statuses, text(event, 'X')),
    price: price(event, 'p'),
    size: number(event, 'q'),
    filled: number(event, 'z'),
    reason: reason === 'NONE' ? undefined : reason,
  });
  if (event['x'] !== 'TRADE') return;
  out.event({
    ...shared,
    type: 'fill',
    id: text(event, 't'),
    orderId: id,
    price: number(event, 'L'),
    size: number(event, 'l'),
    fee: optional(event, 'n'),
    feeCurrency: words(event, 'N'),
    liquidity: event['m'] === true ? 'maker' : 'taker',
  });
}
