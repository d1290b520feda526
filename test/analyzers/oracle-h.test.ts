/** Analyzers and observers against Backtrader's, on every scenario of the oracle that has them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Cerebro, type StrategyClass } from 'nextbar';
import { oracleAnalyzer, oracleObserver } from '../golden/oracle/analyzers.ts';
import { feedOf } from '../golden/oracle/bars.ts';
import { isClose } from '../golden/oracle/compare.ts';
import type { RecorderParams } from '../golden/oracle/recorder.ts';
import * as rules from '../golden/oracle/rules.ts';
import { isClone, readScenario, scenarioFiles, type Scenario } from '../golden/oracle/scenario.ts';
import { Scripted } from '../golden/oracle/scripted.ts';
import { optionsOf, ownSchemes, sizerOf } from '../golden/oracle/setup.ts';

const oracle = fileURLToPath(new URL('../../../shared/oracle', import.meta.url));
const isHere = existsSync(oracle);

const strategies: Readonly<Record<string, StrategyClass<RecorderParams>>> = {
  sma_cross: rules.SmaCrossRule,
  rsi_mr: rules.RsiReversionRule,
  breakout: rules.BreakoutRule,
  stop_entry: rules.StopEntryRule,
  bracket_rsi: rules.BracketRule,
  pyramid: rules.PyramidRule,
};

function strategyOf({ strategy }: Scenario): StrategyClass<RecorderParams> | undefined {
  if (strategy.type === 'scripted') return Scripted;
  return strategy.type === 'rule' ? strategies[strategy.rule.type] : undefined;
}

/** Every value that differs, as `path: expected ..., was ...`. */
function differences(path: string, expected: unknown, seen: unknown): string[] {
  if (typeof expected === 'object' && expected !== null && typeof seen === 'object' && seen !== null) {
    const names = new Set([...Object.keys(expected), ...Object.keys(seen)]);
    return [...names].flatMap((name) =>
      differences(
        `${path}.${name}`,
        (expected as Record<string, unknown>)[name],
        (seen as Record<string, unknown>)[name],
      ),
    );
  }
  if (typeof expected === 'number' && typeof seen === 'number') {
    return isClose(expected, seen) ? [] : [`${path}: expected ${expected}, was ${seen}`];
  }
  const plain = typeof seen === 'number' && Number.isNaN(seen) ? undefined : seen;
  return (expected ?? undefined) === plain ? [] : [`${path}: expected ${String(expected)}, was ${String(plain)}`];
}

async function compareReadings(scenario: Scenario): Promise<string[]> {
  const cls = strategyOf(scenario)!;
  const cerebro = new Cerebro(optionsOf(scenario));
  for (const data of scenario.datas) if (!isClone(data)) cerebro.addData(feedOf(oracle, data, scenario));
  for (const [data, scheme] of ownSchemes(scenario)) cerebro.setCommission(data, scheme);
  cerebro.addSizer(sizerOf(scenario)).addStrategy(cls, { scenario });
  const { analyzers: expected = {}, observers: lines = {} } = scenario.outputs as {
    analyzers?: Record<string, unknown>;
    observers?: Record<string, unknown>;
  };
  const readings = [
    ...(scenario.analyzers ?? [])
      .filter(({ name }) => expected[name] !== undefined)
      .map(({ name, type, params }) => ({
        name,
        reading: oracleAnalyzer(type, params ?? {})!,
        wanted: expected[name],
      })),
    ...(scenario.observers ?? []).map(({ type, params }) => ({
      name: `observer ${type}`,
      reading: oracleObserver(type, params ?? {})!,
      wanted: lines[type],
    })),
  ];
  for (const { name, reading } of readings) reading.add(cerebro, name);
  const result = (await cerebro.run()).strategies[0]!;
  return readings.flatMap(({ name, reading, wanted }) => differences(name, wanted, reading.read(result, name)));
}

describe.skipIf(!isHere)('the readings of Backtrader (skipped where ../shared/oracle is not there)', () => {
  const files = isHere ? [...scenarioFiles(oracle, 'E'), ...scenarioFiles(oracle, 'H')] : [];
  const scenarios = files
    .map((file) => readScenario(file))
    .filter(
      ({ analyzers, family, strategy }) => (analyzers?.length ?? 0) > 0 && (family === 'H' || strategy.type === 'rule'),
    )
    .filter((scenario) => strategyOf(scenario) !== undefined);

  it('has scenarios of families E and H to compare with', () => {
    expect(scenarios.filter(({ family }) => family === 'H')).toHaveLength(7);
    expect(scenarios.length).toBeGreaterThan(14);
  });

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('equal those of %s', async (_, scenario) => {
    expect(await compareReadings(scenario)).toEqual([]);
  });
});
