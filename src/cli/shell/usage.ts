/** The error for a command line that cannot be right; it loads nothing, so that `nextbar --help` stays quick. */

/** Wrong usage: exit code 2, one sentence, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The error for a command line that cannot be right. */
export function usage(message: string): UsageError {
  return new UsageError(message);
}
