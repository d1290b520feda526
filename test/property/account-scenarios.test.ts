/** Accounts at venues against a slow ledger of its own, over random runs of every kind: fills, payments, liquidations, refusals, balances, positions. */
import { describe, expect, it } from 'vitest';

import { differences, holdScenarios, inOrder, runScenario, scenarioOf, topics } from './account-scenarios.ts';

describe('a run over accounts', () => {
  it.each(topics)('comes to what a slow ledger comes to, in floats and in decimals: %s', async (topic) => {
    // `npm run test:long` has 50 of each.
    const { fills } = await holdScenarios(topic, 2);
    expect(fills.length).toBeGreaterThan(4);
  });

  it('doubles the money where all sizes and balances are doubled', async () => {
    for (const topic of ['cross', 'hedge', 'borrow'] as const) {
      const one = scenarioOf(topic, 3);
      const twice = {
        ...one,
        accounts: Object.fromEntries(
          Object.entries(one.accounts).map(([name, account]) => [
            name,
            {
              ...account,
              cash: Object.fromEntries(Object.entries(account.cash).map(([held, amount]) => [held, 2 * amount])),
            },
          ]),
        ),
        datas: one.datas.map((data) => ({
          ...data,
          tiers: data.tiers.map((tier) => ({ ...tier, upTo: 2 * tier.upTo })),
        })),
        acts: one.acts.map((act) => (act.kind === 'order' ? { ...act, size: 2 * act.size } : act)),
      };
      const [small, large] = [await runScenario(one, 'decimal'), await runScenario(twice, 'decimal')];
      expect(large.refused, topic).toEqual(small.refused);
      const doubled = Object.fromEntries(Object.entries(small.wallets).map(([name, amount]) => [name, 2 * amount]));
      expect(differences(doubled, large.wallets, 1e-12, 1), topic).toEqual([]);
      expect(differences(2 * small.value, large.value, 1e-12, 1), topic).toEqual([]);
    }
  });

  it('does not depend on the order in which datas were added, where each has an account of its own', async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const one = scenarioOf('accounts', seed);
      const turned = {
        ...one,
        datas: [...one.datas].reverse(),
        acts: one.acts.map((act) => (act.kind === 'order' ? { ...act, data: 1 - act.data } : act)),
      };
      const [forth, back] = [await runScenario(one, 'decimal'), await runScenario(turned, 'decimal')];
      expect(back.wallets).toEqual(forth.wallets);
      expect(inOrder(back.fills)).toEqual(inOrder(forth.fills));
    }
  });
});
