/** One run in one line: over whatever bars there are it answers as a Cerebro does, and says what is wrong of what is no bars. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { Cerebro, CsvDataFeed, GeneratedDataFeed, sma, Strategy, type DataFeed } from 'nextbar';
import { BarTable, load } from 'nextbar/feeds';
import { run } from 'nextbar/research';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-run-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20, size: 0.123 };
  readonly line = sma(this.data.close, this.params.period);
  readonly closes: number[] = [];

  override next(): void {
    this.closes.push(this.data.close.now);
    const { size } = this.position;
    if (size === 0 && this.data.close.now > this.line.now) this.buy({ size: this.params.size, valid: 'day' });
    else if (size > 0 && this.data.close.now < this.line.now) this.sell({ size, type: 'close' });
  }
}

const lot = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', tick: 0.01, lot: 0.01 } as const;
const day = { sessionStart: '09:30', sessionEnd: '16:00', tz: 'America/New_York' };
const about = { timeframe: '1h', start: '2024-01-01', count: 400, seed: 3, symbol: 'BTC/USDT', price: 100 } as const;
const faulty = join(folder, 'faulty.csv');
const rows = (await load(new GeneratedDataFeed({ ...about, count: 60 }))).toCsv().trimEnd().split('\n');
// A high below the open, and a bar that is missing.
const [, ...cells] = rows[5]!.split(',');
writeFileSync(faulty, [...rows.slice(0, 5), [rows[5]!.split(',')[0], cells[0], 1, ...cells.slice(2)].join(','), ...rows.slice(7)].join('\n')); // prettier-ignore

describe('run', () => {
  it.each<[string, () => DataFeed]>([
    ['a plain feed', () => new GeneratedDataFeed(about)],
    ['a feed with the rules of an exchange', () => new GeneratedDataFeed({ ...about, instrument: lot })],
    ['a feed with a trading day of its own', () => new GeneratedDataFeed({ ...about, ...day })],
    ['a feed of compressed bars', () => new GeneratedDataFeed({ ...about, compression: 4 })],
    ['a file with faults that are reported', () => new CsvDataFeed({ path: faulty, timeframe: '1h', validation: { broken: 'report', gaps: 'fill' } })],
  ])('over what load returns of %s trades and warns as a Cerebro over the feed', async (_, make) => {
    const plain = await new Cerebro().addData(make()).addStrategy(Above, { period: 5 }).run();
    for (const data of [make(), load(make()), await load(make()), [load(make())], { [make().name]: load(make()) }]) {
      const result = await run(Above, data, { period: 5 });
      expect(result.strategies[0].orders.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(plain)));
    }
  }); // prettier-ignore

  it('returns parameters and strategy by their own types', async () => {
    const { strategies } = await run(Above, load(new GeneratedDataFeed(about)), { period: 7 });
    const [{ params, strategy }] = strategies;
    expect(params.period + params.size).toBe(7.123);
    expect(strategy.closes).toHaveLength(400 - 6);
  });

  it('runs over a part of a table, whose bars a strategy sees alone', async () => {
    const bars = await load(new GeneratedDataFeed({ ...about, instrument: lot }));
    const part = bars.between('2024-01-03', '2024-01-05');
    const result = await run(Above, part, { period: 5 });
    expect(result.steps).toBe(48);
    expect(part.time[0]).toBe(Date.UTC(2024, 0, 3));
    expect(part.instrument).toEqual(lot);
    expect(result.settings.account).toBe('spot');
    expect(bars.between().length).toBe(bars.length);
    expect(() => bars.between('2025-01-01')).toThrow(
      'BTC/USDT has no bar in the range: its bars open from 2024-01-01 to 2024-01-17 15:00:00',
    );
    expect(() => bars.between('soon')).toThrow('start must be a time such as 2024-01-31');
  });

  it('checks the bars of a table of your own', async () => {
    const bars = await load(new GeneratedDataFeed(about));
    const own = new BarTable(
      { ...(await new GeneratedDataFeed(about).load()), high: bars.high.map((high, i) => (i === 9 ? 1 : high)) },
      bars,
    );
    await expect(run(Above, own)).rejects.toThrow("BTC/USDT, bar 9, column 'high'");
  });

  const feed = new GeneratedDataFeed(about);
  it.each([
    [undefined, 'run needs what load() of nextbar/feeds returns, or a feed, was undefined'],
    [null, 'run needs what load() of nextbar/feeds returns, or a feed, was null'],
    ['a.csv', "run needs what load() of nextbar/feeds returns, or a feed, was 'a.csv'"],
    [[], 'run needs bars, was an empty list of datas'],
    [{}, 'run needs bars, was an empty list of datas'],
    [[feed, null], 'data 1 of run must be what load() of nextbar/feeds returns, or a feed, was null'],
    [{ path: 'a.csv' }, "data 'path' of run must be what load() of nextbar/feeds returns, or a feed, was 'a.csv'"],
    [Promise.resolve(3), 'run needs what load() of nextbar/feeds returns, or a feed, was 3'],
  ])('refuses %o in place of bars', async (data, message) => {
    await expect(run(Above, data as never)).rejects.toThrow(message);
  });

  it('refuses a list of strategies, and parameters that the class does not have', async () => {
    await expect(run([Above] as never, feed)).rejects.toThrow('run takes one strategy class, was a list: run each, or add several to a Cerebro'); // prettier-ignore
    await expect(run(Above, feed, { perod: 5 } as never)).rejects.toThrow("unknown parameter of Above 'perod': did you mean 'period'?"); // prettier-ignore
  });

  it('fails with the error of the first load that fails, and leaves no other unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): number => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const slow = new Promise<BarTable>((_, reject) => setTimeout(reject, 30, new Error('slow')));
      await expect(run(Above, [slow, Promise.reject(new Error('quick'))])).rejects.toThrow('quick');
      await new Promise((resolve) => setTimeout(resolve, 60));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });
});
