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
import { proxyName, withoutSecrets } from './options.ts';
import type { ProxyPool } from './proxy-pool.ts';
import type { ProxyResolver } from './proxy-resolver.ts';
import { TunnelError } from './tunnel.ts';

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

/** A socket that opens once its tunnel's agent exists. */
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
      // A server that answered was reached, so the proxy works.
      if (!isOpen && refusal === undefined) pool.failed(proxy);
      const isNamed = isOpen || reason.startsWith('through the proxy ');
      events.closed(isNamed ? reason : reasonOf(reason, proxy), refusal);
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

/**
 * Never rejects: a failure is an answer of status 0 that says why. Where a proxy of a pool opens no tunnel, nothing was sent to the
 * exchange, and the next proxy is tried.
 */
async function answered(wanted: HttpRequest, pool: ProxyPool, resolver: ProxyResolver): Promise<HttpResponse> {
  let answer: HttpResponse = { status: 0, text: '', headers: {} };
  for (let left = pool.urls.length; left > 0; left--) {
    const proxy = pool.take();
    try {
      return await sent(wanted, await resolver.agent(proxy));
    } catch (cause) {
      pool.failed(proxy);
      const isRefused = cause instanceof TunnelError && cause.status === 407;
      answer = {
        status: isRefused ? 407 : 0,
        text: isRefused ? proxyName(proxy) : reasonOf(cause, proxy),
        headers: {},
      };
      if (!(cause instanceof TunnelError) || !pool.hasHealthy) return answer;
    } finally {
      pool.release(proxy);
    }
  }
  return answer;
}

/** Why nothing came through a proxy, with its name and without its password. */
function reasonOf(cause: unknown, proxy: string): string {
  if (cause instanceof TunnelError) return cause.message;
  return `through the proxy ${proxyName(proxy)}: ${withoutSecrets(messageOf(cause), proxy)}`;
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
