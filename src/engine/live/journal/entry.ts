/** Entries of a session's journal: the inputs that they hold, and what of a decision counts. */
import { SessionError } from '../../../core/index.ts';
import type { JournalEntry } from '../../../store/index.ts';
import type { LiveInput } from '../input.ts';

/** Whether a decision is more than a message: another version may word its messages otherwise, or send others. */
export function isAct(body: string): boolean {
  return !body.startsWith('{"kind":"store"');
}

/** A decision without the text of its reason. */
export function actOf(body: string | undefined): string | undefined {
  return body && JSON.stringify({ ...(JSON.parse(body) as object), reason: undefined });
}

/** The input of an entry. @throws {SessionError} If it is not JSON. */
export function inputOf({ body }: JournalEntry, number: number, path: string): LiveInput {
  try {
    // 0.1 wrote `cancelled` for the status of an order at an exchange.
    return JSON.parse(body.replaceAll('"status":"cancelled"', '"status":"canceled"')) as LiveInput;
  } catch (cause) {
    throw new SessionError(`input ${number} of ${path} is not JSON`, { cause, context: { path, number } });
  }
}
