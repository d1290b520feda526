/** Earlier runs of a session, played again from their journals so that a later one goes on where they ended. */
import { SessionError } from '../../../core/index.ts';
import { JournalReader } from '../../../store/index.ts';
import { otherDecision, playedInputs } from './entry.ts';
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
 * Plays the journals of a session's earlier runs, oldest first. Each decision must be the same as in the journal, because the session's
 * orders and positions follow from them.
 *
 * @param made - Takes the decisions that the session makes meanwhile, each a JSON text.
 * @throws {SessionError} If a decision differs, because the strategy or the program has changed.
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
  for (const played of playedInputs(session, reader, made)) {
    // A killed process may have made decisions that its journal does not hold: they are made now.
    const other = otherDecision(played, played.isLast);
    if (other === undefined) continue;
    const { decision, was = 'none', is = 'none' } = other;
    throw new SessionError(
      `the session cannot go on: its strategy decides otherwise than in ${reader.path}, where decision ${decision} was ${was} and is ${is} now`,
      { code: 'other-decisions', context: { path: reader.path, input: played.input } },
    );
  }
}
