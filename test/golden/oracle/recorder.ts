/** The base of the strategies that replay a scenario by its script or its rule. */
import { timelineOf } from '../../../src/lines/index.ts';
import {
  Strategy,
  type Bracket,
  type BracketOptions,
  type Data,
  type Order,
  type OrderOptions,
  type StrategyContext,
  type Trade,
} from 'nextbar';
import { Recording, type Phase } from './recording.ts';
import type { Scenario, TimerEntry } from './scenario.ts';

/** The parameters of every strategy here: the scenario itself. */
export interface RecorderParams {
  scenario: Scenario;
}

/** A strategy that is written down. A subclass says what to do in a bar. */
export abstract class Recorder extends Strategy<RecorderParams> {
  static readonly params: RecorderParams = { scenario: {} as Scenario };

  readonly scenario: Scenario;
  readonly recording: Recording;

  constructor(context: StrategyContext<RecorderParams>) {
    super(context);
    this.scenario = context.params.scenario;
    this.recording = new Recording(this, this.scenario);
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

  override notifyOrder(order: Order): void {
    this.recording.hearOrder(order);
  }

  override notifyTrade(trade: Trade): void {
    this.recording.hearTrade(trade);
  }

  override start(): void {
    for (const [k, entry] of (this.scenario.timers ?? []).entries()) {
      // A day's stamp is its open and the engine's clock its close: what is due at the stamp is due a day later here.
      const late = this.recording.clock(this.data, 0);
      this.addTimer(timerOptions(entry, late > 0), (_timer, when) => this.due(k, entry, when - late));
    }
  }

  /** Writes a timer down, and does what the scenario says of it. */
  private due(index: number, entry: TimerEntry, when: number): void {
    this.recording.log.timers.push({
      bar: this.recording.bar,
      timer: index,
      when_ms: when,
      cheat: entry.cheat ?? false,
      data0_ts: this.recording.stamp(this.data, this.data.closeTime),
    });
    if (entry.action === undefined) return;
    if (this.position.size === 0) this.order(null, 'buy', { size: entry.action.size });
    else this.order(null, 'close', {});
  }

  private step(phase: Phase): void {
    this.recording.look(phase);
    this.act(phase);
    this.recording.done();
  }

  /** Makes an order and writes it down under an id. */
  protected order(id: unknown, how: 'buy' | 'sell' | 'close', options: OrderOptions): Order | undefined {
    const { habits } = this.recording;
    const order = this[how]({ ...this.foreseen(options), oco: habits.groupFor(options.oco) });
    this.track(id, order, options);
    return order;
  }

  /** Makes an order toward a target and writes it down. */
  protected target(
    id: unknown,
    how: 'orderTargetSize' | 'orderTargetValue' | 'orderTargetPercent',
    target: number,
    options: OrderOptions,
  ): Order | undefined {
    const order = this[how](target, options);
    this.track(id, order, options);
    return order;
  }

  /** Makes a bracket and writes its orders down. */
  protected bracket(
    how: 'buyBracket' | 'sellBracket',
    options: BracketOptions,
    ids: { readonly main: unknown; readonly stop: unknown; readonly limit: unknown },
  ): Bracket | undefined {
    const made = this[how](options);
    this.track(ids.main, made?.main);
    const parent = made?.main;
    if (made?.stopLoss) this.track(ids.stop, made.stopLoss, { parent });
    if (made?.takeProfit) this.track(ids.limit, made.takeProfit, { parent });
    return made;
  }

  private track(
    id: unknown,
    order: Order | undefined,
    { oco, parent }: Pick<OrderOptions, 'oco' | 'parent'> = {},
  ): void {
    const { recording } = this;
    recording.issue(id, order);
    if (order === undefined) return;
    recording.habits.made(order, parent, oco);
    if (recording.isAtOpen && order.createdClose !== this.closeAhead(order.data)) recording.habits.foresaw(order);
  }

  /** At the open an order without a price is given the close of the bar that opens, as the oracle has it. */
  private foreseen(options: OrderOptions): OrderOptions {
    if (!this.recording.isAtOpen) return options;
    // Without the broker's part in it, market orders made at the open wait for the next one.
    const waits = this.scenario.cerebro?.['broker_coo'] === false ? { cheatOnOpen: false } : {};
    if ('price' in options && options.price !== undefined) return { ...options, ...waits };
    const data = typeof options.data === 'object' ? options.data : this.data;
    return { ...options, ...waits, price: this.closeAhead(data) } as OrderOptions;
  }

  private closeAhead(data: Data): number {
    const timeline = timelineOf(data);
    return timeline.close.at(Math.min(timeline.index + 1, timeline.loaded - 1));
  }
}

type TimerOptions = Parameters<Strategy['addTimer']>[0];

/** In the zone twelve hours behind, noon of a day is the close of its bar, and the day of the week is the bar's. */
function timerOptions(entry: TimerEntry, isDaily: boolean): TimerOptions {
  return {
    when: isDaily ? `${Number(entry.when.slice(0, 2)) + 12}${entry.when.slice(2)}` : entry.when,
    ...(isDaily && { zone: 'Etc/GMT+12' }),
    ...(entry.offset_min !== undefined && { offset: entry.offset_min * 60_000 }),
    ...(entry.repeat_min !== undefined && { repeat: entry.repeat_min * 60_000 }),
    ...(entry.weekdays && { weekdays: entry.weekdays }),
    ...(entry.weekcarry !== undefined && { weekCarry: entry.weekcarry }),
    ...(entry.monthdays && { monthdays: entry.monthdays }),
    ...(entry.monthcarry !== undefined && { monthCarry: entry.monthcarry }),
    ...(entry.cheat !== undefined && { cheat: entry.cheat }),
  };
}
