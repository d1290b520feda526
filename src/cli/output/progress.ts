/** A progress bar on a terminal, for loads that take long enough to be noticed, drawn by cli-progress. */
import type { SingleBar } from 'cli-progress';

import type { Runtime } from '../../core/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import type { Output } from '../shell/command.ts';
import { count, span } from './words.ts';

/** Loads shorter than this show nothing, in milliseconds. */
const patienceMs = 400;

/** Shows how far the datas are loaded. */
export interface LoadBar {
  /** Takes the progress of one data. */
  show(name: string, progress: LoadProgress): void;
  /** Removes the bar from the terminal. */
  clear(): void;
}

/** A bar on `output`; where that is not a terminal, it draws nothing. */
export async function loadBar(output: Output, runtime: Runtime): Promise<LoadBar> {
  if (output.isTTY !== true) return { show: () => {}, clear: () => {} };
  const { default: progress } = await import('cli-progress');
  return new TerminalBar(() => {
    const format = 'loading {bar} {percentage} %  {pace}  {names}';
    const options = { format, barsize: 24, fps: 12, clearOnComplete: true, linewrap: true, gracefulExit: false };
    return new progress.SingleBar(
      { ...options, stream: output as unknown as NodeJS.WritableStream },
      progress.Presets.shades_grey,
    );
  }, runtime);
}

class TerminalBar implements LoadBar {
  readonly #make: () => SingleBar;
  readonly #runtime: Runtime;
  readonly #started: number;
  readonly #loads = new Map<string, LoadProgress>();
  #bar: SingleBar | undefined;

  constructor(make: () => SingleBar, runtime: Runtime) {
    this.#make = make;
    this.#runtime = runtime;
    this.#started = runtime.elapsed();
  }

  show(name: string, progress: LoadProgress): void {
    this.#loads.set(name, progress);
    if (this.#runtime.elapsed() - this.#started < patienceMs) return;
    const all = [...this.#loads.values()];
    const shares = all.map(({ done, total }) => (total === undefined || total === 0 ? 0 : Math.min(done / total, 1)));
    const percent = Math.floor((100 * shares.reduce((sum, one) => sum + one, 0)) / shares.length);
    const unfinished = [...this.#loads].filter(([, { done, total }]) => total === undefined || done < total);
    const names = unfinished.map(([one]) => one);
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    const payload = { names: `${names.slice(0, 3).join(', ')}${more}`, pace: this.#pace(all, percent) };
    if (this.#bar === undefined) {
      this.#bar = this.#make();
      this.#bar.start(100, percent, payload);
    } else this.#bar.update(percent, payload);
  }

  /** `12,000 bars/s, 3 minutes left`. */
  #pace(loads: readonly LoadProgress[], percent: number): string {
    const seconds = (this.#runtime.elapsed() - this.#started) / 1000;
    const bars = loads.reduce((sum, { done, unit }) => sum + (unit === 'bars' ? done : 0), 0);
    const rate = bars === 0 ? '' : `${count(Math.round(bars / seconds))} bars/s`;
    const left = percent < 2 || percent === 100 ? '' : `${span((seconds * 1000 * (100 - percent)) / percent)} left`;
    return [rate, left].filter((text) => text !== '').join(', ');
  }

  clear(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
