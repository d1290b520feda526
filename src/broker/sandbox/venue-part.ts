/** One venue of a sandbox session: its gateway, the orders there, and what is known of the account. */
import type { ContractSettings } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { BrokerCore } from '../broker-core.ts';
import type { BrokerInput, LiveContext, NewsList } from '../live/live-broker.ts';
import { AccountSync } from './account-sync.ts';
import type { OrderRoute } from './gateway-requests.ts';
import { OrderTracker } from './order-tracker.ts';
import type { SandboxOptions } from './options.ts';
import type { VenueBooks } from './books/venue-books.ts';
import { VenueOrders } from './venue-orders.ts';

/** A venue's part of a session. */
export class VenuePart {
  /** The exchange's id; the only part of a session on one exchange may have none. */
  readonly exchange: string | undefined;
  readonly orders: VenueOrders;
  readonly tracker: OrderTracker;
  readonly account: AccountSync;
  /** Its datas. */
  readonly timelines: readonly Timeline[];

  constructor(
    exchange: string | undefined,
    timelines: readonly Timeline[],
    core: BrokerCore,
    books: VenueBooks,
    news: NewsList,
    live: SandboxOptions,
  ) {
    this.exchange = exchange;
    this.timelines = timelines;
    this.orders = new VenueOrders(core, books, news);
    const { lateArrivalMs = 15_000, pollMs = 60_000, earlierOrders = 'cancel', accountPatienceMs = 60_000 } = live;
    this.tracker = new OrderTracker(this.orders, news, { lateArrivalMs, pollMs });
    this.account = new AccountSync(this.tracker, news, earlierOrders === 'cancel', accountPatienceMs, books);
    this.orders.tracker = this.tracker;
    this.orders.account = this.account;
    this.account.open(timelines);
  }

  /** @param isNamed - Whether answers name the venue, because there are several. */
  connect(
    route: OrderRoute,
    context: LiveContext,
    isNamed: boolean,
    settings: readonly ContractSettings[],
    isHedged: boolean,
  ): Promise<void> {
    const { exchange } = this;
    const own: LiveContext =
      isNamed && exchange !== undefined
        ? {
            ...context,
            push: (input: BrokerInput) => {
              context.push({ ...input, venue: exchange });
            },
          }
        : context;
    return this.account.connect(route, own, settings, isHedged);
  }
}
