/** The paper broker: live trades and quotes execute orders that no exchange ever sees. */
import {
  checkNames,
  type BookUpdate,
  type Funding,
  type Quote,
  type StreamState,
  type TradeTick,
} from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { CommissionOptions } from '../accounting/commission.ts';
import type { InstrumentOptions } from '../accounting/ledger/options.ts';
import { BrokerCore, type SharedBooks } from '../broker-core.ts';
import type { BrokerOptions } from '../broker.ts';
import { CoreBroker } from '../core-broker.ts';
import { NewsList, type BrokerInput, type LiveBroker, type LiveContext } from '../live/live-broker.ts';
import { MarketGate, refuseForesight, type LiveAdmission, type LiveOptions } from '../live/market-gate.ts';
import { AmbiguityCount } from '../matching/intrabar.ts';
import { match } from '../matching/match-bar-rules.ts';
import { noSlippage } from '../matching/slippage.ts';
import { postBehind, postRefusal, sizeByQuote } from '../matching/flags.ts';
import type { CheckedAmendment } from '../orders/amendment.ts';
import type { EndStatus, OrderEnder } from '../orders/desk.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import type { QueuedOrder } from '../queue/queue-market.ts';
import { isTrailing } from '../queue/queued-order.ts';
import { keepLeft, PaperDepth } from './paper-depth.ts';
import { paperModel, type PaperModel } from './paper-model.ts';
import { isStopReached, matchOnArrival, matchTrade, type PaperMatch } from './touch-match.ts';

/** How a paper session trades, beyond the options of every broker. */
export interface PaperOptions extends LiveOptions {
  /** The model of depth, queue and latency. Default: orders are filled at the touch, at once. */
  readonly paper?: PaperModel;
}

const optionNames = ['staleOrders', 'exitStart', 'paper'] as const;

/** What was asked about an order that is at the exchange, and arrives there later. */
interface Request {
  readonly due: number;
  readonly working: WorkingOrder;
  readonly kind: 'cancel' | 'amend';
  readonly reason: string | undefined;
}

/** How long after its end an order's expiry is reported at the latest, when neither a trade nor a bar of its data came. */
const expiryGraceMs = 3_000;

/**
 * Fills orders from what the market does, by the rules of a backtest as far as a market without depth allows:
 *
 * - A market order is filled whole at the touch of the latest quote when it arrives, or at the next trade's price while no quote is
 *   known. The size at the touch is not considered.
 * - A limit order that the touch meets on arrival is filled at the touch. A resting one is filled at its limit by trades at it or through
 *   it, up to the printed size, which the session's own orders share in the order they were placed.
 * - A stop is triggered by a trade and filled at the touch, or at the trade's price when that is worse.
 * - A trailing stop follows the trades, or the closes of its data's bars under Backtrader's rules, and is triggered by trades.
 * - Where the feed follows the book (`paper: { depth: 'book' }`), an order takes its levels instead, one after the other, and a limit order
 *   waits in the queue of its level. While the book is not whole, new orders are filled as above.
 * - `orderLatencyMs` after it was placed an order arrives; the same for amendments and cancels.
 * - An order is valid for trades before the end of its validity. A `close` order gets the close of the session's last bar.
 */
export class PaperBroker extends CoreBroker implements LiveBroker, LiveAdmission, OrderEnder {
  readonly mode = 'paper';
  readonly isReady = true;
  readonly isSettled = true;
  readonly isAwaitingAnswer = false;
  readonly ambiguity = new AmbiguityCount();
  readonly news = new NewsList();
  readonly #gate: MarketGate;
  /** Units of the present print that have not executed an order of ours. */
  #printed = 0;
  readonly #depth: PaperDepth | undefined;
  readonly #latencyMs: number;
  #queue = '';
  /** When orders that were placed arrive, with a latency. */
  readonly #due = new Map<WorkingOrder, number>();
  #requests: Request[] = [];

  /** @param books - The notices and the blotter of a divided account. Default: its own. */
  constructor(options: BrokerOptions = {}, paper: PaperOptions = {}, books?: SharedBooks) {
    checkNames('paper option', paper, optionNames);
    refuseForesight(options);
    const core = new BrokerCore({ ledger: 'decimal', ...options }, books);
    super(core);
    const { paper: model, ...live } = paper;
    this.#gate = new MarketGate(core, live);
    const { depth, queue, orderLatencyMs } = paperModel(model ?? { depth: 'touch' });
    this.#latencyMs = orderLatencyMs;
    if (depth === 'touch') return;
    this.#queue = queue;
    this.#depth = new PaperDepth(queue, {
      filled: (order, units, price, isMaker, reached) => {
        this.#filled(order, units, price, isMaker, reached);
      },
      ended: ({ owner }, how, reason, rule) => {
        core.desk.end(owner, how, reason, rule);
      },
      crossed: ({ owner }, market) => {
        core.desk.refuse(owner, postRefusal(owner, market), 'rejected');
      },
    });
    core.desk.ender = this;
  }

  /** In one line for the summary: where fills come from. */
  get fillSummary(): string {
    return this.#depth?.isFollowed === true ? `fills in the book, ${this.#queue} queue` : 'fills at the touch';
  }

  /** What ends here ends in the book too. */
  endAtVenue(working: WorkingOrder, _status: EndStatus, _reason: string | undefined): boolean {
    this.#depth?.remove(working);
    return false;
  }

  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    this.core.open(timelines, schemes, instruments);
    this.#gate.open();
  }

  heldOf(dataId: number): number {
    return this.positionOf(dataId).size;
  }

  submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.core.ledger?.prepare(working);
    this.core.desk.submit(working, isTransmitted, false);
    this.core.refusesRuined(working);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    if (!this.core.amend(working, change)) return false;
    if (this.#depth?.has(working) === true) {
      this.#request(working, 'amend', undefined);
      return true;
    }
    this.#due.delete(working);
    // It arrives at the market again: its new price may be met by the touch.
    working.matchedTime = NaN;
    return true;
  }

  override cancel(working: WorkingOrder, reason?: string): boolean {
    if (this.#latencyMs === 0 || !working.isWorking) return super.cancel(working, reason);
    this.#request(working, 'cancel', reason);
    return true;
  }

  prepare(_working: WorkingOrder): void {
    // A paper order needs no preparation.
  }

  admit(working: WorkingOrder): void {
    this.core.desk.accept(working);
  }

  pause(reason: string | undefined): void {
    this.#gate.paused = reason;
  }

  pausedFor(working: WorkingOrder): string | undefined {
    return this.#gate.pausedFor(working);
  }

  onState(dataId: number, state: StreamState): void {
    this.#gate.setState(dataId, state);
  }

  onQuote(dataId: number, quote: Quote): void {
    this.#passTime(quote.time);
    this.#gate.setQuote(dataId, quote);
  }

  onBook(dataIds: readonly number[], update: BookUpdate | undefined): void {
    if (this.#depth === undefined) return;
    this.#passTime(update?.time);
    this.#gate.moveClock(update?.time);
    const { desk } = this.core;
    desk.isMatching = true;
    const isNew = this.#depth.update(dataIds, update);
    desk.isMatching = false;
    if (isNew) this.#moveIn(dataIds);
    desk.sweep();
    if (update !== undefined) this.#matched();
  }

  halt(dataId: number, reason: string | undefined): void {
    this.#gate.halt(dataId, reason);
  }

  onFunding(dataId: number, { nextTime, rate }: Funding): void {
    if (nextTime !== undefined && rate !== undefined) this.core.ledger?.stateFunding(dataId, nextTime, rate);
  }

  connect(_context: LiveContext): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  take(_input: BrokerInput): void {
    // A paper session sends no requests, so that no answers come.
  }

  onTrade(dataId: number, trade: TradeTick): void {
    if (trade.backfill) return;
    this.#passTime(trade.time);
    this.#gate.moveClock(trade.time);
    const { desk } = this.core;
    if (desk.pending.count === 0) return;
    const { items, count } = desk.pending;
    this.#printed = trade.size;
    desk.isMatching = true;
    const position = this.core.portfolio.positionOf(dataId);
    // Orders that close come before orders that open. After a fill that turned the position, that is decided again.
    for (let k = 0; k < count; k++) if (this.#closes(items[k]!)) this.#meetPrint(items[k]!, dataId, trade);
    for (let k = 0; k < count; k++) {
      const before = Math.sign(position.size);
      this.#meetPrint(items[k]!, dataId, trade);
      if (Math.sign(position.size) === before || position.size === 0) continue;
      for (let n = 0; n < count; n++) if (this.#closes(items[n]!)) this.#meetPrint(items[n]!, dataId, trade);
    }
    this.#depth?.trade(dataId, trade);
    desk.isMatching = false;
    desk.sweep();
    this.#matched();
  }

  /** Matches an order with a print, which executes no more of resting orders than it has units. */
  #meetPrint(working: WorkingOrder, dataId: number, trade: TradeTick): void {
    if (working.dataId !== dataId || !working.isWorking) return;
    if ((trade.time ?? this.#gate.now) >= working.validUntil) {
      this.core.desk.end(working, 'expired', 'its validity ended');
      return;
    }
    if (!working.isActive || !hasArrived(working) || this.#depth?.has(working) === true) return;
    if (this.#depth?.isKnown(dataId) === true && isTrailing(working)) {
      if (isStopReached(working, trade.price)) this.#release(working);
      else this.rules.trailing.followTrade(working, trade.price);
      return;
    }
    const match = matchTrade(working, trade.price, this.#gate.touch(working));
    if (match === undefined) {
      this.rules.trailing.followTrade(working, trade.price);
      return;
    }
    if (this.#waitsForProceeds(working, match.price)) return;
    const units = match.isTaker ? working.remaining : Math.min(working.remaining, this.#printed);
    const executed = units > 0 ? this.#fill(working, units, match) : 0;
    if (!match.isTaker) this.#printed -= executed;
  }

  /** The market has moved: what its fills have woken arrives. */
  #matched(): void {
    if (this.#gate.exitStart === 'atOnce') this.core.desk.wake();
    this.#arrive();
  }

  onClock(now: number): void {
    this.#passTime(now);
    this.#gate.moveClock(now);
    const { items, count } = this.core.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.isWorking && now >= working.validUntil + expiryGraceMs) {
        this.core.desk.end(working, 'expired', 'its validity ended');
      }
    }
    this.core.desk.sweep();
  }

  act(): void {
    if (!this.core.desk.isBusy) return;
    this.#passTime(this.#gate.now);
    this.#gate.admitSubmitted(this);
    this.#arrive();
  }

  /** A bar has closed: trailing stops follow its close, sessions end, and exits that wait for the next bar wake. */
  step(): void {
    const { desk, portfolio, ledger } = this.core;
    if (desk.pending.count > 0) this.#endOfBar();
    // What wakes now arrives after the step: the market of the next bar executes it.
    desk.wake();
    portfolio.payInterest();
    if (ledger !== undefined) {
      ledger.beginBars();
      ledger.endBars();
      ledger.noteDue(this.#clock());
    }
    portfolio.mark();
  }

  /** The latest close of a bar. */
  #clock(): number {
    let clock = -Infinity;
    for (const timeline of this.core.timelines) {
      if (timeline.isNew) clock = Math.max(clock, timeline.closeAt(timeline.index));
    }
    return clock;
  }

  #endOfBar(): void {
    const { desk } = this.core;
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const timeline = this.core.timelines[working.dataId]!;
      if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isWorking) continue;
      const { index } = timeline;
      const time = timeline.closeAt(index);
      const close = timeline.close.at(index);
      if (time > working.validUntil) desk.end(working, 'expired', 'its validity ended');
      else if (!working.isActive) continue;
      else if (working.order.type === 'close') {
        const bar = { time, open: close, high: close, low: close, close, volume: timeline.volume.at(index) };
        const price = match(working, bar, noSlippage) ? working.matched : NaN;
        if (Number.isNaN(price)) continue;
        const { level, reached } = working;
        this.#gate.moveClock(time);
        this.#fill(working, working.remaining, { price, rule: 'sessionClose', level, reached, isTaker: true });
      } else if (working.entryTime <= timeline.time.at(index))
        this.rules.trailing.followBar(working, timeline.high.at(index), timeline.low.at(index), close);
    }
    desk.sweep();
  }

  /** Matches the orders that have just begun to work with the touch, in the order they were placed. */
  #arrive(): void {
    const { desk } = this.core;
    // What frees cash comes before what needs it.
    this.#meetTouch(true);
    this.#meetTouch(false);
    desk.sweep();
  }

  #meetTouch(closesOnly: boolean): void {
    const { desk } = this.core;
    for (let k = 0; k < desk.pending.count; k++) {
      const working = desk.pending.items[k]!;
      if (!working.isWorking || !working.isActive || hasArrived(working)) continue;
      if (closesOnly && !this.#closes(working)) continue;
      if (this.#latencyMs > 0 && this.#isUnderWay(working)) continue;
      working.matchedTime = this.#gate.now;
      if (this.#depth?.isKnown(working.dataId) === true) {
        this.#meetBook(working, this.#depth);
        if (this.#gate.exitStart === 'atOnce') desk.wake();
        continue;
      }
      const touch = this.#gate.touch(working);
      let match = matchOnArrival(working, touch);
      if (working.hasFlags) match = this.#flagged(working, match, touch);
      if (match === undefined) continue;
      if (this.#waitsForProceeds(working, match.price)) {
        working.matchedTime = NaN;
        continue;
      }
      this.#fill(working, working.remaining, match);
      // The exits of an entry that was filled at once arrive in the same pass: they come after it in the list.
      if (this.#gate.exitStart === 'atOnce') desk.wake();
    }
  }

  /** An order meets the book of its data. */
  #meetBook(working: WorkingOrder, depth: PaperDepth): void {
    const { desk } = this.core;
    // A close order waits for the end of the session, a trailing stop follows the trades.
    if (working.type === 'close' || isTrailing(working)) return;
    const touch = depth.touch(working);
    if (touch !== undefined && working.hasFlags) {
      const { sign, price, quoteSize, postOnly } = working;
      if (!Number.isNaN(quoteSize) && !sizeByQuote(working, touch, desk)) return;
      const crosses = sign > 0 ? touch <= price : touch >= price;
      if (postOnly !== undefined && crosses && !postBehind(working, touch, desk)) return;
    }
    if (touch !== undefined && this.#waitsForProceeds(working, touch)) {
      working.matchedTime = NaN;
      return;
    }
    desk.isMatching = true;
    depth.arrive(working);
    desk.isMatching = false;
  }

  /** A trailing stop was reached: it goes to the book as what follows its trigger. */
  #release(working: WorkingOrder): void {
    working.trail = undefined;
    working.isTriggered = true;
    working.matchedTime = NaN;
    this.#due.delete(working);
  }

  /** Orders that waited at the touch while there was no book go into it. */
  #moveIn(dataIds: readonly number[]): void {
    const { items, count } = this.core.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (dataIds.includes(working.dataId) && this.#depth?.has(working) === false) working.matchedTime = NaN;
    }
  }

  #filled(queued: QueuedOrder<WorkingOrder>, units: number, price: number, isMaker: boolean, reached: number): void {
    const working = queued.owner;
    if (working.isWorking) {
      const level = isMaker || !Number.isNaN(queued.price) ? queued.price : reached;
      const rule = isMaker ? 'queued' : 'book';
      this.#fill(working, Math.min(units, working.remaining), { price, rule, level, reached, isTaker: !isMaker });
    }
    keepLeft(queued);
  }

  #request(working: WorkingOrder, kind: Request['kind'], reason: string | undefined): void {
    this.#requests.push({ due: this.#gate.now + this.#latencyMs, working, kind, reason });
  }

  /** Whether an order is still on its way to the exchange. */
  #isUnderWay(working: WorkingOrder): boolean {
    const { now } = this.#gate;
    let due = this.#due.get(working);
    if (due === undefined) this.#due.set(working, (due = now + this.#latencyMs));
    return due > now;
  }

  /** Everything that was on its way and arrives up to a moment, in the order of its arrival, before the market of that moment. */
  #passTime(until: number | undefined): void {
    if (until === undefined || (this.#requests.length === 0 && this.#due.size === 0)) return;
    for (;;) {
      let next = this.#requests[0]?.due ?? Infinity;
      for (const [working, due] of this.#due) {
        if (!working.isWorking) this.#due.delete(working);
        else if (due > this.#gate.now && due < next) next = due;
      }
      if (!(next <= until)) return;
      this.#gate.moveClock(next);
      const arrived = this.#requests.filter(({ due }) => due <= next);
      this.#requests = this.#requests.filter(({ due }) => due > next);
      for (const { working, kind, reason } of arrived) {
        if (!working.isWorking) continue;
        if (kind === 'cancel') this.core.desk.end(working, 'canceled', reason);
        else this.#depth?.amend(working);
      }
      this.core.desk.sweep();
      this.#arrive();
    }
  }

  #closes({ dataId, sign }: WorkingOrder): boolean {
    return this.positionOf(dataId).size * sign < 0;
  }

  /** Whether a purchase at the market needs the proceeds of a sale that still waits for a trade of its data. */
  #waitsForProceeds(working: WorkingOrder, price: number): boolean {
    const { desk, portfolio } = this.core;
    if (working.type !== 'market' || desk.pending.count < 2 || this.#closes(working)) return false;
    if (portfolio.costOf(working.dataId, working.sign * working.remaining, price) <= portfolio.freeCash()) return false;
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const other = items[k]!;
      if (other === working || !other.isWorking || !other.isActive || other.type !== 'market') continue;
      if (this.#closes(other)) return true;
    }
    return false;
  }

  /** What an order with flags gets when it arrives: ends it where its flags say so. */
  #flagged(working: WorkingOrder, match: PaperMatch | undefined, touch: number | undefined): PaperMatch | undefined {
    const { desk } = this.core;
    const { postOnly, timeInForce, quoteSize } = working;
    if (match !== undefined && !Number.isNaN(quoteSize) && !sizeByQuote(working, match.price, desk)) return undefined;
    if (postOnly !== undefined && match !== undefined) {
      postBehind(working, touch!, desk);
      return undefined;
    }
    if (timeInForce === 'gtc' || match !== undefined || touch === undefined) return match;
    const name = timeInForce === 'fok' ? 'fill or kill' : 'immediate or cancel';
    desk.end(working, 'canceled', `${name}: the touch ${touch} was beyond its price ${working.price}`, timeInForce);
    return undefined;
  }

  #fill(working: WorkingOrder, units: number, { price, rule, level, reached }: PaperMatch): number {
    working.matched = price;
    working.rule = rule;
    working.level = level;
    working.reached = reached;
    return this.core.booking.execute(working, units, { time: this.#gate.now });
  }
}

/** Whether an order has been matched with the touch; what has not is not matched with trades yet. */
function hasArrived({ matchedTime }: WorkingOrder): boolean {
  return !Number.isNaN(matchedTime);
}
