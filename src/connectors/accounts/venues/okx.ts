/** OKX: a signed login, then channels of orders, balances and positions. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountOutput, AccountProtocol } from '../account-protocol.ts';
import { number, optional, price, rowOf, rowsOf, sideOf, statusOf, text, words, type Row } from '../fields.ts';
import { hmac256 } from '../signing.ts';

const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  live: 'open',
  partially_filled: 'partial',
  filled: 'filled',
  canceled: 'canceled',
  mmp_canceled: 'canceled',
};

export const okxAccount: AccountProtocol = {
  id: 'okx',
  channels: ['order', 'fill', 'balance', 'position'],
  url: 'wss://ws.okx.com:8443/ws/v5/private',
  needs: ['secret', 'password'],
  login({ apiKey, secret = '', password: passphrase }, now) {
    const timestamp = String(Math.floor(now / 1000));
    const sign = hmac256(secret, `${timestamp}GET/users/self/verify`, 'base64');
    return JSON.stringify({ op: 'login', args: [{ apiKey, passphrase, timestamp, sign }] });
  },
  subscribe(channels) {
    const args = [
      ...(channels.includes('order') || channels.includes('fill') ? [{ channel: 'orders', instType: 'ANY' }] : []),
      ...(channels.includes('balance') ? [{ channel: 'account' }] : []),
      ...(channels.includes('position') ? [{ channel: 'positions', instType: 'ANY' }] : []),
    ];
    return [JSON.stringify({ op: 'subscribe', args })];
  },
  ping: { everyMs: 20_000, text: 'ping' },
  read(frame, out) {
    if (frame === 'pong') return;
    const message = rowOf(JSON.parse(frame));
    const { exchange, receiveTime } = out;
    if (message['event'] === 'login' && message['code'] === '0') out.admitted();
    else if (message['event'] === 'error') out.refused(words(message, 'msg') ?? 'no reason given');
    const { channel } = rowOf(message['arg']);
    for (const row of rowsOf(message['data'])) {
      if (channel === 'orders') order(row, out);
      else if (channel === 'account') {
        for (const one of rowsOf(row['details'])) {
          out.event({ type: 'balance', exchange, currency: text(one, 'ccy'), free: number(one, 'availBal'), used: number(one, 'frozenBal'), time: optional(one, 'uTime') ?? optional(row, 'uTime'), receiveTime }); // prettier-ignore
        }
      } else if (channel === 'positions') {
        const size = number(row, 'pos') * (row['posSide'] === 'short' ? -1 : 1);
        out.event({ type: 'position', exchange, symbol: out.symbol(text(row, 'instId')), size, entryPrice: optional(row, 'avgPx'), unrealizedProfit: optional(row, 'upl'), time: optional(row, 'uTime'), receiveTime }); // prettier-ignore
      }
    }
  },
};

function order(row: Row, out: AccountOutput): void {
  const { exchange, receiveTime } = out;
  const id = text(row, 'ordId');
  const side = sideOf(text(row, 'side'));
  const shared = {
    exchange,
    symbol: out.symbol(text(row, 'instId')),
    receiveTime,
    clientId: words(row, 'clOrdId'),
    side,
  } as const;
  out.event({
    ...shared,
    type: 'order',
    id,
    time: optional(row, 'uTime'),
    orderType: text(row, 'ordType'),
    status: statusOf(statuses, text(row, 'state')),
    price: price(row, 'px'),
    size: number(row, 'sz'),
    filled: number(row, 'accFillSz'),
    reason: words(row, 'msg'),
  });
  const tradeId = words(row, 'tradeId');
  const size = optional(row, 'fillSz') ?? 0;
  if (tradeId === undefined || size === 0) return;
  const fee = optional(row, 'fillFee');
  out.event({
    ...shared,
    type: 'fill',
    id: tradeId,
    orderId: id,
    time: optional(row, 'fillTime'),
    price: number(row, 'fillPx'),
    size,
    // OKX sends what the account receives: a fee is negative.
    fee: fee === undefined ? undefined : 0 - fee,
    feeCurrency: words(row, 'fillFeeCcy'),
    liquidity: row['execType'] === 'M' ? 'maker' : row['execType'] === 'T' ? 'taker' : undefined,
  });
}
