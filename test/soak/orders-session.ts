/** A session of the orders soak: a sandbox broker and its strategy's side of things, driven by what happened, in order. */
import {
  OrderEntry,
  SandboxBroker,
  TradeBook,
  applyNotice,
  fixedSize,
  placeBracket,
  type BrokerInput,
  type Order,
} from '../../src/broker/index.ts';
import {
  timeframe,
  type Instrument,
  type Intent,
  type IntentJournal,
  type IntentState,
  type OrderGateway,
} from '../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../src/lines/index.ts';
import { symbol, windowMs } from './orders-venue.ts';

const instrument: Instrument = {
  symbol,
  type: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: 0.01,
  lot: 0.001,
  minNotional: 5,
};
/** What a session begins with. */
export const startCash = 20_000;

/** An intents journal in memory that outlives the sessions, and may be the moment at which one dies. */
export class KeptIntents implements IntentJournal {
  readonly session: string;
  readonly rows = new Map<string, Intent>();
  /** Called around each write and note: `true` ends the process there. */
  dies: () => boolean = () => false;

  constructor(session: string) {
    this.session = session;
  }

  intents(): readonly Intent[] {
    return [...this.rows.values()].sort((a, b) => a.number - b.number);
  }

  write(intent: Intent): void {
    if (this.dies()) throw new Error('killed');
    if (this.rows.has(intent.request.clientId)) throw new Error(`client id ${intent.request.clientId} was used twice`);
    this.rows.set(intent.request.clientId, intent);
    if (this.dies()) throw new Error('killed');
  }

  note(clientId: string, state: IntentState, venueId?: string): void {
    if (this.dies()) throw new Error('killed');
    // As in the file: what was never written has no outcome, such as a change that the gateway cannot request.
    const row = this.rows.get(clientId);
    if (row === undefined) return;
    this.rows.set(clientId, { ...row, state, ...(venueId === undefined ? {} : { venueId }) });
  }
}

/** One thing that happened to a session, as a journal would keep it. */
export type Happened =
  | { readonly what: 'input'; readonly input: BrokerInput }
  | { readonly what: 'clock'; readonly now: number }
  | { readonly what: 'bar'; readonly close: number }
  | { readonly what: 'place'; readonly side: 'buy' | 'sell'; readonly asked: object; readonly oco?: number }
  | { readonly what: 'bracket'; readonly asked: object }
  | { readonly what: 'cancel'; readonly ref: number };

/** A session: a broker with its strategy's side of things, all of it driven by what happened, in order. */
export class OrderSession {
  readonly broker: SandboxBroker;
  readonly happened: Happened[] = [];
  readonly log: string[] = [];
  readonly orders: Order[] = [];
  /** Number of the first order that this life may make. */
  first = 1;
  private readonly timeline = new Timeline(0, { name: symbol, symbol, timeframe: timeframe('1m'), instrument });
  private readonly entry: OrderEntry;

  constructor(parts: { gateway: OrderGateway; intents: IntentJournal } | undefined, lateArrivalMs = windowMs + 500) {
    this.broker = new SandboxBroker({ cash: startCash }, parts, { lateArrivalMs, pollMs: 15_000 });
    this.broker.open([this.timeline], new Map());
    this.timeline.isNew = true;
    this.broker.onState(0, 'live');
    const data = new Data(this.timeline, new Graph());
    this.entry = new OrderEntry(0, this.broker, [data], fixedSize(0.1), { last: 0 }, new TradeBook());
  }

  /** Lets one thing happen, and hears what the broker says of it. */
  let(one: Happened): void {
    this.happened.push(one);
    const { broker, entry } = this;
    switch (one.what) {
      case 'input':
        broker.take(one.input);
        break;
      case 'clock':
        broker.onClock(one.now);
        break;
      case 'bar': {
        const { close } = one;
        const at = this.timeline.loaded;
        this.timeline.put(at, { time: at * 60_000, open: close, high: close, low: close, close, volume: 1 });
        this.timeline.index = at;
        broker.step();
        break;
      }
      case 'place': {
        const oco = one.oco === undefined ? {} : { oco: this.orders[one.oco]! };
        const order = entry.place(one.side, { ...one.asked, ...oco });
        if (order !== undefined) this.orders.push(order);
        break;
      }
      case 'bracket': {
        const bracket = placeBracket(entry, 'buy', one.asked);
        if (bracket === undefined) break;
        this.orders.push(bracket.main, bracket.stopLoss!, bracket.takeProfit!);
        break;
      }
      case 'cancel':
        entry.cancel(this.orders[one.ref]!);
    }
    this.hear();
  }

  private hear(): void {
    const { broker } = this;
    for (;;) {
      broker.act();
      const { notices } = broker;
      if (notices.count === 0) return;
      for (let k = 0; k < notices.count; k++) {
        const notice = notices.items[k]!;
        applyNotice(notice, broker.blotter);
        const { order } = notice.working;
        const fill = notice.row < 0 ? undefined : order.lastFill;
        const text = fill === undefined ? '' : ` ${fill.size} @ ${fill.price} fee ${fill.commission}`;
        this.log.push(`${order.ref} ${notice.status}${text} ${notice.reason ?? ''}`);
      }
      notices.clear();
    }
  }
}

/** Random things for a session to do. */
export function nextDeed(session: OrderSession, price: number, random: () => number): Happened {
  const at = (percent: number): number => Math.round(price * (1 + percent / 100) * 100) / 100;
  const size = (1 + Math.floor(random() * 400)) / 1000;
  const owned = session.broker.positionOf(0).size;
  const side = owned > 1 || (owned > 0.05 && random() < 0.5) ? 'sell' : 'buy';
  const sign = side === 'buy' ? 1 : -1;
  const units = side === 'buy' ? size : Math.max(0.001, Math.min(Math.floor(owned * 1000) / 1000, size));
  const chance = random();
  const alive = session.orders.flatMap((order, ref) => (order.isAlive ? [ref] : []));
  if (chance < 0.25 && alive.length > 0) return { what: 'cancel', ref: alive[Math.floor(random() * alive.length)]! };
  if (chance < 0.3) {
    return { what: 'bracket', asked: { size, type: 'limit', price: at(0.1), stopLoss: at(-0.4), takeProfit: at(0.5) } };
  }
  if (chance < 0.5) return { what: 'place', side, asked: { size: units } };
  if (chance < 0.6) return { what: 'place', side, asked: { type: 'stop', price: at(0.3 * sign), size: units } };
  if (chance < 0.7) {
    return {
      what: 'place',
      side,
      asked: { type: 'stopLimit', price: at(0.3 * sign), limitPrice: at(0.35 * sign), size: units },
    };
  }
  const asked = { type: 'limit', price: at((random() - 0.6) * sign), size: units };
  const valid = random() < 0.2 ? { valid: { afterMs: Math.floor(random() * 90_000) } } : {};
  const oco = random() < 0.2 && alive.length > 0 ? { oco: alive[Math.floor(random() * alive.length)]! } : {};
  return { what: 'place', side, asked: { ...asked, ...valid }, ...oco };
}
