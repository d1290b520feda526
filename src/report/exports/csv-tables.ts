/** Trades and the equity curve of a run as CSV files. */
import type { RunResult } from '../../engine/index.ts';
import { cell, writeRows } from './csv.ts';
import { money, price, size } from '../text/digits.ts';

const tradeHeader =
  'strategy,trade,data,symbol,side,size,entryTime,entryPrice,exitTime,exitPrice,bars,pnl,commission,pnlNet,exit,best,worst,tag,exitTag';

/** Writes the closed trades, in the order they closed; times are milliseconds UTC. */
export async function writeTrades(path: string, result: RunResult): Promise<void> {
  await writeRows(path, tradeRows(result));
}

/** Writes time, cash and value after each step; times are the closes of the bars, milliseconds UTC. */
export async function writeEquity(path: string, result: RunResult): Promise<void> {
  await writeRows(path, equityRows(result));
}

function* tradeRows(result: RunResult): Generator<string> {
  yield tradeHeader;
  for (const strategy of result.strategies) {
    for (const trade of strategy.trades) {
      const { name, symbol, instrument } = trade.data;
      const { exitPrice } = trade;
      yield [
        cell(strategy.name),
        trade.ref,
        cell(name),
        cell(symbol),
        trade.isLong ? 'long' : 'short',
        size(Math.abs(trade.peakSize), instrument),
        trade.openTime,
        price(trade.price, instrument),
        trade.closeTime ?? '',
        exitPrice === undefined ? '' : price(exitPrice, instrument),
        trade.bars,
        money(trade.pnl),
        money(trade.commission),
        money(trade.pnlNet),
        trade.exit ?? '',
        money(trade.best),
        money(trade.worst),
        cell(trade.tag ?? ''),
        cell(trade.exitTag ?? ''),
      ].join(',');
    }
  }
}

function* equityRows({ equity }: RunResult): Generator<string> {
  yield 'time,cash,value';
  const { time, cash, value } = equity;
  for (let i = 0; i < time.length; i++) yield `${time[i]},${money(cash[i]!)},${money(value[i]!)}`;
}
