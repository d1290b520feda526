/** The broker of a tick backtest: orders travel to a simulated exchange, meet the recorded book there, and their answers travel back. */
import { OrderError } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { CommissionOptions } from '../accounting/commission.ts';
import type { InstrumentOptions } from '../accounting/ledger/options.ts';
import { BrokerCore } from '../broker-core.ts';
import type { BrokerOptions } from '../broker.ts';
import { CoreBroker } from '../core-broker.ts';
import type { EngineBroker } from '../engine-broker.ts';
import { MarketGate, type LiveAdmission } from '../live/market-gate.ts';
import { postBehind, postRefusal, sizeByQuote } from '../matching/flags.ts';
import { AmbiguityCount } from '../matching/intrabar.ts';
import type { CheckedAmendment } from '../orders/amendment.ts';
import type { EndStatus, OrderEnder } from '../orders/desk.ts';
import { isRival, type WorkingOrder } from '../orders/working-order.ts';
import { isStopReached } from '../paper/touch-match.ts';
import { QueueMarket, type QueuedOrder } from '../queue/queue-market.ts';
import { isTrailing, pricesOf, queueFlagOf } from '../queue/queued-order.ts';
import { queueModel } from '../queue/queue-model.ts';
import { checkTickOptions, latencyOf, type TickOptions } from './options.ts';

/** A request on its way to the exchange. */
type Request =
  | { readonly time: number; readonly kind: 'place'; readonly sent: SentOrder }
  | {
      readonly time: number;
      readonly kind: 'cancel';
      readonly sent: SentOrder;
      readonly status: EndStatus;
      readonly reason: string | undefined;
    }
  | { readonly time: number; readonly kind: 'amend'; readonly sent: SentOrder; readonly size: number };

/** An answer on its way to the strategy. */
type Answer =
  | { readonly time: number; readonly kind: 'accepted'; readonly sent: SentOrder }
  | {
      readonly time: number;
      readonly kind: 'filled';
      readonly sent: SentOrder;
      readonly units: number;
      readonly price: number;
      readonly isMaker: boolean;
      readonly reached: number;
      /** Whether nothing of the order is left at the exchange. */
      readonly isLast: boolean;
      /** When it happened at the exchange. */
      readonly at: number;
    }
  | {
      readonly time: number;
      readonly kind: 'ended';
      readonly sent: SentOrder;
      readonly status: EndStatus;
      readonly reason: string | undefined;
      readonly rule: string | undefined;
    };

/** An order that was sent. */
class SentOrder {
  readonly working: WorkingOrder;
  /** Which market it is sent to. */
  readonly market: number;
  readonly queued: QueuedOrder<SentOrder>;
  /** Units executed at the exchange. */
  executed = 0;
  /** Whether a request to cancel it is under way. */
  isEnding = false;

  constructor(working: WorkingOrder, market: number) {
    this.working = working;
    this.market = market;
    this.queued = {
      owner: this,
      sign: working.sign,
      ...pricesOf(working),
      left: working.remaining,
      ahead: 0,
      traded: 0,
      flag: queueFlagOf(working),
    };
  }
}

/** A queue of things with the times at which they are due; those of one way stay in order. */
class Travel<T extends { readonly time: number }> {
  #items: T[] = [];
  #at = 0;

  /** When the next is due; Infinity without one. */
  get next(): number {
    return this.#at < this.#items.length ? this.#items[this.#at]!.time : Infinity;
  }

  /** A time of arrival that does not overtake what was sent before. */
  after(time: number): number {
    const last = this.#items[this.#items.length - 1];
    return last === undefined || last.time < time ? time : last.time;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T {
    const item = this.#items[this.#at++]!;
    if (this.#at > 1_024 || this.#at === this.#items.length) {
      this.#items = this.#items.slice(this.#at);
      this.#at = 0;
    }
    return item;
  }
}

/**
 * Sends orders to a `QueueMarket` for each data with a book, after the latency of orders, and books what it answers after the latency of
 * answers. The strategy's side knows nothing that has not been answered.
 *
 * Trailing stops follow the trades that the strategy's machine has received, and are sent as market or limit orders once they are reached.
 */
export class TickBroker extends CoreBroker implements EngineBroker, LiveAdmission, OrderEnder {
  /** How many fills depended on an assumed path: none. */
  readonly ambiguity = new AmbiguityCount();
  /** Whether a step has anything to do: always. */
  readonly hasWork = true;
  /** In one line for the summary: where fills come from. */
  readonly fillSummary: string;
  /** Fills by liquidity, for the result. */
  readonly fills = { maker: 0, taker: 0 };
  readonly #gate: MarketGate;
  readonly #options: TickOptions;
  readonly #orderLatency: (time: number) => number;
  readonly #answerLatency: (time: number) => number;
  readonly #requests = new Travel<Request>();
  readonly #answers = new Travel<Answer>();
  readonly #sent = new Map<WorkingOrder, SentOrder>();
  readonly #markets: QueueMarket<SentOrder>[] = [];
  #marketOf: readonly number[] = [];
  #exchangeTime = -Infinity;

  /** @throws {ConfigError} If an option cannot be right, or assumes bars. */
  constructor(options: BrokerOptions = {}, ticks: TickOptions = {}) {
    checkTickOptions(ticks, options);
    const core = new BrokerCore({ ledger: 'decimal', ...options });
    super(core);
    this.#options = ticks;
    const { orderLatencyMs = 0, answerLatencyMs = orderLatencyMs, queue = 'conservative' } = ticks;
    this.#orderLatency = latencyOf('orderLatencyMs', orderLatencyMs);
    this.#answerLatency = latencyOf('answerLatencyMs', answerLatencyMs);
    this.fillSummary = `fills in the recorded book, ${queue} queue`;
    this.#gate = new MarketGate(core, {});
    core.desk.ender = this;
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.core.open(timelines, schemes, instruments);
    this.#gate.open();
    for (const { id } of timelines) this.#gate.setState(id, 'live');
  }

  /** Says which market each data is of, by the numbers of data. */
  link(marketOf: readonly number[]): void {
    this.#marketOf = marketOf;
    const count = Math.max(...marketOf) + 1;
    for (let market = 0; market < count; market++) {
      this.#markets.push(
        new QueueMarket<SentOrder>(queueModel(this.#options.queue), {
          filled: (order, units, price, isMaker, reached) => {
            this.#filledAtExchange(order.owner, units, price, isMaker, reached);
          },
          ended: ({ owner }, how, reason, rule) => {
            this.#answerEnd(owner, how, reason, rule);
          },
          crossed: ({ owner }, market) => {
            const { rule, reason } = postRefusal(owner.working, market);
            this.#answerEnd(owner, 'rejected', reason, rule);
          },
        }),
      );
    }
  }

  /** When the next request reaches the exchange; Infinity without one. */
  get nextRequest(): number {
    return this.#requests.next;
  }

  /** When the next answer reaches the strategy; Infinity without one. */
  get nextAnswer(): number {
    return this.#answers.next;
  }

  // The exchange's side, called in the order of the exchange's time.

  /** The book of a market is published whole from here on. */
  clear(market: number): void {
    this.#markets[market]!.clear();
  }

  /** A level of a market has a new size. */
  level(market: number, sign: 1 | -1, price: number, size: number): void {
    this.#markets[market]!.level(sign, price, size);
  }

  /** An update of a market's book is complete. */
  settle(market: number, time: number): void {
    this.#exchangeTime = time;
    const book = this.#markets[market]!;
    if (book.isBusy) book.expire(time);
    book.settle();
  }

  /** A trade was printed. */
  trade(market: number, sign: 1 | -1, price: number, size: number, time: number): void {
    this.#exchangeTime = time;
    const book = this.#markets[market]!;
    if (book.isBusy) book.expire(time);
    book.trade(sign, price, size);
  }

  /** Takes the next request at the exchange. */
  takeRequest(): void {
    const request = this.#requests.shift();
    const { sent } = request;
    const market = this.#markets[sent.market]!;
    this.#exchangeTime = request.time;
    switch (request.kind) {
      case 'place':
        this.#answer({ kind: 'accepted', sent });
        market.arrive(sent.queued);
        return;
      case 'cancel':
        if (market.cancel(sent)) this.#answerEnd(sent, request.status, request.reason);
        return;
      case 'amend': {
        const left = request.size - sent.executed;
        if (left > 0) market.amend(sent, { ...pricesOf(sent.working), left });
        else if (market.cancel(sent)) this.#answerEnd(sent, 'canceled', 'it was amended to what was executed');
      }
    }
  }

  #filledAtExchange(sent: SentOrder, units: number, price: number, isMaker: boolean, reached: number): void {
    sent.executed += units;
    const isLast = sent.queued.left === 0;
    this.#answer({ kind: 'filled', sent, units, price, isMaker, reached, isLast, at: this.#exchangeTime });
    if (!isLast) return;
    // An exchange ends the other orders of a list itself, before both could be executed.
    for (const rival of [...this.#sent.values()]) {
      if (rival === sent || !isRival(rival.working, sent.working)) continue;
      if (!this.#markets[rival.market]!.cancel(rival)) continue;
      this.#answerEnd(rival, 'canceled', `order ${sent.working.order.ref} of its group was completed`);
    }
  }

  #answerEnd(sent: SentOrder, status: EndStatus, reason: string | undefined, rule?: string): void {
    this.#answer({ kind: 'ended', sent, status, reason, rule });
  }

  #answer(answer: Unstamped<Answer>): void {
    const time = this.#answers.after(this.#exchangeTime + this.#answerLatency(this.#exchangeTime));
    this.#answers.push({ ...answer, time });
  }

  // The strategy's side, called in the order of the strategy's time.

  /** The time of the strategy's machine, milliseconds UTC. */
  moveClock(now: number): void {
    this.#gate.moveClock(now);
  }

  /** Takes the next answer. */
  takeAnswer(): void {
    const answer = this.#answers.shift();
    const { sent } = answer;
    const { working } = sent;
    const { desk } = this.core;
    this.#gate.moveClock(answer.time);
    switch (answer.kind) {
      case 'accepted':
        if (working.status === 'submitted') desk.accept(working);
        return;
      case 'filled': {
        if (answer.isLast) this.#sent.delete(working);
        working.matched = answer.price;
        working.rule = answer.isMaker ? 'traded' : working.type === 'limit' ? 'limitAtTouch' : 'touch';
        working.level = working.type === 'limit' ? working.price : answer.price;
        working.reached = answer.reached;
        this.fills[answer.isMaker ? 'maker' : 'taker']++;
        this.core.booking.execute(working, Math.min(answer.units, working.remaining), { time: answer.at });
        desk.sweep();
        return;
      }
      case 'ended':
        this.#sent.delete(working);
        if (answer.status === 'rejected' || answer.status === 'margin') {
          const { rule = 'exchange', reason = 'the exchange refused it' } = answer;
          desk.refuse(working, { rule, reason }, answer.status);
        } else desk.end(working, answer.status, answer.reason, answer.rule);
        desk.sweep();
    }
  }

  /** The strategy's machine has received a trade: trailing stops follow it. */
  seeTrade(dataId: number, price: number): void {
    const { items, count } = this.core.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.dataId !== dataId || !working.isActive || !working.isWorking || !isTrailing(working)) continue;
      if (isStopReached(working, price)) {
        working.trail = undefined;
        working.isTriggered = true;
        this.#send(working);
      } else this.rules.trailing.followTrade(working, price);
    }
  }

  /** The best prices that the strategy's machine has received; NaN where a side is empty. */
  seeTouch(dataId: number, bid: number, ask: number): void {
    this.#gate.setTouch(dataId, bid, ask);
  }

  /** Sends what was submitted and what has woken since the last call. */
  act(): void {
    const { desk } = this.core;
    if (!desk.isBusy) return;
    if (desk.submitted.count > 0) this.#gate.admitSubmitted(this);
    desk.wake();
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (!working.isActive || !working.isWorking || this.#sent.has(working) || isTrailing(working)) continue;
      this.#send(working);
    }
    desk.sweep();
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    if (working.type === 'close') {
      throw new OrderError('a close order fills at the close of a session, which a recorded book has not: use a market order', { context: { type: 'close' } }); // prettier-ignore
    }
    this.core.ledger?.prepare(working);
    this.core.desk.submit(working, isTransmitted, false);
    this.core.refusesRuined(working);
  }

  prepare(_working: WorkingOrder): void {
    // The order is checked as it is.
  }

  admit(working: WorkingOrder): void {
    if (working.isActive && !isTrailing(working)) this.#send(working);
    else this.core.desk.accept(working);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    const sent = this.#sent.get(working);
    if (!this.core.amend(working, change)) return false;
    if (sent === undefined || !this.#sent.has(working)) return true;
    this.#request({ kind: 'amend', sent, size: working.order.size });
    return true;
  }

  endAtVenue(working: WorkingOrder, status: EndStatus, reason: string | undefined): boolean {
    const sent = this.#sent.get(working);
    if (sent === undefined) return false;
    if (!sent.isEnding) this.#request({ kind: 'cancel', sent, status, reason });
    sent.isEnding = true;
    return true;
  }

  executeNow(working: WorkingOrder, price: number): void {
    this.#sent.delete(working);
    this.core.executeNow(working, price);
  }

  /** A bar has closed: interest is paid, and the account is valued at the close. */
  step(): void {
    const { desk, portfolio, ledger } = this.core;
    desk.wake();
    portfolio.payInterest();
    ledger?.beginBars();
    ledger?.endBars();
    portfolio.mark();
    if (portfolio.canOwe) this.core.checkRuin();
  }

  #send(working: WorkingOrder): void {
    const touch = this.#gate.touch(working);
    if (touch !== undefined && working.hasFlags) {
      if (!Number.isNaN(working.quoteSize) && !sizeByQuote(working, touch, this.core.desk)) return;
      const crosses = working.sign > 0 ? touch <= working.price : touch >= working.price;
      if (working.postOnly === 'reprice' && crosses) postBehind(working, touch, this.core.desk);
    }
    const sent = new SentOrder(working, this.#marketOf[working.dataId]!);
    this.#sent.set(working, sent);
    this.#request({ kind: 'place', sent });
  }

  #request(request: Unstamped<Request>): void {
    const { now } = this.#gate;
    this.#requests.push({ ...request, time: this.#requests.after(now + this.#orderLatency(now)) });
  }
}

/** A message without its time of arrival. */
type Unstamped<T> = T extends { readonly time: number } ? Omit<T, 'time'> : never;
