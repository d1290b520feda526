/** Errors of every command name the flag that was given, never the option of the library behind it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-flags-'));
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  const rows = [100, 101, 102].map((open, i) => `${Date.UTC(2024, 0, 1, i)},${open},${open + 2},${open - 1},${open + 1},10`);
  writeFileSync(at('three.csv'), ['timestamp,open,high,low,close,volume', ...rows].join('\n'));
  writeFileSync(at('one.mjs'), "import { Strategy } from 'nextbar';\nexport default class One extends Strategy {}\n");
}); // prettier-ignore
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const bars = ['--csv', at('three.csv'), '--timeframe', '1h'];
const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h'];
const run = (...more: string[]): string[] => ['run', at('one.mjs'), ...bars, ...more];
const paper = (...more: string[]): string[] => ['paper', at('one.mjs'), ...series, ...more];

const wrong: readonly [args: readonly string[], says: RegExp][] = [
  [run('--commission=-1'), /^error: --commission must be .*, was -1$/],
  [run('--slippage=-1'), /^error: --slippage must be .*, was -1$/],
  [run('--cash=-1'), /^error: --cash must be .*, was -1$/],
  [run('--size', '0'), /^error: --size must be .*, was 0$/],
  [run('--start', 'soon'), /^error: --start must be a time/],
  [run('--start', '2024-02-01', '--end', '2024-01-01'), /^error: --start must be before --end/],
  [run('--time-format', 'xx'), /^error: (?:unknown )?--time-format /],
  [run('--delimiter', 'abc'), /^error: --delimiter must be one character/],
  [run('--column', 'foo=bar'), /^error: (?:unknown )?--column /],
  [run('--policy', 'gaps=fil'), /^error: --policy gaps must be report, fill or throw, was 'fil'$/],
  [run('--policy', 'gasp=fill'), /^error: unknown --policy 'gasp': did you mean 'gaps'\?$/],
  [run('--policy', 'staleBars=0'), /^error: --policy staleBars must be above 0, was 0$/],
  [run('--report', at('x.pdf')), /^error: --report writes HTML, as in report.html, was '.*x.pdf'$/],
  [run('--png', at('x.jpg')), /^error: --png writes a PNG picture, as in chart.png, was '.*x.jpg'$/],
  [run('--summary', at('x.html')), /^error: --summary writes Markdown, as in summary.md, was '.*x.html'$/],
  [
    run('--equity', at('x.xlsx')),
    /^error: --equity writes CSV, or JSON or Parquet by the ending .json or .parquet, was '.*x.xlsx'$/,
  ],
  [['compare', '1', '2', '--report', at('x.csv')], /^error: --report writes HTML, as in report.html, was '.*x.csv'$/],
  [['run', at('three.csv'), ...bars], /^error: three.csv is not a strategy file: one ends in .ts, .mts, .js or .mjs$/],
  [['run', at('one.mjs'), '--csv', '', '--timeframe', '1h'], /^error: --csv needs a value/],
  [['run', at('one.mjs'), '--synthetic', '--bars', '0'], /^error: --bars must be a whole number/],
  [['run', at('one.mjs'), '--synthetic', '--bars', '1.5'], /^error: --bars must be a whole number/],
  [['run', at('one.mjs'), '--synthetic=1.5'], /^error: --synthetic must be a whole number/],
  [['run', at('one.mjs'), '--synthetic', '--timeframe', 'zz'], /^error: --timeframe must be a number and a unit/],
  [['run', at('one.mjs'), ...series, '--start', '2024-01-01', '--url', 'nonsense'], /^error: --url must be an http/],
  [['run', at('one.mjs'), ...series, '--start', '2024-01-01', '--rate-limit', 'x'], /^error: --rate-limit must be/],
  [['audit', at('one.mjs'), ...bars, '--cuts', '0'], /^error: --cuts must be a whole number/],
  [['audit', at('one.mjs'), ...bars, '--tolerance=-1'], /^error: --tolerance must be above 0 and below 1, was -1/],
  [['audit', at('one.mjs'), ...bars, '--tolerance', '0'], /^error: --tolerance must be above 0 and below 1, was 0/],
  [['audit', at('one.mjs'), ...bars, '--tolerance', '1'], /^error: --tolerance must be above 0 and below 1, was 1/],
  [['data', 'download', ...series, '--count', '0'], /^error: --count must be a whole number/],
  [['data', 'download', '--exchange', 'nope', ...series.slice(2), '--count', '5'], /^error: unknown --exchange 'nope'/],
  [['data', 'download', ...series.slice(0, 4), '--timeframe', '7q', '--count', '5'], /^error: --timeframe must be/],
  [['data', 'resample', ...bars, '--to', '7q', '--out', at('o.csv')], /^error: --to must be a number and a unit/],
  [['doctor', '--keys', at('none.json'), 'binance', '--folder', at('store')], /^error: --keys .*cannot be read/],
  [['symbols', 'binance', '--type', 'x'], /^error: --type must be one of/],
  [['record', 'binance', 'BTC/USDT', '--channels', 'x'], /^error: unknown --channels 'x'/],
  [['record', 'binance', 'BTC/USDT', '--for', 'x'], /^error: --for must be a span/],
  [['venue', '--port', '99999'], /^error: --port must be a whole number from 0 to 65535/],
  [['venue', '--port', '0', '--fee', '2'], /^error: --fee must be a fraction/],
  [['venue', '--port', '0', '--speed', '0'], /^error: --speed must be/],
  [['venue', '--port', '0', '--days', '0'], /^error: --days must be a whole number/],
  [['venue', '--port', '0', '--spread=-1'], /^error: --spread must be/],
  [['venue', '--port', '0', '--fault', 'zz'], /^error: unknown --fault 'zz'/],
  [paper('--cash=-1'), /^error: --cash must be/],
  [paper('--size', '0'), /^error: --size must be/],
  [paper('--history=-1'), /^error: --history must be/],
  [paper('--session', '..'), /^error: --session must be a name/],
  [paper('--hang-limit', 'x'), /^error: --hang-limit must be a span/],
];

it.each(wrong)('%j', async (args, says) => {
  const { code, errors } = await call(...args);
  expect([code, errors.split('\n')[0]]).toEqual([2, expect.stringMatching(says) as string]);
});
