/** A signal that reached a session from outside, such as the webhook of a charting service. */
import { ConfigError } from '../../core/index.ts';

/**
 * A signal from a charting service or another program. It is not an order: the strategy decides in `notifySignal`.
 */
export interface ExternalSignal {
  /** Unique; the session refuses a signal whose id it has accepted before. */
  readonly id: string;
  /** When it was received, milliseconds UTC. */
  readonly time: number;
  /** Who sent it. */
  readonly from: string;
  /** What it says, as JSON holds it; frozen. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The most characters of a payload as JSON. */
const longestPayload = 4_096;

/**
 * A copy of a signal as its journal gives it back.
 *
 * @throws {ConfigError} If it is not one.
 */
export function checkedSignal({ id, time, from, payload }: ExternalSignal): ExternalSignal {
  if (typeof id !== 'string' || !/^[\w.:-]{1,100}$/.test(id))
    throw wrong('id', '1 to 100 letters, digits, dots, dashes or colons', id);
  if (!Number.isFinite(time)) throw wrong('time', 'milliseconds UTC', time);
  if (typeof from !== 'string' || from.length === 0 || from.length > 100)
    throw wrong('from', 'a name of 1 to 100 characters', from);
  if (typeof payload !== 'object' || (payload as unknown) === null || Array.isArray(payload))
    throw wrong('payload', 'an object', payload);
  const text = JSON.stringify(payload);
  if (text.length > longestPayload) throw wrong('payload', `${longestPayload} characters of JSON at most`, text.length);
  return { id, time, from, payload: JSON.parse(text) as Record<string, unknown> };
}

/** Freezes a signal with everything in it: strategies of one session share it. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const one of Object.values(value)) frozen(one);
  return Object.freeze(value);
}

function wrong(field: string, wanted: string, seen: unknown): ConfigError {
  return new ConfigError(`${field} of a signal must be ${wanted}, was ${typeof seen === 'string' ? `'${seen}'` : JSON.stringify(seen)}`, { context: { field: `signal.${field}` } }); // prettier-ignore
}
