/** `nextbar status`: what is shown of a session before its account is known, and afterwards. */
import { expect, it } from 'vitest';

import { statusLines } from '../../../src/cli/operate/status.ts';
import type { RemoteView } from '../../../src/cli/live/control-socket.ts';

/** A view as it comes over the socket, where what is not a number yet is null. */
function viewOf(isRecovered: boolean, money: number | null, size: number | null): RemoteView {
  const data = { symbol: 'BTC/USDT', price: 28_100.5, state: 'live', position: { size, price: size, profit: 0 } };
  const rest = { mode: 'sandbox', steps: 0, now: null, messages: [], orders: [], strategies: [], datas: [data] };
  return { ...rest, isRecovered, cash: money, value: money } as unknown as RemoteView;
}

const session = { name: 'one', folder: 'sessions/one', state: 'running', pid: 7 } as const;

it('shows neither money nor position before the account is known', () => {
  const text = statusLines(session as never, viewOf(false, null, null)).join('\n');
  expect(text).toContain('is not known yet');
  expect(text).not.toMatch(/∞|null|NaN|equity|flat/);
  const known = statusLines(session as never, viewOf(true, 10_000, 0)).join('\n');
  expect(known).toContain('equity    10,000.00  cash 10,000.00');
  expect(known).toContain('flat');
});

it('tells several strategies apart: part of the account, position, the orders placed last, and whose an order is', () => {
  const order = { ref: 4, side: 'buy', type: 'limit', size: 0.5, price: 28_000, status: 'accepted', data: 'BTC/USDT', filled: 0 };
  const position = { data: 'BTC/USDT', symbol: 'BTC/USDT', size: 0.25, price: 28_100, profit: 0 };
  const strategies = [
    { name: 'SmaCross', sharesAccount: false, cash: 10, value: 7_035, positions: [position], orders: [order], latestOrders: [order] },
    { name: 'Reversion', sharesAccount: true, cash: null, value: null, positions: [{ ...position, size: 0 }], orders: [], latestOrders: [] },
  ];
  const view = { ...viewOf(true, 10_000, 0.25), orders: [order], strategies } as unknown as RemoteView;
  const text = statusLines(session as never, view).join('\n');
  expect(text).toContain('SmaCross  equity 7,035.00  cash 10.00  0.25 BTC/USDT at 28,100.00');
  expect(text).toContain('last buy 0.5 BTC/USDT limit 28,000.00 (accepted)');
  expect(text).toContain('Reversion  shares the account  flat');
  expect(text).toContain('order     SmaCross: buy 0.5 BTC/USDT limit 28,000.00 (accepted)');
}); // prettier-ignore
