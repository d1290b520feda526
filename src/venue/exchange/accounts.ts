/** The accounts of an exchange, by their names and by their keys. */
import { checkNames, ConfigError } from '../../core/index.ts';
import { Account } from './account.ts';
import { balanceFrom } from './units.ts';

/** An account of the exchange. */
export interface AccountOptions {
  /** The account's name. Default: `account` and its number. */
  readonly name?: string;
  /** The key its requests are signed with. */
  readonly apiKey: string;
  /** The secret its requests are signed with. */
  readonly secret: string;
  /** Its first balances by asset: exact text or a number. Default none. */
  readonly balances?: Readonly<Record<string, string | number>>;
}

/** Every account of one exchange. */
export class Accounts {
  readonly #byName = new Map<string, Account>();
  readonly #byKey = new Map<string, Account>();

  /** Opens an account. @throws {ConfigError} If its name or its key is taken. */
  add(options: AccountOptions): Account {
    checkNames('field of an account', options, ['name', 'apiKey', 'secret', 'balances']);
    const name = options.name ?? `account ${this.#byName.size + 1}`;
    if (this.#byName.has(name) || this.#byKey.has(options.apiKey)) {
      throw new ConfigError(
        `each account must have its own name and key, but an earlier account has those of '${name}'`,
      );
    }
    const account = new Account(name, options.apiKey, options.secret);
    this.#byName.set(name, account);
    this.#byKey.set(options.apiKey, account);
    for (const [asset, amount] of Object.entries(options.balances ?? {})) {
      account.holding(asset).free = balanceFrom(amount, `balance of ${asset}`);
    }
    return account;
  }

  /** In the order opened. */
  get all(): Iterable<Account> {
    return this.#byName.values();
  }

  /** @throws {ConfigError} If there is no account of the name. */
  named(name: string): Account {
    const account = this.#byName.get(name);
    if (account === undefined) throw new ConfigError(`there is no account '${name}'`);
    return account;
  }

  /** The account whose key this is. */
  ofKey(apiKey: string): Account | undefined {
    return this.#byKey.get(apiKey);
  }
}
