/** Queries to the platform and its answers, as types derived from the server's schemas. */
import type { z } from 'zod';

import type { endpoints, EndpointName } from '../api/endpoints.ts';
import type { messageShape } from '../api/shapes/sessions.ts';

export type { EndpointName };

/** A moment: a `Date`, an ISO 8601 text, or milliseconds UTC. */
type Moment = Date | string | number;

/** A query whose times may be given in any form. */
type Plain<Q> = { readonly [K in keyof Q]: K extends 'start' | 'end' ? Moment : Q[K] };

/** The query of an endpoint. Times are a `Date`, an ISO 8601 text or milliseconds UTC. */
export type Query<N extends EndpointName> = Plain<z.output<(typeof endpoints)[N]['query']>>;

/** The answer of an endpoint. */
export type Answer<N extends EndpointName> = z.output<(typeof endpoints)[N]['answer']>;

/** Endpoints that answer in pages. */
export type PagedName = 'symbols' | 'bars' | 'runs';

/** A message of the live events: first all sessions, then each session that changed and each event in one. */
export type LiveMessage = z.output<typeof messageShape>;

/** Bars in columns, the oldest first. */
export interface BarColumns {
  /** Opens of the bars, milliseconds UTC. */
  readonly time: Float64Array;
  /** First price of each bar, in quote units. */
  readonly open: Float64Array;
  /** Highest price. */
  readonly high: Float64Array;
  /** Lowest price. */
  readonly low: Float64Array;
  /** Last price. */
  readonly close: Float64Array;
  /** Units traded. */
  readonly volume: Float64Array;
}
