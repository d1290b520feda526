/** Which proxy each exchange and transport uses, as a user states it. */
import { checkNames, ConfigError, shown, unknownName } from '../../core/index.ts';

/** How one of several proxies is chosen: in turn, at random, or the one with the fewest connections open. */
export type ProxyStrategy = 'round-robin' | 'random' | 'least-used';

/** Every strategy, for checking an option. */
export const proxyStrategies = ['round-robin', 'random', 'least-used'] as const satisfies readonly ProxyStrategy[];

/** Several proxies for one purpose. */
export interface ProxyPoolOptions {
  /** Addresses such as `http://user:password@proxy.example:8080` or `socks5://127.0.0.1:1080`; schemes http, https, socks5, socks5h and socks4. */
  readonly urls: readonly string[];
  /** How one is chosen. Default `round-robin`. */
  readonly strategy?: ProxyStrategy;
  /** Milliseconds between checks whether each proxy accepts connections. Default 30,000. */
  readonly checkMs?: number;
  /** How long a proxy that failed is left out, in milliseconds. Default 60,000. */
  readonly coolDownMs?: number;
}

/**
 * Proxies of HTTP requests and of WebSocket connections; a transport without one uses the default's, and connects directly where there is
 * none.
 */
export interface ProxyRoute {
  /** For HTTP requests. */
  readonly http?: string | ProxyPoolOptions;
  /** For WebSocket connections. */
  readonly websocket?: string | ProxyPoolOptions;
}

/** Proxies by exchange. */
export interface ProxyOptions {
  /** For every exchange that has none of its own. Default: they connect directly. */
  readonly default?: ProxyRoute;
  /** By exchange id. Default: none has its own. */
  readonly exchanges?: Readonly<Record<string, ProxyRoute>>;
}

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:', 'socks4:', 'socks4a:'];

/** @throws {ConfigError} If a name, a scheme or an address is wrong, with its path in `context.field`. No message shows a password. */
export function checkProxies(options: ProxyOptions): void {
  checkNames('field of proxies', options, ['default', 'exchanges']);
  const own = Object.entries(options.exchanges ?? {}).map(([name, route]) => [name, route, `exchanges.${name}`] as const); // prettier-ignore
  const routes = [['default', options.default ?? {}, 'default'] as const, ...own];
  for (const [name, route, path] of routes) {
    checkNames(`field of the proxies of ${name}`, route, ['http', 'websocket']);
    for (const [transport, pool] of Object.entries(route) as [string, string | ProxyPoolOptions | undefined][]) {
      if (pool !== undefined) checkPool(pool, `the ${transport} proxy of ${name}`, `${path}.${transport}`);
    }
  }
}

/**
 * Checks the names of exchanges: traffic of a misspelt exchange would bypass its proxy.
 *
 * @param native - The exchanges with a connector of their own; those of ccxt are looked up where a name is none of these.
 * @throws {ConfigError} With the path of the name in `context.field`.
 */
export async function checkProxyExchanges(options: ProxyOptions, native: readonly string[]): Promise<void> {
  const foreign = Object.keys(options.exchanges ?? {}).filter((name) => !native.includes(name));
  if (foreign.length === 0) return;
  const { exchangeIds } = await import('../ccxt/index.ts');
  const known = [...new Set([...native, ...exchangeIds()])];
  const wrong = foreign.find((name) => !known.includes(name));
  if (wrong !== undefined) throw at(unknownName('exchange of proxies', wrong, known), `exchanges.${wrong}`);
}

function checkPool(pool: string | ProxyPoolOptions, what: string, path: string): void {
  if (typeof pool === 'string') {
    checkUrl(pool, what, path);
    return;
  }
  checkNames('field of a proxy pool', pool, ['urls', 'strategy', 'checkMs', 'coolDownMs']);
  if (pool.strategy !== undefined && !proxyStrategies.includes(pool.strategy))
    throw at(unknownName('strategy of a proxy pool', pool.strategy, proxyStrategies), `${path}.strategy`);
  for (const field of ['checkMs', 'coolDownMs'] as const) {
    const value: unknown = pool[field];
    if (value !== undefined && !(typeof value === 'number' && value >= 100 && value < Infinity))
      throw at(new ConfigError(`${field} of a proxy pool must be a number of at least 100, was ${shown(value)}`), `${path}.${field}`); // prettier-ignore
  }
  const urls: unknown = pool.urls;
  if (!Array.isArray(urls) || urls.length === 0)
    throw at(new ConfigError(`${what} must name at least one address in urls`), `${path}.urls`);
  for (const [i, url] of urls.entries()) checkUrl(url, what, `${path}.urls[${i}]`);
}

/** The error with the path of the value that it is about. */
function at({ message, code, context, cause }: ConfigError, field: string): ConfigError {
  return new ConfigError(message, { code, context: { ...context, field }, cause });
}

function checkUrl(text: unknown, what: string, field: string): void {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '')
    throw at(new ConfigError(`${what} must be an address such as http://proxy.example:8080`), field);
  if (!schemes.includes(url.protocol))
    throw at(
      unknownName(
        `scheme of ${what}`,
        url.protocol.slice(0, -1),
        schemes.map((one) => one.slice(0, -1)),
      ),
      field,
    );
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (url.port === '' && !isWeb)
    throw at(new ConfigError(`${what} must name its port, such as ${url.protocol}//${url.hostname}:1080`), field);
}

/** The address of a proxy without user and password, for messages. */
export function proxyName(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.host}`;
}

/** A text with every user and password of a proxy removed. */
export function withoutSecrets(text: string, proxy: string): string {
  const { username, password } = new URL(proxy);
  const user = `${username}${password === '' ? '' : `:${password}`}@`;
  let said = text.replaceAll(proxy, proxyName(proxy)).replaceAll(user, '');
  for (const secret of [password, decodeURIComponent(password)]) if (secret !== '') said = said.replaceAll(secret, '***');
  return said;
} // prettier-ignore
