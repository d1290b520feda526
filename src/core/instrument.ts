/** The thing traded and the venue's rules for orders in it. */
import { ConfigError } from './errors.ts';
import { checkNames, checkSwitches, nearestName, shown } from './names.ts';

/** What a venue says about one symbol. Sizes are in base units (contracts for derivatives), prices in quote units. */
export interface Instrument {
  /** The unified name, such as `BTC/USDT` or `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** The exchange's id; undefined where it does not matter. */
  readonly exchange?: string;
  /** What is traded: the coin itself or a contract on it. */
  readonly type: 'spot' | 'swap' | 'future' | 'option' | 'margin';
  /** What is traded, such as `BTC`. */
  readonly base: string;
  /** What it is priced in, such as `USDT`. */
  readonly quote: string;
  /** The currency of profit and loss; the quote on spot. */
  readonly settle?: string;
  /** Smallest price step. */
  readonly tick?: number;
  /** Smallest size step. */
  readonly lot?: number;
  /** The smallest order, in base units. */
  readonly minSize?: number;
  /** The largest order, in base units. */
  readonly maxSize?: number;
  /** Smallest price times size that the venue takes. */
  readonly minNotional?: number;
  /** Base units in one contract, or quote units in one contract of an inverse instrument; 1 on spot. */
  readonly contractSize?: number;
  /** Fraction of the traded value, such as 0.001. */
  readonly makerFee?: number;
  /** Fee of an order that trades at once, as a fraction. */
  readonly takerFee?: number;
  /**
   * The currency that fees are taken in: `received` is the base of a purchase and the quote of a sale, as most spot venues do; `quote`,
   * `base`, or a third currency such as `BNB`. Contracts always pay in `settle`. Default `quote`.
   */
  readonly feeCurrency?: string;
  /** Fees by the volume that the account traded in the last 30 days, in its currency of value, rising; the first step applies from 0. Default: one pair of fees. */
  readonly feeTiers?: readonly FeeTier[];
  /** Maintenance margin by the size of a position, rising. Default: one tier without maintenance. */
  readonly marginTiers?: readonly MarginTier[];
  /** Fee of a liquidation, as a fraction of the value liquidated. Default 0. */
  readonly liquidationFee?: number;
  /** When a dated future is settled, milliseconds UTC; undefined for what does not expire. */
  readonly expiry?: number;
  /** Whether prices may be zero or negative, as of spreads and some energy futures. Default false: such a price is refused as an error. */
  readonly signedPrices?: boolean;
  /** The venue's own name of it, such as `BTCUSDT`. */
  readonly venueSymbol?: string;
}

/** The fees from a traded volume on. */
export interface FeeTier {
  /** Volume of the last 30 days from which the fees apply, in the currency of value. */
  readonly from: number;
  /** Fraction of the traded value; negative for a rebate. */
  readonly makerFee: number;
  /** Fraction of the traded value. */
  readonly takerFee: number;
}

/** Maintenance margin of positions up to a value. */
export interface MarginTier {
  /** The largest value of a position in this tier, included, in settle currency. */
  readonly upTo: number;
  /** Maintenance margin as a fraction of the value. */
  readonly maintenanceRate: number;
  /** The maintenance amount that the tier subtracts, so that the margin rises without steps. Default: derived from the tiers below. */
  readonly maintenanceAmount?: number;
  /** The highest leverage allowed. Default: no limit. */
  readonly maxLeverage?: number;
}

/** Whether it is an inverse contract: one that settles in its base, and whose size counts quote units. */
export function isInverse(instrument: Instrument | undefined): boolean {
  if (instrument === undefined || instrument.type === 'spot') return false;
  const { symbol } = instrument;
  const settle = instrument.settle ?? symbol.split(':')[1]?.split('-')[0];
  return settle !== undefined && settle === (instrument.base || currenciesOf(symbol)[0]);
}

/** The fields of an instrument. */
export const instrumentNames = [
  'symbol', 'exchange', 'type', 'base', 'quote', 'settle', 'tick', 'lot', 'minSize', 'maxSize', 'minNotional', 'contractSize',
  'makerFee', 'takerFee', 'feeCurrency', 'feeTiers', 'marginTiers', 'liquidationFee', 'expiry', 'signedPrices', 'venueSymbol',
] as const; // prettier-ignore

const instrumentTypes: readonly string[] = ['spot', 'swap', 'future', 'option', 'margin'];

/** Throws a ConfigError for an instrument with an unknown field, or a value that no venue states. What is left out is not asked for. */
export function checkInstrument(instrument: Partial<Instrument>): void {
  checkNames('field of an instrument', instrument, instrumentNames);
  checkSwitches(instrument, ['signedPrices']);
  const refuse = (field: string, wanted: string, seen: unknown, near?: string): never => {
    const hint = near === undefined ? '' : `: did you mean '${near}'?`;
    throw new ConfigError(`${field} of an instrument must be ${wanted}, was ${shown(seen)}${hint}`, {
      context: { field },
    });
  };
  const { type } = instrument;
  if (type !== undefined && !instrumentTypes.includes(type)) {
    refuse('type', `one of ${instrumentTypes.join(', ')}`, type, nearestName(type, instrumentTypes));
  }
  for (const field of ['symbol', 'exchange', 'base', 'quote', 'settle', 'feeCurrency', 'venueSymbol'] as const) {
    const seen: unknown = instrument[field];
    if (seen !== undefined && (typeof seen !== 'string' || seen === '')) refuse(field, 'a text', seen);
  }
  for (const field of ['tick', 'lot', 'maxSize', 'contractSize', 'expiry'] as const) {
    const seen: unknown = instrument[field];
    if (seen !== undefined && !(typeof seen === 'number' && seen > 0)) refuse(field, 'a number above 0', seen);
  }
  for (const field of ['minSize', 'minNotional', 'liquidationFee'] as const) {
    const seen: unknown = instrument[field];
    if (seen !== undefined && !(typeof seen === 'number' && seen >= 0)) refuse(field, 'a number not below 0', seen);
  }
  for (const field of ['makerFee', 'takerFee'] as const) {
    const seen: unknown = instrument[field];
    if (seen !== undefined && !Number.isFinite(seen)) refuse(field, 'a fraction of the traded value', seen);
  }
  for (const field of ['makerFee', 'takerFee', 'liquidationFee'] as const) {
    const seen = instrument[field] ?? 0;
    if (Math.abs(seen) >= 0.5)
      refuse(field, 'a fraction of the traded value, 0.001 for 0.1 %', seen, String(seen / 100));
  }
  checkSteps(instrument, 'feeTiers', ['from', 'makerFee', 'takerFee'], ({ from, makerFee, takerFee }) =>
    !(typeof from === 'number' && from >= 0)
      ? 'from'
      : [makerFee, takerFee].every((fee) => typeof fee === 'number' && Math.abs(fee) < 0.5)
        ? undefined
        : 'makerFee and takerFee, fractions such as 0.001 for 0.1 %',
  );
  checkSteps(
    instrument,
    'marginTiers',
    ['upTo', 'maintenanceRate', 'maintenanceAmount', 'maxLeverage'],
    ({ upTo, maintenanceRate, maintenanceAmount = 0, maxLeverage = 1 }) =>
      !(typeof upTo === 'number' && upTo > 0)
        ? 'upTo, a value above 0'
        : !(typeof maintenanceRate === 'number' && maintenanceRate >= 0 && maintenanceRate < 1)
          ? 'maintenanceRate, a fraction below 1 such as 0.004 for 0.4 %'
          : !Number.isFinite(maintenanceAmount)
            ? 'maintenanceAmount, a number'
            : !(typeof maxLeverage === 'number' && maxLeverage > 0)
              ? 'maxLeverage, a number above 0'
              : undefined,
  );
}

/** Throws a ConfigError when the value is not a list of steps, or when a step lacks a field. */
function checkSteps(
  instrument: Partial<Instrument>,
  field: 'feeTiers' | 'marginTiers',
  names: readonly string[],
  lacks: (step: Readonly<Record<string, unknown>>) => string | undefined,
): void {
  const steps: unknown = instrument[field];
  if (steps === undefined) return;
  const refuse = (at: string, wanted: string, seen: unknown): never => {
    throw new ConfigError(`${at} of an instrument must be ${wanted}, was ${shown(seen)}`, { context: { field } });
  };
  if (!Array.isArray(steps)) return refuse(field, `a list of { ${names.join(', ')} }`, steps);
  for (const [index, step] of (steps as readonly Readonly<Record<string, unknown>>[]).entries()) {
    checkNames(`field of ${field}[${index}]`, step, names);
    const what = lacks(step);
    if (what !== undefined) refuse(`${field}[${index}]`, `given ${what}`, step[what.split(/[ ,]/)[0]!]);
  }
}

/** Base and quote of a unified spot symbol. */
export function currenciesOf(symbol: string): readonly [base: string, quote: string] {
  const [pair = ''] = symbol.split(':');
  const [base = '', quote = ''] = pair.split('/');
  return [base, quote];
}

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

/** The kind of market of a unified name: `BTC/USDT` spot, `BTC/USDT:USDT` swap, `...-240628` future, `...-C` option. */
export function typeOfSymbol(symbol: string): Instrument['type'] {
  const settled = /:[^-]+(-.*)?$/.exec(symbol);
  if (settled === null) return 'spot';
  const expiry = settled[1];
  if (expiry === undefined) return 'swap';
  return /-[CP]$/.test(expiry) ? 'option' : 'future';
}
