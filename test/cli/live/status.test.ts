/** `nextbar status`: what is shown of a session before its account is known, and afterwards. */
import { expect, it } from 'vitest';

import { statusLines } from '../../../src/cli/operate/status.ts';
import type { RemoteView } from '../../../src/cli/live/control-socket.ts';

/** A view as it comes over the socket, where what is not a number yet is null. */
function viewOf(isRecovered: boolean, money: number | null, size: number | null): RemoteView {
  const data = { symbol: 'BTC/USDT', price: 28_100.5, state: 'live', position: { size, price: size, profit: 0 } };
  const rest = { mode: 'sandbox', steps: 0, now: null, messages: [], orders: [], datas: [data] };
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
