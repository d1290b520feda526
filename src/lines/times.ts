/** The opens of a data's bars as a line, for indicators that begin anew with a session. */
import type { Data } from './data.ts';
import { Line } from './line.ts';

/** When each bar of a data opened, milliseconds UTC. */
export function timesOf(data: Data): Line {
  const { graph, roots, timeline } = data.close;
  return new Line('time', graph, timeline, timeline.time, roots);
}
