/** What answers about contracts are read from. */
import type { Runtime, Timer } from '../../../core/index.ts';
import type { Account, ContractLedger, Exchange } from '../../exchange/index.ts';
import type { Facts } from '../binance/facts.ts';

/** Actions that happen unless they are put off in time. */
export class Countdowns {
  readonly #runtime: Runtime;
  readonly #timers = new Map<string, Timer>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Puts an action off by so long; 0 calls it off. */
  set(name: string, ms: number, act: () => void): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (ms > 0) this.#timers.set(name, this.#runtime.after(ms, act));
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
  }
}

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
