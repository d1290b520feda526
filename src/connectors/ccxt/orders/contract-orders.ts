/** What differs for contracts through ccxt, settings, funding and liquidations, and for conditional orders under numbers of their own. */
import {
  ConfigError,
  messageOf,
  type ContractSettings,
  type OrderRequest,
  type Side,
  type VenuePayment,
} from '../../../core/index.ts';
import type { CcxtExchange, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';
import type { CcxtStore } from '../connection/store.ts';

/** Payments and liquidations asked for at once. */
const pageSize = 500;

/** Whether a unified symbol is of a contract. */
export function isContract(symbol: string): boolean {
  return symbol.includes(':');
}

/** What ccxt is told of an order of a contract beyond one of spot. */
export function contractParams({ isReduceOnly, positionSide }: OrderRequest): Record<string, unknown> {
  return {
    // In hedge mode the side of the position says whether an order closes.
    ...(isReduceOnly === true && positionSide === undefined && { reduceOnly: true }),
    ...(positionSide !== undefined && { positionSide: positionSide.toUpperCase() }),
  };
}

/** A conditional order, and the number of the order that it became. */
interface Conditional {
  readonly symbol: string;
  readonly clientId: string;
  readonly id: string;
  actual: string | undefined;
  /** Whether it has ended without becoming an order. */
  isOver: boolean;
}

/** What a row of ccxt says of a conditional order. */
interface ConditionalFacts {
  readonly clientId: string;
  readonly id: string;
  /** The number of the order that it became; empty while it waits. */
  readonly actual: string;
  /** Whether the row is of the conditional order itself, rather than of the order that it became. */
  readonly isItself: boolean;
}

/** What a row says of a conditional order: of Binance's contracts, or an algo order of OKX; undefined for any other order. */
function factsOf({ clientOrderId, id, info }: CcxtOrder): ConditionalFacts | undefined {
  const { instId, algoId, algoClOrdId, ordId, accFillSz, actualOrderId, ai } = (info ?? {}) as Readonly<Record<string, unknown>>;
  if (instId !== undefined) {
    const [number, clientId] = [textOf(algoId), textOf(algoClOrdId)];
    if (number === '' || clientId === '') return undefined;
    return { clientId, id: number, actual: textOf(ordId), isItself: accFillSz === undefined };
  }
  const actual = actualOrderId ?? ai;
  if (clientOrderId === undefined || id === undefined || actual === undefined) return undefined;
  return { clientId: clientOrderId, id, actual: textOf(actual), isItself: true };
} // prettier-ignore

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/**
 * Conditional orders of Binance's contracts and algo orders of OKX: until the trigger they are known by a number of their own alone,
 * afterwards by that of the order they became. Everything about the latter is reported under the number and the client id of the former.
 */
export class ConditionalOrders {
  readonly #byClientId = new Map<string, Conditional>();
  readonly #byActual = new Map<string, Conditional>();

  /** Remembers an order that was sent with a trigger. @param id - Its number; empty where it is not known yet. */
  sent(symbol: string, clientId: string, id: string): void {
    this.#byClientId.set(clientId, { symbol, clientId, id, actual: undefined, isOver: false });
  }

  /** Notes that an order was canceled before its trigger. */
  canceled(clientId: string): void {
    const known = this.#byClientId.get(clientId);
    if (known !== undefined) known.isOver = true;
  }

  of(clientId: string): Conditional | undefined {
    return this.#byClientId.get(clientId);
  }

  /** Reads what a report of ccxt says of the order that a conditional one became. */
  note(row: CcxtOrder): void {
    const { symbol } = row;
    const facts = factsOf(row);
    if (facts === undefined || symbol === undefined) return;
    const { clientId, id, actual } = facts;
    let known = this.#byClientId.get(clientId);
    if (known?.id !== id) {
      known = { symbol, clientId, id, actual: undefined, isOver: false };
      this.#byClientId.set(clientId, known);
    }
    if (actual === '') {
      if (row.status === 'canceled' || row.status === 'expired' || row.status === 'rejected') known.isOver = true;
      return;
    }
    known.actual = actual;
    this.#byActual.set(actual, known);
  }

  /** Whether a row of ccxt is about a conditional order that has become another one, whose own reports say the rest. */
  isPassed(row: CcxtOrder): boolean {
    const facts = factsOf(row);
    return facts !== undefined && facts.isItself && facts.actual !== '';
  }

  /** An order under the number and client id that it was sent with. */
  asSent(row: CcxtOrder): CcxtOrder {
    const facts = factsOf(row);
    // Of an algo order of OKX ccxt reads neither its client id nor that nothing of it has been executed.
    if (facts?.isItself === true && facts.actual === '' && row.clientOrderId === undefined) {
      return { ...row, clientOrderId: facts.clientId, filled: 0, price: (row.price ?? 0) > 0 ? row.price : undefined };
    }
    if (facts?.isItself === false) return { ...row, id: facts.id, clientOrderId: facts.clientId };
    const known = row.id === undefined ? undefined : this.#byActual.get(row.id);
    return known === undefined ? row : { ...row, id: known.id, clientOrderId: known.clientId };
  }

  /** An execution under the number that its order was sent with. */
  ofSent<T extends Pick<CcxtTrade, 'order'>>(row: T): T {
    const known = row.order === undefined ? undefined : this.#byActual.get(row.order);
    return known === undefined ? row : { ...row, order: known.id };
  }

  /** Those of a symbol that may have been triggered without word of it. */
  waiting(symbol: string): readonly Conditional[] {
    return [...this.#byClientId.values()].filter(
      (one) => one.symbol === symbol && one.actual === undefined && !one.isOver,
    );
  }
}

/** Looks a conditional order up, and the order that it became, if any; undefined when there is none. */
export async function findConditional(
  exchange: CcxtExchange,
  symbol: string,
  clientId: string,
  conditionals: ConditionalOrders,
): Promise<CcxtOrder | undefined> {
  const row = await exchange.fetchOrder('', symbol, { clientOrderId: clientId, trigger: true });
  conditionals.note(row);
  const actual = conditionals.of(clientId)?.actual;
  return conditionals.asSent(actual === undefined ? row : await exchange.fetchOrder(actual, symbol));
}

/** Whether a stop waits on the wrong side of the price: the exchange took it for one that the price reaches from there, as it had been passed. */
export function waitsOnWrongSide({ side, info, status }: CcxtOrder): boolean {
  const { triggerPx, last, triggerDirection } = (info ?? {}) as Readonly<Record<string, unknown>>;
  if (status !== 'open') return false;
  const [trigger, price, direction] = [Number(textOf(triggerPx)), Number(textOf(last)), textOf(triggerDirection)];
  if (trigger > 0 && price > 0) return side === 'buy' ? price >= trigger : price <= trigger;
  return direction === (side === 'buy' ? '2' : '1');
}

/** Sets leverage, margin mode and position mode. What is set already is no error. */
export async function prepareContracts(
  store: CcxtStore,
  settings: readonly ContractSettings[],
  isHedged: boolean,
): Promise<void> {
  if (settings.length === 0) return;
  const set = async (what: string, act: (exchange: ContractMethods) => Promise<unknown>): Promise<void> => {
    try {
      await store.callOnce(what, (exchange) => act(exchange as unknown as ContractMethods));
    } catch (error) {
      const text = messageOf(error);
      if (/no need to change|not modified|already/i.test(text)) return;
      if (/-404[78]|-406[78]|exists open|exists position/i.test(text)) {
        throw new ConfigError(`${what} failed, because positions or orders are open: close them, or take over the account's settings: ${text}`); // prettier-ignore
      }
      throw error;
    }
  };
  const exchange = (await store.open()) as unknown as ContractMethods & CcxtExchange;
  const [first] = settings;
  if (exchange.has['setPositionMode'] === true) {
    await set(isHedged ? 'set hedge mode' : 'set one-way mode', (ccxt) =>
      ccxt.setPositionMode(isHedged, first!.symbol),
    );
  } else if (isHedged) throw new ConfigError(`${exchange.id} has no hedge mode: ccxt has no setPositionMode for it`);
  for (const { symbol, leverage, margin } of settings) {
    // Bybit and OKX set both at once; Binance refuses what it does not know.
    const more = exchange.id.startsWith('binance') ? {} : { leverage };
    if (exchange.has['setMarginMode'] === true) {
      await set(`set ${margin} margin of ${symbol}`, (ccxt) => ccxt.setMarginMode(margin, symbol, more));
    }
    await set(`set leverage ${leverage} of ${symbol}`, (ccxt) => ccxt.setLeverage(leverage, symbol));
  }
}

/** Funding and liquidations of a contract since a moment, oldest first. */
export async function paymentsOf(store: CcxtStore, symbol: string, since: number): Promise<readonly VenuePayment[]> {
  const found: VenuePayment[] = [];
  const exchange = (await store.open()) as unknown as ContractMethods & CcxtExchange;
  if (exchange.has['fetchFundingHistory'] === true) {
    for (let from = since; ;) {
      const rows = await store.call('list funding payments', (ccxt) =>
        (ccxt as unknown as ContractMethods).fetchFundingHistory(symbol, from, pageSize),
      );
      const before = found.length;
      for (const { id: given, timestamp, code, amount } of rows) {
        // Hyperliquid's payments have one hash, of nothing but zeros.
        const id = given !== undefined && /^0x0+$/.test(given) ? `${symbol} ${timestamp ?? 0}` : given;
        if (id === undefined || timestamp === undefined || amount === undefined || timestamp < since) continue;
        if (found.some((one) => one.id === id)) continue;
        found.push({ kind: 'funding', id, symbol, time: timestamp, currency: code ?? '', amount });
      }
      const last = rows.at(-1)?.timestamp;
      if (rows.length < pageSize || found.length === before || last === undefined) break;
      from = last;
    }
  }
  if (exchange.has['fetchMyLiquidations'] === true) {
    const rows = await store.call('list liquidations', (ccxt) =>
      (ccxt as unknown as ContractMethods).fetchMyLiquidations(symbol, since),
    );
    for (const row of rows) {
      const { orderId } = row.info as { readonly orderId?: string | number };
      if (orderId === undefined || row.timestamp === undefined || row.timestamp < since) continue;
      const id = String(orderId);
      const fills = await store.call('list the executions of a liquidation', (ccxt) =>
        ccxt.fetchMyTrades(symbol, undefined, undefined, { orderId: id }),
      );
      const own = fills.filter(({ order }) => order === id);
      const size = own.reduce((sum, { amount = 0 }) => sum + amount, 0);
      if (!(size > 0)) continue;
      const value = own.reduce((sum, { amount = 0, price = 0 }) => sum + amount * price, 0);
      const fee = own.reduce((sum, { fee: paid }) => sum + (paid?.cost ?? 0), 0);
      const currency = own[0]?.fee?.currency ?? '';
      const side: Side = own[0]?.side === 'sell' ? 'sell' : 'buy';
      const time = own[0]?.timestamp ?? row.timestamp;
      found.push({ kind: 'liquidation', id, symbol, time, currency, amount: fee, size, price: value / size, side });
    }
  }
  return found.sort((a, b) => a.time - b.time);
}

/** The methods of ccxt for contracts. */
interface ContractMethods {
  setPositionMode(hedged: boolean, symbol?: string): Promise<unknown>;
  setMarginMode(mode: string, symbol: string, params?: object): Promise<unknown>;
  setLeverage(leverage: number, symbol: string): Promise<unknown>;
  fetchFundingHistory(
    symbol: string,
    since?: number,
    limit?: number,
  ): Promise<
    readonly {
      readonly id?: string;
      readonly timestamp?: number;
      readonly code?: string;
      readonly amount?: number;
    }[]
  >;
  fetchMyLiquidations(
    symbol: string,
    since?: number,
  ): Promise<readonly { readonly timestamp?: number; readonly info: unknown }[]>;
}
