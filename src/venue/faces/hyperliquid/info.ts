/** Hyperliquid's `/info`: market data, and the state of any account, which is public there. */
import { timeframe } from '../../../core/index.ts';
import type { Account, Exchange } from '../../exchange/index.ts';
import { decimalText, type MarketInstrument } from '../../market-data.ts';
import {
  bookFields, candles, clearinghouseFields, fillFields, fundingFields, intervals, isOpen, maxLeverageOf, midText, moneyText, numberText, orderFields,
  priceText, sizeText, stateFields, tradeFields,
} from './fields.ts'; // prettier-ignore
import { accountBy, UnreadableBody } from './trading.ts';

/** The exchange that `/info` describes, and the contracts listed. */
export interface InfoPlace {
  readonly exchange: Exchange;
  readonly instruments: readonly MarketInstrument[];
}

type Row = Readonly<Record<string, unknown>>;

/** The most rows that one request lists. */
const [mostOrders, mostFills, mostFunding] = [2_000, 2_000, 500];
const dayMs = 86_400_000;

/** The answer of `/info`. @throws {UnreadableBody} For a type that is not served, or fields that cannot be read. */
export function answerInfo(place: InfoPlace, row: Row, now: number): unknown {
  const { exchange, instruments } = place;
  const { type } = row;
  // Neither spot nor the exchanges that others have built on Hyperliquid are served.
  if (type === 'perpDexs') return [null];
  if (type === 'exchangeStatus') return { time: now, specialStatuses: null };
  if (type === 'meta') return meta(place);
  if (type === 'allPerpMetas') return [meta(place)];
  if (type === 'metaAndAssetCtxs') return [meta(place), instruments.map((one) => contextOf(exchange, one, now))];
  if (type === 'spotMeta') return spotMeta;
  if (type === 'spotMetaAndAssetCtxs') return [spotMeta, []];
  if (type === 'allMids') {
    return Object.fromEntries(instruments.flatMap((one) => {
      const mid = midText(exchange, one);
      return mid === undefined ? [] : [[one.base, mid]];
    })); // prettier-ignore
  }
  if (type === 'l2Book') return bookFields(exchange, instrumentOf(place, row), now);
  if (type === 'recentTrades') {
    const one = instrumentOf(place, row);
    return [...exchange.trades(one.symbol, 10)].reverse().map((trade) => tradeFields(trade, one));
  }
  if (type === 'candleSnapshot') return candleSnapshot(place, row, now);
  if (type === 'fundingHistory') return fundingHistory(place, row, now);
  return userInfo(place, row, now);
}

/** The account that a request names; undefined for an address that has none. */
export function userOf({ exchange }: InfoPlace, { user }: Row): Account | undefined {
  if (typeof user !== 'string' || !/^0x[0-9a-f]{40}$/i.test(user)) throw new UnreadableBody();
  return accountBy(exchange, user);
}

function userInfo(place: InfoPlace, row: Row, now: number): unknown {
  const { exchange, instruments } = place;
  const ledger = exchange.contracts!;
  const account = userOf(place, row);
  const list = <T extends { readonly symbol: string }>(rows: Iterable<T>, fieldsOf: (one: T, of: MarketInstrument) => object): object[] =>
    [...rows].flatMap((each) => {
      const one = instruments.find(({ symbol }) => symbol === each.symbol);
      return one === undefined ? [] : [fieldsOf(each, one)];
    });
  const [from, to] = [timeIn(row, 'startTime') ?? 0, timeIn(row, 'endTime') ?? Infinity];
  const fills = (account?.fills ?? []).filter(({ time }) => time >= from && time <= to);
  switch (row['type']) {
    case 'clearinghouseState':
      return account === undefined ? emptyState(now) : clearinghouseFields(ledger, account, instruments, now);
    case 'spotClearinghouseState':
      return { balances: [] };
    case 'openOrders':
    case 'frontendOpenOrders':
      return list([...(account?.open ?? [])].filter(isOpen), orderFields).reverse();
    case 'historicalOrders':
      return list((account?.orders ?? []).slice(-mostOrders), stateFields).reverse();
    case 'orderStatus':
      return orderStatus(place, account, row);
    case 'userFills':
      return list(fills.slice(-mostFills), (fill, one) => fillFields(account!, fill, one)).reverse();
    case 'userFillsByTime':
      return list(fills.slice(0, mostFills), (fill, one) => fillFields(account!, fill, one));
    case 'userFunding':
      return account === undefined ? [] : fundingFields(ledger, account, instruments, { from, to }).slice(0, mostFunding);
    case 'userFees': {
      const { maker, taker } = ledger.rateTexts();
      return { dailyUserVlm: [], userCrossRate: taker, userAddRate: maker, activeReferralDiscount: '0.0' };
    }
    case 'userAbstraction':
      return 'default';
    case 'userRateLimit':
      return { cumVlm: '0.0', nRequestsUsed: 0, nRequestsCap: 10_000 };
    case 'userRole':
      return { role: account === undefined ? 'missing' : 'user' };
    case 'subAccounts':
    case 'extraAgents':
      return [];
    default:
      throw new UnreadableBody();
  }
} // prettier-ignore

/** An order by its number or its client id. */
function orderStatus({ instruments }: InfoPlace, account: Account | undefined, { oid }: Row): object {
  const isIt =
    typeof oid === 'number'
      ? (id: number, _clientId: string) => id === oid
      : typeof oid === 'string' && /^0x[0-9a-f]{32}$/i.test(oid)
        ? (_id: number, clientId: string) => clientId === oid.toLowerCase()
        : undefined;
  if (isIt === undefined) throw new UnreadableBody();
  const order = account?.orders.findLast(({ id, clientId }) => isIt(id, clientId));
  const one = instruments.find(({ symbol }) => symbol === order?.symbol);
  if (order === undefined || one === undefined) return { status: 'unknownOid' };
  return { status: 'order', order: stateFields(order, one) };
}

function instrumentOf({ instruments }: InfoPlace, { coin }: Row): MarketInstrument {
  const found = instruments.find(({ base }) => base === coin);
  if (found === undefined) throw new UnreadableBody();
  return found;
}

function timeIn(row: Row, name: string): number | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new UnreadableBody();
  return value;
}

function candleSnapshot(place: InfoPlace, { req }: Row, now: number): object[] {
  if (typeof req !== 'object' || req === null) throw new UnreadableBody();
  const row = req as Row;
  const interval = String(row['interval']);
  if (!intervals.includes(interval)) throw new UnreadableBody();
  const from = timeIn(row, 'startTime');
  if (from === undefined) throw new UnreadableBody();
  return candles(place.exchange, instrumentOf(place, row), interval, { from, to: timeIn(row, 'endTime') ?? now, now });
}

function fundingHistory(place: InfoPlace, row: Row, now: number): object[] {
  const one = instrumentOf(place, row);
  const [from, to] = [timeIn(row, 'startTime') ?? 0, timeIn(row, 'endTime') ?? now];
  return place.exchange
    .contracts!.paid(one.symbol)
    .filter(({ time }) => time >= from && time <= to)
    .slice(0, mostFunding)
    .map(({ time, rate }) => ({ coin: one.base, fundingRate: String(rate), premium: '0.0', time }));
}

/** What is listed, in the order of the numbers that orders name assets by. */
function meta({ exchange, instruments }: InfoPlace): object {
  const maxLeverage = maxLeverageOf(exchange.contracts!);
  const universe = instruments.map(({ base, sizeDecimals }) => ({ szDecimals: sizeDecimals, name: base, maxLeverage, marginTableId: 1 }));
  return { universe, marginTables: [], collateralToken: 0 };
} // prettier-ignore

/** The only token, because no spot is listed. */
const spotMeta = {
  tokens: [
    {
      name: 'USDC', szDecimals: 8, weiDecimals: 8, index: 0, tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054', isCanonical: true,
      evmContract: null, fullName: null,
    },
  ],
  universe: [],
}; // prettier-ignore

/** Prices, funding and the day's figures of one contract. */
function contextOf(exchange: Exchange, one: MarketInstrument, now: number): object {
  const ledger = exchange.contracts!;
  const mark = moneyText(ledger.margins.markOf(one.symbol));
  let [volume, value] = [0, 0n];
  for (const { volume: lots, value: worth } of hoursOf(exchange, one, now)) {
    volume += lots;
    value += worth;
  }
  const before = exchange.priceBefore(one.symbol, now - dayMs) ?? exchange.trades(one.symbol, 1)[0]?.price;
  const { bid, ask } = exchange.top(one.symbol);
  return {
    funding: String(ledger.funding.next(one.symbol, now)?.rate ?? 0), openInterest: '0.0', markPx: mark, oraclePx: mark, premium: '0.0',
    midPx: midText(exchange, one) ?? null, prevDayPx: before === undefined ? mark : priceText(before, one),
    dayNtlVlm: numberText(decimalText(value, one.priceDecimals + one.sizeDecimals)), dayBaseVlm: sizeText(volume, one),
    impactPxs: bid === undefined || ask === undefined ? null : [priceText(bid[0], one), priceText(ask[0], one)],
  }; // prettier-ignore
}

function hoursOf(exchange: Exchange, { symbol }: MarketInstrument, now: number): readonly { readonly volume: number; readonly value: bigint }[] {
  const ms = exchange.barMs(symbol);
  const name = ms % dayMs === 0 ? `${ms / dayMs}d` : `${Math.max(1, ms / 60_000)}m`;
  return exchange.bars(symbol, timeframe(name), now - dayMs, now + 1);
} // prettier-ignore

function emptyState(time: number): object {
  const summary = { accountValue: '0.0', totalNtlPos: '0.0', totalRawUsd: '0.0', totalMarginUsed: '0.0' };
  return {
    marginSummary: summary, crossMarginSummary: summary, crossMaintenanceMarginUsed: '0.0', withdrawable: '0.0', assetPositions: [], time,
  }; // prettier-ignore
}
