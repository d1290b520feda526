/** Files that a strategy reads beside its datas: orders that change when the rows after them are not there. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';

import type { Cerebro } from '../../engine/index.ts';
import { watchFiles } from './files.ts';
import { copyUntil } from './forms.ts';
import { leaksBetween, type Leak } from './leaks.ts';
import { BarNumbers, Later } from './rows.ts';
import { cutWatch, trace, type Trace, type TraceWatch } from './trace.ts';

/** Larger files stay as they are. */
const largest = 256 * 1024 * 1024;

/** Files that a strategy reads, cut at a moment: for a run after the other. */
export class ReadFiles {
  readonly #make: () => Cerebro;
  readonly #reload: () => Promise<() => Cerebro>;
  readonly #truth: Trace;
  readonly #paths: readonly string[];
  readonly #bars: BarNumbers;

  private constructor(
    make: () => Cerebro,
    reload: () => Promise<() => Cerebro>,
    truth: Trace,
    paths: readonly string[],
  ) {
    this.#make = make;
    this.#reload = reload;
    this.#truth = truth;
    this.#paths = paths;
    this.#bars = new BarNumbers(truth.timelines);
  }

  /** Runs a strategy once to see which files it reads, from its module on; undefined where it reads none. */
  static async seen(
    make: () => Cerebro,
    reload: () => Promise<() => Cerebro>,
    truth: Trace,
  ): Promise<ReadFiles | undefined> {
    const paths = new Set<string>();
    await traceWith(reload, {}, (path) => {
      paths.add(path);
      return path;
    });
    const files = [...paths].filter((path) => {
      const stat = existsSync(path) ? statSync(path) : undefined;
      return stat?.isFile() === true && stat.size <= largest;
    });
    return files.length === 0 ? undefined : new ReadFiles(make, reload, truth, files);
  }

  /**
   * Runs the strategy with its data and every file that it reads cut at an order next to `near`, and finds what was another up to there, though it is
   * the same with the data alone cut. Returns the leaks, and the runs that it took.
   */
  async leaksAt(near: number): Promise<[Leak[], number]> {
    // At an order: there the bars to come matter.
    const end = this.#truth.decisions.find(({ clock }) => clock >= near)?.clock ?? near;
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-'));
    try {
      const later = new Later(end, this.#bars);
      const places = new Map<string, string>();
      let hasEmptied = false;
      for (const path of this.#paths) {
        const place = join(folder, `${places.size}${extname(path)}`);
        const kept = await copyUntil(path, place, later);
        if (kept === undefined) continue;
        places.set(path, place);
        hasEmptied ||= kept.isEmpty;
      }
      if (places.size === 0) return [[], 0];
      const other = await traceWith(this.#reload, cutWatch(end), (path) => places.get(path) ?? path);
      const differences = (one: Trace): Leak[] =>
        leaksBetween(this.#truth, one, end, 'cut').filter(
          ({ kind }) => kind === 'order' || (kind === 'error' && !hasEmptied),
        );
      const [found] = differences(other);
      if (found === undefined) return [[], 1];
      if (differences(await trace(this.#make(), cutWatch(end))).length > 0) return [[], 2];
      const what = [...places.keys()].map((path) => `'${basename(path)}'`).join(', ');
      return [[{ ...found, kind: 'file', what, count: 1 }], 2];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Runs a strategy of a module that is imported again, with other files in the places of those that it reads; datas are loaded from their own. */
async function traceWith(
  reload: () => Promise<() => Cerebro>,
  watch: TraceWatch,
  placeOf: (path: string) => string,
): Promise<Trace> {
  const files = watchFiles(placeOf);
  try {
    files.isOn = true;
    const cerebro = (await reload())();
    files.isOn = false;
    return await trace(cerebro, { ...watch, loaded: () => (files.isOn = true) });
  } finally {
    files.end();
  }
}
