/** What a token may do. */

/** Every scope, with what it allows. */
export const scopeMeanings = {
  'read:metadata': 'exchanges, symbols, intervals and runs of the syncer',
  'read:bars': 'bars and their quality',
  'read:runs': 'runs, reports, and the state and events of sessions',
  'control:sessions': 'stop and flatten sessions',
  'send:signals': 'signed signals for the strategies of sessions on paper or in a sandbox',
  'send:webhooks': 'the same signals unsigned, from services that cannot sign',
  'read:metrics': 'the metrics of the server',
} as const;

/** One scope. */
export type Scope = keyof typeof scopeMeanings;

/** Every scope by name. */
export const scopes = Object.keys(scopeMeanings) as readonly Scope[];

/** Scopes of programs that run unattended and can do little: their tokens may live longer. */
const longLived: readonly Scope[] = ['read:metrics', 'send:signals', 'send:webhooks'];
const hour = 3_600_000;

/** The default lifetime of a token, milliseconds. */
export const defaultLifetimeMs = hour;

/** The longest lifetime of a token with these scopes, milliseconds. */
export function longestLifetime(given: readonly Scope[]): number {
  return given.every((scope) => longLived.includes(scope)) ? 90 * 24 * hour : 24 * hour;
}
