/** The files of a session: which journal a run writes, and which one is replayed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { keepPlan, readPlan } from '../../../src/cli/live/plan-file.ts';
import type { LivePlan } from '../../../src/cli/live/plan.ts';
import { filesIn, lastJournal } from '../../../src/cli/live/session-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'session-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('gives each run of a session a journal of its own, and counts on when earlier ones were put away', () => {
  const next = (): string => filesIn('one', folder).journal;
  const runs = ['journal.db', 'journal-2.db', 'journal-3.db'].map((name) => join(folder, name));
  for (const journal of runs) {
    expect(next()).toBe(journal);
    writeFileSync(journal, '');
    expect(lastJournal(folder)).toBe(journal);
  }
  rmSync(runs[0]!);
  rmSync(runs[1]!);
  expect([next(), lastJournal(folder)]).toEqual([join(folder, 'journal-4.db'), runs[2]]);
  expect(filesIn('two', join(folder, 'none')).journal).toBe(join(folder, 'none', 'journal.db'));
});

it('goes on with a plan of one strategy as version 0.1 wrote it', () => {
  const files = filesIn('old', join(folder, 'old'));
  mkdirSync(files.folder);
  const rest = { exchange: 'binance', timeframe: '1m' };
  writeFileSync(files.plan, JSON.stringify({ mode: 'paper', file: '/a.ts', strategy: 'A', params: { n: 1 }, ...rest }));
  const strategies = [{ file: '/a.ts', strategy: 'A', params: { n: 1 } }];
  expect(readPlan(files.folder)).toEqual({ mode: 'paper', ...rest, strategies });
  const plan = { mode: 'paper', ...rest, strategies } as unknown as LivePlan;
  expect(() => {
    keepPlan({ ...plan, strategies: [{ ...strategies[0]!, params: { n: 2 } }] }, files);
  }).toThrow('(params was {"n":1}, is {"n":2})');
  keepPlan(plan, files);
});

it('names what a session that goes on was set up with otherwise', () => {
  const files = filesIn('one', folder);
  const plan = (more: object): LivePlan =>
    ({
      mode: 'paper',
      strategies: [{ file: '/a.ts', strategy: 'A', params: {} }],
      timeframe: '1m',
      ...more,
    }) as unknown as LivePlan;
  keepPlan(plan({ limits: { maxExposure: 1 } }), files);
  keepPlan(plan({ limits: { maxExposure: 1 } }), files);
  expect(() => {
    keepPlan(plan({ timeframe: '5m' }), files);
  }).toThrow('(timeframe was "1m", is "5m"; limits was {"maxExposure":1}, is not given): start it as it was, or choose another name'); // prettier-ignore
});
