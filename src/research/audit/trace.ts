/** One run of an audit, and what it left behind to be compared. */
import type { Order } from '../../broker/index.ts';
import {
  barClose,
  extraColumnNames,
  lowerBound,
  seededRandom,
  sliceBars,
  timeframe,
  type Bars,
  type Side,
  type Timeframe,
} from '../../core/index.ts';
import type { Cerebro, RunWatch } from '../../engine/index.ts';
import { timelineOf, type IndicatorNode, type Timeline } from '../../lines/index.ts';
import { fixChance, moveClock } from './clock.ts';

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

/** A watch of an audit's run. */
export interface TraceWatch extends RunWatch {
  /** The run has ended, or failed: what it changed outside of itself is put right. */
  readonly ended?: () => void;
}

/**
 * Runs a Cerebro under a watch.
 *
 * @param clock - The clock of the machine while strategies run: `moved` tells another time, `fixed` always the same and draws the same chance. Default: its own.
 */
export async function trace(
  cerebro: Cerebro,
  watch: TraceWatch,
  { clock: machine }: { readonly clock?: 'moved' | 'fixed' } = {},
): Promise<Trace> {
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
      if (machine !== undefined) restoreClock = machine === 'moved' ? moveClock() : fixChance();
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
    watch.ended?.();
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

/** How the future is falsified: bars that go the other way, their prices much higher, much lower, or at random around the true ones. */
export type Noise = 'higher' | 'lower' | 'random';

/** The columns of bars besides their times. */
export const columnNames = ['open', 'high', 'low', 'close', 'volume', ...extraColumnNames] as const;

/**
 * A watch under which every bar that has not closed yet is false. Each is put right in the moment it closes, and indicators are
 * computed bar by bar: a strategy that looks ahead, by any distance at any bar, sees something else than in a true run. So are the arrays that feeds
 * were given, for a strategy that reads them beside its datas.
 */
export function blindWatch(noise: Noise): TraceWatch {
  const random = seededRandom(noise.length);
  const given = new Map<Float64Array, { readonly bars: Bars; readonly frame: Timeframe }>();
  let masks: DataMask[] = [];
  let arrays: Mask[] = [];
  return {
    isStepwise: true,
    alter: (bars, feed) => {
      given.set(bars.close, { bars, frame: timeframe(feed.timeframe.name) });
      return bars;
    },
    loaded: (timelines) => {
      masks = timelines.map((timeline) => new DataMask(timeline.ticks ?? timeline, noise, random));
      arrays = [...given.values()].map(({ bars, frame }) => {
        return new Mask(
          arraysOf((name) => bars[name]),
          bars.time.length,
          (i) => barClose(frame, bars.time[i]!),
          noise,
          random,
        );
      });
    },
    opens: (timelines) => {
      for (const mask of masks) if (timelines.includes(mask.timeline)) mask.revealOpen();
    },
    moving: (clock) => {
      for (const mask of masks) mask.reveal(clock);
      for (const mask of arrays) mask.reveal(clock);
    },
    ended: () => {
      for (const mask of arrays) mask.reveal(Infinity);
    },
  };
}

/** Columns of bars by their names. */
type BarArrays = Readonly<Partial<Record<(typeof columnNames)[number], Float64Array>>>;

/** The true values of bars, while false ones are in their place. */
class Mask {
  /** What is falsified, each with its true values. */
  private readonly columns: readonly { readonly values: Float64Array; readonly truth: Float64Array }[];
  private readonly open: Float64Array;
  private readonly trueOpen: Float64Array;
  private readonly count: number;
  private readonly closeAt: (bar: number) => number;
  private revealed = 0;

  constructor(arrays: BarArrays, count: number, closeAt: (bar: number) => number, noise: Noise, random: () => number) {
    const held = new Map<string, { readonly values: Float64Array; readonly truth: Float64Array }>();
    for (const [name, values] of Object.entries(arrays)) held.set(name, { values, truth: values.slice(0, count) });
    this.columns = [...held.values()];
    this.open = held.get('open')!.values;
    this.trueOpen = held.get('open')!.truth;
    this.count = count;
    this.closeAt = closeAt;
    const [open, high, low, close] = (['open', 'high', 'low', 'close'] as const).map((name) => held.get(name)!);
    const others = [...held].filter(([name]) => !['open', 'high', 'low', 'close'].includes(name));
    for (let i = 0; i < count; i++) {
      const factor = noise === 'higher' ? 3 + random() : noise === 'lower' ? 0.3 - 0.1 * random() : 0.5 + random();
      const [from, to] = [close!.truth[i]! * factor, open!.truth[i]! * factor];
      // The other way, and of another range, so that what compares prices of one bar sees something else too.
      open!.values[i] = from;
      close!.values[i] = from === to ? from * 1.001 : to;
      const wide = noise === 'lower' ? 1 : 1.01 + 0.04 * random();
      high!.values[i] = Math.max(from, close!.values[i]!) * wide;
      low!.values[i] = Math.min(from, close!.values[i]!) / wide;
      for (const [, { values, truth }] of others) values[i] = truth[i]! * factor * (0.5 + random());
    }
  }

  /** Puts right what has closed. */
  reveal(clock: number): void {
    for (; this.revealed < this.count && this.closeAt(this.revealed) <= clock; this.revealed++) {
      for (const { values, truth } of this.columns) values[this.revealed] = truth[this.revealed]!;
    }
  }

  revealOpen(): void {
    if (this.revealed < this.count) this.open[this.revealed] = this.trueOpen[this.revealed]!;
  }
}

/** The true bars of one data, while false ones are in its place. */
class DataMask extends Mask {
  readonly timeline: Timeline;

  constructor(timeline: Timeline, noise: Noise, random: () => number) {
    const arrays = arraysOf((name) => {
      timeline[name]?.own();
      return timeline[name]?.values;
    });
    super(arrays, timeline.loaded, (bar) => timeline.closeAt(bar), noise, random);
    this.timeline = timeline;
  }
}

function arraysOf(read: (name: (typeof columnNames)[number]) => Float64Array | undefined): BarArrays {
  return Object.fromEntries(
    columnNames.flatMap((name) => {
      const values = read(name);
      return values === undefined ? [] : [[name, values]];
    }),
  );
}
