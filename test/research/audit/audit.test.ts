/** The look-ahead audit: it catches leaks of every kind at their first bar, and calls clean what is clean. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';

import { Cerebro, Strategy, type StrategyClass } from '../../../src/engine/index.ts';
import { BarsDataFeed, GeneratedDataFeed, generateBars } from '../../../src/feeds/index.ts';
import { cumulative } from './cumulative.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { crossover, ema, sma } from '../../../src/indicators/index.ts';
import { openSqlite } from '../../../src/store/index.ts';
import { columnOf, timelineOf, derive, type Line } from '../../../src/lines/index.ts';
import { Later, type BarNumbers } from '../../../src/research/audit/rows.ts';
import { codeUntil, textUntil } from '../../../src/research/audit/texts.ts';
import {
  auditLookahead,
  formatAudit,
  formatStress,
  stressBacktest,
  type AuditReport,
} from '../../../src/research/index.ts';

const start = Date.UTC(2024, 0, 1);
const hour = 3_600_000;

function audit(
  cls: new (...args: never[]) => Strategy,
  add: (cerebro: Cerebro) => Cerebro = (one) => one,
): Promise<AuditReport> {
  return auditLookahead(() =>
    add(
      new Cerebro({ cash: 1e6 }).addData(
        new GeneratedDataFeed({ name: 'a', timeframe: '1h', start, count: 500, seed: 4 }),
      ),
    ).addStrategy(cls as unknown as StrategyClass<object>),
  );
}

/** Trades by a crossover; honest. */
class Clean extends Strategy {
  readonly cross = crossover(sma(this.data.close, 5), sma(this.data.close, 20));
  override next(): void {
    if (this.cross.now > 0) this.buy({ size: 1 });
    else if (this.cross.now < 0) this.close();
  }
}

/** The close of the bar `ahead` bars later, where `when` says so: an indicator that peeks. */
function peek(close: Line, ahead: number, when: (i: number) => boolean): Line {
  return derive(close, {
    name: 'peek',
    compute({ inputs: [x], outputs: [out] }, from, to) {
      for (let i = from; i < to; i++) out!.set(i, when(i) && i + ahead < x!.length ? x!.at(i + ahead) : x!.at(i));
    },
  });
}

describe('the audit', () => {
  it('calls an honest strategy clean', async () => {
    const report = await audit(Clean);
    expect(report).toMatchObject({ isClean: true, leaks: [], warmUps: [], steps: 500, runs: 13 });
    expect(formatAudit(report)).toMatch(/^Clean: no order, indicator or value of 500 steps changed/);
  });

  it('calls an honest strategy over several timeframes clean, resampled and replayed, with holes in time', async () => {
    class Frames extends Strategy {
      readonly trend = sma(this.datas[1]!.close, 4).onto(this.data);
      readonly other = this.data.close.sub(this.datas[2]!.close.onto(this.data));
      override next(): void {
        const { size } = this.position;
        if (this.data.isNew && size === 0 && this.data.close.now > this.trend.now) this.buy({ size: 1 });
        else if (size > 0 && this.other.now < 0) this.close();
      }
    }
    for (const kind of ['resampleData', 'replayData'] as const) {
      const report = await audit(Frames, (cerebro) =>
        cerebro[kind]('a', '4h').addData(
          new GeneratedDataFeed({ name: 'b', timeframe: '30m', start: start + 7 * hour, count: 900, seed: 5 }),
        ),
      );
      expect(report.leaks).toEqual([]);
    }
  });

  it('catches a strategy that reads a whole column', async () => {
    class Whole extends Strategy {
      private last = NaN;
      override start(): void {
        this.last = columnOf(this.data.close).values.at(-1)!;
      }
      override next(): void {
        if (this.data.close.now < this.last && this.position.size === 0) this.buy({ size: 1 });
      }
    }
    const { isClean, leaks } = await audit(Whole);
    expect(isClean).toBe(false);
    expect(leaks.map(({ kind }) => kind)).toContain('order');
  });

  it('catches an indicator that peeks one bar, and names it and the first bar', async () => {
    class Peeks extends Strategy {
      readonly next1 = peek(this.data.close, 1, () => true);
    }
    const { leaks } = await audit(Peeks);
    expect(leaks).toHaveLength(1);
    expect(leaks[0]).toMatchObject({ kind: 'indicator', what: "peek of 'a'", strategy: 'Peeks', time: start + hour });
  });

  it.each(['quoteVolume', 'tradeCount'] as const)('catches one that peeks at %s', async (name) => {
    const bars = generateBars({ timeframe: '1h', start, count: 500, seed: 5 });
    const wide = { ...bars, quoteVolume: bars.time.map((_, i) => 5 + (i % 7)), tradeCount: bars.volume };
    class Peeks extends Strategy {
      readonly peeking = peek(this.datas[1]![name]!, 1, () => true);
      readonly honest = sma(this.datas[1]![name]!, 3);
    }
    const { leaks } = await audit(Peeks, (cerebro) =>
      cerebro.addData(new BarsDataFeed({ name: 'w', timeframe: '1h', bars: wide })),
    );
    expect(leaks).toHaveLength(1);
    expect(leaks[0]).toMatchObject({ what: "peek of 'w'", time: start + hour });
  });

  it('catches an indicator that compares prices of the next bar with each other', async () => {
    const next = (test: (open: number, high: number, low: number, close: number) => boolean) =>
      class Compares extends Strategy {
        readonly seen = derive(this.data.open, {
          name: 'seen',
          inputs: [this.data.high, this.data.low, this.data.close],
          compute({ inputs, outputs: [out] }, from, to) {
            for (let i = from; i < to; i++) {
              const [open, high, low, close] = inputs.map((column) => column.at(i + 1));
              out!.set(i, test(open!, high!, low!, close!) ? 1 : 0);
            }
          },
        });
        override next(): void {
          this.orderTargetSize(this.seen.now);
        }
      };
    for (const one of [
      next((open, _high, _low, close) => close > open),
      next((_open, high, low) => high / low > 1.01),
      next((open, high, _low, close) => high > 1.002 * Math.max(open, close)),
    ]) {
      const { leaks } = await audit(one);
      const told = leaks.find(({ kind }) => kind === 'indicator');
      expect(told).toMatchObject({ by: 'falsified' });
      expect(told!.count).toBeGreaterThan(80);
    }
  });

  it('catches a normalisation by the maximum of all bars', async () => {
    class Normal extends Strategy {
      readonly scaled = derive(this.data.close, {
        name: 'scaled',
        compute({ inputs: [x], outputs: [out] }, from, to) {
          const most = x!.values.reduce((a, b) => Math.max(a, b), 0);
          for (let i = from; i < to; i++) out!.set(i, x!.at(i) / most);
        },
      });
    }
    const { leaks } = await audit(Normal);
    expect(leaks[0]).toMatchObject({ kind: 'indicator', what: "scaled of 'a'", time: start + hour });
  });

  it('catches a higher timeframe bar seen at its open', async () => {
    class Early extends Strategy {
      readonly fourHours = derive(this.data.close, {
        name: 'four hours',
        compute({ inputs: [x], outputs: [out] }, from, to) {
          for (let i = from; i < to; i++) out!.set(i, x!.at(Math.min(Math.floor(i / 4) * 4 + 3, x!.length - 1)));
        },
      });
    }
    const { leaks } = await audit(Early);
    expect(leaks[0]).toMatchObject({ what: "four hours of 'a'", time: start + hour });
  });

  it('catches a leak of a single bar, at that bar', async () => {
    class Once extends Strategy {
      readonly once = peek(this.data.close, 1, (i) => i === 333);
    }
    const { leaks } = await audit(Once);
    expect(leaks).toHaveLength(1);
    expect(leaks[0]).toMatchObject({ kind: 'indicator', time: start + 334 * hour, count: 1 });
  });

  it('catches a single order that knew the next bar', async () => {
    class Knows extends Strategy {
      override next(): void {
        const { index, close } = timelineOf(this.data);
        if (index === 250 && close.at(index + 1) > close.at(index)) this.buy({ size: 1 });
        if (index === 251 && close.at(index + 1) < close.at(index)) this.sell({ size: 1 });
      }
    }
    const { leaks } = await audit(Knows);
    expect(leaks.find(({ kind }) => kind === 'order')).toMatchObject({ strategy: 'Knows' });
    expect(formatAudit(await audit(Knows))).toMatch(/order \(Knows\)\n {4}first at the bar that closed 2024-01-11/);
  });

  it('catches a strategy that knows when the data ends', async () => {
    class End extends Strategy {
      override next(): void {
        const { index, loaded } = timelineOf(this.data);
        if (index === loaded - 30) this.buy({ size: 1 });
      }
    }
    const { leaks } = await audit(End);
    expect(leaks.map(({ kind, by }) => `${kind} ${by}`)).toContain('order cut');
  });

  it('catches orders at the number of a bar, and says which', async () => {
    class Numbered extends Strategy {
      override next(): void {
        if (this.data.length === 137) this.buy({ size: 1 });
        if (this.data.length === 181) this.close();
      }
    }
    const report = await audit(Numbered);
    expect(report.leaks).toEqual([
      expect.objectContaining({ kind: 'number', by: 'elsewhere', time: start + 137 * hour, count: 2 }),
    ]);
    expect(formatAudit(report)).toMatch(
      /^Look-ahead: one thing in the past knew the future.*placed at bar 137, 181 of the data, placed there in 10 other markets too.*--known-dates/s,
    );
  });

  it('says how many bars a recursive indicator needs, and when none are enough', async () => {
    class Recursive extends Strategy {
      readonly average = ema(this.data.close, 10);
      readonly total = cumulative(this.data.volume);
      readonly plain = sma(this.data.close, 10);
    }
    const { isClean, warmUps } = await audit(Recursive);
    expect(isClean).toBe(true);
    expect(warmUps.map(({ what }) => what)).toEqual(["ema(10) of 'a'", "total of 'a'"]);
    const [average, total] = warmUps;
    // What is left of the seed fades by (1 - 2/11) a bar; prices differ from it by well under a tenth.
    expect(average?.minPeriod).toBe(10);
    expect(average?.bars).toBeGreaterThan(30);
    expect(average?.bars).toBeLessThan(10 + Math.log(1e-6 / 0.1) / Math.log(9 / 11));
    expect(total).toMatchObject({ minPeriod: 1, bars: undefined });
  });

  it('refuses a strategy that goes by the clock of the machine, of which it reads the hour or the time that went by', async () => {
    const hours: readonly ((one: Strategy) => boolean)[] = [
      () => new Date().getUTCHours() === new Date(realNow).getUTCHours(),
      () => Date.now() - realNow < 3_600_000,
    ];
    const realNow = systemRuntime.now();
    for (const isDue of hours) {
      class Clocked extends Strategy {
        override next(): void {
          if (this.data.length % 10 === 0 && isDue(this)) this.buy({ size: 1 });
        }
      }
      await expect(audit(Clocked)).rejects.toThrow('two runs over the same data differ');
    }
    expect(Math.abs(systemRuntime.now() - realNow)).toBeLessThan(600_000);
  });

  it('falsifies the arrays that a feed was given, for a strategy that reads them beside it, and leaves them as they were', async () => {
    const bars = generateBars({ timeframe: '1h', start, count: 500, seed: 4 });
    const before = structuredClone(bars);
    const over = (cls: StrategyClass<object>, knownDates = false) =>
      auditLookahead(
        () =>
          new Cerebro({ cash: 1e6 }).addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars })).addStrategy(cls),
        { knownDates },
      );
    class Averages extends Strategy {
      readonly mean = bars.close.reduce((sum, one) => sum + one, 0) / bars.close.length;
      override next(): void {
        if (this.data.close.now < this.mean) this.buy({ size: 1 });
        else this.close();
      }
    }
    class Waits extends Strategy {
      override next(): void {
        const at = this.data.length;
        const isQuiet = bars.high[at + 1]! / bars.low[at + 1]! < 1.01;
        if (isQuiet && this.data.close.now > this.data.open.now) this.buy({ size: 1 });
        else if (at % 9 === 0) this.close();
      }
    }
    for (const cls of [Averages, Waits]) {
      const { leaks } = await over(cls);
      expect(leaks.map(({ kind, by }) => [kind, by])).toContainEqual(['order', 'falsified']);
    }
    class Past extends Strategy {
      override next(): void {
        const at = this.data.length - 1;
        if (at > 0 && bars.close[at]! > bars.close[at - 1]!) this.buy({ size: 1 });
        else this.close();
      }
    }
    expect((await over(Past, true)).leaks).toEqual([]);
    class Throws extends Past {
      override next(): void {
        if (this.data.length > 250 && bars.close[300]! !== before.close[300]!) throw new Error('false');
      }
    }
    expect((await over(Throws)).isClean).toBe(false);
    expect(bars).toEqual(before);
  });

  it('catches what is made of later rows of a file, and not what is made of earlier ones or of a file without times', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-'));
    const { time, close } = generateBars({ timeframe: '1h', start, count: 500, seed: 4 });
    const rows = Array.from(time, (at, i) => [at, close[i]!] as const);
    const table = join(folder, 'closes.csv');
    writeFileSync(table, ['time,close', ...rows.map((row) => row.join(','))].join('\n'));
    writeFileSync(join(folder, 'closes.json'), JSON.stringify(rows.map(([at, close]) => ({ at, close }))));
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ weight: 0.7, level: close[400] }));
    const closes = (): number[] =>
      readFileSync(table, 'utf8').split('\n').slice(1).map((line) => Number(line.split(',')[1])); // prettier-ignore
    const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
    const trades = (level: (one: Strategy) => number) =>
      class Reads extends Strategy {
        readonly level = level(this);
        override next(): void {
          this.orderTargetSize(this.data.close.now < this.level ? 1 : 0);
        }
      };
    try {
      const report = await audit(trades(() => mean(closes())));
      expect(report.leaks).toMatchObject([{ kind: 'file', what: "'closes.csv'", by: 'cut' }]);
      expect(formatAudit(report)).toMatch(/later rows of 'closes.csv', read beside the datas \(Reads\)/);
      const json = () => JSON.parse(readFileSync(join(folder, 'closes.json'), 'utf8')) as { close: number }[];
      expect((await audit(trades(() => mean(json().map((row) => row.close))))).isClean).toBe(false);
      const model = () => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { level: number };
      expect((await audit(trades(() => model().level))).leaks).toEqual([]);
      expect((await audit(trades(() => closes()[0]!))).leaks).toEqual([]);
      expect(closes()).toHaveLength(500);
      const known = await auditLookahead(
        () =>
          new Cerebro({ cash: 1e6 })
            .addData(new GeneratedDataFeed({ name: 'a', timeframe: '1h', start, count: 500, seed: 4 }))
            .addStrategy(trades(() => mean(closes()))),
        { knownDates: true },
      );
      expect(known.isClean).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('catches what is made of later rows of files of any form, with and without times, and nothing made of earlier ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-'));
    const at = (name: string): string => join(folder, name);
    const whole = generateBars({ timeframe: '1h', start, count: 500, seed: 4 });
    const close = [...whole.close];
    const time = [...whole.time];
    const lines = close.join('\n');
    const databases = async (): Promise<void> => {
      for (const [name, column] of [
        ['timed', time],
        ['counted', [...close.keys()]],
      ] as const) {
        // prettier-ignore
        const database = await openSqlite(at(`${name}.db`));
        database.exec('CREATE TABLE bars (at INTEGER PRIMARY KEY, close REAL)');
        const insert = database.statement('INSERT INTO bars VALUES (?, ?)');
        database.transaction(() => {
          close.forEach((value, k) => insert.run(column[k]!, value));
        });
        database.close();
      }
    };
    await databases();
    const numbers = (text: string): number[] => text.split('\n').map(Number);
    const doubles = (bytes: Buffer, step = 8, from = 0): number[] =>
      Array.from({ length: Math.floor((bytes.length - from) / step) }, (_, k) => bytes.readDoubleLE(from + k * step));
    const arrow = (name: string): number[] => [...(tableFromIPC(new Uint8Array(readFileSync(at(name)))).getChild('close')!.toArray() as Float64Array)]; // prettier-ignore
    const sqlite = (name: string) => async (): Promise<number[]> => {
      const database = await openSqlite(at(name), { readOnly: true });
      const rows = database.statement('SELECT close FROM bars ORDER BY at').all() as { close: number }[];
      database.close();
      return rows.map((row) => row.close);
    };
    const parquet = (name: string) => async (): Promise<number[]> => {
      const rows = await parquetReadObjects({ file: await asyncBufferFromFile(at(name)) });
      return rows.map((row) => row['close'] as number);
    };
    const writes: Readonly<Record<string, Uint8Array | string>> = {
      'lines.txt.gz': gzipSync(lines),
      'lines.txt.br': brotliCompressSync(lines),
      'lines.txt': lines,
      'back.txt': [...close].reverse().join('\n'),
      'columns.json': JSON.stringify({ symbol: 'A', time, close }),
      'nested.json': JSON.stringify({ symbol: 'A', bars: close.map((value, k) => ({ at: time[k], close: value })) }),
      'rows.jsonl': close.map((value, k) => JSON.stringify({ at: time[k], close: value })).join('\n'),
      'plain.f64': Buffer.from(Float64Array.from(close).buffer),
      'rows.f64': Buffer.from(Float64Array.from(close.flatMap((value, k) => [time[k]!, value])).buffer),
      'plain.f32': Buffer.from(Float32Array.from(close).buffer),
      'timed.arrow': tableToIPC(tableFromArrays({ time: Float64Array.from(time), close: Float64Array.from(close) })),
      'plain.arrow': tableToIPC(tableFromArrays({ close: Float64Array.from(close) }), 'file'),
      'timed.parquet': new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'time', data: time, type: 'DOUBLE' }, { name: 'close', data: close }] })), // prettier-ignore
      'plain.parquet': new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'close', data: close }] })),
    };
    for (const [name, content] of Object.entries(writes)) writeFileSync(at(name), content);
    const reads: Readonly<Record<string, () => readonly number[] | Promise<readonly number[]>>> = {
      'lines.txt.gz': () => numbers(gunzipSync(readFileSync(at('lines.txt.gz'))).toString()),
      'lines.txt.br': () => numbers(brotliDecompressSync(readFileSync(at('lines.txt.br'))).toString()),
      'lines.txt': () => numbers(readFileSync(at('lines.txt'), 'utf8')),
      'back.txt': () => numbers(readFileSync(at('back.txt'), 'utf8')).reverse(),
      'columns.json': () => (JSON.parse(readFileSync(at('columns.json'), 'utf8')) as { close: number[] }).close,
      'nested.json': () => (JSON.parse(readFileSync(at('nested.json'), 'utf8')) as { bars: { close: number }[] }).bars.map((row) => row.close), // prettier-ignore
      'rows.jsonl': () => readFileSync(at('rows.jsonl'), 'utf8').split('\n').map((line) => (JSON.parse(line) as { close: number }).close), // prettier-ignore
      'plain.f64': () => doubles(readFileSync(at('plain.f64'))),
      'rows.f64': () => doubles(readFileSync(at('rows.f64')).subarray(8), 16),
      'plain.f32': () => {
        const bytes = readFileSync(at('plain.f32'));
        return Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readFloatLE(4 * k));
      },
      'timed.arrow': () => arrow('timed.arrow'),
      'plain.arrow': () => arrow('plain.arrow'),
      'timed.parquet': parquet('timed.parquet'),
      'plain.parquet': parquet('plain.parquet'),
      'timed.db': sqlite('timed.db'),
      'counted.db': sqlite('counted.db'),
    };
    const over = (
      read: () => readonly number[] | Promise<readonly number[]>,
      level: (closes: readonly number[]) => number,
    ) => {
      const reload = async (): Promise<() => Cerebro> => {
        const found = level(await read());
        class Reads extends Strategy {
          override next(): void {
            this.orderTargetSize(this.data.close.now < found ? 1 : 0);
          }
        }
        return () => new Cerebro({ cash: 1e6 }).addData(new GeneratedDataFeed({ name: 'a', timeframe: '1h', start, count: 500, seed: 4 })).addStrategy(Reads); // prettier-ignore
      };
      return reload().then((make) => auditLookahead(make, { reload, cuts: 2 }));
    };
    try {
      for (const [name, read] of Object.entries(reads)) {
        const mean = await over(read, (closes) => closes.reduce((sum, one) => sum + one, 0) / closes.length);
        expect(mean.leaks, name).toMatchObject([{ kind: 'file', what: `'${name}'`, by: 'cut' }]);
        const early = await over(read, (closes) => closes[40]!);
        expect(early.leaks, name).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('cuts lists of numbers in code that are those of a data, and no others', () => {
    const { close } = generateBars({ timeframe: '1h', start, count: 60, seed: 4 });
    const values = Float64Array.from(close);
    const numbers = { find: (given: Float64Array) => (given[5] === values[5] ? (row: number) => row : undefined) };
    const later = new Later(29, numbers as unknown as BarNumbers);
    const other = `export const other = [${[...values].reverse().join(', ')}];`;
    const code = (count: number): string =>
      `export const copy = [${[...values.subarray(0, count)].join(',')}]; ${other}`;
    expect(codeUntil(code(60), later)?.content).toBe(code(30));
    expect(codeUntil(other, later)).toBeUndefined();
  });

  it('cuts tables of any common form at a time, and leaves what has none', () => {
    const end = Date.UTC(2024, 0, 2);
    const days = ['2024-01-01', '2024-01-02', '2024-01-03'];
    const cut = (text: string) => textUntil(text, new Later(end))?.content;
    for (const write of [
      (day: string) => day,
      (day: string) => `${day} 00:00:00`,
      (day: string) => `${day}T00:00:00Z`,
      (day: string) => String(Date.parse(day)),
      (day: string) => String(Date.parse(day) / 1_000),
      (day: string) => `${Date.parse(day)}000`,
    ]) {
      const [first, second, third] = days.map((day) => `BTC;${write(day)};7`);
      expect(cut(`name;when;value\n${first}\n${second}\n${third}\n`)).toBe(`name;when;value\n${first}\n${second}\n`);
      const rows = days.map((day) => [write(day), 7]);
      expect(cut(JSON.stringify(rows))).toBe(JSON.stringify(rows.slice(0, 2)));
    }
    for (const text of ['', 'a,b\n1,2\n3,4', '{"a":[1704240000000]}', '[1,2', 'time,close\n2024-01-01,5'])
      expect(cut(text)).toBeUndefined();
    expect(textUntil('time,close\n2024-01-05,5\n2024-01-06,6', new Later(end))?.isEmpty).toBe(true);
  });

  it('catches what an earlier run left behind, and not numbers that are other ones every time', async () => {
    const seen = new Map<number, number>();
    class Remembers extends Strategy {
      override next(): void {
        const next = seen.get(this.data.length + 1);
        if (next !== undefined) this.orderTargetSize(next > this.data.close.now ? 1 : 0);
        seen.set(this.data.length, this.data.close.now);
      }
    }
    const report = await audit(Remembers);
    expect(report).toMatchObject({ isClean: false, leaks: [{ kind: 'memory', by: 'again', strategy: 'Remembers' }] });
    expect(formatAudit(report)).toMatch(
      /what an earlier run left behind \(Remembers\)\n {4}first at the bar that closed/,
    );
    let drawn = 1;
    class Draws extends Strategy {
      override next(): void {
        drawn = (48_271 * drawn) % 2_147_483_647;
        if (drawn % 10 === 0) this.orderTargetSize(drawn % 20 === 0 ? 1 : 0);
      }
    }
    await expect(audit(Draws)).rejects.toThrow('take times from bars, and draw numbers from a seed');
  });

  it('cuts a data in a hole without ending it: orders on it wait, as they did, and nothing is closed as at the end', async () => {
    const [one, other] = [4, 5].map((seed) => generateBars({ timeframe: '1h', start, count: 500, seed }));
    const rows = (bars: typeof one) => Array.from(bars!.time, (time, i) => ({ time, open: bars!.open[i]!, high: bars!.high[i]!, low: bars!.low[i]!, close: bars!.close[i]!, volume: 1 })); // prettier-ignore
    const holed = rows(other).filter((_, i) => i < 200 || i > 300);
    class Rotates extends Strategy {
      override next(): void {
        if (this.data.length % 12 !== 0) return;
        for (const [k, data] of this.datas.entries())
          this.orderTargetPercent((this.data.length / 12) % 2 === k ? 0.8 : 0, { data });
      }
    }
    for (const closeAtEnd of [false, true]) {
      const { leaks } = await auditLookahead(() => {
        const cerebro = new Cerebro({ cash: 1e6, commission: 0.001, closeAtEnd });
        for (const [k, bars] of [rows(one), holed].entries())
          cerebro.addData(new BarsDataFeed({ name: `${k}`, timeframe: '1h', bars }));
        return cerebro.addStrategy(Rotates);
      });
      expect(leaks).toEqual([]);
    }
  });

  it('catches a data whose bars are those of later, stamped a day early', async () => {
    const hours = generateBars({ timeframe: '1h', start, count: 500, seed: 4 });
    const days = (early: number) =>
      Array.from({ length: 20 }, (_, day) => {
        const part = (column: Float64Array): Float64Array => column.slice(24 * day, 24 * (day + 1));
        const [high, low] = [Math.max(...part(hours.high)), Math.min(...part(hours.low))];
        const [open, close] = [part(hours.open)[0]!, part(hours.close)[23]!];
        return { time: start + (day - early) * 24 * hour, open, high, low, close, volume: 1 };
      });
    class Idle extends Strategy {}
    const over = (early: number) =>
      audit(Idle, (cerebro) => cerebro.addData(new BarsDataFeed({ name: 'day', timeframe: '1d', bars: days(early) })));
    expect((await over(0)).leaks).toEqual([]);
    const { leaks } = await over(1);
    expect(leaks.map(({ kind, what, was }) => [kind, what, was])).toEqual([
      ['foresight', "bars of 'day'", "close at what 'a' closes at 1440 minutes later, in 19 of 19 bars"],
    ]);
  });

  it('calls a strategy clean that is always right because prices repeat, and one that knows the next bar of other prices not', async () => {
    class Turns extends Strategy {
      override next(): void {
        if (this.data.length < 4) return;
        const { close } = this.data;
        if (close.ago(1) < close.ago(2) && close.now > close.ago(1)) this.orderTargetPercent(0.9);
        else if (close.ago(1) > close.ago(2) && close.now < close.ago(1)) this.orderTargetPercent(-0.9);
      }
    }
    class DayBefore extends Strategy {
      override next(): void {
        if (this.data.length < 26) return;
        this.buy({ type: 'limit', price: this.data.low.ago(23), size: 1 });
        this.sell({ type: 'stop', price: this.data.low.ago(22), size: 1 + this.data.low.ago(22) / 1_000 });
      }
    }
    const wave = (i: number): number => 100 + 10 * Math.sin((2 * Math.PI * (i % 24)) / 24);
    const shapes = [wave, (i: number) => 100 + (i % 17), (i: number) => 100 + (i % 20 < 10 ? i % 20 : 20 - (i % 20)), (i: number) => wave(i) + 0.01 * i]; // prettier-ignore
    for (const shape of shapes) {
      const bars = Array.from({ length: 700 }, (_, i) => {
        const [open, close] = [shape(i), shape(i + 1)];
        const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
        return { time: start + i * hour, open, high, low, close, volume: 100 + (i % 24) };
      });
      for (const cls of [Turns, DayBefore]) {
        const { leaks } = await auditLookahead(() =>
          new Cerebro({ cash: 1e6 }).addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars })).addStrategy(cls),
        );
        expect(leaks, cls.name).toEqual([]);
      }
    }
    const { close } = generateBars({ timeframe: '1h', start, count: 500, seed: 4 });
    class Knows extends Strategy {
      private at = 0;
      override next(): void {
        const at = this.at++;
        if (at + 1 < close.length) this.orderTargetPercent(close[at + 1]! > close[at]! ? 0.9 : -0.9);
      }
    }
    expect((await audit(Knows)).leaks.map(({ kind }) => kind)).toContain('foresight');
  });

  it('refuses runs that differ by themselves, and options that cannot be right', async () => {
    let seed = 0;
    const make = (): Cerebro =>
      new Cerebro().addData(new GeneratedDataFeed({ timeframe: '1h', count: 100, seed: ++seed })).addStrategy(Clean);
    await expect(auditLookahead(make)).rejects.toThrow('two runs over the same data differ');
    await expect(auditLookahead(make, { cuts: -1 })).rejects.toThrow('cuts must be a whole number, was -1');
    await expect(auditLookahead(make, { cutz: 3 } as object)).rejects.toThrow("did you mean 'cuts'?");
  });
});

describe('the stress of a backtest', () => {
  it('says of a loss that no change undoes that it is one', () => {
    const report = { trades: 3, cases: [], verdict: 'robust' } as const;
    expect(formatStress({ ...report, return: -0.5 })).toMatch(/^Robust, but a loss: -50.00 % in 3 trades/);
    expect(formatStress({ ...report, return: 0.5 })).toMatch(/^Robust: 50.00 % in 3 trades/);
    expect(formatStress({ ...report, trades: 1, return: 0.5 })).toMatch(/^Robust: 50.00 % in 1 trade, and/);
  });

  it('judges what makes a loss larger as it judges what makes a gain smaller, and no change of less than a hundredth', async () => {
    const prices = Array.from({ length: 240 }, (_, i) => (i % 4 < 2 ? 100 : 100.4));
    const bars = prices.map((close, i) => {
      const open = prices[i - 1] ?? close;
      return {
        time: start + i * hour,
        open,
        high: Math.max(open, close),
        low: Math.min(open, close),
        close,
        volume: 1,
      };
    });
    /** Buys at the low and sells at the high, which a bar of delay turns around, and gives back a part of it. */
    const costs = async (commission: number): Promise<readonly [number, number, string | undefined]> => {
      class Turns extends Strategy {
        override next(): void {
          if (this.data.close.now === 100) this.orderTargetPercent(0.9);
          else this.orderTargetPercent(0);
        }
      }
      const cerebro = new Cerebro({ cash: 10_000, commission }).addData(
        new BarsDataFeed({ name: 'a', timeframe: '1h', bars }),
      );
      const report = await stressBacktest(cerebro.addStrategy(Turns));
      const fees = report.cases.find(({ kind }) => kind === 'fees')!;
      return [report.return, fees.return, fees.reason];
    };
    const [base, doubled, reason] = await costs(0.003);
    expect([base < -0.01, doubled < 1.5 * base, reason]).toEqual([true, true, 'the loss grows by more than half']);
    const [small, little, none] = await costs(0.00001);
    expect(Math.abs(little - small)).toBeLessThan(0.01);
    expect(none).toBeUndefined();
  });

  it('doubles the fees that the instruments of an account state, and leaves its rebates', async () => {
    const feesOf = async (instrument: object, commission = 0.001): Promise<readonly [string, number, number]> => {
      const cerebro = new Cerebro({ account: { cash: { USDT: 1e6 } }, commission }).addStrategy(Once);
      cerebro.addData(new GeneratedDataFeed({ symbol: 'BTC/USDT', timeframe: '1h', start, count: 100, seed: 4 }), 'a');
      cerebro.setInstrument('a', instrument);
      const { return: base, cases } = await stressBacktest(cerebro);
      const fees = cases.find(({ kind }) => kind === 'fees')!;
      return [fees.what, base, fees.return];
    };
    class Once extends Strategy {
      override next(): void {
        if (this.data.length === 5) this.buy({ size: 10 });
        if (this.data.length === 50) this.sell({ size: 10 });
      }
    }
    const [, free] = await feesOf({ takerFee: 0 }, 0);
    for (const facts of [
      { takerFee: 0.002, makerFee: -0.0001 },
      { feeTiers: [{ from: 0, makerFee: 0, takerFee: 0.002 }] },
    ]) {
      const [what, base, stressed] = await feesOf(facts);
      expect(what).toBe('fees doubled');
      expect(free - stressed).toBeCloseTo(2 * (free - base), 12);
      expect(free - base).toBeGreaterThan(0.00001);
    }
    const [what, , stressed] = await feesOf({ takerFee: 0, makerFee: 0 }, 0);
    expect(what).toBe('a fee of 0.1 % a side, where there was none');
    expect(stressed).toBeLessThan(free);
  });
});
