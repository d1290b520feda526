/** Reports: what the page holds is what the run came to, encoded without loss, and nothing of it is read as code. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, GeneratedDataFeed, rsi, sma, Strategy, type RunResult } from 'nextbar';
import { createBars } from 'nextbar/feeds';
import {
  exportTable,
  hashesOf,
  markdownSummary,
  metricDefinitions,
  renderReport,
  terminalCharts,
} from 'nextbar/report';

import { decodeColumns, decodeText } from '../../src/report/columns/decode.ts';
import { decimalsOf, encodeColumns } from '../../src/report/columns/encode.ts';
import { toLevels } from '../../src/report/columns/levels.ts';
import { curvesOf } from '../../src/report/gather/curves.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { withMetrics } from '../../scripts/report-metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-report-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Buys and sells by turns, and draws. */
class Turns extends Strategy<typeof Turns.params> {
  static readonly params = { every: 9 };
  readonly fast = sma(this.data.close, 5).plot({ colour: 'orange' });
  readonly strength = rsi(this.data.close, 14);
  readonly hidden = sma(this.data.close, 3).plot(false);

  override next(): void {
    if (this.data.length % this.params.every !== 0) return;
    if (this.position.size === 0) this.buy({ size: 0.1, tag: '<b>"in"' });
    else this.close();
    this.plot('level', this.data.close.now * 1.01, { pane: 'price', style: 'step' });
    this.mark('turn & turn');
  }
}

async function run(count = 400): Promise<RunResult> {
  const feed = new GeneratedDataFeed({ timeframe: '1h', seed: 4, count, symbol: 'BTC/USDT' });
  return new Cerebro({ commission: 0.001 }).addData(feed).addStrategy(Turns).run();
}

/** The text of a chunk of a page. */
function chunk(page: string, name: string): string {
  return new RegExp(`id="chunk-${name}">([^<]*)<`).exec(page)![1]!;
}

function modelOf(page: string): ReportModel {
  return JSON.parse(/<script type="application\/json" id="model">([^<]*)</.exec(page)![1]!) as ReportModel;
}

describe('the exposure of a run', () => {
  /** Holds what it is told to, from the second bar on. */
  class Holds extends Strategy<typeof Holds.params> {
    static readonly params = { size: 1 };

    override next(): void {
      const { size } = this.params;
      if (this.data.length !== 1) return;
      if (size > 0) this.buy({ size });
      else this.sell({ size: -size });
    }
  }

  it.each([
    ['beside each other', 'exchange', [10, 20], 0.03],
    ['beside each other, one of them short', 'exchange', [20, -10], 0.03],
    ['on one account', 'backtrader', [10, 20], 0.03],
    ['on one account, one of them short', 'backtrader', [20, -10], 0.01],
  ] as const)('is that of all positions of strategies %s', async (_, rules, sizes, share) => {
    const bars = Array.from({ length: 4 }, (_bar, i) => ({ time: i * 3_600_000, open: 10, high: 10, low: 10, close: 10, volume: 1e6 })); // prettier-ignore
    const cerebro = new Cerebro({ rules, cash: 10_000 }).addData(new BarsDataFeed({ timeframe: '1h', bars }));
    for (const size of sizes) cerebro.addStrategy(Holds, { size });
    expect([...curvesOf(await cerebro.run()).exposure]).toEqual([0, share, share, share]);
  });
});

describe('encoded columns', () => {
  it('return every decimal of prices, and gaps', async () => {
    const prices = Float64Array.from([42_283.58, 42_284, NaN, 0.01, 99_999.99, -5.25]);
    const specs = [{ name: 'a', decimals: decimalsOf(prices) }, { name: 'time', decimals: 0 }]; // prettier-ignore
    const time = prices.map((_, i) => 1_700_000_000_000 + i * 3_600_000);
    const [a, b] = await decodeColumns(encodeColumns([{ spec: specs[0]!, values: prices }, { spec: specs[1]!, values: time }]), specs); // prettier-ignore
    expect([...a!]).toEqual([...prices]);
    expect([...b!]).toEqual([...time]);
  });

  it('keep seven digits of values without decimals of their own', async () => {
    const values = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i) * 1_000 * Math.PI);
    const specs = [{ name: 'x', decimals: decimalsOf(values) }];
    const [x] = await decodeColumns(encodeColumns([{ spec: specs[0]!, values }]), specs);
    for (let i = 0; i < values.length; i++) expect(Math.abs(x![i]! - values[i]!)).toBeLessThan(1e-3);
  });

  it.each([
    ['of a coin that is worth nearly nothing', [1.213e-10, 1.214e-10, 1.3e-10]],
    ['below the ninth decimal without a tick', [1.2345678e-9, 1.3456789e-9, 9.87654321e-10]],
    ['above the whole numbers of a double', [1e18, 3.180052249784341e18, 2.5e17]],
  ])('keep seven digits of values %s', async (_, numbers) => {
    const values = Float64Array.from(numbers);
    const specs = [{ name: 'x', decimals: decimalsOf(values) }];
    const [x] = await decodeColumns(encodeColumns([{ spec: specs[0]!, values }]), specs);
    for (let i = 0; i < values.length; i++) expect(Math.abs(x![i]! / values[i]! - 1)).toBeLessThan(1e-6);
  });

  it('become levels that keep highs, lows, sums, means and the last value', async () => {
    const values = Float64Array.from({ length: 9_000 }, (_, i) => (i * 7919) % 1_000);
    const chunks = new Map<string, string>();
    const folds = ['first', 'last', 'max', 'min', 'sum', 'mean'] as const;
    const leveled = toLevels('x', folds.map((fold) => ({ name: fold, values, fold, decimals: 3 })), chunks); // prettier-ignore
    expect(leveled.levels.map(({ factor, points }) => [factor, points])).toEqual([[1, 9_000], [4, 2_250], [16, 563]]); // prettier-ignore
    const columns = await decodeColumns(chunks.get('x-2-0')!, leveled.columns);
    const bucket = [...values.subarray(32, 48)];
    const sum = bucket.reduce((a, b) => a + b);
    expect(columns.map((column) => column[2])).toEqual([bucket[0], bucket[15], Math.max(...bucket), Math.min(...bucket), sum, sum / 16]); // prettier-ignore
  });
});

describe('a report', () => {
  it('has every figure of the result, and every trade and order', async () => {
    const result = await run();
    const page = await renderReport(result);
    for (const { key, text } of metricDefinitions) {
      expect(page).toContain(
        `data-stat="${key}" data-value="${result.stats[key] ?? ''}">${text(result.stats[key]).replaceAll("'", '&#39;')}`,
      );
    }
    const model = modelOf(page);
    const [trades, orders] = model.tables;
    const cells = JSON.parse(await decodeText(chunk(page, trades!.chunk))) as unknown[][];
    const column = (key: string): unknown[] => cells[trades!.columns.findIndex((one) => one.key === key)]!;
    const [strategy] = result.strategies;
    const all = [...strategy!.trades, ...strategy!.openTrades];
    expect(column('pnlNet')).toEqual(all.map(({ pnlNet }) => pnlNet));
    expect(column('openTime')).toEqual(all.map(({ openTime }) => openTime));
    expect(orders!.rows).toBe(strategy!.orders.length);
    expect(page).toContain(hashesOf(result).result);
  });

  it('holds the bars, the lines that are drawn, and no other', async () => {
    const result = await run();
    const page = await renderReport(result);
    const [price] = modelOf(page).prices;
    expect(price!.lines.map(({ label, pane }) => [label, pane])).toEqual([
      ['fast · sma(5)', 'price'],
      ['strength · rsi(14)', 'strength · rsi(14)'],
      ['level', 'price'],
    ]);
    expect(price!.lines[0]).toMatchObject({ colour: 'orange', style: 'line' });
    const columns = await decodeColumns(chunk(page, price!.bars.levels[0]!.chunks[0]!), price!.bars.columns);
    const { data } = result.strategies[0]!.strategy;
    expect(columns[0]!).toHaveLength(400);
    expect(columns[4]!.at(-1)).toBeCloseTo(data.close.now, price!.decimals - 1);
    const marks = JSON.parse(await decodeText(chunk(page, price!.marks))) as unknown[];
    expect(marks).toHaveLength(Math.floor(400 / 9) - 1);
  });

  it('has the bars in which each order was placed and ended, whatever ended it', async () => {
    class Waits extends Strategy {
      override next(): void {
        const price = this.data.close.now;
        if (this.data.length === 5) this.buy({ type: 'limit', price: price * 0.01, size: 1 });
        if (this.data.length === 6)
          this.buy({ type: 'limit', price: price * 0.01, size: 1, valid: { afterMs: 3 * 3_600_000 } });
        if (this.data.length === 7) this.buy({ size: 1e9 });
        if (this.data.length === 8) this.cancel(this.buy({ type: 'limit', price: price * 0.01, size: 1 })!);
        if (this.data.length === 9) this.buy({ size: 0.01 });
      }
    }
    const cerebro = new Cerebro({ cash: 10_000 });
    cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 3, count: 60 }));
    const waited = await cerebro.addStrategy(Waits).run();
    const html = await renderReport(waited);
    const table = modelOf(html).tables.find(({ id }) => id === 'orders')!;
    const columns = JSON.parse(await decodeText(chunk(html, table.chunk))) as (number | string | null)[][];
    const column = (key: string): (number | string | null)[] => columns[table.columns.findIndex((one) => one.key === key)]!; // prettier-ignore
    expect(column('status')).toEqual(['accepted', 'expired', 'margin', 'canceled', 'completed']);
    expect(column('fromIndex')).toEqual([4, 5, 6, 7, 8]);
    expect(column('toIndex')).toEqual([null, 9, 7, 8, 9]);
    const [first, ...ended] = waited.strategies[0]!.orders.map(({ endedTime }) => endedTime);
    expect(first).toBeUndefined();
    expect(ended).toEqual([9, 7, 8, 9].map((bar) => waited.datas[0]!.start + (bar + 1) * 3_600_000));
  });

  it('shows what a run brings as text, never as code', async () => {
    const evil = '</script><script>alert(1)</script>';
    const page = await renderReport(await run(), {
      title: evil,
      source: { path: 'x.ts', text: `const a = '${evil}';` },
    });
    expect(page).not.toContain('<script>alert(1)');
    expect(page).not.toMatch(/(?:src|href)="https?:(?!\/\/www\.tradingview\.com\/")/);
  });

  it('is the same for the same run', async () => {
    expect(await renderReport(await run())).toBe(await renderReport(await run()));
  });

  it('stands for runs without a trade, without a step, and over one bar', async () => {
    class Idle extends Strategy {}
    for (const count of [0, 1, 2]) {
      const bars = createBars(count);
      for (let i = 0; i < count; i++) {
        bars.time[i] = i * 3_600_000;
        for (const name of ['open', 'high', 'low', 'close'] as const) bars[name][i] = 100;
      }
      const result = await new Cerebro().addData(new BarsDataFeed({ bars, timeframe: '1h', name: 'x' })).addStrategy(Idle).run(); // prettier-ignore
      expect(await renderReport(result)).toContain('No trade was closed');
      expect(terminalCharts(result)).toContain(count === 0 ? '' : 'x 1h');
    }
  });

  it('measures trades of contracts by the value that they stand for, and shows what the account holds', async () => {
    const feed = new GeneratedDataFeed({ timeframe: '1h', seed: 7, count: 600, symbol: 'BTC/USDT:USDT' });
    const cerebro = new Cerebro({ account: { cash: { USDT: 10_000 }, margin: 'isolated', leverage: 10 } });
    cerebro.addData(feed);
    const start = (await feed.load()).time[0]!;
    const funding = Array.from({ length: 60 }, (_, k) => ({
      time: start + k * 8 * 3_600_000,
      rate: 0.0001 * ((k % 3) - 1),
    }));
    cerebro.setInstrument(feed.name, {
      symbol: 'BTC/USDT:USDT',
      contractSize: 0.01,
      makerFee: 0.0002,
      takerFee: 0.0005,
      funding,
    });
    const result = await cerebro.addStrategy(Turns).run();
    const page = await renderReport(result);
    const model = modelOf(page);
    const table = model.tables.find(({ id }) => id === 'trades')!;
    const cells = JSON.parse(await decodeText(chunk(page, table.chunk))) as number[][];
    const column = (key: string): number[] => cells[table.columns.findIndex((one) => one.key === key)]!;
    const trades = result.strategies[0]!.trades;
    expect(trades.length).toBeGreaterThan(3);
    trades.forEach((trade, row) => {
      expect(column('return')[row]).toBeCloseTo(trade.pnlNet / (Math.abs(trade.peakSize) * 0.01 * trade.price), 12);
    });
    const account = result.account!;
    expect(account.funding.length).toBeGreaterThan(10);
    const valueOf = (attribute: string, name: string): number =>
      Number(new RegExp(`data-${attribute}="${name}" data-value="([^"]*)"`).exec(page)?.[1]);
    const wallet = account.accounts[0]!;
    expect(valueOf('balance', `${wallet.name} USDT`)).toBe(Number(wallet.wallet['USDT']));
    const paid = account.funding.reduce((sum, { amount }) => sum + amount, 0);
    expect(valueOf('funding', `${feed.name} USDT`)).toBe(paid);
    const fees = result.strategies[0]!.orders.flatMap(({ fills }) => fills).reduce(
      (sum, { fee }) => sum + (fee ?? 0),
      0,
    );
    expect(valueOf('fees', 'USDT')).toBeCloseTo(fees, 9);
  });

  it('refuses a copy of a result, and an option that is none', async () => {
    const result = await run(50);
    await expect(renderReport(Object.create(result) as RunResult)).rejects.toThrow('the result itself');
    await expect(renderReport(result, { titel: 'x' } as never)).rejects.toThrow("did you mean 'title'?");
  });

  it('is shown in a notebook as a frame and a sentence', async () => {
    const result = await run(60);
    const picture = result.show({ height: 500 });
    const display = (picture as unknown as Record<symbol, () => Promise<Record<string, string>>>)[
      Symbol.for('Jupyter.display')
    ]!;
    const bundle = await display();
    expect(Object.keys(bundle)).toEqual(['text/html', 'text/plain']);
    expect(bundle['text/html']).toMatch(
      /^<iframe [^>]*height:500px[^>]*srcdoc="&lt;|^<iframe [^>]*srcdoc="<!doctype html>/,
    );
    expect(bundle['text/plain']).toMatch(/^Turns: 10000 to /);
  });
});

describe('drawing', () => {
  const drawn = (next: (one: Strategy) => void): Promise<RunResult> => {
    class One extends Strategy {
      override next(): void {
        next(this);
      }
    }
    const feed = new GeneratedDataFeed({ timeframe: '1h', seed: 4, count: 5 });
    return new Cerebro().addData(feed).addStrategy(One).run();
  };

  it.each([
    ['an unknown option', (one: Strategy) => one.plot('x', 1, { color: 'red' } as never), 'colo'],
    ['a colour that is none', (one: Strategy) => one.plot('x', 1, { colour: 'red;}' }), 'was "red;}"'],
    ['a style that is none', (one: Strategy) => one.plot('x', 1, { style: 'wavy' as never }), 'line, dashed'],
    ['an empty mark', (one: Strategy) => one.mark(''), 'must not be empty'],
    ['a value that is no number', (one: Strategy) => one.plot('x', '1' as never), 'must be a number'],
  ])('refuses %s', async (_name, next, text) => {
    await expect(drawn(next)).rejects.toThrow(text);
  });

  it('changes nothing about a run', async () => {
    class Silent extends Turns {
      override plot(): void {}
      override mark(): void {}
    }
    const feed = (): GeneratedDataFeed => new GeneratedDataFeed({ timeframe: '1h', seed: 4, count: 400 });
    const [loud, silent] = await Promise.all(
      [Turns, Silent].map((cls) => new Cerebro().addData(feed()).addStrategy(cls).run()),
    );
    expect(silent!.finalValue).toBe(loud!.finalValue);
    expect([...silent!.equity.value]).toEqual([...loud!.equity.value]);
  });
});

describe('files beside a report', () => {
  it('hold the same trades as CSV, JSON and Parquet', async () => {
    const result = await run();
    const { trades } = result.strategies[0]!;
    for (const ending of ['csv', 'json', 'parquet'])
      await exportTable(join(folder, `trades.${ending}`), 'trades', result);
    const rows = JSON.parse(readFileSync(join(folder, 'trades.json'), 'utf8')) as Record<string, unknown>[];
    expect(rows.map((row) => row['entryTime'])).toEqual(trades.map(({ openTime }) => openTime));
    expect(readFileSync(join(folder, 'trades.csv'), 'utf8').trim().split('\n')).toHaveLength(trades.length + 1);
    const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
    const read = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'trades.parquet')) });
    expect(read.map((row) => Number(row['pnlNet']))).toEqual(rows.map((row) => row['pnlNet']));
    for (const table of ['orders', 'fills', 'equity'] as const) {
      await exportTable(join(folder, `${table}.json`), table, result);
      await exportTable(join(folder, `${table}.parquet`), table, result);
    }
    const fills = JSON.parse(readFileSync(join(folder, 'fills.json'), 'utf8')) as unknown[];
    expect(fills).toHaveLength(result.strategies[0]!.fills.length);
  });

  it('summarise a run as Markdown', async () => {
    const result = await run();
    const text = markdownSummary(result);
    for (const { label } of metricDefinitions) expect(text).toContain(`| ${label} |`);
  });

  it('have their metrics in the documentation as they are defined', () => {
    const page = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');
    expect(page).toBe(withMetrics(page));
  });
});
