/** The differences from the oracle that are on purpose, each with the item of the list of faults that it avoids. */

/** One difference: in which scenario, which values, in which bars, and why. */
export interface Declaration {
  readonly scenario: string;
  /** Beginnings of the fields that differ, such as `cash` or `events[3 `. */
  readonly fields: readonly string[];
  /** First and last bar that differ; absent for values of the whole run. */
  readonly bars?: readonly [first: number, last: number];
  /** What Backtrader has there, where it is one value that can be said; anything else is a difference after all. */
  readonly expected?: unknown;
  /** Number in the list of Backtrader's faults, section 14 of its semantics; 0 for a look into the future that it leaves out. */
  readonly item: number;
  /** What Backtrader does, and what nextbar does instead. */
  readonly because: string;
}

export const declarations: readonly Declaration[] = [
  {
    scenario: 'D09_interest_int2pnl',
    fields: ['events[2 Completed].comm', 'events[2 Completed].bits[0].comm'],
    bars: [71, 71],
    item: 19,
    because: 'all interest so far is charged to the first partial close; nextbar charges each close its share',
  },
  {
    scenario: 'D09_interest_int2pnl',
    fields: ['events[3 Completed].comm', 'events[3 Completed].bits[0].comm'],
    bars: [111, 111],
    item: 19,
    because: 'the last close finds the interest charged already; nextbar charges each close its share',
  },
];
