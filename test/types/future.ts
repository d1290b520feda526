/** What a strategy may not name: columns, timelines and whatever else holds bars that are still to come. */
import { sma, Strategy, type Line } from 'nextbar';
import { columnOf, derive } from 'nextbar/extend';

export class Curious extends Strategy {
  readonly average: Line = sma(this.data.close, 3);

  override next(): void {
    // What it may: the present and the past.
    this.data.close.ago(1, this.data.close.now);
    this.average.window(3).at(-1);

    // @ts-expect-error the column of a line
    void this.data.close.column;
    // @ts-expect-error the timeline of a line
    void this.data.close.timeline;
    // @ts-expect-error the indicators of a strategy
    void this.data.close.graph;
    // @ts-expect-error what a line is made of
    void this.average.node;
    // @ts-expect-error the values of a line
    void this.average.held;
    // @ts-expect-error the roots of a line
    void this.average.roots;
    // @ts-expect-error what a line waits for
    void this.average.gates;
    // @ts-expect-error a kernel is handed columns
    this.data.close.derive({ name: 'next', compute: () => undefined });
    // @ts-expect-error several lines of one kernel
    this.data.close.deriveAll({ name: 'next', compute: () => undefined }, ['next']);
    // @ts-expect-error a function that is called for every bar there is
    this.data.close.map((value: number) => value);
    // @ts-expect-error the same for two lines
    this.data.close.combine('sum', this.data.open, (a: number, b: number) => a + b);
    // @ts-expect-error the timeline of a data
    void this.data.timeline;
    // @ts-expect-error the bars of a broker
    void this.broker.timelines;
    // @ts-expect-error the order entry behind a strategy
    void this.entry;
  }
}

/** Who imports `nextbar/extend` sees columns. */
export const next = (source: Line): Line =>
  derive(source, { name: 'next', compute: ({ inputs: [x] }) => void x?.at(0) });
export const values = (source: Line): Float64Array => columnOf(source).values;
