/** Which orders may be cut to the cash, by whom they were sized and what was asked. */
import { expect, it } from 'vitest';

import { cutWhereSized, neverCut, type CashShortage } from '../../../src/broker/accounting/cash-rule.ts';

it.each<[CashShortage | undefined, boolean, boolean]>([
  ['cut', true, true],
  ['cut', false, true],
  ['refuse', true, false],
  ['refuse', false, false],
  [undefined, true, true],
  [undefined, false, false],
])('asked for %s, sized by a sizer or a target: %s, it may be cut: %s', (asked, isSized, wanted) => {
  expect(cutWhereSized.isCuttable(asked, isSized)).toBe(wanted);
  expect(neverCut.isCuttable(asked, isSized)).toBe(false);
});
