/** Decides through which proxy each connection goes, for every transport. */
import type { Runtime } from '../../core/index.ts';
import { checkProxies, type ProxyOptions } from './options.ts';
import { ProxyPool, type ProxyReading } from './proxy-pool.ts';
import { tunnelAgent, type TunnelAgent } from './tunnel.ts';

/** What a connection is for. */
export type Transport = 'http' | 'websocket';

/** The proxies of one exchange and transport. */
export class ProxyResolver {
  readonly #options: ProxyOptions;
  readonly #runtime: Runtime;
  readonly #report: (message: string) => void;
  readonly #pools = new Map<string, ProxyPool>();
  readonly #agents = new Map<string, Promise<TunnelAgent>>();

  /** @throws {ConfigError} If an option is wrong. */
  constructor(options: ProxyOptions, runtime: Runtime, report: (message: string) => void) {
    checkProxies(options);
    this.#options = options;
    this.#runtime = runtime;
    this.#report = report;
  }

  /** The proxies of an exchange's transport: its own, else the default's; undefined where it is direct. */
  pool(exchange: string, transport: Transport): ProxyPool | undefined {
    const own = this.#options.exchanges?.[exchange]?.[transport];
    const wanted = own ?? this.#options.default?.[transport];
    if (wanted === undefined) return undefined;
    const key = own === undefined ? `default ${transport}` : `exchange ${exchange} ${transport}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new ProxyPool(wanted, this.#runtime, this.#report);
      pool.start();
      this.#pools.set(key, pool);
    }
    return pool;
  }

  /** The agent that opens connections through a proxy. */
  agent(url: string): Promise<TunnelAgent> {
    let agent = this.#agents.get(url);
    if (agent === undefined) this.#agents.set(url, (agent = tunnelAgent(url)));
    return agent;
  }

  /** Every pool that was used. */
  get readings(): Readonly<Record<string, readonly ProxyReading[]>> {
    return Object.fromEntries([...this.#pools].map(([name, pool]) => [name, pool.readings]));
  }

  /** Ends the checks. */
  stop(): void {
    for (const pool of this.#pools.values()) pool.stop();
  }
}
