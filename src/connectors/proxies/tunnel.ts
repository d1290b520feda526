/** Opens connections through one proxy, or reports what the proxy answered instead. */
import type { Agent } from 'node:http';
import type { Socket } from 'node:net';

import { messageOf, systemRuntime } from '../../core/index.ts';
import { proxyName, withoutSecrets } from './options.ts';

/** How long a proxy may take to open a tunnel, milliseconds. */
const tunnelMs = 15_000;

/** Where a connection goes once the tunnel is open. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  /** Whether to use TLS through the tunnel. */
  readonly secureEndpoint: boolean;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Whatever asks for a tunnel: Node's request, or another object that takes the proxy's answer as an event. */
interface Asker {
  once(event: 'proxyConnect', listener: (answer: { readonly statusCode: number }) => void): unknown;
  emit(event: string, ...values: unknown[]): boolean;
}

/** An agent of Node whose connections are tunnels. */
export interface TunnelAgent extends Agent {
  connect(asker: Asker, target: TunnelTarget): Promise<Socket>;
  /** Options of its connections to the proxy; read before the agent first waits. */
  connectOpts?: object;
}

/** The proxy opened no tunnel: nothing was sent to the exchange. */
export class TunnelError extends Error {
  /** HTTP status of the proxy's answer; undefined where it did not answer. */
  readonly status: number | undefined;

  constructor(proxy: string, reason: string, status: number | undefined) {
    super(`through the proxy ${proxyName(proxy)}: ${withoutSecrets(reason, proxy)}`);
    this.name = 'TunnelError';
    this.status = status;
  }
}

/**
 * The agent of a proxy. Its connections fail with a `TunnelError`, which names the proxy without its password.
 *
 * @param limitMs - How long the proxy may take to open a tunnel.
 */
export async function tunnelAgent(proxy: string, limitMs = tunnelMs): Promise<TunnelAgent> {
  const agent = await plainAgent(proxy);
  const connect = agent.connect.bind(agent);
  agent.connect = async (asker, target) => {
    // Neither the agent nor Node's own timeouts end the wait for a proxy that accepts a connection and stays silent.
    const gone = new AbortController();
    const timer = systemRuntime.after(limitMs, () => {
      gone.abort();
    });
    if (agent.connectOpts !== undefined) agent.connectOpts = { ...agent.connectOpts, signal: gone.signal };
    let status: number | undefined;
    asker.once('proxyConnect', (answer) => {
      status = answer.statusCode;
    });
    try {
      const socket = await connect(asker, target);
      if (status === undefined || status === 200) return socket;
      // The agent would pass the proxy's answer on as the exchange's: a 429 or 451 of a proxy would be taken for a rate limit or a region block.
      socket.destroy();
    } catch (cause) {
      const why = gone.signal.aborted ? `no answer within ${limitMs} ms` : messageOf(cause);
      throw new TunnelError(proxy, why, undefined);
    } finally {
      timer.cancel();
    }
    const refusal = status === 407 ? 'it refused its user or password (407)' : `it refused the tunnel with HTTP ${status}`;
    throw new TunnelError(proxy, refusal, status);
  };
  return agent;
} // prettier-ignore

async function plainAgent(proxy: string): Promise<TunnelAgent> {
  if (proxy.startsWith('socks')) {
    const { SocksProxyAgent } = await import('socks-proxy-agent');
    return new SocksProxyAgent(proxy);
  }
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(proxy);
}
