/**
 * Records bars that were read from feeds outside of runs: no run can hold out bars that a strategy loads itself, at the top of its file or
 * in a hook.
 */
import { formatTime, type Bars } from '../../core/index.ts';

interface Read {
  readonly name: string;
  /** Open of the last bar. */
  readonly last: number;
  /** The memory of its times, by which a run recognises it; held weakly. Undefined for reads of another thread. */
  readonly memory: WeakRef<ArrayBufferLike> | undefined;
}

/** Reads of this process that no run has taken, oldest first. */
let reads: Read[] = [];
const mostReads = 1_000;

/** Records bars, or trades and quotes, that were read, and returns them. */
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

/** Takes the reads of this process that no run has taken, as plain data for another thread or machine. */
export function takeReads(): readonly (readonly [name: string, last: number])[] {
  const taken = reads.map(({ name, last }) => [name, last] as const);
  reads = [];
  return taken;
}

/** Records the reads of another thread or machine. */
export function noteReads(taken: readonly (readonly [name: string, last: number])[]): void {
  for (const [name, last] of taken) add({ name, last, memory: undefined });
}

/** Marks bars as taken by a run, or ticks as taken by a feed that builds bars: a sweep can hold these out itself. */
export function claimRead({ time }: Pick<Bars, 'time'>): void {
  reads = reads.filter(({ memory }) => memory?.deref() !== time.buffer);
}

/** Reads outside of runs at or after a moment, one sentence for each feed. */
export function readsFrom(start: number): string[] {
  const latest = new Map<string, number>();
  for (const { name, last } of reads) {
    if (last >= start) latest.set(name, Math.max(last, latest.get(name) ?? -Infinity));
  }
  return [...latest].map(
    ([name, last]) =>
      `bars from ${formatTime(start)} on were read outside of the sweep: '${name}' was loaded up to ${formatTime(last)}, ` +
      'and bars that a strategy loads itself cannot be held out',
  );
}
