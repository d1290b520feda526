/** Puts this package's gate for outgoing requests, its limiter, answer check and deadline into a ccxt exchange. */
import { ConnectorError, systemRuntime, type Runtime } from '../../../core/index.ts';
import { faultOfAnswer, missingEndpoint } from './answers.ts';
import type { CcxtExchange } from './exchange.ts';
import { intentOf } from './intent.ts';
import type { RateLimiter } from './limiter.ts';
import { headersOf, type OutgoingGate } from './outgoing.ts';
import { redactSecrets } from './redact.ts';

/** How ccxt calls its HTTP client: the last form of a request before a socket. */
type Send = (
  url: string,
  params: { readonly method: string; readonly headers?: unknown; readonly body?: unknown },
) => Promise<unknown>;

/** What ccxt lets a subclass override, as far as it is used here. */
interface Overridable {
  enableRateLimit: boolean;
  throttle: (cost?: number) => Promise<void>;
  sign: (
    path: string,
    api?: unknown,
    method?: string,
    ...rest: unknown[]
  ) => { readonly url: string; readonly method: string };
  fetch: (url: string, method?: string, headers?: unknown, body?: unknown) => Promise<unknown>;
  fetchImplementation: Send | undefined;
  undiciRequest: Send;
  client: (url: string) => SocketClient;
  watch: (url: string, hash: unknown, message?: unknown, ...rest: unknown[]) => unknown;
  watchMultiple: (url: string, hashes: unknown, message?: unknown, ...rest: unknown[]) => unknown;
  log: (...parts: unknown[]) => void;
  handleHttpStatusCode: (status: number, reason: string, url: string, method: string, body: string) => void;
  handleErrors: (
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: Record<string, unknown>,
    body: string,
    parsed: unknown,
    ...rest: unknown[]
  ) => unknown;
  timeout: number;
}

/** A socket of ccxt. */
interface SocketClient {
  readonly url: string;
  send: (message: unknown) => Promise<unknown>;
  future: (hash: unknown) => Promise<unknown>;
  onError?(error: unknown): void;
  createConnection?(): void;
  clearConnectionTimeout?(): void;
}

/** Signed addresses whose section of the API is remembered: more than can be under way at once. */
const mostSigned = 256;

/**
 * Sends everything that leaves an exchange through the gate.
 *
 * The functions are set on the object itself and cannot be replaced or deleted: callers receive the object, and whatever they change on it,
 * the finished request still passes here.
 */
export function gateExchange(exchange: CcxtExchange, gate: OutgoingGate, secrets: () => readonly string[]): void {
  const open = exchange as unknown as Overridable;
  const sections = new Map<string, string>();
  const sign = open.sign.bind(exchange);
  open.sign = (path, api, method, ...rest) => {
    const request = sign(path, api, method, ...rest);
    if (sections.size >= mostSigned) sections.delete(sections.keys().next().value!);
    sections.set(`${request.method} ${request.url}`, Array.isArray(api) ? api.join(' ') : String(api));
    return request;
  };
  const checked =
    (send: Send): Send =>
    async (url, params) => {
      const { method, headers, body } = params;
      gate.request({ method, url, headers: headersOf(headers), body, section: sections.get(`${method} ${url}`) });
      return send(url, params);
    };
  fix(exchange, 'undiciRequest', checked(open.undiciRequest.bind(exchange)));
  let implementation = open.fetchImplementation;
  fixAccessor(
    exchange,
    'fetchImplementation',
    () => (implementation === undefined ? undefined : checked(implementation)),
    (given) => {
      implementation = given as Send | undefined;
    },
  );
  // ccxt's own `fetch` calls one of the two above; a replacement sends requests itself.
  let fetch = open.fetch;
  fixAccessor(
    exchange,
    'fetch',
    () => fetch,
    (given) => {
      const own = given as Overridable['fetch'];
      fetch = async (url, method = 'GET', headers, body) => {
        gate.request({ method, url, headers: headersOf(headers), body, section: sections.get(`${method} ${url}`) });
        return own.call(exchange, url, method, headers, body);
      };
    },
  );
  gateSockets(exchange, gate);
  let log = open.log.bind(exchange);
  fixAccessor(
    exchange,
    'log',
    () =>
      (...parts: unknown[]) => {
        log(...parts.map((part) => redactSecrets(part, secrets())));
      },
    (given) => {
      log = given as Overridable['log'];
    },
  );
}

function gateSockets(exchange: CcxtExchange, gate: OutgoingGate): void {
  const { client, watch, watchMultiple } = exchange as unknown as Partial<Overridable>;
  if (client === undefined) return;
  const gated = new WeakSet<SocketClient>();
  fix(exchange, 'client', (url: string): SocketClient => {
    // ccxt keeps pending calls in clients that have a name in place of an address; no socket is ever opened for one.
    if (URL.canParse(url)) gate.socket(url);
    const socket = client.call(exchange, url);
    if (gated.has(socket)) return socket;
    gated.add(socket);
    const send = socket.send.bind(socket);
    fix(socket, 'send', (message: unknown) => {
      try {
        gate.socket(socket.url, message);
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      const sent = send(message);
      // ccxt does not wait for what it sends in turn: on a socket that closed meanwhile, that would be an unhandled rejection.
      sent.catch((error: unknown) => socket.onError?.(error));
      return sent;
    });
    const future = socket.future.bind(socket);
    // ccxt makes promises for callers to come, such as that of the positions of an account: where none comes before the connection is lost,
    // their rejection would end the process. A caller that does wait still receives it.
    fix(socket, 'future', (hash: unknown) => {
      const made = future(hash);
      made.catch(() => undefined);
      return made;
    });
    fix(socket, 'url', socket.url);
    const open = socket.createConnection?.bind(socket);
    // ccxt starts the timer of a connection before it makes the socket: where none can be made, the timer would end the process.
    fix(socket, 'createConnection', () => {
      try {
        open?.();
      } catch (error) {
        socket.clearConnectionTimeout?.();
        throw error;
      }
    });
    return socket;
  });
  // Checked before the socket opens, not only before the message is sent on it.
  for (const [name, act] of [
    ['watch', watch],
    ['watchMultiple', watchMultiple],
  ] as const) {
    if (act === undefined) continue;
    fix(exchange, name, (url: string, hash: unknown, message?: unknown, ...rest: unknown[]) => {
      gate.socket(url, message);
      return act.call(exchange, url, hash, message, ...rest);
    });
  }
}

/** A property that cannot be replaced or deleted. */
function fix(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: false, configurable: false, enumerable: false });
}

function fixAccessor(target: object, name: string, get: () => unknown, set: (value: unknown) => void): void {
  Object.defineProperty(target, name, { get, set, configurable: false, enumerable: false });
}

/**
 * Guards an exchange.
 *
 * ccxt's own limiter is per instance and cannot be stopped, its deadline ends with the headers, so that a body that
 * never comes hangs for ever, and it takes a web page for an empty answer.
 */
export function guardExchange(
  exchange: CcxtExchange,
  runtime: Runtime,
  limiter: RateLimiter,
  secrets: readonly string[],
): void {
  const open = exchange as unknown as Overridable;
  open.enableRateLimit = true;
  open.throttle = (cost) => limiter.acquire(cost);

  const handleErrors = open.handleErrors.bind(exchange);
  open.handleErrors = (status, reason, url, method, headers, body, parsed, ...rest) => {
    const origin = { exchange: exchange.id, action: 'answer', secrets };
    const answer = { status, method, url, headers, body, parsed, intent: intentOf(method) };
    const fault = faultOfAnswer(answer, origin, runtime.now());
    if (fault !== undefined) throw fault;
    return handleErrors(status, reason, url, method, headers, body, parsed, ...rest);
  };

  const handleHttpStatusCode = open.handleHttpStatusCode.bind(exchange);
  open.handleHttpStatusCode = (status, reason, url, method, body) => {
    if (status === 404) throw missingEndpoint(exchange.id, method, url);
    handleHttpStatusCode(status, reason, url, method, body);
  };

  const fetch = open.fetch.bind(exchange);
  open.fetch = (url, method = 'GET', headers, body) => {
    const deadline = open.timeout + 1_000;
    const isRead = intentOf(method) === 'read';
    return new Promise((resolve, reject) => {
      // In real time, however fast the session's clock runs: so do ccxt's own deadline and the network.
      const timer = systemRuntime.after(deadline, () => {
        reject(
          new ConnectorError(`${exchange.id} did not finish its answer within ${deadline} ms`, {
            code: isRead ? 'timeout' : 'outcome-unknown',
            retryable: isRead,
          }),
        );
      });
      fetch(url, method, headers, body)
        .then(resolve, reject)
        .finally(() => {
          timer.cancel();
        });
    });
  };
}
