/** Sockets and requests: the one seam to the outside, so that venues can be simulated in the same process. */

/** A request over HTTP. */
export interface HttpRequest {
  /** The HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The whole address. */
  readonly url: string;
  /** The text sent; undefined for none. */
  readonly body?: string;
  /** Headers sent besides the usual. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. `status` 0 means that nothing did, and `text` says why. Header names are lower case. */
export interface HttpResponse {
  /** HTTP status; 0 when nothing came back. */
  readonly status: number;
  /** The body, or why nothing came back. */
  readonly text: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The HTTP answer of a server that did not open a WebSocket. */
export interface SocketRefusal {
  /** HTTP status, such as 451 where the region is not served. */
  readonly status: number;
  /** Milliseconds after which the server allows another attempt; undefined where it named no time. */
  readonly retryAfterMs: number | undefined;
}

/** What a socket reports to its owner. Nothing comes after `closed`. */
export interface SocketEvents {
  /** The connection is open. */
  opened(): void;
  /** A text frame as text, a binary frame as bytes. */
  frame(data: string | Uint8Array): void;
  /** The connection has closed or never opened; `reason` says why. `refusal` is the server's answer where it did not open a WebSocket. */
  closed(reason: string, refusal?: SocketRefusal): void;
}

/** One WebSocket connection. Sending on or closing a closed socket does nothing. */
export interface Socket {
  /** Sends a text frame. */
  send(text: string): void;
  /** Closes the connection. */
  close(): void;
}

/** The way to venues. Callbacks come later, never during the call. */
export interface Network {
  /** Opens a WebSocket connection. */
  connect(url: string, events: SocketEvents): Socket;
  /** Sends a request; `done` is called once. */
  request(request: HttpRequest, done: (response: HttpResponse) => void): void;
}
