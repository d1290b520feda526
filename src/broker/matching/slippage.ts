/** Slippage: how much worse than its rule's price an order is filled. */
import { ConfigError, checkNames } from '../../core/index.ts';
import type { MatchBar } from './match-bar.ts';

/** Where slippage applies and what bounds it. */
export interface SlippageSwitches {
  /** Market orders, and stops and limits passed by the open, slip too. Default true. */
  readonly atOpen?: boolean;
  /** Whether limit orders that would slip beyond the bar or their limit fill at that bound. Default true. */
  readonly atLimit?: boolean;
  /** Whether other orders that would slip beyond the bar fill at its high or low; false leaves them unfilled. Default true. */
  readonly capAtBar?: boolean;
  /** Fills may lie outside the bar. Default false. */
  readonly beyondBar?: boolean;
  /** `backtrader` lets a sell limit passed by the open slip below the bar's low, down to its limit. Default `sound`. */
  readonly compat?: 'sound' | 'backtrader';
}

/** How far a price slips. Limits that are reached inside a bar and session closes never slip. */
export interface SlippageModel extends Required<SlippageSwitches> {
  /** One line for the summary, such as "0.05 % slippage". */
  readonly summary: string;
  /** The price that `size` units (positive bought, negative sold) get instead of `price`, before any bound. */
  slip(price: number, size: number, bar: MatchBar): number;
}

const switchNames = ['atOpen', 'atLimit', 'capAtBar', 'beyondBar', 'compat'] as const;

/** Slippage of a fraction of the price for every fill: 0.0005 is 0.05 %. @throws {ConfigError} If it can only be meant in percent. */
export function percentSlippage(fraction: number, switches: SlippageSwitches = {}): SlippageModel {
  if (fraction >= 0.5) {
    throw new ConfigError(
      `slippage must be a fraction of the price, 0.001 for 0.1 %, was ${fraction}: did you mean ${fraction / 100}?`,
      { context: { field: 'slippage', value: fraction } },
    );
  }
  return anyPercentSlippage(fraction, switches);
}

/** As `percentSlippage`, with any fraction: Backtrader's rules take it as it is. */
export function anyPercentSlippage(fraction: number, switches: SlippageSwitches = {}): SlippageModel {
  checkAmount('slippage', fraction);
  return model(`${+(fraction * 100).toPrecision(6)} % slippage`, switches, (price, size) =>
    size > 0 ? price * (1 + fraction) : price * (1 - fraction),
  );
}

/** Slippage of a fixed number of quote units for every fill. */
export function fixedSlippage(amount: number, switches: SlippageSwitches = {}): SlippageModel {
  checkAmount('slippage', amount);
  return model(`${amount} slippage`, switches, (price, size) => (size > 0 ? price + amount : price - amount));
}

/** Treats bars as mid prices: buys pay half the spread more, sells receive half the spread less. In quote units. */
export function spreadSlippage(spread: number, switches: SlippageSwitches = {}): SlippageModel {
  checkAmount('spread', spread);
  return model(`spread of ${spread}`, switches, (price, size) => price + (size > 0 ? spread / 2 : -spread / 2));
}

/**
 * Square-root impact: the price moves by `coefficient` times the bar's range times the root of size over the bar's volume.
 *
 * A bar without volume slips by the whole `coefficient` times its range.
 *
 * @see Almgren, Thum, Hauptmann, Li, Direct Estimation of Equity Market Impact (2005)
 */
export function volumeImpact(coefficient: number, switches: SlippageSwitches = {}): SlippageModel {
  checkAmount('coefficient', coefficient);
  return model(`volume impact of ${coefficient}`, switches, (price, size, bar) => {
    const share = bar.volume > 0 ? Math.min(1, Math.abs(size) / bar.volume) : 1;
    const impact = coefficient * (bar.high - bar.low) * Math.sqrt(share);
    return size > 0 ? price + impact : price - impact;
  });
}

/** The model that never slips. */
export const noSlippage: SlippageModel = model('no slippage', { atOpen: false }, (price) => price);

function model(summary: string, switches: SlippageSwitches, slip: SlippageModel['slip']): SlippageModel {
  checkNames('slippage option', switches, switchNames);
  return { summary, atOpen: true, atLimit: true, capAtBar: true, beyondBar: false, compat: 'sound', ...switches, slip };
}

function checkAmount(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new ConfigError(`${name} must be a number not below 0, was ${value}`, { context: { field: name, value } });
  }
}
