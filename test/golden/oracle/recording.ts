/** Writing down what a strategy sees and does, in the shape of an oracle's outputs. */
import { CommissionScheme, type Broker, type Data, type Order, type Position, type Side, type Trade } from 'nextbar';
import { isStampedAtOpen } from './bars.ts';
import { Habits } from './habits.ts';
import { refusedInPassing } from './refusals.ts';
import { derivationOf, isClone, type OracleOrderType, type Row, type Scenario } from './scenario.ts';
import { schemeFor } from './setup.ts';

const dayMs = 86_400_000;

const typeNames: Readonly<Record<Order['type'], OracleOrderType>> = {
  market: 'Market',
  close: 'Close',
  limit: 'Limit',
  stop: 'Stop',
  stopLimit: 'StopLimit',
  stopTrail: 'StopTrail',
  stopTrailLimit: 'StopTrailLimit',
};

const statusNames: Readonly<Record<Order['status'], string>> = {
  created: 'Created',
  submitted: 'Submitted',
  accepted: 'Accepted',
  partial: 'Partial',
  completed: 'Completed',
  canceled: 'Canceled',
  expired: 'Expired',
  margin: 'Margin',
  rejected: 'Rejected',
};

export type Phase = 'prenext' | 'nextstart' | 'next';

/** What a recorder has written. */
export class Log {
  readonly issued: Row[] = [];
  readonly events: Row[] = [];
  readonly trade_events: Row[] = [];
  readonly cash: number[] = [];
  readonly value: number[] = [];
  readonly positions: unknown[] = [];
  readonly fund: unknown[] = [];
  readonly trail: unknown[][] = [];
  readonly next_log: unknown[][] = [];
  readonly ind_log: unknown[][] = [];
  readonly timers: Row[] = [];
}

/** What a recording needs of the strategy it follows. */
export interface Recorded {
  readonly datas: readonly Data[];
  readonly orderHistory: readonly Order[];
  readonly broker: Broker;
  getPosition(data: Data): Readonly<Position>;
  cancel(order: Order): boolean;
  /** Bars of a data that the strategy's indicators need. */
  needOf(data: Data): number;
  /** Values of its indicators, for scenarios that log them. */
  indicatorValues(): number[];
}

/** Follows one strategy through a run. */
export class Recording {
  readonly log = new Log();
  readonly habits: Habits;
  readonly scenario: Scenario;
  /** Number of the step, from 0. */
  bar = 0;
  /** Whether a bar is opening. */
  isAtOpen = false;
  private readonly strategy: Recorded;
  private readonly schemes: ReadonlyMap<Data, CommissionScheme>;
  private readonly ids = new Map<number, unknown>();
  private readonly toldFills = new Map<number, number>();
  private lengths = '';
  private checked = 0;

  constructor(strategy: Recorded, scenario: Scenario) {
    this.strategy = strategy;
    this.scenario = scenario;
    this.schemes = new Map(strategy.datas.map((data) => [data, new CommissionScheme(schemeFor(scenario, data.name))]));
    this.habits = new Habits({
      scenario,
      now: () => this.bar,
      cancel: (order) => strategy.cancel(order),
    });
  }

  /** Writes down what a step shows, before the strategy acts. */
  look(phase: Phase): void {
    const { log, strategy } = this;
    const { broker, datas } = strategy;
    this.checked = strategy.orderHistory.length;
    log.cash.push(broker.cash);
    log.value.push(broker.value);
    log.positions.push(datas.map((data) => this.held(data)));
    log.fund.push([broker.fundValue, broker.fundShares]);
    for (const order of strategy.orderHistory) {
      if (!order.isAlive || (order.type !== 'stopTrail' && order.type !== 'stopTrailLimit')) continue;
      log.trail.push([this.bar, order.ref, order.price, order.limitPrice]);
    }
    this.logDatas(phase);
    this.noteHabits(phase);
    if (this.logs('indicators')) log.ind_log.push([this.bar, phase, ...strategy.indicatorValues()]);
  }

  /** Ends a step, after the strategy has acted. */
  done(): void {
    if (this.scenario.cerebro?.['cheat_on_open'] !== true) this.refuse();
    this.bar++;
  }

  /** Lets the strategy act at the open of a bar. */
  atOpen(act: () => void): void {
    this.isAtOpen = true;
    act();
    this.refuse();
    this.isAtOpen = false;
  }

  /** Whether some data has just as many bars as it needs, so that the oracle starts again. */
  private get isAtMinimum(): boolean {
    const { strategy } = this;
    return Math.max(...strategy.datas.map((data) => strategy.needOf(data) - data.length)) === 0;
  }

  private noteHabits(phase: Phase): void {
    if (phase === 'next' && this.isAtMinimum) this.habits.startedAgain();
    const theirs = this.strategy.datas.reduce((sum, data) => {
      const { size, price } = this.strategy.getPosition(data);
      const scheme = this.schemes.get(data)!;
      if (scheme.isSpot || size === 0) return sum;
      return sum + Math.abs(size) * (scheme.margin(data.close.now) - scheme.margin(price));
    }, this.strategy.broker.value);
    this.habits.valued(this.strategy.broker.value, theirs);
  }

  private held(data: Data): [number, number] {
    const { size, price } = this.strategy.getPosition(data);
    return [size, price];
  }

  private logs(what: string): boolean {
    return this.scenario.log?.includes(what) === true;
  }

  private logDatas(phase: Phase): void {
    const isShort = this.logs('datas');
    const isFull = this.logs('ohlcv');
    const isChange = this.logs('ohlcv_chg');
    if (!isShort && !isFull && !isChange && !this.logs('ohlcv_res')) return;
    const counted = phase === 'next' && this.isAtMinimum ? 'nextstart' : phase;
    const others = counted + this.strategy.datas.slice(1).map(({ length }) => length).join(); // prettier-ignore
    if (isChange && others === this.lengths) return;
    this.lengths = others;
    const short = (data: Data): unknown[] => [data.length, this.stamp(data, data.closeTime), data.close.now];
    const full = (data: Data): unknown[] => {
      const { open, high, low, close, volume } = data;
      return [data.length, this.stamp(data, data.closeTime), open.now, high.now, low.now, close.now, volume.now];
    };
    const cells = this.strategy.datas.map((data, k) => {
      if (data.length === 0) return null;
      return isFull || (k > 0 && !isShort) ? full(data) : short(data);
    });
    this.log.next_log.push([this.bar, phase, ...cells]);
  }

  /** A time of the data's clock as the oracle stamps it: the close, or the open of a daily bar; the last instant of a made day. */
  stamp(data: Data, time: number): number {
    const { datas } = this.scenario;
    const entry = datas[this.strategy.datas.indexOf(data)]!;
    const made = derivationOf(entry);
    if (made?.timeframe === 'days' && time % dayMs === 0) return time - 1;
    const base = isClone(entry) ? datas[entry.source]! : entry;
    if (isClone(base) || !isStampedAtOpen(base.timeframe)) return time;
    return time - dayMs * base.compression;
  }

  /** A moment in the oracle's stamps as the data's clock has it. */
  clock(data: Data, stamp: number): number {
    return stamp + stamp - this.stamp(data, stamp);
  }

  /** Withdraws what Backtrader would refuse only because it refused something before. */
  private refuse(): void {
    const { strategy, scenario, isAtOpen } = this;
    if (scenario.broker?.checksubmit === false) return;
    const batch = strategy.orderHistory.slice(this.checked).map((order) => ({
      order,
      parent: this.habits.parentOf(order),
      price: isAtOpen && order.type === 'market' ? order.data.openingPrice : order.price,
    }));
    if (batch.length === 0) return;
    const found = refusedInPassing(batch, {
      cash: strategy.broker.cash,
      shortCash: scenario.broker?.shortcash !== false,
      schemeOf: (data) => this.schemes.get(data)!,
      positionOf: (data) => strategy.getPosition(data),
    });
    for (const order of found) this.habits.refuse(order, isAtOpen);
  }

  /** Writes down an order that was made; undefined for one that the project had no reason to make. */
  issue(id: unknown, order: Order | undefined): void {
    if (order === undefined) {
      this.log.issued.push({ bar: this.bar, id, ref: null });
      return;
    }
    this.ids.set(order.ref, id);
    this.log.issued.push({
      bar: this.bar,
      id,
      ref: order.ref,
      side: order.side satisfies Side,
      size: order.size,
      data: this.strategy.datas.indexOf(order.data),
      exectype: typeNames[order.type],
      price: order.price,
      pricelimit: order.limitPrice,
      pclose: order.createdClose,
    });
  }

  /** The bar of a notification. Told at once, in the middle of the broker's work, the oracle counts it to the bar before. */
  private get toldBar(): number {
    return this.scenario.cerebro?.['quicknotify'] === true ? this.bar - 1 : this.bar;
  }

  /** Writes down what the strategy is told of an order. */
  hearOrder(order: Order): void {
    const told = this.toldFills.get(order.ref) ?? 0;
    this.toldFills.set(order.ref, order.fills.length);
    const sign = order.isBuy ? 1 : -1;
    const event: Record<string, unknown> = {
      bar: this.toldBar,
      ref: order.ref,
      status: statusNames[order.status],
      ...(this.ids.has(order.ref) && { id: this.ids.get(order.ref) }),
    };
    if (order.filled > 0) {
      event['size'] = sign * order.filled;
      event['price'] = order.averagePrice;
      event['value'] = order.value;
      event['comm'] = order.commission;
      event['pnl'] = order.pnl;
      event['rem'] = sign * order.remaining;
      const fresh = order.fills.slice(told);
      const bits = fresh.map((fill) => ({
        ts: this.stamp(order.data, fill.time),
        size: fill.size,
        price: fill.price,
        closed: fill.closed,
        opened: fill.opened,
        comm: fill.commission,
        pnl: fill.pnl,
        psize: fill.positionSize,
        pprice: fill.positionPrice,
      }));
      if (bits.length > 0) event['bits'] = bits;
    }
    this.log.events.push(event);
    this.habits.heard(order);
  }

  /** Writes down what the strategy is told of a trade. */
  hearTrade(trade: Trade): void {
    const isClosed = trade.status === 'closed';
    this.log.trade_events.push({
      bar: this.toldBar,
      ref: trade.ref,
      tradeid: trade.tradeId,
      data: this.strategy.datas.indexOf(trade.data),
      status: isClosed ? 'Closed' : 'Open',
      justopened: !isClosed,
      long: trade.isLong,
      size: trade.size,
      price: trade.price,
      value: trade.value,
      commission: trade.commission,
      pnl: trade.pnl,
      pnlcomm: trade.pnlNet,
      open_bar: trade.openIndex,
      close_bar: trade.closeIndex ?? null,
      barlen: trade.bars,
      open_ts: this.stamp(trade.data, trade.openTime),
      close_ts: trade.closeTime === undefined ? null : this.stamp(trade.data, trade.closeTime),
    });
  }
}
