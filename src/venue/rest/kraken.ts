/** The face of Kraken over REST: its envelope, its names, its 720 bars, errors inside HTTP 200. */
import { timeframe } from '../../core/index.ts';
import type { Face, VenueAnswer, VenueRequest } from '../face.ts';
import { plain, type RestFaceOptions } from './binance.ts';
import { bookOf, lastDay, printsBetween, round } from './prints.ts';
import type { Tape } from './tape.ts';

/** Kraken never serves more than its newest 720 bars, whatever `since` says. */
const barsServed = 720;
/** Public requests that may be made at once, and how many come back per second. */
const burst = 15;
const perSecond = 1;

const intervals: Readonly<Record<string, string>> = {
  '1': '1m', '5': '5m', '15': '15m', '30': '30m', '60': '1h', '240': '4h', '1440': '1d', '10080': '1w',
}; // prettier-ignore

const renamed: Readonly<Record<string, string>> = { BTC: 'XXBT', ETH: 'XETH', USD: 'ZUSD', EUR: 'ZEUR', DOGE: 'XXDG' };

/** Kraken's REST, as far as market data goes. */
export function krakenRest(options: RestFaceOptions): Face {
  const tapes = new Map(options.tapes.map((tape) => [pairId(tape), tape]));
  let level = 0;
  let since = -Infinity;
  const allowed = (now: number): boolean => {
    level = Math.max(0, level - ((now - since) / 1000) * perSecond);
    since = Math.max(since, now);
    if (level + 1 > burst) return false;
    level += 1;
    return true;
  };
  return {
    name: 'kraken',
    answer(request) {
      const route = request.path.startsWith('/0/public/') ? routes[request.path.slice(10)] : undefined;
      if (route === undefined) return undefined;
      if (options.limits !== false && !allowed(request.now)) return failure('EGeneral:Too many requests');
      return route(request, tapes);
    },
  };
}

type Route = (request: VenueRequest, tapes: ReadonlyMap<string, Tape>) => VenueAnswer;

const routes: Readonly<Record<string, Route>> = {
  Time: ({ now }) => result({ unixtime: Math.floor(now / 1000), rfc1123: new Date(now).toUTCString() }),
  SystemStatus: ({ now }) => result({ status: 'online', timestamp: new Date(now).toISOString() }),
  Assets: (_, tapes) => result(assets(tapes)),
  AssetPairs: (_, tapes) => result(Object.fromEntries([...tapes].map(([id, tape]) => [id, pairInfo(tape)]))),
  OHLC: withTape(bars),
  Trades: withTape(trades),
  Depth: withTape(depth),
  Ticker: withTape(ticker),
};

function withTape(act: (request: VenueRequest, tape: Tape, id: string) => VenueAnswer): Route {
  return (request, tapes) => {
    const wanted = request.query.get('pair') ?? '';
    for (const [id, tape] of tapes) {
      if (wanted === id || wanted === altName(tape) || wanted === tape.symbol) return act(request, tape, id);
    }
    return failure('EQuery:Unknown asset pair');
  };
}

function result(body: unknown): VenueAnswer {
  return { body: { error: [], result: body } };
}

function failure(error: string): VenueAnswer {
  return { body: { error: [error] } };
}

function assetId(code: string): string {
  return renamed[code] ?? code;
}

function altName(tape: Tape): string {
  return `${tape.base === 'BTC' ? 'XBT' : tape.base}${tape.quote}`;
}

/** Old pairs carry the old asset names, such as `XXBTZUSD`; newer ones do not. */
function pairId(tape: Tape): string {
  const old = renamed[tape.base] !== undefined && renamed[tape.quote] !== undefined;
  return old ? `${assetId(tape.base)}${assetId(tape.quote)}` : altName(tape);
}

function assets(tapes: ReadonlyMap<string, Tape>): Record<string, unknown> {
  const codes = new Set([...tapes.values()].flatMap((tape) => [tape.base, tape.quote]));
  return Object.fromEntries(
    [...codes].map((code) => [
      assetId(code),
      {
        aclass: 'currency',
        altname: code === 'BTC' ? 'XBT' : code,
        decimals: 10,
        display_decimals: 5,
        status: 'enabled',
      },
    ]),
  );
}

function pairInfo(tape: Tape): unknown {
  const decimals = (step: number): number => (plain(step).split('.')[1] ?? '').length;
  return {
    altname: altName(tape),
    wsname: `${tape.base === 'BTC' ? 'XBT' : tape.base}/${tape.quote}`,
    aclass_base: 'currency',
    base: assetId(tape.base),
    aclass_quote: 'currency',
    quote: assetId(tape.quote),
    pair_decimals: decimals(tape.tick),
    lot_decimals: decimals(tape.lot),
    lot_multiplier: 1,
    leverage_buy: [],
    leverage_sell: [],
    fees: [[0, 0.4]],
    fees_maker: [[0, 0.25]],
    ordermin: plain(round(tape.lot * 10)),
    costmin: '0.5',
    tick_size: plain(tape.tick),
    status: 'online',
  };
}

function bars({ query, now }: VenueRequest, tape: Tape, id: string): VenueAnswer {
  const name = intervals[query.get('interval') ?? '1'];
  if (name === undefined || !tape.serves(name)) return failure('EGeneral:Invalid arguments');
  const since = Number(query.get('since') ?? NaN) * 1000;
  const newest = tape.rows(name, now, -Infinity, now, barsServed, true);
  const rows = Number.isFinite(since) ? newest.filter((bar) => bar.time > since) : newest;
  const last = newest.at(-2)?.time ?? now - (timeframe(name).ms ?? 0);
  const text = rows.map((bar) => [
    bar.time / 1000,
    ...[bar.open, bar.high, bar.low, bar.close].map(plain),
    plain(round((bar.high + bar.low) / 2)),
    plain(bar.volume),
    4,
  ]);
  return result({ [id]: text, last: Math.floor(last / 1000) });
}

function trades({ query, now }: VenueRequest, tape: Tape, id: string): VenueAnswer {
  const since = query.get('since');
  // Kraken takes seconds, or nanoseconds as it gives them in `last`.
  const from = since === null ? undefined : Number(since) > 1e14 ? Number(since) / 1e6 : Number(since) * 1000;
  const prints = printsBetween(tape, now, from, now, Math.min(1000, Number(query.get('count') ?? 1000)));
  const rows = prints.map(({ id: trade, time, price, size, side }) => [
    plain(price), plain(size), time / 1000, side === 'buy' ? 'b' : 's', 'm', '', trade,
  ]); // prettier-ignore
  return result({ [id]: rows, last: `${prints.at(-1)?.time ?? now}000000` });
}

function depth({ query, now }: VenueRequest, tape: Tape, id: string): VenueAnswer {
  const { bids, asks } = bookOf(tape, now, Math.min(500, Number(query.get('count') ?? 100)));
  const time = Math.floor(now / 1000);
  const text = (side: [number, number][]): unknown[] => side.map(([price, size]) => [plain(price), plain(size), time]);
  return result({ [id]: { asks: text(asks), bids: text(bids) } });
}

function ticker({ now }: VenueRequest, tape: Tape, id: string): VenueAnswer {
  const day = lastDay(tape, now);
  if (day === undefined) return failure('EQuery:Unknown asset pair');
  const both = (value: number): string[] => [plain(value), plain(value)];
  return result({
    [id]: {
      a: [plain(round(day.close + tape.tick)), '1', '0.1'],
      b: [plain(round(day.close - tape.tick)), '1', '0.1'],
      c: [plain(day.close), '0.1'],
      v: both(day.volume),
      p: both(round((day.high + day.low + day.close) / 3)),
      t: [4, 4],
      l: both(day.low),
      h: both(day.high),
      o: plain(day.open),
    },
  });
}
