/** The machine's network with one exchange's proxies in between: a tunnel for every socket and request. */
import { request as plainRequest, type Agent } from 'node:http';
import { request as secureRequest } from 'node:https';

import {
  messageOf,
  type HttpRequest,
  type HttpResponse,
  type Network,
  type Socket,
  type SocketEvents,
} from '../../core/index.ts';
import { connectThrough, systemNetwork } from '../sockets/system-network.ts';
import { proxyName } from './options.ts';
import type { ProxyPool } from './proxy-pool.ts';
import type { ProxyResolver } from './proxy-resolver.ts';

const requestMs = 15_000;

/** The network of one exchange. */
export function proxiedNetwork(resolver: ProxyResolver, exchange: string): Network {
  return {
    connect: (url, events) => {
      const pool = resolver.pool(exchange, 'websocket');
      return pool === undefined ? systemNetwork.connect(url, events) : connected(url, events, pool, resolver);
    },
    request: (wanted, done) => {
      const pool = resolver.pool(exchange, 'http');
      if (pool === undefined) systemNetwork.request(wanted, done);
      else void answered(wanted, pool, resolver).then(done);
    },
  };
}

/** A socket that opens once its tunnel's agent is there. */
function connected(url: string, events: SocketEvents, pool: ProxyPool, resolver: ProxyResolver): Socket {
  const proxy = pool.take();
  let socket: Socket | undefined;
  let [isOpen, isDone] = [false, false];
  const end = (): void => {
    isDone = true;
    pool.release(proxy);
  };
  const watched: SocketEvents = {
    opened: () => {
      isOpen = true;
      events.opened();
    },
    frame: (data) => {
      events.frame(data);
    },
    closed: (reason, refusal) => {
      if (isDone) return;
      end();
      // A server that answered was reached: the proxy works.
      if (!isOpen && refusal === undefined) pool.failed(proxy);
      events.closed(
        isOpen ? reason : `through the proxy ${proxyName(proxy)}: ${withoutAddress(reason, proxy)}`,
        refusal,
      );
    },
  };
  resolver.agent(proxy).then(
    (agent) => {
      if (!isDone) socket = connectThrough(agent, url, watched);
    },
    (cause: unknown) => {
      watched.closed(messageOf(cause));
    },
  );
  return {
    send: (text) => {
      socket?.send(text);
    },
    close: () => {
      if (isDone) return;
      end();
      socket?.close();
    },
  };
}

/** Never rejects: what fails is an answer of status 0 that says why. */
async function answered(wanted: HttpRequest, pool: ProxyPool, resolver: ProxyResolver): Promise<HttpResponse> {
  const proxy = pool.take();
  try {
    return await sent(wanted, await resolver.agent(proxy));
  } catch (cause) {
    pool.failed(proxy);
    return {
      status: 0,
      text: `through the proxy ${proxyName(proxy)}: ${withoutAddress(messageOf(cause), proxy)}`,
      headers: {},
    };
  } finally {
    pool.release(proxy);
  }
}

function sent(wanted: HttpRequest, agent: Agent): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const send = wanted.url.startsWith('https:') ? secureRequest : plainRequest;
    const request = send(
      wanted.url,
      {
        agent, method: wanted.method, timeout: requestMs,
        headers: { ...(wanted.body !== undefined && { 'content-type': 'application/json' }), ...wanted.headers },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8'), headers });
        });
      },
    ); // prettier-ignore
    request.on('timeout', () => request.destroy(new Error(`no answer within ${requestMs} ms`)));
    request.on('error', reject);
    request.end(wanted.body);
  });
}

/** A reason without user and password, whichever part of it quotes the address. */
function withoutAddress(reason: string, proxy: string): string {
  const { username, password } = new URL(proxy);
  let text = reason.replaceAll(proxy, proxyName(proxy));
  for (const secret of [password, decodeURIComponent(password), username])
    if (secret !== '') text = text.replaceAll(secret, '***');
  return text;
}
