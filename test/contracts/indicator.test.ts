/** What every exported indicator keeps: the same bits however its bars arrive, and no value rather than a wrong one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barAt, seededRandom, sliceBars, type Bar, type Bars } from '../../src/core/index.ts';
import * as indicators from '../../src/indicators/index.ts';
import { columnOf, type Column, type Data, type Graph } from '../../src/lines/index.ts';
import { emptyGround, flat, groundOf, walk, withBuy, withBuys, type Ground } from '../indicators/ground.ts';
import { linesOf, table, type Grown } from '../indicators/table.ts';

type Grow = (data: Data) => Grown;
type Output = readonly (readonly number[])[];

const length = 90;
const inputs: Readonly<Record<string, Bars>> = {
  'random bars': walk(1, length),
  'other random bars at a high price': walk(2, length, 60_000),
  'bars with a hole': holed(walk(3, length), 3, true),
  'bars with scattered missing values': holed(walk(4, length), 4, false),
  'flat bars': flat(length, 0.1, 3),
  'flat bars without volume': flat(length, 61_234.57, 0),
};

/** So many that an indicator between others forgets while it is computed. */
const manyBars = holed(walk(5, 13_000), 5, true);

describe.each(Object.keys(table))('%s', (name) => {
  const grow = table[name]!;

  it.each(Object.keys(inputs))('gives the same bits in every way of arriving: %s', (kind) => {
    const bars = inputs[kind]!;
    const wanted = batch(grow, bars);
    expectSame(
      'bar by bar',
      chunked(grow, bars, () => 1),
      wanted,
    );
    const random = seededRandom(7);
    expectSame(
      'in random chunks',
      chunked(grow, bars, () => 1 + Math.floor(random() * 9)),
      wanted,
    );
    expectSame(
      'grown bar by bar',
      grown(grow, bars, () => 1),
      wanted,
    );
    expectSame(
      'grown in pieces',
      grown(grow, bars, () => 1 + Math.floor(random() * 9)),
      wanted,
    );
    expectSame('grown and trimmed', trimmed(grow, bars), wanted);
    expectSame('previewed, then final', previewed(grow, bars), wanted);
  });

  it('keeps its bits for any seed and any chunks', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 1, max: 12 })),
        (seed, n, sizes) => {
          const bars = holed(walk(seed, n), seed, seed % 2 === 0);
          let next = 0;
          const piece = (): number => sizes[next++ % Math.max(1, sizes.length)] ?? 1;
          expectSame('grown', grown(grow, bars, piece), batch(grow, bars));
        },
      ),
      { numRuns: 25, seed: 11 },
    );
  });

  it('gives the same bits when it is computed because somebody reads it', () => {
    const wanted = batch(grow, manyBars);
    const { graph, data } = groundOf(manyBars);
    const lines = linesOf(grow(data));
    graph.prepare(new Set());
    expectSame(
      'read when wanted',
      lines.map(([, line]) => held(columnOf(line))),
      wanted,
    );
  });

  it('has its first value with bar minPeriod, and never before', () => {
    const { graph, data } = groundOf(walk(9, 120));
    const lines = linesOf(grow(data));
    graph.advance();
    for (const [, line] of lines) {
      const values = Array.from(columnOf(line).values.subarray(0, 120));
      const first = values.findIndex((value) => !Number.isNaN(value));
      expect(first + 1, line.name).toBeLessThanOrEqual(line.minPeriod + 12);
      expect(first + 1, line.name).toBeGreaterThanOrEqual(line.minPeriod);
    }
  });

  it('is never infinite, and NaN rather than a wrong number', () => {
    for (const [kind, bars] of Object.entries(inputs)) {
      for (const values of batch(grow, bars)) {
        for (const value of values) expect(Math.abs(value), kind).not.toBe(Infinity);
      }
    }
  });

  it('begins anew after a hole, as if its data began there', () => {
    const whole = walk(12, length);
    const hole = 40;
    const broken = withHole(whole, hole);
    const wanted = batch(grow, sliceBars(whole, hole + 1, length));
    const seen = batch(grow, broken);
    seen.forEach((values, k) => {
      expect(values[hole], `line ${k} at the hole`).toBeNaN();
      values.slice(hole + 1).forEach((value, i) => {
        if (!Object.is(value, wanted[k]![i])) {
          expect.fail(`line ${k}, ${i} bars after the hole: ${value} but ${wanted[k]![i]} without a past`);
        }
      });
    });
  });

  it('does not see what comes later', () => {
    const before = walk(20, length);
    const after = sliceBars(walk(21, length, 300), 0, length);
    const cut = 55;
    const mixed = joined(sliceBars(before, 0, cut), sliceBars(after, cut, length));
    const [one, other] = [batch(grow, before), batch(grow, mixed)];
    expectSame(
      'before the cut',
      other.map((values) => values.slice(0, cut)),
      one.map((values) => values.slice(0, cut)),
    );
  });
});

describe('the table of the contract', () => {
  it('has every exported function', () => {
    // Functions of a quote or a book, and of the catalogue, grow no line.
    const others = ['microPrice', 'bookImbalance', 'namedLines'];
    const exported = Object.entries(indicators).filter(
      ([name, value]) => typeof value === 'function' && !others.includes(name),
    );
    const names = new Set(Object.keys(table).map((key) => key.split(' ')[0]));
    expect(exported.map(([key]) => key).filter((key) => !names.has(key))).toEqual([]);
  });
});

/** All bars known, each indicator computed in one call. */
function batch(grow: Grow, bars: Bars): Output {
  const { graph, data } = groundOf(bars);
  const lines = linesOf(grow(data));
  graph.advance();
  return lines.map(([, line]) => held(columnOf(line)));
}

/** All bars known, each kernel called for a few bars at a time. */
function chunked(grow: Grow, bars: Bars, size: () => number): Output {
  const { timeline, graph, data } = groundOf(bars);
  const lines = linesOf(grow(data));
  for (let to = 0; to < timeline.loaded;) {
    to = Math.min(timeline.loaded, to + size());
    for (const node of graph.nodes) node.advance(to);
  }
  return lines.map(([, line]) => held(columnOf(line)));
}

/** Bars arrive a few at a time. */
function grown(grow: Grow, bars: Bars, size: () => number): Output {
  const { timeline, graph, data } = emptyGround();
  const lines = linesOf(grow(data));
  const total = bars.time.length;
  for (let from = 0; from < total;) {
    const to = Math.min(total, from + size());
    timeline.append(copied(sliceBars(bars, from, to)));
    graph.advance();
    from = to;
  }
  return lines.map(([, line]) => held(columnOf(line)));
}

/** Bars arrive one at a time, and all that no kernel asked to keep is forgotten and overwritten. */
function trimmed(grow: Grow, bars: Bars): Output {
  const ground = emptyGround();
  const lines = linesOf(grow(ground.data));
  const output: number[][] = lines.map(() => []);
  for (let i = 0; i < bars.time.length; i++) {
    ground.timeline.append(copied(sliceBars(bars, i, i + 1)));
    ground.timeline.index = i;
    ground.graph.advance();
    lines.forEach(([, line], k) => output[k]!.push(line.now));
    forget(ground, i);
  }
  return output;
}

function forget({ timeline, graph, data }: Ground, index: number): void {
  graph.trim(0);
  let most = 0;
  const raw: Column[] = [data.open, data.high, data.low, data.close, data.volume, data.buyVolume!].map((line) =>
    columnOf(line),
  );
  for (const node of graph.nodes) {
    if (node.io.inputs.some((input) => raw.includes(input))) most = Math.max(most, node.history);
  }
  timeline.trim(index - most);
  for (const column of [...raw, ...graph.nodes.flatMap((node) => node.io.outputs)]) {
    column.values.fill(1e9, column.length - column.base);
  }
}

/** Every bar is first computed three times as it grows, through prices it does not end at, and missing ones. */
function previewed(grow: Grow, bars: Bars): Output {
  const { timeline, graph, data } = emptyGround();
  const lines = linesOf(grow(data));
  for (let i = 0; i < bars.time.length; i++) {
    const final = barAt(bars, i);
    const wild: Bar = { ...final, open: 5, high: 500, low: 1, close: 2, volume: 9 };
    const missing: Bar = { ...final, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
    for (const bar of [wild, missing, final, wild]) {
      timeline.put(i, withBuy(bar));
      preview(graph, i);
    }
    timeline.put(i, withBuy(final));
    graph.advance();
  }
  return lines.map(([, line]) => held(columnOf(line)));
}

function preview(graph: Graph, index: number): void {
  for (const node of graph.nodes) node.preview(index);
}

function held(column: Column): number[] {
  return Array.from(column.values.subarray(0, column.length - column.base));
}

function expectSame(way: string, seen: Output, wanted: Output): void {
  wanted.forEach((values, k) => {
    expect(seen[k]?.length, `${way}: values of line ${k}`).toBe(values.length);
    values.forEach((value, i) => {
      if (!Object.is(seen[k]![i], value)) {
        expect.fail(`${way}: line ${k} at bar ${i} is ${seen[k]![i]}, in one call ${value}`);
      }
    });
  });
}

/** Bars without some values: whole bars missing, or single values here and there. */
function holed(bars: Bars, seed: number, whole: boolean): Bars {
  const random = seededRandom(seed);
  const made = copy(bars);
  for (let i = 0; i < made.time.length; i++) {
    for (const column of [made.open, made.high, made.low, made.close, made.volume]) {
      if (!whole && random() < 0.012) column[i] = random() < 0.5 ? NaN : Infinity;
    }
  }
  return whole ? withHole(made, Math.floor(random() * made.time.length)) : made;
}

function withHole(bars: Bars, index: number): Bars {
  const made = copy(bars);
  for (const column of [made.open, made.high, made.low, made.close, made.volume]) column[index] = NaN;
  return made;
}

function joined(one: Bars, two: Bars): Bars {
  const join = (a: Float64Array, b: Float64Array): Float64Array => Float64Array.of(...a, ...b);
  return {
    time: join(one.time, two.time),
    open: join(one.open, two.open),
    high: join(one.high, two.high),
    low: join(one.low, two.low),
    close: join(one.close, two.close),
    volume: join(one.volume, two.volume),
  };
}

function copy(bars: Bars): Bars {
  return {
    time: bars.time.slice(),
    open: bars.open.slice(),
    high: bars.high.slice(),
    low: bars.low.slice(),
    close: bars.close.slice(),
    volume: bars.volume.slice(),
  };
}

/** A copy that says how much of the volume takers bought. */
function copied(bars: Bars): Bars {
  return withBuys(copy(bars));
}
