/** The look-ahead audit: whether a strategy's past depends on its future, or on how much history came before. */
import { checkNames, ConfigError } from '../../core/index.ts';
import type { Cerebro } from '../../engine/index.ts';
import { dateLeaks } from './dates.ts';
import { earlyDatas } from './early-datas.ts';
import { foresight } from './foresight.ts';
import { ReadFiles } from './read.ts';
import { blindWatch, cutWatch, lateWatch, trace, type Noise, type Trace } from './trace.ts';
import { leaksBetween, type Leak } from './leaks.ts';
import { remembered } from './memory.ts';
import { numberLeaks } from './numbers.ts';
import { warmUps, type WarmUp } from './warm.ts';

/** Options of auditLookahead. */
export interface AuditOptions {
  /** How many times the data is cut off, at places spread over the run. Default 4. */
  readonly cuts?: number;
  /** Relative difference below which values of an indicator with more and with less history count as equal. Default 1e-6. */
  readonly tolerance?: number;
  /**
   * Whether dates and bar numbers in the strategy's code were known before they came, as an expiry or a halving is: orders may depend on them.
   * Default false: they are leaks of the kinds `date` and `number`.
   */
  readonly knownDates?: boolean;
  /**
   * Imports the strategy's module again and returns a new `make`: the audit then sees files that the module reads while it is imported.
   * Default: `make` stays, and the audit sees the files that the strategy reads in its fields and hooks.
   */
  readonly reload?: () => Promise<() => Cerebro>;
}

/** What an audit found. */
export interface AuditReport {
  /** Whether nothing leaked. Indicators that need a long history do not make a strategy unclean. */
  readonly isClean: boolean;
  /** Each line and each kind of leak once, with the first bar at which it showed; in the order of time. */
  readonly leaks: readonly Leak[];
  /** Indicators whose values depend on how much history came before, with the bars they need. */
  readonly warmUps: readonly WarmUp[];
  /** Steps of the true run. */
  readonly steps: number;
  /** Runs that were compared with it. */
  readonly runs: number;
}

const noises: readonly Noise[] = ['higher', 'lower', 'random'];

/**
 * Runs a strategy over true data, over data whose future is falsified at every bar, over data cut off at several places, and over
 * data that begins later, over the same bars at other dates and other bars at the same numbers, and compares every order, every indicator and the
 * portfolio's value.
 *
 * In a falsified run each bar is false until the moment it closes, so that a leak of a single bar shows at that very bar.
 *
 * @param make - Makes a new, equal Cerebro for each run, feeds included.
 * @throws {ConfigError} If an option cannot be right, or the runs are not the same even over true data.
 */
export async function auditLookahead(make: () => Cerebro, options: AuditOptions = {}): Promise<AuditReport> {
  checkNames('option of auditLookahead', options, ['cuts', 'tolerance', 'knownDates', 'reload']);
  const { cuts = 4, tolerance = 1e-6, knownDates = false, reload = () => Promise.resolve(make) } = options;
  if (!Number.isInteger(cuts) || cuts < 0) throw new ConfigError(`cuts must be a whole number, was ${cuts}`);
  if (!(tolerance > 0 && tolerance < 1)) throw new ConfigError(`tolerance must be between 0 and 1, was ${tolerance}`);
  const truth = await trace(make(), {});
  if (truth.error !== undefined) throw truth.error as Error;
  const again = leaksBetween(truth, await trace(make(), {}, { clock: 'moved' }), Infinity, 'again');
  if (again[0] !== undefined) {
    const leak = await remembered(make);
    if (leak !== undefined) return { isClean: false, leaks: [leak], warmUps: [], steps: truth.clocks.length, runs: 6 };
    throw new ConfigError(
      `two runs over the same data differ (${again[0].what}), and nothing can be said of look-ahead: take times from bars, and draw numbers from a seed`,
      { code: 'not-repeatable' },
    );
  }
  const found: Leak[] = [...foresight(truth.decisions, truth.timelines), ...earlyDatas(truth.timelines)];
  let runs = 1;
  const dated = knownDates ? undefined : await dateLeaks(make, truth);
  if (dated !== undefined) {
    found.push(...dated);
    runs++;
  }
  const numbered = knownDates ? undefined : await numberLeaks(make, truth);
  if (numbered !== undefined) {
    found.push(...numbered.leaks);
    runs += numbered.runs;
  }
  for (const noise of noises) {
    found.push(...leaksBetween(truth, await trace(make(), blindWatch(noise)), Infinity, 'falsified'));
    runs++;
  }
  const steps = truth.clocks.length;
  const files = knownDates ? undefined : await ReadFiles.seen(make, reload, truth);
  if (!knownDates) runs++;
  // More cuts than steps would be made at the same bars again.
  const places = Math.min(cuts, steps - 1);
  for (let k = 1; k <= places; k++) {
    const end = truth.clocks[Math.floor((k * steps) / (places + 1))];
    if (end === undefined) continue;
    found.push(...leaksBetween(truth, await trace(make(), cutWatch(end)), end, 'cut'));
    runs++;
    if (files === undefined) continue;
    const [read, more] = await files.leaksAt(end);
    found.push(...read);
    runs += more;
  }
  const late: Trace[] = [];
  for (const share of [0.2, 0.4]) {
    const start = truth.clocks[Math.floor(steps * share)];
    if (start !== undefined) late.push(await trace(make(), lateWatch(start)));
    runs++;
  }
  const leaks = firstOfEach(found);
  return { isClean: leaks.length === 0, leaks, warmUps: warmUps(truth, late, tolerance), steps, runs };
}

/** The earliest of the leaks of one line or kind, over all runs. */
function firstOfEach(found: readonly Leak[]): Leak[] {
  const first = new Map<string, Leak>();
  for (const leak of found) {
    const key = `${leak.kind} ${leak.strategy} ${leak.kind === 'indicator' ? leak.what : ''}`;
    const known = first.get(key);
    if (known === undefined || leak.time < known.time || (leak.time === known.time && leak.count > known.count))
      first.set(key, leak);
  }
  return [...first.values()].sort((a, b) => a.time - b.time);
}
