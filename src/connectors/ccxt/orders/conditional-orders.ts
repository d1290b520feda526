/** Conditional orders that have an id of their own at an exchange until they are triggered. */
import type { CcxtExchange, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';

/** A conditional order, and the id of the order that it became. */
interface Conditional {
  readonly symbol: string;
  readonly clientId: string;
  readonly id: string;
  actual: string | undefined;
  /** Whether it has ended without becoming an order. */
  isOver: boolean;
}

/** What a row of ccxt says about a conditional order. */
interface ConditionalFacts {
  readonly clientId: string;
  readonly id: string;
  /** The id of the order that it became; empty while it waits. */
  readonly actual: string;
  /** Whether the row is of the conditional order itself, rather than of the order that it became. */
  readonly isItself: boolean;
}

/** What a row says about a conditional order of Binance's contracts or an algo order of OKX; undefined for any other order. */
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
 * Conditional orders of Binance's contracts and algo orders of OKX: until the trigger they have an id of their own, afterwards that of the
 * order they became. Everything about the latter is reported under the id and the client id of the former.
 */
export class ConditionalOrders {
  readonly #byClientId = new Map<string, Conditional>();
  readonly #byActual = new Map<string, Conditional>();

  /** Remembers an order that was sent with a trigger. @param id - The exchange's id; empty where it is not known yet. */
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

  /** Reads what a report of ccxt says about the order that a conditional one became. */
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

  /** An order under the id and client id that it was sent with. */
  asSent(row: CcxtOrder): CcxtOrder {
    const facts = factsOf(row);
    // ccxt reads neither the client id of an OKX algo order nor that none of it has been executed.
    if (facts?.isItself === true && facts.actual === '' && row.clientOrderId === undefined) {
      return { ...row, clientOrderId: facts.clientId, filled: 0, price: (row.price ?? 0) > 0 ? row.price : undefined };
    }
    if (facts?.isItself === false) return { ...row, id: facts.id, clientOrderId: facts.clientId };
    const known = row.id === undefined ? undefined : this.#byActual.get(row.id);
    return known === undefined ? row : { ...row, id: known.id, clientOrderId: known.clientId };
  }

  /** An execution under the id that its order was sent with. */
  ofSent<T extends Pick<CcxtTrade, 'order'>>(row: T): T {
    const known = row.order === undefined ? undefined : this.#byActual.get(row.order);
    return known === undefined ? row : { ...row, order: known.id };
  }

  /** Orders of a symbol that may have been triggered without a report of it. */
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

/** Whether a stop waits on the wrong side of the price: the price had passed it already, so the exchange inferred the wrong direction. */
export function waitsOnWrongSide({ side, info, status }: CcxtOrder): boolean {
  const { triggerPx, last, triggerDirection } = (info ?? {}) as Readonly<Record<string, unknown>>;
  if (status !== 'open') return false;
  const [trigger, price, direction] = [Number(textOf(triggerPx)), Number(textOf(last)), textOf(triggerDirection)];
  if (trigger > 0 && price > 0) return side === 'buy' ? price >= trigger : price <= trigger;
  return direction === (side === 'buy' ? '2' : '1');
}
