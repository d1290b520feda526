/** The order desk: which orders are held, submitted and working, and what the end of one does to related orders. */
import { isAlive, type OrderStatus, type Refusal } from '../../core/index.ts';
import { Notices } from './notices.ts';
import { shrinkTo, type ExitRule } from './exit-rule.ts';
import type { Order } from './order.ts';
import { Refill } from './refill.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import { WorkingOrder, type OcoGroup } from './working-order.ts';

/** How an order is refused: for lack of cash, or for another reason. */
export type RefusedStatus = 'margin' | 'rejected';

/** How an order ends that was not executed in full. */
export type EndStatus = 'canceled' | 'expired' | RefusedStatus;

/** Ends orders that live at a venue. */
export interface OrderEnder {
  /** Requests the end of an order; false when the venue does not have it, so that the desk may end it at once. */
  endAtVenue(working: WorkingOrder, status: EndStatus, reason: string | undefined): boolean;
}

/** The positions that orders change. */
interface HeldPositions {
  positionOf(dataId: number): { readonly size: number };
  /** The first data that shows the same position. */
  poolOf(dataId: number): number;
}

/** The state of a desk before fills that are only tried. */
export interface DeskState {
  readonly held: WorkingOrder[];
  readonly notices: number;
  readonly waking: number;
  readonly hasEnded: boolean;
  readonly isTerse: boolean;
}

/** How many ended orders are kept for reuse. */
const spareLimit = 256;

/** Keeps every working order of a run and notes each change of it. */
export class OrderDesk {
  /** Changes since the engine last delivered them, in order. */
  readonly notices: Notices;
  /** Where orders live outside this process; undefined when the desk itself decides. */
  ender: OrderEnder | undefined;
  /** Orders that wait for the broker's check, in the order they were placed. */
  readonly submitted = new Refill<WorkingOrder>();
  /** Accepted orders in the order they were placed; some may have ended since the last `sweep`. */
  readonly pending = new Refill<WorkingOrder>();
  private held: WorkingOrder[] = [];
  private readonly waking = new Refill<WorkingOrder>();
  private hasEnded = false;
  private readonly exits: ExitRule;
  private readonly positions: HeldPositions;
  /** Ended orders whose notices may not have been delivered yet. */
  private readonly ended = new Refill<WorkingOrder>();
  /** Ended orders to be reused. */
  private readonly spare = new Refill<WorkingOrder>();
  /** Whether a broker is iterating over `pending` now. */
  isMatching = false;

  /** How many places of orders have been given. */
  private places = 0;

  constructor(exits: ExitRule, positions: HeldPositions, notices = new Notices()) {
    this.notices = notices;
    this.exits = exits;
    this.positions = positions;
  }

  /** Whether any order is submitted or working. */
  get isBusy(): boolean {
    return this.pending.count > 0 || this.submitted.count > 0;
  }

  /**
   * Takes a new order. An order that is not transmitted is held until a later order of its bracket is.
   *
   * @param accept - Whether to accept it at once, without the check at submission.
   */
  submit(working: WorkingOrder, isTransmitted: boolean, accept: boolean): void {
    const family = working.parent ?? working;
    if (working.parent !== undefined) {
      working.isActive = false;
      (working.parent.children ??= []).push(working);
      if (this.hasEndedShort(working.parent)) {
        this.reject(working, { rule: 'parent', reason: 'its parent is not working' }, 'rejected');
        return;
      }
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
      this.note(working, 'submitted');
      this.submitted.push(working);
    }
  }

  /** The order is valid and works from now on. */
  accept(working: WorkingOrder): void {
    this.note(working, 'accepted');
    this.putLast(working);
    this.exits.accepted(working, this.positions.positionOf(working.dataId).size);
    if (working.group?.isDone === true) this.end(working, 'canceled', 'another order of its group was done before');
  }

  /** Puts an order behind all others that work. */
  putLast(working: WorkingOrder): void {
    working.place = ++this.places;
    this.pending.push(working);
  }

  /** Whether orders other than this one work. */
  hasOthersThan(working: WorkingOrder): boolean {
    const { items, count } = this.pending;
    // An order that a venue holds is not among them.
    return count > 1 || (count === 1 && items[0] !== working);
  }

  /** Notes a fill. The rest of the order keeps working. */
  fill(working: WorkingOrder, row: number): void {
    const isDone = working.remaining === 0;
    this.note(working, isDone ? 'completed' : 'partial', row);
    if (isDone) this.hasEnded = true;
  }

  /** Ends and wakes the orders that depend on one that has been filled. */
  fillRelated(working: WorkingOrder, executed: number, time: number): void {
    const isDone = working.remaining === 0;
    this.exits.filled(this, working, executed);
    if (working.children !== undefined) {
      for (const child of working.children) {
        if (child.trail !== undefined) {
          child.entryPrice = working.matched;
          child.entryTime = time;
        }
        if (isDone) this.rouse(child);
      }
    }
  }

  /**
   * Ends an order that was not executed in full; false when it has ended already.
   *
   * @param rule - The name of the rule that ends it, such as `ioc`. Default: none.
   */
  end(working: WorkingOrder, status: 'canceled' | 'expired', reason?: string, rule?: string): boolean {
    return this.finish(working, status, reason, rule);
  }

  /** Refuses an order by a rule, and leaves the rest of its bracket to end with it; false when it has ended already. */
  reject(working: WorkingOrder, { rule, reason }: Refusal, status: RefusedStatus): boolean {
    return this.finish(working, status, reason, rule);
  }

  private finish(
    working: WorkingOrder,
    status: EndStatus,
    reason: string | undefined,
    rule: string | undefined,
  ): boolean {
    if (this.ender?.endAtVenue(working, status, reason) === true) return true;
    if (this.hasEndedShort(working) || working.status === 'completed') return false;
    const wasSubmitted = working.status === 'submitted';
    if (working.status === 'created') this.held = this.held.filter((order) => order !== working);
    this.note(working, status, -1, reason, rule);
    this.hasEnded = true;
    this.endGroup(working);
    if (working.children === undefined) return true;
    for (const child of working.children) {
      if (working.remaining < working.order.size) this.shrink(child, working);
      else if (wasSubmitted && status === 'margin')
        this.reject(child, { rule: 'parent', reason: 'its parent was refused' }, 'rejected');
      else this.end(child, 'canceled', `its parent was ${status}`);
    }
    return true;
  }

  /** Calls `visit` for every order that works or is held. */
  eachOrder(visit: (working: WorkingOrder) => void): void {
    const { pending, held } = this;
    for (let k = 0; k < pending.count; k++) visit(pending.items[k]!);
    for (const working of held) visit(working);
  }

  /** The state of the desk that fills change, apart from its orders. */
  save(): DeskState {
    const { held, notices } = this;
    const state = {
      held,
      notices: notices.count,
      waking: this.waking.count,
      hasEnded: this.hasEnded,
      isTerse: notices.isTerse,
    };
    // Terse notices overwrite each other, and could not be restored.
    notices.isTerse = false;
    return state;
  }

  restore({ held, notices, waking, hasEnded }: DeskState): void {
    this.held = held;
    this.notices.count = notices;
    this.waking.count = waking;
    this.hasEnded = hasEnded;
  }

  /** Ends what `save` began. */
  keep({ isTerse }: DeskState): void {
    this.notices.isTerse = isTerse;
  }

  /** Activates the children of parents that have been executed. */
  wake(): void {
    for (let k = 0; k < this.waking.count; k++) this.waking.items[k]!.isActive = true;
    this.waking.clear();
  }

  /** Ends every order that is held, submitted or working. */
  endAll(status: 'canceled' | 'expired', reason: string): void {
    for (const list of [this.pending, this.submitted]) {
      for (let k = 0; k < list.count; k++) this.end(list.items[k]!, status, reason);
    }
    for (const working of [...this.held]) this.end(working, status, reason);
    this.submitted.clear();
    this.sweep();
  }

  /** Drops ended orders from `pending`. */
  sweep(): void {
    if (!this.hasEnded) return;
    this.hasEnded = false;
    const { pending, ended } = this;
    const { items, count } = pending;
    pending.clear();
    for (let k = 0; k < count; k++) {
      const order = items[k]!;
      if (order.isWorking) pending.push(order);
      else if (ended.count < spareLimit) this.noteEnded(order);
    }
  }

  /** Returns a new working order, reusing an ended one where possible: a run makes orders by the ten thousand. */
  make(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): WorkingOrder {
    const { spare } = this;
    const used = spare.count > 0 ? spare.items[--spare.count]! : undefined;
    const working = used ?? new WorkingOrder(order, owner, dataId, scheme, firstIndex);
    used?.begin(order, owner, dataId, scheme, firstIndex);
    working.pool = this.positions.poolOf(dataId);
    return working;
  }

  /** Called at the start of a step, when all notices have been delivered: releases ended orders for reuse. */
  recycle(): void {
    const { ended, spare } = this;
    if (ended.count === 0) return;
    for (let k = 0; k < ended.count; k++) {
      const order = ended.items[k]!;
      if (order.hasNoRelatives) {
        spare.push(order);
        continue;
      }
      // False when an order has joined its bracket or its group since.
      order.isSwept = everyRelative(order, isSwept);
      if (!order.isSwept) continue;
      order.parent = order.children = order.group = undefined;
      spare.push(order);
    }
    ended.clear();
  }

  /** Notes an ended order for reuse; the orders of a bracket or a group together, once the last of them has ended. */
  private noteEnded(order: WorkingOrder): void {
    if (order.hasNoRelatives) {
      this.noteSwept(order);
      return;
    }
    if (order.isSwept || !everyRelative(order, hasEnded)) return;
    const root = order.parent ?? order;
    this.noteSwept(root);
    if (root.children !== undefined) for (const child of root.children) this.noteSwept(child);
    if (order.group !== undefined) for (const member of order.group.members) this.noteSwept(member);
  }

  private noteSwept(order: WorkingOrder): void {
    if (order.isSwept) return;
    order.isSwept = true;
    this.ended.push(order);
  }

  /** Refuses an order. A child refused before its parent was executed takes the whole bracket with it: no entry without its exits. */
  refuse(working: WorkingOrder, refusal: Refusal, status: RefusedStatus = 'margin'): void {
    const { parent } = working;
    this.reject(working, refusal, status);
    if (parent !== undefined && parent.remaining === parent.order.size) {
      this.end(parent, 'canceled', `order ${working.order.ref} of its bracket was refused`);
    }
  }

  /** Notifies the strategy of something about an order whose status stays. */
  remind(working: WorkingOrder, reason: string): void {
    this.note(working, working.status, -1, reason);
  }

  /** A parent that ends partly executed leaves that part protected by its children. */
  private shrink(child: WorkingOrder, parent: WorkingOrder): void {
    const executed = parent.order.size - parent.remaining;
    shrinkTo(child, executed);
    this.rouse(child);
  }

  /** Lets an exit work from the next step on. */
  private rouse(child: WorkingOrder): void {
    child.wake();
    this.waking.push(child);
  }

  /** Ends the other orders of its group. */
  endGroup(working: WorkingOrder): void {
    const group: OcoGroup | undefined = working.group;
    if (group === undefined || group.isDone) return;
    group.isDone = true;
    for (const other of this.backwards(group, working)) {
      if (other !== working && other.status !== 'created') {
        this.end(other, 'canceled', `order ${working.order.ref} of its group was ${working.status}`);
      }
    }
  }

  /** The members, latest first. While matching, members before the present order come before those after it. */
  private backwards({ members }: OcoGroup, working: WorkingOrder): WorkingOrder[] {
    if (!this.isMatching) return [...members].reverse();
    const at = members.indexOf(working);
    return [...members.slice(0, at).reverse(), ...members.slice(at + 1).reverse()];
  }

  /** Ends the other orders of its bracket. */
  endSiblings(working: WorkingOrder): void {
    if (working.parent?.children === undefined) return;
    const how = working.remaining === 0 ? 'was completed' : 'closed their entry';
    for (const sibling of working.parent.children) {
      if (sibling !== working) this.end(sibling, 'canceled', `order ${working.order.ref} of its bracket ${how}`);
    }
  }

  private hasEndedShort(working: WorkingOrder): boolean {
    const { status } = working;
    return status === 'canceled' || status === 'expired' || status === 'margin' || status === 'rejected';
  }

  private note(working: WorkingOrder, status: OrderStatus, row = -1, reason?: string, rule?: string): void {
    working.status = status;
    this.notices.add(working, status, row, reason, rule);
  }
}

function hasEnded({ status }: WorkingOrder): boolean {
  return !isAlive(status);
}

function isSwept(working: WorkingOrder): boolean {
  return working.isSwept;
}

/** Whether all orders of one plain bracket, or of one plain group, pass a test; false for an order of larger families. */
function everyRelative(working: WorkingOrder, test: (one: WorkingOrder) => boolean): boolean {
  const root = working.parent ?? working;
  const { children } = root;
  const { group } = working;
  if (root.parent !== undefined || !test(root)) return false;
  if (children !== undefined) {
    for (const child of children) {
      if (child.children !== undefined || child.group !== undefined || !test(child)) return false;
    }
  }
  if (group === undefined) return root.group === undefined;
  if (root !== working || children !== undefined) return false;
  for (const member of group.members) {
    if (member.parent !== undefined || member.children !== undefined || !test(member)) return false;
  }
  return true;
}
