/** Submission rules: which orders are refused when they are submitted because the account cannot pay for them. */
import type { Refusal } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { emptySettlement, workOut } from '../accounting/account.ts';
import type { PortfolioBook } from '../accounting/portfolio-book.ts';
import { Position } from '../accounting/position.ts';
import type { OrderDesk } from './desk.ts';
import { isExit, type WorkingOrder } from './working-order.ts';

/** What a submission is checked with. */
export interface SubmissionParts {
  readonly desk: OrderDesk;
  readonly portfolio: PortfolioBook;
  readonly timelines: readonly Timeline[];
}

/** What a broker does with an order that has passed the check. */
export interface Admission {
  admit(working: WorkingOrder): void;
}

/** Which of the orders submitted together can be paid for? */
export interface SubmissionRule {
  /** Refuses what cannot be paid for and admits the rest; leaves nothing submitted. */
  check(parts: SubmissionParts, to: Admission): void;
}

const trial = emptySettlement();
/** By data: the position that the orders checked so far would leave. */
const trialPositions: Position[] = [];

/**
 * Backtrader's: one after another as they were placed, as if each were filled at its price. A refused order leaves its cash to those behind
 * it.
 */
export const checkInTurn: SubmissionRule = {
  check({ desk, portfolio, timelines }, to) {
    const { items, count } = desk.submitted;
    let { cash } = portfolio.account;
    const isAlone = count === 1;
    for (let k = 0; k < count && !isAlone; k++) {
      const { dataId } = items[k]!;
      (trialPositions[dataId] ??= new Position()).become(portfolio.positionOf(dataId));
    }
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.status !== 'submitted') continue;
      const { scheme, sign, remaining, dataId } = working;
      const position = isAlone ? portfolio.positionOf(dataId) : trialPositions[dataId]!;
      const price = trialPrice(working, timelines);
      trial.cash = cash;
      trial.price = price;
      workOut(position, scheme, sign * remaining, portfolio.rules, trial, true);
      if (trial.isShortOfCash) {
        desk.refuse(working, shortBy(-trial.cash));
        continue;
      }
      if (!isAlone) {
        cash = trial.cash;
        position.update(trial.closed + trial.opened, price);
      }
      to.admit(working);
    }
    desk.submitted.clear();
  },
};

/**
 * An exchange's: each order for itself, so that the order in which they were placed decides nothing. An order is refused when it could not
 * be paid for even after every other order has closed what it can; what is paid for in the end is decided when it is filled.
 */
export const checkAlone: SubmissionRule = {
  check(parts, to) {
    const { desk } = parts;
    const { items, count } = desk.submitted;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.status !== 'submitted') continue;
      const refusal = mustPay(working) ? refusalOf(working, parts) : undefined;
      if (refusal === undefined) to.admit(working);
      else desk.refuse(working, refusal);
    }
    desk.submitted.clear();
  },
};

/** Whether an order may open a position at its full size: exits only close, and a size that may be cut is cut when it is filled. */
function mustPay(working: WorkingOrder): boolean {
  return !working.reducesOnly && !working.isCuttable && !isExit(working);
}

function refusalOf(working: WorkingOrder, parts: SubmissionParts): Refusal | undefined {
  const { desk, portfolio, timelines } = parts;
  const { sign, remaining, dataId } = working;
  const { size } = portfolio.positionOf(dataId);
  if (sign < 0 && portfolio.kindOf(dataId) === 'spot') {
    const held = Math.max(0, size) + unitsToCome(desk, dataId, 1);
    return remaining > held * (1 + 1e-9) ? portfolio.shortSale(dataId, remaining) : undefined;
  }
  const price = trialPrice(working, timelines);
  const closed = size * sign < 0 ? Math.min(remaining, Math.abs(size)) : 0;
  if (closed === remaining) return undefined;
  const cost = portfolio.costOf(dataId, sign * (remaining - closed), price);
  const free = portfolio.freeCash() + (closed > 0 ? portfolio.freedBy(dataId, closed) : 0);
  if (cost - free <= 1e-9 * cost) return undefined;
  const short = cost - free - freed(parts, working, price);
  return short > 1e-9 * cost ? shortBy(short) : undefined;
}

/** Units that working and submitted orders of one side may still execute on a data. */
function unitsToCome(desk: OrderDesk, dataId: number, sign: 1 | -1): number {
  let units = 0;
  for (const list of [desk.pending, desk.submitted]) {
    for (let k = 0; k < list.count; k++) {
      const one = list.items[k]!;
      if (one.dataId === dataId && one.sign === sign && (one.isWorking || one.status === 'submitted')) {
        units += one.remaining;
      }
    }
  }
  return units;
}

/**
 * The cash that the orders beside one would free that close positions. On its own data they do where it adds to the position.
 *
 * @param price - What the order is reckoned at, and the closing of its own data too.
 */
function freed({ desk, portfolio, timelines }: SubmissionParts, { dataId, sign }: WorkingOrder, price: number): number {
  let cash = 0;
  for (const { id } of timelines) {
    const { size } = portfolio.positionOf(id);
    if (size === 0 || (id === dataId && size * sign < 0)) continue;
    const units = Math.min(Math.abs(size), unitsToCome(desk, id, size > 0 ? -1 : 1));
    if (units > 0) cash += portfolio.freedBy(id, units, id === dataId ? price : undefined);
  }
  return cash;
}

function trialPrice(working: WorkingOrder, timelines: readonly Timeline[]): number {
  if (working.type !== 'market' || !working.isForThisOpen) return working.order.price;
  const timeline = timelines[working.dataId]!;
  return (timeline.ticks ?? timeline).open.at(timeline.moves);
}

function shortBy(amount: number): Refusal {
  return { rule: 'cash', reason: `the cash would be short by ${+amount.toPrecision(8)} of what it costs` };
}
