/** Replaying, comparing and judging everything in one file. */
import { basename, dirname } from 'node:path';
import { compare } from './compare.ts';
import { declarations, type Declaration } from './declared.ts';
import { replayIndicators } from './indicators.ts';
import { judge, ofIndicator, skipped, type Verdict } from './judge.ts';
import { periodDeclarations } from './periods.ts';
import { missingFor, replay, type Replayed } from './replay.ts';
import { derivationOf, isIndicatorFile, readScenario, type Scenario } from './scenario.ts';

/** One verdict for a scenario's file, one for each indicator of an indicator file. */
export async function judgeFile(file: string): Promise<Verdict[]> {
  if (isIndicatorFile(file)) {
    return replayIndicators(file).map((outcome) => ofIndicator(basename(file, '.json'), outcome));
  }
  return [await judgeScenario(dirname(file), readScenario(file))];
}

/** The verdict on a scenario whose bars are in `data/` of a folder. */
export async function judgeScenario(folder: string, scenario: Scenario): Promise<Verdict> {
  const missing = missingFor(scenario);
  if (missing !== undefined) return skipped(scenario.name, `needs ${missing}`);
  const replayed = await replay(folder, scenario);
  const comparison = compare(scenario, replayed);
  const own = [
    ...replayed.habits.declarations,
    ...lastStep(scenario, replayed),
    ...periodDeclarations(folder, scenario, comparison.mismatches, replayed.log.next_log),
  ];
  return judge(scenario, comparison, [...declarations, ...own]);
}

/** The step that Backtrader adds at the end for a longer bar that is not complete. */
function lastStep({ name, datas, outputs }: Scenario, { bars }: Replayed): Declaration[] {
  const isMade = datas.some((data) => derivationOf(data)?.op === 'resample');
  if (!isMade || outputs.bars !== bars + 1) return [];
  const hasRow = (rows: readonly (readonly unknown[])[] | undefined): boolean =>
    rows?.some((row) => row[0] === bars) === true;
  const fields = [
    'cash',
    'value',
    ...(outputs.position_changes ? ['position'] : []),
    ...(hasRow(outputs.next_log) ? ['next_log'] : []),
    ...(hasRow(outputs.ind_log) ? ['ind_log'] : []),
  ];
  const kind = 'extraStep';
  return [
    { scenario: name, kind, fields: ['bars'] },
    { scenario: name, kind, fields, bars: [bars, bars] },
  ];
}
