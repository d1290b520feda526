/** The account behind a sandbox session: what the exchange says it holds, compared with what the session reckons with. */
import { Decimal, type BalanceEvent } from '../../core/index.ts';
import { currenciesOf } from './fill-booking.ts';

/** Keeps the latest balances. */
export class AccountCheck {
  /** Whether the account has answered once. */
  isKnown = false;
  /** Whether all balances came since they were last compared. */
  isFresh = false;
  private readonly totals = new Map<string, Decimal>();
  private readonly say: (text: string) => void;

  /** @param say - Told when the account holds less than the session reckons with. */
  constructor(say: (text: string) => void) {
    this.say = say;
  }

  note({ currency, free, used }: BalanceEvent): void {
    this.totals.set(currency, new Decimal(free).add(used));
  }

  /** All that the account holds: a currency that is not named is at 0. */
  noteAll(balances: readonly BalanceEvent[]): void {
    this.totals.clear();
    for (const balance of balances) this.note(balance);
    this.isKnown = this.isFresh = true;
  }

  /** Says what the account holds too little of. */
  compare(cash: number, holdings: readonly { readonly symbol: string; readonly size: number }[]): void {
    this.isFresh = false;
    const needed = new Map<string, Decimal>();
    const add = (currency: string, amount: number): void => {
      needed.set(currency, (needed.get(currency) ?? new Decimal(0)).add(amount));
    };
    const quotes = new Set(holdings.map(({ symbol }) => currenciesOf(symbol)[1]));
    for (const quote of quotes) add(quote, cash);
    for (const { symbol, size } of holdings) add(currenciesOf(symbol)[0], size);
    for (const [currency, amount] of needed) {
      const held = this.totals.get(currency) ?? new Decimal(0);
      if (held.gte(amount.sub(amount.abs().mul(1e-9)))) continue;
      this.say(`the account holds ${held.toString()} ${currency}, the session reckons with ${amount.toString()}`);
    }
  }
}
