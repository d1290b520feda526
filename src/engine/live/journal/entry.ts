/** Entries of a session's journal: its inputs, played to a session again, and the decisions that are compared. */
import { SessionError } from '../../../core/index.ts';
import type { JournalEntry, JournalReader } from '../../../store/index.ts';
import type { LiveInput } from '../input.ts';

/** The decisions on one input: those that the journal holds, and those that were made now. */
export interface PlayedInput {
  /** Number of the input, from 1; 0 for the decisions before the first. */
  readonly input: number;
  /** Decisions that the journal holds of the inputs before it. */
  readonly before: number;
  readonly written: readonly string[];
  readonly made: readonly string[];
  /** Whether it is the last input of the journal. */
  readonly isLast: boolean;
}

/** A decision that differs: its number from 1, what the journal holds there, and what was decided now. */
export interface OtherDecision {
  readonly decision: number;
  readonly was: string | undefined;
  readonly is: string | undefined;
}

/**
 * Plays the inputs of a journal to a session, and yields the decisions on each; the next one is played when it is asked for.
 *
 * @param made - Receives the decisions that the session makes, each a JSON text; emptied after each input.
 */
export function* playedInputs(
  session: { consume(input: LiveInput): void },
  reader: JournalReader,
  made: string[],
): Generator<PlayedInput> {
  let [input, before] = [0, 0];
  let written: string[] = [];
  for (const entry of reader.entries()) {
    if (entry.kind === 'decision') {
      written.push(entry.body);
      continue;
    }
    yield { input, before, written, made, isLast: false };
    before += written.length;
    written = [];
    made.length = 0;
    input++;
    session.consume(inputOf(entry, input, reader.path));
  }
  yield { input, before, written, made, isLast: true };
  made.length = 0;
}

/**
 * The first decision on an input that differs, messages and reasons left out; undefined when all are the same.
 *
 * @param isCut - Whether the journal may lack the last decisions on the input: only those that it holds are compared then.
 */
export function otherDecision({ before, written, made }: PlayedInput, isCut: boolean): OtherDecision | undefined {
  const [was, is] = [written.filter(isAct), made.filter(isAct)];
  const length = isCut ? was.length : Math.max(was.length, is.length);
  for (let k = 0; k < length; k++) {
    if (actOf(was[k]) === actOf(is[k])) continue;
    const place = k < was.length ? written.indexOf(was[k]!) : written.length;
    return { decision: before + place + 1, was: was[k], is: is[k] };
  }
  return undefined;
}

/** Whether a decision is more than a message: another version may word its messages otherwise, or send others. */
function isAct(body: string): boolean {
  return !body.startsWith('{"kind":"store"');
}

/** A decision without the text of its reason. */
function actOf(body: string | undefined): string | undefined {
  return body && JSON.stringify({ ...(JSON.parse(body) as object), reason: undefined });
}

/** The input of an entry. @throws {SessionError} If it is not JSON. */
function inputOf({ body }: JournalEntry, number: number, path: string): LiveInput {
  try {
    // 0.1 wrote `cancelled` for the status of an order at an exchange.
    return JSON.parse(body.replaceAll('"status":"cancelled"', '"status":"canceled"')) as LiveInput;
  } catch (cause) {
    throw new SessionError(`input ${number} of ${path} is not JSON`, { cause, context: { path, number } });
  }
}
