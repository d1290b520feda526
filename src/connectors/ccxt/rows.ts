/** Requests for bars, and the raw rows that come back. */
import { ConnectorError } from '../../core/index.ts';

/**
 * A raw bar as ccxt returns it: time of the open, open, high, low, close, volume; then, where the venue sends them, quote volume, number of
 * trades and volume bought by takers.
 */
export type OhlcvRow = readonly [
  time: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  ...extras: (number | undefined)[],
];

/** Which bars to ask for. Times are milliseconds UTC. */
export interface BarRequest {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** Length of a bar, such as `1h`. */
  readonly timeframe: string;
  /** Open of the first bar, milliseconds UTC. Default: the exchange's, mostly the latest page. */
  readonly since?: number;
  /** Last moment wanted, inclusive. Exchanges that know no such bound are not sent one. Default: none. */
  readonly until?: number;
  /** The most bars to return. Default: the exchange's. */
  readonly limit?: number;
}

/** The row, if it is six numbers. @throws {ConnectorError} If it is not. */
export function checkRow(row: readonly unknown[], index: number, exchange: string, symbol: string): OhlcvRow {
  if (row.length >= 6 && row.slice(0, 6).every((value) => typeof value === 'number')) return row as unknown as OhlcvRow;
  throw new ConnectorError(
    `${exchange} gave row ${index} of ${symbol} as ${JSON.stringify(row)}, expected time, open, high, low, close, volume`,
    { code: 'protocol', context: { exchange, symbol, row: index } },
  );
}
