/** Trades and the equity curve of a run as CSV files. */
import { open, rename, rm } from 'node:fs/promises';

import { DataError } from '../../core/index.ts';
import type { RunResult } from '../../engine/index.ts';
import { exitPrices } from './exit-prices.ts';

const tradeHeader =
  'strategy,trade,data,symbol,side,size,entryTime,entryPrice,exitTime,exitPrice,bars,pnl,commission,pnlNet';
/** Rows that are joined before they are written. */
const blockRows = 4096;

/** Writes the closed trades, in the order they closed; times are milliseconds UTC. */
export async function writeTrades(path: string, result: RunResult): Promise<void> {
  await writeWhole(path, tradeRows(result));
}

/** Writes time, cash and value after each step; times are the closes of the bars, milliseconds UTC. */
export async function writeEquity(path: string, result: RunResult): Promise<void> {
  await writeWhole(path, equityRows(result));
}

function* tradeRows(result: RunResult): Generator<string> {
  yield tradeHeader;
  for (const strategy of result.strategies) {
    const exits = exitPrices(strategy);
    for (const trade of strategy.trades) {
      const { data } = trade;
      yield [
        cell(strategy.name),
        trade.ref,
        cell(data.name),
        cell(data.symbol),
        trade.isLong ? 'long' : 'short',
        Math.abs(trade.peakSize),
        trade.openTime,
        trade.price,
        trade.closeTime ?? '',
        exits.get(trade) ?? '',
        trade.bars,
        trade.pnl,
        trade.commission,
        trade.pnlNet,
      ].join(',');
    }
  }
}

function* equityRows({ equity }: RunResult): Generator<string> {
  yield 'time,cash,value';
  const { time, cash, value } = equity;
  for (let i = 0; i < time.length; i++) yield `${time[i]},${cash[i]},${value[i]}`;
}

/** Writes under a temporary name and renames, so that nobody ever reads half a file. */
async function writeWhole(path: string, rows: Iterable<string>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(unfinished, 'w');
    try {
      let block: string[] = [];
      for (const row of rows) {
        block.push(row);
        if (block.length < blockRows) continue;
        await file.write(`${block.join('\n')}\n`);
        block = [];
      }
      if (block.length > 0) await file.write(`${block.join('\n')}\n`);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new DataError(`cannot write ${path}: ${(error as Error).message}`, { code: 'unwritable-file', cause: error });
  }
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
