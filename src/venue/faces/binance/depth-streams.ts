/** Binance's depth streams: levels that changed, or the best few levels whole, ten times or once a second. */
import type { Runtime } from '../../../core/index.ts';
import type { Market, MarketChange, MarketInstrument } from '../../market-data.ts';
import { Pulse } from '../pulse.ts';
import { levelText, nameOf } from './fields.ts';

/** A depth stream with subscribers. */
interface DepthStream {
  readonly symbol: string;
  /** How many levels it shows; undefined for one of changes. */
  readonly levels: number | undefined;
}

/** Levels of a symbol that changed since they were last pushed. */
interface Pending {
  /** Number of the last change pushed before, which contracts name. */
  previous: number;
  first: number | undefined;
  last: number;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}

/** The streams of one speed. */
interface Speed {
  readonly pulse: Pulse;
  readonly streams: Map<string, DepthStream>;
  /** By symbol, for streams with subscribers. */
  readonly pending: Map<string, Pending>;
}

const names = /^(.+)@depth(5|10|20)?(?:@(0|100|250|500|1000)ms)?$/;

export class DepthStreams {
  readonly #market: Market;
  readonly #now: () => number;
  readonly #push: (stream: string, data: () => object) => void;
  readonly #isContract: boolean;
  readonly #fast: Speed;
  readonly #slow: Speed;

  /** @param isContract - Events as those of contracts are. */
  constructor(
    runtime: Runtime,
    market: Market,
    push: (stream: string, data: () => object) => void,
    isContract = false,
  ) {
    this.#isContract = isContract;
    this.#market = market;
    this.#now = () => Math.floor(runtime.now());
    this.#push = push;
    const speed = (ms: number): Speed => {
      const made: Speed = {
        pulse: new Pulse(runtime, ms, () => {
          this.#flush(made);
        }),
        streams: new Map(),
        pending: new Map(),
      };
      return made;
    };
    this.#fast = speed(100);
    this.#slow = speed(1000);
  }

  /** Adds a stream if it is a depth stream. Changes count from now on. */
  add(stream: string): void {
    const [, lower, levels, ms] = names.exec(stream) ?? [];
    const one = this.#market.instruments.find((each) => nameOf(each).toLowerCase() === lower);
    if (one === undefined) return;
    const speed = ms === '100' || ms === '0' ? this.#fast : this.#slow;
    speed.streams.set(stream, {
      symbol: one.symbol,
      levels: levels === undefined || levels === '' ? undefined : Number(levels),
    });
    if (!speed.pending.has(one.symbol)) {
      speed.pending.set(one.symbol, {
        previous: this.#market.updateId(one.symbol),
        first: undefined,
        last: 0,
        bids: new Map(),
        asks: new Map(),
      });
    }
  }

  remove(stream: string): void {
    for (const { streams, pending } of [this.#fast, this.#slow]) {
      const gone = streams.get(stream);
      if (gone === undefined) continue;
      streams.delete(stream);
      if (![...streams.values()].some(({ symbol }) => symbol === gone.symbol)) pending.delete(gone.symbol);
    }
  }

  change(symbol: string, updateId: number, changes: readonly MarketChange[]): void {
    for (const speed of [this.#fast, this.#slow]) {
      const pending = speed.pending.get(symbol);
      if (pending === undefined) continue;
      pending.first ??= updateId;
      pending.last = updateId;
      for (const { side, price, size } of changes) (side === 'bid' ? pending.bids : pending.asks).set(price, size);
      speed.pulse.arm();
    }
  }

  stop(): void {
    this.#fast.pulse.stop();
    this.#slow.pulse.stop();
  }

  #flush({ streams, pending }: Speed): void {
    for (const [symbol, changed] of pending) {
      if (changed.first === undefined) continue;
      const one = this.#market.instruments.find((each) => each.symbol === symbol)!;
      for (const [stream, { symbol: of, levels }] of streams) {
        if (of !== symbol) continue;
        this.#push(stream, () => (levels === undefined ? this.#delta(one, changed) : this.#best(one, levels)));
      }
      changed.previous = changed.last;
      changed.first = undefined;
      changed.bids.clear();
      changed.asks.clear();
    }
  }

  #delta(one: MarketInstrument, { first, last, bids, asks, previous }: Pending): object {
    const now = this.#now();
    return {
      e: 'depthUpdate', E: now, ...(this.#isContract && { T: now }), s: nameOf(one), U: first, u: last, ...(this.#isContract && { pu: previous }), b: [...bids].map((level) => levelText(level, one)),
      a: [...asks].map((level) => levelText(level, one)),
    }; // prettier-ignore
  }

  #best(one: MarketInstrument, levels: number): object {
    const book = this.#market.book(one.symbol, levels);
    const now = this.#now();
    if (this.#isContract) {
      return {
        e: 'depthUpdate', E: now, T: now, s: nameOf(one), U: book.updateId, u: book.updateId, pu: book.updateId - 1,
        b: book.bids.map((level) => levelText(level, one)), a: book.asks.map((level) => levelText(level, one)),
      }; // prettier-ignore
    }
    return {
      lastUpdateId: book.updateId,
      bids: book.bids.map((level) => levelText(level, one)),
      asks: book.asks.map((level) => levelText(level, one)),
    };
  }
}
