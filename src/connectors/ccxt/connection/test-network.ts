/** Where a session may send what is signed: the hosts of an exchange's test network, kept apart from its live ones. */
import type { CcxtExchange } from './exchange.ts';

/** A host that takes test orders: any request, or only one with the mark that makes the venue treat it as a test. */
export interface TestHost {
  /** Host and port, as in a URL. */
  readonly host: string;
  /** The header without which the same host takes real orders. */
  readonly header?: readonly [name: string, value: string];
  /** The beginning of every path of the test network, where the same host takes real orders at other paths. */
  readonly path?: string;
}

/** Venues whose test network stands on the hosts of the live one, and what marks a request as a test. */
const marks: Readonly<Record<string, Omit<TestHost, 'host'>>> = {
  okx: { header: ['x-simulated-trading', '1'] },
  okxus: { header: ['x-simulated-trading', '1'] },
  myokx: { header: ['x-simulated-trading', '1'] },
  bitget: { header: ['paptrading', '1'] },
  weex: { path: '/capi/v3/sim/' },
};

/** Sockets of test networks that ccxt does not list among its test addresses. */
const sockets: Readonly<Record<string, readonly string[]>> = { bitget: ['wspap.bitget.com'] };

/** Hosts that serve market data only, and only to a key: one of a test account will do. */
const dataHosts: Readonly<Record<string, readonly string[]>> = {
  alpaca: ['data.alpaca.markets', 'stream.data.alpaca.markets'],
};

/**
 * The hosts of an exchange's test network; empty where it has none, or none that differs from the live one.
 *
 * @param plain - The exchange as ccxt makes it, with its own addresses.
 */
export function testHosts(plain: CcxtExchange): readonly TestHost[] {
  const urls = plain.urls as Readonly<Record<string, unknown>>;
  const live = new Set(hostsIn(urls['api'], plain));
  const own = hostsIn(urls['test'], plain).filter((host) => !live.has(host));
  const plainHosts = [...own, ...(sockets[plain.id] ?? []), ...(dataHosts[plain.id] ?? [])];
  const mark = marks[plain.id];
  const shared = mark === undefined ? [] : [...live].map((host) => ({ host, ...mark }));
  return [...plainHosts.map((host) => ({ host })), ...shared];
}

/** The hosts of an exchange itself, for a store that is armed for real orders: every address of its API that ccxt knows. */
export function liveHosts(plain: CcxtExchange): readonly TestHost[] {
  const { api } = plain.urls as { readonly api?: unknown };
  return [...new Set(hostsIn(api, plain))].map((host) => ({ host }));
}

/** The hosts of every address in a tree of addresses. */
function hostsIn(value: unknown, plain: CcxtExchange): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap((part) => hostsIn(part, plain));
  if (typeof value !== 'string') return [];
  const { hostname } = plain as { readonly hostname?: string };
  const text = value.replaceAll('{hostname}', hostname ?? '').replace(/[{}]/g, '');
  return URL.canParse(text) ? [new URL(text).host] : [];
}

/** Whether a host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
