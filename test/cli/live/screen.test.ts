/** What a live session looks like: a screen drawn in place on a terminal, news as lines elsewhere. */
import { describe, expect, it } from 'vitest';

import { SimulatedRuntime } from '../../../src/core/index.ts';
import type { SessionView } from '../../../src/engine/index.ts';
import type { Order } from '../../../src/broker/index.ts';
import { NewsLines, ofStrategy, orderText } from '../../../src/cli/live/news.ts';
import { LiveScreen } from '../../../src/cli/live/terminal/screen.ts';
import { painter } from '../../../src/cli/shell/paint.ts';

const now = Date.UTC(2026, 0, 5, 12, 30, 15);

function order(more: object): Order {
  const asked = { ref: 1, side: 'buy', type: 'limit', size: 0.5, price: 42_000, status: 'accepted', filled: 0, averagePrice: 0 };
  return { ...asked, data: { symbol: 'BTC/USDT' }, toJSON: () => asked, ...more } as unknown as Order;
} // prettier-ignore

function view(more: Partial<SessionView> = {}): SessionView {
  const data = {
    name: 'BTC/USDT', symbol: 'BTC/USDT', timeframe: '1m', state: 'live', price: 42_100, bars: 7, closeTime: now,
    position: { size: 0.25, price: 42_000, profit: 25 },
  } as const; // prettier-ignore
  return { mode: 'paper', now, steps: 3, isRecovered: true, cash: 900, value: 10_050, datas: [data], strategies: [], orders: [order({})], messages: [], takesSignals: false, signals: [], ...more }; // prettier-ignore
}

/** Where text goes, and what is to be seen there after escape codes have done their work. */
class Terminal {
  readonly isTTY = true;
  readonly columns = 90;
  readonly written: string[] = [];
  write(text: string): void {
    this.written.push(text);
  }
}

function screen(): { screen: LiveScreen; terminal: Terminal; runtime: SimulatedRuntime } {
  const terminal = new Terminal();
  const runtime = new SimulatedRuntime(1);
  const paint = painter(terminal, { NO_COLOR: '1' });
  return { screen: new LiveScreen(terminal, runtime, 'SmaCross  paper', paint), terminal, runtime };
}

describe('the screen of a session', () => {
  it('shows price, position, equity, orders and the connection', () => {
    const { screen: one, terminal } = screen();
    one.view(view({ steps: 1, value: 10_000 }));
    one.view(view());
    one.order(order({ status: 'completed', filled: 0.25, averagePrice: 42_000 }), now);
    one.order(order({ status: 'submitted' }), now);
    one.end();
    const shown = terminal.written.at(-1)!;
    expect(shown).toContain('SmaCross  paper  2026-01-05 12:30:15  3 bars');
    expect(shown).toMatch(/price +42,100\.00 {2}BTC\/USDT 1m {2}● live/);
    expect(shown).toMatch(/position +0\.25 at 42,000\.00 {2}\+25\.00/);
    expect(shown).toMatch(/equity +10,050\.00 {2}\+0\.50 % {2}cash 900\.00/);
    expect(shown).toMatch(/orders +buy 0\.5 BTC\/USDT limit 42,000\.00: accepted/);
    expect(shown).toMatch(/news +12:30:15 bought 0\.25 BTC\/USDT at 42,000\.00/);
    expect(shown).not.toContain('submitted');
  });

  it('shows title and news whole on 80 columns, and fewer news on a low terminal', () => {
    const shownOn = (columns: number, rows: number): string[] => {
      const terminal = Object.assign(new Terminal(), { columns, rows });
      const title = 'PairOfDatas  paper  binance  http://127.0.0.1:8798/of/the/local/exchange';
      const one = new LiveScreen(terminal, new SimulatedRuntime(1), title, painter(terminal, { NO_COLOR: '1' }));
      for (const k of [1, 2, 3]) one.message(`buy 0.0123 ETH/USDT market: rejected (the stream of 'ETH/USDT' is connecting, try ${k})`, now);
      one.view(view());
      return terminal.written[0]!.split('\n').map((line) => line.split('\u001b[2K').at(-1)!);
    };
    const wide = shownOn(80, 40);
    expect(wide.slice(1, 3)).toEqual([
      '  PairOfDatas  paper  binance  http://127.0.0.1:8798/of/the/local/exchange',
      '  2026-01-05 12:30:15  3 bars',
    ]);
    expect(wide).toContain("  news      12:30:15 buy 0.0123 ETH/USDT market: rejected (the stream of");
    expect(wide).toContain("                     'ETH/USDT' is connecting, try 3)");
    const low = shownOn(80, 14).join(' ');
    expect(low).toContain('try 3)');
    expect(low).not.toContain('try 1)');
  }); // prettier-ignore

  it('tells several strategies apart on 80 columns: what each has, holds and ordered last, and whose orders and news are', () => {
    const terminal = Object.assign(new Terminal(), { columns: 80, rows: 24 });
    const one = new LiveScreen(terminal, new SimulatedRuntime(1), 'SmaCross + Reversion  paper', painter(terminal, { NO_COLOR: '1' }));
    const working = order({ ref: 7 });
    const strategies = [
      { name: 'SmaCross', sharesAccount: false, cash: 100, value: 7_050, positions: [{ data: 'BTC/USDT', symbol: 'BTC/USDT', size: 0.25, price: 42_000, profit: 25 }], orders: [working], latestOrders: [working] },
      { name: 'Reversion', sharesAccount: false, cash: 3_000, value: 3_000, positions: [{ data: 'BTC/USDT', symbol: 'BTC/USDT', size: 0, price: 0, profit: 0 }], orders: [], latestOrders: [] },
    ];
    one.order(order({ status: 'canceled' }), now, 'Reversion');
    one.view(view({ orders: [working], strategies }));
    const lines = terminal.written.at(-1)!.split('\n').map((line) => line.split('\u001b[2K').at(-1)!);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(79);
    const shown = lines.join('\n');
    expect(shown).toMatch(/strategy +SmaCross {3}7,050\.00 {2}0\.25 BTC\/USDT at 42,000\.00 {2}\+25\.00 {2}1 order/);
    expect(shown).toMatch(/last: buy 0\.5 BTC\/USDT limit 42,000\.00: accepted/);
    expect(shown).toMatch(/Reversion {2}3,000\.00 {2}flat/);
    expect(shown).toMatch(/orders +SmaCross: buy 0\.5/);
    expect(shown).toMatch(/news +12:30:15 Reversion: buy 0\.5 BTC\/USDT limit/);
    const many = Array.from({ length: 10 }, (_, k) => ({ ...strategies[1]!, name: `Reversion#${k + 1}` }));
    const { screen: crowded, terminal: other } = screen();
    crowded.view(view({ strategies: many }));
    expect(other.written[0]).toContain('and 2 more');
  }); // prettier-ignore

  it('is drawn over itself, not oftener than ten times a second, and never wider than the terminal', () => {
    const { screen: one, terminal, runtime } = screen();
    one.view(view({ datas: [{ ...view().datas[0]!, symbol: 'X'.repeat(200) }] }));
    for (let k = 0; k < 50; k++) one.view(view());
    expect(terminal.written).toHaveLength(1);
    const lines = terminal.written[0]!.split('\n').slice(0, -1);
    for (const line of lines) expect(line.replace(/^\r\u001b\[2K/, '').length).toBeLessThan(terminal.columns);
    runtime.advance(100);
    one.view(view());
    expect(terminal.written).toHaveLength(2);
    expect(terminal.written[1]!.startsWith(`\u001b[${lines.length}A\r\u001b[2K`)).toBe(true);
    expect(terminal.written[1]!.endsWith('\u001b[0J')).toBe(true);
  });
});

describe('news as lines', () => {
  it('say what became of an order', () => {
    expect(orderText(order({ side: 'sell', status: 'completed', filled: 0.5, averagePrice: 41_999.5 }))).toBe('sold 0.5 BTC/USDT at 41,999.50'); // prettier-ignore
    expect(ofStrategy('SmaCross', orderText(order({})))).toBe('SmaCross: buy 0.5 BTC/USDT limit 42,000.00: accepted');
    expect(orderText(order({ type: 'market', status: 'rejected', reason: 'no' }))).toBe('buy 0.5 BTC/USDT market: rejected (no)'); // prettier-ignore
    expect(orderText(order({ status: 'partial', filled: 0.2, averagePrice: 41_990 }))).toBe('buy 0.5 BTC/USDT limit 42,000.00: partial, filled 0.2 at 41,990.00'); // prettier-ignore
  });

  it('tell a stream’s state once, and each step as JSON', () => {
    const terminal = new Terminal();
    const lines = new NewsLines(terminal, true);
    lines.view(view());
    lines.view(view());
    lines.view(view({ steps: 4 }));
    lines.order(order({}), now);
    lines.end({ finalValue: NaN });
    const said = terminal.written.map((line) => JSON.parse(line) as { event: string });
    expect(said.map(({ event }) => event)).toEqual(['stream', 'step', 'step', 'order', 'end']);
    expect(said[1]).toMatchObject({ time: now, steps: 3, value: 10_050, datas: [{ data: 'BTC/USDT', price: 42_100 }] });
    expect(said[4]).toEqual({ event: 'end', result: { finalValue: null } });
  });

  it('say once what the way to the exchange has to say, on a screen too', () => {
    const terminal = new Terminal();
    const lines = new NewsLines(terminal, false);
    const rounds = [['a'], ['a', 'b'], ['a', 'b'], ['b', 'a', 'a'], ['c'], ['c', 'c']];
    for (const messages of rounds) lines.view(view({ datas: [], messages }));
    expect(terminal.written.map((line) => line.trim().slice(-1))).toEqual(['a', 'b', 'a', 'a', 'c', 'c']);
    const { screen: one, terminal: shown } = screen();
    one.view(view({ messages: ['the account holds too little'] }));
    expect(shown.written[0]).toMatch(/news +12:30:15 the account holds too little/);
  });
});
