/** Which bars were read of feeds beside runs: what a strategy loads itself, at its top or in a hook, no run can hold out. */
import { formatTime, type Bars } from '../../core/index.ts';

interface Read {
  readonly name: string;
  /** Open of the last bar. */
  readonly last: number;
  /** The memory of its times, by which a run knows it again; it is not kept alive. Undefined for what another thread read. */
  readonly memory: WeakRef<ArrayBufferLike> | undefined;
}

/** Reads of this process that no run has taken, oldest first. */
let reads: Read[] = [];
const mostReads = 1_000;

/** Notes bars, or trades and quotes, that were read, and returns them. */
export function noteRead<T extends Pick<Bars, 'time'>>(rows: T, name: string): T {
  const { time } = rows;
  const last = time[time.length - 1];
  if (last !== undefined) add({ name, last, memory: new WeakRef(time.buffer) });
  return rows;
}

function add(read: Read): void {
  reads.push(read);
  if (reads.length > mostReads) reads = reads.slice(-mostReads / 2);
}

/** Takes the reads of this process that no run has taken, as another thread or machine can be told of them. */
export function takeReads(): readonly (readonly [name: string, last: number])[] {
  const taken = reads.map(({ name, last }) => [name, last] as const);
  reads = [];
  return taken;
}

/** Notes what another thread or machine read. */
export function noteReads(taken: readonly (readonly [name: string, last: number])[]): void {
  for (const [name, last] of taken) add({ name, last, memory: undefined });
}

/** Says that a run has taken bars, or a feed the ticks that it makes bars of: a sweep may hold them out itself. */
export function claimRead({ time }: Pick<Bars, 'time'>): void {
  reads = reads.filter(({ memory }) => memory?.deref() !== time.buffer);
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
