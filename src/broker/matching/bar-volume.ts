/** Bars without volume: nothing traded in them, so that they execute nothing. */
import type { Timeline } from '../../lines/index.ts';

/** What is known of one data's volumes. */
interface Known {
  /** Whether some bar so far had a volume: if none had, the data does not carry volumes. */
  hasVolume: boolean;
  /** The bars from the one that was looked at last on, and before this one, have a volume. 0 for growing bars. */
  filledTo: number;
  /** The last bar that was looked at for `hasVolume`. */
  looked: number;
  /** Bars without volume in which orders were open, and the last of them. */
  empty: number;
  last: number;
}

/** How many bars are looked at together: orders lie far apart, and reading the volume of each one's bar alone waits for the memory. */
const ahead = 512;

/** Decides whether the present bars of datas trade. */
export class BarVolumes {
  private readonly known: (Known | undefined)[] = [];
  private readonly names: string[] = [];

  /** Whether the present bar of a data can execute orders: it has a volume, or the data carries none. */
  trades(timeline: Timeline): boolean {
    if (timeline.index < timeline.tradedTo && timeline.ticks === undefined) return true;
    const known = this.known[timeline.id];
    return (known !== undefined && timeline.index < known.filledTo) || this.look(timeline);
  }

  private look(timeline: Timeline): boolean {
    const { volume, index } = timeline.ticks ?? timeline;
    const { values, base } = volume;
    const known = (this.known[timeline.id] ??= { hasVolume: false, filledTo: 0, looked: -1, empty: 0, last: -1 });
    if (values[index - base] !== 0) {
      known.hasVolume = true;
      if (timeline.ticks !== undefined) return true;
      const end = Math.min(index + ahead, timeline.loaded);
      let bar = index + 1;
      while (bar < end && values[bar - base] !== 0) bar++;
      known.filledTo = bar;
      return true;
    }
    for (let bar = Math.max(known.looked + 1, base); bar < index && !known.hasVolume; bar++) {
      known.hasVolume = values[bar - base]! > 0;
      known.looked = bar;
    }
    if (!known.hasVolume) return true;
    if (known.last !== index) known.empty++;
    known.last = index;
    this.names[timeline.id] = timeline.info.name;
    return false;
  }

  /** One sentence for each data with bars that executed nothing for want of a volume. */
  get warnings(): string[] {
    return this.known.flatMap((known, id) => {
      if (known === undefined || known.empty === 0) return [];
      const bars = known.empty === 1 ? '1 bar' : `${known.empty} bars`;
      return [`${bars} of '${this.names[id]!}' had no volume and executed none of the orders that were open`];
    });
  }
}
