/** Options of venue accounts: what each holds at the start, and how it carries positions. */
import {
  ConfigError,
  checkInstrument,
  checkNames,
  instrumentNames,
  nearestName,
  shown,
  type Instrument,
  type PositionSide,
} from '../../../core/index.ts';
import type { MarginMode } from './leg.ts';
import { profileOf, type VenueProfile, type VenueProfileName } from './liquidation.ts';

/** An account at a venue. */
export interface VenueAccountOptions {
  /** Its balances at the start, by currency: `{ USDT: 10_000, BTC: 0.5 }`. Default: the run's `cash` in `currency`. */
  readonly cash?: Readonly<Record<string, number | string>>;
  /** The currency of `broker.cash`, `broker.value` and the equity curve. Default: the settle currency of the first data. */
  readonly currency?: string;
  /** Margin mode of contracts: `isolated`, with margin for each position, or `cross`, with the whole wallet. Default `cross`. */
  readonly margin?: MarginMode;
  /** Leverage of positions in contracts; `setInstrument` sets that of one data. Default 1. */
  readonly leverage?: number;
  /**
   * Whether a contract has one position (`oneWay`), or one for each side (`hedge`), whichever of its datas trades it. In hedge mode every data
   * of a contract names its side with `setInstrument(name, { positionSide })`: add the feed twice to hold both. Default `oneWay`.
   */
  readonly positionMode?: PositionMode;
  /**
   * The currencies that spot may borrow, with their yearly interest as a fraction, charged for every UTC hour that begins: debts may be at
   * most the equity times `leverage` less one. Default: nothing may be borrowed.
   */
  readonly borrow?: Readonly<Record<string, number>>;
  /** How its venue computes liquidation prices. Default `binance`. */
  readonly profile?: VenueProfileName | VenueProfile;
}

/** Whether a contract has one position, or one for each side. */
export type PositionMode = 'oneWay' | 'hedge';

/** One payment of a series of funding rates. */
export interface FundingRate {
  /** When it is due, milliseconds UTC. */
  readonly time: number;
  /** Fraction of the position's value at the mark price; longs pay a positive rate, shorts receive it. */
  readonly rate: number;
}

/** Settings of a data's instrument: facts that replace the venue's, and how the account carries it. */
export interface InstrumentOptions extends Partial<Instrument> {
  /** The account that trades it. Default: the account named as its exchange, else the first. */
  readonly account?: string;
  /** Margin mode of its positions. Default: the account's. */
  readonly margin?: MarginMode;
  /** Leverage of its positions. Default: the account's. */
  readonly leverage?: number;
  /** The side that its orders open and close: `long` or `short`. Required in hedge mode, refused elsewhere. */
  readonly positionSide?: PositionSide;
  /** The name of a data with the bars of its mark price. Default: its own prices. */
  readonly mark?: string;
  /** Its funding rates, in rising time. Default: none, nothing is paid. */
  readonly funding?: readonly FundingRate[];
}

/** Money to be moved from one account to another. */
export interface TransferRequest {
  /** The account that sends it. */
  readonly from: string;
  /** The account that receives it. */
  readonly to: string;
  /** What is sent, such as `USDT`. */
  readonly currency: string;
  /** How much leaves the sender, the fee included. */
  readonly amount: number;
  /** Fee of the transfer, in the same currency. Default 0. */
  readonly fee?: number;
  /** How long it takes, in milliseconds. Default 0: with the next bar. */
  readonly delayMs?: number;
}

/** What one unit of a currency is worth in another: `{ 'BTC/USDT': 42_000 }` a number, or the name of a data whose close it is. */
export type Rates = Readonly<Record<string, number | string>>;

const accountNames = ['cash', 'currency', 'margin', 'leverage', 'positionMode', 'borrow', 'profile'] as const;

const carriedNames = ['account', 'margin', 'leverage', 'positionSide', 'mark', 'funding'] as const;

const marginModes: readonly string[] = ['isolated', 'cross'];

/** Throws a ConfigError for options of an account that cannot be right. */
export function checkAccountOptions(options: VenueAccountOptions): void {
  checkNames('account option', options, accountNames);
  checkCarried(options);
  profileOf(options.profile);
  checkWord('positionMode', options.positionMode, ['oneWay', 'hedge']);
  const { borrow = {}, cash = {}, currency }: Readonly<Record<string, unknown>> = { ...options };
  if (currency !== undefined && (typeof currency !== 'string' || currency === ''))
    throw wrong('currency', 'a text such as USDT', currency);
  checkNames('field of borrow', borrow as object, Object.keys(Object(borrow) as object));
  for (const [name, rate] of Object.entries(borrow as object) as [string, unknown][]) {
    if (!(typeof rate === 'number' && rate >= 0 && Number.isFinite(rate)))
      throw wrong(`borrow.${name}`, 'a yearly fraction not below 0', rate);
    if (rate >= mostInterest)
      throw wrong(`borrow.${name}`, 'a yearly fraction, 0.0876 for 8.76 %', rate, String(rate / 100));
  }
  checkNames('field of cash', cash as object, Object.keys(Object(cash) as object));
  for (const [name, amount] of Object.entries(cash as object) as [string, unknown][]) {
    const isText = typeof amount === 'string' && amount.trim() !== '';
    const value = isText || typeof amount === 'number' ? Number(amount) : NaN;
    if (!(value >= 0 && value < Infinity)) throw wrong(`cash.${name}`, 'a number not below 0', amount);
  }
}

/** Yearly interest from here on is taken for a percentage. */
const mostInterest = 5;

/** Funding of one payment from here on is taken for a percentage: venues cap it at a few percent. */
const mostFunding = 0.5;

/** Throws a ConfigError for options of an instrument that cannot be right. */
export function checkInstrumentOptions(options: InstrumentOptions): void {
  checkNames('instrument option', options, [...instrumentNames, ...carriedNames]);
  const facts = Object.entries(options).filter(([name]) => !(carriedNames as readonly string[]).includes(name));
  checkInstrument(Object.fromEntries(facts));
  checkCarried(options);
  checkWord('positionSide', options.positionSide, ['long', 'short']);
  checkFunding(options.funding);
}

function checkFunding(funding: unknown): void {
  if (funding === undefined) return;
  if (!Array.isArray(funding)) throw wrong('funding', 'a list of { time, rate }', funding);
  let last = -Infinity;
  for (const [index, one] of (funding as readonly unknown[]).entries()) {
    checkNames(`field of funding[${index}]`, one as object, Object.keys(Object(one) as object));
    const { time, rate } = one as Readonly<Record<string, unknown>>;
    if (typeof time !== 'number' || !Number.isFinite(time))
      throw wrong(`funding[${index}].time`, 'milliseconds UTC', time);
    if (!(time > last)) throw wrong(`funding[${index}].time`, `a time after ${last}`, time);
    if (typeof rate !== 'number' || !Number.isFinite(rate)) throw wrong(`funding[${index}].rate`, 'a fraction', rate);
    if (Math.abs(rate) >= mostFunding)
      throw wrong(`funding[${index}].rate`, 'a fraction, 0.0001 for 0.01 %', rate, String(rate / 100));
    last = time;
  }
}

function checkWord(field: string, seen: string | undefined, words: readonly string[]): void {
  if (seen === undefined || words.includes(seen)) return;
  const wanted = words.map((word) => `'${word}'`).join(' or ');
  throw wrong(field, wanted, seen, nearestName(seen, words));
}

function checkCarried({ margin, leverage = 1 }: { readonly margin?: string; readonly leverage?: number }): void {
  checkWord('margin', margin, marginModes);
  if (!(leverage > 0 && Number.isFinite(leverage))) throw wrong('leverage', 'a number above 0', leverage);
}

function wrong(field: string, wanted: string, seen: unknown, near?: string): ConfigError {
  const hint = near === undefined ? '' : `: did you mean '${near}'?`;
  return new ConfigError(`${field} must be ${wanted}, was ${shown(seen)}${hint}`, { context: { field } });
}
