/** `nextbar replay`: replays the journal of a session to its strategy and compares every decision. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { JournalReplay } from '../../engine/index.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { version } from '../shell/version.ts';
import { cerebroOf } from './cerebro.ts';
import { readPlan } from './plan-file.ts';
import { lastJournal } from './session-files.ts';
import { checkFiles } from '../run/outputs.ts';
import { reportOptions, writeSessionReport } from '../run/session-report.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { plainValue, resultShape } from '../output/result-json.ts';
import { renderSummary } from '../output/summary.ts';
import { printable } from '../output/printable.ts';
import { counted } from '../output/words.ts';

export const replayCommand: Command = {
  name: 'replay',
  about: 'Replay the journal of a session to its strategy and compare every decision.',
  operands: 'SESSION',
  options: [
    ...flagsNamed('sessions', 'json'),
    ...reportOptions,
    flag('quiet', { about: 'Print only the verdict, without the summary' }),
  ],
  examples: ['nextbar replay paper-20260105143000', 'nextbar replay sessions/paper-20260105143000/journal.db --json'],
  run,
};

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const session = onlyOperand(
    given,
    'which session? nextbar replay SESSION, by its name or the path of its journal',
    'session',
  );
  checkFiles(given, ['report']);
  const { folder, journal } = placeOf(session, given.get('sessions') ?? 'sessions');
  const plan = readPlan(folder);
  if (!existsSync(journal)) throw usage(`session ${basename(folder)} has no journal: there is no ${journal}`);
  const cerebro = await cerebroOf(plan, undefined);
  await context.leaveInterrupts();
  const began = context.runtime.elapsed();
  const replay = await cerebro.replayJournal(journal);
  const took = context.runtime.elapsed() - began;
  if (given.has('json')) {
    const { result, ...outcome } = replay;
    const shape = { ...outcome, isSame: isVerified(replay), result: resultShape(result, version()) };
    context.stdout.write(`${JSON.stringify(shape, plainValue, 2)}\n`);
  } else {
    if (!given.has('quiet')) context.stdout.write(renderSummary(replay.result, { took, isSynthetic: false }, context));
    context.stdout.write(`${verdict(replay)}\n\n`);
  }
  await writeSessionReport(
    { name: 'replay', given, options: replayCommand.options },
    plan,
    basename(folder),
    replay.result,
  );
  return isVerified(replay) ? 0 : 1;
}

/** A session by its name, its folder, or the path of one of its journals. */
function placeOf(session: string, sessions: string): { readonly folder: string; readonly journal: string } {
  if (session.endsWith('.db')) return { folder: dirname(session), journal: session };
  const folder = existsSync(join(session, 'plan.json')) ? session : join(sessions, session);
  return { folder, journal: lastJournal(folder) };
}

/** Whether every decision of the session was compared, and was the same. */
function isVerified({ difference, cut }: JournalReplay): boolean {
  return difference === undefined && cut === undefined;
}

function verdict({ inputs, decisions, rewordings, difference, cut }: JournalReplay): string {
  const played = `${counted(inputs, 'input')} played`;
  const end = cut === undefined ? '' : `\n  the missing part of the journal was not verified: ${printable(cut)}`;
  if (difference === undefined) {
    const verdict = cut === undefined ? 'all as they were' : 'those that the journal holds are as they were';
    const worded =
      rewordings === 0
        ? ''
        : `\n  messages and reasons on ${counted(rewordings, 'input')} read otherwise, as another version of nextbar words them`;
    return `  ${played}, ${counted(decisions, 'decision')}: ${verdict}${worded}${end}`;
  }
  const { decision, input, was, is } = difference;
  return [
    `  ${played}; decision ${decision}, on input ${input}, differs:`,
    `    was ${was ?? 'none'}`,
    `    is  ${is ?? 'none'}${end}`,
  ].join('\n');
}
