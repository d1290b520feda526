/** The tables of trades and orders, column by column as the page reads them. */
import type { RunResult } from '../../engine/index.ts';
import { timelineOf, type Timeline } from '../../lines/index.ts';
import { encodeText } from '../columns/encode.ts';
import type { TableColumn, TableModel } from '../model.ts';
import { notional } from './notional.ts';

/** The most rows of a table on the page; a file holds all of them. */
export const mostRows = 100_000;

type Cell = string | number | undefined;

/** A table with its values. */
export interface Table {
  readonly id: TableModel['id'];
  readonly columns: readonly TableColumn[];
  /** A list of cells for each column. */
  readonly cells: readonly (readonly Cell[])[];
  /** How many rows there were before the oldest were left out. */
  readonly total: number;
}

const tradeColumns: readonly TableColumn[] = [
  { key: 'ref', label: '#', kind: 'number', about: 'Number of the trade within its strategy' },
  { key: 'strategy', label: 'Strategy', kind: 'text', isChoice: true },
  { key: 'data', label: 'Data', kind: 'text', isChoice: true },
  { key: 'side', label: 'Side', kind: 'text', isChoice: true },
  { key: 'size', label: 'Size', kind: 'size', about: 'The largest size it reached' },
  { key: 'openTime', label: 'Opened', kind: 'time', about: 'Close of the bar that filled the entry, UTC' },
  { key: 'openPrice', label: 'Entry', kind: 'price', about: 'Average entry price' },
  { key: 'closeTime', label: 'Closed', kind: 'time', about: 'Close of the bar that filled the exit, UTC' },
  { key: 'closePrice', label: 'Exit', kind: 'price', about: 'Average exit price' },
  { key: 'bars', label: 'Bars', kind: 'number', about: 'Bars from open to close' },
  { key: 'pnl', label: 'Gross', kind: 'money', about: 'Profit before commission' },
  { key: 'commission', label: 'Fees', kind: 'money', about: 'Commission of all its fills' },
  { key: 'pnlNet', label: 'Profit', kind: 'money', about: 'Profit after commission' },
  { key: 'return', label: 'Return', kind: 'percent', about: 'Profit after commission over the value at entry' },
  { key: 'best', label: 'Best', kind: 'money', about: 'Largest profit it showed while open' },
  { key: 'worst', label: 'Worst', kind: 'money', about: 'Largest loss it showed while open' },
  { key: 'exit', label: 'Exit by', kind: 'text', isChoice: true, about: 'What ended it' },
  { key: 'tag', label: 'Tag', kind: 'text', isChoice: true },
  { key: 'openIndex', label: '', kind: 'number' },
  { key: 'closeIndex', label: '', kind: 'number' },
  { key: 'value', label: '', kind: 'money', about: 'Its value at entry, in the currency its profit is in' },
];

/** Closed and open trades of every strategy, in the order they opened within each. */
export function tradeTable(result: RunResult): Table {
  const cells: Cell[][] = tradeColumns.map(() => []);
  let total = 0;
  for (const strategy of result.strategies) {
    const all = [...strategy.trades, ...strategy.openTrades];
    total += all.length;
    for (const trade of all.slice(-mostRows)) {
      const { peakSize, price, pnlNet } = trade;
      const value = notional(trade.data.instrument, peakSize, price);
      const row: Cell[] = [
        trade.ref,
        strategy.name,
        trade.data.name,
        trade.isLong ? 'long' : 'short',
        Math.abs(peakSize),
        trade.openTime,
        price,
        trade.closeTime,
        trade.exitPrice,
        trade.bars,
        trade.pnl,
        trade.commission,
        pnlNet,
        value > 0 ? pnlNet / value : undefined,
        trade.best,
        trade.worst,
        trade.exit ?? 'open',
        [...new Set([trade.tag, trade.exitTag])].filter((tag) => tag !== undefined).join(' / ') || undefined,
        trade.openIndex,
        trade.closeIndex,
        value,
      ];
      for (let k = 0; k < row.length; k++) cells[k]!.push(row[k]);
    }
  }
  return withoutEmpty({ id: 'trades', columns: tradeColumns, cells, total });
}

const orderColumns: readonly TableColumn[] = [
  { key: 'ref', label: '#', kind: 'number', about: 'Number of the order in the run' },
  { key: 'strategy', label: 'Strategy', kind: 'text', isChoice: true },
  { key: 'data', label: 'Data', kind: 'text', isChoice: true },
  { key: 'side', label: 'Side', kind: 'text', isChoice: true },
  { key: 'type', label: 'Type', kind: 'text', isChoice: true },
  { key: 'size', label: 'Size', kind: 'size' },
  { key: 'price', label: 'Price', kind: 'price', about: 'Limit or trigger; of a market order the close when it was placed' },
  { key: 'createdTime', label: 'Placed', kind: 'time', about: 'Close of the bar in which it was placed, UTC' },
  { key: 'status', label: 'Status', kind: 'text', isChoice: true },
  { key: 'filled', label: 'Filled', kind: 'size' },
  { key: 'averagePrice', label: 'At', kind: 'price', about: 'Average price of its fills' },
  { key: 'filledTime', label: 'Executed', kind: 'time', about: 'Time of its last fill, UTC' },
  { key: 'commission', label: 'Fees', kind: 'money' },
  { key: 'pnl', label: 'Realised', kind: 'money', about: 'Profit that its fills realised, before commission' },
  { key: 'tag', label: 'Tag', kind: 'text', isChoice: true },
  { key: 'why', label: 'Why', kind: 'text', about: 'What filled it, or why it was refused, canceled or expired' },
  { key: 'fromIndex', label: '', kind: 'number' },
  { key: 'toIndex', label: '', kind: 'number' },
]; // prettier-ignore

/** Every order, in the order placed. */
export function orderTable(result: RunResult): Table {
  const cells: Cell[][] = orderColumns.map(() => []);
  let total = 0;
  for (const strategy of result.strategies) {
    total += strategy.orders.length + strategy.dropped.orders;
    for (const order of strategy.orders.slice(-mostRows)) {
      const { lastFill, price } = order;
      const row: Cell[] = [
        order.ref,
        strategy.name,
        order.data.name,
        order.side,
        order.type,
        order.size,
        price,
        order.createdTime,
        order.status,
        order.filled,
        lastFill === undefined ? undefined : order.averagePrice,
        lastFill?.time,
        order.commission,
        lastFill === undefined ? undefined : order.pnl,
        order.tag,
        order.reason ?? lastFill?.reason,
        barAt(timelineOf(order.data), order.createdTime),
        order.endedTime === undefined ? undefined : barAt(timelineOf(order.data), order.endedTime),
      ];
      for (let k = 0; k < row.length; k++) cells[k]!.push(row[k]);
    }
  }
  return withoutEmpty({ id: 'orders', columns: orderColumns, cells, total });
}

/** Number of the bar that closes at a time, or has that time inside it. */
function barAt(timeline: Timeline, time: number): number {
  let [low, high] = [timeline.time.base, timeline.index];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeline.closeAt(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The table for the page, its values as a chunk. */
export function tableModel(table: Table, chunks: Map<string, string>): TableModel {
  const { id, columns, cells } = table;
  const chunk = `table-${id}`;
  const plain = cells.map((column) =>
    column.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? undefined : cell)),
  );
  chunks.set(chunk, encodeText(JSON.stringify(plain, (_key, value: unknown) => (value === undefined ? null : value))));
  return { id, columns, rows: cells[0]?.length ?? 0, chunk };
}

/** Leaves out columns without information: tags when no order has one, the strategy when there is only one. */
function withoutEmpty(table: Table): Table {
  const isWanted = table.columns.map(({ key }, k) => {
    const cells = table.cells[k]!;
    if (key === 'strategy' || key === 'data') return key === 'data' || new Set(cells).size > 1;
    return key !== 'tag' || cells.some((cell) => cell !== undefined);
  });
  return {
    ...table,
    columns: table.columns.filter((_, k) => isWanted[k]),
    cells: table.cells.filter((_, k) => isWanted[k]),
  };
}
