/** The loop of the most common run: one strategy on spot, each bar of one data a step, nobody looking at single steps. */
import { blockSteps, type RunRecord } from '../../analyzers/index.ts';
import type { BackBroker } from '../../broker/index.ts';
import { rollBars, type Timeline } from '../../lines/index.ts';
import { distribute } from './distribute.ts';
import type { HeldEquity } from '../result/equity.ts';
import { Followers } from './followers.ts';
import type { StrategyRun } from '../strategy/strategy-run.ts';

/** What the loop works with. */
export interface LoneParts {
  readonly leader: Timeline;
  readonly timelines: readonly Timeline[];
  readonly broker: BackBroker;
  readonly record: RunRecord;
  readonly run: StrategyRun;
  readonly timers: { readonly count: number };
  readonly held: HeldEquity | undefined;
  /** Whether anybody reads the steps. */
  readonly isRecorded: boolean;
  /** Shows analyzers a full block. */
  readonly flush: () => void;
}

/**
 * The same steps as the general loop's. Between fills cash and size stay as they are, so that the broker is asked only when it has
 * work, and the steps between are recorded together. The first timer and the first position in another data end it.
 */
export class LoneLoop {
  private readonly parts: LoneParts;
  private readonly runs: readonly StrategyRun[];
  /** Cash and size since the steps that are recorded. */
  private readonly noted = new Float64Array(2);

  constructor(parts: LoneParts) {
    this.parts = parts;
    this.runs = [parts.run];
  }

  /** Runs as far as it can; false when the last step has still to be recorded. */
  advance(): boolean {
    const { leader, timelines, broker, record, run, timers } = this.parts;
    const { noted } = this;
    if (!broker.holdsOnly(leader.id)) return true;
    const followers = new Followers(timelines);
    const last = leader.loaded - 1;
    broker.isMarkedLate = true;
    noted[0] = broker.cash;
    noted[1] = broker.positionOf(leader.id).size;
    leader.isNew = true;
    let isWhole = true;
    let known = 0;
    while (leader.index < last && timers.count === 0 && isWhole) {
      const next = leader.index + 1;
      const blockEnd = record.length + record.pending + blockSteps - 1;
      if (next >= known) {
        run.graph.roll(rollBars);
        known = next + rollBars;
      }
      if (next > blockEnd) this.noteUpTo(leader.index);
      else if (!broker.hasWork && next < followers.due && run.isQuiet) {
        run.stepQuietly(leader, Math.min(last, blockEnd, followers.due - 1, known - 1), timers);
      } else {
        leader.index = next;
        if (next >= followers.due) followers.move(leader);
        if (broker.hasWork) this.work();
        run.step();
        if (next >= followers.due) followers.settle(leader);
        isWhole = broker.holdsOnly(leader.id);
      }
    }
    this.noteUpTo(isWhole ? leader.index : leader.index - 1);
    record.workOut();
    broker.isMarkedLate = false;
    broker.mark();
    return isWhole;
  }

  /** The broker's part of a step, with what it changed. */
  private work(): void {
    const { leader, broker, held } = this.parts;
    const { noted } = this;
    broker.step();
    const { size } = broker.positionOf(leader.id);
    const isChanged = broker.cash !== noted[0] || size !== noted[1];
    // Who is told of an order counts its step by the steps recorded.
    if (isChanged || broker.desk.notices.count > 0) this.noteUpTo(leader.index - 1);
    if (isChanged) {
      noted[0] = broker.cash;
      noted[1] = size;
      held?.hold(leader.index, noted[0], size);
    }
    if (broker.desk.notices.count > 0) distribute(broker.desk.notices, this.runs);
  }

  /** Records the steps to `last`, in which cash and position were as noted. */
  private noteUpTo(last: number): void {
    const { leader, record, isRecorded, flush } = this.parts;
    const steps = last + 1 - record.length - record.pending;
    if (!isRecorded) {
      record.pass(steps);
      return;
    }
    const cash = this.noted[0]!;
    const size = this.noted[1]!;
    let from = record.length + record.pending;
    for (let left = steps; left > 0;) {
      const count = Math.min(left, blockSteps - record.pending);
      record.stretch(leader, from, count, cash, size);
      from += count;
      left -= count;
      if (record.pending === blockSteps) flush();
    }
  }
}
