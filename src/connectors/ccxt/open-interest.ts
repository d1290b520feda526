/** Past open interest in base units, from the request that states it so at each venue. */
import type { CcxtExchange } from './connection/exchange.ts';
import type { CcxtStore } from './connection/store.ts';

/** Which values of open interest are asked for. */
export interface OpenInterestRequest {
  /** The contract, such as `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** How far apart the values are. */
  readonly timeframe: '5m' | '1h';
  /** The first moment wanted, milliseconds UTC. */
  readonly since: number;
  /** The last moment wanted, milliseconds UTC. */
  readonly until: number;
  /** The most values. */
  readonly limit: number;
}

/** The open interest of a contract at one moment. */
export interface OpenInterestRow {
  /** When it became known, milliseconds UTC. */
  readonly time: number;
  /** Base units that are open; undefined where the venue does not state them. */
  readonly amount: number | undefined;
  /** What they are worth, in quote units; undefined where the venue does not state it. */
  readonly value: number | undefined;
}

const spans = { '5m': 300_000, '1h': 3_600_000 } as const;

/**
 * OKX's request for the history of one contract, which ccxt has only under this name: its unified method adds up a currency's contracts.
 */
type OkxHistory = (query: Readonly<Record<string, string | number>>) => Promise<{ readonly data?: unknown }>;

/** One page of open interest, in the order of the venue. */
export async function fetchOpenInterest(
  store: CcxtStore,
  request: OpenInterestRequest,
  signal?: AbortSignal,
): Promise<OpenInterestRow[]> {
  const { symbol, timeframe, since, until, limit } = request;
  const action = `fetch open interest of ${symbol}`;
  const isOkx = ['okx', 'okxus', 'myokx'].includes(store.exchange);
  if (isOkx) {
    const id = (await store.markets())[symbol]?.id ?? symbol;
    return store.call(action, (ccxt) => okxPage(ccxt, id, request), signal);
  }
  const found = await store.call(
    action,
    (ccxt) => ccxt.fetchOpenInterestHistory(symbol, timeframe, since, limit, { until }),
    signal,
  );
  // Gate counts contracts; the others base units.
  const size = store.exchange === 'gate' ? ((await store.instrument(symbol)).contractSize ?? 1) : 1;
  return found.flatMap(({ timestamp: time, openInterestAmount: amount, openInterestValue: value }) =>
    time === undefined ? [] : [{ time, amount: amount === undefined ? undefined : amount * size, value }],
  );
}

/** OKX calls its values bars, names each by its opening and updates it until it closes: it is known from its close on. */
async function okxPage(ccxt: CcxtExchange, id: string, request: OpenInterestRequest): Promise<OpenInterestRow[]> {
  const { timeframe, since, until, limit } = request;
  const span = spans[timeframe];
  const { publicGetRubikStatContractsOpenInterestHistory: history } = ccxt as unknown as Readonly<
    Record<'publicGetRubikStatContractsOpenInterestHistory', OkxHistory>
  >;
  const answer = await history.call(ccxt, {
    instId: id,
    period: timeframe === '1h' ? '1H' : timeframe,
    // Both bounds are exclusive.
    begin: since - span - 1,
    end: until - span + 1,
    limit,
  });
  const rows = Array.isArray(answer.data) ? (answer.data as readonly unknown[]) : [];
  return rows.flatMap((row) => {
    if (!Array.isArray(row)) return [];
    const [open, , amount, value] = row.map(Number);
    const time = Number(open) + span;
    return time >= since && time <= until ? [{ time, amount, value }] : [];
  });
}
