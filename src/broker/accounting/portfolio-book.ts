/** The seam of portfolios: what brokers need of one, whether it keeps one cash or accounts at venues. */
import type { Portfolio } from './portfolio.ts';

/** What brokers need of a portfolio. The plain `Portfolio` is the quick path of spot and simple margin; it is chosen once, when the broker is made. */
export type PortfolioBook = Omit<Pick<Portfolio, keyof Portfolio>, 'account'> & {
  readonly account: { readonly cash: number; add(amount: number): void };
};
