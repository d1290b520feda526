/** A face of the local exchange: one real exchange's way of speaking, mounted on the server. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request, read completely. */
export interface VenueRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it was sent, from its question mark on: signatures are over its very characters. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The venue's own time, milliseconds UTC: a clock skew is already in it. */
  readonly now: number;
}

/** What a face answers; a body that is no text is sent as JSON. */
export interface VenueAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One exchange's REST paths, and its sockets if it has any. */
export interface Face {
  readonly name: string;
  /** Undefined when the path is none of this face's. */
  answer?(request: VenueRequest): VenueAnswer | undefined | Promise<VenueAnswer | undefined>;
  /** Takes a socket over; false when the path is none of this face's. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close?(): void;
}
