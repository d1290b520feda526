/** Watching a run from outside, for audits: what is loaded may be altered, and each step is shown. */
import type { Bars } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

/** What watches a run. Strategies do not see it. */
export interface RunWatch {
  /** Changes the bars of a data as they are loaded; nothing else of the feed is used. */
  readonly alter?: (bars: Bars, feed: { readonly name: string; readonly timeframe: { readonly name: string } }) => Bars;
  /** Moves every bar, expiry and payment of funding by a number of milliseconds, to show what depends on a date. */
  readonly shiftMs?: number;
  /** The moment up to which altered bars are known to be all there are, milliseconds UTC. */
  readonly knownUntil?: number;
  /** Bars that close before this moment, milliseconds UTC, serve as history alone: indicators have values of them, and no step is made. */
  readonly from?: number;
  /** Everything is loaded, and no indicator is computed yet. */
  readonly loaded?: (timelines: readonly Timeline[]) => void;
  /** Before strategies see the open of the next bars, in a run with `cheatOnOpen`. */
  readonly opens?: (timelines: readonly Timeline[]) => void;
  /** Whether indicators are to be computed bar by bar, so that no kernel is given more than has been seen. */
  readonly isStepwise?: boolean;
  /** The cursors are about to move to `clock`. */
  readonly moving?: (clock: number) => void;
  /** The step at `clock` has ended. */
  readonly stepped?: (clock: number, runs: readonly StrategyRun[]) => void;
}
