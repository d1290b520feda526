/** The plan file of `--plan`: accounts, instruments and limits of risk, the same for a backtest and a session. */
import type { InstrumentOptions } from '../../broker/index.ts';
import type { Cerebro, CerebroOptions } from '../../engine/index.ts';
import type { GivenOptions } from '../shell/command.ts';
import { placedIn } from './place.ts';
import { readConfig } from './read-config.ts';

/** What a plan file sets up. */
export interface AccountPlan extends Pick<CerebroOptions, 'account' | 'accounts' | 'rates' | 'risk'> {
  /** By the name of the data. */
  readonly instruments?: Readonly<Record<string, InstrumentOptions>>;
}

/** Reads a plan file. What is inside its sections is checked where it is used, with the nearest valid names. */
export async function readAccountPlan(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AccountPlan> {
  // Loaded with the first plan: most runs have none, and it costs as much to load as the engine.
  const { z } = await import('zod');
  const section = z.record(z.string(), z.unknown());
  const schema = z.strictObject({
    account: z.union([z.enum(['spot', 'margin']), section]).optional(),
    accounts: section.optional(),
    rates: section.optional(),
    risk: section.optional(),
    instruments: section.optional(),
  });
  return (await readConfig(path, schema, { env })) as AccountPlan;
}

/** Makes a Cerebro from the accounts and limits of a plan, and sets up its instruments. */
export type PlannedMaker = (make: (accounts: Omit<AccountPlan, 'instruments'>) => Cerebro) => Cerebro;

/** Reads the file of `--plan`, where there is one. Errors in it name the file. */
export async function plannedBy(
  given: GivenOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PlannedMaker> {
  const path = given.get('plan');
  const plan = path === undefined ? {} : await readAccountPlan(path, env);
  const { instruments = {}, ...accounts } = plan;
  return (make) => {
    try {
      const made = make(accounts);
      for (const [name, facts] of Object.entries(instruments)) made.setInstrument(name, facts);
      return made;
    } catch (error) {
      throw placedIn(path, plan, error);
    }
  };
}
