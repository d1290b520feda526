/** Symbols as users write them, made into ccxt's unified names. */
import type { Instrument } from '../../core/index.ts';

/** `BTC-USDT` as `BTC/USDT`, `BTC-USDT-PERP` as `BTC/USDT:USDT`; unified names pass. */
export function unifiedSymbol(symbol: string): string {
  if (symbol.includes('/')) return symbol;
  const [base, quote, kind, ...rest] = symbol.split('-');
  if (base === undefined || quote === undefined || rest.length > 0) return symbol;
  if (kind === undefined) return `${base}/${quote}`;
  return kind === 'PERP' ? `${base}/${quote}:${quote}` : symbol;
}

/** The kind of market that a unified name says: `BTC/USDT` spot, `BTC/USDT:USDT` swap, `...-240628` future, `...-C` option. */
export function typeOfSymbol(symbol: string): Instrument['type'] {
  const settled = /:[^-]+(-.*)?$/.exec(symbol);
  if (settled === null) return 'spot';
  const expiry = settled[1];
  if (expiry === undefined) return 'swap';
  return /-[CP]$/.test(expiry) ? 'option' : 'future';
}
