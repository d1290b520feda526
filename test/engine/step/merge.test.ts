/** Merging bars that arrive while the run goes on: what may move, what must wait, and what opens with a step. */
import { describe, expect, it } from 'vitest';

import { barsFromRows, noteEven, seededRandom, timeframe } from '../../../src/core/index.ts';
import { Merge } from '../../../src/engine/step/merge.ts';
import { Timeline } from '../../../src/lines/index.ts';

const minute = 60_000;

/** A data of bars of some minutes, of which none is loaded yet. */
function dataOf(id: number, minutes: number, follows?: Timeline): Timeline {
  const info = { name: `data ${id}`, symbol: 'X', timeframe: timeframe(`${minutes}m`) };
  return new Timeline(id, info, follows === undefined ? {} : { follows });
}

/** Loads bars that open at these minutes. */
function load(timeline: Timeline, ...opens: number[]): void {
  const bars = barsFromRows(opens.map((at) => ({ time: at * minute, open: 1, high: 1, low: 1, close: 1, volume: 1 })));
  noteEven(bars, timeline.info.timeframe.ms);
  timeline.append(bars);
}

function mergeOf(timelines: readonly Timeline[]): { merge: Merge; next: Float64Array; clock: Float64Array } {
  const clock = new Float64Array([NaN]);
  const merge = new Merge(timelines, timelines.map(() => undefined), clock); // prettier-ignore
  return { merge, next: new Float64Array(1), clock };
}

describe('a merge of datas that arrive', () => {
  it('waits for a data whose next bar may close with the step or before, and moves once it is known not to', () => {
    const [a, b] = [dataOf(0, 1), dataOf(1, 1)];
    const { merge, next } = mergeOf([a, b]);
    load(a, 0);
    a.knownUntil = b.knownUntil = -Infinity;
    merge.refresh([false, false]);
    expect(merge.peek(next)).toBe(false);
    b.knownUntil = minute - 1;
    expect(merge.peek(next)).toBe(false);
    b.knownUntil = minute;
    expect([merge.peek(next), next[0]]).toEqual([true, minute]);
    merge.move(next);
    expect([a.index, a.isNew, b.index, b.isNew]).toEqual([0, true, -1, false]);
  });

  it('does not wait for a data that is over, and has no step once all are', () => {
    const [a, b] = [dataOf(0, 1), dataOf(1, 1)];
    const { merge, next } = mergeOf([a, b]);
    load(a, 0);
    b.knownUntil = -Infinity;
    merge.refresh([false, true]);
    expect([merge.peek(next), next[0]]).toEqual([true, minute]);
    merge.move(next);
    merge.refresh([true, true]);
    expect([merge.peek(next), next[0]]).toEqual([false, Infinity]);
  });

  it('expects more of every data until it is told otherwise, but of none that is made of another', () => {
    const [a, b] = [dataOf(0, 1), dataOf(1, 1)];
    const { merge, next } = mergeOf([a, b]);
    load(a, 0);
    a.knownUntil = b.knownUntil = -Infinity;
    merge.refresh();
    expect(merge.peek(next)).toBe(false);
    const longer = dataOf(2, 5, a);
    longer.knownUntil = -Infinity;
    const made = mergeOf([a, longer]);
    made.merge.refresh();
    expect([made.merge.peek(made.next), made.next[0]]).toEqual([true, minute]);
  });

  it('moves a data of longer bars with its own closes alone, however many steps it has moved with the others', () => {
    const [a, b] = [dataOf(0, 1), dataOf(1, 5)];
    const { merge, next } = mergeOf([a, b]);
    load(a, ...Array.from({ length: 400 }, (_, i) => i));
    load(b, ...Array.from({ length: 80 }, (_, i) => 5 * i));
    merge.refresh([true, true]);
    const steps: number[][] = [];
    while (merge.peek(next)) {
      merge.move(next);
      steps.push([next[0]! / minute, a.index, b.index]);
    }
    expect(steps).toEqual(Array.from({ length: 400 }, (_, i) => [i + 1, i, Math.floor((i + 1) / 5) - 1]));
  });

  it('has no step while nothing is loaded', () => {
    const { merge, next } = mergeOf([dataOf(0, 1), dataOf(1, 1)]);
    merge.refresh([false, false]);
    expect(merge.peek(next)).toBe(false);
  });

  it('moves datas that close together in one step, by the clock of the step', () => {
    const [a, b] = [dataOf(0, 1), dataOf(1, 5)];
    const { merge, next, clock } = mergeOf([a, b]);
    load(a, 0, 1, 2, 3, 4);
    load(b, 0);
    merge.refresh([true, true]);
    const steps: unknown[] = [];
    while (merge.peek(next)) {
      merge.move(next);
      steps.push([clock[0]! / minute, a.isNew, b.isNew]);
    }
    expect(steps).toEqual([[1, true, false], [2, true, false], [3, true, false], [4, true, false], [5, true, true]]); // prettier-ignore
  });

  it('has the steps of all closes, whether datas go on together, begin late, end early or have holes', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const opens = Array.from({ length: 3 }, () => {
        const first = random() < 0.5 ? 0 : Math.floor(random() * 30);
        const last = random() < 0.5 ? 300 : 200 + Math.floor(random() * 100);
        const hole = random() < 0.5 ? -1 : Math.floor(random() * 300);
        return Array.from({ length: last - first }, (_, k) => first + k).filter((at) => at !== hole);
      });
      const datas = opens.map((_, id) => dataOf(id, 1));
      const { merge, next, clock } = mergeOf(datas);
      for (const [id, data] of datas.entries()) load(data, ...opens[id]!);
      merge.refresh([true, true, true]);
      const steps: unknown[] = [];
      while (merge.peek(next)) {
        const opening = merge.opening(next).map(({ id }) => id);
        merge.move(next);
        const moved = datas.filter(({ isNew }) => isNew).map(({ id }) => id);
        expect([opening, merge.haveAllMoved]).toEqual([moved, moved.length === 3]);
        steps.push([clock[0]! / minute, ...datas.map(({ index }) => index)]);
      }
      const closes = [...new Set(opens.flat())].sort((a, b) => a - b);
      expect(steps).toEqual(
        closes.map((at) => [at + 1, ...opens.map((list) => list.filter((one) => one <= at).length - 1)]),
      );
    }
  });

  it('never waits for a data that is made of another in the run, which makes no step of its own', () => {
    const a = dataOf(0, 1);
    const made = dataOf(1, 5, a);
    made.knownUntil = -Infinity;
    const { merge, next } = mergeOf([a, made]);
    load(a, 0);
    merge.refresh([false, false]);
    expect([merge.peek(next), next[0]]).toEqual([true, minute]);
    merge.move(next);
    load(made, -5);
    merge.refresh([false, false]);
    expect(merge.peek(next)).toBe(false);
    load(a, 1);
    merge.refresh([false, false]);
    expect([merge.peek(next), next[0]]).toEqual([true, 2 * minute]);
    merge.move(next);
    expect([a.index, made.index, made.isNew]).toEqual([1, 0, true]);
  });
});

describe('the datas that open with a step', () => {
  it('are those whose next bar closes with it, and opens no earlier than the step before', () => {
    const [minutes, hours] = [dataOf(0, 1), dataOf(1, 60)];
    const { merge, next } = mergeOf([minutes, hours]);
    load(minutes, ...Array.from({ length: 61 }, (_, k) => k));
    load(hours, 0, 60);
    merge.refresh([true, true]);
    expect(merge.peek(next)).toBe(true);
    expect(merge.opening(next)).toEqual([minutes]);
    for (let k = 0; k < 59; k++) {
      merge.peek(next);
      merge.move(next);
    }
    merge.peek(next);
    // The hour closes here too, and opened an hour ago: its open was seen long since.
    expect([next[0], merge.opening(next)]).toEqual([60 * minute, [minutes]]);
    merge.move(next);
    merge.peek(next);
    expect(merge.opening(next)).toEqual([minutes]);
  });
});
