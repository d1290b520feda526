/** Hyperliquid: the account of an address, which anyone may read: no key and no signature. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountChannel, AccountProtocol } from '../account-protocol.ts';
import { number, optional, price, rowOf, rowsOf, sideOf, text, words } from '../fields.ts';

const types: Readonly<Partial<Record<AccountChannel, string>>> = {
  order: 'orderUpdates',
  fill: 'userFills',
  balance: 'clearinghouseState',
  position: 'clearinghouseState',
  transaction: 'userNonFundingLedgerUpdates',
};

export const hyperliquidAccount: AccountProtocol = {
  id: 'hyperliquid',
  channels: ['order', 'fill', 'balance', 'position', 'transaction'],
  url: 'wss://api.hyperliquid.xyz/ws',
  needs: [],
  subscribe(channels, { apiKey: user }) {
    const wanted = [...new Set(channels.map((channel) => types[channel]!))];
    return wanted.map((type) => JSON.stringify({ method: 'subscribe', subscription: { type, user } }));
  },
  ping: { everyMs: 20_000, text: '{"method":"ping"}' },
  read(frame, out) {
    const message = rowOf(JSON.parse(frame));
    const { exchange, receiveTime } = out;
    const data = rowOf(message['data']);
    switch (message['channel']) {
      case 'subscriptionResponse':
        out.admitted();
        return;
      case 'error':
        out.refused(typeof message['data'] === 'string' ? message['data'] : 'no reason given');
        return;
      case 'orderUpdates':
        for (const row of rowsOf(message['data'])) {
          const order = rowOf(row['order']);
          const size = number(order, 'origSz');
          const filled = size - number(order, 'sz');
          out.event({ type: 'order', exchange, symbol: out.symbol(text(order, 'coin')), time: optional(row, 'statusTimestamp'), receiveTime, id: text(order, 'oid'), clientId: words(order, 'cloid'), side: sideOf(text(order, 'side')), orderType: 'limit', status: statusOf(text(row, 'status'), filled), price: price(order, 'limitPx'), size, filled, reason: /rejected/i.test(text(row, 'status')) ? text(row, 'status') : undefined }); // prettier-ignore
        }
        return;
      case 'userFills':
        // The snapshot holds fills from before the subscription.
        if (data['isSnapshot'] === true) return;
        for (const row of rowsOf(data['fills'])) {
          out.event({ type: 'fill', exchange, symbol: out.symbol(text(row, 'coin')), time: optional(row, 'time'), receiveTime, id: text(row, 'tid'), orderId: text(row, 'oid'), clientId: words(row, 'cloid'), side: sideOf(text(row, 'side')), price: number(row, 'px'), size: number(row, 'sz'), fee: optional(row, 'fee'), feeCurrency: words(row, 'feeToken'), liquidity: row['crossed'] === true ? 'taker' : 'maker' }); // prettier-ignore
        }
        return;
      case 'clearinghouseState': {
        const state = rowOf(data['clearinghouseState']);
        const time = optional(state, 'time');
        const free = number(state, 'withdrawable');
        const all = number(rowOf(state['marginSummary']), 'accountValue');
        out.event({ type: 'balance', exchange, currency: 'USDC', free, used: all - free, time, receiveTime });
        for (const one of rowsOf(state['assetPositions'])) {
          const row = rowOf(one['position']);
          out.event({ type: 'position', exchange, symbol: out.symbol(text(row, 'coin')), size: number(row, 'szi'), entryPrice: optional(row, 'entryPx'), unrealizedProfit: optional(row, 'unrealizedPnl'), time, receiveTime }); // prettier-ignore
        }
        return;
      }
      case 'userNonFundingLedgerUpdates':
        if (data['isSnapshot'] === true) return;
        for (const row of rowsOf(data['nonFundingLedgerUpdates'] ?? data['updates'])) {
          const delta = rowOf(row['delta']);
          const word = words(delta, 'type');
          const kind = word === 'deposit' ? 'deposit' : word === 'withdraw' ? 'withdrawal' : 'transfer';
          const amount = optional(delta, 'usdc') ?? optional(delta, 'amount');
          if (amount === undefined) continue;
          out.event({ type: 'transaction', exchange, id: words(row, 'hash'), kind, currency: words(delta, 'token') ?? 'USDC', amount: kind === 'withdrawal' ? -amount : amount, fee: optional(delta, 'fee'), status: 'completed', time: optional(row, 'time'), receiveTime }); // prettier-ignore
        }
    }
  },
};

function statusOf(word: string, filled: number): VenueOrderStatus {
  if (word === 'filled') return 'filled';
  if (word === 'open' || word === 'triggered') return filled > 0 ? 'partial' : 'open';
  return /rejected/i.test(word) ? 'rejected' : /cancel/i.test(word) ? 'canceled' : 'expired';
}
