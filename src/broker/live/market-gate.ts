/** The market gate of live brokers: the state of each data's market, and the refusal of orders that must not reach it. */
import { ConfigError, type Quote, type Refusal, type StreamState } from '../../core/index.ts';
import type { BrokerCore } from '../broker-core.ts';
import type { Admission } from '../orders/submission-rule.ts';
import type { BrokerOptions } from '../broker.ts';
import { isExit, type WorkingOrder } from '../orders/working-order.ts';
import type { ExitStart, StaleOrders } from './live-broker.ts';
import { brokenRule } from './venue-rules.ts';

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

/** What a live broker does with a submitted order. */
export interface LiveAdmission extends Admission {
  /** Called before the order is checked. */
  prepare(working: WorkingOrder): void;
}

/** Lets orders through to the market that a venue would take. */
export class MarketGate {
  /** The latest time of any event, milliseconds UTC. */
  now = -Infinity;
  readonly exitStart: ExitStart;
  /** Why every new order in a data is refused; undefined while orders may pass. */
  halted: (dataId: number) => string | undefined = () => undefined;
  readonly #halts = new Map<number, string>();
  /** Why orders that open or increase a position are refused; undefined while they may pass. */
  paused: string | undefined;
  private readonly core: BrokerCore;
  private readonly staleOrders: StaleOrders;
  private markets: Market[] = [];

  constructor(core: BrokerCore, { staleOrders = 'refuse', exitStart = 'atOnce' }: LiveOptions) {
    this.core = core;
    this.staleOrders = staleOrders;
    this.exitStart = exitStart;
  }

  open(): void {
    this.markets = this.core.timelines.map(() => ({ state: 'connecting', bid: undefined, ask: undefined }));
  }

  /** Trading in a data is halted for a reason, or goes on without one. */
  halt(dataId: number, reason: string | undefined): void {
    if (reason === undefined) this.#halts.delete(dataId);
    else this.#halts.set(dataId, reason);
  }

  setState(dataId: number, state: StreamState): void {
    const market = this.markets[dataId]!;
    market.state = state;
    if (state === 'live' || state === 'stale') return;
    market.bid = market.ask = undefined;
  }

  setQuote(dataId: number, quote: Quote): void {
    const market = this.markets[dataId]!;
    const { bid, ask, crossed } = quote;
    this.#setTouch(market, crossed === true ? undefined : bid, crossed === true ? undefined : ask);
    this.moveClock(quote.time);
  }

  /** Sets the best bid and ask; NaN where a side is empty. */
  setTouch(dataId: number, bid: number, ask: number): void {
    this.#setTouch(this.markets[dataId]!, bid === bid ? bid : undefined, ask === ask ? ask : undefined);
  }

  #setTouch(market: Market, bid: number | undefined, ask: number | undefined): void {
    const isCrossed = bid !== undefined && ask !== undefined && bid > ask;
    // A bid above the ask is no market: one of the two is old. Until the next quote the touch is unknown.
    market.bid = isCrossed ? undefined : bid;
    market.ask = isCrossed ? undefined : ask;
  }

  moveClock(time: number | undefined): void {
    if (time !== undefined && time > this.now) this.now = time;
  }

  /** The price at which a market order would be filled: the ask for a buy, the bid for a sell; undefined while it is unknown. */
  touch({ sign, dataId }: WorkingOrder): number | undefined {
    const { bid, ask } = this.markets[dataId]!;
    return sign > 0 ? ask : bid;
  }

  /** Refuses the submitted orders that the market would not take, and admits the others as far as the cash covers them. */
  admitSubmitted(to: LiveAdmission): void {
    const { desk } = this.core;
    const { items, count } = desk.submitted;
    if (count === 0) return;
    for (let k = 0; k < count; k++) {
      const working = items[k]!;
      to.prepare(working);
      const refusal = this.refusal(working);
      if (refusal !== undefined) desk.refuse(working, refusal, 'rejected');
    }
    desk.submitted.keep(({ status }) => status === 'submitted');
    this.core.admitSubmitted(to);
    desk.sweep();
  }

  /** Why the pause refuses an order; undefined where it lets the order pass. */
  pausedFor(working: WorkingOrder): string | undefined {
    return this.paused === undefined || this.isReducing(working) ? undefined : this.paused;
  }

  /** Whether an order can only make a position smaller. An exit belongs to an entry that was let through. */
  private isReducing(working: WorkingOrder): boolean {
    const { reducesOnly, dataId, sign, remaining } = working;
    if (reducesOnly || isExit(working)) return true;
    const { size } = this.core.portfolio.positionOf(dataId);
    return size * sign < 0 && remaining <= Math.abs(size) * (1 + 1e-9);
  }

  /** Why an order must not reach the market; undefined when it may. */
  private refusal(working: WorkingOrder): Refusal | undefined {
    const { dataId, order } = working;
    const silent = this.halted(dataId);
    if (silent !== undefined) return { rule: 'account', reason: silent };
    const halt = this.#halts.get(dataId);
    if (halt !== undefined) return { rule: 'halted', reason: `trading in '${order.data.name}' is halted: ${halt}` };
    const blocked = this.pausedFor(working);
    if (blocked !== undefined) return { rule: 'paused', reason: blocked };
    const { state } = this.markets[dataId]!;
    // Whoever pauses a session wants out, even where prices are late.
    if (state !== 'live' && this.staleOrders === 'refuse' && this.paused === undefined)
      return { rule: 'staleOrders', reason: `the stream of '${order.data.name}' is ${state}` };
    const market = this.touch(working) ?? order.createdClose;
    const { type, price, limitPrice } = order;
    const asked = { type, size: working.remaining, price, limitPrice };
    return brokenRule(this.core.timelines[dataId]!.info.instrument, asked, market);
  }
}

/** Throws a ConfigError for options that only a backtest can honour. */
export function refuseForesight({ cheatOnClose, latencyBars }: BrokerOptions): void {
  if (cheatOnClose === true) {
    throw new ConfigError('cheatOnClose fills orders at a price of the past, which only a backtest can do', {
      context: { field: 'cheatOnClose' },
    });
  }
  if (latencyBars !== undefined && latencyBars > 0) {
    throw new ConfigError(
      `latencyBars is for backtests only: live orders have their real latency, was ${latencyBars}`,
      {
        context: { field: 'latencyBars' },
      },
    );
  }
}
