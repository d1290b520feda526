/** The texts of the terminal: numbers and spans in words, the curve, colours, the progress bar. */
import { describe, expect, it } from 'vitest';

import { painter } from '../../src/cli/shell/paint.ts';
import { loadBar, type LoadBar } from '../../src/cli/output/progress.ts';
import { parseOptions } from '../../src/cli/shell/parse.ts';
import { plainValue } from '../../src/cli/output/result-json.ts';
import { sparkline } from '../../src/cli/output/sparkline.ts';
import { amount, change, count, moment, percent, size, span } from '../../src/cli/output/words.ts';
import { systemRuntime } from '../../src/core/index.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

describe('numbers in words', () => {
  it('have separators, two decimals, more when small, and a dash when there is none', () => {
    expect([1234567.891, -0.5, 0, -0.0000001, 12, 0.00012345].map((value) => amount(value))).toEqual([
      '1,234,567.89',
      '-0.500',
      '0.00',
      '-0.00000010',
      '12.00',
      '0.000123',
    ]);
    expect([NaN, undefined, Infinity, -Infinity].map((value) => amount(value))).toEqual(['-', '-', '∞', '-∞']);
    expect([percent(0.12345), change(0.5), change(-0.031), change(0), count(17520)]).toEqual([
      '12.35 %',
      '+50.00 %',
      '-3.10 %',
      '0.00 %',
      '17,520',
    ]);
    expect(amount(-0.001, 2)).toBe('0.00');
  });

  it('are sizes that show something of what is not empty', () => {
    expect([0, 1, 999, 1000, 72_001, 999_999, 1_250_000].map(size)).toEqual([
      '0 kB',
      '1 kB',
      '1 kB',
      '1 kB',
      '73 kB',
      '1000 kB',
      '1.3 MB',
    ]);
  });

  it('are spans in their two largest units', () => {
    expect([0, 1000, 90_000, 3 * hour + 5 * minute, 3 * day + hour, 100 * day].map(span)).toEqual([
      '0 seconds',
      '1 second',
      '1 minute',
      '3 hours 5 minutes',
      '3 days 1 hour',
      '100 days',
    ]);
    expect([365 * day, 730 * day, 731 * day, 400 * day, NaN].map(span)).toEqual([
      '1 year',
      '2 years',
      '2 years',
      '1 year 1 month',
      '-',
    ]);
    expect([moment(Date.UTC(2024, 0, 1)), moment(Date.UTC(2024, 0, 1, 13, 30))]).toEqual([
      '2024-01-01',
      '2024-01-01 13:30',
    ]);
  });
});

describe('the curve', () => {
  it('goes from the lowest to the highest block and ends where the values end', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([8, 7, 1, 2], 2)).toBe('█▁');
    expect(sparkline([5, 5, 5], 10)).toBe('▁▁▁');
    expect(sparkline([], 10)).toBe('');
    expect(
      sparkline(
        Float64Array.from({ length: 1000 }, (_, i) => i),
        40,
      ),
    ).toHaveLength(40);
  });
});

describe('colours', () => {
  const terminal = { write: () => true, isTTY: true };

  it('are for terminals, and not where NO_COLOR is set', () => {
    expect(painter(terminal, {}).red('x')).toBe('\u001b[31mx\u001b[39m');
    expect(painter(terminal, { NO_COLOR: '1' }).red('x')).toBe('x');
    expect(painter({ write: () => true }, {}).red('x')).toBe('x');
  });
});

describe('the progress bar', () => {
  /** A clock that is moved by hand. */
  async function barAt(isTTY: boolean): Promise<{ bar: LoadBar; written: string[]; tick: (ms: number) => void }> {
    let now = 0;
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) };
    const bar = await loadBar(output, { ...systemRuntime, elapsed: () => now });
    return { bar, written, tick: (ms) => (now += ms) };
  }

  it('appears on a terminal when loading takes long, and is gone in the end', async () => {
    const { bar, written, tick } = await barAt(true);
    bar.show('btc', { done: 10, total: 100, unit: 'bytes' });
    expect(written).toEqual([]);
    tick(500);
    bar.show('btc', { done: 50, total: 100, unit: 'bytes' });
    expect(written.join('')).toMatch(/50 % .*btc/);
    bar.clear();
    // The last things written clear the line and put the cursor back to its beginning.
    expect(written.join('')).toMatch(/\u001b\[(?:0|2)?K(?:\u001b\[[\dG?;hl]*|\u001b8)*$/);
  });

  it('is never written to a file or a pipe', async () => {
    const { bar, written, tick } = await barAt(false);
    tick(5000);
    bar.show('btc', { done: 50, total: 100, unit: 'bytes' });
    bar.clear();
    expect(written).toEqual([]);
  });
});

describe('options', () => {
  const options = [
    { name: 'csv', value: 'FILE', isRepeated: true, about: '' },
    { name: 'seed', value: 'N', isOptional: true, about: '' },
    { name: 'cash', value: 'N', about: '' },
    { name: 'report', value: 'FILE', otherwise: 'report.html', about: '' },
    { name: 'json', about: '' },
  ];
  const parse = (...args: string[]): ReturnType<typeof parseOptions> =>
    parseOptions({ name: 'run', about: '', operands: 'FILE', options, run: () => Promise.resolve(0) }, args);

  it('take values after a space or an equals sign, negative ones too', () => {
    const given = parse('a.ts', '--csv', 'x', '--csv=y=z', '--cash', '-5', '--json', '--', '--odd');
    expect([given.operands, given.all('csv'), given.get('cash'), given.has('json')]).toEqual([
      ['a.ts', '--odd'],
      ['x', 'y=z'],
      '-5',
      true,
    ]);
    expect([
      parse('--seed', 'a.ts').get('seed'),
      parse('--seed', '7').get('seed'),
      parse('--seed=8').get('seed'),
    ]).toEqual([undefined, '7', '8']);
  });

  it('have their usual value where none follows: another option, the strategy or the end', () => {
    const report = (...args: string[]): unknown => [parse(...args).get('report'), ...parse(...args).operands];
    expect(report('a.ts', '--report')).toEqual(['report.html', 'a.ts']);
    expect(report('--report', 'a.ts')).toEqual(['report.html', 'a.ts']);
    expect(report('--report', '--json', 'a.mjs')).toEqual(['report.html', 'a.mjs']);
    expect(report('--report', '-h')).toEqual(['report.html']);
    expect(report('a.ts', '--report', 'mine.html')).toEqual(['mine.html', 'a.ts']);
    expect(report('a.ts', '--report=mine')).toEqual(['mine', 'a.ts']);
    expect(report('--', '--report')).toEqual([undefined, '--report']);
    expect(() => parse('--report', '--report')).toThrow(/--report was given twice/);
  });

  it('are refused when they are unknown, twice, or with a value they do not take', () => {
    expect(() => parse('--cahs', '1')).toThrow(/unknown option --cahs: did you mean --cash\?/);
    expect(() => parse('-json')).toThrow(/unknown option -json: did you mean --json\?/);
    expect(() => parse('--cash', '1', '--cash', '2')).toThrow(/--cash was given twice/);
    expect(() => parse('--json=yes')).toThrow(/--json takes no value, was 'yes'/);
    expect(() => parse('--csv', '--json')).toThrow(/--csv needs a value/);
    expect(() => parse('--csv', '')).toThrow(/--csv needs a value/);
    expect(() => parse('--cash')).toThrow(/--cash needs a value: --cash N/);
    expect(() => parse('--json', '--json')).toThrow(/--json was given twice/);
  });
});

describe('JSON', () => {
  it('says null for NaN and undefined, and words for infinities', () => {
    const text = JSON.stringify(
      { a: NaN, b: undefined, c: Infinity, d: -Infinity, e: Float64Array.of(1, NaN) },
      plainValue,
    );
    expect(text).toBe('{"a":null,"b":null,"c":"Infinity","d":"-Infinity","e":[1,null]}');
  });
});
