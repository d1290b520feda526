/** What OKX publishes about perpetuals beyond prices: marks, funding and open interest. */
import { balanceText, type Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf } from './fields.ts';
import { okxOk, type OkxAnswer } from './words.ts';

/** The most funding rates that one request lists. */
const mostRates = 100;

/** Channels of contracts whose rows are computed. */
export const contractChannels: readonly string[] = ['mark-price', 'funding-rate', 'open-interest'];

/** A row of a channel of contracts, and of the request for the same. */
export function contractRow(exchange: Exchange, channel: string, one: MarketInstrument, now: number): object {
  const ledger = exchange.contracts!;
  const base = { instType: 'SWAP', instId: nameOf(one), ts: String(now) };
  if (channel === 'mark-price') return { ...base, markPx: balanceText(ledger.margins.markOf(one.symbol)) };
  if (channel === 'open-interest') return { ...base, oi: '0', oiCcy: '0' };
  const due = ledger.funding.next(one.symbol, now);
  const after = due === undefined ? undefined : ledger.funding.next(one.symbol, due.time);
  return {
    ...base, fundingRate: String(due?.rate ?? 0), fundingTime: String(due?.time ?? ''), nextFundingRate: String(after?.rate ?? ''),
    nextFundingTime: String(after?.time ?? ''), method: 'current_period', minFundingRate: '-0.00375', maxFundingRate: '0.00375',
  }; // prettier-ignore
}

/** Requests about contracts alone; undefined where there is no such endpoint. */
export function answerContractFacts(exchange: Exchange, what: string, query: URLSearchParams, now: number): OkxAnswer | undefined {
  const name = query.get('instId');
  const wanted = exchange.instruments.filter((one) => name === null || nameOf(one) === name);
  const channel = what.replace('public/', '');
  if (contractChannels.includes(channel)) return okxOk(wanted.map((one) => contractRow(exchange, channel, one, now)));
  if (what !== 'public/funding-rate-history') return undefined;
  const [before, after] = [Number(query.get('before') ?? -Infinity), Number(query.get('after') ?? Infinity)];
  const limit = Math.min(mostRates, Number(query.get('limit') ?? mostRates));
  const rows = wanted.flatMap((one) =>
    exchange.contracts!.paid(one.symbol).filter(({ time }) => time > before && time < after).map(({ time, rate }) => {
      return { instType: 'SWAP', instId: nameOf(one), fundingRate: String(rate), realizedRate: String(rate), fundingTime: String(time), method: 'current_period' };
    }),
  );
  return okxOk(rows.slice(-limit).reverse());
} // prettier-ignore
