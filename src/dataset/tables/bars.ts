/** Bars of one length: open, high, low, close and volume by exchange, symbol and time. */
import { defineTable, type TableSchema } from './table.ts';

/** The table of bars of a timeframe, such as `bars_1h`. */
function barsTable(timeframe: string): TableSchema {
  return defineTable({
    name: `bars_${timeframe}`,
    about: `Bars of ${timeframe}. \`time\` is the open of the bar: it is known from its close on.`,
    version: 1,
    columns: [
      { name: 'symbol', type: 'VARCHAR', about: 'The unified symbol, such as BTC/USDT or BTC/USDT:USDT.' },
      { name: 'time', type: 'TIMESTAMP', about: 'When the bar opened.', unit: 'UTC' },
      { name: 'open', type: 'DOUBLE', about: 'First price.', unit: 'quote', check: 'open > 0' },
      { name: 'high', type: 'DOUBLE', about: 'Highest price.', unit: 'quote', check: 'high > 0' },
      { name: 'low', type: 'DOUBLE', about: 'Lowest price.', unit: 'quote', check: 'low > 0' },
      { name: 'close', type: 'DOUBLE', about: 'Last price.', unit: 'quote', check: 'close > 0' },
      { name: 'volume', type: 'DOUBLE', about: 'Amount traded.', unit: 'base', check: 'volume >= 0' },
      { name: 'bars', type: 'BIGINT', about: 'One-minute bars that it was made of.', check: 'bars >= 1' },
    ],
    key: ['symbol', 'time'],
    time: 'time',
    rules: { 'high and low enclose open and close': 'high >= greatest(open, close) AND low <= least(open, close)' },
  });
}

export const barsTables = { bars_1m: barsTable('1m'), bars_1h: barsTable('1h'), bars_1d: barsTable('1d') };
