/** Accounts at venues against a slow ledger of its own: random runs that meet every rule. */
import { expect, it } from 'vitest';

import { holdScenarios, topics } from './account-scenarios.ts';

/** Runs of each kind; `ACCOUNT_SCENARIOS=1250` makes 10,000 of them, in decimals with the books checked to the last digit in every step. */
const count = Number(process.env['ACCOUNT_SCENARIOS'] ?? 50);

it('come to what a slow ledger comes to in many random runs of each kind, and meet every rule', async () => {
  const [rules, kinds] = [new Set<string>(), new Set<string>()];
  let liquidations = 0;
  for (const topic of topics) {
    const met = await holdScenarios(topic, count);
    for (const one of met.refused) rules.add(one.split(' ')[1]!);
    for (const { kind } of met.payments) kinds.add(String(kind));
    liquidations += met.liquidations.length;
  }
  expect([...rules].sort()).toEqual(['cash', 'leverage', 'margin', 'positionSide', 'reduceOnly']);
  expect([...kinds].sort()).toEqual(['funding', 'interest']);
  expect(liquidations).toBeGreaterThan(100);
}, 7_200_000);
