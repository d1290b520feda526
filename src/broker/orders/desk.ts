/** The order desk: which orders are held, submitted and working, and what the end of one does to its relatives. */
import type { OrderStatus } from '../../core/index.ts';
import { Notices } from './notices.ts';
import { resize, type Order } from './order.ts';
import { Refill } from './refill.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import { WorkingOrder, type OcoGroup } from './working-order.ts';

/** How many orders that are over are kept for use again. */
const spareLimit = 256;

/** Keeps every order of a run that is alive, and says what happened to it. */
export class OrderDesk {
  /** What happened since the engine last asked, in order. */
  readonly notices = new Notices();
  /** Orders waiting for the broker's check, in the order they were made. */
  readonly submitted = new Refill<WorkingOrder>();
  /** Accepted orders in the order they were made; some may have ended since `sweep` was last called. */
  readonly pending = new Refill<WorkingOrder>();
  private held: WorkingOrder[] = [];
  private readonly waking = new Refill<WorkingOrder>();
  private hasEnded = false;
  /** Orders that are over, of which news may still be on its way. */
  private readonly over = new Refill<WorkingOrder>();
  /** Orders that nobody knows any more, to be made new. */
  private readonly spare = new Refill<WorkingOrder>();
  /** Whether the broker is going through `pending` now. */
  isMatching = false;

  /** Whether there is anything for the broker's next step to do. */
  get isBusy(): boolean {
    return this.pending.count > 0 || this.submitted.count > 0;
  }

  /**
   * Takes a new order. One that is not transmitted is held until a later order of its family is.
   *
   * @param accept - Whether to accept at once, without the check at submission.
   */
  submit(working: WorkingOrder, isTransmitted: boolean, accept: boolean): void {
    const family = working.parent ?? working;
    if (working.parent !== undefined) {
      working.isActive = false;
      (working.parent.children ??= []).push(working);
      if (this.isOver(working.parent)) return void this.end(working, 'rejected', 'its parent is not working');
      if (working.parent.status === 'completed') working.isActive = true;
    }
    if (isTransmitted && this.held.length === 0) {
      this.send(working, accept);
      return;
    }
    this.held.push(working);
    if (!isTransmitted) return;
    const { held } = this;
    this.held = [];
    for (const order of held) {
      if (order === family || order.parent === family) this.send(order, accept);
      else this.held.push(order);
    }
  }

  private send(working: WorkingOrder, accept: boolean): void {
    if (accept) this.accept(working);
    else {
      this.say(working, 'submitted');
      this.submitted.push(working);
    }
  }

  /** The order is valid and works from now on. */
  accept(working: WorkingOrder): void {
    this.say(working, 'accepted');
    this.pending.push(working);
    if (working.group?.isDone === true) this.end(working, 'canceled', 'another order of its group was done before');
  }

  /** Notes a fill; what is left of the order works on, and its relatives are told. */
  fill(working: WorkingOrder, row: number): void {
    const isDone = working.remaining === 0;
    this.say(working, isDone ? 'completed' : 'partial', row);
    if (isDone) this.hasEnded = true;
    this.endGroup(working);
    if (!isDone) return;
    if (working.children !== undefined) for (const child of working.children) this.waking.push(child);
    this.endSiblings(working);
  }

  /** Ends an order that was not executed in full; ended ones are left alone. */
  end(working: WorkingOrder, status: 'canceled' | 'expired' | 'margin' | 'rejected', reason?: string): boolean {
    if (this.isOver(working) || working.status === 'completed') return false;
    const wasSubmitted = working.status === 'submitted';
    if (working.status === 'created') this.held = this.held.filter((order) => order !== working);
    this.say(working, status, -1, reason);
    this.hasEnded = true;
    this.endGroup(working);
    if (working.children === undefined) return true;
    for (const child of working.children) {
      if (working.remaining < working.order.size) this.shrink(child, working);
      else if (wasSubmitted && status === 'margin') this.end(child, 'rejected', 'its parent was refused');
      else this.end(child, 'canceled', `its parent was ${status}`);
    }
    return true;
  }

  /** Lets the children of parents that were executed in the step before work. */
  wake(): void {
    for (let k = 0; k < this.waking.count; k++) this.waking.items[k]!.isActive = true;
    this.waking.clear();
  }

  /** Drops ended orders from `pending`. */
  sweep(): void {
    if (!this.hasEnded) return;
    this.hasEnded = false;
    const { pending, over } = this;
    const { items, count } = pending;
    pending.clear();
    for (let k = 0; k < count; k++) {
      const order = items[k]!;
      if (order.isWorking) pending.push(order);
      else if (order.hasNoRelatives && over.count < spareLimit) over.push(order);
    }
  }

  /** A new order, or one that is over made new: a run makes orders by the ten thousand. */
  make(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    const { spare } = this;
    const used = spare.count > 0 ? spare.items[--spare.count]! : undefined;
    if (used === undefined) return new WorkingOrder(order, owner, dataId, scheme, firstIndex);
    used.begin(order, owner, dataId, scheme, firstIndex);
    return used;
  }

  /** At the start of a step, when everything said before has been delivered: orders that were over by then may be used again. */
  recycle(): void {
    const { over, spare } = this;
    if (over.count === 0) return;
    for (let k = 0; k < over.count; k++) {
      const order = over.items[k]!;
      if (order.hasNoRelatives) spare.push(order);
    }
    over.clear();
  }

  /** A child refused before its parent was executed takes the whole bracket with it: no entry without its exits. */
  refuse(working: WorkingOrder, reason: string, status: 'margin' | 'rejected' = 'margin'): void {
    const { parent } = working;
    this.end(working, status, reason);
    if (parent !== undefined && parent.remaining === parent.order.size) {
      this.end(parent, 'canceled', `order ${working.order.ref} of its bracket was refused`);
    }
  }

  /** A parent that ends after a part was executed leaves that part protected by its children. */
  private shrink(child: WorkingOrder, parent: WorkingOrder): void {
    const executed = parent.order.size - parent.remaining;
    if (executed < child.remaining) {
      resize(child.order, child.order.size - child.remaining + executed);
      child.remaining = executed;
    }
    this.waking.push(child);
  }

  private endGroup(working: WorkingOrder): void {
    const group: OcoGroup | undefined = working.group;
    if (group === undefined || group.isDone) return;
    group.isDone = true;
    for (const other of this.backwards(group, working)) {
      if (other !== working && other.status !== 'created') {
        this.end(other, 'canceled', `order ${working.order.ref} of its group was ${working.status}`);
      }
    }
  }

  /** The members latest first; while matching, those that the pass has seen already come before those it has not. */
  private backwards({ members }: OcoGroup, working: WorkingOrder): WorkingOrder[] {
    if (!this.isMatching) return [...members].reverse();
    const at = members.indexOf(working);
    return [...members.slice(0, at).reverse(), ...members.slice(at + 1).reverse()];
  }

  private endSiblings(working: WorkingOrder): void {
    if (working.parent?.children === undefined) return;
    for (const sibling of working.parent.children) {
      if (sibling !== working) this.end(sibling, 'canceled', `order ${working.order.ref} of its bracket was completed`);
    }
  }

  private isOver(working: WorkingOrder): boolean {
    const { status } = working;
    return status === 'canceled' || status === 'expired' || status === 'margin' || status === 'rejected';
  }

  private say(working: WorkingOrder, status: OrderStatus, row = -1, reason?: string): void {
    working.status = status;
    this.notices.add(working, status, row, reason);
  }
}
