/** Repeats what may be repeated: after waits that double up to a limit, with jitter, or as long as the exchange asks. */
import { ConnectorError, RateLimitError, SessionError, tellRepeat, type Runtime } from '../../../core/index.ts';
import type { RateLimiter } from './limiter.ts';

/** How often a read is repeated, and how long it waits in between. */
export interface RetryPolicy {
  /** Requests in all, the first included. */
  readonly attempts: number;
  /** First wait in milliseconds; it doubles from try to try. */
  readonly baseMs: number;
  /** Longest wait in milliseconds. An exchange that asks for longer ends the attempts. */
  readonly capMs: number;
}

/** Six tries in about half a minute, and stops of up to five minutes that the exchange asks for. */
export const defaultRetry: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 300_000 };

/** The longest wait that this package chooses, milliseconds: only the exchange may ask for more. */
const ownCapMs = 30_000;

/**
 * Runs a read until it answers.
 *
 * A rate limit stops every caller of the limiter, not this one alone. Never for orders: an order whose outcome is unknown is
 * looked up, not sent again.
 *
 * @throws The last error, when it is not retryable, the tries are used up, or the exchange asks for a longer wait than
 * the policy allows.
 */
export async function withRetry<T>(
  act: () => Promise<T>,
  runtime: Runtime,
  limiter: RateLimiter,
  policy: RetryPolicy,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.retryable || attempt >= policy.attempts) throw error;
      const backoff = Math.min(ownCapMs, policy.baseMs * 2 ** (attempt - 1)) * (0.5 + 0.5 * runtime.random());
      const asked = error instanceof RateLimitError ? error.retryAfterMs : undefined;
      const wait = Math.max(backoff, asked ?? 0);
      if (wait > policy.capMs) throw error;
      const { attempts } = policy;
      tellRepeat({ reason: error.message, waitMs: wait, attempt: attempt + 1, attempts });
      if (error instanceof RateLimitError) limiter.stop(wait);
      else await runtime.sleep(wait);
    }
  }
}

/** Throws what a canceled download throws. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SessionError('the download was canceled', { code: 'canceled' });
}
