/** The key of a stored series: exchange, kind of market, symbol and timeframe. */
import { ConfigError, timeframe, type Instrument } from '../core/index.ts';

/** The key of a stored series. Two timeframes of one symbol are two series, and so are the bars of two origins. */
export interface Series {
  /** The exchange's id. */
  readonly exchange: string;
  /** What is traded: spot or a contract. */
  readonly type: Instrument['type'];
  /** The unified symbol. */
  readonly symbol: string;
  /** Length of the bars, such as `1h`. */
  readonly timeframe: string;
  /** Where the bars came from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  readonly origin?: string;
}

/** The exchange with its origin, such as `binance` or `binance@127.0.0.1:8787`, under which metadata are stored. */
export function venueName({ exchange, origin }: Pick<Series, 'exchange' | 'origin'>): string {
  return origin === undefined ? exchange : `${exchange}@${origin}`;
}

/** Checks a key: an empty part would put files into the wrong folder. */
export function checkSeries(series: Series): void {
  for (const field of ['exchange', 'type', 'symbol', 'timeframe'] as const) {
    if (typeof series[field] !== 'string' || series[field] === '') {
      throw new ConfigError(`${field} of a stored series must be a text, was ${JSON.stringify(series[field])}`, {
        context: { field },
      });
    }
  }
  for (const field of ['exchange', 'symbol', 'origin'] as const) {
    // A name becomes part of a path, so it must not lead out of the store's folder.
    if (!/\.\.|[\\\u0000-\u001f\u007f]|^\s|\s$/.test(series[field] ?? '')) continue;
    throw new ConfigError(
      `${field} of a stored series must be a name without '..', backslashes and control characters, was ${JSON.stringify(series[field])}`,
      { context: { field } },
    );
  }
  if (series.origin !== undefined && (typeof series.origin !== 'string' || series.origin === '')) {
    throw new ConfigError(`origin of a stored series must be a host or sandbox, was ${JSON.stringify(series.origin)}`, {
      context: { field: 'origin' },
    });
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
  const venue = [series.exchange, ...(series.origin === undefined ? [] : [series.origin])].map(fileName).join('@');
  return [venue, ...[series.type, series.symbol, span].map(fileName)].join('/');
}

/** The series whose folder this is; undefined for a folder that is not a series'. */
export function seriesOfFolder(folder: string): Series | undefined {
  const [venue, type, symbol, span, ...more] = folder.split('/');
  if (venue === undefined || type === undefined || symbol === undefined || span === undefined || more.length > 0) {
    return undefined;
  }
  const [exchange, origin] = venue.split('@').map(originalName);
  if (exchange === undefined || !instrumentTypes.includes(type)) return undefined;
  const frame = originalName(span).replace(/mo$/, 'M');
  if (!/^[1-9]\d{0,5}[smhdwMy]$/.test(frame)) return undefined;
  const series = {
    exchange,
    type: type as Instrument['type'],
    symbol: originalName(symbol),
    timeframe: frame,
    ...(origin !== undefined && { origin }),
  };
  return seriesFolder(series) === folder ? series : undefined;
}

/** The types of instruments, which are the second folder of a path. */
export const instrumentTypes: readonly string[] = [
  'spot',
  'swap',
  'future',
  'option',
  'margin',
] as const satisfies readonly Instrument['type'][];

/** For people and messages: `binance spot BTC/USDT 1h`, `binance@127.0.0.1:8787 spot BTC/USDT 1h`. */
export function seriesName(series: Series): string {
  return `${venueName(series)} ${series.type} ${series.symbol} ${series.timeframe}`;
}

/** A part of a path that every file system takes; distinct symbols stay distinct (`_` itself is escaped). */
function fileName(part: string): string {
  const safe = part.replace(/[^A-Za-z0-9/:.]/g, (sign) => `%${sign.codePointAt(0)!.toString(16)}`);
  const named = safe.replaceAll('/', '-').replaceAll(':', '_');
  return named.replace(/^\.+/, (dots) => '%2e'.repeat(dots.length));
}

function originalName(part: string): string {
  return part
    .replaceAll('-', '/')
    .replaceAll('_', ':')
    .replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
}
