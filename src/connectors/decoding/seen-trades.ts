/** The trades seen so far: doubles are dropped, holes in the venue's numbering are remembered, and late trades fill them. */
import type { TradeTick } from '../../core/index.ts';
import type { TradeIds } from './protocol.ts';

/** A row of trade ids that never came, both ends included. */
export interface MissingTrades {
  readonly from: number;
  readonly to: number;
}

/** What to do with a trade: pass it on, pass it on as a late one that fills a hole, or drop it. */
export type TradeVerdict = 'new' | 'late' | 'double';

interface Seen {
  last: number | undefined;
  lastTime: number;
  missing: MissingTrades[];
  /** The ids of the newest trades, where ids have no order. */
  recent: Set<string>;
}

const recentLimit = 4096;

/** The trades of one feed, by symbol. It outlives the sockets, so that a disconnect shows as a hole. */
export class SeenTrades {
  readonly #ids: TradeIds;
  readonly #seen = new Map<string, Seen>();
  doubles = 0;

  constructor(ids: TradeIds) {
    this.#ids = ids;
  }

  /** Records a trade and returns what to do with it. */
  take(trade: TradeTick<unknown>): TradeVerdict {
    const seen = this.#seen.get(trade.symbol) ?? this.#open(trade.symbol);
    const verdict = this.#verdict(seen, trade);
    if (verdict === 'double') this.doubles++;
    else if (trade.time !== undefined && trade.time > seen.lastTime) seen.lastTime = trade.time;
    return verdict;
  }

  #open(symbol: string): Seen {
    const seen: Seen = { last: undefined, lastTime: -Infinity, missing: [], recent: new Set() };
    this.#seen.set(symbol, seen);
    return seen;
  }

  #verdict(seen: Seen, trade: TradeTick<unknown>): TradeVerdict {
    if (trade.id === undefined || this.#ids === 'none')
      return trade.backfill && (trade.time ?? 0) <= seen.lastTime ? 'double' : 'new';
    if (this.#ids !== 'consecutive') {
      if (seen.recent.has(trade.id)) return 'double';
      seen.recent.add(trade.id);
      if (seen.recent.size > recentLimit) seen.recent.delete(seen.recent.values().next().value!);
      return 'new';
    }
    const id = Number(trade.id);
    if (seen.last === undefined || id === seen.last + 1) {
      seen.last = id;
      return 'new';
    }
    if (id > seen.last) {
      seen.missing.push({ from: seen.last + 1, to: id - 1 });
      seen.last = id;
      return 'new';
    }
    return this.#fill(seen, id) ? 'late' : 'double';
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
