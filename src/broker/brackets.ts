/** Brackets: an entry with a protective stop and a profit target that begin to work once it is executed. */
import { ConfigError, type Side } from '../core/index.ts';
import type { Order } from './order.ts';
import type { OrderEntry } from './order-entry.ts';
import type { LooseOrderOptions, OrderOptions, Validity } from './order-options.ts';

/** An exit of a bracket: its price, or more about it. */
export type ExitOptions =
  | number
  | {
      /** Trigger of a stop, limit of a limit order; a trailing stop starts at the present close without it. */
      readonly price?: number | undefined;
      /** Default: `stop` for the stop loss, `limit` for the profit target. */
      readonly type?: 'stop' | 'stopLimit' | 'stopTrail' | 'stopTrailLimit' | 'limit' | 'market' | 'close' | undefined;
      readonly limitPrice?: number | undefined;
      readonly trailAmount?: number | undefined;
      readonly trailPercent?: number | undefined;
      /** Default: the entry's. */
      readonly valid?: Validity | undefined;
    };

/** A bracket: the entry's options, and its exits. One of them may be left out. */
export type BracketOptions = Omit<
  OrderOptions,
  'oco' | 'parent' | 'transmit' | 'stopPrice' | 'type' | 'price' | 'limitPrice'
> & {
  /** How the position is entered. Default: `limit` with a price, else `market`. */
  readonly type?: 'market' | 'limit' | 'stop' | 'stopLimit' | undefined;
  readonly price?: number | undefined;
  readonly limitPrice?: number | undefined;
  readonly stopLoss?: ExitOptions | undefined;
  readonly takeProfit?: ExitOptions | undefined;
};

/** The orders of a bracket. When one exit is executed the other is cancelled. */
export interface Bracket {
  readonly main: Order;
  readonly stopLoss: Order | undefined;
  readonly takeProfit: Order | undefined;
}

/** Places a bracket; undefined when the sizer finds nothing to do. */
export function placeBracket(entry: OrderEntry, side: Side, options: BracketOptions): Bracket | undefined {
  const { stopLoss, takeProfit, ...rest } = options;
  if (stopLoss === undefined && takeProfit === undefined) {
    throw new ConfigError('a bracket needs a stopLoss, a takeProfit or both');
  }
  const type = rest.type ?? (rest.price === undefined ? 'market' : 'limit');
  const stopPrice = typeof stopLoss === 'number' ? stopLoss : stopLoss?.price;
  const main = entry.place(side, { ...rest, type, stopPrice, transmit: false } as OrderOptions);
  if (main === undefined) return undefined;
  const exit = (given: ExitOptions, plain: 'stop' | 'limit', transmit: boolean): Order => {
    const more = typeof given === 'number' ? { price: given } : given;
    const loose: LooseOrderOptions = {
      data: main.data,
      tradeId: main.tradeId,
      valid: rest.valid,
      type: plain,
      ...more,
      size: main.size,
      parent: main,
      transmit,
    };
    return entry.place(side === 'buy' ? 'sell' : 'buy', loose as OrderOptions)!;
  };
  const stop = stopLoss === undefined ? undefined : exit(stopLoss, 'stop', takeProfit === undefined);
  const target = takeProfit === undefined ? undefined : exit(takeProfit, 'limit', true);
  return { main, stopLoss: stop, takeProfit: target };
}
