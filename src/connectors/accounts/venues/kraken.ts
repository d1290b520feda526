/** Kraken: a token by a signed request, then executions and balances of its second WebSocket protocol. */
import type { VenueOrderStatus } from '../../../core/index.ts';
import type { AccountOutput, AccountProtocol } from '../account-protocol.ts';
import { number, optional, rowOf, rowsOf, sideOf, statusOf, text, words, type Row } from '../fields.ts';
import { krakenSign } from '../signing.ts';

const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  pending_new: 'pending',
  new: 'open',
  partially_filled: 'partial',
  filled: 'filled',
  canceled: 'canceled',
  expired: 'expired',
  rejected: 'rejected',
};
const tokenPath = '/0/private/GetWebSocketsToken';

export const krakenAccount: AccountProtocol = {
  id: 'kraken',
  channels: ['order', 'fill', 'balance', 'transaction'],
  url: 'wss://ws-auth.kraken.com/v2',
  needs: ['secret'],
  token: {
    request: ({ apiKey, secret = '' }, now) => {
      const nonce = String(now);
      const body = `nonce=${nonce}`;
      return {
        method: 'POST',
        url: `https://api.kraken.com${tokenPath}`,
        body,
        headers: {
          'API-Key': apiKey,
          'API-Sign': krakenSign(secret, tokenPath, nonce, body),
          'Content-Type': 'application/x-www-form-urlencoded',
        },
      };
    },
    read: (answer) => {
      const { error, result } = rowOf(JSON.parse(answer));
      const token = words(rowOf(result), 'token');
      if (token === undefined) throw new Error(Array.isArray(error) ? error.join(', ') : 'no token in the answer');
      return token;
    },
  },
  subscribe(channels, _keys, _now, token) {
    const wanted = [
      ...(channels.includes('order') || channels.includes('fill') ? ['executions'] : []),
      ...(channels.includes('balance') || channels.includes('transaction') ? ['balances'] : []),
    ];
    return wanted.map((channel) => JSON.stringify({ method: 'subscribe', params: { channel, token, ...(channel === 'executions' && { snap_orders: true, snap_trades: false }) } })); // prettier-ignore
  },
  ping: { everyMs: 20_000, text: '{"method":"ping"}' },
  read(frame, out) {
    const message = rowOf(JSON.parse(frame));
    const { exchange, receiveTime } = out;
    if (message['method'] === 'subscribe') {
      if (message['success'] === true) out.admitted();
      else out.refused(words(message, 'error') ?? 'no reason given');
    } else if (message['channel'] === 'executions') for (const row of rowsOf(message['data'])) execution(row, out);
    else if (message['channel'] === 'balances') {
      for (const row of rowsOf(message['data'])) {
        const time = timeOf(row);
        const currency = text(row, 'asset');
        out.event({ type: 'balance', exchange, currency, free: number(row, 'balance'), used: 0, time, receiveTime });
        const kind = row['type'];
        if (kind !== 'deposit' && kind !== 'withdrawal' && kind !== 'transfer') continue;
        out.event({ type: 'transaction', exchange, id: words(row, 'ledger_id'), kind, currency, amount: number(row, 'amount'), fee: optional(row, 'fee'), status: 'completed', time, receiveTime }); // prettier-ignore
      }
    }
  },
};

function timeOf(row: Row): number | undefined {
  const at = Date.parse(words(row, 'timestamp') ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function execution(row: Row, out: AccountOutput): void {
  const { exchange, receiveTime } = out;
  const id = text(row, 'order_id');
  const clientId = words(row, 'cl_ord_id');
  const time = timeOf(row);
  const symbolName = words(row, 'symbol');
  const side = words(row, 'side');
  // A change that names neither symbol nor side only repeats what is known.
  if (symbolName === undefined || side === undefined) return;
  const shared = { exchange, symbol: out.symbol(symbolName), time, receiveTime, clientId, side: sideOf(side) } as const;
  out.event({
    ...shared,
    type: 'order',
    id,
    orderType: words(row, 'order_type') ?? 'limit',
    status: statusOf(statuses, text(row, 'order_status')),
    price: optional(row, 'limit_price'),
    size: number(row, 'order_qty'),
    filled: optional(row, 'cum_qty') ?? 0,
    reason: words(row, 'reason'),
  });
  if (row['exec_type'] !== 'trade') return;
  const [fee] = rowsOf(row['fees']);
  out.event({
    ...shared,
    type: 'fill',
    id: text(row, 'exec_id'),
    orderId: id,
    price: number(row, 'last_price'),
    size: number(row, 'last_qty'),
    fee: fee === undefined ? undefined : optional(fee, 'qty'),
    feeCurrency: fee === undefined ? undefined : words(fee, 'asset'),
    liquidity: row['liquidity_ind'] === 'm' ? 'maker' : 'taker',
  });
}
