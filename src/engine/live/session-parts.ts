/** What a live session is made of: its streams, and what is known of each before the first input. */
import type { LiveBroker } from '../../broker/index.ts';
import { ConfigError, type Instrument } from '../../core/index.ts';
import { StreamingFeed, type LiveBar, type MissingBars } from '../../feeds/index.ts';
import type { DecisionSink } from './journal/decisions.ts';
import type { LiveFeed } from './feed-state.ts';
import type { SessionLimits } from './operation/kill-switch.ts';
import { feedOfPlan } from '../plan/data-plan.ts';
import type { RunPlan } from '../plan/plan.ts';
import type { RoundTrip } from '../result/round-trip.ts';
import type { LiveMode } from '../result/session-summary.ts';
import type { KeepOptions } from '../run/bounded-memory.ts';

/** What is known of a stream before the first input. */
export interface StreamFacts {
  readonly canFetch: boolean;
  readonly clockOffset: number;
  readonly instrument?: Instrument | undefined;
}

/** What a session is made of. */
export interface SessionParts {
  readonly plan: RunPlan;
  readonly mode: LiveMode;
  readonly broker: LiveBroker;
  readonly keep: KeepOptions;
  readonly maxSteps: number;
  readonly until: number;
  /** By stream, in the order of `streamsOf`. */
  readonly facts: readonly StreamFacts[];
  readonly decide?: DecisionSink | undefined;
  /** What flattens and pauses the session. */
  readonly limits?: SessionLimits | undefined;
  /** How long an order waits for a person, in milliseconds; undefined where none does. */
  readonly approvalMs?: number | undefined;
  /** Orders that waited for a person when an earlier run ended, one line each: they were not sent. */
  readonly unsent?: readonly string[] | undefined;
  /** What strategies saved in an earlier run, in the order of the strategies. */
  readonly state?: readonly unknown[] | undefined;
  /** Called after every step. */
  readonly onStep?: (() => void) | undefined;
  /** Called when the session was paused or resumed, or a person has answered for orders. */
  readonly onCommand?: (() => void) | undefined;
  /** Called with every bar that is handed to the datas of a stream. */
  readonly onBar?: ((feed: number, bar: LiveBar) => void) | undefined;
  /** How long orders took to the exchange and back. */
  readonly roundTrip?: (() => RoundTrip | undefined) | undefined;
  /** What the keeping of the market has to report. */
  readonly keptWarnings?: (() => readonly string[]) | undefined;
  /** Asks for bars; they come back as an input. */
  readonly fetch?: ((feed: LiveFeed, range: MissingBars) => void) | undefined;
}

/** Every streaming feed of a plan once, in the order in which datas were added. @throws {ConfigError} If another feed is among them. */
export function streamsOf(plan: RunPlan): readonly StreamingFeed[] {
  const feeds = [...new Set(plan.datas.map(feedOfPlan))];
  return feeds.map((feed) => {
    if (feed instanceof StreamingFeed) return feed;
    throw new ConfigError(
      `a live run needs datas that stream, and '${feed.name}' is a ${feed.constructor.name}: use a StreamingFeed`,
      { context: { data: feed.name } },
    );
  });
}
