/** The decisions of a live session, recorded as they are made: orders, their outcomes, and the notifications of strategies. */
import type {
  EngineBroker,
  CommissionScheme,
  Order,
  OrderTaker,
  Position,
  Trade,
  WorkingOrder,
} from '../../../broker/index.ts';
import type { Refusal, StreamState } from '../../../core/index.ts';
import type { Approvals } from '../operation/approvals.ts';
import type { RunHearing, StrategyRun } from '../../strategy/strategy-run.ts';

/** Takes decisions, each a JSON text in one line. */
export type DecisionSink = (body: string) => void;

/** Hands orders to the broker and writes them down. */
export class WatchedTaker implements OrderTaker {
  readonly latencyBars: number;
  readonly cheatOnClose: boolean;
  readonly rules: OrderTaker['rules'];
  readonly whenCashShort: OrderTaker['whenCashShort'];
  private readonly broker: EngineBroker;
  private readonly decisions: Decisions;
  private readonly approvals: Approvals | undefined;

  constructor(broker: EngineBroker, decisions: Decisions, approvals?: Approvals) {
    this.approvals = approvals;
    this.broker = broker;
    this.latencyBars = broker.latencyBars;
    this.cheatOnClose = broker.cheatOnClose;
    this.rules = broker.rules;
    this.whenCashShort = broker.whenCashShort;
    this.decisions = decisions;
  }

  get cash(): number {
    return this.broker.cash;
  }

  get value(): number {
    return this.broker.value;
  }

  schemeOf(dataId: number): CommissionScheme {
    return this.broker.schemeOf(dataId);
  }

  positionOf(dataId: number): Position {
    return this.broker.positionOf(dataId);
  }

  poolOf(dataId: number): number {
    return this.broker.poolOf(dataId);
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.decisions.placed(working, isTransmitted);
    const { broker, approvals } = this;
    if (approvals?.wants(working) !== true) {
      broker.submit(working, isTransmitted);
      return;
    }
    const submit = (): void => {
      broker.submit(working, isTransmitted);
    };
    approvals.hold(working, isTransmitted, submit, (one, refusal) => {
      broker.refuse(one, refusal);
    });
  }

  refuse(working: WorkingOrder, refusal: Refusal): void {
    this.decisions.placed(working, true);
    this.broker.refuse(working, refusal);
  }

  makeWorking(...facts: Parameters<OrderTaker['makeWorking']>): WorkingOrder {
    return this.broker.makeWorking(...facts);
  }

  amend(working: WorkingOrder, change: Parameters<OrderTaker['amend']>[1]): boolean {
    this.decisions.amended(working, change);
    // A person looks at what was placed: a change is a new order.
    if (this.approvals?.has(working) === true) return false;
    return this.broker.amend(working, change);
  }

  cancel(working: WorkingOrder, reason?: string): boolean {
    this.decisions.withdrawn(working);
    return this.broker.cancel(working, reason);
  }
}

/** Writes decisions down. Without a sink it does nothing. */
export class Decisions implements RunHearing {
  /** How many were made. */
  count = 0;
  /** How many orders were placed. */
  orders = 0;
  /** Whether an order was placed or withdrawn since this was last set to false. */
  hasOrders = false;
  private readonly sink: DecisionSink | undefined;

  constructor(sink: DecisionSink | undefined) {
    this.sink = sink;
  }

  placed(working: WorkingOrder, isTransmitted: boolean): void {
    const { order, owner, validUntil, trail, parent, group } = working;
    this.hasOrders = true;
    this.orders++;
    this.write(() => ({
      kind: 'order',
      ref: order.ref,
      strategy: owner,
      data: order.data.name,
      side: order.side,
      type: order.type,
      size: order.size,
      price: order.price,
      limitPrice: order.limitPrice,
      time: order.createdTime,
      ...(validUntil !== Infinity && { validUntil }),
      ...(trail && { trail }),
      ...(parent && { parent: parent.order.ref }),
      ...(group && { group: group.members[0]!.order.ref }),
      ...(!isTransmitted && { isHeld: true }),
    }));
  }

  amended({ order }: WorkingOrder, change: object): void {
    this.hasOrders = true;
    this.write(() => ({ kind: 'amend', ref: order.ref, ...change }));
  }

  withdrawn({ order }: WorkingOrder): void {
    this.hasOrders = true;
    this.write(() => ({ kind: 'cancel', ref: order.ref }));
  }

  order(_run: StrategyRun, order: Order): void {
    this.write(() => {
      const { ref, status, filled, reason, lastFill: fill } = order;
      const last = fill && { time: fill.time, size: fill.size, price: fill.price, commission: fill.commission };
      return { kind: 'notice', ref, status, filled, ...(last && { last }), ...(reason !== undefined && { reason }) };
    });
  }

  trade(run: StrategyRun, trade: Trade): void {
    this.write(() => {
      const { ref, status, size, price, pnl, pnlNet } = trade;
      return { kind: 'trade', strategy: run.name, ref, status, size, price, pnl, pnlNet };
    });
  }

  data(name: string, state: StreamState, reason: string): void {
    this.write(() => ({ kind: 'data', name, state, reason }));
  }

  store(message: string): void {
    this.write(() => ({ kind: 'store', message }));
  }

  /** Whether they are written down. */
  get isRecorded(): boolean {
    return this.sink !== undefined;
  }

  /** A step: not a decision, and of interest only where decisions are written down. */
  step(count: number, time: number, cash: number, value: number): void {
    this.write(() => ({ kind: 'step', count, time, cash, value }));
  }

  /** Counts a decision; its text is made only where it is recorded. */
  private write(decision: () => object): void {
    this.count++;
    this.sink?.(JSON.stringify(decision()));
  }
}
