/**
 * The differences from the oracle that are on purpose.
 *
 * Each kind names the item of the list of Backtrader's faults (section 14 of its semantics) that it avoids; item 0 is a look into
 * the future that is not on the list.
 */

/** One difference: in which scenario, which values, in which bars, and why. */
export interface Declaration {
  readonly scenario: string;
  /** Beginnings of the fields that differ, such as `cash` or `events[3 `. */
  readonly fields: readonly string[];
  /** First and last bar that differ; absent for values of the whole run. */
  readonly bars?: readonly [first: number, last: number];
  /** What Backtrader has there, where it is one value that can be said; anything else is a difference after all. */
  readonly expected?: unknown;
  readonly kind: KindName;
}

/** A kind of difference: an item of the list, what Backtrader does, and what nextbar does. */
export interface Kind {
  readonly item: number;
  readonly backtrader: string;
  readonly nextbar: string;
}

/** Every kind of difference in runs. Differences of indicators and analyzers are kept beside their own goldens. */
export const kinds = {
  cancelAtOnce: {
    item: 9,
    backtrader: 'Cancelling an order in the bar in which it was made is ignored.',
    nextbar: 'The order is canceled.',
  },
  joinFinished: {
    item: 10,
    backtrader: 'An OCO group that is done takes new members and begins anew with them.',
    nextbar: 'The group is over, and an order that joins it is canceled.',
  },
  oldMember: {
    item: 10,
    backtrader:
      'A member of an OCO group that is done, still at work, ends members that joined later when it is filled on.',
    nextbar: 'What joined later is over already.',
  },
  familyEnds: {
    item: 11,
    backtrader:
      'A bracket child that is canceled or expires ends the whole bracket, so that a position may stand unprotected.',
    nextbar: 'The other child goes on protecting the position.',
  },
  entryEnds: {
    item: 10,
    backtrader:
      'The exits of a bracket whose entry an OCO group cancels wait for ever, unless one of them is canceled or expires.',
    nextbar: 'They are canceled with the entry.',
  },
  expireTogether: {
    item: 11,
    backtrader: 'Of two bracket children that expire in one bar the second is called canceled.',
    nextbar: 'Both are called expired.',
  },
  refusedInPassing: {
    item: 1,
    backtrader:
      'An order refused for lack of cash has every order behind it in the bar refused too, even one that only sells.',
    nextbar: 'Each order is refused or accepted for itself.',
  },
  lookAhead: {
    item: 0,
    backtrader:
      'An order made at the open of a bar has the close of that bar for its price of creation, which nobody knows yet.',
    nextbar: 'It has the close of the bar before.',
  },
  marginValue: {
    item: 14,
    backtrader: 'An automatic margin is valued at the present price although cash was bound at the entry price.',
    nextbar: 'What was bound is what is valued.',
  },
  interestAtFirst: {
    item: 19,
    backtrader: 'All interest of a position so far is charged to its first partial close.',
    nextbar: 'Each close is charged its share.',
  },
  startAgain: {
    item: 4,
    backtrader: 'nextstart is called again and again while a slow data stands at its minimum period.',
    nextbar: 'nextstart is called once.',
  },
  extraStep: {
    item: 3,
    backtrader:
      'At the end an incomplete longer bar is delivered in a step of its own, in which the base bar is seen again.',
    nextbar: 'A longer bar is delivered when it is complete, and makes no step of its own.',
  },
  periodOfStamp: {
    item: 7,
    backtrader:
      'A bar that ends at midnight counts to the day, week or month that begins; weeks and longer close with the first bar after them.',
    nextbar: 'A bar counts to the period of its open, and a period closes with its last moment.',
  },
  gridOfDays: {
    item: 5,
    backtrader: 'Bars of several days are counted from the first bar, and one next to its base loses a bar.',
    nextbar: 'Bars of several days lie on a grid aligned to the epoch.',
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;

/** Differences that no habit acts out, scenario by scenario. */
export const declarations: readonly Declaration[] = [
  {
    scenario: 'D09_interest_int2pnl',
    kind: 'interestAtFirst',
    fields: ['events[2 Completed].comm', 'events[2 Completed].bits[0].comm'],
    bars: [71, 71],
  },
  {
    scenario: 'D09_interest_int2pnl',
    kind: 'interestAtFirst',
    fields: ['events[3 Completed].comm', 'events[3 Completed].bits[0].comm'],
    bars: [111, 111],
  },
];
