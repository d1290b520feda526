/** One run of an audit, and what it left behind to be compared. */
import type { Order } from '../../broker/index.ts';
import {
  barClose,
  extraColumnNames,
  lowerBound,
  seededRandom,
  sliceBars,
  timeframe,
  type Side,
} from '../../core/index.ts';
import type { Cerebro, RunWatch } from '../../engine/index.ts';
import { timelineOf, type Column, type IndicatorNode, type Timeline } from '../../lines/index.ts';
import { moveClock } from './clock.ts';

/** An order of any type as it was placed. */
export interface Decision {
  readonly strategy: string;
  /** Number of its data in the run. */
  readonly dataId: number;
  readonly side: Side;
  readonly type: Order['type'];
  /** Its size, in units. */
  readonly size: number;
  /** Its price; NaN for a market order. */
  readonly price: number;
  /** Clock of the step it was placed in, milliseconds UTC. */
  readonly clock: number;
}

/** What is compared between runs. */
export interface Trace {
  /** By strategy: name, orders in words, indicators. */
  readonly strategies: readonly {
    readonly name: string;
    readonly orders: readonly string[];
    readonly nodes: readonly IndicatorNode[];
  }[];
  /** Clock of each step, milliseconds UTC. */
  readonly clocks: readonly number[];
  /** By step: how many orders each strategy had made. */
  readonly orderCounts: readonly (readonly number[])[];
  /** By step: value of the portfolio. */
  readonly values: Float64Array;
  /** Orders as they were placed. */
  readonly decisions: readonly Decision[];
  /** By strategy: the step of its first `next`. */
  readonly warmAt: ReadonlyMap<string, number>;
  readonly timelines: readonly Timeline[];
  /** Timeframes of the feeds, by their names. */
  readonly frames: readonly string[];
  /** What the run threw. */
  readonly error: unknown;
}

/**
 * Runs a Cerebro under a watch.
 *
 * @param isAtOtherTime - Whether the clock of the machine tells another time while strategies run. Default false.
 */
export async function trace(cerebro: Cerebro, watch: RunWatch, { isAtOtherTime = false } = {}): Promise<Trace> {
  const clocks: number[] = [];
  const orderCounts: number[][] = [];
  let nodes: (readonly IndicatorNode[])[] = [];
  /** Orders in words, as they were when they were placed: they may be amended later. */
  let orders: string[][] = [];
  let names: string[] = [];
  let timelines: readonly Timeline[] = [];
  const decisions: Decision[] = [];
  const warmAt = new Map<string, number>();
  const frames: string[] = [];
  let restoreClock = (): void => undefined;
  const full: RunWatch = {
    ...watch,
    alter: (bars, feed) => {
      frames.push(feed.timeframe.name);
      return watch.alter?.(bars, feed) ?? bars;
    },
    loaded: (loaded) => {
      timelines = loaded;
      if (isAtOtherTime) restoreClock = moveClock();
      watch.loaded?.(loaded);
    },
    stepped: (clock, runs) => {
      clocks.push(clock);
      if (clocks.length === 1) {
        nodes = runs.map((run) => run.graph.nodes);
        orders = runs.map(() => []);
        names = runs.map((run) => run.name);
      }
      runs.forEach((run, k) => {
        if (run.isWarm && !warmAt.has(run.name)) warmAt.set(run.name, clocks.length - 1);
        const { orders: made } = run.entry;
        for (let i = orders[k]!.length; i < made.length; i++) {
          const { side, type, data, size, price } = made[i]!;
          orders[k]!.push(describe(made[i]!));
          const at = type === 'market' ? NaN : price;
          decisions.push({ strategy: run.name, dataId: timelineOf(data).id, side, type, size, price: at, clock });
        }
      });
      orderCounts.push(orders.map((made) => made.length));
    },
  };
  let values = new Float64Array();
  let error: unknown;
  try {
    values = (await cerebro.run({ watch: full })).equity.value.slice();
  } catch (thrown) {
    error = thrown;
  } finally {
    restoreClock();
  }
  const strategies = names.map((name, k) => ({ name, orders: orders[k]!, nodes: nodes[k]! }));
  return { strategies, clocks, orderCounts, values, decisions, warmAt, timelines, frames, error };
}

function describe({ ref, side, type, size, data, createdClose, price, limitPrice }: Order): string {
  const at = type === 'market' ? '' : ` at ${price}${limitPrice === price ? '' : `, limit ${limitPrice}`}`;
  return `order ${ref}: ${side} ${size} ${data.name}, ${type}${at}, made when the close was ${createdClose}`;
}

/** A watch that cuts every data: bars that close after `end` are not there. */
export function cutWatch(end: number): RunWatch {
  return {
    knownUntil: end,
    alter: (bars, feed) => {
      const frame = timeframe(feed.timeframe.name);
      let length = bars.time.length;
      while (length > 0 && barClose(frame, bars.time[length - 1]!) > end) length--;
      return sliceBars(bars, 0, length);
    },
  };
}

/** A watch that lets every data begin later: bars that open before `start` are not there. */
export function lateWatch(start: number): RunWatch {
  return { alter: (bars) => sliceBars(bars, lowerBound(bars.time, start), bars.time.length) };
}

/** How the future is falsified: prices much higher, much lower, or at random around the true ones. */
export type Noise = 'higher' | 'lower' | 'random';

/** The columns of bars besides their times. */
export const columnNames = ['open', 'high', 'low', 'close', 'volume', ...extraColumnNames] as const;

/**
 * A watch under which every bar that has not closed yet is false. Each is put right in the moment it closes, and indicators are
 * computed bar by bar: a strategy that looks ahead, by any distance at any bar, sees something else than in a true run.
 */
export function blindWatch(noise: Noise): RunWatch {
  const random = seededRandom(noise.length);
  let masks: Mask[] = [];
  return {
    isStepwise: true,
    loaded: (timelines) => {
      masks = timelines.map((timeline) => new Mask(timeline.ticks ?? timeline, noise, random));
    },
    opens: (timelines) => {
      for (const mask of masks) if (timelines.includes(mask.timeline)) mask.revealOpen();
    },
    moving: (clock) => {
      for (const mask of masks) mask.reveal(clock);
    },
  };
}

/** The true bars of one data, while false ones are in its place. */
class Mask {
  readonly timeline: Timeline;
  /** What can be falsified, the open first, each with its true values. */
  private readonly columns: readonly { readonly column: Column; readonly truth: Float64Array }[];
  private revealed = 0;

  constructor(timeline: Timeline, noise: Noise, random: () => number) {
    this.timeline = timeline;
    const columns = columnNames.flatMap((name) => timeline[name] ?? []);
    this.columns = columns.map((column) => ({ column, truth: column.values.slice(0, timeline.loaded) }));
    for (const column of columns) column.own();
    for (let i = 0; i < timeline.loaded; i++) {
      const factor = noise === 'higher' ? 3 + random() : noise === 'lower' ? 0.3 - 0.1 * random() : 0.5 + random();
      for (const { column, truth } of this.columns) column.set(i, truth[i]! * factor);
    }
  }

  reveal(clock: number): void {
    const { timeline } = this;
    for (; this.revealed < timeline.loaded && timeline.closeAt(this.revealed) <= clock; this.revealed++) {
      for (const { column, truth } of this.columns) column.set(this.revealed, truth[this.revealed]!);
    }
  }

  revealOpen(): void {
    const { column, truth } = this.columns[0]!;
    if (this.revealed < truth.length) column.set(this.revealed, truth[this.revealed]!);
  }
}
