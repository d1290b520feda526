/** Makes the portfolio of a run's accounts at venues, where it has some. */
import type { BrokerOptions } from '../../../broker.ts';
import { decimals, floats } from '../arithmetic.ts';
import { LedgerPortfolio, type LedgerSetup } from './ledger-portfolio.ts';

/** A ledger portfolio, whichever numbers it counts in. */
export type LedgerBook = Omit<
  Pick<LedgerPortfolio<number>, keyof LedgerPortfolio<number>>,
  'accounts' | 'legOf' | 'getAccount'
>;

/** The portfolio of the accounts that options ask for; undefined where they ask for none. */
export function makeLedger(options: BrokerOptions): LedgerBook | undefined {
  const { account, accounts, rates = {}, cash = 10_000, commission = 0, fundStart = 100, ledger = 'float' } = options;
  const given = accounts ?? (typeof account === 'object' ? { account } : undefined);
  if (given === undefined) return undefined;
  const fee = typeof commission === 'number' ? commission : (commission.commission ?? 0);
  const setup: LedgerSetup = { accounts: given, rates, cash, commission: fee, fundStart };
  return ledger === 'decimal' ? new LedgerPortfolio(decimals, setup) : new LedgerPortfolio(floats, setup);
}
