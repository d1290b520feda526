/** The differences from the oracle that are on purpose, each with the item of the list of faults that it avoids. */

/** One difference: in which scenario, which values, in which bars, and why. */
export interface Declaration {
  readonly scenario: string;
  /** Beginnings of the fields that differ, such as `cash` or `events[3 `. */
  readonly fields: readonly string[];
  /** First and last bar that differ; absent for values of the whole run. */
  readonly bars?: readonly [first: number, last: number];
  /** Number in the list of Backtrader's faults, section 14 of its semantics. */
  readonly item: number;
  /** What Backtrader does, and what nextbar does instead. */
  readonly because: string;
}

export const declarations: readonly Declaration[] = [];
