/** Lines of a whole history that are computed when somebody reads them. */
import { describe, expect, it } from 'vitest';
import { Cerebro, Strategy } from '../../src/engine/index.ts';
import { BarsDataFeed } from '../../src/feeds/index.ts';
import { crossover, ema, sma } from '../../src/indicators/index.ts';
import { columnOf, timelineOfLine, nodeOf, rollBars, type Line } from '../../src/lines/index.ts';
import { groundOf, walk } from '../indicators/ground.ts';

const bars = walk(8, 20_000);

/** A chain of indicators, the last of which is most often the only one that is read. */
function chain() {
  const ground = groundOf(bars);
  const slow = sma(ground.data.close, 30);
  const smooth = ema(slow, 5);
  const cross = crossover(sma(ground.data.close, 10), smooth);
  return { ...ground, lines: [slow, smooth, cross] as const };
}

const wanted = ((): number[][] => {
  const { graph, lines } = chain();
  graph.advance();
  return lines.map((line) => Array.from(columnOf(line).values));
})();

/** Every value of a line, read as a strategy does. */
function readThrough(line: Line): number[] {
  return Array.from(bars.time, (_, index) => {
    timelineOfLine(line).index = index;
    return line.now;
  });
}

describe('a line of a whole history', () => {
  it('is computed where the run comes to it, and what it is made of is not kept', () => {
    const { graph, lines, timeline } = chain();
    const [slow, smooth, cross] = lines;
    graph.prepare(new Set([nodeOf(cross)!]));
    timeline.index = -1;
    graph.roll(rollBars);
    const first = Array.from({ length: rollBars }, (_, index) => ((timeline.index = index), cross.now));
    expect(first).toEqual(wanted[2]!.slice(0, rollBars));
    for (const { io } of [nodeOf(slow)!, nodeOf(smooth)!])
      expect(io.outputs[0]!.values.length).toBeLessThan(bars.time.length);
  });

  it.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ])('has its values whichever is read first: %i, %i, %i', (...order) => {
    const { graph, lines } = chain();
    graph.prepare(new Set());
    for (const k of order) expect(readThrough(lines[k]!)).toEqual(wanted[k]);
    for (const k of order) expect(readThrough(lines[k]!)).toEqual(wanted[k]);
  });

  it('can be read backwards from anywhere', () => {
    const { graph, lines, timeline } = chain();
    graph.prepare(new Set([nodeOf(lines[2])!]));
    graph.roll(500);
    timeline.index = 300;
    expect(lines[0].ago(100)).toBe(wanted[0]![200]);
    expect(Array.from(lines[1].window(3))).toEqual(wanted[1]!.slice(298, 301));
    expect(lines[0].ago(301, -1)).toBe(-1);
    expect(() => lines[1].ago(301)).toThrow('had 301 bars');
  });

  it.each([1, 700, rollBars])('is computed as the run comes to it, %i bars ahead', (step) => {
    const { graph, lines, timeline } = chain();
    const nodes = lines.map((line) => nodeOf(line)!);
    graph.prepare(new Set([nodes[0]!, nodes[2]!]));
    timeline.index = -1;
    for (let index = 0; index < bars.time.length; index++) {
      if (index % step === 0) graph.roll(step);
      timeline.index = index;
      for (const k of [0, 2]) expect(lines[k]!.now).toBe(wanted[k]![index]);
      if (index > 100) expect(lines[2].ago(60)).toBe(wanted[2]![index - 60]);
    }
    for (const { io } of nodes) expect(io.outputs[0]!.length - io.outputs[0]!.base).toBeLessThan(bars.time.length);
    expect(nodes[0]!.io.outputs[0]!.values.length).toBeLessThan(bars.time.length * 1.5);
    expect(readThrough(lines[1])).toEqual(wanted[1]);
  });

  it('is computed whole when it is read from further back than is kept', () => {
    const { graph, lines, timeline } = chain();
    graph.prepare(new Set(lines.map((line) => nodeOf(line)!)));
    for (timeline.index = -1; timeline.index < 17_500; timeline.index += 500) graph.roll(500);
    expect(lines[1].now).toBe(wanted[1]![timeline.index]);
    expect(nodeOf(lines[0])!.io.outputs[0]!.base).toBeGreaterThan(99);
    expect(lines[0].ago(timeline.index - 99)).toBe(wanted[0]![99]);
    graph.roll(500);
    for (const k of [0, 1, 2]) expect(readThrough(lines[k]!)).toEqual(wanted[k]);
  });

  it('trades the same whether the strategy shows its lines or hides them', async () => {
    class Open extends Strategy {
      readonly slow = sma(this.data.close, 30);
      readonly all = { cross: crossover(sma(this.data.close, 10), this.slow) };

      override next(): void {
        trade(this, this.all.cross, this.slow);
      }
    }
    class Hidden extends Strategy {
      readonly #slow = sma(this.data.close, 30);
      readonly #cross = crossover(sma(this.data.close, 10), this.#slow);

      override next(): void {
        trade(this, this.#cross, this.#slow);
      }
    }
    const [open, hidden] = [await ordersOf(Open), await ordersOf(Hidden)];
    expect(open.length).toBeGreaterThan(100);
    expect(hidden).toEqual(open);
  });
});

function trade(strategy: Strategy, cross: Line, slow: Line): void {
  if (cross.now > 0) strategy.buy({ size: 1 });
  else if (cross.now < 0 && slow.now > slow.ago(20, NaN)) strategy.close();
}

async function ordersOf(strategy: new (...context: ConstructorParameters<typeof Strategy>) => Strategy) {
  const cerebro = new Cerebro({ cash: 1e6 }).addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: 'A/USDT' }));
  const result = await cerebro.addStrategy(strategy).run();
  return result.strategies[0]!.orders.map((order) => order.toJSON());
}
