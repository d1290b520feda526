/** The same protocol on other hosts: a venue's test network, a mirror, or a local exchange. */
import type { HttpRequest } from '../core/index.ts';
import type { Protocol } from './decoding/protocol.ts';

/** Origins such as `wss://testnet.example` and `https://testnet.example`; an absent one stays as it is. */
export interface Hosts {
  /** Where sockets go, such as `wss://stream.binance.com:9443`. */
  readonly socket?: string;
  /** Where requests go, such as `https://api.binance.com`. */
  readonly rest?: string;
}

/** A protocol whose sockets and requests go elsewhere; paths and everything else stay. */
export function withHosts(protocol: Protocol, hosts: Hosts): Protocol {
  const request = (wanted: HttpRequest): HttpRequest => ({ ...wanted, url: moved(wanted.url, hosts.rest) });
  const { bookRequest, tradesRequest, polls, l3 } = protocol;
  const ordersRequest = l3?.request;
  return {
    ...protocol,
    endpoint: (subscription) => moved(protocol.endpoint(subscription), hosts.socket),
    instruments: { ...protocol.instruments, requests: protocol.instruments.requests.map(request) },
    ...(polls !== undefined && { polls: { ...polls, request: (one) => request(polls.request(one)) } }),
    ...(bookRequest !== undefined && { bookRequest: (venueSymbol) => request(bookRequest(venueSymbol)) }),
    ...(l3 !== undefined &&
      ordersRequest !== undefined && {
        l3: { ...l3, request: (venueSymbol) => request(ordersRequest(venueSymbol)) },
      }),
    ...(tradesRequest !== undefined && {
      tradesRequest: (venueSymbol, fromId) => request(tradesRequest(venueSymbol, fromId)),
    }),
  };
}

function moved(url: string, origin: string | undefined): string {
  if (origin === undefined) return url;
  const { pathname, search } = new URL(url);
  return `${origin.replace(/\/$/, '')}${pathname}${search}`;
}
