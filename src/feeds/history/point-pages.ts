/** Funding rates and open interest of an exchange, page after page: windows small enough that no page can be cut. */
import { fetchOpenInterest, pointPagingOf, throwIfAborted, type CcxtStore } from '../../connectors/ccxt/index.ts';
import { ConfigError, DataError, typeOfSymbol, type Runtime } from '../../core/index.ts';
import type { PointKind, Points, TimeRange } from '../../store/index.ts';

/** A fully known stretch of time, with its values in rising time. */
export interface PointStretch extends TimeRange {
  readonly points: Points;
}

/** The values wanted. */
export interface PointRequest {
  readonly connection: CcxtStore;
  readonly symbol: string;
  readonly kind: PointKind;
  /** The exchange's own time, milliseconds UTC. */
  readonly now: number;
  readonly runtime: Runtime;
  readonly signal?: AbortSignal | undefined;
}

const hour = 3_600_000;
/** How long after its moment a value may take to appear, in milliseconds. */
const settleMs = 10 * 60_000;
/** How long after an empty answer the request is repeated, in milliseconds. */
const emptyPauseMs = 500;
/** A window that must be halved more often holds more values than any venue publishes. */
const mostHalvings = 12;

/** How far apart the values of a kind are at most, by which a page is judged complete. */
export function spacingOf(kind: PointKind): number {
  return kind === 'funding' ? 8 * hour : kind === 'open interest 1h' ? hour : 5 * 60_000;
}

/** How far back an exchange keeps the values of a kind, in milliseconds; Infinity for "as long as the contract". */
export function keptMs(exchange: string, kind: PointKind): number {
  const { keepsMs = Infinity, keepsRows = Infinity } = pagingOfKind(exchange, kind);
  return Math.min(keepsMs, keepsRows * spacingOf(kind));
}

function pagingOfKind(exchange: string, kind: PointKind): ReturnType<typeof pointPagingOf> {
  return pointPagingOf(exchange, kind === 'funding' ? 'funding' : 'openInterest');
}

/** The name of a kind in messages. */
export function pointsName(kind: PointKind): string {
  return kind === 'funding' ? 'funding rates' : 'open interest';
}

/**
 * Refuses values that the exchange or the symbol does not have.
 *
 * @throws {ConfigError} For a spot symbol, funding of a dated future, and an exchange without such a history in ccxt.
 */
export async function checkPoints({ connection, symbol, kind }: PointRequest): Promise<void> {
  const type = typeOfSymbol(symbol);
  const isFunding = kind === 'funding';
  const field = isFunding ? 'funding' : 'openInterest';
  if (type === 'spot' || (isFunding && type !== 'swap')) {
    const quote = symbol.split(/[/:]/)[1] ?? 'USDT';
    const swap = type === 'spot' ? `; its perpetual would be ${symbol}:${quote}` : '';
    throw new ConfigError(
      `${symbol} is ${type === 'spot' ? 'spot' : `a ${type}`} and has no ${pointsName(kind)}${swap}`,
      { context: { field, symbol } },
    );
  }
  const { has } = await connection.open();
  const method = isFunding ? 'fetchFundingRateHistory' : 'fetchOpenInterestHistory';
  if (has[method] === true || has[method] === 'emulated') return;
  throw new ConfigError(`${connection.exchange} offers no history of ${pointsName(kind)} through ccxt (${method})`, {
    context: { field, exchange: connection.exchange },
  });
}

/**
 * The stretches of a range in rising order. Together they cover the range, except for values that the exchange no longer keeps, values that
 * are too recent, and empty windows between two that have values: these stay unknown and are requested again.
 */
export async function* pointStretches(range: TimeRange, request: PointRequest): AsyncGenerator<PointStretch> {
  const { kind, connection, now, signal } = request;
  const { limit } = pagingOfKind(connection.exchange, kind);
  // A little less than the exchange keeps, so that a request in flight does not become too old.
  const oldest = now - keptMs(connection.exchange, kind) + settleMs;
  const spacing = spacingOf(kind);
  const last = Math.min(range.end, now);
  let hasValues = false;
  let halvings = 0;
  let span = limit * spacing;
  for (let cursor = Math.max(range.start, Math.ceil(oldest)); cursor < last;) {
    throwIfAborted(signal);
    const end = Math.min(last, cursor + span);
    const points = await settledPage({ start: cursor, end }, request);
    const count = points.time.length;
    if (count >= limit && halvings < mostHalvings && !isComplete(points, cursor, end)) {
      halvings += 1;
      span = Math.max(spacing, Math.floor(span / 2));
      continue;
    }
    if (count > 0) {
      hasValues = true;
      yield { start: cursor, end: Math.min(end, Math.max(points.time[count - 1]! + 1, now - settleMs)), points };
    } else if (!hasValues && end < now - settleMs) {
      yield { start: cursor, end, points };
    }
    cursor = end;
  }
}

/** Whether a full page reaches both ends of its window: then nothing was cut off. */
function isComplete({ time }: Points, start: number, end: number): boolean {
  const count = time.length;
  const step = count < 2 ? Infinity : (time[count - 1]! - time[0]!) / (count - 1);
  return time[0]! - start < step && end - time[count - 1]! <= step;
}

/** One page; requested again when it is empty, as an exchange in trouble answers too. */
async function settledPage(window: TimeRange, request: PointRequest): Promise<Points> {
  const points = await page(window, request);
  // A window shorter than the spacing may be empty, and is not requested twice.
  if (points.time.length > 0 || window.end - window.start <= spacingOf(request.kind)) return points;
  await request.runtime.sleep(emptyPauseMs);
  return page(window, request);
}

async function page({ start, end }: TimeRange, request: PointRequest): Promise<Points> {
  const { connection, kind } = request;
  const { limit: most } = pagingOfKind(connection.exchange, kind);
  const found =
    kind === 'funding' ? await fundingRates(start, end, most, request) : await openInterest(start, end, most, request);
  const rows = new Map<number, number>();
  for (const [time, value] of found) {
    if (time === undefined || value === undefined || !Number.isFinite(value)) continue;
    if (time >= start && time < end) rows.set(time, value);
  }
  const times = [...rows.keys()].sort((a, b) => a - b);
  return { time: Float64Array.from(times), value: Float64Array.from(times, (time) => rows.get(time)!) };
}

type Row = readonly [time: number | undefined, value: number | undefined];

async function fundingRates(
  start: number,
  end: number,
  limit: number,
  { connection, symbol, kind, signal }: PointRequest,
): Promise<Row[]> {
  const name = pagingOfKind(connection.exchange, kind).until;
  const params = { [name]: name === 'after' ? end : end - 1 };
  const what = `fetch ${pointsName(kind)} of ${symbol}`;
  const found = await connection.call(
    what,
    (ccxt) => ccxt.fetchFundingRateHistory(symbol, start, limit, params),
    signal,
  );
  return found.map(({ timestamp, fundingRate }) => [timestamp, fundingRate]);
}

async function openInterest(
  start: number,
  end: number,
  limit: number,
  { connection, symbol, kind, signal }: PointRequest,
): Promise<Row[]> {
  const frame = kind === 'open interest 1h' ? '1h' : '5m';
  const request = { symbol, timeframe: frame, since: start, until: end - 1, limit } as const;
  const found = await fetchOpenInterest(connection, request, signal);
  if (found.length > 0 && found.every(({ amount }) => amount === undefined)) {
    throw new DataError(
      `${connection.exchange} states the open interest of ${symbol} only as a value in quote units, and data.openInterest is in base units`,
      { code: 'no-amount', context: { exchange: connection.exchange, symbol } },
    );
  }
  return found.map(({ time, amount }) => [time, amount]);
}
