/** The key of an event: the same for the same event, so that a repeated one is recognised. */
import { createHash } from 'node:crypto';

import type { StreamEvent } from '../core/index.ts';

/** An event with its idempotency key and its text. */
export interface KeyedEvent {
  /** Identifies the event: by the exchange's id for trades, its sequence number for books, and a digest of the content for all others. */
  readonly key: string;
  /** The event. */
  readonly event: StreamEvent;
  /** The event as JSON. */
  readonly json: string;
}

/** The event with its key. */
export function keyed(event: StreamEvent): KeyedEvent {
  const json = JSON.stringify(event);
  const symbol = 'symbol' in event ? event.symbol : '';
  const named = event.type === 'trade' && event.id !== undefined ? event.id : undefined;
  const key = `${event.exchange}:${symbol}:${event.type}:${named ?? createHash('sha1').update(json).digest('hex').slice(0, 20)}`;
  return { key, event, json };
}
