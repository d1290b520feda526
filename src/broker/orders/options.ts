/** What a strategy may say of an order, and the checks that it makes sense. */
import {
  ConfigError,
  OrderError,
  checkNames,
  defaultLot,
  floorToStep,
  isInverse,
  nearestName,
  orderTypes,
  shown,
  toTime,
  type Instrument,
  type OrderType,
  type Refusal,
} from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import { tradeExits, type TradeExit } from '../accounting/trade.ts';
import { cashShortages, type CashShortage } from '../accounting/cash-rule.ts';
import { Order } from './order.ts';

/**
 * How long an order works. Absent: until it is canceled.
 *
 * `'day'`: to the end of the data's session (24:00 UTC without one). `{ afterMs }`: for this many milliseconds from the present bar's
 * close.
 * A time: up to and including it.
 */
export type Validity =
  | 'day'
  | {
      /** Milliseconds from the moment it was placed. */
      readonly afterMs: number;
    }
  | Date
  | number
  | `${number}-${number}-${number}${string}`;

/** Time in force of an order, in the words of venues. */
export const timesInForce = ['gtc', 'ioc', 'fok', 'gtx'] as const;
export type TimeInForce = (typeof timesInForce)[number];

/** Options of every order, whatever its type. */
export interface CommonOptions {
  /** Which data to trade, itself or its name. Default: the first. */
  readonly data?: Data | string | undefined;
  /** Units, positive. Default: the sizer decides. */
  readonly size?: number | undefined;
  /** How long it works. Default: until it is canceled. */
  readonly valid?: Validity | undefined;
  /** Why the order was placed, in your own words; its fills and its trade carry it. Default: none. */
  readonly tag?: string | undefined;
  /** The `trade.exit` of a trade that this order ends. Default: by the order's type, `signal` for a market order. */
  readonly exit?: TradeExit | undefined;
  /** Keeps several trades of one data apart; with `close` it says which of them to close. Default 0, and the whole position. */
  readonly tradeId?: number | undefined;
  /** Joins the one-cancels-other group of this order: the first of a group that fills, is canceled or expires cancels the others. Default: no group. */
  readonly oco?: Order | undefined;
  /** The entry that this order belongs to: the order begins to work once the entry is filled. Default: it works at once. */
  readonly parent?: Order | undefined;
  /** False holds the order back until a later one of the same parent is sent. Default true. */
  readonly transmit?: boolean | undefined;
  /** Whether it may only reduce a position: it fills at most what is held, and ends with the position. Default false. */
  readonly reduceOnly?: boolean | undefined;
  /**
   * What to do when it exceeds the free cash at its fill: `cut` it to what fits, or `refuse` it. Default: the broker's `whenCashShort`.
   */
  readonly whenCashShort?: CashShortage | undefined;
  /**
   * Time in force: `gtc` until canceled (the default), `ioc` fills what the market takes at once and cancels the rest, `fok` fills at once
   * in full or not at all, `gtx` as `postOnly`.
   */
  readonly timeInForce?: TimeInForce | undefined;
  /** For limit orders: `refuse` (or true) rejects it where it would take liquidity, `reprice` moves it a tick behind the market. Default false. */
  readonly postOnly?: boolean | 'refuse' | 'reprice' | undefined;
  /**
   * For market orders, instead of `size`: quote units to spend or to earn. The size follows from the price of the fill. Default: none,
   * `size` or the sizer decides.
   */
  readonly quoteSize?: number | undefined;
  /** The price, in quote units, at which the strategy will stop out; for sizers such as `riskPerTrade`. Default: unknown. */
  readonly stopPrice?: number | undefined;
  /**
   * What to do with a stop that would trigger at once: `refuse` rejects it (the default), `fire` executes it. Under Backtrader's rules it
   * always triggers.
   */
  readonly triggered?: 'refuse' | 'fire' | undefined;
  /** False exempts a market order from the broker's `cheatOnClose`. Default true. */
  readonly cheatOnClose?: boolean | undefined;
  /** False makes a market order placed in `nextOpen` wait for the open of the bar after. Default true. */
  readonly cheatOnOpen?: boolean | undefined;
}

/** The distance of a trailing stop: an amount or a fraction, not both. */
export interface TrailOptions {
  /** Distance from the price in quote units. Required unless `trailPercent` or `trailAtr` is given; two of them are refused. */
  readonly trailAmount?: number | undefined;
  /** Distance as a fraction of the price: 0.01 is 1 %. Required unless `trailAmount` or `trailAtr` is given. */
  readonly trailPercent?: number | undefined;
  /**
   * Distance as a multiple of the average true range at placing, a plain mean over `trailPeriod` bars. Required unless `trailAmount` or
   * `trailPercent` is given.
   */
  readonly trailAtr?: number | undefined;
  /** Bars of the average true range for `trailAtr`. Default 14. */
  readonly trailPeriod?: number | undefined;
  /** The price that activates the trailing stop; until it is reached the order does nothing. Default: it trails at once. */
  readonly activationPrice?: number | undefined;
}

/** An order, by type. A `market` order needs nothing more. */
export type OrderOptions = CommonOptions &
  (
    | {
        /** The kind of order. Default `market`. */
        readonly type?: 'market' | 'close' | undefined;
      }
    | {
        /** The kind of order. Default `market`. */
        readonly type: 'limit' | 'stop';
        /** The limit, or the trigger of a stop, in quote units. */
        readonly price: number;
      }
    | {
        /** The kind of order. Default `market`. */
        readonly type: 'stopLimit';
        /** The limit, or the trigger of a stop, in quote units. */
        readonly price: number;
        /** Limit that works once the stop is reached, in quote units. */
        readonly limitPrice: number;
      }
    | ({
        /** The kind of order. Default `market`. */
        readonly type: 'stopTrail';
        /** The price that the trail starts from, in quote units. Default: the latest close. */
        readonly price?: number | undefined;
      } & TrailOptions)
    | ({
        /** The kind of order. Default `market`. */
        readonly type: 'stopTrailLimit';
        /** The price that the trail starts from, in quote units. Default: `limitPrice`, else the latest close. */
        readonly price?: number | undefined;
        /**
         * Limit that works once the stop is reached, in quote units, for a stop at `price`: as the stop moves, the limit keeps its distance.
         * Default: the stop itself.
         */
        readonly limitPrice?: number | undefined;
      } & TrailOptions)
  );

/** The options of every type of order in one shape, for code that reads them. */
export interface LooseOrderOptions extends CommonOptions, TrailOptions {
  /** The kind of order. Default `market`. */
  readonly type?: OrderType | undefined;
  /**
   * Limit price, stop price, or the price a trail starts from, in quote units. Required for limit, stop and stopLimit orders. Default of a
   * trail: the latest close.
   */
  readonly price?: number | undefined;
  /** Limit that works once the stop is reached, in quote units. Required for stopLimit orders. Default of a stopTrailLimit order: its `price`. */
  readonly limitPrice?: number | undefined;
}

const names = [
  'data',
  'size',
  'type',
  'price',
  'limitPrice',
  'valid',
  'tradeId',
  'tag',
  'triggered',
  'exit',
  'oco',
  'parent',
  'transmit',
  'stopPrice',
  'cheatOnClose',
  'cheatOnOpen',
  'trailAmount',
  'trailPercent',
  'trailAtr',
  'trailPeriod',
  'activationPrice',
  'reduceOnly',
  'timeInForce',
  'postOnly',
  'quoteSize',
  'whenCashShort',
] as const;

const knownNames: ReadonlySet<string> = new Set(names);

/** Throws for options that no order has, with the nearest one that there is. */
export function checkOrderNames(options: LooseOrderOptions): void {
  // One look at each key: a full check of names would cost as much as placing the order.
  for (const key in options) if (key !== 'data' && !knownNames.has(key)) checkNames('order option', options, names);
}

/** Whether an order's options name its data at most: such an order cannot be wrong. */
export function namesOnlyData(options: LooseOrderOptions): boolean {
  for (const key in options) if (key !== 'data') return false;
  return true;
}

/** Throws for options that no order of their type can have. */
export function checkOrderOptions(options: LooseOrderOptions): void {
  const type = options.type ?? 'market';
  if (!orderTypes.includes(type)) {
    const near = nearestName(type, orderTypes);
    throw new ConfigError(
      `type must be one of ${orderTypes.join(', ')}, was '${type as string}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    );
  }
  if (options.size !== undefined && !(Number.isFinite(options.size) && options.size > 0)) {
    throw new OrderError(`size must be a number above 0, was ${options.size}`, { context: { field: 'size' } });
  }
  const { tag, exit } = options;
  if (tag !== undefined && typeof tag !== 'string') throw new OrderError(`tag must be a text, was ${String(tag)}`);
  const triggered: string = options.triggered ?? 'refuse';
  if (triggered !== 'refuse' && triggered !== 'fire') {
    throw new OrderError(`triggered must be 'refuse' or 'fire', was '${triggered}'`);
  }
  if (exit !== undefined && !tradeExits.includes(exit)) {
    throw new OrderError(`exit must be one of ${tradeExits.join(', ')}, was '${exit as string}'`);
  }
  const { reduceOnly }: { readonly reduceOnly?: unknown } = options;
  if (reduceOnly !== undefined && typeof reduceOnly !== 'boolean') {
    throw new ConfigError(`reduceOnly must be true or false, was ${shown(reduceOnly)}`, {
      context: { field: 'reduceOnly' },
    });
  }
  for (const field of ['oco', 'parent'] as const) {
    const order: unknown = options[field];
    if (order === undefined || order instanceof Order) continue;
    throw new ConfigError(`${field} must be an order, was ${shown(order)}`, { context: { field } });
  }
  const short: string | undefined = options.whenCashShort;
  if (short !== undefined && !(cashShortages as readonly string[]).includes(short)) {
    throw new ConfigError(`whenCashShort must be one of ${cashShortages.join(', ')}, was '${short}'`, {
      context: { field: 'whenCashShort' },
    });
  }
  if (options.timeInForce !== undefined || options.postOnly !== undefined || options.quoteSize !== undefined)
    checkFlags(type, options);
  const isTrail = type === 'stopTrail' || type === 'stopTrailLimit';
  const needsPrice = type === 'limit' || type === 'stop' || type === 'stopLimit';
  if (needsPrice || (isTrail && options.price !== undefined)) checkPrice(type, 'price', options.price);
  if (type === 'stopLimit' || (type === 'stopTrailLimit' && options.limitPrice !== undefined)) {
    checkPrice(type, 'limitPrice', options.limitPrice);
  }
  if (isTrail) checkTrail(type, options);
  else if (options.activationPrice !== undefined) {
    throw new OrderError(`activationPrice belongs to trailing orders, not to a ${type} order`, {
      context: { field: 'activationPrice' },
    });
  }
}

/** Throws for flags that are unknown, or that no order of the type can have. */
function checkFlags(type: OrderType, { timeInForce, postOnly, quoteSize, size }: LooseOrderOptions): void {
  const force: string = timeInForce ?? 'gtc';
  if (!(timesInForce as readonly string[]).includes(force)) {
    const near = nearestName(force.toLowerCase(), timesInForce);
    throw flagError(
      'timeInForce',
      `must be one of ${timesInForce.join(', ')}, was '${force}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
    );
  }
  const post: unknown = postOnly ?? false;
  if (![true, false, 'refuse', 'reprice'].includes(post as boolean)) {
    throw flagError('postOnly', `must be true, 'refuse' or 'reprice', was ${shown(post)}`);
  }
  const isPosted = post !== false || force === 'gtx';
  if (isPosted && type !== 'limit')
    throw flagError(post === false ? 'timeInForce' : 'postOnly', `needs a limit order, was ${type}`);
  if (isPosted && (force === 'ioc' || force === 'fok')) {
    throw flagError('postOnly', `contradicts timeInForce '${force}': one rests, the other never does`);
  }
  if ((force === 'ioc' || force === 'fok') && type !== 'limit' && type !== 'market') {
    throw flagError('timeInForce', `'${force}' needs a limit or market order, was ${type}`);
  }
  if (quoteSize === undefined) return;
  if (!(quoteSize > 0 && Number.isFinite(quoteSize)))
    throw flagError('quoteSize', `must be a number above 0, was ${quoteSize}`);
  if (type !== 'market') throw flagError('quoteSize', `needs a market order, was ${type}`);
  if (size !== undefined) throw flagError('quoteSize', `and size cannot both be given, size was ${size}`);
}

function flagError(field: string, text: string): OrderError {
  return new OrderError(`${field} ${text}`, { context: { field } });
}

/** The last moment of an order's validity by the data's clock; Infinity without one. */
export function validUntil(valid: Validity | undefined, now: number, sessionEnd: number): number {
  if (valid === undefined) return Infinity;
  if (valid === 'day') return sessionEnd;
  if (typeof valid === 'object' && 'afterMs' in valid) {
    if (!(valid.afterMs >= 0)) throw new OrderError(`valid.afterMs must not be negative, was ${valid.afterMs}`);
    return now + valid.afterMs;
  }
  return toTime(valid, 'valid');
}

function checkPrice(type: OrderType, field: string, value: number | undefined): void {
  if (value !== undefined && Number.isFinite(value)) return;
  throw new OrderError(`a ${type} order needs a finite ${field}, was ${String(value)}`, { context: { field } });
}

function checkTrail(type: OrderType, options: LooseOrderOptions): void {
  const { trailAmount, trailPercent, trailAtr, trailPeriod, activationPrice } = options;
  const given = [trailAmount, trailPercent, trailAtr].filter((distance) => distance !== undefined);
  if (given.length !== 1 || !(given[0]! > 0 && Number.isFinite(given[0]))) {
    const seen = `trailAmount ${String(trailAmount)}, trailPercent ${String(trailPercent)}, trailAtr ${String(trailAtr)}`;
    throw new OrderError(
      `a ${type} order needs a positive trailAmount, trailPercent or trailAtr, one of them, was ${seen}`,
    );
  }
  if (trailPeriod !== undefined && !(Number.isInteger(trailPeriod) && trailPeriod > 0)) {
    throw new OrderError(`trailPeriod must be a positive integer, was ${trailPeriod}`, {
      context: { field: 'trailPeriod' },
    });
  }
  if (activationPrice !== undefined) checkPrice(type, 'activationPrice', activationPrice);
}

/** The units on the lot that an amount of quote units trades at a price, or why an order for it is refused. */
export function unitsOfQuote(amount: number, instrument: Instrument | undefined, price: number): number | Refusal {
  const lot = instrument?.lot ?? defaultLot;
  const worth = (isInverse(instrument) ? 1 : price) * (instrument?.contractSize ?? 1);
  const units = floorToStep(amount / worth, lot);
  if (units > 0) return units;
  const [some, least] = [amount / worth, lot * worth].map((one) => +one.toPrecision(8));
  return {
    rule: 'lot',
    reason: `quoteSize ${amount} is ${some} units at ${price}, less than the lot ${lot}: the nearest is ${least}`,
  };
}
