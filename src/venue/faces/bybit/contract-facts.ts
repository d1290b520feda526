/** What Bybit publishes about linear perpetuals beyond prices: marks, funding and open interest. */
import { balanceText, type Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf, rowOf } from './fields.ts';

/** The most funding rates that one request lists. */
const mostRates = 200;

/** A ticker of a perpetual, as `market/tickers` and the topic of tickers show it. */
export function linearTicker(exchange: Exchange, one: MarketInstrument, now: number): object {
  const ledger = exchange.contracts!;
  const { bid, ask } = exchange.top(one.symbol);
  const [bids = ['', ''], asks = ['', '']] = [bid, ask].map((level) => (level === undefined ? undefined : rowOf(level, one)));
  const [last] = exchange.trades(one.symbol, 1);
  const mark = balanceText(ledger.margins.markOf(one.symbol));
  const due = ledger.funding.next(one.symbol, now);
  return {
    symbol: nameOf(one), lastPrice: last === undefined ? '' : rowOf([last.price, 0], one)[0], markPrice: mark, indexPrice: mark, openInterest: '0', openInterestValue: '0',
    fundingRate: String(due?.rate ?? 0), nextFundingTime: String(due?.time ?? 0), bid1Price: bids[0], bid1Size: bids[1], ask1Price: asks[0], ask1Size: asks[1],
  };
} // prettier-ignore

/** Rates that were paid, the newest first. */
export function fundingHistory(exchange: Exchange, one: MarketInstrument, query: URLSearchParams): object[] {
  const [from, to] = [Number(query.get('startTime') ?? -Infinity), Number(query.get('endTime') ?? Infinity)];
  const limit = Math.min(mostRates, Number(query.get('limit') ?? mostRates));
  const rows = exchange.contracts!.paid(one.symbol).filter(({ time }) => time >= from && time <= to);
  return rows.slice(-limit).reverse().map(({ time, rate }) => ({ symbol: nameOf(one), fundingRate: String(rate), fundingRateTimestamp: String(time) })); // prettier-ignore
}
