/** Backpack: account streams whose subscription is signed with ED25519. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountProtocol } from '../account-protocol.ts';
import { number, optional, price, rowOf, sideOf, statusOf, text, words } from '../fields.ts';
import { ed25519Sign } from '../signing.ts';

const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  New: 'open',
  PartiallyFilled: 'partial',
  Filled: 'filled',
  Cancelled: 'canceled',
  Expired: 'expired',
  TriggerPending: 'open',
  TriggerFailed: 'rejected',
};
/** How long a signed subscription stays valid, milliseconds. */
const windowMs = 5_000;
/** Its stamps are in microseconds. */
const perMs = 1_000;

export const backpackAccount: AccountProtocol = {
  id: 'backpack',
  channels: ['order', 'fill', 'position'],
  url: 'wss://ws.backpack.exchange',
  needs: ['secret'],
  // It answers a subscription with data alone.
  isOpen: true,
  subscribe(channels, { apiKey, secret = '' }, now) {
    const params = [
      ...(channels.includes('order') || channels.includes('fill') ? ['account.orderUpdate'] : []),
      ...(channels.includes('position') ? ['account.positionUpdate'] : []),
    ];
    const signed = ed25519Sign(secret, `instruction=subscribe&timestamp=${now}&window=${windowMs}`);
    return [
      JSON.stringify({ method: 'SUBSCRIBE', params, signature: [apiKey, signed, String(now), String(windowMs)] }),
    ];
  },
  read(frame, out) {
    const message = rowOf(JSON.parse(frame));
    const { exchange, receiveTime } = out;
    if (message['error'] !== undefined) {
      out.refused(words(rowOf(message['error']), 'message') ?? 'no reason given');
      return;
    }
    const row = rowOf(message['data']);
    const stamp = optional(row, 'E');
    const time = stamp === undefined ? undefined : stamp / perMs;
    if (message['stream'] === 'account.positionUpdate') {
      out.event({ type: 'position', exchange, symbol: out.symbol(text(row, 's')), size: number(row, 'q'), entryPrice: optional(row, 'B'), unrealizedProfit: optional(row, 'P'), time, receiveTime }); // prettier-ignore
    } else if (message['stream'] === 'account.orderUpdate') {
      const id = text(row, 'i');
      const shared = { exchange, symbol: out.symbol(text(row, 's')), time, receiveTime, clientId: words(row, 'c'), side: sideOf(text(row, 'S')) } as const; // prettier-ignore
      out.event({ ...shared, type: 'order', id, orderType: text(row, 'o').toLowerCase(), status: statusOf(statuses, text(row, 'X')), price: price(row, 'p'), size: number(row, 'q'), filled: optional(row, 'z') ?? 0, reason: words(row, 'R') }); // prettier-ignore
      if (row['e'] !== 'orderFill') return;
      out.event({ ...shared, type: 'fill', id: text(row, 't'), orderId: id, price: number(row, 'L'), size: number(row, 'l'), fee: optional(row, 'n'), feeCurrency: words(row, 'N'), liquidity: row['m'] === true ? 'maker' : 'taker' }); // prettier-ignore
    }
  },
};
