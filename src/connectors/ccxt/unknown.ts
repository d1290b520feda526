/** Answers for a symbol or timeframe that an exchange does not have: the nearest ones that it has. */
import { ConfigError, DataError, nearestName, timeframe } from '../../core/index.ts';
import { unifiedSymbol } from './symbols.ts';

/** How many symbols a message names. */
const shown = 5;

/** The error for a symbol that an exchange does not list. */
export function unknownSymbol(exchange: string, symbol: string, listed: readonly string[]): DataError {
  const wanted = unifiedSymbol(symbol).toUpperCase();
  const base = wanted.split('/')[0]!;
  const near = nearestName(wanted, listed);
  const kin = listed.filter((name) => name.startsWith(`${base}/`)).slice(0, shown);
  const offers = [...new Set([...(near === undefined ? [] : [near]), ...kin])].slice(0, shown);
  const hint = offers.length === 0 ? '' : `: did you mean ${offers.join(', ')}?`;
  return new DataError(`${exchange} does not list '${symbol}'${hint}`, {
    code: 'bad-symbol',
    context: { exchange, symbol, near: offers[0] },
  });
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
      // Weeks begin on Monday and months on the first: only what divides a day tiles them.
      const span = wanted.unit === 'w' || wanted.ms === undefined ? 86_400_000 : wanted.ms;
      return candidate.unit !== 'w' && candidate.ms <= span && span % candidate.ms === 0;
    })
    .sort((a, b) => b.ms! - a.ms!);
  return fits[0]?.name;
}
