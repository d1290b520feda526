/** Hyperliquid: perpetuals, identified by their position in its list, and spot pairs. */
import { z } from 'zod';

import { given, readEach, textOf, type ListedSymbol, type VenueAdapter } from '../venue.ts';

const perpetuals = z.looseObject({ universe: z.array(z.looseObject({})) });
const spot = z.looseObject({
  tokens: z.array(z.looseObject({ name: z.string(), index: z.number(), szDecimals: z.number() })),
  universe: z.array(z.looseObject({})),
});

/** The most decimals of price and size together: six for perpetuals, eight on spot. */
const [perpetualDecimals, spotDecimals] = [6, 8];
/** The smallest order, in USDC. */
const minNotional = 10;

/** The adapter of Hyperliquid. */
export const adapter: VenueAdapter = {
  id: 'hyperliquid',
  name: 'Hyperliquid',
  url: 'https://api.hyperliquid.xyz',
  async list(ask) {
    const { universe } = perpetuals.parse(await ask('/info', { type: 'meta' }));
    const pairs = spot.parse(await ask('/info', { type: 'spotMeta' }));
    const tokens = new Map(pairs.tokens.map((token) => [token.index, token]));
    const one = readEach([...universe.entries()], ([, row]) => row['name'], ([index, row]) => perpetual(index, row));
    const other = readEach(pairs.universe, (row) => row['name'], (row) => pair(row, tokens));
    return {
      symbols: [...one.symbols, ...other.symbols],
      refused: [...one.refused, ...other.refused],
      intervals: ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d', '3d', '1w', '1M'],
    };
  },
}; // prettier-ignore

function perpetual(index: number, row: Readonly<Record<string, unknown>>): ListedSymbol {
  const name = textOf(row, 'name');
  const decimals = decimalsOf(row['szDecimals']);
  const base = name.toUpperCase();
  return {
    venueId: `perpetual:${index}`,
    venueSymbol: name,
    symbol: `${base}/USDC:USDC`,
    type: 'swap',
    base,
    quote: 'USDC',
    settle: 'USDC',
    contractSize: 1,
    minNotional,
    isActive: row['isDelisted'] !== true,
    ...stepsOf(decimals, perpetualDecimals),
  };
}

interface Token {
  readonly name: string;
  readonly szDecimals: number;
}

function pair(row: Readonly<Record<string, unknown>>, tokens: ReadonlyMap<number, Token>): ListedSymbol {
  const { index } = z.looseObject({ index: z.number() }).parse(row);
  const [baseIndex, quoteIndex] = z.tuple([z.number(), z.number()]).parse(row['tokens']);
  const [base, quote] = [tokens.get(baseIndex), tokens.get(quoteIndex)];
  if (base === undefined || quote === undefined)
    throw new Error(`tokens ${baseIndex} and ${quoteIndex} must be listed`);
  return {
    venueId: `spot:${index}`,
    venueSymbol: textOf(row, 'name'),
    symbol: `${base.name.toUpperCase()}/${quote.name.toUpperCase()}`,
    type: 'spot',
    base: base.name.toUpperCase(),
    quote: quote.name.toUpperCase(),
    contractSize: 1,
    minNotional,
    isActive: row['isDelisted'] !== true,
    ...stepsOf(base.szDecimals, spotDecimals),
  };
}

function decimalsOf(value: unknown): number {
  if (Number.isInteger(value)) return value as number;
  throw new Error(`szDecimals must be a whole number, was ${JSON.stringify(value)}`);
}

/** The finest steps; prices also have at most five significant digits. */
function stepsOf(
  decimals: number,
  most: number,
): { readonly lot: number; readonly minSize: number; readonly tick?: number } {
  const lot = Number(`1e-${decimals}`);
  return { lot, minSize: lot, ...given({ tick: most >= decimals ? Number(`1e-${most - decimals}`) : undefined }) };
}
