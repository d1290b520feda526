/** The sources of answers about contracts. */
import type { Account, ContractLedger, Exchange } from '../../exchange/index.ts';
import type { Facts } from '../binance/facts.ts';
import type { Countdowns } from '../countdowns.ts';

/** A market of contracts, and the exchange it trades on. */
export interface ContractFacts extends Facts {
  readonly exchange: Exchange;
  readonly contracts: ContractLedger;
  readonly countdowns: Countdowns;
}

/** What an answer to an account is made from. */
export interface OwnContracts extends ContractFacts {
  readonly account: Account;
}
