/** Bars without volume: nothing traded in them, so that they execute nothing. */
import type { Timeline } from '../../lines/index.ts';

/** What is known of one data's volumes. */
interface Known {
  /** Whether some bar so far had a volume: if none had, the data does not carry volumes. */
  hasVolume: boolean;
  /** The last bar that was looked at for it. */
  looked: number;
  /** Bars without volume in which orders were open, and the last of them. */
  empty: number;
  last: number;
}

/** Decides whether the present bars of datas trade. */
export class BarVolumes {
  private readonly known: (Known | undefined)[] = [];
  private readonly names: string[] = [];

  /** Whether the present bar of a data can execute orders: it has a volume, or the data carries none. */
  trades(timeline: Timeline): boolean {
    const { volume, index } = timeline.ticks ?? timeline;
    const now = volume.values[index - volume.base]!;
    const known = (this.known[timeline.id] ??= { hasVolume: false, looked: -1, empty: 0, last: -1 });
    if (now !== 0) {
      known.hasVolume = true;
      return true;
    }
    for (let bar = Math.max(known.looked + 1, volume.base); bar < index && !known.hasVolume; bar++) {
      known.hasVolume = volume.values[bar - volume.base]! > 0;
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
