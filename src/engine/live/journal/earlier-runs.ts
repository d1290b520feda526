/** Earlier runs of a session, played again from their journals so that a later one goes on where they ended. */
import { SessionError } from '../../../core/index.ts';
import { JournalReader } from '../../../store/index.ts';
import { actOf, inputOf, isAct } from './entry.ts';
import type { SessionHeader } from './header.ts';
import type { LiveSession } from '../session.ts';

/** The head of the journal of a session's first run. */
export async function headerIn(path: string): Promise<SessionHeader> {
  const reader = await JournalReader.open(path);
  try {
    return reader.header as SessionHeader;
  } finally {
    reader.close();
  }
}

/**
 * Plays the journals of a session's earlier runs, oldest first. Each decision must be the one that was made: the session's orders and
 * positions rest on them.
 *
 * @param made - Takes the decisions that the session makes meanwhile, each a JSON text.
 * @throws {SessionError} If one is another one, because the strategy or the program has changed.
 */
export async function playEarlierRuns(session: LiveSession, paths: readonly string[], made: string[]): Promise<void> {
  for (const [k, path] of paths.entries()) {
    const reader = await JournalReader.open(path);
    try {
      const { maxSteps = Infinity, until = Infinity, limits, approvalMs } = reader.header as SessionHeader;
      if (k > 0) session.limit(maxSteps, until, limits, approvalMs);
      play(session, reader, made);
    } finally {
      reader.close();
    }
  }
}

function play(session: LiveSession, reader: JournalReader, made: string[]): void {
  let [inputs, decisions] = [0, 0];
  const written: string[] = [];
  const compare = (isLast: boolean): void => {
    const [was, is] = [written.filter(isAct), made.filter(isAct)];
    // A killed process may have made decisions that its journal does not hold: they are made now.
    const length = isLast ? was.length : Math.max(was.length, is.length);
    for (let k = 0; k < length; k++) {
      if (actOf(was[k]) === actOf(is[k])) continue;
      throw new SessionError(
        `the session cannot go on: its strategy decides otherwise than in ${reader.path}, where decision ${decisions + k + 1} was ${was[k] ?? 'none'} and is ${is[k] ?? 'none'} now`,
        { code: 'other-decisions', context: { path: reader.path, input: inputs } },
      );
    }
    decisions += written.length;
    written.length = made.length = 0;
  };
  for (const entry of reader.entries()) {
    if (entry.kind === 'decision') {
      written.push(entry.body);
      continue;
    }
    compare(false);
    inputs++;
    session.consume(inputOf(entry, inputs, reader.path));
  }
  compare(true);
}
