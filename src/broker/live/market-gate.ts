/** What paper and sandbox brokers have in common: the state of each data's market, and what is refused before it is worked on. */
import { ConfigError, type Quote, type StreamState } from '../../core/index.ts';
import type { Timeline } from '../../lines/index.ts';
import { BackBroker } from '../backtest-broker.ts';
import type { BrokerOptions } from '../broker.ts';
import type { BrokerNews, ExitStart, StaleOrders } from './live-broker.ts';
import { brokenRule } from './venue-rules.ts';
import { Refill } from '../orders/refill.ts';
import type { CommissionOptions } from '../accounting/commission.ts';
import { noSlippage } from '../matching/slippage.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** How live orders are treated. */
export interface LiveOptions {
  readonly staleOrders?: StaleOrders;
  readonly exitStart?: ExitStart;
}

/** What is known of one data's market. */
interface Market {
  state: StreamState;
  bid: number | undefined;
  ask: number | undefined;
}

/** A back broker whose fills come from outside its bars. */
export abstract class SessionBroker extends BackBroker {
  readonly news = new Refill<BrokerNews>();
  protected readonly staleOrders: StaleOrders;
  protected readonly exitStart: ExitStart;
  /** The latest time that anything told, milliseconds UTC. */
  protected now = -Infinity;
  private markets: Market[] = [];

  /**
   * @param fills - Where fills come from, for the summary.
   */
  constructor(options: BrokerOptions, live: LiveOptions, fills: string) {
    refuseForesight(options);
    const { filler: _, ...rest } = options;
    super({ ledger: 'decimal', ...rest, slippage: { ...noSlippage, summary: fills } });
    this.staleOrders = live.staleOrders ?? 'refuse';
    this.exitStart = live.exitStart ?? 'atOnce';
  }

  override open(timelines: readonly Timeline[], schemes: ReadonlyMap<string, CommissionOptions>): void {
    super.open(timelines, schemes);
    this.markets = timelines.map(() => ({ state: 'connecting', bid: undefined, ask: undefined }));
  }

  override submit(working: WorkingOrder, isTransmitted: boolean): void {
    this.desk.submit(working, isTransmitted, false);
  }

  onState(dataId: number, state: StreamState): void {
    const market = this.markets[dataId]!;
    market.state = state;
    if (state === 'live' || state === 'stale') return;
    market.bid = market.ask = undefined;
  }

  onQuote(dataId: number, quote: Quote): void {
    const market = this.markets[dataId]!;
    market.bid = quote.bid;
    market.ask = quote.ask;
    this.moveClock(quote.time);
  }

  protected moveClock(time: number | undefined): void {
    if (time !== undefined && time > this.now) this.now = time;
  }

  /** The price that a market order would be filled at: the ask for a buy, the bid for a sell; undefined while it is not known. */
  protected touch({ sign, dataId }: WorkingOrder): number | undefined {
    const { bid, ask } = this.markets[dataId]!;
    return sign > 0 ? ask : bid;
  }

  /** Refuses what was submitted wrongly, and lets the rest work as far as the cash covers it. */
  protected admitSubmitted(): void {
    const { desk } = this;
    const { items, count } = desk.submitted;
    if (count === 0) return;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      const reason = this.refusal(working);
      if (reason !== undefined) desk.refuse(working, reason, 'rejected');
    }
    desk.submitted.keep(({ status }) => status === 'submitted');
    if (this.checkSubmit) this.checkSubmitted();
    else {
      for (let k = 0; k < desk.submitted.count; k++) this.admit(desk.submitted.items[k]!);
      desk.submitted.clear();
    }
    desk.sweep();
  }

  /** Why an order is not let to the market; undefined when it is. */
  protected refusal(working: WorkingOrder): string | undefined {
    const { dataId, order } = working;
    const { state } = this.markets[dataId]!;
    if (state !== 'live' && this.staleOrders === 'refuse') return `the stream of '${order.data.name}' is ${state}`;
    const market = this.touch(working) ?? order.createdClose;
    const { type, price, limitPrice } = order;
    const asked = { type, size: working.remaining, price, limitPrice };
    return brokenRule(this.timelines[dataId]!.info.instrument, asked, market);
  }
}

/** Throws for options that only history can grant. */
function refuseForesight({ cheatOnClose, latencyBars }: BrokerOptions): void {
  if (cheatOnClose === true) {
    throw new ConfigError(
      'cheatOnClose fills orders at a price that is over when they are made: it is for backtests only',
      { context: { field: 'cheatOnClose' } },
    );
  }
  if (latencyBars !== undefined && latencyBars > 0) {
    throw new ConfigError(
      `latencyBars is for backtests only: live orders take the time they take, was ${latencyBars}`,
      {
        context: { field: 'latencyBars' },
      },
    );
  }
}
