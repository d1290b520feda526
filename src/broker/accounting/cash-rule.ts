/** Cash rules: whether an order that exceeds the cash when it is filled is cut to what the cash pays for. */

/** What to do with an order that exceeds the free cash: `cut` it to what fits, or `refuse` it. */
export const cashShortages = ['cut', 'refuse'] as const;
export type CashShortage = (typeof cashShortages)[number];

/** What happens to an order that exceeds the cash when it is filled? */
export interface CashRule {
  /**
   * Whether an order may be cut.
   *
   * @param asked - The `whenCashShort` option of the order or of the run.
   * @param isSized - Whether a sizer or a target chose the size.
   */
  isCuttable(asked: CashShortage | undefined, isSized: boolean): boolean;
}

/** Backtrader's: never; what would open a position is refused. */
export const neverCut: CashRule = { isCuttable: () => false };

/** An exchange's: as asked; by default only where a sizer or a target chose the size. */
export const cutWhereSized: CashRule = {
  isCuttable: (asked, isSized) => asked === 'cut' || (asked === undefined && isSized),
};
