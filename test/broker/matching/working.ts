/** Working orders and bars for tests of matching. */
import { CommissionScheme } from '../../../src/broker/accounting/commission.ts';
import type { MatchBar } from '../../../src/broker/matching/match-bar.ts';
import { Order } from '../../../src/broker/orders/order.ts';
import { OrderRows } from '../../../src/broker/orders/rows.ts';
import { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { timeframe, type OrderType, type Side } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

const timeline = new Timeline(0, { name: 'A', symbol: 'A/USDT', timeframe: timeframe('1h') });
const data = new Data(timeline, new Graph());
const rows = new OrderRows([data]);
const scheme = new CommissionScheme();
let refs = 0;

/** An accepted order of one unit, from a text such as `buy stopLimit 102 104` or `sell limit 99`, changed as `change` says. */
export function order(text: string, change: Partial<WorkingOrder> = {}): WorkingOrder {
  const [side, type, price = NaN, limitPrice = price] = text.split(' ');
  rows.add(++refs, data, side as Side, type as OrderType, 0, 1, Number(price), Number(limitPrice), NaN);
  const working = new WorkingOrder(new Order(rows), 0, 0, scheme, 0);
  working.status = 'accepted';
  return Object.assign(working, change);
}

/** A bar of open, high, low and close, in the first moment. */
export function bar(open: number, high: number, low: number, close: number, volume = 1000): MatchBar {
  return { time: 1, open, high, low, close, volume };
}

/** What the last match wrote to an order: price, rule, level and what reached it. */
export function matchOf({ matched, rule, level, reached }: WorkingOrder): string {
  return `${matched} ${rule} ${level} ${reached}`;
}
