/** A strategy that writes down everything it sees and does, in the shape of an oracle's outputs. */
import {
  CommissionScheme,
  Strategy,
  type Data,
  type Order,
  type OrderOptions,
  type Side,
  type StrategyContext,
  type Trade,
} from 'nextbar';
import { isStampedAtOpen } from './bars.ts';
import { Habits } from './habits.ts';
import { refusedInPassing, type Candidate } from './refusals.ts';
import { schemeFor } from './setup.ts';
import { isClone, type Change, type OracleOrderType, type Row, type Scenario } from './scenario.ts';

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

/** The parameters of every strategy here: the scenario itself. */
export interface RecorderParams {
  scenario: Scenario;
}

/** The base of the strategies that replay a scenario. A subclass says what to do in a bar. */
export abstract class Recorder extends Strategy<RecorderParams> {
  static readonly params: RecorderParams = { scenario: {} as Scenario };

  readonly log = new Log();
  readonly scenario: Scenario;
  /** Number of the step, from 0. */
  bar = 0;
  /** Whether a bar is opening. */
  protected isAtOpen = false;
  private readonly ids = new Map<number, unknown>();
  private readonly toldFills = new Map<number, number>();
  private lengths = '';
  readonly habits: Habits;
  private readonly schemes: ReadonlyMap<Data, CommissionScheme>;
  private batch: Candidate[] = [];

  constructor(context: StrategyContext<RecorderParams>) {
    super(context);
    this.scenario = context.params.scenario;
    this.habits = new Habits(this);
    this.schemes = new Map(this.datas.map((data) => [data, new CommissionScheme(schemeFor(this.scenario, data.name))]));
  }

  /** What the scenario does in the present bar; `prenext` while indicators are not ready. */
  abstract act(phase: Phase): void;

  /** Bars of a data that the rule's indicators need. */
  needOf(_data: Data): number {
    return 1;
  }

  /** Values of the rule's indicators, for scenarios that log them. */
  indicatorValues(): number[] {
    return [];
  }

  override prenext(): void {
    this.step('prenext');
  }

  override nextstart(): void {
    this.step('nextstart');
  }

  override next(): void {
    this.step('next');
  }

  private step(phase: Phase): void {
    this.batch = [];
    this.look(phase);
    this.act(phase);
    if (this.scenario.cerebro?.['cheat_on_open'] !== true) this.refuse();
    this.bar++;
  }

  private look(phase: Phase): void {
    const { log, broker } = this;
    log.cash.push(broker.cash);
    log.value.push(broker.value);
    log.positions.push(this.datas.map((data) => this.held(data)));
    log.fund.push([broker.fundValue, broker.fundShares]);
    for (const order of this.orders) {
      if (!order.isAlive || (order.type !== 'stopTrail' && order.type !== 'stopTrailLimit')) continue;
      log.trail.push([this.bar, order.ref, order.price, order.limitPrice]);
    }
    this.logDatas(phase);
    this.noteHabits(phase);
    if (this.logs('indicators')) log.ind_log.push([this.bar, phase, ...this.indicatorValues()]);
  }

  private noteHabits(phase: Phase): void {
    const isAtMinimum = Math.max(...this.datas.map((data) => this.needOf(data) - data.length)) === 0;
    if (phase === 'next' && isAtMinimum) this.habits.startedAgain();
    const theirs = this.datas.reduce((sum, data) => {
      const { size, price } = this.getPosition(data);
      const scheme = this.schemes.get(data)!;
      if (scheme.isSpot || size === 0) return sum;
      return sum + Math.abs(size) * (scheme.margin(data.close.now) - scheme.margin(price));
    }, this.broker.value);
    this.habits.valued(this.broker.value, theirs);
  }

  private held(data: Data): [number, number] {
    const { size, price } = this.getPosition(data);
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
    const others = phase + this.datas.slice(1).map(({ length }) => length).join(); // prettier-ignore
    if (isChange && others === this.lengths) return;
    this.lengths = others;
    const short = (data: Data): unknown[] => [data.length, this.stamp(data, data.closeTime), data.close.now];
    const full = (data: Data): unknown[] => {
      const { open, high, low, close, volume } = data;
      return [data.length, this.stamp(data, data.closeTime), open.now, high.now, low.now, close.now, volume.now];
    };
    const cells = this.datas.map((data, k) => {
      if (data.length === 0) return null;
      return isFull || (k > 0 && !isShort) ? full(data) : short(data);
    });
    this.log.next_log.push([this.bar, phase, ...cells]);
  }

  /** A time of the data's clock as the oracle stamps it: the close, or the open of a daily bar. */
  stamp(data: Data, time: number): number {
    const entry = this.scenario.datas[this.datas.indexOf(data)];
    if (entry === undefined || isClone(entry) || !isStampedAtOpen(entry.timeframe)) return time;
    return time - (data.timeframe.ms ?? 0);
  }

  /** A moment in the oracle's stamps as the data's clock has it. */
  clock(data: Data, stamp: number): number {
    return stamp + stamp - this.stamp(data, stamp);
  }

  /** Makes an order and writes it down under an id. */
  protected order(id: unknown, how: 'buy' | 'sell' | 'close', options: OrderOptions): Order | undefined {
    const data = typeof options.data === 'object' ? options.data : this.data;
    const hasPrice = 'price' in options && options.price !== undefined;
    const foreseen = this.isAtOpen && !hasPrice ? { price: this.closeAhead(data) } : {};
    const order = this[how]({ ...options, ...foreseen, oco: this.habits.groupFor(options.oco) } as OrderOptions);
    this.issue(id, order);
    if (order === undefined) return undefined;
    this.track(order, options);
    if (this.isAtOpen && order.createdClose !== this.closeAhead(order.data)) this.habits.foresaw(order);
    return order;
  }

  /** The close of the bar that is opening, which only the oracle knows at its open. */
  private closeAhead(data: Data): number {
    const { timeline } = data;
    return timeline.close.at(Math.min(timeline.index + 1, timeline.loaded - 1));
  }

  /** Tells the habits of an order. */
  protected track(order: Order, { oco, parent }: OrderOptions = {}): void {
    this.habits.made(order, parent, oco);
    this.batch.push({ order, parent, price: order.price });
  }

  /** Withdraws what Backtrader would refuse only because it refused something before. */
  protected refuse(): void {
    const { isAtOpen } = this;
    if (this.scenario.broker?.checksubmit === false) return;
    const batch = this.batch.map((one) => {
      const { openingPrice } = one.order.data;
      return isAtOpen && one.order.type === 'market' ? { ...one, price: openingPrice } : one;
    });
    const found = refusedInPassing(batch, {
      cash: this.broker.cash,
      shortCash: this.scenario.broker?.shortcash !== false,
      schemeOf: (data) => this.schemes.get(data)!,
      positionOf: (data) => this.getPosition(data),
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
      data: this.datas.indexOf(order.data),
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

  override notifyOrder(order: Order): void {
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

  override notifyTrade(trade: Trade): void {
    const isClosed = trade.status === 'closed';
    this.log.trade_events.push({
      bar: this.toldBar,
      ref: trade.ref,
      tradeid: trade.tradeId,
      data: this.datas.indexOf(trade.data),
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

/** Values by bar, from a list of the bars at which they change. */
export function spread(changes: readonly Change[], bars: number): unknown[] {
  const values: unknown[] = [];
  for (const [k, [bar, value]] of changes.entries()) {
    const end = changes[k + 1]?.[0] ?? bars;
    for (let b = bar; b < end; b++) values[b] = value;
  }
  return values;
}
