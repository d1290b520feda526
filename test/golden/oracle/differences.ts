/** The document of differences from Backtrader, made from the declarations: `tsx --conditions=source test/golden/oracle/differences.ts DIR`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kinds, type KindName } from './declared.ts';
import type { Verdict } from './judge.ts';
import { judgeFile } from './run.ts';
import { isIndicatorFile, scenarioFiles } from './scenario.ts';

/** Where the document is. */
export const documentPath = fileURLToPath(new URL('../../../docs/backtrader-differences.md', import.meta.url));

const counted = '## Where they show';

/** The first part: the kinds of differences, which depends on nothing but the declarations. */
export function renderKinds(): string {
  const rows = Object.entries(kinds).map(
    ([name, { item, backtrader, nextbar }]) =>
      `| ${name} | ${item === 0 ? 'none' : String(item)} | ${backtrader} | ${nextbar} |`,
  );
  return [
    '# Differences from Backtrader',
    '',
    'nextbar is compared with Backtrader 1.9.78.123 value by value: orders, notifications, fills, trades, cash, value and',
    'statistics of every scenario of the oracle. Where the two differ on purpose, the difference is declared, counted and',
    'listed here; anything else that differs fails. This file is generated from the declarations.',
    '',
    'Some faults would decide everything that follows. The runner acts them out as a user of nextbar could (it cancels what',
    'Backtrader cancels by itself, and leaves out a cancel that Backtrader ignores), declares the act, and compares all the',
    'rest. Item is the number in the list of faults of Backtrader that nextbar does not copy; "none" is a look into the',
    'future that is not on that list.',
    '',
    '| Kind | Item | Backtrader | nextbar |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    "Options that exist so that Backtrader’s own numbers can be had: `intrabar: 'creationOrder'` (orders of one bar are filled",
    "in the order they were made), `compat: 'backtrader'` of a slippage model (a sell limit passed by the open may slip below the",
    "low of the bar, item 13), `periodBy: 'close'`, and the sizers that count a held position in Backtrader’s way, which the",
    'runner writes out. The defaults of nextbar are the sound ones.',
    '',
  ].join('\n');
}

/** The second part: how many values of which scenario are declared. */
export function renderCounts(verdicts: readonly Verdict[]): string {
  const rows = verdicts
    .filter(({ declared }) => declared > 0)
    .map(({ scenario, kinds: byKind, declared, total }) => {
      const parts = Object.entries(byKind).map(([kind, count]) => `${kind} ${count}`);
      return `| ${scenario} | ${parts.join(', ')} | ${declared} of ${total} |`;
    });
  return [counted, '', '| Scenario | Kinds | Declared values |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The verdicts on every run of a folder. */
export async function judgeRuns(folder: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const file of scenarioFiles(folder, '')) if (!isIndicatorFile(file)) verdicts.push(...(await judgeFile(file)));
  return verdicts;
}

/** The document as it is, in its two parts. */
export function readDocument(): { readonly kinds: string; readonly counts: string } {
  const text = readFileSync(documentPath, 'utf8');
  const at = text.indexOf(counted);
  return { kinds: text.slice(0, at), counts: text.slice(at) };
}

/** The kinds that occur in verdicts. */
export function kindsIn(verdicts: readonly Verdict[]): Set<KindName> {
  return new Set(verdicts.flatMap((verdict) => Object.keys(verdict.kinds) as KindName[]));
}

const [folder] = process.argv.slice(2);
if (process.argv[1] === fileURLToPath(import.meta.url) && folder !== undefined) {
  writeFileSync(documentPath, `${renderKinds()}\n${renderCounts(await judgeRuns(folder))}`);
}
