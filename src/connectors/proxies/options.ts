/** Which proxy each exchange and transport goes through, as a user says it. */
import { checkNames, ConfigError, unknownName } from '../../core/index.ts';

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

/** Proxies of HTTP requests and of WebSocket connections; a transport without one inherits the default, and without that is direct. */
export interface ProxyRoute {
  /** For HTTP requests. */
  readonly http?: string | ProxyPoolOptions;
  /** For WebSocket connections. */
  readonly websocket?: string | ProxyPoolOptions;
}

/** Proxies by exchange. */
export interface ProxyOptions {
  /** For every exchange that has none of its own. */
  readonly default?: ProxyRoute;
  /** By exchange id. */
  readonly exchanges?: Readonly<Record<string, ProxyRoute>>;
}

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:', 'socks4:', 'socks4a:'];

/** @throws {ConfigError} If a name, a scheme or an address is wrong. No message shows a password. */
export function checkProxies(options: ProxyOptions): void {
  checkNames('field of proxies', options, ['default', 'exchanges']);
  const routes = { default: options.default ?? {}, ...options.exchanges };
  for (const [name, route] of Object.entries(routes)) {
    checkNames(`field of the proxies of ${name}`, route, ['http', 'websocket']);
    for (const [transport, pool] of Object.entries(route) as [string, string | ProxyPoolOptions | undefined][]) {
      if (pool === undefined) continue;
      if (typeof pool !== 'string') {
        checkNames('field of a proxy pool', pool, ['urls', 'strategy', 'checkMs', 'coolDownMs']);
        if (pool.strategy !== undefined && !proxyStrategies.includes(pool.strategy))
          throw unknownName('strategy of a proxy pool', pool.strategy, proxyStrategies);
      }
      const urls = typeof pool === 'string' ? [pool] : pool.urls;
      if (urls.length === 0)
        throw new ConfigError(`the ${transport} proxies of ${name} must name at least one address`);
      for (const url of urls) checkUrl(url, `the ${transport} proxy of ${name}`);
    }
  }
}

function checkUrl(text: string, what: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '')
    throw new ConfigError(`${what} must be an address such as http://proxy.example:8080`);
  if (!schemes.includes(url.protocol))
    throw unknownName(
      `scheme of ${what}`,
      url.protocol.slice(0, -1),
      schemes.map((one) => one.slice(0, -1)),
    );
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (url.port === '' && !isWeb)
    throw new ConfigError(`${what} must name its port, such as ${url.protocol}//${url.hostname}:1080`);
}

/** The address of a proxy without user and password, for messages. */
export function proxyName(text: string): string {
  const url = new URL(text);
  return `${url.protocol}//${url.host}`;
}
