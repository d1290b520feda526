/** Runs equal Backtrader's, value by value: over hand-computed scenarios always, over the whole oracle where it is at hand. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compare, isClose } from './oracle/compare.ts';
import { judge, type Verdict } from './oracle/judge.ts';
import { documentPath, judgeRuns, readDocument, renderCounts, renderKinds } from './oracle/differences.ts';
import { replay } from './oracle/replay.ts';
import { judgeFile, judgeScenario } from './oracle/run.ts';
import { isIndicatorFile, readScenario, scenarioFiles, type Scenario } from './oracle/scenario.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const oracle = fileURLToPath(new URL('../../../shared/oracle', import.meta.url));
const more = fileURLToPath(new URL('../../../shared/oracle-more', import.meta.url));
const hasOracle = existsSync(oracle);
const hasMore = existsSync(more);

/** What is wrong, in words, so that a failing test says it. */
function faults(verdict: Verdict): string[] {
  const { mismatches, complaints } = verdict;
  const lines = mismatches.map(({ bar, field, expected, got }) => {
    const where = bar === undefined ? 'whole run' : `bar ${bar}`;
    return `${where}, ${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
  });
  return [...lines.slice(0, 5), ...complaints];
}

function fixture(name: string): Scenario {
  return readScenario(join(fixtures, `${name}.json`));
}

/** A scenario with one of its outputs changed. */
function spoiled(scenario: Scenario, outputs: Partial<Scenario['outputs']>): Scenario {
  return { ...scenario, outputs: { ...scenario.outputs, ...outputs } };
}

describe('scenarios computed by hand', () => {
  it.each(scenarioFiles(fixtures, '').map((file) => [basename(file, '.json'), file]))('%s', async (_name, file) => {
    for (const verdict of await judgeFile(file)) {
      expect(faults(verdict)).toEqual([]);
      expect(verdict.outcome).toBe('passed');
      expect(verdict.equal).toBeGreaterThan(0);
    }
  });
});

describe('the comparison', () => {
  it('finds a value that is off by a cent', async () => {
    const scenario = fixture('hand_market');
    const final = { cash: 983.61, value: 983.6, positions: [[0, 0]] };
    const verdict = await judgeScenario(fixtures, spoiled(scenario, { final }));
    expect(verdict.outcome).toBe('failed');
    expect(verdict.mismatches).toEqual([
      { bar: undefined, field: 'final.cash', expected: 983.61, got: expect.closeTo(983.6, 9) as number },
    ]);
  });

  it('finds a notification that did not come, and one that should not have', async () => {
    const scenario = fixture('hand_gaps');
    const [first, ...rest] = scenario.outputs.events!;
    const missing = await judgeScenario(fixtures, spoiled(scenario, { events: rest }));
    expect(missing.mismatches.map(({ field }) => field)).toEqual(['events[1 Submitted]', 'events.order']);
    const twice = await judgeScenario(fixtures, spoiled(scenario, { events: [...scenario.outputs.events!, first!] }));
    expect(twice.mismatches.map(({ field }) => field)).toEqual(['events[1 Submitted 2]', 'events.order']);
  });

  it('finds notifications in another order', async () => {
    const scenario = fixture('hand_gaps');
    const [first, second, ...rest] = scenario.outputs.events!;
    const verdict = await judgeScenario(fixtures, spoiled(scenario, { events: [second!, first!, ...rest] }));
    expect(verdict.mismatches.map(({ field, bar }) => [field, bar])).toEqual([['events.order', 3]]);
  });

  it('takes numbers for equal to eight digits, and to a millionth near zero', () => {
    expect(isClose(104.25, 104.2500005)).toBe(true);
    expect(isClose(104.25, 104.25001)).toBe(false);
    expect(isClose(0, 9e-7)).toBe(true);
    expect(isClose(0, 2e-6)).toBe(false);
    expect(isClose(NaN, 1)).toBe(false);
  });
});

describe('declarations', () => {
  const difference = { total: 100, mismatches: [{ bar: 7, field: 'cash', expected: 1, got: 2 }] };
  const scenario = { name: 'x', family: 'A' };
  const declared = { scenario: 'x', kind: 'marginValue', fields: ['cash'] } as const;

  it('cover the fields and bars they name and no others', () => {
    expect(judge(scenario, difference, [{ ...declared, bars: [7, 7] }])).toMatchObject({
      outcome: 'passed',
      declared: 1,
    });
    expect(judge(scenario, difference, [{ ...declared, bars: [8, 9] }]).outcome).toBe('failed');
    expect(judge(scenario, difference, [{ ...declared, fields: ['value'], bars: [7, 7] }]).outcome).toBe('failed');
    expect(judge({ ...scenario, name: 'y' }, difference, [{ ...declared, bars: [7, 7] }]).outcome).toBe('failed');
  });

  it('fail where there is nothing to declare any more', () => {
    const verdict = judge(scenario, { total: 100, mismatches: [] }, [{ ...declared, bars: [7, 7] }]);
    expect(verdict.complaints).toContain('cash no longer differs, declared as marginValue');
    const wide = judge(scenario, difference, [{ ...declared, bars: [7, 9] }]);
    expect(wide.complaints).toEqual(['cash no longer differ at bar 9, declared as marginValue']);
  });

  it('cover at most one value in twenty outside family F', () => {
    const many = Array.from({ length: 6 }, (_, bar) => ({ bar, field: 'cash', expected: 1, got: 2 }));
    const all = [{ ...declared, bars: [0, 5] as const }];
    expect(judge(scenario, { total: 100, mismatches: many }, all).complaints).toHaveLength(1);
    expect(judge({ ...scenario, family: 'F' }, { total: 100, mismatches: many }, all).outcome).toBe('passed');
    expect(judge(scenario, { total: 120, mismatches: many }, all).outcome).toBe('passed');
  });

  it('stand for acts: left alone, a cancel in the bar of creation works', async () => {
    const scenario = fixture('hand_cancel');
    const replayed = await replay(fixtures, scenario);
    expect(replayed.habits.acts).toEqual([
      { bar: 1, field: 'habit: cancel of order 1', expected: 'ignored', got: 'canceled' },
    ]);
    expect(judge(scenario, compare(scenario, replayed), []).outcome).toBe('failed');
  });

  it('are all in the document of differences', () => {
    expect(readDocument().kinds.trim()).toBe(renderKinds().trim());
  });
});

describe.skipIf(!hasOracle)('the whole oracle (skipped: ../shared/oracle is not there)', () => {
  const files = hasOracle ? scenarioFiles(oracle, '').filter((file) => !isIndicatorFile(file)) : [];

  it.each(files.map((file) => [basename(file, '.json'), file]))('%s', async (_name, file) => {
    for (const verdict of await judgeFile(file)) {
      expect(faults(verdict)).toEqual([]);
      expect(verdict.outcome).not.toBe('failed');
    }
  });

  it(`differs where ${basename(documentPath)} says`, async () => {
    expect(readDocument().counts.trim()).toBe(renderCounts(await judgeRuns(oracle)).trim());
  });
});

describe.skipIf(!hasMore)('the same families on other data (skipped: ../shared/oracle-more is not there)', () => {
  const files = hasMore ? scenarioFiles(more, '').filter((file) => !isIndicatorFile(file)) : [];

  it.each(files.map((file) => [basename(file, '.json'), file]))('%s', async (_name, file) => {
    for (const verdict of await judgeFile(file)) {
      expect(faults(verdict)).toEqual([]);
      expect(verdict.outcome).not.toBe('failed');
    }
  });
});
