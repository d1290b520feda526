/** Sends an exchange of ccxt's through the same proxies as native connectors. */
import type { Agent } from 'node:http';

import type { CcxtExchange } from '../ccxt/index.ts';
import type { ProxyResolver } from './proxy-resolver.ts';

/** Where ccxt asks which proxy to use. */
interface Proxied {
  checkProxySettings(url?: string): (string | undefined)[];
  checkWsProxySettings(): (string | undefined)[];
  setProxyAgents(http?: string, https?: string, socks?: string): Agent | undefined;
}

/** Every request and socket of the exchange asks the resolver. */
export async function proxyExchange(exchange: CcxtExchange, resolver: ProxyResolver): Promise<void> {
  const open = exchange as unknown as Proxied;
  const [requests, sockets] = [resolver.pool(exchange.id, 'http'), resolver.pool(exchange.id, 'websocket')];
  if (requests !== undefined) {
    open.checkProxySettings = () => {
      const proxy = requests.take();
      requests.release(proxy);
      return proxy.startsWith('socks') ? [undefined, undefined, proxy] : [undefined, proxy, undefined];
    };
  }
  if (sockets === undefined) return;
  // ccxt makes its sockets in one go: the agents must be there before.
  const agents = new Map<string, Agent>();
  for (const url of sockets.urls) agents.set(url, await resolver.agent(url));
  open.checkWsProxySettings = () => {
    const proxy = sockets.take();
    sockets.release(proxy);
    return [undefined, proxy, undefined];
  };
  open.setProxyAgents = (_http, https) => (https === undefined ? undefined : agents.get(https));
}
