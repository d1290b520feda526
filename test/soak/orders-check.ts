/** What must be true of a session's orders and of the exchange's, whatever happened in between. */
import { isDeepStrictEqual } from 'node:util';

import type { Order } from '../../src/broker/index.ts';
import { Decimal, type IntentJournal } from '../../src/core/index.ts';
import { balanceText, isOver, type ExchangeOrder } from '../../src/venue/exchange/index.ts';
import { OrderSession, startCash, type Happened } from './orders-session.ts';
import { symbol, type SimulatedVenue } from './orders-venue.ts';

/** Orders of somebody else on the same account. */
export function placeForeign({ exchange, account }: SimulatedVenue): void {
  for (const [k, price] of [5_000, 6_000].entries()) {
    exchange.place(account, { symbol, side: 'buy', type: 'LIMIT', size: 1000, price, clientId: `byhand${k}` });
  }
}

/** Ends a run with what is wrong. */
type Fail = (text: string) => never;

/** Compares orders, fills and balances with the exchange's, to the last digit. */
export function check(
  { broker, orders, first }: OrderSession,
  intents: IntentJournal,
  venue: SimulatedVenue,
  seed: number,
): void {
  const fail = (text: string): never => {
    throw new Error(`seed ${seed}: ${text}`);
  };
  const own = checkIntents(intents, venue, fail);
  checkBooks({ cash: broker.cash, size: broker.heldOf(0) }, venue, fail);
  checkOrders(
    orders,
    own.filter(({ number }) => number >= first).map(({ order }) => order),
    venue,
    fail,
  );
}

/** Every intent is at the exchange once, or the exchange has none of it; gives the exchange's orders with their numbers. */
export function checkIntents(
  intents: IntentJournal,
  { account }: SimulatedVenue,
  fail: Fail,
): { readonly number: number; readonly order: ExchangeOrder }[] {
  const known = new Map(intents.intents().map(({ number, request }) => [request.clientId, number]));
  const own = account.orders.filter(({ clientId }) => known.has(clientId));
  const byClient = new Map(own.map((order) => [order.clientId, order]));
  if (byClient.size !== own.length) fail('an order was doubled');
  const foreign = account.orders.filter(({ clientId }) => !known.has(clientId));
  if (foreign.length !== 2 || foreign.some(({ status }) => status !== 'NEW')) fail("somebody else's order was touched");
  for (const { state, request } of intents.intents()) {
    const order = byClient.get(request.clientId);
    const name = request.clientId;
    if (state === 'void' && order !== undefined) fail(`${name} is called void, the exchange has it: ${order.status}`);
    if (state === 'done' && (order === undefined || !isOver(order.status))) fail(`${name} is called done`);
    if (state === 'written' || state === 'accepted') fail(`${name} was left ${state}`);
  }
  return own.map((order) => ({ number: known.get(order.clientId)!, order }));
}

/** Cash and position against the exchange's balances and executions. */
export function checkBooks(
  said: { readonly cash: number; readonly size: number },
  { account }: SimulatedVenue,
  fail: Fail,
): void {
  let [quote, base] = [0n, 0n];
  for (const fill of account.fills) {
    const sign = fill.order.side === 'buy' ? 1n : -1n;
    quote -= sign * fill.value + (fill.feeAsset === 'USDT' ? fill.fee : 0n);
    base += sign * BigInt(fill.size) * 100_000n - (fill.feeAsset === 'BTC' ? fill.fee : 0n);
  }
  const held = (asset: string): bigint => account.holding(asset).free + account.holding(asset).locked;
  const isWhole = held('USDT') === 5_000_000_000_000n + quote && held('BTC') === 10_000_000_000n + base;
  if (!isWhole) fail('the exchange does not add up');
  const cash = new Decimal(startCash).add(balanceText(quote)).toNumber();
  if (said.cash !== cash) fail(`cash is ${said.cash}, by the exchange ${cash}`);
  const size = Number(balanceText(base));
  if (said.size !== size) fail(`position is ${said.size}, by the exchange ${size}`);
}

/**
 * The last life's orders against the exchange's: the same executions, and the same ends. An order can stand at the exchange under several
 * names, one after another, as it does after a change.
 */
function checkOrders(
  orders: readonly Order[],
  theirs: readonly ExchangeOrder[],
  { account }: SimulatedVenue,
  fail: Fail,
): void {
  const left = new Map(orders.map((order) => [order, order.fills.map(({ size, price }) => `${size} @ ${price}`)]));
  const last = new Map<Order, ExchangeOrder>();
  for (const one of theirs) {
    if (one.filled === 0) continue;
    const fills = account.fills
      .filter(({ order }) => order === one)
      .map(({ size, price }) => `${(one.side === 'buy' ? size : -size) / 1000} @ ${price / 100}`);
    const owner = orders.find(
      (order) => fills.every((text) => left.get(order)!.includes(text)) && !isEmpty(left, order),
    );
    if (owner === undefined) fail(`no order has the fills ${fills.join(', ')} of ${one.clientId}`);
    else {
      const rest = left.get(owner)!;
      for (const text of fills) rest.splice(rest.indexOf(text), 1);
      last.set(owner, one);
    }
  }
  for (const order of orders) {
    if (order.isAlive) fail(`order ${order.ref} is still ${order.status}`);
    if (!isEmpty(left, order))
      fail(`order ${order.ref} has fills that the exchange has not: ${left.get(order)!.join(', ')}`);
    const sum = order.fills.reduce((all, fill) => all.add(Math.abs(fill.size)), new Decimal(0)).toNumber();
    const isDone = order.status === 'completed';
    if (isDone !== (sum === order.size)) fail(`order ${order.ref} is ${order.status} with ${sum} of ${order.size}`);
    if ((order.status === 'rejected' || order.status === 'margin') && sum > 0) {
      fail(`order ${order.ref} was refused after a fill`);
    }
    const end = last.get(order);
    // An exit that shrank is completed with less than the exchange was asked for.
    if (end?.status === 'FILLED' && !isDone) fail(`order ${order.ref} is ${order.status}, not filled`);
    if (end !== undefined && end.status !== 'FILLED' && isDone && end.size / 1000 <= order.size) {
      fail(`order ${order.ref} is completed, by the exchange ${end.status}`);
    }
  }
}

function isEmpty(left: ReadonlyMap<Order, readonly string[]>, order: Order): boolean {
  return left.get(order)!.length === 0;
}

/** What happened, told again to a broker without a gateway: it must say the same. */
export function checkReplay({ happened, log }: OrderSession, seed: number, lateArrivalMs?: number): void {
  const again = new OrderSession(undefined, lateArrivalMs);
  for (const one of JSON.parse(JSON.stringify(happened)) as Happened[]) again.let(one);
  if (!isDeepStrictEqual(again.log, log)) {
    const at = log.findIndex((line, k) => again.log[k] !== line);
    throw new Error(`seed ${seed}: the replay says '${again.log[at] ?? ''}' where the session said '${log[at] ?? ''}'`);
  }
}
