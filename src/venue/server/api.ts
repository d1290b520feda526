/** One exchange's API as it is mounted on the local exchange's server. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request, read completely. */
export interface VenueRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query. */
  readonly query: URLSearchParams;
  /** The query as it was sent, from its question mark on: signatures cover its exact characters. */
  readonly search: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as text. */
  readonly body: string;
  /** The exchange's time, milliseconds UTC, clock skew included. */
  readonly now: number;
}

/** An answer; a body that is not text is sent as JSON. `status` 0 resets the connection. */
export interface VenueAnswer {
  /** HTTP status. Default 200. */
  readonly status?: number;
  /** Headers sent besides the usual. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is text. */
  readonly body: unknown;
}

/** REST paths and, if it has any, sockets of one exchange. */
export interface VenueApi {
  /** The exchange's id. */
  readonly name: string;
  /** Undefined when the path does not belong to this API. */
  answer?(request: VenueRequest): VenueAnswer | undefined | Promise<VenueAnswer | undefined>;
  /** Takes a socket over; returns false when the path does not belong to this API. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Ends its timers and streams. */
  close?(): void;
}
