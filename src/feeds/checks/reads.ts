/** Which bars were read of feeds beside runs: what a strategy loads itself, at its top or in a hook, no run can hold out. */
import { formatTime, type Bars } from '../../core/index.ts';

interface Read {
  readonly name: string;
  /** Open of the last bar. */
  readonly last: number;
  /** The memory of its times, by which a run knows it again; it is not kept alive. */
  readonly memory: WeakRef<ArrayBufferLike>;
}

/** Reads of this process that no run has taken, oldest first. */
let reads: Read[] = [];
const mostReads = 1_000;

/** Notes bars that a feed has read. */
export function noteRead({ time }: Bars, name: string): void {
  const last = time[time.length - 1];
  if (last === undefined) return;
  reads.push({ name, last, memory: new WeakRef(time.buffer) });
  if (reads.length > mostReads) reads = reads.slice(-mostReads / 2);
}

/** Says that a run has taken bars: it may hold them out itself. */
export function claimRead({ time }: Bars): void {
  reads = reads.filter(({ memory }) => memory.deref() !== time.buffer);
}

/** What was read beside runs of a moment or later, a sentence for each feed. */
export function readsFrom(start: number): string[] {
  const latest = new Map<string, number>();
  for (const { name, last } of reads) {
    if (last >= start) latest.set(name, Math.max(last, latest.get(name) ?? -Infinity));
  }
  return [...latest].map(
    ([name, last]) =>
      `bars from ${formatTime(start)} on were read beside the sweep: '${name}' was loaded up to ${formatTime(last)}, ` +
      'and what a strategy reads itself is not held out',
  );
}
