/** The sandbox broker: orders go to an exchange's test network, and its reports decide what happened. */
import {
  ConfigError,
  currenciesOf,
  OrderError,
  type ContractSettings,
  type Quote,
  type StreamState,
  type TradeTick,
} from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { CommissionScheme, type CommissionOptions } from '../accounting/commission.ts';
import type { InstrumentOptions } from '../accounting/ledger/options.ts';
import type { Position } from '../accounting/position.ts';
import { BrokerCore } from '../broker-core.ts';
import type { BrokerOptions } from '../broker.ts';
import { CoreBroker } from '../core-broker.ts';
import type { AccountAudit } from '../engine-broker.ts';
import { NewsList, type BrokerInput, type LiveBroker, type LiveContext } from '../live/live-broker.ts';
import { MarketGate, refuseForesight, type LiveAdmission } from '../live/market-gate.ts';
import { AmbiguityCount } from '../matching/intrabar.ts';
import type { CheckedAmendment } from '../orders/amendment.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { isStopReached } from '../paper/touch-match.ts';
import type { OrderRoute } from './gateway-requests.ts';
import type { ExpectedHoldings } from './account-sync.ts';
import { checkSandboxOptions, type SandboxOptions } from './options.ts';
import { cutToLot, emulatedTypes, venueTypes } from './order-request.ts';
import { LedgerBooks } from './books/ledger-books.ts';
import { CashBooks, type VenueBooks } from './books/venue-books.ts';
import type { VenueOrders } from './venue-orders.ts';
import { VenuePart } from './venue-part.ts';

/**
 * Trades through order gateways: spot with one cash, or the accounts of the run, each at its venue.
 *
 * - An order is written into the intents journal before it is sent, and never sent twice. `submitted` means sent; `accepted` means that the
 *   exchange has it; it ends when the exchange reports so.
 * - The session trades `cash` of its own and what it has bought with it. It leaves alone whatever else the account holds, and orders that
 *   are not its own.
 * - The stop and the target of a position are one list at the exchange where it has lists. Elsewhere, and after a part of one was
 *   executed, one of them waits here: the exchange never has two exits that could both be executed.
 * - An amendment is requested of the exchange, or made by a cancel and a new order; the order shows it once it has been made.
 * - An order that needs what another open order of the session binds is queued until that has ended.
 * - Trailing stops are kept here: they follow the trades, and a market or limit order is sent when one is triggered.
 * - Validity is kept here too: the order is canceled at its end.
 * - A remainder of a position that cannot be sold counts as no position; `heldOf` includes it.
 * - Contracts need an account with options. Leverage, margin mode and position mode are set at the exchange before the first order; funding and
 *   liquidations are booked as the exchange reports them.
 * - Each venue has a gateway, an intents journal, a tracker and a readiness of its own: a silent account stops only its own datas.
 */
export class SandboxBroker extends CoreBroker implements LiveBroker, LiveAdmission {
  readonly mode = 'sandbox';
  readonly fillSummary = 'fills of the exchange';
  readonly ambiguity = new AmbiguityCount();
  readonly news = new NewsList();
  readonly #gate: MarketGate;
  readonly #routes: readonly OrderRoute[];
  readonly #live: SandboxOptions;
  readonly #books: VenueBooks;
  #parts: readonly VenuePart[] = [];
  /** By data. */
  #partOf: readonly VenuePart[] = [];
  #hasBeenReady = false;
  /** Schemes that sizers reckon with; the fees themselves come with the fills. */
  readonly #schemes: CommissionScheme[] = [];

  /**
   * @param route - One for each exchange of the datas; undefined when a journal is replayed, in which every answer comes by `take`.
   */
  constructor(
    options: BrokerOptions,
    route: OrderRoute | readonly OrderRoute[] | undefined,
    live: SandboxOptions = {},
  ) {
    checkSandboxOptions(options, live);
    refuseForesight(options);
    const core = new BrokerCore({ ledger: 'decimal', ...options });
    super(core);
    this.#routes = route === undefined ? [] : 'gateway' in route ? [route] : route;
    this.#live = live;
    this.#gate = new MarketGate(core, live);
    this.#books =
      core.ledger === undefined
        ? new CashBooks(core.plain, core.booking, this.news)
        : new LedgerBooks(core.ledger, core.booking, core.blotter, this.news);
    core.desk.ender = {
      endAtVenue: (working, status, reason) => this.#ordersOf(working).endAtVenue(working, status, reason),
    };
  }

  override get warnings(): readonly string[] {
    return [...super.warnings, ...this.#parts.flatMap(({ account }) => account.warnings)];
  }

  get isReady(): boolean {
    return this.#parts.every(({ account }) => account.isReady);
  }

  get isSettled(): boolean {
    return this.#parts.every(
      ({ tracker, account, orders }) =>
        tracker.isQuiet && account.isQuiet && !orders.queued.isOpen && !orders.changes.isOpen,
    );
  }

  get isAwaitingAnswer(): boolean {
    return this.#parts.some(({ tracker }) => tracker.isAwaitingAnswer);
  }

  #ordersOf({ dataId }: Pick<WorkingOrder, 'dataId'>): VenueOrders {
    return this.#partOf[dataId]!.orders;
  }

  /** Fees paid in neither base nor quote, by currency, in plain digits. No figure of the result includes them. */
  get otherFees(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#books.otherFees].map(([currency, fee]) => [currency, fee.toFixed()]));
  }

  /** What a strict run checks: orders of earlier runs of the session move positions too. */
  override get audit(): AccountAudit {
    return { ...super.audit, outside: (dataId) => this.#books.outside(dataId) };
  }

  /** Fees come with the fills. */
  override get costs(): string {
    return 'fees of the exchange';
  }

  override get grossValue(): number {
    return this.#books.hasRemainder ? this.#books.grossValue : this.core.grossValue;
  }

  /** @throws {ConfigError} If a data is a contract and the run has no account for it, or if datas of several exchanges share one. */
  open(
    timelines: readonly Timeline[],
    schemes: ReadonlyMap<string, CommissionOptions>,
    instruments?: ReadonlyMap<string, InstrumentOptions>,
  ): void {
    const { core } = this;
    if (core.ledger !== undefined) core.open(timelines, schemes, instruments);
    else {
      for (const { id, info } of timelines) {
        const own = schemes.get(info.name);
        const scheme = own === undefined ? core.scheme : new CommissionScheme(own);
        if (!scheme.isSpot || scheme.leverage !== 1 || scheme.multiplier !== 1 || info.symbol.includes(':')) {
          throw new ConfigError(
            `sandbox mode trades spot without leverage, '${info.name}' is not that: contracts need an account with options, such as account: { cash: { USDT: 10_000 }, leverage: 5 }`,
            { context: { data: info.name } },
          );
        }
        this.#schemes[id] = scheme;
      }
      core.openWithoutFees(timelines);
    }
    this.#gate.open();
    this.#books.open(timelines);
    this.#openParts(timelines);
  }

  #openParts(timelines: readonly Timeline[]): void {
    const { core, news } = this;
    const exchanges = [...new Set(timelines.map(({ info }) => info.exchange))];
    const owners = new Map<string, string | undefined>();
    for (const { id, info } of timelines) {
      const account = core.ledger?.accountNameOf(id) ?? 'account';
      if (owners.has(account) && owners.get(account) !== info.exchange) {
        const names = exchanges.map((name) => `${name ?? 'other'}: {}`).join(', ');
        throw new ConfigError(
          `the datas are of ${exchanges.join(' and ')}, which need an account each: accounts: { ${names} }`,
          { context: { field: 'accounts' } },
        );
      }
      owners.set(account, info.exchange);
    }
    const parts = exchanges.map(
      (exchange) =>
        new VenuePart(
          exchange,
          timelines.filter(({ info }) => info.exchange === exchange),
          core,
          this.#books,
          news,
          this.#live,
        ),
    );
    for (const { orders } of parts) {
      orders.touch = (working) => this.#gate.touch(working);
      orders.schemeOf = (dataId) => this.schemeOf(dataId);
    }
    this.#parts = parts;
    this.#partOf = timelines.map(({ info }) => parts.find(({ exchange }) => exchange === info.exchange)!);
    this.#gate.halted = (dataId) => this.#partOf[dataId]!.account.silence;
  }

  /** Units held of a data, a remainder included. */
  heldOf(dataId: number): number {
    return this.core.portfolio.positionOf(dataId).size;
  }

  /** The position in a data; flat when only a remainder is held. */
  override positionOf(dataId: number): Position {
    return this.#books.of(dataId);
  }

  override holdsOnly(dataId: number): boolean {
    return this.core.portfolio.holdsOnly(dataId) && !this.#books.hasRemainder;
  }

  override schemeOf(dataId: number): CommissionScheme {
    return this.#schemes[dataId] ?? super.schemeOf(dataId);
  }

  async connect(context: LiveContext): Promise<void> {
    const { ledger } = this.core;
    const isNamed = this.#parts.length > 1;
    await Promise.all(
      this.#parts.map(async (part) => {
        const route = this.#routeOf(part);
        if (route === undefined) return;
        const settings = part.timelines.flatMap(({ id }) => ledger?.settingsOf(id) ?? []);
        const isHedged = part.timelines.some(({ id }) => ledger?.isHedged(id) === true);
        await part.connect(route, context, isNamed, uniqueBySymbol(settings), isHedged);
      }),
    );
  }

  /** @throws {ConfigError} If one of several venues has no gateway. */
  #routeOf({ exchange }: VenuePart): OrderRoute | undefined {
    if (this.#routes.length === 0) return undefined;
    if (this.#parts.length === 1) return this.#routes[0];
    const found = this.#routes.find(({ gateway }) => gateway.exchange === exchange);
    if (found !== undefined) return found;
    throw new ConfigError(`there is no gateway to ${exchange ?? 'an exchange'}: give one for each exchange`);
  }

  async disconnect(): Promise<void> {
    for (const { account } of this.#parts) await account.requests?.close();
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
    this.core.ledger?.prepare(working);
    this.core.desk.submit(working, isTransmitted, false);
  }

  amend(working: WorkingOrder, change: CheckedAmendment): boolean {
    const orders = this.#ordersOf(working);
    if (!orders.isAtVenue(working)) return this.core.amend(working, change);
    return orders.changes.want(working, change, orders.priceOf(working));
  }

  take(input: BrokerInput): void {
    if (input.kind === 'intents') this.#gate.moveClock(input.time);
    const { venue } = input;
    const part = venue === undefined ? this.#parts[0] : this.#parts.find(({ exchange }) => exchange === venue);
    part?.account.take(input);
  }

  pause(reason: string | undefined): void {
    this.#gate.paused = reason;
  }

  pausedFor(working: WorkingOrder): string | undefined {
    return this.#gate.pausedFor(working);
  }

  onBook(): void {
    // The exchange has the book.
  }

  halt(dataId: number, reason: string | undefined): void {
    this.#gate.halt(dataId, reason);
  }

  onFunding(): void {
    // The exchange reports what it pays.
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
      this.#partOf[dataId]!.orders.parked.reach(dataId, trade.price);
    }
    this.#gate.moveClock(trade.time);
  }

  onClock(now: number): void {
    const { desk } = this.core;
    this.#gate.moveClock(now);
    for (const { account, orders } of this.#parts) {
      account.moveClock(now);
      for (const working of orders.working) if (now >= working.validUntil) this.#expire(working);
    }
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
      this.#gate.admitSubmitted(this);
      if (this.#gate.exitStart === 'atOnce') this.core.desk.wake();
      this.#sendWoken();
      for (const { orders } of this.#parts) orders.act(this.#gate.now);
    }
    for (const part of this.#parts) part.account.act(() => this.#expectedAt(part));
  }

  /** A bar has closed: exits that wait for the next bar wake, trailing stops follow it, and the account is valued. */
  step(): void {
    this.#followBars();
    this.core.desk.wake();
    this.core.ledger?.beginBars();
    this.core.ledger?.endBars();
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
      if (working.entryTime > timeline.time.at(index)) continue;
      this.rules.trailing.followBar(working, high.at(index), low.at(index), close.at(index));
    }
  }

  prepare(working: WorkingOrder): void {
    const { instrument } = this.core.timelines[working.dataId]!.info;
    cutToLot(working, this.positionOf(working.dataId).size, instrument?.lot);
  }

  /** Sends an order that passed every check; an exit waits for its entry. */
  admit(working: WorkingOrder): void {
    const orders = this.#ordersOf(working);
    if (working.isActive && orders.lists.waitsForMate(working)) orders.queued.push(working);
    else if (working.isActive && !isTrailing(working)) orders.send(working, this.#gate.now);
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
      const orders = this.#ordersOf(working);
      if (!working.isActive || !working.isWorking || orders.has(working) || isTrailing(working)) continue;
      if (orders.queued.has(working) || orders.parked.has(working)) continue;
      orders.send(working, this.#gate.now);
    }
    desk.sweep();
  }

  #expire(working: WorkingOrder): void {
    this.core.desk.end(working, 'expired', 'its validity ended');
  }

  /** What the account at a venue should hold at least. */
  #expectedAt({ timelines }: VenuePart): ExpectedHoldings {
    const { ledger } = this.core;
    if (ledger !== undefined) {
      const amounts = ledger.expectedOf(timelines[0]!.id);
      return { amounts, cash: amounts };
    }
    const cash = new Map(timelines.map(({ info }) => [currenciesOf(info.symbol)[1], this.cash]));
    const amounts = new Map(cash);
    for (const { id, info } of timelines) {
      const [base] = currenciesOf(info.symbol);
      amounts.set(base, (amounts.get(base) ?? 0) + this.heldOf(id));
    }
    return { amounts, cash };
  }
}

/** Settings once for each symbol: a hedged contract has two datas. */
function uniqueBySymbol(settings: readonly ContractSettings[]): readonly ContractSettings[] {
  return settings.filter((one, k) => settings.findIndex(({ symbol }) => symbol === one.symbol) === k);
}

/** Whether an order is a trailing stop that has not been triggered. */
function isTrailing({ type, isTriggered }: WorkingOrder): boolean {
  return emulatedTypes.includes(type) && !isTriggered;
}
