/** Intents: orders as they are written down before they are sent, so that none can be forgotten. */
import type { EarlierStop, OrderRequest } from './gateway.ts';

/**
 * Where an intent stands: `written` (it may have been sent), `accepted` (the venue has or had it), `done` (its end is known and
 * its fills are booked), `void` (the venue's word that it has no such order).
 */
export type IntentState = 'written' | 'accepted' | 'done' | 'void';

/** One order that a session meant to send. */
export interface Intent {
  /** Number of the order in its session, from 1, counted on over restarts. */
  readonly number: number;
  readonly request: OrderRequest;
  /** When it was written, milliseconds UTC. */
  readonly time: number;
  readonly state: IntentState;
  /** The venue's own id of the order, once it is known. */
  readonly venueId?: string;
}

/**
 * The intents of one session on disk. `write` returns once the intent would survive a kill of the process; it throws if it cannot promise
 * that, and the order is not sent.
 */
export interface IntentJournal {
  /** The session's name. */
  readonly session: string;
  /**
   * What client ids are made from: it differs from journal to journal, so that a session whose journal was lost does not use the ids of
   * its former orders again. Default: the session's name.
   */
  readonly tag?: string;
  /** Every intent of the session, in the order written. */
  intents(): readonly Intent[];
  write(intent: Intent): void;
  /** Notes the outcome of an intent, and the venue's id of the order where it is known. */
  note(clientId: string, state: IntentState, venueId?: string): void;
}

/** The stop orders among intents, of every state but `void`: executions of ended ones are listed again. */
export function earlierStops(intents: readonly Intent[]): readonly EarlierStop[] {
  return intents
    .filter(({ request, state }) => request.stopPrice !== undefined && state !== 'void')
    .map(({ request: { symbol, clientId }, venueId }) => ({ symbol, clientId, venueId }));
}

/**
 * The client id of a session's order: letters and digits, 18 at most, which every exchange takes. It follows from the tag of the
 * session's journal and the order's number alone, so that it is never used twice.
 */
export function clientIdOf(tag: string, number: number): string {
  return `nb${shortOf(tag)}n${number}`;
}

/** Eight letters and digits that stand for a name (FNV-1a over its characters, twice, from different starts). */
function shortOf(name: string): string {
  const hash = (start: number): number => {
    let state = start;
    for (let k = 0; k < name.length; k++) state = Math.imul(state ^ name.charCodeAt(k), 0x01000193) >>> 0;
    return state;
  };
  const wide = BigInt(hash(0x811c9dc5)) * 0x100000000n + BigInt(hash(0x1b873593));
  return (wide % 36n ** 8n).toString(36).padStart(8, '0');
}
