/** What datas a run will have, as they were added: a feed's own bars, or longer bars made of another's. */
import { checkMethods, ConfigError, timeframe, unknownName, type Timeframe } from '../../core/index.ts';
import type { InstrumentOptions } from '../../broker/index.ts';
import { BarGrid, checkFrames, gridOptionNames, type DataFeed, type GridOptions } from '../../feeds/index.ts';

/** Options of resampleData and replayData. */
export interface ResampleDataOptions extends GridOptions {
  /** The name by which the strategy finds it: `this.getData('btc 4h')`. Default: the source's name and the timeframe. */
  readonly name?: string;
}

export const resampleDataOptionNames = ['name', ...gridOptionNames] as const;

/** One data of a run to come. */
export interface DataPlan {
  readonly name: string;
  readonly frame: Timeframe;
  /** Where its bars come from: a feed, or another data of the run. */
  readonly source: DataFeed | DataPlan;
  /** How its bars are made; undefined for those of the feed itself. */
  readonly made:
    { readonly kind: 'resample' | 'replay'; readonly grid: BarGrid; readonly options: GridOptions } | undefined;
  /** What `setInstrument` says of its instrument; undefined without it. */
  facts?: InstrumentOptions | undefined;
}

/** The feed that a plan's bars come from in the end. */
export function feedOfPlan({ source }: DataPlan): DataFeed {
  return isPlan(source) ? feedOfPlan(source) : source;
}

/** Whether bars come from a data of the run, not straight from a feed. */
export function isPlan(source: DataFeed | DataPlan): source is DataPlan {
  return 'made' in source;
}

/**
 * The plan of a data made of longer bars.
 *
 * @param source - A feed, or the name of a data added before.
 * @throws {ConfigError} If there is no such data, or its bars do not fit into the wanted ones.
 */
export function planMade(
  kind: 'resample' | 'replay',
  source: DataFeed | string,
  to: string,
  options: ResampleDataOptions,
  known: readonly DataPlan[],
): DataPlan {
  const { name, ...grid } = options;
  const frame = timeframe(to);
  if (typeof source !== 'string') {
    checkMethods(
      `the source of ${kind}Data`,
      source,
      ['load'],
      'the name of a data or a feed such as new CsvDataFeed({ ... })',
    );
  }
  const found = typeof source === 'string' ? planNamed(source, known) : source;
  if (isPlan(found) && found.made?.kind === 'replay') {
    throw new ConfigError(`'${found.name}' is replayed, and only complete bars can be made into longer ones`);
  }
  checkFrames(isPlan(found) ? found.frame : found.timeframe, frame);
  return {
    name: name ?? `${found.name} ${to}`,
    frame,
    source: found,
    made: { kind, grid: new BarGrid(frame, grid), options: grid },
  };
}

function planNamed(name: string, known: readonly DataPlan[]): DataPlan {
  const found = known.find((plan) => plan.name === name);
  if (found !== undefined) return found;
  const names = known.map((plan) => plan.name);
  throw unknownName('data', name, names);
}
