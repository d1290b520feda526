/** The operator's desk of a session: it pauses, resumes and flattens, as a person or a broken limit demands, and answers for orders that wait. */
import type { LiveBroker } from '../../../broker/index.ts';
import type { Timeline } from '../../../lines/index.ts';
import type { StrategyRun } from '../../strategy/strategy-run.ts';
import type { LiveFeed } from '../feed-state.ts';
import type { SessionCommand } from '../input.ts';
import { Approvals } from './approvals.ts';
import { KillSwitch, type SessionLimits } from './kill-switch.ts';

/** How long after an attempt to close every position the next may follow, where one is still open and no order works. */
const flattenAgainMs = 5_000;

/** How many orders, in words. */
export function counted(count: number): string {
  return count === 1 ? '1 order' : `${count} orders`;
}

/** What the desk works with. */
export interface OperatorParts {
  readonly broker: LiveBroker;
  readonly timelines: readonly Timeline[];
  readonly limits: SessionLimits | undefined;
  /** How long an order waits for a person, in milliseconds; undefined where none does. */
  readonly approvalMs: number | undefined;
  /** Reports to strategies and to those who watch. */
  readonly say: (message: string) => void;
  /** Called when the session was paused or resumed, or a person has answered for orders. */
  readonly onCommand: (() => void) | undefined;
}

/** It reads no clock of its own, so that a replay acts at the same input. */
export class Operator {
  readonly approvals: Approvals;
  /** Why orders that open or increase a position are refused; undefined while they are taken. */
  paused: string | undefined;
  /** The session's strategies, once they are made. */
  runs: readonly StrategyRun[] = [];
  readonly #parts: OperatorParts;
  readonly #killSwitch: KillSwitch;
  #limits: SessionLimits | undefined;
  /** Whether every position is to be closed, until an operator resumes. */
  #isFlattening = false;
  /** When that was tried last, by the session's time. */
  #flattenedAt = -Infinity;

  constructor(parts: OperatorParts) {
    const { broker, limits, approvalMs } = parts;
    this.#parts = parts;
    this.#limits = limits;
    this.#killSwitch = new KillSwitch(limits ?? {});
    this.approvals = new Approvals(approvalMs);
    this.approvals.refusal = (working) => broker.pausedFor(working);
  }

  /** The limits of the run that goes on with the session. */
  limit(limits: SessionLimits | undefined, approvalMs: number | undefined): void {
    this.approvals.waitMs = approvalMs;
    this.#limits = limits;
    this.#killSwitch.limit(limits ?? {});
  }

  /** Whether the session has to be checked after each input. */
  get isWatching(): boolean {
    return this.#limits !== undefined || this.#isFlattening;
  }

  /** Does what an operator asks for. */
  take({ name, reason, ref }: SessionCommand): void {
    const { broker, say, onCommand } = this.#parts;
    switch (name) {
      case 'approve':
      case 'decline':
        this.#answer(name, reason, ref);
        return onCommand?.();
      case 'pause':
        // After a restart: what was to be closed then and is still open is closed now.
        this.#isFlattening ||= /^the (?:session is flat|kill switch has) /.test(reason);
        return this.#pause(
          /^the (session is|kill switch has) /.test(reason) ? reason : `the session is paused: ${reason}`,
        );
      case 'resume':
        say(this.paused === undefined ? 'the session was not paused' : `the session goes on: ${reason}`);
        this.paused = undefined;
        this.#isFlattening = false;
        this.#killSwitch.rearm();
        broker.pause(undefined);
        return onCommand?.();
      case 'flatten':
        this.#pause(`the session is flat and paused: ${reason}`);
        this.#isFlattening = true;
        this.#flatten();
    }
  }

  /**
   * Flattens and pauses the session when a limit is broken; whatever asked for it, it is done again while a position is left.
   *
   * @param placed - Orders placed so far.
   * @returns Whether it has flattened.
   */
  check(placed: number, feeds: readonly LiveFeed[]): boolean {
    const { broker } = this.#parts;
    const { now } = this.approvals;
    const datas = feeds.flatMap(({ feed: { symbol }, dataIds, state }) =>
      dataIds.map((id) => ({ symbol, size: broker.heldOf(id), isLive: state === 'live' })),
    );
    if (this.paused === undefined && this.#limits !== undefined) {
      const { value, grossValue } = broker;
      const broken = this.#killSwitch.check({ now, value, grossValue, orders: placed, datas });
      if (broken === undefined) return false;
      this.#pause(`the kill switch has ended trading: ${broken}`);
      this.#isFlattening = true;
      // Open orders are canceled where no position is open too: one of them could still open one.
      this.#flatten();
      return true;
    }
    return this.#isFlattening && this.#flattenAgain(now);
  }

  #answer(name: 'approve' | 'decline', reason: string, ref: number | undefined): void {
    const { say } = this.#parts;
    const { approvals } = this;
    const count = name === 'approve' ? approvals.approve(ref) : approvals.decline(ref, `it was declined: ${reason}`);
    const what = ref === undefined ? counted(count) : `order ${ref}`;
    if (count === 0) say(ref === undefined ? 'no order waits for approval' : `no order ${ref} waits for approval`);
    else say(`${what} ${name === 'approve' ? 'approved' : 'declined'}: ${reason}`);
  }

  #pause(reason: string): void {
    const { broker, say, onCommand } = this.#parts;
    this.paused = reason;
    broker.pause(reason);
    // A person is not asked about what the pause refuses.
    this.approvals.refuseBlocked();
    say(reason);
    onCommand?.();
  }

  /** Closes what is still open when no order works any more. @returns Whether anything is. */
  #flattenAgain(now: number): boolean {
    const { broker, timelines, say } = this.#parts;
    if (this.runs.some(({ entry }) => entry.orders.some(({ isAlive }) => isAlive))) return false;
    const open = timelines.filter(({ id }) => broker.positionOf(id).size !== 0 && broker.poolOf(id) === id);
    if (open.length === 0 || now - this.#flattenedAt < flattenAgainMs) return false;
    if (this.#flattenedAt > -Infinity)
      say(`${open.map(({ info }) => info.name).join(', ')} could not be closed, and is closed again`);
    this.#flatten();
    return true;
  }

  /** Cancels every open order and closes every position at the market, for the reason of the pause. */
  #flatten(): void {
    const reason = this.paused!;
    this.#flattenedAt = this.approvals.now;
    const closed = new Set<object>();
    this.approvals.decline(undefined, reason);
    this.approvals.isOpen = true;
    for (const { entry } of this.runs) {
      entry.cancelAll(undefined, reason);
      // Strategies that share a position close it once.
      entry.closePositions(reason, closed);
    }
    this.approvals.isOpen = false;
  }
}
