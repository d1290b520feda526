/** The balances of a sandbox session's account, compared with what the session expects it to hold. */
import { Decimal, type BalanceEvent } from '../../core/index.ts';
import type { NewsList } from '../live/live-broker.ts';

/** The latest balances. */
export class AccountCheck {
  /** Whether the account has answered once. */
  isKnown = false;
  /** Whether balances arrived since the last comparison. */
  isFresh = false;
  /** The stated share of the account's cash, compared once with the first balances; undefined where there is none to compare. */
  share: number | undefined;
  private readonly totals = new Map<string, Decimal>();
  private readonly news: NewsList;

  constructor(news: NewsList) {
    this.news = news;
  }

  note({ currency, free, used }: BalanceEvent): void {
    this.totals.set(currency, new Decimal(free).add(used));
  }

  /** Takes all balances of the account: a currency not among them is at 0. */
  noteAll(balances: readonly BalanceEvent[]): void {
    this.totals.clear();
    for (const balance of balances) this.note(balance);
    this.isKnown = this.isFresh = true;
  }

  /**
   * Reports each currency where the account holds less than the session expects.
   *
   * @param cash - What the session trades with, by currency, for the comparison with its share.
   */
  compare(needed: ReadonlyMap<string, number>, cash: ReadonlyMap<string, number>): void {
    this.isFresh = false;
    this.compareShare(cash);
    for (const [currency, amount] of needed) {
      const held = this.totals.get(currency) ?? new Decimal(0);
      const wanted = new Decimal(amount);
      if (held.gte(wanted.sub(wanted.abs().mul(1e-9)))) continue;
      const [has, expects] = [held.toString(), wanted.toString()];
      this.news.report('balance', `the account holds ${has} ${currency}, the session expects ${expects}`);
    }
  }

  /** Reports once when the session's cash is more than the share of the account that it states. */
  private compareShare(cash: ReadonlyMap<string, number>): void {
    const { share } = this;
    this.share = undefined;
    if (share === undefined) return;
    for (const [currency, amount] of cash) {
      const held = this.totals.get(currency) ?? new Decimal(0);
      const part = held.mul(share);
      if (part.gte(amount * (1 - 1e-9))) continue;
      const percent = new Decimal(share).mul(100).toString();
      this.news.report(
        'balance',
        `the session trades ${amount} ${currency} and states a share of ${percent} % of the account, which is ${part.toString()} of ${held.toString()} ${currency}: lower its cash (--cash) or raise its share (--share)`,
      );
    }
  }
}
