/** The run file: its values under the flags, its datas, and its errors. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-run-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const rows = Array.from({ length: 30 }, (_, i) => `${start + i * hour},100,101,99,${100 + (i % 3)},1`);
write('a.csv', `time,open,high,low,close,volume\n${rows.join('\n').replaceAll(',102,', ',101,')}\n`);
write('b.csv', `time,open,high,low,close,volume\n${rows.slice(0, 20).join('\n').replaceAll(',102,', ',101,')}\n`);
write(
  'own.mjs',
  `import { Strategy } from 'nextbar';
export class Own extends Strategy { static params = { size: 1, label: 'x' }; nextstart() { this.buy({ size: this.params.size }); } }
`,
);
const file = write(
  'bot.yaml',
  `strategy: own.mjs
params: { size: 3, label: file }
datas:
  - { name: first, csv: a.csv }
  - { name: second, csv: b.csv, timeframe: 1h, end: 2024-01-01T10:00:00Z }
timeframe: 1h
cash: 5000
rules: backtrader
plan: { history: 7 }
`,
);

interface Shown {
  readonly settings: { readonly cash: number; readonly rules: string };
  readonly datas: readonly { readonly name: string; readonly bars: number; readonly timeframe: string }[];
  readonly strategies: readonly { readonly params: Readonly<Record<string, unknown>> }[];
}
const run = async (...args: string[]): Promise<Shown> => {
  const { code, text, errors } = await call('run', ...args, '--json');
  expect([code, errors]).toEqual([0, '']);
  return JSON.parse(text) as Shown;
};

describe('nextbar run --config', () => {
  it('takes strategy, params, datas, cash and rules from the file', async () => {
    const { settings, datas, strategies } = await run('--config', file);
    expect([settings.cash, settings.rules]).toEqual([5000, 'backtrader']);
    expect(datas.map(({ name, bars }) => [name, bars])).toEqual([['first', 30], ['second', 10]]); // prettier-ignore
    expect(strategies[0]!.params).toEqual({ size: 3, label: 'file' });
  });

  it('lets flags override it: params one by one, and bars all together', async () => {
    const flags = [
      '--param',
      'size=4',
      '--cash',
      '70',
      '--csv',
      at('b.csv'),
      '--resample',
      '2h',
      '--rules',
      'exchange',
    ];
    const { settings, datas, strategies } = await run('--config', file, ...flags);
    expect([settings.cash, settings.rules]).toEqual([70, 'exchange']);
    expect(datas.map(({ timeframe, bars }) => [timeframe, bars])).toEqual([['1h', 20], ['2h', 10]]); // prettier-ignore
    expect(strategies[0]!.params).toEqual({ size: 4, label: 'file' });
  });

  it('is shown as it comes to', async () => {
    const { text } = await call('config', 'show', file, '--param', 'size=9', '--json');
    expect(JSON.parse(text)).toEqual({
      strategy: at('own.mjs'),
      params: { label: 'file', size: 9 },
      timeframe: '1h',
      cash: 5000,
      rules: 'backtrader',
      datas: [
        { name: 'first', csv: at('a.csv'), timeframe: '1h' },
        { name: 'second', csv: at('b.csv'), timeframe: '1h', end: '2024-01-01T10:00:00Z' },
      ],
      plan: { history: 7 },
    });
    expect((await call('config', 'show', file)).text).toContain('rules: backtrader');
  });

  it('is shown as a run file: what it prints runs the same', async () => {
    const flags = ['--param', 'size=4', '--end', '2024-01-01T20:00:00Z', '--resample', '2h', '--cash', '700'];
    const { text } = await call('config', 'show', file, ...flags);
    const same = await run('--config', write('shown.yaml', text));
    const { datas, settings, strategies } = await run('--config', file, ...flags);
    expect([same.datas, same.settings, same.strategies]).toEqual([datas, settings, strategies]);
    expect(datas.map(({ bars }) => bars)).toEqual([20, 20, 10]);
  });

  it('lets a data of its own timeframe, and how its file is written, differ from the top', async () => {
    const odd = ['x', 'day;o;h;l;c', ...Array.from({ length: 4 }, (_, i) => `0${i + 1}.02.2024;1,5;2,5;1,5;2,0`)];
    write('odd.csv', odd.join('\n'));
    const mixed = write(
      'mixed.yaml',
      `strategy: own.mjs
timeframe: 1h
datas:
  - csv: a.csv
  - { csv: odd.csv, timeframe: 1d, skipLines: 1, decimal: ',', timeFormat: d/m/y, columns: { time: day, open: o, high: h, low: l, close: c, volume: false } }
`,
    );
    const { datas } = await run('--config', mixed);
    expect(datas.map(({ timeframe, bars }) => [timeframe, bars])).toEqual([['1h', 30], ['1d', 4]]); // prettier-ignore
    expect((await run('--config', mixed, '--end', '2024-01-01T05:00:00Z', '--csv', at('a.csv'))).datas[0]!.bars).toBe(5); // prettier-ignore
  });

  it('has the market of its datas for a session, and refuses what a session cannot follow', async () => {
    const bot = (datas: string): string => write('session.yaml', `strategy: own.mjs\ntimeframe: 1h\ndatas: ${datas}\n`);
    const errorsOf = async (datas: string): Promise<string> => (await call('paper', '--config', bot(datas))).errors;
    expect(await errorsOf('[{ exchange: binance, symbol: A/B }, { exchange: okx, symbol: A/B }]')).toMatch(/one exchange.*binance and okx/); // prettier-ignore
    expect(await errorsOf('[{ exchange: binance, symbol: A/B, timeframe: 1m }, { exchange: binance, symbol: C/B }]')).toMatch(/one timeframe.*1m and 1h/); // prettier-ignore
    expect(await errorsOf('[{ csv: a.csv }]')).toMatch(/datas of .* are of 'csv'/);
    expect(await errorsOf('[{ exchange: binanse, symbol: A/B }]')).toMatch(/did you mean 'binance'/);
  });

  it.each([
    ['rulez: exchange', /unknown field 'rulez': did you mean 'rules'\?/],
    ['fromdate: 2024-01-01', /unknown field 'fromdate': the name here is 'start'/],
    ['dataname: a.csv', /unknown field 'dataname': the name here is 'csv'/],
    ['batch_size: 3', /unknown field 'batch_size': leave it out/],
    ['cash: -1', /wrong\.yaml: cash must be at least 0, was -1/],
    ['timeframe: 7q', /wrong\.yaml: timeframe must be a number and a unit.*, was '7q'/],
    ['start: 2024-02-01\nend: 2024-01-01', /start must be before end, 2024-01-01, was '2024-02-01'/],
    ['start: soon', /wrong\.yaml: start must be a time .*, was 'soon'/],
    ['cash: much', /cash must be a number, was 'much'/],
    ['rules: best', /rules .*exchange.*backtrader/],
    ['plan: { histori: 3 }', /unknown field 'histori' of plan: did you mean 'history'\?/],
  ])('refuses %s with the field and the value', async (line, message) => {
    const wrong = write('wrong.yaml', `strategy: own.mjs\n${line}\n`);
    const { code, errors } = await call('run', '--config', wrong);
    expect([code, errors]).toEqual([2, expect.stringMatching(message) as string]);
  });

  it.each([
    ['csv: a.csv\ntimeframe: 7x', "wrong.yaml: timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was '7x'"],
    ['csv: a.csv', 'wrong.yaml: csv needs timeframe'],
    ['csv: none.csv\ntimeframe: 1h', 'wrong.yaml: csv: cannot read'],
    ['strategy: none.mjs\ncsv: a.csv\ntimeframe: 1h', 'wrong.yaml: strategy: there is no strategy file'],
    ['class: Ow\ncsv: a.csv\ntimeframe: 1h', "wrong.yaml: class: unknown strategy of"],
    ['params: { sise: 5 }\ncsv: a.csv\ntimeframe: 1h', "wrong.yaml: params.sise: unknown parameter of Own 'sise': did you mean 'size'?"],
    ['params: { size: big }\ncsv: a.csv\ntimeframe: 1h', "wrong.yaml: params size must be a number, was 'big'"],
    ['csv: a.csv\ntimeframe: 1h\ncash: -5', 'wrong.yaml: cash must be at least 0, was -5'],
    ['csv: a.csv\ntimeframe: 1h\nstart: 2024-02-01\nend: 2024-01-01', "wrong.yaml: start must be before end, 2024-01-01, was '2024-02-01'"],
    ['csv: a.csv\ntimeframe: 1h\nresample: 1q', 'wrong.yaml: resample must be a number and a unit'],
    ['csv: a.csv\ntimeframe: 1h\npolicy: { gaps: fil }', 'wrong.yaml: policy gaps must be'],
    ['datas: [{ csv: a.csv, timeframe: 1h }, { csv: b.csv, timeframe: 1q }]', "wrong.yaml: datas[1].timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was '1q'"],
  ])('names the file and the field of %j', async (lines, message) => {
    const own = lines.startsWith('strategy') ? lines : `strategy: own.mjs\n${lines}`;
    const { code, errors } = await call('run', '--config', write('wrong.yaml', `${own}\n`));
    expect(code).toBe(2);
    expect(errors).toContain(message);
    expect(errors).not.toMatch(/--(timeframe|csv|start|end|param|resample)/);
  }); // prettier-ignore

  it('names the flag where the flag is wrong', async () => {
    const right = write('right.yaml', 'strategy: own.mjs\ncsv: a.csv\ntimeframe: 1h\n');
    expect((await call('run', '--config', right, '--timeframe', '7x')).errors).toContain('--timeframe must be');
  });

  it('keeps its block for sessions from a backtest, and its number of bars from sessions', async () => {
    const both = write('both.yaml', 'strategy: own.mjs\nsynthetic: 1\ncount: 40\nplan: { bars: venue, sessions: kept }\n');
    expect((await run('--config', both)).datas[0]!.bars).toBe(40);
    const paper = await call('paper', '--config', both, '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1x');
    expect(paper.errors).toContain('--timeframe must be');
  }); // prettier-ignore

  it.each([
    ['account: { cash: { USDT: -5 } }', 'plan.yaml: account.cash.USDT: cash.USDT must be'],
    ['risk: { maxDrawdwn: 0.5 }', "plan.yaml: risk.maxDrawdwn: unknown limit of a risk plan 'maxDrawdwn'"],
    ['instruments: { first: { makerFee: abc } }', 'plan.yaml: instruments.first.makerFee: makerFee of an instrument'],
  ])('a plan with %j is named by file and field', async (text, message) => {
    const plan = write('plan.yaml', `${text}\n`);
    const { errors } = await call('run', at('own.mjs'), '--csv', `first=${at('a.csv')}`, '--timeframe', '1h', '--plan', plan); // prettier-ignore
    expect(errors).toContain(message);
  });
});
