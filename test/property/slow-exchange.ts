/** A slow exchange for one data, written from the table of rules alone: it takes every bar apart into prices of a quarter and looks at each order at each. */

/** The smallest move of a price: every price of a test is a multiple of it. */
export const quarter = 0.25;

/** What a strategy asked for, in the words of the reference. */
export interface SlowOrder {
  readonly ref: number;
  readonly sign: 1 | -1;
  readonly type: 'market' | 'limit' | 'stop' | 'stopLimit' | 'stopTrail';
  size: number;
  price: number;
  readonly limitPrice: number;
  readonly trail: number;
  readonly activation: number | undefined;
  /** The entry that wakes it. */
  readonly parent: number | undefined;
  /** Orders that end with it. */
  readonly group: number | undefined;
  /** Whether it may only reduce. */
  readonly reduces: boolean;
  state: 'asleep' | 'open' | 'done' | 'canceled';
  isTriggered: boolean;
  best: number;
  /** Its place in the queue. */
  place: number;
  /** The bar that executed it last, the price there, and the units so far. */
  bar: number;
  last: number;
  filled: number;
}

/** An execution: units are signed. */
export interface SlowFill {
  readonly ref: number;
  readonly bar: number;
  readonly size: number;
  readonly price: number;
}

/** A bar as numbers. */
export interface SlowBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Which extreme a bar goes to first; `worse` books both and keeps what leaves less. */
export type SlowPath = 'low' | 'high' | 'worse' | 'better';

interface State {
  orders: SlowOrder[];
  fills: SlowFill[];
  position: number;
  cash: number;
}

/** Books bars one after the other. */
export class SlowExchange {
  state: State = { orders: [], fills: [], position: 0, cash: 0 };
  /** Every execution so far. */
  readonly fills: SlowFill[] = [];
  readonly #path: SlowPath;
  /** The most units of an order that one bar executes. */
  readonly #most: number;
  #places = 0;

  constructor(path: SlowPath, most = Infinity) {
    this.#path = path;
    this.#most = most;
  }

  place(
    order: Omit<SlowOrder, 'state' | 'isTriggered' | 'best' | 'place' | 'bar' | 'last' | 'filled'>,
    close: number,
  ): void {
    this.state.orders.push({
      ...order,
      state: order.parent === undefined ? 'open' : 'asleep',
      isTriggered: false,
      place: ++this.#places,
      bar: -1,
      last: NaN,
      filled: 0,
      // It follows from the moment it is placed, where it is active at once.
      best: order.parent === undefined && order.activation === undefined ? close : NaN,
    });
  }

  cancel(ref: number): void {
    const order = this.state.orders.find((one) => one.ref === ref);
    if (order === undefined) return;
    if (order.state === 'open' || order.state === 'asleep') this.#end(this.state, order, 'canceled');
  }

  amend(ref: number, price: number): void {
    const order = this.state.orders.find((one) => one.ref === ref);
    if (order === undefined) return;
    order.price = price;
    order.place = ++this.#places;
  }

  bar(index: number, bar: SlowBar): void {
    this.state.orders = this.state.orders.filter(({ state }) => state === 'open' || state === 'asleep');
    if (this.#path === 'low' || this.#path === 'high') {
      this.#walk(this.state, index, bar, this.#path === 'high');
      this.fills.push(...this.state.fills.splice(0));
      return;
    }
    const low = copyOf(this.state);
    const high = copyOf(this.state);
    this.#walk(low, index, bar, false);
    this.#walk(high, index, bar, true);
    const [a, b] = [low.cash + low.position * bar.close, high.cash + high.position * bar.close];
    const kept = this.#path === 'worse' ? (b < a ? high : low) : b > a ? high : low;
    this.fills.push(...kept.fills.splice(0));
    this.state = kept;
  }

  #walk(state: State, index: number, { open, high, low, close }: SlowBar, isHighFirst: boolean): void {
    this.#at(state, index, open);
    let price = open;
    for (const target of isHighFirst ? [high, low, close] : [low, high, close]) {
      while (price !== target) {
        price += target > price ? quarter : -quarter;
        this.#at(state, index, price);
      }
    }
  }

  /** Everything that happens at one price. */
  #at(state: State, index: number, price: number): void {
    for (const order of state.orders) if (order.state === 'open') follow(order, price);
    for (;;) {
      const acting = state.orders.filter(
        (order) => order.state === 'open' && order.bar !== index && acts(order, price),
      );
      if (acting.length === 0) return;
      const frees = (order: SlowOrder): boolean => state.position * order.sign < 0;
      acting.sort((a, b) => Number(frees(b)) - Number(frees(a)) || a.place - b.place);
      this.#act(state, acting[0]!, index, price);
    }
  }

  #act(state: State, order: SlowOrder, index: number, price: number): void {
    if (order.type === 'stopLimit' && !order.isTriggered) {
      order.isTriggered = true;
      return;
    }
    const at = priceOf(order, price);
    const held = state.position * order.sign < 0 ? Math.abs(state.position) : 0;
    if (order.reduces && held === 0) {
      this.#end(state, order, 'canceled');
      return;
    }
    if (order.reduces) order.size = Math.min(order.size, held);
    const units = Math.min(order.size, this.#most);
    const before = state.position;
    state.position += order.sign * units;
    state.cash -= order.sign * units * at;
    state.fills.push({ ref: order.ref, bar: index, size: order.sign * units, price: at });
    order.bar = index;
    order.last = at;
    order.filled += units;
    order.size -= units;
    if (order.size > 0) {
      // What is left of a stop is a market order, and the other exits are left what it leaves of the position.
      if (order.type === 'stop' || order.type === 'stopTrail') order.isTriggered = true;
      for (const other of state.orders) {
        const isRival = order.group !== undefined && other.group === order.group && other !== order;
        if (!isRival || other.state !== 'open') continue;
        if (!order.reduces) other.state = 'canceled';
        else if (other.reduces) other.size -= units;
      }
    } else this.#end(state, order, 'done');
    if (order.size === 0) wake(state, order);
    // What closes a position ends its exits.
    if (before !== 0 && (state.position === 0 || state.position * before < 0)) {
      for (const exit of state.orders)
        if (exit.state === 'open' && exit.reduces && exit.sign * before < 0) this.#end(state, exit, 'canceled');
    }
  }

  #end(state: State, order: SlowOrder, as: 'done' | 'canceled'): void {
    order.state = as;
    for (const other of state.orders) {
      if (other.state !== 'open' && other.state !== 'asleep') continue;
      const isRival = order.group !== undefined && other.group === order.group;
      // An exit that is canceled leaves the other; an entry that is canceled takes its exits with it.
      if (isRival && (as === 'done' || order.parent === undefined)) this.#end(state, other, 'canceled');
      else if (as === 'canceled' && other.parent === order.ref && other.state === 'asleep' && order.filled === 0)
        this.#end(state, other, 'canceled');
    }
    if (as === 'canceled' && order.filled > 0) wake(state, order);
  }
}

/** The exits of an entry begin to work, for what it has executed. */
function wake(state: State, entry: SlowOrder): void {
  for (const child of state.orders) {
    if (child.parent !== entry.ref || child.state !== 'asleep') continue;
    child.state = 'open';
    child.size = entry.filled;
    if (child.activation === undefined) child.best = entry.last;
    follow(child, entry.last);
  }
}

function copyOf(state: State): State {
  return { ...state, orders: state.orders.map((order) => ({ ...order })), fills: [] };
}

function follow(order: SlowOrder, price: number): void {
  if (order.type !== 'stopTrail') return;
  if (order.best !== order.best) {
    const { activation, sign } = order;
    if (activation !== undefined && (sign < 0 ? price < activation : price > activation)) return;
    order.best = price;
  }
  order.best = order.sign < 0 ? Math.max(order.best, price) : Math.min(order.best, price);
}

/** The price at which it acts. */
function levelOf(order: SlowOrder, price: number): number {
  switch (order.type) {
    case 'market':
      return price;
    case 'limit':
    case 'stop':
      return order.price;
    case 'stopLimit':
      return order.isTriggered ? order.limitPrice : order.price;
    case 'stopTrail':
      return order.best - (order.sign < 0 ? order.trail : -order.trail);
  }
}

/** A level that a jump has passed is no price to trade at: a stop gets the worse price, a limit the better. */
function priceOf(order: SlowOrder, price: number): number {
  if (order.isTriggered && order.type !== 'stopLimit') return price;
  const level = levelOf(order, price);
  const isLimit = order.type === 'limit' || (order.type === 'stopLimit' && order.isTriggered);
  return isLimit === order.sign > 0 ? Math.min(level, price) : Math.max(level, price);
}

function acts(order: SlowOrder, price: number): boolean {
  const { type, sign } = order;
  const level = levelOf(order, price);
  if (type === 'market' || ((type === 'stop' || type === 'stopTrail') && order.isTriggered)) return true;
  if (type === 'limit' || (type === 'stopLimit' && order.isTriggered))
    return sign > 0 ? price <= level : price >= level;
  return sign > 0 ? price >= level : price <= level;
}
