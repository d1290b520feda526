/** Recordings played to a session: those of all feeds together, in the order in which they were received. */
import type { Runtime } from '../../core/index.ts';
import { receivedAt, type StreamingFeed } from '../../feeds/index.ts';
import type { LiveInput } from './input.ts';

/** Recorded events after which others get a turn. */
const turnEvents = 1_024;

/** What playing works with. */
export interface PlayParts {
  /** How often the recordings' clock is passed on, milliseconds. */
  readonly clockMs: number;
  readonly runtime: Runtime;
  readonly push: (input: LiveInput) => void;
  readonly isOver: () => boolean;
}

/** Plays the recordings of all feeds without pauses. They are the clock: no other is read. */
export async function playRecordings(
  feeds: readonly StreamingFeed[],
  { clockMs, runtime, push, isOver }: PlayParts,
): Promise<void> {
  const streams = feeds.map((feed) => feed.recorded().events(feed.openStreams()));
  const next = streams.map((stream) => stream.next());
  let clock = -Infinity;
  for (let count = 1; !isOver(); count++) {
    let first = -1;
    for (const [k, step] of next.entries()) {
      if (step.done === true) continue;
      const other = next[first];
      if (other === undefined || other.done === true || receivedAt(step.value) < receivedAt(other.value)) first = k;
    }
    const step = next[first];
    if (step === undefined || step.done === true) break;
    const event = step.value;
    const now = receivedAt(event);
    if (now >= clock + clockMs) {
      clock = now;
      push({ kind: 'clock', now });
    }
    push({ kind: 'event', feed: first, event });
    next[first] = streams[first]!.next();
    if (count % turnEvents === 0) await runtime.sleep(0);
  }
  push({ kind: 'stop', reason: 'the recording was over' });
}
