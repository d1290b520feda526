/** A pit: one broker with bars, quotes and trades called out by hand, and what it says of orders as lines of text. */
import {
  OrderEntry,
  TradeBook,
  applyNotice,
  fixedSize,
  type LiveBroker,
  type Order,
  type Sizer,
} from '../../../src/broker/index.ts';
import { timeframe, type Instrument, type Level, type Side } from '../../../src/core/index.ts';
import { Data, Graph, Timeline } from '../../../src/lines/index.ts';

export const minute = 60_000;
/** Midnight of a day. */
export const start = Date.UTC(2026, 0, 5);

/** Any options of any order type, as tests write them. */
type Asked = Partial<Record<string, unknown>>;

/** The session's part, played by hand. */
export class Pit {
  readonly log: string[] = [];
  readonly data: Data;
  readonly timeline: Timeline;
  readonly entry: OrderEntry;
  readonly trades = new TradeBook();
  readonly broker: LiveBroker;
  /** Milliseconds since `start`. */
  now = 0;
  private id = 0;

  constructor(broker: LiveBroker, instrument?: Instrument, sizer: Sizer = fixedSize(1)) {
    this.broker = broker;
    this.timeline = new Timeline(0, { name: 'BTC/USDT', symbol: 'BTC/USDT', timeframe: timeframe('1m'), instrument });
    this.timeline.isNew = true;
    this.data = new Data(this.timeline, new Graph());
    broker.open([this.timeline], new Map());
    this.entry = new OrderEntry(0, broker, [this.data], sizer, { last: 0 }, this.trades);
  }

  get time(): number {
    return start + this.now;
  }

  state(state: 'connecting' | 'live' | 'stale' | 'resyncing' | 'down'): this {
    this.broker.onState(0, state);
    return this.turn();
  }

  quote(bid: number | undefined, ask: number | undefined): this {
    const sizes = { bidSize: 1e6, askSize: 1e6, sequence: undefined };
    this.broker.onQuote(0, { type: 'quote', ...this.stamp(), bid, ask, ...sizes });
    return this.turn();
  }

  /** The best levels of the book, each side best first; undefined when the book is lost. */
  book(bids?: readonly Level[], asks: readonly Level[] = []): this {
    const levels = bids && { type: 'book' as const, kind: 'snapshot' as const, ...this.stamp(), bids, asks };
    this.broker.onBook([0], levels && { ...levels, sequence: undefined, checksum: undefined });
    return this.turn();
  }

  /** Trades one after another, each `price` or `[price, size]`; a size is 1,000 where none is given. */
  trade(...prints: readonly (number | readonly [price: number, size: number, side?: Side])[]): this {
    for (const print of prints) {
      const [price, size, side = 'buy'] = typeof print === 'number' ? [print, 1000] : print;
      this.now += 1;
      const id = String(++this.id);
      this.broker.onTrade(0, { type: 'trade', ...this.stamp(), id, side, price, size, backfill: false });
      this.turn();
    }
    return this;
  }

  /** Closes a bar; the clock moves to its end. */
  bar(open: number, high: number, low: number, close: number): this {
    const { timeline } = this;
    const at = timeline.loaded;
    timeline.put(at, { time: start + at * minute, open, high, low, close, volume: 1000 });
    timeline.index = at;
    this.now = Math.max(this.now, (at + 1) * minute);
    this.broker.step();
    return this.turn();
  }

  clock(now: number): this {
    this.now = Math.max(this.now, now);
    this.broker.onClock(start + now);
    return this.turn();
  }

  buy(options: Asked = {}): Order {
    return this.place('buy', options);
  }

  sell(options: Asked = {}): Order {
    return this.place('sell', options);
  }

  /** Orders of one moment, as a strategy places them in one `next`. */
  together(place: (entry: OrderEntry) => void): this {
    place(this.entry);
    return this.turn();
  }

  cancel(order: Order): this {
    this.entry.cancel(order);
    return this.turn();
  }

  /** What was said since the last time. */
  said(): string[] {
    return this.log.splice(0);
  }

  /** Lets the broker act and hears what it says. */
  turn(): this {
    const { broker } = this;
    broker.act();
    const { notices } = broker;
    for (let k = 0; k < notices.count; k++) {
      const notice = notices.items[k]!;
      applyNotice(notice, broker.blotter);
      const { order } = notice.working;
      if (notice.row >= 0) this.trades.apply(order, broker.blotter, notice.row, broker.schemeOf(0), []);
      const fill = notice.row < 0 ? '' : ` ${order.lastFill!.size} @ ${order.lastFill!.price}`;
      const reason = notice.reason === undefined ? '' : ` (${notice.reason})`;
      this.log.push(`${order.ref} ${notice.status}${fill}${reason}`);
    }
    notices.clear();
    return this;
  }

  private place(side: Side, options: Asked): Order {
    const order = this.entry.place(side, options)!;
    this.turn();
    return order;
  }

  private stamp(): { exchange: string; symbol: string; time: number; receiveTime: number } {
    return { exchange: 'local', symbol: 'BTC/USDT', time: this.time, receiveTime: this.time };
  }
}
