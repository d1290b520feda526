/** Venue profiles: how each venue computes its liquidation prices. */
import { ConfigError, nearestName } from '../../../core/index.ts';

/** How a venue computes the price at which it liquidates. */
export interface VenueProfile {
  /** Its name. */
  readonly name: string;
  /** Whether the maintenance margin is taken of the value at the entry, or at the liquidation price itself. */
  readonly maintenanceAt: 'entry' | 'liquidation';
  /** In which margin modes the fee for closing is added to what must be left. */
  readonly closingFee: 'none' | 'cross' | 'always';
  /** Whether the margin of an isolated position holds back the fee for closing at the bankruptcy price. */
  readonly marginHoldsFee: boolean;
  /** The step liquidation prices are rounded to: away from zero loss, up for longs and down for shorts. Default: not rounded. */
  readonly step?: number;
  /** Whether a position above the first tier is reduced tier by tier, not liquidated whole. */
  readonly reducesBySteps: boolean;
}

const plain = {
  maintenanceAt: 'liquidation',
  closingFee: 'none',
  marginHoldsFee: false,
  reducesBySteps: false,
} as const;

/** A venue whose conventions are known. */
export type VenueProfileName = 'binance' | 'bybit' | 'bybitInverse' | 'bybitUnified' | 'okx' | 'kucoin' | 'phemex';

/** The venues whose conventions are known. `binance` is the default. */
export const venueProfiles: Readonly<Record<VenueProfileName, VenueProfile>> = {
  binance: { name: 'binance', ...plain },
  bybit: { name: 'bybit', ...plain, maintenanceAt: 'entry' },
  bybitInverse: { name: 'bybitInverse', ...plain, maintenanceAt: 'entry', closingFee: 'cross', step: 0.5 },
  bybitUnified: { name: 'bybitUnified', ...plain },
  okx: { name: 'okx', ...plain, closingFee: 'always', reducesBySteps: true },
  kucoin: { name: 'kucoin', ...plain, closingFee: 'always' },
  phemex: { name: 'phemex', ...plain, closingFee: 'always', marginHoldsFee: true },
};

/** The profile of a name, or the one given. @throws {ConfigError} If there is none of that name. */
export function profileOf(given: VenueProfileName | VenueProfile = 'binance'): VenueProfile {
  if (typeof given !== 'string') return given;
  const found = (venueProfiles as Readonly<Record<string, VenueProfile | undefined>>)[given];
  if (found !== undefined) return found;
  const names = Object.keys(venueProfiles);
  const near = nearestName(given, names);
  throw new ConfigError(
    `profile must be one of ${names.join(', ')}, was '${given as string}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    { context: { field: 'profile' } },
  );
}
