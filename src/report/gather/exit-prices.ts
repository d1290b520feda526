/** The average price at which each closed trade was closed, from the fills. */
import type { Fill, Trade } from '../../broker/index.ts';
import type { StrategyResult } from '../../engine/index.ts';

/**
 * By trade, the average price of the fills that reduced it. A data whose trades are kept apart by trade ids has none:
 * there a fill closes part of the whole position, not of one trade.
 */
export function exitPrices(strategy: StrategyResult): ReadonlyMap<Trade, number> {
  const found = new Map<Trade, number>();
  for (const [data, trades] of tradesByData(strategy)) {
    const fills = fillsOfOneTradeId(strategy, data);
    if (fills === undefined) continue;
    let [units, value, next] = [0, 0, 0];
    for (const fill of inExecutionOrder(fills)) {
      const closed = Math.abs(fill.closed);
      if (closed === 0) continue;
      units += closed;
      value += closed * fill.price;
      if (fill.positionSize !== 0 && fill.opened === 0) continue;
      const trade = trades[next++];
      if (trade !== undefined) found.set(trade, value / units);
      units = value = 0;
    }
  }
  return found;
}

/** The closed trades of each data, in order. */
function tradesByData(strategy: StrategyResult): ReadonlyMap<Trade['data'], readonly Trade[]> {
  const found = new Map<Trade['data'], Trade[]>();
  for (const trade of strategy.trades) {
    const own = found.get(trade.data);
    if (own === undefined) found.set(trade.data, [trade]);
    else own.push(trade);
  }
  return found;
}

/** The fills of a data; undefined where they belong to several trade ids. One pass, because a run may have a hundred thousand orders. */
function fillsOfOneTradeId(strategy: StrategyResult, data: Trade['data']): Fill[] | undefined {
  const fills: Fill[] = [];
  let tradeId: number | undefined;
  for (const order of strategy.orders) {
    if (order.data !== data) continue;
    const own = order.fills;
    if (own.length === 0) continue;
    tradeId ??= order.tradeId;
    if (order.tradeId !== tradeId) return undefined;
    for (const fill of own) fills.push(fill);
  }
  return fills;
}

/** Fills by time; those of one moment so that each begins with the position that the one before left. */
export function inExecutionOrder(fills: readonly Fill[]): Fill[] {
  const times = fills.map(({ time }) => time);
  if (times.every((time, k) => k === 0 || time > times[k - 1]!)) return [...fills];
  const ordered: Fill[] = [];
  const byTime = [...fills].sort((a, b) => a.time - b.time);
  let position = 0;
  for (let from = 0, to = 0; from < byTime.length; from = to) {
    const { time } = byTime[from]!;
    while (to < byTime.length && byTime[to]!.time === time) to++;
    if (to === from + 1) {
      ordered.push(byTime[from]!);
      position = byTime[from]!.positionSize;
      continue;
    }
    const moment = byTime.slice(from, to);
    while (moment.length > 0) {
      const start = position;
      const follows = moment.findIndex((fill) => isNear(fill.positionSize - fill.size, start, fill.size));
      const [fill] = moment.splice(Math.max(follows, 0), 1);
      position = fill!.positionSize;
      ordered.push(fill!);
    }
  }
  return ordered;
}

function isNear(a: number, b: number, scale: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), Math.abs(scale));
}
