/** The tracker: brings what a session knows of its orders into line with what the exchange says, whatever is lost on the way. */
import { Decimal, type FillEvent, type SendOutcome, type VenueOrder, type VenueOrderStatus } from '../../core/index.ts';
import type { BrokerNews } from '../live/live-broker.ts';
import { FillQuestions } from './fill-requests.ts';
import type { EndStatus, Ticket } from './order-ticket.ts';

/** What the tracker asks for and tells. */
export interface TrackerParts {
  /** Looks an order up; the answer comes by `found` or `failed`. */
  readonly find: (ticket: Ticket, askedTime: number) => void;
  readonly cancel: (ticket: Ticket) => void;
  readonly fills: (symbol: string, since: number) => void;
  readonly book: (ticket: Ticket, fill: FillEvent) => void;
  /** The exchange has the order; said once. */
  readonly acknowledge: (ticket: Ticket) => void;
  /** The order is over: all its fills are booked, or there are none. */
  readonly conclude: (ticket: Ticket, status: EndStatus | 'completed', reason: string | undefined) => void;
  readonly say: (kind: BrokerNews['kind'], text: string) => void;
}

/** How patient the tracker is. */
export interface TrackerTimes {
  /** How long after it left an order that was not answered may still reach the exchange. */
  readonly lateArrivalMs: number;
  /** How often an order is looked up about which there is no news. */
  readonly pollMs: number;
}

/** How an order's state is told: by the answer to a request, a look-up, or the user stream. */
export type OrderWord = Pick<VenueOrder, 'id' | 'status' | 'filled'> & { readonly reason?: string | undefined };

/** While the user stream is down, orders are looked up so often. */
const blindPollMs = 2_000;
/** How long fills may lag behind the word of them before they are asked for. */
const fillWaitMs = 500;

/**
 * Keeps a ticket for each order that was sent or may have been.
 *
 * - No answer to an order is no answer: it is looked up by its client id until the exchange says that it has it, or says that it has none
 *   at a moment by which the order can no longer be under way.
 * - An order is over when the exchange says so and every unit that it calls executed has been booked from a fill.
 * - Fills are booked once each, by the exchange's id, from whichever way they come first.
 */
export class Tracker {
  readonly tickets = new Map<string, Ticket>();
  /** Tickets that are not over. */
  readonly open = new Set<Ticket>();
  isStreamLive = false;
  private readonly parts: TrackerParts;
  private readonly times: TrackerTimes;
  private readonly questions: FillQuestions;
  private readonly byVenueId = new Map<string, Ticket>();
  private readonly seenFills = new Set<string>();
  /** Fills of orders that nobody here knows yet, by the venue's id of the order. */
  private readonly strays = new Map<string, FillEvent[]>();
  private now = -Infinity;

  constructor(parts: TrackerParts, times: TrackerTimes) {
    this.parts = parts;
    this.times = times;
    this.questions = new FillQuestions(parts.fills);
  }

  /** Whether some symbol's fills are still to be fetched. */
  get lacksFills(): boolean {
    return this.questions.isOpen;
  }

  /** Whether nothing is in doubt: every open order is known, and all that was executed is booked. */
  get isSettled(): boolean {
    if (this.lacksFills) return false;
    for (const ticket of this.open) if (ticket.phase !== 'known' || ticket.lacksFills) return false;
    return true;
  }

  add(ticket: Ticket): void {
    this.tickets.set(ticket.clientId, ticket);
    if (!ticket.isClosed) this.open.add(ticket);
    if (ticket.venueId !== undefined) this.byVenueId.set(ticket.venueId, ticket);
  }

  moveClock(now: number): void {
    this.now = Math.max(this.now, now);
  }

  /** Asks what is due. */
  act(): void {
    const { now } = this;
    for (const ticket of this.open) {
      const { wanted, phase, end } = ticket;
      const mayCancel = phase === 'known' && end === undefined && !ticket.isCancelling && ticket.cancelDue <= now;
      if (wanted !== undefined && mayCancel) {
        ticket.isCancelling = true;
        this.parts.cancel(ticket);
      }
      if (ticket.isAsking || ticket.due > now) continue;
      ticket.isAsking = true;
      this.parts.find(ticket, now);
    }
    this.questions.act(now);
  }

  /** An order is to be withdrawn, as soon as the exchange is known to have it. */
  withdraw(ticket: Ticket, status: EndStatus, reason: string | undefined): void {
    ticket.wanted ??= { status, reason };
  }

  sent(clientId: string, outcome: SendOutcome): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    if (outcome.kind === 'accepted') this.observe(ticket, outcome.order);
    else if (ticket.phase !== 'sending') return;
    else if (outcome.kind === 'refused') {
      this.close(ticket, 'void', outcome.code === 'insufficient-funds' ? 'margin' : 'rejected', outcome.reason);
    } else {
      ticket.phase = 'unknown';
      ticket.unknownSince = this.now;
      ticket.doubt(this.now);
      this.parts.say('lookUp', `no answer to order ${clientId}, it is looked up: ${outcome.reason}`);
    }
  }

  canceled(clientId: string): void {
    const ticket = this.tickets.get(clientId);
    if (ticket === undefined) return;
    ticket.isCancelling = false;
    if (ticket.isClosed) return;
    // Whatever was answered, the order itself says how it stands; a cancel that is still needed is sent again later.
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
    if (what === 'fills') this.questions.failed(name, this.now);
    const ticket = what === 'find' ? this.tickets.get(name) : undefined;
    if (ticket === undefined) return;
    ticket.isAsking = false;
    ticket.backOff(this.now);
  }

  /** What the exchange said of an order of ours. */
  observe(ticket: Ticket, { id, status, filled, reason }: OrderWord): void {
    if (ticket.phase === 'over') return;
    if (ticket.phase === 'void') this.revive(ticket);
    const isNew = ticket.phase !== 'known';
    ticket.phase = 'known';
    if (ticket.venueId === undefined) {
      ticket.venueId = id;
      this.byVenueId.set(id, ticket);
    }
    if (isNew && status !== 'rejected') this.parts.acknowledge(ticket);
    ticket.filled = Decimal.max(ticket.filled, filled);
    if (ticket.end === undefined && isEnd(status)) ticket.end = { status, reason };
    const { pollMs } = this.times;
    if (ticket.wanted !== undefined && ticket.end === undefined) ticket.backOff(this.now);
    else ticket.due = this.now + (this.isStreamLive ? pollMs : Math.min(pollMs, blindPollMs));
    this.claim(ticket);
    this.settle(ticket);
  }

  /** A word of the user stream on an order that may be ours. */
  heard(clientId: string | undefined, word: OrderWord): void {
    const ticket = (clientId === undefined ? undefined : this.tickets.get(clientId)) ?? this.byVenueId.get(word.id);
    if (ticket !== undefined) this.observe(ticket, word);
  }

  /** One fill, from the stream or fetched. One of an order that is not known yet is kept until it is. */
  fill(event: FillEvent): void {
    const { clientId, orderId } = event;
    const ticket = (clientId === undefined ? undefined : this.tickets.get(clientId)) ?? this.byVenueId.get(orderId);
    if (ticket === undefined) {
      if (![...this.open].some(({ venueId }) => venueId === undefined)) return;
      const kept = this.strays.get(orderId);
      if (kept === undefined) this.strays.set(orderId, [event]);
      else kept.push(event);
      return;
    }
    const key = `${event.symbol} ${event.id}`;
    if (this.seenFills.has(key)) return;
    this.seenFills.add(key);
    if (ticket.phase === 'void') this.revive(ticket);
    if (ticket.phase === 'sending' || ticket.phase === 'unknown') {
      this.observe(ticket, { id: orderId, status: 'open', filled: 0 });
    }
    ticket.booked = ticket.booked.add(event.size);
    ticket.filled = Decimal.max(ticket.filled, ticket.booked);
    this.parts.book(ticket, event);
    this.settle(ticket);
  }

  /** The answer to a question for fills. */
  fetched(symbol: string, fills: readonly FillEvent[]): void {
    this.questions.answered(symbol);
    for (const event of fills) this.fill(event);
    for (const ticket of this.open)
      if (ticket.symbol === symbol && ticket.lacksFills) this.needFills(ticket, fillWaitMs);
  }

  /** Fills of a symbol since a moment are needed, whether or not an order is known to lack them. */
  fetchFills(symbol: string, since: number): void {
    this.questions.need(symbol, since, this.now);
  }

  /** Events may have been lost: every open order is looked up, and the fills since `since` are fetched. */
  reconcile(since: number): void {
    const symbols = new Map<string, number>();
    for (const ticket of this.open) {
      if (ticket.phase === 'known') ticket.doubt(this.now);
      symbols.set(ticket.symbol, Math.min(since, ticket.time, symbols.get(ticket.symbol) ?? Infinity));
    }
    for (const [symbol, from] of symbols) this.fetchFills(symbol, from);
  }

  private settle(ticket: Ticket): void {
    if (ticket.isClosed) return;
    if (ticket.lacksFills) {
      this.needFills(ticket);
      return;
    }
    const { end, booked, size, wanted } = ticket;
    if (booked.gte(size)) this.close(ticket, 'over', 'completed', undefined);
    else if (end !== undefined) {
      const own = statusOf(end.status);
      const isOurs = own === 'canceled' && wanted !== undefined;
      const said = end.reason ?? (own === 'canceled' ? 'the exchange cancelled it' : undefined);
      this.close(ticket, 'over', isOurs ? wanted.status : own, isOurs ? wanted.reason : said);
    }
  }

  /** The stream gets a moment to bring fills by itself, and the exchange to list them. */
  private needFills(ticket: Ticket, wait = this.isStreamLive ? fillWaitMs : 0): void {
    this.questions.need(ticket.symbol, ticket.time, this.now + wait);
  }

  /** Books the fills that came before it was known whose they are. */
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
    phase: 'over' | 'void',
    status: EndStatus | 'completed',
    reason: string | undefined,
  ): void {
    ticket.phase = phase;
    ticket.due = Infinity;
    this.open.delete(ticket);
    this.parts.conclude(ticket, status, reason);
    ticket.working = undefined;
  }

  /** An order that was taken for void is there after all: its strategy has been told otherwise, so that it is withdrawn. */
  private revive(ticket: Ticket): void {
    ticket.phase = 'unknown';
    ticket.working = undefined;
    ticket.wanted = { status: 'canceled', reason: undefined };
    this.open.add(ticket);
    this.parts.say(
      'lookUp',
      `order ${ticket.clientId} reached the exchange after it had said not to have it: it is withdrawn`,
    );
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
