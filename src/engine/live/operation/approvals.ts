/** Approval mode: orders of strategies that wait for a person before they are submitted. */
import type { Order, WorkingOrder } from '../../../broker/index.ts';
import type { Refusal } from '../../../core/index.ts';

/** Orders that belong together: an order by itself, or a bracket. */
interface Waiting {
  readonly working: WorkingOrder[];
  /** The exchange's time when the first of them was placed, milliseconds UTC. */
  readonly since: number;
  /** Submits them, in their order. */
  readonly submit: (() => void)[];
  /** Refuses one of them. */
  readonly refuse: (working: WorkingOrder, refusal: Refusal) => void;
  /** Whether the last of them has come. */
  isWhole: boolean;
}

/** The orders of one session that wait. It reads no clock of its own, so that a replay refuses at the same input. */
export class Approvals {
  /** How long an order waits, in milliseconds; undefined lets orders pass. */
  waitMs: number | undefined;
  /** The exchange's time, milliseconds UTC. */
  now = -Infinity;
  /** Whether orders pass without waiting: those of an operator. */
  isOpen = false;
  /** Why an order would be refused whatever a person answered, as while the session is paused; undefined where it would not. */
  refusal: (working: WorkingOrder) => string | undefined = () => undefined;
  #waiting: Waiting[] = [];
  /** Orders that did not wait because they are refused: their exits do not wait either. */
  readonly #unasked = new WeakSet<WorkingOrder>();

  constructor(waitMs: number | undefined) {
    this.waitMs = waitMs;
  }

  /** Whether an order placed now has to wait for approval: not one that is refused anyway, nor its exits. */
  wants(working: WorkingOrder): boolean {
    if (this.waitMs === undefined || this.isOpen) return false;
    const { parent } = working;
    if (parent === undefined ? this.refusal(working) === undefined : !this.#unasked.has(parent)) return true;
    this.#unasked.add(working);
    return false;
  }

  /** The orders that wait, oldest first. */
  get orders(): Order[] {
    return this.#waiting.flatMap(({ working }) => working.filter(isWaiting).map(({ order }) => order));
  }

  /** Lets an order wait. */
  hold(working: WorkingOrder, isTransmitted: boolean, submit: () => void, refuse: Waiting['refuse']): void {
    let open = this.#waiting.at(-1);
    if (open === undefined || open.isWhole) {
      open = { working: [], since: this.now, submit: [], refuse, isWhole: false };
      this.#waiting.push(open);
    }
    open.working.push(working);
    open.submit.push(submit);
    open.isWhole = isTransmitted;
  }

  /** Whether an order waits. */
  has(working: WorkingOrder): boolean {
    return working.status === 'created' && this.#waiting.some((one) => one.working.includes(working));
  }

  /**
   * Submits orders that wait.
   *
   * @param ref - Of one of them; undefined for all.
   * @returns How many were submitted.
   */
  approve(ref: number | undefined): number {
    return this.#take(ref).reduce((count, { working, submit }) => {
      working.forEach((one, k) => {
        if (isWaiting(one)) submit[k]!();
      });
      return count + working.length;
    }, 0);
  }

  /** Refuses orders that wait. @returns How many were refused. */
  decline(ref: number | undefined, reason: string): number {
    return this.#take(ref).reduce((count, one) => count + refuseAll(one, reason), 0);
  }

  /** Refuses what waits and would be refused once it is approved, with its exits. */
  refuseBlocked(): void {
    const reasonOf = ({ working }: Waiting): string | undefined => {
      const [first] = working;
      return first === undefined || !isWaiting(first) ? undefined : this.refusal(first);
    };
    const blocked = this.#waiting.filter((one) => reasonOf(one) !== undefined);
    this.#waiting = this.#waiting.filter((one) => !blocked.includes(one));
    for (const one of blocked) refuseAll(one, reasonOf(one)!, 'paused');
  }

  /** Refuses what has waited too long. @returns Whether there was any. */
  expire(): boolean {
    const { waitMs = Infinity } = this;
    const old = this.#waiting.filter(({ since }) => this.now - since >= waitMs);
    if (old.length === 0) return false;
    this.#waiting = this.#waiting.filter((one) => !old.includes(one));
    for (const one of old) refuseAll(one, `it was not approved within ${Math.round(waitMs / 1000)} s`);
    return true;
  }

  #take(ref: number | undefined): Waiting[] {
    const isMeant = ({ working }: Waiting): boolean =>
      ref === undefined || working.some(({ order }) => order.ref === ref);
    const taken = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((one) => !isMeant(one));
    return taken;
  }
}

function isWaiting({ status }: WorkingOrder): boolean {
  return status === 'created';
}

function refuseAll({ working, refuse }: Waiting, reason: string, rule = 'approval'): number {
  for (const one of working) if (isWaiting(one)) refuse(one, { rule, reason });
  return working.length;
}
