/** Exit rules: what an order that closes a position may execute, and when exits end because of other orders. */
import { Decimal, type Refusal } from '../../core/index.ts';
import { resize } from './order-state.ts';
import type { Refill } from './refill.ts';
import { isExit, type WorkingOrder } from './working-order.ts';

/** What an exit rule needs of the order desk. */
export interface ExitDesk {
  readonly pending: Refill<WorkingOrder>;
  end(working: WorkingOrder, status: 'canceled', reason: string, rule?: string): boolean;
  /** Ends the other orders of its group. */
  endGroup(working: WorkingOrder): void;
  /** Ends the other orders of its bracket. */
  endSiblings(working: WorkingOrder): void;
}

/** Do exits share the position that they close? */
export interface ExitRule {
  /** Whether an order placed to close a position may do nothing else. */
  readonly closeOnlyReduces: boolean;
  /** Called when an order has been accepted; decides whether it may only reduce the position. */
  accepted(working: WorkingOrder, held: number): void;
  /** Called after a fill of `executed` units: what becomes of the other orders of its group and bracket. */
  filled(desk: ExitDesk, working: WorkingOrder, executed: number): void;
  /** Called after a fill has changed its position from `before` to `after`, where other orders work. */
  positionChanged(desk: ExitDesk, working: WorkingOrder, before: number, after: number): void;
}

/** Backtrader's: an exit is an order like any other, and the first fill of a group ends the rest of it. */
export const separateExits: ExitRule = {
  closeOnlyReduces: false,
  accepted() {
    // No order is an exit unless it was placed with `reduceOnly`.
  },
  filled(desk, working) {
    desk.endGroup(working);
    if (working.remaining === 0) desk.endSiblings(working);
  },
  positionChanged() {
    // Exits outlive their position.
  },
};

/**
 * An exchange's: the exits of a bracket, and those of a group, share what is left of the position and end with it.
 *
 * An order of a group counts as an exit once it stands against a position and all orders of its group are on its side.
 */
export const sharedExits: ExitRule = {
  closeOnlyReduces: true,
  accepted(working, held) {
    if (isExit(working)) working.reducesOnly = true;
    else if (held * working.sign < 0) markGroup(working, held);
  },
  filled(desk, working, executed) {
    const isDone = working.remaining === 0;
    if (isDone || !working.reducesOnly) desk.endGroup(working);
    else for (const other of working.group?.members ?? []) shareWith(other, working, other.remaining - executed);
    // A hedge of the entry, or more on its side, takes nothing from the exits.
    if (!isExit(working)) return;
    const parent = working.parent!;
    const isWhole = isDone && working.order.size === parent.order.size;
    const left = isWhole ? 0 : leftOf(parent);
    if (left > parent.order.size * 1e-9) for (const other of parent.children!) shareWith(other, working, left);
    else desk.endSiblings(working);
  },
  positionChanged(desk, working, before, after) {
    const { items, count } = desk.pending;
    if (before !== 0 && (after === 0 || after > 0 !== before > 0)) {
      const reason = `order ${working.order.ref} closed its position`;
      for (let k = 0; k < count; k++) {
        const other = items[k]!;
        if (other === working || !other.reducesOnly || other.pool !== working.pool || other.outlivesPosition) continue;
        // Exits that wait for their entry belong to a position that is still to come.
        if (other.isActive && other.isWorking && other.sign * before < 0) desk.end(other, 'canceled', reason);
      }
    }
    // Groups that were larger than the position, or on its side, may be its exits once it has grown or turned.
    const hasTurned = after > 0 !== before > 0;
    if (after === 0 || (!hasTurned && Math.abs(after) <= Math.abs(before))) return;
    for (let k = 0; k < count; k++) {
      const other = items[k]!;
      if (other.group === undefined || other.pool !== working.pool || other.reducesOnly) continue;
      if (other.isWorking && other.sign * after < 0) markGroup(other, after);
    }
  },
};

/** Marks the orders of a group as exits when all of them are on one side, against the position, and none is larger than it. */
function markGroup(working: WorkingOrder, held: number): void {
  const { group, sign, pool } = working;
  if (group === undefined) return;
  const units = Math.abs(held) * (1 + 1e-9);
  const areExits = group.members.every(
    (one) => one.sign === sign && one.pool === pool && one.parent === undefined && one.remaining <= units,
  );
  if (areExits) for (const one of group.members) one.reducesOnly = true;
}

/** Lowers an exit to the units that another exit has left. */
function shareWith(other: WorkingOrder, working: WorkingOrder, left: number): void {
  if (other === working || !other.reducesOnly || other.pool !== working.pool || !other.isWorking) return;
  if (left > other.order.size * 1e-9) shrinkTo(other, left);
}

/** Units of an entry that its exits have not closed yet. */
function leftOf(entry: WorkingOrder): number {
  let left = new Decimal(entry.order.size).sub(entry.remaining);
  for (const child of entry.children!) if (isExit(child)) left = left.sub(child.order.size).add(child.remaining);
  return left.toNumber();
}

/** Lowers what is left of an order to `units`, and its size by as much. */
export function shrinkTo(working: WorkingOrder, units: number): void {
  if (!(units < working.remaining)) return;
  leave(working, units);
}

/** Sets what is left of an order to `units`; its size becomes what was executed and that. */
export function leave(working: WorkingOrder, units: number): void {
  const { order, remaining } = working;
  resize(order, order.size === remaining ? units : new Decimal(order.size).sub(remaining).add(units).toNumber());
  working.remaining = units;
}

/** Why an order that only reduces does nothing. @param held - What is held of its data. */
export function nothingToReduce({ sign }: Pick<WorkingOrder, 'sign'>, held: number): Refusal {
  const side = sign < 0 ? 'long' : 'short';
  const other = held === 0 ? '' : `, ${Math.abs(held)} ${held > 0 ? 'long' : 'short'} is held`;
  return { rule: 'reduceOnly', reason: `there is no ${side} position left to reduce${other}` };
}
