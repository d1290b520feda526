/** A progress bar on a terminal, for loads that take long enough to be noticed. */
import type { Runtime } from '../../core/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import type { Output } from '../shell/command.ts';

/** Loads shorter than this show nothing; a bar is drawn again no sooner than this. */
const [patienceMs, redrawMs] = [400, 80];
const width = 24;

/** Draws how far the datas are loaded, in one line of a terminal that is cleared in the end. */
export class ProgressBar {
  private readonly output: Output;
  private readonly runtime: Runtime;
  private readonly started: number;
  private readonly loads = new Map<string, LoadProgress>();
  private drawn = -Infinity;

  constructor(output: Output, runtime: Runtime) {
    this.output = output;
    this.runtime = runtime;
    this.started = runtime.elapsed();
  }

  /** Takes note of one data's progress. */
  show(name: string, progress: LoadProgress): void {
    this.loads.set(name, progress);
    const now = this.runtime.elapsed();
    if (this.output.isTTY !== true || now - this.started < patienceMs || now - this.drawn < redrawMs) return;
    this.drawn = now;
    this.output.write(`\r\u001b[2K${this.text()}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.drawn > -Infinity) this.output.write('\r\u001b[2K');
    this.drawn = -Infinity;
  }

  private text(): string {
    const all = [...this.loads.values()];
    const shares = all.map(({ done, total }) => (total === undefined || total === 0 ? 0 : Math.min(done / total, 1)));
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    const full = Math.round(share * width);
    return `loading ${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.floor(share * 100)} %  ${[...this.loads.keys()].join(', ')}`;
  }
}
