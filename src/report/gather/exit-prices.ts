/** The average price at which each closed trade was closed, from the fills. */
import type { Fill, Trade } from '../../broker/index.ts';
import type { StrategyResult } from '../../engine/index.ts';

/**
 * By trade, the average price of the fills that reduced it. A data whose trades are kept apart by trade ids has none:
 * there a fill closes part of the whole position, not of one trade.
 */
export function exitPrices(strategy: StrategyResult): ReadonlyMap<Trade, number> {
  const found = new Map<Trade, number>();
  const datas = new Set(strategy.trades.map(({ data }) => data));
  for (const data of datas) {
    const filled = strategy.orders.filter((order) => order.data === data);
    const orders = filled.map(({ tradeId, fills }) => ({ tradeId, fills })).filter(({ fills }) => fills.length > 0);
    if (new Set(orders.map(({ tradeId }) => tradeId)).size > 1) continue;
    const trades = strategy.trades.filter((trade) => trade.data === data);
    let [units, value, next] = [0, 0, 0];
    for (const fill of inExecutionOrder(orders.flatMap(({ fills }) => fills))) {
      if (fill.closed === 0) continue;
      units += Math.abs(fill.closed);
      value += Math.abs(fill.closed) * fill.price;
      if (fill.positionSize !== 0 && fill.opened === 0) continue;
      const trade = trades[next++];
      if (trade !== undefined) found.set(trade, value / units);
      units = value = 0;
    }
  }
  return found;
}

/** Fills by time; those of one moment so that each begins with the position that the one before left. */
export function inExecutionOrder(fills: Fill[]): Fill[] {
  const ordered: Fill[] = [];
  const byTime = fills.sort((a, b) => a.time - b.time);
  let position = 0;
  for (let from = 0, to = 0; from < byTime.length; from = to) {
    while (to < byTime.length && byTime[to]!.time === byTime[from]!.time) to++;
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
