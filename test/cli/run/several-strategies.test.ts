/** Several strategies on one command line: whose a parameter and a part of the cash is, and the same run as in code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { call } from '../call.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const flip = (name: string, params: string): string => `import { Strategy } from 'nextbar';
export class ${name} extends Strategy {
  static params = ${params};
  next() {
    if (this.data.length % this.params.every !== 0) return;
    if (this.position.size === 0) this.buy({ size: 1 });
    else this.close();
  }
}
`;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'several-'));
  writeFileSync(at('one.mjs'), flip('One', '{ every: 5, size: 1 }'));
  writeFileSync(at('two.mjs'), flip('Two', '{ every: 7, other: 1 }'));
  const both = flip('Left', '{ every: 5 }') + flip('Right', '{ every: 7 }').split('\n').slice(1).join('\n');
  writeFileSync(at('both.mjs'), both);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const bars = ['--synthetic', '3', '--bars', '300', '--no-keep'];
interface Shown {
  readonly finalValue: number;
  readonly strategies: readonly { name: string; params: object; closedTrades: number; startValue?: number }[];
}
async function run(...args: string[]): Promise<Shown> {
  const { code, text, errors } = await call('run', ...args, ...bars, '--json');
  expect([code, errors]).toEqual([0, '']);
  return JSON.parse(text) as Shown;
}

it('runs them beside each other, each as it would trade alone with its part of the cash', async () => {
  const both = await run(at('one.mjs'), at('two.mjs'), '--cash-share', 'Two=0.3', '--param', 'Two.every=9', '--param', 'size=2'); // prettier-ignore
  expect(both.strategies.map(({ name, params }) => [name, params])).toEqual([
    ['One', { every: 5, size: 2 }],
    ['Two', { every: 9, other: 1 }],
  ]);
  const one = await run(at('one.mjs'), '--cash', '7000');
  const two = await run(at('two.mjs'), '--cash', '3000', '--param', 'every=9');
  expect(both.finalValue).toBeCloseTo(one.finalValue + two.finalValue, 6);
  expect(both.strategies.map(({ closedTrades }) => closedTrades)).toEqual([
    one.strategies[0]!.closedTrades,
    two.strategies[0]!.closedTrades,
  ]);
});

it('takes classes of one file by their names, a class more than once by number, and a list in a run file', async () => {
  const both = at('both.mjs');
  expect((await run(`${both}:Right`, `${both}:Left`)).strategies.map(({ name }) => name)).toEqual(['Right', 'Left']);
  const twice = await run(at('one.mjs'), at('one.mjs'), '--param', 'One#2.every=50');
  expect(twice.strategies.map(({ params }) => params)).toEqual([
    { every: 5, size: 1 },
    { every: 50, size: 1 },
  ]);
  writeFileSync(
    at('run.yaml'),
    'strategy: [one.mjs, two.mjs]\nparams: { One.every: 6, other: 2 }\ncashShares: { One: 0.25 }\n',
  );
  const ofFile = await run('--config', at('run.yaml'), '--param', 'other=3');
  expect(ofFile.strategies.map(({ params }) => params)).toEqual([
    { every: 6, size: 1 },
    { every: 7, other: 3 },
  ]);
  const { text } = await call('run', '--config', at('run.yaml'), ...bars);
  expect(text).toMatch(/One {2}every 6 {2}size 1 {2}2,500\.00 → [\d,.]+/);
  expect((await call('config', 'show', at('run.yaml'))).text).toContain('cashShares:\n  One: 0.25\n');
});

it.each([
  [['--param', 'every=3'], "One and Two have a parameter 'every': write --param One.every=3 or --param Two.every=3"],
  [['--param', 'evry=3'], "unknown --param of One and Two 'evry': did you mean 'every'?"],
  [['--param', 'Tow.every=3'], "unknown strategy in --param 'Tow': did you mean 'Two'?"],
  [['--param', 'Two.size=3'], "unknown --param of Two 'size'"],
  [['--cash-share', 'Tow=0.3'], "unknown strategy in --cash-share 'Tow': did you mean 'Two'?"],
  [['--cash-share', 'Two=30'], "--cash-share Two must be a fraction of the cash, above 0 and at most 1, was '30'"],
  [['--cash-share', 'One=0.7', '--cash-share', 'Two=0.5'], '--cash-share must not add up to more than 1, was 1.2'],
  [['--strategy', 'One'], '--strategy One is for one strategy file, and 2 were given: name the class behind its file'],
])('says what is wrong with %j', async (more, message) => {
  const { code, errors } = await call('run', at('one.mjs'), at('two.mjs'), ...bars, ...more);
  expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
});

it('asks for the number of a strategy whose class was given twice', async () => {
  const { errors } = await call('run', at('one.mjs'), at('one.mjs'), ...bars, '--param', 'One.every=3');
  expect(errors).toContain('--param One: there are 2 strategies of that class: write One#1 or One#2');
});
