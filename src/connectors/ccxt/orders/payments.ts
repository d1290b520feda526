/** Payments of funding and liquidations that exchanges book for contracts, through ccxt. */
import { AuthError, ConnectorError, type PositionSide, type Side, type VenuePayment } from '../../../core/index.ts';
import type { CcxtExchange, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';
import type { CcxtStore } from '../connection/store.ts';
import { paymentPagesOf } from '../connection/venues.ts';

/** Payments and liquidations asked for at once. */
const pageSize = 500;

/** A payment of funding as ccxt reads it. */
interface FundingRow {
  readonly id?: string;
  readonly symbol?: string;
  readonly timestamp?: number;
  readonly code?: string;
  readonly amount?: number;
}

/** A liquidation as ccxt reads it. */
interface LiquidationRow {
  readonly timestamp?: number;
  readonly price?: number;
  readonly contracts?: number;
  readonly info: unknown;
}

/** The methods of ccxt for what is booked for contracts. */
interface PaymentMethods {
  fetchFundingHistory(symbol?: string, since?: number, limit?: number, params?: object): Promise<readonly FundingRow[]>;
  fetchMyLiquidations(symbol: string, since?: number, limit?: number, params?: object): Promise<readonly LiquidationRow[]>;
  fetchClosedOrders(symbol: string, since?: number, limit?: number, params?: object): Promise<readonly CcxtOrder[]>;
  fetchFundingRate(symbol: string): Promise<{ readonly fundingTimestamp?: number; readonly nextFundingTimestamp?: number }>;
} // prettier-ignore

/** Funding and liquidations of a contract since a moment, oldest first; in hedge mode, funding with the side that it is for. */
export async function paymentsOf(
  store: CcxtStore,
  symbol: string,
  since: number,
  now: number,
  isHedged = false,
): Promise<readonly VenuePayment[]> {
  const found = new Map<string, VenuePayment>();
  const add = (payment: VenuePayment): void => {
    if (payment.time >= since) found.set(`${payment.kind} ${payment.id}`, payment);
  };
  const exchange = await store.open();
  const asked = { store, exchange, symbol, since, now };
  const funding = await fundingOf(asked);
  for (const payment of isHedged ? await withSides(asked, funding) : funding) add(payment);
  for (const payment of await liquidationsOf(asked)) add(payment);
  return [...found.values()].sort((a, b) => a.time - b.time);
}

/** When a contract pays funding next; undefined where the exchange does not say, as for dated contracts. */
export async function nextFundingOf(store: CcxtStore, symbol: string, now: number): Promise<number | undefined> {
  const exchange = await store.open();
  // ccxt may ask for all contracts at once: then it says 'emulated'.
  if (![true, 'emulated'].includes(exchange.has['fetchFundingRate'] ?? false) || isDated(symbol)) return undefined;
  try {
    const row = await store.call('fetch when funding is due', (ccxt) =>
      (ccxt as unknown as PaymentMethods).fetchFundingRate(symbol),
    );
    // Exchanges name the payment that is due and the one after it, or one of them.
    const times = [row.fundingTimestamp, row.nextFundingTimestamp].filter((time) => (time ?? 0) > now) as number[];
    return times.length === 0 ? undefined : Math.min(...times);
  } catch (error) {
    // A request that an exchange cannot answer fails again when it is repeated.
    if (error instanceof ConnectorError && !error.retryable && !(error instanceof AuthError)) return undefined;
    throw error;
  }
}

/** Whether a symbol names an expiry, such as `BTC/USDT:USDT-241227`: dated contracts pay no funding. */
function isDated(symbol: string): boolean {
  return /:[^-]+-/.test(symbol);
}

interface Asked {
  readonly store: CcxtStore;
  readonly exchange: CcxtExchange;
  readonly symbol: string;
  readonly since: number;
  readonly now: number;
}

async function fundingOf({ store, exchange, symbol, since, now }: Asked): Promise<VenuePayment[]> {
  if (exchange.has['fetchFundingHistory'] !== true) return [];
  const found = new Map<string, VenuePayment>();
  const { pages, sign } = paymentPagesOf(exchange.id);
  /** Adds a page. @returns Whether any row was new. */
  const take = (rows: readonly FundingRow[]): boolean => {
    const before = found.size;
    for (const { id: given, symbol: of, timestamp, code, amount } of rows) {
      if (of !== undefined && of !== symbol) continue;
      // Hyperliquid's payments have one hash, of nothing but zeros.
      const id = given !== undefined && /^0x0+$/.test(given) ? `${symbol} ${timestamp ?? 0}` : given;
      if (id === undefined || timestamp === undefined || amount === undefined) continue;
      found.set(id, { kind: 'funding', id, symbol, time: timestamp, currency: code ?? '', amount: sign * amount });
    }
    return found.size > before;
  };
  const ask = (...parts: Parameters<PaymentMethods['fetchFundingHistory']>): Promise<readonly FundingRow[]> =>
    store.call('list funding payments', (ccxt) => (ccxt as unknown as PaymentMethods).fetchFundingHistory(...parts));
  if (pages.kind === 'back') {
    // The newest payments of all contracts come first: pages go back to the moment asked for.
    for (let end = now; ;) {
      const rows = await ask(undefined, undefined, pages.limit, { type: 'swap', begin: since, end });
      take(rows);
      const oldest = rows.reduce((first, { timestamp }) => Math.min(first, timestamp ?? Infinity), Infinity);
      if (rows.length < pages.limit || !(oldest < end)) return [...found.values()];
      end = oldest;
    }
  }
  if (pages.kind === 'spans') {
    for (const [from, until] of spansOf(since, now, pages.spanMs)) take(await ask(symbol, from, undefined, { until, limit: pages.limit })); // prettier-ignore
    return [...found.values()];
  }
  for (let from = since; ;) {
    const rows = await ask(symbol, from, pageSize);
    const last = rows.at(-1)?.timestamp;
    if (!take(rows) || rows.length < pageSize || last === undefined) return [...found.values()];
    from = last;
  }
}

/** How far apart the listed times of a payment and of its rate may be. */
const rateWithinMs = 60_000;

/**
 * Payments with the side that each is for. Lists do not say it, but the rate that was paid does: longs pay a positive one. Payments whose
 * rate the exchange does not list stay as they are.
 */
async function withSides({ store, exchange, symbol, since }: Asked, all: readonly VenuePayment[]): Promise<readonly VenuePayment[]> {
  if (![true, 'emulated'].includes(exchange.has['fetchFundingRateHistory'] ?? false)) return all;
  const sides = new Map<VenuePayment, PositionSide>();
  const lacking = (): VenuePayment[] => all.filter((one) => one.time >= since && !sides.has(one));
  for (let first = lacking()[0]; first !== undefined; ) {
    const from = first.time - rateWithinMs;
    const rates = await store.call('list funding rates', (ccxt) => ccxt.fetchFundingRateHistory(symbol, from, 100));
    for (const one of lacking()) {
      const row = rates.find(({ timestamp = 0 }) => Math.abs(timestamp - one.time) <= rateWithinMs);
      const rate = row?.fundingRate ?? 0;
      if (rate !== 0) sides.set(one, rate > 0 === one.amount < 0 ? 'long' : 'short');
    }
    const next = lacking()[0];
    first = next === first ? undefined : next;
  }
  return all.map((one) => {
    const positionSide = sides.get(one);
    return positionSide === undefined ? one : { ...one, positionSide };
  });
} // prettier-ignore

/** The spans of a time, one after the other, that exchanges look through at once. */
function spansOf(since: number, now: number, spanMs: number): [from: number, until: number][] {
  const spans: [number, number][] = [];
  for (let from = since; from <= now; from += spanMs) spans.push([from, Math.min(now, from + spanMs - 1)]);
  return spans;
}

async function liquidationsOf({ store, exchange, symbol, since, now }: Asked): Promise<VenuePayment[]> {
  const { pages, liquidations } = paymentPagesOf(exchange.id);
  const methods = (ccxt: CcxtExchange): PaymentMethods => ccxt as unknown as PaymentMethods;
  const what = 'list liquidations';
  if (liquidations === 'executions') {
    const spans = pages.kind === 'spans' ? spansOf(since, now, pages.spanMs) : [];
    const found: VenuePayment[] = [];
    for (const [from, until] of spans) {
      const rows = await store.call(what, (ccxt) => methods(ccxt).fetchMyLiquidations(symbol, from, 100, { until }));
      for (const row of rows) found.push(...executed(symbol, row));
    }
    return found;
  }
  if (liquidations === 'orders') {
    const found: VenuePayment[] = [];
    for (const category of ['full_liquidation', 'partial_liquidation', 'adl']) {
      const rows = await store.call(what, (ccxt) => methods(ccxt).fetchClosedOrders(symbol, since, undefined, { category })); // prettier-ignore
      for (const row of rows) if ((row.info as { readonly category?: string }).category === category) found.push(...closedBy(symbol, row)); // prettier-ignore
    }
    return found;
  }
  if (liquidations === 'trades') {
    const rows = await store.call(what, (ccxt) => ccxt.fetchMyTrades(symbol, since));
    // The party that takes a position over is marked too: the account's own execution carries its address.
    const own = (exchange as { readonly walletAddress?: string }).walletAddress?.toLowerCase();
    const forced = rows.filter(({ info }) => liquidatedIn(info) === own);
    return forced.flatMap((row) => ofTrades(symbol, row.order ?? '', [row]));
  }
  if (exchange.has['fetchMyLiquidations'] !== true) return [];
  const found: VenuePayment[] = [];
  for (const row of await store.call(what, (ccxt) => methods(ccxt).fetchMyLiquidations(symbol, since))) {
    const { orderId } = row.info as { readonly orderId?: string | number };
    if (orderId === undefined || row.timestamp === undefined || row.timestamp < since) continue;
    const id = String(orderId);
    const fills = await store.call('list the executions of a liquidation', (ccxt) =>
      ccxt.fetchMyTrades(symbol, undefined, undefined, { orderId: id }),
    );
    found.push(...ofTrades(symbol, id, fills.filter(({ order }) => order === id), row.timestamp)); // prettier-ignore
  }
  return found;
}

/** The address whose position an execution liquidated, as Hyperliquid states it. */
function liquidatedIn(info: unknown): string | undefined {
  const { liquidation } = (info ?? {}) as { readonly liquidation?: { readonly liquidatedUser?: string } };
  return liquidation === undefined ? 'nobody' : liquidation.liquidatedUser?.toLowerCase();
}

/** A liquidation from the executions of its order. */
function ofTrades(symbol: string, id: string, own: readonly CcxtTrade[], given?: number): VenuePayment[] {
  const size = own.reduce((sum, { amount = 0 }) => sum + amount, 0);
  const [first] = own;
  const time = first?.timestamp ?? given;
  if (first === undefined || time === undefined || !(size > 0)) return [];
  const value = own.reduce((sum, { amount = 0, price = 0 }) => sum + amount * price, 0);
  const amount = own.reduce((sum, { fee: paid }) => sum + (paid?.cost ?? 0), 0);
  const side: Side = first.side === 'sell' ? 'sell' : 'buy';
  return [{ kind: 'liquidation', id, symbol, time, currency: first.fee?.currency ?? '', amount, size, price: value / size, side }]; // prettier-ignore
}

/** A liquidation from one of Bybit's executions. */
function executed(symbol: string, { timestamp, price, contracts, info }: LiquidationRow): VenuePayment[] {
  const { execId, execFee, feeCurrency, side: word } = info as Readonly<Record<string, string | undefined>>;
  if (execId === undefined || timestamp === undefined || price === undefined || contracts === undefined) return [];
  const side: Side = word === 'Sell' ? 'sell' : 'buy';
  return [{ kind: 'liquidation', id: execId, symbol, time: timestamp, currency: feeCurrency ?? '', amount: Number(execFee ?? 0), size: contracts, price, side }]; // prettier-ignore
}

/** A liquidation from an order by which OKX closed a position. */
function closedBy(symbol: string, { id, timestamp, filled, average, fee, side: word }: CcxtOrder): VenuePayment[] {
  if (id === undefined || timestamp === undefined || average === undefined || !((filled ?? 0) > 0)) return [];
  const side: Side = word === 'sell' ? 'sell' : 'buy';
  return [{ kind: 'liquidation', id, symbol, time: timestamp, currency: fee?.currency ?? '', amount: fee?.cost ?? 0, size: filled!, price: average, side }]; // prettier-ignore
}
