/** The thing traded and the venue's rules for orders in it. */

/** What a venue says about one symbol. Sizes are in base units (contracts for derivatives), prices in quote units. */
export interface Instrument {
  /** The unified name, such as `BTC/USDT` or `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** The exchange's id; undefined where it does not matter. */
  readonly exchange?: string;
  /** What is traded: the coin itself or a contract on it. */
  readonly type: 'spot' | 'swap' | 'future' | 'option' | 'margin';
  /** What is traded, such as `BTC`. */
  readonly base: string;
  /** What it is priced in, such as `USDT`. */
  readonly quote: string;
  /** The currency that gains and losses are paid in; the quote on spot. */
  readonly settle?: string;
  /** Smallest price step. */
  readonly tick?: number;
  /** Smallest size step. */
  readonly lot?: number;
  /** The smallest order, in base units. */
  readonly minSize?: number;
  /** The largest order, in base units. */
  readonly maxSize?: number;
  /** Smallest price times size that the venue takes. */
  readonly minNotional?: number;
  /** Base units in one contract; 1 on spot. */
  readonly contractSize?: number;
  /** Fraction of the traded value, such as 0.001. */
  readonly makerFee?: number;
  /** Fee of an order that trades at once, as a fraction. */
  readonly takerFee?: number;
  /** Whether prices may be zero or negative, as of spreads and some energy futures. Default false: such a price is refused as an error. */
  readonly signedPrices?: boolean;
  /** The venue's own name of it, such as `BTCUSDT`. */
  readonly venueSymbol?: string;
}

/** Base and quote of a unified spot symbol. */
export function currenciesOf(symbol: string): readonly [base: string, quote: string] {
  const [pair = ''] = symbol.split(':');
  const [base = '', quote = ''] = pair.split('/');
  return [base, quote];
}
