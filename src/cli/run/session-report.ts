/** The report of a session: the same page as that of a backtest. */
import type { RunResult } from '../../engine/index.ts';
import { sourceText } from './execute.ts';
import { commandText } from './outputs.ts';
import { chosenSources, loadChosen } from './chosen-strategies.ts';
import type { GivenOptions, OptionSpec } from '../shell/command.ts';
import { strategyNames, type LivePlan } from '../live/plan.ts';

/** Options that change what is shown, but not the session. */
const shownOnly = ['report', 'no-source', 'json', 'quiet'] as const;

/** The options that write a report. */
export const reportOptions: readonly OptionSpec[] = [
  { name: 'report', value: 'FILE', otherwise: 'report.html', about: 'Write the report of the session: one HTML file with every picture, table and figure of it' }, // prettier-ignore
  { name: 'no-source', about: "Leave the strategy's source out of the report" },
];

/** Writes the report that `--report` asks for. */
export async function writeSessionReport(
  command: { readonly name: string; readonly given: GivenOptions; readonly options: readonly OptionSpec[] },
  plan: LivePlan,
  session: string,
  result: RunResult,
): Promise<void> {
  const { name, given, options } = command;
  const path = given.get('report');
  if (path === undefined) return;
  const files = plan.strategies.map(({ file }) => file);
  const sources = given.has('no-source') ? [] : chosenSources(files, await loadChosen(plan.strategies));
  const { writeReport } = await import('../../report/index.ts');
  await writeReport(path, result, {
    title: `${strategyNames(plan)}: ${session}`,
    command: commandText(name, given, options, shownOnly),
    ...(sources.length > 0 && { source: { path: files[0]!, text: sourceText({ sources }) } }),
  });
}
