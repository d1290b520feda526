/** The check of every market event that a protocol decodes: a value that no market can have is refused. */
import type {
  BarUpdate, Funding, MarketEvent, Quote, RefusalReason, StreamEvent, Ticker24h, TradeTick,
} from '../../core/index.ts'; // prettier-ignore
import { numberOf, type NumberKind } from './numbers.ts';
import type { BookMessage, L3Message, TradeIds } from './protocol.ts';

/** Why an event was refused. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** How far a venue's time may be ahead of ours beyond the usual difference of the two clocks, milliseconds. */
const aheadMs = 30_000;
/** The greatest age of trades, quotes and books that are not history, milliseconds. */
const oldestMs = 86_400_000;
/** 2009-01-01: no crypto market is older. An earlier receive time means that a recording holds none. */
const firstTime = 1_230_768_000_000;
/** After this many refused times in a row that agree with each other, the assumed clock difference is taken to be wrong. */
const manyInARow = 20;

/**
 * The usual difference between the venue's clock and ours. It begins at zero, or at the age of the first time where an old stream is served
 * again.
 */
class ClockMark {
  #ahead = 0;
  #isSet = false;
  #refused = 0;
  #refusedAhead = 0;

  /** Whether a time fits the moment at which it was received. */
  fits(time: number, receiveTime: number, isHistory: boolean): boolean {
    if (!(receiveTime >= firstTime)) return time >= 0 && time < Infinity;
    if (!(time >= firstTime && time < Infinity)) return false;
    const ahead = time - receiveTime;
    const oldest = isHistory ? Infinity : oldestMs;
    if (ahead <= aheadMs && ahead >= -oldest) {
      if (ahead >= -aheadMs) this.#set(0);
      return true;
    }
    const beyond = ahead - this.#ahead;
    if (beyond <= aheadMs && beyond >= -oldest) {
      this.#refused = 0;
      // It follows a drift of either clock; times that are old for another reason do not change it.
      if (beyond > 0) this.#ahead += beyond / 4;
      else if (beyond > -5_000) this.#ahead += beyond / 64;
      return true;
    }
    if (!this.#isSet && ahead < 0) return this.#set(ahead);
    this.#refused = Math.abs(ahead - this.#refusedAhead) <= aheadMs ? this.#refused + 1 : 1;
    this.#refusedAhead = ahead;
    return this.#refused >= manyInARow && this.#set(ahead);
  }

  #set(ahead: number): true {
    this.#ahead = ahead;
    this.#isSet = true;
    this.#refused = 0;
    return true;
  }
}

/** What a gate must know about its stream. */
export interface EventGateOptions {
  readonly numbers: NumberKind;
  readonly tradeIds: TradeIds;
  /** Symbols whose prices may be zero or negative. */
  readonly signedPrices?: ReadonlySet<string>;
}

/**
 * Checks market events.
 *
 * Prices are finite and above 0 (any finite number where the instrument says so), sizes finite and not negative, times finite and close
 * to the moment they were received, bars in range. An empty side that a venue sends as 0 becomes undefined, and a quote whose bid is
 * above its ask is marked `crossed`. After a run of refused times that agree with each other the clock difference is set from them.
 */
export class EventGate<N> {
  /** Why the latest refused event was refused. */
  refusal: Refusal = { reason: 'value', detail: '' };
  /** The number of the latest trade that passed, where the venue numbers them. */
  tradeNumber = NaN;
  readonly #kind: NumberKind;
  readonly #numberedTrades: boolean;
  readonly #signed: ReadonlySet<string> | undefined;
  readonly #clock = new ClockMark();

  constructor({ numbers, tradeIds, signedPrices }: EventGateOptions) {
    this.#kind = numbers;
    this.#numberedTrades = tradeIds === 'consecutive';
    this.#signed = signedPrices === undefined || signedPrices.size === 0 ? undefined : signedPrices;
  }

  /** The event to pass on; undefined when it is refused. Only market events are refused: all others pass. */
  check(event: MarketEvent<N>): MarketEvent<N> | undefined;
  check(event: StreamEvent<N>): StreamEvent<N> | undefined;
  check(event: StreamEvent<N>): StreamEvent<N> | undefined {
    switch (event.type) {
      case 'trade':
        return this.passes(event) ? event : undefined;
      case 'quote':
        return this.#quote(event);
      case 'book':
        return this.#book(event) ? event : undefined;
      case 'l3':
        return this.#l3(event) ? event : undefined;
      case 'bar':
        return this.#bar(event) ? event : undefined;
      case 'funding':
        return this.#funding(event);
      case 'ticker24h':
        return this.#ticker(event);
      case 'openInterest':
        return this.#time(event) && this.#size(event.size, 'size', event) ? event : undefined;
      case 'index':
      case 'mark':
        return this.#time(event) && this.#price(event.price, 'price', event) ? event : undefined;
      case 'liquidation':
        return this.#time(event) && this.#price(event.price, 'price', event) && this.#size(event.size, 'size', event)
          ? event
          : undefined;
      default:
        return event;
    }
  }

  /** Whether a trade may be passed on. */
  passes(trade: TradeTick<N>): boolean {
    const { time, receiveTime, id, backfill } = trade;
    if (!this.#price(trade.price, 'price', trade) || !this.#size(trade.size, 'size', trade)) return false;
    if (time !== undefined && !this.#clock.fits(time, receiveTime, backfill)) return this.#refuseTime(time, trade);
    if (id === undefined || !this.#numberedTrades) return true;
    const number = numberOf(id);
    if (!Number.isSafeInteger(number) || number < 0) {
      return this.#refuse('id', `id of a trade was '${id.slice(0, 40)}'`);
    }
    this.tradeNumber = number;
    return true;
  }

  /** Whether a book message may be applied to its book. */
  passesBook(message: BookMessage): boolean {
    const isSigned = this.#signed?.has(message.symbol) === true;
    return this.#head(message) && this.#levels(message.bids, isSigned) && this.#levels(message.asks, isSigned);
  }

  /** Whether a message of single orders may be applied to its book. */
  passesL3(message: L3Message): boolean {
    const { bids, asks, reduced = [], resized = [] } = message;
    const isSigned = this.#signed?.has(message.symbol) === true;
    if (!this.#head(message) || !this.#orders(bids, isSigned) || !this.#orders(asks, isSigned)) return false;
    for (const [, size] of [...reduced, ...resized]) {
      const units = numberOf(size);
      if (!(units >= 0 && units < Infinity)) return this.#refuse('size', `size of an order was ${text(size)}`);
    }
    return true;
  }

  #orders(orders: L3Message['bids'], isSigned: boolean): boolean {
    for (const [id, price, size] of orders) {
      if (id === '') return this.#refuse('id', "id of an order was ''");
      const at = numberOf(price);
      const units = numberOf(size);
      if (!((at > 0 || isSigned) && at - at === 0))
        return this.#refuse('price', `price of an order was ${text(price)}`);
      if (!(units >= 0 && units < Infinity)) return this.#refuse('size', `size of an order was ${text(size)}`);
    }
    return true;
  }

  #head(message: BookMessage | L3Message): boolean {
    const { time, receiveTime, first, sequence, previous } = message;
    if (time !== undefined && !this.#clock.fits(time, receiveTime, false)) {
      return this.#refuseTime(time, { type: 'book' });
    }
    if (!isSequence(first) || !isSequence(sequence) || !isSequence(previous)) {
      return this.#refuse('sequence', `sequence of a book was ${[first, sequence, previous].join(', ')}`);
    }
    return true;
  }

  #levels(levels: BookMessage['bids'], isSigned: boolean): boolean {
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i]!;
      const price = level[0];
      const size = level[1];
      if (!((price > 0 || isSigned) && price - price === 0))
        return this.#refuse('price', `price of a level was ${price}`);
      if (!(size >= 0 && size < Infinity)) return this.#refuse('size', `size of a level was ${size}`);
    }
    return true;
  }

  #book(event: Extract<MarketEvent<N>, { type: 'book' }>): boolean {
    if (!this.#time(event)) return false;
    for (const side of [event.bids, event.asks]) {
      for (const [price, size] of side) {
        if (!this.#price(price, 'price of a level', event) || !this.#size(size, 'size of a level', event)) return false;
      }
    }
    return true;
  }

  #l3(event: Extract<MarketEvent<N>, { type: 'l3' }>): boolean {
    if (!this.#time(event)) return false;
    for (const side of [event.bids, event.asks]) {
      for (const [, price, size] of side) {
        if (!this.#price(price, 'price of an order', event) || !this.#size(size, 'size of an order', event))
          return false;
      }
    }
    return true;
  }

  #quote(quote: Quote<N>): Quote<N> | undefined {
    const { bid, bidSize, ask, askSize, sequence, time, receiveTime } = quote;
    if (time !== undefined && !this.#clock.fits(time, receiveTime, false)) {
      this.#refuseTime(time, quote);
      return;
    }
    if (!isSequence(sequence)) {
      this.#refuse('sequence', `sequence of a quote was ${sequence}`);
      return;
    }
    if (this.#kind === 'number' && isPlain(bid as number, bidSize as number, ask as number, askSize as number)) {
      return quote;
    }
    const isSigned = this.#signed?.has(quote.symbol) === true;
    const hasNoBid = bid === undefined || (!isSigned && this.#isEmpty(bid, bidSize));
    const hasNoAsk = ask === undefined || (!isSigned && this.#isEmpty(ask, askSize));
    if (!hasNoBid && !(this.#price(bid, 'bid', quote) && this.#sizeMaybe(bidSize, 'bid size', quote))) return undefined;
    if (!hasNoAsk && !(this.#price(ask, 'ask', quote) && this.#sizeMaybe(askSize, 'ask size', quote))) return undefined;
    // A side without a price has no size either, whatever the venue sent.
    if ((hasNoBid && hasRest(bid, bidSize)) || (hasNoAsk && hasRest(ask, askSize))) {
      const none = undefined;
      return {
        ...quote,
        ...(hasNoBid && { bid: none, bidSize: none }),
        ...(hasNoAsk && { ask: none, askSize: none }),
      };
    }
    if (hasNoBid || hasNoAsk || !(this.#number(bid) > this.#number(ask))) return quote;
    return { ...quote, crossed: true };
  }

  /** Venues send an empty side as price 0 without a size. */
  #isEmpty(price: N, size: N | undefined): boolean {
    return this.#number(price) === 0 && (size === undefined || this.#number(size) === 0);
  }

  #bar(bar: BarUpdate<N>): boolean {
    const { start, end, time, receiveTime, tradeCount } = bar;
    if (time !== undefined && !this.#clock.fits(time, receiveTime, true)) return this.#refuseTime(time, bar);
    if (start !== time && !this.#clock.fits(start, receiveTime, true)) return this.#refuseTime(start, bar);
    if (!(end > start && end < Infinity)) return this.#refuse('time', `end of a bar was ${end}, its start ${start}`);
    if (this.#kind === 'number' && isPlainBar(bar as BarUpdate)) return true;
    if (!this.#price(bar.open, 'open', bar) || !this.#price(bar.high, 'high', bar)) return false;
    if (!this.#price(bar.low, 'low', bar) || !this.#price(bar.close, 'close', bar)) return false;
    if (!this.#size(bar.volume, 'volume', bar) || !this.#countMaybe(tradeCount, bar)) return false;
    const open = this.#number(bar.open);
    const high = this.#number(bar.high);
    const low = this.#number(bar.low);
    const close = this.#number(bar.close);
    if (high >= Math.max(open, close) && low <= Math.min(open, close)) return true;
    return this.#refuse('range', `open, high, low and close of a bar were ${[open, high, low, close].join(', ')}`);
  }

  #funding(funding: Funding<N>): Funding<N> | undefined {
    const { rate, predictedRate, nextTime, markPrice, indexPrice } = funding;
    if (!this.#time(funding)) return undefined;
    if (nextTime !== undefined && !(nextTime >= 0 && nextTime < Infinity)) {
      this.#refuse('time', `next time of a funding was ${nextTime}`);
      return;
    }
    for (const value of [rate, predictedRate]) {
      if (value !== undefined && !Number.isFinite(this.#number(value))) {
        this.#refuse('value', `rate of a funding was ${text(value)}`);
        return;
      }
    }
    const mark = this.#priceOrNone(markPrice, 'mark price', funding);
    const index = mark === refused ? refused : this.#priceOrNone(indexPrice, 'index price', funding);
    if (mark === refused || index === refused) return undefined;
    return mark === markPrice && index === indexPrice ? funding : { ...funding, markPrice: mark, indexPrice: index };
  }

  #ticker(ticker: Ticker24h<N>): Ticker24h<N> | undefined {
    if (!this.#time(ticker) || !this.#countMaybe(ticker.tradeCount, ticker)) return undefined;
    if (!this.#sizeMaybe(ticker.volume, 'volume', ticker)) return undefined;
    if (!this.#sizeMaybe(ticker.quoteVolume, 'quote volume', ticker)) return undefined;
    let checked = ticker;
    for (const name of ['open', 'high', 'low', 'last'] as const) {
      const price = this.#priceOrNone(ticker[name], name, ticker);
      if (price === refused) return undefined;
      if (price !== ticker[name]) checked = { ...checked, [name]: price };
    }
    return checked;
  }

  /** A price that a venue may send as 0 where there is none. */
  #priceOrNone(price: N | undefined, field: string, event: MarketEvent<N>): N | undefined | typeof refused {
    if (price === undefined) return undefined;
    if (this.#number(price) === 0 && this.#signed?.has(event.symbol) !== true) return undefined;
    return this.#price(price, field, event) ? price : refused;
  }

  #price(price: N, field: string, { type, symbol }: MarketEvent<N>): boolean {
    const number = this.#number(price);
    if (number > 0 && number < Infinity) return true;
    if (this.#signed?.has(symbol) === true && Number.isFinite(number)) return true;
    return this.#refuse('price', `${field} of a ${type} was ${text(price)}`);
  }

  #size(size: N, field: string, { type }: MarketEvent<N>): boolean {
    const number = this.#number(size);
    return (number >= 0 && number < Infinity) || this.#refuse('size', `${field} of a ${type} was ${text(size)}`);
  }

  #sizeMaybe(size: N | undefined, field: string, event: MarketEvent<N>): boolean {
    return size === undefined || this.#size(size, field, event);
  }

  #countMaybe(count: number | undefined, { type }: MarketEvent<N>): boolean {
    if (count === undefined || (count >= 0 && count < Infinity)) return true;
    return this.#refuse('value', `trade count of a ${type} was ${count}`);
  }

  #time(event: MarketEvent<N>): boolean {
    const { time, receiveTime, type } = event;
    const isHistory = type !== 'quote' && type !== 'book' && type !== 'l3';
    if (time === undefined || this.#clock.fits(time, receiveTime, isHistory)) return true;
    return this.#refuseTime(time, event);
  }

  #number(value: N): number {
    if (this.#kind === 'number') return value as number;
    return this.#kind === 'text' ? numberOf(value as string) : Number(value);
  }

  #refuseTime(time: number, { type, receiveTime }: { readonly type: string; readonly receiveTime?: number }): false {
    const seen = Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
    const when = receiveTime === undefined ? '' : `, received at ${new Date(receiveTime).toISOString()}`;
    return this.#refuse('time', `time of a ${type} was ${seen}${when}`);
  }

  #refuse(reason: RefusalReason, detail: string): false {
    this.refusal = { reason, detail };
    return false;
  }
}

const refused: unique symbol = Symbol('refused');

/** Whether a quote has both sides, each of a price and a size that any market can have, and is not crossed: most are. */
function isPlain(bid: number, bidSize: number, ask: number, askSize: number): boolean {
  return bid > 0 && ask >= bid && ask < Infinity && bidSize >= 0 && bidSize < Infinity && askSize >= 0 && askSize < Infinity; // prettier-ignore
}

/** Whether a bar has prices in range, a volume and a count that any market can have: most have. */
function isPlainBar({ open, high, low, close, volume, tradeCount }: BarUpdate): boolean {
  if (!(low > 0 && open >= low && close >= low && high >= open && high >= close && high < Infinity)) return false;
  if (tradeCount !== undefined && !(tradeCount >= 0 && tradeCount < Infinity)) return false;
  return volume >= 0 && volume < Infinity;
}

/** Whether a price or size was sent for a side that has no price. */
function hasRest(price: unknown, size: unknown): boolean {
  return price !== undefined || size !== undefined;
}

function isSequence(sequence: number | undefined): boolean {
  return sequence === undefined || (sequence >= -1 && sequence < Infinity);
}

function text(value: unknown): string {
  return String(value).slice(0, 40);
}
