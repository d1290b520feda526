/** Replaying, comparing and judging everything in one file. */
import { basename, dirname } from 'node:path';
import { compare } from './compare.ts';
import { declarations } from './declared.ts';
import { replayIndicators } from './indicators.ts';
import { judge, ofIndicator, skipped, type Verdict } from './judge.ts';
import { missingFor, replay } from './replay.ts';
import { isIndicatorFile, readScenario, type Scenario } from './scenario.ts';

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
  return judge(scenario, compare(scenario, replayed), [...declarations, ...replayed.habits.declarations]);
}
