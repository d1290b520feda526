/** Sends an exchange of ccxt's through the same proxies as native connectors. */
import { EventEmitter } from 'node:events';
import type { Agent } from 'node:http';
import { isIP, type Socket } from 'node:net';

import { ConnectorError, messageOf } from '../../core/index.ts';
import type { CcxtExchange } from '../ccxt/index.ts';
import { withoutSecrets } from './options.ts';
import type { ProxyPool } from './proxy-pool.ts';
import type { ProxyResolver } from './proxy-resolver.ts';
import { tunnelAgent, TunnelError, type TunnelAgent } from './tunnel.ts';

type Fetch = (url: string, method?: string, headers?: unknown, body?: unknown) => Promise<unknown>;

/** Where the HTTP client of ccxt opens a connection, as far as it is used here. */
interface ConnectOptions {
  readonly hostname: string;
  readonly port: string;
  readonly protocol: string;
  readonly servername?: string | null;
}

type Connected = (error: Error | null, socket: Socket | null) => void;

/** The parts of ccxt that ask which proxy to use. */
interface Proxied {
  checkProxySettings(url?: string): (string | undefined)[];
  checkWsProxySettings(): (string | undefined)[];
  setProxyAgents(http?: string, https?: string, socks?: string): Agent | undefined;
  getFetchProxyDispatcher(proxy: string): unknown;
  getDispatcherOptions(isPlain: boolean): object;
  shouldValidateServerSsl(): boolean;
  readonly undiciModule: { readonly Agent: new (options: object) => unknown };
  fetch: Fetch;
}

/** Every request and socket of the exchange asks the resolver. */
export async function proxyExchange(exchange: CcxtExchange, resolver: ProxyResolver): Promise<void> {
  const open = exchange as unknown as Proxied;
  const [requests, sockets] = [resolver.pool(exchange.id, 'http'), resolver.pool(exchange.id, 'websocket')];
  // ccxt opens its connections synchronously: the agents must exist before.
  if (sockets !== undefined) await proxySockets(open, sockets);
  if (requests === undefined) return;
  const agents = new Map<string, TunnelAgent>();
  for (const url of requests.urls) agents.set(url, await resolver.agent(url));
  proxyRequests(open, exchange.id, requests, agents);
}

function proxyRequests(open: Proxied, id: string, pool: ProxyPool, agents: ReadonlyMap<string, TunnelAgent>): void {
  let taken: string | undefined;
  open.checkProxySettings = () => [undefined, (taken = pool.take()), undefined];
  const dispatchers = new Map<string, unknown>();
  open.getFetchProxyDispatcher = (proxy) => {
    let found = dispatchers.get(proxy);
    if (found === undefined) dispatchers.set(proxy, (found = dispatcherOf(open, agents.get(proxy)!)));
    return found;
  };
  const fetch = open.fetch.bind(open);
  open.fetch = async (...asked) => {
    taken = undefined;
    // It asks for its proxy before it first waits: no other request comes in between.
    const answer = fetch(...asked);
    const proxy = taken as string | undefined;
    if (proxy === undefined) return answer;
    try {
      return await answer;
    } catch (error) {
      if (isUnanswered(error)) pool.failed(proxy);
      throw named(error, id, proxy, pool);
    } finally {
      pool.release(proxy);
    }
  };
}

/** Stands in for the request for which a Node agent opens a connection: this client has its own kind of request. */
class Asker extends EventEmitter {
  /** The connection failed, which the socket itself reports. */
  destroy(): void {}
}

/** The HTTP client's connections through one proxy. */
function dispatcherOf(open: Proxied, agent: TunnelAgent): unknown {
  const connect = (to: ConnectOptions, done: Connected): void => {
    const isSecure = to.protocol === 'https:';
    const usual = isSecure ? 443 : 80;
    agent
      .connect(new Asker(), {
        host: to.hostname,
        port: to.port === '' ? usual : Number(to.port),
        secureEndpoint: isSecure,
        ...(isSecure && { rejectUnauthorized: open.shouldValidateServerSsl() }),
        // TLS sends no server name for an IP address.
        ...(isSecure && typeof to.servername === 'string' && isIP(to.servername) === 0 && { servername: to.servername }),
      })
      .then(
        (socket) => {
          if (!isSecure) done(null, socket);
          else handshake(socket, done);
        },
        (error: unknown) => {
          done(error as Error, null);
        },
      );
  };
  return new open.undiciModule.Agent({ ...open.getDispatcherOptions(true), connect });
} // prettier-ignore

function handshake(socket: Socket, done: Connected): void {
  const failed = (error: Error): void => {
    socket.off('secureConnect', ready);
    done(error, null);
  };
  const ready = (): void => {
    socket.off('error', failed);
    done(null, socket);
  };
  socket.once('error', failed).once('secureConnect', ready);
}

/** Whether no answer came back: a refusal by the exchange shows that the proxy reached it. */
function isUnanswered(error: unknown): boolean {
  if (error instanceof TunnelError) return true;
  const { code } = error as { readonly code?: unknown };
  if (error instanceof ConnectorError) return error.code === 'timeout' || error.code === 'outcome-unknown';
  return (
    /fetch failed|request timed out/.test(messageOf(error)) || (typeof code === 'string' && code.startsWith('UND_ERR_'))
  );
}

/** The error without the password of the proxy; a failure of the proxy is distinguished from one of the exchange. */
function named(error: unknown, exchange: string, proxy: string, pool: ProxyPool): unknown {
  if (!(error instanceof TunnelError)) {
    if (error instanceof Error) error.message = withoutSecrets(error.message, proxy);
    return error;
  }
  const check = error.status === 407 ? ': check its address under proxies' : '';
  return new ConnectorError(`${exchange} was not reached ${error.message}${check}`, {
    code: 'proxy',
    // A wrong password fails again: only another proxy helps.
    retryable: error.status !== 407 || pool.hasHealthy,
    context: { exchange },
    cause: error,
  });
}

async function proxySockets(open: Proxied, pool: ProxyPool): Promise<void> {
  const agents = new Map<string, Agent>();
  for (const url of pool.urls) agents.set(url, await countedAgent(url, pool));
  open.checkWsProxySettings = () => [undefined, pool.take(), undefined];
  open.setProxyAgents = (_http, https) => (https === undefined ? undefined : agents.get(https));
}

/** The agent for sockets that ccxt opens through a proxy. It reports to the pool whether each socket opened, and when it closes. */
async function countedAgent(url: string, pool: ProxyPool): Promise<Agent> {
  const agent = await tunnelAgent(url);
  const connect = agent.connect.bind(agent);
  agent.connect = async (asker, target) => {
    try {
      const socket = await connect(asker, target);
      socket.once('close', () => {
        pool.release(url);
      });
      return socket;
    } catch (error) {
      pool.release(url);
      pool.failed(url);
      throw error;
    }
  };
  return agent;
}
