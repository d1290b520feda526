/** A plan at another time: what it says of expiries and payments of funding is moved with the bars. */
import type { InstrumentOptions } from '../../broker/index.ts';
import { feedOfPlan } from './data-plan.ts';
import type { RunPlan } from './plan.ts';

/** Moves every time of a plan's instruments by a number of milliseconds; bars are moved as they are loaded. */
export function shiftedPlan(plan: RunPlan, shiftMs: number): RunPlan {
  const instruments = new Map<string, InstrumentOptions>();
  for (const data of plan.datas) {
    const said = plan.instruments.get(data.name);
    const expiry = said?.expiry ?? feedOfPlan(data).instrument?.expiry;
    if (said === undefined && expiry === undefined) continue;
    const moved: InstrumentOptions = {
      ...said,
      ...(expiry !== undefined && { expiry: expiry + shiftMs }),
      ...(said?.funding !== undefined && {
        funding: said.funding.map(({ time, rate }) => ({ time: time + shiftMs, rate })),
      }),
    };
    instruments.set(data.name, moved);
    data.facts = moved;
  }
  return { ...plan, instruments };
}
