/** Calls the platform's HTTP API, typed by its schemas, and checks each answer against them. */
import {
  AuthError,
  Backoff,
  ConfigError,
  ConnectorError,
  messageOf,
  ProtocolError,
  RateLimitError,
  showPlainly,
  systemRuntime,
  type Runtime,
} from '../../core/index.ts';
import { endpoints, type Endpoint, type EndpointName } from '../api/endpoints.ts';
import { errorShape } from '../api/shapes/errors.ts';
import { signatureHeader, signatureOf, timeHeader } from '../api/signature.ts';
import { liveMessages } from './live-messages.ts';
import type { Answer, BarColumns, LiveMessage, PagedName, Query } from './questions.ts';

/** Options of a client. */
export interface ClientOptions {
  /** Address of the server. Default `http://127.0.0.1:8790`. */
  readonly url?: string;
  /** A token of `nextbar token issue`, or a function that returns one: tokens are short-lived. */
  readonly token: string | (() => string | Promise<string>);
  /** How long an answer may take, milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a read is repeated when the server cannot be reached or is busy. Commands and signals are never repeated. Default 2. */
  readonly retries?: number;
  /** Clock and timers. Default: those of the system. */
  readonly runtime?: Runtime;
  /** The function that sends requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

const defaults = { url: 'http://127.0.0.1:8790', timeoutMs: 30_000, retries: 2 } as const;
const known = ['url', 'token', 'timeoutMs', 'retries', 'runtime', 'fetch'];
const [firstWaitMs, longestWaitMs, largestPage] = [250, 10_000, 10_000];

/** Parts of a request beside the query. */
interface More {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A client of `nextbar serve`.
 *
 * ```ts
 * const platform = new PlatformClient({ token });
 * const { bars } = await platform.bars({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', limit: 100 });
 * ```
 *
 * Every method throws an AuthError for a token that is refused or lacks a scope, a RateLimitError for too many requests, a ProtocolError for an answer of an unknown shape, and a ConnectorError with the server's code for the rest.
 */
export class PlatformClient {
  static {
    showPlainly(PlatformClient, (one: PlatformClient) => ({ url: one.#url }));
  }

  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #runtime: Runtime;

  /** @throws {ConfigError} If an option is unknown or the address is invalid. */
  constructor(options: ClientOptions) {
    for (const name of Object.keys(options)) {
      if (!known.includes(name))
        throw new ConfigError(`unknown option of PlatformClient '${name}': its options are ${known.join(', ')}`, {
          context: { field: name },
        });
    }
    const { url = defaults.url, runtime = systemRuntime } = options;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new ConfigError(`url of a client must be an http or https address, was '${url}'`, { context: { field: 'url' } }); // prettier-ignore
    }
    const { username, password } = new URL(url);
    if (username !== '' || password !== '')
      throw new ConfigError('url of a client takes no user and no password: the token authenticates it', { context: { field: 'url' } }); // prettier-ignore
    this.#url = url.replace(/\/+$/, '');
    this.#options = options;
    this.#runtime = runtime;
  }

  /** Exchanges that are kept fresh. */
  exchanges(): Promise<Answer<'exchanges'>> {
    return this.#ask('exchanges', {});
  }

  /** Symbols with their trading rules, delisted ones too; an old name finds a renamed symbol. In pages. */
  symbols(query: Query<'symbols'> = {}): Promise<Answer<'symbols'>> {
    return this.#ask('symbols', query);
  }

  /** Lengths of bars that exchanges serve themselves. */
  intervals(query: Query<'intervals'> = {}): Promise<Answer<'intervals'>> {
    return this.#ask('intervals', query);
  }

  /** Changes of symbols, latest first. */
  changes(query: Query<'changes'> = {}): Promise<Answer<'changes'>> {
    return this.#ask('changes', query);
  }

  /** Runs of the syncer, latest first. */
  syncs(query: Query<'syncs'> = {}): Promise<Answer<'syncs'>> {
    return this.#ask('syncs', query);
  }

  /** Stored series with the ranges that are known. */
  series(query: Query<'series'> = {}): Promise<Answer<'series'>> {
    return this.#ask('series', query);
  }

  /** Closed bars with `start <= time < end`; without `start` the latest. In pages of `limit`, 1,000 by default. */
  bars(query: Omit<Query<'bars'>, 'format'>): Promise<Answer<'bars'>> {
    return this.#ask('bars', query);
  }

  /** Closed bars as CSV text, or as the bytes of an Arrow file. One page. */
  barsAs(format: 'csv', query: Omit<Query<'bars'>, 'format'>): Promise<string>;
  barsAs(format: 'arrow', query: Omit<Query<'bars'>, 'format'>): Promise<Uint8Array>;
  async barsAs(format: 'csv' | 'arrow', query: Omit<Query<'bars'>, 'format'>): Promise<string | Uint8Array> {
    const answer = await this.#send(endpoints.bars, { ...query, format }, {});
    return format === 'csv' ? answer.text() : new Uint8Array(await answer.arrayBuffer());
  }

  /** All closed bars from `start` on, over as many pages as there are. A value that a bar lacks is NaN. */
  async barColumns(query: Omit<Query<'bars'>, 'format' | 'cursor'> & { readonly start: Date | string | number }): Promise<BarColumns> {
    const rows: (readonly (number | null)[])[] = [];
    for await (const page of this.pages('bars', { limit: largestPage, ...query })) for (const row of page.bars) rows.push(row);
    const column = (at: number): Float64Array => Float64Array.from(rows, (row) => row[at] ?? NaN);
    return { time: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
  } // prettier-ignore

  /** Gaps and faults of a stored series. */
  quality(query: Query<'quality'>): Promise<Answer<'quality'>> {
    return this.#ask('quality', query);
  }

  /** Kept runs, latest first. In pages. */
  runs(query: Query<'runs'> = {}): Promise<Answer<'runs'>> {
    return this.#ask('runs', query);
  }

  /** One run with its equity curve. */
  run(id: number): Promise<Answer<'run'>> {
    return this.#ask('run', {}, { params: { run: id } });
  }

  /** The HTML report of a run. */
  async report(id: number): Promise<string> {
    const endpoint: Endpoint = { ...endpoints.run, path: `${endpoints.run.path}/report` };
    return (await this.#send(endpoint, {}, { params: { run: id } })).text();
  }

  /** Live sessions and their state. */
  sessions(): Promise<Answer<'sessions'>> {
    return this.#ask('sessions', {});
  }

  /** One session with its equity curve and latest events. */
  session(name: string): Promise<Answer<'session'>> {
    return this.#ask('session', {}, { params: { session: name } });
  }

  /** Stops a session, within a second; its positions stay open. */
  stop(name: string): Promise<Answer<'stop'>> {
    return this.#ask('stop', {}, { params: { session: name } });
  }

  /** Cancels every order of a session and closes its positions. */
  flatten(name: string): Promise<Answer<'flatten'>> {
    return this.#ask('flatten', {}, { params: { session: name } });
  }

  /**
   * Sends a signal to the strategy of a session, signed with the signing secret of the token. It is sent once: after a retryable
   * ConnectorError it may or may not have arrived.
   */
  signal(name: string, payload: Readonly<Record<string, unknown>>, { secret }: { readonly secret: string }): Promise<Answer<'signal'>> {
    const [time, body] = [String(Math.floor(this.#runtime.now())), JSON.stringify(payload)];
    const headers = { [timeHeader]: time, [signatureHeader]: signatureOf(secret, { time, session: name, body }) };
    return this.#ask('signal', {}, { params: { session: name }, body, headers });
  } // prettier-ignore

  /** The pages of an answer, one after the other. */
  async *pages<N extends PagedName>(name: N, query: Query<N>): AsyncGenerator<Answer<N>, void, undefined> {
    for (let cursor: string | undefined; ;) {
      const page: Answer<N> = await this.#ask(name, cursor === undefined ? query : { ...query, cursor });
      yield page;
      ({ next: cursor } = page);
      if (cursor === undefined) return;
    }
  }

  /**
   * Live events: first all sessions, then each session that changed and each event in one, until the loop is left.
   *
   * @throws {ConnectorError} If the connection is lost; a new call begins with all sessions again.
   */
  async *events(): AsyncGenerator<LiveMessage, void, undefined> {
    yield* liveMessages(this.#url.replace(/^http/, 'ws'), await this.#token());
  }

  async #token(): Promise<string> {
    const { token } = this.#options;
    return typeof token === 'string' ? token : token();
  }

  async #ask<N extends EndpointName>(name: N, query: object, more: More = {}): Promise<Answer<N>> {
    const endpoint: Endpoint = endpoints[name];
    const answer = await this.#send(endpoint, query, more);
    const content: unknown = await answer.json().catch((cause: unknown) => {
      throw new ProtocolError(`the platform answered ${endpoint.path} without JSON`, { cause });
    });
    const checked = endpoint.answer.safeParse(content);
    if (checked.success) return checked.data as Answer<N>;
    const [issue] = checked.error.issues;
    throw new ProtocolError(
      `the platform answered ${endpoint.path} in another shape than this client knows: ${issue!.path.join('.')}: ${issue!.message}`,
      { cause: checked.error },
    );
  }

  /** Sends a request; a read is repeated while the server cannot be reached or is busy. */
  async #send(endpoint: Endpoint, query: object, more: More): Promise<Response> {
    const { retries = defaults.retries } = this.#options;
    const backoff = new Backoff(this.#runtime, firstWaitMs, longestWaitMs);
    for (let left = endpoint.method === 'GET' ? retries : 0; ; left--) {
      try {
        return await this.#sendOnce(endpoint, query, more);
      } catch (error) {
        if (!(error instanceof ConnectorError) || !error.retryable || left <= 0) throw error;
        const asked = error instanceof RateLimitError ? error.retryAfterMs : undefined;
        await this.#runtime.sleep(Math.min(asked ?? backoff.next(), longestWaitMs));
      }
    }
  }

  async #sendOnce({ method, path }: Endpoint, query: object, { params = {}, body, headers = {} }: More): Promise<Response> {
    const { fetch = globalThis.fetch, timeoutMs = defaults.timeoutMs } = this.#options;
    const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query) as [string, string | number | boolean | Date | undefined][]) {
      if (value !== undefined) search.set(name, value instanceof Date ? value.toISOString() : String(value));
    }
    const address = `${this.#url}${filled}${search.size === 0 ? '' : `?${search.toString()}`}`;
    let answer: Response;
    try {
      answer = await fetch(address, {
        method,
        headers: { authorization: `Bearer ${await this.#token()}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        ...(body !== undefined && { body }),
      });
    } catch (cause) {
      const why = (cause as { readonly name?: string }).name === 'TimeoutError' ? `within ${timeoutMs} ms` : `(${messageOf(cause)})`;
      throw new ConnectorError(`the platform at ${this.#url} did not answer ${why}`, { retryable: true, code: 'no-answer', cause });
    }
    if (answer.ok) return answer;
    throw await refusalOf(answer, `${method} ${filled}`);
  } // prettier-ignore
}

/** The error for a refused request. */
async function refusalOf(answer: Response, what: string): Promise<ConnectorError> {
  const { status, headers } = answer;
  const content = errorShape.safeParse(await answer.json().catch(() => undefined));
  const { code, message } = content.success ? content.data.error : { code: 'http', message: 'without a reason' };
  const text = `${what} was refused with ${status}: ${message}`;
  const options = { code, context: { status } };
  if (status === 401 || status === 403) return new AuthError(text, options);
  if (status === 429) {
    const seconds = Number(headers.get('retry-after'));
    return new RateLimitError(text, { ...options, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) });
  }
  return new ConnectorError(text, { ...options, retryable: status >= 500 });
}
