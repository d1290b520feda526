/** Errors for a symbol or timeframe that an exchange does not have, with the nearest ones that it has. */
import { ConfigError, DataError, nearestName, timeframe, unifiedSymbol } from '../../core/index.ts';

/** How many symbols a message names. */
const shown = 5;

/** The error for a symbol that an exchange does not list. */
export function unknownSymbol(exchange: string, symbol: string, listed: readonly string[]): DataError {
  const wanted = unifiedSymbol(symbol).toUpperCase();
  const base = wanted.split('/')[0]!;
  const near = nearestName(wanted, listed);
  const kin = listed.filter((name) => name.startsWith(`${base}/`)).slice(0, shown);
  const offers = [...new Set([...(near === undefined ? [] : [near]), ...kin])].slice(0, shown);
  const elsewhere = contractsElsewhere(exchange, wanted, listed);
  const meant = offers.length === 0 ? '' : `did you mean ${offers.join(', ')}?`;
  const hint = [...(elsewhere === undefined ? [] : [`its contracts are those of exchange '${elsewhere}'`]), ...(meant === '' ? [] : [meant])]; // prettier-ignore
  return new DataError(`${exchange} does not list '${symbol}'${hint.length === 0 ? '' : `: ${hint.join('; ')}`}`, {
    code: 'bad-symbol',
    context: { exchange, symbol, near: offers[0] },
  });
}

/**
 * Exchanges whose contracts ccxt lists under another id: one for those settled in the quote currency, one for those settled in the base.
 */
const contractIds: Readonly<Record<string, readonly [quote: string, base: string]>> = {
  binance: ['binanceusdm', 'binancecoinm'],
  kraken: ['krakenfutures', 'krakenfutures'],
  kucoin: ['kucoinfutures', 'kucoinfutures'],
};

/** The id under which ccxt lists an exchange's contracts, when a contract was requested from an id that lists none. */
function contractsElsewhere(exchange: string, symbol: string, listed: readonly string[]): string | undefined {
  if (!symbol.includes(':') || listed.some((name) => name.includes(':'))) return undefined;
  const isInverse = symbol.split('/')[0] === symbol.split(':')[1]?.split('-')[0];
  return contractIds[exchange]?.[isInverse ? 1 : 0];
}

/** The error for a bar length that an exchange does not serve, with the offer to build it where that is possible. */
export function unknownTimeframe(exchange: string, name: string, known: readonly string[]): ConfigError {
  timeframe(name);
  if (known.length === 0) {
    return new ConfigError(`${exchange} serves no bars at all`, { context: { exchange, field: 'timeframe' } });
  }
  const source = buildableFrom(name, known);
  const offer = source === undefined ? '' : `; resample: true builds it from ${source}`;
  return new ConfigError(`${exchange} serves no ${name} bars, only ${known.join(', ')}${offer}`, {
    code: 'unknown-timeframe',
    context: { exchange, field: 'timeframe', value: name, buildableFrom: source },
  });
}

/** The longest of `known` whose bars add up to whole bars of `name`; undefined when none does. */
export function buildableFrom(name: string, known: readonly string[]): string | undefined {
  const wanted = timeframe(name);
  const fits = known
    .filter((candidate) => /^\d+[smhdw]$/.test(candidate))
    .map((candidate) => timeframe(candidate))
    .filter((candidate) => {
      if (candidate.ms === undefined || candidate.name === name) return false;
      // Weeks begin on Monday and months on the first: only lengths that divide a day fill them exactly.
      const span = wanted.unit === 'w' || wanted.ms === undefined ? 86_400_000 : wanted.ms;
      return candidate.unit !== 'w' && candidate.ms <= span && span % candidate.ms === 0;
    })
    .sort((a, b) => b.ms! - a.ms!);
  return fits[0]?.name;
}
