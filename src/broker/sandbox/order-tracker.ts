/** The order tracker: reconciles what a session knows about its orders with what the exchange reports, whatever is lost on the way. */
import {
  Decimal,
  type AmendOutcome,
  type FillEvent,
  type SendOutcome,
  type VenueOrder,
  type VenueOrderStatus,
} from '../../core/index.ts';
import type { NewsList } from '../live/live-broker.ts';
import { FillRequests } from './fill-requests.ts';
import type { GatewayRequests } from './gateway-requests.ts';
import type { EndStatus } from '../orders/desk.ts';
import type { Ticket } from './order-ticket.ts';

/** What the tracker's owner does with what it learns about orders. */
export interface TicketOwner {
  book(ticket: Ticket, fill: FillEvent): void;
  /**
   * A ticket for a fill of an order of this session that has been forgotten: `unknown` where the fill does not tell which position it changes, undefined
   * for an order of others.
   */
  forgotten(fill: FillEvent): Ticket | 'unknown' | undefined;
  /** The exchange has the order; called once. */
  acknowledge(ticket: Ticket): void;
  /** The order has ended: all its fills are booked, or there are none. */
  conclude(ticket: Ticket, status: EndStatus | 'completed', reason: string | undefined): void;
  /** The exchange changed the order that a replacement was requested for, in place: there is no second order. */
  changedInPlace(replacement: Ticket): void;
  /** The exchange ended an order for a replacement that it then refused. */
  lostToChange(replacement: Ticket): void;
  /** The exchange has no lists of two orders. */
  cannotPair(): void;
  /** The exchange cannot amend orders. */
  cannotAmend(): void;
}

/** How long the tracker waits. */
export interface TrackerTimes {
  /** How long an unanswered order may still reach the exchange. */
  readonly lateArrivalMs: number;
  /** How often an order without news is looked up. */
  readonly pollMs: number;
}

/** A report of an order's state: from the answer to a request, from a look-up, or from the user stream. */
export type OrderReport = Pick<VenueOrder, 'id' | 'status' | 'filled'> & {
  readonly reason?: string | undefined;
  readonly size?: number;
};

/** How often orders are looked up while the user stream is down. */
const blindPollMs = 2_000;
/** How long to wait for a reported fill to arrive on the stream before requesting it. */
const fillWaitMs = 500;
/** How long an order that has ended is known. */
const keepEndedMs = 3_600_000;
/** How far the clocks of an exchange and of a session may be apart. */
const skewMs = 60_000;

/**
 * Keeps a ticket for each order that was sent or may have been.
 *
 * - A missing answer means nothing: the order is looked up by its client id until the exchange reports it, or reports that it has none at a
 *   moment by which the order can no longer be on its way.
 * - An order has ended when the exchange reports the end and every unit that it reports as executed has been booked from a fill.
 * - A fill is booked once, by the exchange's id, from whichever source brings it first.
 * - An order that has ended is forgotten an hour later, so that a session holds no more after a month than after a day. What it executes after that is
 *   booked all the same, as an order of an earlier run; its older fills, which an exchange lists again, have been booked. While the exchange is
 *   not heard nothing is forgotten, so that what was executed meanwhile is booked however long it took.
 */
export class OrderTracker {
  readonly tickets = new Map<string, Ticket>();
  /** Tickets that have not ended. */
  readonly open = new Set<Ticket>();
  /** What the result warns of: what forgotten orders executed. */
  readonly warnings: string[] = [];
  #isStreamLive = false;
  /** Since when executions may have been missed; undefined while all are heard. */
  #deafSince: number | undefined;
  /** The symbols of its orders, those that have been forgotten too. */
  readonly #traded = new Set<string>();
  /** Undefined before the gateway is open, and when a journal is replayed. */
  requests: GatewayRequests | undefined;
  private readonly owner: TicketOwner;
  private readonly news: NewsList;
  private readonly times: TrackerTimes;
  private readonly fillRequests = new FillRequests();
  private readonly byVenueId = new Map<string, Ticket>();
  private readonly seenFills = new Set<string>();
  /** Tickets that have ended, in that order. */
  private readonly ended: Ticket[] = [];
  /** Fills of orders that are not known here yet, by the venue's id of the order. */
  private readonly strays = new Map<string, FillEvent[]>();
  private now = -Infinity;

  constructor(owner: TicketOwner, news: NewsList, times: TrackerTimes) {
    this.owner = owner;
    this.news = news;
    this.times = times;
  }

  /** Whether the exchange tells what happens to orders. While it does not, nothing is forgotten. */
  get isStreamLive(): boolean {
    return this.#isStreamLive;
  }

  set isStreamLive(isLive: boolean) {
    this.#isStreamLive = isLive;
    if (!isLive) this.#deafSince ??= this.now;
  }

  /** What orders that ended before this moment executed has been heard, and they are forgotten. */
  get #forgetUntil(): number {
    return Math.min(this.now, this.#deafSince ?? Infinity) - keepEndedMs;
  }

  /** Whether fills of some symbol have still to be fetched. */
  get lacksFills(): boolean {
    return this.fillRequests.isOpen;
  }

  /** Whether nothing is in doubt: every open order is known, and all that was executed is booked. */
  get isSettled(): boolean {
    if (this.lacksFills) return false;
    for (const ticket of this.open) if (ticket.phase !== 'known' || ticket.lacksFills) return false;
    return true;
  }

  /** Whether an order or a cancel was sent and has no answer yet. */
  get isAwaitingAnswer(): boolean {
    for (const { phase, isCanceling } of this.open) if (phase === 'sending' || isCanceling) return true;
    return false;
  }

  /** Whether nothing more is on its way: no answer, no end of an order that is being canceled, no fill of a market order. */
  get isQuiet(): boolean {
    if (!this.isSettled) return false;
    for (const { isCanceling, wantedEnd, endsAtOnce } of this.open) {
      if (isCanceling || wantedEnd !== undefined || endsAtOnce) return false;
    }
    return true;
  }

  add(ticket: Ticket): void {
    this.tickets.set(ticket.clientId, ticket);
    this.#traded.add(ticket.symbol);
    if (!ticket.isClosed) this.open.add(ticket);
    if (ticket.venueId !== undefined) this.byVenueId.set(ticket.venueId, ticket);
  }

  moveClock(now: number): void {
    this.now = Math.max(this.now, now);
  }

  /** Sends the cancels, look-ups and requests for fills that are due. */
  act(): void {
    const { now } = this;
    for (const ticket of this.open) {
      const { wantedEnd, phase, end } = ticket;
      const mayCancel = phase === 'known' && end === undefined && !ticket.isCanceling && ticket.cancelDue <= now;
      if (wantedEnd !== undefined && mayCancel) {
        ticket.isCanceling = true;
        this.requests?.cancel(ticket.symbol, ticket.clientId);
      }
      if (ticket.isAsking || ticket.due > now) continue;
      ticket.isAsking = true;
      this.requests?.find(ticket.symbol, ticket.clientId, now);
    }
    this.fillRequests.act(now, this.requests);
  }

  /** Cancels an order as soon as the exchange is known to have it. */
  cancel(ticket: Ticket, status: EndStatus, reason: string | undefined): void {
    ticket.wantedEnd ??= { status, reason };
  }

  sent(clientId: string, outcome: SendOutcome): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    if (outcome.kind === 'accepted') this.observe(ticket, outcome.order);
    else if (ticket.phase !== 'sending') return;
    else if (outcome.kind === 'refused') {
      ticket.isRefused = true;
      if (outcome.code === 'not-supported') this.owner.cannotPair();
      this.close(ticket, 'void', outcome.code === 'insufficient-funds' ? 'margin' : 'rejected', outcome.reason);
    } else this.startLookUp(ticket, outcome.reason);
  }

  /** Takes the answer to a request to replace an order. */
  amended(clientId: string, outcome: AmendOutcome): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    const old = ticket.replacing?.old;
    if (old !== undefined) old.due = Math.min(old.due, this.now);
    switch (outcome.kind) {
      case 'accepted':
        if (outcome.order.clientId !== old?.clientId) this.observe(ticket, outcome.order);
        else if (old !== undefined) {
          this.owner.changedInPlace(ticket);
          this.drop(ticket);
          this.observe(old, outcome.order);
        }
        return;
      case 'unknown':
        if (ticket.phase !== 'sending') return;
        this.startLookUp(ticket, outcome.reason);
        return;
      case 'canceled':
        if (ticket.phase === 'sending') this.owner.lostToChange(ticket);
        break;
      case 'refused':
        if (outcome.code === 'not-supported') this.owner.cannotAmend();
        break;
      case 'gone':
    }
    if (ticket.phase !== 'sending') return;
    const reason = outcome.kind === 'gone' ? 'the order had ended before' : outcome.reason;
    this.close(ticket, 'void', 'rejected', reason);
  }

  /** Forgets a replacement that never became an order of its own. */
  private drop(ticket: Ticket): void {
    this.close(ticket, 'void', 'rejected', undefined);
  }

  private startLookUp(ticket: Ticket, reason: string): void {
    ticket.phase = 'unknown';
    ticket.unknownSince = this.now;
    ticket.doubt(this.now);
    this.news.report('lookUp', `no answer to order ${ticket.clientId}, looking it up: ${reason}`);
  }

  canceled(clientId: string): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    ticket.isCanceling = false;
    if (ticket.isClosed) return;
    // Whatever the answer, the order's own state decides; a cancel that is still needed is sent again later.
    ticket.backOffCancel(this.now);
    ticket.due = Math.min(ticket.due, this.now);
  }

  found(clientId: string, order: VenueOrder | undefined, askedTime: number): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    ticket.isAsking = false;
    if (order !== undefined) {
      this.observe(ticket, order);
      return;
    }
    if (ticket.isClosed) return;
    const isFinal = ticket.phase === 'unknown' && askedTime - ticket.unknownSince >= this.times.lateArrivalMs;
    if (isFinal) this.close(ticket, 'void', 'rejected', 'the exchange never received it');
    else ticket.backOff(this.now);
  }

  failed(asked: string): void {
    const [what, name = ''] = split(asked);
    if (what === 'fills') this.fillRequests.failed(name, this.now);
    const ticket = what === 'find' ? this.tickets.get(name) : undefined;
    if (ticket === undefined) return;
    ticket.isAsking = false;
    ticket.backOff(this.now);
  }

  /** Takes a report about one of our orders. */
  observe(ticket: Ticket, { id, status, filled, reason, size = 0 }: OrderReport): void {
    if (ticket.phase === 'ended') return;
    if (ticket.phase === 'void') this.revive(ticket);
    const isNew = ticket.phase !== 'known';
    ticket.phase = 'known';
    if (ticket.venueId === undefined) {
      ticket.venueId = id;
      this.byVenueId.set(id, ticket);
    }
    if (isNew && status !== 'rejected') this.owner.acknowledge(ticket);
    ticket.filled = Decimal.max(ticket.filled, filled);
    if (size > 0 && !ticket.size.eq(size)) this.resized(ticket, size);
    if (ticket.end === undefined && isEnd(status)) ticket.end = { status, reason };
    const { pollMs } = this.times;
    if (ticket.wantedEnd !== undefined && ticket.end === undefined) ticket.backOff(this.now);
    else ticket.due = this.now + (this.isStreamLive ? pollMs : Math.min(pollMs, blindPollMs));
    this.claim(ticket);
    this.settle(ticket);
  }

  /** The exchange reports another size than the order was sent with: it was changed in place. */
  private resized(ticket: Ticket, size: number): void {
    const replacement = ticket.next;
    if (replacement === undefined) {
      // An earlier run changed it.
      if (ticket.request === undefined) ticket.size = new Decimal(size);
      return;
    }
    // The answer to the change was lost, and the order shows it.
    if (replacement.phase !== 'unknown' || !new Decimal(size).eq(replacement.total)) return;
    this.owner.changedInPlace(replacement);
    this.drop(replacement);
  }

  /** Takes a report of the user stream about an order that may be ours. */
  reported(clientId: string | undefined, report: OrderReport): void {
    const ticket = (clientId === undefined ? undefined : this.tickets.get(clientId)) ?? this.byVenueId.get(report.id);
    if (ticket !== undefined) this.observe(ticket, report);
  }

  /** Takes one fill, from the stream or fetched. A fill of an order that is not known yet is kept until it is. */
  fill(event: FillEvent): void {
    const { clientId, orderId } = event;
    const ticket =
      (clientId === undefined ? undefined : this.tickets.get(clientId)) ??
      this.byVenueId.get(orderId) ??
      this.recall(event);
    if (ticket === undefined) {
      if (![...this.open].some(({ venueId }) => venueId === undefined)) return;
      const kept = this.strays.get(orderId);
      if (kept === undefined) this.strays.set(orderId, [event]);
      else kept.push(event);
      return;
    }
    const key = `${event.symbol} ${event.id}`;
    if (this.seenFills.has(key) || (event.time ?? Infinity) <= ticket.bookedUntil) return;
    this.seenFills.add(key);
    ticket.fills.push(key);
    if (ticket.phase === 'void') this.revive(ticket);
    if (ticket.phase === 'sending' || ticket.phase === 'unknown') {
      this.observe(ticket, { id: orderId, status: 'open', filled: 0 });
    }
    ticket.booked = ticket.booked.add(event.size);
    ticket.filled = Decimal.max(ticket.filled, ticket.booked);
    this.owner.book(ticket, event);
    this.settle(ticket);
  }

  /** The ticket of an order that was forgotten and has been executed since: what is as recent as that cannot have been booked. */
  private recall(event: FillEvent): Ticket | undefined {
    const { orderId, clientId, time, size, symbol } = event;
    const bookedUntil = this.#forgetUntil + skewMs;
    if (time === undefined || time <= bookedUntil) return undefined;
    const ticket = this.owner.forgotten(event);
    if (ticket === undefined) return undefined;
    const isBooked = ticket !== 'unknown';
    const what = isBooked
      ? 'it is booked, and belongs to no trade'
      : 'it is booked when the session is started again, which knows its side';
    const text = `order ${clientId!} had ended over an hour before, and the exchange executed ${size} ${symbol} of it: ${what}`;
    if (!this.warnings.includes(text)) {
      this.news.report('lookUp', text);
      this.warnings.push(text);
    }
    if (!isBooked) return undefined;
    ticket.phase = 'ended';
    ticket.venueId = orderId;
    ticket.bookedUntil = bookedUntil;
    ticket.closedTime = this.now;
    this.add(ticket);
    this.ended.push(ticket);
    return ticket;
  }

  /** Takes the answer to a request for fills. */
  fetched(symbol: string, fills: readonly FillEvent[]): void {
    this.fillRequests.answered(symbol);
    for (const event of fills) this.fill(event);
    if (this.isStreamLive && !this.fillRequests.isOpen) this.#deafSince = undefined;
    for (const ticket of this.open)
      if (ticket.symbol === symbol && ticket.lacksFills) this.needFills(ticket, fillWaitMs);
  }

  /** Requests the fills of a symbol since a moment, whether or not an order is known to lack them. */
  fetchFills(symbol: string, since: number): void {
    this.fillRequests.need(symbol, since, this.now);
  }

  /** Events may have been lost: looks up every open order and fetches the fills since `since`, of orders that have ended too. */
  reconcile(since: number): void {
    const symbols = new Map([...this.#traded].map((symbol) => [symbol, since]));
    for (const ticket of this.open) {
      if (ticket.phase === 'known') ticket.doubt(this.now);
      symbols.set(ticket.symbol, Math.min(since, ticket.time, symbols.get(ticket.symbol) ?? Infinity));
    }
    for (const [symbol, from] of symbols) this.fetchFills(symbol, from);
    if (symbols.size === 0) this.#deafSince = undefined;
  }

  private settle(ticket: Ticket): void {
    if (ticket.isClosed) return;
    if (ticket.lacksFills) {
      this.needFills(ticket);
      return;
    }
    const { end, booked, size, wantedEnd } = ticket;
    if (booked.gte(size)) this.close(ticket, 'ended', 'completed', undefined);
    else if (end !== undefined) {
      const own = statusOf(end.status);
      const isOurs = own === 'canceled' && wantedEnd !== undefined;
      const said = end.reason ?? (own === 'canceled' ? 'the exchange canceled it' : undefined);
      this.close(ticket, 'ended', isOurs ? wantedEnd.status : own, isOurs ? wantedEnd.reason : said);
    }
  }

  /** Leaves the stream a moment to bring the fills, and the exchange a moment to list them. */
  private needFills(ticket: Ticket, wait = this.isStreamLive ? fillWaitMs : 0): void {
    this.fillRequests.need(ticket.symbol, ticket.time, this.now + wait);
  }

  /** Books the fills that arrived before their order was known. */
  private claim(ticket: Ticket): void {
    const { venueId } = ticket;
    const kept = venueId === undefined ? undefined : this.strays.get(venueId);
    if (kept !== undefined) {
      this.strays.delete(venueId!);
      for (const event of kept) this.fill(event);
    }
    if (![...this.open].some((one) => one.venueId === undefined)) this.strays.clear();
  }

  private close(
    ticket: Ticket,
    phase: 'ended' | 'void',
    status: EndStatus | 'completed',
    reason: string | undefined,
  ): void {
    ticket.phase = phase;
    ticket.due = Infinity;
    this.open.delete(ticket);
    this.owner.conclude(ticket, status, reason);
    ticket.working = undefined;
    ticket.closedTime = this.now;
    this.ended.push(ticket);
    this.forget();
  }

  /** Forgets orders that ended long ago. */
  private forget(): void {
    const { ended, tickets, byVenueId } = this;
    const until = this.#forgetUntil;
    let count = 0;
    for (; count < ended.length && ended[count]!.closedTime <= until; count++) {
      const { clientId, venueId, fills } = ended[count]!;
      tickets.delete(clientId);
      if (venueId !== undefined && byVenueId.get(venueId) === ended[count]) byVenueId.delete(venueId);
      for (const fill of fills) this.seenFills.delete(fill);
    }
    if (count > 0) ended.splice(0, count);
  }

  /** An order believed void exists after all. Its strategy has been notified otherwise, so that it is canceled. */
  private revive(ticket: Ticket): void {
    ticket.phase = 'unknown';
    const at = this.ended.indexOf(ticket);
    if (at >= 0) this.ended.splice(at, 1);
    ticket.working = undefined;
    ticket.wantedEnd = { status: 'canceled', reason: undefined };
    this.open.add(ticket);
    const text = `order ${ticket.clientId} exists at the exchange, which had reported that it did not: canceling it`;
    this.news.report('lookUp', text);
  }
}

function isEnd(status: VenueOrderStatus): boolean {
  return status === 'filled' || status === 'canceled' || status === 'rejected' || status === 'expired';
}

function statusOf(status: VenueOrderStatus): EndStatus {
  return status === 'expired' || status === 'rejected' ? status : 'canceled';
}

function split(asked: string): readonly [string, string?] {
  const at = asked.indexOf(':');
  return at < 0 ? [asked] : [asked.slice(0, at), asked.slice(at + 1)];
}
