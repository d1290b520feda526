/** Which bars: the exchange, the kind of market, the symbol and the timeframe that a stored series belongs to. */
import { ConfigError, timeframe, type Instrument } from '../core/index.ts';

/** The key of a stored series. Two timeframes of one symbol are two series. */
export interface Series {
  /** The exchange's id. */
  readonly exchange: string;
  /** What is traded: spot or a contract. */
  readonly type: Instrument['type'];
  /** The unified symbol. */
  readonly symbol: string;
  /** Length of the bars, such as `1h`. */
  readonly timeframe: string;
}

/** Checks a key: an empty part would put files where nobody looks for them. */
export function checkSeries(series: Series): void {
  for (const field of ['exchange', 'type', 'symbol', 'timeframe'] as const) {
    if (typeof series[field] !== 'string' || series[field] === '') {
      throw new ConfigError(`${field} of a stored series must be a text, was ${JSON.stringify(series[field])}`, {
        context: { field },
      });
    }
  }
  timeframe(series.timeframe);
}

/**
 * The folder of a series below `data-cache/`, such as `binance/spot/BTC-USDT/1h`.
 *
 * A month is written `1mo`: `1M` and `1m` would be one folder on file systems that ignore case.
 */
export function seriesFolder(series: Series): string {
  const frame = timeframe(series.timeframe);
  const span = frame.unit === 'M' ? `${frame.count}mo` : frame.name;
  return [series.exchange, series.type, series.symbol, span].map(fileName).join('/');
}

/** For people and messages: `binance spot BTC/USDT 1h`. */
export function seriesName(series: Series): string {
  return `${series.exchange} ${series.type} ${series.symbol} ${series.timeframe}`;
}

/** A part of a path that every file system takes; distinct symbols stay distinct (`_` itself is escaped). */
function fileName(part: string): string {
  const safe = part.replace(/[^A-Za-z0-9/:.]/g, (sign) => `%${sign.codePointAt(0)!.toString(16)}`);
  const named = safe.replaceAll('/', '-').replaceAll(':', '_');
  return named.replace(/^\.+/, (dots) => '%2e'.repeat(dots.length));
}
