/** The contract of indicators: the same bits however bars arrive, no value rather than a wrong one, and nothing from the future. */
import {
  barAt,
  barsFromRows,
  checkFunction,
  checkNames,
  ConfigError,
  seededRandom,
  sliceBars,
  timeframe,
  type Bar,
  type Bars,
} from '../core/index.ts';
import { Column, columnOf, Data, Graph, Timeline, type Line, type WideBar } from '../lines/index.ts';
import { namedLines, type IndicatorLines } from './catalogue.ts';

/** How an indicator is made on a data. */
export type MakeIndicator = (data: Data) => object;

/** One rule of the contract: `run` throws if the indicator breaks it. */
export interface IndicatorRule {
  /** What the rule says. */
  readonly name: string;
  /** Throws when the indicator breaks the rule. */
  run(): void;
}

/** Options of `checkIndicator`. */
export interface IndicatorCheckOptions {
  /**
   * Whether the first value waits for an event of the market, such as a swing or a time of day: it may then come later than bar
   * `minPeriod`. Default false: it comes with that bar.
   */
  readonly waits?: boolean;
}

type Output = readonly (readonly number[])[];
interface Ground {
  readonly timeline: Timeline;
  readonly graph: Graph;
  readonly data: Data;
}

const length = 90;

/**
 * Checks an indicator against every rule that nextbar's own keep.
 *
 * For a test of your own indicator: it is run over made-up one-hour bars with flat stretches, bars without volume, holes and single missing values.
 *
 * @param make - Makes the indicator, with small periods: most of the bars are gone before a long one has its first value.
 * @throws {ConfigError} At the first rule that is broken; the message names the rule, the line and the bar.
 * @example
 * it('keeps the contract', () => checkIndicator((data) => myAverage(data.close, 5)));
 */
export function checkIndicator(make: MakeIndicator, options: IndicatorCheckOptions = {}): void {
  for (const rule of indicatorRules(make, options)) rule.run();
}

/** The rules one by one, for a test runner that lists them. */
export function indicatorRules(make: MakeIndicator, options: IndicatorCheckOptions = {}): readonly IndicatorRule[] {
  checkFunction('make', make, 'a function that makes the indicator on a data');
  checkNames('option of checkIndicator', options, ['waits']);
  const { waits = false } = options;
  const grow = (data: Data): [string, Line][] => namedLines(make(data) as IndicatorLines);
  const inputs: readonly (readonly [string, Bars])[] = [
    ['random bars', walk(1, length)],
    ['random bars at a high price', walk(2, length, 60_000)],
    ['random bars at a tiny price', scaled(walk(6, length), 2 ** -40)],
    ['bars with a hole', withHole(walk(3, length), 37)],
    ['bars with scattered missing values', scattered(walk(4, length), 4)],
    ['flat bars', flat(length, 0.1, 3)],
    ['flat bars without volume', flat(length, 61_234.57, 0)],
    ['one bar', walk(8, 1)],
    ['no bars', walk(8, 0)],
  ];
  return [
    ...inputs.map(([kind, bars]) => ({
      name: `is the same to the bit however ${kind} arrive`,
      run: () => {
        checkArrival(grow, bars);
      },
    })),
    {
      name: 'is the same to the bit when it is computed because it is read',
      run: () => {
        checkRead(grow);
      },
    },
    {
      name: waits ? 'has no value before bar minPeriod' : 'has its first value at bar minPeriod',
      run: () => {
        checkFirst(grow, waits);
      },
    },
    {
      name: 'is never infinite',
      run: () => {
        for (const [kind, bars] of inputs) {
          for (const values of batch(grow, bars)) {
            const at = values.findIndex((value) => Math.abs(value) === Infinity);
            if (at >= 0)
              throw broken(`bar ${at} of ${kind} is ${values[at]!}; where there is no finite answer it must be NaN`);
          }
        }
      },
    },
    {
      name: 'begins again behind a hole, as if its data began there',
      run: () => {
        checkHole(grow);
      },
    },
    {
      name: 'does not see what comes later',
      run: () => {
        checkFuture(grow);
      },
    },
  ];
}

type Grow = (data: Data) => [string, Line][];

function checkArrival(grow: Grow, bars: Bars): void {
  const wanted = batch(grow, bars);
  const random = seededRandom(7);
  const piece = (): number => 1 + Math.floor(random() * 9);
  expectSame('computed bar by bar', chunked(grow, bars, () => 1), wanted); // prettier-ignore
  expectSame('computed in pieces', chunked(grow, bars, piece), wanted);
  expectSame('with bars that arrive one by one', grown(grow, bars, () => 1), wanted); // prettier-ignore
  expectSame('with bars that arrive in pieces', grown(grow, bars, piece), wanted);
  expectSame('with all forgotten that it did not ask to keep (its `history`)', trimmed(grow, bars), wanted);
  expectSame('with a last bar that grew (what it remembers must be in `state`)', previewed(grow, bars), wanted);
}

function checkRead(grow: Grow): void {
  const bars = withHole(walk(5, 5_000), 2_321);
  const { graph, data } = groundOf(bars);
  const lines = grow(data);
  graph.prepare(new Set());
  expectSame(
    'computed because it is read',
    lines.map(([, line]) => held(line)),
    batch(grow, bars),
  );
}

function checkFirst(grow: Grow, waits: boolean): void {
  const { graph, data } = groundOf(walk(9, 400));
  const lines = grow(data);
  graph.advance();
  for (const [name, line] of lines) {
    const first = held(line).findIndex((value) => !Number.isNaN(value)) + 1;
    if (first === 0) throw broken(`line '${name}' has no value in 400 bars: check it with smaller periods`);
    if (first < line.minPeriod) {
      throw broken(`line '${name}' has a value at bar ${first}, before its minPeriod ${line.minPeriod}`);
    }
    if (!waits && first > line.minPeriod) {
      throw broken(
        `line '${name}' has its first value at bar ${first}, after its minPeriod ${line.minPeriod}: state that period, or check it with { waits: true }`,
      );
    }
  }
}

function checkHole(grow: Grow): void {
  const whole = walk(12, length);
  const hole = 40;
  const wanted = batch(grow, sliceBars(whole, hole + 1, length));
  batch(grow, withHole(whole, hole)).forEach((values, k) => {
    if (!Number.isNaN(values[hole])) throw broken(`line ${k} is ${values[hole]!} at a bar that is missing, not NaN`);
    values.slice(hole + 1).forEach((value, i) => {
      if (!Object.is(value, wanted[k]![i])) {
        throw broken(`line ${k} is ${value} ${i} bars after a hole, but ${wanted[k]![i]!} where the data begins there`);
      }
    });
  });
}

function checkFuture(grow: Grow): void {
  const cut = 55;
  const before = walk(20, length);
  const mixed = joined(sliceBars(before, 0, cut), sliceBars(walk(21, length, 300), cut, length));
  const start = (output: Output): Output => output.map((values) => values.slice(0, cut));
  expectSame('when later bars are others', start(batch(grow, mixed)), start(batch(grow, before)));
}

function broken(what: string): ConfigError {
  return new ConfigError(`the indicator breaks the contract: ${what}`, { code: 'indicator-contract' });
}

function expectSame(way: string, seen: Output, wanted: Output): void {
  wanted.forEach((values, k) => {
    if (seen[k]?.length !== values.length)
      throw broken(`${way}, line ${k} has ${String(seen[k]?.length)} values, not ${values.length}`);
    values.forEach((value, i) => {
      if (!Object.is(seen[k]![i], value)) {
        throw broken(`${way}, line ${k} is ${seen[k]![i]!} at bar ${i}, but ${value} when it is computed in one go`);
      }
    });
  });
}

/** All bars known, each indicator computed in one call. */
function batch(grow: Grow, bars: Bars): Output {
  const { graph, data } = groundOf(bars);
  const lines = grow(data);
  graph.advance();
  return lines.map(([, line]) => held(line));
}

/** All bars known, each kernel called for a few bars at a time. */
function chunked(grow: Grow, bars: Bars, size: () => number): Output {
  const { timeline, graph, data } = groundOf(bars);
  const lines = grow(data);
  for (let to = 0; to < timeline.loaded;) {
    to = Math.min(timeline.loaded, to + size());
    for (const node of graph.nodes) node.advance(to);
  }
  return lines.map(([, line]) => held(line));
}

/** Bars arrive a few at a time. */
function grown(grow: Grow, bars: Bars, size: () => number): Output {
  const { timeline, graph, data } = emptyGround();
  const lines = grow(data);
  for (let from = 0; from < bars.time.length;) {
    const to = Math.min(bars.time.length, from + size());
    timeline.append(withBuys(sliceBars(bars, from, to)));
    graph.advance();
    from = to;
  }
  return lines.map(([, line]) => held(line));
}

/** Bars arrive one at a time, and all that no kernel asked to keep is forgotten and overwritten. */
function trimmed(grow: Grow, bars: Bars): Output {
  const { timeline, graph, data } = emptyGround();
  const lines = grow(data);
  const output: number[][] = lines.map(() => []);
  const raw: Column[] = [data.open, data.high, data.low, data.close, data.volume, data.buyVolume!].map(columnOf);
  for (let i = 0; i < bars.time.length; i++) {
    timeline.append(withBuys(sliceBars(bars, i, i + 1)));
    timeline.index = i;
    graph.advance();
    lines.forEach(([, line], k) => output[k]!.push(line.now));
    graph.trim(0);
    const readers = graph.nodes.filter((node) => node.io.inputs.some((input) => raw.includes(input)));
    timeline.trim(i - Math.max(0, ...readers.map((node) => node.history)));
    for (const column of [...raw, ...graph.nodes.flatMap((node) => node.io.outputs)]) {
      column.values.fill(1e9, column.length - column.base);
    }
  }
  return output;
}

/** Every bar is first computed as it grows, through prices it does not end at, and missing ones. */
function previewed(grow: Grow, bars: Bars): Output {
  const { timeline, graph, data } = emptyGround();
  const lines = grow(data);
  for (let i = 0; i < bars.time.length; i++) {
    const final = barAt(bars, i);
    const wild: Bar = { ...final, open: 5, high: 500, low: 1, close: 2, volume: 9 };
    const missing: Bar = { ...final, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
    for (const bar of [wild, missing, final, wild]) {
      timeline.put(i, withBuy(bar));
      for (const node of graph.nodes) node.preview(i);
    }
    timeline.put(i, withBuy(final));
    graph.advance();
  }
  return lines.map(([, line]) => held(line));
}

function held(line: Line): number[] {
  const column = columnOf(line);
  return Array.from(column.values.subarray(0, column.length - column.base));
}

function emptyGround(): Ground {
  const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h') });
  timeline.buyVolume = new Column();
  const graph = new Graph();
  return { timeline, graph, data: new Data(timeline, graph) };
}

function groundOf(bars: Bars): Ground {
  const ground = emptyGround();
  ground.timeline.append(withBuys(bars));
  ground.timeline.index = bars.time.length - 1;
  return ground;
}

/** What takers bought of a volume: some of a small one, most of a large one. */
const bought = (volume: number): number => (volume > 50 ? 0.75 : 0.25) * volume;

/** A copy of bars that says how much takers bought. */
function withBuys({ time, open, high, low, close, volume }: Bars): Bars {
  return {
    time: time.slice(),
    open: open.slice(),
    high: high.slice(),
    low: low.slice(),
    close: close.slice(),
    volume: volume.slice(),
    buyVolume: volume.map(bought),
  };
}

function withBuy(bar: Bar): WideBar {
  return { ...bar, buyVolume: bought(bar.volume) };
}

/** Bars of a price that walks in cents, with flat bars, gaps at the open and bars without volume among them. */
function walk(seed: number, count: number, start = 100): Bars {
  const random = seededRandom(seed);
  const cents = (size: number): number => Math.round((random() - 0.5) * size * 100) / 100;
  const rows: Bar[] = [];
  let last = start;
  for (let i = 0; i < count; i++) {
    const isFlat = random() < 0.08;
    const open = random() < 0.2 ? last + cents(2) : last;
    const close = isFlat ? open : open + cents(3);
    const high = isFlat ? open : Math.max(open, close) + Math.abs(cents(1));
    const low = isFlat ? open : Math.min(open, close) - Math.abs(cents(1));
    const volume = random() < 0.05 ? 0 : Math.floor(random() * 800) / 8;
    rows.push({ time: i * 3_600_000, open, high, low, close, volume });
    last = close;
  }
  return barsFromRows(rows);
}

function flat(count: number, price: number, volume: number): Bars {
  return barsFromRows(
    Array.from({ length: count }, (_, i) => ({
      time: i * 3_600_000,
      open: price,
      high: price,
      low: price,
      close: price,
      volume,
    })),
  );
}

function scaled(bars: Bars, factor: number): Bars {
  const times = (column: Float64Array): Float64Array => column.map((value) => value * factor);
  return { ...bars, open: times(bars.open), high: times(bars.high), low: times(bars.low), close: times(bars.close) };
}

/** Bars without some values here and there: NaN or infinite. */
function scattered(bars: Bars, seed: number): Bars {
  const random = seededRandom(seed);
  for (const column of [bars.open, bars.high, bars.low, bars.close, bars.volume]) {
    for (let i = 0; i < column.length; i++) if (random() < 0.012) column[i] = random() < 0.5 ? NaN : Infinity;
  }
  return bars;
}

function withHole(bars: Bars, index: number): Bars {
  const copy = withBuys(bars);
  for (const column of [copy.open, copy.high, copy.low, copy.close, copy.volume]) column[index] = NaN;
  return copy;
}

function joined(one: Bars, two: Bars): Bars {
  const names = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
  return Object.fromEntries(
    names.map((name) => [name, Float64Array.of(...one[name], ...two[name])]),
  ) as unknown as Bars;
}
