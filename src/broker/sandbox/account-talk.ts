/** The talk with one account: what is asked at the start and after interruptions, and whom each answer concerns. */
import type { VenueOrder } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { BrokerInput, BrokerNews, LiveContext } from '../live/live-broker.ts';
import { AccountCheck } from './account-check.ts';
import { Clerk, type ClerkParts } from './gateway-clerk.ts';
import { foreignText, recallTickets } from './earlier-orders.ts';
import type { Ticket } from './order-ticket.ts';
import { Tracker, type TrackerParts, type TrackerTimes } from './order-tracker.ts';

/** How soon a question about the account that got no answer is asked again. */
const askAgainMs = 1_000;

/** What the broker does for the talk. */
export type TalkParts = Pick<TrackerParts, 'book' | 'acknowledge' | 'conclude'> & {
  readonly say: (kind: BrokerNews['kind'], text: string) => void;
  /** What the session reckons with. */
  readonly books: () => {
    readonly cash: number;
    readonly holdings: readonly { readonly symbol: string; readonly size: number }[];
  };
};

/** Asks and listens. Without a clerk, as in a replay, it only listens. */
export class AccountTalk {
  readonly tracker: Tracker;
  /** The session's end of the wire; undefined in a replay. */
  clerk: Clerk | undefined;
  /** What client ids are made from. */
  tag = '';
  /** The number that the next order gets; undefined until it is known. */
  nextNumber: number | undefined;
  private readonly parts: TalkParts;
  private readonly account: AccountCheck;
  private readonly cancelsEarlier: boolean;
  private timelines: readonly Timeline[] = [];
  private now = -Infinity;
  private downSince: number | undefined;
  private hasOpenOrders = false;
  /** When questions that got no answer are asked again. */
  private readonly again = new Map<'openOrders' | 'balances', number>();

  constructor(parts: TalkParts, times: TrackerTimes, cancelsEarlier: boolean) {
    this.parts = parts;
    this.cancelsEarlier = cancelsEarlier;
    const { book, acknowledge, conclude, say } = parts;
    this.account = new AccountCheck((text) => {
      say('balance', text);
    });
    const find = (ticket: Ticket, askedTime: number): void =>
      this.clerk?.find(ticket.symbol, ticket.clientId, askedTime);
    const cancel = (ticket: Ticket): void => this.clerk?.cancel(ticket.symbol, ticket.clientId);
    const fills = (symbol: string, since: number): void => this.clerk?.fills(symbol, since);
    this.tracker = new Tracker({ find, cancel, fills, book, acknowledge, conclude, say }, times);
  }

  /** Whether everything is known that has to be before the first step. */
  get isReady(): boolean {
    if (this.nextNumber === undefined || !this.hasOpenOrders || !this.account.isKnown) return false;
    if (this.tracker.lacksFills) return false;
    for (const { working, phase } of this.tracker.open) {
      if (working === undefined && (phase !== 'known' || this.cancelsEarlier)) return false;
    }
    return true;
  }

  open(timelines: readonly Timeline[]): void {
    this.timelines = timelines;
  }

  async connect(parts: ClerkParts, context: LiveContext): Promise<void> {
    this.clerk = new Clerk(parts, context);
    await this.clerk.open(this.symbols());
  }

  moveClock(now: number): void {
    this.now = Math.max(this.now, now);
    this.tracker.moveClock(now);
  }

  /** Asks what is due, and compares balances that came once nothing is in doubt. */
  act(): void {
    for (const [asked, due] of this.again) {
      if (due > this.now) continue;
      this.again.delete(asked);
      if (asked === 'balances') this.clerk?.balances();
      else this.clerk?.openOrders(this.symbols());
    }
    this.tracker.act();
    if (!this.account.isFresh || !this.isReady || !this.tracker.isSettled) return;
    const { cash, holdings } = this.parts.books();
    this.account.compare(cash, holdings);
  }

  take(input: BrokerInput): void {
    const { tracker } = this;
    switch (input.kind) {
      case 'intents':
        return this.recall(input);
      case 'sent':
        return tracker.sent(input.clientId, input.outcome);
      case 'canceled':
        return tracker.canceled(input.clientId);
      case 'found':
        return tracker.found(input.clientId, input.order, input.askedTime);
      case 'fills':
        return tracker.fetched(input.symbol, input.fills);
      case 'openOrders':
        return this.sortOpenOrders(input.orders);
      case 'balances':
        return this.account.noteAll(input.balances);
      case 'failed':
        tracker.failed(input.asked);
        if (input.asked === 'openOrders' || input.asked === 'balances') {
          this.again.set(input.asked, this.now + askAgainMs);
        }
        return;
      case 'account':
        return this.hear(input.event);
    }
  }

  /** Takes up what earlier runs of the session left. */
  private recall({ time, tag, next, earlier }: Extract<BrokerInput, { kind: 'intents' }>): void {
    this.moveClock(time);
    this.tag = tag;
    this.nextNumber = next;
    const { tickets, since, news } = recallTickets(earlier, this.timelines, time, this.cancelsEarlier);
    for (const text of news) this.parts.say('earlierOrder', text);
    for (const ticket of tickets) this.tracker.add(ticket);
    for (const [symbol, from] of since) this.tracker.fetchFills(symbol, from);
  }

  private sortOpenOrders(orders: readonly VenueOrder[]): void {
    this.hasOpenOrders = true;
    for (const order of orders) {
      const ticket = order.clientId === undefined ? undefined : this.tracker.tickets.get(order.clientId);
      if (ticket !== undefined) this.tracker.observe(ticket, order);
      else this.parts.say('foreignOrder', foreignText(order));
    }
  }

  private hear(event: Extract<BrokerInput, { kind: 'account' }>['event']): void {
    const { tracker, parts } = this;
    switch (event.type) {
      case 'order':
        return tracker.heard(event.clientId, event);
      case 'fill':
        return tracker.fill(event);
      case 'balance':
        return this.account.note(event);
      case 'position':
        return;
      case 'status':
        if (event.state === 'live') return this.listens();
        if (tracker.isStreamLive) parts.say('stream', `the user stream is ${event.state}: ${event.reason}`);
        tracker.isStreamLive = false;
        this.downSince ??= this.now;
    }
  }

  /** The user stream is there, or there again: what it did not tell is fetched. */
  private listens(): void {
    this.tracker.isStreamLive = true;
    if (this.downSince === undefined) return;
    this.tracker.reconcile(this.downSince);
    this.clerk?.balances();
    this.parts.say('stream', 'the user stream is back, orders and fills are reconciled');
    this.downSince = undefined;
  }

  private symbols(): string[] {
    return [...new Set(this.timelines.map(({ info }) => info.symbol))];
  }
}
