/** Account rules: what an account may hold and owe. */
import { ConfigError } from '../../core/index.ts';
import type { TimelineInfo } from '../../lines/index.ts';
import type { CommissionScheme } from './commission.ts';
import { completeInstrument, kindOf, withCurrencies, type ContractKind } from './ledger/terms.ts';

/** The kinds of accounts: `spot` holds what it has paid for; `margin` may also sell short and borrow within its margin. */
export const accountKinds = ['spot', 'margin'] as const;
export type AccountKind = (typeof accountKinds)[number];

/** What may a data's position be, and who pays for it? */
export interface AccountRule {
  /**
   * The kind of account that a data is traded in; undefined for one without limits.
   *
   * @param asked - The `account` option of the run.
   * @throws {ConfigError} If the data cannot be traded in it.
   */
  kindOf(info: TimelineInfo, scheme: CommissionScheme, asked: AccountKind | undefined): AccountKind | undefined;
  /** Units of the base that one of a size is: the contract size of a linear contract. */
  unitsOf(info: TimelineInfo): number;
  /** One line for the summary. */
  describe(infos: readonly TimelineInfo[], asked: AccountKind | undefined): string;
}

/** Backtrader's: selling short costs nothing but its commission, and nothing limits it. */
export const unlimitedAccount: AccountRule = {
  kindOf: () => undefined,
  unitsOf: () => 1,
  describe: () => 'without limits for short sales',
};

/** An exchange's: by the option, else by the type of the instrument; a data without a known instrument is traded on margin. */
export const limitedAccount: AccountRule = {
  kindOf(info, scheme, asked) {
    const { name, instrument } = info;
    const kind = asked ?? (instrument?.type === 'spot' ? 'spot' : 'margin');
    refuseInverse(info);
    if (kind === 'margin') return kind;
    if (instrument !== undefined && instrument.type !== 'spot') {
      throw wrong(
        `'${name}' is a ${instrument.type}, which a spot account cannot hold: use account: 'margin'`,
        'account',
      );
    }
    if (!scheme.isSpot) {
      throw wrong(`'${name}' has a margin, which a spot account does not know: use account: 'margin'`, 'margin');
    }
    if (scheme.leverage > 1) {
      const seen = `leverage of '${name}' must be 1 in a spot account, was ${scheme.leverage}`;
      throw wrong(`${seen}: use account: 'margin'`, 'leverage');
    }
    return kind;
  },
  unitsOf(info) {
    return contractOf(info) === 'linear' ? (info.instrument?.contractSize ?? 1) : 1;
  },
  describe(infos, asked) {
    if (asked !== undefined) return asked;
    const unknown = infos.filter(({ instrument }) => instrument === undefined).map(({ name }) => `'${name}'`);
    const kinds = new Set(infos.map(({ instrument }) => (instrument?.type === 'spot' ? 'spot' : 'margin')));
    const text = [...kinds].join(' and ');
    if (unknown.length === 0) return text;
    const shown =
      unknown.length > 3 ? `${unknown.slice(0, 3).join(', ')} and ${unknown.length - 3} more` : unknown.join(', ');
    return `${text} (no instrument known of ${shown}, traded on margin)`;
  },
};

/** What a data is a contract of, by its instrument or else its symbol; undefined where neither says it. */
function contractOf(info: TimelineInfo): ContractKind | undefined {
  return info.instrument === undefined && !info.symbol.includes('/') ? undefined : kindOf(completeInstrument(info, {}));
}

/** Throws a ConfigError for an inverse contract: one cash in quote units holds neither its profit nor what carries it. */
function refuseInverse(info: TimelineInfo): void {
  if (contractOf(info) !== 'inverse') return;
  const { settle } = withCurrencies(completeInstrument(info, {}));
  throw wrong(
    `'${info.name}' is an inverse contract, which settles in ${settle} and needs an account with options, such as account: { cash: { ${settle}: 1 } }, or the same in the file of --plan`,
    'account',
  );
}

function wrong(text: string, field: string): ConfigError {
  return new ConfigError(text, { context: { field } });
}
