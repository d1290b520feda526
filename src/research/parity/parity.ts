/** Parity: what a session earned beside what a backtest earns over the market that it recorded, and the difference split by cause. */
import type { FillFacts } from '../../broker/index.ts';
import type { RunResult } from '../../engine/index.ts';
import { ordersOf, pricesAt, type SessionTape, type TapeData, type TapeOrder } from './tape.ts';

/** The causes of drift, in the order of the table. */
export const driftCauses = [
  'price', 'latency', 'partial fill', 'fee', 'missed bar', 'refused order', 'intervention', 'look-ahead', 'other',
] as const; // prettier-ignore

/**
 * Why a session's result differs from its backtest's.
 *
 * - `price`: it was filled at another price: spread, depth and slippage.
 * - `latency`: the market moved between the decision and the fill.
 * - `partial fill`: it was filled in part, later, or not at all, where the backtest filled all, or the other way round.
 * - `fee`: it paid other fees.
 * - `missed bar`: an order could not follow its bar, which came late or not at all.
 * - `refused order`: the broker or the venue refused it.
 * - `intervention`: the kill switch or a person paused the session, closed its positions, or did not approve an order.
 * - `look-ahead`: the strategy decided otherwise over the same bars, before anything else differed: the backtest knew something that the
 *   session did not, such as a bar that was corrected later.
 * - `other`: what is left: funding, interest, rounding, marks at the end.
 */
export type DriftCause = (typeof driftCauses)[number];

/** One order of the session, of the backtest, or of both, and what it added to the drift. */
export interface ParityRow {
  readonly time: number;
  readonly data: string;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  /** Units filled; undefined where there was no such order. */
  readonly session: { readonly ref: number; readonly filled: number; readonly price: number; readonly status: string } | undefined; // prettier-ignore
  readonly backtest: { readonly ref: number; readonly filled: number; readonly price: number; readonly status: string } | undefined; // prettier-ignore
  /** What the session earned more than the backtest by it, in quote units. */
  readonly drift: number;
  readonly causes: Readonly<Partial<Record<DriftCause, number>>>;
  /** Why, in words, where one order is missing or was refused. */
  readonly reason: string | undefined;
}

/** A comparison of a session with its backtest. */
export interface ParityReport {
  readonly session: string;
  readonly mode: string;
  readonly steps: number;
  /** Final values, in quote units. */
  readonly sessionValue: number;
  readonly backtestValue: number;
  /** Session less backtest, in quote units. */
  readonly drift: number;
  /** Drift by cause; they add up to `drift`. */
  readonly causes: Readonly<Record<DriftCause, number>>;
  /** Orders that both had, that only the session had, and that only the backtest had. */
  readonly orders: { readonly matched: number; readonly onlySession: number; readonly onlyBacktest: number };
  /** Fills of each. */
  readonly fills: { readonly session: number; readonly backtest: number };
  readonly rows: readonly ParityRow[];
  /** The first decision that a replay of the journal makes otherwise; undefined when all are the same. */
  readonly difference: string | undefined;
}

/**
 * Compares a session with a backtest over the market that it recorded.
 *
 * Every fill adds `size * (last price - fill price) - fee` to the final value, so the difference of the two values is the sum over orders;
 * matched orders are split exactly into price, latency, size and fee.
 *
 * @param backtest - Over `tape.datas`, from `tape.from` on, with the same strategies.
 */
export async function compareParity(tape: SessionTape, backtest: RunResult): Promise<ParityReport> {
  const other = ordersOf(backtest);
  const datas = new Map(tape.datas.map((data) => [data.name, data]));
  // The final values are those of the last step: what was filled after it is in neither.
  const { end } = tape.result;
  const own = tape.orders.map((order) => ({ ...order, fills: order.fills.filter(({ time }) => time < end) }));
  const pairs = pairUp(own, other, datas);
  const wanted = pairs.flatMap(({ session }) => {
    if (session === undefined || session.fills.length === 0) return [];
    const symbol = datas.get(session.data)?.symbol ?? session.data;
    return [session.createdTime, ...session.fills.map(({ time }) => time)].map((time) => ({ symbol, time }));
  });
  const priceAt = await pricesAt(tape, wanted);
  const causes = Object.fromEntries(driftCauses.map((cause) => [cause, 0])) as Record<DriftCause, number>;
  /** By data: why the two part; what follows of it has the same cause. */
  const parted = new Map<string, DriftCause>();
  const rows = pairs.map((pair): ParityRow => {
    const row = rowOf(pair, datas.get(pair.data)!, priceAt, parted);
    for (const [cause, amount] of Object.entries(row.causes)) causes[cause as DriftCause] += amount;
    return row;
  });
  const [sessionValue, backtestValue] = [tape.result.finalValue, backtest.finalValue];
  const drift = sessionValue - backtestValue;
  causes.other = drift - driftCauses.reduce((sum, cause) => sum + (cause === 'other' ? 0 : causes[cause]), 0);
  const count = (test: (pair: Pair) => boolean): number => pairs.filter(test).length;
  const fills = (orders: readonly TapeOrder[]): number => orders.reduce((sum, one) => sum + one.fills.length, 0);
  return {
    session: tape.session,
    mode: tape.mode,
    steps: tape.steps,
    sessionValue,
    backtestValue,
    drift,
    causes,
    orders: {
      matched: count(({ session, backtest: b }) => session !== undefined && b !== undefined),
      onlySession: count(({ backtest: b }) => b === undefined),
      onlyBacktest: count(({ session }) => session === undefined),
    },
    fills: { session: fills(own), backtest: fills(other) },
    rows: rows.filter(({ drift: own, session, backtest: b }) => own !== 0 || session?.filled !== b?.filled),
    difference: tape.difference,
  };
}

interface Pair {
  readonly data: string;
  readonly session: TapeOrder | undefined;
  readonly backtest: TapeOrder | undefined;
}

/** Orders of the same strategy, data, side and type that were placed on the same bar, in their order; the rest stands alone. */
function pairUp(
  session: readonly TapeOrder[],
  backtest: readonly TapeOrder[],
  datas: ReadonlyMap<string, TapeData>,
): Pair[] {
  const keyOf = ({ strategy, data, side, type, createdTime }: TapeOrder): string => {
    const barMs = datas.get(data)?.barMs ?? 1;
    // An order that answers a fill inside a bar belongs to the bar in which a backtest fills, whose close comes after.
    return [strategy, data, side, type, Math.ceil(createdTime / barMs)].join(' ');
  };
  const waiting = new Map<string, TapeOrder[]>();
  for (const order of backtest) {
    const key = keyOf(order);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [order]);
    else list.push(order);
  }
  const pairs: Pair[] = session.map((order) => {
    return { data: order.data, session: order, backtest: waiting.get(keyOf(order))?.shift() };
  });
  for (const order of [...waiting.values()].flat()) {
    pairs.push({ data: order.data, session: undefined, backtest: order });
  }
  const timeOf = ({ session: s, backtest: b }: Pair): number => Math.min(s?.createdTime ?? Infinity, b?.createdTime ?? Infinity); // prettier-ignore
  return pairs.sort((a, b) => timeOf(a) - timeOf(b));
}

interface Sum {
  /** Signed units. */
  readonly size: number;
  /** Average price; NaN without a fill. */
  readonly price: number;
  readonly fee: number;
}

function sumOf(fills: readonly FillFacts[]): Sum {
  let [size, value, fee] = [0, 0, 0];
  for (const fill of fills) {
    size += fill.size;
    value += fill.size * fill.price;
    fee += fill.commission;
  }
  return { size, price: size === 0 ? NaN : value / size, fee };
}

function rowOf(
  { session, backtest }: Pair,
  data: TapeData,
  priceAt: (symbol: string, time: number) => number,
  parted: Map<string, DriftCause>,
): ParityRow {
  const [s, b] = [sumOf(session?.fills ?? []), sumOf(backtest?.fills ?? [])];
  const { side, type, createdTime } = (session ?? backtest)!;
  const causes: Partial<Record<DriftCause, number>> = {};
  const add = (cause: DriftCause, amount: number): void => {
    if (amount !== 0) causes[cause] = (causes[cause] ?? 0) + amount;
  };
  const gain = gainOf(data);
  const last = data.bars.close.at(-1) ?? NaN;
  const worth = ({ size, price, fee }: Sum): number => (size === 0 ? 0 : gain(size, price, last) - fee);
  let reason: string | undefined;
  if (s.size !== 0 && b.size !== 0) {
    const common = Math.sign(s.size) * Math.min(Math.abs(s.size), Math.abs(b.size));
    const latency = type === 'market' || type === 'close' ? latencyOf(session!, data.symbol, priceAt) : 0;
    const moved = Number.isFinite(latency) ? gain(common, s.price, s.price - latency) : 0;
    add('latency', moved);
    add('price', gain(common, s.price, b.price) - moved);
    const [ofS, ofB] = [common / s.size, common / b.size];
    add('fee', b.fee * ofB - s.fee * ofS);
    if (Math.abs(s.size - b.size) > 1e-9 * Math.abs(b.size)) {
      const split = gain(common, s.price, b.price) + b.fee * ofB - s.fee * ofS;
      const isEnded = Math.abs(s.size) < Math.abs(b.size) && isIntervention(session?.reason);
      const cause = isEnded ? 'intervention' : 'partial fill';
      add(cause, worth(s) - worth(b) - split);
      if (!parted.has(data.name)) parted.set(data.name, cause);
    }
  } else if (s.size !== 0 || b.size !== 0) {
    const cause = causeOf(session, backtest, data, parted.get(data.name));
    reason = reasonOf(session, backtest);
    add(cause, worth(s) - worth(b));
    if (!parted.has(data.name)) parted.set(data.name, cause);
  } else if (session !== undefined && session.status === backtest?.status) {
    parted.delete(data.name);
  }
  const drift = Object.values(causes).reduce((sum, amount) => sum + amount, 0);
  // Both flat by the same order: what comes later stands for itself.
  const isLevel = session?.fills.at(-1)?.positionSize === 0 && backtest?.fills.at(-1)?.positionSize === 0;
  if (isLevel) parted.delete(data.name);
  const shown = (order: TapeOrder | undefined, sum: Sum): ParityRow['session'] =>
    order && { ref: order.ref, filled: sum.size, price: sum.price, status: order.status };
  return { time: createdTime, data: data.name, side, type, session: shown(session, s), backtest: shown(backtest, b), drift, causes, reason }; // prettier-ignore
}

/** What a signed size of a data gains from one price to another. */
function gainOf({ instrument }: TapeData): (size: number, from: number, to: number) => number {
  const unit = instrument?.contractSize ?? 1;
  const isInverse = instrument?.settle !== undefined && instrument.settle === instrument.base;
  return (size, from, to) => (size * unit * (to - from)) / (isInverse ? from * to : 1);
}

/** How far the market moved between the decision and the fills of an order, upwards positive; NaN where no prints are recorded. */
function latencyOf(order: TapeOrder, symbol: string, priceAt: (symbol: string, time: number) => number): number {
  const decided = priceAt(symbol, order.createdTime);
  let [moved, size] = [0, 0];
  for (const fill of order.fills) {
    moved += fill.size * (priceAt(symbol, fill.time) - decided);
    size += fill.size;
  }
  return moved / size;
}

/** Why one of the two has a fill and the other none. */
function causeOf(
  session: TapeOrder | undefined,
  backtest: TapeOrder | undefined,
  data: TapeData,
  before: DriftCause | undefined,
): DriftCause {
  if (session !== undefined && backtest !== undefined) {
    if (isIntervention(session.reason)) return 'intervention';
    const refused = [session, backtest].find(
      ({ status, fills }) => /rejected|margin/.test(status) && fills.length === 0,
    );
    if (refused === undefined) return 'partial fill';
    return (refused.reason ?? '').includes('stream of') ? 'missed bar' : 'refused order';
  }
  // What the kill switch or a person closed was decided by no strategy.
  if (isIntervention(session?.tag)) return 'intervention';
  if (before !== undefined) return before;
  const { createdTime } = (session ?? backtest)!;
  const open = (Math.ceil(createdTime / data.barMs) - 1) * data.barMs;
  return data.late.has(open) ? 'missed bar' : 'look-ahead';
}

/** Whether an order was refused, canceled or placed by the kill switch, or by a person who pauses, flattens or approves. */
function isIntervention(reason: string | undefined): boolean {
  return /^(?:the (?:session is (?:paused|flat)|kill switch has) |it was (?:declined|not approved))/.test(reason ?? '');
}

function reasonOf(session: TapeOrder | undefined, backtest: TapeOrder | undefined): string | undefined {
  if (session === undefined) return 'only the backtest placed it';
  if (backtest === undefined) return isIntervention(session.tag) ? session.tag : 'only the session placed it';
  return session.reason ?? backtest.reason;
}
