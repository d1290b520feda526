/** The best bid and ask across several venues, with stale venues left out and crossed or locked markets marked. */
import {
  checkNames,
  ConfigError,
  shown,
  showPlainly,
  type EventSink,
  type Runtime,
  type StreamEvent,
} from '../../core/index.ts';

/** One side of the combined market. */
export interface BestOffer {
  /** The price, in quote units. */
  readonly price: number;
  /** Units of all these venues at that price; undefined when a venue sent no size. */
  readonly size: number | undefined;
  /** The venues that show it, in the order of their first event. */
  readonly exchanges: readonly string[];
}

/** The combined market of one symbol. A side that no fresh venue shows is undefined. */
export interface BestPrices {
  /** The unified symbol. */
  readonly symbol: string;
  /** The highest bid of all exchanges; undefined while there is none. */
  readonly bid: BestOffer | undefined;
  /** The lowest ask of all exchanges; undefined while there is none. */
  readonly ask: BestOffer | undefined;
  /** `crossed`: one venue bids more than another asks; `locked`: exactly as much. Fees and delays make both common. */
  readonly state: 'normal' | 'locked' | 'crossed';
  /** When it changed, milliseconds UTC. */
  readonly time: number;
}

interface VenueQuote {
  bid: number | undefined;
  bidSize: number | undefined;
  ask: number | undefined;
  askSize: number | undefined;
  /** When it was received, by the steady clock, milliseconds. */
  at: number;
}

/** A venue's best prices of one symbol. */
export interface VenueTop {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Best bid; undefined while there is none. */
  readonly bid: number | undefined;
  /** Units at the best bid. */
  readonly bidSize: number | undefined;
  /** Best ask; undefined while there is none. */
  readonly ask: number | undefined;
  /** Units at the best ask. */
  readonly askSize: number | undefined;
}

/**
 * Joins venues' best prices. Feed it quotes or the tops of books; it emits only changes. A venue silent for longer than `staleMs`, or
 * dropped, no longer counts; `look` removes it when nothing else arrives.
 */
export class Nbbo implements EventSink {
  static {
    showPlainly(Nbbo, (one: Nbbo) => Object.fromEntries([...one.#venues.keys()].map((name) => [name, one.best(name)])));
  }

  readonly #runtime: Runtime;
  readonly #staleMs: number;
  readonly #tell: (best: BestPrices) => void;
  readonly #venues = new Map<string, Map<string, VenueQuote>>();
  readonly #last = new Map<string, string>();

  constructor(runtime: Runtime, options: { readonly staleMs: number }, tell: (best: BestPrices) => void) {
    checkNames('option of Nbbo', options, ['staleMs']);
    const { staleMs } = options as { readonly staleMs?: unknown };
    if (!(typeof staleMs === 'number' && staleMs > 0)) throw new ConfigError(`staleMs of Nbbo must be milliseconds above 0, was ${shown(staleMs)}`, { context: { field: 'staleMs' } }); // prettier-ignore
    if (typeof (tell as unknown) !== 'function') throw new ConfigError(`the third argument of Nbbo must be a function, was ${shown(tell)}`); // prettier-ignore
    this.#runtime = runtime;
    this.#staleMs = options.staleMs;
    this.#tell = tell;
  }

  /** Takes quotes, and drops an exchange whose quotes are no longer live: give it to `addFeed` among the sinks. */
  write(event: StreamEvent): void {
    if (event.type === 'quote') this.take(event);
    else if (event.type === 'status' && event.channel === 'quote' && event.state !== 'live') {
      this.drop(event.exchange, event.symbol);
    }
  }

  /** A venue's best prices, as in a quote. */
  take(top: VenueTop): void {
    const venues = this.#venues.get(top.symbol) ?? new Map<string, VenueQuote>();
    this.#venues.set(top.symbol, venues);
    venues.set(top.exchange, {
      bid: top.bid,
      bidSize: top.bidSize,
      ask: top.ask,
      askSize: top.askSize,
      at: this.#runtime.elapsed(),
    });
    this.#update(top.symbol);
  }

  /** A venue's prices are void, as when it disconnected or its book resyncs. */
  drop(exchange: string, symbol?: string): void {
    for (const [name, venues] of this.#venues) {
      if ((symbol === undefined || symbol === name) && venues.delete(exchange)) this.#update(name);
    }
  }

  /** Leaves out what has become stale. Call it at intervals. */
  look(): void {
    for (const symbol of this.#venues.keys()) this.#update(symbol);
  }

  /** The combined market as it is now. */
  best(symbol: string): BestPrices {
    const oldest = this.#runtime.elapsed() - this.#staleMs;
    let bid: { price: number; size: number | undefined; exchanges: string[] } | undefined;
    let ask: { price: number; size: number | undefined; exchanges: string[] } | undefined;
    for (const [exchange, quote] of this.#venues.get(symbol) ?? []) {
      if (quote.at < oldest) continue;
      bid = better(bid, quote.bid, quote.bidSize, exchange, 1);
      ask = better(ask, quote.ask, quote.askSize, exchange, -1);
    }
    const state =
      bid === undefined || ask === undefined || bid.price < ask.price
        ? 'normal'
        : bid.price === ask.price
          ? 'locked'
          : 'crossed';
    return { symbol, bid, ask, state, time: this.#runtime.now() };
  }

  #update(symbol: string): void {
    const best = this.best(symbol);
    const text = JSON.stringify([best.bid, best.ask]);
    if (this.#last.get(symbol) === text) return;
    this.#last.set(symbol, text);
    this.#tell(best);
  }
}

type Side = { price: number; size: number | undefined; exchanges: string[] } | undefined;

function better(
  best: Side,
  price: number | undefined,
  size: number | undefined,
  exchange: string,
  direction: 1 | -1,
): Side {
  if (price === undefined || Number.isNaN(price)) return best;
  if (best === undefined || price * direction > best.price * direction) return { price, size, exchanges: [exchange] };
  if (price !== best.price) return best;
  best.exchanges.push(exchange);
  best.size = best.size === undefined || size === undefined ? undefined : best.size + size;
  return best;
}
