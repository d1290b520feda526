/** Backtrader's check of new orders against the cash, to know which of them it refuses only because it refused one before. */
import { CommissionScheme, Position, type Data, type Order } from 'nextbar';

/** An order that waits for the check. */
export interface Candidate {
  readonly order: Order;
  readonly parent: Order | undefined;
  /** The price at which the check has it executed. */
  readonly price: number;
}

/** What the check goes by. */
export interface CheckRules {
  readonly cash: number;
  readonly shortCash: boolean;
  schemeOf(data: Data): CommissionScheme;
  positionOf(data: Data): Readonly<Position>;
}

/** Pretends to execute orders one after another. */
class Trial {
  cash: number;
  private readonly rules: CheckRules;
  private readonly positions = new Map<Data, Position>();

  constructor(rules: CheckRules) {
    this.rules = rules;
    this.cash = rules.cash;
  }

  /** The cash if the order were executed in full. */
  after({ order, price }: Candidate): number {
    const { shortCash } = this.rules;
    const scheme = this.rules.schemeOf(order.data);
    const size = order.isBuy ? order.size : -order.size;
    const closed = this.positionOf(order.data).closedBy(size);
    const bound = (units: number): number => {
      const value = scheme.value(units, price);
      const counted = shortCash || !scheme.isSpot ? value : Math.abs(value);
      return counted > 0 ? counted / scheme.leverage : counted;
    };
    const freed = closed === 0 ? 0 : bound(-closed) - scheme.commission(closed, price);
    const opened = size - closed;
    return this.cash + freed - (opened === 0 ? 0 : bound(opened) + scheme.commission(opened, price));
  }

  execute(candidate: Candidate): void {
    this.cash = this.after(candidate);
    const { order, price } = candidate;
    this.positionOf(order.data).update(order.isBuy ? order.size : -order.size, price);
  }

  private positionOf(data: Data): Position {
    let position = this.positions.get(data);
    if (position === undefined) {
      position = Object.assign(new Position(), this.rules.positionOf(data));
      this.positions.set(data, position);
    }
    return position;
  }
}

/**
 * The orders that Backtrader refuses and nextbar would accept.
 *
 * Backtrader counts a refused order's cost against the orders behind it; nextbar does not.
 */
export function refusedInPassing(batch: readonly Candidate[], rules: CheckRules): Order[] {
  const theirs = new Trial(rules);
  const ours = new Trial(rules);
  const gone = new Set<Order>();
  const found: Order[] = [];
  for (const candidate of batch) {
    const { order, parent } = candidate;
    if (parent !== undefined && gone.has(parent)) continue;
    theirs.execute(candidate);
    const fits = ours.after(candidate) >= 0;
    if (theirs.cash < 0) {
      gone.add(order);
      if (fits) found.push(order);
    } else if (fits) ours.execute(candidate);
  }
  return found;
}
