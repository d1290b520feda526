/** Trades, orders, fills and the equity curve of a run: as files, CSV, JSON or Parquet by the ending of the name, and as Arrow tables. */
import type { Table } from 'apache-arrow';

import type { RunResult } from '../../engine/index.ts';
import { loadArrow } from '../../store/index.ts';
import { placedFills } from '../gather/fills.ts';
import { money, price, size } from '../text/digits.ts';
import { cell, writeRows } from './csv.ts';
import { writeEquity, writeTrades } from './csv-tables.ts';
import { writeWhole } from './write-file.ts';

/** The tables of a run that can be written. */
export const exportTables = ['trades', 'orders', 'fills', 'equity'] as const;
/** A table of a run that can be written. */
export type ExportTable = (typeof exportTables)[number];

type Value = string | number | boolean | undefined;

interface Column {
  readonly name: string;
  readonly type: 'DOUBLE' | 'STRING' | 'BOOLEAN' | 'TIMESTAMP';
  readonly values: Value[];
}

/**
 * Writes a table of a run. Times are milliseconds UTC (in Parquet timestamps), money is in quote units.
 *
 * @param path - Ends in `.json` or `.parquet`; with any other ending it is CSV.
 * @throws {DataError} If the file cannot be written.
 */
export async function exportTable(path: string, table: ExportTable, result: RunResult): Promise<void> {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'json') {
    await writeWhole(path, jsonRows(columnsOf(table, result)));
    return;
  }
  if (ending === 'parquet') {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const columnData = columnsOf(table, result).map(({ name, type, values }) => ({
      name,
      type,
      nullable: values.includes(undefined),
      data: values.map((value) => parquetValue(value, type)),
    }));
    await writeWhole(path, [new Uint8Array(parquetWriteBuffer({ columnData }))]);
    return;
  }
  if (table === 'trades') await writeTrades(path, result);
  else if (table === 'equity') await writeEquity(path, result);
  else await writeRows(path, csvRows(columnsOf(table, result)));
}

/** A table of a run as an Arrow table: times are milliseconds UTC, money is in quote units. The library is loaded on first use. */
export async function arrowTable(table: ExportTable, result: RunResult): Promise<Table> {
  const arrow = await loadArrow();
  const types = { DOUBLE: arrow.Float64, TIMESTAMP: arrow.Float64, STRING: arrow.Utf8, BOOLEAN: arrow.Bool } as const;
  const vectors = columnsOf(table, result).map(({ name, type, values }) => {
    const cells = values.map((value) => plain(value) ?? null);
    return [name, arrow.vectorFromArray(cells, new types[type]())];
  });
  return new arrow.Table(Object.fromEntries(vectors) as ConstructorParameters<typeof arrow.Table>[0]);
}

function parquetValue(value: Value, type: Column['type']): unknown {
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) return undefined;
  return type === 'TIMESTAMP' ? new Date(value as number) : value;
}

function* csvRows(columns: readonly Column[]): Generator<string> {
  yield columns.map(({ name }) => name).join(',');
  const rows = columns[0]?.values.length ?? 0;
  for (let row = 0; row < rows; row++) {
    yield columns.map(({ values }) => cell(String(plain(values[row]) ?? ''))).join(',');
  }
}

function* jsonRows(columns: readonly Column[]): Generator<string> {
  const rows = columns[0]?.values.length ?? 0;
  yield '[';
  for (let row = 0; row < rows; row++) {
    const one = Object.fromEntries(columns.map(({ name, values }) => [name, plain(values[row]) ?? null]));
    yield `${row === 0 ? '\n' : ',\n'}${JSON.stringify(one)}`;
  }
  yield '\n]\n';
}

function plain(value: Value): Value {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

function columnsOf(table: ExportTable, result: RunResult): Column[] {
  if (table === 'equity') {
    const { time, cash, value } = result.equity;
    return [
      { name: 'time', type: 'TIMESTAMP', values: Array.from(time) },
      { name: 'cash', type: 'DOUBLE', values: Array.from(cash, money) },
      { name: 'value', type: 'DOUBLE', values: Array.from(value, money) },
    ];
  }
  return table === 'trades' ? tradeColumns(result) : table === 'orders' ? orderColumns(result) : fillColumns(result);
}

/** Columns from rows: names and types first, then one list of values for each row. */
function columnsFrom(
  heads: readonly (readonly [name: string, type: Column['type']])[],
  rows: Iterable<readonly Value[]>,
): Column[] {
  const columns = heads.map(([name, type]): Column => ({ name, type, values: [] }));
  for (const row of rows) for (let k = 0; k < columns.length; k++) columns[k]!.values.push(row[k]);
  return columns;
}

function tradeColumns(result: RunResult): Column[] {
  const rows = result.strategies.flatMap((strategy) => {
    return strategy.trades.map((trade): Value[] => {
      const { name, symbol, instrument } = trade.data;
      const { exitPrice } = trade;
      const money_ = [trade.pnl, trade.commission, trade.pnlNet].map(money);
      return [
        strategy.name, trade.ref, name, symbol, trade.isLong ? 'long' : 'short', size(Math.abs(trade.peakSize), instrument), trade.openTime,
        price(trade.price, instrument), trade.closeTime, exitPrice === undefined ? undefined : price(exitPrice, instrument), trade.bars, ...money_, trade.exit,
        money(trade.best), money(trade.worst), trade.tag, trade.exitTag,
      ];
    }); // prettier-ignore
  });
  return columnsFrom(
    [
      ['strategy', 'STRING'], ['trade', 'DOUBLE'], ['data', 'STRING'], ['symbol', 'STRING'], ['side', 'STRING'], ['size', 'DOUBLE'],
      ['entryTime', 'TIMESTAMP'], ['entryPrice', 'DOUBLE'], ['exitTime', 'TIMESTAMP'], ['exitPrice', 'DOUBLE'], ['bars', 'DOUBLE'],
      ['pnl', 'DOUBLE'], ['commission', 'DOUBLE'], ['pnlNet', 'DOUBLE'], ['exit', 'STRING'], ['best', 'DOUBLE'], ['worst', 'DOUBLE'],
      ['tag', 'STRING'], ['exitTag', 'STRING'],
    ],
    rows,
  ); // prettier-ignore
}

function orderColumns(result: RunResult): Column[] {
  const rows = result.strategies.flatMap(({ name, orders }) =>
    orders.map((order): Value[] => {
      const { data, lastFill } = order;
      const { instrument } = data;
      return [
        name, order.ref, data.name, data.symbol, order.side, order.type, size(order.size, instrument), price(order.price, instrument),
        price(order.limitPrice, instrument), order.createdTime, order.status, size(order.filled, instrument),
        lastFill === undefined ? undefined : price(order.averagePrice, instrument), lastFill?.time, money(order.commission), money(order.pnl),
        order.tag, order.reason ?? lastFill?.reason, order.rule,
      ];
    }),
  ); // prettier-ignore
  return columnsFrom(
    [
      ['strategy', 'STRING'], ['order', 'DOUBLE'], ['data', 'STRING'], ['symbol', 'STRING'], ['side', 'STRING'], ['type', 'STRING'],
      ['size', 'DOUBLE'], ['price', 'DOUBLE'], ['limitPrice', 'DOUBLE'], ['createdTime', 'TIMESTAMP'], ['status', 'STRING'],
      ['filled', 'DOUBLE'], ['averagePrice', 'DOUBLE'], ['filledTime', 'TIMESTAMP'], ['commission', 'DOUBLE'], ['pnl', 'DOUBLE'],
      ['tag', 'STRING'], ['reason', 'STRING'], ['rule', 'STRING'],
    ],
    rows,
  ); // prettier-ignore
}

function fillColumns(result: RunResult): Column[] {
  const rows = placedFills(result).map(({ fill, order, data, strategy }): Value[] => {
    const { instrument, symbol } = order.data;
    return [
      strategy, order.ref, data, symbol, fill.time, fill.size > 0 ? 'buy' : 'sell', size(Math.abs(fill.size), instrument),
      price(fill.price, instrument), money(fill.commission), money(fill.pnl), size(fill.positionSize, instrument), fill.rule, fill.reason,
    ];
  }); // prettier-ignore
  return columnsFrom(
    [
      ['strategy', 'STRING'], ['order', 'DOUBLE'], ['data', 'STRING'], ['symbol', 'STRING'], ['time', 'TIMESTAMP'], ['side', 'STRING'],
      ['size', 'DOUBLE'], ['price', 'DOUBLE'], ['commission', 'DOUBLE'], ['pnl', 'DOUBLE'], ['position', 'DOUBLE'], ['rule', 'STRING'],
      ['reason', 'STRING'],
    ],
    rows,
  ); // prettier-ignore
}
