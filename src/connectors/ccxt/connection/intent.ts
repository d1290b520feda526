/** What a request is for: reading, which may be repeated, or acting, which may not. HTTP verbs do not show it. */
import { AsyncLocalStorage } from 'node:async_hooks';

export type Intent = 'read' | 'act';

const intents = new AsyncLocalStorage<Intent>();

/** Runs something whose requests all have this intent. */
export function withIntent<T>(intent: Intent, act: () => Promise<T>): Promise<T> {
  return intents.run(intent, act);
}

/**
 * The intent of the request that is under way.
 *
 * Hyperliquid's public data and Kraken's private reads are POST, and some venues place orders by GET: the caller knows. Without a caller of
 * ours, a GET is taken for a read.
 */
export function intentOf(method: string): Intent {
  return intents.getStore() ?? (method.toUpperCase() === 'GET' ? 'read' : 'act');
}
