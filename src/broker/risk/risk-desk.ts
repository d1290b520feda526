/** The risk desk of a run: keeps what rules look at, and asks them about each order before it is submitted. */
import { ConfigError, shown, type Refusal, type Side } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Position } from '../accounting/position.ts';
import type { Trade } from '../accounting/trade.ts';
import type { OpenOrders } from '../orders/open-orders.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { isRules } from './check-plan.ts';
import { rulesOfPlan, type RiskOrder, type RiskPlan, type RiskRule, type RiskState } from './rules.ts';

const dayMs = 86_400_000;

/** How many closed trades are kept at least: a session may run for months. */
const keptTrades = 10_000;

/** A closed trade, as rules see it. */
type ClosedTrade = RiskState['closedTrades'][number];

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
  poolOf(dataId: number): number;
}

/** Checks the orders of all strategies of a run. */
export class RiskDesk implements RiskState {
  time = NaN;
  dayStartValue: number;
  dayLowValue: number;
  peakValue: number;
  deepestFall = 0;
  readonly #rules: readonly RiskRule[];
  readonly #account: RiskAccount;
  readonly #datas: readonly Data[];
  readonly #sources: RiskSource[] = [];
  readonly #placed: number[] = [];
  readonly #closed: ClosedTrade[] = [];
  /** The latest trade of each source that is among `#closed`. */
  readonly #latest = new Map<RiskSource, Trade>();
  #day = NaN;
  #lastValue: number;

  constructor(risk: RiskPlan | readonly RiskRule[], account: RiskAccount, datas: readonly Data[]) {
    this.#rules = isRules(risk) ? risk : rulesOfPlan(risk);
    this.#account = account;
    this.#datas = datas;
    this.dayStartValue = this.dayLowValue = this.peakValue = this.#lastValue = account.value;
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
      this.dayStartValue = this.dayLowValue = this.#lastValue;
    }
    this.time = time;
    this.#lastValue = value;
    if (value < this.dayLowValue) this.dayLowValue = value;
    if (value > this.peakValue) this.peakValue = value;
    else if (1 - value / this.peakValue > this.deepestFall) this.deepestFall = 1 - value / this.peakValue;
  }

  /**
   * Why an order is refused; undefined when every rule allows it, which is then counted as placed.
   *
   * @param rivals - The orders that it will cancel, or be canceled by, once one of them is executed.
   * @throws {ConfigError} If a rule returns neither a reason nor undefined.
   */
  refusalOf(
    data: Data,
    side: Side,
    size: number,
    price: number,
    reduceOnly: boolean,
    rivals: readonly WorkingOrder[],
  ): Refusal | undefined {
    const order = this.#describe(data, side, size, price, reduceOnly, rivals);
    for (const rule of this.#rules) {
      const reason = rule.check(order, this) as unknown;
      if (reason === undefined) continue;
      if (typeof reason === 'string' && reason !== '') return { rule: rule.name, reason: `${rule.name}: ${reason}` };
      throw new ConfigError(
        `the risk rule '${rule.name}' must return why it refuses an order, or undefined where it allows it, was ${shown(reason)}`,
        { context: { rule: rule.name } },
      );
    }
    this.#placed.push(this.time);
    return undefined;
  }

  #describe(
    data: Data,
    side: Side,
    size: number,
    price: number,
    reduceOnly: boolean,
    rivals: readonly WorkingOrder[],
  ): RiskOrder {
    const { id } = timelineOf(data);
    const sign = side === 'buy' ? 1 : -1;
    const pool = this.#account.poolOf(id);
    const held = this.#account.positionOf(id).size;
    const sure = held + this.#certain(pool);
    const reduces = reduceOnly || (isCoveredBy(held, sign, size) && isCoveredBy(sure, sign, size));
    let units = size;
    for (const { pool: one, sign: other, remaining } of rivals)
      if (one === pool && other === sign) units = Math.max(units, remaining);
    // Orders that only close what is held are not counted: they are there in case it goes the other way.
    for (const { open } of this.#sources) units += open.resting(pool, sign, sure, rivals);
    const after = sure + sign * (reduces ? size : units);
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
    return this.#pooled().filter((data) => this.exposureOf(data.name) !== 0).length;
  }

  get closedTrades(): readonly ClosedTrade[] {
    const fresh: ClosedTrade[] = [];
    for (const source of this.#sources) {
      const { closed } = source.trades;
      const latest = this.#latest.get(source);
      let first = closed.length;
      // A run of bounded memory drops old trades, so that they are counted from the end.
      while (first > 0 && closed[first - 1] !== latest) first--;
      for (const { closeTime, pnlNet } of closed.slice(first)) fresh.push({ time: closeTime ?? NaN, profit: pnlNet });
      if (closed.length > 0) this.#latest.set(source, closed[closed.length - 1]!);
    }
    this.#closed.push(...fresh.sort((a, b) => a.time - b.time));
    if (this.#closed.length > 2 * keptTrades) this.#closed.splice(0, this.#closed.length - keptTrades);
    return this.#closed;
  }

  exposure(venue?: string): number {
    let total = 0;
    for (const data of this.#pooled()) {
      if (venue === undefined || (data.instrument?.exchange ?? '') === venue) total += this.exposureOf(data.name);
    }
    return total;
  }

  exposureOf(name: string): number {
    const data = this.#datas.find((one) => one.name === name);
    if (data === undefined || data.length === 0) return 0;
    const { id } = timelineOf(data);
    const held = this.#account.positionOf(id).size;
    const pool = this.#account.poolOf(id);
    let units = Math.max(Math.abs(held), Math.abs(held + this.#certain(pool)));
    for (const { open } of this.#sources)
      units += Math.max(open.resting(pool, 1, Math.max(0, held)), open.resting(pool, -1, Math.min(0, held)));
    return this.#account.tradedValue(id, units, data.close.now);
  }

  /** The datas that have a bar, without those that show the position of one before. */
  #pooled(): Data[] {
    const seen = new Set<number>();
    return this.#datas.filter((data) => {
      if (data.length === 0) return false;
      const pool = this.#account.poolOf(timelineOf(data).id);
      return !seen.has(pool) && seen.add(pool);
    });
  }

  /** Signed units that the certain orders will trade of a position. */
  #certain(pool: number): number {
    let units = 0;
    for (const { open } of this.#sources) units += open.certain(pool);
    return units;
  }

  ordersWithin(ms: number): number {
    const placed = this.#placed;
    while (placed.length > 0 && placed[0]! <= this.time - 30 * dayMs) placed.shift();
    let count = 0;
    for (let k = placed.length - 1; k >= 0 && placed[k]! > this.time - ms; k--) count++;
    return count;
  }
}

/** Whether a position is on the other side of an order and at least as large. */
function isCoveredBy(position: number, sign: 1 | -1, size: number): boolean {
  return position * sign < 0 && size <= Math.abs(position) * (1 + 1e-9);
}
