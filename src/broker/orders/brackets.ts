/** Brackets: an entry with a protective stop and a profit target that begin to work once it is executed. */
import { ConfigError, checkNames, type Refusal, type Side } from '../../core/index.ts';
import type { Order } from './order.ts';
import type { OrderEntry } from './entry.ts';
import { workingOf } from './working-order.ts';
import type { OrderOptions, Validity } from './options.ts';

/** An exit of a bracket: its price, or its options. */
export type ExitOptions =
  | number
  | {
      /** Trigger of a stop, limit of a limit order; a trailing stop starts at the price of the entry's fill without it. */
      readonly price?: number | undefined;
      /** Default: `stop` for the stop loss, `limit` for the profit target. */
      readonly type?: 'stop' | 'stopLimit' | 'stopTrail' | 'stopTrailLimit' | 'limit' | 'market' | 'close' | undefined;
      /** Limit that works once the stop is reached, in quote units. Required for `stopLimit`. Default of `stopTrailLimit`: the price it starts at. */
      readonly limitPrice?: number | undefined;
      /** Default: the entry's. */
      readonly tag?: string | undefined;
      /** Distance at which the stop follows the price, in quote units. One of the three distances is required for a trailing stop. */
      readonly trailAmount?: number | undefined;
      /** Distance at which the stop follows the price, as a fraction of it: 0.01 is 1 %. Required without the other two. */
      readonly trailPercent?: number | undefined;
      /** Distance at which the stop follows the price, in average true ranges. Required without the other two. */
      readonly trailAtr?: number | undefined;
      /** Bars of the average true range. Default 14. */
      readonly trailPeriod?: number | undefined;
      /** Price from which the stop begins to trail, in quote units. Default: at once. */
      readonly activationPrice?: number | undefined;
      /** Default: the entry's. */
      readonly valid?: Validity | undefined;
    };

/** A bracket: the entry's options, and its exits. One of them may be left out. */
export type BracketOptions = Omit<
  OrderOptions,
  | 'oco'
  | 'parent'
  | 'transmit'
  | 'reduceOnly'
  | 'stopPrice'
  | 'type'
  | 'price'
  | 'limitPrice'
  | 'exit'
  | 'triggered'
  | 'timeInForce'
  | 'postOnly'
  | 'quoteSize'
> & {
  /** How the position is entered. Default: `limit` with a price, else `market`. */
  readonly type?: 'market' | 'limit' | 'stop' | 'stopLimit' | undefined;
  /** Limit or stop price of the entry, in quote units. Default: at the market. */
  readonly price?: number | undefined;
  /** Limit of an entry that is a stop-limit order, in quote units. Required there. */
  readonly limitPrice?: number | undefined;
  /** The protective stop: its price, or how it trails. Default: none. */
  readonly stopLoss?: ExitOptions | undefined;
  /** The profit target's limit price. Default: none. */
  readonly takeProfit?: ExitOptions | undefined;
};

/** The orders of a bracket. When one exit is executed the other is canceled. */
export interface Bracket {
  /** The entry. */
  readonly main: Order;
  /** The protective stop; undefined when none was asked for. */
  readonly stopLoss: Order | undefined;
  /** The profit target; undefined when none was asked for. */
  readonly takeProfit: Order | undefined;
}

/** Places a bracket; undefined when the sizer finds nothing to do. */
export function placeBracket(entry: OrderEntry, side: Side, options: BracketOptions): Bracket | undefined {
  for (const key in options) if (!entryNames.has(key)) checkNames('order option', options, [...entryNames]);
  const { stopLoss, takeProfit } = options;
  if (stopLoss === undefined && takeProfit === undefined) {
    throw new ConfigError('a bracket needs a stopLoss, a takeProfit or both');
  }
  const main = placeEntry(entry, side, options);
  if (main === undefined) return undefined;
  if (workingOf(main)?.status === 'rejected') return { main, stopLoss: undefined, takeProfit: undefined };
  const { valid } = options;
  const other = side === 'buy' ? 'sell' : 'buy';
  try {
    const stop =
      stopLoss === undefined
        ? undefined
        : placeExit(entry, other, main, stopLoss, 'stop', valid, takeProfit === undefined);
    const target =
      takeProfit === undefined ? undefined : placeExit(entry, other, main, takeProfit, 'limit', valid, true);
    return { main, stopLoss: stop, takeProfit: target };
  } catch (error) {
    // No entry without its exits, for a strategy that catches the error.
    entry.cancel(main, 'an exit of its bracket makes no sense');
    throw error;
  }
}

/** Why the exits of a bracket make no sense; undefined when they do. A trailing stop without a price follows from where it starts. */
function nonsenseOf(
  entry: OrderEntry,
  side: Side,
  { data, price, stopLoss, takeProfit }: BracketOptions,
): Refusal | undefined {
  const at = price ?? entry.dataOf(data).close.now;
  return entry.broker.rules.sense.nonsenseOfBracket(side, at, priceOf(stopLoss), priceOf(takeProfit));
}

function priceOf(exit: ExitOptions | undefined): number | undefined {
  return typeof exit === 'number' ? exit : exit?.price;
}

function placeEntry(entry: OrderEntry, side: Side, options: BracketOptions): Order | undefined {
  const { stopLoss, price } = options;
  // Written out: copies made key by key cost as much as placing the order.
  return entry.placeNamed(
    side,
    {
      data: options.data,
      size: options.size,
      valid: options.valid,
      tradeId: options.tradeId,
      tag: options.tag,
      cheatOnClose: options.cheatOnClose,
      cheatOnOpen: options.cheatOnOpen,
      whenCashShort: options.whenCashShort,
      type: options.type ?? (price === undefined ? 'market' : 'limit'),
      price,
      limitPrice: options.limitPrice,
      stopPrice: priceOf(stopLoss),
      transmit: false,
    },
    undefined,
    undefined,
    true,
    nonsenseOf(entry, side, options),
  );
}

function placeExit(
  entry: OrderEntry,
  side: Side,
  main: Order,
  given: ExitOptions,
  type: 'stop' | 'limit',
  valid: Validity | undefined,
  transmit: boolean,
): Order {
  const { data, tradeId, size, tag } = main;
  if (typeof given === 'number') {
    return entry.placeNamed(side, { data, tradeId, tag, valid, type, price: given, size, parent: main, transmit })!;
  }
  checkNames('option of an exit', given, exitNames);
  return entry.placeNamed(side, { data, tradeId, tag, valid, type, ...given, size, parent: main, transmit })!;
}

/** What the options of an exit may be called. */
const exitNames = [
  'price', 'type', 'limitPrice', 'tag', 'trailAmount', 'trailPercent', 'trailAtr', 'trailPeriod', 'activationPrice', 'valid',
] as const; // prettier-ignore

/** What the options of a bracket may be called. */
const entryNames: ReadonlySet<string> = new Set([
  'data', 'size', 'valid', 'tradeId', 'cheatOnClose', 'cheatOnOpen', 'whenCashShort', 'type', 'price', 'limitPrice', 'stopLoss', 'takeProfit',
  'tag',
]); // prettier-ignore
