/** Account synchronisation: what is requested at the start and after interruptions, and which part each answer goes to. */
import type { AmendOutcome, ContractSettings, SendOutcome, VenueOrder, VenuePayment } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { BrokerInput, LiveContext, NewsList } from '../live/live-broker.ts';
import { AccountCheck } from './account-check.ts';
import { foreignText, recallTickets } from './earlier-orders.ts';
import { GatewayRequests, type OrderRoute } from './gateway-requests.ts';
import { isContractSymbol } from './order-request.ts';
import type { OrderTracker } from './order-tracker.ts';
import { PaymentRequests } from './payment-requests.ts';
import type { VenueBooks } from './books/venue-books.ts';

/** How soon an unanswered request about the account is sent again. */
const repeatMs = 1_000;
/** A clock that moves on by more at once shows that the process stood still, as one that was suspended: the streams may not have waited. */
const stillMs = 120_000;
/** How many reasons of one absence of the stream are reported. */
const mostReasons = 5;

/** What a session expects its account to hold at least. */
export interface ExpectedHoldings {
  /** By currency. */
  readonly amounts: ReadonlyMap<string, number>;
  /** What the session trades with, by currency. */
  readonly cash: ReadonlyMap<string, number>;
}

/** Keeps one account in step with the exchange. Without requests, as when a journal is replayed, it only takes what comes. */
export class AccountSync {
  /** Undefined when a journal is replayed. */
  requests: GatewayRequests | undefined;
  /** The prefix of client ids. */
  tag = '';
  /** Whether the exchange takes lists of two orders. */
  hasLists = false;
  /** Whether the session was begun by a version that sends both exits of a position by themselves: it is replayed so. */
  sendsBothExits = false;
  /** The number of the next order; undefined until it is known. */
  nextNumber: number | undefined;
  private readonly tracker: OrderTracker;
  private readonly news: NewsList;
  private readonly account: AccountCheck;
  private readonly cancelsEarlier: boolean;
  private readonly patienceMs: number;
  private timelines: readonly Timeline[] = [];
  private now = -Infinity;
  private downSince: number | undefined;
  /** Why the stream has been away since then. */
  private readonly awayReasons: string[] = [];
  private hasOpenOrders = false;
  /** Since when requests about the account fail, by what they ask for. */
  private readonly failures = new Map<string, number>();
  /** What the exchange said when it refused the key; undefined while it takes it. */
  private refusedKey: string | undefined;
  /** When unanswered requests are sent again. */
  private readonly repeats = new Map<'openOrders' | 'balances', number>();
  private readonly payments: PaymentRequests;
  private readonly books: VenueBooks;

  /** @param patienceMs - How long the account may leave a request unanswered before new orders are refused. */
  constructor(tracker: OrderTracker, news: NewsList, cancelsEarlier: boolean, patienceMs: number, books: VenueBooks) {
    this.books = books;
    this.payments = new PaymentRequests((symbol, payment) => {
      this.pay(symbol, payment);
    });
    this.tracker = tracker;
    this.news = news;
    this.cancelsEarlier = cancelsEarlier;
    this.patienceMs = patienceMs;
    this.account = new AccountCheck(news);
  }

  /** Whether everything is known that has to be before the first step. */
  get isReady(): boolean {
    if (this.nextNumber === undefined || !this.hasOpenOrders || !this.account.isKnown) return false;
    if (this.tracker.lacksFills || this.payments.isRecovering) return false;
    for (const { working, phase } of this.tracker.open) {
      if (working === undefined && (phase !== 'known' || this.cancelsEarlier)) return false;
    }
    return true;
  }

  /** Why new orders are refused: the exchange refuses the key, or has not answered for too long. Undefined while it answers. */
  get silence(): string | undefined {
    if (this.refusedKey !== undefined) return `the exchange refused the session's key: ${this.refusedKey}`;
    for (const [asked, since] of this.failures) {
      if (this.now - since < this.patienceMs) continue;
      return `the exchange has not answered the request for ${askedText(asked)} for ${Math.round((this.now - since) / 1000)} s`;
    }
    return undefined;
  }

  /** Whether what was asked of payments is answered. */
  get isQuiet(): boolean {
    return !this.payments.isOpen;
  }

  open(timelines: readonly Timeline[]): void {
    this.timelines = timelines;
  }

  async connect(
    route: OrderRoute,
    context: LiveContext,
    settings: readonly ContractSettings[] = [],
    isHedged = false,
  ): Promise<void> {
    this.requests = this.tracker.requests = new GatewayRequests(route, context);
    await this.requests.open(this.symbols(), settings, isHedged);
  }

  /** Books a payment or a liquidation of a contract. */
  private pay(symbol: string, payment: VenuePayment): void {
    const own = this.timelines.filter(({ info }) => info.symbol === symbol);
    if (own.length > 0) this.books.pay(own.map(({ id }) => id), payment); // prettier-ignore
  }

  /** Moves the clock. After a standstill what happened since the last moment before it is fetched, although the stream seems live. */
  moveClock(now: number): void {
    const before = this.now;
    const stood = this.tracker.isStreamLive && before > -Infinity && now - before > stillMs;
    if (stood) {
      this.downSince ??= before;
      this.tracker.isStreamLive = false;
    }
    this.now = Math.max(before, now);
    this.tracker.moveClock(now);
    if (stood) this.resume(`the process stood still for ${Math.round((now - before) / 60_000)} minutes`);
  }

  /** Sends what is due, and compares new balances once nothing is in doubt. */
  act(expected: () => ExpectedHoldings): void {
    for (const [asked, due] of this.repeats) {
      if (due > this.now) continue;
      this.repeats.delete(asked);
      if (asked === 'balances') this.requests?.balances();
      else this.requests?.openOrders(this.symbols());
    }
    this.tracker.act();
    this.payments.act(this.now, this.requests);
    if (!this.account.isFresh || !this.isReady || !this.tracker.isSettled) return;
    const { amounts, cash } = expected();
    this.account.compare(amounts, cash);
  }

  take(input: BrokerInput): void {
    const { tracker } = this;
    switch (input.kind) {
      case 'intents':
        return this.recall(input);
      case 'sent':
        this.noteOutcome(input.outcome);
        return tracker.sent(input.clientId, input.outcome);
      case 'amended':
        this.noteOutcome(input.outcome);
        return tracker.amended(input.clientId, input.outcome);
      case 'canceled':
        return tracker.canceled(input.clientId);
      case 'found':
        this.failures.delete(`find:${input.clientId}`);
        return tracker.found(input.clientId, input.order, input.askedTime);
      case 'fills':
        this.failures.delete(`fills:${input.symbol}`);
        return tracker.fetched(input.symbol, input.fills);
      case 'payments':
        this.failures.delete(`payments:${input.symbol}`);
        return this.payments.answered(input.symbol, input.payments, input.nextFunding, this.now);
      case 'openOrders':
        this.failures.delete('openOrders');
        this.failures.delete('account');
        return this.sortOpenOrders(input.orders);
      case 'balances':
        this.failures.delete('balances');
        this.refusedKey = undefined;
        return this.account.noteAll(input.balances);
      case 'failed':
        tracker.failed(input.asked);
        this.payments.failed(input.asked, this.now);
        this.noteFailure(input.asked, input.reason);
        if (input.code === 'auth') this.doubtKey(input.reason, input.asked === 'balances');
        if (input.asked === 'openOrders' || input.asked === 'balances') {
          this.repeats.set(input.asked, this.now + repeatMs);
        }
        return;
      case 'account':
        return this.takeEvent(input.event);
    }
  }

  private noteOutcome(outcome: SendOutcome | AmendOutcome): void {
    if (outcome.kind === 'refused' && outcome.code === 'auth') this.doubtKey(outcome.reason, false);
  }

  /** The exchange refused the key: no order is sent until it answers a question about the account, which is asked at once and repeated. */
  private doubtKey(reason: string, isRepeated: boolean): void {
    this.refusedKey = reason;
    if (!isRepeated && !this.repeats.has('balances')) this.repeats.set('balances', this.now);
  }

  /** Reports the first of a row of failures with its cause. */
  private noteFailure(asked: string, reason: string): void {
    if (this.failures.has(asked)) return;
    this.failures.set(asked, this.now);
    const then = this.isReady || this.hasOpenOrders ? 'new orders are refused' : 'the session ends';
    const limit = `${then} if there is no answer within ${Math.round(this.patienceMs / 1000)} s`;
    this.news.report('account', `the request for ${askedText(asked)} failed and is repeated, ${limit}: ${reason}`);
  }

  /** Takes over the orders that earlier runs of the session left. */
  private recall({ time, tag, next, earlier, share, lists }: Extract<BrokerInput, { kind: 'intents' }>): void {
    this.moveClock(time);
    this.tag = tag;
    this.hasLists = lists === true;
    this.sendsBothExits = lists === undefined;
    this.nextNumber = next;
    this.account.share = share;
    const { tickets, since, news } = recallTickets(earlier, this.timelines, time, this.cancelsEarlier, (dataId) =>
      this.books.sideOf(dataId),
    );
    for (const text of news) this.news.report('earlierOrder', text);
    for (const ticket of tickets) this.tracker.add(ticket);
    for (const [symbol, from] of since) this.tracker.fetchFills(symbol, from);
    for (const symbol of this.symbols()) {
      if (isContractSymbol(symbol)) this.payments.begin(symbol, since.get(symbol), time);
    }
  }

  private sortOpenOrders(orders: readonly VenueOrder[]): void {
    this.hasOpenOrders = true;
    for (const order of orders) {
      const ticket = order.clientId === undefined ? undefined : this.tracker.tickets.get(order.clientId);
      if (ticket !== undefined) this.tracker.observe(ticket, order);
      else this.news.report('foreignOrder', foreignText(order));
    }
  }

  private takeEvent(event: Extract<BrokerInput, { kind: 'account' }>['event']): void {
    const { tracker, news } = this;
    switch (event.type) {
      case 'order':
        if (isForced(event)) this.payments.hurry(event.symbol, this.now);
        return tracker.reported(event.clientId, event);
      case 'fill':
        return tracker.fill(event);
      case 'balance':
        return this.account.note(event);
      case 'position':
        return;
      case 'status':
        if (event.state === 'live') {
          this.failures.delete('account');
          return this.resume();
        }
        if (tracker.isStreamLive || this.isNewReason(event.reason)) {
          news.report('stream', `the user stream is ${event.state}: ${event.reason}`);
        }
        if (this.awayReasons.length < mostReasons && !this.awayReasons.includes(event.reason)) {
          this.awayReasons.push(event.reason);
        }
        if (event.code === 'auth') this.doubtKey(event.reason, false);
        tracker.isStreamLive = false;
        this.downSince ??= this.now;
    }
  }

  /** Whether a stream that is away already has another reason now, such as a key that is refused: a few of them are reported. */
  private isNewReason(reason: string): boolean {
    const { awayReasons } = this;
    return this.downSince !== undefined && awayReasons.length < mostReasons && !awayReasons.includes(reason);
  }

  /** What the result warns of: late executions, and a stream of the account that is away. */
  get warnings(): readonly string[] {
    const reason = this.awayReasons.at(-1);
    const late = this.tracker.warnings;
    if (this.downSince === undefined || reason === undefined) return late;
    return [...late, `the stream of the account was away at the end: ${reason}`];
  }

  /** The user stream is live, or live again: fetches what it missed. */
  private resume(what = 'the user stream is back'): void {
    this.tracker.isStreamLive = true;
    if (this.downSince === undefined) return;
    this.tracker.reconcile(this.downSince);
    this.requests?.balances();
    for (const symbol of this.symbols()) if (isContractSymbol(symbol)) this.payments.hurry(symbol, this.now);
    this.awayReasons.length = 0;
    this.news.report('stream', `${what}, orders and fills are being reconciled`);
    this.downSince = undefined;
  }

  private symbols(): string[] {
    return [...new Set(this.timelines.map(({ info }) => info.symbol))];
  }
}

/** Whether an order may be one by which an exchange liquidates, or reduces a position for others: it has a client id of the exchange's, or none. */
function isForced({ clientId, symbol }: { readonly clientId: string | undefined; readonly symbol: string }): boolean {
  return clientId === undefined ? isContractSymbol(symbol) : /^(?:autoclose-|adl_autoclose)/.test(clientId);
}

/** What a request asks for, in words. */
function askedText(asked: string): string {
  const [what = '', name = ''] = asked.split(/:(.*)/s);
  const words: Readonly<Record<string, string>> = {
    account: 'the account',
    openOrders: 'open orders',
    balances: 'balances',
    fills: `fills of ${name}`,
    payments: `funding and liquidations of ${name}`,
    find: `order ${name}`,
  };
  return words[what] ?? asked;
}
