/** A sweep as its executors see it: trials of this process, or plain data for other threads and machines. */
import { ConfigError } from '../../core/index.ts';
import { plannedTrial } from './chunk.ts';
import type { SweepJob } from './executor.ts';
import type { SweepPlan } from './plan.ts';
import { portablePlan, shared, sharedBars, type PortableJob } from './portable.ts';

/** The job that an executor is given. */
export function sweepJob(sweep: SweepPlan): SweepJob {
  const { backtest, cls, metric, space } = sweep;
  const { axes } = space;
  const samples = [space.spread(axes.map(() => 0)), space.spread(axes.map(() => 1 - 1e-9))];
  return { backtest, cls, fixed: {}, metric, samples, portable: () => portableJob(sweep, samples) };
}

/** @throws {ConfigError} If the sweep cannot be carried to other threads and machines. */
async function portableJob(sweep: SweepPlan, samples: SweepJob['samples']): Promise<PortableJob> {
  const { run, backtest, cls, options } = sweep;
  const { module, metric = 'sharpe' } = options;
  if (module === undefined) {
    throw new ConfigError(
      "other threads and machines import the strategy: give its module, such as module: new URL('./my-strategy.ts', import.meta.url)",
      { code: 'not-portable', context: { field: 'module' } },
    );
  }
  const url = String(module);
  const found = (await import(url)) as Record<string, unknown>;
  const exported = nameOf(found, cls, `${url} does not export the strategy ${cls.name}`);
  const bars = new Map([...backtest.bars].map(([feed, one]) => [feed, sharedBars(one)]));
  return {
    ...portablePlan(run, bars),
    fixed: {},
    module: url,
    exported,
    metric:
      typeof metric === 'string'
        ? { stat: metric }
        : { exported: nameOf(found, metric, `${url} does not export the metric ${sweep.metric.name}`) },
    direction: sweep.metric.sign === 1 ? 'max' : 'min',
    computed: computedForAll(sweep, samples),
  };
}

/** The indicators that two trials share which differ in every parameter, computed once for all workers. */
function computedForAll({ backtest, cls }: SweepPlan, samples: SweepJob['samples']): PortableJob['computed'] {
  // What the first two runs both ask for is kept by the second.
  for (const params of samples) {
    try {
      backtest.prepare([plannedTrial(cls, params)]);
    } catch {
      // A trial at the edge of the space may fail, and then its workers share less.
    }
  }
  return [...backtest.computed.entries()].map(([id, lines]) => [id, lines.map(shared)] as const);
}

/** The name that a module exports a value by. */
function nameOf(module: Readonly<Record<string, unknown>>, value: unknown, message: string): string {
  const found = Object.entries(module).find(([, one]) => one === value)?.[0];
  if (found !== undefined) return found;
  throw new ConfigError(`${message}: export it, and give the module that it is imported from`, {
    code: 'not-portable',
    context: { field: 'module' },
  });
}
