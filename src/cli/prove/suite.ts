/** The conformance suite of an exchange: tries on a test network, one by one, what a session relies on. */
import { messageOf, type AccountEvent, type Instrument, type OrderGateway, type OrderRequest, type Runtime, type SendOutcome, type StreamEvent, type StreamStatus, type VenueOrder } from '../../core/index.ts'; // prettier-ignore

/** One check and its outcome. */
export interface Check {
  readonly room: 'market' | 'stream' | 'account' | 'orders';
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was seen. */
  readonly seen: string;
  readonly tookMs: number;
}

/** The exchange under test, as the suite uses it. */
export interface Subject {
  readonly exchange: string;
  readonly symbol: string;
  readonly runtime: Runtime;
  readonly instrument: () => Promise<Instrument>;
  /** Best bid and ask now. */
  readonly touch: () => Promise<{ readonly bid: number; readonly ask: number }>;
  /** Closed bars of the last hour. */
  readonly bars: () => Promise<number>;
  /** How far the exchange's clock is ahead of this machine's, in milliseconds; undefined where it runs at a speed of its own. */
  readonly clock: () => Promise<number | undefined>;
  /** Opens the market streams; the function closes them. */
  readonly stream: (emit: (event: StreamEvent) => void) => Promise<() => Promise<void>>;
  readonly gateway: OrderGateway;
  /** Records everything that was received. */
  readonly record: (kind: string, body: unknown) => void;
  readonly patienceMs: number;
}

/** Thrown by a check that does not apply. */
class Skip extends Error {}

/** Runs the suite. At its end it cancels its orders and sells what it bought. */
export async function prove(subject: Subject, report: (check: Check) => void): Promise<Check[]> {
  const { runtime, symbol, gateway, record, patienceMs } = subject;
  const checks: Check[] = [];
  const attempt = async (room: Check['room'], name: string, act: () => Promise<string>): Promise<boolean> => {
    const began = runtime.elapsed();
    let check: Check;
    try {
      const seen = await act();
      check = { room, name, outcome: 'passed', seen, tookMs: Math.round(runtime.elapsed() - began) };
    } catch (error) {
      const outcome = error instanceof Skip ? 'skipped' : 'failed';
      check = { room, name, outcome, seen: messageOf(error), tookMs: Math.round(runtime.elapsed() - began) };
    }
    checks.push(check);
    report(check);
    return check.outcome === 'passed';
  };
  const until = async <T>(what: string, read: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    const deadline = runtime.elapsed() + patienceMs;
    for (;;) {
      const found = await read();
      if (found !== undefined) return found;
      if (runtime.elapsed() >= deadline) throw new Error(`${what} did not come within ${patienceMs / 1000} s`);
      await runtime.sleep(100);
    }
  };

  let instrument: Instrument | undefined;
  await attempt('market', 'the clocks are within 5 s', async () => {
    const offset = await subject.clock();
    if (offset === undefined) throw new Skip('its clock runs at a speed of its own, and the suite goes by it');
    if (Math.abs(offset) > 5_000) throw new Error(`its clock is ${Math.round(offset)} ms away`);
    return `${Math.round(offset)} ms ahead`;
  });
  await attempt('market', 'the instrument has its rules', async () => {
    instrument = await subject.instrument();
    const { tick, lot, minNotional } = instrument;
    if (tick === undefined || lot === undefined) throw new Error('tick or lot is missing');
    return `tick ${tick}, lot ${lot}, least value ${minNotional ?? 'none'}`;
  });
  await attempt('market', 'bars of the last hour are served', async () => {
    const count = await subject.bars();
    if (count < 1) throw new Error('no bar came');
    return `${count} bars`;
  });
  let touch = { bid: NaN, ask: NaN };
  await attempt('market', 'bid and ask are served', async () => {
    touch = await subject.touch();
    if (!(touch.bid > 0 && touch.ask >= touch.bid)) throw new Error(`bid ${touch.bid}, ask ${touch.ask}`);
    return `${touch.bid} / ${touch.ask}`;
  });

  const events: StreamEvent[] = [];
  let closeStream: (() => Promise<void>) | undefined;
  await attempt('stream', 'streams of the market open', async () => {
    closeStream = await subject.stream((event) => {
      events.push(event);
      record('market', event);
    });
    return 'asked for trades and quotes';
  });
  for (const type of ['quote', 'trade'] as const) {
    await attempt('stream', `a ${type} arrives`, async () => {
      await until(`a ${type}`, () => events.find((event) => event.type === type && event.symbol === symbol));
      return `${events.filter((event) => event.type === type).length} so far`;
    });
  }

  const heard: (AccountEvent | StreamStatus)[] = [];
  const isOpen = await attempt('account', 'the account answers, and its stream opens', async () => {
    await gateway.open((event) => {
      heard.push(event);
      record('account', event);
    });
    return 'open';
  });
  if (isOpen && instrument !== undefined && touch.bid > 0) {
    await proveOrders({ ...subject, instrument, heard, attempt, until });
  }
  await closeStream?.().catch(() => undefined);
  await gateway.close().catch(() => undefined);
  return checks;
}

interface OrderSubject extends Omit<Subject, 'instrument'> {
  readonly instrument: Instrument;
  readonly heard: readonly (AccountEvent | StreamStatus)[];
  readonly attempt: (room: Check['room'], name: string, act: () => Promise<string>) => Promise<boolean>;
  readonly until: <T>(what: string, read: () => Promise<T | undefined> | T | undefined) => Promise<T>;
}

/** Orders: placed, looked up, changed, canceled, executed. */
async function proveOrders(subject: OrderSubject): Promise<void> {
  const { gateway, symbol, instrument, attempt, until, heard, record, runtime } = subject;
  const tag = Math.floor(runtime.now()).toString(36);
  let number = 0;
  const placed = new Set<string>();
  // Read anew before each order that is to rest: the clock of a local exchange may run by hours between two of them.
  const priceAt = async (part: number): Promise<string> => {
    const { bid } = await subject.touch();
    return stepped(bid * part, instrument.tick ?? 0.01);
  };
  const far = await priceAt(0.95);
  const least = Math.max(instrument.minSize ?? 0, ((instrument.minNotional ?? 0) * 1.2) / Number(far));
  const size = stepped(least + (instrument.lot ?? 0), instrument.lot ?? 1e-8);
  const request = (more: Partial<OrderRequest>): OrderRequest => {
    const clientId = `nbp${tag}n${++number}`;
    placed.add(clientId);
    return { clientId, symbol, side: 'buy', type: 'limit', size, price: far, ...more };
  };
  const send = async (order: OrderRequest): Promise<SendOutcome> => {
    const outcome = await gateway.send(order);
    record('sent', { order, outcome });
    return outcome;
  };
  const accepted = (outcome: SendOutcome): VenueOrder => {
    if (outcome.kind === 'accepted') return outcome.order;
    throw new Error(`the order was ${outcome.kind}: ${outcome.reason}`);
  };
  const find = async (clientId: string): Promise<VenueOrder | undefined> => {
    const found = await gateway.findOrder(symbol, clientId);
    record('found', { clientId, found });
    return found;
  };

  await attempt('account', 'balances are listed', async () => {
    const balances = await gateway.balances();
    const text = balances.map(({ currency, free }) => `${free} ${currency}`).join(', ');
    if (balances.length === 0) throw new Error('the account holds nothing: fund it first');
    return text.slice(0, 80);
  });
  await attempt('orders', 'a client id that was never used is not found', async () => {
    const found = await find(`nbp${tag}none`);
    if (found !== undefined) throw new Error(`it was found as ${found.status}`);
    return 'not there';
  });
  const resting = request({});
  const rests = await attempt('orders', 'a limit order rests', async () => {
    const order = accepted(await send(resting));
    return `${resting.size} at ${far}: ${order.status}`;
  });
  if (rests) {
    await attempt('orders', 'it is found by its client id', async () => {
      const order = await until('the order', () => find(resting.clientId));
      if (order.status !== 'open' && order.status !== 'pending') throw new Error(`it is ${order.status}`);
      return order.status;
    });
    await attempt('orders', 'it is among the open orders', async () => {
      const open = await gateway.openOrders([symbol]);
      if (!open.some(({ clientId }) => clientId === resting.clientId)) throw new Error(`${open.length} others are`);
      return `${open.length} open`;
    });
    await attempt('stream', 'the user stream reports it', async () => {
      await until('its report', () => heard.find((event) => event.type === 'order' && event.clientId === resting.clientId)); // prettier-ignore
      return 'reported';
    });
    let working = resting.clientId;
    await attempt('orders', 'it is amended', async () => {
      if (gateway.amend === undefined) throw new Skip('the gateway cancels and places again');
      const price = await priceAt(0.94);
      const next = request({ price });
      const outcome = await gateway.amend({ ...next, replaces: working, total: size });
      record('amended', { next, outcome });
      if (outcome.kind === 'refused' && outcome.code === 'not-supported') throw new Skip(outcome.reason);
      if (outcome.kind !== 'accepted') throw new Error(`it was ${outcome.kind}`);
      working = outcome.order.clientId ?? next.clientId;
      return `to ${price}`;
    });
    await attempt('orders', 'it is canceled', async () => {
      const outcome = await gateway.cancel(symbol, working);
      if (outcome.kind === 'unknown') throw new Error(outcome.reason);
      const order = await until('its end', async () => {
        const found = await find(working);
        if (found?.status === 'filled') throw new Error('it was executed before it was canceled');
        return found?.status === 'canceled' ? found : undefined;
      });
      return order.status;
    });
    await attempt('orders', 'canceling it again does no harm', async () => {
      const outcome = await gateway.cancel(symbol, working);
      if (outcome.kind === 'unknown') throw new Error(outcome.reason);
      return outcome.kind;
    });
  }
  await attempt('orders', 'an order below the least size is refused', async () => {
    const order = request({ size: stepped(0, instrument.lot ?? 1e-8) });
    const { minSize = 0, minNotional = 0 } = instrument;
    if (Number(order.size) >= minSize && Number(order.size) * Number(far) >= minNotional) {
      placed.delete(order.clientId);
      throw new Skip('one lot is no less than its least size');
    }
    const outcome = await send(order);
    if (outcome.kind !== 'refused') throw new Error(`it was ${outcome.kind}`);
    return outcome.reason.slice(0, 80);
  });
  const { price: _far, ...market } = request({ type: 'market' });
  let bought = 0;
  // Clocks differ: an execution may carry a time before the order was sent by ours.
  const executedFrom = runtime.now() - 60_000;
  await attempt('orders', 'a market order is executed', async () => {
    accepted(await send(market));
    const order = await until('its execution', async () => {
      const found = await find(market.clientId);
      return found?.status === 'filled' ? found : undefined;
    });
    bought = order.filled;
    return `${order.filled} at ${order.averagePrice ?? 'unknown'}`;
  });
  if (bought > 0) {
    await attempt('orders', 'its executions are listed, with their fee', async () => {
      const fills = await until('an execution', async () => {
        const all = await gateway.fills(symbol, executedFrom);
        const own = all.filter(({ clientId }) => clientId === undefined || clientId === market.clientId);
        return own.length > 0 ? own : undefined;
      });
      const last = fills.at(-1)!;
      record('fills', fills);
      return `${fills.length}, the last with a fee of ${last.fee ?? 0} ${last.feeCurrency ?? ''}`;
    });
    await attempt('stream', 'the user stream reports the execution', async () => {
      await until('its report', () => heard.find(({ type }) => type === 'fill'));
      return 'reported';
    });
    await attempt('orders', 'what was bought is sold', async () => {
      const rest = stepped(bought * 0.998 - (instrument.lot ?? 0) / 2, instrument.lot ?? 1e-8);
      const sale = request({ type: 'market', side: 'sell', size: rest });
      const { price: _price, ...order } = sale;
      accepted(await send(order));
      return rest;
    });
  }
  const { price: _limit, ...stop } = request({ type: 'stop', stopPrice: await priceAt(1.05) });
  const waits = await attempt('orders', 'a stop waits for its trigger', async () => {
    const order = accepted(await send(stop));
    return `${stop.size} at ${stop.stopPrice}: ${order.status}`;
  });
  if (waits) {
    await attempt('orders', 'the stop is found by its client id, and is among the open orders', async () => {
      const order = await until('the stop', () => find(stop.clientId));
      if (order.status !== 'open' && order.status !== 'pending') throw new Error(`it is ${order.status}`);
      const open = await gateway.openOrders([symbol]);
      if (!open.some(({ clientId }) => clientId === stop.clientId)) throw new Error(`${open.length} others are`);
      return order.status;
    });
    await attempt('orders', 'the stop is canceled', async () => {
      const outcome = await gateway.cancel(symbol, stop.clientId);
      if (outcome.kind === 'unknown') throw new Error(outcome.reason);
      const order = await until('its end', async () => {
        const found = await find(stop.clientId);
        if (found?.status === 'filled') throw new Error('it was executed before it was canceled');
        return found?.status === 'canceled' ? found : undefined;
      });
      return order.status;
    });
  }
  await attempt('orders', 'nothing of the suite is left open', async () => {
    const open = await gateway.openOrders([symbol]);
    const left = open.filter(({ clientId }) => clientId !== undefined && placed.has(clientId));
    for (const { clientId } of left) await gateway.cancel(symbol, clientId!);
    if (left.length > 0) throw new Error(`${left.length} orders were left, and are canceled now`);
    return 'nothing';
  });
}

/** A number on a grid, as decimal text. */
function stepped(value: number, step: number): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const steps = Math.max(1, Math.floor(value / step + 1e-9));
  return (steps * step).toFixed(Math.min(12, decimals));
}
