/** The sandbox broker: orders go to an exchange's test network, and its reports decide what happened. */
import { ConfigError, OrderError, type Quote, type StreamState, type TradeTick } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { CommissionScheme, type CommissionOptions } from '../accounting/commission.ts';
import type { Position } from '../accounting/position.ts';
import { BrokerCore } from '../broker-core.ts';
import type { BrokerOptions } from '../broker.ts';
import { CoreBroker } from '../core-broker.ts';
import { NewsList, type BrokerInput, type LiveBroker, type LiveContext } from '../live/live-broker.ts';
import { MarketGate, refuseForesight, type LiveAdmission } from '../live/market-gate.ts';
import { AmbiguityCount } from '../matching/intrabar.ts';
import type { CheckedAmendment } from '../orders/amendment.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { isStopReached } from '../paper/touch-match.ts';
import { AccountSync, type ExpectedHoldings } from './account-sync.ts';
import { VenueBooking } from './fill-booking.ts';
import type { OrderRoute } from './gateway-requests.ts';
import { checkSandboxOptions, type SandboxOptions } from './options.ts';
import { cutToLot, emulatedTypes, venueTypes } from './order-request.ts';
import { OrderTracker } from './order-tracker.ts';
import { VenueOrders } from './venue-orders.ts';
import { VisiblePositions } from './visible-positions.ts';

/**
 * Trades through an order gateway. Spot only.
 *
 * - An order is written into the intents journal before it is sent, and never sent twice. `submitted` means sent; `accepted` means that the
 *   exchange has it; it ends when the exchange reports so.
 * - The session trades `cash` of its own and what it has bought with it. It leaves alone whatever else the account holds, and orders that
 *   are not its own.
 * - Groups and brackets are kept here: exits are sent when the entry is executed, a partly executed exit shrinks the others at the
 *   exchange, and the rest of a group is canceled when one of it is executed; in between two of them can be.
 * - An amendment is requested of the exchange, or made by a cancel and a new order; the order shows it once it has been made.
 * - An order that needs what another open order of the session binds is queued until that has ended.
 * - Trailing stops are kept here: they follow the trades, and a market or limit order is sent when one is triggered.
 * - Validity is kept here too: the order is canceled at its end.
 * - A remainder of a position that cannot be sold counts as no position; `heldOf` includes it.
 */
export class SandboxBroker extends CoreBroker implements LiveBroker, LiveAdmission {
  readonly mode = 'sandbox';
  readonly fillSummary = 'fills of the exchange';
  readonly ambiguity = new AmbiguityCount();
  readonly news = new NewsList();
  readonly hasWork = true;
  readonly #gate: MarketGate;
  readonly #route: OrderRoute | undefined;
  readonly #visible: VisiblePositions;
  readonly #booking: VenueBooking;
  readonly #orders: VenueOrders;
  readonly #tracker: OrderTracker;
  readonly #account: AccountSync;
  #hasBeenReady = false;
  /** Schemes that sizers reckon with; the fees themselves come with the fills. */
  readonly #schemes: CommissionScheme[] = [];

  /**
   * @param route - Undefined when a journal is replayed, in which every answer comes by `take`.
   */
  constructor(options: BrokerOptions, route: OrderRoute | undefined, live: SandboxOptions = {}) {
    checkSandboxOptions(options, live);
    refuseForesight(options);
    const core = new BrokerCore({ ledger: 'decimal', ...options });
    super(core);
    const { news } = this;
    this.#route = route;
    this.#gate = new MarketGate(core, live);
    this.#visible = new VisiblePositions(core.plain, news);
    this.#booking = new VenueBooking(core.plain, core.booking, this.#visible);
    this.#orders = new VenueOrders(core, this.#visible, this.#booking, news);
    const { lateArrivalMs = 15_000, pollMs = 60_000, earlierOrders = 'cancel', accountPatienceMs = 60_000 } = live;
    this.#tracker = new OrderTracker(this.#orders, news, { lateArrivalMs, pollMs });
    this.#account = new AccountSync(this.#tracker, news, earlierOrders === 'cancel', accountPatienceMs);
    this.#orders.tracker = this.#tracker;
    this.#orders.account = this.#account;
    this.#orders.touch = (working) => this.#gate.touch(working);
    this.#orders.schemeOf = (dataId) => this.schemeOf(dataId);
    core.desk.ender = this.#orders;
  }

  get isReady(): boolean {
    return this.#account.isReady;
  }

  get isSettled(): boolean {
    return this.#tracker.isQuiet && !this.#orders.queued.isOpen && !this.#orders.changes.isOpen;
  }

  get isAwaitingAnswer(): boolean {
    return this.#tracker.isAwaitingAnswer;
  }

  /** Fees paid in neither base nor quote, by currency, in plain digits. No figure of the result includes them. */
  get otherFees(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#booking.otherFees].map(([currency, fee]) => [currency, fee.toFixed()]));
  }

  /** Fees come with the fills. */
  override get costs(): string {
    return 'fees of the exchange';
  }

  override get grossValue(): number {
    return this.#visible.hasRemainder ? this.#visible.grossValue : this.core.grossValue;
  }

  /** @throws {ConfigError} If a data is not spot without leverage. */
  open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    for (const { id, info } of timelines) {
      const own = schemes.get(info.name);
      const scheme = own === undefined ? this.core.scheme : new CommissionScheme(own);
      if (!scheme.isSpot || scheme.leverage !== 1 || scheme.multiplier !== 1 || info.symbol.includes(':')) {
        throw new ConfigError(`sandbox mode trades spot without leverage, '${info.name}' is not that`, {
          context: { data: info.name },
        });
      }
      this.#schemes[id] = scheme;
    }
    this.core.openWithoutFees(timelines);
    this.#gate.open();
    this.#visible.open(timelines);
    this.#account.open(timelines);
  }

  /** Units held of a data, a remainder included. */
  heldOf(dataId: number): number {
    return this.core.portfolio.positionOf(dataId).size;
  }

  /** The position in a data; flat when only a remainder is held. */
  override positionOf(dataId: number): Position {
    return this.#visible.of(dataId);
  }

  override holdsOnly(dataId: number): boolean {
    return this.core.portfolio.holdsOnly(dataId) && !this.#visible.hasRemainder;
  }

  override schemeOf(dataId: number): CommissionScheme {
    return this.#schemes[dataId]!;
  }

  async connect(context: LiveContext): Promise<void> {
    if (this.#route !== undefined) await this.#account.connect(this.#route, context);
  }

  async disconnect(): Promise<void> {
    await this.#account.requests?.close();
  }

  /** @throws {OrderError} If exchanges do not support the type of the order. */
  submit(working: WorkingOrder, isTransmitted: boolean): void {
    const { type } = working.order;
    if (!venueTypes.includes(type) && !emulatedTypes.includes(type)) {
      const known = [...venueTypes, ...emulatedTypes].join(', ');
      throw new OrderError(`exchanges do not support ${type} orders: sandbox mode takes ${known}`, {
        context: { type },
      });
    }
    this.core.desk.submit(working, isTransmitted, false);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    if (!this.#orders.isAtVenue(working)) return this.core.amend(working, change);
    return this.#orders.changes.want(working, change, this.#orders.priceOf(working));
  }

  take(input: BrokerInput): void {
    if (input.kind === 'intents') this.#gate.moveClock(input.time);
    this.#account.take(input);
  }

  pause(reason: string | undefined): void {
    this.#gate.paused = reason;
  }

  onState(dataId: number, state: StreamState): void {
    this.#gate.setState(dataId, state);
  }

  onQuote(dataId: number, quote: Quote): void {
    this.#gate.setQuote(dataId, quote);
  }

  onTrade(dataId: number, trade: TradeTick): void {
    if (!trade.backfill) {
      this.#trail(dataId, trade.price);
      this.#orders.parked.reach(dataId, trade.price);
    }
    this.#gate.moveClock(trade.time);
  }

  onClock(now: number): void {
    const { desk } = this.core;
    this.#gate.moveClock(now);
    this.#account.moveClock(now);
    for (const working of this.#orders.working) if (now >= working.validUntil) this.#expire(working);
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.isWorking && now >= working.validUntil) this.#expire(working);
    }
    desk.sweep();
  }

  act(): void {
    this.#hasBeenReady ||= this.isReady;
    // Until the account is known, orders of `start()` wait: they may rest on a position that is still to be recovered.
    if (this.#hasBeenReady) {
      this.#gate.halted = this.#account.silence;
      this.#gate.admitSubmitted(this);
      if (this.#gate.exitStart === 'atOnce') this.core.desk.wake();
      this.#sendWoken();
      this.#orders.act(this.#gate.now);
    }
    this.#account.act(() => this.#expected());
  }

  /** A bar has closed: exits that wait for the next bar wake, trailing stops follow it, and the account is valued. */
  step(): void {
    this.#followBars();
    this.core.desk.wake();
    this.core.portfolio.mark();
  }

  #followBars(): void {
    const { timelines, desk } = this.core;
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const timeline = timelines[working.dataId]!;
      if (!timeline.isNew || timeline.moves < working.firstIndex || !working.isActive || !isTrailing(working)) continue;
      const { high, low, close, index } = timeline;
      this.rules.trailing.followBar(working, high.at(index), low.at(index), close.at(index));
    }
  }

  prepare(working: WorkingOrder): void {
    const { instrument } = this.core.timelines[working.dataId]!.info;
    cutToLot(working, this.positionOf(working.dataId).size, instrument?.lot);
  }

  /** Sends an order that passed every check; an exit waits for its entry. */
  admit(working: WorkingOrder): void {
    if (working.isActive && !isTrailing(working)) this.#orders.send(working, this.#gate.now);
    else this.core.desk.accept(working);
  }

  /** Lets trailing stops follow a trade, which triggers those that it reaches. */
  #trail(dataId: number, price: number): void {
    const { items, count } = this.core.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.dataId !== dataId || !working.isActive || !working.isWorking || !isTrailing(working)) continue;
      if (isStopReached(working, price)) {
        working.trail = undefined;
        working.isTriggered = true;
      } else this.rules.trailing.followTrade(working, price);
    }
  }

  /** Sends the exits whose entry has been executed. */
  #sendWoken(): void {
    const { desk } = this.core;
    const { items, count } = desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (!working.isActive || !working.isWorking || this.#orders.has(working) || isTrailing(working)) continue;
      if (this.#orders.queued.has(working) || this.#orders.parked.has(working)) continue;
      this.#orders.send(working, this.#gate.now);
    }
    desk.sweep();
  }

  #expire(working: WorkingOrder): void {
    this.core.desk.end(working, 'expired', 'its validity ended');
  }

  #expected(): ExpectedHoldings {
    const holdings = this.core.timelines.map(({ id, info }) => ({ symbol: info.symbol, size: this.heldOf(id) }));
    return { cash: this.cash, holdings };
  }
}

/** Whether an order is a trailing stop that has not been triggered. */
function isTrailing({ type, isTriggered }: WorkingOrder): boolean {
  return emulatedTypes.includes(type) && !isTriggered;
}
