/** Plays a recording at the speed it was made, or a multiple of it. */
import { ConfigError, type Runtime } from '../../core/index.ts';
import type { RecordingLine } from './recording.ts';
import type { Playback } from './playback.ts';

/**
 * Plays the lines with the pauses they had, divided by `speed`; `Infinity` plays without pauses. A line without a time follows at once.
 *
 * @throws {ConfigError} If `speed` is not above 0.
 */
export async function playAtSpeed<N>(
  playback: Playback<N>,
  lines: readonly RecordingLine[],
  runtime: Runtime,
  speed: number,
  signal?: AbortSignal,
): Promise<void> {
  if (!(speed > 0)) throw new ConfigError(`speed must be above 0, was ${speed}`);
  const began = runtime.elapsed();
  const first = lines.find((line) => line.t !== null)?.t ?? 0;
  for (const line of lines) {
    if (signal?.aborted === true) return;
    if (line.t !== null && speed !== Infinity) {
      const due = began + ((line.t - first) * 1000) / speed;
      if (due > runtime.elapsed()) await runtime.sleep(due - runtime.elapsed());
    }
    playback.line(line);
  }
}
