/** Points a ccxt exchange at another server that speaks its language, such as the local exchange. */
import { Agent } from 'node:http';

import { ConfigError } from '../../../core/index.ts';
import type { CcxtExchange } from './exchange.ts';
import type { ExchangeConfig } from './modules.ts';

/** The server that requests go to instead, checked: an http or https address. */
export function serverUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new ConfigError(`url must be an http or https address such as http://127.0.0.1:8787, was '${url}'`, {
      context: { field: 'url' },
    });
  }
  return parsed;
}

/** ccxt config that sends every request of `exchange` to `url`, keeping the paths; its markets load in one request. */
export function redirectConfig(exchange: CcxtExchange, url: string): ExchangeConfig {
  const server = serverUrl(url);
  const urls = exchange.urls as Record<string, unknown>;
  const api = redirect(urls['api'], exchange.id, server);
  const binance = exchange.id.startsWith('binance');
  return {
    urls: { api, test: api },
    ...(server.protocol === 'http:' ? { httpAgent: new Agent({ keepAlive: true }) } : {}),
    options: binance
      ? { fetchMarkets: { types: marketsOf(exchange.id) }, fetchMargins: false, fetchCurrencies: false }
      : {},
  };
}

/** What a local exchange lists under an id of Binance's. */
function marketsOf(id: string): string[] {
  if (id === 'binanceusdm') return ['linear'];
  return id === 'binancecoinm' ? ['inverse'] : ['spot'];
}

function redirect(value: unknown, id: string, server: URL): unknown {
  if (typeof value === 'string') return redirectUrl(value, id, server);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, redirect(part, id, server)]));
}

function redirectUrl(text: string, id: string, server: URL): string {
  const plain = text.replaceAll('{', '').replaceAll('}', '');
  if (!URL.canParse(plain)) return text;
  const url = new URL(plain);
  const socket = url.protocol === 'ws:' || url.protocol === 'wss:';
  const scheme = socket ? server.protocol.replace('http', 'ws') : server.protocol;
  // ccxt knows binance's spot market streams by the word "stream" in their address.
  const isSpotStream =
    socket && id.startsWith('binance') && url.hostname.startsWith('stream.') && url.pathname === '/ws';
  // `/ws` of a local exchange is Binance's.
  const isHyperliquid = socket && id === 'hyperliquid';
  const path = isSpotStream ? '/stream/ws' : isHyperliquid ? '/hyperliquid/ws' : url.pathname;
  return `${scheme}//${server.host}${path === '/' ? '' : path}`;
}
