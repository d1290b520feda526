/** Accounts at venues against a slow ledger of its own: 400 random runs that meet every rule. */
import { expect, it } from 'vitest';

import { holdScenarios, topics } from './account-scenarios.ts';

it('come to what a slow ledger comes to in 50 random runs of each kind, and meet every rule', async () => {
  const [rules, kinds] = [new Set<string>(), new Set<string>()];
  let liquidations = 0;
  for (const topic of topics) {
    const met = await holdScenarios(topic, 50);
    for (const one of met.refused) rules.add(one.split(' ')[1]!);
    for (const { kind } of met.payments) kinds.add(String(kind));
    liquidations += met.liquidations.length;
  }
  expect([...rules].sort()).toEqual(['cash', 'leverage', 'margin', 'positionSide', 'reduceOnly']);
  expect([...kinds].sort()).toEqual(['funding', 'interest']);
  expect(liquidations).toBeGreaterThan(100);
}, 1_200_000);
