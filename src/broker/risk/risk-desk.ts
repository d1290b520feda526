/** The risk desk of a run: keeps what rules look at, and asks them about each order before it is submitted. */
import type { Side } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Position } from '../accounting/position.ts';
import type { Trade } from '../accounting/trade.ts';
import type { OpenOrders } from '../orders/open-orders.ts';
import { isRules } from './check-plan.ts';
import { rulesOfPlan, type RiskOrder, type RiskPlan, type RiskRule, type RiskState } from './rules.ts';

const dayMs = 86_400_000;

/** What the desk reads of each strategy. */
export interface RiskSource {
  readonly open: OpenOrders;
  readonly trades: { readonly closed: readonly Trade[] };
}

/** What the desk reads of the broker. */
export interface RiskAccount {
  readonly value: number;
  positionOf(dataId: number): Readonly<Position>;
  tradedValue(dataId: number, size: number, price: number): number;
}

/** A rule's refusal of an order. */
export interface RiskRefusal {
  readonly rule: string;
  readonly reason: string;
}

/** Checks the orders of all strategies of a run. */
export class RiskDesk implements RiskState {
  time = NaN;
  dayStartValue: number;
  peakValue: number;
  readonly #rules: readonly RiskRule[];
  readonly #account: RiskAccount;
  readonly #datas: readonly Data[];
  readonly #sources: RiskSource[] = [];
  readonly #placed: number[] = [];
  #day = NaN;
  #lastValue: number;

  constructor(risk: RiskPlan | readonly RiskRule[], account: RiskAccount, datas: readonly Data[]) {
    this.#rules = isRules(risk) ? risk : rulesOfPlan(risk);
    this.#account = account;
    this.#datas = datas;
    this.dayStartValue = this.peakValue = this.#lastValue = account.value;
  }

  /** Counts the orders and trades of a strategy. */
  watch(source: RiskSource): void {
    this.#sources.push(source);
  }

  /** A step of the engine: the value by which days and peaks are counted. */
  observe(time: number, value: number): void {
    const day = Math.floor(time / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.dayStartValue = this.#lastValue;
    }
    this.time = time;
    this.#lastValue = value;
    if (value > this.peakValue) this.peakValue = value;
  }

  /** Why an order is refused; undefined when every rule allows it, which is then counted as placed. */
  refusalOf(data: Data, side: Side, size: number, price: number, reduceOnly: boolean): RiskRefusal | undefined {
    const order = this.#describe(data, side, size, price, reduceOnly);
    for (const rule of this.#rules) {
      const reason = rule.check(order, this);
      if (reason !== undefined) return { rule: rule.name, reason: `${rule.name}: ${reason}` };
    }
    this.#placed.push(this.time);
    return undefined;
  }

  #describe(data: Data, side: Side, size: number, price: number, reduceOnly: boolean): RiskOrder {
    const { id } = timelineOf(data);
    const signed = side === 'buy' ? size : -size;
    const held = this.#account.positionOf(id).size;
    let after = held + signed;
    for (const { open } of this.#sources) after += open.certain(id);
    const reduces =
      reduceOnly || (held !== 0 && held > 0 !== signed > 0 && Math.abs(signed) <= Math.abs(held) * (1 + 1e-9));
    const { instrument, symbol, name } = data;
    return {
      data: name,
      symbol,
      venue: instrument?.exchange ?? '',
      side,
      size,
      price,
      value: this.#account.tradedValue(id, size, price),
      positionAfter: after,
      reduces,
      dataTime: data.closeTime,
    };
  }

  get value(): number {
    return this.#account.value;
  }

  get openOrders(): number {
    return this.#sources.reduce((count, { open }) => count + open.read(undefined).length, 0);
  }

  get openPositions(): number {
    return this.#datas.filter((data) => this.#account.positionOf(timelineOf(data).id).size !== 0).length;
  }

  get closedTrades(): readonly { readonly time: number; readonly profit: number }[] {
    const all = this.#sources.flatMap(({ trades }) => trades.closed.slice(-50));
    return all
      .map(({ closeTime, pnlNet }) => ({ time: closeTime ?? NaN, profit: pnlNet }))
      .sort((a, b) => a.time - b.time);
  }

  exposure(venue?: string): number {
    let total = 0;
    for (const data of this.#datas) {
      if (venue === undefined || (data.instrument?.exchange ?? '') === venue) total += this.exposureOf(data.name);
    }
    return total;
  }

  exposureOf(name: string): number {
    const data = this.#datas.find((one) => one.name === name);
    if (data === undefined || data.length === 0) return 0;
    const { id } = timelineOf(data);
    const held = this.#account.positionOf(id).size;
    let units = Math.abs(held);
    for (const { open } of this.#sources) {
      const coming = open.certain(id);
      units = Math.max(units, Math.abs(held + coming));
      units += Math.max(open.resting(id, 1, Math.max(0, held)), open.resting(id, -1, Math.min(0, held)));
    }
    return this.#account.tradedValue(id, units, data.close.now);
  }

  ordersWithin(ms: number): number {
    const placed = this.#placed;
    while (placed.length > 0 && placed[0]! <= this.time - 30 * dayMs) placed.shift();
    let count = 0;
    for (let k = placed.length - 1; k >= 0 && placed[k]! > this.time - ms; k--) count++;
    return count;
  }
}
