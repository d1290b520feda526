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
    expect(JSON.parse(text)).toMatchObject({
      strategy: at('own.mjs'),
      cash: '5000',
      rules: 'backtrader',
      history: '7',
      param: ['label=file', 'size=9'],
      datas: [{ csv: `first=${at('a.csv')}` }, { csv: `second=${at('b.csv')}` }],
    });
    expect((await call('config', 'show', file)).text).toContain('rules: backtrader');
  });

  it.each([
    ['rulez: exchange', /unknown field 'rulez': did you mean 'rules'\?/],
    ['cash: much', /cash must be a number, was 'much'/],
    ['rules: best', /rules .*exchange.*backtrader/],
    ['plan: { histori: 3 }', /unknown field 'histori' of plan: did you mean 'history'\?/],
  ])('refuses %s with the field and the value', async (line, message) => {
    const wrong = write('wrong.yaml', `strategy: own.mjs\n${line}\n`);
    const { code, errors } = await call('run', '--config', wrong);
    expect([code, errors]).toEqual([2, expect.stringMatching(message) as string]);
  });
});
