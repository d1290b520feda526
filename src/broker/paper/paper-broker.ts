/** The paper broker: live trades and quotes execute orders that no exchange ever sees. */
import { checkNames, type TradeTick } from '../../core/index.ts';
import type { BrokerOptions } from '../broker.ts';
import { FillBooking } from '../live/fill-booking.ts';
import type { BrokerInput, LiveBroker, LiveContext } from '../live/live-broker.ts';
import { SessionBroker, type LiveOptions } from '../live/market-gate.ts';
import { match } from '../matching/match-bar-rules.ts';
import { matchOnArrival, matchTrade, type PaperMatch } from './touch-match.ts';
import { noSlippage } from '../matching/slippage.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** How a paper session trades, beyond the options of every broker. */
export type PaperOptions = LiveOptions;

const optionNames = ['staleOrders', 'exitStart'] as const;

/** How long after its end an order's expiry is said at the latest, when no trade and no bar of its data came. */
const expiryGraceMs = 3_000;

/**
 * Fills orders from what the market does, by the rules of a backtest where a market without depth allows:
 *
 * - A market order is filled whole at the touch of the latest quote when it arrives, or at the next trade's price while no quote is
 *   known. How much rests at the touch is not looked at.
 * - A limit order that the touch meets on arrival is filled there. One that rests is filled at its limit by trades at it or through
 *   it, by at most the printed size, which the session's own orders share in the order they were made.
 * - A stop is triggered by a trade and filled at the touch, or at the trade's price where that is worse.
 * - A trailing stop follows the closes of its data's bars, as in a backtest, and is triggered by trades.
 * - An order is valid for trades before the end of its validity. A `close` order gets the close of the session's last bar.
 */
export class PaperBroker extends SessionBroker implements LiveBroker {
  readonly mode = 'paper';
  readonly isReady = true;
  private readonly booking: FillBooking;

  constructor(options: BrokerOptions = {}, paper: PaperOptions = {}) {
    checkNames('paper option', paper, optionNames);
    super(options, paper, 'fills at the touch');
    const { desk, portfolio, blotter } = this;
    this.booking = new FillBooking({ desk, portfolio, blotter });
  }

  connect(_context: LiveContext): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  take(_input: BrokerInput): void {
    // A paper session asks nobody, so that nobody answers.
  }

  onTrade(dataId: number, trade: TradeTick): void {
    if (trade.backfill) return;
    this.moveClock(trade.time);
    const { desk } = this;
    if (desk.pending.count === 0) return;
    const { items, count } = desk.pending;
    let printed = trade.size;
    desk.isMatching = true;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.dataId !== dataId || !working.isWorking) continue;
      if ((trade.time ?? this.now) >= working.validUntil) desk.end(working, 'expired', 'its validity ended');
      else if (working.isActive && hasArrived(working)) {
        const match = matchTrade(working, trade.price, this.touch(working));
        if (match === undefined) continue;
        const units = match.isTaker ? working.remaining : Math.min(working.remaining, printed);
        const executed = units > 0 ? this.fill(working, units, match) : 0;
        if (!match.isTaker) printed -= executed;
      }
    }
    desk.isMatching = false;
    desk.sweep();
    if (this.exitStart === 'atOnce') desk.wake();
    this.arrive();
  }

  onClock(now: number): void {
    this.moveClock(now);
    const { items, count } = this.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.isWorking && now >= working.validUntil + expiryGraceMs) {
        this.desk.end(working, 'expired', 'its validity ended');
      }
    }
    this.desk.sweep();
  }

  act(): void {
    if (!this.desk.isBusy) return;
    this.admitSubmitted();
    this.arrive();
  }

  /** What a closed bar does: trailing stops follow its close, sessions end, exits of brackets wake where they wait for it. */
  override step(): void {
    const { desk, portfolio } = this;
    if (desk.pending.count > 0) this.endOfBar();
    // What wakes now arrives after the step: it is the next bar's market that executes it.
    desk.wake();
    portfolio.payInterest();
    portfolio.mark();
  }

  private endOfBar(): void {
    const { desk } = this;
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const timeline = this.timelines[working.dataId]!;
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
        this.moveClock(time);
        this.fill(working, working.remaining, { price, rule: 'sessionClose', level, reached, isTaker: true });
      } else working.follow(close);
    }
    desk.sweep();
  }

  /** Brings the orders that have just begun to work to the market, in the order they were made. */
  private arrive(): void {
    const { desk } = this;
    for (let k = 0; k < desk.pending.count; k++) {
      const working = desk.pending.items[k]!;
      if (!working.isWorking || !working.isActive || hasArrived(working)) continue;
      working.matchedTime = this.now;
      const match = matchOnArrival(working, this.touch(working));
      if (match === undefined) continue;
      this.fill(working, working.remaining, match);
      // The exits of an entry that was filled at once arrive in the same pass: they are behind it in the list.
      if (this.exitStart === 'atOnce') desk.wake();
    }
    desk.sweep();
  }

  private fill(working: WorkingOrder, units: number, { price, rule, level, reached }: PaperMatch): number {
    return this.booking.book(working, { units, price, time: this.now, rule, level, reached });
  }
}

/** Whether an order has been matched with the touch; what has not is not matched with trades yet. */
function hasArrived({ matchedTime }: WorkingOrder): boolean {
  return !Number.isNaN(matchedTime);
}
