/** Which level of detail a chart shows, and which part of it: few points, whatever the length of the run. */
import type { IChartApi, Logical } from 'lightweight-charts';

import type { Leveled } from '../columns/leveled.ts';
import { loadPoints } from './chunks.ts';
import { drawnSignal } from './lifetime.ts';

/** Points beside the visible ones that are on the chart, on each side. */
const margin = 1_600;

/** What a chart is given to draw. */
export interface Shown {
  /** Columns by name. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** Points of the finest level in one of these. */
  readonly factor: number;
  /** Number of the first point, in points of this level. */
  readonly from: number;
}

/** Keeps a chart supplied with the points around what is visible. */
export class LevelView {
  readonly #chart: IChartApi;
  readonly #leveled: Leveled;
  readonly #show: (shown: Shown) => void;
  readonly #element: HTMLElement;
  #level = -1;
  #from = 0;
  #to = 0;
  #isHeld = false;
  #isBusy = false;
  #isAsked = false;
  #moves = 0;

  constructor(chart: IChartApi, element: HTMLElement, leveled: Leveled, show: (shown: Shown) => void) {
    this.#chart = chart;
    this.#leveled = leveled;
    this.#show = show;
    this.#element = element;
    chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.#ask());
    // Data must not change while the reader drags it.
    element.addEventListener('pointerdown', () => (this.#isHeld = true), { capture: true });
    for (const name of ['pointerup', 'pointercancel']) {
      window.addEventListener(
        name,
        () => {
          this.#isHeld = false;
          this.#ask();
        },
        { signal: drawnSignal() },
      );
    }
  }

  /** Points of the finest level in all. */
  get length(): number {
    return this.#leveled.length;
  }

  /** Points of the finest level in one that is shown. */
  get factor(): number {
    return this.#leveled.levels[this.#level]?.factor ?? 1;
  }

  /** The visible range in points of the finest level. */
  get visible(): readonly [from: number, to: number] {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range === null || this.#level < 0) return [0, this.length];
    return [(this.#from + range.from) * this.factor, (this.#from + range.to) * this.factor];
  }

  /** A place on the finest level as the chart's own number of it. */
  toLogical(index: number): Logical {
    return (index / this.factor - this.#from) as Logical;
  }

  /** Shows the range `from` to `to`, in points of the finest level. */
  async goTo(from: number, to: number): Promise<void> {
    const span = Math.max(to - from, 8);
    const level = this.#levelFor(span);
    await this.#apply(level, from, from + span);
  }

  /** The point of the finest level at a moment, as near as the coarsest level says. */
  async indexAt(time: number, frameMs: number): Promise<number> {
    const last = this.#leveled.levels.length - 1;
    const { factor, points } = this.#leveled.levels[last]!;
    const [times] = await loadPoints(this.#leveled, last, 0, points);
    let [low, high] = [0, points - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times![middle]! <= time) low = middle;
      else high = middle - 1;
    }
    const inside = Math.min(factor - 1, Math.max(0, Math.floor((time - times![low]!) / frameMs)));
    return Math.min(this.length - 1, low * factor + inside);
  }

  #ask(): void {
    if (this.#isAsked || this.#level < 0) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#check();
    });
  }

  #check(): void {
    // On paper a picture replaces the chart, which then has no width by which to choose a level.
    if (this.#isBusy || this.#element.clientWidth === 0) return;
    const [from, to] = this.visible;
    const span = to - from;
    const most = this.#mostPoints();
    const { factor, points } = this.#leveled.levels[this.#level]!;
    const seen = span / factor;
    const finest = this.#leveled.levels[0]!.factor;
    const isFit = seen <= most * 1.25 && (seen >= most / 5.5 || factor === finest);
    const coarsest = this.#level === this.#leveled.levels.length - 1;
    const near = Math.min(margin / 4, seen);
    const covers =
      (this.#from === 0 || from / factor - near > this.#from) && (this.#to === points || to / factor + near < this.#to);
    if ((isFit || (coarsest && seen > most)) && covers) return;
    if (this.#isHeld) return;
    const level = isFit || (coarsest && seen > most) ? this.#level : this.#levelFor(span);
    if (level === this.#level && covers) return;
    void this.#apply(level, from, to);
  }

  /** Shows a level around a range of points of the finest one. */
  async #apply(level: number, from: number, to: number): Promise<void> {
    const move = ++this.#moves;
    this.#isBusy = true;
    const { factor, points } = this.#leveled.levels[level]!;
    const first = Math.max(0, Math.floor(from / factor) - margin);
    const end = Math.min(points, Math.ceil(to / factor) + margin);
    const start = Math.min(first, Math.max(0, end - margin));
    const columns = await loadPoints(this.#leveled, level, start, end);
    this.#level = level;
    this.#from = start;
    this.#to = end;
    const named = Object.fromEntries(this.#leveled.columns.map(({ name }, k) => [name, columns[k]!]));
    this.#show({ columns: named, factor, from: start });
    this.#chart.timeScale().setVisibleLogicalRange({ from: this.toLogical(from), to: this.toLogical(to) });
    // The chart takes the range when it is drawn next; until then it still shows where the new data ends.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        if (move !== this.#moves) return;
        this.#isBusy = false;
        this.#ask();
      });
    });
  }

  #levelFor(span: number): number {
    const most = this.#mostPoints();
    const found = this.#leveled.levels.findIndex(({ factor }) => span / factor <= most);
    return found < 0 ? this.#leveled.levels.length - 1 : found;
  }

  #mostPoints(): number {
    return Math.max(160, this.#element.clientWidth * 0.7);
  }
}
