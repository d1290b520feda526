/** Bybit: a signed login, then topics of orders, executions, the wallet and positions. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountChannel, AccountProtocol } from '../account-protocol.ts';
import { number, optional, price, rowOf, rowsOf, sideOf, statusOf, text, words } from '../fields.ts';
import { hmac256 } from '../signing.ts';

const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  New: 'open',
  PartiallyFilled: 'partial',
  Untriggered: 'open',
  Triggered: 'open',
  Filled: 'filled',
  Cancelled: 'canceled',
  PartiallyFilledCanceled: 'canceled',
  Deactivated: 'canceled',
  Rejected: 'rejected',
};
const topics: Readonly<Partial<Record<AccountChannel, string>>> = {
  order: 'order',
  fill: 'execution',
  balance: 'wallet',
  position: 'position',
};
/** How long a signed login stays valid, milliseconds. */
const expiresMs = 10_000;

export const bybitAccount: AccountProtocol = {
  id: 'bybit',
  channels: ['order', 'fill', 'balance', 'position'],
  url: 'wss://stream.bybit.com/v5/private',
  needs: ['secret'],
  login({ apiKey, secret = '' }, now) {
    const expires = now + expiresMs;
    return JSON.stringify({ op: 'auth', args: [apiKey, expires, hmac256(secret, `GET/realtime${expires}`, 'hex')] });
  },
  subscribe: (channels) => [JSON.stringify({ op: 'subscribe', args: channels.map((channel) => topics[channel]) })],
  ping: { everyMs: 20_000, text: '{"op":"ping"}' },
  read(frame, out) {
    const message = rowOf(JSON.parse(frame));
    const { exchange, receiveTime } = out;
    if (message['success'] === false) out.refused(words(message, 'ret_msg') ?? 'no reason given');
    else if (message['op'] === 'auth') out.admitted();
    const time = optional(message, 'creationTime');
    for (const row of rowsOf(message['data'])) {
      const isContract = row['category'] !== 'spot';
      switch (message['topic']) {
        case 'order':
          out.event({
            type: 'order',
            exchange,
            symbol: out.symbol(text(row, 'symbol'), isContract),
            time: optional(row, 'updatedTime') ?? time,
            receiveTime,
            id: text(row, 'orderId'),
            clientId: words(row, 'orderLinkId'),
            side: sideOf(text(row, 'side')),
            orderType: text(row, 'orderType').toLowerCase(),
            status: statusOf(statuses, text(row, 'orderStatus')),
            price: price(row, 'price'),
            size: number(row, 'qty'),
            filled: optional(row, 'cumExecQty') ?? 0,
            reason: row['rejectReason'] === 'EC_NoError' ? undefined : words(row, 'rejectReason'),
          });
          break;
        case 'execution':
          // Funding and settlements arrive as executions too, without an order.
          if ((row['execType'] ?? 'Trade') !== 'Trade') break;
          out.event({
            type: 'fill',
            exchange,
            symbol: out.symbol(text(row, 'symbol'), isContract),
            time: optional(row, 'execTime') ?? time,
            receiveTime,
            id: text(row, 'execId'),
            orderId: text(row, 'orderId'),
            clientId: words(row, 'orderLinkId'),
            side: sideOf(text(row, 'side')),
            price: number(row, 'execPrice'),
            size: number(row, 'execQty'),
            fee: optional(row, 'execFee'),
            feeCurrency: words(row, 'feeCurrency'),
            liquidity: row['isMaker'] === true ? 'maker' : 'taker',
          });
          break;
        case 'wallet':
          for (const coin of rowsOf(row['coin'])) {
            const used = optional(coin, 'locked') ?? 0;
            out.event({ type: 'balance', exchange, currency: text(coin, 'coin'), free: number(coin, 'walletBalance') - used, used, time, receiveTime }); // prettier-ignore
          }
          break;
        case 'position': {
          const size = number(row, 'size') * (row['side'] === 'Sell' ? -1 : 1);
          out.event({ type: 'position', exchange, symbol: out.symbol(text(row, 'symbol'), true), size, entryPrice: price(row, 'entryPrice') ?? price(row, 'avgPrice'), unrealizedProfit: optional(row, 'unrealisedPnl'), time: optional(row, 'updatedTime') ?? time, receiveTime }); // prettier-ignore
        }
      }
    }
  },
};
