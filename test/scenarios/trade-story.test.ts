/** Why a trade was entered and left, how far it went for and against, and what its strategy remembered of it. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Trade } from 'nextbar';
import { barsOf } from './table.ts';

/** Runs one act in each `next`, and returns the closed trades and what was seen. */
async function trades(
  bars: string,
  act: (strategy: Strategy, bar: number) => unknown,
  options: CerebroOptions = {},
): Promise<readonly Trade[]> {
  class Acting extends Strategy {
    override next(): void {
      act(this, this.data.length);
    }
  }
  const cerebro = new Cerebro({ cash: 10_000, ...options });
  cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: barsOf(bars) })).addStrategy(Acting);
  const { strategies } = await cerebro.run();
  return strategies[0]!.trades;
}

const rising = `
  100 101 99  100
  100 104 98  103
  103 109 102 108
  108 112 107 111
  111 112 90  92
  92  93  91  92
`;

describe.each(['float', 'decimal'] as const)('on the %s ledger', (ledger) => {
  it.each([
    ['target', (s: Strategy) => s.sell({ size: 2, type: 'limit', price: 111 })],
    ['stop', (s: Strategy) => s.sell({ size: 2, type: 'stop', price: 95 })],
    ['trail', (s: Strategy) => s.sell({ size: 2, type: 'stopTrail', trailAmount: 5 })],
    ['signal', (s: Strategy) => s.close()],
    ['time', (s: Strategy) => s.close({ exit: 'time' })],
  ] as const)('a trade is ended by %s', async (exit, leave) => {
    const [trade] = await trades(
      rising,
      (s, bar) => {
        if (bar === 1) s.buy({ size: 2, tag: 'dip' });
        if (bar === 3) leave(s);
      },
      { ledger },
    );
    expect([trade!.exit, trade!.tag]).toEqual([exit, 'dip']);
    expect(trade!.toJSON()).toMatchObject({ exit, tag: 'dip', best: trade!.best, worst: trade!.worst });
  });

  it('shows how far it went: all of the bar after an entry at the open, and only what was certain of the bar of the exit', async () => {
    const [trade] = await trades(
      rising,
      (s, bar) => {
        if (bar === 1) s.buyBracket({ size: 2, stopLoss: 95, takeProfit: 130 });
      },
      { ledger },
    );
    // Entered at 100; lowest 98 in the entry bar; highest 112 before the bar that fell to 95.
    expect([trade!.exit, trade!.best, trade!.worst, trade!.pnl]).toEqual(['stop', 24, -10, -10]);
  });

  it('counts a short the other way around', async () => {
    const [trade] = await trades(
      rising,
      (s, bar) => {
        if (bar === 1) s.sell({ size: 1 });
        if (bar === 5) s.close();
      },
      { ledger },
    );
    expect([trade!.best, trade!.worst, trade!.pnl]).toEqual([10, -12, 8]);
  });

  it('carries the tags of its first and its last order, and the fills those of theirs', async () => {
    const [trade] = await trades(
      rising,
      (s, bar) => {
        if (bar === 1) s.buy({ size: 1, tag: 'breakout' });
        if (bar === 2) s.buy({ size: 1, tag: 'pyramid' });
        if (bar === 4) s.close({ tag: 'tired' });
        if (bar === 6)
          expect(s.orderHistory.flatMap(({ fills }) => fills.map(({ tag }) => tag))).toEqual([
            'breakout',
            'pyramid',
            'tired',
          ]);
      },
      { ledger },
    );
    expect([trade!.tag, trade!.exitTag]).toEqual(['breakout', 'tired']);
  });
});

it('a memo belongs to one trade and is gone when it closes', async () => {
  const seen: unknown[] = [];
  await trades(rising, (s, bar) => {
    if (bar === 1 || bar === 3) s.buy({ size: 1 });
    if (bar === 2 || bar === 5) {
      const { memo } = s.getTrade()!;
      memo['rungs'] = Number(memo['rungs'] ?? 0) + 1;
      seen.push(s.getTrade()!.memo['rungs']);
    }
    if (bar === 2) s.close();
    if (bar === 3) seen.push(s.getTrade());
    if (bar === 4) seen.push({ ...s.getTrade()!.memo });
  });
  expect(seen).toEqual([1, undefined, {}, 1]);
});

it('an exit by a timer is an exit by time', async () => {
  class Timed extends Strategy {
    override start(): void {
      this.addTimer({ when: '03:00' });
    }
    override next(): void {
      if (this.data.length === 1) this.buy({ size: 1 });
    }
    override notifyTimer(): void {
      this.close();
    }
  }
  const cerebro = new Cerebro({ cash: 10_000 });
  cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: barsOf(rising) })).addStrategy(Timed);
  const { strategies } = await cerebro.run();
  expect(strategies[0]!.trades[0]!.exit).toBe('time');
});

it('tags that are no text and exits that do not exist are refused', async () => {
  await expect(trades(rising, (s) => s.buy({ tag: 3 as never }))).rejects.toThrow('tag must be a text, was 3');
  await expect(trades(rising, (s) => s.buy({ exit: 'luck' as never }))).rejects.toThrow("was 'luck'");
});
