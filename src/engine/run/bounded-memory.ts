/** Bounded memory: bars come in pieces, and what no indicator and no reader needs any more is forgotten. */
import type { RunStatistics } from '../../analyzers/index.ts';
import { fillField, type EngineBroker } from '../../broker/index.ts';
import { ConfigError, type Bars } from '../../core/index.ts';
import { streamBars, type LoadContext } from '../../feeds/index.ts';
import { give, type Loader, type Source } from '../datas/loader.ts';
import type { StepLoop } from '../step/step-loop.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

/** How much of a run in bounded memory stays readable. */
export interface KeepOptions {
  /** Bars back that a strategy may read of every line. */
  readonly keepBars: number;
  /** How many of the latest ended orders and closed trades stay in the result. */
  readonly keepOrders: number;
}

/** Checks the options of a bounded run; undefined for a run in one piece. */
export function keepOptions(options: {
  readonly keepBars?: number;
  readonly keepOrders?: number;
}): KeepOptions | undefined {
  const { keepBars, keepOrders = 10_000 } = options;
  const check = (name: string, value: number, least: number): void => {
    if (Number.isInteger(value) && value >= least) return;
    throw new ConfigError(`${name} must be a whole number of at least ${least}, was ${value}`, {
      context: { field: name },
    });
  };
  if (keepBars === undefined) {
    if (options.keepOrders !== undefined)
      throw new ConfigError('keepOrders needs keepBars: only a bounded run forgets');
    return undefined;
  }
  check('keepBars', keepBars, 1);
  check('keepOrders', keepOrders, 0);
  return { keepBars, keepOrders };
}

/** What a bounded run works with. */
export interface StreamParts {
  readonly loader: Loader;
  readonly runs: readonly StrategyRun[];
  readonly loop: StepLoop;
  readonly broker: EngineBroker;
  readonly statistics: RunStatistics;
  readonly keep: KeepOptions;
}

/** What the feeds of a run hand over piece by piece. */
export class Pieces {
  private readonly loader: Loader;
  private readonly streams: ReadonlyMap<Source, AsyncGenerator<Bars>>;

  constructor(loader: Loader, contextFor: (name: string) => LoadContext) {
    this.loader = loader;
    this.streams = new Map(loader.sources.map((source) => [source, streamBars(source.feed, contextFor(source.name))]));
    for (const { track } of loader.sources) track.know(-Infinity);
  }

  /** Reads each source up to its first bars: which columns they have must be known before strategies are made. */
  async begin(): Promise<void> {
    for (const [source, stream] of this.streams)
      while (source.extras === undefined && !source.isOver) take(source, await stream.next());
    this.loader.learn();
  }

  /** Reads a further piece of each source that has no bar left. */
  async read(): Promise<void> {
    for (const [source, stream] of this.streams) if (this.loader.isDry(source)) take(source, await stream.next());
  }

  /** Lets go of what is still open. */
  async close(): Promise<void> {
    for (const stream of this.streams.values()) await stream.return(undefined);
  }
}

/** Reads, runs and drops bars until every source has ended. */
export async function runInPieces(parts: StreamParts, pieces: Pieces): Promise<void> {
  const { loader, runs, loop } = parts;
  do {
    await pieces.read();
    for (const run of runs) run.graph.advance();
    loop.runLoaded(loader.isOver());
    loop.flush();
    forget(parts);
  } while (loader.sources.some(({ isOver }) => !isOver));
}

function take(source: Source, step: IteratorResult<Bars>): void {
  if (step.done === true) {
    source.isOver = true;
    source.track.know(Infinity);
    return;
  }
  const known = give(source, step.value);
  if (known > -Infinity) source.track.know(known);
}

/** Drops what is no longer needed. */
export function forget({ loader, runs, broker, statistics, keep }: StreamParts): void {
  let history = 0;
  for (const run of runs) {
    run.trades.reach();
    run.graph.trim(keep.keepBars);
    for (const node of run.graph.nodes) history = Math.max(history, node.history);
  }
  const back = Math.max(keep.keepBars, history) + 1;
  for (const timeline of loader.timelines) {
    timeline.trim(timeline.index - back);
    timeline.ticks?.trim(timeline.ticks.index - 1);
  }
  let hasForgotten = false;
  for (const run of runs) {
    run.trades.forget(keep.keepOrders, (trade) => {
      statistics.notifyTrade(trade);
    });
    if (run.entry.forget(keep.keepOrders)) hasForgotten = true;
  }
  // Fills are read as long as one of their orders is.
  if (!hasForgotten) return;
  const row = Math.min(broker.blotter.count, ...runs.map(({ entry }) => entry.firstRow));
  broker.blotter.forget(row, (at) => {
    const { traded, commission } = fillField;
    const { blotter } = broker;
    statistics.addFill(blotter.read(at, traded), blotter.read(at, commission));
  });
}
