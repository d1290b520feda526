/** The balances of a sandbox session's account, compared with what the session expects it to hold. */
import { Decimal, currenciesOf, type BalanceEvent } from '../../core/index.ts';
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

  /** Reports each currency where the account holds less than the session expects. */
  compare(cash: number, holdings: readonly { readonly symbol: string; readonly size: number }[]): void {
    this.isFresh = false;
    const needed = new Map<string, Decimal>();
    const add = (currency: string, amount: number): void => {
      needed.set(currency, (needed.get(currency) ?? new Decimal(0)).add(amount));
    };
    const quotes = new Set(holdings.map(({ symbol }) => currenciesOf(symbol)[1]));
    for (const quote of quotes) add(quote, cash);
    this.compareShare(cash, quotes);
    for (const { symbol, size } of holdings) add(currenciesOf(symbol)[0], size);
    for (const [currency, amount] of needed) {
      const held = this.totals.get(currency) ?? new Decimal(0);
      if (held.gte(amount.sub(amount.abs().mul(1e-9)))) continue;
      const [has, expects] = [held.toString(), amount.toString()];
      this.news.report('balance', `the account holds ${has} ${currency}, the session expects ${expects}`);
    }
  }

  /** Reports once when the session's cash is more than the share of the account that it states. */
  private compareShare(cash: number, quotes: ReadonlySet<string>): void {
    const { share } = this;
    this.share = undefined;
    if (share === undefined) return;
    for (const quote of quotes) {
      const held = this.totals.get(quote) ?? new Decimal(0);
      const part = held.mul(share);
      if (part.gte(cash * (1 - 1e-9))) continue;
      const percent = new Decimal(share).mul(100).toString();
      this.news.report(
        'balance',
        `the session trades ${cash} ${quote} and states a share of ${percent} % of the account, which is ${part.toString()} of ${held.toString()} ${quote}: lower its cash (--cash) or raise its share (--share)`,
      );
    }
  }
}
