/** The replay of a session's journal: the same inputs again, and each decision compared with the one that was made. */
import { dirname, resolve } from 'node:path';

import { JournalReader } from '../../../store/index.ts';
import { otherDecision, playedInputs, type PlayedInput } from './entry.ts';
import { headerIn, playEarlierRuns } from './earlier-runs.ts';
import { makeBroker } from '../make-broker.ts';
import { planOfReplay, type SessionHeader } from './header.ts';
import { LiveSession } from '../session.ts';
import { streamsOf } from '../session-parts.ts';
import type { RunPlan } from '../../plan/plan.ts';
import type { RunResult } from '../../result/result.ts';
import type { LiveMode } from '../../result/session-summary.ts';

/** The first decision that was made otherwise. */
export interface JournalDifference {
  /** Number of the decision, from 1, and of the input that led to it, from 1; 0 for what was decided before the first. */
  readonly decision: number;
  /** Number of the input at which it differs, from 0. */
  readonly input: number;
  /** What the journal has there, and what was decided now; undefined where there is none. */
  readonly was: string | undefined;
  /** What the replay decided. */
  readonly is: string | undefined;
}

/** The outcome of replaying a journal. */
export interface JournalReplay {
  /** The journal's file. */
  readonly path: string;
  /** The mode of the session that wrote it. */
  readonly mode: string;
  /** The session's name. */
  readonly session: string;
  /** How many inputs were played and how many decisions compared. */
  readonly inputs: number;
  /** Decisions compared. */
  readonly decisions: number;
  /**
   * Number of inputs on which only messages or texts of reasons differ, as between versions. They are not decisions.
   */
  readonly rewordings: number;
  /** The first difference; undefined when every decision was the same: orders, fills, notifications, trades, cash and value. */
  readonly difference: JournalDifference | undefined;
  /** What is missing at the end of the journal, in one sentence; undefined for a complete one. */
  readonly cut: string | undefined;
  /** The result of the replayed run. */
  readonly result: RunResult;
}

/**
 * Replays the inputs of a journal with the strategies of a plan.
 *
 * @throws {ConfigError} If the plan is set up otherwise than the session was.
 * @throws {DataError} If the file is no journal.
 */
export async function replayPlan(plan: RunPlan, path: string): Promise<JournalReplay> {
  const reader = await JournalReader.open(path);
  const feeds = streamsOf(plan);
  for (const feed of feeds) feed.beginSession();
  try {
    return await play(plan, reader);
  } finally {
    for (const feed of feeds) feed.endSession();
    reader.close();
  }
}

async function play(given: RunPlan, reader: JournalReader): Promise<JournalReplay> {
  const header = reader.header as SessionHeader;
  const plan = planOfReplay(header, given, reader.path);
  const made: string[] = [];
  const { session: name, keepBars, keepOrders, maxSteps = Infinity, until = Infinity } = header;
  const mode = modeIn(header);
  const earlier = (header.resumes ?? []).map((file) => resolve(dirname(reader.path), file));
  const session = new LiveSession({
    plan,
    mode,
    broker: makeBroker(plan, mode, header.choices, undefined),
    keep: { keepBars, keepOrders },
    ...(earlier.length > 0 ? { maxSteps: Infinity, until: Infinity } : { maxSteps, until }),
    facts: header.streams,
    state: header.state,
    unsent: header.unsent,
    limits: header.limits,
    approvalMs: header.approvalMs,
    decide: (body) => {
      made.push(body);
    },
  });
  session.start();
  if (earlier.length > 0) {
    const first = await headerIn(earlier[0]!);
    session.limit(first.maxSteps ?? Infinity, first.until ?? Infinity, first.limits, first.approvalMs);
    await playEarlierRuns(session, earlier, made);
    session.limit(maxSteps, until, header.limits, header.approvalMs);
  }
  let [inputs, decisions, rewordings] = [0, 0, 0];
  let difference: JournalDifference | undefined;
  for (const played of playedInputs(session, reader, made)) {
    const isCut = played.isLast && reader.cut !== undefined;
    inputs = played.input;
    decisions = played.before + played.written.length;
    if (isSame(played, isCut)) continue;
    rewordings++;
    const other = otherDecision(played, isCut);
    if (other === undefined) continue;
    difference = { ...other, input: inputs };
    break;
  }
  // The second stop no longer waits for answers that are not in the journal.
  const reason = reader.cut ?? 'the journal was over';
  for (let k = 0; k < 2; k++) session.consume({ kind: 'stop', reason });
  const result = session.result(undefined, { limit: 0, most: 0, replaced: 0, dropped: 0 });
  return { path: reader.path, mode, session: name, inputs, decisions, rewordings, difference, cut: reader.cut, result };
}

/** Whether every decision on an input is the same text. Of one that a journal breaks off in, only what was written counts. */
function isSame({ written, made }: PlayedInput, isCut: boolean): boolean {
  return (isCut || written.length === made.length) && written.every((body, k) => body === made[k]);
}

/** The mode of the journal's session; 0.1 wrote `replay` for what is `recording` now. */
function modeIn({ mode }: { readonly mode: LiveMode | 'replay' }): LiveMode {
  return mode === 'replay' ? 'recording' : mode;
}
