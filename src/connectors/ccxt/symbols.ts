/** Symbols as users write them, made into ccxt's unified names. */
/**
 * `BTC-USDT` and `btc/usdt` as `BTC/USDT`, `BTC-USDT-PERP` as `BTC/USDT:USDT`, `BTC-USDT-240628` as `BTC/USDT:USDT-240628`,
 * `BTC-USD-240628-70000-C` as `BTC/USD:BTC-240628-70000-C`; unified names pass.
 */
export function unifiedSymbol(symbol: string): string {
  // Some names have small letters of their own, such as kPEPE; only one without any capital was typed so.
  const name = symbol === symbol.toLowerCase() ? symbol.toUpperCase() : symbol;
  if (name.includes('/')) return name;
  const [base, quote, kind, ...rest] = name.split('-');
  if (base === undefined || quote === undefined || base === '' || quote === '') return name;
  if (kind === undefined) return `${base}/${quote}`;
  if (kind === 'PERP') return rest.length === 0 ? `${base}/${quote}:${quote}` : name;
  const [strike, side] = rest;
  const isDated = /^\d{6}$/.test(kind) && (rest.length === 0 || (rest.length === 2 && /^[\d.]+$/.test(strike!) && /^[CP]$/.test(side!))); // prettier-ignore
  // What is quoted in plain dollars is settled in the coin.
  return isDated ? `${base}/${quote}:${[quote === 'USD' ? base : quote, kind, ...rest].join('-')}` : name;
}
