/** Options of a broker, and what a strategy may read from it. */
import { ConfigError, checkMethods, checkNames, checkSwitches, nearestName, shown } from '../core/index.ts';
import type { Data } from '../lines/index.ts';
import { accountKinds, type AccountKind } from './accounting/account-rule.ts';
import { cashShortages, type CashShortage } from './accounting/cash-rule.ts';
import {
  checkAccountOptions,
  type VenueAccountOptions,
  type Rates,
  type TransferRequest,
} from './accounting/ledger/options.ts';
import type { VolumeFiller } from './matching/volume-filler.ts';
import { intrabarPolicies, type IntrabarPolicy } from './matching/intrabar.ts';
import type { Position } from './accounting/position.ts';
import type { CommissionOptions } from './accounting/commission.ts';
import type { SlippageModel } from './matching/slippage.ts';
import { checkRisk } from './risk/check-plan.ts';
import type { RiskPlan, RiskRule } from './risk/rules.ts';
import { rulesOf, type RulesName } from './rules/rules.ts';

/** Options of the broker of a run: cash, costs, rules and accounts. */
export interface BrokerOptions {
  /** Whose rules match orders and keep accounts: an exchange's (the default) or Backtrader's. */
  readonly rules?: RulesName;
  /** Cash at the start, in quote units. Default 10,000. */
  readonly cash?: number;
  /** A fraction of the traded value (0.001 is 0.1 %), or a whole scheme. Default 0. */
  readonly commission?: number | CommissionOptions;
  /** A fraction of the price, or a model. Default 0. */
  readonly slippage?: number | SlippageModel;
  /** How much of an order one bar can fill. Default: all of it. */
  readonly filler?: VolumeFiller;
  /** Further bars of its data that an order waits, besides the one that it always waits. Default 0. */
  readonly latencyBars?: number;
  /** What is assumed about the path inside a bar. Default `pessimistic`; `creationOrder` under Backtrader's rules. */
  readonly intrabar?: IntrabarPolicy;
  /** Whether market orders fill at the close of the bar in which they are placed, booked a bar later. Default false. */
  readonly cheatOnClose?: boolean;
  /** Whether orders whose cost exceeds the cash are refused when they are submitted. Default true. */
  readonly checkSubmit?: boolean;
  /** Whether selling short on spot adds the proceeds to the cash. Default true. */
  readonly shortCash?: boolean;
  /** Whether interest is part of the profit of the trade that pays it. Default true. */
  readonly interestInPnl?: boolean;
  /** Whether results are per share of a fund, so that deposits and withdrawals do not change them. Default false. */
  readonly fundMode?: boolean;
  /** Value of a fund share at the start. Default 100. */
  readonly fundStart?: number;
  /**
   * The kind of account: `spot` holds only what it has paid for, `margin` may sell short and borrow within its margin. Default: that of
   * each data's instrument; a data whose instrument is unknown is traded on margin. Only under an exchange's rules.
   *
   * With options it is an account at a venue: balances per currency, fees in the coin bought, contracts with funding, margin and liquidation.
   */
  readonly account?: AccountKind | VenueAccountOptions;
  /** Accounts at several venues, by name, instead of `account`. A data trades in the account that has the name of its exchange, or that `setInstrument` names. Default: one account. */
  readonly accounts?: Readonly<Record<string, VenueAccountOptions>>;
  /**
   * Rules of risk that every order is checked against before it is submitted, in every mode: a plan of limits, or rules of your own. A
   * refused order is `rejected`, with the rule's name as `order.rule`. Orders that only reduce a position are exempt, except from limits on
   * their size. Default: no limit.
   */
  readonly risk?: RiskPlan | readonly RiskRule[];
  /**
   * Exchange rates of currencies, where accounts hold several: a number, or the name of a data, as in `{ 'BTC/USDT': 'btc' }`. Default:
   * the rates of the run's spot datas.
   */
  readonly rates?: Rates;
  /** What to do with an order that exceeds the free cash when it is filled. Default: `cut` where a sizer or a target chose the size, else `refuse`. */
  readonly whenCashShort?: CashShortage;
  /** Whether tick, lot, minimum and maximum size and minimum notional are enforced where the instrument is known. Default true. */
  readonly instrumentRules?: boolean;
  /** The arithmetic of the cash: `float` is fast, `decimal` exact to the last digit. Default `float`. */
  readonly ledger?: 'float' | 'decimal';
}

/** The names of BrokerOptions. */
export const brokerOptionNames = [
  'rules',
  'cash',
  'commission',
  'slippage',
  'filler',
  'latencyBars',
  'intrabar',
  'cheatOnClose',
  'checkSubmit',
  'shortCash',
  'interestInPnl',
  'fundMode',
  'fundStart',
  'account',
  'accounts',
  'rates',
  'risk',
  'whenCashShort',
  'instrumentRules',
  'ledger',
] as const;

const brokerSwitches = ['cheatOnClose', 'checkSubmit', 'shortCash', 'interestInPnl', 'fundMode', 'instrumentRules'];

/** The broker as a strategy sees it. */
export interface Broker {
  /** Free cash, in quote units. */
  readonly cash: number;
  /** Cash and positions at their latest closes. */
  readonly value: number;
  /** Value of one fund share; the whole value over the starting shares unless cash was added or withdrawn. */
  readonly fundValue: number;
  /** Number of fund shares. */
  readonly fundShares: number;
  /** The position in a data. */
  getPosition(data: Data): Readonly<Position>;
  /** Signed value of the position in a data at its latest close. */
  getValue(data: Data): number;
  /** Adds cash, or withdraws it when negative; it counts from the next step on. */
  addCash(amount: number): void;
  /**
   * Moves money between the accounts of a run; false when the sender has too little free cash. Only in runs with `accounts`.
   *
   * @throws {ConfigError} If there is no such account, or the amount makes no sense.
   */
  transfer?(request: TransferRequest): boolean;
  /** The free amount of a currency in an account at a venue, without what positions bind; in the first account unless one is named. */
  getFree?(currency: string, account?: string): number;
}

/** Throws a ConfigError for options that cannot be right. */
export function checkBrokerOptions(options: BrokerOptions): void {
  checkNames('broker option', options, brokerOptionNames);
  checkSwitches(options, brokerSwitches);
  rulesOf(options.rules);
  const { cash = 0, latencyBars = 0, intrabar, fundStart = 100 } = options;
  if (!Number.isFinite(cash) || cash < 0) throw wrong('cash', 'a number not below 0', cash);
  if (!Number.isInteger(latencyBars) || latencyBars < 0) throw wrong('latencyBars', 'a whole number', latencyBars);
  const { commission, slippage, filler, rules } = options;
  checkCommission(commission, rules);
  if (slippage !== undefined && typeof slippage !== 'number') {
    checkMethods('slippage', slippage, ['slip'], 'a fraction of the price or a model such as percentSlippage(0.001)');
  }
  checkShare('slippage', slippage, rules);
  if (filler !== undefined) checkMethods('filler', filler, ['fillable'], 'a filler such as volumePercentFiller(0.1)');
  if (!(fundStart > 0)) throw wrong('fundStart', 'a number above 0', fundStart);
  checkAccounts(options);
  if (options.risk !== undefined) checkRisk(options.risk);
  oneOf('whenCashShort', options.whenCashShort, cashShortages);
  oneOf('intrabar', intrabar, intrabarPolicies);
  oneOf('ledger', options.ledger, ['float', 'decimal']);
}

function oneOf(field: string, value: unknown, known: readonly string[]): void {
  if (value === undefined || known.includes(value as string)) return;
  throw wrong(field, `one of ${known.join(', ')}`, value, nearestName(value, known));
}

function checkAccounts({ account, accounts, rules, rates }: BrokerOptions): void {
  if (typeof account !== 'object' || (account as unknown) === null) oneOf('account', account, accountKinds);
  else checkAccountOptions(account);
  if (accounts !== undefined && (typeof accounts !== 'object' || (accounts as unknown) === null))
    throw wrong('accounts', 'an object with the options of each account by its name', accounts);
  for (const options of Object.values(accounts ?? {})) checkAccountOptions(options);
  if (accounts !== undefined && account !== undefined) throw misplaced('account', "left out beside 'accounts'", 'both');
  if (accounts !== undefined && Object.keys(accounts).length === 0)
    throw misplaced('accounts', 'at least one account', '{}');
  const isLedger = accounts !== undefined || typeof account === 'object';
  if (isLedger && rules === 'backtrader') throw wrong('rules', "'exchange' with an account of options", rules);
  if (!isLedger && rates !== undefined)
    throw misplaced('rates', "given with 'account: {...}' or 'accounts'", 'rates alone');
  checkRates(rates);
}

/** Throws a ConfigError for a rate without a pair, or that is neither a number above 0 nor the name of a data. */
function checkRates(rates: Rates | undefined): void {
  if (rates === undefined) return;
  if (typeof rates !== 'object' || (rates as unknown) === null)
    throw wrong('rates', "an object such as { 'BTC/USDT': 42_000 }", rates);
  for (const [pair, rate] of Object.entries(rates)) {
    if (!/^[^/]+\/[^/]+$/.test(pair)) throw wrong('rates', 'named by pairs such as BTC/USDT', pair);
    const isRight = typeof rate === 'number' ? rate > 0 && Number.isFinite(rate) : typeof rate === 'string';
    if (!isRight) throw wrong(`rates['${pair}']`, 'a number above 0 or the name of a data', rate);
  }
}

/** Throws a ConfigError for a commission that can only be meant in percent. Backtrader's rules take it as it is. */
export function checkCommission(
  commission: number | CommissionOptions | undefined,
  rules: RulesName | undefined,
): void {
  if (typeof commission === 'number' || commission === undefined) checkShare('commission', commission, rules);
  else if (typeof commission !== 'object' || (commission as unknown) === null || Array.isArray(commission))
    throw wrong('commission', 'a fraction of the traded value or the options of a scheme', commission);
  else if (commission.type !== 'fixed') checkShare('commission', commission.commission, rules);
}

/** Throws for a share of the price that is below 0 or can only be meant in percent. Backtrader's rules take the latter as it is. */
function checkShare(field: string, value: unknown, rules: string | undefined): void {
  if (Number.isNaN(value)) throw wrong(field, 'a fraction, 0.001 for 0.1 %', value);
  if (typeof value === 'number' && value < 0) throw wrong(field, 'a number not below 0', value);
  if (typeof value !== 'number' || !(value >= 0.5) || rules === 'backtrader') return;
  throw wrong(field, 'a fraction of the traded value, 0.001 for 0.1 %', value, String(value / 100));
}

function wrong(field: string, wanted: string, seen: unknown, near?: string): ConfigError {
  return misplaced(field, wanted, shown(seen), near);
}

/** As `wrong`, with what was seen in words. */
function misplaced(field: string, wanted: string, seen: string, near?: string): ConfigError {
  const hint = near === undefined ? '' : `: did you mean '${near}'?`;
  return new ConfigError(`${field} must be ${wanted}, was ${seen}${hint}`, { context: { field } });
}
