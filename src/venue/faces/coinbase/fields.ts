/** Products, trades and envelopes as Coinbase writes them. */
import { decimalText, type MarketInstrument, type MarketTrade } from '../../market-data.ts';

/** Coinbase's name of a symbol, such as `BTC-USD`. */
export function idOf({ base, quote }: MarketInstrument): string {
  return `${base}-${quote}`;
}

/** A trade; `side` is the maker's on Coinbase. */
export function tradeFields(trade: MarketTrade, one: MarketInstrument): object {
  return {
    trade_id: String(trade.id), product_id: idOf(one), price: decimalText(trade.price, one.priceDecimals),
    size: decimalText(trade.size, one.sizeDecimals), time: new Date(trade.time).toISOString(), side: trade.side === 'buy' ? 'SELL' : 'BUY',
    exchange: 'coinbase',
  }; // prettier-ignore
}
