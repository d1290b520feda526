/** The sandbox broker: orders go to an exchange's test network, and what it says is what happened. */
import { ConfigError, OrderError, clientIdOf, type Intent, type TradeTick } from '../../core/index.ts';
import { timelineOf, type Data, type Timeline } from '../../lines/index.ts';
import type { BrokerOptions } from '../broker.ts';
import type { BrokerInput, LiveBroker, LiveContext } from '../live/live-broker.ts';
import { SessionBroker } from '../live/market-gate.ts';
import type { Position } from '../accounting/position.ts';
import { VenueBooking } from './fill-booking.ts';
import type { ClerkParts } from './gateway-clerk.ts';
import { SandboxDesk } from './sandbox-desk.ts';
import { SeenPositions } from './dust.ts';
import { checkSandboxOptions, type SandboxOptions } from './options.ts';
import { cutToLot, cutToOwned, requestOf, venueTypes } from './order-request.ts';
import { AccountTalk } from './account-talk.ts';
import { Ticket, type EndStatus } from './order-ticket.ts';
import { CommissionScheme, type CommissionOptions } from '../accounting/commission.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** How long the answer to an order may take before it is looked up meanwhile. */
const slowAnswerMs = 30_000;

/**
 * Trades through an order gateway. Spot only.
 *
 * - An order is written into the intents journal before it is sent, and never sent twice. `submitted` means sent, `accepted` that the
 *   exchange has it; its end is the exchange's word.
 * - The session trades `cash` of its own and what it has bought with it; whatever else the account holds is left alone, and so are
 *   orders that are not the session's.
 * - Groups and brackets are kept here: exits are sent when the entry is executed, and the rest of a group is withdrawn when one of it
 *   is executed, so that in between both can be.
 * - A validity is kept here too: the order is withdrawn at its end.
 * - What is left of a position and cannot be sold counts as none; `heldOf` has it.
 */
export class SandboxBroker extends SessionBroker implements LiveBroker {
  readonly mode = 'sandbox';
  override readonly desk = new SandboxDesk();
  private readonly clerkParts: ClerkParts | undefined;
  private readonly seen: SeenPositions;
  private readonly booking: VenueBooking;
  private readonly talk: AccountTalk;
  private readonly ticketOf = new Map<WorkingOrder, Ticket>();
  private readonly sizing: CommissionScheme[] = [];
  private readonly ownScheme: CommissionScheme;

  /**
   * @param parts - The gateway and the intents journal; none in a replay, in which every answer comes by `take`.
   */
  constructor(options: BrokerOptions, parts: ClerkParts | undefined, live: SandboxOptions = {}) {
    checkSandboxOptions(options, live);
    super(options, live, 'fills of the exchange');
    const { commission = 0 } = options;
    this.ownScheme = new CommissionScheme(typeof commission === 'number' ? { commission } : commission);
    this.clerkParts = parts;
    const { desk, portfolio, blotter } = this;
    this.seen = new SeenPositions(portfolio, (text) => {
      this.news.push({ kind: 'dust', text });
    });
    this.booking = new VenueBooking({ desk, portfolio, blotter, seen: this.seen });
    desk.withdraw = (working, status, reason) => this.withdraw(working, status, reason);
    this.talk = new AccountTalk(
      {
        book: (ticket, fill) => {
          this.booking.book(ticket, fill);
        },
        acknowledge: (ticket) => {
          this.acknowledge(ticket);
        },
        conclude: (ticket, status, reason) => {
          this.conclude(ticket, status, reason);
        },
        say: (kind, text) => {
          this.news.push({ kind, text });
        },
        books: () => ({ cash: this.cash, holdings: this.holdings() }),
      },
      { lateArrivalMs: live.lateArrivalMs ?? 15_000, pollMs: live.pollMs ?? 60_000 },
      (live.earlierOrders ?? 'cancel') === 'cancel',
    );
  }

  override get costs(): string {
    return 'fees of the exchange';
  }

  get isReady(): boolean {
    return this.talk.isReady;
  }

  /** Fees paid in neither base nor quote, by currency, in plain digits; they are in no figure of the result. */
  get otherFees(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.booking.otherFees].map(([currency, fee]) => [currency, fee.toFixed()]));
  }

  /** Fees come with the fills: schemes only tell sizers what to expect. */
  override open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    super.open(timelines, schemes);
    for (const { id, info } of timelines) {
      const own = schemes.get(info.name);
      const scheme = own === undefined ? this.ownScheme : new CommissionScheme(own);
      if (!scheme.isSpot || scheme.leverage !== 1 || scheme.multiplier !== 1 || info.symbol.includes(':')) {
        throw new ConfigError(`sandbox mode trades spot without leverage, '${info.name}' is not that`, {
          context: { data: info.name },
        });
      }
      this.sizing[id] = scheme;
    }
    this.portfolio.open(timelines, new CommissionScheme(), new Map());
    this.seen.open(timelines);
    this.talk.open(timelines);
  }

  /** Units held of a data, dust included: what the account has of it for this session. */
  heldOf(dataId: number): number {
    return this.portfolio.positionOf(dataId).size;
  }

  /** What is held of a data; flat where no more than dust is. */
  override positionOf(dataId: number): Position {
    return this.seen.of(dataId);
  }

  override getPosition(data: Data): Readonly<Position> {
    super.getPosition(data);
    return this.seen.of(timelineOf(data).id);
  }

  override holdsOnly(dataId: number): boolean {
    return super.holdsOnly(dataId) && !this.seen.hasDust;
  }

  override get grossValue(): number {
    return this.seen.hasDust ? this.seen.grossValue : super.grossValue;
  }

  override schemeOf(dataId: number): CommissionScheme {
    return this.sizing[dataId]!;
  }

  async connect(context: LiveContext): Promise<void> {
    if (this.clerkParts !== undefined) await this.talk.connect(this.clerkParts, context);
  }

  async disconnect(): Promise<void> {
    await this.talk.clerk?.close();
  }

  override submit(working: WorkingOrder, isTransmitted: boolean): void {
    const { type } = working.order;
    if (!venueTypes.includes(type)) {
      throw new OrderError(`an exchange does not work ${type} orders: sandbox mode takes ${venueTypes.join(', ')}`, {
        context: { type },
      });
    }
    super.submit(working, isTransmitted);
  }

  take(input: BrokerInput): void {
    if (input.kind === 'intents') this.moveClock(input.time);
    this.talk.take(input);
  }

  onTrade(_dataId: number, trade: TradeTick): void {
    this.moveClock(trade.time);
  }

  onClock(now: number): void {
    this.moveClock(now);
    this.talk.moveClock(now);
    for (const [working] of this.ticketOf) if (now >= working.validUntil) this.expire(working);
    const { items, count } = this.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.isWorking && now >= working.validUntil) this.expire(working);
    }
    this.desk.sweep();
  }

  act(): void {
    this.admitSubmitted();
    if (this.exitStart === 'atOnce') this.desk.wake();
    this.sendWoken();
    this.talk.act();
  }

  /** What a closed bar does: exits of brackets wake where they wait for it, and all is valued. */
  override step(): void {
    this.desk.wake();
    this.portfolio.mark();
  }

  /** Sends an order that passed every check; an exit waits for its entry. */
  protected override admit(working: WorkingOrder): void {
    if (working.isActive) this.send(working);
    else this.desk.accept(working);
  }

  protected override refusal(working: WorkingOrder): string | undefined {
    const { instrument } = this.timelines[working.dataId]!.info;
    cutToLot(working, this.positionOf(working.dataId).size, instrument?.lot);
    return super.refusal(working);
  }

  /** Sends the exits whose entry has been executed. */
  private sendWoken(): void {
    const { items, count } = this.desk.pending;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      if (working.isActive && working.isWorking && !this.ticketOf.has(working)) this.send(working);
    }
    this.desk.sweep();
  }

  private send(working: WorkingOrder): void {
    const { dataId, sign } = working;
    const { symbol, instrument } = this.timelines[dataId]!.info;
    const held = this.positionOf(dataId).size;
    const short = cutToOwned(working, held, this.talk.tracker.open, instrument?.lot);
    if (short !== undefined) {
      this.desk.refuse(working, short);
      return;
    }
    const number = this.talk.nextNumber!++;
    const request = requestOf(working, clientIdOf(this.talk.tag, number), symbol, instrument);
    const time = this.now;
    const ticket = new Ticket(request.clientId, { symbol, dataId, sign, size: request.size, time, working });
    ticket.due = time + slowAnswerMs;
    this.talk.tracker.add(ticket);
    this.ticketOf.set(working, ticket);
    this.talk.clerk?.send(number, time, request);
  }

  /** Has an order withdrawn; false when no exchange has it. */
  private withdraw(working: WorkingOrder, status: EndStatus, reason: string | undefined): boolean {
    const ticket = this.ticketOf.get(working);
    if (ticket === undefined || ticket.isClosed) return false;
    this.talk.tracker.withdraw(ticket, status, reason);
    return true;
  }

  private expire(working: WorkingOrder): void {
    this.desk.end(working, 'expired', 'its validity ended');
  }

  private acknowledge(ticket: Ticket): void {
    const { working } = ticket;
    this.noteIntent(ticket, 'accepted');
    if (working?.status === 'submitted') this.desk.accept(working);
  }

  private conclude(ticket: Ticket, status: EndStatus | 'completed', reason: string | undefined): void {
    const { working } = ticket;
    this.noteIntent(ticket, ticket.phase === 'void' ? 'void' : 'done');
    if (working === undefined) return;
    this.ticketOf.delete(working);
    if (status !== 'completed') this.desk.conclude(working, status, reason);
    // The exchange's lot may have cut the order; what it left out is not to be executed.
    else if (working.remaining > 0) this.desk.conclude(working, 'canceled', 'the rest is below the lot');
    this.desk.sweep();
  }

  private noteIntent(ticket: Ticket, state: Intent['state']): void {
    const failure = this.talk.clerk?.note(ticket.clientId, state, ticket.venueId);
    if (failure === undefined) return;
    this.news.push({ kind: 'lookUp', text: `the end of order ${ticket.clientId} could not be noted: ${failure}` });
  }

  private holdings(): readonly { readonly symbol: string; readonly size: number }[] {
    return this.timelines.map(({ id, info }) => ({ symbol: info.symbol, size: this.heldOf(id) }));
  }
}
