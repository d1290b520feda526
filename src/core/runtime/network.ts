/** Sockets and requests: the one seam to the outside, so that venues can be simulated in the same process. */

/** A request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. `status` 0 means that nothing did, and `text` says why. Header names are lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a socket tells its owner. After `closed` nothing else comes. */
export interface SocketEvents {
  opened(): void;
  /** A text frame as text, a binary frame as bytes. */
  frame(data: string | Uint8Array): void;
  closed(reason: string): void;
}

/** One WebSocket connection. Sending on or closing a closed socket does nothing. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** The way to venues. Callbacks come later, never during the call. */
export interface Network {
  connect(url: string, events: SocketEvents): Socket;
  request(request: HttpRequest, done: (response: HttpResponse) => void): void;
}
