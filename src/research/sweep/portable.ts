/** A sweep in plain data: what other threads and machines need to run the same trials. */
import { ConfigError, type Bars } from '../../core/index.ts';
import {
  fixedSize,
  investFraction,
  fixedTarget,
  percentOfCash,
  percentOfValue,
  reverser,
  allIn,
  type CommissionOptions,
  type InstrumentOptions,
  type Sizer,
} from '../../broker/index.ts';
import {
  Cerebro,
  feedOfPlan,
  isPlan,
  planOf,
  RepeatedBacktest,
  type CerebroOptions,
  type RunPlan,
} from '../../engine/index.ts';
import { factsOf, HeldFeed, type DataFeed, type FeedFacts, type GridOptions } from '../../feeds/index.ts';
import type { TrialParams } from '../search/space.ts';
import type { AnyStrategyClass, TrialRunner } from './chunk.ts';
import { checkMetric } from './metric.ts';

/** The bars of a feed and what is known of them. */
export interface PortableData extends FeedFacts {
  /** By thread: columns in shared memory. By network: left out, and sent beside. */
  readonly bars: Bars;
}

/** A data of the run: a feed's bars, or longer ones made of another data's or of a feed's. */
export interface PortablePlan {
  readonly name: string;
  /** The place of the feed among `datas`. */
  readonly feed: number;
  /** How longer bars are made; undefined for the feed's own. */
  readonly made:
    | {
        readonly kind: 'resample' | 'replay';
        readonly to: string;
        readonly of: string | undefined;
        readonly options: GridOptions;
      }
    | undefined;
}

/** A sweep without anything that cannot be copied. */
export interface PortableJob {
  readonly options: CerebroOptions;
  readonly sizer: SizerRecipe | undefined;
  readonly schemes: readonly (readonly [data: string, commission: CommissionOptions])[];
  readonly instruments: readonly (readonly [data: string, facts: InstrumentOptions])[];
  readonly datas: readonly PortableData[];
  readonly plans: readonly PortablePlan[];
  readonly fixed: TrialParams;
  /** The strategy: module by URL, and the name it is exported by. */
  readonly module: string;
  readonly exported: string;
  /** The metric: a figure by name, or the name that the module exports a function by. */
  readonly metric: { readonly stat: string } | { readonly exported: string };
  readonly direction: 'max' | 'min';
  /** Indicators that parameters do not touch, computed once, by what they depend on. */
  readonly computed: readonly (readonly [id: string, lines: readonly Float64Array[]])[];
}

/** A sizer by the name of the function that makes it, and its arguments. */
export type SizerRecipe = readonly [name: string, ...values: number[]];

const sizers: Readonly<Record<string, (...values: never[]) => Sizer>> = {
  allIn,
  fixedSize,
  fixedTarget,
  investFraction,
  percentOfCash,
  percentOfValue,
  reverser,
};

/** Options of a Cerebro that are objects with functions in them, and stay in the process. */
const ownOptions = ['runtime'] as const;

/**
 * A plan as plain data.
 *
 * @throws {ConfigError} If a part of it is a function or an object of this process.
 */
export function portablePlan(
  plan: RunPlan,
  bars: ReadonlyMap<DataFeed, Bars>,
): Pick<PortableJob, 'options' | 'sizer' | 'schemes' | 'instruments' | 'datas' | 'plans'> {
  const refuse = (what: string): never => {
    throw new ConfigError(`${what} cannot be carried to other threads or machines: use the executor inline()`, {
      code: 'not-portable',
    });
  };
  if (plan.strategies.length > 0) refuse('a strategy that was added beside the one of optStrategy');
  if (plan.makeBroker !== undefined) refuse('a broker of setBroker');
  if (plan.timers.length > 0) refuse('a timer of addTimer');
  if (plan.analyzers.length > 0) refuse('an analyzer of addAnalyzer');
  if (plan.sizers.size > 0) refuse("a strategy's own sizer");
  const { recipe } = plan.defaultSizer;
  if (recipe === undefined) refuse('a sizer of your own');
  const options = Object.fromEntries(
    Object.entries(plan.options).filter(([name]) => !(ownOptions as readonly string[]).includes(name)),
  ) as CerebroOptions;
  for (const [name, value] of Object.entries(options)) if (holdsFunction(value)) refuse(`the option '${name}'`);
  const schemes = [...plan.schemes];
  for (const [name, value] of schemes) if (holdsFunction(value)) refuse(`the commission of '${name}'`);
  const instruments = [...plan.instruments];
  for (const [name, value] of instruments) if (holdsFunction(value)) refuse(`the instrument of '${name}'`);
  const feeds = [...bars.keys()];
  return {
    options,
    sizer: recipe,
    schemes,
    instruments,
    datas: feeds.map((feed) => ({ ...factsOf(feed), bars: bars.get(feed)! })),
    plans: plan.datas.map((data) => ({
      name: data.name,
      feed: feeds.indexOf(feedOfPlan(data)),
      made: data.made && {
        kind: data.made.kind,
        to: data.frame.name,
        of: isPlan(data.source) ? data.source.name : undefined,
        options: data.made.options,
      },
    })),
  };
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { prototype } = Object;
  return Object.getPrototypeOf(value) !== prototype && !Array.isArray(value)
    ? !(value instanceof Date)
    : Object.values(value).some(holdsFunction);
}

/** The same columns in memory that threads share; columns that are there already stay as they are. */
export function sharedBars(bars: Bars): Bars {
  const columns = Object.entries(bars) as [string, Float64Array][];
  return Object.fromEntries(columns.map(([name, column]) => [name, shared(column)])) as unknown as Bars;
}

/** An array in memory that threads share. */
export function shared(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

/** The trial runner of a job, made of it in another thread or on another machine. */
export async function runnerOf(job: PortableJob, module: Readonly<Record<string, unknown>>): Promise<TrialRunner> {
  const cls = module[job.exported] as AnyStrategyClass | undefined;
  if (typeof cls !== 'function') {
    throw new ConfigError(`the module of the strategy exports no '${job.exported}'`, { code: 'not-portable' });
  }
  const cerebro = new Cerebro(job.options);
  const feeds = job.datas.map((data) => new HeldFeed(data.bars, data));
  for (const { name, feed, made } of job.plans) {
    if (made === undefined) cerebro.addData(feeds[feed]!, name);
    else {
      const source = made.of ?? feeds[feed]!;
      const add = made.kind === 'resample' ? 'resampleData' : 'replayData';
      cerebro[add](source, made.to, { name, ...made.options });
    }
  }
  for (const [data, commission] of job.schemes) cerebro.setCommission(data, commission);
  for (const [data, facts] of job.instruments) cerebro.setInstrument(data, facts);
  if (job.sizer !== undefined) {
    const [name, ...values] = job.sizer;
    cerebro.addSizer(sizers[name]!(...(values as never[])));
  }
  const backtest = await RepeatedBacktest.load(planOf(cerebro));
  for (const [id, lines] of job.computed) {
    backtest.computed.isWanted(id);
    backtest.computed.keep(id, lines);
  }
  const metric = 'stat' in job.metric ? job.metric.stat : module[job.metric.exported];
  return { backtest, cls, fixed: job.fixed, metric: checkMetric(metric, job.direction) };
}
