/** Bars from an HTTP server that answers JSON, page by page if need be. */
import { RateLimiter, redact, withRetry } from '../../connectors/ccxt/index.ts';
import {
  AuthError,
  barColumnNames,
  ConfigError,
  ConnectorError,
  DataError,
  messageOf,
  RateLimitError,
  type Bar,
  type BarColumnName,
  type Runtime,
} from '../../core/index.ts';
import { barOf, checkTimeFormat, type SourceTimeFormat, type UnreadableCells } from './cells.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { CustomDataFeed, type CustomDataFeedOptions } from './custom.ts';
import { atOnce, type LoadContext } from '../feed.ts';

/** Options of HttpDataFeed. */
export interface HttpDataFeedOptions extends CustomDataFeedOptions {
  /** The address to request. `symbol`, `timeframe`, `start` and `end` (milliseconds) are added to its query. */
  readonly url: string;
  /**
   * Further headers, such as a key. They are sent only to the origin of `url`, not to another host of `nextPage` or of a redirect. Default:
   * none.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Authorization: Bearer ...`, only to the origin of `url`; never shown. Default: none. */
  readonly bearer?: string;
  /** Where the rows are in the answer, such as `data.ohlcv`, or `` for the answer itself. Default: the answer itself where it is a list, else `data.ohlcv`. */
  readonly rows?: string;
  /** A row as a bar. Default: `[time, open, high, low, close, volume]` or an object with those names. */
  readonly toBar?: (row: unknown, index: number) => Bar;
  /** The address of the next page, or undefined after the last. Default: there is one page. */
  readonly nextPage?: (answer: unknown, url: string) => string | undefined;
  /** How times are written, for the default `toBar`. Default `ms`. */
  readonly timeFormat?: SourceTimeFormat;
  /** How long one request may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

const ownNames = ['url', 'headers', 'bearer', 'rows', 'toBar', 'nextPage', 'timeFormat', 'timeoutMs'];
const retry = { attempts: 4, baseMs: 500, capMs: 60_000 };
/** More pages than this mean that `nextPage` never ends. */
const mostPages = 100_000;
const mostRedirects = 10;

/** A feed over HTTP. An answer that is not 2xx or not JSON is an error; network faults and 5xx are retried. */
export class HttpDataFeed extends CustomDataFeed {
  readonly #options: HttpDataFeedOptions;

  constructor(options: HttpDataFeedOptions) {
    super(options, ownNames);
    this.#options = options;
    if (!URL.canParse(options.url)) {
      throw new ConfigError(`url must be an address such as https://host/bars, was '${options.url}'`);
    }
    checkTimeFormat(options.timeFormat ?? 'ms');
  }

  override async load(context: LoadContext = atOnce): Promise<LoadedBars> {
    const bars: Bar[] = [];
    const unreadable: UnreadableCells = new Map();
    let url: string | undefined = this.#firstUrl();
    for (let page = 0; url !== undefined; page++) {
      if (page === mostPages) throw new DataError(`${this.name}: nextPage gave ${mostPages} pages without an end`);
      const asked: string = url;
      const answer = await this.#ask(asked, context);
      for (const row of this.#rowsOf(answer)) bars.push(this.#toBar(row, bars.length, unreadable));
      context.onProgress?.({ done: bars.length, total: undefined, unit: 'bars' });
      url = this.#options.nextPage?.(answer, asked);
    }
    return this.finish(bars, context, unreadable);
  }

  #firstUrl(): string {
    const url = new URL(this.#options.url);
    url.searchParams.set('symbol', this.symbol);
    url.searchParams.set('timeframe', this.timeframe.name);
    if (this.start !== undefined) url.searchParams.set('start', String(this.start));
    if (this.end !== undefined) url.searchParams.set('end', String(this.end));
    return url.href;
  }

  #ask(url: string, { runtime, signal }: LoadContext): Promise<unknown> {
    return withRetry(() => this.#askOnce(url, runtime), runtime, new RateLimiter(runtime, 0), retry, signal);
  }

  async #askOnce(url: string, runtime: Runtime): Promise<unknown> {
    const { timeoutMs = 30_000 } = this.#options;
    const host = new URL(url).host;
    const gone = new AbortController();
    const timer = runtime.after(timeoutMs, () => {
      gone.abort();
    });
    try {
      const response = await this.#follow(url, gone.signal);
      const text = await response.text();
      if (!response.ok) throw refusal(host, response, redact(text, this.#secrets()));
      return parse(text, host);
    } catch (error) {
      if (error instanceof ConnectorError || error instanceof DataError) throw error;
      const why = gone.signal.aborted ? `no answer within ${timeoutMs} ms` : redact(messageOf(error), this.#secrets());
      throw new ConnectorError(`${host}: ${why}`, { code: 'network', retryable: true });
    } finally {
      timer.cancel();
    }
  }

  /** Follows redirects by hand: fetch would keep headers such as `x-api-key` on the way to another host. */
  async #follow(url: string, signal: AbortSignal): Promise<Response> {
    let at = url;
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await fetch(at, { headers: this.#headersFor(at), signal, redirect: 'manual' });
      const to = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || to === null) return response;
      await response.body?.cancel();
      if (!URL.canParse(to, at))
        throw new ConnectorError(`${new URL(at).host} redirects to no address`, { code: 'http' });
      at = new URL(to, at).href;
    }
    throw new ConnectorError(`${new URL(url).host} redirects more than ${mostRedirects} times`, { code: 'http' });
  }

  /** The headers of the options for the origin of `url`, none for others. */
  #headersFor(url: string): Record<string, string> {
    const { bearer, headers } = this.#options;
    if (new URL(url).origin !== new URL(this.#options.url).origin) return {};
    return { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
  }

  #rowsOf(answer: unknown): readonly unknown[] {
    const path = this.#options.rows ?? (Array.isArray(answer) ? '' : 'data.ohlcv');
    let at: unknown = answer;
    for (const key of path.split('.').filter((part) => part !== '')) {
      at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
    }
    if (Array.isArray(at)) return at as readonly unknown[];
    const keys = typeof answer === 'object' && answer !== null ? Object.keys(answer).slice(0, 20).join(', ') : typeof answer; // prettier-ignore
    throw new DataError(`${this.name}: the answer has no list of rows at '${path}', it has ${keys}`, {
      code: 'no-rows',
      context: { field: 'rows' },
    });
  }

  #toBar(row: unknown, index: number, unreadable: UnreadableCells): Bar {
    if (this.#options.toBar !== undefined) return this.#options.toBar(row, index);
    const cell = (name: BarColumnName): unknown =>
      Array.isArray(row)
        ? (row[barColumnNames.indexOf(name)] as unknown)
        : (row as Record<string, unknown> | null)?.[name];
    return barOf(cell, this.#options.timeFormat ?? 'ms', `row ${index} of ${this.name}`, unreadable);
  }

  #secrets(): string[] {
    const { bearer, headers = {} } = this.#options;
    return [...(bearer === undefined ? [] : [bearer]), ...Object.values(headers)];
  }
}

function refusal(host: string, response: Response, said: string): ConnectorError {
  const text = `${host} answered HTTP ${response.status}${said === '' ? '' : `: ${said}`}`;
  if (response.status === 401 || response.status === 403) return new AuthError(text);
  if (response.status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    return new RateLimitError(text, Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {});
  }
  return new ConnectorError(text, { code: 'http', retryable: response.status >= 500 });
}

function parse(text: string, host: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const what = text.trim() === '' ? 'an empty body' : text.trimStart().startsWith('<') ? 'a web page' : 'no JSON';
    throw new ConnectorError(`${host} answered ${what}`, { code: 'protocol', retryable: true });
  }
}
