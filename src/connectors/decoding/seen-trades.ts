/** The trades seen so far: doubles are dropped, holes in the venue's numbering are remembered, and late trades fill them. */
import type { TradeTick } from '../../core/index.ts';
import type { TradeIds } from './protocol.ts';

/** A range of trade ids that never arrived, both ends included. */
export interface MissingTrades {
  readonly from: number;
  readonly to: number;
}

/**
 * What to do with a trade: pass it on (`new`), pass it on as a late one that fills a hole (`late`), drop it as seen before (`double`),
 * refuse it because its id is too far ahead to be real (`implausible`), or pass it on as the first of a new numbering
 * (`restarted`).
 */
export type TradeVerdict = 'new' | 'late' | 'double' | 'implausible' | 'restarted';

/** Where a venue restarted its numbering of trades. */
export interface NumberingRestart {
  readonly before: number;
  readonly after: number;
}

interface Seen {
  last: number | undefined;
  lastTime: number;
  missing: MissingTrades[];
  /** The ids of the newest trades, where ids have no order. */
  recent: Set<string>;
  /** Rising ids in a row that the mark has rejected, the latest of them, and the restart that they led to. */
  rejected: number;
  lastRejected: number;
  restart: NumberingRestart;
}

const recentLimit = 4096;
/** Trades that may be missing at once, whatever the time between two trades; and this many more for each millisecond between them. */
const mostMissing = 10_000;
const mostPerMs = 5;
/** After this many rejected trades in a row the mark is taken to be wrong. */
const manyInARow = 20;

/** The trades of one feed, by symbol. It outlives the sockets, so that a disconnect shows as a hole. */
export class SeenTrades {
  /** How the exchange numbers its trades. */
  readonly ids: TradeIds;
  readonly #seen = new Map<string, Seen>();
  doubles = 0;

  constructor(ids: TradeIds) {
    this.ids = ids;
  }

  /**
   * Records a trade and returns what to do with it.
   *
   * @param number - Its id as a number, where it has been read already.
   */
  take(trade: TradeTick<unknown>, number = Number(trade.id)): TradeVerdict {
    const seen = this.#seen.get(trade.symbol) ?? this.#open(trade.symbol);
    const verdict = this.#verdict(seen, trade, number);
    if (verdict === 'double') this.doubles++;
    else if (verdict === 'implausible') return verdict;
    else if (trade.time !== undefined && trade.time > seen.lastTime) seen.lastTime = trade.time;
    return verdict;
  }

  #open(symbol: string): Seen {
    const seen: Seen = {
      last: undefined,
      lastTime: -Infinity,
      missing: [],
      recent: new Set(),
      rejected: 0,
      lastRejected: -1,
      restart: { before: NaN, after: NaN },
    };
    this.#seen.set(symbol, seen);
    return seen;
  }

  #verdict(seen: Seen, trade: TradeTick<unknown>, id: number): TradeVerdict {
    if (trade.id === undefined || this.ids === 'none')
      return trade.backfill && (trade.time ?? 0) <= seen.lastTime ? 'double' : 'new';
    if (this.ids !== 'consecutive') {
      if (seen.recent.has(trade.id)) return 'double';
      seen.recent.add(trade.id);
      if (seen.recent.size > recentLimit) seen.recent.delete(seen.recent.values().next().value!);
      return 'new';
    }
    const { last } = seen;
    if (last === undefined || id === last + 1) {
      seen.last = id;
      seen.rejected = 0;
      return 'new';
    }
    const time = trade.time ?? NaN;
    if (id > last) {
      if (id - last > mostMissing && !(id - last < mostMissing + mostPerMs * (time - seen.lastTime))) {
        return this.#isRun(seen, id) ? this.#begin(seen, id) : 'implausible';
      }
      seen.missing.push({ from: last + 1, to: id - 1 });
      seen.last = id;
      seen.rejected = 0;
      return 'new';
    }
    // A trade that fills a hole is older than the trade after the hole; a newer one shows that the mark was wrong.
    if (this.#fill(seen, id)) return trade.backfill || !(time > seen.lastTime) ? 'late' : 'new';
    if (trade.backfill || !(time > seen.lastTime) || !this.#isRun(seen, id)) return 'double';
    return this.#begin(seen, id);
  }

  /** Whether enough rising ids in a row were rejected for the mark to be wrong. */
  #isRun(seen: Seen, id: number): boolean {
    const follows = id > seen.lastRejected && id - seen.lastRejected <= mostMissing;
    seen.rejected = follows ? seen.rejected + 1 : 1;
    seen.lastRejected = id;
    return seen.rejected >= manyInARow;
  }

  #begin(seen: Seen, id: number): TradeVerdict {
    seen.restart = { before: seen.last!, after: id };
    seen.last = id;
    seen.missing = [];
    seen.rejected = 0;
    return 'restarted';
  }

  /** The latest restart of a symbol's numbering. */
  restart(symbol: string): NumberingRestart {
    return this.#seen.get(symbol)!.restart;
  }

  #fill(seen: Seen, id: number): boolean {
    for (let i = 0; i < seen.missing.length; i++) {
      const { from, to } = seen.missing[i]!;
      if (id < from || id > to) continue;
      const rest: MissingTrades[] = [];
      if (id > from) rest.push({ from, to: id - 1 });
      if (id < to) rest.push({ from: id + 1, to });
      seen.missing.splice(i, 1, ...rest);
      return true;
    }
    return false;
  }

  /** The oldest id that is missing; undefined when none is. */
  missing(symbol: string): MissingTrades | undefined {
    return this.#seen.get(symbol)?.missing[0];
  }

  /** The id and time of the newest trade. */
  newest(symbol: string): { readonly id: number | undefined; readonly time: number } | undefined {
    const seen = this.#seen.get(symbol);
    return seen === undefined || seen.lastTime === -Infinity ? undefined : { id: seen.last, time: seen.lastTime };
  }

  /** Gives up on the holes that begin at or before an id, and returns them. */
  giveUp(symbol: string, upTo = Infinity): MissingTrades[] {
    const seen = this.#seen.get(symbol);
    if (seen === undefined) return [];
    const given = seen.missing.filter((row) => row.from <= upTo);
    seen.missing = seen.missing.filter((row) => row.from > upTo);
    return given;
  }
}
